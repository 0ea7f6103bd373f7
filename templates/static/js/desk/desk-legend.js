// What is on screen and what it means; only appearances that occur. Swatches are drawn as the map draws them.
import { byId, canvases, el, inkOf, present } from "../dom.js";
import { filled, percent } from "../language.js";
import { tone } from "../ramp-tone.js";
import { dress, statusWord } from "./unit-appearance.js";
import { categoryTitle, figure, model, onPaint, range, view } from "./desk-model.js";
import { colour, onTheme, pattern } from "./canvas-colours.js";

/** @type {Record<string, [string, number[]]>} */
const EDGED = { surface: ["critical", []] };

/** @type {(fill: string, hatched?: boolean, width?: number) => HTMLCanvasElement} */
export const swatch = (fill, hatched = false, width = 24) => {
  const canvas = document.createElement("canvas");
  canvas.className = "fill-swatch";
  canvas.setAttribute("aria-hidden", "true");
  canvas.dataset.fill = fill;
  if (hatched) canvas.dataset.hatched = "1";
  canvas.width = width * 2;
  canvas.height = 28;
  canvas.style.width = `${width}px`;
  canvas.style.height = "14px";
  paintSwatch(canvas);
  return canvas;
};

/** @type {(canvas: HTMLCanvasElement) => void} */
const paintSwatch = (canvas) => {
  const ink = inkOf(canvas);
  const { fill = "" } = canvas.dataset;
  ink.setTransform(2, 0, 0, 2, 0, 0);
  ink.clearRect(0, 0, canvas.width, canvas.height);
  ink.fillStyle = fill.startsWith("pattern:") ? pattern(ink, fill.slice(8)) : colour(fill);
  ink.fillRect(0, 0, canvas.width / 2, 14);
  if (canvas.dataset.hatched) {
    ink.globalAlpha = 0.4;
    ink.fillStyle = pattern(ink, "hatch");
    ink.fillRect(0, 0, canvas.width / 2, 14);
    ink.globalAlpha = 1;
  }
  const [stroke, dash] = EDGED[fill] ?? [];
  if (!stroke) return;
  ink.setLineDash(dash);
  ink.strokeStyle = colour(stroke);
  ink.lineWidth = 2;
  ink.strokeRect(1, 1, canvas.width / 2 - 2, 12);
};

/** @type {(fill: string, words: string, hatched?: boolean) => HTMLElement} */
const key = (fill, words, hatched = false) => el("li", null, swatch(fill, hatched), words);

const ALIKE = 1.5; // times the lowest; the same limit as that of classes

// What one colour for all says, "" where there are several. A range of hours may differ more than the day that made the classes.
/** @type {(steps: number[]) => string} */
const oneColour = (steps) => {
  const { words } = model.start;
  const figures = model.shapes.id.map((_, index) => figure(view().figure, index));
  const known = figures.flatMap(({ status, value }) => (status === "published" ? (value ?? []) : []));
  const [low, high] = known.reduce(([least, most], one) => [Math.min(least, one), Math.max(most, one)], [Infinity, -Infinity]);
  const isOneOfSeveral = steps.length > 1 && known.length < 2; // it says of itself what it is
  if (!known.length || isOneOfSeveral || steps.some((step) => low < step && step <= high)) return "";
  const ends = { low: percent(low), high: percent(high) };
  return high < ALIKE * low ? filled(words.alike, ends) : `${ends.low} – ${ends.high}`;
};

/** @type {(name: string, steps: number[], says: string) => HTMLElement} */
const ramp = (name, steps, says) => {
  const cells = steps.map((_, i) => el("span", { class: `ramp-cell fill-${name}-${tone(i, steps.length)}` }));
  return el(
    "div",
    { class: "ramp" },
    el("div", { class: "ramp-cells", "aria-hidden": "true" }, ...cells),
    steps.length > 1
      ? el("div", { class: "ramp-ticks" }, ...steps.map((step) => el("span", null, percent0(step))), el("span", null, "+"))
      : "",
    says ? el("p", { class: "ramp-says small" }, says) : "",
  );
};

/** @type {(share: number) => string} */
const percent0 = (share) => percent(share).replace(/[.,]0/, "");

