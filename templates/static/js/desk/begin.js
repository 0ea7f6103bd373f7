// The desk from first paint on: areas first, stations after them, then whatever the address asks for.
import { toast } from "../tip.js";
import { showAll, whole } from "../view.js";
import { filled } from "../words.js";
import { caption } from "./caption.js";
import { choices, keyFigures, radios, stateList, tools } from "./controls.js";
import { detail } from "./detail.js";
import { legend } from "./legend.js";
import { lists, relist, tabs } from "./lists.js";
import { foreseen, model, repaint, settle } from "./model.js";
import { stationLayer } from "./points.js";
import { finder } from "./search.js";
import { change, follow, state } from "./state.js";
import { newest, open, renew, resource, shapesOf } from "./store.js";
import { table } from "./table.js";
import { time } from "./time.js";
import { boundsOf, pointer, redrawUnits, unitLayer } from "./units.js";

const EVERY_MS = 20000;
const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export const begin = async (map, options) => {
  open(options);
  const here = state.at; // before anything moves the map and writes its own
  for (const part of [radios, tabs]) part(); // what somebody chooses before the figures are there is not lost
  foreseen(options.isTiled);
  const tiled = options.isTiled ? import("./tiled.js") : null;
  let areas;
  [model.start, areas] = await Promise.all([resource("start"), shapesOf("area")]);
  const outlines = areas.shapes;
  if (outlines.bounds) whole(map, L.latLngBounds([outlines.bounds[1], outlines.bounds[0]], [outlines.bounds[3], outlines.bounds[2]]));
  document.documentElement.dataset.areas = outlines.features.length; // the ground waits for it
  map.fire("fitted"); // the background may now see whether the picture reaches beyond what it has
  if (here) look(map, ...here.split("/").map(Number), false);
  map.scrollWheelZoom.enable();
  unitLayer(map, outlines);
  map.getPane("towns").style.zIndex = 590; // names for orientation, never over a station
  const points = tiled ? (await tiled).tiledLayer(map, options) : stationLayer(map);
  model.points = points;
  for (const part of [choices, stateList, keyFigures, caption, legend, lists, time, detail, finder]) part();
  tools(map);
  table();
  pointer(map, points);
  fills(map);
  follow((now, before) => before && decide(now, before, points, map));
  follow((now) => now.tab === "routes" && showRoutes(map));
  follow((now) => now.tab === "scan" && import("./scan.js").then(({ scanLayer }) => scanLayer(map)));
  await settle();
  remember(map);
  const loaded = await points.load();
  if (state.tab === "offmap") relist();
  dispatchEvent(new CustomEvent("stations"));
  document.documentElement.dataset.stations = loaded;
  addEventListener("look", ({ detail: [lon, lat, zoom] }) => look(map, zoom, lon, lat));
  addEventListener("opened", ({ detail: found }) => {
    if (found.lon !== null && !map.getBounds().pad(-0.1).contains([found.lat, found.lon])) look(map, Math.max(map.getZoom(), 9), found.lon, found.lat);
  });
  watch(points, options);
};

// Routes are loaded for those who plan them.
const showRoutes = async (map) => {
  const [{ routeLayer }, { panel }] = await Promise.all([import("./routes-map.js"), import("./routes.js")]);
  panel(map);
  routeLayer(map);
};

let isTheirs = false; // whether a person, not a resize, decided where the map looks

const look = (map, zoom, lon, lat, isMoving = !isCalm()) => {
  isTheirs = true;
  map.setView([lat, lon], zoom, { animate: isMoving });
};

// What has to be fetched, counted or only drawn again after a change.
const decide = (now, before, points, map) => {
  const fetched = ["stage", "severity", "category", "verified", "unit"].some((name) => before[name] !== now[name]) || (before.view === "hot_spot") !== (now.view === "hot_spot");
  if (fetched) settle().then(() => now.open && show(map, now)).catch(() => toast(document.getElementById("stage").dataset.failed, true));
  else if (before.view !== now.view) repaint();
  else if (String(before.off) !== String(now.off) || before.squares !== now.squares || before.station !== now.station) points.draw();
  if (before.squares !== now.squares) redrawUnits();
  if (!fetched && before.open !== now.open) {
    redrawUnits();
    if (now.open) show(map, now);
  }
};

// Move to a unit that was opened but cannot be seen.
const show = (map, now) => {
  const index = model.shapes.id.indexOf(now.open);
  if (index < 0) return;
  const bounds = boundsOf(index);
  if (!map.getBounds().intersects(bounds)) map.fitBounds(bounds, { maxZoom: 8, animate: !isCalm() });
};

// Where the map looks belongs to the address, once somebody moved it.
const remember = (map) => {
  const box = map.getContainer();
  for (const name of ["wheel", "pointerdown", "keydown"]) box.addEventListener(name, () => (isTheirs = true), { passive: true });
  const write = () => {
    if (!isTheirs) return;
    const { lat, lng } = map.getCenter();
    change({ at: `${map.getZoom()}/${lng.toFixed(3)}/${lat.toFixed(3)}` });
  };
  map.on("moveend", write);
  document.getElementById("zoom").addEventListener(
    "click",
    (event) => {
      isTheirs = !event.target.closest("button:last-child");
      if (!isTheirs) change({ at: "" });
    },
    { capture: true },
  );
};

const fills = (map) => {
  const classes = map.getContainer().classList;
  const tell = () => classes.toggle("zoom-near", map.getZoom() >= 7);
  map.on("zoomend", tell);
  tell();
  addEventListener("resize", () => {
    map.invalidateSize({ animate: false });
    if (!state.at) showAll(map);
  });
};

// New reports change the figures where they stand; the page, its place and its choices stay.
const watch = (points, options) => {
  let shown = model.start.version;
  const look = async () => {
    if (document.hidden) return;
    try {
      const { version } = await newest();
      if (version === shown) return;
      renew(version);
      const registry = model.start.registry;
      model.start = await resource("start");
      if (model.start.registry !== registry || model.start.isTiled !== options.isTiled) return location.reload();
      shown = version;
      points.renew(version);
      await settle();
      document.getElementById("as-of").textContent = filled(model.start.words.dataTo, { time: model.start.asOf });
      toast(filled(model.start.words.renewed, { time: model.start.asOf }));
    } catch (error) {
      console.warn(error); // offline: the figures that are there stay, with the moment they speak for
    }
  };
  setInterval(look, EVERY_MS);
  addEventListener("stale", look); // the server has newer figures than those asked for
};
