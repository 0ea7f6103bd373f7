// Station points from vector tiles: drawn by tile-layer.js, told in a card by text only.
import { load } from "../json-cache.js";
import { el, paneOf } from "../dom.js";
import { follow } from "./press-state.js";
import { failed } from "../tooltip.js";
import { createStationLayer } from "../tiles/tile-layer.js";
import { STATIONS_FROM } from "../map-view.js";
import { filled } from "../language.js";

const LEAST = ["low", "medium", "high", "critical"]; // tiles count from 1, low, to 4

// A little past the outermost stations, whose marks have a size.
/** @type {(bounds: Bounds) => L.LatLngBounds} */
const reach = ([west, south, east, north]) => L.latLngBounds([south, west], [north, east]).pad(0.01);

/** @type {(map: L.Map, options: StationTileOptions) => L.Layer} */
export const stationTiles = (map, options) => {
  paneOf(map, "stations", 430);
  const layer = createStationLayer({
    tiles: options.tiles,
    states: options.states,
    pane: "stations",
    minZoom: Math.ceil(STATIONS_FROM),
    style: () => ({ breaks: options.breaks, minExposure: options.minExposure }),
    ...(options.bounds && { bounds: reach(options.bounds) }),
  });
  follow(({ shown }) => shown && layer.setStyleState({ severity: LEAST.indexOf(shown.from) + 1 }));
  layer.on("pick", ({ tile, ordinal, latlng }) => {
    load(filled(options.pick, { ...tile, ordinal }))
      .then((answer) => {
        const card = el(
          "div",
          { class: "station-card" },
          el("b", null, answer.title),
          ...answer.lines.map((line) => el("span", null, line)),
        );
        L.popup({ closeButton: false, autoPan: false }).setLatLng(latlng).setContent(card).openOn(map);
      })
      .catch(failed);
  });
  return layer;
};
