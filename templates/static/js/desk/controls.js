// Native inputs that change what is shown, and the figures above them.
import { byId, el } from "../dom.js";
import { toolbar } from "../toolbar.js";
import { filled, number, percent } from "../words.js";
import { zoomButtons } from "../zoom.js";
import { model, onPaint } from "./model.js";
import { change, choiceKey, follow, SEVERITIES, state, STATES } from "./state.js";
import { paintPicture, picture } from "./symbols.js";
import { onTheme, refresh } from "./theme.js";
import { duration } from "./lists.js";

const radio = (name, key) => {
  const inputs = [...document.querySelectorAll(`input[name=${name}]`)];
  for (const input of inputs) input.addEventListener("change", () => change({ [key]: input.value }));
  follow((now) => {
    for (const input of inputs) input.checked = input.value === now[key];
  });
};

export const radios = () => {
  for (const name of ["view", "unit", "stage"]) radio(name, name);
};

export const choices = () => {
  files();
  const severity = byId("severity");
  severity.addEventListener("change", () => change({ severity: severity.value, ...(asks(severity.value, state.category) ? {} : { category: "" }) }));
  kinds();
  const verified = byId("verified");
  verified.addEventListener("change", () => change({ verified: verified.checked }));
  follow((now) => {
    severity.value = now.severity;
    verified.checked = now.verified;
    for (const input of document.querySelectorAll("input[name=unit]")) {
      input.disabled = now.view === "hot_spot";
      if (now.view === "hot_spot") input.checked = input.value === "cell";
    }
  });
};

// Whether findings of a kind can be counted from a severity on; all kinds together always can.
const asks = (severity, category) => !category || SEVERITIES.indexOf(severity) <= (model.start.categories.find((one) => one.name === category)?.severity ?? -1);

// One kind of finding or all, as the family of tests behind the hot spots counts them.
const kinds = () => {
  const select = byId("category");
  const options = model.start.categories.map((one) => el("option", { value: one.name }, one.title));
  select.append(...options);
  select.parentElement.hidden = !options.length;
  select.addEventListener("change", () => change({ category: select.value }));
  follow((now) => {
    if (now.category && !model.start.categories.some((one) => one.name === now.category)) return change({ category: "" });
    for (const option of options) option.disabled = !asks(now.severity, option.value);
    select.value = now.category;
  });
};

// Files are of the choice shown; a time range or a state switched off is of the picture only.
const files = () => {
  const links = [...byId("take-away").querySelectorAll("a")];
  follow((now) => {
    for (const link of links) link.search = choiceKey(now);
  });
};

// The states of stations: legend and filter in one.
export const stateList = () => {
  const box = byId("state-list");
  const { start } = model;
  const counts = new Map();
  const inputs = new Map();
  for (const { name, title } of start.states) {
    const count = el("span", { class: "n" });
    counts.set(name, count);
    if (name === "off_map") {
      box.append(el("button", { type: "button", class: "state-row", onclick: () => change({ tab: "offmap" }) }, picture("off_map"), el("span", null, title), count));
      continue;
    }
    const input = el("input", { type: "checkbox", name: "state", value: name, onchange: () => change({ off: STATES.filter((one) => !inputs.get(one).checked) }) });
    inputs.set(name, input);
    box.append(el("label", { class: "state-row" }, input, name === "finding" ? severities() : picture(name), el("span", null, title), count));
  }
  box.append(el("p", { class: "severity-key" }, ...["low", "medium", "high", "critical"].map((name, i) => el("span", null, picture(name, 14), start.severities[i]))));
  follow((now) => {
    for (const [name, input] of inputs) input.checked = !now.off.includes(name);
  });
  onPaint(() => {
    start.codes.forEach((name, code) => (counts.get(name).textContent = number(model.states[code])));
    counts.get("off_map").textContent = number(start.offMap);
  });
  onTheme(() => {
    for (const canvas of document.querySelectorAll("canvas.symbol")) paintPicture(canvas);
  });
  byId("states").open = matchMedia("(min-width: 1241px)").matches;
};

const severities = () => el("span", { class: "severity-pair" }, picture("medium", 13), picture("high", 13));

const tile = (value, label, kind = "") => el("li", { class: kind }, el("b", null, value), el("span", null, label));

export const keyFigures = () => {
  onPaint(() => {
    const { total } = model.tally;
    const { start, figures } = model;
    const said = start.words;
    const { planned, done } = model.plan;
    byId("key-figures").replaceChildren(
      tile(number(total.observed), `${said.stationsVisited} · ${figures.hasFrame ? percent(total.observed / start.stations) : ""}`),
      tile(planned ? percent(done / planned).replace(/[.,]\d/, "") : "–", `${said.plannedDone} (${filled(said.of, { k: number(done), n: number(planned) })})`),
      tile(total.m ? percent(total.k / total.m).replace(/[.,]\d/, "") : "–", `${said.withFinding} (${filled(said.of, { k: number(total.k), n: number(total.m) })})`),
      tile(start.freshness.age_median === null ? "–" : duration(start.freshness.age_median), "", "fresh"),
    );
    const fresh = byId("key-figures").lastChild.lastChild;
    fresh.textContent = start.freshness.age_median === null ? said.noVisits : said.ageMedian;
    fresh.parentElement.title = start.freshness.age_median === null ? "" : filled(said.freshness, { median: duration(start.freshness.age_median), p90: duration(start.freshness.age_p90) });
  });
};

export const tools = (map) => {
  const said = model.start.words;
  zoomButtons(map, said);
  toolbar(said);
  paper(document.documentElement);
};

// Paper is white: the canvas is drawn in light colours while the page is printed.
const paper = (root) => {
  let was;
  addEventListener("beforeprint", () => {
    was = root.dataset.theme;
    root.dataset.theme = "light";
    refresh();
  });
  addEventListener("afterprint", () => {
    if (was) root.dataset.theme = was;
    else delete root.dataset.theme;
    refresh();
  });
};
