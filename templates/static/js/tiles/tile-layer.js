// Stations at any scale: a Leaflet GridLayer that draws vector tiles on canvas, finds what is under the pointer, and
// restyles without a request. Geometry never changes; state is asked for again when the version or a filter does.
import { fits, readGeometry, readState, squares } from "./tile-decoder.js";
import { fetchBytes, pause } from "./tile-fetch.js";
import { draw, isShown, nearest, REACH, readStyle, shown } from "./tile-marks.js";

const KEPT = 300; // source tiles held in memory
const DELAYS = [400, 1200, 3600]; // ms before another attempt
const PATIENCE = 1500; // ms a tile waits for its state before it shows places alone

/** @type {(work: () => void) => unknown} */
const whenIdle = (work) => ("requestIdleCallback" in window ? requestIdleCallback(work, { timeout: 200 }) : setTimeout(work, 30));

/** @type {(template: string, parts: Record<string, string | number>) => string} */
const filled = (template, parts) =>
  template.replace(/\{(\w+)\}/g, (whole, name) => (name in parts ? encodeURIComponent(parts[name]) : whole));

// options: tiles, states: addresses with {z} {x} {y}; states also {version} {severity} {category} and the words of `filter`.
// version; maxDataZoom: last zoom with tiles; style(token): colours, breaks, minExposure, sprite; delays: ms between attempts.
// Events: pick, hover {kind, properties, tile, ordinal, latlng} (hover: null feature when it ends); statesloading,
// statesload; mismatch (the state is of another registry: reload); failed {error, url}.
/** @type {(options: StationLayerOptions) => TileLayer} */
export const createStationLayer = (options) => new TileLayer(options);

export class TileLayer extends L.GridLayer {
  /** @type {Map<string, TileSource>} */
  _sources = new Map();
  /** @type {Map<HTMLElement, TileView>} */
  _drawn = new Map();
  /** @type {Set<HTMLElement>} */
  _stale = new Set(); // canvases that show an earlier choice
  /** @type {L.LatLng | null} */
  _pointer = null;
  _waiting = 0;
  _frame = 0;
  _moving = 0;
  _isCatchingUp = false;
  _hovered = "";
  /** @type {TileStyle | null} */
  _style = null;
  _still = matchMedia("(prefers-reduced-motion: reduce)");
  _dark = matchMedia("(prefers-color-scheme: dark)");
  _themes = new MutationObserver(() => this.refreshStyle());
  _restyle = () => {
    this.refreshStyle();
  };
  _again = () => this._refetch();

  /** @param {StationLayerOptions} options */
  constructor({ tiles, states = "", version = "", maxDataZoom = 14, style, delays = DELAYS, choice = {}, ...options }) {
    super({ updateWhenZooming: false, keepBuffer: 2, ...options });
    this._given = { tiles, states, maxDataZoom, style, delays };
    /** @type {TileChoice} */
    this._choice = { hours: null, severity: 0, category: "", filter: {}, off: null, ...choice };
    this._version = String(version);
    this.on("tileunload", (event) => this._let(event.tile));
    this.on("tileload", ({ tile, coords }) => this._appear(tile, coords));
  }

