// What the reader chose on the press page: kept in the address, so that a link shows the same, and Back goes back.
import { byId } from "../dom.js";
import { load } from "../json-cache.js";
import { fetched, figureState } from "../figure-state.js";

// Views as links of before call them.
/** @type {Record<string, Partial<PressView>>} */
const EARLIER = {
  rate: { view: "findings" },
  negative: { view: "assessment" },
  hot: { view: "clusters" },
  "patch-rate": { view: "findings", level: "part" },
  "cell-coverage": { view: "coverage", level: "part" },
};

/** @type {(name: string, otherwise: string) => string} */
const given = (name, otherwise) => byId("stage").dataset[name] ?? otherwise;
/** @type {PressView} */
const FIRST = {
  view: given("view", "findings"),
  stage: given("stage", "all"),
  from: given("severity", "medium"),
  level: "region",
  unit: -1,
  on: given("on", ""),
};

/** @type {(text: string | null, otherwise: string) => string} */
const word = (text, otherwise) => (text !== null && /^[a-z_,-]{0,60}$/.test(text) ? text : otherwise);
/** @type {(text: string | null) => number} */
const index = (text) => (text !== null && /^\d{1,6}$/.test(text) ? Number(text) : -1);

/** @returns {PressView} */
const read = () => {
  const asked = new URLSearchParams(location.hash.slice(1));
  const view = word(asked.get("view"), FIRST.view);
  return {
    view,
    stage: word(asked.get("stage"), FIRST.stage),
    from: word(asked.get("from"), FIRST.from),
    level: word(asked.get("level"), FIRST.level),
    unit: index(asked.get("unit") ?? asked.get("area")),
    on: word(asked.get("on"), FIRST.on),
    ...(Object.hasOwn(EARLIER, view) ? EARLIER[view] : {}),
  };
};

/** @type {(choice: PressView) => string} */
export const addressOf = (choice) => {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(choice)) {
    if (value !== FIRST[/** @type {keyof PressView} */ (name)]) asked.set(name, String(value));
  }
  const text = asked.toString();
  return text ? `#${text}` : "";
};

/** @type {Address<PressChoice>} */
let template = "";
/** @type {PressValues | null} */
let offered = null;

// Parts are as many as a large register fills: their figures come when they are drawn.
/** @type {(choice: PressView) => string} */
const keyOf = ({ stage, from, level, view }) => {
  const isOfPlaces = offered?.measures.some(({ name, unit }) => name === view && unit === "clusters");
  const hasParts = Boolean(offered?.levels.part) && (level === "part" || isOfPlaces);
  return `${stage}-${from}${hasParts ? "-part" : ""}`;
};

/** @type {() => Promise<unknown>} */
let named = () => Promise.resolve();

const store = figureState({
  first: read(),
  keyOf,
  load: async (/** @type {PressView} */ choice) => {
    const key = keyOf(choice);
    const [figures] = await Promise.all([
      fetched(/** @type {Address<PressChoice>} */ (template.replace("{choice}", key))),
      key.endsWith("-part") && named(), // a figure of a part without its name would be no figure
    ]);
    return figures;
  },
});

/** @type {typeof store.follow} */
export const follow = (listener) => store.follow(listener);
export const retry = () => store.retry();
export const stale = () => store.stale();
export const now = () => store.screen;

// What is on screen: the choice shown with its figures, null before there are any.
/** @type {() => ShownChoice | null} */
export const onScreen = () => {
  const { shown, figures } = store.screen;
  const measure = shown && figures?.measures[shown.view];
  return shown && figures && measure ? { choice: shown, figures, measure, level: measure.levels[shown.level] } : null;
};

// What a view draws: clusters are places of their own, everything else is a value of every unit.
/** @type {(shown: ShownChoice | null) => boolean} */
export const isClusters = (shown) => shown?.measure.unit === "clusters";

/** @type {(choice: PressView) => PressView} */
const settled = (choice) => {
  const values = offered;
  if (!values) return choice;
  const view = values.measures.some(({ name, why }) => name === choice.view && !why) ? choice.view : FIRST.view;
  const stage = choice.stage in values.stages ? choice.stage : FIRST.stage;
  const from = choice.from in values.severities ? choice.from : FIRST.from;
  const level = choice.level in values.levels ? choice.level : "region";
  const count = values.levels[level]?.units.length || Infinity; // parts may be on their way
  return { ...choice, view, stage, from, level, unit: choice.unit < count ? choice.unit : -1 };
};

/** @type {(part: Partial<PressView>) => void} */
export const change = (part) => {
  const choice = settled({ ...store.screen.wanted, ...part });
  const address = addressOf(choice) || location.pathname + location.search;
  history.pushState(null, "", address);
  store.want(choice);
};

/** @type {(values: PressValues, address: Address<PressChoice>, parts: Address<AreaShapes>) => void} */
export const begin = (values, address, parts) => {
  if (offered) return;
  named = async () => (values.levels.part.units = (await load(parts)).units ?? []);
  offered = values;
  template = address;
  store.want(settled(read()));
};

// A choice that cannot be had leaves the address, too.
follow(({ status, wanted }) => {
  if (status === "failed") history.replaceState(null, "", addressOf(wanted) || location.pathname + location.search);
});

addEventListener("popstate", () => {
  if (/^#[\w-]+$/.test(location.hash) && document.getElementById(location.hash.slice(1))) return; // a part of the page
  store.want(settled(read()));
});

// The unit under the pointer or the keyboard's focus, and the appearance under the pointer in the legend; in no address.
/** @type {Set<(pointed: Pointed) => void>} */
const pointers = new Set();
/** @type {Pointed} */
let pointed = { unit: -1, token: "", held: "" };
/** @type {(part: Partial<Pointed>) => void} */
export const point = (part) => {
  const next = { ...pointed, ...part };
  if (next.unit === pointed.unit && next.token === pointed.token && next.held === pointed.held) return;
  pointed = next;
  for (const pointer of pointers) pointer(pointed);
};
// What was held in the legend is a class of the figures it was chosen in; what is drawn anew is dimmed anew.
let drawnChoice = "";
follow(({ shown }) => {
  if (!shown) return;
  const { view, stage, from, level } = shown;
  const choice = `${view} ${stage} ${from} ${level}`;
  if (choice !== drawnChoice) pointed = { ...pointed, token: "", held: "" };
  drawnChoice = choice;
  queueMicrotask(() => {
    for (const pointer of pointers) pointer(pointed); // after whoever draws
  });
});

/** @type {(pointer: (pointed: Pointed) => void) => void} */
export const followPointer = (pointer) => {
  pointers.add(pointer);
  pointer(pointed);
};
