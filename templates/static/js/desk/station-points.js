// Stations on a canvas, one symbol per state, where symbols answer what is asked; all restyled in one pass.
import { byId, el } from "../dom.js";
import { clock } from "./clock.js";
import { model, onPaint, titleOf, view } from "./desk-model.js";
import { change, follow, state } from "./desk-state.js";
import { resource } from "./desk-resources.js";
import { nearFrom } from "./map-place.js";
import { mercator, surface } from "./canvas-layer.js";
import { drawRing, drawSymbol, radius, shapeOf, sizeOf } from "./state-symbols.js";
import { colour, onTheme } from "./canvas-colours.js";

/** @type {Surface | null} */
let layer = null;
let xy = new Float64Array(0); // unit square, NaN where the station has no place
/** @type {[number, number, number, number][]} */
let screen = []; // [x, y, r, station] of what was drawn large enough to be pointed at

const MOST_FAR = 400; // symbols that can be told apart on a map of a whole country
const ORDER = ["not_planned", "planned", "visited", "unreachable", "closed", "denied", "finding"];

/** @type {(at: number) => string} */
const stateOf = (at) => model.start.codes[model.byStation.states[at]];
/** @type {(at: number) => number} */
const severityOf = (at) => model.byStation.severity[at];
/** @type {(at: number) => number} */
const minuteOf = (at) => model.byStation.minute[at];

const place = () => {
  const { lon, lat } = model.stations;
  xy = new Float64Array(lon.length * 2).fill(NaN);
  for (let i = 0; i < lon.length; i += 1) {
    const [x, y] = [lon[i], lat[i]];
    if (x !== null && y !== null) xy.set(mercator(x / 1e5, y / 1e5), i * 2);
  }
};

// Far out the areas speak, and a symbol on a rate's colour says another thing than the colour does: stations are drawn
// there where they are what is counted, and few enough to be told apart, or where somebody wants them.
/** @type {(zoom: number) => boolean} */
const isShown = (zoom) => {
  if (zoom >= nearFrom || state.squares) return true;
  const { figure, grid } = view();
  if (grid || !["counted", "value"].includes(model.start.figures[figure].line)) return false;
  const drawn = model.start.codes.map((name, code) => (name === "not_planned" || state.off.includes(name) ? 0 : model.states[code]));
  return drawn.reduce((sum, n) => sum + n, 0) <= MOST_FAR;
};

/** @type {Painter} */
const paint = (ink, frame, canvas) => {
  screen = [];
  if (!model.stations || !model.byStation) return;
  if (!isShown(frame.zoom)) {
    canvas.dataset.drawn = "{}";
    ring(ink, frame, radius(frame.zoom));
    return;
  }
  const r = radius(frame.zoom);
  /** @type {Record<string, [number, number, number][]>} */
  const byState = Object.fromEntries(ORDER.map((name) => [name, []]));
  /** @type {Record<string, number>} */
  const drawn = {};
  const [left, top, right, bottom] = frame.window;
  for (let i = 0; i < xy.length / 2; i += 1) {
    const x = xy[2 * i] * frame.factor - frame.x;
    const y = xy[2 * i + 1] * frame.factor - frame.y;
    if (!(x > -12 && y > -12 && x < frame.width + 12 && y < frame.height + 12)) continue;
    const name = stateOf(i);
    if (state.off.includes(name)) continue;
    byState[name].push([x, y, i]);
    if (x < left || y < top || x > right || y > bottom) continue;
    drawn[name] = (drawn[name] ?? 0) + 1;
  }
  dots(ink, byState.not_planned, frame.zoom, r);
  for (const name of ORDER.slice(1)) {
    const places = byState[name];
    if (name === "finding") places.sort((a, b) => severityOf(a[2]) - severityOf(b[2]));
    for (const [x, y, i] of places) {
      const size = r * sizeOf(name);
      drawSymbol(ink, shapeOf(name, severityOf(i)), x, y, size);
      screen.push([x, y, size, i]);
    }
  }
  canvas.dataset.drawn = JSON.stringify(drawn);
  ring(ink, frame, r);
};

