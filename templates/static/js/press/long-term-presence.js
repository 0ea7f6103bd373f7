// Areas with long-term observers, as dashed outlines: not election day, so never a fill.
import { paneOf } from "../dom.js";
import { load } from "../json-cache.js";
import { failed } from "../tooltip.js";

/** @type {(map: L.Map, options: PressOptions) => L.LayerGroup} */
export const presenceLayer = (map, options) => {
  paneOf(map, "presence", 418);
  const group = L.layerGroup();
  Promise.all([load(options.regions), load(options.values)])
    .then(([shapes, values]) => {
      L.geoJSON(shapes, {
        pane: "presence",
        interactive: false,
        filter: (feature) => values.levels.region?.units[feature.properties.area]?.long_term ?? false,
        style: { className: "long-term-edge", fill: false, renderer: L.svg({ pane: "presence", padding: 0.4 }) },
      }).addTo(group);
    })
    .catch(failed);
  return group;
};