/** @type {(grid: DeskGrid) => HTMLElement} */
const crossed = ({ ramp: name, up, across, says }) => {
  const cells = [];
  for (const row of [2, 1, 0]) for (const column of [0, 1, 2]) cells.push(el("span", { class: `both-cell fill-${name}-${row}${column}` }));
  /** @type {(side: DeskGridSide) => HTMLElement} */
  const steps = ({ steps: text, starts: [a, b] }) => el("span", null, filled(text, { a: percent0(a), b: percent0(b) }));
  return el(
    "div",
    { class: "bivariate" },
    el("div", { class: "both-side", "aria-hidden": "true" }, `${up.more} →`),
    el("div", { class: "both-grid", "aria-hidden": "true" }, ...cells),
    el("div", { class: "both-under", "aria-hidden": "true" }, `${across.more} →`),
    el("p", { class: "both-says" }, says, steps(across), steps(up)),
  );
};

// What the page says above the colours: why there are none, or how they follow from a figure.
/** @type {(shown: Map<string, number>, absent: string, says: string) => Child[]} */
const above = (shown, absent, says) => {
  const { start } = model;
  const { figure: name, grid } = view();
  const of = start.figures[name];
  const why = start.sums ? start.words.sumsSay : absent && start.absence[absent];
  const isColoured = [...shown.keys()].some((fill) => fill.startsWith(`${grid ? grid.ramp : of.ramp}-`));
  if (!isColoured) return [why ? el("p", { class: "absence" }, why) : ""]; // a scale would say that shares are known
  const colours = grid ? crossed(grid) : !of.keys[model.unit].length ? ramp(of.ramp, of.starts[model.unit], says) : "";
  return [why ? el("p", { class: "absence" }, why) : "", colours];
};

// A line for every other appearance on the map.
/** @type {(shown: Map<string, number>, absent: string) => HTMLElement[]} */
const rows = (shown, absent) => {
  const { words, figures } = model.start;
  const { figure: name, scanSays } = view();
  const { ramp: colours, keys } = figures[name];
  const names = keys[model.unit];
  const found = [];
  if (shown.has("published")) found.push(key("published", words.visitedHere));
  if (!absent) found.push(...names.map((text, i) => key(`${colours}-${tone(i, names.length)}`, text)));
  if (scanSays) found.push(key("surface", scanSays));
  if (shown.has("pattern:hatch") || shown.has("hatched"))
    found.push(key(shown.has("hatched") ? `${colours}-2` : "pattern:hatch", words.notObserved, shown.has("hatched")));
  if (shown.has("pattern:dots")) found.push(key("pattern:dots", words.notReported));
  if (shown.has("insufficient")) found.push(key("insufficient", statusWord("insufficient")));
  return found;
};

// What a range of hours, or one kind of finding, changes.
/** @type {() => string[]} */
const below = () => {
  const { words, figures } = model.start;
  const { hours, low, ofFindings } = figures[view().figure];
  const ofRange = hours ? (low ? words.noInterval : "") : words.dayOnly;
  const category = categoryTitle();
  return [range() ? ofRange : "", category && ofFindings ? filled(words.categoryOnly, { category }) : ""];
};

let written = ""; // what the legend on the page was made of

const paint = () => {
  /** @type {Map<string, number>} */
  const shown = new Map();
  model.shapes.id.forEach((_, index) => {
    const { fill, hatched } = dress(index);
    shown.set(fill, (shown.get(fill) ?? 0) + 1);
    if (hatched) shown.set("hatched", 1);
  });
  const { name, figure: told, says, grid } = view();
  const { figures, unit } = model;
  const absent = figures.absence[model.start.figures[told].absence] ?? "";
  const { starts, keys } = model.start.figures[told];
  const ends = grid || keys[unit].length ? "" : oneColour(starts[unit]);
  const colours = [starts[unit], grid, ends, [...shown.keys()].sort()];
  const kind = JSON.stringify([name, unit, Boolean(range()), categoryTitle(), absent, figures.minimum, colours]);
  if (kind === written) return;
  written = kind;
  byId("legend-title").textContent = says;
  byId("legend").replaceChildren(
    ...present(above(shown, absent, ends)),
    el("ul", { class: "legend" }, ...rows(shown, absent)),
    ...below().flatMap((text) => (text ? [el("p", { class: "absence" }, text)] : [])),
  );
};

export const legend = () => {
  onPaint(paint);
  onTheme(() => {
    for (const canvas of canvases(".fill-swatch")) paintSwatch(canvas);
  });
};
