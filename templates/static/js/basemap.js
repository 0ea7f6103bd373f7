// Land, water, rivers, borders and towns, drawn from our own files: no tile server learns who reads this page.
import { load, unpacked } from "./json-cache.js";
import { paneOf } from "./dom.js";
import { nearGround } from "./near-ground.js";
import { townNames } from "./town-names.js";

// Drawn in this order, whichever file comes first.
const SHAPES = [
  ["land", "base-land"],
  ["water", "base-water"],
  ["rivers", "base-river"],
  ["borders", "base-border"],
  ["disputed", "base-disputed"],
];

/** @type {(map: L.Map, options: BasemapOptions) => L.LayerGroup} */
export const basemap = (map, options) => {
  paneOf(map, "base", 200);
  paneOf(map, "base-lines", 405);
  paneOf(map, "towns", 610);
  const renderer = L.svg({ pane: "base", padding: 0.3 });
  const ground = L.layerGroup().addTo(map);
  /** @type {ShowShapes} */
  const show = (name, className, shapes) => {
    ground.eachLayer((layer) => layer.options.name === name && ground.removeLayer(layer));
    L.geoJSON(shapes, { pane: "base", renderer, interactive: false, name, style: { className }, smoothFactor: 1.2 }).addTo(ground);
    if (name === "land") document.documentElement.classList.add("has-land");
    order(ground);
  };
  /** @type {(name: string, className: string, file: Address<GroundShapes>) => Promise<void>} */
  const put = (name, className, file) =>
    load(file)
      .then((shapes) => show(name, className, shapes))
      .catch((error) => console.warn(`basemap ${name}: ${error}`)); // a map without its background is still a map
  const shapes = SHAPES.filter(([name]) => options.files[name]);
  const rest = () => Promise.all(shapes.map(([name, className]) => put(name, className, options.files[name])));
  if (options.ground) {
    load(options.ground)
      .then((surroundings) => begin(map, surroundings, show, rest))
      .catch(rest);
  } else rest();
  const names = townNames(map, options);
  if (options.files.near) nearGround(map, options.files.near, SHAPES, names.addSmall);
  return names.group;
};

// A mission's own surroundings first; the rest of the world when the reader looks past them.
/** @type {(map: L.Map, surroundings: Ground, show: ShowShapes, rest: () => unknown) => void} */
const begin = (map, surroundings, show, rest) => {
  for (const [name, className] of SHAPES) if (surroundings.shapes[name]) show(name, className, unpacked(surroundings.shapes[name]));
  if (!surroundings.within) return;
  const [west, south, east, north] = surroundings.within;
  const reach = L.latLngBounds([south, west], [north, east]);
  const look = () => {
    // before the mission fills the picture, where the map looks means nothing
    if (!document.documentElement.dataset.areas || reach.contains(map.getBounds())) return;
    map.off("moveend fitted", look);
    rest();
  };
  map.on("moveend fitted", look);
  look();
};

/** @type {(layer: L.Layer) => L.Path[]} */
const pathsOf = (layer) => (layer instanceof L.LayerGroup ? layer.getLayers() : []).filter((path) => path instanceof L.Path);

// Whichever file came first, land lies below water and water below borders.
/** @type {(ground: L.LayerGroup) => void} */
const order = (ground) => {
  for (const [, className] of SHAPES) {
    ground.eachLayer((layer) => pathsOf(layer).forEach((path) => path.options.className === className && path.bringToFront()));
  }
};
