// How each view dresses a unit: a fill (a colour or a pattern), and the words that say the same.
import { filled, number, percent } from "../language.js";
import { tone } from "../ramp-tone.js";
import { figure, model } from "./desk-model.js";

/** @type {Record<string, string>} */
const STATUS_FILL = {
  not_observed: "pattern:hatch",
  not_reported: "pattern:dots",
  merged: "pattern:cross",
  not_known: "pattern:rings",
  insufficient: "insufficient",
};
/** @type {Record<string, "notObserved" | "notReported">} */
const STATUS_WORD = { not_observed: "notObserved", not_reported: "notReported" };

/** @type {(value: number, steps: number[]) => number} */
const classOf = (value, steps) => steps.findLastIndex((step) => value >= step);
/** @type {(ramp: string, value: number, starts: number[]) => string} */
const shaded = (ramp, value, starts) => `${ramp}-${tone(classOf(value, starts), starts.length)}`;
/** @type {(value: number, limits: number[]) => number} */
const third = (value, [first, second]) => (value < first ? 0 : value < second ? 1 : 2);
const sentencesOf = () => model.start.words;

/** @type {(status: string) => string} */
export const statusWord = (status) => {
  const words = sentencesOf();
  if (status !== "insufficient") return words[STATUS_WORD[status]] ?? "";
  const { visits, teams } = model.figures.minimum;
  return filled(teams ? words.insufficient : words.fewVisits, { visits: number(visits), teams: number(teams) });
};

/** @type {(ramp: string, value: number | null, status: string) => string} */
const rated = (ramp, value, status) =>
  status === "published" && value !== null ? shaded(ramp, value, model.start.limits.rate) : (STATUS_FILL[status] ?? "insufficient");

/** @type {Record<View, (one: UnitFigure) => string>} */
const DRESS = {
  coverage: (unit) =>
    unit.coverageStatus !== "published"
      ? STATUS_FILL[unit.coverageStatus]
      : unit.share === null
        ? "published"
        : shaded("coverage", unit.share, model.start.limits.coverage),
  rate: (unit) => rated("rate", unit.rate, unit.rateStatus),
  assessment: (unit) => rated("negative", unit.share_negative, unit.assessmentStatus),
  gap: (unit) => (unit.gap === null ? "insufficient" : `gap-${classOf(unit.gap, [-1, ...model.start.limits.gap[model.unit]])}`),
  hot_spot: (unit) => rated("rate", unit.shrunk, unit.dayStatus),
  both: (unit) =>
    unit.rateStatus !== "published" || unit.share === null || unit.rate === null
      ? (STATUS_FILL[unit.rateStatus] ?? "insufficient")
      : `both-${third(unit.rate, model.start.limits.bothRate)}${third(unit.share, model.start.limits.bothCoverage)}`,
};

// Fill of a unit, and whether hatching lies over it: a gap is known where nobody was, but nobody was there.
/** @type {(view: View, unit: UnitFigure) => { fill: string; hatched: boolean }} */
export const dress = (view, unit) => ({ fill: DRESS[view](unit), hatched: view === "gap" && unit.coverageStatus === "not_observed" });

// Is the unit's value something the view can rank, and by what.
/** @type {(view: View, unit: UnitFigure) => number} */
export const rank = (view, unit) => {
  if (view === "coverage") return unit.share ?? -1;
  if (view === "gap") return unit.gap ?? -1;
  const [value, status] =
    view === "assessment"
      ? [unit.share_negative, unit.assessmentStatus]
      : view === "hot_spot"
        ? [unit.shrunk, unit.dayStatus]
        : [unit.rate, unit.rateStatus];
  if (status === "published" && value !== null) return value;
  return status === "not_observed" ? -2 : -1;
};

/** @type {(gap: number | null) => string} */
export const gapText = (gap) => (gap === null ? "–" : number(wholeGap(gap)));

