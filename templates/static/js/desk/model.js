// The figures on screen: fetched per choice, counted anew per time range, told to everyone who draws them.
import { choiceKey, state } from "./state.js";
import { resource } from "./store.js";
import { stationStates, unitTally } from "./tally.js";

export const model = { start: null, stations: null, sent: null, shapes: null, figures: null, unit: "area", tally: null, found: null };
const painters = new Set();

export const onPaint = (painter) => painters.add(painter);

export const range = (now = state) => (now.from === null ? null : [now.from, now.to]);

// Count for the time range and repaint everything; the time it took is left where a test can read it.
export const repaint = () => {
  if (!model.sent || !model.figures) return;
  const began = performance.now();
  model.tally = unitTally(model.sent, model.unit, model.shapes.id.length, range());
  model.found = stationStates(model.sent, range());
  for (const painter of painters) painter(model);
  document.documentElement.dataset.repaint = String(Math.round((performance.now() - began) * 10) / 10);
};

// The one kind of finding counted, in words; "" for all.
export const categoryTitle = (now = state) => model.start.categories.find((one) => one.name === now.category)?.title ?? "";

// Fetch what the choice and the unit need, then repaint; a later choice overtakes an earlier one.
let asked = 0;
export const settle = async () => {
  asked += 1;
  const mine = asked;
  const now = state;
  const unit = now.view === "hot_spot" ? "cell" : now.unit;
  const key = choiceKey(now);
  document.documentElement.dataset.desk = "busy";
  const [shapes, figures, sent] = await Promise.all([resource(unit), resource(`figures-${unit}`, key), resource("visits", key)]);
  if (mine !== asked) return;
  Object.assign(model, { shapes, figures, sent, unit });
  repaint();
  document.documentElement.dataset.desk = `${unit} ${key}`;
};

// What one unit shows now: the day's figures as computed, or what was counted in the time range.
export const figure = (index) => {
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

// Position in the registry of a station in the browser's columns.
export const registryOf = (at) => (model.stations.position ? model.stations.position[at] : at);
