// Help with the keyboard, and a tour on the first visit. This browser remembers that it was seen, and nothing of the data.
import { all, byId, latin } from "../dom.js";
import { filled } from "../language.js";
import { change, VIEWS } from "./desk-state.js";
import { model } from "./desk-model.js";

// Where storage is forbidden everything was seen: a tour at every visit would be worse than none.
/** @type {(name: string) => string | null} */
const remembered = (name) => {
  try {
    return localStorage.getItem(name);
  } catch {
    return "yes";
  }
};
/** @type {(name: string, value: string) => void} */
const remember = (name, value) => {
  try {
    localStorage.setItem(name, value);
  } catch {
    // then it lasts as long as the page
  }
};

/** @type {Record<string, () => void>} */
const KEYS = {
  "?": () => byId("help").showModal(),
  "/": () => byId("q").focus(),
  0: () => all("#zoom button").at(-1)?.click(),
  t: () => change({ table: "units" }),
};

const WRITING = "textarea, select, input:not([type=radio], [type=checkbox], [type=range])";

/** @type {(event: KeyboardEvent) => void} */
const press = (event) => {
  const { target, key } = event;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !byId("keys").checked) return;
  if ((target instanceof Element && target.matches(WRITING)) || document.querySelector("dialog[open]")) return;
  const view = VIEWS[Number(key) - 1];
  const act = KEYS[latin(event)] ?? (view && (() => change({ view })));
  if (!act) return;
  act();
  event.preventDefault();
};

// Four steps beside the page, which goes on working under them.
const tour = () => {
  const box = byId("tour");
  const steps = all("li", box);
  let at = -1;
  const show = (/** @type {number} */ next) => {
    for (const marked of all(".is-toured")) marked.classList.remove("is-toured");
    at = next;
    const step = steps[at];
    box.hidden = !step;
    if (!step) {
      remember("tour", "seen");
      return;
    }
    steps.forEach((other) => (other.hidden = other !== step));
    all(step.dataset.shows ?? "")[0]?.classList.add("is-toured");
    byId("tour-at").textContent = filled(model.start.words.of, { k: at + 1, n: steps.length });
    byId("tour-next").textContent = (at === steps.length - 1 ? box.dataset.done : box.dataset.next) ?? "";
  };
  byId("tour-next").addEventListener("click", () => show(at + 1));
  byId("tour-skip").addEventListener("click", () => show(steps.length));
  byId("tour-start").addEventListener("click", () => {
    byId("help").close();
    show(0);
    byId("tour-next").focus();
  });
  if (!remembered("tour")) show(0);
};

export const help = () => {
  const box = byId("help");
  byId("help-open").addEventListener("click", () => box.showModal());
  byId("help-close").addEventListener("click", () => box.close());
  const keys = byId("keys");
  keys.checked = remembered("keys") !== "off";
  keys.addEventListener("change", () => remember("keys", keys.checked ? "on" : "off"));
  document.addEventListener("keydown", press);
  tour();
};
