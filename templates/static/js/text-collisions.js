// One pass over every text on a map: what would lie on another, or under a card of the page, steps aside.
import { all } from "./dom.js";

// Texts in the order in which they may take room; boxes of the page take theirs first.
const DESK = "#panel, #search, #states, #strip, #zoom, #detail:not([hidden]), .desk .toolbar, .caption";
const BOXES = `.map-card:not([hidden]), .cluster .lens, ${DESK}`;
const PLACES = ".cluster-edge, .speck"; // a cluster is under its own name, and under no other
const NAMES = [".cluster-name", ".cluster text", ".unit-label:not(.is-short)", ".unit-label"];
const TEXTS = [...NAMES, ".town.is-large", ".town:not(.is-small)", ".town", ".country"];

/** @type {(a: DOMRect, b: DOMRect) => boolean} */
const meet = (a, b) => a.left < b.right + 2 && b.left < a.right + 2 && a.top < b.bottom + 1 && b.top < a.bottom + 1;

// The name of another country never lies on an area of the mission: what was observed comes before the ground.
/** @type {(box: DOMRect) => boolean} */
const isOnArea = ({ left, right, top, bottom }) =>
  [left, (left + right) / 2, right].some((x) =>
    document.elementsFromPoint(x, (top + bottom) / 2).some((element) => element.classList.contains("area")),
  );

// Reads every box first and writes afterwards, so that the browser lays out once.
/** @type {(map: L.Map) => void} */
export const sparse = (map) => {
  const root = map.getContainer().closest(".stage") ?? document.body; // the desk's cards stand beside its picture
  const within = map.getContainer().getBoundingClientRect();
  const taken = [...root.querySelectorAll(BOXES)].map((box) => box.getBoundingClientRect()).filter((box) => box.width);
  /** @type {[Element, boolean][]} */
  const verdicts = [];
  const seen = new Set();
  for (const kind of TEXTS) {
    if (kind === TEXTS[1]) taken.push(...all(PLACES, root).map((place) => place.getBoundingClientRect()));
    for (const text of root.querySelectorAll(kind)) {
      if (seen.has(text)) continue;
      seen.add(text);
      const box = text.getBoundingClientRect();
      const isOut = box.left < within.left || box.right > within.right || box.top < within.top || box.bottom > within.bottom;
      const isHidden = isOut || (kind === ".country" && isOnArea(box));
      const isCovered = isHidden || taken.some((other) => meet(box, other));
      verdicts.push([text, isCovered]);
      if (!isCovered) taken.push(box);
    }
  }
  for (const [text, isCovered] of verdicts) text.classList.toggle("is-covered", isCovered);
};
