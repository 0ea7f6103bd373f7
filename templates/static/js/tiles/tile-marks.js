// How stations and bins look on a canvas: every state has a shape and a colour of its own.
import { inkOf } from "../dom.js";
import { tone } from "../ramp-tone.js";
import { EXTENT, GRID, squares } from "./tile-decoder.js";
import { block, dot, emptyPicture, rgb, stampAll, word } from "./tile-pixels.js";

export const LARGEST = 16; // px from the centre to the outermost line of a symbol: the edge of a tile is as wide
export const REACH = 8; // px from the pointer to a symbol that is still meant

const NOT_PLANNED = 0;
const NOTHING = 2;
const FINDING = 3;
const TOLD = 7; // a finding without a visit
const UNKNOWN = 8; // the state has not arrived: hollow, so that it says nothing

/** @type {Record<StyleName, string>} */
const tokens = {
  notPlanned: "faint",
  planned: "muted",
  nothing: "coverage-3",
  other: "ink",
  halo: "halo",
  insufficient: "insufficient",
  low: "low",
  medium: "medium",
  high: "high",
  critical: "critical",
  rate0: "rate-0",
  rate1: "rate-1",
  rate2: "rate-2",
  rate3: "rate-3",
  rate4: "rate-4",
};

// Colours of the theme now in force, from CSS custom properties; what `choose(token)` returns replaces any of them.
/** @type {(choose: ChosenStyle) => TileStyle} */
export const readStyle = (choose) => {
  const computed = getComputedStyle(document.documentElement);
  /** @type {(name: string) => string} */
  const token = (name) => computed.getPropertyValue(`--${name}`).trim();
  const colours = /** @type {Record<StyleName, string>} */ (
    Object.fromEntries(Object.entries(tokens).map(([name, property]) => [name, token(property)]))
  );
  return { ...colours, ...choose(token) };
};

/** @type {(zoom: number) => number} */
const radiusAt = (zoom) => Math.max(1.8, Math.min(5, 1.8 + (zoom - 6) * 0.4));

/** @type {(path: Path2D, points: number[]) => void} */
const polygon = (path, points) => {
  path.moveTo(points[0], points[1]);
  for (let i = 2; i < points.length; i += 2) path.lineTo(points[i], points[i + 1]);
  path.closePath();
};
/** @type {DrawShape} */
const circle = (path, x, y, r) => {
  path.moveTo(x + r, y);
  path.arc(x, y, r, 0, 2 * Math.PI);
};
/** @type {DrawShape} */
const square = (path, x, y, r) => path.rect(x - r, y - r, 2 * r, 2 * r);
/** @type {DrawShape} */
const diamond = (path, x, y, r) => polygon(path, [x, y - r, x + r, y, x, y + r, x - r, y]);
/** @type {DrawShape} */
const triangle = (path, x, y, r) => polygon(path, [x - r, y - r * 0.8, x + r, y - r * 0.8, x, y + r]);
/** @type {DrawShape} */
const crossed = (path, x, y, r) => {
  square(path, x, y, r);
  path.moveTo(x - r, y - r);
  path.lineTo(x + r, y + r);
  path.moveTo(x + r, y - r);
  path.lineTo(x - r, y + r);
};
/** @type {DrawShape} */
const barred = (path, x, y, r) => {
  square(path, x, y, r);
  path.moveTo(x - r, y);
  path.lineTo(x + r, y);
};

// What a state looks like: shape, size against the common radius, fill and line colours by style name.
/** @type {StyleName[]} */
const SEVERITY = ["planned", "low", "medium", "high", "critical"];
/** @type {(level: number) => StyleName} */
const severity = (level) => SEVERITY[level] ?? "critical";
/** @type {(state: number, level: number) => Look} */
const looks = (state, level) => {
  /** @type {Look[]} */
  const every = [
    { shape: circle, size: 0.55, fill: "notPlanned" },
    { shape: circle, size: 0.8, fill: "halo", line: "planned" },
    { shape: circle, size: 1, fill: "nothing", line: "halo" },
    { shape: diamond, size: 1.15 + level * 0.1, fill: severity(level), line: "halo" },
    { shape: crossed, size: 0.9, fill: "halo", line: "other" },
    { shape: barred, size: 0.9, fill: "halo", line: "other" },
    { shape: triangle, size: 1, fill: "halo", line: "other" },
    { shape: diamond, size: 1.15 + level * 0.1, fill: "halo", line: severity(level) },
    { shape: circle, size: 0.6, line: "notPlanned" },
  ];
  return every[state];
};

// From what matters least to what must not be covered.
/** @type {(state: number, level: number) => number} */
const rank = (state, level) => [0, 1, 5, 7 + level, 4, 3, 2, 6, 0][state] * 10;

// How strong each state's word is when visits of several hours are taken together.
const STRENGTH = [0, 0, 4, 5, 3, 2, 1, 0];

// What a station shows under the reader's choice: of hours, what their visits alone say of it.
/** @type {(state: TileState, i: number, choice: TileChoice) => { code: number; level: number }} */
export const shown = (state, i, { hours, severity: least }) => {
  const packed = state.packed[i];
  let code = packed & 7;
  let level = (packed >> 3) & 7;
  if (hours && code !== TOLD) {
    code = packed >> 7;
    level = 0;
    const { from, hour, word: hourWord } = state.byHour;
    for (let at = from[i]; at < from[i + 1]; at += 1) {
      if (hour[at] < hours[0] || hour[at] > hours[1]) continue;
      if (STRENGTH[hourWord[at] & 7] > STRENGTH[code]) code = hourWord[at] & 7;
      level = Math.max(level, hourWord[at] >> 3);
    }
  }
  if (code === FINDING && level < least) return { code: NOTHING, level: 0 };
  if (code === TOLD && level < least) return { code: NOT_PLANNED, level: 0 };
  return { code, level };
};

