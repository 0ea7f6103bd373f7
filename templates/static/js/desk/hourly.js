// Counting a large mission: by hour and unit as the server sent it, so that a time range needs no request.

// How many stations (or teams) were seen from … to, by unit. One seen in several of these hours counts once: `again`
// holds, for every hour, those whose hour before was another; see layers/desk_hours.py.
const distinct = ({ seen, again: [unit, before, hour, count] }, units, hours, from, to) => {
  const found = new Int32Array(units);
  for (let at = 0; at < units; at += 1) for (let h = from; h <= to; h += 1) found[at] += seen[at * hours + h];
  for (let i = 0; i < unit.length; i += 1) if (before[i] >= from && hour[i] <= to) found[unit[i]] -= count[i];
  return found;
};

const summed = (column, units, hours, from, to) => {
  const found = new Int32Array(units);
  for (let at = 0; at < units; at += 1) for (let h = from; h <= to; h += 1) found[at] += column[at * hours + h];
  return found;
};

// Counters of every unit over the buckets from … to, and of all together in `total`.
export const tallyOf = (sent, from, to) => {
  const units = sent.units + 1;
  const found = Object.fromEntries(Object.entries(sent.counters).map(([name, column]) => [name, summed(column, units, sent.hours, from, to)]));
  found.observed = distinct(sent.stations, units, sent.hours, from, to);
  found.teams = distinct(sent.teams, units, sent.hours, from, to);
  const total = Object.fromEntries(Object.entries(found).map(([name, column]) => [name, column[sent.units]]));
  return { ...found, total };
};

// Stations by state over the buckets from … to, in the order of `codes`, and how much of the plan was done in them.
export const statesOf = (whole, codes, from, to) => {
  const hours = whole.hours.visits.length;
  const of = (name) => distinct(whole.levels[name], 1, hours, from, to)[0];
  const strongest = ["finding", "visited", "denied", "closed", "unreachable"];
  const states = Object.fromEntries(codes.map((name) => [name, 0]));
  let above = 0;
  for (const name of strongest) {
    const n = of(name);
    states[name] = n - above;
    above = n;
  }
  states.planned = whole.plan.planned - of("touched");
  states.not_planned = whole.stations - above - states.planned;
  return { states: codes.map((name) => states[name]), plan: { planned: whole.plan.planned, done: of("done") } };
};
