// The search for clusters: begun on the server, watched while it runs, its circles listed here and drawn on the map.
import { byId, el } from "../dom.js";
import { filled, number, percent } from "../words.js";
import { model, onPaint } from "./model.js";
import { choiceKey, follow, state } from "./state.js";
import { mercator, surface } from "./surface.js";
import { colour, onTheme } from "./theme.js";

const POLL_MS = 350;
const SMALLEST_PX = 9; // a cluster of one station has no radius
const NOTHING = { status: "none", share: 0, says: [], clusters: [] };
let found = NOTHING;
let shownKey = "";
let chosen = -1;
let parts = null;
let layer = null;
let map = null;

const isUnderway = () => ["waiting", "running"].includes(found.status);
const isOpen = () => state.tab === "scan";
const keyNow = () => `${choiceKey()} ${model.start.version}`;

const fetched = async (name, method) => {
  const answer = await fetch(`scan/${name}.json?${choiceKey()}`, { method, cache: "no-store" });
  if (answer.status === 403) location.reload(); // the server was started anew: it will say where its key is
  return answer.ok || answer.status === 503 ? { ...NOTHING, ...(await answer.json()) } : { ...NOTHING, status: "failed" };
};

// Ask, unless the choice changed meanwhile; then again until there is nothing more to wait for.
const turn = async (name = "state", method = "GET") => {
  const key = keyNow();
  const told = await fetched(name, method).catch(() => ({ ...NOTHING, status: "failed" }));
  if (key !== keyNow()) return;
  take(told, key);
  if (isUnderway() && name === "state") setTimeout(() => isOpen() && key === keyNow() && turn(), POLL_MS);
};

const begin = async () => {
  const isStopping = isUnderway();
  await turn(isStopping ? "cancel" : "start", "POST");
  if (isUnderway()) turn();
};

const message = () => {
  const said = model.start.words;
  if (found.status === "waiting") return said.scanWaits;
  if (found.status === "running") return filled(said.scanProgress, { percent: percent(found.share).replace(/[.,]\d/, "") });
  if (found.status === "cancelled") return said.scanStopped;
  if (found.status === "busy") return said.scanBusy;
  return found.status === "failed" ? (found.says[0] ?? said.scanBroke) : "";
};

const take = (told, key) => {
  const wasUnderway = isUnderway();
  const isSame = key === shownKey && JSON.stringify([told.status, told.says, told.clusters]) === JSON.stringify([found.status, found.says, found.clusters]);
  found = told;
  shownKey = key;
  const { button, bar, note, says, list } = parts;
  const said = model.start.words;
  bar.hidden = !isUnderway();
  if (found.status === "running") bar.value = found.share;
  else bar.removeAttribute("value");
  note.textContent = message();
  button.textContent = isUnderway() ? said.scanStop : said.scanStart;
  if (isSame) return;
  chosen = -1;
  says.replaceChildren(...(found.status === "done" ? found.says.map((text) => el("p", { class: "small" }, text)) : []));
  list.replaceChildren(...found.clusters.map(card));
  const hadFocus = document.activeElement === button;
  button.hidden = found.status === "done";
  if (hadFocus && button.hidden) (list.querySelector("button") ?? says).focus();
  if (wasUnderway || ["busy", "failed"].includes(found.status)) announce();
  layer?.redraw();
};

const announce = () => {
  const done = [filled(model.start.words.scanFound, { n: number(found.clusters.length) }), ...found.says];
  byId("status").textContent = found.status === "done" ? done.join(" ") : message();
};

const card = (one, index) =>
  el(
    "li",
    { class: "item cluster" },
    el("div", { class: "item-head" }, el("button", { type: "button", class: "link", "aria-pressed": "false", onclick: () => choose(index) }, `${number(index + 1)}. ${one.place || one.title}`), el("b", { class: one.robust ? "n" : "n is-possible" }, one.title)),
    ...one.says.map((text) => el("p", { class: "small" }, text)),
  );

const choose = (index) => {
  chosen = chosen === index ? -1 : index;
  for (const [at, button] of [...parts.list.querySelectorAll("button")].entries()) button.setAttribute("aria-pressed", String(at === chosen));
  layer?.redraw();
  if (chosen < 0) return;
  const one = found.clusters[index];
  const bounds = L.latLngBounds(one.ring.map(([lon, lat]) => [lat, lon])).pad(0.4);
  dispatchEvent(new CustomEvent("look", { detail: [one.lon, one.lat, Math.min(9, map.getBoundsZoom(bounds))] }));
};

const build = () => {
  const said = model.start.words;
  const made = {
    button: el("button", { type: "button", class: "scan-go", onclick: begin }, said.scanStart),
    bar: el("progress", { max: "1", "aria-label": said.scanRunning, hidden: true }),
    note: el("p", { class: "small", id: "scan-note" }),
    says: el("div", { class: "scan-says", tabindex: "-1" }),
    list: el("ol", { class: "items clusters" }),
  };
  made.root = el("section", { class: "scan" }, el("p", { class: "small" }, said.scanAsk), made.button, made.bar, made.note, made.says, made.list);
  return made;
};

const traced = (ink, ring, frame) => {
  const at = ring.map(([lon, lat]) => mercator(lon, lat)).map(([x, y]) => [x * frame.factor - frame.x, y * frame.factor - frame.y]);
  const [xs, ys] = [at.map(([x]) => x), at.map(([, y]) => y)];
  const middle = [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2];
  ink.beginPath();
  if (Math.max(...xs) - Math.min(...xs) < 2 * SMALLEST_PX) ink.arc(...middle, SMALLEST_PX, 0, 7);
  else at.forEach(([x, y], i) => (i ? ink.lineTo(x, y) : ink.moveTo(x, y)));
  ink.closePath();
  return [middle[0], Math.min(Math.min(...ys), middle[1] - SMALLEST_PX)];
};

const numbered = (ink, index, [x, y]) => {
  ink.beginPath();
  ink.arc(x, y, 9, 0, 7);
  ink.fillStyle = colour("critical");
  ink.fill();
  ink.fillStyle = colour("surface");
  ink.font = "700 11px Inter, sans-serif";
  ink.textAlign = "center";
  ink.textBaseline = "middle";
  ink.fillText(String(index + 1), x, y + 0.5);
};

const paint = (ink, frame, canvas) => {
  const clusters = isOpen() ? found.clusters : [];
  canvas.dataset.circles = String(clusters.length);
  clusters.forEach((one, index) => {
    const top = traced(ink, one.ring, frame);
    ink.setLineDash([]);
    ink.strokeStyle = colour("surface");
    ink.lineWidth = index === chosen ? 7 : 5;
    ink.stroke();
    ink.setLineDash(one.robust ? [] : [7, 5]);
    ink.strokeStyle = colour("critical");
    ink.lineWidth = index === chosen ? 4 : 2.5;
    ink.stroke();
    ink.setLineDash([]);
    numbered(ink, index, top);
  });
};

// The panel lives on while the figures around it change, so that it keeps its focus.
export const panel = () => {
  parts ??= build();
  return parts.root;
};

// Begin to draw and to follow the choice; once.
export const scanLayer = (on) => {
  if (layer) return;
  map = on;
  layer = surface(map, "clusters", 560, paint);
  onTheme(() => layer.redraw());
  const look = (now, before) => {
    panel();
    if (isOpen() && keyNow() !== shownKey) {
      take(NOTHING, keyNow());
      turn();
    } else if (isOpen() && isUnderway() && before && before.tab !== now.tab) turn();
    layer.redraw();
  };
  follow(look);
  onPaint(() => look(state, state));
};
