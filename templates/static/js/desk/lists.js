// The lists beside the map: units by the view's figure, gaps, overdue teams, visits to check, stations off the map.
import { byId, el, svg } from "../dom.js";
import { failed } from "../tip.js";
import { filled, number, plural } from "../words.js";
import { describe, dress, rank, valueText } from "./classes.js";
import { swatch } from "./legend.js";
import { figure, model, onPaint, range } from "./model.js";
import { overdueParts } from "./overdue.js";
import { change, choiceKey, follow, state } from "./state.js";
import { resource } from "./store.js";
import { picture, shapeOf } from "./symbols.js";
import { onTheme } from "./theme.js";
import { hoverUnit, onHover } from "./units.js";

const MOST_ROWS = 120;

// Minutes as words: 25 min, 3 h 15 min.
export const duration = (minutes) => {
  const said = model.start.words;
  const whole = Math.max(0, Math.round(minutes));
  const text = whole < 60 ? filled(said.minutesShort, { m: number(whole) }) : filled(said.hours, { h: number(Math.floor(whole / 60)), m: number(whole % 60) });
  return text.replaceAll(" ", "\u00a0");
};

const plot = (one) => {
  const view = state.view;
  const box = svg("svg", { class: "plot", viewBox: "0 0 90 10", preserveAspectRatio: "none", "aria-hidden": "true" });
  const bar = (share, name) => box.append(svg("rect", { class: "track", y: 3, width: 90, height: 4, rx: 2 }), svg("rect", { class: name, y: 3, width: Math.max(1.5, 90 * Math.min(1, share)), height: 4, rx: 2 }));
  if (view === "coverage") bar((one.share ?? 0) / 0.2, "bar-coverage");
  else if (view === "gap") bar((one.gap ?? 0) / 25, "bar-gap");
  else {
    const [value, low, high, status] = view === "assessment" ? [one.share_negative, one.negative_low, one.negative_high, one.assessmentStatus] : [one.rate, one.low, one.high, one.rateStatus];
    if (value === null) return box;
    const kind = status === "published" ? (view === "assessment" ? "negative" : "rate") : "few";
    if (low !== null) box.append(svg("rect", { class: `range-${kind}`, x: 90 * low, y: 3.2, width: Math.max(1, 90 * (high - low)), height: 3.6, rx: 1.8 }));
    box.append(svg("circle", { class: `dot-${kind}`, cx: 90 * value, cy: 5, r: 3.2 }));
  }
  return box;
};

// A canvas takes longer to make than the rest of a row: one that says the same is used again.
const swatches = new Map();
const swatchOf = (index, fill, hatched) => {
  const kept = swatches.get(index);
  if (kept?.dataset.fill === fill && Boolean(kept.dataset.hatched) === hatched) return kept;
  swatches.set(index, swatch(fill, hatched, 14));
  return swatches.get(index);
};

const unitRow = (index) => {
  const one = figure(index);
  const view = state.view;
  const { fill, hatched } = dress(view, one);
  const button = el(
    "button",
    {
      type: "button", class: "unit-row", "data-unit": model.shapes.id[index], "aria-pressed": String(model.shapes.id[index] === state.open), title: describe(view, index).join("\n"),
      onclick: () => change({ open: state.open === model.shapes.id[index] ? "" : model.shapes.id[index], station: "" }),
      onmouseenter: () => hoverUnit(index), onmouseleave: () => hoverUnit(-1), onfocus: () => hoverUnit(index), onblur: () => hoverUnit(-1),
    },
    swatchOf(index, fill, hatched),
    el("span", { class: "name" }, model.shapes.name[index]),
  );
  const quiet = fill === "insufficient" || fill.startsWith("pattern:");
  if (view === "hot_spot") button.append(el("span", { class: "word" }, valueText(view, one)));
  else if (quiet && !(view === "both" || view === "rate" ? one.m : view === "assessment" ? one.assessed : 0)) button.append(el("span", { class: "word" }, valueText(view, one)));
  else button.append(plot(one), el("span", { class: quiet ? "n is-few" : "n" }, valueText(view, one)));
  button.append(el("span", { class: "visually-hidden" }, describe(view, index).slice(1).join(". ")));
  return el("li", null, button);
};

