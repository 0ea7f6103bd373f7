// Everything the desk's own map script may call.
import { basemap as drawn } from "../basemap.js";
import { byId } from "../dom.js";
import { begin } from "./desk-page.js";
import { sparse } from "../text-collisions.js";
import { failed } from "../tooltip.js";

/** @type {(error: unknown) => void} */
const missing = (error) => console.warn(`ground: ${error}`); // a map without its streets is still a map

// Towns are always there: a coordinator reads the map by them.
/** @type {(map: L.Map, options: BasemapOptions) => L.LayerGroup} */
export const basemap = (map, options) => {
  const tidy = () => void requestAnimationFrame(() => sparse(map));
  map.on("names zoomend moveend", tidy);
  // cards grow with their words, open and fold: what then lies under them steps aside
  const cards = new ResizeObserver(tidy);
  for (const id of ["panel", "states", "detail"]) cards.observe(byId(id));
  const { streets, online } = options; // few missions have either: the others need not wait for what draws them
  if (streets) import("./street-map.js").then(({ streetMap }) => streetMap(map, streets)).catch(missing);
  if (online) import("./online-tiles.js").then(({ onlineTiles }) => onlineTiles(map, online)).catch(missing);
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
