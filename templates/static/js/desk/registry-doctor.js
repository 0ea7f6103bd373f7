// Stations with a doubtful point: what is wrong with each; moved on the map, by two numbers, and back again.
import { el } from "../dom.js";
import { failed } from "../tooltip.js";
import { filled, number } from "../language.js";
import { change, follow } from "./desk-state.js";
import { goTo, NEAR } from "./map-place.js";
import { released } from "./held-pointer.js";
import { beginning, followSoon, myName, nameField, newId, post, read } from "./work-store.js";

/** @type {Address<RegistryDoctor>} */
const DOCTOR = "doctor.json";
/** @type {L.Map | null} */
let map = null;
/** @type {WorkStart} */
let start;
/** @type {HTMLElement | null} */
let box = null;
/** @type {HTMLElement} */
let list;
/** @type {HTMLElement} */
let says;

// The map that places are picked on.
/** @type {(shown: L.Map) => void} */
export const useMap = (shown) => {
  if (map) return;
  map = shown;
  follow((now) => now.tab !== "doctor" && endPick());
};

let drawn = ""; // the answer as it was drawn: the same once more takes nothing from under a pointer
let turn = 0;
const renew = async () => {
  turn += 1;
  const ticket = turn;
  const answer = await read(DOCTOR);
  await released();
  if (ticket !== turn) return; // asked again meanwhile
  const now = JSON.stringify(answer);
  if (now !== drawn) draw(answer);
  drawn = now;
};
let isSending = false;

/** @type {(body: Record<string, unknown>) => Promise<void>} */
const send = async (body) => {
  if (isSending) return; // a second press would move it once more, or take back two moves
  isSending = true;
  try {
    const { status, value } = await post("move", { id: newId(), by: myName(), ...body });
    says.textContent = value.message;
    if (status !== 200) return;
    await renew();
    followSoon();
  } finally {
    isSending = false;
  }
};

/** @type {(station: string, point: number[]) => void} */
const move = (station, [lon, lat]) => {
  send({ station_id: station, lon, lat }).catch(() => (says.textContent = start.words.lost));
};

let endPick = () => {};

// The next click on the map is the station's place and nothing else. Whoever drags the map looks for it; one station at a time.
/** @type {(station: string) => void} */
const pick = (station) => {
  endPick();
  if (!map) return;
  const onMap = map;
  const stage = onMap.getContainer();
  let isDrag = false;
  const pressed = () => (isDrag = false);
  const dragged = () => (isDrag = true);
  const end = () => {
    stage.removeEventListener("click", clicked, true);
    stage.removeEventListener("pointerdown", pressed, true);
    onMap.off("dragstart", dragged);
    document.removeEventListener("keydown", left, true);
    stage.classList.remove("is-picking");
    says.textContent = "";
    endPick = () => {};
  };
  endPick = end;
  /** @type {(event: MouseEvent) => void} */
  const clicked = (event) => {
    if (isDrag) return;
    event.stopPropagation();
    end();
    const { lng, lat } = onMap.mouseEventToLatLng(event).wrap();
    move(station, [lng, lat]);
  };
  /** @type {(event: KeyboardEvent) => void} */
  const left = (event) => {
    if (event.key === "Escape") end();
  };
  stage.addEventListener("click", clicked, true);
  stage.addEventListener("pointerdown", pressed, true);
  onMap.on("dragstart", dragged);
  document.addEventListener("keydown", left, true);
  stage.classList.add("is-picking");
  says.textContent = filled(start.words.picking, { station });
};

/** @type {(station: string) => HTMLElement} */
const byNumbers = (station) => {
  const { words } = start;
  const input = el("input", { type: "text", "aria-label": `${words.coordinates}: ${station}`, placeholder: words.coordinates });
  return el(
    "form",
    {
      class: "ask-reason",
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        const numbers = input.value.split(/[,;\s]+/).filter(Boolean).map(Number);
        if (numbers.length === 2 && numbers.every(Number.isFinite)) move(station, numbers);
        else says.textContent = words.badNumbers;
      },
    },
    input,
    el("button", { type: "submit", class: "small-button" }, words.move),
  );
};

/** @type {(title: string, go: () => void) => HTMLElement} */
const button = (title, go) => el("button", { type: "button", class: "small-button", onclick: go }, title);
/** @type {(point: number[]) => { lon: string; lat: string }} */
const shown = ([lon, lat]) => ({ lon: lon.toFixed(5), lat: lat.toFixed(5) });
/** @type {(id: string) => HTMLElement} */
const stationLink = (id) => el("button", { type: "button", class: "link", onclick: () => change({ station: id, open: "" }) }, id);

/** @type {(row: DoubtfulStation) => HTMLElement} */
const doubtful = (row) => {
  const { words } = start;
  const { told, suggested } = row;
  return el(
    "li",
    { class: "item", "data-doubtful": row.station },
    el("div", { class: "item-head" }, stationLink(row.station), el("span", { class: "n small" }, row.title)),
    el("p", { class: "small" }, [row.area, row.address, told ? filled(words.told, shown(told)) : ""].filter(Boolean).join(" · ")),
    el(
      "div",
      { class: "inbox-head" },
      suggested ? button(filled(words.turn, shown(suggested)), () => move(row.station, suggested)) : "",
      button(words.onMap, () => pick(row.station)),
    ),
    byNumbers(row.station),
  );
};

/** @type {(row: MovedStation) => HTMLElement} */
const moved = (row) => {
  const { words } = start;
  const [lon, lat] = row.point;
  const outside = row.isOutside ? ` · ${words.stillOutside}` : "";
  return el(
    "li",
    { class: "item", "data-moved": row.station },
    el("div", { class: "item-head" }, stationLink(row.station), el("span", { class: "n small" }, `${lon.toFixed(5)}, ${lat.toFixed(5)}`)),
    el("p", { class: "small" }, filled(words.movedBy, { who: row.who, time: row.time }), outside),
    el(
      "div",
      { class: "inbox-head" },
      button(words.undo, () => send({ station_id: row.station, undo: true }).catch(failed)),
      button(words.onMap, () => (goTo({ lon, lat, zoom: NEAR.station }), pick(row.station))),
    ),
  );
};

/** @type {(answer: RegistryDoctor) => void} */
const draw = (answer) => {
  const { words } = start;
  const kinds = answer.kinds.map(({ title, n }) => `${title}: ${number(n)}`).join(" · ");
  list.replaceChildren(
    el("p", { class: "small note" }, `${kinds}${kinds ? ". " : ""}${words.doctorNote}`),
    answer.rows.length ? el("ol", { class: "items" }, ...answer.rows.map(doubtful)) : el("p", { class: "empty" }, words.noDoubtful),
    answer.rows.length < answer.total
      ? el("p", { class: "small note" }, filled(words.showing, { x: number(answer.rows.length), y: number(answer.total) }))
      : "",
    ...(answer.moved.length
      ? [el("h3", { class: "block-title" }, words.movedTitle), el("ol", { class: "items" }, ...answer.moved.map(moved))]
      : []),
  );
};

const build = () => {
  list = el("div");
  says = el("p", { class: "small note", role: "status" });
  return el("div", { class: "inbox" }, start.asksName ? nameField(start.words) : "", says, list);
};

export const panel = async () => {
  start = await beginning();
  if (!start.may.includes("registry.fix")) return [el("p", { class: "muted" }, start.words.notYours)];
  box ??= build();
  if (!list.contains(document.activeElement)) await renew(); // whoever types a place is not interrupted
  return [box];
};
