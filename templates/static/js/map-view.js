// Where the map looks: everything, in the part of the picture that no card covers.
import { all } from "./dom.js";

export const STATIONS_FROM = 5.5; // the zoom from which single stations are drawn

/** @type {L.LatLngBounds | null} */
let everything = null;

const isPhone = () => matchMedia("(max-width: 760px)").matches;

/** @type {() => L.FitBoundsOptions} */
const usual = () => {
  if (isPhone()) return { paddingTopLeft: [10, 66], paddingBottomRight: [10, 40 + (all(".caption")[0]?.offsetHeight ?? 30)] };
  const panel = document.getElementById("panel")?.getBoundingClientRect();
  const strip = document.getElementById("strip")?.getBoundingClientRect();
  return {
    paddingTopLeft: [(panel?.right ?? 0) + 24, 92],
    paddingBottomRight: [28, (strip?.height ?? 0) + 40],
  };
};

let padding = usual;
// A page with other cards says itself what they leave free.
/** @type {(own: () => L.FitBoundsOptions) => void} */
export const padWith = (own) => (padding = own);

/** @type {(map: L.Map, animate?: boolean) => void} */
export const showAll = (map, animate = false) => {
  const fit = () => everything && map.fitBounds(everything, { ...padding(), animate, maxZoom: 12 });
  // Leaflet drops what is asked while it still zooms: whoever pressed + a moment ago is shown everything next.
  if (map.getPane("mapPane")?.classList.contains("leaflet-zoom-anim")) map.once("zoomend", fit);
  else fit();
};

/** @type {(map: L.Map, bounds: L.LatLngBounds) => void} */
export const whole = (map, bounds) => {
  everything = bounds;
  map.invalidateSize({ animate: false });
  showAll(map);
};

// On paper the map has the size the style sheet gives to `.on-paper`, with the whole mission in it, or what somebody
// chose to look at, before the browser lays out the page: it would cut a map drawn for the screen.
/** @type {(map: L.Map, isChosen: () => boolean) => void} */
export const paper = (map, isChosen) => {
  /** @type {{ center: L.LatLng; zoom: number } | null} */
  let before = null;
  addEventListener("beforeprint", () => {
    before ??= { center: map.getCenter(), zoom: map.getZoom() };
    const shown = isChosen() ? map.getBounds() : everything;
    document.documentElement.classList.add("on-paper");
    map.invalidateSize({ animate: false });
    if (shown) map.fitBounds(shown, { paddingTopLeft: [10, 10], paddingBottomRight: [10, 60], animate: false });
  });
  addEventListener("afterprint", () => {
    document.documentElement.classList.remove("on-paper");
    map.invalidateSize({ animate: false });
    if (before) map.setView(before.center, before.zoom, { animate: false });
    before = null;
  });
};

// Classes on the map's element say how near it is, so that the style sheet can fade fills.
/** @type {(map: L.Map) => void} */
export const frame = (map) => {
  const tell = () => {
    const zoom = map.getZoom();
    const classes = map.getContainer().classList;
    classes.toggle("zoom-mid", zoom >= 6.5 && zoom < 8);
    classes.toggle("zoom-near", zoom >= 8);
  };
  map.on("zoomend", tell);
  tell();
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return; // a phone's address bar changes the height only
    if (document.documentElement.classList.contains("on-paper")) return; // paper has its own size
    width = innerWidth;
    map.invalidateSize({ animate: false });
    showAll(map);
  });
};
