// One team of the plan: its day in stops, and everything a coordinator can change about them.
import { el } from "../dom.js";
import { filled, number, plural } from "../language.js";
import { duration } from "./clock.js";
import { change as changePlan, isUnderway, nextBest, routes, started, tell } from "./routes-store.js";
import { change } from "./desk-state.js";

const words = () => started().words;

// What a stop adds to coverage, in words.
/** @type {(gain: number) => string} */
const gainOf = (gain) => filled(words().gain, { n: number(Math.round(gain * 10) / 10) });

// While the server works a second question waits; a disabled button would lose the focus.
/** @type {(ask: () => unknown) => () => void} */
export const onceIdle = (ask) => () => !isUnderway() && ask();
export const busy = () => (isUnderway() ? "true" : null);

// A button that keeps its focus when the panel is drawn again: `key` says which one it is.
/** @type {(key: string, title: string, ask: () => unknown, more?: Attributes) => HTMLElement} */
export const act = (key, title, ask, more = {}) =>
  el("button", { type: "button", class: "small-button", "data-key": key, "aria-disabled": busy(), onclick: onceIdle(ask), ...more }, title);

/** @type {Set<string>} */
const opened = new Set(); // stops whose buttons are shown
/** @type {Map<string, NextOrWhy>} */
const nextStations = new Map(); // team → its next best stations

/** @type {(team: TeamValues, station: string, step: number) => Promise<void>} */
const order = (team, station, step) => {
  const rest = team.stops.filter((stop) => !stop.is_begun).map((stop) => stop.station_id);
  const at = rest.indexOf(station);
  [rest[at], rest[at + step]] = [rest[at + step], rest[at]];
  return changePlan([{ kind: "reorder", team_id: team.team_id, stations: rest }]);
};

/** @type {(team: TeamValues, stop: StopValues) => HTMLElement} */
const buttons = (team, stop) => {
  const id = stop.station_id;
  /** @type {(kind: string, title: string, more?: Record<string, unknown>) => HTMLElement} */
  const button = (kind, title, more = {}) => act(`${kind} ${id}`, title, () => changePlan([{ kind, station_id: id, ...more }]));
  const rest = team.stops.filter((other) => !other.is_begun);
  const at = rest.indexOf(stop);
  /** @type {(to: number) => boolean} */
  const isMovable = (to) => rest[to] && rest[to].service === stop.service && stop.service === "voting";
  return el(
    "div",
    { class: "stop-tools", role: "group", "aria-label": id },
    isMovable(at - 1) ? act(`earlier ${id}`, `↑ ${words().earlier}`, () => order(team, id, -1)) : "",
    isMovable(at + 1) ? act(`later ${id}`, `↓ ${words().later}`, () => order(team, id, 1)) : "",
    button("exclude", words().exclude),
    button("closed", words().closed),
    button("incident", words().incident, { is_security: false }),
    act(`safety ${id}`, words().security, () => changePlan([{ kind: "incident", station_id: id, is_security: true }])),
  );
};

/** @type {(team: TeamValues, stop: StopValues, index: number) => HTMLElement} */
const stopRow = (team, stop, index) => {
  const id = stop.station_id;
  const isOpen = opened.has(id);
  const lock = stop.is_locked
    ? act(`lock ${id}`, words().unlock, () => changePlan([{ kind: "unlock", station_id: id }]), {
        "aria-pressed": "true",
        "aria-label": `${words().unlock}: ${id}`,
      })
    : act(`lock ${id}`, words().lock, () => changePlan([{ kind: "lock", team_id: team.team_id, station_id: id, service: stop.service }]), {
        "aria-pressed": "false",
        "aria-label": `${words().lock}: ${id}`,
      });
  const more = act(
    `more ${id}`,
    isOpen ? words().less : words().more,
    () => {
      if (!opened.delete(id)) opened.add(id);
      tell();
    },
    { "aria-expanded": String(isOpen), "aria-label": `${isOpen ? words().less : words().more}: ${id}` },
  );
  const marks = [started().services[stop.service], stop.is_begun ? words().begun : "", stop.is_locked ? words().locked : ""].filter(
    Boolean,
  );
  return el(
    "li",
    { class: stop.is_begun ? "stop is-begun" : "stop" },
    el("span", { class: stop.is_locked ? "stop-number is-locked" : "stop-number", "aria-hidden": "true" }, String(index + 1)),
    el(
      "div",
      { class: "stop-what" },
      el(
        "p",
        null,
        el("b", null, stop.begin),
        `–${stop.leave} `,
        el("button", { type: "button", class: "link", "data-key": `go ${id}`, onclick: () => change({ station: id, open: "" }) }, id),
      ),
      el("p", { class: "small" }, [stop.settlement, ...marks].filter(Boolean).join(" · ")),
      el(
        "p",
        { class: "small" },
        `${filled(words().drive, { minutes: duration(stop.minutes.drive) })} · `,
        el("span", { title: words().gainSays }, gainOf(stop.gain)),
      ),
    ),
    stop.is_begun ? "" : el("div", { class: "stop-end" }, lock, more),
    isOpen && !stop.is_begun ? buttons(team, stop) : "",
  );
};

