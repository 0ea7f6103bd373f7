// Stations on a canvas, one symbol per state; all of them restyled in one pass when a choice changes.
import { clock } from "./clock.js";
import { model, onPaint } from "./model.js";
import { change, state } from "./state.js";
import { resource } from "./store.js";
import { mercator, surface } from "./surface.js";
import { drawSymbol, radius, shapeOf, sizeOf } from "./symbols.js";
import { colour, onTheme } from "./theme.js";

let layer = null;
let xy = null; // unit square, NaN where the station has no place
let visible = []; // stations inside the map's window, the same that the table lists
let screen = []; // [x, y, r, station] of what was drawn large enough to be pointed at

const ORDER = ["not_planned", "planned", "visited", "unreachable", "closed", "denied", "finding"];

const stateOf = (at) => model.start.codes[model.found.states[at]];
const severityOf = (at) => model.found.severity[at];
const minuteOf = (at) => model.found.minute[at];

const place = () => {
  const { lon, lat } = model.stations;
  xy = new Float64Array(lon.length * 2).fill(NaN);
  for (let i = 0; i < lon.length; i += 1) if (lon[i] !== null) xy.set(mercator(lon[i] / 1e5, lat[i] / 1e5), i * 2);
};

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
      const size = r * sizeOf(name);
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

// The station whose symbol lies under a point of the map's window, the topmost first; -1 for none.
const stationAt = (map, point) => {
  if (!layer?._bounds) return -1;
  const moved = map.containerPointToLayerPoint(point).subtract(layer._bounds.min);
  let best = -1;
  for (let i = screen.length - 1; i >= 0 && best < 0; i -= 1) {
    const [x, y, r, station] = screen[i];
    if (Math.abs(x - moved.x) <= r + 3 && Math.abs(y - moved.y) <= r + 3) best = station;
  }
  return best;
};

const describe = (at) => {
  const name = stateOf(at);
  const { start, stations } = model;
  const lines = [stations.id[at], start.states.find((one) => one.name === name).title];
  if (name === "finding") lines.push(`${start.words.severity}: ${start.severities[severityOf(at)]}`);
  if (clock(minuteOf(at))) lines.push(clock(minuteOf(at)));
  return lines;
};

const rowOf = (at) => ({ id: model.stations.id[at], area: model.start.areas[model.stations.area[at]]?.name ?? "", state: stateOf(at), severity: severityOf(at), minute: minuteOf(at) });

const listed = (found) => {
  found.sort((a, b) => model.found.states[b] - model.found.states[a] || severityOf(b) - severityOf(a) || a - b);
  const states = new Array(model.start.codes.length).fill(0);
  for (const at of found) states[model.found.states[at]] += 1;
  return { total: found.length, states, rows: found.slice(0, 500).map(rowOf) };
};

// What every layer of stations can do: draw; hit(point) → {lines, open} or null; rows of the window, and of those on
// no map: {total, states, rows}, or null while they are on their way; note: what the caption has to say of it.
export const stationLayer = (map) => {
  layer = surface(map, "stations", 600, paint);
  const draw = () => {
    if (model.stations && !xy) place();
    layer.redraw();
  };
  onPaint(draw);
  onTheme(draw);
  return {
    draw,
    hit: (point) => {
      const at = stationAt(map, point);
      return at < 0 ? null : { lines: describe(at), open: () => change({ station: model.stations.id[at], open: "" }) };
    },
    load: async () => {
      model.stations = await resource("stations");
      draw();
      return String(model.stations.id.length);
    },
    rows: async () => (model.stations ? listed([...visible]) : null),
    offMap: async () => (model.stations ? listed([...model.stations.id.keys()].filter((i) => model.stations.lon[i] === null)) : null),
    renew: () => {},
    note: () => "",
  };
};
