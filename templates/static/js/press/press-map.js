// Everything the map's own script may call.
import { STATIONS_FROM } from "../map-view.js";
export { unitLayer } from "./unit-layer.js";
export { basemap } from "../basemap.js";
export { clusterLayer } from "./cluster-layer.js";
export { labelLayer } from "./map-labels.js";
export { layerControl } from "./layer-control.js";
export { legend } from "./press-legend.js";
export { panel } from "./press-panel.js";

// What most pages do not need is fetched only where it is: single stations, long-term observers, a frame.
/** @type {(name: string, load: () => Promise<unknown>) => void} */
const later = (name, load) => void load().catch((error) => console.warn(`${name}: ${error}`));

/** @type {(map: L.Map, options: { values: Address<PressValues> }) => void} */
export const framed = (map, options) => later("framed", () => import("./embedded-map.js").then((module) => module.framed(map, options)));

/** @type {(map: L.Map, options: PressOptions) => L.LayerGroup} */
export const symbolLayer = (map, options) => {
  const group = L.layerGroup().addTo(map);
  later("marks", () => import("./mark-piles.js").then((module) => module.symbolLayer(map, group, options)));
  return group;
};

/** @type {(map: L.Map, options: PressOptions) => L.LayerGroup} */
export const presenceLayer = (map, options) => {
  const group = L.layerGroup();
  // asked for when the reader switches the layer on
  group.once("add", () =>
    later("presence", () => import("./long-term-presence.js").then((module) => module.presenceLayer(map, options).addTo(group))),
  );
  return group;
};

/** @type {(map: L.Map, options: StationTileOptions) => L.LayerGroup} */
export const stationTiles = (map, options) => {
  const group = L.layerGroup();
  // From afar single stations are specks that cost as much as the rest of the page; the legend says to zoom in.
  const begin = () => {
    if (map.getZoom() < STATIONS_FROM || !map.hasLayer(group)) return;
    map.off("zoomend", begin);
    group.off("add", begin);
    later("stations", () => import("./station-tiles.js").then((module) => module.stationTiles(map, options).addTo(group)));
  };
  map.on("zoomend", begin);
  group.on("add", begin);
  return group;
};
