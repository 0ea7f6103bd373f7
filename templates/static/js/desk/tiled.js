// Stations of a large mission: tiles where symbols have room or squares are wanted, the areas' colours elsewhere.
import { byId, el } from "../dom.js";
import { createStationLayer } from "../tile-layer.js";
import { failed } from "../tip.js";
import { filled, number, percent, plural } from "../words.js";
import { RATE } from "./classes.js";
import { swatch } from "./legend.js";
import { buckets, model, onPaint } from "./model.js";
import { change, choiceKey, follow, state } from "./state.js";
import { ask, get, resource } from "./store.js";
import { mercator, surface } from "./surface.js";
import { drawSymbol, radius, shapeOf, sizeOf } from "./symbols.js";
import { colour, onTheme } from "./theme.js";

const NEAR = 7; // from this zoom on fills give way
// States as tiles number them, see layers/tile_state.py.
const NAMES = ["not_planned", "planned", "visited", "finding", "denied", "closed", "unreachable"];

let sprites = new Map();

// A symbol as the desk draws it everywhere, once per look, zoom and theme.
const sprite = (code, level, zoom, ratio) => {
  const key = `${code} ${level} ${zoom} ${ratio}`;
  if (sprites.has(key)) return sprites.get(key);
  const picture = document.createElement("canvas");
  const r = radius(zoom);
  const name = NAMES[code];
  const side = 2 * Math.ceil(r * 1.75 + 3);
  picture.width = picture.height = Math.round(side * ratio);
  const ink = picture.getContext("2d");
  ink.setTransform(ratio, 0, 0, ratio, 0, 0);
  if (name) drawSymbol(ink, shapeOf(name, level - 1), side / 2, side / 2, r * sizeOf(name));
  else drawSymbol(ink, "off_map", side / 2, side / 2, r * 0.6); // its state is on its way
  sprites.set(key, picture);
  return picture;
};

const style = () => ({ sprite, minExposure: model.start.binVisits, breaks: RATE.slice(1), notPlanned: colour("unplanned") });

// The words of a state's address: the filter the server answers.
const words = (now) => ({ stage: now.stage || "-", least: now.severity, verified: now.verified ? 1 : 0, kind: now.category || "-" });

const offCodes = (now) => new Set(now.off.map((name) => NAMES.indexOf(name)));

const describeBin = ({ stations, observed, exposure, findings }) => {
  const said = model.start.words;
  const lines = [plural(said.stations, stations)];
  if (observed === undefined) return lines;
  lines.push(`${said.stationsVisited}: ${filled(said.of, { k: number(observed), n: number(stations) })}`);
  if (exposure) lines.push(`${said.withFinding}: ${filled(said.ofShare, { k: number(findings), n: number(exposure), percent: percent(findings / exposure) })}`);
  return lines;
};

const describeStation = ({ shown }) => {
  const { start } = model;
  if (!shown) return [start.words.loading];
  const lines = [start.states.find((one) => one.name === NAMES[shown.state]).title];
  if (NAMES[shown.state] === "finding") lines.push(`${start.words.severity}: ${start.severities[shown.severity - 1]}`);
  return lines;
};

// Which colour means what in the squares, and whether they are wanted at every zoom.
const key = () => {
  const said = model.start.words;
  const input = el("input", { type: "checkbox", name: "squares", onchange: () => change({ squares: input.checked }) });
  follow((now) => (input.checked = now.squares));
  const ramp = el("span", { class: "severity-pair", "aria-hidden": "true" }, ...RATE.map((_, i) => swatch(`rate-${i}`, false, 12)));
  byId("state-list").append(
    el("label", { class: "state-row squares" }, input, ramp, el("span", null, said.squares)),
    el("p", { class: "severity-key" }, filled(said.squaresSay, { visits: number(model.start.binVisits) })),
  );
};

// A ring around the station that was opened.
const ringed = (map) => {
  let place = null;
  const layer = surface(map, "opened", 602, (ink, frame) => {
    if (!place || !state.station) return;
    for (const [stroke, width] of [["halo", 6], ["accent", 3]]) {
      ink.beginPath();
      ink.arc(place[0] * frame.factor - frame.x, place[1] * frame.factor - frame.y, radius(frame.zoom) + 6, 0, 7);
      ink.strokeStyle = colour(stroke);
      ink.lineWidth = width;
      ink.stroke();
    }
  });
  addEventListener("opened", ({ detail: found }) => {
    place = found.lon === null ? null : mercator(found.lon, found.lat);
    layer.redraw();
  });
  follow((now, before) => before && before.station !== now.station && layer.redraw());
};

const inWindow = (map) => {
  const bounds = map.getBounds();
  const whole = bounds.getEast() - bounds.getWest() >= 360;
  const wrap = (lon) => ((((lon + 180) % 360) + 360) % 360) - 180;
  const sides = { west: whole ? -180 : wrap(bounds.getWest()), east: whole ? 180 : wrap(bounds.getEast()), south: bounds.getSouth(), north: bounds.getNorth() };
  return Object.entries(sides).map(([name, degrees]) => `${name}=${degrees.toFixed(5)}`).join("&");
};

const timed = () => (state.from === null ? "" : `&from=${state.from}&to=${state.to}`);

export const tiledLayer = (map, options) => {
  map.createPane("stations").style.zIndex = 600;
  map.getPane("stations").style.pointerEvents = "none";
  const choice = () => ({ filter: words(state), off: offCodes(state), hours: buckets() });
  const layer = createStationLayer({ tiles: options.tiles, states: options.states, version: model.start.version, pane: "stations", style, choice: { filter: words(state), off: offCodes(state) } });
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
  follow((now, before) => before && choiceKey(now) !== choiceKey(before) && queueMicrotask(() => layer.setStyleState({ filter: words(state) })));
  onPaint(draw);
  onTheme(() => {
    sprites = new Map();
    layer.refreshStyle();
  });
  layer.on("failed", ({ error }) => (error.status === 404 ? dispatchEvent(new CustomEvent("stale")) : failed()));
  // how many stations are drawn, for whoever checks the map; counted when nobody waits for it
  let counting = 0;
  layer.on("load statesload restyled", () => {
    clearTimeout(counting);
    counting = setTimeout(() => (document.documentElement.dataset.tiles = JSON.stringify(layer.tally())), 120);
  });
  ringed(map);
  return {
    draw,
    hit: (point) => hit(map, layer, options, point),
    load: async () => {
      key();
      return "tiles";
    },
    rows: () => ask("inside", `${choiceKey()}&${inWindow(map)}${timed()}&off=${state.off.join(",")}`),
    offMap: () => resource("offmap", `${choiceKey()}${timed()}`),
    renew: (version) => layer.setVersion(version),
    note: () => (map.hasLayer(layer) ? "" : model.start.words.zoomForStations),
  };
};

const hit = (map, layer, options, point) => {
  const found = map.hasLayer(layer) ? layer.hit(L.point(point)) : null;
  if (!found) return null;
  if (found.kind === "bin") {
    const at = map.containerPointToLatLng(point);
    return { lines: describeBin(found.properties), open: () => map.setView(at, Math.min(map.getZoom() + 2, 16)) };
  }
  const url = filled(options.pick, { ...found.tile, ordinal: found.ordinal });
  const open = () => get(url).then(({ id }) => id && change({ station: id, open: "" })).catch(failed);
  return { lines: describeStation(found.properties), open };
};
