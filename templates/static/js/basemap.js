// Land, water, borders and towns, drawn from our own files: no tile server learns who reads this page.
import { load, unpacked } from "./data.js";
import { el } from "./dom.js";
import { language } from "./words.js";

// Drawn in this order, whichever file comes first.
const SHAPES = [["land", "base-land"], ["water", "base-water"], ["borders", "base-border"]];
// From which zoom a town of a rank has room for its name; later ranks come one zoom later each.
const FIRST_TOWNS = 5.5;
const NEAR = 6; // from this zoom the coarse lines of the first view would show

// Even-odd rule over all rings of a (multi)polygon.
const within = (shape, [lon, lat]) => {
  let inside = false;
  for (const polygon of shape.type === "Polygon" ? [shape.coordinates] : shape.coordinates) {
    for (const ring of polygon) {
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
        const [x1, y1] = ring[i];
        const [x2, y2] = ring[j];
        if (y1 > lat !== y2 > lat && lon < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) inside = !inside;
      }
    }
  }
  return inside;
};

export const basemap = (map, options) => {
  map.createPane("base").style.zIndex = 200;
  map.createPane("base-lines").style.zIndex = 405;
  map.createPane("towns").style.zIndex = 610;
  const renderer = L.svg({ pane: "base", padding: 0.3 });
  const ground = L.layerGroup().addTo(map);
  const show = (name, className, shapes) => {
    ground.eachLayer((one) => one.options.name === name && ground.removeLayer(one));
    L.geoJSON(shapes, { pane: "base", renderer, interactive: false, name, style: { className }, smoothFactor: 1.2 }).addTo(ground);
    if (name === "land") document.documentElement.classList.add("has-land");
    order(ground);
  };
  const put = (name, className, file) =>
    load(file)
      .then((shapes) => show(name, className, shapes))
      .catch((error) => console.warn(`basemap ${name}: ${error}`)); // a map without its background is still a map
  const shapes = SHAPES.filter(([name]) => options.files[name]);
  const all = (suffix) => Promise.all(shapes.map(([name, className]) => options.files[name + suffix] && put(name, className, options.files[name + suffix])));
  let near = false;
  const first = options.ground ? load(options.ground).then((part) => begin(map, part, show, () => near || all(""))).catch(() => all("")) : all("");
  const nearer = () => {
    if (map.getZoom() < NEAR) return;
    map.off("zoomend", nearer);
    near = true;
    first.then(() => all("_near"));
  };
  map.on("zoomend", nearer);
  return towns(map, options, options.townsFrom ?? FIRST_TOWNS);
};

// A mission's own surroundings first; the rest of the world when the reader looks past them.
const begin = (map, part, show, rest) => {
  for (const [name, className] of SHAPES) if (part.shapes[name]) show(name, className, unpacked(part.shapes[name]));
  if (!part.within) return;
  const [west, south, east, north] = part.within;
  const within = L.latLngBounds([south, west], [north, east]);
  const look = () => {
    // before the mission fills the picture, where the map looks means nothing
    if (!document.documentElement.dataset.areas || within.contains(map.getBounds())) return;
    map.off("moveend fitted", look);
    rest();
  };
  map.on("moveend fitted", look);
  look();
};

// Whichever file came first, land lies below water and water below borders.
const order = (ground) => {
  for (const [, className] of SHAPES) {
    ground.eachLayer((layer) => layer.eachLayer?.((one) => one.options.className === className && one.bringToFront()));
  }
};

const nameOf = (properties) => properties[`name_${language}`] || properties.name_en || properties.name || "";

const towns = (map, { files, areas, ground }, firstTowns) => {
  const group = L.layerGroup();
  const drawn = [];
  const show = () => {
    const zoom = map.getZoom();
    for (const town of drawn) {
      const wanted = zoom >= town.from;
      if (wanted !== group.hasLayer(town.marker)) {
        if (wanted) group.addLayer(town.marker);
        else group.removeLayer(town.marker);
      }
    }
  };
  const add = (shapes, className, fromOf) => {
    for (const feature of shapes.features) {
      const [lon, lat] = feature.geometry.coordinates;
      const label = el("span", { class: className(feature.properties) }, nameOf(feature.properties));
      const icon = L.divIcon({ className: "", html: label, iconSize: null, iconAnchor: className(feature.properties).startsWith("town") ? [4, 9] : [0, 0] });
      drawn.push({ from: fromOf(feature.properties), marker: L.marker([lat, lon], { icon, pane: "towns", interactive: false, keyboard: false }) });
    }
    show();
    map.fire("names"); // piles hide the names they cover
  };
  const named = (name) => (ground ? load(ground).then((part) => part.shapes[name]) : load(files[name]));
  if (files.towns) named("towns").then((shapes) => add(shapes, (one) => (one.rank === 1 ? "town is-large" : "town"), (one) => firstTowns + (one.rank ?? 1) - 1)).catch(() => {});
  // The country of the mission is what the whole picture is about; its name would only lie on the marks.
  const abroad = (shapes, outline) => ({ features: shapes.features.filter((one) => !outline || !within(outline, one.geometry.coordinates)) });
  if (files.countries) Promise.all([named("countries"), load(areas)]).then(([shapes, { outline }]) => add(abroad(shapes, outline), () => "country", (one) => (one.rank ?? 3) + 0.75)).catch(() => {});
  map.on("zoomend", show);
  return group;
};
