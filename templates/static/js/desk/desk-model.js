// The figures on screen: fetched per choice, counted anew per time range, told to everyone who draws them.
import { failed } from "../tooltip.js";
import { statesOf, tallyOf } from "./hourly-counts.js";
import { figureState } from "../figure-state.js";
import { remembered } from "../memo.js";
import { choiceKey, commit, state, takeBack, wanted } from "./desk-state.js";
import { resource, shapesOf } from "./desk-resources.js";
import { countRange, plannedDone, stationStates, unitTally } from "./visit-counts.js";

// sent: every visit in columns, of a mission small enough; whole: its hours and states, of a larger one. Counted from
// either: tally by unit, states (stations by state), plan, inRange (observed visits). points: the layer of stations.
export const model = /** @type {DeskModel} */ ({ sent: null, whole: null, ranged: null, unit: "area", inRange: 0 });

/** @type {Set<(model: DeskModel) => void>} */
const painters = new Set();

/** @type {(painter: (model: DeskModel) => void) => void} */
export const onPaint = (painter) => painters.add(painter);

/** @type {(now?: DeskState) => HourRange | null} */
export const range = (now = state) => (now.from === null || now.to === null ? null : [now.from, now.to]);

/** @type {() => Hours} */
export const hoursOfDay = () => (model.sent ?? model.whole)?.hours ?? { first: 0, visits: [], findings: [], untimed: 0 };

// The time range as an address says it, after others; "" for the whole day.
export const timed = () => (state.from === null ? "" : `&from=${state.from}&to=${state.to}`);

// The time range as buckets of the hours sent, null for the whole day.
/** @type {() => [number, number] | null} */
export const buckets = () => {
  const hours = range();
  if (!hours) return null;
  const { first, visits } = hoursOfDay();
  return [Math.max(0, hours[0] - first), Math.min(visits.length, hours[1] - first) - 1];
};

/** @type {(sent: DeskVisits) => Partial<DeskModel>} */
const countSent = (sent) => {
  const { start } = model;
  const byStation = stationStates(sent, range());
  const states = new Array(start.codes.length).fill(0);
  for (const code of byStation.states) states[code] += 1;
  return {
    tally: unitTally(sent, model.unit, model.shapes.id.length, range()),
    byStation,
    states,
    plan: plannedDone(sent, range()),
    inRange: countRange(sent, range()),
  };
};

/** @type {(whole: WholeDay) => Partial<DeskModel>} */
const countWhole = (whole) => {
  const { start, figures, ranged } = model;
  const hours = buckets();
  if (!hours || !ranged) {
    const tally = { observed: figures.columns.stations_observed ?? [], total: whole.total };
    return { tally, states: whole.states, plan: whole.plan, inRange: whole.total.visits };
  }
  const [from, to] = hours;
  const inRange = whole.hours.visits.slice(from, to + 1).reduce((sum, n) => sum + n, 0);
  return { tally: tallyIn(ranged, from, to), ...statesOf(whole, start.codes, from, to), inRange };
};

// Cells are too many to be sent by hour: their counters came for this range, their total with the areas'.
/** @type {(ranged: RangedFigures, from: number, to: number) => Tally} */
const tallyIn = ({ hourly, cells }, from, to) => {
  const all = tallyOf(hourly, from, to);
  return cells ? { ...cells, observed: cells.observed, total: all.total } : all;
};

// What a range needs and is not here yet: hours by unit once per choice, cells once per range.
const rangedKey = () => (range() ? `${model.unit} ${choiceKey()}${model.unit === "cell" ? ` ${range()}` : ""} ${model.start.version}` : "");

/** @type {(hours: HourRange) => Promise<void>} */
const fetchRanged = async ([from, to]) => {
  const key = rangedKey();
  const [unit, choice] = [model.unit, choiceKey()];
  const [hourly, cells] = await Promise.all([
    resource(`hours-${unit === "cell" ? "area" : unit}`, choice),
    unit === "cell" ? resource("cells-in", `${choice}&from=${from}&to=${to}`) : null,
  ]);
  if (key === rangedKey()) model.ranged = { key, hourly, cells };
};

// Count for the time range and repaint everything; the time it took is left where a test can read it.
export const repaint = () => {
  const { sent, whole, figures } = model;
  if (!(sent || whole) || !figures) return;
  const hours = range();
  if (whole && hours && model.ranged?.key !== rangedKey()) {
    fetchRanged(hours)
      .then(() => model.ranged?.key === rangedKey() && repaint())
      .catch(failed);
    return;
  }
  const began = performance.now();
  Object.assign(model, sent ? countSent(sent) : whole && countWhole(whole));
  unitFigures = new Map();
  for (const painter of painters) painter(model);
  document.documentElement.dataset.repaint = String(Math.round((performance.now() - began) * 10) / 10);
};

// Have the hours at hand before anyone moves the range, once nothing more urgent is on its way.
const foresee = () => {
  const [unit, key] = [model.unit === "cell" ? "area" : model.unit, choiceKey()];
  // after the paint, and after what the paint asked for; asked for again when needed
  if (model.whole) requestAnimationFrame(() => setTimeout(() => resource(`hours-${unit}`, key).catch(() => {}), 0));
};

// A station's state in words.
/** @type {(name: string) => string} */
export const titleOf = (name) => model.start.states.find((titled) => titled.name === name)?.title ?? name;

