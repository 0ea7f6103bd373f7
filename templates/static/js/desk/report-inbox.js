// The inbox: reports by where they stand; arrows move, Space chooses, a letter decides; many at once.
import { all, byId, el, latin, redrawn } from "../dom.js";
import { failed } from "../tooltip.js";
import { filled, number } from "../language.js";
import { change } from "./desk-state.js";
import { released } from "./held-pointer.js";
import { beginning, followSoon, myName, nameField, newId, post, read } from "./work-store.js";

/** @type {Record<string, number>} */
const STEPS = { ArrowDown: 1, ArrowUp: -1 };
/** @type {WorkStart} */
let start;
let about = "incident";
let show = "reported";
/** @type {InboxRow[]} */
let rows = [];
let total = 0;
let drawn = ""; // the rows as they were drawn: those that are still the same are not taken from under a pointer
/** @type {string[]} */
let persons = [];
/** @type {Set<string>} */
const chosen = new Set();
/** @type {Set<string>} */
const unfolded = new Set(); // reports whose history is open
let turn = 0;
let at = 0; // the row that the arrows are at
let isSending = false;
/** @type {HTMLFormElement | null} */
let asking = null; // where a reason or a person is being typed: nothing that comes meanwhile wipes it

/** @type {HTMLElement | null} */
let box = null;
/** @type {HTMLElement} */
let bar;
/** @type {HTMLElement} */
let list;
/** @type {HTMLElement} */
let says;

/** @type {(text: string) => void} */
const say = (text) => {
  says.textContent = text;
};

// What a decision would be about: what is chosen, else the row that the arrows are at.
const meant = () => {
  const picked = rows.filter((row) => chosen.has(row.id));
  return picked.length ? picked : rows.slice(at, at + 1);
};

const possible = () => start.decisions.filter(({ name }) => meant().length && meant().every((row) => row.can.includes(name)));

/** @type {(answer: Inbox, isMore: boolean) => void} */
const take = (answer, isMore) => {
  const here = rows[at]?.id;
  rows = isMore ? [...rows, ...answer.rows] : answer.rows;
  ({ total, persons } = answer);
  const shown = new Set(rows.map((row) => row.id));
  for (const id of chosen) if (!shown.has(id)) chosen.delete(id);
  const stays = rows.findIndex((row) => row.id === here); // the newest are first: a row goes down when a report arrives
  at = stays >= 0 ? stays : Math.min(at, Math.max(0, rows.length - 1));
};

/** @type {(from: number) => Promise<Inbox>} */
const asked = (from) => {
  /** @type {Address<Inbox>} */
  const address = `inbox.json?${new URLSearchParams({ about, show, me: myName(), from: String(from) })}`;
  return read(address);
};

/** @type {(isMore?: boolean) => Promise<void>} */
const renew = async (isMore = false) => {
  turn += 1;
  const ticket = turn;
  const answer = await asked(isMore ? rows.length : 0);
  // as many as were shown, so that what "More" brought and what is chosen there stays
  for (let more = answer; !isMore && more.rows.length && answer.rows.length < Math.min(rows.length, more.total); ) {
    more = await asked(answer.rows.length);
    answer.rows.push(...more.rows);
  }
  await released();
  if (ticket !== turn) return; // another filter was chosen meanwhile
  take(answer, isMore);
  const now = JSON.stringify([rows, total]);
  if (now !== drawn) draw();
  drawn = now;
};

/** @type {(decision: DecisionOffered, reports: InboxRow[], more: { reason?: string; to?: string }, id?: string) => Promise<void>} */
const send = async (decision, reports, more, id = newId()) => {
  if (isSending) return; // pressed twice
  isSending = true;
  const seen = reports.map(({ about: kind, id: report, head, content }) => ({ about: kind, id: report, head, content }));
  try {
    const { status, value } = await post("decide", { id, decision: decision.name, by: myName(), reports: seen, ...more });
    if (status === 200) {
      asking = null;
      drawn = "";
      chosen.clear();
      followSoon();
    }
    await renew().catch(failed);
    say(status === 200 ? filled(start.words.done, { n: number(value.done) }) : value.message);
    if (!asking) focusRow();
  } catch (error) {
    console.warn(error);
    say(start.words.lost); // what was typed stays, to be sent again under the same id
  } finally {
    isSending = false;
  }
};