/** @type {(state: TileState | null, i: number, choice: TileChoice) => boolean} */
export const isShown = (state, i, choice) => !choice.off?.size || !state || !choice.off.has(shown(state, i, choice).code);

// Draw a tile. `frame`: {scale: px per tile unit, left, top: px, side: px, zoom, ratio: device pixels per px}.
/**
 * @param {HTMLCanvasElement} canvas
 * @param {TileGeometry | null} geometry
 * @param {TileState | null} state
 * @param {TileFrame} frame
 * @param {TileStyle} style
 * @param {TileChoice} choice
 */
export const draw = (canvas, geometry, state, frame, style, choice) => {
  const side = Math.round(frame.side * frame.ratio);
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const context = inkOf(canvas);
  const picture = emptyPicture(side);
  if (geometry?.binned) drawBins(picture, geometry, state, frame, style, choice);
  const groups = geometry ? grouped(geometry, state, frame, choice) : [];
  if (style.sprite)
    for (const { code, level, xy } of groups) stampAll(picture, style.sprite(code, level, frame.zoom, frame.ratio), xy, frame.ratio);
  context.putImageData(picture.image, 0, 0);
  if (style.sprite) return;
  context.setTransform(frame.ratio, 0, 0, frame.ratio, 0, 0);
  for (const group of groups) trace(context, group, frame, style);
};

// Places of the stations that are drawn, together by look, what must not be covered last.
/** @type {(geometry: TileGeometry, state: TileState | null, frame: TileFrame, choice: TileChoice) => TileMarks[]} */
const grouped = (geometry, state, frame, choice) => {
  /** @type {Map<number, TileMarks>} */
  const groups = new Map();
  const from = geometry.binned ? geometry.core : 0;
  for (let i = from; i < geometry.x.length; i += 1) {
    const x = geometry.x[i] * frame.scale - frame.left;
    const y = geometry.y[i] * frame.scale - frame.top;
    if (x < -LARGEST || y < -LARGEST || x > frame.side + LARGEST || y > frame.side + LARGEST) continue;
    const { code, level } = state ? shown(state, i - from, choice) : { code: UNKNOWN, level: 0 };
    if (choice.off?.has(code)) continue;
    const key = rank(code, level) + level / 10;
    const group = groups.get(key);
    if (group) group.xy.push(x, y);
    else groups.set(key, { code, level, xy: [x, y] });
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group);
};

// Symbols of one look as one path.
/** @type {(context: CanvasRenderingContext2D, marks: TileMarks, frame: TileFrame, style: TileStyle) => void} */
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

/** @type {StyleName[]} */
const RATES = ["rate0", "rate1", "rate2", "rate3", "rate4"];

// A bin says a rate only with enough exposure: findings per visit that could have met them, never stations.
/** @type {(exposure: number, findings: number, style: TileStyle) => StyleName | "unobserved"} */
export const classOf = (exposure, findings, style) => {
  if (!exposure) return "unobserved";
  if (exposure < style.minExposure) return "insufficient";
  return RATES[tone(style.breaks.filter((limit) => findings / exposure >= limit).length, style.breaks.length + 1)];
};

const OPAQUE = 235; // of 255: the ground's lines stay visible through the squares
const FAINT = [179, 110]; // dots with and without a state that has arrived

/**
 * @param {Pixels} picture
 * @param {TileGeometry} geometry
 * @param {TileState | null} state
 * @param {TileFrame} frame
 * @param {TileStyle} style
 * @param {TileChoice} choice
 */
const drawBins = (picture, geometry, state, frame, style, choice) => {
  const bin = (EXTENT / GRID) * frame.scale;
  const { size, group, exposure, findings } = squares(geometry, state, choice.hours);
  const side = bin * size;
  const { ratio } = frame;
  const dots = rgb(style.notPlanned);
  const alpha = FAINT[state ? 0 : 1];
  const filled = [];
  for (let at = 0; at < group.length; at += 1) {
    const name = exposure && findings ? classOf(exposure[at], findings[at], style) : "unobserved";
    if (name !== "unobserved") {
      filled.push(at, word(rgb(style[name]), OPAQUE));
      continue;
    }
    // not observed: dots of the stations' colour, never a square that could be read as a rate of 0
    for (let i = group.first[at]; i < group.first[at] + group.count[at]; i += 1) {
      const radius = Math.min(bin / 2, 0.6 + Math.log10(geometry.n[i]) * 0.4);
      dot(
        picture,
        (geometry.x[i] * frame.scale - frame.left) * ratio,
        (geometry.y[i] * frame.scale - frame.top) * ratio,
        radius * ratio,
        dots,
        alpha,
      );
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
/**
 * @param {TileGeometry} geometry
 * @param {TileFrame} frame
 * @param {number} x
 * @param {number} y
 * @param {number} reach
 * @param {number} shift
 * @param {(i: number) => boolean} isThere
 */
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

/** @type {(at: number, from: number, size: number) => number} */
const outside = (at, from, size) => Math.max(from - at, 0, at - from - size);