// Thousands of unplanned stations are small squares: one fill, no arcs.
/** @type {(ink: CanvasRenderingContext2D, places: [number, number, number][], zoom: number, r: number) => void} */
const dots = (ink, places, zoom, r) => {
  const size = Math.max(1, Math.min(5, (zoom - 3.4) * 0.62));
  ink.fillStyle = colour("unplanned");
  ink.globalAlpha = zoom < 5.5 ? 0.45 : 0.75;
  if (size < 2.4) for (const [x, y] of places) ink.fillRect(x - size / 2, y - size / 2, size, size);
  else {
    ink.beginPath();
    for (const [x, y] of places) {
      ink.moveTo(x + size / 2, y);
      ink.arc(x, y, size / 2, 0, 6.3);
    }
    ink.fill();
  }
  ink.globalAlpha = 1;
  if (zoom >= 6.5) for (const [x, y, i] of places) screen.push([x, y, Math.max(size / 2, r * 0.5), i]);
};

/** @type {(ink: CanvasRenderingContext2D, frame: MapFrame, r: number) => void} */
const ring = (ink, frame, r) => {
  const at = model.stations.id.indexOf(state.station);
  if (at < 0 || !Number.isFinite(xy[2 * at])) return;
  drawRing(ink, xy[2 * at] * frame.factor - frame.x, xy[2 * at + 1] * frame.factor - frame.y, r + 6);
};

// The station whose symbol lies under a point of the map's window, the topmost first; -1 for none.
/** @type {(map: L.Map, point: L.PointExpression) => number} */
const stationAt = (map, point) => {
  if (!layer?.corner) return -1;
  const moved = map.containerPointToLayerPoint(point).subtract(layer.corner);
  let best = -1;
  for (let i = screen.length - 1; i >= 0 && best < 0; i -= 1) {
    const [x, y, r, station] = screen[i];
    if (Math.abs(x - moved.x) <= r + 3 && Math.abs(y - moved.y) <= r + 3) best = station;
  }
  return best;
};

/** @type {(at: number) => string[]} */
const describe = (at) => {
  const name = stateOf(at);
  const { start, stations } = model;
  const lines = [stations.id[at], titleOf(name)];
  if (name === "finding") lines.push(`${start.words.severity}: ${start.severities[severityOf(at)]}`);
  if (clock(minuteOf(at))) lines.push(clock(minuteOf(at)));
  return lines;
};

const key = () => {
  const input = el("input", { type: "checkbox", name: "squares", onchange: () => change({ squares: input.checked }) });
  follow((now) => (input.checked = now.squares));
  byId("state-list").append(el("label", { class: "state-row squares" }, input, el("span", null, model.start.words.stationsFar)));
};

// What every layer of stations can do: draw; hit(point) → {lines, open} or null; note: what the caption has to say of it.
/** @type {(map: L.Map) => StationLayer} */
export const stationLayer = (map) => {
  const drawn = surface(map, "stations", 600, paint);
  layer = drawn;
  let wasShown = true;
  const tell = () => {
    const shown = Boolean(model.tally) && isShown(map.getZoom());
    if (shown !== wasShown) dispatchEvent(new CustomEvent("stations")); // the caption says where they are
    wasShown = shown;
  };
  const draw = () => {
    if (model.stations && !xy.length) place();
    drawn.redraw();
    tell();
  };
  onPaint(draw);
  onTheme(draw);
  map.on("zoomend", tell);
  return {
    draw,
    hit: (point) => {
      const at = stationAt(map, point);
      return at < 0 ? null : { lines: describe(at), open: () => change({ station: model.stations.id[at], open: "" }) };
    },
    load: async () => {
      model.stations = await resource("stations");
      key();
      draw();
      return String(model.stations.id.length);
    },
    renew: () => {},
    note: () => (isShown(map.getZoom()) ? "" : model.start.words.zoomForStations),
  };
};
