// Visits entered here and not yet on the server: kept in this browser, each sent until it is taken, once.
import { post } from "./work-store.js";

const KEPT = `baqylau-visits ${location.pathname.split("/desk/")[0]}`;
const AGAIN_MS = 5000;
let isSending = false;
let timer = 0;
/** @type {(told: Told) => void} */
let tell = () => {};

/** @type {() => VisitForm[]} */
const kept = () => JSON.parse(localStorage.getItem(KEPT) ?? "[]");
/** @type {(visits: VisitForm[]) => void} */
const keep = (visits) => localStorage.setItem(KEPT, JSON.stringify(visits));

// What is sent twice has the same id, so an answer that was lost does no harm.
const flush = async () => {
  if (isSending) return;
  isSending = true;
  clearTimeout(timer);
  try {
    for (let [visit] = kept(); visit; [visit] = kept()) {
      const { status, value } = await post("visit", visit);
      if (status >= 500) throw new Error(String(status));
      keep(kept().filter(({ id }) => id !== visit.id));
      tell({ visit, isTaken: status === 200, why: value.message, waiting: kept().length });
    }
  } catch (error) {
    console.warn(error);
    tell({ visit: null, isTaken: false, why: "", waiting: kept().length });
    timer = setTimeout(flush, AGAIN_MS);
  }
  isSending = false;
};

/** @type {(visit: VisitForm) => Promise<void>} */
export const enter = (visit) => {
  keep([...kept(), visit]);
  return flush();
};

// Begin with what an earlier page could not send. `told`: hears of every visit taken, refused, or waiting.
/** @type {(told: (told: Told) => void) => void} */
export const begin = (told) => {
  tell = told;
  addEventListener("online", flush);
  if (kept().length) flush();
};
