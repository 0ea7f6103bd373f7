// The figures of the one choice on screen, fetched when it is chosen. No other filter exists: two overlapping figures
// could be subtracted from each other.
import { load } from "./data.js";
import { follow, state, tell } from "./state.js";
import { failed } from "./tip.js";
import { filled, number, percent } from "./words.js";

let held = null;

const nameOf = (now) => `${now.stage}/${now.from}`;

// The figures of the choice now made, null while they are on their way or where visits are not counted.
export const figures = (now) => (held?.choice === nameOf(now) ? held : null);

export const isByChoice = (values, now) => values.layers.find((one) => one.name === now.view)?.byChoice ?? false;

export const fetchChoices = (values, template) => {
  if (!template) return;
  follow((now) => {
    const known = values.choices;
    if (!(now.stage in known.stages) || !(now.from in known.from)) return;
    if (!isByChoice(values, now) || figures(now)) return;
    load(filled(template, { choice: `${now.stage}-${now.from}` }))
      .then((found) => {
        if (found.choice !== nameOf(state) || figures(state)) return;
        held = found;
        tell();
      })
      .catch(failed);
  });
};

// The appearances of a layer's units, one token each.
export const fillsOf = (values, now) => {
  const layer = values.layers.find((one) => one.name === now.view);
  return (layer?.byChoice ? figures(now)?.fills[layer.name] : layer?.fills) ?? null;
};

// A count as it is printed: below 0 it is not told, -2 says that it is small.
export const printed = (values, n) => (n === -2 ? `<${number(values.small)}` : n < 0 ? "–" : number(n));

const isTold = (n) => n >= 0 || n === -2;

// The k, m, status and interval that a view shows of one unit.
export const ratio = (now, made, index) =>
  now.view === "negative"
    ? { k: made.negative[index], m: made.assessed[index], status: made.assessment[index], low: made.negativeLow[index], high: made.negativeHigh[index] }
    : { k: made.found[index], m: made.visits[index], status: made.status[index], low: made.low[index], high: made.high[index] };

// What the view says of one unit: k of m and its interval, or n of N; "" where there is no figure.
export const said = (values, now, made, index) => {
  const { words } = values;
  if (now.view.includes("coverage")) {
    if (!(made.observed[index] > 0) || !(made.stations[index] > 0)) return "";
    return `${filled(words.seen, { n: number(made.observed[index]), stations: number(made.stations[index]) })} (${percent(made.observed[index] / made.stations[index])})`;
  }
  const { k, m, status, low, high } = ratio(now, made, index);
  if (!(m > 0) || !isTold(k)) return "";
  const parts = [filled(now.view === "negative" ? words.negative : words.rate, { k: printed(values, k), m: number(m) })];
  if (status !== "published" || k < 0) parts.push(words.noShare);
  else parts.push(percent(k / m));
  if (low !== null) parts.push(filled(words.interval, { low: percent(low), high: percent(high) }));
  return parts.join(", ");
};

export const statusOf = (now, made, index) => (now.view.includes("coverage") ? made.coverage[index] : ratio(now, made, index).status);
