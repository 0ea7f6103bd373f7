// Where the map looks: whatever is picked comes into the part no panel covers, and the address keeps the place.
import { all, byId } from "../dom.js";
import { showAll } from "../map-view.js";
import { change, state } from "./desk-state.js";

export const NEAR = { station: 13, town: 11.5 }; // zooms at which one sees what lies around
const CLOSEST_FIT = 12; // an area of a few streets is not blown up further
const MARGIN = 14; // px between what is shown and the panels' edges
const COVERS = "#search, .toolbar, #panel, #states, #detail, #zoom, #strip, #tour, .caption";
const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** @type {L.Map | null} */
let map = null;
export let nearFrom = 7; // the zoom from which fills give way to the ground; nearer for a country one sees whole from near
/** @type {L.LatLng | null} */
export let clicked = null; // where on the map what is being picked was clicked; null if it was picked elsewhere
let isTheirs = false; // whether a person, not a resize, decided where the map looks

// The rectangles of the map's window that something lies over, px from its corner.
/** @type {(box: DOMRect) => Bounds[]} */
const covered = (box) =>
  all(COVERS)
    .map((element) => element.getBoundingClientRect())
    .filter((card) => card.width && card.height)
    .map((card) => /** @type {Bounds} */ ([card.left - box.left, card.top - box.top, card.right - box.left, card.bottom - box.top]));

/** @type {(part: Bounds, card: Bounds) => boolean} */
const overlap = (part, card) => card[0] < part[2] && card[2] > part[0] && card[1] < part[3] && card[3] > part[1];

// Its edges are those of the window and of the cards: all rectangles between them are tried, the largest is taken.
/** @type {(window: Bounds, cards: Bounds[]) => Bounds} */
export const largestFree = (window, cards) => {
  /** @type {(first: number, second: number) => number[]} */
  const edges = (first, second) =>
    [...new Set([window[first], window[second], ...cards.flatMap((card) => [card[first], card[second]])])]
      .filter((at) => at >= window[first] && at <= window[second])
      .sort((a, b) => a - b);
  const [xs, ys] = [edges(0, 2), edges(1, 3)];
  /** @type {Bounds} */
  let best = window;
  let most = 0;
  const rows = ys.flatMap((top) => ys.filter((bottom) => bottom > top).map((bottom) => [top, bottom]));
  for (const left of xs)
    for (const right of xs)
      for (const [top, bottom] of rows) {
        /** @type {Bounds} */
        const part = [left, top, right, bottom];
        const size = Math.max(0, right - left) * (bottom - top);
        if (size > most && !cards.some((card) => overlap(part, card))) [best, most] = [part, size];
      }
  return best;
};

// The largest part of the map that nothing covers, as px from the corner of its window.
/** @type {(on: L.Map) => Bounds} */
export const freePart = (on) => {
  const box = on.getContainer().getBoundingClientRect();
  /** @type {Bounds} */
  const seen = [
    Math.max(0, -box.left),
    Math.max(0, -box.top),
    Math.min(box.width, innerWidth - box.left),
    Math.min(box.height, innerHeight - box.top),
  ];
  return largestFree(seen, covered(box));
};

/** @type {(on: L.Map, place: L.LatLng, zoom: number, isMoving: boolean) => void} */
const centre = (on, place, zoom, isMoving) => {
  const [left, top, right, bottom] = freePart(on);
  const middle = L.point((left + right) / 2, (top + bottom) / 2);
  const shift = middle.subtract(on.getSize().divideBy(2));
  on.setView(on.unproject(on.project(place, zoom).subtract(shift), zoom), zoom, { animate: isMoving });
};

/** @type {(on: L.Map, bounds: L.LatLngBounds, isMoving: boolean) => void} */
const fit = (on, bounds, isMoving) => {
  const [left, top, right, bottom] = freePart(on);
  const size = on.getSize();
  const around = L.point(size.x - (right - left) + 2 * MARGIN, size.y - (bottom - top) + 2 * MARGIN);
  const zoom = Math.min(CLOSEST_FIT, on.getBoundsZoom(bounds, false, around));
  const middle = on.project(bounds.getNorthWest(), zoom).add(on.project(bounds.getSouthEast(), zoom)).divideBy(2);
  centre(on, on.unproject(middle, zoom), zoom, isMoving);
};