const compare = new Intl.Collator().compare; // as localeCompare, many times as quick

export const ranked = () =>
  model.shapes.id
    .map((_, index) => ({ index, rank: rank(state.view, figure(index)) }))
    .sort((a, b) => b.rank - a.rank || compare(model.shapes.name[a.index], model.shapes.name[b.index]))
    .map((one) => one.index);

const showing = (x, y) => (x < y ? el("p", { class: "small note" }, filled(model.start.words.showing, { x: number(x), y: number(y) })) : "");

const areas = () => {
  const order = ranked();
  const said = model.start.words;
  const span = range() ? said.withFinding : said.interval;
  const heads = { coverage: said.stationsVisited, gap: said.short, assessment: range() ? said.badAssessments : said.interval, hot_spot: "", both: span, rate: span };
  return [
    el("p", { class: "list-head" }, el("span", null, ""), el("span", null, heads[state.view])),
    el("ol", { class: "unit-list" }, ...order.slice(0, MOST_ROWS).map(unitRow)),
    showing(Math.min(order.length, MOST_ROWS), order.length),
  ];
};

const goTo = (id) => el("button", { type: "button", class: "link", onclick: () => change({ station: id, open: "" }) }, id);

const gapCard = (one, found) => {
  const said = model.start.words;
  const drive = one.team && duration(one.team.minutes);
  const team = !one.team ? said.gapNoTeam : filled(one.team.fromVisit ? said.gapTeam : said.gapBase, { team: one.team.team, drive });
  return el(
    "li",
    { class: "item" },
    el("div", { class: "item-head" }, el("button", { type: "button", class: "link", onclick: () => change({ unit: "area", view: "gap", open: one.id, station: "" }) }, one.name), el("b", { class: "n" }, plural(said.visitsShort, one.visits))),
    el("p", { class: "small" }, `${filled(said.of, { k: number(one.observed), n: number(one.fair) })} · ${filled(said.gapTakes, { hours: duration(one.minutesAtStations), each: number(found.minutesPerVisit) })}`),
    el("p", { class: "small" }, team),
    one.clusters.length ? el("p", { class: "small" }, `${said.gapClusters} `, ...one.clusters.flatMap((place, i) => [i ? "; " : "", el("button", { type: "button", class: "link", title: place.station, onclick: () => dispatchEvent(new CustomEvent("look", { detail: [place.lon, place.lat, 8] })) }, place.place), ` (${plural(said.stations, place.stations)}, ${plural(said.votersOf, place.voters)})`])) : "",
  );
};

const gaps = async () => {
  const found = await resource("gaps", choiceKey());
  const said = model.start.words;
  if (found.absence) return [el("p", { class: "empty" }, model.start.absence[found.absence])];
  if (!found.rows.length) return [el("p", { class: "empty" }, said.noGaps)];
  const basis = found.basis === "voters" ? said.gapBasisVoters : said.gapBasisStations;
  return [el("p", { class: "small note" }, `${filled(basis, { planned: number(found.planned) })} ${said.gapEstimate}`), el("ol", { class: "items" }, ...found.rows.map((one) => gapCard(one, found)))];
};

const overdue = async () => {
  const found = await resource("overdue");
  const said = model.start.words;
  const note = el("p", { class: "small note" }, filled(said.overdueSays, { grace: number(found.graceMinutes) }));
  return found.teams.length ? [note, ...overdueParts(found.teams, goTo), showing(found.teams.length, found.all_teams)] : [note, el("p", { class: "empty" }, said.noOverdue)];
};

