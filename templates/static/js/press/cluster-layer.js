// Where problems cluster: the patches of each cluster in red with a dark outline, a number, a sentence; the list is theirs.
import { all, byId, el, focusedWithin, paneOf, svg } from "../dom.js";
import { load } from "../json-cache.js";
import { number } from "../language.js";
import { failed, hideTip, showTip } from "../tooltip.js";
import { showPlace } from "./place-view.js";
import { change, follow, isClusters, now, onScreen } from "./press-state.js";

const [NUMBER_WIDE, LETTER_WIDE] = [56, 8]; // px of a name beside its cluster, the number in its circle first
const SMALLEST = 18; // px: a city's cluster is a speck on a country's map, and the story of the page

/** @type {(map: L.Map, options: PressOptions) => L.LayerGroup} */
export const clusterLayer = (map, options) => {
  paneOf(map, "clusters", 425);
  const group = L.layerGroup();
  load(options.values)
    .then(() => {
      if (document.getElementById("unit-list")) follow(list); // a frame has none
      const redraw = () => draw(map, group, options);
      follow(redraw);
      map.on("zoomend", redraw);
    })
    .catch(failed);
  return group;
};

/** @type {(cluster: ClusterFigures) => L.LatLngBounds} */
const boundsOf = ({ bounds: [west, south, east, north] }) => L.latLngBounds([south, west], [north, east]);

let open = -1;

/** @type {(map: L.Map, group: L.LayerGroup, options: PressOptions) => void} */
const draw = (map, group, options) => {
  const shown = onScreen();
  const isOn = isClusters(shown);
  if (isOn !== map.hasLayer(group)) {
    if (isOn) map.addLayer(group);
    else map.removeLayer(group);
  }
  if (!shown || !isOn) return;
  load(options.parts)
    .then((shapes) => {
      if (onScreen()?.figures !== shown.figures || !isClusters(onScreen())) return;
      group.clearLayers(); // here, so that two that waited for the shapes do not draw twice
      shown.figures.clusters.forEach((cluster, index) => place(map, group, shapes, cluster, index));
    })
    .catch(failed);
  if (shown.choice.unit !== open) {
    open = shown.choice.unit;
    const cluster = shown.figures.clusters[open];
    if (cluster) showPlace(map, boundsOf(cluster), 200);
  }
};

/** @type {(map: L.Map, group: L.LayerGroup, shapes: AreaShapes, cluster: ClusterFigures, index: number) => void} */
const place = (map, group, shapes, cluster, index) => {
  const bounds = boundsOf(cluster);
  const corners = [bounds.getNorthWest(), bounds.getSouthEast()].map((corner) => map.latLngToLayerPoint(corner));
  const pixels = L.bounds(corners).getSize();
  for (const drawn of Math.max(pixels.x, pixels.y) >= SMALLEST ? patches(shapes, cluster) : [speck(bounds)]) {
    drawn.on({
      click: () => change({ unit: now().wanted.unit === index ? -1 : index }),
      mousemove: (event) => showTip(event.originalEvent, [cluster.name, ...cluster.says]),
      mouseout: hideTip,
    });
    drawn.addTo(group);
  }
  const label = el("span", { class: "cluster-name" }, el("b", null, number(index + 1)), ` ${cluster.name}`);
  const room = map.getSize().x - map.latLngToContainerPoint(bounds.getCenter()).x;
  const isLeft = room < NUMBER_WIDE + LETTER_WIDE * cluster.name.length; // else the map's edge cuts the name, and hides it
  label.classList.toggle("is-left", isLeft);
  const icon = L.divIcon({ className: "", html: label, iconSize: undefined, iconAnchor: [isLeft ? 12 : -12, 10] });
  L.marker(bounds.getCenter(), { pane: "labels", interactive: false, keyboard: false, icon }).addTo(group);
};

/** @type {(bounds: L.LatLngBounds) => L.Path} */
const speck = (bounds) => L.circleMarker(bounds.getCenter(), { pane: "clusters", radius: SMALLEST / 2, className: "cluster-patch speck" });

// Twice the same: first a broad dark edge, which the red then covers but for its outer half, the cluster's outline.
/** @type {(shapes: AreaShapes, cluster: ClusterFigures) => L.GeoJSON[]} */
const patches = (shapes, cluster) => {
  const members = new Set(cluster.parts);
  const features = shapes.features.filter(({ properties }) => members.has(properties.area));
  const renderer = L.svg({ pane: "clusters", padding: 0.4 });
  return ["cluster-edge", "cluster-patch"].map((className) =>
    L.geoJSON(/** @type {AreaShapes} */ ({ ...shapes, features }), { pane: "clusters", style: { className, renderer } }),
  );
};

const list = () => {
  const shown = onScreen();
  if (!shown || !isClusters(shown)) return;
  const box = byId("unit-list");
  box.dataset.choice = shown.figures.choice;
  box.dataset.view = shown.choice.view;
  byId("list-title").textContent = shown.measure.list_title;
  byId("list-axis").textContent = "";
  byId("list-rest").replaceChildren(...shown.figures.clusters_why.map((line) => el("p", null, line)));
  const focused = focusedWithin(box)?.dataset.unit;
  box.replaceChildren(...shown.figures.clusters.map((cluster, index) => row(cluster, index, shown.choice.unit)));
  if (focused) all(`[data-unit="${Number(focused)}"]`, box)[0]?.focus();
};

/** @type {(cluster: ClusterFigures, index: number, unit: number) => HTMLElement} */
const row = (cluster, index, unit) =>
  el(
    "li",
    { class: "cluster-row" },
    el(
      "button",
      {
        type: "button",
        "data-unit": index,
        "aria-pressed": String(unit === index),
        onclick: () => change({ unit: now().wanted.unit === index ? -1 : index }),
      },
      el("span", { class: "number" }, number(index + 1)),
      el("span", { class: "name" }, el("b", null, cluster.name), ...cluster.says.map((line) => el("span", null, line)), bar(cluster)),
    ),
  );

// What was found beside what was expected: two bars on one axis.
/** @type {(cluster: ClusterFigures) => Element} */
const bar = ({ part, expected }) =>
  svg(
    "svg",
    { class: "bar", viewBox: "0 0 120 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "track", width: 120, height: 8 }),
    svg("rect", { class: "fill-cluster", width: 120, height: 8 }),
    svg("rect", { class: "expected", width: ((120 * expected) / Math.max(part, 1)).toFixed(1), height: 8 }),
  );
