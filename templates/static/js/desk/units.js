// Areas, districts or cells on a canvas: fills by the view, hatching where nobody was, one unit under the pointer.
import { hideTip, showTip } from "../tip.js";
import { describe, dress, useFigures } from "./classes.js";
import { figure, model, onPaint } from "./model.js";
import { change, state } from "./state.js";
import { mercator, surface } from "./surface.js";
import { colour, onTheme, pattern } from "./theme.js";

useFigures(figure);
const shapes = new Map(); // name of unit → rings in the unit square, with boxes
let outline = [];
let borders = [];
let here = -1;
let layer = null;
const hoverers = new Set();

export const onHover = (hoverer) => hoverers.add(hoverer);
export const hoverUnit = (index) => {
  if (index === here) return;
  here = index;
  layer?.redraw();
  for (const hoverer of hoverers) hoverer(index);
};

const ring = (points) => {
  const flat = new Float64Array(points.length * 2);
  points.forEach(([lon, lat], i) => flat.set(mercator(lon, lat), i * 2));
  return flat;
};

const ringsOf = (geometry) => {
  if (!geometry) return [];
  return (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates).flat().map(ring);
};

const boxOf = (rings) => {
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

const prepared = () => {
  if (!shapes.has(model.unit)) {
    const given = model.shapes;
    const rings = given.rings ? given.rings.map((points) => [ring(points)]) : given.shapes.features.map((one) => ringsOf(one.geometry));
    shapes.set(model.unit, rings.map((one) => ({ rings: one, box: boxOf(one) })));
  }
  return shapes.get(model.unit);
};

// `ink`: a context with a path begun, or a path.
const trace = (ink, rings, frame) => {
  for (const flat of rings) {
    ink.moveTo(flat[0] * frame.factor - frame.x, flat[1] * frame.factor - frame.y);
    for (let i = 2; i < flat.length; i += 2) ink.lineTo(flat[i] * frame.factor - frame.x, flat[i + 1] * frame.factor - frame.y);
    ink.closePath();
  }
};

// The unit's outline on this canvas, worked out once per place shown.
const pathOf = (unit, frame) => {
  const key = `${frame.factor} ${frame.x} ${frame.y}`;
  if (unit.key === key) return unit.path;
  unit.key = key;
  unit.path = new Path2D();
  trace(unit.path, unit.rings, frame);
  return unit.path;
};

const MARGIN = 12; // px: no line is wider
const isSeen = ([west, north, east, south], { factor, x, y, width, height }) =>
  east * factor - x > -MARGIN && west * factor - x < width + MARGIN && south * factor - y > -MARGIN && north * factor - y < height + MARGIN;

const EDGE = { hot: ["critical", 3], possible: ["critical", 2, [5, 3]], "one-team": ["muted", 2, [2, 3]] };

// Near, fills give way so that symbols never stand on a colour that means something else; the edge keeps the class.
export const isNear = (zoom) => zoom >= (model.unit === "cell" ? 8 : 7) || (model.start.isTiled && state.squares);

// Every unit's fill and hatching, and one text that says all a picture depends on beside the place it shows.
const dressed = () => {
  const dresses = model.shapes.id.map((_, index) => dress(state.view, figure(index)));
  return { dresses, key: [state.view, model.unit, state.open, state.squares, ...dresses.map(({ fill, hatched }) => (hatched ? `${fill}+` : fill))].join() };
};

// Units dressed alike are one path: a few fills and clips instead of hundreds.
const together = (units, dresses, frame) => {
  const found = new Map();
  dresses.forEach(({ fill, hatched }, index) => {
    if (!isSeen(units[index].box, frame)) return;
    const key = hatched ? `${fill}+` : fill;
    if (!found.has(key)) found.set(key, { fill, hatched, path: new Path2D() });
    found.get(key).path.addPath(pathOf(units[index], frame));
  });
  return found.values();
};

let painted = ""; // what the canvas shows

const paint = (ink, frame, canvas) => {
  if (!model.figures) return;
  const units = prepared();
  const near = isNear(frame.zoom);
  const { dresses, key } = dressed();
  painted = key;
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
  dresses.forEach(({ fill }, index) => {
    const [stroke, width, dash] = EDGE[fill] ?? [];
    if (stroke && isSeen(units[index].box, frame)) edge(ink, units[index], frame, stroke, width, dash ?? []);
  });
  outlined(ink, frame);
  const open = model.shapes.id.indexOf(state.open);
  if (open >= 0) edge(ink, units[open], frame, "accent", 3);
  if (here >= 0 && units[here]) edge(ink, units[here], frame, "area-here", 2.4);
  canvas.dataset.drawn = JSON.stringify(drawn);
};

const edge = (ink, unit, frame, stroke, width, dash = []) => {
  ink.setLineDash(dash);
  ink.strokeStyle = colour(stroke);
  ink.lineWidth = width;
  ink.stroke(pathOf(unit, frame));
  ink.setLineDash([]);
};

const borderline = (ink, rings, frame) => {
  ink.beginPath();
  trace(ink, rings, frame);
  ink.globalAlpha = 0.55;
  ink.strokeStyle = colour("area-edge");
  ink.lineWidth = 0.9;
  ink.stroke();
  ink.globalAlpha = 1;
};

const outlined = (ink, frame) => {
  ink.beginPath();
  trace(ink, outline, frame);
  ink.strokeStyle = colour("area-edge");
  ink.lineWidth = 1.4;
  ink.stroke();
};

const inside = (rings, x, y) => {
  let isIn = false;
  for (const flat of rings) {
    for (let i = 0, j = flat.length - 2; i < flat.length; j = i, i += 2) {
      if (flat[i + 1] > y !== flat[j + 1] > y && x < ((flat[j] - flat[i]) * (y - flat[i + 1])) / (flat[j + 1] - flat[i + 1]) + flat[i]) isIn = !isIn;
    }
  }
  return isIn;
};

export const unitAt = (latlng) => {
  if (!model.shapes) return -1;
  const [x, y] = mercator(latlng.lng, latlng.lat);
  return prepared().findIndex(({ rings, box }) => x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3] && inside(rings, x, y));
};

