// What is on screen and what it means; only appearances that occur. Swatches are drawn as the map draws them.
import { byId, canvases, el, inkOf } from "../dom.js";
import { filled, number, percent } from "../language.js";
import { tone } from "../ramp-tone.js";
import { dress, statusWord } from "./unit-appearance.js";
import { categoryTitle, figure, model, onPaint, range } from "./desk-model.js";
import { state } from "./desk-state.js";
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

/** @type {(name: string, steps: number[]) => HTMLElement} */
const ramp = (name, steps) => {
  const cells = steps.map((_, i) => el("span", { class: `ramp-cell fill-${name}-${tone(i, steps.length)}` }));
  const bar = el("div", { class: "ramp-cells", "aria-hidden": "true" }, ...cells);
  if (steps.length === 1) return el("div", { class: "ramp" }, bar, model.start.words.alike);
  const ticks = steps.map((step) => el("span", null, percent0(step)));
  return el(
    "div",
    { class: "ramp" },
    bar,
    el("div", { class: "ramp-ticks" }, ...ticks, el("span", null, "+")),
  );
};

/** @type {(share: number) => string} */
const percent0 = (share) => percent(share).replace(/[.,]0/, "");

/** @type {(words: DeskWords) => HTMLElement} */
const both = (words) => {
  const cells = [];
  for (const row of [2, 1, 0]) for (const column of [0, 1, 2]) cells.push(el("span", { class: `both-cell fill-both-${row}${column}` }));
  /** @type {(text: string, limits: number[]) => string} */
  const steps = (text, [a, b]) => filled(text, { a: percent0(a), b: percent0(b) });
  return el(
    "div",
    { class: "bivariate" },
    el("div", { class: "both-side", "aria-hidden": "true" }, `${words.moreFindings} →`),
    el("div", { class: "both-grid", "aria-hidden": "true" }, ...cells),
    el("div", { class: "both-under", "aria-hidden": "true" }, `${words.moreCoverage} →`),
    el(
      "p",
      { class: "both-says" },
      words.bothSays,
      el("span", null, steps(words.coverageSteps, model.start.limits.bothCoverage)),
      el("span", null, steps(words.rateSteps, model.start.limits.bothRate)),
    ),
  );
};

/** @type {(words: DeskWords) => HTMLElement[]} */
const gaps = (words) => {
  const steps = model.start.limits.gap[model.unit];
  return [
    key("gap-0", words.nothingShort),
    ...steps.slice(1).map((step, i) => key(`gap-${i + 1}`, filled(words.upTo, { n: number(step) }))),
    key(`gap-${steps.length}`, words.more),
  ];
};

let written = ""; // what the legend on the page was made of

const paint = () => {
  const words = model.start.words;
  /** @type {Map<string, number>} */
  const shown = new Map();
  model.shapes.id.forEach((_, index) => {
    const { fill, hatched } = dress(state.view, figure(index));
    shown.set(fill, (shown.get(fill) ?? 0) + 1);
    if (hatched) shown.set("hatched", 1);
  });
  const absent = model.figures.absence[["both", "hot_spot"].includes(state.view) ? "rate" : state.view];
  const kind = JSON.stringify([
    state.view,
    model.unit,
    Boolean(range()),
    categoryTitle(),
    absent,
    model.figures.minimum,
    [...shown.keys()].sort(),
  ]);
  if (kind === written) return;
  written = kind;
  const parts = [];
  if (model.start.sums) parts.push(el("p", { class: "absence" }, words.sumsSay));
  else if (absent) parts.push(el("p", { class: "absence" }, model.start.absence[absent]));
  if (state.view === "both") parts.push(both(words));
  if (state.view === "coverage" && model.figures.hasFrame) parts.push(ramp("coverage", model.start.limits.coverage));
  if (["rate", "hot_spot"].includes(state.view)) parts.push(ramp("rate", model.start.limits.rate));
  if (state.view === "assessment") parts.push(ramp("negative", model.start.limits.rate));
  const rows = [];
  if (shown.has("published")) rows.push(key("published", words.visitedHere));
  if (state.view === "gap" && !absent) rows.push(...gaps(words));
  if (state.view === "hot_spot") rows.push(key("surface", words.clusterEdge));
  if (shown.has("pattern:hatch") || shown.has("hatched"))
    rows.push(key(shown.has("hatched") ? "gap-2" : "pattern:hatch", words.notObserved, shown.has("hatched")));
  if (shown.has("pattern:dots")) rows.push(key("pattern:dots", words.notReported));
  if (shown.has("insufficient")) rows.push(key("insufficient", statusWord("insufficient")));
  parts.push(el("ul", { class: "legend" }, ...rows));
  if (range() && ["gap", "hot_spot"].includes(state.view)) parts.push(el("p", { class: "absence" }, words.dayOnly));
  else if (range() && state.view !== "coverage") parts.push(el("p", { class: "absence" }, words.noInterval));
  if (categoryTitle() && !["coverage", "gap", "assessment"].includes(state.view))
    parts.push(el("p", { class: "absence" }, filled(words.categoryOnly, { category: categoryTitle() })));
  byId("legend-title").textContent = model.start.views[state.view];
  byId("legend").replaceChildren(...parts);
};

export const legend = () => {
  onPaint(paint);
  onTheme(() => {
    for (const canvas of canvases(".fill-swatch")) paintSwatch(canvas);
  });
};