// A share is no whole number, a station is: what is missing is rounded up, as the list of gaps does.
/** @type {(gap: number) => number} */
const wholeGap = (gap) => (gap < 0.5 ? 0 : Math.ceil(gap - 1e-9));

// The share that what was visited and what is missing add up to.
/** @type {(observed: number, gap: number | null, fair: number | null) => string} */
export const fairText = (observed, gap, fair) =>
  fair === null ? "–" : number(gap !== null && gap >= 0.5 ? observed + wholeGap(gap) : Math.round(fair));

// The value beside a unit's name, short.
/** @type {(view: View, unit: UnitFigure) => string} */
export const valueText = (view, unit) => {
  /** @type {(value: number | null, status: string, k: number, m: number) => string} */
  const rateText = (value, status, k, m) =>
    status === "published" && value !== null
      ? percent(value)
      : m
        ? filled(sentencesOf().of, { k: number(k), n: number(m) })
        : statusWord(status);
  if (view === "coverage")
    return unit.coverageStatus === "published"
      ? unit.share === null
        ? number(unit.n)
        : percent(unit.share)
      : statusWord(unit.coverageStatus);
  if (view === "gap") return gapText(unit.gap);
  if (view === "assessment") return rateText(unit.share_negative, unit.assessmentStatus, unit.negative, unit.assessed);
  if (view === "hot_spot") return rateText(unit.shrunk, unit.dayStatus, unit.k, unit.m);
  return rateText(unit.rate, unit.rateStatus, unit.k, unit.m);
};

// A unit in a few plain lines, for the pointer, for screen readers and for the details.
/** @type {(view: View, index: number) => string[]} */
export const describe = (view, index) => {
  const unit = figure(index);
  const { start, figures } = model;
  const lines = [model.shapes.name[index]];
  const sentences = sentencesOf();
  const counts = { k: number(unit.n), n: number(unit.stations) };
  const visited = unit.share === null ? counts.k : filled(sentences.ofShare, { ...counts, percent: percent(unit.share) });
  lines.push(`${sentences.stationsVisited}: ${visited}`);
  if (view === "gap")
    lines.push(
      figures.absence.gap
        ? start.absence[figures.absence.gap]
        : `${sentences.short}: ${gapText(unit.gap)} (${filled(sentences.of, { k: counts.k, n: fairText(unit.n, unit.gap, unit.fair) })})`,
    );
  if (view === "hot_spot")
    lines.push(...beyondChance(unit));
  if (view === "assessment")
    lines.push(
      ...ratio(sentences.badAssessments, unit.negative, unit.assessed, unit.negative_low, unit.negative_high, unit.assessmentStatus),
    );
  if (["both", "rate", "hot_spot"].includes(view))
    lines.push(...ratio(sentences.withFinding, unit.k, unit.m, unit.low, unit.high, unit.rateStatus));
  return lines;
};

// Whether a share is more or less than chance explains, and by how few teams.
/** @type {(one: UnitFigure) => string[]} */
const beyondChance = (unit) => {
  if (unit.dayStatus !== "published" || unit.shrunk === null) return [];
  const isFew = unit.teams > 0 && unit.teams < 3 && unit.chance.startsWith("high");
  return [`${sentencesOf().shrunk}: ${percent(unit.shrunk)}`, model.start.chance[unit.chance], ...(isFew ? [sentencesOf().fewTeams] : [])];
};

/** @type {(title: string, k: number, m: number, low: number | null, high: number | null, status: string) => string[]} */
const ratio = (title, k, m, low, high, status) => {
  if (!m) return [statusWord(status)];
  const lines = [`${title}: ${filled(sentencesOf().ofShare, { k: number(k), n: number(m), percent: percent(k / m) })}`];
  if (status !== "published") lines.push(statusWord(status));
  else if (low !== null && high !== null) lines.push(`${percent(low)} – ${percent(high)}: ${model.start.interval}`);
  return lines;
};
