// How stations and bins look on a canvas: every state has a shape and a colour of its own.
import { EXTENT, GRID, squares } from "./tile-data.js";
import { block, dot, emptyPicture, rgb, stampAll, word } from "./tile-pixels.js";

export const LARGEST = 16; // px from the centre to the outermost line of a symbol: the edge of a tile is as wide
export const REACH = 8; // px from the pointer to a symbol that is still meant

const NOT_PLANNED = 0;
const NOTHING = 2;
const FINDING = 3;
const TOLD = 7; // a finding without a visit
const UNKNOWN = 8; // the state has not arrived: hollow, so that it says nothing

const tokens = {
  notPlanned: ["faint", "#8a95a1"],
  planned: ["muted", "#566371"],
  nothing: ["coverage-3", "#25867d"],
  other: ["ink", "#17212b"],
  halo: ["halo", "#ffffff"],
  insufficient: ["insufficient", "#d9d8d2"],
  low: ["low", "#a8700a"],
  medium: ["medium", "#dd7415"],
  high: ["high", "#cb3512"],
  critical: ["critical", "#7a0f3c"],
  rate0: ["rate-0", "#fdf0d0"],
  rate1: ["rate-1", "#fbc97f"],
  rate2: ["rate-2", "#f0934a"],
  rate3: ["rate-3", "#d9532c"],
  rate4: ["rate-4", "#a01d3a"],
};

// Colours of the theme now in force, from CSS custom properties; `choose(token)` may replace any of them.
export const readStyle = (choose) => {
  const computed = getComputedStyle(document.documentElement);
  const token = (name, otherwise = "") => computed.getPropertyValue(`--${name}`).trim() || otherwise;
  const style = { breaks: [0.08, 0.16, 0.24, 0.32], minExposure: 5 };
  for (const [name, [property, otherwise]] of Object.entries(tokens)) style[name] = token(property, otherwise);
  return { ...style, ...choose?.(token) };
};

const radiusAt = (zoom) => Math.max(1.8, Math.min(5, 1.8 + (zoom - 6) * 0.4));

const polygon = (path, points) => {
  path.moveTo(points[0], points[1]);
  for (let i = 2; i < points.length; i += 2) path.lineTo(points[i], points[i + 1]);
  path.closePath();
};
const circle = (path, x, y, r) => {
  path.moveTo(x + r, y);
  path.arc(x, y, r, 0, 2 * Math.PI);
};
const square = (path, x, y, r) => path.rect(x - r, y - r, 2 * r, 2 * r);
const diamond = (path, x, y, r) => polygon(path, [x, y - r, x + r, y, x, y + r, x - r, y]);
const triangle = (path, x, y, r) => polygon(path, [x - r, y - r * 0.8, x + r, y - r * 0.8, x, y + r]);
const crossed = (path, x, y, r) => {
  square(path, x, y, r);
  path.moveTo(x - r, y - r);
  path.lineTo(x + r, y + r);
  path.moveTo(x + r, y - r);
  path.lineTo(x - r, y + r);
};
const barred = (path, x, y, r) => {
  square(path, x, y, r);
  path.moveTo(x - r, y);
  path.lineTo(x + r, y);
};

// What a state looks like: shape, size against the common radius, fill and line colours by style name.
const severity = (level) => ["planned", "low", "medium", "high", "critical"][level] ?? "critical";
const looks = (state, level) =>
  [
    { shape: circle, size: 0.55, fill: "notPlanned" },
    { shape: circle, size: 0.8, fill: "halo", line: "planned" },
    { shape: circle, size: 1, fill: "nothing", line: "halo" },
    { shape: diamond, size: 1.15 + level * 0.1, fill: severity(level), line: "halo" },
    { shape: crossed, size: 0.9, fill: "halo", line: "other" },
    { shape: barred, size: 0.9, fill: "halo", line: "other" },
    { shape: triangle, size: 1, fill: "halo", line: "other" },
    { shape: diamond, size: 1.15 + level * 0.1, fill: "halo", line: severity(level) },
    { shape: circle, size: 0.6, line: "notPlanned" },
  ][state];

// From what matters least to what must not be covered.
const rank = (state, level) => [0, 1, 5, 7 + level, 4, 3, 2, 6, 0][state] * 10;

// How strong each state's word is when visits of several hours are taken together.
const STRENGTH = [0, 0, 4, 5, 3, 2, 1, 0];

// What a station shows under the reader's choice: of hours, what their visits alone say of it.
export const shown = (state, i, { hours, severity: least }) => {
  const packed = state.packed[i];
  let code = packed & 7;
  let level = (packed >> 3) & 7;
  if (hours && code !== TOLD) {
    code = packed >> 7;
    level = 0;
    const { from, hour, word } = state.told;
    for (let at = from[i]; at < from[i + 1]; at += 1) {
      if (hour[at] < hours[0] || hour[at] > hours[1]) continue;
      if (STRENGTH[word[at] & 7] > STRENGTH[code]) code = word[at] & 7;
      level = Math.max(level, word[at] >> 3);
    }
  }
  if (code === FINDING && level < least) return { code: NOTHING, level: 0 };
  if (code === TOLD && level < least) return { code: NOT_PLANNED, level: 0 };
  return { code, level };
};

export const isShown = (state, i, choice) => !choice.off?.size || !state || !choice.off.has(shown(state, i, choice).code);

