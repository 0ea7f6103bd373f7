// Everything the map's own script may call.
export { areaLayer } from "./areas.js";
export { basemap } from "./basemap.js";
export { layerControl } from "./control.js";
export { framed } from "./framed.js";
export { legend } from "./legend.js";
export { panel } from "./panel.js";
export { presenceLayer } from "./presence.js";

// Most missions show no single station: what draws them is fetched only where it is needed.
export const stationTiles = (map, options) => {
  const group = L.layerGroup();
  import("./stations.js").then((module) => module.stationTiles(map, options).addTo(group)).catch((error) => console.warn(`stations: ${error}`));
  return group;
};
export { symbolLayer } from "./symbols.js";
