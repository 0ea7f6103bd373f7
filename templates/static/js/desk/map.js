// Everything the desk's own map script may call.
import { basemap as drawn } from "../basemap.js";
import { begin } from "./begin.js";
import { failed } from "../tip.js";

// Towns are always there: a coordinator reads the map by them.
export const basemap = (map, options) => drawn(map, { ...options, townsFrom: 3.75 }).addTo(map);

export const desk = (map, options) => {
  begin(map, options).catch((error) => {
    console.error(error);
    failed();
  });
  return map;
};