/** @type {() => HTMLElement | undefined} */
const hereRow = () => all("input.choose", list)[at];

const focusRow = () => hereRow()?.focus();

const leave = () => {
  asking = null;
  drawBar();
  focusRow();
};

// A reason, or a person: asked where the buttons are, given with Enter, left with Escape.
/** @type {(decision: DecisionOffered) => void} */
const ask = (decision) => {
  const { words } = start;
  const reports = meant();
  const id = newId();
  const isReason = decision.needs === "reason";
  const input = el("input", { type: "text", maxlength: isReason ? 2000 : 60, required: true, list: isReason ? null : "persons" });
  const form = el(
    "form",
    {
      class: "ask-reason",
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        const given = input.value.trim();
        if (given) send(decision, reports, isReason ? { reason: given } : { to: given }, id);
      },
    },
    el("label", null, `${decision.title}: ${isReason ? words.reason : words.assignTo} `, input),
    isReason ? "" : el("datalist", { id: "persons" }, ...persons.map((name) => el("option", { value: name }))),
    el("button", { type: "submit", class: "small-button" }, words.ok),
    el("button", { type: "button", class: "small-button", onclick: leave }, words.cancel),
  );
  form.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") leave();
  });
  asking = form;
  bar.replaceChildren(form);
  input.focus();
};

/** @type {(decision: DecisionOffered) => void} */
const decide = (decision) => {
  if (start.asksName && !myName()) {
    say(start.words.nameNote);
    byId("my-name").focus();
    return;
  }
  if (decision.needs) ask(decision);
  else send(decision, meant(), {});
};

const drawBar = () => {
  if (asking) return;
  const { words } = start;
  bar.replaceChildren(
    el("span", { class: "small" }, chosen.size ? filled(words.chosen, { n: number(chosen.size) }) : ""),
    ...possible().map((decision) =>
      el(
        "button",
        {
          type: "button",
          class: "small-button",
          "aria-keyshortcuts": decision.key,
          "data-decision": decision.name,
          onclick: () => decide(decision),
        },
        decision.title,
        el("kbd", { "aria-hidden": "true" }, decision.key),
      ),
    ),
  );
};

/** @type {(row: InboxRow, into: HTMLElement) => Promise<void>} */
const tellHistory = async (row, into) => {
  const { words } = start;
  /** @type {Address<ReportHistory>} */
  const address = `history.json?${new URLSearchParams({ about: row.about, id: row.id })}`;
  const { rows: changes } = await read(address);
  const entries = changes.map((entry) =>
    el(
      "li",
      null,
      el("b", null, [entry.time, entry.who, entry.what].filter(Boolean).join(" · ")),
      entry.old ? ` ${filled(words.was, { old: entry.old, new: entry.new })}` : "",
      entry.reason ? el("blockquote", null, entry.reason) : "",
      entry.refused ? el("p", null, filled(words.notDecided, { why: entry.refused })) : "",
    ),
  );
  into.replaceChildren(entries.length ? el("ol", { class: "history" }, ...entries) : el("p", null, words.noHistory));
};

/** @type {(row: InboxRow) => HTMLElement} */
const historyOf = (row) => {
  const content = el("div", { class: "small" });
  const details = el("details", { class: "small" }, el("summary", { "data-key": `history ${row.id}` }, start.words.history), content);
  details.addEventListener("toggle", () => {
    if (!details.open) return void unfolded.delete(row.id);
    unfolded.add(row.id);
    return tellHistory(row, content).catch(failed);
  });
  details.open = unfolded.has(row.id); // newer figures fold nothing up
  return details;
};

