// Regions and their parts, one fill at a time; hover and click are shared with the list.
import { paneOf } from "../dom.js";
import { load } from "../json-cache.js";
import { failed, hideTip, showTip } from "../tooltip.js";
import { dress } from "./legend-swatches.js";
import { showMission, showPlace } from "./place-view.js";
import { begin, change, follow, followPointer, isClusters, now, onScreen, point } from "./press-state.js";

export const PARTS_FROM = 6.5; // the zoom from which the parts of a region are told by themselves

/** @type {(map: L.Map, options: PressOptions) => L.LayerGroup} */
export const unitLayer = (map, options) => {
  paneOf(map, "units", 410);
  paneOf(map, "edges", 415);
  const group = L.layerGroup().addTo(map);
  load(options.values)
    .then(async (values) => {
      const shapes = await load(options.regions);
      drawLevel(map, group, values, "region", shapes);
      edge(group, shapes);
      if (shapes.bounds) {
        const [west, south, east, north] = shapes.bounds;
        showMission(map, L.latLngBounds([south, west], [north, east]));
      }
      begin(values, options.choice, options.parts);
      document.documentElement.dataset.areas = String(shapes.features.length);
      if (values.levels.part) parts(map, group, values, options, shapes);
    })
    .catch(failed);
  return group;
};

// Parts are fetched when the reader asks for them: by the list's switch or by zooming in.
/** @type {(map: L.Map, group: L.LayerGroup, values: PressValues, options: PressOptions, regions: AreaShapes) => void} */
const parts = (map, group, values, options, regions) => {
  let asked = false;
  const ask = () => {
    if (asked) return;
    asked = true;
    load(options.parts)
      .then((shapes) => {
        drawLevel(map, group, values, "part", shapes);
        borders(group, regions);
      })
      .catch(() => {
        asked = false;
        failed();
      });
  };
  // a reader who comes near by hand wants parts; who goes back sees regions again, and a link says either
  let wasNear = map.getZoom() >= PARTS_FROM;
  map.on("zoomend", () => {
    const isNear = map.getZoom() >= PARTS_FROM;
    const { wanted } = now();
    if (isNear !== wasNear && wanted.unit < 0) change({ level: isNear ? "part" : "region" });
    wasNear = isNear;
  });
  follow(({ wanted }) => {
    const isOfPlaces = values.measures.some(({ name, unit }) => name === wanted.view && unit === "clusters");
    if (wanted.level === "part" || isOfPlaces) ask();
  });
};

/** @type {(group: L.LayerGroup, shapes: AreaShapes) => void} */
const edge = (group, shapes) => {
  if (!shapes.outline) return;
  L.geoJSON(shapes.outline, {
    pane: "edges",
    interactive: false,
    style: { className: "mission-edge", fill: false, renderer: L.svg({ pane: "edges", padding: 0.4 }) },
  }).addTo(group);
};

/** @type {(group: L.LayerGroup, shapes: AreaShapes) => void} */
const borders = (group, shapes) => {
  const layer = L.geoJSON(shapes, {
    pane: "edges",
    interactive: false,
    style: { className: "region-edge", fill: false, renderer: L.svg({ pane: "edges", padding: 0.4 }) },
  });
  follow((screen) => {
    const on = screen.shown?.level === "part" || isClusters(onScreen());
    if (on !== group.hasLayer(layer)) {
      if (on) group.addLayer(layer);
      else group.removeLayer(layer);
    }
  });
};

// Open a unit, or close the one that is open; where clusters are shown a unit is only the ground below them.
/** @type {(unit: number) => void} */
const pick = (unit) => {
  if (!isClusters(onScreen())) change({ unit: now().wanted.unit === unit ? -1 : unit });
};

/** @type {(map: L.Map, group: L.LayerGroup, values: PressValues, level: string, shapes: AreaShapes) => void} */
const drawLevel = (map, group, values, level, shapes) => {
  /** @type {Map<number, L.Path>} */
  const paths = new Map();
  const renderer = L.svg({ pane: "units", padding: 0.4 });
  const layer = L.geoJSON(shapes, {
    pane: "units",
    style: { className: "area", weight: 1, fillOpacity: 1, renderer },
    onEachFeature: (feature, path) => {
      const unit = feature.properties.area;
      if (path instanceof L.Path) paths.set(unit, path);
      path.on({
        mouseover: () => point({ unit: isClusters(onScreen()) ? -1 : unit }),
        mousemove: (event) => showTip(event.originalEvent, described(values, level, unit)),
        mouseout: () => {
          point({ unit: -1 });
          hideTip();
        },
        click: () => pick(unit),
      });
    },
  });
  const paint = () => paintLevel(values, level, paths, layer, group);
  follow(paint);
  layer.on("add", paint);
  followPointer((pointed) => {
    const shown = onScreen();
    if (shown?.choice.level !== level) return;
    const tokens = shown.level?.token ?? [];
    const wanted = pointed.token || pointed.held;
    for (const [unit, path] of paths) {
      const isHere = pointed.unit >= 0 && firstOf(values, level, pointed.unit) === firstOf(values, level, unit);
      path.getElement()?.classList.toggle("is-here", isHere);
      path.getElement()?.classList.toggle("is-dimmed", wanted !== "" && tokens[unit] !== wanted);
    }
  });
  let open = -1;
  follow((screen) => {
    if (screen.shown?.level !== level || isClusters(onScreen()) || screen.shown.unit === open) return;
    open = screen.shown.unit;
    const path = paths.get(open);
    if (path instanceof L.Polygon) showPlace(map, path.getBounds());
  });
};

/** @type {(values: PressValues, level: string, paths: Map<number, L.Path>, layer: L.GeoJSON, group: L.LayerGroup) => void} */
const paintLevel = (values, level, paths, layer, group) => {
  const shown = onScreen();
  if (!shown) return; // the outline of the mission is on screen, and no colour claims anything yet
  const isMine = (isClusters(shown) ? "part" : shown.choice.level) === level || !values.levels.part;
  if (isMine !== group.hasLayer(layer)) {
    if (isMine) group.addLayer(layer);
    else group.removeLayer(layer);
  }
  const tokens = shown.measure.levels[level]?.token ?? [];
  const open = isClusters(shown) ? -1 : shown.choice.unit;
  for (const [unit, path] of paths) {
    const element = path.getElement();
    if (!element) continue;
    for (const name of ["stroke", "stroke-opacity", "stroke-width", "fill-opacity"]) element.removeAttribute(name);
    const token = tokens[unit] ?? "quiet";
    dress(element, isClusters(shown) && token === "status-published" ? "quiet" : token);
    const isOpen = open >= 0 && firstOf(values, level, open) === firstOf(values, level, unit);
    element.classList.toggle("is-open", isOpen);
    if (isOpen) path.bringToFront();
  }
};

// Units whose figures are told together light up together.
/** @type {(values: PressValues, level: string, unit: number) => number} */
export const firstOf = (values, level, unit) => values.levels[level]?.units[unit]?.first ?? -2;

// One unit in a few plain lines, for the pointer and for screen readers.
/** @type {(values: PressValues, level: string, unit: number) => string[]} */
export const described = (values, level, unit) => {
  const words = values.levels[level]?.units[unit];
  const says = onScreen()?.measure.levels[level]?.says[unit] ?? [];
  return [words?.title ?? "", ...says];
};
