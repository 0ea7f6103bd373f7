// Areas with long-term observers, as dashed outlines: not election day, so never a fill.
import { load } from "./data.js";
import { failed } from "./tip.js";

export const presenceLayer = (map, options) => {
  map.createPane("presence").style.zIndex = 418;
  const group = L.layerGroup();
  Promise.all([load(options.areas), load(options.values)])
    .then(([shapes, values]) => {
      L.geoJSON(shapes, {
        pane: "presence",
        interactive: false,
        renderer: L.svg({ pane: "presence", padding: 0.4 }),
        filter: (feature) => values.areas[feature.properties.area].longTerm,
        style: { className: "long-term-edge", fill: false },
        smoothFactor: 0.4,
      }).addTo(group);
    })
    .catch(failed);
  return group;
};
