// The columns of the desk's tables: what a cell says, what it is sorted by, and what stands in the file.
import { number, percent, filled } from "../language.js";
import { clock, duration } from "./clock.js";
import { figure, model, titleOf } from "./desk-model.js";
import { gapText, rank, statusWord, valueText } from "./unit-appearance.js";
import { state } from "./desk-state.js";

/** @type {(k: number, n: number, value?: number | null) => string} */
const shareText = (k, n, value) =>
  n ? filled(model.start.words.ofShare, { k: number(k), n: number(n), percent: percent(value ?? k / n) }) : "–";

/** @type {(index: number) => number | null} */
const newestOf = (index) => model.figures.columns.age_newest?.[index] ?? null;

// Units, as the view shown dresses them. `by` is what a click on the head sorts by; without a value a row comes last.
/** @type {() => UnitTableColumn[]} */
export const unitColumns = () => {
  const words = model.start.words;
  return [
    {
      title: { area: words.area, district: words.district, cell: words.cell }[model.unit],
      text: (_, index) => model.shapes.name[index],
      by: (_, index) => model.shapes.name[index],
    },
    {
      title: words.visited,
      text: (unit) => (unit.share === null ? number(unit.n) : shareText(unit.n, unit.stations, unit.share)),
      by: (unit) => unit.share ?? unit.n,
    },
    {
      title: words.rate,
      text: (unit) => (unit.m ? shareText(unit.k, unit.m, unit.rate) : "–"),
      by: (unit) => (unit.m ? unit.k / unit.m : null),
    },
    {
      title: words.interval,
      text: (unit) =>
        unit.low === null || unit.high === null || unit.rateStatus !== "published" ? "–" : `${percent(unit.low)} – ${percent(unit.high)}`,
      by: (unit) => (unit.rateStatus === "published" ? unit.low : null),
    },
    {
      title: words.shown,
      text: (unit) => (unit.rateStatus === "published" ? valueText(state.view, unit) : statusWord(unit.rateStatus)),
      by: (unit) => rank(state.view, unit),
    },
    {
      title: words.assessed,
      text: (unit) => shareText(unit.negative, unit.assessed, unit.share_negative),
      by: (unit) => (unit.assessed ? unit.negative / unit.assessed : null),
    },
    { title: words.gap, text: (unit) => (unit.gap === null ? "–" : gapText(unit.gap)), by: (unit) => unit.gap },
    {
      title: words.newest,
      text: (_, index) => {
        const age = newestOf(index);
        return age === null ? "–" : duration(age);
      },
      by: (_, index) => newestOf(index),
    },
  ];
};

// Stations: the server sorts them, by these names.
/** @type {() => { key: string; title: string }[]} */
export const stationColumns = () => {
  const words = model.start.words;
  return [
    { key: "station", title: words.station },
    { key: "area", title: words.area },
    { key: "state", title: words.state },
    { key: "severity", title: words.severity },
    { key: "minute", title: words.time },
    { key: "team", title: words.team },
    { key: "finding", title: words.rate },
  ];
};

/** @type {(row: StationRow) => string} */
export const findingText = (row) => (row.asked ? filled(model.start.words.of, { k: number(row.withFinding), n: number(row.asked) }) : "–");

// What a file says of its rows, as every other file of the mission does.
/** @type {() => [string, string | number][]} */
const label = () => [
  ["nature", model.start.nature],
  ["stage", state.stage || "all"],
  ["severity_from", state.severity],
  ["categories", state.category || "all"],
  ["verified_only", state.verified ? 1 : 0],
  ["hours", state.from === null || state.to === null ? "all" : `${clock(state.from * 60)}–${clock(state.to * 60)}`],
  ["as_of", model.start.asOf],
  ["version", model.start.version],
];

/** @type {(names: string[], rows: FileCell[][], says: string) => FileRows} */
const labelled = (names, rows, says) => {
  const said = [...label(), /** @type {[string, string]} */ (["method", says])];
  return { names: [...names, ...said.map(([name]) => name)], rows: rows.map((row) => [...row, ...said.map(([, value]) => value)]) };
};

// Every share with its part and its whole, unrounded, under the names of the other downloads.
/** @type {(order: number[], says: string) => FileRows} */
export const unitFile = (order, says) => {
  /** @type {[string, (unit: UnitFigure, index: number) => FileCell][]} */
  const columns = [
    ["id", (_, index) => model.shapes.id[index]],
    ["name", (_, index) => model.shapes.name[index]],
    ["stations", (unit) => unit.stations],
    ["stations_observed", (unit) => unit.n],
    ["share_observed", (unit) => unit.share],
    ["coverage_status", (unit) => unit.coverageStatus],
    ["visits_exposed", (unit) => unit.m],
    ["visits_with_finding", (unit) => unit.k],
    ["rate", (unit) => unit.rate],
    ["rate_low", (unit) => unit.low],
    ["rate_high", (unit) => unit.high],
    ["rate_status", (unit) => unit.rateStatus],
    ["visits_assessed", (unit) => unit.assessed],
    ["visits_negative", (unit) => unit.negative],
    ["share_negative", (unit) => unit.share_negative],
    ["assessment_status", (unit) => unit.assessmentStatus],
    ["fair_share", (unit) => unit.fair],
    ["gap", (unit) => unit.gap],
    ["minutes_since_last_visit", (_, index) => newestOf(index)],
  ];
  const rows = order.map((index) => columns.map(([, value]) => value(figure(index), index)));
  return labelled(
    columns.map(([name]) => name),
    rows,
    says,
  );
};

/** @type {(list: StationList, says: string) => FileRows} */
export const stationFile = (list, says) =>
  labelled(
    ["station_id", "area", "state", "severity", "last_visit", "teams", "visits_exposed", "visits_with_finding"],
    list.rows.map((row) => [
      row.id,
      row.area,
      titleOf(row.state),
      row.state === "finding" ? model.start.severities[row.severity] : "",
      clock(row.minute),
      row.teams,
      row.asked,
      row.withFinding,
    ]),
    says,
  );
