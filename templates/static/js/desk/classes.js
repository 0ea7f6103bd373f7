// How each view dresses a unit: a fill (a colour or a pattern), and the words that say the same.
import { filled, number, percent } from "../words.js";
import { model } from "./model.js";

export const COVERAGE = [0, 0.01, 0.03, 0.05, 0.1];
export const RATE = [0, 0.08, 0.16, 0.24, 0.32];
export const GAP = { area: [0.5, 2, 5, 10], district: [0.5, 1, 2, 5], cell: [0.25, 0.5, 1, 2] };
export const BOTH = { coverage: [0.02, 0.05], rate: [0.1, 0.25] };

const STATUS_FILL = { not_observed: "pattern:hatch", not_reported: "pattern:dots", suppressed: "pattern:cross", insufficient: "insufficient" };
const STATUS_WORD = { not_observed: "notObserved", not_reported: "notReported", suppressed: "suppressed" };

const classOf = (value, steps) => steps.findLastIndex((step) => value >= step);
const third = (value, [first, second]) => (value < first ? 0 : value < second ? 1 : 2);
const words = () => model.start.words;

export const statusWord = (status) =>
  status === "insufficient" ? filled(words().insufficient, { visits: number(model.figures.minimum.visits), teams: number(model.figures.minimum.teams) }) : words()[STATUS_WORD[status]] ?? "";

const rated = (ramp, value, status) => (status === "published" && value !== null ? `${ramp}-${classOf(value, RATE)}` : STATUS_FILL[status] ?? "insufficient");

const DRESS = {
  coverage: (one) => (one.coverageStatus !== "published" ? STATUS_FILL[one.coverageStatus] : one.share === null ? "published" : `coverage-${classOf(one.share, COVERAGE)}`),
  rate: (one) => rated("rate", one.rate, one.rateStatus),
  assessment: (one) => rated("negative", one.share_negative, one.assessmentStatus),
  gap: (one) => (one.gap === null ? "insufficient" : `gap-${classOf(one.gap, [-1, ...GAP[model.unit]])}`),
  hot_spot: (one) => ({ not_observed: "pattern:hatch", hot_spot: "hot", possible: "possible", one_team: "one-team", not_significant: "expected" })[one.hot] ?? "insufficient",
  both: (one) => (one.rateStatus !== "published" || one.share === null ? STATUS_FILL[one.rateStatus] ?? "insufficient" : `both-${third(one.rate, BOTH.rate)}${third(one.share, BOTH.coverage)}`),
};

// Fill of a unit, and whether hatching lies over it: a gap is known where nobody was, but nobody was there.
export const dress = (view, one) => ({ fill: DRESS[view](one), hatched: view === "gap" && one.coverageStatus === "not_observed" });

// Is the unit's value something the view can rank, and by what.
export const rank = (view, one) => {
  if (view === "coverage") return one.share ?? -1;
  if (view === "gap") return one.gap ?? -1;
  if (view === "assessment") return one.assessmentStatus === "published" ? one.share_negative : -1 - (one.assessmentStatus === "not_observed" ? 1 : 0);
  if (view === "hot_spot") return ["hot_spot", "possible", "one_team", "not_significant", "too_few_neighbours", "too_few_visits", "not_tested", "not_observed"].indexOf(one.hot) * -1;
  return one.rateStatus === "published" ? one.rate : -1 - (one.rateStatus === "not_observed" ? 1 : 0);
};

const gapText = (gap) => (gap === null ? "–" : number(Math.round(gap * 10) / 10));

// The value beside a unit's name, short.
export const valueText = (view, one) => {
  const rateText = (value, status, k, m) => (status === "published" ? percent(value) : m ? filled(words().of, { k: number(k), n: number(m) }) : statusWord(status));
  if (view === "coverage") return one.coverageStatus === "published" ? (one.share === null ? number(one.n) : percent(one.share)) : statusWord(one.coverageStatus);
  if (view === "gap") return gapText(one.gap);
  if (view === "assessment") return rateText(one.share_negative, one.assessmentStatus, one.negative, one.assessed);
  if (view === "hot_spot") return model.start.hotSpot[one.hot].title;
  return rateText(one.rate, one.rateStatus, one.k, one.m);
};

// A unit in a few plain lines, for the pointer, for screen readers and for the details.
export const describe = (view, index) => {
  const one = figureOf(index);
  const { start, figures } = model;
  const lines = [model.shapes.name[index]];
  const said = words();
  lines.push(one.share === null ? `${said.stationsVisited}: ${number(one.n)}` : `${said.stationsVisited}: ${filled(said.ofShare, { k: number(one.n), n: number(one.stations), percent: percent(one.share) })}`);
  if (view === "gap") lines.push(figures.absence.gap ? start.absence[figures.absence.gap] : `${said.short}: ${gapText(one.gap)} (${filled(said.of, { k: number(one.n), n: gapText(one.fair) })})`);
  if (view === "hot_spot") lines.push(model.figures.absence.hot_spot && one.hot === "not_tested" ? start.absence[figures.absence.hot_spot] : start.hotSpot[one.hot].says);
  if (view === "assessment") lines.push(...ratio(said.badAssessments, one.negative, one.assessed, one.negative_low, one.negative_high, one.assessmentStatus));
  if (["both", "rate", "hot_spot"].includes(view)) lines.push(...ratio(said.withFinding, one.k, one.m, one.low, one.high, one.rateStatus));
  return lines;
};

const ratio = (title, k, m, low, high, status) => {
  if (!m) return [statusWord(status)];
  const lines = [`${title}: ${filled(words().ofShare, { k: number(k), n: number(m), percent: percent(k / m) })}`];
  if (status !== "published") lines.push(statusWord(status));
  else if (low !== null) lines.push(`${percent(low)} – ${percent(high)}: ${model.start.interval}`);
  return lines;
};

let figureOf = () => ({});
export const useFigures = (given) => {
  figureOf = given;
};