// Middle of a unit in degrees, for looking at it.
export const boundsOf = (index) => {
  const given = model.shapes;
  const box = given.rings ? L.latLngBounds(given.rings[index].map(([lon, lat]) => [lat, lon])) : L.geoJSON(given.shapes.features[index]).getBounds();
  return box;
};

export const redrawUnits = () => layer?.redraw();

export const unitLayer = (map, areas) => {
  outline = ringsOf(areas.outline);
  borders = areas.features.map((one) => ringsOf(one.geometry));
  layer = surface(map, "units", 300, paint);
  onPaint(() => dressed().key !== painted && layer.redraw()); // a range of hours seldom changes a class
  onTheme(() => layer.redraw());
  return layer;
};

// Pointer on the map: a station first, else the unit below it.
export const pointer = (map, points) => {
  const box = map.getContainer();
  const look = (event) => {
    const latlng = map.mouseEventToLatLng(event);
    const station = points.hit(map.mouseEventToContainerPoint(event));
    const unit = station ? -1 : unitAt(latlng);
    hoverUnit(unit);
    box.classList.toggle("is-pointing", Boolean(station) || unit >= 0);
    if (station) showTip(event, station.lines);
    else if (unit >= 0) showTip(event, describe(state.view, unit));
    else hideTip();
  };
  box.addEventListener("mousemove", (event) => (event.buttons ? hideTip() : look(event)));
  box.addEventListener("mouseleave", () => {
    hoverUnit(-1);
    hideTip();
  });
  map.on("click", (event) => {
    const station = points.hit(event.containerPoint);
    if (station) return station.open();
    const unit = unitAt(event.latlng);
    const id = unit >= 0 ? model.shapes.id[unit] : "";
    return change({ open: id === state.open ? "" : id, station: "" });
  });
};
