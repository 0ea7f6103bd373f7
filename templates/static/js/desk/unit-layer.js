// Areas, districts or cells on a canvas: fills by the view, hatching where nobody was, one unit under the pointer.
import { remembered } from "../memo.js";
import { hideTip, showTip } from "../tooltip.js";
import { describe, dress } from "./unit-appearance.js";
import { model, onPaint } from "./desk-model.js";
import { change, state } from "./desk-state.js";
import { nearFrom, onMap } from "./map-place.js";
import { mercator, surface } from "./canvas-layer.js";
import { colour, onTheme, pattern } from "./canvas-colours.js";

/** @type {Map<Unit, DrawnUnit[]>} */
const shapes = new Map(); // name of unit → rings in the unit square, with boxes
/** @type {Float64Array[]} */
let outline = [];
/** @type {Float64Array[][]} */
let borders = [];
let hovered = -1;
/** @type {Surface | null} */
let layer = null;
/** @type {Set<(index: number) => void>} */
const hoverers = new Set();

/** @type {(hoverer: (index: number) => void) => void} */
export const onHover = (hoverer) => hoverers.add(hoverer);
/** @type {(index: number) => void} */
export const hoverUnit = (index) => {
  if (index === hovered) return;
  hovered = index;
  layer?.redraw();
  for (const hoverer of hoverers) hoverer(index);
};

/** @type {(points: number[][]) => Float64Array} */
const ring = (points) => {
  const flat = new Float64Array(points.length * 2);
  points.forEach(([lon, lat], i) => flat.set(mercator(lon, lat), i * 2));
  return flat;
};

/** @type {(geometry: AreaGeometry | null) => Float64Array[]} */
const ringsOf = (geometry) => {
  if (!geometry) return [];
  return (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates).flat().map(ring);
};

/** @type {(rings: Float64Array[]) => Bounds} */
const boxOf = (rings) => {
  /** @type {Bounds} */
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const flat of rings) {
    for (let i = 0; i < flat.length; i += 2) {
      box[0] = Math.min(box[0], flat[i]);
      box[1] = Math.min(box[1], flat[i + 1]);
      box[2] = Math.max(box[2], flat[i]);
      box[3] = Math.max(box[3], flat[i + 1]);
    }
  }
  return box;
};

/** @type {() => DrawnUnit[]} */
const prepared = () =>
  remembered(shapes, model.unit, () => {
    const { rings: corners, shapes: outlines } = model.shapes;
    const units = corners ? corners.map((points) => [ring(points)]) : outlines.features.map(({ geometry }) => ringsOf(geometry));
    return units.map((rings) => ({ rings, box: boxOf(rings) }));
  });

// `ink`: a context with a path begun, or a path.
/** @type {(ink: CanvasPath, rings: Float64Array[], frame: MapFrame) => void} */
const trace = (ink, rings, frame) => {
  for (const flat of rings) {
    ink.moveTo(flat[0] * frame.factor - frame.x, flat[1] * frame.factor - frame.y);
    for (let i = 2; i < flat.length; i += 2) ink.lineTo(flat[i] * frame.factor - frame.x, flat[i + 1] * frame.factor - frame.y);
    ink.closePath();
  }
};

// The unit's outline on this canvas, worked out once per place shown.
/** @type {(unit: DrawnUnit, frame: MapFrame) => Path2D} */
const pathOf = (unit, frame) => {
  const key = `${frame.factor} ${frame.x} ${frame.y}`;
  if (unit.outline?.key === key) return unit.outline.path;
  const path = new Path2D();
  trace(path, unit.rings, frame);
  unit.outline = { key, path };
  return path;
};

const MARGIN = 12; // px: no line is wider
/** @type {(box: Bounds, frame: MapFrame) => boolean} */
const isSeen = ([west, north, east, south], { factor, x, y, width, height }) =>
  east * factor - x > -MARGIN && west * factor - x < width + MARGIN && south * factor - y > -MARGIN && north * factor - y < height + MARGIN;

// Near, fills give way so that symbols never stand on a colour that means something else; the edge keeps the class.
/** @type {(zoom: number) => boolean} */
export const isNear = (zoom) => zoom >= nearFrom + Number(model.unit === "cell") || (model.start.isTiled && state.squares);

// Every unit's fill and hatching, and one text that says all a picture depends on beside the place it shows.
/** @type {() => { dresses: Dress[]; key: string }} */
const dressed = () => {
  const dresses = model.shapes.id.map((_, index) => dress(index));
  return {
    dresses,
    key: [state.view, model.unit, state.open, state.squares, ...dresses.map(({ fill, hatched }) => (hatched ? `${fill}+` : fill))].join(),
  };
};

// Units dressed alike are one path: a few fills and clips instead of hundreds.
/** @type {(units: DrawnUnit[], dresses: Dress[], frame: MapFrame) => Iterable<Dress & { path: Path2D }>} */
const together = (units, dresses, frame) => {
  /** @type {Map<string, Dress & { path: Path2D }>} */
  const groups = new Map();
  dresses.forEach(({ fill, hatched }, index) => {
    if (!isSeen(units[index].box, frame)) return;
    const key = hatched ? `${fill}+` : fill;
    remembered(groups, key, () => ({ fill, hatched, path: new Path2D() })).path.addPath(pathOf(units[index], frame));
  });
  return groups.values();
};

let painted = ""; // what the canvas shows

