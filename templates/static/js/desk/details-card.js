// One station's whole history, or one unit's figures. What people wrote arrives as text nodes only.
import { all, byId, el, focusedWithin, only, redrawn } from "../dom.js";
import { failed } from "../tooltip.js";
import { filled, number, plural } from "../language.js";
import { dress, linesOf, ratioText, toldText } from "./unit-appearance.js";
import { swatch } from "./desk-legend.js";
import { duration } from "./clock.js";
import { day, figure, model, onPaint, titleOf } from "./desk-model.js";
import { change, follow, isOfAddress, state } from "./desk-state.js";
import { station } from "./desk-resources.js";
import { goTo, NEAR } from "./map-place.js";
import { picture, SEVERITIES, shapeOf } from "./state-symbols.js";

let shown = ""; // what the card is about
let drawn = ""; // and the version of the figures it was made of
/** @type {HTMLElement | null} */
let cameFrom = null;
let hasBegun = false; // whether the first card may still be one that a link with a place asked for

/** @type {(words: DeskWords, mark: Child, title: string, under: string) => HTMLElement} */
const head = (words, mark, title, under) =>
  el(
    "div",
    { class: "detail-head" },
    mark,
    el("div", { class: "grow" }, el("h2", null, title), el("p", { class: "small" }, under)),
    el("button", { type: "button", class: "close", "aria-label": words.close, onclick: close }, "×"),
  );

export const close = () => {
  const { station: id, open } = state;
  change({ station: "", open: "", team: "" });
  const row = all("[data-unit]").find((button) => button.dataset.unit === open);
  const back = cameFrom?.isConnected ? cameFrom : (row ?? (id ? byId("q") : byId("list")));
  cameFrom = null;
  back?.focus();
};

/** @type {(label: string, value: string | null) => Child} */
const line = (label, value) => (value === "" || value === null ? "" : el("div", null, el("dt", null, label), el("dd", null, value)));

/** @type {(finding: StationFinding) => HTMLElement} */
const findingItem = (finding) =>
  el(
    "li",
    { class: finding.isCurrent ? "finding" : "finding is-off" },
    el(
      "div",
      { class: "finding-head" },
      finding.severity >= 0 ? picture(SEVERITIES[finding.severity], 16) : "",
      el("span", null, finding.title),
    ),
    el("p", { class: "small" }, [finding.severityTitle, finding.stage, finding.occurred, finding.verification].filter(Boolean).join(" · ")),
    finding.text ? el("blockquote", null, finding.text) : "",
  );

/** @type {(visit: StationVisit, words: DeskWords) => HTMLElement} */
const visitItem = (visit, words) =>
  el(
    "li",
    { class: visit.isCurrent ? "visit" : "visit is-off" },
    el(
      "div",
      { class: "visit-head" },
      el("b", null, visit.left ? filled(words.arrivedLeft, { arrived: visit.arrived || "?", left: visit.left }) : visit.arrived || "?"),
      el("span", null, `${visit.stage} · ${visit.outcome}`),
      el("span", { class: "n small" }, visit.team),
    ),
    el(
      "p",
      { class: "small" },
      [
        visit.verification,
        visit.overall && filled(words.overall, { word: visit.overall }),
        visit.received && filled(words.received, { time: visit.received }),
        visit.isObserved && filled(words.asked, { n: number(visit.asked) }),
      ]
        .filter(Boolean)
        .join(" · "),
    ),
    visit.isCurrent ? "" : el("p", { class: "small" }, words.replaced),
    ...visit.doubts.map((text) => el("p", { class: "doubt" }, text)),
    visit.findings.length
      ? el("ul", null, ...visit.findings.map(findingItem))
      : visit.isObserved
        ? el("p", { class: "small" }, words.nothingReported)
        : "",
    visit.answers
      ? el(
          "details",
          { class: "small" },
          el("summary", { "data-key": `answers ${visit.id}` }, words.answers),
          el("blockquote", null, visit.answers),
        )
      : "",
  );