const doubts = async () => {
  const found = await resource("doubts");
  const said = model.start.words;
  const kinds = el("p", { class: "small note" }, `${found.kinds.map((one) => `${one.title}: ${number(one.n)}`).join(" · ")}. ${said.doubtsSays}`);
  if (!found.rows.length) return [kinds, el("p", { class: "empty" }, said.noDoubts)];
  const rows = found.rows.slice(0, MOST_ROWS).map((one) => el("li", { class: "item" }, el("div", { class: "item-head" }, el("b", null, one.title), el("span", { class: "n small" }, `${one.team} · ${one.arrived}`)), el("p", { class: "small" }, one.station ? goTo(one.station) : "", ` ${one.area} · ${one.says}`)));
  return [kinds, el("ol", { class: "items" }, ...rows), showing(rows.length, found.total)];
};

const offmap = async () => {
  const said = model.start.words;
  const found = await model.points.offMap();
  if (!found) return [el("p", { class: "empty" }, said.loading)];
  const rows = found.rows.slice(0, MOST_ROWS).map((one) => el("li", { class: "station-line" }, picture(shapeOf(one.state, one.severity), 14), goTo(one.id), el("span", { class: "small" }, `${one.area} · ${model.start.states.find(({ name }) => name === one.state).title}`)));
  return [el("p", { class: "small note" }, `${said.offMapSays} ${plural(said.stations, found.total)}.`), el("ol", { class: "items" }, ...rows), showing(rows.length, found.total)];
};

const routes = async () => [(await import("./routes.js")).panel()];

const scan = async () => [(await import("./scan.js")).panel()];

const BUILD = { areas: async () => areas(), gaps, scan, routes, overdue, doubts, offmap };

let drawing = 0;
const draw = async () => {
  drawing += 1;
  const mine = drawing;
  const box = byId("list");
  const focused = box.contains(document.activeElement) ? document.activeElement.dataset.unit : undefined;
  try {
    const parts = await BUILD[state.tab]();
    if (mine !== drawing) return;
    const isSame = box.dataset.tab === state.tab;
    if (box.firstChild !== parts[0] || box.childNodes.length !== parts.length) box.replaceChildren(...parts); // one that lives on keeps its focus
    box.dataset.tab = state.tab;
    if (!isSame) box.scrollTop = 0; // read or written each time, it would lay the page out once more
    if (focused !== undefined) [...box.querySelectorAll("[data-unit]")].find((one) => one.dataset.unit === focused)?.focus({ preventScroll: true });
  } catch (error) {
    console.warn(error);
    failed();
  }
};

const badges = () => {
  const { start } = model;
  const set = (name, n) => (document.querySelector(`[data-badge="${name}"]`).textContent = n ? number(n) : "");
  set("overdue", start.overdue);
  set("doubts", start.doubts);
};

export const tabs = () => {
  const every = [...document.querySelectorAll("[role=tab]")];
  for (const tab of every) tab.addEventListener("click", () => change({ tab: tab.dataset.tab }));
  byId("tabs").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = every[(every.findIndex((tab) => tab.dataset.tab === state.tab) + step + every.length) % every.length];
    change({ tab: next.dataset.tab });
    next.focus();
    event.preventDefault();
  });
  follow((now, before) => {
    for (const tab of every) {
      const on = tab.dataset.tab === now.tab;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      if (on) {
        byId("list").setAttribute("aria-labelledby", tab.id);
        if (before && before.tab !== now.tab) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
      }
    }
  });
};

export const lists = () => {
  badges();
  onTheme(() => swatches.clear()); // those in the list are painted anew where they stand
  follow((now, before) => {
    if (before && before.tab !== now.tab && model.tally) draw();
    if (before && before.open !== now.open) for (const button of document.querySelectorAll(".unit-row")) button.setAttribute("aria-pressed", String(button.dataset.unit === now.open));
  });
  onPaint(draw);
  onHover((index) => {
    const id = model.shapes.id[index];
    for (const button of document.querySelectorAll(".unit-row")) button.classList.toggle("is-here", button.dataset.unit === id);
  });
};

export const relist = draw;
