// Overdue teams of which somebody took note: by whom, with which words, and until when it rests.
import { all, el } from "../dom.js";
import { failed } from "../tooltip.js";
import { filled } from "../language.js";
import { beginning, myName, nameField, newId, post, read } from "./work-store.js";

/** @type {Address<CallNotes>} */
const CALLS = "calls.json";

/** @type {(start: WorkStart, place: HTMLElement, then: () => Promise<void>) => void} */
const ask = ({ words, asksName }, place, then) => {
  const note = el("input", { type: "text", maxlength: 2000, required: true });
  const until = el("input", { type: "text", inputmode: "numeric", maxlength: 5, size: 6 });
  const says = el("p", { role: "status" });
  const id = newId(); // the same when sent again
  const send = async () => {
    const body = { id, by: myName(), team: place.dataset.call, note: note.value, until: until.value };
    const { status, value } = await post("call", body);
    if (status === 200) await then();
    else says.textContent = value.message;
  };
  const form = el(
    "form",
    {
      class: "ask-reason",
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        send().catch(() => (says.textContent = words.lost));
      },
    },
    asksName && !myName() ? nameField(words) : "",
    el("label", null, `${words.callNote} `, note),
    el("label", null, `${words.snooze} `, until),
    el("button", { type: "submit", class: "small-button" }, words.ok),
    says,
  );
  place.replaceChildren(form);
  (form.querySelector("input") ?? note).focus();
};

// Write beside every team what was done about it, and a button to do something.
/** @type {(parts: (Node | string)[]) => Promise<void>} */
export const noted = async (parts) => {
  const places = parts.flatMap((part) => (part instanceof HTMLElement ? all("[data-call]", part) : []));
  const start = await beginning();
  if (!start.may.includes("call.acknowledge")) return;
  const { words } = start;
  const draw = async () => {
    const notes = new Map((await read(CALLS)).rows.map((row) => [row.team, row]));
    for (const place of places) {
      const row = notes.get(place.dataset.call ?? "");
      const rests = row?.until ? ` · ${filled(words.rests, { time: row.until })}` : "";
      place.parentElement?.classList.toggle("is-noted", Boolean(row));
      place.replaceChildren(
        row ? el("p", null, filled(words.acknowledged, { who: row.who, time: row.time, note: row.note }), rests) : "",
        el("button", { type: "button", class: "small-button", onclick: () => ask(start, place, draw) }, words.acknowledge),
      );
    }
  };
  await draw().catch(failed);
};
