// Counting in the browser, so that a time range needs no request. The rules are the server's own.
export const EXPOSED = 1;
export const WITH_FINDING = 2;
const ASSESSED = 4;
const NEGATIVE = 8;
const OBSERVED = 0;
// Outcome as sent (observed, denied, closed, unreachable) to the state it gives a station; the highest wins.
const STATE_OF = [5, 4, 3, 2];
const FINDING = 6;

/** @type {(minute: number, range: HourRange | null) => boolean} */
const inside = (minute, range) => !range || (minute >= range[0] * 60 && minute < range[1] * 60);

// State, worst finding and last minute of every station, by position in the registry.
/** @type {(sent: DeskVisits, range: HourRange | null) => StationStates} */
export const stationStates = (sent, range) => {
  const count = sent.base.length;
  const states = new Int8Array(count);
  const severity = new Int8Array(count).fill(-1);
  const minute = new Int32Array(count).fill(-99999);
  for (let i = 0; i < count; i += 1) states[i] = sent.base.charCodeAt(i) - 48;
  const { visits } = sent;
  for (let row = 0; row < visits.station.length; row += 1) {
    if (!inside(visits.minute[row], range)) continue;
    const at = visits.station[row];
    const worst = visits.severity[row];
    states[at] = Math.max(states[at], worst >= 0 ? FINDING : (STATE_OF[visits.outcome[row]] ?? 0));
    severity[at] = Math.max(severity[at], worst);
    minute[at] = Math.max(minute[at], visits.minute[row]);
  }
  return { states, severity, minute };
};

const NAMES = ["visits", "observed", "m", "k", "teams", "assessed", "negative", "denied", "closed", "unreachable"];
const OUTCOME = ["visits", "denied", "closed", "unreachable"];

// Counters of every unit, and of all together in `total`.
/** @type {(sent: DeskVisits, unit: Unit, count: number, range: HourRange | null) => Tally} */
export const unitTally = (sent, unit, count, range) => {
  /** @type {Record<string, Int32Array>} */
  const columns = Object.fromEntries(NAMES.map((name) => [name, new Int32Array(count)]));
  /** @type {Record<string, number>} */
  const total = Object.fromEntries(NAMES.map((name) => [name, 0]));
  /** @type {Set<number>} */
  const stations = new Set();
  /** @type {Set<string>} */
  const teams = new Set();
  const { visits } = sent;
  const unitOfVisit = visits[unit];
  for (let row = 0; row < unitOfVisit.length; row += 1) {
    if (!inside(visits.minute[row], range)) continue;
    const where = unitOfVisit[row];
    /** @type {(name: string) => void} */
    const add = (name) => {
      total[name] += 1;
      if (where >= 0) columns[name][where] += 1;
    };
    add(OUTCOME[visits.outcome[row]]);
    if (visits.outcome[row] !== OBSERVED) continue;
    const flags = visits.flags[row];
    if (flags & EXPOSED) add("m");
    if (flags & WITH_FINDING) add("k");
    if (flags & ASSESSED) add("assessed");
    if (flags & NEGATIVE) add("negative");
    if (!stations.has(visits.station[row])) {
      stations.add(visits.station[row]);
      add("observed");
    }
    const team = `${where} ${visits.team[row]}`;
    if (visits.team[row] >= 0 && !teams.has(team)) {
      teams.add(team);
      if (where >= 0) columns.teams[where] += 1;
    }
  }
  return { ...columns, observed: columns.observed, total };
};

// Observed visits, and those with a finding, per hour of the histogram.
/** @type {(sent: DeskVisits, range: HourRange | null) => number} */
export const countRange = (sent, range) => {
  const { visits } = sent;
  let n = 0;
  for (let row = 0; row < visits.outcome.length; row += 1)
    if (visits.outcome[row] === OBSERVED && inside(visits.minute[row], range)) n += 1;
  return n;
};

// Stations of the plan, and how many of them were observed in the range.
/** @type {(sent: DeskVisits, range: HourRange | null) => PlanDone} */
export const plannedDone = (sent, range) => {
  /** @type {Set<number>} */
  const seen = new Set();
  const { visits } = sent;
  for (let row = 0; row < visits.outcome.length; row += 1)
    if (visits.outcome[row] === OBSERVED && inside(visits.minute[row], range) && sent.base[visits.station[row]] === "1")
      seen.add(visits.station[row]);
  return { planned: sent.base.split("1").length - 1, done: seen.size };
};
