// Overdue assignments by team, and of one area if asked for: what is due elsewhere is hidden, nothing is fetched again.
import { el } from "../dom.js";
import { filled, number, plural } from "../words.js";
import { duration } from "./lists.js";
import { model } from "./model.js";

let chosen = ""; // name of an area, kept while the page is open

const card = (team, goTo) => {
  const said = model.start.words;
  const contact = team.silentMinutes === null ? said.neverContact : filled(said.lastContact, { time: team.lastContact, ago: duration(team.silentMinutes) });
  const row = (one) => el("li", { "data-area": one.area }, goTo(one.station), ` ${one.area} · ${one.stage} · ${filled(said.due, { time: one.due })} · `, el("b", null, filled(said.late, { ago: duration(one.minutesLate) })));
  return el(
    "li",
    { class: "item is-late" },
    el("div", { class: "item-head" }, el("b", null, team.team), el("b", { class: "n" })),
    el("p", { class: "small" }, `${contact} · ${team.nextDue ? filled(said.nextDue, { time: team.nextDue }) : said.noneDue}`),
    el("ul", { class: "sub" }, ...team.rows.map(row)),
  );
};

const narrow = (cards) => {
  for (const one of cards) {
    const rows = [...one.querySelectorAll("[data-area]")];
    for (const row of rows) row.hidden = chosen !== "" && row.dataset.area !== chosen;
    const n = rows.filter((row) => !row.hidden).length;
    one.hidden = !n;
    one.querySelector(".n").textContent = plural(model.start.words.overdueOf, n);
  }
};

const picker = (teams, cards) => {
  const said = model.start.words;
  const counts = new Map();
  for (const team of teams) for (const { area } of team.rows) counts.set(area, (counts.get(area) ?? 0) + 1);
  if (!counts.has(chosen)) chosen = "";
  if (counts.size < 2) return "";
  const names = [...counts].sort(([a], [b]) => a.localeCompare(b));
  const total = names.reduce((sum, [, n]) => sum + n, 0);
  const select = el("select", { "aria-label": said.area, onchange: () => { chosen = select.value; narrow(cards); } }, el("option", { value: "" }, `${said.allAreas} (${number(total)})`), ...names.map(([name, n]) => el("option", { value: name }, `${name} (${number(n)})`)));
  select.value = chosen;
  return el("p", { class: "pick" }, select);
};

// The parts of the list: the picker, if there is a choice, and the cards.
export const overdueParts = (teams, goTo) => {
  const cards = teams.map((team) => card(team, goTo));
  const pick = picker(teams, cards);
  narrow(cards);
  return [pick, el("ol", { class: "items" }, ...cards)];
};
