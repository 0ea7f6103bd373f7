// Native inputs that change what is shown, and the figures above them.
import { all, byId, canvases, el, inputsNamed } from "../dom.js";
import { toolbar } from "../toolbar.js";
import { filled, number, percent } from "../language.js";
import { zoomButtons } from "../zoom-buttons.js";
import { model, onPaint } from "./desk-model.js";
import { change, choiceKey, follow, followWish, SEVERITIES, STATES, wanted } from "./desk-state.js";
import { paintPicture, picture } from "./state-symbols.js";
import { onTheme, refresh } from "./canvas-colours.js";
import { duration } from "./clock.js";

/** @type {(name: string, key: keyof DeskState) => void} */
const radio = (name, key) => {
  const inputs = inputsNamed(name);
  for (const input of inputs) input.addEventListener("change", () => change(/** @type {Partial<DeskState>} */ ({ [key]: input.value })));
  followWish((now) => {
    for (const input of inputs) input.checked = input.value === now[key];
  });
};

export const radios = () => {
  for (const name of /** @type {const} */ (["view", "unit", "stage"])) radio(name, name);
};

export const choices = () => {
  files();
  const severity = byId("severity");
  severity.addEventListener("change", () =>
    change({ severity: severity.value, ...(asks(severity.value, wanted.category) ? {} : { category: "" }) }),
  );
  kinds();
  const verified = byId("verified");
  verified.addEventListener("change", () => change({ verified: verified.checked }));
  followWish((now) => {
    severity.value = now.severity;
    verified.checked = now.verified;
  });
};

// Whether findings of a kind can be counted from a severity on; all kinds together always can.
/** @type {(severity: string, category: string) => boolean} */
const asks = (severity, category) =>
  !category || SEVERITIES.indexOf(severity) <= (model.start.categories.find((known) => known.name === category)?.severity ?? -1);

// One kind of finding or all, as the family of tests behind the hot spots counts them.
const kinds = () => {
  const select = byId("category");
  const options = model.start.categories.map((category) => el("option", { value: category.name }, category.title));
  select.append(...options);
  if (select.parentElement) select.parentElement.hidden = !options.length;
  select.addEventListener("change", () => change({ category: select.value }));
  followWish((now) => {
    if (now.category && !model.start.categories.some((category) => category.name === now.category)) {
      change({ category: "" });
      return;
    }
    for (const option of options) option.disabled = !asks(now.severity, option.value);
    select.value = now.category;
  });
};

// Files are of the choice shown; a time range or a state switched off is of the picture only.
const files = () => {
  const links = /** @type {HTMLAnchorElement[]} */ (all("a", byId("take-away")));
  follow((now) => {
    for (const link of links) link.search = choiceKey(now);
  });
};

// The states of stations: legend and filter in one.
export const stateList = () => {
  const box = byId("state-list");
  const { start } = model;
  /** @type {Map<string, HTMLElement>} */
  const counts = new Map();
  /** @type {Map<string, HTMLInputElement>} */
  const inputs = new Map();
  for (const { name, title } of start.states) {
    const count = el("span", { class: "n" });
    counts.set(name, count);
    if (name === "off_map") {
      box.append(
        el(
          "button",
          { type: "button", class: "state-row", onclick: () => change({ tab: "offmap" }) },
          picture("off_map"),
          el("span", null, title),
          count,
        ),
      );
      continue;
    }
    const input = el("input", {
      type: "checkbox",
      name: "state",
      value: name,
      onchange: () => change({ off: STATES.filter((code) => inputs.get(code)?.checked === false) }),
    });
    inputs.set(name, input);
    box.append(
      el("label", { class: "state-row" }, input, name === "finding" ? severities() : picture(name), el("span", null, title), count),
    );
  }
  box.append(
    el(
      "p",
      { class: "severity-key" },
      ...["low", "medium", "high", "critical"].map((name, i) => el("span", null, picture(name, 14), start.severities[i])),
    ),
  );
  follow((now) => {
    for (const [name, input] of inputs) input.checked = !now.off.includes(name);
  });
  onPaint(() => {
    const drawn = new Map(start.codes.map((name, code) => [name, model.states[code]]));
    for (const [name, count] of counts) {
      const n = drawn.get(name);
      count.textContent = start.sums && n !== undefined ? "–" : number(n ?? start.offMap);
    }
  });
  onTheme(() => {
    for (const canvas of canvases("canvas.symbol")) paintPicture(canvas);
  });
  byId("states").open = matchMedia("(min-width: 1241px)").matches;
};

const severities = () => el("span", { class: "severity-pair" }, picture("medium", 13), picture("high", 13));

/** @type {(value: string, label: string, kind?: string) => HTMLElement} */
const tile = (value, label, kind = "") => el("li", { class: kind }, el("b", null, value), el("span", null, label));

// A mission known by its sums says them; what they do not tell is not zero.
/** @type {(sums: KnownSums, words: DeskWords) => HTMLElement[]} */
const sumTiles = ({ visited, stations }, words) => {
  if (visited === null) return [tile("–", `${words.stationsVisited} · ${words.notKnown}`)];
  const share = stations ? filled(words.ofShare, { k: number(visited), n: number(stations), percent: percent(visited / stations) }) : "";
  return [tile(number(visited), [words.stationsVisited, share, words.sumOnly].filter(Boolean).join(" · "))];
};

export const keyFigures = () => {
  onPaint(() => {
    const { total } = model.tally;
    const { start, figures } = model;
    const words = start.words;
    if (start.sums) {
      byId("key-figures").replaceChildren(...sumTiles(start.sums, words));
      return;
    }
    const { planned, done } = model.plan;
    const { age_median: median, age_p90: p90 } = start.freshness;
    /** @type {(part: number, whole: number) => string} */
    const share = (part, whole) => (whole ? percent(part / whole).replace(/[.,]\d/, "") : "–");
    /** @type {(part: number, whole: number) => string} */
    const ratio = (part, whole) => (whole ? `(${filled(words.of, { k: number(part), n: number(whole) })})` : "");
    const until = start.freshness.is_over ? words.ageAtEnd : words.ageMedian;
    const age = tile(median === null ? "–" : duration(median), median === null ? words.noVisits : until, "fresh");
    if (median !== null && p90 !== null) age.title = filled(words.freshness, { median: duration(median), p90: duration(p90) });
    byId("key-figures").replaceChildren(
      tile(number(total.observed), `${words.stationsVisited}${figures.hasFrame ? ` · ${percent(total.observed / start.stations)}` : ""}`),
      tile(share(done, planned), `${words.plannedDone} ${ratio(done, planned)}`),
      tile(share(total.k, total.m), `${words.withFinding} ${ratio(total.k, total.m)}`),
      age,
    );
  });
};

/** @type {(map: L.Map) => void} */
export const tools = (map) => {
  const words = model.start.words;
  zoomButtons(map, words);
  toolbar(words);
  paper(document.documentElement);
};

// Paper is white: the canvas is drawn in light colours while the page is printed.
/** @type {(root: HTMLElement) => void} */
const paper = (root) => {
  /** @type {string | undefined} */
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
