// The same picture as a table: units as dressed on the map, or the stations inside the window with their states.
import { all, byId, el, inkOf, inputsNamed } from "../dom.js";
import { offerCsv } from "../csv-file.js";
import { filled, number } from "../language.js";
import { failed } from "../tooltip.js";
import { clock } from "./clock.js";
import { model, onPaint, timed, titleOf } from "./desk-model.js";
import { ask } from "./desk-resources.js";
import { change, choiceKey, follow, state } from "./desk-state.js";
import { inWindow } from "./map-place.js";
import { ranked } from "./side-lists.js";
import { picture, shapeOf } from "./state-symbols.js";
import { findingText, stationColumns, stationFile, unitColumns, unitFile } from "./table-columns.js";
import { dress } from "./unit-appearance.js";

const MOST_ROWS = 500;
const WAIT_MS = 160;
// What is asked of either table; "" is the order it comes in.
const wish = { find: "", sort: "", isFalling: false };

/** @type {(cells: Child[]) => HTMLElement} */
const row = (cells) =>
  el(
    "tr",
    null,
    ...cells.map((cell, i) => (i ? el("td", { class: typeof cell === "object" ? "" : "num" }, cell) : el("th", { scope: "row" }, cell))),
  );

const compare = new Intl.Collator(undefined, { numeric: true }).compare;
/** @type {(a: string | number | null, b: string | number | null, turn: number) => number} */
const before = (a, b, turn) => {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return turn * (typeof a === "string" && typeof b === "string" ? compare(a, b) : Number(a) - Number(b));
};

// The units that are wanted, in the order that is wanted.
/** @type {(columns: UnitTableColumn[]) => number[]} */
const unitOrder = (columns) => {
  const text = wish.find.toLocaleLowerCase();
  /** @type {(index: number) => boolean} */
  const says = (index) => columns.some((column) => column.text(index).toLocaleLowerCase().includes(text));
  const order = text ? ranked().filter(says) : ranked();
  const column = columns[Number(wish.sort)];
  if (!wish.sort || !column) return order;
  const value = new Map(order.map((index) => [index, column.by(index)]));
  return order.sort((a, b) => before(value.get(a) ?? null, value.get(b) ?? null, wish.isFalling ? -1 : 1));
};

/** @type {(columns: UnitTableColumn[], index: number) => HTMLElement} */
const unitRow = (columns, index) => {
  const element = row(columns.map((column) => column.text(index)));
  element.dataset.fill = dress(index).fill;
  return element;
};

/** @type {() => string} */
const captionText = () => `${byId("caption-main").textContent} ${byId("caption-more").textContent}`;

/** @type {(order?: number[]) => Table} */
const units = (order) => {
  const words = model.start.words;
  const columns = unitColumns();
  const wanted = order ?? unitOrder(columns);
  return {
    title: words.tableUnits,
    head: columns.map(({ title }, i) => ({ key: String(i), title })),
    rows: wanted.slice(0, MOST_ROWS).map((index) => unitRow(columns, index)),
    of: wanted.length,
    note: `${captionText()} ${words.interval}: ${model.start.interval}.`,
    file: async () => unitFile(wanted, captionText()),
  };
};

/** @type {(station: StationRow) => HTMLElement} */
const stationRow = (station) => {
  const link = el(
    "button",
    { type: "button", class: "link", onclick: () => change({ table: "", station: station.id, open: "" }) },
    station.id,
  );
  const element = row([
    link,
    station.area,
    el("span", { class: "tag" }, picture(shapeOf(station.state, station.severity), 14), titleOf(station.state)),
    station.state === "finding" ? model.start.severities[station.severity] : "–",
    clock(station.minute) || "–",
    station.teams || "–",
    findingText(station),
  ]);
  element.dataset.state = station.state;
  return element;
};

/** @type {(more?: string) => Promise<StationList>} */
const askStations = (more = "") => {
  const query = new URLSearchParams({ find: wish.find, sort: wish.sort, falling: wish.isFalling ? "1" : "" });
  return ask("inside", `${choiceKey()}&${inWindow()}${timed()}&off=${state.off.join(",")}&${query}${more}`);
};

/** @type {() => Promise<Table>} */
const stations = async () => {
  const answer = await askStations();
  const { codes, states, words } = model.start;
  const counts = states.map(({ name, title }) => ({ title, n: answer.states[codes.indexOf(name)] ?? 0 })).filter(({ n }) => n);
  return {
    title: words.tableStations,
    head: stationColumns(),
    rows: answer.rows.map(stationRow),
    of: answer.total,
    note: counts.map(({ title, n }) => `${title}: ${number(n)}`).join(" · "),
    file: async () => {
      const list = await askStations("&file=1");
      const part = list.rows.length < list.total ? filled(words.showing, { x: number(list.rows.length), y: number(list.total) }) : "";
      return stationFile(list, [captionText(), part].filter(Boolean).join(" "));
    },
  };
};

