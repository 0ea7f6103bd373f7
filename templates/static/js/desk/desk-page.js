// The desk from first paint on: areas first, stations after them, then whatever the address asks for.
import { all, byId, only } from "../dom.js";
import { toast } from "../tooltip.js";
import { RETRY_S } from "../figure-state.js";
import { padWith, paper, showAll, whole } from "../map-view.js";
import { filled } from "../language.js";
import { caption } from "./desk-caption.js";
import { choices, keyFigures, radios, stateList, tools } from "./desk-controls.js";
import { detail } from "./details-card.js";
import { legend } from "./desk-legend.js";
import { lists, tabs } from "./side-lists.js";
import { foreseen, isScanning, model, repaint, settle } from "./desk-model.js";
import { stationLayer } from "./station-points.js";
import { finder } from "./station-search.js";
import { askWith, change, choiceKey, follow, isOfAddress, PICKS, state } from "./desk-state.js";
import { clicked, goTo, hold, measure, NEAR, nearFrom, obey, padding, remember, uncover } from "./map-place.js";
import { VISITS, stored } from "./browser-storage.js";
import { get, newest, open, renew, resource, shapesOf } from "./desk-resources.js";
import { lost, regained, statusBar } from "./status-bar.js";
import { time } from "./time-range.js";
import { labelChoice } from "./label-choice.js";
import { boundsOf, pointer, redrawUnits, unitLayer } from "./unit-layer.js";

const EVERY_MS = 10000; // what is wrong is said after two looks in vain, within a quarter of a minute

/** @type {(map: L.Map, options: DeskOptions) => Promise<void>} */
export const begin = async (map, options) => {
  open(options);
  const place = state.at; // before anything moves the map and writes its own
  hold(map);
  padWith(() => padding(map));
  for (const part of [radios, tabs]) part(); // what somebody chooses before the figures are there is not lost
  foreseen(options.isTiled);
  const tiled = options.isTiled ? import("./tiled-stations.js") : null;
  const [start, { shapes: outlines }] = await Promise.all([resource("start"), shapesOf("area")]);
  model.start = start;
  if (!outlines) throw new Error("areas have outlines");
  if (outlines.bounds) whole(map, L.latLngBounds([outlines.bounds[1], outlines.bounds[0]], [outlines.bounds[3], outlines.bounds[2]]));
  document.documentElement.dataset.areas = String(outlines.features.length); // the ground waits for it
  map.fire("fitted"); // the background may now see whether the picture reaches beyond what it has
  measure();
  if (place) obey(place, false);
  map.scrollWheelZoom.enable();
  unitLayer(map, outlines);
  labelChoice(map);
  only(".leaflet-towns-pane", map.getContainer()).style.zIndex = "590"; // names for orientation, never over a station
  const points = tiled ? (await tiled).tiledLayer(map, options) : stationLayer(map);
  model.points = points;
  for (const part of [choices, stateList, keyFigures, caption, legend, lists, time, detail, finder]) part();
  if (!place) {
    showAll(map); // the cards are as large as they will be
    measure();
  }
  tools(map);
  paper(map, () => Boolean(state.at));
  byId("table-open").addEventListener("click", () => change({ table: "units" }));
  follow((now) => now.table && tables());
  pointer(map, points);
  fills(map);
  follow((now, before) => before && decide(now, before, points));
  follow((now) => now.tab === "doctor" && import("./registry-doctor.js").then(({ useMap }) => useMap(map)));
  follow((now) => now.tab === "routes" && showRoutes(map));
  follow((now) => (["teams", "overdue"].includes(now.tab) || now.team) && import("./team-list.js").then(({ teamLayer }) => teamLayer(map)));
  follow(() => isScanning() && import("./cluster-scan.js").then(({ scanLayer }) => scanLayer(map)));
  follow(seek(place));
  statusBar();
  askWith(() => settle().catch(() => {})); // the bar says why
  await settle();
  if (!place) showAll(map); // now the caption has its words, and is a card like the others
  remember(map);
  if (!place && state.open) show(state.open);
  const [loaded, , { help }] = await Promise.all([points.load(), tables(), import("./desk-help.js")]);
  help();
  dispatchEvent(new CustomEvent("stations"));
  document.documentElement.dataset.stations = loaded;
  watch(points, options);
  if (stored(VISITS)) (await import("./visit-queue.js")).resume(); // what an earlier page could not send
};

// Tables, and what is printed of them, are loaded once the map is there.
/** @type {Promise<void> | null} */
let loading = null;
const tables = () => (loading ??= import("./map-table.js").then(({ table }) => table()));

