// How a view dresses a unit: a fill (a colour or a pattern), and the words that say the same.
import { filled, number, percent } from "../language.js";
import { tone } from "../ramp-tone.js";
import { duration } from "./clock.js";
import { day, figure, model, view } from "./desk-model.js";

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

// A share is no whole number, a station is: what is missing is rounded up, as the list of gaps does.
/** @type {(gap: number) => number} */
const wholeGap = (gap) => (gap < 0.5 ? 0 : Math.ceil(gap - 1e-9));
/** @type {Record<DeskFigureData["unit"], (value: number) => string>} */
const TEXT = { share: percent, stations: (gap) => number(wholeGap(gap)), minutes: duration };

// The share that what was visited and what is missing add up to.
/** @type {(observed: number, gap: number | null, fair: number | null) => string} */
export const fairText = (observed, gap, fair) =>
  fair === null ? "–" : number(gap !== null && gap >= 0.5 ? observed + wholeGap(gap) : Math.round(fair));

/** @type {(of: DeskFigureData, one: UnitFigure) => string} */
const textOf = (of, { value }) => (value === null ? "–" : TEXT[of.unit](value));
// A value, or why it means too little.
/** @type {(of: DeskFigureData, one: UnitFigure) => string} */
export const toldText = (of, one) => (one.status && one.status !== "published" ? statusWord(one.status) : textOf(of, one));
/** @type {(k: number | null, n: number | null) => string} */
export const ratioText = (k, n) => filled(model.start.words.of, { k: number(k ?? 0), n: number(n ?? 0) });
/** @type {(one: UnitFigure, share: number) => string} */
export const shareText = ({ part, whole }, share) =>
  filled(model.start.words.ofShare, { k: number(part ?? 0), n: number(whole ?? 0), percent: percent(share) });

/** @type {(status: string) => string} */
export const statusWord = (status) => {
  const { words } = model.start;
  if (status !== "insufficient") return words[STATUS_WORD[status]] ?? "";
  const { visits, teams } = model.figures.minimum;
  // whatever was visited was visited by one team at least: a minimum of one says nothing
  return filled(teams > 1 ? words.insufficient : words.fewVisits, { visits: number(visits), teams: number(teams) });
};

/** @type {(value: number, of: DeskFigureData) => string} */
const shaded = (value, { ramp, starts }) => {
  const steps = starts[model.unit];
  const place = steps.findLastIndex((step) => value >= step);
  return `${ramp}-${tone(place, steps.length)}`;
};

// A share of all stations that are not known is still somebody's visit.
/** @type {(of: DeskFigureData, one: UnitFigure) => string} */
const fillOf = (of, { status, value }) => {
  if (status !== "published") return STATUS_FILL[status] ?? "insufficient";
  if (value === null) return of.line === "counted" ? "published" : "insufficient";
  return shaded(value, of);
};

/** @type {(grid: DeskGrid, index: number) => string} */
const crossed = ({ ramp, up, across }, index) => {
  const [first, second] = [up, across].map((side) => figure(side.figure, index));
  if (first.status !== "published" || first.value === null || second.value === null) return STATUS_FILL[first.status] ?? "insufficient";
  /** @type {(value: number, starts: number[]) => number} */
  const third = (value, [middle, upper]) => (value < middle ? 0 : value < upper ? 1 : 2);
  return `${ramp}-${third(first.value, up.starts)}${third(second.value, across.starts)}`;
};

// Fill of a unit, and whether hatching lies over it: what has no status may be known where nobody was.
/** @type {(index: number) => Dress} */
export const dress = (index) => {
  const { start } = model;
  const { figure: name, grid } = view();
  const of = start.figures[name];
  const isNobody = figure(start.presence, index).status === "not_observed";
  return { fill: grid ? crossed(grid, index) : fillOf(of, figure(name, index)), hatched: !of.status && isNobody };
};

// What a view ranks a unit by; where nobody was comes last, but where that is a value like any other.
/** @type {(index: number) => number} */
export const rank = (index) => {
  const name = view().figure;
  const { value, status } = figure(name, index);
  if (status === "published" && value !== null) return value;
  return status === "not_observed" && !model.start.figures[name].bar ? -2 : -1;
};

// The value beside a unit's name, short.
/** @type {(index: number) => string} */
export const valueText = (index) => {
  const name = view().figure;
  const of = model.start.figures[name];
  const one = figure(name, index);
  if (one.status === "published" && one.value !== null) return textOf(of, one);
  if (one.status === "published" && of.line === "counted") return number(one.part ?? 0);
  if (!of.bar && one.whole) return ratioText(one.part, one.whole);
  return one.status ? statusWord(one.status) : "–";
};

// What is said of a figure, by its kind.
/** @type {Record<DeskFigureData["line"], (of: DeskFigureData, one: UnitFigure, index: number) => string[]>} */
const LINES = {
  counted: (of, one) => [`${of.title}: ${one.value === null ? number(one.part ?? 0) : shareText(one, one.value)}`],
  ratio: (of, one) => {
    if (!one.whole) return [statusWord(one.status)];
    const lines = [`${of.title}: ${shareText(one, (one.part ?? 0) / one.whole)}`];
    if (one.status !== "published") lines.push(statusWord(one.status));
    else if (one.low !== null && one.high !== null) lines.push(`${percent(one.low)} – ${percent(one.high)}: ${model.start.interval}`);
    return lines;
  },
  value: (of, one) => {
    const { absence } = model.figures;
    if (absence[of.absence]) return [model.start.absence[absence[of.absence]]];
    if (one.status && one.status !== "published") return [`${of.title}: ${toldText(of, one)}`];
    const n = of.unit === "stations" ? fairText(one.part ?? 0, one.value, one.whole) : number(one.whole ?? 0);
    return [`${of.title}: ${filled(of.says, { value: textOf(of, one), k: number(one.part ?? 0), n })}`];
  },
  // whether a share is more or less than chance explains, and by how few teams
  chance: (of, one, index) => {
    if (one.status !== "published" || one.value === null) return [];
    const { chance, words } = model.start;
    const code = model.figures.codes[of.code]?.[index] ?? "";
    const teams = day("teams", index) ?? 0;
    const isFew = teams > 0 && teams < 3 && code.startsWith("high");
    return [`${of.title}: ${textOf(of, one)}`, chance[code], ...(isFew ? [words.fewTeams] : [])];
  },
};

/** @type {(names: string[], index: number) => string[]} */
export const linesOf = (names, index) =>
  names.flatMap((name) => LINES[model.start.figures[name].line](model.start.figures[name], figure(name, index), index));

// A unit in a few plain lines, for the pointer and for screen readers.
/** @type {(index: number) => string[]} */
export const describe = (index) => [model.shapes.name[index], ...linesOf([model.start.presence, ...view().lines], index)];
