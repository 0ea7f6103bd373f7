// A file of visits or findings: looked at first, its columns matched, then its good rows sent in parts.
import { byId, el, present } from "../dom.js";
import { filled, number, plural } from "../language.js";
import { offerCsv } from "../csv-file.js";
import { beginning, followSoon, myName, nameField, post } from "./work-store.js";

const MOST_ROWS = 500; // in one part, as the API takes them
const MOST_LETTERS = 240_000; // of one part; a request takes a megabyte
const MOST_SHOWN = 100;
const MOST_IDS = 20;
/** @type {WorkStart} */
let start;
/** @type {HTMLElement | null} */
let box = null;
/** @type {HTMLSelectElement} */
let about;
/** @type {HTMLInputElement} */
let file;
/** @type {HTMLInputElement} */
let source;
/** @type {HTMLElement} */
let columns;
/** @type {HTMLElement} */
let result;
/** @type {HTMLElement} */
let says;
/** @type {Map<string, HTMLSelectElement>} */
const chosen = new Map(); // our column → where it is read from; empty until a file was looked at
let round = 0; // of the last look: an answer that comes after another change is of no use
let isTaking = false;

/** @type {(text: string) => void} */
const say = (text) => {
  says.textContent = text;
};

// What was shown is not true any more: nothing can be taken before the file is looked at again.
const outdate = () => {
  round += 1;
  if (result.childElementCount) say(start.words.fileChanged);
  result.replaceChildren();
};

const forget = () => {
  chosen.clear();
  columns.replaceChildren();
  source.value = "";
  outdate();
};

/** @type {(title: string, control: HTMLElement) => HTMLElement} */
const field = (title, control) => el("label", { class: "field" }, el("span", null, title), control);

/** @type {(look: FileLook) => void} */
const drawColumns = (look) => {
  const { words } = start;
  chosen.clear();
  const fields = look.columns.map(({ name, title, place, example }) => {
    const options = look.headers.map((header, at) => el("option", { value: at, selected: at === place }, header));
    const select = el("select", { onchange: outdate }, el("option", { value: -1, selected: place < 0 }, words.notInFile), ...options);
    chosen.set(name, select);
    return { place, control: el("div", null, field(title, select), example ? el("span", { class: "small told" }, example) : "") };
  });
  const [there, absent] = [true, false].map((isThere) => fields.filter(({ place }) => place >= 0 === isThere));
  /** @type {(some: typeof fields) => HTMLElement} */
  const grid = (some) => el("div", { class: "upload-columns" }, ...some.map(({ control }) => control));
  const unused = look.unused.length ? el("p", { class: "small note" }, filled(words.notUsed, { columns: look.unused.join(", ") })) : "";
  const given = el("datalist", { id: "upload-sources" }, ...look.sources.map((value) => el("option", { value })));
  columns.replaceChildren(
    el("h3", { class: "block-title" }, words.columns),
    grid(there),
    el("details", { open: !there.length }, el("summary", null, filled(words.columnsLeft, { n: number(absent.length) })), grid(absent)),
    unused,
    field(words.sourceName, source),
    given,
    el("p", { class: "small note" }, words.sourceNote),
  );
  source.value = look.source;
};

/** @type {(item: FileDefect) => HTMLElement} */
const line = ({ row, n, column, value, says: what, detail }) =>
  el(
    "li",
    { class: "item small told" },
    el("b", null, row ? filled(n > 1 ? start.words.rowsAlike : start.words.row, { n: number(n), row: number(row) }) : ""),
    ` ${[column, value && `“${value}”`].filter(Boolean).join(" ")}${column || value ? ": " : ""}${what} `,
    detail ? el("span", { lang: "en", class: "muted" }, what ? `(${detail})` : detail) : "",
  );

/** @type {(title: string, items: FileDefect[]) => Child[]} */
const listed = (title, items) => {
  if (!items.length) return [];
  const shown = items.slice(0, MOST_SHOWN);
  return [
    el("h3", { class: "block-title" }, title),
    el("ol", { class: "items" }, ...shown.map(line)),
    shown.length < items.length
      ? el("p", { class: "small note" }, filled(start.words.showing, { x: number(shown.length), y: number(items.length) }))
      : "",
  ];
};

/** @type {(rows: unknown[], from: number) => unknown[]} */
const part = (rows, from) => {
  let letters = 0;
  let to = from;
  while (to < rows.length && to - from < MOST_ROWS && (to === from || letters < MOST_LETTERS)) {
    letters += JSON.stringify(rows[to]).length;
    to += 1;
  }
  return rows.slice(from, letters > MOST_LETTERS && to - from > 1 ? to - 1 : to);
};

