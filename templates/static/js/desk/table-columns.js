// The columns of the desk's tables: what a cell says, what it is sorted by, and what stands in the file.
import { number, percent } from "../language.js";
import { clock, duration } from "./clock.js";
import { day, figure, model, titleOf } from "./desk-model.js";
import { rank, ratioText, shareText, statusWord, toldText, valueText } from "./unit-appearance.js";
import { state } from "./desk-state.js";

/** @type {(name: string, index: number) => [DeskFigureData, UnitFigure]} */
const known = (name, index) => [model.start.figures[name], figure(name, index)];

// A column of a figure: its text, and what a click on the head sorts by; without a value a row comes last.
/** @type {Record<DeskTableColumn["form"], ColumnForm>} */
const FORMS = {
  ratio: {
    text: (name, index) => {
      const [of, one] = known(name, index);
      if (of.line === "counted" && one.value === null) return number(one.part ?? 0);
      return one.whole ? shareText(one, one.value ?? (one.part ?? 0) / one.whole) : "–";
    },
    by: (name, index) => {
      const [of, { part, whole, value }] = known(name, index);
      return of.line === "counted" ? (value ?? part) : whole ? (part ?? 0) / whole : null;
    },
  },
  interval: {
    text: (name, index) => {
      const { low, high, status } = figure(name, index);
      return low === null || high === null || status !== "published" ? "–" : `${percent(low)} – ${percent(high)}`;
    },
    by: (name, index) => (figure(name, index).status === "published" ? figure(name, index).low : null),
  },
  shown: {
    text: (name, index) => (figure(name, index).status === "published" ? valueText(index) : statusWord(figure(name, index).status)),
    by: (_, index) => rank(index),
  },
  value: {
    text: (name, index) => toldText(...known(name, index)),
    by: (name, index) => (figure(name, index).status === "published" ? figure(name, index).value : null),
  },
};

/** @type {(index: number) => number | null} */
const newestOf = (index) => day("age_newest", index);

// Units, as the view shown dresses them.
/** @type {() => UnitTableColumn[]} */
export const unitColumns = () => {
  const { words, figures } = model.start;
  /** @type {(index: number) => string} */
  const name = (index) => model.shapes.name[index];
  return [
    { title: { area: words.area, district: words.district, cell: words.cell }[model.unit], text: name, by: name },
    ...Object.entries(figures).flatMap(([of, { table }]) =>
      table.map(({ title, form }) => ({
        title,
        text: (/** @type {number} */ index) => FORMS[form].text(of, index),
        by: (/** @type {number} */ index) => FORMS[form].by(of, index),
      })),
    ),
    {
      title: words.newest,
      text: (index) => {
        const age = newestOf(index);
        return age === null ? "–" : duration(age);
      },
      by: newestOf,
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
export const findingText = (row) => (row.asked ? ratioText(row.withFinding, row.asked) : "–");

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

const FIELDS = /** @type {const} */ (["whole", "part", "value", "low", "high"]);

// Every figure of the table with its part and its whole, unrounded, under the names of the other downloads.
/** @type {(order: number[], says: string) => FileRows} */
export const unitFile = (order, says) => {
  /** @type {Map<string, (index: number) => FileCell>} */
  const columns = new Map();
  /** @type {(name: string, cell: (index: number) => FileCell) => void} */
  const add = (name, cell) => void (name && !columns.has(name) && columns.set(name, cell));
  add("id", (index) => model.shapes.id[index]);
  add("name", (index) => model.shapes.name[index]);
  for (const [name, of] of Object.entries(model.start.figures)) {
    if (!of.table.length) continue;
    for (const field of FIELDS) add(of[field], (index) => figure(name, index)[field]);
    add(of.status && `${of.status}_status`, (index) => figure(name, index).status);
  }
  add("minutes_since_last_visit", newestOf);
  return labelled(
    [...columns.keys()],
    order.map((index) => [...columns.values()].map((cell) => cell(index))),
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
