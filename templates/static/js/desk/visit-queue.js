// Visits entered here and not yet on the server: kept in this browser, each sent until it is taken, once. What the server
// refuses stays, with why, until somebody corrects it or puts it away.
import { VISITS, store, stored } from "./browser-storage.js";
import { post } from "./work-store.js";

const AGAIN_MS = 5000;
const REFUSED = new Set([400, 409, 413, 415, 422]); // the same again would be refused again; anything else may pass
let isSending = false;
let timer = 0;
/** @type {(told: Told) => void} */
let tell = () => {};

/** @type {() => KeptVisit[]} */
const kept = () => JSON.parse(stored(VISITS) ?? "[]");
/** @type {(visits: KeptVisit[]) => void} */
const keep = (visits) => store(VISITS, JSON.stringify(visits));
const waiting = () => kept().filter((visit) => !visit.refused);

export const refusedVisits = () => kept().filter((visit) => visit.refused);

/** @type {(id: string) => void} */
export const putAway = (id) => keep(kept().filter((visit) => visit.id !== id));

// What is sent twice has the same id, so an answer that was lost does no harm.
const flush = async () => {
  if (isSending) return;
  isSending = true;
  clearTimeout(timer);
  try {
    for (let [visit] = waiting(); visit; [visit] = waiting()) {
      const { status, value } = await post("visit", visit);
      if (status !== 200 && !REFUSED.has(status)) throw new Error(String(status));
      const { id } = visit;
      if (status === 200) putAway(id);
      else keep(kept().map((one) => (one.id === id ? { ...one, refused: value.message || String(status) } : one)));
      tell({ visit, isTaken: status === 200, why: value.message, waiting: waiting().length });
    }
  } catch (error) {
    console.warn(error);
    tell({ visit: null, isTaken: false, why: "", waiting: waiting().length });
    timer = setTimeout(flush, AGAIN_MS);
  }
  isSending = false;
};

/** @type {(visit: VisitForm) => Promise<void>} */
export const enter = (visit) => {
  keep([...kept(), visit]);
  return flush();
};

// Send what an earlier page could not.
export const resume = () => {
  addEventListener("online", flush);
  if (waiting().length) flush();
};

// `told`: hears of every visit taken, refused, or waiting.
/** @type {(told: (told: Told) => void) => void} */
export const begin = (told) => {
  tell = told;
  resume();
};
