// The figures on screen: fetched per choice, counted anew per time range, told to everyone who draws them.
import { failed } from "../tip.js";
import { statesOf, tallyOf } from "./hourly.js";
import { choiceKey, state } from "./state.js";
import { resource, shapesOf } from "./store.js";
import { countRange, plannedDone, stationStates, unitTally } from "./tally.js";

// sent: every visit in columns, of a mission small enough; whole: its hours and states, of a larger one. Counted from
// either: tally by unit, states (stations by state), plan, inRange (observed visits). points: the layer of stations.
export const model = { start: null, stations: null, sent: null, whole: null, ranged: null, shapes: null, figures: null, unit: "area", tally: null, found: null, states: null, plan: null, inRange: 0, points: null };
const painters = new Set();

export const onPaint = (painter) => painters.add(painter);

export const range = (now = state) => (now.from === null ? null : [now.from, now.to]);

export const hoursOfDay = () => (model.sent ?? model.whole).hours;

// The time range as buckets of the hours sent, null for the whole day.
export const buckets = () => {
  if (!range()) return null;
  const { first, visits } = hoursOfDay();
  return [Math.max(0, range()[0] - first), Math.min(visits.length, range()[1] - first) - 1];
};

const countSent = () => {
  const { sent, start } = model;
  const found = stationStates(sent, range());
  const states = new Array(start.codes.length).fill(0);
  for (const code of found.states) states[code] += 1;
  return { tally: unitTally(sent, model.unit, model.shapes.id.length, range()), found, states, plan: plannedDone(sent, range()), inRange: countRange(sent, range()) };
};

const countWhole = () => {
  const { whole, start, figures } = model;
  if (!range()) return { tally: { observed: figures.columns.stations_observed, total: whole.total }, states: whole.states, plan: whole.plan, inRange: whole.total.visits };
  const [from, to] = buckets();
  const inRange = whole.hours.visits.slice(from, to + 1).reduce((sum, n) => sum + n, 0);
  return { tally: tallyIn(from, to), ...statesOf(whole, start.codes, from, to), inRange };
};

// Cells are too many to be sent by hour: their counters came for this range, their total with the areas'.
const tallyIn = (from, to) => {
  const { hourly, cells } = model.ranged;
  const all = tallyOf(hourly, from, to);
  return cells ? { ...cells, total: all.total } : all;
};

// What a range needs and is not here yet: hours by unit once per choice, cells once per range.
const rangedKey = () => (range() ? `${model.unit} ${choiceKey()}${model.unit === "cell" ? ` ${range()}` : ""} ${model.start.version}` : "");

const fetchRanged = async () => {
  const key = rangedKey();
  const [unit, choice] = [model.unit, choiceKey()];
  const [hourly, cells] = await Promise.all([resource(`hours-${unit === "cell" ? "area" : unit}`, choice), unit === "cell" ? resource("cells-in", `${choice}&from=${range()[0]}&to=${range()[1]}`) : null]);
  if (key === rangedKey()) model.ranged = { key, hourly, cells };
};

// Count for the time range and repaint everything; the time it took is left where a test can read it.
export const repaint = () => {
  if (!(model.sent || model.whole) || !model.figures) return;
  if (model.whole && range() && model.ranged?.key !== rangedKey()) {
    fetchRanged().then(() => model.ranged?.key === rangedKey() && repaint()).catch(failed);
    return;
  }
  const began = performance.now();
  Object.assign(model, model.sent ? countSent() : countWhole());
  made = [];
  for (const painter of painters) painter(model);
  document.documentElement.dataset.repaint = String(Math.round((performance.now() - began) * 10) / 10);
};

// Have the hours at hand before anyone moves the range, once nothing more urgent is on its way.
const foresee = () => {
  const [unit, key] = [model.unit === "cell" ? "area" : model.unit, choiceKey()];
  // after the paint, and after what the paint asked for; asked for again when needed
  if (model.whole) requestAnimationFrame(() => setTimeout(() => resource(`hours-${unit}`, key).catch(() => {}), 0));
};

// The one kind of finding counted, in words; "" for all.
export const categoryTitle = (now = state) => model.start.categories.find((one) => one.name === now.category)?.title ?? "";

const needed = (now) => [now.view === "hot_spot" ? "cell" : now.unit, choiceKey(now)];

// Ask for what the address wants before anything is known of the mission; what cannot be had is asked for again.
export const foreseen = (isTiled) => {
  const [unit, key] = needed(state);
  for (const asked of [shapesOf(unit), resource(`figures-${unit}`, key), resource(isTiled ? "whole" : "visits", key)]) asked.catch(() => {});
};

// Fetch what the choice and the unit need, then repaint; a later choice overtakes an earlier one.
let asked = 0;
export const settle = async () => {
  asked += 1;
  const mine = asked;
  const [unit, key] = needed(state);
  document.documentElement.dataset.desk = "busy";
  const counted = model.start.isTiled ? "whole" : "visits";
  const [shapes, figures, sent] = await Promise.all([shapesOf(unit), resource(`figures-${unit}`, key), resource(counted, key)]);
  if (mine !== asked) return;
  Object.assign(model, { shapes, figures, unit, ...(model.start.isTiled ? { whole: sent } : { sent }) });
  repaint();
  foresee();
  document.documentElement.dataset.desk = `${unit} ${key}`;
};

// Each unit's figures are asked for by map, legend, list and table: made once per count.
let made = [];
export const figure = (index) => (made[index] ??= figureOf(index));

// What one unit shows now: the day's figures as computed, or what was counted in the time range.
const figureOf = (index) => {
  const { columns, status, minimum } = model.figures;
  const day = (name) => columns[name]?.[index] ?? null;
  const n = model.tally.observed[index];
  const stations = day("stations");
  const share = model.figures.hasFrame && stations ? n / stations : null;
  const here = { n, stations, share, gap: day("gap"), fair: day("fair_share"), hot: day("hot_spot"), hotStatus: status.hot_spot[index] };
  if (!range()) {
    return {
      ...here, m: day("visits_exposed"), k: day("visits_with_finding"), rate: day("rate"), low: day("rate_low"), high: day("rate_high"), rateStatus: status.rate[index],
      assessed: day("visits_assessed"), negative: day("visits_negative"), share_negative: day("share_negative"), negative_low: day("negative_low"), negative_high: day("negative_high"),
      assessmentStatus: status.assessment[index], coverageStatus: status.coverage[index],
    };
  }
  const [m, k, assessed, negative, teams] = ["m", "k", "assessed", "negative", "teams"].map((name) => model.tally[name][index]);
  const silent = (name) => status[name][index] === "not_reported";
  const few = (seen) => seen < minimum.visits || teams < minimum.teams;
  const judged = (name, seen) => (seen === 0 ? (silent(name) ? "not_reported" : "not_observed") : few(seen) ? "insufficient" : "published");
  return {
    ...here, m, k, rate: m ? k / m : null, low: null, high: null, rateStatus: judged("rate", m),
    assessed, negative, share_negative: assessed ? negative / assessed : null, negative_low: null, negative_high: null, assessmentStatus: judged("assessment", assessed),
    coverageStatus: n === 0 ? (silent("coverage") ? "not_reported" : "not_observed") : "published",
  };
};