// Sends part after part; pressed again after a lost line it goes on where no answer came.
/** @type {(look: FileLook, kind: string) => () => Promise<void>} */
const taker = (look, kind) => {
  let sent = 0;
  let n = 0;
  /** @type {string[]} */
  const other = [];
  const all = look.fresh.length;
  const ticket = round;
  return async () => {
    const { words } = start;
    if (isTaking) return;
    if (start.asksName && !myName()) {
      say(words.nameNote);
      byId("my-name").focus();
      return;
    }
    isTaking = true;
    try {
      while (sent < all) {
        say(filled(words.rowsTaken, { n: number(n), all: number(all) }));
        const rows = part(look.fresh, sent);
        const { status, value } = await post("take", { by: myName(), about: kind, source: look.source, rows });
        if (status !== 200 && status !== 409) {
          say(filled(words.rowsStopped, { n: number(n), all: number(all), why: value.message }));
          return;
        }
        sent += rows.length;
        n += value.done;
        other.push(...value.stale);
      }
      if (ticket === round) result.replaceChildren();
      const ids = [...other.slice(0, MOST_IDS), ...(other.length > MOST_IDS ? ["…"] : [])].join(", ");
      const rest = ids ? ` ${filled(words.rowsOther, { ids })}` : "";
      say(filled(words.rowsTaken, { n: number(n), all: number(all) }) + rest);
      says.focus();
    } catch (error) {
      console.warn(error);
      say(filled(words.rowsLost, { n: number(n), all: number(all) }));
    } finally {
      isTaking = false;
      if (n) followSoon();
    }
  };
};

/** @type {(look: FileLook) => void} */
const draw = (look) => {
  const { words } = start;
  drawColumns(look);
  const { n, known, wrong, fresh, rejects } = look;
  const name = `${look.source.replace(/^file:/, "")}-rejects.csv`;
  const download = () => offerCsv(name, rejects);
  const go = taker(look, about.value);
  const parts = [
    fresh.length
      ? el("button", { type: "button", class: "primary", onclick: go }, plural(words.takeRows, fresh.length))
      : el("p", { class: "empty" }, words.nothingNew),
    ...listed(words.notTaken, look.defects),
    rejects.rows.length ? el("button", { type: "button", class: "small-button", onclick: download }, words.rejectsFile) : "",
    ...listed(words.odd, look.odd),
  ];
  result.replaceChildren(...present(parts));
  say(filled(words.fileRows, { n: number(n), fresh: number(fresh.length), known: number(known), wrong: number(wrong) }));
};

/** @type {(answer: Response) => Promise<string>} */
const whyNot = async (answer) => {
  const { message } = await answer.json().catch(() => ({ message: "" }));
  return message || String(answer.status);
};

const check = async () => {
  const { words } = start;
  const [picked] = file.files ?? [];
  if (!picked) {
    file.focus();
    say(words.chooseFirst);
    return;
  }
  if (picked.size > start.largest) {
    say(filled(words.fileTooLarge, { mb: number(start.largest >> 20) }));
    return;
  }
  outdate();
  const ticket = round;
  const places = [...chosen].map(([name, select]) => `${name}:${select.value}`).join(",");
  const query = new URLSearchParams({ about: about.value, name: picked.name.slice(-120), columns: places, source: source.value });
  say(words.checkingFile);
  const headers = { "Content-Type": "application/octet-stream" };
  try {
    const answer = await fetch(`work/file.json?${query}`, { method: "POST", headers, body: picked });
    if (answer.status >= 500) throw new Error(String(answer.status));
    const seen = answer.ok ? /** @type {FileLook} */ (await answer.json()) : null;
    const why = seen ? "" : await whyNot(answer);
    if (ticket !== round) return; // another file or column was chosen meanwhile
    if (seen) draw(seen);
    else say(`${words.fileRefused} ${why}`);
  } catch (error) {
    console.warn(error);
    if (ticket === round) say(words.fileLost);
  }
};

const build = () => {
  const { words } = start;
  const kinds = [el("option", { value: "visit" }, words.visits), el("option", { value: "incident" }, words.findings)];
  about = el("select", { onchange: forget }, ...kinds);
  file = el("input", { type: "file", id: "upload-file", accept: start.endings, onchange: forget });
  source = el("input", { type: "text", list: "upload-sources", maxlength: 80, autocomplete: "off", oninput: outdate });
  columns = el("div", { class: "upload" });
  result = el("div", { class: "upload" });
  says = el("p", { class: "small note", role: "status", tabindex: -1 });
  const form = el(
    "form",
    {
      class: "upload",
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        check();
      },
    },
    field(words.about, about),
    field(words.file, file),
    columns,
    el("button", { type: "submit", class: "small-button" }, words.checkFile),
  );
  const note = el("p", { class: "small note" }, filled(words.fileNote, { mb: number(start.largest >> 20), rows: number(start.mostRows) }));
  return el("div", { class: "inbox" }, start.asksName ? nameField(words) : "", note, form, says, result);
};

export const panel = async () => {
  start = await beginning();
  if (!start.may.includes("files.upload")) return [el("p", { class: "muted" }, start.words.notYours)];
  box ??= build();
  return [box];
};