/** @type {(row: InboxRow, index: number) => HTMLElement} */
const item = (row, index) => {
  const { words } = start;
  const check = el("input", {
    type: "checkbox",
    class: "choose",
    "data-key": row.id,
    tabindex: index === at ? 0 : -1,
    "aria-label": `${words.choose}: ${row.title}, ${row.station || row.area}, ${row.state}`,
    onfocus: () => {
      at = index;
      all("input.choose", list).forEach((other, i) => (other.tabIndex = i === index ? 0 : -1));
      drawBar();
    },
    onchange: () => {
      if (check.checked) chosen.add(row.id);
      else chosen.delete(row.id);
      drawBar();
    },
  });
  check.checked = chosen.has(row.id);
  const where = row.station
    ? el("button", { type: "button", class: "link", onclick: () => change({ station: row.station, open: "" }) }, row.station)
    : "";
  return el(
    "li",
    { class: "item report", "data-report": row.id },
    check,
    el(
      "div",
      { class: "grow" },
      el("div", { class: "item-head" }, el("b", null, row.title), el("span", { class: "n small" }, row.state)),
      el("p", { class: "small" }, where, ` ${[row.area, row.team, row.received].filter(Boolean).join(" · ")}`),
      row.text ? el("p", { class: "small told" }, row.text) : "",
      row.assigned ? el("p", { class: "small" }, filled(words.assigned, { name: row.assigned })) : "",
      historyOf(row),
    ),
  );
};

const draw = () => {
  const { words } = start;
  drawBar();
  const parts = rows.length
    ? [
        el("ol", { class: "items" }, ...rows.map(item)),
        el("p", { class: "small note" }, filled(words.showing, { x: number(rows.length), y: number(total) })),
        rows.length < total
          ? el("button", { type: "button", class: "small-button", onclick: () => renew(true).catch(failed) }, words.more)
          : "",
      ]
    : [el("p", { class: "empty" }, words.noReports)];
  redrawn(list, () => list.replaceChildren(...parts), hereRow);
};

/** @type {(event: KeyboardEvent) => void} */
const pressed = (event) => {
  const { target } = event;
  if (!(target instanceof HTMLElement) || !target.classList.contains("choose") || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = STEPS[event.key];
  const decision = possible().find(({ key }) => key === latin(event));
  if (event.repeat && decision) event.preventDefault(); // a key held down would decide about what nobody has read
  else if (step) all("input.choose", list)[at + step]?.focus();
  else if (decision) decide(decision);
  else return;
  event.preventDefault();
};

/** @type {(label: string, options: Titled[], value: string, take: (value: string) => void) => HTMLElement} */
const pick = (label, options, value, taken) => {
  const select = el(
    "select",
    { onchange: () => taken(select.value) },
    ...options.map(({ name, title }) => el("option", { value: name, selected: name === value }, title)),
  );
  return el("label", { class: "pick" }, el("span", { class: "visually-hidden" }, label), select);
};

const build = () => {
  const { words } = start;
  bar = el("div", { class: "decisions", role: "group", "aria-label": words.chosen.replace("{n}", "").trim() });
  list = el("div");
  list.addEventListener("keydown", pressed);
  says = el("p", { class: "small note", role: "status" });
  const tables = [
    { name: "incident", title: words.findings },
    { name: "visit", title: words.visits },
  ];
  /** @type {() => void} */
  const again = () => {
    chosen.clear();
    asking = null;
    drawn = "";
    rows = [];
    at = 0;
    renew().catch(failed);
  };
  const everything = () => {
    for (const row of rows) chosen.add(row.id);
    draw();
    focusRow();
  };
  return el(
    "div",
    { class: "inbox" },
    start.asksName ? nameField(start.words, () => renew().catch(failed)) : "",
    el(
      "div",
      { class: "inbox-head" },
      pick(words.about, tables, about, (value) => ((about = value), again())),
      pick(words.filter, start.filters, show, (value) => ((show = value), again())),
      el("button", { type: "button", class: "small-button", onclick: everything }, words.chooseAll),
    ),
    bar,
    says,
    list,
    el("p", { class: "small note" }, filled(words.keys, { keys: start.decisions.map(({ key, title }) => `${key} ${title}`).join(", ") })),
  );
};

// The tab; what it holds lives on while the page is open, and is asked anew whenever it is looked at.
export const panel = async () => {
  start = await beginning();
  if (!start.may.includes("journal.read")) return [el("p", { class: "muted" }, start.words.notYours)];
  box ??= build();
  if (!asking) await renew(); // whoever writes a reason is not interrupted
  return [box];
};