/** @type {(team: TeamValues) => HTMLElement} */
const lateForm = (team) => {
  const minutes = el("input", {
    type: "number",
    min: 5,
    max: 600,
    step: 5,
    value: 30,
    "data-key": `minutes ${team.team_id}`,
    "aria-label": `${words().late} (${words().minutes})`,
  });
  return el(
    "form",
    {
      class: "late",
      onsubmit: (event) => (
        event.preventDefault(),
        onceIdle(() => changePlan([{ kind: "late", team_id: team.team_id, minutes: Number(minutes.value) }]))()
      ),
    },
    el("span", null, words().late),
    minutes,
    el("span", null, words().minutes),
    el("button", { type: "submit", class: "small-button", "data-key": `late ${team.team_id}`, "aria-disabled": busy() }, words().replan),
  );
};

/** @type {(team: TeamValues, station: NextStationValues) => HTMLElement} */
const nextRow = (team, station) => {
  const visits = station.visits ? filled(words().visitsBefore, { n: number(station.visits) }) : words().firstVisit;
  const way = { ...station, km: number(Math.round(station.km)), drive: duration(station.drive), visits };
  return el(
    "li",
    { class: "stop" },
    el(
      "div",
      { class: "stop-what" },
      el(
        "p",
        null,
        el(
          "button",
          { type: "button", class: "link", "data-key": `look ${station.id}`, onclick: () => change({ station: station.id, open: "" }) },
          station.id,
        ),
      ),
      el("p", { class: "small" }, [station.settlement, station.area].filter(Boolean).join(" · ")),
      el(
        "p",
        { class: "small" },
        `${filled(words().nextRow, way)} · ${gainOf(station.gain)}`,
      ),
    ),
    el(
      "div",
      { class: "stop-end" },
      act(`take ${station.id}`, words().take, () =>
        changePlan([{ kind: "lock", team_id: team.team_id, station_id: station.id, service: station.service }]),
      ),
    ),
  );
};

/** @type {(team: TeamValues) => Child} */
const next = (team) => {
  const near = nextStations.get(team.team_id);
  const ask = async () => {
    nextStations.set(team.team_id, await nextBest(team.team_id));
    tell();
  };
  const button = started().now ? act(`next ${team.team_id}`, words().next, ask) : "";
  if (!near) return button;
  const rows = near.rows.length
    ? el("ol", { class: "stops" }, ...near.rows.map((station) => nextRow(team, station)))
    : el("p", { class: "small" }, near.message || words().nextNone);
  return el("div", null, button, el("p", { class: "small" }, words().nextFrom), rows);
};

/** @type {(team: TeamValues, index: number) => HTMLElement} */
const teamDay = (team, index) => {
  const [from, to] = team.shift;
  const distance = filled(words().distance, { km: number(Math.round(team.km)) });
  return el(
    "div",
    { class: "team-part" },
    el(
      "p",
      { class: "small" },
      [filled(words().shift, { from, to }), filled(words().back, { time: team.back }), distance].join(" · "),
    ),
    el("ol", { class: "stops" }, ...team.stops.map((stop, i) => stopRow(team, stop, i))),
    lateForm(team),
    next(team),
    el(
      "p",
      { class: "small files" },
      el(
        "a",
        {
          href: `routes/sheets/?team=${encodeURIComponent(team.team_id)}`,
          target: "_blank",
          rel: "noopener",
          "data-key": `sheet ${team.team_id}`,
        },
        words().sheet,
      ),
      " · ",
      el("a", { href: `routes/files/team-${index + 1}.gpx`, download: "" }, "GPX"),
      " · ",
      el("a", { href: `routes/files/team-${index + 1}.ics`, download: "" }, "iCalendar"),
    ),
  );
};

// A team's line in the list; opened, its whole day below.
/** @type {(team: TeamValues, index: number) => HTMLElement} */
export const teamRow = (team, index) => {
  const isOpen = routes.team === team.team_id;
  const stops = team.stops.length;
  const says = stops
    ? filled(words().day, { first: team.stops[0].begin, last: team.stops[stops - 1].leave, minutes: duration(team.drive_minutes) })
    : words().noStop;
  return el(
    "li",
    { class: isOpen ? "team is-open" : "team" },
    el(
      "button",
      {
        type: "button",
        class: "team-head",
        "data-key": `team ${team.team_id}`,
        "aria-expanded": String(isOpen),
        onclick: () => tell({ team: isOpen ? "" : team.team_id }),
      },
      el("b", null, team.team_id),
      el("span", { class: "small" }, says),
      el("span", { class: "n" }, plural(words().stops, stops)),
    ),
    isOpen ? teamDay(team, index) : "",
  );
};
