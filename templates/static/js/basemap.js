// Land, water, borders and towns, drawn from our own files: no tile server learns who reads this page.
import { load } from "./data.js";
import { el } from "./dom.js";
import { language } from "./words.js";

const SHAPES = [["land", "base-land"], ["ocean", "base-water"], ["lakes", "base-water"], ["water", "base-water"], ["rivers", "base-river"], ["borders", "base-border"]];

export const basemap = (map, options) => {
  map.createPane("base").style.zIndex = 200;
  map.createPane("base-lines").style.zIndex = 405;
  map.createPane("towns").style.zIndex = 610;
  const renderer = L.svg({ pane: "base", padding: 0.3 });
  const ground = L.layerGroup().addTo(map);
  for (const [name, className] of SHAPES) {
    if (!options.files[name]) continue;
    load(options.files[name])
      .then((shapes) => {
        L.geoJSON(shapes, { pane: "base", renderer, interactive: false, style: { className }, smoothFactor: 1.2 }).addTo(ground);
        if (name === "land") document.documentElement.classList.add("has-land");
        order(ground);
      })
      .catch(() => {}); // a map without its background is still a map
  }
  return towns(map, options.files);
};

// Whichever file came first, land lies below water and water below borders.
const order = (ground) => {
  for (const [, className] of SHAPES) {
    ground.eachLayer((layer) => layer.eachLayer?.((one) => one.options.className === className && one.bringToFront()));
  }
};

const nameOf = (properties) => properties[`name_${language}`] || properties.name_en || properties.name || "";

const towns = (map, files) => {
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
  };
  if (files.towns) load(files.towns).then((shapes) => add(shapes, (one) => (one.capital ? "town is-capital" : "town"), (one) => one.zoom ?? 6)).catch(() => {});
  if (files.countries) load(files.countries).then((shapes) => add(shapes, () => "country", () => 3)).catch(() => {});
  map.on("zoomend", show);
  return group;
};
