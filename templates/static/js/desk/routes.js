// The tab of routes: ask for a plan, see what it changes, change it. The map's lines are in routes-map.js.
import { byId, el } from "../dom.js";
import { filled, language, number, percent } from "../words.js";
import { duration } from "./lists.js";
import { model } from "./model.js";
import { cancel, change, isUnderway, load, onRoutes, plan, routes, tell, undo } from "./routes-store.js";
import { act, busy, onceIdle, teamRow } from "./routes-team.js";
import { windowOf } from "./routes-map.js";

const SECONDS = [5, 10, 20, 30];
const said = () => routes.start.words;
const decimals = new Intl.NumberFormat(language === "kk" ? "ru" : language, { minimumFractionDigits: 3, maximumFractionDigits: 3 });

let root = null;
let map = null;
const asked = { team: "", from: "", seconds: 20, area: "", incidents: false }; // what the form holds

const option = (value, title, chosen) => el("option", { value, selected: value === chosen }, title);

const field = (title, name, ...options) =>
  el("label", { class: "field" }, el("span", null, title), el("select", { "data-key": `ask ${name}`, onchange: (event) => (asked[name] = event.target.value) }, ...options));

// No-go areas of the plan there is stay in force for a new one; so do its locks and exclusions.
const ask = () => {
  const before = routes.plan?.ask ?? {};
  const kept = Object.fromEntries(["no_go", "no_go_areas", "excluded", "locked"].map((name) => [name, before[name] ?? []]));
  const areas = asked.area && !kept.no_go_areas.includes(asked.area) ? [...kept.no_go_areas, asked.area] : kept.no_go_areas;
  const isOne = Boolean(asked.team);
  return plan(
    { ...kept, no_go_areas: areas, locked: isOne ? kept.locked.filter((pin) => pin.team_id === asked.team) : kept.locked, teams: isOne ? [asked.team] : [], now: asked.from === "now" ? routes.start.now : null, incident_bonus: asked.incidents ? 1 : 0 },
    Number(asked.seconds),
  );
};

const form = () => {
  const { start } = routes;
  if (!asked.from) asked.from = start.now ? "now" : "day";
  return el(
    "form",
    { class: "ask", onsubmit: (event) => (event.preventDefault(), onceIdle(ask)()) },
    field(said().teams, "team", option("", `${said().allTeams} (${number(start.teams.length)})`, asked.team), ...start.teams.map((team) => option(team.id, [team.id, ...team.areas].join(" · "), asked.team))),
    start.now ? field(said().when, "from", option("now", filled(said().fromNow, { time: start.now }), asked.from), option("day", said().wholeDay, asked.from)) : "",
    field(said().noGoArea, "area", option("", said().noArea, asked.area), ...start.areas.map((area) => option(area.id, area.name, asked.area))),
    field(said().seconds, "seconds", ...SECONDS.map((n) => option(String(n), filled(said().secondsOf, { n: number(n) }), String(asked.seconds)))),
    el("label", { class: "check" }, el("input", { type: "checkbox", "data-key": "ask incidents", checked: asked.incidents, onchange: (event) => (asked.incidents = event.target.checked) }), said().incidents),
    el("button", { type: "submit", class: "primary", "data-key": "plan", "aria-disabled": busy() }, routes.plan ? said().again : said().plan),
  );
};

const sentence = ({ gain }) => (gain.gaps === null ? filled(said().visits, { n: number(gain.stations), first: number(gain.cells_first_visited) }) : filled(said().closes, { closed: number(gain.closed), gaps: number(gain.gaps) }));

const status = () => {
  if (routes.status === "waiting") return said().waiting;
  if (routes.status === "running") return filled(said().running, { share: percent(routes.share) });
  if (routes.status === "cancelled") return said().cancelled;
  if (routes.status === "failed") return routes.message === "busy" ? said().busy : filled(said().failed, { why: routes.message });
  if (routes.status === "done" && routes.plan) return filled(routes.saying === "changed" ? said().changed : said().done, { says: sentence(routes.plan) });
  return "";
};

const underway = () =>
  isUnderway() ? el("div", { class: "underway" }, el("progress", { max: 1, value: routes.share, "aria-label": status() }), el("button", { type: "button", class: "small-button", "data-key": "cancel", onclick: cancel }, said().stop)) : "";

const row = (title, before, after) => el("tr", null, el("th", { scope: "row" }, title), el("td", null, before), el("td", null, after));
const orNone = (value, show) => (value === null ? "–" : show(value));

const compared = ({ gain, travel }) => {
  const way = travel.source === "estimate" ? filled(said().estimate, { hours: duration(gain.minutes), low: duration(gain.minutes_low), high: duration(gain.minutes_high), km: number(Math.round(gain.km)) }) : `${duration(gain.minutes)}, ${number(Math.round(gain.km))} km`;
  const visited = gain.areas.reduce((sum, area) => sum + area.visited, 0);
  return el(
    "table",
    { class: "compare" },
    el("caption", null, said().compare),
    el("thead", null, el("tr", null, el("td"), el("th", { scope: "col" }, said().before), el("th", { scope: "col" }, said().after))),
    el("tbody", null,
      gain.gaps === null ? "" : row(said().gapVisits, number(gain.gaps), number(gain.gaps - gain.closed)),
      row(said().stations, number(visited), number(visited + gain.stations)),
      row(said().duncan, orNone(gain.duncan_before, decimals.format), orNone(gain.duncan_after, decimals.format)),
      row(said().cells, "–", number(gain.cells_first_visited)),
      row(said().underway, "–", way)),
  );
};