// Bring what was picked into sight: an area, a route or a cluster whole, a place at its own zoom.
/** @type {(what: L.LatLngBounds | { lon: number; lat: number; zoom: number }) => void} */
export const goTo = (what) => {
  if (!map) return;
  isTheirs = true;
  const { top } = map.getContainer().getBoundingClientRect();
  if (top < 0 || top > innerHeight / 2) byId("stage").scrollIntoView({ block: "start", behavior: "instant" });
  if ("lon" in what) centre(map, L.latLng(what.lat, what.lon), what.zoom, !isCalm());
  else fit(map, what, !isCalm());
};

// What was clicked on the map stays where it is, unless a card that came up lies over it.
/** @type {(place: L.LatLng) => void} */
export const uncover = (place) => {
  if (!map) return;
  const { x, y } = map.latLngToContainerPoint(place);
  const cards = covered(map.getContainer().getBoundingClientRect());
  if (!cards.some((card) => overlap([x - MARGIN, y - MARGIN, x + MARGIN, y + MARGIN], card))) return;
  isTheirs = true;
  centre(map, place, map.getZoom(), !isCalm());
};

// Look where an address says; at the whole mission where it says nothing.
/** @type {(at: string, isMoving?: boolean) => void} */
export const obey = (at, isMoving = !isCalm()) => {
  isTheirs = at !== "";
  if (!map) return;
  const [zoom, lon, lat] = at.split("/").map(Number);
  if (at) map.setView([lat, lon], zoom, { animate: isMoving });
  else showAll(map, isMoving);
};

// How near the whole mission is seen: filled at first view, whatever its size.
export const measure = () => {
  if (map) nearFrom = Math.max(7, map.getZoom() + 1);
};

// Do what a click on the map asks for.
/** @type {(at: L.LatLng, pick: () => void) => void} */
export const onMap = (at, pick) => {
  clicked = at;
  pick();
  clicked = null;
};

// What the cards leave free, for showing the whole.
/** @type {(on: L.Map) => L.FitBoundsOptions} */
export const padding = (on) => {
  const [left, top, right, bottom] = freePart(on);
  const size = on.getSize();
  return { paddingTopLeft: [left + MARGIN, top + MARGIN], paddingBottomRight: [size.x - right + MARGIN, size.y - bottom + MARGIN] };
};

// Where a thing of the map stands in the browser's window, px.
/** @type {(lon: number, lat: number) => [number, number]} */
export const pointOf = (lon, lat) => {
  if (!map) return [NaN, NaN];
  const { left, top } = map.getContainer().getBoundingClientRect();
  const { x, y } = map.latLngToContainerPoint([lat, lon]);
  return [x + left, y + top];
};

// The map's window in degrees, as an address says it.
/** @type {() => string} */
export const inWindow = () => {
  if (!map) return "";
  const bounds = map.getBounds();
  const isWhole = bounds.getEast() - bounds.getWest() >= 360;
  /** @type {(lon: number) => number} */
  const wrap = (lon) => ((((lon + 180) % 360) + 360) % 360) - 180;
  const sides = {
    west: isWhole ? -180 : wrap(bounds.getWest()),
    east: isWhole ? 180 : wrap(bounds.getEast()),
    south: bounds.getSouth(),
    north: bounds.getNorth(),
  };
  return Object.entries(sides)
    .map(([name, degrees]) => `${name}=${degrees.toFixed(5)}`)
    .join("&");
};

// On a phone one finger scrolls the page and two move the map.
/** @type {(on: L.Map) => void} */
export const hold = (on) => {
  map = on;
  const isNarrow = matchMedia("(max-width: 760px) and (pointer: coarse)");
  const drag = () => (isNarrow.matches ? on.dragging.disable() : on.dragging.enable());
  isNarrow.addEventListener("change", drag);
  drag();
};

// Where the map looks belongs to the address, once somebody moved it.
/** @type {(on: L.Map) => void} */
export const remember = (on) => {
  const box = on.getContainer();
  for (const name of ["wheel", "pointerdown", "keydown"]) box.addEventListener(name, () => (isTheirs = true), { passive: true });
  const write = () => {
    document.documentElement.dataset.moved = String(Number(document.documentElement.dataset.moved ?? 0) + 1);
    if (!isTheirs) return;
    const { lat, lng } = on.getCenter();
    change({ at: `${on.getZoom()}/${lng.toFixed(3)}/${lat.toFixed(3)}` });
  };
  on.on("moveend", write);
  byId("zoom").addEventListener(
    "click",
    (event) => {
      isTheirs = !(event.target instanceof Element && event.target.closest("button:last-child"));
      if (!isTheirs) change({ at: "" });
    },
    { capture: true },
  );
  addEventListener("resize", () => {
    on.invalidateSize({ animate: false });
    if (state.at) return;
    showAll(on);
    measure();
  });
};
