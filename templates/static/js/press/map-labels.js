// Names and values on the map, and one pass over every text there: what would lie on another, or under a card, steps aside.
import { paneOf } from "../dom.js";
import { load } from "../json-cache.js";
import { sparse } from "../text-collisions.js";
import { failed } from "../tooltip.js";
import { unitLabel } from "../unit-label.js";
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
  /** @type {(feature: { properties: AreaProperties }) => number} */
  const value = ({ properties: { area } }) => (isQuiet ? null : figures?.value[area]) ?? -1;
  // the highest come first: where two would lie on each other, the headline's region keeps its name
  for (const { properties } of [...regions.features].sort((a, b) => value(b) - value(a))) {
    const { area: unit, anchor } = properties;
    const words = values.levels.region?.units[unit];
    if (!anchor || !words || words.first !== unit) continue;
    const says = isQuiet ? "" : (figures?.label[unit] ?? "");
    for (const label of unitLabel([anchor[1], anchor[0]], words.title, says)) label.addTo(group);
  }
};
