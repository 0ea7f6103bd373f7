// What is on screen and what it means; only appearances that occur. Swatches are drawn as the map draws them.
import { byId, el } from "../dom.js";
import { filled, number, percent } from "../words.js";
import { BOTH, COVERAGE, dress, GAP, RATE, statusWord } from "./classes.js";
import { categoryTitle, figure, model, onPaint, range } from "./model.js";
import { state } from "./state.js";
import { colour, onTheme, pattern } from "./theme.js";

const EDGED = { hot: ["critical", []], possible: ["critical", [4, 2]], "one-team": ["muted", [2, 2]] };

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

const paintSwatch = (canvas) => {
  const ink = canvas.getContext("2d");
  const { fill } = canvas.dataset;
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

const key = (fill, words, hatched = false) => el("li", null, swatch(fill, hatched), words);

const ramp = (name, steps) => {
  const cells = steps.map((_, i) => el("span", { class: `ramp-cell fill-${name}-${i}` }));
  const ticks = steps.map((step) => el("span", null, percent0(step)));
  return el("div", { class: "ramp" }, el("div", { class: "ramp-cells", "aria-hidden": "true" }, ...cells), el("div", { class: "ramp-ticks" }, ...ticks, el("span", null, "+")));
};

const percent0 = (share) => percent(share).replace(/[.,]0/, "");

const both = (said) => {
  const cells = [];
  for (const row of [2, 1, 0]) for (const column of [0, 1, 2]) cells.push(el("span", { class: `both-cell fill-both-${row}${column}` }));
  const steps = (text, [a, b]) => filled(text, { a: percent0(a), b: percent0(b) });
  return el(
    "div",
    { class: "bivariate" },
    el("div", { class: "both-side", "aria-hidden": "true" }, `${said.moreFindings} →`),
    el("div", { class: "both-grid", "aria-hidden": "true" }, ...cells),
    el("div", { class: "both-under", "aria-hidden": "true" }, `${said.moreCoverage} →`),
    el("p", { class: "both-says" }, said.bothSays, el("span", null, steps(said.coverageSteps, BOTH.coverage)), el("span", null, steps(said.rateSteps, BOTH.rate))),
  );
};

const gaps = (said) => {
  const steps = GAP[model.unit];
  return [key("gap-0", said.nothingShort), ...steps.slice(1).map((step, i) => key(`gap-${i + 1}`, filled(said.upTo, { n: number(step) }))), key(`gap-${steps.length}`, said.more)];
};

const HOT = { "pattern:hatch": "not_observed", hot: "hot_spot", possible: "possible", "one-team": "one_team", expected: "not_significant" };

let written = ""; // what the legend on the page was made of

const paint = () => {
  const said = model.start.words;
  const shown = new Map();
  model.shapes.id.forEach((_, index) => {
    const { fill, hatched } = dress(state.view, figure(index));
    shown.set(fill, (shown.get(fill) ?? 0) + 1);
    if (hatched) shown.set("hatched", 1);
  });
  const absent = model.figures.absence[{ both: "rate", coverage: "coverage" }[state.view] ?? state.view];
  const kind = JSON.stringify([state.view, model.unit, Boolean(range()), categoryTitle(), absent, model.figures.minimum, [...shown.keys()].sort()]);
  if (kind === written) return;
  written = kind;
  const parts = [];
  if (absent && absent !== "areas_only") parts.push(el("p", { class: "absence" }, model.start.absence[absent]));
  if (state.view === "both") parts.push(both(said));
  if (state.view === "coverage") parts.push(ramp("coverage", COVERAGE));
  if (state.view === "rate") parts.push(ramp("rate", RATE));
  if (state.view === "assessment") parts.push(ramp("negative", RATE));
  const rows = [];
  if (state.view === "gap" && !absent) rows.push(...gaps(said));
  if (state.view === "hot_spot") rows.push(...Object.entries(HOT).filter(([fill]) => shown.has(fill)).map(([fill, code]) => key(fill, model.start.hotSpot[code].title)));
  else if (shown.has("pattern:hatch") || shown.has("hatched")) rows.push(key(shown.has("hatched") ? "gap-2" : "pattern:hatch", said.notObserved, shown.has("hatched")));
  if (shown.has("pattern:dots")) rows.push(key("pattern:dots", said.notReported));
  if (shown.has("insufficient")) rows.push(key("insufficient", state.view === "hot_spot" ? said.insufficientShort : statusWord("insufficient")));
  parts.push(el("ul", { class: "legend" }, ...rows));
  if (range() && ["gap", "hot_spot"].includes(state.view)) parts.push(el("p", { class: "absence" }, said.dayOnly));
  else if (range() && state.view !== "coverage") parts.push(el("p", { class: "absence" }, said.noInterval));
  if (categoryTitle() && !["coverage", "gap", "assessment"].includes(state.view)) parts.push(el("p", { class: "absence" }, filled(said.categoryOnly, { category: categoryTitle() })));
  byId("legend-title").textContent = model.start.views[state.view];
  byId("legend").replaceChildren(...parts);
};

export const legend = () => {
  onPaint(paint);
  onTheme(() => {
    for (const canvas of document.querySelectorAll(".fill-swatch")) paintSwatch(canvas);
  });
};
