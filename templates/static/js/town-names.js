// Names of towns and countries on the ground of a map.
import { el } from "./dom.js";
import { load } from "./json-cache.js";
import { language } from "./language.js";

// From which zoom a town of a rank has room for its name; later ranks come one zoom later each.
const FIRST_TOWNS = 5.5;
const SMALL_TOWNS = 1; // a town from the tiles comes so many zooms later than it has room: it is the quietest text

/** @type {(feature: GroundFeature) => GeoJSON.Position} */
const placeOf = ({ geometry }) => (geometry.type === "Point" ? geometry.coordinates : [0, 0]);

// Even-odd rule over all rings of a (multi)polygon.
/** @type {(shape: AreaGeometry, place: GeoJSON.Position) => boolean} */
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

// The country of the mission is what the whole picture is about; its name would only lie on the marks.
/** @type {(shapes: GroundShapes, outline: AreaGeometry | null) => GroundFeature[]} */
const abroad = ({ features }, outline) => features.filter((country) => !outline || !within(outline, placeOf(country)));

/** @type {(properties: GroundProperties) => string} */
const nameOf = (properties) => properties[`name_${language}`] || properties.name_en || properties.name || "";

/** @type {(feature: GroundFeature, className: string) => L.Marker} */
const labelOf = (feature, className) => {
  const [lon, lat] = placeOf(feature);
  const html = el("span", { class: className }, nameOf(feature.properties));
  const icon = L.divIcon({ className: "", html, iconSize: undefined, iconAnchor: className.startsWith("town") ? [4, 9] : [0, 0] });
  return L.marker([lat, lon], { icon, pane: "towns", interactive: false, keyboard: false });
};

/** @type {(map: L.Map) => { group: L.LayerGroup, add: AddPlaces, addSmall: (towns: NearTown[]) => void }} */
const placeNames = (map) => {
  const group = L.layerGroup();
  /** @type {{ from: number, at: L.LatLng, isSmall: boolean, make: () => L.Marker, marker?: L.Marker }[]} */
  const labels = [];
  const show = () => {
    const zoom = map.getZoom();
    const view = labels.some(({ isSmall }) => isSmall) ? map.getBounds() : null;
    let isChanged = false;
    for (const label of labels) {
      // thousands of small towns: only those in view are in the page
      const isWanted = zoom >= label.from && (!label.isSmall || Boolean(view?.contains(label.at)));
      if (isWanted === Boolean(label.marker && group.hasLayer(label.marker))) continue;
      isChanged = true;
      if (isWanted) group.addLayer((label.marker ??= label.make()));
      else if (label.marker) group.removeLayer(label.marker);
    }
    if (isChanged) map.fire("names"); // what lies on another steps aside; piles hide the names they cover
  };
  /** @type {AddPlaces} */
  const add = (features, look, from) => {
    for (const feature of features) {
      const [lon, lat] = placeOf(feature);
      const make = () => labelOf(feature, look(feature.properties));
      labels.push({ from: from(feature.properties), at: L.latLng(lat, lon), isSmall: false, make });
    }
    show();
  };
  // In the page's language where there is such a name, else GeoNames' own, in Latin letters.
  /** @type {(towns: NearTown[]) => void} */
  const addSmall = (small) => {
    for (const [lon, lat, rank, name, name_ru, name_kk] of small) {
      /** @type {GroundFeature} */
      const feature = { type: "Feature", properties: { name, name_ru, name_kk }, geometry: { type: "Point", coordinates: [lon, lat] } };
      labels.push({ from: rank + SMALL_TOWNS, at: L.latLng(lat, lon), isSmall: true, make: () => labelOf(feature, "town is-small") });
    }
    show();
  };
  map.on("zoomend moveend", show);
  return { group, add, addSmall };
};

// Names of towns and countries; the group holds those that have room at this zoom.
/** @type {(map: L.Map, options: BasemapOptions) => { group: L.LayerGroup, addSmall: (towns: NearTown[]) => void }} */
export const townNames = (map, { files, areas, ground, townsFrom }) => {
  const { group, add, addSmall } = placeNames(map);
  const firstTowns = townsFrom ?? FIRST_TOWNS;
  /** @type {(name: string) => Promise<GroundShapes>} */
  const named = (name) => (ground ? load(ground).then((surroundings) => surroundings.shapes[name]) : load(files[name]));
  if (files.towns) {
    named("towns")
      .then(({ features }) =>
        add(
          features,
          ({ rank }) => (rank === 1 ? "town is-large" : "town"),
          ({ rank }) => firstTowns + (rank ?? 1) - 1,
        ),
      )
      .catch(() => {});
  }
  if (files.countries) {
    Promise.all([named("countries"), load(areas)])
      .then(([shapes, { outline }]) =>
        add(
          abroad(shapes, outline),
          () => "country",
          ({ rank }) => (rank ?? 3) + 0.75,
        ),
      )
      .catch(() => {});
  }
  return { group, addSmall };
};
