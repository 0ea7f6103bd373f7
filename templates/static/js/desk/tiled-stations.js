// Stations of a large mission: tiles where symbols have room or squares are wanted, the areas' colours elsewhere.
import { byId, el, inkOf, paneOf } from "../dom.js";
import { remembered } from "../memo.js";
import { Refused } from "../tiles/tile-fetch.js";
import { createStationLayer } from "../tiles/tile-layer.js";
import { failed } from "../tooltip.js";
import { filled, number, percent, plural } from "../language.js";
import { tone } from "../ramp-tone.js";
import { swatch } from "./desk-legend.js";
import { buckets, model, onPaint, titleOf } from "./desk-model.js";
import { change, choiceKey, follow, state } from "./desk-state.js";
import { get } from "./desk-resources.js";
import { onMap } from "./map-place.js";
import { mercator, surface } from "./canvas-layer.js";
import { drawRing, drawSymbol, radius, shapeOf, sizeOf } from "./state-symbols.js";
import { colour, onTheme } from "./canvas-colours.js";

const NEAR = 7; // from this zoom on fills give way
// States as tiles number them, see layers/tiles/tile_state.py.
const NAMES = ["not_planned", "planned", "visited", "finding", "denied", "closed", "unreachable"];

/** @type {Map<string, HTMLCanvasElement>} */
let sprites = new Map();

// A symbol as the desk draws it everywhere, once per look, zoom and theme.
/** @type {Sprite} */
const sprite = (code, level, zoom, ratio) =>
  remembered(sprites, `${code} ${level} ${zoom} ${ratio}`, () => {
    const canvas = document.createElement("canvas");
    const r = radius(zoom);
    const name = NAMES[code];
    const side = 2 * Math.ceil(r * 1.75 + 3);
    canvas.width = canvas.height = Math.round(side * ratio);
    const ink = inkOf(canvas);
    ink.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (name) drawSymbol(ink, shapeOf(name, level - 1), side / 2, side / 2, r * sizeOf(name));
    else drawSymbol(ink, "off_map", side / 2, side / 2, r * 0.6); // its state is on its way
    return canvas;
  });

/** @type {ChosenStyle} */
const style = () => ({
  sprite,
  minExposure: model.start.binVisits,
  breaks: model.start.figures[model.start.squares].starts.cell.slice(1),
  notPlanned: colour("unplanned"),
});

// A category as an address names it: "-" is all of them, and a browser leaves "." out, so one of such letters alone gets a hyphen more.
/** @type {(category: string) => string} */
export const categoryWord = (category) => (/^[-.]*$/.test(category) ? `-${category}` : category);

// The words of a state's address: the filter the server answers.
/** @type {(now: DeskState) => Record<string, string | number>} */
const filterOf = (now) => ({
  stage: now.stage || "-",
  least: now.severity,
  verified: now.verified ? 1 : 0,
  kind: categoryWord(now.category),
});

/** @type {(now: DeskState) => Set<number>} */
const offCodes = (now) => new Set(now.off.map((name) => NAMES.indexOf(name)));

/** @type {(bin: BinProperties) => string[]} */
const describeBin = ({ stations, observed, exposure, findings = 0 }) => {
  const words = model.start.words;
  const lines = [plural(words.stations, stations)];
  if (observed === undefined) return lines;
  lines.push(`${words.stationsVisited}: ${filled(words.of, { k: number(observed), n: number(stations) })}`);
  if (exposure)
    lines.push(
      `${words.withFinding}: ${filled(words.ofShare, { k: number(findings), n: number(exposure), percent: percent(findings / exposure) })}`,
    );
  return lines;
};

/** @type {(station: StationProperties) => string[]} */
const describeStation = ({ shown }) => {
  const { start } = model;
  if (!shown) return [start.words.loading];
  const lines = [titleOf(NAMES[shown.state])];
  if (NAMES[shown.state] === "finding") lines.push(`${start.words.severity}: ${start.severities[shown.severity - 1]}`);
  return lines;
};

