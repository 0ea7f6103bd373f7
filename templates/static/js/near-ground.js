// Near, the ground comes as tiles of one zoom, the same for every mission: land, lakes, rivers, borders, small towns.
import { paneOf } from "./dom.js";
import { load, unpacked } from "./json-cache.js";
import { remembered } from "./memo.js";

const NEAR = 6; // from this zoom the coarse lines of the first view would show
const TILES = 32; // on a side of the world
const TURN = 360; // degrees

/** @type {(lat: number) => number} */
const rowOf = (lat) => (TILES / 2) * (1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI);

// Columns and rows in view; a column may lie on another copy of the world.
/** @type {(bounds: L.LatLngBounds) => [number, number][]} */
const tilesIn = (bounds) => {
  const limit = (/** @type {number} */ row) => Math.max(0, Math.min(TILES - 1, Math.floor(row)));
  /** @type {[number, number][]} */
  const tiles = [];
  for (let x = Math.floor((bounds.getWest() / TURN + 0.5) * TILES); x <= (bounds.getEast() / TURN + 0.5) * TILES; x += 1) {
    for (let y = limit(rowOf(Math.min(85, bounds.getNorth()))); y <= limit(rowOf(Math.max(-85, bounds.getSouth()))); y += 1)
      tiles.push([x, y]);
  }
  return tiles;
};

/** @type {(tile: NearGround) => NearGround} */
const readable = (tile) => ({
  ...tile,
  shapes: Object.fromEntries(Object.entries(tile.shapes).map(([name, shapes]) => [name, unpacked(shapes)])),
});

/**
 * Draws the tiles in view over the coarse ground, which goes away while they cover the map.
 * @param {L.Map} map
 * @param {string} address
 * @param {string[][]} themes names and classes, in drawing order
 * @param {(towns: NearTown[]) => void} hear called once for every tile
 */
export const nearGround = (map, address, themes, hear) => {
  const pane = paneOf(map, "base-near", 201);
  const renderer = L.svg({ pane: "base-near", padding: 0.3 });
  /** @type {Map<string, Promise<NearGround>>} */
  const tiles = new Map();
  /** @type {Map<string, [string, L.GeoJSON][]>} */
  const shown = new Map(); // by column and row: what is drawn, by class
  /** @type {(tile: NearGround, x: number) => [string, L.GeoJSON][]} */
  const drawn = (tile, x) => {
    const turns = Math.floor(x / TILES) * TURN;
    return themes
      .filter(([name]) => tile.shapes[name])
      .map(([name, className]) => {
        /** @type {(at: number[]) => L.LatLng} */
        const coordsToLatLng = ([lon, lat]) => L.latLng(lat, lon + turns);
        const options = { pane: "base-near", renderer, interactive: false, style: { className }, coordsToLatLng };
        return [className, L.geoJSON(tile.shapes[name], options)];
      });
  };
  const inOrder = () => {
    const all = [...shown.values()].flat();
    for (const [, className] of themes) all.forEach(([own, layer]) => own === className && layer.bringToFront());
  };
  /** @type {(x: number, y: number) => Promise<void>} */
  const show = async (x, y) => {
    const url = address.replace("{x}", String(((x % TILES) + TILES) % TILES)).replace("{y}", String(y));
    const isNew = !tiles.has(url);
    const tile = await remembered(tiles, url, () => load(/** @type {Address<NearGround>} */ (url)).then(readable));
    if (isNew) hear(tile.towns);
    if (shown.has(`${x} ${y}`)) return;
    const layers = drawn(tile, x);
    shown.set(`${x} ${y}`, layers);
    for (const [, layer] of layers) layer.addTo(map);
  };
  const look = () => {
    const isNear = map.getZoom() >= NEAR;
    pane.classList.toggle("is-away", !isNear);
    if (!isNear) map.getPane("base")?.classList.remove("is-away");
    const wanted = isNear ? tilesIn(map.getBounds()) : [];
    const keys = new Set(wanted.map(([x, y]) => `${x} ${y}`));
    for (const [key, layers] of shown) {
      if (keys.has(key)) continue;
      for (const [, layer] of layers) layer.remove();
      shown.delete(key);
    }
    Promise.all(wanted.map(([x, y]) => show(x, y)))
      .then(() => {
        inOrder();
        const covers = map.getZoom() >= NEAR && tilesIn(map.getBounds()).every(([x, y]) => shown.has(`${x} ${y}`));
        map.getPane("base")?.classList.toggle("is-away", covers);
      })
      .catch((error) => {
        tiles.clear(); // asked for again at the next move
        console.warn(`ground: ${error}`); // the coarse ground stays
      });
  };
  map.on("moveend fitted", look);
  look();
};
