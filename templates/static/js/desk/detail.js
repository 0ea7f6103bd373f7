// One station's whole history, or one unit's figures. What people wrote arrives as text nodes only.
import { byId, el } from "../dom.js";
import { failed } from "../tip.js";
import { filled, number, plural } from "../words.js";
import { describe, dress } from "./classes.js";
import { swatch } from "./legend.js";
import { duration } from "./lists.js";
import { figure, model, onPaint } from "./model.js";
import { change, follow, state } from "./state.js";
import { station } from "./store.js";
import { picture, SEVERITIES, shapeOf } from "./symbols.js";

let shown = "";
let cameFrom = null;

const head = (said, mark, title, under) => el("div", { class: "detail-head" }, mark, el("div", { class: "grow" }, el("h2", null, title), el("p", { class: "small" }, under)), el("button", { type: "button", class: "close", "aria-label": said.close, onclick: close }, "×"));

export const close = () => {
  const { station: id, open } = state;
  change({ station: "", open: "" });
  const row = [...document.querySelectorAll("[data-unit]")].find((one) => one.dataset.unit === open);
  const back = cameFrom?.isConnected ? cameFrom : row ?? (id ? byId("q") : byId("list"));
  cameFrom = null;
  back?.focus();
};

const line = (label, value) => (value === "" || value === null ? "" : el("div", null, el("dt", null, label), el("dd", null, value)));

const finding = (one) =>
  el(
    "li",
    { class: one.isCurrent ? "finding" : "finding is-off" },
    el("div", { class: "finding-head" }, one.severity >= 0 ? picture(SEVERITIES[one.severity], 16) : "", el("span", null, one.title)),
    el("p", { class: "small" }, [one.severityTitle, one.stage, one.occurred, one.verification].filter(Boolean).join(" · ")),
    one.text ? el("blockquote", null, one.text) : "",
  );

const visit = (one, said) =>
  el(
    "li",
    { class: one.isCurrent ? "visit" : "visit is-off" },
    el("div", { class: "visit-head" }, el("b", null, one.left ? filled(said.arrivedLeft, { arrived: one.arrived || "?", left: one.left }) : one.arrived || "?"), el("span", null, `${one.stage} · ${one.outcome}`), el("span", { class: "n small" }, one.team)),
    el("p", { class: "small" }, [one.verification, one.overall && filled(said.overall, { word: one.overall }), one.received && filled(said.received, { time: one.received }), one.isObserved && filled(said.asked, { n: number(one.asked) })].filter(Boolean).join(" · ")),
    one.isCurrent ? "" : el("p", { class: "small" }, said.replaced),
    ...one.doubts.map((text) => el("p", { class: "doubt" }, text)),
    one.findings.length ? el("ul", null, ...one.findings.map(finding)) : one.isObserved ? el("p", { class: "small" }, said.nothingReported) : "",
    one.answers ? el("details", { class: "small" }, el("summary", null, said.answers), el("blockquote", null, one.answers)) : "",
  );

const plan = (one, said) => el("li", { class: one.late ? "is-late" : "" }, el("b", null, one.due), ` ${one.stage} · ${one.team} · `, el(one.late ? "b" : "span", null, one.state));

const stationCard = (found) => {
  const { start } = model;
  const said = start.words;
  const worst = Math.max(-1, ...found.visits.filter((one) => one.isCurrent).flatMap((one) => one.findings.map((each) => each.severity)));
  const title = start.states.find((one) => one.name === found.state).title;
  const where = [found.settlement, found.area].filter(Boolean).join(", ");
  return [
    head(said, picture(shapeOf(found.state, worst), 22), found.id, where),
    el("p", { class: "says" }, el("b", null, title), found.name ? ` · ${found.name}` : "", found.address ? ` · ${found.address}` : ""),
    el("dl", { class: "facts" }, line(said.voters, found.voters === null ? "" : number(found.voters)), line(said.place, start.precision[found.precision])),
    found.lon === null ? "" : el("button", { type: "button", class: "link", onclick: () => dispatchEvent(new CustomEvent("look", { detail: [found.lon, found.lat, 10] })) }, said.showMap),
    el("h3", { class: "block-title" }, said.plan),
    found.plan.length ? el("ul", { class: "plan" }, ...found.plan.map((one) => plan(one, said))) : el("p", { class: "small" }, said.noPlan),
    el("h3", { class: "block-title" }, said.visitsTitle),
    found.visits.length ? el("ol", { class: "visits" }, ...found.visits.map((one) => visit(one, said))) : el("p", { class: "small" }, said.noVisits),
    ...(found.apart.length ? [el("h3", { class: "block-title" }, said.findingsApart), el("ul", { class: "visits" }, ...found.apart.map(finding))] : []),
  ];
};