// Draw a tile. `frame`: {scale: px per tile unit, left, top: px, side: px, zoom, ratio: device pixels per px}.
export const draw = (canvas, geometry, state, frame, style, choice) => {
  const side = Math.round(frame.side * frame.ratio);
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  const picture = emptyPicture(side);
  if (geometry?.binned) drawBins(picture, geometry, state, frame, style, choice);
  const groups = geometry ? grouped(geometry, state, frame, choice) : [];
  if (style.sprite) for (const { code, level, xy } of groups) stampAll(picture, style.sprite(code, level, frame.zoom, frame.ratio), xy, frame.ratio);
  context.putImageData(picture.image, 0, 0);
  if (style.sprite) return;
  context.setTransform(frame.ratio, 0, 0, frame.ratio, 0, 0);
  for (const group of groups) trace(context, group, frame, style);
};

// Places of the stations that are drawn, together by look, what must not be covered last.
const grouped = (geometry, state, frame, choice) => {
  const groups = new Map();
  const from = geometry.binned ? geometry.core : 0;
  for (let i = from; i < geometry.x.length; i += 1) {
    const x = geometry.x[i] * frame.scale - frame.left;
    const y = geometry.y[i] * frame.scale - frame.top;
    if (x < -LARGEST || y < -LARGEST || x > frame.side + LARGEST || y > frame.side + LARGEST) continue;
    const { code, level } = state ? shown(state, i - from, choice) : { code: UNKNOWN, level: 0 };
    if (choice.off?.has(code)) continue;
    const key = rank(code, level) + level / 10;
    if (!groups.has(key)) groups.set(key, { code, level, xy: [] });
    groups.get(key).xy.push(x, y);
  }
  return [...groups.keys()].sort((a, b) => a - b).map((key) => groups.get(key));
};

// Symbols of one look as one path.
const trace = (context, { code, level, xy }, frame, style) => {
  const radius = radiusAt(frame.zoom);
  const { shape, size, fill, line } = looks(code, level);
  const path = new Path2D();
  for (let i = 0; i < xy.length; i += 2) shape(path, xy[i], xy[i + 1], radius * size);
  if (fill) {
    context.fillStyle = style[fill];
    context.fill(path);
  }
  if (!line) return;
  context.strokeStyle = style[line];
  context.lineWidth = line === "halo" ? 1 : Math.max(0.8, radius * 0.3);
  context.stroke(path);
};

// A bin says a rate only with enough exposure: findings per visit that could have met them, never stations.
export const classOf = (exposure, findings, style) => {
  if (!exposure) return "unobserved";
  if (exposure < style.minExposure) return "insufficient";
  return `rate${style.breaks.filter((limit) => findings / exposure >= limit).length}`;
};

const OPAQUE = 235; // of 255: the ground's lines stay visible through the squares
const FAINT = [179, 110]; // dots with and without a state that has arrived

const drawBins = (picture, geometry, state, frame, style, choice) => {
  const bin = (EXTENT / GRID) * frame.scale;
  const { size, group, exposure, findings } = squares(geometry, state, choice.hours);
  const side = bin * size;
  const { ratio } = frame;
  const dots = rgb(style.notPlanned);
  const alpha = FAINT[state ? 0 : 1];
  const filled = [];
  for (let at = 0; at < group.length; at += 1) {
    const name = state ? classOf(exposure[at], findings[at], style) : "unobserved";
    if (name !== "unobserved") {
      filled.push(at, word(rgb(style[name]), OPAQUE));
      continue;
    }
    // not observed: dots of the stations' colour, never a square that could be read as a rate of 0
    for (let i = group.first[at]; i < group.first[at] + group.count[at]; i += 1) {
      const radius = Math.min(bin / 2, 0.6 + Math.log10(geometry.n[i]) * 0.4);
      dot(picture, (geometry.x[i] * frame.scale - frame.left) * ratio, (geometry.y[i] * frame.scale - frame.top) * ratio, radius * ratio, dots, alpha);
    }
  }
  for (let i = 0; i < filled.length; i += 2) {
    const x = group.column[filled[i]] * side - frame.left;
    const y = group.row[filled[i]] * side - frame.top;
    block(picture, x * ratio, y * ratio, (x + side) * ratio, (y + side) * ratio, filled[i + 1]);
  }
};

// The feature nearest to x, y (px in the tile), at most `reach` px away: its ordinal, or -1. What is drawn under the
// pointer comes first, symbols before the squares below them, then whatever is nearest.
export const nearest = (geometry, frame, x, y, reach, shift, isThere) => {
  const bin = EXTENT / GRID;
  const side = bin * frame.scale * (1 << shift);
  const radius = radiusAt(frame.zoom);
  let ordinal = -1;
  let best = [Infinity, Infinity];
  for (let i = 0; i < geometry.x.length; i += 1) {
    const centre = Math.hypot(geometry.x[i] * frame.scale - frame.left - x, geometry.y[i] * frame.scale - frame.top - y);
    const isBin = geometry.binned && i < geometry.core;
    const gap = isBin
      ? Math.hypot(
          outside(x + frame.left, (Math.floor(geometry.x[i] / bin) >> shift) * side, side),
          outside(y + frame.top, (Math.floor(geometry.y[i] / bin) >> shift) * side, side),
        )
      : Math.max(0, centre - radius);
    if ((isBin ? gap : centre) > reach || (!isBin && !isThere(i))) continue;
    const rankOf = isBin ? gap + 0.001 : gap;
    if (rankOf < best[0] || (rankOf === best[0] && centre < best[1])) {
      ordinal = i;
      best = [rankOf, centre];
    }
  }
  return ordinal;
};

const outside = (at, from, size) => Math.max(from - at, 0, at - from - size);
