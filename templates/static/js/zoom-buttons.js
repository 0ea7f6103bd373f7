// The map's own buttons: nearer, farther, everything.
import { byId, el } from "./dom.js";
import { showAll } from "./map-view.js";

/** @type {(map: L.Map, words: ToolWords) => void} */
export const zoomButtons = (map, words) => {
  byId("zoom").replaceChildren(
    el("button", { type: "button", "aria-label": words.zoomIn, title: words.zoomIn, onclick: () => map.zoomIn(1) }, "+"),
    el("button", { type: "button", "aria-label": words.zoomOut, title: words.zoomOut, onclick: () => map.zoomOut(1) }, "−"),
    el("button", { type: "button", "aria-label": words.whole, title: words.whole, onclick: () => showAll(map, true) }, "⤢"),
  );
};
