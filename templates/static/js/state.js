// What the reader chose, kept in the address so that a link shows the same picture.
export const LOW_OUT = 14; // severities as bits: 1 low, 2 medium, 4 high, 8 critical

const initial = { view: document.getElementById("stage")?.dataset.view ?? "findings", severities: LOW_OUT, category: -1, area: -1, stage: document.getElementById("stage")?.dataset.stage ?? "all", from: "medium", layers: {} };
const word = (text, otherwise) => (/^[a-z-]{1,20}$/.test(text ?? "") ? text : otherwise);
const listeners = new Set();
let here = -1;
const hoverers = new Set();

const whole = (text, least, most, otherwise) => {
  const n = Number(text);
  return text !== null && Number.isInteger(n) && n >= least && n <= most ? n : otherwise;
};

const read = () => {
  const asked = new URLSearchParams(location.hash.slice(1));
  const layers = {};
  for (const name of (asked.get("on") ?? "").split(",")) if (name) layers[name] = true;
  for (const name of (asked.get("off") ?? "").split(",")) if (name) layers[name] = false;
  return {
    view: word(asked.get("view"), initial.view),
    stage: word(asked.get("stage"), initial.stage),
    from: word(asked.get("from"), initial.from),
    severities: whole(asked.get("severity"), 1, 15, LOW_OUT),
    category: whole(asked.get("category"), 0, 999, -1),
    area: whole(asked.get("area"), 0, 99999, -1),
    layers,
  };
};

export let state = { ...initial, ...read() };

const write = () => {
  const asked = new URLSearchParams();
  if (state.view !== initial.view) asked.set("view", state.view);
  if (state.stage !== initial.stage) asked.set("stage", state.stage);
  if (state.from !== initial.from) asked.set("from", state.from);
  if (state.severities !== LOW_OUT) asked.set("severity", state.severities);
  if (state.category >= 0) asked.set("category", state.category);
  if (state.area >= 0) asked.set("area", state.area);
  const names = (wanted) => Object.keys(state.layers).filter((name) => state.layers[name] === wanted).join(",");
  if (names(true)) asked.set("on", names(true));
  if (names(false)) asked.set("off", names(false));
  const text = asked.toString();
  history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
};

// Show what is known now: after a change, and when figures have arrived.
export const tell = () => {
  for (const listener of listeners) listener(state);
};

export const change = (part) => {
  state = { ...state, ...part };
  write();
  tell();
};

// Call now and after every change.
export const follow = (listener) => {
  listeners.add(listener);
  listener(state);
};

// The area under the pointer or the keyboard's focus, on the map or in the list; not part of the address.
export const hover = (area) => {
  if (area === here) return;
  here = area;
  for (const hoverer of hoverers) hoverer(area);
};
export const followHover = (hoverer) => hoverers.add(hoverer);

addEventListener("hashchange", () => {
  if (/^#[\w-]+$/.test(location.hash)) return; // a link to a part of the page: what is chosen stays
  state = { ...initial, ...read() };
  tell();
});