  /** @override @param {L.Map} map */
  onAdd(map) {
    this.refreshStyle();
    super.onAdd(map);
    map.on("click", this._click, this).on("mousemove", this._move, this).on("mouseout", this._leave, this);
    this._themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "class"] });
    this._dark.addEventListener("change", this._restyle);
    addEventListener("online", this._again);
    return this;
  }

  /** @override @param {L.Map} map */
  onRemove(map) {
    map.off("click", this._click, this).off("mousemove", this._move, this).off("mouseout", this._leave, this);
    this._themes.disconnect();
    this._dark.removeEventListener("change", this._restyle);
    removeEventListener("online", this._again);
    cancelAnimationFrame(this._frame);
    cancelAnimationFrame(this._moving);
    this._frame = 0;
    this._moving = 0;
    super.onRemove(map);
    for (const canvas of [...this._drawn.keys()]) this._let(canvas);
    return this;
  }

  /** @override @param {L.Coords} coords @param {L.DoneCallback} done */
  createTile(coords, done) {
    const canvas = document.createElement("canvas");
    canvas.setAttribute("aria-hidden", "true");
    const deeper = Math.max(0, coords.z - this._given.maxDataZoom);
    const tile = { z: coords.z - deeper, x: coords.x >> deeper, y: coords.y >> deeper };
    const source = this._source(tile);
    source.users.add(canvas);
    this._drawn.set(canvas, { canvas, source, coords, deeper });
    source.ready
      .then(() => this._drawn.has(canvas) && this._paint(canvas))
      .then(
        () => done(undefined, canvas),
        // a tile whose fetch was called off is gone: nobody waits for it
        (error) => this._drawn.has(canvas) && done(error, canvas),
      );
    return canvas;
  }

  // Choose what is shown. hours: [from, to] buckets or null; severity: least, 0 … 4; category: slug or ""; filter: more
  // words of the states' address; off: a Set of states not drawn.
  /** @param {Partial<TileChoice>} part */
  setStyleState(part) {
    const before = this._stateUrl({ z: 0, x: 0, y: 0 });
    this._choice = { ...this._choice, ...part };
    if (this._stateUrl({ z: 0, x: 0, y: 0 }) !== before) this._refetch();
    this._redraw();
    return this;
  }

  // The state of the mission has a new version: fetch the states on screen again.
  /** @param {string | number} version */
  setVersion(version) {
    if (String(version) === this._version) return this;
    this._version = String(version);
    this._refetch();
    return this;
  }

  // Read the theme's colours again and redraw; called by itself when the theme changes.
  refreshStyle() {
    this._style = readStyle(this._given.style);
    this._redraw();
    return this;
  }

  // The nearest feature within 8 px of a latlng or a point of the map's container, or null.
  /** @param {L.Point | L.LatLng} place @returns {TileFeature | null} */
  hit(place) {
    const map = this._map;
    if (!map || !this._tiles) return null;
    const latlng = place instanceof L.Point ? map.containerPointToLatLng(place) : L.latLng(place);
    const zoom = this._tileZoom;
    if (zoom === undefined) return null;
    const at = map.project(latlng, zoom);
    const side = this.getTileSize().x;
    const coords = at.divideBy(side).floor();
    const tile = this._tiles[`${coords.x}:${coords.y}:${zoom}`];
    const view = tile && this._drawn.get(tile.el);
    if (!view) return null;
    const { source } = view;
    const { geometry } = source;
    if (!geometry) return null;
    const frame = this._frameOf(view.coords, view.deeper);
    const reach = REACH / map.getZoomScale(map.getZoom(), zoom);
    const shift = this._choice.hours ? (source.state?.shift ?? 0) : 0;
    const from = geometry.binned ? geometry.core : 0;
    /** @type {(i: number) => boolean} */
    const isThere = (i) => isShown(source.state, i - from, this._choice);
    const ordinal = nearest(geometry, frame, at.x - coords.x * side, at.y - coords.y * side, reach, shift, isThere);
    return ordinal < 0 ? null : this._feature(source, geometry, ordinal);
  }

  // How many stations the tiles on screen hold by what they show, neighbours' left out: {state: n}, {bins: n}.
  tally() {
    /** @type {Set<TileSource>} */
    const seen = new Set();
    /** @type {Record<string, number>} */
    const count = {};
    /** @type {(name: string | number, n: number) => void} */
    const add = (name, n) => {
      count[name] = (count[name] ?? 0) + n;
    };
    for (const { source } of this._drawn.values()) {
      const { geometry, state } = source;
      if (!geometry || seen.has(source)) continue;
      seen.add(source);
      for (let i = 0; i < geometry.core; i += 1) {
        if (geometry.binned) add("bins", geometry.n[i]);
        else add(state ? shown(state, i, this._choice).code : "unknown", 1);
      }
    }
    return count;
  }

  /** @param {TileSource} source @param {TileGeometry} geometry @param {number} ordinal @returns {TileFeature} */
  _feature({ state, tile }, geometry, ordinal) {
    const place = { tile: { ...tile }, ordinal };
    return geometry.binned && ordinal < geometry.core
      ? { ...place, kind: "bin", properties: this._binOf(state, geometry, ordinal) }
      : { ...place, kind: "station", properties: this._stationOf(state, geometry, ordinal) };
  }

  /** @param {TileState | null} state @param {TileGeometry} geometry @param {number} ordinal @returns {StationProperties} */
  _stationOf(state, geometry, ordinal) {
    if (!state) return {};
    const i = ordinal - (geometry.binned ? geometry.core : 0);
    const packed = state.packed[i];
    const { code, level } = shown(state, i, this._choice);
    return {
      state: packed & 7,
      severity: (packed >> 3) & 7,
      observed: Boolean(packed & 64),
      planned: Boolean(packed & 128),
      shown: { state: code, severity: level },
    };
  }

  /** @param {TileState | null} state @param {TileGeometry} geometry @param {number} ordinal @returns {BinProperties} */
  _binOf(state, geometry, ordinal) {
    const stations = geometry.n[ordinal];
    const bins = state?.bins;
    if (!state || !bins) return { stations };
    const { group, exposure, findings } = squares(geometry, state, this._choice.hours);
    const at = group.of[ordinal];
    return {
      stations,
      observed: bins.observed[ordinal],
      visits: bins.visits[ordinal],
      exposure: bins.exposure[ordinal],
      findings: bins.findings[ordinal],
      shown: { exposure: exposure?.[at] ?? 0, findings: findings?.[at] ?? 0, bins: group.count[at], stations: group.stations[at] },
    };
  }

  /** @param {TileId} tile @returns {TileSource} */
  _source(tile) {
    const key = `${tile.z}/${tile.x}/${tile.y}`;
    const source = this._sources.get(key) ?? this._newSource(key, tile);
    this._sources.delete(key); // the most recently used stand last
    this._sources.set(key, source);
    this._forget();
    if (source.geometry && source.stateUrl !== this._stateUrl(tile)) this._loadState(source);
    return source;
  }

  /** @param {string} key @param {TileId} tile */
  _newSource(key, tile) {
    const call = new AbortController();
    const ready = Promise.resolve();
    /** @type {TileSource} */
    const source = { key, tile, users: new Set(), geometry: null, state: null, stateUrl: "", call, stateCall: null, ready };
    source.ready = this._loadSource(source);
    return source;
  }

  /** @param {TileSource} source */
  async _loadSource(source) {
    const url = filled(this._given.tiles, { ...source.tile });
    const state = this._loadState(source);
    try {
      source.geometry = readGeometry(await fetchBytes(url, source.call.signal, this._given.delays));
    } catch (error) {
      if (this._sources.get(source.key) === source) this._sources.delete(source.key);
      source.isFailed = true;
      source.stateCall?.abort();
      if (!source.call.signal.aborted) this.fire("failed", { error, url });
      throw error;
    }
    await Promise.race([state, pause(PATIENCE, source.call.signal)]);
    this._join(source);
  }

  // Never rejects: without its state a tile still shows where the stations are.
  /** @param {TileSource} source */
  async _loadState(source) {
    const url = this._stateUrl(source.tile);
    const filter = this._filter();
    source.stateCall?.abort();
    source.stateUrl = url;
    if (!url) return;
    const call = (source.stateCall = new AbortController());
    this._wait(1);
    try {
      const state = readState(await fetchBytes(url, call.signal, this._given.delays));
      if (source.stateCall !== call) return;
      source.pending = { state, filter };
      if (source.geometry) this._join(source);
    } catch (error) {
      if (call.signal.aborted) return;
      source.stateUrl = ""; // asked for again with the next version, or when the network is back
      this._disown(source, filter);
      this.fire("failed", { error, url });
    } finally {
      this._wait(-1);
    }
  }

  // Put a state that has arrived to the geometry it belongs to, and show both.
  /** @param {TileSource} source */
  _join(source) {
    if (!source.pending || !source.geometry) return;
    const { state, filter } = source.pending;
    source.pending = null;
    source.filter = filter;
    if (fits(source.geometry, state)) source.state = state;
    else {
      source.state = null;
      this.fire("mismatch", { tile: source.tile });
    }
    for (const canvas of source.users) this._paint(canvas);
  }

  // An older version is the last that is known and stays; another filter's counts under this filter's name would lie.
  /** @param {TileSource} source @param {string} filter */
  _disown(source, filter) {
    if (!source.state || source.filter === filter) return;
    source.state = null;
    for (const canvas of source.users) this._paint(canvas);
  }

  _filter() {
    return JSON.stringify([this._choice.severity, this._choice.category, this._choice.filter]);
  }

  /** @param {TileId} tile */
  _stateUrl(tile) {
    const { severity, category, filter } = this._choice;
    return this._given.states ? filled(this._given.states, { ...filter, ...tile, version: this._version, severity, category }) : "";
  }

  // Ask again for every state on screen that is not the wanted one; tiles that failed as a whole start anew.
  _refetch() {
    if ([...this._drawn.values()].some(({ source }) => source.isFailed)) this.redraw();
    const first = new Set(this._map ? this._inView().map((view) => view.source) : []);
    for (const source of new Set([...first, ...this._sources.values()])) {
      if (source.users.size === 0) this._callOff(source);
      else if (source.stateUrl !== this._stateUrl(source.tile)) this._loadState(source);
    }
  }

  /** @param {TileSource} source */
  _callOff(source) {
    source.stateCall?.abort();
    source.stateUrl = "";
  }

  // Whether places or states of the tiles on screen are still on their way.
  isWaiting() {
    return this._waiting > 0 || this.isLoading();
  }

  /** @param {number} step */
  _wait(step) {
    const before = this._waiting;
    this._waiting += step;
    if (before === 0) this.fire("statesloading");
    if (this._waiting === 0) this.fire("statesload");
  }

  _forget() {
    for (const source of this._sources.values()) {
      if (this._sources.size <= KEPT) return;
      if (source.users.size === 0) this._drop(source);
    }
  }

  /** @param {TileSource} source */
  _drop(source) {
    source.call.abort();
    source.stateCall?.abort();
    this._sources.delete(source.key);
  }

  // A tile left the screen: what is still on its way for it alone is called off.
  /** @param {HTMLElement} canvas */
  _let(canvas) {
    const source = this._drawn.get(canvas)?.source;
    this._drawn.delete(canvas);
    this._stale.delete(canvas);
    source?.users.delete(canvas);
    if (source && source.users.size === 0 && !source.geometry && this._sources.get(source.key) === source) this._drop(source);
  }

  // Leaflet fades tiles in; whoever asked for less motion sees them at once.
  /** @param {HTMLElement} tile @param {L.Coords} coords */
  _appear(tile, coords) {
    const record = this._tiles[this._tileCoordsToKey(coords)];
    if (!this._still.matches || !record) return;
    record.loaded = new Date(Number(record.loaded) - 1000);
    tile.style.opacity = "1";
  }

  /** @param {L.Coords} coords @param {number} deeper @returns {TileFrame} */
  _frameOf(coords, deeper) {
    const side = this.getTileSize().x;
    /** @type {(at: number) => number} */
    const within = (at) => (at & ((1 << deeper) - 1)) * side;
    const scale = (side * (1 << deeper)) / 4096;
    return { scale, side, left: within(coords.x), top: within(coords.y), zoom: coords.z, ratio: devicePixelRatio || 1 };
  }

  /** @param {HTMLElement} tile */
  _paint(tile) {
    this._stale.delete(tile);
    const view = this._drawn.get(tile);
    if (!view || !this._style) return;
    const { canvas, source, coords, deeper } = view;
    draw(canvas, source.geometry, source.state, this._frameOf(coords, deeper), this._style, this._choice);
  }

  _redraw() {
    if (this._frame || !this._map) return;
    this._frame = requestAnimationFrame(() => {
      this._frame = 0;
      this._stale = new Set(this._drawn.keys());
      for (const { canvas } of this._inView()) this._paint(canvas);
      this._catchUp();
      this.fire("restyled");
    });
  }

  // Tiles the window shows, those kept around it left out.
  _inView() {
    const range = this._pxBoundsToTileRange(this._getTiledPixelBounds(this._map.getCenter()));
    return Object.values(this._tiles)
      .filter(({ coords }) => coords.z === this._tileZoom && range.contains(coords))
      .flatMap(({ el }) => this._drawn.get(el) ?? []);
  }

  // What lies around the window follows when nothing more urgent is to do, a few at a time.
  _catchUp() {
    if (this._isCatchingUp || !this._stale.size) return;
    this._isCatchingUp = true;
    whenIdle(() => {
      this._isCatchingUp = false;
      const end = performance.now() + 6;
      for (const canvas of this._stale) {
        if (performance.now() > end) break;
        this._paint(canvas);
      }
      this._catchUp();
    });
  }

  /** @param {L.LeafletMouseEvent} event */
  _click({ latlng }) {
    const feature = this.hit(latlng);
    if (feature) this.fire("pick", { ...feature, latlng });
  }

  /** @param {L.LeafletMouseEvent} event */
  _move({ latlng }) {
    this._pointer = latlng;
    if (this._moving) return;
    this._moving = requestAnimationFrame(() => {
      this._moving = 0;
      this._hover(this._pointer && this.hit(this._pointer));
    });
  }

  _leave() {
    this._hover(null);
  }

  /** @param {TileFeature | null} feature */
  _hover(feature) {
    const key = feature ? `${feature.tile.z}/${feature.tile.x}/${feature.tile.y}/${feature.ordinal}` : "";
    if (key === this._hovered) return;
    this._hovered = key;
    this.fire("hover", feature ? { ...feature, latlng: this._pointer } : { kind: null });
  }
}
