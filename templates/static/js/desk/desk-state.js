// What the coordinator chose, kept in the address so that a link shows the same picture. Ids, never positions.
import { inputsNamed } from "../dom.js";

const buttons = inputsNamed("view");
export const VIEWS = buttons.map(({ value }) => value);
export const STATES = ["finding", "visited", "denied", "closed", "unreachable", "planned", "not_planned"];
const STAGES = ["", "opening", "voting", "closing", "counting"];
export const SEVERITIES = ["low", "medium", "high", "critical"];
/** @type {Tab[]} */
export const TABS = ["areas", "gaps", "scan", "teams", "routes", "overdue", "inbox", "entry", "upload", "doubts", "offmap", "doctor"];
/** @type {DeskState["table"][]} */
const ROWS = ["", "units", "stations"];
/** @type {(keyof DeskState)[]} */
const STEPS = ["view", "unit", "open", "station", "team"];
/** @type {("open" | "station" | "team")[]} */
export const PICKS = ["open", "station", "team"];
const ID = /^[^<>"]{1,120}$/;
/** @type {(keyof DeskState)[]} */
const FETCHED = ["stage", "severity", "category", "verified", "unit"]; // what needs figures of its own
const PLACE = /^-?\d{1,3}(\.\d+)?(\/-?\d{1,3}(\.\d+)?){2}$/; // zoom, lon, lat

/** @type {(pattern: RegExp, text: string | null) => string} */
const matching = (pattern, text) => (text !== null && pattern.test(text) ? text : "");

/** @type {DeskState} */
const initial = {
  view: buttons.find(({ defaultChecked }) => defaultChecked)?.value ?? VIEWS[0],
  unit: "area",
  stage: "",
  severity: "medium",
  category: "",
  verified: false,
  from: null,
  to: null,
  off: [],
  squares: false,
  open: "",
  station: "",
  team: "",
  near: "",
  tab: "areas",
  table: "",
  at: "",
};
/** @type {Set<(now: DeskState, before?: DeskState) => void>} */
const listeners = new Set();

/**
 * @template {string} T
 * @param {string | null} text
 * @param {T[]} choices
 * @param {T} otherwise
 */
const oneOf = (text, choices, otherwise) => choices.find((choice) => choice === text) ?? otherwise;
/** @type {(text: string | null) => number | null} */
const hour = (text) => (/^-?\d{1,4}$/.test(text ?? "") ? Number(text) : null);

// A link damaged on its way may name a place that no map can show: then it shows the whole mission.
/** @type {(text: string | null) => string} */
const placeOf = (text) => {
  const [zoom, lon, lat] = matching(PLACE, text).split("/").map(Number);
  return text && zoom >= 0 && zoom <= 22 && Math.abs(lon) <= 360 && Math.abs(lat) <= 90 ? text : "";
};

/** @type {() => DeskState} */
const read = () => {
  const query = new URLSearchParams(location.hash.slice(1));
  /** @type {(name: string) => string} */
  const id = (name) => matching(ID, query.get(name));
  const from = hour(query.get("from"));
  const to = hour(query.get("to"));
  const hasRange = from !== null && to !== null && from < to;
  return {
    view: oneOf(query.get("view"), VIEWS, initial.view),
    unit: oneOf(query.get("unit"), ["area", "district", "cell"], initial.unit),
    stage: oneOf(query.get("stage") ?? "", STAGES, ""),
    severity: oneOf(query.get("severity"), SEVERITIES, initial.severity),
    category: id("category"),
    verified: query.get("verified") === "1",
    from: hasRange ? from : null,
    to: hasRange ? to : null,
    off: (query.get("off") ?? "").split(",").filter((name) => STATES.includes(name)),
    squares: query.get("squares") === "1",
    open: id("open"),
    station: id("station"),
    team: id("team"),
    near: id("near"),
    tab: oneOf(query.get("tab"), TABS, initial.tab),
    table: oneOf(query.get("table") ?? "", ROWS, ""),
    at: placeOf(query.get("at")),
  };
};

/** @type {DeskState} */
export let state = read();
// What the controls stand at: ahead of `state`, which everything on screen speaks of, until its figures are there.
export let wanted = state;
let hasFigures = false;
/** @type {() => void} */
let ask = () => {};
/** @type {Set<(now: DeskState) => void>} */
const wishers = new Set();
export let isOfAddress = false; // whether the change being told was made in the address, not on the page
let waitsOfAddress = false; // whether what waits for its figures was

// `isStep`: the browser's Back returns to what was before.
/** @type {(isStep: boolean) => void} */
const write = (isStep) => {
  const query = new URLSearchParams();
  const usual = new Map(Object.entries(initial));
  for (const [name, value] of Object.entries(wanted)) {
    if (Array.isArray(value) ? !value.length : value === usual.get(name)) continue;
    query.set(name, Array.isArray(value) ? value.join(",") : value === true ? "1" : String(value));
  }
  const text = query.toString().replaceAll("%2F", "/").replaceAll("%2C", ",");
  history[isStep ? "pushState" : "replaceState"](null, "", text ? `#${text}` : location.pathname + location.search);
};

/** @type {(before: DeskState) => void} */
const tell = (before) => {
  for (const listener of listeners) listener(state, before);
};

/** @type {(part: Partial<DeskState>) => void} */
export const change = (asked) => {
  const before = wanted;
  const part = { ...asked };
  const picked = PICKS.find((name) => part[name]);
  if (picked) for (const name of PICKS) part[name] = name === picked ? part[name] : ""; // one card at a time
  if (picked) waitsOfAddress = false; // the map goes to what was picked last
  wanted = { ...before, ...part };
  const was = new Map(Object.entries(before));
  if (Object.entries(part).every(([name, value]) => String(was.get(name)) === String(value))) {
    if (picked) dispatchEvent(new CustomEvent("again")); // picked once more: the map goes there once more
    return;
  }
  write(STEPS.some((name) => before[name] !== wanted[name]));
  take(part, before);
};

/** @type {(one: DeskState, other: DeskState) => boolean} */
const isAsked = (one, other) => FETCHED.some((name) => one[name] !== other[name]);

// What of a change can be shown before the figures on their way: an area of theirs has no outline until then.
/** @type {(part: Partial<DeskState>) => Partial<DeskState>} */
const ready = (part) => {
  const isOpened = part.open && part.unit && part.unit !== state.unit;
  const waiting = new Set(isOpened ? [...FETCHED, "open"] : FETCHED);
  return Object.fromEntries(Object.entries(part).filter(([name]) => !waiting.has(name)));
};

// What needs no figures of its own is shown at once; the rest as soon as they are there, all of it together.
/** @type {(part: Partial<DeskState>, before: DeskState) => void} */
const take = (part, before) => {
  for (const wisher of wishers) wisher(wanted);
  const isNew = isAsked(wanted, before);
  waitsOfAddress ||= isOfAddress;
  if (!hasFigures || !isAsked(wanted, state)) showWanted();
  else if (!isNew) show({ ...state, ...ready(part) });
  if (isNew) ask();
};

/** @type {(next: DeskState) => void} */
const show = (next) => {
  const before = state;
  state = next;
  tell(before);
};

// All that is wanted, at once; what a link asked for is told as of the address though its figures came later.
const showWanted = () => {
  isOfAddress = waitsOfAddress;
  waitsOfAddress = false;
  show(wanted);
  isOfAddress = false;
};

// The figures of what is wanted are there: from now on the page speaks of it.
export const commit = () => {
  hasFigures = true;
  if (wanted !== state) showWanted();
};

// The choice could not be had: the controls go back to what is on screen, and the rest of a link is obeyed.
export const takeBack = () => {
  const open = wanted.unit === state.unit ? wanted.open : state.open;
  for (const name of FETCHED) wanted = { ...wanted, [name]: state[name], open };
  write(false);
  for (const wisher of wishers) wisher(wanted);
  showWanted();
};

// Who fetches what is wanted.
/** @type {(asker: () => void) => void} */
export const askWith = (asker) => (ask = asker);

// For the controls: call now and after every wish.
/** @type {(wisher: (now: DeskState) => void) => void} */
export const followWish = (wisher) => {
  wishers.add(wisher);
  wisher(wanted);
};

// Call now and after every change; `before` is undefined the first time.
/** @type {(listener: (now: DeskState, before?: DeskState) => void) => void} */
export const follow = (listener) => {
  listeners.add(listener);
  listener(state, undefined);
};

/** @type {(now?: DeskState) => string} */
export const choiceKey = (now = state) => {
  const category = now.category ? `&category=${encodeURIComponent(now.category)}` : "";
  return `stage=${now.stage}&severity=${now.severity}&verified=${now.verified ? 1 : 0}${category}`;
};

// A link was pasted, or Back pressed: the address says where the map looks, too.
addEventListener("hashchange", () => {
  if (/^#[\w-]+$/.test(location.hash) && document.getElementById(location.hash.slice(1))) {
    write(false); // a link to a part of the page says nothing about the map
    return;
  }
  const before = wanted;
  wanted = read();
  isOfAddress = true;
  take(wanted, before);
  isOfAddress = false;
});