const byArea = ({ gain }) => {
  const names = new Map(routes.start.areas.map((area) => [area.id, area.name]));
  const rows = gain.areas.map((area) => el("tr", null, el("th", { scope: "row" }, names.get(area.area_id) ?? area.area_id), el("td", null, orNone(area.fair_share, (n) => number(Math.round(n * 10) / 10))), el("td", null, number(area.visited)), el("td", null, number(area.visited + area.planned)), el("td", null, orNone(area.gap_before, (n) => number(Math.round(n * 10) / 10))), el("td", null, orNone(area.gap_after, (n) => number(Math.round(n * 10) / 10)))));
  const heads = [said().fair, `${said().stations}: ${said().before}`, said().after, `${said().gapVisits}: ${said().before}`, said().after];
  return el("details", { class: "by-area" }, el("summary", { "data-key": "by area" }, said().byArea), el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": said().byArea }, el("table", null, el("thead", null, el("tr", null, el("td"), ...heads.map((one) => el("th", { scope: "col" }, one)))), el("tbody", null, ...rows))));
};

const stations = (title, ids, kind, button) => (ids.length ? el("div", { class: "small" }, el("b", null, `${title}: `), ...ids.flatMap((id, i) => [i ? ", " : "", id, " ", button ? act(`${kind} ${id}`, said().include, () => change([{ kind, station_id: id }]), { "aria-label": `${said().include}: ${id}` }) : ""])) : "");

const bounds = (found) => {
  const inForce = found.ask.no_go.length + found.ask.no_go_areas.length;
  return el(
    "div",
    { class: "bounds" },
    act("no-go here", said().noGoHere, () => change([{ kind: "no_go", polygon: windowOf(map) }])),
    inForce ? el("p", { class: "small" }, `${filled(said().noGoCount, { n: number(inForce) })} `, act("clear", said().noGoClear, () => change([{ kind: "clear_no_go" }]))) : "",
    stations(said().excluded, found.ask.excluded, "include", true),
    stations(said().closedList, found.closed, "closed", false),
  );
};

const note = (text) => el("li", { class: "small" }, text);

const tools = (found) =>
  el(
    "div",
    { class: "route-tools" },
    el("label", { class: "check" }, el("input", { type: "checkbox", "data-key": "shown", checked: routes.shown, onchange: (event) => tell({ shown: event.target.checked }) }), said().show),
    routes.canUndo ? act("undo", said().undo, undo) : "",
    el("p", { class: "small files" },
      el("a", { href: "routes/sheets/", target: "_blank", rel: "noopener", "data-key": "sheets" }, said().sheets), " · ",
      el("a", { href: "routes/files/plan.html", download: "" }, said().offline), " · ",
      el("a", { href: "routes/files/plan.json", download: "" }, "JSON"), " · ",
      el("a", { href: "routes/files/plan.geojson", download: "" }, "GeoJSON")),
    el("p", { class: "small" }, found.travel.source === "estimate" ? said().estimateSays : said().serverSays),
  );

const result = (found) => [
  compared(found), byArea(found), tools(found), bounds(found),
  found.notes.length ? el("ul", { class: "notes" }, ...found.notes.map(note)) : "",
  el("ol", { class: "teams", "aria-label": said().teams }, ...found.teams.map(teamRow)),
];

const parts = () => {
  const { start } = routes;
  if (!start) return [el("p", { class: "empty" }, model.start.words.loading)];
  if (!start.teams.length) return [el("p", { class: "empty" }, said().none)];
  const asking = routes.plan ? el("details", { class: "again" }, el("summary", { "data-key": "again" }, said().again), form()) : form();
  return [el("p", { class: "small note" }, said().says), asking, underway(), ...(routes.plan ? result(routes.plan) : [])];
};

// Drawn again after every answer: what was open stays open, what had the focus keeps it.
const draw = () => {
  const focus = root.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const open = new Set([...root.querySelectorAll("details[open] > summary")].map((one) => one.dataset.key));
  const { scrollTop } = byId("list");
  body.replaceChildren(...parts().filter((one) => one !== ""));
  for (const summary of root.querySelectorAll("summary")) summary.parentElement.open = open.has(summary.dataset.key);
  const text = routes.start && routes.start.teams.length ? status() : "";
  if (says.textContent !== text) says.textContent = text;
  says.hidden = !text;
  root.dataset.status = routes.status;
  root.dataset.version = routes.plan?.version ?? "";
  byId("list").scrollTop = scrollTop;
  if (focus === undefined) return;
  const keyed = [...root.querySelectorAll("[data-key]")];
  const again = keyed.find((one) => one.dataset.key === focus) ?? keyed.find((one) => one.dataset.key === `team ${routes.team}`);
  (again ?? root).focus({ preventScroll: true });
};

let body = null;
let says = null;
let known = "";

// The panel, one element for as long as the page lives.
export const panel = (onMap) => {
  map = onMap ?? map;
  if (!root) {
    says = el("p", { class: "plan-status", role: "status", hidden: true });
    body = el("div", { class: "routes-body" });
    root = el("section", { class: "routes", tabindex: -1, "aria-labelledby": "tab-routes" }, says, body);
    onRoutes(draw);
    draw();
  }
  if (known !== model.start.version) {
    known = model.start.version;
    load();
  }
  return root;
};
