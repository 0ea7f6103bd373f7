// Everything the desk's own map script may call.
import { basemap as drawn } from "../basemap.js";
import { begin } from "./desk-page.js";
import { onlineTiles } from "./online-tiles.js";
import { streetMap } from "./street-map.js";
import { sparse } from "../text-collisions.js";
import { failed } from "../tooltip.js";

// Towns are always there: a coordinator reads the map by them.
/** @type {(map: L.Map, options: BasemapOptions) => L.LayerGroup} */
export const basemap = (map, options) => {
  map.on("names zoomend moveend", () => requestAnimationFrame(() => sparse(map)));
  if (options.streets) streetMap(map, options.streets);
  if (options.online) onlineTiles(map, options.online);
  return drawn(map, { ...options, townsFrom: 3.75 }).addTo(map);
};

/** @type {(map: L.Map, options: DeskOptions) => L.Map} */
export const desk = (map, options) => {
  begin(map, options).catch((error) => {
    console.error(error);
    failed();
  });
  return map;
};
