// What may be drawn over the fills, by native check boxes: single stations, long-term observers.
import { byId, el } from "../dom.js";
import { load } from "../json-cache.js";
import { failed } from "../tooltip.js";
import { change, follow, now } from "./press-state.js";

/** @type {(on: string) => string[]} */
const listed = (on) => on.split(",").filter(Boolean);

/** @type {(map: L.Map, options: { values: Address<PressValues>, layers: Record<string, L.Layer> }) => L.Map} */
export const layerControl = (map, options) => {
  load(options.values)
    .then((values) => {
      const box = byId("layer-list");
      for (const { name, title, says } of values.overlays) {
        const layer = options.layers[name];
        if (!layer) continue;
        const input = el("input", { type: "checkbox", name, onchange: () => toggle(name, input.checked) });
        box.append(el("label", { title: says }, input, title));
        follow(({ wanted }) => {
          const on = listed(wanted.on).includes(name);
          input.checked = on;
          if (on !== map.hasLayer(layer)) {
            if (on) map.addLayer(layer);
            else map.removeLayer(layer);
          }
        });
      }
      byId("layers").hidden = !box.childNodes.length;
      map.fire("names"); // texts step aside for the card
    })
    .catch(failed);
  return map;
};

/** @type {(name: string, on: boolean) => void} */
const toggle = (name, on) => {
  const others = listed(now().wanted.on).filter((other) => other !== name);
  change({ on: (on ? [...others, name] : others).join(",") });
};
