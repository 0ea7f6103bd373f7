// The tab of routes: ask for a plan, see what it changes, change it. The map's lines are in routes-map.js.
import { all, byId, el, present, redrawn } from "../dom.js";
import { filled, language, number, percent } from "../language.js";
import { duration } from "./clock.js";
import { model } from "./desk-model.js";
import { cancel, change, isUnderway, load, onRoutes, plan, routes, started, tell, undo } from "./routes-store.js";
import { act, busy, onceIdle, teamRow } from "./routes-team.js";
import { windowOf } from "./routes-map.js";

const SECONDS = [5, 10, 20, 30];
const words = () => started().words;
const decimals = new Intl.NumberFormat(language === "kk" ? "ru" : language, { minimumFractionDigits: 3, maximumFractionDigits: 3 });

/** @type {L.Map | null} */
let map = null;
const wanted = { team: "", from: "", seconds: "20", area: "" }; // what the form holds
let hasIncidents = false; // whether reported findings draw teams

/** @type {(value: string, title: string, chosen: string) => HTMLElement} */
const option = (value, title, chosen) => el("option", { value, selected: value === chosen }, title);

/** @type {(title: string, name: "team" | "from" | "seconds" | "area", ...options: HTMLElement[]) => HTMLElement} */
const field = (title, name, ...options) => {
  const select = el("select", { "data-key": `ask ${name}`, onchange: () => ((wanted[name] = select.value), tell()) }, ...options);
  return el("label", { class: "field" }, el("span", null, title), select);
};

/** @type {(key: string, checked: boolean, take: (isOn: boolean) => void) => HTMLElement} */
const checkbox = (key, checked, take) => {
  const box = el("input", { type: "checkbox", "data-key": key, checked, onchange: () => take(box.checked) });
  return box;
};

// Whether one team is planned beside others: what holds for all of them is not asked then.
const isOneOfMany = () => Boolean(wanted.team && routes.plan);

// No-go areas of the plan there is stay in force for a new one; so do its locks and exclusions.
const ask = () => {
  const { no_go = [], no_go_areas = [], excluded = [], locked = [] } = routes.plan?.ask ?? {};
  const now = wanted.from === "now" ? started().now : null;
  if (isOneOfMany()) return plan({ teams: [wanted.team], now }, Number(wanted.seconds)); // the others' terms and plans stay
  return plan(
    {
      no_go,
      no_go_areas: wanted.area && !no_go_areas.includes(wanted.area) ? [...no_go_areas, wanted.area] : no_go_areas,
      excluded,
      locked,
      teams: wanted.team ? [wanted.team] : [],
      now,
      incident_bonus: hasIncidents ? 1 : 0,
    },
    Number(wanted.seconds),
  );
};

const form = () => {
  const start = started();
  if (!wanted.from) wanted.from = start.now ? "now" : "day";
  return el(
    "form",
    { class: "ask", onsubmit: (event) => (event.preventDefault(), onceIdle(ask)()) },
    field(
      words().teams,
      "team",
      option("", `${words().allTeams} (${number(start.teams.length)})`, wanted.team),
      ...start.teams.map((team) => option(team.id, [team.id, ...team.areas].join(" · "), wanted.team)),
    ),
    start.now
      ? field(
          words().when,
          "from",
          option("now", filled(words().fromNow, { time: start.now }), wanted.from),
          option("day", words().wholeDay, wanted.from),
        )
      : "",
    isOneOfMany()
      ? el("p", { class: "small", "data-key": "others" }, words().othersStay)
      : field(
          words().noGoArea,
          "area",
          option("", words().noArea, wanted.area),
          ...start.areas.map((area) => option(area.id, area.name, wanted.area)),
        ),
    field(
      words().seconds,
      "seconds",
      ...SECONDS.map((n) => option(String(n), filled(words().secondsOf, { n: number(n) }), wanted.seconds)),
    ),
    isOneOfMany()
      ? ""
      : el(
          "label",
          { class: "check" },
          checkbox("ask incidents", hasIncidents, (isOn) => (hasIncidents = isOn)),
          words().incidents,
        ),
    el(
      "button",
      { type: "submit", class: "primary", "data-key": "plan", "aria-disabled": busy() },
      routes.plan ? words().again : words().plan,
    ),
  );
};

