// A visit that was phoned in: a form for the keyboard alone, kept here until the server has it.
import { byId, el } from "../dom.js";
import { filled, number } from "../language.js";
import { search } from "./desk-resources.js";
import { beginning, followSoon, myName, nameField, newId } from "./work-store.js";
import { begin, enter, putAway, refusedVisits } from "./visit-queue.js";

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
/** @type {HTMLElement} */
let notTaken;
/** @type {Map<string, FoundStation>} */
const known = new Map(); // stations found so far, by their ids in capitals
let looked = ""; // what was looked up last
let isUnchecked = false; // the line was down then: the server will say
let look = async () => {};

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
/** @type {(match?: FoundStation) => string} */
const placeOf = (match) => (match ? [match.id, match.settlement, match.area].filter(Boolean).join(" · ") : "");
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
  look = async () => {
    const text = station.value.trim();
    const match = known.get(text.toUpperCase());
    note.textContent = placeOf(match);
    station.dataset.first = match?.id ?? "";
    if (!text || match) return; // an earlier answer had it: its id was typed slowly
    const answer = await search(text).catch((error) => console.warn(error));
    for (const found of answer?.stations ?? []) known.set(found.id.toUpperCase(), found);
    if (station.value.trim() !== text) return; // somebody typed on: this is not what is meant
    looked = text;
    isUnchecked = !answer;
    if (!answer) {
      note.textContent = start.words.unchecked;
      return;
    }
    const { stations } = answer;
    list.replaceChildren(
      ...stations.slice(0, 12).map((found) => el("option", { value: found.id }, [found.settlement, found.area].filter(Boolean).join(", "))),
    );
    note.textContent = placeOf(stations[0]);
    station.dataset.first = stations[0]?.id ?? "";
  };
  station.addEventListener("input", () => {
    station.dataset.first = "";
    isUnchecked = false;
    looked = "";
    clearTimeout(timer);
    timer = setTimeout(look, WAIT_MS);
  });
  station.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (!known.has(station.value.trim().toUpperCase()) && station.dataset.first) station.value = station.dataset.first;
    note.textContent = placeOf(known.get(station.value.trim().toUpperCase())) || note.textContent;
    byId("entry-team").focus();
  });
  return el("div", null, field(start.words.station, station), note, list);
};

// A team by the part of its id that no other has, "10": ids are codes, and slow to type.
const teamField = () => {
  const team = el("input", { id: "entry-team", type: "text", list: "entry-teams", autocomplete: "off", maxlength: 100 });
  team.addEventListener("change", () => {
    const typed = team.value.trim().toUpperCase();
    const fits = start.teams.filter((name) => name.toUpperCase().includes(typed));
    const [whole] = fits.filter((name) => name.toUpperCase() === typed);
    if (typed && (whole || fits.length === 1)) team.value = whole ?? fits[0] ?? "";
  });
  const left = start.allTeams - start.teams.length;
  const more = left > 0 ? el("p", { class: "small note" }, filled(start.words.moreTeams, { n: number(left) })) : "";
  return el("div", null, field(start.words.team, team), more);
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
  const id = known.get(typed.toUpperCase())?.id ?? (isUnchecked ? typed : ""); // what was found but not taken is a guess
  if (!id && typed && looked !== typed) {
    look().then(() => submit(form)); // who is quick is not told to wait
    return;
  }
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
  cleared(form);
};

/** @type {(form: HTMLFormElement) => void} */
const cleared = (form) => {
  const stage = valueOf("entry-stage");
  form.reset();
  const control = byId("entry-stage");
  if ("value" in control) control.value = stage; // the next call is most often of the same part of the day
  station.dataset.first = "";
  byId("entry-where").textContent = "";
  findings.replaceChildren();
  addFinding();
  station.focus();
};

// What the server refused, as it was typed: with why, to be corrected or put away.
const drawRefused = () => {
  const { words } = start;
  /** @type {(title: string, visit: KeptVisit, then?: (visit: VisitForm) => void) => HTMLElement} */
  const button = (title, visit, then = () => {}) => {
    const onclick = () => (putAway(visit.id), drawRefused(), then(visit));
    return el("button", { type: "button", class: "small-button", onclick }, title);
  };
  notTaken.replaceChildren(
    ...refusedVisits().map((visit) => {
      const text = filled(words.refusedVisit, { station: visit.station_id, why: visit.refused ?? "" });
      return el("li", { class: "small" }, text, button(words.correctVisit, visit, retype), button(words.putAway, visit));
    }),
  );
};

/** @type {(visit: VisitForm) => void} */
const retype = (visit) => {
  const { team_id: team, stage, outcome, overall, arrived, left } = visit;
  const values = { team, stage, outcome, overall, arrived, left };
  station.value = visit.station_id;
  station.dispatchEvent(new CustomEvent("input"));
  for (const [name, value] of Object.entries(values)) {
    const control = byId(`entry-${name}`);
    if ("value" in control) control.value = value;
  }
  const asked = byId("entry-asked");
  if (asked instanceof HTMLInputElement) asked.checked = visit.asked;
  findings.replaceChildren();
  addFinding();
  for (const { category, text } of visit.findings) {
    const line = findings.lastElementChild;
    const [kind, happened] = [line?.querySelector("select"), line?.querySelector("input")];
    if (!kind || !happened) return;
    kind.value = category;
    happened.value = text;
    kind.dispatchEvent(new CustomEvent("change"));
  }
  station.focus();
};

/** @type {(news: Told) => void} */
const hear = ({ visit, isTaken, why, waiting }) => {
  const { words } = start;
  if (!visit) says.textContent = filled(words.kept, { n: number(waiting) });
  else if (isTaken) says.textContent = filled(words.saved, { station: visit.station_id });
  else says.textContent = filled(words.refusedVisit, { station: visit.station_id, why });
  if (visit && isTaken) followSoon();
  if (visit && !isTaken) drawRefused();
};

const build = () => {
  const { words } = start;
  says = el("p", { class: "small note", role: "status" });
  findings = el("ol", { class: "entry-findings" });
  notTaken = el("ul", { class: "entry-findings", id: "not-taken" });
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
    teamField(),
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
  drawRefused();
  const note = el("p", { class: "small note" }, words.entryNote);
  return el("div", { class: "inbox" }, start.asksName ? nameField(words) : "", note, form, says, notTaken);
};

export const panel = async () => {
  start = await beginning();
  if (!start.may.includes("visit.enter")) return [el("p", { class: "muted" }, start.words.notYours)];
  box ??= build();
  return [box];
};
