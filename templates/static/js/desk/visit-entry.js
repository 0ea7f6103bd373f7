// A visit that was phoned in: a form for the keyboard alone, kept here until the server has it.
import { byId, el } from "../dom.js";
import { filled, number } from "../language.js";
import { search } from "./desk-resources.js";
import { beginning, followSoon, myName, nameField, newId } from "./work-store.js";
import { begin, enter } from "./visit-queue.js";

const WAIT_MS = 120;
/** @type {WorkStart} */
let start;
/** @type {HTMLElement | null} */
let box = null;
/** @type {HTMLElement} */
let says;
/** @type {HTMLInputElement} */
let station;
/** @type {HTMLElement} */
let findings;
/** @type {Map<string, string>} */
const known = new Map(); // stations found so far: id in capitals → id

/** @type {(id: string, options: Titled[], empty?: string) => HTMLSelectElement} */
const select = (id, options, empty) =>
  el(
    "select",
    { id },
    ...(empty === undefined ? [] : [el("option", { value: "" }, empty)]),
    ...options.map(({ name, title }) => el("option", { value: name }, title)),
  );
/** @type {(title: string, control: HTMLElement) => HTMLElement} */
const field = (title, control) => el("label", { class: "field" }, el("span", null, title), control);
/** @type {(id: string) => HTMLInputElement} */
const clockField = (id) => el("input", { id, type: "text", inputmode: "numeric", maxlength: 5, autocomplete: "off" });

// Stations that fit what was typed; the first is taken with Enter, as it stands in the list.
const stationField = () => {
  const list = el("datalist", { id: "entry-stations" });
  const note = el("span", { class: "small", id: "entry-where" });
  let timer = 0;
  station = el("input", {
    id: "entry-station",
    type: "text",
    list: "entry-stations",
    autocomplete: "off",
    required: true,
    maxlength: 80,
    "aria-describedby": "entry-where",
  });
  const look = async () => {
    const text = station.value.trim();
    if (!text || known.has(text.toUpperCase())) return;
    const { stations } = await search(text);
    for (const match of stations) known.set(match.id.toUpperCase(), match.id);
    list.replaceChildren(
      ...stations.slice(0, 12).map((match) => el("option", { value: match.id }, [match.settlement, match.area].filter(Boolean).join(", "))),
    );
    const [first] = stations;
    note.textContent = first ? [first.id, first.settlement, first.area].filter(Boolean).join(" · ") : "";
    station.dataset.first = first?.id ?? "";
  };
  station.addEventListener("input", () => {
    station.dataset.first = "";
    clearTimeout(timer);
    timer = setTimeout(() => look().catch(() => {}), WAIT_MS);
  });
  station.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (!known.has(station.value.trim().toUpperCase()) && station.dataset.first) station.value = station.dataset.first;
    byId("entry-team").focus();
  });
  return el("div", null, field(start.words.station, station), note, list);
};

// One more line for a finding as soon as the last one names a kind.
const addFinding = () => {
  const { words } = start;
  const n = findings.children.length + 1;
  const kind = el(
    "select",
    { class: "entry-kind" },
    el("option", { value: "" }, words.noFinding),
    ...start.categories.map(({ name, title }) => el("option", { value: name }, title)),
  );
  const happened = { "aria-label": words.findingText, placeholder: words.findingText };
  const text = el("input", { type: "text", class: "entry-text", maxlength: 2000, ...happened });
  const line = el("li", null, field(filled(words.finding, { n: number(n) }), kind), text);
  text.hidden = true;
  kind.addEventListener("change", () => {
    text.hidden = !kind.value;
    if (kind.value && line === findings.lastElementChild) addFinding();
  });
  findings.append(line);
};

/** @type {(id: string) => string} */
const valueOf = (id) => {
  const control = byId(id);
  return "value" in control ? String(control.value).trim() : "";
};

/** @type {() => VisitForm["findings"]} */
const told = () =>
  [...findings.children].flatMap((line) => {
    const kind = line.querySelector("select");
    const text = line.querySelector("input");
    return kind?.value ? [{ category: kind.value, text: text?.value.trim() ?? "" }] : [];
  });

/** @type {(form: HTMLFormElement) => void} */
const submit = (form) => {
  if (start.asksName && !myName()) {
    says.textContent = start.words.nameNote;
    byId("my-name").focus();
    return;
  }
  const typed = station.value.trim();
  const id = known.get(typed.toUpperCase()) ?? station.dataset.first ?? "";
  if (!id) {
    says.textContent = start.words.pickStation;
    station.focus();
    return;
  }
  const asked = byId("entry-asked");
  enter({
    id: newId(),
    by: myName(),
    station_id: id,
    team_id: valueOf("entry-team"),
    stage: valueOf("entry-stage"),
    outcome: valueOf("entry-outcome"),
    overall: valueOf("entry-overall"),
    arrived: valueOf("entry-arrived"),
    left: valueOf("entry-left"),
    asked: asked instanceof HTMLInputElement && asked.checked,
    findings: told(),
  });
  form.reset();
  station.dataset.first = "";
  findings.replaceChildren();
  addFinding();
  station.focus();
};

/** @type {(news: Told) => void} */
const hear = ({ visit, isTaken, why, waiting }) => {
  const { words } = start;
  if (!visit) says.textContent = filled(words.kept, { n: number(waiting) });
  else if (isTaken) says.textContent = filled(words.saved, { station: visit.station_id });
  else says.textContent = filled(words.refusedVisit, { station: visit.station_id, why });
  if (visit && isTaken) followSoon();
};

const build = () => {
  const { words } = start;
  says = el("p", { class: "small note", role: "status" });
  findings = el("ol", { class: "entry-findings" });
  addFinding();
  /** @type {HTMLFormElement} */
  const form = el(
    "form",
    {
      class: "ask entry",
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        submit(form);
      },
    },
    stationField(),
    field(words.team, el("input", { id: "entry-team", type: "text", list: "entry-teams", autocomplete: "off", maxlength: 100 })),
    el("datalist", { id: "entry-teams" }, ...start.teams.map((name) => el("option", { value: name }))),
    field(words.stage, select("entry-stage", start.stages)),
    field(words.arrived, clockField("entry-arrived")),
    field(words.left, clockField("entry-left")),
    field(words.outcome, select("entry-outcome", start.outcomes)),
    el("label", { class: "check" }, el("input", { id: "entry-asked", type: "checkbox", checked: true }), words.askedAll),
    findings,
    field(words.overallAssessment, select("entry-overall", start.overall, "–")),
    el("button", { type: "submit", class: "primary" }, words.save),
  );
  begin(hear);
  const note = el("p", { class: "small note" }, words.entryNote);
  return el("div", { class: "inbox" }, start.asksName ? nameField(words) : "", note, form, says);
};

export const panel = async () => {
  start = await beginning();
  if (!start.may.includes("visit.enter")) return [el("p", { class: "muted" }, start.words.notYours)];
  box ??= build();
  return [box];
};
