// The layer control: native check boxes for everything that can be switched on or off.
import { load } from "./data.js";
import { byId, el } from "./dom.js";
import { change, follow, state } from "./state.js";
import { failed } from "./tip.js";

export const layerControl = (map, options) => {
  // After the areas, whose layer moves the map to where the mission is: tiles are asked for once.
  Promise.all([load(options.areas), load(options.values)])
    .then(([, values]) => {
      const box = byId("layer-list");
      for (const one of values.layers) {
        const layer = options.layers[one.name];
        if (!layer || one.kind === "fill" || one.kind === "cells") continue;
        const input = el("input", { type: "checkbox", name: one.name, onchange: () => change({ layers: { ...state.layers, [one.name]: input.checked } }) });
        box.append(el("label", { title: one.says }, input, one.title));
        follow((now) => {
          // Marks are findings; other views show them only if the reader asks for them there.
          const on = now.layers[one.name] ?? (one.on && !(one.kind === "marks" && now.view !== "findings"));
          input.checked = on;
          if (on !== map.hasLayer(layer)) {
            if (on) map.addLayer(layer);
            else map.removeLayer(layer);
          }
        });
      }
      const card = byId("layers");
      card.open = !matchMedia("(max-width: 760px)").matches;
      card.hidden = false;
    })
    .catch(failed);
  return map;
};
