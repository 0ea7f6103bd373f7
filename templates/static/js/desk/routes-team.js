// One team of the plan: its day in stops, and everything a coordinator can change about them.
import { el } from "../dom.js";
import { filled, number, plural } from "../words.js";
import { duration } from "./lists.js";
import { change as asked, isUnderway, nextBest, routes, tell } from "./routes-store.js";
import { change } from "./state.js";

const said = () => routes.start.words;

// While the server works a second question waits; a disabled button would lose the focus.
export const onceIdle = (ask) => () => !isUnderway() && ask();
export const busy = () => (isUnderway() ? "true" : null);

// A button that keeps its focus when the panel is drawn again: `key` says which one it is.
export const act = (key, title, ask, more = {}) => el("button", { type: "button", class: "small-button", "data-key": key, "aria-disabled": busy(), onclick: onceIdle(ask), ...more }, title);

const opened = new Set(); // stops whose buttons are shown
const found = new Map(); // team → its next best stations

const order = (team, station, step) => {
  const rest = team.stops.filter((stop) => !stop.is_begun).map((stop) => stop.station_id);
  const at = rest.indexOf(station);
  [rest[at], rest[at + step]] = [rest[at + step], rest[at]];
  return asked([{ kind: "reorder", team_id: team.team_id, stations: rest }]);
};

const buttons = (team, stop) => {
  const id = stop.station_id;
  const one = (kind, title, more = {}) => act(`${kind} ${id}`, title, () => asked([{ kind, station_id: id, ...more }]));
  const rest = team.stops.filter((other) => !other.is_begun);
  const at = rest.indexOf(stop);
  const isMovable = (to) => rest[to] && rest[to].service === stop.service && stop.service === "voting";
  return el(
    "div",
    { class: "stop-tools", role: "group", "aria-label": id },
    isMovable(at - 1) ? act(`earlier ${id}`, `↑ ${said().earlier}`, () => order(team, id, -1)) : "",
    isMovable(at + 1) ? act(`later ${id}`, `↓ ${said().later}`, () => order(team, id, 1)) : "",
    one("exclude", said().exclude),
    one("closed", said().closed),
    one("incident", said().incident, { is_security: false }),
    act(`safety ${id}`, said().security, () => asked([{ kind: "incident", station_id: id, is_security: true }])),
  );
};

const stopRow = (team, stop, index) => {
  const id = stop.station_id;
  const isOpen = opened.has(id);
  const lock = stop.is_locked
    ? act(`lock ${id}`, said().unlock, () => asked([{ kind: "unlock", station_id: id }]), { "aria-pressed": "true", "aria-label": `${said().unlock}: ${id}` })
    : act(`lock ${id}`, said().lock, () => asked([{ kind: "lock", team_id: team.team_id, station_id: id, service: stop.service }]), { "aria-pressed": "false", "aria-label": `${said().lock}: ${id}` });
  const more = act(`more ${id}`, isOpen ? said().less : said().more, () => {
    if (!opened.delete(id)) opened.add(id);
    tell();
  }, { "aria-expanded": String(isOpen), "aria-label": `${isOpen ? said().less : said().more}: ${id}` });
  const marks = [routes.start.services[stop.service], stop.is_begun ? said().begun : "", stop.is_locked ? said().locked : ""].filter(Boolean);
  return el(
    "li",
    { class: stop.is_begun ? "stop is-begun" : "stop" },
    el("span", { class: stop.is_locked ? "stop-number is-locked" : "stop-number", "aria-hidden": "true" }, String(index + 1)),
    el("div", { class: "stop-what" },
      el("p", null, el("b", null, stop.begin), `–${stop.leave} `, el("button", { type: "button", class: "link", "data-key": `go ${id}`, onclick: () => change({ station: id, open: "" }) }, id)),
      el("p", { class: "small" }, [stop.settlement, ...marks].filter(Boolean).join(" · ")),
      el("p", { class: "small" }, `${filled(said().drive, { minutes: duration(stop.minutes.drive) })} · `, el("span", { title: said().gainSays }, filled(said().gain, { n: number(Math.round(stop.gain * 10) / 10) }))),
    ),
    stop.is_begun ? "" : el("div", { class: "stop-end" }, lock, more),
    isOpen && !stop.is_begun ? buttons(team, stop) : "",
  );
};

