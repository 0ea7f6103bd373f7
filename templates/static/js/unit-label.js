// A unit's name with its figure on a map, and the figure alone, which stands where the two together found no place.
import { el } from "./dom.js";

/** @type {(at: L.LatLngTuple, name: string, value: string) => L.Marker} */
const labelAt = (at, name, value) => {
  const lines = [name ? el("b", null, name) : "", value ? el("span", null, value) : ""];
  const text = el("span", { class: name ? "unit-label" : "unit-label is-short" }, ...lines);
  return L.marker(at, {
    pane: "labels",
    interactive: false,
    keyboard: false,
    icon: L.divIcon({ className: "", html: text, iconSize: undefined }),
  });
};

/** @type {(at: L.LatLngTuple, name: string, value: string) => L.Marker[]} */
export const unitLabel = (at, name, value) => [
  ...(name ? [labelAt(at, name, value)] : []),
  ...(value ? [labelAt(at, "", value)] : []), // of texts in each other's way text-collisions.js keeps the named one
];
