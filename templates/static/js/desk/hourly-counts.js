// Counting a large mission: by hour and unit as the server sent it, so that a time range needs no request.

// How many stations (or teams) were seen from … to, by unit. One seen in several of these hours counts once: `again`
// holds, for every hour, those whose hour before was another; see layers/desk/hourly_counts.py.
/** @type {(sent: Distinct, units: number, hours: number, from: number, to: number) => Int32Array} */
const distinct = ({ seen, again: [unit, before, hour, count] }, units, hours, from, to) => {
  const counts = new Int32Array(units);
  for (let at = 0; at < units; at += 1) for (let h = from; h <= to; h += 1) counts[at] += seen[at * hours + h];
  for (let i = 0; i < unit.length; i += 1) if (before[i] >= from && hour[i] <= to) counts[unit[i]] -= count[i];
  return counts;
};

/** @type {(column: number[], units: number, hours: number, from: number, to: number) => Int32Array} */
const summed = (column, units, hours, from, to) => {
  const counts = new Int32Array(units);
  for (let at = 0; at < units; at += 1) for (let h = from; h <= to; h += 1) counts[at] += column[at * hours + h];
  return counts;
};

// Counters of every unit over the buckets from … to, and of all together in `total`.
/** @type {(sent: HoursByUnit, from: number, to: number) => Tally} */
export const tallyOf = (sent, from, to) => {
  const units = sent.units + 1;
  const counters = Object.entries(sent.counters).map(([name, column]) => [name, summed(column, units, sent.hours, from, to)]);
  const columns = {
    ...Object.fromEntries(counters),
    observed: distinct(sent.stations, units, sent.hours, from, to),
    teams: distinct(sent.teams, units, sent.hours, from, to),
  };
  const total = Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column[sent.units]]));
  return { ...columns, total };
};

// Stations by state over the buckets from … to, in the order of `codes`, and how much of the plan was done in them.
/** @type {(whole: WholeDay, codes: string[], from: number, to: number) => { states: number[]; plan: PlanDone }} */
export const statesOf = (whole, codes, from, to) => {
  const hours = whole.hours.visits.length;
  /** @type {(name: string) => number} */
  const stationsSeen = (name) => distinct(whole.levels[name], 1, hours, from, to)[0];
  const strongest = ["finding", "visited", "denied", "closed", "unreachable"];
  /** @type {Record<string, number>} */
  const states = Object.fromEntries(codes.map((name) => [name, 0]));
  let above = 0;
  for (const name of strongest) {
    const n = stationsSeen(name);
    states[name] = n - above;
    above = n;
  }
  states.planned = whole.plan.planned - stationsSeen("touched");
  states.not_planned = whole.stations - above - states.planned;
  return { states: codes.map((name) => states[name]), plan: { planned: whole.plan.planned, done: stationsSeen("done") } };
};
