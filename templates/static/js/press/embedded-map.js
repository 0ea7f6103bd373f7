// The map in a frame of somebody else's page: its headline, its buttons, and the way to the whole page.
import { byId } from "../dom.js";
import { load } from "../json-cache.js";
import { failed } from "../tooltip.js";
import { zoomButtons } from "../zoom-buttons.js";
import { addressOf, follow, onScreen } from "./press-state.js";

/** @type {(map: L.Map, options: { values: Address<PressValues> }) => L.Map} */
export const framed = (map, options) => {
  load(options.values)
    .then((values) => {
      zoomButtons(map, values.words);
      follow(() => {
        const shown = onScreen();
        if (!shown) return;
        const { measure } = shown;
        byId("headline").textContent = measure.headline;
        byId("line").textContent = measure.line;
        for (const id of ["headline", "line"]) byId(id).dataset.choice = shown.figures.choice;
        for (const id of ["full", "more"]) /** @type {HTMLAnchorElement} */ (byId(id)).hash = addressOf(shown.choice);
      });
    })
    .catch(failed);
  return map;
};