const lateForm = (team) => {
  const minutes = el("input", { type: "number", min: 5, max: 600, step: 5, value: 30, "data-key": `minutes ${team.team_id}`, "aria-label": `${said().late} (${said().minutes})` });
  return el(
    "form",
    { class: "late", onsubmit: (event) => (event.preventDefault(), onceIdle(() => asked([{ kind: "late", team_id: team.team_id, minutes: Number(minutes.value) }]))()) },
    el("span", null, said().late), minutes, el("span", null, said().minutes),
    el("button", { type: "submit", class: "small-button", "data-key": `late ${team.team_id}`, "aria-disabled": busy() }, said().replan),
  );
};

const nextRow = (team, one) =>
  el(
    "li",
    { class: "stop" },
    el("div", { class: "stop-what" },
      el("p", null, el("button", { type: "button", class: "link", "data-key": `look ${one.id}`, onclick: () => change({ station: one.id, open: "" }) }, one.id)),
      el("p", { class: "small" }, [one.settlement, one.area].filter(Boolean).join(" · ")),
      el("p", { class: "small" }, `${filled(said().nextRow, { drive: duration(one.drive), begin: one.begin, visits: one.visits ? filled(said().visitsBefore, { n: number(one.visits) }) : said().firstVisit })} · ${filled(said().gain, { n: number(Math.round(one.gain * 10) / 10) })}`),
    ),
    el("div", { class: "stop-end" }, act(`take ${one.id}`, said().take, () => asked([{ kind: "lock", team_id: team.team_id, station_id: one.id, service: one.service }]))),
  );

const next = (team) => {
  const near = found.get(team.team_id);
  const ask = async () => {
    found.set(team.team_id, await nextBest(team.team_id));
    tell();
  };
  const button = routes.start.now ? act(`next ${team.team_id}`, said().next, ask) : "";
  if (!near) return button;
  const rows = near.rows.length ? el("ol", { class: "stops" }, ...near.rows.map((one) => nextRow(team, one))) : el("p", { class: "small" }, near.message || said().nextNone);
  return el("div", null, button, el("p", { class: "small" }, said().nextFrom), rows);
};

const part = (team, index) =>
  el(
    "div",
    { class: "team-part" },
    el("p", { class: "small" }, `${filled(said().shift, { from: team.shift[0], to: team.shift[1] })} · ${filled(said().back, { time: team.back })} · ${number(Math.round(team.km))} km`),
    el("ol", { class: "stops" }, ...team.stops.map((stop, i) => stopRow(team, stop, i))),
    lateForm(team),
    next(team),
    el("p", { class: "small files" },
      el("a", { href: `routes/sheets/?team=${encodeURIComponent(team.team_id)}`, target: "_blank", rel: "noopener", "data-key": `sheet ${team.team_id}` }, said().sheet), " · ",
      el("a", { href: `routes/files/team-${index + 1}.gpx`, download: "" }, "GPX"), " · ",
      el("a", { href: `routes/files/team-${index + 1}.ics`, download: "" }, "iCalendar")),
  );

// A team's line in the list; opened, its whole day below.
export const teamRow = (team, index) => {
  const isOpen = routes.team === team.team_id;
  const stops = team.stops.length;
  const says = stops ? filled(said().day, { first: team.stops[0].begin, last: team.stops[stops - 1].leave, minutes: duration(team.drive_minutes) }) : said().noStop;
  return el(
    "li",
    { class: isOpen ? "team is-open" : "team" },
    el("button", { type: "button", class: "team-head", "data-key": `team ${team.team_id}`, "aria-expanded": String(isOpen), onclick: () => tell({ team: isOpen ? "" : team.team_id }) },
      el("b", null, team.team_id), el("span", { class: "small" }, says), el("span", { class: "n" }, plural(said().stops, stops))),
    isOpen ? part(team, index) : "",
  );
};