/** @type {(plan: ShownPlan) => string} */
const sentence = ({ gain }) =>
  gain.gaps === null
    ? filled(words().visits, { n: number(gain.stations), first: number(gain.cells_first_visited) })
    : filled(words().closes, { closed: number(gain.closed ?? 0), gaps: number(gain.gaps) });

const status = () => {
  if (routes.status === "waiting") return words().waiting;
  if (routes.status === "running") return filled(words().running, { share: percent(routes.share) });
  if (routes.status === "cancelled") return words().cancelled;
  if (routes.status === "failed") return routes.message === "busy" ? words().busy : filled(words().failed, { why: routes.message });
  if (routes.status === "done" && routes.plan)
    return filled(routes.saying === "changed" ? words().changed : words().done, { says: sentence(routes.plan) });
  return "";
};

const underway = () =>
  isUnderway()
    ? el(
        "div",
        { class: "underway" },
        el("progress", { max: 1, value: routes.share, "aria-label": status() }),
        el("button", { type: "button", class: "small-button", "data-key": "cancel", onclick: cancel }, words().stop),
      )
    : "";

/** @type {(title: string, before: string, after: string) => HTMLElement} */
const row = (title, before, after) => el("tr", null, el("th", { scope: "row" }, title), el("td", null, before), el("td", null, after));
/** @type {(value: number | null, show: (value: number) => string) => string} */
const orNone = (value, show) => (value === null ? "–" : show(value));

/** @type {(plan: ShownPlan) => HTMLElement} */
const compared = ({ gain, travel }) => {
  const way =
    travel.source === "estimate"
      ? filled(words().estimate, {
          hours: duration(gain.minutes),
          low: duration(gain.minutes_low),
          high: duration(gain.minutes_high),
          km: number(Math.round(gain.km)),
        })
      : `${duration(gain.minutes)}, ${filled(words().distance, { km: number(Math.round(gain.km)) })}`;
  const visited = gain.areas.reduce((sum, area) => sum + area.visited, 0);
  return el(
    "table",
    { class: "compare" },
    el("caption", null, words().compare),
    el("thead", null, el("tr", null, el("td"), el("th", { scope: "col" }, words().before), el("th", { scope: "col" }, words().after))),
    el(
      "tbody",
      null,
      gain.gaps === null ? "" : row(words().gapVisits, number(gain.gaps), number(gain.gaps - (gain.closed ?? 0))),
      row(words().stations, number(visited), number(visited + gain.stations)),
      row(words().duncan, orNone(gain.duncan_before, decimals.format), orNone(gain.duncan_after, decimals.format)),
      row(words().cells, "–", number(gain.cells_first_visited)),
      row(words().underway, "–", way),
    ),
  );
};

/** @type {(plan: ShownPlan) => HTMLElement} */
const byArea = ({ gain }) => {
  const names = new Map(started().areas.map((area) => [area.id, area.name]));
  const rows = gain.areas.map((area) =>
    el(
      "tr",
      null,
      el("th", { scope: "row" }, names.get(area.area_id) ?? area.area_id),
      el(
        "td",
        null,
        orNone(area.fair_share, (n) => number(Math.round(n))),
      ),
      el("td", null, number(area.visited)),
      el("td", null, number(area.visited + area.planned)),
      el(
        "td",
        null,
        orNone(area.gap_before, (n) => number(Math.round(n))),
      ),
      el(
        "td",
        null,
        orNone(area.gap_after, (n) => number(Math.round(n))),
      ),
    ),
  );
  const heads = [
    words().fair,
    `${words().stations}: ${words().before}`,
    words().after,
    `${words().gapVisits}: ${words().before}`,
    words().after,
  ];
  return el(
    "details",
    { class: "by-area" },
    el("summary", { "data-key": "by area" }, words().byArea),
    el(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": words().byArea },
      el(
        "table",
        null,
        el("thead", null, el("tr", null, el("td"), ...heads.map((head) => el("th", { scope: "col" }, head)))),
        el("tbody", null, ...rows),
      ),
    ),
  );
};

/** @type {(title: string, ids: string[], kind: string, button: boolean) => Child} */
const stations = (title, ids, kind, button) =>
  ids.length
    ? el(
        "div",
        { class: "small" },
        el("b", null, `${title}: `),
        ...ids.flatMap((id, i) => [
          i ? ", " : "",
          id,
          " ",
          button
            ? act(`${kind} ${id}`, words().include, () => change([{ kind, station_id: id }]), { "aria-label": `${words().include}: ${id}` })
            : "",
        ]),
      )
    : "";

