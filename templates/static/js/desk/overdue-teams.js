// Overdue assignments by team, and of one area if asked for: what is due elsewhere is hidden, nothing is fetched again.
import { all, el, only } from "../dom.js";
import { filled, number, plural } from "../language.js";
import { duration } from "./clock.js";
import { model } from "./desk-model.js";
import { change } from "./desk-state.js";

let chosen = ""; // name of an area, kept while the page is open

/** @type {(id: string) => Child} */
const teamLink = (id) => (id ? el("button", { type: "button", class: "link", onclick: () => change({ team: id }) }, id) : "");

/** @type {(team: OverdueTeam, goTo: GoTo) => HTMLElement} */
const card = (team, goTo) => {
  const words = model.start.words;
  const contact =
    team.silentMinutes === null
      ? words.neverContact
      : filled(words.lastContact, { time: team.lastContact, ago: duration(team.silentMinutes) });
  /** @type {(visit: OverdueVisit) => HTMLElement} */
  const row = (visit) =>
    el(
      "li",
      { "data-area": visit.area },
      goTo(visit.station),
      ` ${visit.area} · ${visit.stage} · ${filled(words.due, { time: visit.due })} · `,
      el("b", null, filled(words.late, { ago: duration(visit.minutesLate) })),
    );
  return el(
    "li",
    { class: "item is-late" },
    el("div", { class: "item-head" }, teamLink(team.team), el("b", { class: "n" })),
    el("p", { class: "small" }, `${contact} · ${team.nextDue ? filled(words.nextDue, { time: team.nextDue }) : words.noneDue}`),
    el("ul", { class: "sub" }, ...team.rows.map(row)),
    team.team ? el("div", { class: "small call", "data-call": team.team }) : "",
  );
};

/** @type {(cards: HTMLElement[]) => void} */
const narrow = (cards) => {
  for (const item of cards) {
    const rows = all("[data-area]", item);
    for (const row of rows) row.hidden = chosen !== "" && row.dataset.area !== chosen;
    const n = rows.filter((row) => !row.hidden).length;
    item.hidden = !n;
    only(".n", item).textContent = plural(model.start.words.overdueOf, n);
  }
};

/** @type {(teams: OverdueTeam[], cards: HTMLElement[]) => Child} */
const picker = (teams, cards) => {
  const words = model.start.words;
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const team of teams) for (const { area } of team.rows) counts.set(area, (counts.get(area) ?? 0) + 1);
  if (!counts.has(chosen)) chosen = "";
  if (counts.size < 2) return "";
  const names = [...counts].sort(([a], [b]) => a.localeCompare(b));
  const total = names.reduce((sum, [, n]) => sum + n, 0);
  const select = el(
    "select",
    {
      "aria-label": words.area,
      onchange: () => {
        chosen = select.value;
        narrow(cards);
      },
    },
    el("option", { value: "" }, `${words.allAreas} (${number(total)})`),
    ...names.map(([name, n]) => el("option", { value: name }, `${name} (${number(n)})`)),
  );
  select.value = chosen;
  return el("p", { class: "pick" }, select);
};

// The parts of the list: the picker, if there is a choice, and the cards.
/** @type {(teams: OverdueTeam[], goTo: GoTo) => Child[]} */
export const overdueParts = (teams, goTo) => {
  const cards = teams.map((team) => card(team, goTo));
  const pick = picker(teams, cards);
  narrow(cards);
  return [pick, el("ol", { class: "items" }, ...cards)];
};