/** @type {(assignment: StationPlan) => HTMLElement} */
const assignmentItem = (assignment) =>
  el(
    "li",
    { class: assignment.late ? "is-late" : "" },
    el("b", null, assignment.due),
    ` ${assignment.stage} · ${assignment.team} · `,
    el(assignment.late ? "b" : "span", null, assignment.state),
  );

/** @type {(record: StationHistory) => Child[]} */
const stationCard = (record) => {
  const { start } = model;
  const words = start.words;
  const worst = Math.max(
    -1,
    ...record.visits.filter((visit) => visit.isCurrent).flatMap((visit) => visit.findings.map((each) => each.severity)),
  );
  const title = titleOf(record.state);
  const where = [record.settlement, record.area].filter(Boolean).join(", ");
  return [
    head(words, picture(shapeOf(record.state, worst), 22), record.id, where),
    el("p", { class: "says" }, el("b", null, title), record.name ? ` · ${record.name}` : "", record.address ? ` · ${record.address}` : ""),
    el(
      "dl",
      { class: "facts" },
      line(words.voters, record.voters === null ? "" : number(record.voters)),
      line(words.place, start.precision[record.precision]),
    ),
    record.lon === null
      ? ""
      : el(
          "button",
          {
            type: "button",
            class: "link",
            onclick: () => record.lon !== null && record.lat !== null && goTo({ lon: record.lon, lat: record.lat, zoom: NEAR.station }),
          },
          words.showMap,
        ),
    el("h3", { class: "block-title" }, words.plan),
    record.plan.length
      ? el("ul", { class: "plan" }, ...record.plan.map((assignment) => assignmentItem(assignment)))
      : el("p", { class: "small" }, words.noPlan),
    el("h3", { class: "block-title" }, words.visitsTitle),
    record.visits.length
      ? el("ol", { class: "visits" }, ...record.visits.map((visit) => visitItem(visit, words)))
      : el("p", { class: "small" }, words.noVisits),
    ...(record.apart.length
      ? [el("h3", { class: "block-title" }, words.findingsApart), el("ul", { class: "visits" }, ...record.apart.map(findingItem))]
      : []),
  ];
};

/** @type {(index: number) => Child[]} */
const unitCard = (index) => {
  const { start } = model;
  const words = start.words;
  const known = Object.entries(start.figures);
  /** @type {(name: string) => string} */
  const count = (name) => number(day(name, index) ?? 0);
  /** @type {(part: string, whole: string) => string} */
  const ratio = (part, whole) => (day(whole, index) ? ratioText(day(part, index), day(whole, index)) : "");
  /** @type {(name: string) => string} */
  const own = (name) => {
    const one = figure(name, index);
    if (start.figures[name].line === "ratio") return one.whole ? ratioText(one.part, one.whole) : "";
    return one.value === null ? "" : toldText(start.figures[name], one);
  };
  const [newest, median] = ["age_newest", "age_median"].map((name) => day(name, index));
  const ages = newest === null || median === null ? "" : filled(words.lastVisit, { newest: duration(newest), median: duration(median) });
  const { fill, hatched } = dress(index);
  const lines = linesOf([start.presence, ...known.flatMap(([name, { inCard }]) => (inCard ? [name] : []))], index);
  const kind = { area: words.area, district: words.district, cell: words.cell }[model.unit];
  return [
    head(words, swatch(fill, hatched, 22), model.shapes.name[index], `${kind} · ${model.shapes.id[index]}`),
    ...lines.map((text) => el("p", { class: "says" }, text)),
    el(
      "dl",
      { class: "facts" },
      ...known.flatMap(([name, { facts }]) =>
        facts.map(({ title, part, whole }) => line(title, whole ? ratio(part, whole) : own(name))),
      ),
      line(words.votersAt, ratio("voters_observed", "voters")),
      line(words.teamsHere, count("teams")),
      line(words.apart, day("findings_apart", index) ? count("findings_apart") : ""),
      line(words.newest, ages),
    ),
    el(
      "p",
      { class: "small" },
      filled(words.noVisit, { denied: count("denied"), closed: count("closed"), unreachable: count("unreachable") }),
    ),
  ];
};

