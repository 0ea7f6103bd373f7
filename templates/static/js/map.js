// Everything the map's own script may call.
export { areaLayer } from "./areas.js";
export { basemap } from "./basemap.js";
export { layerControl } from "./control.js";
export { legend } from "./legend.js";
export { panel } from "./panel.js";
export { presenceLayer } from "./presence.js";
export { stationTiles } from "./stations.js";
export { symbolLayer } from "./symbols.js";