// A copy for paper: one of a canvas has its size and nothing on it.
/** @type {(list: HTMLElement) => ChildNode[]} */
const copied = (list) => {
  const copy = el("div", null, ...[...list.childNodes].map((node) => node.cloneNode(true)));
  const originals = list.querySelectorAll("canvas");
  copy.querySelectorAll("canvas").forEach((canvas, i) => inkOf(canvas).drawImage(originals[i], 0, 0));
  return [...copy.childNodes];
};

// On paper the whole table follows the map, and the list that was open after it.
const paper = () => {
  const content = units(ranked());
  const list = state.tab === "areas" ? [] : copied(byId("list"));
  const names = content.head.map(({ title }) => el("th", { scope: "col" }, title));
  byId("paper").replaceChildren(
    el("h2", null, content.title),
    el("p", { class: "small" }, content.note),
    el("table", null, el("thead", null, el("tr", null, ...names)), el("tbody", null, ...content.rows)),
    el("div", { class: "paper-list" }, ...list),
  );
};

// A click sorts, the next turns the order round, the third returns to the order of the map.
/** @type {(key: string) => void} */
const sortBy = (key) => {
  if (wish.sort !== key) Object.assign(wish, { sort: key, isFalling: false });
  else if (wish.isFalling) Object.assign(wish, { sort: "", isFalling: false });
  else wish.isFalling = true;
};

/** @type {Table | null} */
let shown = null;
const head = el("tr");
const body = el("tbody");

// The buttons stay while the same columns are shown, and with them the focus.
/** @type {(columns: Table["head"]) => void} */
const drawHead = (columns) => {
  const titles = columns.map(({ title }) => title).join("\n");
  if (head.dataset.titles !== titles) {
    /** @type {(key: string) => () => void} */
    const sorted = (key) => () => {
      sortBy(key);
      draw();
    };
    const cells = columns.map(({ key, title }) =>
      el("th", { scope: "col", "data-key": key }, el("button", { type: "button", onclick: sorted(key) }, title)),
    );
    head.replaceChildren(...cells);
    head.dataset.titles = titles;
  }
  for (const cell of all("th", head))
    cell.ariaSort = cell.dataset.key === wish.sort ? (wish.isFalling ? "descending" : "ascending") : "none";
};

let drawing = 0;
const draw = async () => {
  if (!state.table || !model.tally) return;
  drawing += 1;
  const ticket = drawing;
  try {
    const content = state.table === "stations" ? await stations() : units();
    if (ticket !== drawing) return;
    shown = content;
  } catch (error) {
    console.warn(error);
    failed();
    return;
  }
  const { title, note, of, rows } = shown;
  byId("table-title").textContent = title;
  const part = rows.length < of ? filled(model.start.words.showing, { x: number(rows.length), y: number(of) }) : "";
  byId("table-note").textContent = [of ? note : model.start.words.noResult, part].filter(Boolean).join(" ");
  drawHead(shown.head);
  // the same rows are not taken from under a pointer, nor from whoever stands on one
  if (rows.length !== body.children.length || rows.some((made, i) => !made.isEqualNode(body.children[i]))) body.replaceChildren(...rows);
  byId("table").dataset.shown = [state.table, wish.sort, wish.isFalling ? "falling" : "", wish.find].join("/");
};

// What narrows the table, and what takes it along.
const tools = () => {
  const find = byId("table-find");
  let timer = 0;
  find.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      wish.find = find.value.trim();
      draw();
    }, WAIT_MS);
  });
  byId("table-file").addEventListener("click", () => {
    const name = `${location.pathname.split("/").at(-4)}-${state.table}-desk-${model.start.version}.csv`;
    shown?.file().then((file) => offerCsv(name, file), failed);
  });
  for (const input of inputsNamed("rows"))
    input.addEventListener("change", () => change({ table: input.value === "stations" ? "stations" : "units" }));
};

export const table = () => {
  addEventListener("beforeprint", paper);
  const box = byId("table");
  byId("table-body").append(el("thead", null, head), body);
  byId("table-close").addEventListener("click", () => change({ table: "" }));
  box.addEventListener("close", () => state.table && change({ table: "" }));
  tools();
  follow((now, was) => {
    if (was ? was.table === now.table : !now.table) return;
    for (const input of inputsNamed("rows")) input.checked = input.value === now.table;
    if (was && was.table && now.table) Object.assign(wish, { sort: "", isFalling: false }); // other columns
    if (now.table && !box.open) {
      box.showModal();
      inputsNamed("rows").find((input) => input.checked)?.focus(); // a browser takes the first there is
    }
    if (!now.table && box.open) box.close();
    draw();
  });
  onPaint(draw);
  addEventListener("stations", draw);
};
