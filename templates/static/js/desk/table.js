// The same picture as a table: units as dressed on the map, or the stations inside the window with their states.
import { byId, el } from "../dom.js";
import { filled, number, percent } from "../words.js";
import { dress, statusWord, valueText } from "./classes.js";
import { clock } from "./clock.js";
import { duration, ranked } from "./lists.js";
import { figure, model, onPaint } from "./model.js";
import { change, follow, state } from "./state.js";
import { picture, shapeOf } from "./symbols.js";

const MOST_ROWS = 500;

const row = (cells) => el("tr", null, ...cells.map((cell, i) => (i ? el("td", { class: typeof cell === "object" ? "" : "num" }, cell) : el("th", { scope: "row" }, cell))));
const headed = (names) => el("thead", null, el("tr", null, ...names.map((name) => el("th", { scope: "col" }, name))));
const shareText = (k, n, value) => (n ? filled(model.start.words.ofShare, { k: number(k), n: number(n), percent: percent(value ?? k / n) }) : "–");

const unitRow = (index) => {
  const one = figure(index);
  const { start, figures } = model;
  const day = (name) => figures.columns[name]?.[index] ?? null;
  const cells = [
    model.shapes.name[index],
    one.share === null ? number(one.n) : shareText(one.n, one.stations, one.share),
    one.m ? shareText(one.k, one.m, one.rate) : "–",
    one.low === null || one.rateStatus !== "published" ? "–" : `${percent(one.low)} – ${percent(one.high)}`,
    one.rateStatus === "published" ? valueText(state.view, one) : statusWord(one.rateStatus),
    shareText(one.negative, one.assessed, one.share_negative),
    one.gap === null ? "–" : number(Math.round(one.gap * 10) / 10),
    day("age_newest") === null ? "–" : duration(day("age_newest")),
  ];
  if (model.unit === "cell") cells.push(start.hotSpot[one.hot].title);
  const made = row(cells);
  made.dataset.fill = dress(state.view, one).fill;
  return made;
};

const units = () => {
  const said = model.start.words;
  const order = ranked();
  const names = [{ area: said.area, district: said.district, cell: said.cell }[model.unit], said.visited, said.rate, said.interval, said.shown, said.assessed, said.gap, said.newest];
  if (model.unit === "cell") names.push(said.verdict);
  return { title: said.tableUnits, head: names, rows: order.slice(0, MOST_ROWS).map(unitRow), of: order.length, note: `${byId("caption-main").textContent} ${byId("caption-more").textContent} ${said.interval}: ${model.start.interval}.` };
};

const stationRow = (one) => {
  const said = model.start.states.find(({ name }) => name === one.state).title;
  const link = el("button", { type: "button", class: "link", onclick: () => change({ table: "", station: one.id, open: "" }) }, one.id);
  const made = row([link, one.area, el("span", { class: "tag" }, picture(shapeOf(one.state, one.severity), 14), said), one.state === "finding" ? model.start.severities[one.severity] : "–", clock(one.minute) || "–"]);
  made.dataset.state = one.state;
  return made;
};

const stations = async () => {
  const said = model.start.words;
  const found = await model.points.rows();
  if (!found) return { title: said.tableStations, head: [], rows: [], of: 0, note: said.loading };
  const { codes, states } = model.start;
  const counts = states.map(({ name, title }) => [title, found.states[codes.indexOf(name)] ?? 0]).filter(([, n]) => n);
  return { title: said.tableStations, head: [said.station, said.area, said.state, said.severity, said.time], rows: found.rows.slice(0, MOST_ROWS).map(stationRow), of: found.total, note: counts.map(([title, n]) => `${title}: ${number(n)}`).join(" · ") };
};

// On paper the whole table follows the map, and the list that was open after it.
const paper = () => {
  const made = units();
  const list = state.tab === "areas" ? [] : [...byId("list").childNodes].map((node) => node.cloneNode(true));
  byId("paper").replaceChildren(el("h2", null, made.title), el("p", { class: "small" }, made.note), el("table", null, headed(made.head), el("tbody", null, ...made.rows)), el("div", { class: "paper-list" }, ...list));
};

export const table = () => {
  addEventListener("beforeprint", paper);
  const box = byId("table");
  let drawing = 0;
  const draw = async () => {
    if (!state.table || !model.tally) return;
    drawing += 1;
    const mine = drawing;
    const made = state.table === "stations" ? await stations() : units();
    if (mine !== drawing) return;
    byId("table-title").textContent = made.title;
    byId("table-note").textContent = [made.note, made.rows.length < made.of ? filled(model.start.words.showing, { x: number(made.rows.length), y: number(made.of) }) : ""].filter(Boolean).join(" ");
    byId("table-body").replaceChildren(headed(made.head), el("tbody", null, ...made.rows));
  };
  byId("table-open").addEventListener("click", () => change({ table: "units" }));
  byId("table-close").addEventListener("click", () => change({ table: "" }));
  box.addEventListener("close", () => state.table && change({ table: "" }));
  for (const input of document.querySelectorAll("input[name=rows]")) input.addEventListener("change", () => change({ table: input.value }));
  const toggle = () => {
    for (const input of document.querySelectorAll("input[name=rows]")) input.checked = input.value === state.table;
    if (state.table && !box.open) box.showModal();
    if (!state.table && box.open) box.close();
    draw();
  };
  follow((now, before) => {
    if (before ? before.table !== now.table : now.table) toggle();
  });
  onPaint(draw);
  addEventListener("stations", draw);
};
