// Streets of a mission's own file, where the ground has no more to tell: under everything, in the page's light or dark.
import { el, paneOf } from "../dom.js";
import { language } from "../language.js";
import { onTheme } from "./canvas-colours.js";

const NEAR = 8; // from this zoom; the areas' fills have given way to the ground by then
const LIBRARY = new URL("../../vendor/protomaps-leaflet/protomaps-leaflet.js", import.meta.url).href;

/** @type {Promise<unknown> | null} */
let script = null;
// 128 KB that only a coordinator who looks near has to wait for.
/** @type {() => Promise<unknown>} */
const library = () =>
  (script ??= new Promise((resolve, reject) => {
    document.head.append(el("script", { src: LIBRARY, onload: resolve, onerror: reject }));
  }));

const flavour = () => (getComputedStyle(document.documentElement).colorScheme === "dark" ? "dark" : "light");

/** @type {(map: L.Map, options: StreetOptions) => void} */
export const streetMap = (map, { url, bounds: [west, south, east, north], maxZoom, credit }) => {
  const pane = paneOf(map, "streets", 202);
  const reach = L.latLngBounds([south, west], [north, east]);
  const sign = el("p", { class: "ground-credit", hidden: true }, credit);
  map.getContainer().append(sign);
  /** @type {L.GridLayer | null} */
  let layer = null;
  let drawn = "";
  const draw = () => {
    if (drawn === flavour()) return;
    layer?.remove();
    drawn = flavour();
    const where = { url, pane: "streets", bounds: reach, maxDataZoom: maxZoom };
    layer = protomapsL.leafletLayer({ ...where, flavor: drawn, lang: language, attribution: "" }).addTo(map);
    pane.dataset.flavour = drawn;
  };
  const look = () => {
    const isNear = map.getZoom() >= NEAR && reach.intersects(map.getBounds());
    pane.classList.toggle("is-away", !isNear);
    sign.hidden = !isNear;
    if (!isNear) {
      layer?.remove(); // what nobody sees is neither fetched nor drawn
      [layer, drawn] = [null, ""];
    } else
      library()
        .then(draw)
        .catch((error) => console.warn(`streets: ${error}`)); // the ground below stays
  };
  map.on("moveend fitted", look);
  onTheme(() => layer && draw());
  look();
};
