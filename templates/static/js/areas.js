// The areas: one fill at a time, hover and click shared with the list.
import { load } from "./data.js";
import { change, follow, followHover, hover, state } from "./state.js";
import { dress } from "./swatches.js";
import { frame, uncover, whole } from "./view.js";
import { failed, hideTip, showTip } from "./tip.js";
import { fetchChoices, fillsOf } from "./choices.js";
import { describe } from "./describe.js";

export const areaLayer = (map, options) => {
  map.createPane("areas").style.zIndex = 410;
  map.createPane("edges").style.zIndex = 415;
  const group = L.layerGroup().addTo(map);
  Promise.all([load(options.areas), load(options.values)])
    .then(([shapes, values]) => {
      fetchChoices(values, options.choice);
      draw(map, group, shapes, values);
      if (values.layers.some((one) => one.kind === "cells")) return import("./cells.js").then((module) => module.cellLayer(map, values, options.cells));
    })
    .catch(failed);
  return group;
};

const draw = (map, group, shapes, values) => {
  const paths = new Map();
  const layer = L.geoJSON(shapes, {
    pane: "areas",
    renderer: L.svg({ pane: "areas", padding: 0.4 }),
    style: { className: "area", weight: 1, fillOpacity: 1 },
    smoothFactor: 0.4,
    onEachFeature: (feature, one) => {
      const index = feature.properties.area;
      paths.set(index, one);
      one.on({
        mouseover: () => hover(index),
        mousemove: (event) => showTip(event.originalEvent, describe(values, index)),
        mouseout: () => {
          hover(-1);
          hideTip();
        },
        click: () => change({ area: state.area === index ? -1 : index }),
      });
    },
  }).addTo(group);
  if (shapes.outline) {
    L.geoJSON(shapes.outline, {
      pane: "edges",
      interactive: false,
      renderer: L.svg({ pane: "edges", padding: 0.4 }),
      style: { className: "mission-edge", fill: false },
      smoothFactor: 0.4,
    }).addTo(group);
  }
  const paint = (now) => {
    const isCells = values.layers.some((one) => one.kind === "cells" && one.name === now.view);
    const fills = isCells ? [] : fillsOf(values, now);
    if (!fills) return; // the figures are on their way
    for (const [index, one] of paths) {
      const path = one.getElement();
      if (!path) continue;
      for (const name of ["stroke", "stroke-opacity", "stroke-width", "fill-opacity"]) path.removeAttribute(name);
      dress(path, isCells ? "none" : (fills[index] ?? "status-not_observed"));
      path.dataset.area = index;
      path.classList.toggle("is-open", now.area === index);
      if (now.area === index) one.bringToFront();
    }
  };
  follow(paint);
  layer.on("add", () => paint(state));
  followHover((index) => {
    for (const [other, one] of paths) one.getElement()?.classList.toggle("is-here", other === index);
    if (index >= 0 && state.area < 0) paths.get(index)?.bringToFront();
  });
  if (shapes.bounds) {
    const [west, south, east, north] = shapes.bounds;
    whole(map, L.latLngBounds([south, west], [north, east]));
  }
  frame(map);
  follow((now) => {
    const anchor = shapes.features[now.area]?.properties.anchor;
    if (anchor) requestAnimationFrame(() => uncover(map, L.latLng(anchor[1], anchor[0])));
  });
  document.documentElement.dataset.areas = String(paths.size);
  map.fire("fitted");
};
