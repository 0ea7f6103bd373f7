// Stations on a canvas, one symbol per state; all of them restyled in one pass when a choice changes.
import { filled, number } from "../words.js";
import { model, onPaint, registryOf } from "./model.js";
import { state } from "./state.js";
import { mercator, surface } from "./surface.js";
import { drawSymbol, shapeOf } from "./symbols.js";
import { colour, onTheme } from "./theme.js";

let layer = null;
let xy = null; // unit square, NaN where the station has no place
let visible = []; // stations inside the map's window, the same that the table lists
let screen = []; // [x, y, r, station] of what was drawn large enough to be pointed at

const ORDER = ["not_planned", "planned", "visited", "unreachable", "closed", "denied", "finding"];

export const stateOf = (at) => model.start.codes[model.found.states[registryOf(at)]];
export const severityOf = (at) => model.found.severity[registryOf(at)];
export const minuteOf = (at) => model.found.minute[registryOf(at)];

export const clock = (minute) => {
  if (minute < -9000) return "";
  const day = Math.floor(minute / 1440);
  const inDay = minute - day * 1440;
  const text = `${String(Math.floor(inDay / 60)).padStart(2, "0")}:${String(inDay % 60).padStart(2, "0")}`;
  return day ? `${text} (${day > 0 ? "+" : "−"}${Math.abs(day)})` : text;
};

const place = () => {
  const { lon, lat } = model.stations;
  xy = new Float64Array(lon.length * 2).fill(NaN);
  for (let i = 0; i < lon.length; i += 1) if (lon[i] !== null) xy.set(mercator(lon[i] / 1e5, lat[i] / 1e5), i * 2);
};

const radius = (zoom) => Math.max(3.8, Math.min(9, 3.2 + (zoom - 4) * 0.85));

const paint = (ink, frame, canvas) => {
  screen = [];
  visible = [];
  if (!model.stations || !model.found) return;
  const r = radius(frame.zoom);
  const byState = new Map(ORDER.map((name) => [name, []]));
  const drawn = {};
  const [left, top, right, bottom] = frame.window;
  for (let i = 0; i < xy.length / 2; i += 1) {
    const x = xy[2 * i] * frame.factor - frame.x;
    const y = xy[2 * i + 1] * frame.factor - frame.y;
    if (!(x > -12 && y > -12 && x < frame.width + 12 && y < frame.height + 12)) continue;
    const name = stateOf(i);
    if (state.off.includes(name)) continue;
    byState.get(name).push([x, y, i]);
    if (x < left || y < top || x > right || y > bottom) continue;
    visible.push(i);
    drawn[name] = (drawn[name] ?? 0) + 1;
  }
  dots(ink, byState.get("not_planned"), frame.zoom, r);
  for (const name of ORDER.slice(1)) {
    const found = byState.get(name);
    if (name === "finding") found.sort((a, b) => severityOf(a[2]) - severityOf(b[2]));
    for (const [x, y, i] of found) {
      const size = name === "planned" ? r * 0.8 : name === "finding" ? r * 1.08 : r * 0.94;
      drawSymbol(ink, shapeOf(name, severityOf(i)), x, y, size);
      screen.push([x, y, size, i]);
    }
  }
  canvas.dataset.drawn = JSON.stringify(drawn);
  ring(ink, frame, r);
};

// Thousands of unplanned stations are small squares: one fill, no arcs.
const dots = (ink, found, zoom, r) => {
  const size = Math.max(1, Math.min(5, (zoom - 3.4) * 0.62));
  ink.fillStyle = colour("unplanned");
  ink.globalAlpha = zoom < 5.5 ? 0.45 : 0.75;
  if (size < 2.4) for (const [x, y] of found) ink.fillRect(x - size / 2, y - size / 2, size, size);
  else {
    ink.beginPath();
    for (const [x, y] of found) {
      ink.moveTo(x + size / 2, y);
      ink.arc(x, y, size / 2, 0, 6.3);
    }
    ink.fill();
  }
  ink.globalAlpha = 1;
  if (zoom >= 6.5) for (const [x, y, i] of found) screen.push([x, y, Math.max(size / 2, r * 0.5), i]);
};

const ring = (ink, frame, r) => {
  const at = model.stations.id.indexOf(state.station);
  if (at < 0 || !Number.isFinite(xy[2 * at])) return;
  ink.beginPath();
  ink.arc(xy[2 * at] * frame.factor - frame.x, xy[2 * at + 1] * frame.factor - frame.y, r + 6, 0, 7);
  for (const [stroke, width] of [["halo", 6], ["accent", 3]]) {
    ink.strokeStyle = colour(stroke);
    ink.lineWidth = width;
    ink.stroke();
  }
};

export const stationLayer = (map) => {
  layer = surface(map, "stations", 600, paint);
  const draw = () => {
    if (model.stations && !xy) place();
    layer.redraw();
  };
  onPaint(draw);
  onTheme(draw);
  return { draw };
};

// The station whose symbol lies under a point of the map's window, the topmost first; -1 for none.
export const stationAt = (map) => (point) => {
  if (!layer?._bounds) return -1;
  const moved = map.containerPointToLayerPoint(point).subtract(layer._bounds.min);
  let best = -1;
  for (let i = screen.length - 1; i >= 0 && best < 0; i -= 1) {
    const [x, y, r, station] = screen[i];
    if (Math.abs(x - moved.x) <= r + 3 && Math.abs(y - moved.y) <= r + 3) best = station;
  }
  return best;
};

export const describeStation = (at) => {
  const name = stateOf(at);
  const { start, stations } = model;
  const lines = [stations.id[at], start.states.find((one) => one.name === name).title];
  if (name === "finding") lines.push(`${start.words.severity}: ${start.severities[severityOf(at)]}`);
  if (clock(minuteOf(at))) lines.push(clock(minuteOf(at)));
  return lines;
};

export const inView = () => [...visible];

export const drawnNote = () => (model.stations && model.stations.id.length < model.stations.total ? filled(model.start.words.drawnOf, { x: number(model.stations.id.length), y: number(model.stations.total) }) : "");