// Routes are loaded for those who plan them.
/** @type {(map: L.Map) => Promise<void>} */
const showRoutes = async (map) => {
  const [{ routeLayer }, { panel }] = await Promise.all([import("./routes-map.js"), import("./routes-panel.js")]);
  panel(map);
  routeLayer(map);
};

// The station that is open: its place arrives with its card.
/** @type {StationHistory | null} */
let opened = null;

// Go to what was picked, wherever it was picked. `place`: a link that says where to look is obeyed instead.
/** @type {(place: string) => (now: DeskState, before?: DeskState) => void} */
const seek = (place) => {
  let held = place ? state.station : ""; // a station whose card is on its way, to be left where it is
  /** @type {L.LatLng | null} */
  let at = null;
  addEventListener("opened", ({ detail: record }) => {
    opened = record;
    if (record.id === held) return;
    if (at) uncover(at);
    else toStation(record);
  });
  addEventListener("again", () => {
    if (state.open) show(state.open);
    else if (opened && opened.id === state.station) toStation(opened);
  });
  return (now, before) => {
    if (!before) return;
    const isPicked = PICKS.some((name) => now[name] && now[name] !== before[name]);
    held = isOfAddress && now.at ? now.station : "";
    if (isPicked) at = clicked;
    if (isOfAddress && (now.at || !isPicked) && now.at !== before.at) obey(now.at);
  };
};

// A station near, or its area where its place is not known.
/** @type {(record: StationHistory) => void} */
const toStation = ({ lon, lat, area }) => {
  if (lon !== null && lat !== null) return goTo({ lon, lat, zoom: NEAR.station });
  const index = model.shapes.name.indexOf(area);
  return index < 0 ? undefined : goTo(boundsOf(index));
};

// What has to be counted or only drawn again after a change; what had to be fetched is there by now, and painted next.
/** @type {(now: DeskState, before: DeskState, points: StationLayer) => void} */
const decide = (now, before, points) => {
  const isSought = now.open && before.open !== now.open && !(isOfAddress && now.at);
  const at = clicked;
  const seekUnit = () => isSought && (at ? uncover(at) : show(now.open));
  const isCommitted = choiceKey(before) !== choiceKey(now) || before.unit !== now.unit;
  if (isCommitted) queueMicrotask(seekUnit);
  else if (before.view !== now.view) repaint();
  else if (String(before.off) !== String(now.off) || before.squares !== now.squares || before.station !== now.station) points.draw();
  if (before.squares !== now.squares) redrawUnits();
  if (!isCommitted && before.open !== now.open) {
    redrawUnits();
    seekUnit();
  }
};

// The whole of a unit that was opened.
/** @type {(id: string) => void} */
const show = (id) => {
  const index = model.shapes.id.indexOf(id);
  if (index >= 0) goTo(boundsOf(index));
};

/** @type {(map: L.Map) => void} */
const fills = (map) => {
  const classes = map.getContainer().classList;
  const tell = () => classes.toggle("zoom-near", map.getZoom() >= nearFrom);
  map.on("zoomend", tell);
  tell();
};

/** @type {(field: HTMLElement) => boolean} */
const holdsText = (field) => field instanceof HTMLInputElement && field.type === "text" && Boolean(field.value);
const isWriting = () => all("#list form input").some(holdsText);

// New reports change the figures where they stand; the page, its place and its choices stay.
/** @type {(points: StationLayer, options: DeskOptions) => void} */
const watch = (points, options) => {
  let shown = model.start.version;
  let inVain = 0;
  let timer = 0;
  const look = async () => {
    const { version } = await newest();
    if (inVain > 1) regained();
    inVain = 0;
    if (version === shown) return;
    /** @type {Address<DeskStart>} */
    const address = `${version}/start.json`;
    const next = await get(address);
    if (next.registry !== model.start.registry || next.isTiled !== options.isTiled) {
      if (!isWriting()) location.reload(); // else at one of the next looks: a form half filled in is not lost
      return;
    }
    renew(version);
    model.start = next;
    shown = version;
    points.renew(version);
    await settle();
    byId("as-of").textContent = filled(model.start.words.dataTo, { time: model.start.asOf });
    toast(filled(model.start.words.renewed, { time: model.start.asOf }));
  };
  const askAgain = async () => {
    clearTimeout(timer);
    try {
      if (!document.hidden) await look();
    } catch (error) {
      console.warn(error); // offline: the figures that are there stay, with the moment they speak for
      inVain += 1;
      lost(inVain);
    }
    timer = setTimeout(askAgain, inVain ? 1000 * RETRY_S[Math.min(inVain, RETRY_S.length) - 1] : EVERY_MS);
  };
  timer = setTimeout(askAgain, EVERY_MS);
  addEventListener("stale", askAgain); // the server has newer figures than those asked for
  addEventListener("online", askAgain);
};