/** @type {Painter} */
const paint = (ink, frame, canvas) => {
  if (!model.figures || !model.tally) return; // a range of hours may still be on its way
  const units = prepared();
  const near = isNear(frame.zoom);
  const { dresses, key } = dressed();
  painted = key;
  /** @type {Record<string, number>} */
  const drawn = {};
  for (const { fill } of dresses) drawn[fill] = (drawn[fill] ?? 0) + 1;
  for (const { fill, hatched, path } of together(units, dresses, frame)) {
    const isPattern = fill.startsWith("pattern:");
    ink.globalAlpha = near ? 0.45 : 1;
    ink.fillStyle = isPattern ? pattern(ink, fill.slice(8)) : colour(fill);
    if (!near || isPattern) ink.fill(path, "evenodd");
    if (hatched) {
      ink.globalAlpha = near ? 0.15 : 0.4;
      ink.fillStyle = pattern(ink, "hatch");
      ink.fill(path, "evenodd");
    }
    ink.globalAlpha = 1;
    if (near && !isPattern) {
      ink.save();
      ink.clip(path, "evenodd");
      ink.strokeStyle = colour(fill);
      ink.lineWidth = Math.max(3, Math.min(9, 2 * frame.zoom - 6)); // far, with squares: thousands of short edges
      ink.stroke(path);
      ink.restore();
    }
    ink.strokeStyle = colour(model.unit === "cell" && isPattern ? "hatch" : "area-line");
    ink.lineWidth = model.unit === "cell" ? 0.7 : 1.1;
    ink.stroke(path);
  }
  if (model.unit === "cell") for (const rings of borders) borderline(ink, rings, frame);
  outlined(ink, frame);
  const open = model.shapes.id.indexOf(state.open);
  if (open >= 0) edge(ink, units[open], frame, "accent", 3);
  if (hovered >= 0 && units[hovered]) edge(ink, units[hovered], frame, "area-here", 2.4);
  canvas.dataset.drawn = JSON.stringify(drawn);
};

/** @type {(ink: CanvasRenderingContext2D, unit: DrawnUnit, frame: MapFrame, stroke: string, width: number) => void} */
const edge = (ink, unit, frame, stroke, width) => {
  ink.strokeStyle = colour(stroke);
  ink.lineWidth = width;
  ink.stroke(pathOf(unit, frame));
};

/** @type {(ink: CanvasRenderingContext2D, rings: Float64Array[], frame: MapFrame) => void} */
const borderline = (ink, rings, frame) => {
  ink.beginPath();
  trace(ink, rings, frame);
  ink.globalAlpha = 0.55;
  ink.strokeStyle = colour("area-edge");
  ink.lineWidth = 0.9;
  ink.stroke();
  ink.globalAlpha = 1;
};

/** @type {(ink: CanvasRenderingContext2D, frame: MapFrame) => void} */
const outlined = (ink, frame) => {
  ink.beginPath();
  trace(ink, outline, frame);
  ink.strokeStyle = colour("area-edge");
  ink.lineWidth = 1.4;
  ink.stroke();
};

/** @type {(rings: Float64Array[], x: number, y: number) => boolean} */
const inside = (rings, x, y) => {
  let isIn = false;
  for (const flat of rings) {
    for (let i = 0, j = flat.length - 2; i < flat.length; j = i, i += 2) {
      if (flat[i + 1] > y !== flat[j + 1] > y && x < ((flat[j] - flat[i]) * (y - flat[i + 1])) / (flat[j + 1] - flat[i + 1]) + flat[i])
        isIn = !isIn;
    }
  }
  return isIn;
};

/** @type {(latlng: L.LatLng) => number} */
export const unitAt = (latlng) => {
  if (!model.shapes || !model.tally) return -1;
  const [x, y] = mercator(latlng.lng, latlng.lat);
  return prepared().findIndex(({ rings, box }) => x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3] && inside(rings, x, y));
};

// Middle of a unit in degrees, for looking at it.
/** @type {(index: number) => L.LatLngBounds} */
export const boundsOf = (index) => {
  const unitShapes = model.shapes;
  const box = unitShapes.rings
    ? L.latLngBounds(unitShapes.rings[index].map(([lon, lat]) => [lat, lon]))
    : L.geoJSON(unitShapes.shapes.features[index]).getBounds();
  return box;
};

export const redrawUnits = () => layer?.redraw();

/** @type {(map: L.Map, areas: AreaShapes) => Surface} */
export const unitLayer = (map, areas) => {
  outline = ringsOf(areas.outline);
  borders = areas.features.map((feature) => ringsOf(feature.geometry));
  const canvas = surface(map, "units", 300, paint);
  layer = canvas;
  onPaint(() => dressed().key !== painted && canvas.redraw()); // a range of hours seldom changes a class
  onTheme(() => canvas.redraw());
  return canvas;
};

// Pointer on the map: a station first, else the unit below it.
/** @type {(map: L.Map, points: StationLayer) => void} */
export const pointer = (map, points) => {
  const box = map.getContainer();
  /** @type {(event: MouseEvent) => void} */
  const look = (event) => {
    const latlng = map.mouseEventToLatLng(event);
    const station = points.hit(map.mouseEventToContainerPoint(event));
    const unit = station ? -1 : unitAt(latlng);
    hoverUnit(unit);
    box.classList.toggle("is-pointing", Boolean(station) || unit >= 0);
    if (station) showTip(event, station.lines);
    else if (unit >= 0) showTip(event, describe(unit));
    else hideTip();
  };
  box.addEventListener("mousemove", (event) => (event.buttons ? hideTip() : look(event)));
  box.addEventListener("mouseleave", () => {
    hoverUnit(-1);
    hideTip();
  });
  map.on("click", (event) => {
    hideTip();
    const station = points.hit(event.containerPoint);
    if (station) return onMap(event.latlng, station.open);
    const unit = unitAt(event.latlng);
    const id = unit >= 0 ? model.shapes.id[unit] : "";
    return onMap(event.latlng, () => change({ open: id === state.open ? "" : id, station: "" }));
  });
  map.on("movestart zoomstart", hideTip);
};
