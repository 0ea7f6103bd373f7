// What the tabs of work share: what they begin with, who acts, and how something is sent.
import { el } from "../dom.js";
import { store, stored } from "./browser-storage.js";
import { closed } from "./desk-resources.js";

const NAME = "baqylau-name"; // where this browser keeps the name given at the shared key
/** @type {Promise<WorkStart> | null} */
let begun = null;

/**
 * @template T
 * @param {Address<T>} address
 * @returns {Promise<T>}
 */
export const read = async (address) => {
  const answer = await fetch(`work/${address}`, { cache: "no-store" });
  if (answer.status === 403) return closed(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
};

/** @type {Address<WorkStart>} */
const START = "start.json";
export const beginning = () => {
  begun ??= read(START);
  begun.catch(() => (begun = null));
  return begun;
};

// Sent once: what fails on the way is thrown, what the server says, whatever it is, comes back.
/** @type {(name: string, body: unknown) => Promise<{ status: number; value: WorkAnswer }>} */
export const post = async (name, body) => {
  const answer = await fetch(`work/${name}.json`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (answer.status === 403) await closed(name).catch(() => {}); // a session that ended: the page is loaded again, and says so
  const value = await answer.json().catch(() => ({ done: 0, message: String(answer.status), stale: [] }));
  return { status: answer.status, value };
};

const SOON_MS = [300, 1100, 2200]; // when the figures may have what was written: the server counts twice a second
export const followSoon = () => {
  for (const ms of SOON_MS) setTimeout(() => dispatchEvent(new CustomEvent("stale")), ms);
};

export const myName = () => stored(NAME) ?? "";
/** @type {Set<HTMLInputElement>} */
const nameFields = new Set(); // every tab has one, and all say the same

// Who acts at the desk's shared key: asked once, kept in this browser.
/** @type {(words: WorkWords, then?: () => void) => HTMLElement} */
export const nameField = (words, then = () => {}) => {
  const input = el("input", { id: "my-name", type: "text", maxlength: 60, autocomplete: "name", value: myName() });
  input.addEventListener("change", () => {
    store(NAME, input.value.trim());
    for (const field of nameFields) field.value = myName();
    then();
  });
  nameFields.add(input);
  return el("label", { class: "my-name small", title: words.nameNote }, `${words.yourName} `, input);
};

// An id that no other sending has, letters and digits only; also on a page without a certificate.
export const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