/** @type {(shownPlan: ShownPlan) => HTMLElement} */
const bounds = (shownPlan) => {
  const inForce = shownPlan.ask.no_go.length + shownPlan.ask.no_go_areas.length;
  return el(
    "div",
    { class: "bounds" },
    act("no-go here", words().noGoHere, () => map && change([{ kind: "no_go", polygon: windowOf(map) }])),
    inForce
      ? el(
          "p",
          { class: "small" },
          `${filled(words().noGoCount, { n: number(inForce) })} `,
          act("clear", words().noGoClear, () => change([{ kind: "clear_no_go" }])),
        )
      : "",
    stations(words().excluded, shownPlan.ask.excluded, "include", true),
    stations(words().closedList, shownPlan.closed, "closed", false),
  );
};

/** @type {(text: string) => HTMLElement} */
const note = (text) => el("li", { class: "small" }, text);

/** @type {(shownPlan: ShownPlan) => HTMLElement} */
const tools = (shownPlan) =>
  el(
    "div",
    { class: "route-tools" },
    el(
      "label",
      { class: "check" },
      checkbox("shown", routes.shown, (shown) => tell({ shown })),
      words().show,
    ),
    routes.canUndo ? act("undo", words().undo, undo) : "",
    el(
      "p",
      { class: "small files" },
      el("a", { href: "routes/sheets/", target: "_blank", rel: "noopener", "data-key": "sheets" }, words().sheets),
      " · ",
      el("a", { href: "routes/files/plan.html", download: "" }, words().offline),
      " · ",
      el("a", { href: "routes/files/plan.json", download: "" }, "JSON"),
      " · ",
      el("a", { href: "routes/files/plan.geojson", download: "" }, "GeoJSON"),
    ),
    el("p", { class: "small" }, shownPlan.travel.source === "estimate" ? words().estimateSays : words().serverSays),
  );

/** @type {(shownPlan: ShownPlan) => Child[]} */
const result = (shownPlan) => [
  compared(shownPlan),
  byArea(shownPlan),
  tools(shownPlan),
  bounds(shownPlan),
  shownPlan.notes.length ? el("ul", { class: "notes" }, ...shownPlan.notes.map(note)) : "",
  el("ol", { class: "teams", "aria-label": words().teams }, ...shownPlan.teams.map(teamRow)),
];

/** @type {() => Child[]} */
const parts = () => {
  const { start } = routes;
  if (routes.isClosed) return [el("p", { class: "muted" }, model.start.words.notYours)];
  if (!start) return [el("p", { class: "empty" }, model.start.words.loading)];
  if (!start.teams.length) return [el("p", { class: "empty" }, words().none)];
  const asking = routes.plan ? el("details", { class: "again" }, el("summary", { "data-key": "again" }, words().again), form()) : form();
  return [el("p", { class: "small note" }, words().says), asking, underway(), ...(routes.plan ? result(routes.plan) : [])];
};

const says = el("p", { class: "plan-status", role: "status", hidden: true });
const body = el("div", { class: "routes-body" });
const root = el("section", { class: "routes", tabindex: -1, "aria-labelledby": "tab-routes" }, says, body);

// Drawn again after every answer; what is gone leaves the focus to the team that is open.
const draw = () => {
  const { scrollTop } = byId("list");
  const openTeam = () => all("[data-key]", root).find((button) => button.dataset.key === `team ${routes.team}`) ?? root;
  redrawn(root, () => body.replaceChildren(...present(parts())), openTeam);
  const text = routes.start && routes.start.teams.length ? status() : "";
  if (says.textContent !== text) says.textContent = text;
  says.hidden = !text;
  root.dataset.status = routes.status;
  root.dataset.version = routes.plan?.version ?? "";
  byId("list").scrollTop = scrollTop;
};

const NEVER = "-";
let known = ""; // the version the panel began with

// The panel, one element for as long as the page lives.
/** @type {(onMap?: L.Map) => HTMLElement} */
export const panel = (onMap) => {
  map = onMap ?? map;
  if (!known) {
    onRoutes(draw);
    draw();
  }
  if (known !== model.start.version) {
    known = model.start.version;
    load().catch((error) => {
      console.warn(error); // asked again when the panel is looked at or the figures are renewed
      known = NEVER;
    });
  }
  return root;
};
