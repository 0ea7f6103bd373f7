// Station points from vector tiles: drawn by tile-layer.js, told in a card by text only.
import { load } from "./data.js";
import { el } from "./dom.js";
import { follow } from "./state.js";
import { failed } from "./tip.js";
import { createStationLayer } from "./tile-layer.js";
import { STATIONS_FROM } from "./view.js";
import { filled } from "./words.js";

// The least severity chosen: 1 low … 4 critical. Tiles count from one severity on, so gaps in a choice are closed.
const least = (severities) => 1 + Math.log2(severities & -severities);

// A little past the outermost stations, whose marks have a size.
const reach = ([west, south, east, north]) => L.latLngBounds([south, west], [north, east]).pad(0.01);

export const stationTiles = (map, options) => {
  map.createPane("stations").style.zIndex = 430;
  const layer = createStationLayer({ tiles: options.tiles, states: options.states, pane: "stations", minZoom: Math.ceil(STATIONS_FROM), ...(options.bounds && { bounds: reach(options.bounds) }) });
  follow((now) => layer.setStyleState({ severity: least(now.severities) }));
  layer.on("pick", ({ tile, ordinal, latlng }) => {
    load(filled(options.pick, { ...tile, ordinal }))
      .then((found) => {
        const card = el("div", { class: "station-card" }, el("b", null, found.title), ...found.lines.map((line) => el("span", null, line)));
        L.popup({ closeButton: false, autoPan: false }).setLatLng(latlng).setContent(card).openOn(map);
      })
      .catch(failed);
  });
  return layer;
};
