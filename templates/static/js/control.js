// The layer control: native check boxes for everything that can be switched on or off.
import { load } from "./data.js";
import { byId, el } from "./dom.js";
import { change, follow, state } from "./state.js";
import { failed } from "./tip.js";

export const layerControl = (map, options) => {
  load(options.values)
    .then((values) => {
      const box = byId("layer-list");
      for (const one of values.layers) {
        const layer = options.layers[one.name];
        if (!layer || one.kind === "fill") continue;
        const input = el("input", { type: "checkbox", name: one.name, onchange: () => change({ layers: { ...state.layers, [one.name]: input.checked } }) });
        box.append(el("label", { title: one.says }, input, one.title));
        follow((now) => {
          const on = now.layers[one.name] ?? one.on;
          input.checked = on;
          if (on !== map.hasLayer(layer)) {
            if (on) map.addLayer(layer);
            else map.removeLayer(layer);
          }
        });
      }
      byId("layers").hidden = false;
    })
    .catch(failed);
  return map;
};
