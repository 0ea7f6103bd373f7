// Everything the desk's own map script may call.
import { basemap as drawn } from "../basemap.js";
import { byId } from "../dom.js";
import { begin } from "./desk-page.js";
import { onlineTiles } from "./online-tiles.js";
import { streetMap } from "./street-map.js";
import { sparse } from "../text-collisions.js";
import { failed } from "../tooltip.js";

// Towns are always there: a coordinator reads the map by them.
/** @type {(map: L.Map, options: BasemapOptions) => L.LayerGroup} */
export const basemap = (map, options) => {
  const tidy = () => void requestAnimationFrame(() => sparse(map));
  map.on("names zoomend moveend", tidy);
  // cards grow with their words, open and fold: what then lies under them steps aside
  const cards = new ResizeObserver(tidy);
  for (const id of ["panel", "states", "detail"]) cards.observe(byId(id));
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