/** @type {(box: Node, other: Node) => boolean} */
const saysTheSame = ({ childNodes }, other) =>
  childNodes.length === other.childNodes.length && [...childNodes].every((node, i) => node.isEqualNode(other.childNodes[i]));

/** @type {(parts: Child[], says: string, version: string) => void} */
const fill = (parts, says, version) => {
  const card = byId("detail");
  const isNew = card.hidden || shown !== says;
  if (isNew && !card.contains(document.activeElement)) {
    const focused = focusedWithin(document.body);
    cameFrom = focused === document.body ? null : focused;
  }
  const next = el("div", null, ...parts);
  const put = () => card.replaceChildren(...next.childNodes);
  if (isNew) put();
  else if (!saysTheSame(card, next)) redrawn(card, put, () => only(".close", card)); // else what is selected in it stays so
  if (card.hidden && innerHeight < 1150) byId("states").open = false; // both do not fit
  card.hidden = false;
  if (isNew) {
    card.scrollTop = 0;
    only(".close", card).focus({ preventScroll: true });
    byId("status").textContent = all("h2, .says", card)
      .map((element) => element.textContent)
      .join(". ");
  }
  shown = says;
  drawn = version;
};

/** @type {(isMoving: boolean) => Promise<void>} */
const drawTeam = async (isMoving) => {
  const wanted = state.team;
  const { version } = model.start;
  try {
    const card = await (await import("./team-list.js")).teamCard(wanted, shown === `team ${wanted}`);
    if (state.team !== wanted) return;
    const isNew = shown !== `team ${wanted}`;
    if (card) fill([head(model.start.words, "", card.title, card.under), ...card.parts], `team ${wanted}`, version);
    else change({ team: "" });
    if (isNew && isMoving) card?.look(); // beside its card
  } catch (error) {
    console.warn(error);
    failed();
  }
};

const drawStation = async () => {
  const wanted = state.station;
  const { version } = model.start;
  const says = `station ${wanted}`;
  try {
    const record = await station(wanted);
    if (state.station !== wanted) return;
    const isNew = shown !== says;
    fill(stationCard(record), says, version);
    if (isNew) dispatchEvent(new CustomEvent("opened", { detail: record })); // a card renewed moves no map
  } catch (error) {
    console.warn(error);
    if (state.station === wanted && shown !== says) change({ station: "" }); // one that is there stays, for the next paint to renew
    failed();
  }
};

const draw = async () => {
  const card = byId("detail");
  if (state.team) return drawTeam(!state.at || (hasBegun && !isOfAddress));
  if (state.station) return drawStation();
  const index = state.open && model.shapes ? model.shapes.id.indexOf(state.open) : -1;
  if (index >= 0) fill(unitCard(index), `unit ${state.open}`, model.start.version);
  else {
    if (!card.hidden && matchMedia("(min-width: 1241px)").matches) byId("states").open = true;
    card.hidden = true;
    shown = "";
  }
  return undefined;
};

export const detail = () => {
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !byId("detail").hidden && !document.querySelector("dialog[open]")) close();
  });
  follow((now, before) => {
    hasBegun ||= Boolean(before && !isOfAddress);
    if (before && (before.station !== now.station || before.open !== now.open || before.team !== now.team)) draw();
  });
  // a station and a team are told alike whatever is chosen: their cards are made anew for newer figures only
  onPaint(() => {
    const isFetched = (state.station && shown === `station ${state.station}`) || (state.team && shown === `team ${state.team}`);
    if (!isFetched || drawn !== model.start.version) draw();
  });
};

/** @type {(n: number) => string} */
export const results = (n) => plural(model.start.words.results, n);
