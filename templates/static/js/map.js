// Everything the map's own script may call.
import { STATIONS_FROM } from "./view.js";
export { areaLayer } from "./areas.js";
export { basemap } from "./basemap.js";
export { layerControl } from "./control.js";
export { legend } from "./legend.js";
export { panel } from "./panel.js";

// What most pages do not need is fetched only where it is: single stations, long-term observers, a frame.
const later = (name, load) => load().catch((error) => console.warn(`${name}: ${error}`));

export const framed = (map, options) => later("framed", () => import("./framed.js").then((module) => module.framed(map, options)));

export const presenceLayer = (map, options) => {
  const group = L.layerGroup();
  // asked for when the reader switches the layer on
  group.once("add", () => later("presence", () => import("./presence.js").then((module) => module.presenceLayer(map, options).addTo(group))));
  return group;
};

export const stationTiles = (map, options) => {
  const group = L.layerGroup();
  // From afar single stations are specks that cost as much as the rest of the page; the legend says to zoom in.
  const begin = () => {
    if (map.getZoom() < STATIONS_FROM || !map.hasLayer(group)) return;
    map.off("zoomend", begin);
    group.off("add", begin);
    later("stations", () => import("./stations.js").then((module) => module.stationTiles(map, options).addTo(group)));
  };
  map.on("zoomend", begin);
  group.on("add", begin);
  return group;
};
export { symbolLayer } from "./symbols.js";
