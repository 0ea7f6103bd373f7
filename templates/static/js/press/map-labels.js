// Names and values on the map, and one pass over every text there: what would lie on another, or under a card, steps aside.
import { el, paneOf } from "../dom.js";
import { load } from "../json-cache.js";
import { sparse } from "../text-collisions.js";
import { failed } from "../tooltip.js";
import { follow, isClusters, onScreen } from "./press-state.js";

/** @type {(map: L.Map, options: PressOptions) => L.LayerGroup} */
export const labelLayer = (map, options) => {
  paneOf(map, "labels", 615);
  const group = L.layerGroup().addTo(map);
  Promise.all([load(options.values), load(options.regions)])
    .then(([values, regions]) => {
      const tidy = () => requestAnimationFrame(() => sparse(map));
      follow(() => {
        draw(group, values, regions);
        tidy();
      });
      map.on("zoomend moveend names resize", tidy);
    })
    .catch(failed);
  return group;
};

/** @type {(group: L.LayerGroup, values: PressValues, regions: AreaShapes) => void} */
const draw = (group, values, regions) => {
  const shown = onScreen();
  group.clearLayers();
  if (!shown) return;
  const figures = shown.measure.levels.region;
  const isQuiet = isClusters(shown) || shown.choice.level !== "region";
  for (const { properties } of regions.features) {
    const unit = properties.area;
    const words = values.levels.region?.units[unit];
    if (!properties.anchor || !words || words.first !== unit) continue;
    const [lon, lat] = properties.anchor;
    const value = isQuiet ? "" : (figures?.label[unit] ?? "");
    const label = el("span", { class: "unit-label" }, el("b", null, words.title), value ? el("span", null, value) : "");
    const icon = L.divIcon({ className: "", html: label, iconSize: undefined });
    L.marker([lat, lon], { pane: "labels", interactive: false, keyboard: false, icon }).addTo(group);
  }
};
