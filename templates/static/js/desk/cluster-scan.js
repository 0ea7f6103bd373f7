// The search for clusters: asked for when somebody looks, watched while it runs, its places listed here and drawn on the map.
import { all, byId, el } from "../dom.js";
import { filled, number, percent } from "../language.js";
import { isScanning, model, onPaint } from "./desk-model.js";
import { NotAllowed, closed } from "./desk-resources.js";
import { choiceKey, follow, state } from "./desk-state.js";
import { released } from "./held-pointer.js";
import { goTo } from "./map-place.js";
import { mercator, surface } from "./canvas-layer.js";
import { colour, onTheme } from "./canvas-colours.js";

const POLL_MS = 350;
const BUSY_MS = 5000;
const SMALLEST_PX = 9; // a cluster of one station has no radius
/** @type {ScanProgress} */
const NOTHING = { status: "none", share: 0, says: [], clusters: [] };
/** @type {ScanProgress} */
const FAILED = { ...NOTHING, status: "failed" };
/** @type {() => ScanProgress} */
const notYours = () => ({ ...FAILED, says: [model.start.words.notYours] });
/** @type {ScanProgress} */
let progress = NOTHING;
let shownKey = "";
let shownChoice = "";
let askedKey = "";
let chosen = -1;
/** @type {ScanParts | null} */
let parts = null;
/** @type {Surface | null} */
let layer = null;

const isUnderway = () => ["waiting", "running"].includes(progress.status);
const keyNow = () => `${choiceKey()} ${model.start.version}`;

/** @type {(name: string, method: string) => Promise<ScanProgress>} */
const fetched = async (name, method) => {
  const answer = await fetch(`scan/${name}.json?${choiceKey()}`, { method, cache: "no-store" });
  if (answer.status === 403) return closed(name);
  return answer.ok || answer.status === 503 ? { ...NOTHING, ...(await answer.json()) } : FAILED;
};

// Ask, unless the choice changed meanwhile; then again until there is nothing more to wait for.
/** @type {(name?: string, method?: string) => Promise<void>} */
const turn = async (name = "state", method = "GET") => {
  const key = keyNow();
  const answer = await fetched(name, method).catch((error) => (error instanceof NotAllowed ? notYours() : null));
  await released();
  if (key !== keyNow()) return;
  /** @type {(ms: number, ...asked: string[]) => void} */
  const later = (ms, ...asked) => void setTimeout(() => isScanning() && key === keyNow() && turn(...asked), ms);
  if (answer) take(answer, key);
  if (!answer) later(BUSY_MS, name, method); // the line was lost, which the bar says
  else if (isUnderway()) later(POLL_MS);
  else if (progress.status === "busy" || progress.status === "cancelled") later(BUSY_MS, "start", "POST");
};

const message = () => {
  const words = model.start.words;
  if (progress.status === "waiting") return words.scanWaits;
  if (progress.status === "running") return filled(words.scanProgress, { percent: percent(progress.share).replace(/[.,]\d/, "") });
  if (progress.status === "busy") return words.scanBusy;
  return progress.status === "failed" ? (progress.says[0] ?? words.scanBroke) : "";
};

// What was progress before stays in sight while the same choice is searched in newer data.
/** @type {(answer: ScanProgress, key: string) => void} */
const take = (answer, key) => {
  const wasUnderway = isUnderway();
  const isAgain = ["waiting", "running"].includes(answer.status) && shownChoice === choiceKey();
  const next = isAgain ? { ...answer, says: progress.says, clusters: progress.clusters } : answer;
  const isSame = key === shownKey && JSON.stringify([next.says, next.clusters]) === JSON.stringify([progress.says, progress.clusters]);
  progress = next;
  shownKey = key;
  shownChoice = choiceKey();
  const { bar, note, says, list } = built();
  bar.hidden = !isUnderway();
  if (progress.status === "running") bar.value = progress.share;
  else bar.removeAttribute("value");
  note.textContent = message();
  if (wasUnderway && !isUnderway()) announce();
  if (isSame) return;
  chosen = -1;
  says.replaceChildren(...(progress.status === "failed" ? [] : progress.says).map((text) => el("p", { class: "small" }, text)));
  list.replaceChildren(...progress.clusters.map(card));
  layer?.redraw();
};

const announce = () => {
  const done = [filled(model.start.words.scanFound, { n: number(progress.clusters.length) }), ...progress.says];
  byId("status").textContent = progress.status === "done" ? done.join(" ") : message();
};

