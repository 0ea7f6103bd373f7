// Hexagonal cells of the view on screen. Cells nobody may be told about stay out of the picture; the legend says so.
import { figures, fillsOf, said, statusOf } from "./choices.js";
import { load } from "./data.js";
import { follow } from "./state.js";
import { dress } from "./swatches.js";
import { failed, hideTip, showTip } from "./tip.js";

const corners = (flat) => Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i + 1], flat[2 * i]]);

export const cellLayer = (map, values, url) => {
  const isShown = (now) => values.layers.some((one) => one.kind === "cells" && one.name === now.view);
  if (!url || !values.layers.some((one) => one.kind === "cells")) return;
  map.createPane("cells").style.zIndex = 412;
  const renderer = L.svg({ pane: "cells", padding: 0.4 });
  const group = L.layerGroup().addTo(map);
  follow((now) => {
    map.getContainer().classList.toggle("shows-cells", isShown(now));
    if (!isShown(now)) group.clearLayers();
    else load(url).then((outlines) => draw(group, renderer, values, outlines, now)).catch(failed);
  });
};

const draw = (group, renderer, values, outlines, now) => {
  group.clearLayers();
  const fills = fillsOf(values, now);
  const made = figures(now)?.cells;
  if (!fills || !made) return;
  fills.forEach((token, index) => {
    const one = L.polygon(corners(outlines[index]), { pane: "cells", renderer, className: "cell", weight: 1, fillOpacity: 1, smoothFactor: 0 }).addTo(group);
    const path = one.getElement();
    for (const name of ["stroke", "stroke-opacity", "stroke-width", "fill-opacity"]) path.removeAttribute(name);
    dress(path, token);
    if (token === "hot") one.bringToFront();
    const lines = [values.statuses[statusOf(now, made, index)].title, said(values, now, made, index)];
    const legend = values.layers.find((layer) => layer.name === now.view).legend;
    const title = legend.find((key) => key.swatch === token)?.label ?? lines[0];
    one.on({ mousemove: (event) => showTip(event.originalEvent, [title, ...lines.filter((line) => line && line !== title)]), mouseout: hideTip });
  });
};