const unitCard = (index) => {
  const { start, figures } = model;
  const said = start.words;
  const one = figure(index);
  const day = (name) => figures.columns[name]?.[index] ?? null;
  const { fill, hatched } = dress(state.view, one);
  const lines = describe("rate", index).slice(1);
  const kind = { area: said.area, district: said.district, cell: said.cell }[model.unit];
  const hot = model.unit === "cell" ? start.hotSpot[one.hot] : null;
  return [
    head(said, swatch(fill, hatched, 22), model.shapes.name[index], `${kind} · ${model.shapes.id[index]}`),
    ...lines.map((text) => el("p", { class: "says" }, text)),
    el(
      "dl",
      { class: "facts" },
      line(said.badAssessments, one.assessed ? filled(said.of, { k: number(one.negative), n: number(one.assessed) }) : ""),
      line(said.plannedDone, day("planned") ? filled(said.of, { k: number(day("planned_done")), n: number(day("planned")) }) : ""),
      line(said.short, one.gap === null ? "" : number(Math.round(one.gap * 10) / 10)),
      line(said.votersAt, day("voters") ? filled(said.of, { k: number(day("voters_observed")), n: number(day("voters")) }) : ""),
      line(said.teamsHere, number(day("teams"))),
      line(said.apart, day("findings_apart") ? number(day("findings_apart")) : ""),
      line(said.newest, day("age_newest") === null ? "" : filled(said.lastVisit, { newest: duration(day("age_newest")), median: duration(day("age_median")) })),
    ),
    el("p", { class: "small" }, filled(said.noVisit, { denied: number(day("denied")), closed: number(day("closed")), unreachable: number(day("unreachable")) })),
    hot ? el("p", { class: "says" }, el("b", null, hot.title), ` ${hot.says}`) : "",
  ];
};

const fill = (parts, says) => {
  const card = byId("detail");
  const isNew = card.hidden || shown !== says;
  if (isNew && !card.contains(document.activeElement)) cameFrom = document.activeElement === document.body ? null : document.activeElement;
  card.replaceChildren(...parts);
  if (card.hidden && innerHeight < 1150) byId("states").open = false; // both do not fit
  card.hidden = false;
  if (isNew) {
    card.scrollTop = 0;
    card.querySelector(".close").focus({ preventScroll: true });
    byId("status").textContent = [...card.querySelectorAll("h2, .says")].map((one) => one.textContent).join(". ");
  }
  shown = says;
};

const draw = async () => {
  const card = byId("detail");
  if (state.station) {
    const wanted = state.station;
    try {
      const found = await station(wanted);
      if (state.station === wanted) {
        fill(stationCard(found), `station ${wanted}`);
        dispatchEvent(new CustomEvent("opened", { detail: found }));
      }
    } catch (error) {
      console.warn(error);
      if (state.station === wanted) change({ station: "" });
      failed();
    }
    return;
  }
  const index = state.open && model.shapes ? model.shapes.id.indexOf(state.open) : -1;
  if (index >= 0) fill(unitCard(index), `unit ${state.open}`);
  else {
    if (!card.hidden && matchMedia("(min-width: 1241px)").matches) byId("states").open = true;
    card.hidden = true;
    shown = "";
  }
};

export const detail = () => {
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !byId("detail").hidden && !document.querySelector("dialog[open]")) close();
  });
  follow((now, before) => {
    if (before && (before.station !== now.station || before.open !== now.open)) draw();
  });
  onPaint(() => {
    if (!state.station || shown !== `station ${state.station}`) draw();
  });
};

export const results = (n) => plural(model.start.words.results, n);