/** @type {(cluster: ScanCluster, index: number) => HTMLElement} */
const card = (cluster, index) =>
  el(
    "li",
    { class: "item cluster" },
    el(
      "div",
      { class: "item-head" },
      el(
        "button",
        { type: "button", class: "link", "aria-pressed": "false", onclick: () => choose(index) },
        `${number(index + 1)}. ${cluster.place || cluster.title}`,
      ),
      el("b", { class: "n" }, cluster.title),
    ),
    ...cluster.says.map((text) => el("p", { class: "small" }, text)),
  );

/** @type {(index: number) => void} */
const choose = (index) => {
  chosen = chosen === index ? -1 : index;
  for (const [at, button] of all("button", built().list).entries()) button.setAttribute("aria-pressed", String(at === chosen));
  layer?.redraw();
  if (chosen < 0) return;
  const cluster = progress.clusters[index];
  const bounds = L.latLngBounds(cluster.rings.flat().map(([lon, lat]) => [lat, lon])).pad(0.2);
  goTo(bounds);
};

/** @type {() => ScanParts} */
const build = () => {
  const words = model.start.words;
  const within = {
    bar: el("progress", { max: "1", "aria-label": words.scanRunning, hidden: true }),
    note: el("p", { class: "small", id: "scan-note" }),
    says: el("div", { class: "scan-says", tabindex: "-1" }),
    list: el("ol", { class: "items clusters" }),
  };
  const root = el("section", { class: "scan" }, el("p", { class: "small" }, words.scanAsk), ...Object.values(within));
  return { ...within, root };
};

// Trace a cluster's edges; return where its number stands, above its middle.
/** @type {(ink: CanvasRenderingContext2D, rings: number[][][], frame: MapFrame) => [number, number]} */
const traced = (ink, rings, frame) => {
  const edges = rings.map((ring) => placed(ring, frame));
  const at = edges.flat();
  const [xs, ys] = [at.map(([x]) => x), at.map(([, y]) => y)];
  const middle = [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2];
  ink.beginPath();
  if (Math.max(...xs) - Math.min(...xs) < 2 * SMALLEST_PX) ink.arc(middle[0], middle[1], SMALLEST_PX, 0, 7);
  else
    for (const edge of edges) {
      edge.forEach(([x, y], i) => (i ? ink.lineTo(x, y) : ink.moveTo(x, y)));
      ink.closePath();
    }
  return [middle[0], Math.min(Math.min(...ys), middle[1] - SMALLEST_PX)];
};

/** @type {(ring: number[][], frame: MapFrame) => number[][]} */
const placed = (ring, frame) =>
  ring.map(([lon, lat]) => mercator(lon, lat)).map(([x, y]) => [x * frame.factor - frame.x, y * frame.factor - frame.y]);

/** @type {(ink: CanvasRenderingContext2D, index: number, place: [number, number]) => void} */
const numbered = (ink, index, [x, y]) => {
  ink.beginPath();
  ink.arc(x, y, 9, 0, 7);
  ink.fillStyle = colour("critical");
  ink.fill();
  ink.fillStyle = colour("surface");
  ink.font = "700 12px Inter, sans-serif";
  ink.textAlign = "center";
  ink.textBaseline = "middle";
  ink.fillText(String(index + 1), x, y + 0.5);
};

/** @type {Painter} */
const paint = (ink, frame, canvas) => {
  const clusters = isScanning() ? progress.clusters : [];
  canvas.dataset.circles = String(clusters.length);
  clusters.forEach((cluster, index) => {
    const top = traced(ink, cluster.rings, frame);
    ink.strokeStyle = colour("surface");
    ink.lineWidth = index === chosen ? 7 : 5;
    ink.stroke();
    ink.strokeStyle = colour("critical");
    ink.lineWidth = index === chosen ? 4 : 2.5;
    ink.stroke();
    numbered(ink, index, top);
  });
};

// The panel lives on while the figures around it change, so that it keeps its focus.
const built = () => (parts ??= build());

export const panel = () => built().root;

// Begin to draw and to follow the choice; once.
/** @type {(on: L.Map) => void} */
export const scanLayer = (on) => {
  if (layer) return;
  const drawn = surface(on, "clusters", 560, paint);
  layer = drawn;
  onTheme(() => drawn.redraw());
  /** @type {(now: DeskState, before?: DeskState) => void} */
  const look = (now, before) => {
    panel();
    if (isScanning() && keyNow() !== askedKey) {
      askedKey = keyNow();
      if (shownChoice !== choiceKey()) take(NOTHING, askedKey);
      turn("start", "POST");
    } else if (isScanning() && isUnderway() && before && (before.tab !== now.tab || before.view !== now.view)) turn();
    drawn.redraw();
  };
  follow(look);
  onPaint(() => look(state, state));
};
