// Where the press map looks: the country in the whole picture, or one place clear of the cards that lie on it.
import { all } from "../dom.js";
import { frame, padWith, paper, showAll, whole } from "../map-view.js";

/** @type {() => boolean} */
const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** @typedef {{ left: number, top: number, right: number, bottom: number }} Sides */

// What of the map's box is free, as widths of the sides that cards take.
/** @type {(map: L.Map) => Sides} */
export const taken = (map) => {
  const box = map.getContainer().getBoundingClientRect();
  const sides = { left: 16, top: 16, right: 16, bottom: 16 };
  for (const card of all(".map-card:not([hidden])")) {
    const rect = card.getBoundingClientRect();
    if (!rect.width || rect.right <= box.left || rect.left >= box.right || rect.bottom <= box.top || rect.top >= box.bottom) continue;
    /** @type {[keyof Sides, number, number][]} */
    const reach = [
      ["left", rect.right - box.left, box.width],
      ["right", box.right - rect.left, box.width],
      ["top", rect.bottom - box.top, box.height],
      ["bottom", box.bottom - rect.top, box.height],
    ];
    // a card costs the side where it takes least of the picture
    const [side, pixels, of] = reach.reduce((best, next) => (next[1] / next[2] < best[1] / best[2] ? next : best));
    if (pixels / of < 0.45) sides[side] = Math.max(sides[side], pixels + 10);
  }
  return sides;
};

// Go to a place, clear of the cards, unless it is seen well already; nearer than `maxZoom` it never goes.
/** @type {(map: L.Map, bounds: L.LatLngBounds, least?: number, maxZoom?: number) => void} */
export const showPlace = (map, bounds, least = 48, maxZoom = 8) => {
  const { left, top, right, bottom } = taken(map);
  const size = map.getSize();
  const a = map.latLngToContainerPoint(bounds.getNorthWest());
  const b = map.latLngToContainerPoint(bounds.getSouthEast());
  const isClear = a.x >= left && a.y >= top && b.x <= size.x - right && b.y <= size.y - bottom;
  const isLarge = Math.max(b.x - a.x, b.y - a.y) > least; // px: what is smaller is looked at from nearer
  if (isClear && isLarge) return;
  map.fitBounds(bounds, { paddingTopLeft: [left, top], paddingBottomRight: [right, bottom], maxZoom, animate: !isStill() });
};

// The page lays out around the map: headlines wrap, phones turn, columns of other pages change.
/** @type {(map: L.Map, bounds: L.LatLngBounds) => void} */
export const showMission = (map, bounds) => {
  // the country takes the whole picture: a legend may cover a corner of it
  padWith(() => ({ paddingTopLeft: [12, 12], paddingBottomRight: [12, 12] }));
  whole(map, bounds);
  frame(map);
  paper(map, () => false);
  let size = map.getSize();
  let zoom = map.getZoom();
  new ResizeObserver(() => {
    const box = map.getContainer().getBoundingClientRect();
    if (Math.abs(box.width - size.x) < 2 && Math.abs(box.height - size.y) < 2) return;
    const isAll = Math.abs(map.getZoom() - zoom) < 0.3;
    map.invalidateSize({ animate: false });
    size = map.getSize();
    if (!isAll) return;
    showAll(map);
    zoom = map.getZoom();
  }).observe(map.getContainer());
};