// The one kind of finding counted, in words; "" for all.
/** @type {(now?: DeskState) => string} */
export const categoryTitle = (now = state) => model.start.categories.find((category) => category.name === now.category)?.title ?? "";

/** @type {(now: DeskState) => [Unit, string]} */
const needed = (now) => [now.unit, choiceKey(now)];

// Ask for what the address wants before anything is known of the mission; what cannot be had is asked for again.
/** @type {(isTiled: boolean) => void} */
export const foreseen = (isTiled) => {
  const [unit, key] = needed(state);
  for (const request of [shapesOf(unit), resource(`figures-${unit}`, key), resource(isTiled ? "whole" : "visits", key)])
    request.catch(() => {});
};

/** @type {(now: DeskState) => Promise<Partial<DeskModel>>} */
const fetchFigures = async (now) => {
  const [unit, key] = needed(now);
  const counted = model.start.isTiled
    ? resource("whole", key).then((whole) => ({ whole }))
    : resource("visits", key).then((sent) => ({ sent }));
  const [shapes, figures, counts] = await Promise.all([shapesOf(unit), resource(`figures-${unit}`, key), counted]);
  return { shapes, figures, unit, ...counts };
};

/** @type {ReturnType<typeof figureState<DeskState, Partial<DeskModel>>>} */
export const screen = figureState({
  first: state,
  keyOf: (now) => `${needed(now).join(" ")} ${model.start.version}`,
  load: fetchFigures,
});

/** @type {Partial<DeskModel> | null} */
let taken = null;
/** @type {{ done: () => void; failed: (error: Error) => void }[]} */
const waiting = [];

// Figures that came: map, list, legend, headline and caption change together.
screen.follow(({ figures, status, refused }) => {
  if (figures && figures !== taken) {
    taken = figures;
    Object.assign(model, figures);
    commit();
    repaint();
    foresee();
    document.documentElement.dataset.desk = needed(state).join(" ");
    for (const { done } of waiting.splice(0)) done();
  } else if (status === "idle" && figures) {
    commit(); // back to what is on screen before its successor came
    document.documentElement.dataset.desk = needed(state).join(" ");
    for (const { done } of waiting.splice(0)) done();
  } else if (status === "failed" && refused) {
    if (figures) takeBack();
    document.documentElement.dataset.desk = "failed";
    for (const { failed: refuse } of waiting.splice(0)) refuse(new Error("the figures were refused"));
  }
});

// Fetch what is wanted, then show it; a later choice overtakes an earlier one.
/** @type {() => Promise<void>} */
export const settle = () => {
  document.documentElement.dataset.desk = "busy";
  screen.want(wanted);
  return new Promise((done, refuse) => {
    waiting.push({ done, failed: refuse });
  });
};

// The view on the map.
/** @type {() => DeskViewData} */
export const view = () => /** @type {DeskViewData} */ (model.start.views.find(({ name }) => name === state.view));

// Whether clusters are looked for and drawn: in their tab, and over the view that tells of them.
export const isScanning = () => state.tab === "scan" || Boolean(view().scanSays);

// Each unit's figures are asked for by map, legend, list and table: made once per count.
/** @type {Map<string, UnitFigure[]>} */
let unitFigures = new Map();
/** @type {(name: string, index: number) => UnitFigure} */
export const figure = (name, index) => (remembered(unitFigures, name, () => [])[index] ??= figureOf(model.start.figures[name], index));

// A column of the day; null where nothing is known.
/** @type {(name: string, index: number) => number | null} */
export const day = (name, index) => model.figures.columns[name]?.[index] ?? null;

// What one unit shows now: the day's figure as computed, or what was counted in the time range.
/** @type {(of: DeskFigureData, index: number) => UnitFigure} */
const figureOf = (of, index) => {
  if (range() && of.hours) return inRange(of, of.hours, index);
  const [part, whole, known] = [of.part, of.whole, of.value].map((name) => day(name, index));
  const value = of.line === "counted" ? shareOf(part, whole) : known;
  const status = of.status ? model.figures.status[of.status][index] : value === null ? "" : "published";
  return { part, whole, value, low: day(of.low, index), high: day(of.high, index), status };
};

// A part of all stations there are, where these are known.
/** @type {(part: number | null, whole: number | null) => number | null} */
const shareOf = (part, whole) => (model.figures.hasFrame && whole ? (part ?? 0) / whole : null);

// The same of a range of hours: counted here, so no interval is known.
/** @type {(of: DeskFigureData, hours: DeskHours, index: number) => UnitFigure} */
const inRange = (of, hours, index) => {
  const { tally, figures } = model;
  /** @type {(column?: UnitColumn) => number} */
  const count = (column) => column?.[index] ?? 0;
  const part = count(tally[hours.part]);
  const whole = hours.whole ? count(tally[hours.whole]) : day(of.whole, index);
  const seen = (hours.hasMinimum ? whole : part) ?? 0;
  const isFew = hours.hasMinimum && (seen < figures.minimum.visits || count(tally.teams) < figures.minimum.teams);
  const nobody = figures.status[of.status][index] === "not_reported" ? "not_reported" : "not_observed";
  return {
    part,
    whole,
    value: of.line === "counted" ? shareOf(part, whole) : whole ? part / whole : null,
    low: null,
    high: null,
    status: seen === 0 ? nobody : isFew ? "insufficient" : "published",
  };
};
