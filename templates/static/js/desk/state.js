// What the coordinator chose, kept in the address so that a link shows the same picture. Ids, never positions.
export const VIEWS = ["both", "coverage", "gap", "rate", "assessment", "hot_spot"];
export const STATES = ["finding", "visited", "denied", "closed", "unreachable", "planned", "not_planned"];
const STAGES = ["", "opening", "voting", "closing", "counting"];
export const SEVERITIES = ["low", "medium", "high", "critical"];
const TABS = ["areas", "gaps", "scan", "routes", "overdue", "doubts", "offmap"];
const ROWS = ["", "units", "stations"];
const ID = /^[^<>"]{1,120}$/;

const initial = {
  view: "coverage", unit: "area", stage: "", severity: "medium", category: "", verified: false, from: null, to: null,
  off: [], squares: false, open: "", station: "", tab: "areas", table: "", at: "",
};
const listeners = new Set();

const one = (text, choices, otherwise) => (choices.includes(text) ? text : otherwise);
const hour = (text) => (/^-?\d{1,4}$/.test(text ?? "") ? Number(text) : null);

const read = () => {
  const asked = new URLSearchParams(location.hash.slice(1));
  const id = (name) => (ID.test(asked.get(name) ?? "") ? asked.get(name) : "");
  const from = hour(asked.get("from"));
  const to = hour(asked.get("to"));
  const hasRange = from !== null && to !== null && from < to;
  return {
    view: one(asked.get("view"), VIEWS, initial.view),
    unit: one(asked.get("unit"), ["area", "district", "cell"], initial.unit),
    stage: one(asked.get("stage") ?? "", STAGES, ""),
    severity: one(asked.get("severity"), SEVERITIES, initial.severity),
    category: id("category"),
    verified: asked.get("verified") === "1",
    from: hasRange ? from : null,
    to: hasRange ? to : null,
    off: (asked.get("off") ?? "").split(",").filter((name) => STATES.includes(name)),
    squares: asked.get("squares") === "1",
    open: id("open"),
    station: id("station"),
    tab: one(asked.get("tab"), TABS, initial.tab),
    table: one(asked.get("table") ?? "", ROWS, ""),
    at: /^-?[\d.]+\/-?[\d.]+\/-?[\d.]+$/.test(asked.get("at") ?? "") ? asked.get("at") : "",
  };
};

export let state = read();

const write = () => {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) {
    if (Array.isArray(value) ? !value.length : value === initial[name]) continue;
    asked.set(name, Array.isArray(value) ? value.join(",") : value === true ? "1" : String(value));
  }
  const text = asked.toString().replaceAll("%2F", "/").replaceAll("%2C", ",");
  history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
};

const tell = (before) => {
  for (const listener of listeners) listener(state, before);
};

export const change = (part) => {
  const before = state;
  state = { ...state, ...part };
  if (Object.keys(part).every((name) => String(before[name]) === String(state[name]))) return;
  write();
  tell(before);
};

// Call now and after every change; `before` is undefined the first time.
export const follow = (listener) => {
  listeners.add(listener);
  listener(state, undefined);
};

export const choiceKey = (now = state) => `stage=${now.stage}&severity=${now.severity}&verified=${now.verified ? 1 : 0}${now.category ? `&category=${encodeURIComponent(now.category)}` : ""}`;

addEventListener("hashchange", () => {
  const before = state;
  state = read();
  tell(before);
});