// Which colour means what in the squares, and whether they are wanted at every zoom.
const key = () => {
  const words = model.start.words;
  const input = el("input", { type: "checkbox", name: "squares", onchange: () => change({ squares: input.checked }) });
  follow((now) => (input.checked = now.squares));
  const { ramp: colours, starts } = model.start.figures[model.start.squares];
  const classes = starts.cell.map((_, i, all) => swatch(`${colours}-${tone(i, all.length)}`, false, 12));
  const ramp = el("span", { class: "severity-pair", "aria-hidden": "true" }, ...classes);
  byId("state-list").append(
    el("label", { class: "state-row squares" }, input, ramp, el("span", null, words.squares)),
    el("p", { class: "severity-key" }, filled(words.squaresSay, { visits: number(model.start.binVisits) })),
  );
};

// A ring around the station that was opened.
/** @type {(map: L.Map) => void} */
const ringed = (map) => {
  /** @type {[number, number] | null} */
  let place = null;
  const layer = surface(map, "opened", 602, (ink, frame) => {
    if (!place || !state.station) return;
    drawRing(ink, place[0] * frame.factor - frame.x, place[1] * frame.factor - frame.y, radius(frame.zoom) + 6);
  });
  addEventListener("opened", ({ detail: station }) => {
    place = station.lon === null || station.lat === null ? null : mercator(station.lon, station.lat);
    layer.redraw();
  });
  follow((now, before) => before && before.station !== now.station && layer.redraw());
};

/** @type {(map: L.Map, options: DeskOptions) => StationLayer} */
export const tiledLayer = (map, options) => {
  paneOf(map, "stations", 600).style.pointerEvents = "none";
  const choice = () => ({ filter: filterOf(state), off: offCodes(state), hours: buckets() });
  const layer = createStationLayer({
    tiles: options.tiles,
    states: options.states,
    version: model.start.version,
    pane: "stations",
    style,
    choice: { filter: filterOf(state), off: offCodes(state) },
  });
  const isWanted = () => state.squares || map.getZoom() >= NEAR;
  const place = () => {
    if (isWanted() === map.hasLayer(layer)) return;
    if (isWanted()) map.addLayer(layer);
    else map.removeLayer(layer);
    dispatchEvent(new CustomEvent("stations"));
  };
  const draw = () => {
    place();
    layer.setStyleState(choice());
  };
  map.on("zoomend", place);
  // asked for beside the figures of another choice, not after them; those are asked for first, being fewer
  follow(
    (now, before) =>
      before && choiceKey(now) !== choiceKey(before) && queueMicrotask(() => layer.setStyleState({ filter: filterOf(state) })),
  );
  onPaint(draw);
  onTheme(() => {
    sprites = new Map();
    layer.refreshStyle();
  });
  layer.on("failed", ({ error }) =>
    error instanceof Refused && error.status === 404 ? dispatchEvent(new CustomEvent("stale")) : failed(),
  );
  // how many stations are drawn, for whoever checks the map; counted when nobody waits for it, and all of them have come
  let counting = 0;
  layer.on("loading statesloading load statesload restyled", () => {
    clearTimeout(counting);
    delete document.documentElement.dataset.tiles; // what is there is of what is on screen
    counting = setTimeout(() => {
      if (!layer.isWaiting()) document.documentElement.dataset.tiles = JSON.stringify(layer.tally());
    }, 120);
  });
  ringed(map);
  return {
    draw,
    hit: (point) => hit(map, layer, options, point),
    load: async () => {
      key();
      return "tiles";
    },
    renew: (version) => layer.setVersion(version),
    note: () => (map.hasLayer(layer) ? "" : model.start.words.zoomForStations),
  };
};

/** @type {(map: L.Map, layer: TileLayer, options: DeskOptions, point: L.PointExpression) => ReturnType<StationLayer["hit"]>} */
const hit = (map, layer, options, point) => {
  const feature = map.hasLayer(layer) ? layer.hit(L.point(point)) : null;
  if (!feature) return null;
  if (feature.kind === "bin") {
    const at = map.containerPointToLatLng(point);
    return { lines: describeBin(feature.properties), open: () => map.setView(at, Math.min(map.getZoom() + 2, 16)) };
  }
  const url = filled(options.pick, { ...feature.tile, ordinal: feature.ordinal });
  const open = () =>
    get(url)
      .then(({ id }) => id && onMap(map.containerPointToLatLng(point), () => change({ station: id, open: "" })))
      .catch(failed);
  return { lines: describeStation(feature.properties), open };
};
