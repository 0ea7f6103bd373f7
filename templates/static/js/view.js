// Where the map looks: everything, in the part of the picture that no card covers.
import { byId } from "./dom.js";

export const STATIONS_FROM = 5.5; // the zoom from which single stations are drawn

let everything = null;

const isPhone = () => matchMedia("(max-width: 760px)").matches;

const padding = () => {
  // on phones the caption lies at the foot of the picture, over nothing that is drawn
  if (document.querySelector(".frame")) {
    // in a small frame the caption takes lines of its own
    const caption = document.querySelector(".caption").getBoundingClientRect().height;
    const most = 0.4 * document.querySelector(".picture").getBoundingClientRect().height;
    return { paddingTopLeft: [14, Math.min(caption + 22, most)], paddingBottomRight: [14, 26] };
  }
  if (isPhone()) return { paddingTopLeft: [10, 66], paddingBottomRight: [10, 40 + (document.querySelector(".caption")?.offsetHeight ?? 30)] };
  const panel = byId("panel")?.getBoundingClientRect();
  const strip = byId("strip")?.getBoundingClientRect();
  return {
    paddingTopLeft: [(panel?.right ?? 0) + 24, 92],
    paddingBottomRight: [28, (strip?.height ?? 0) + 40],
  };
};

export const showAll = (map, animate = false) => {
  if (everything) map.fitBounds(everything, { ...padding(), animate, maxZoom: 9 });
};

export const whole = (map, bounds) => {
  everything = bounds;
  map.invalidateSize({ animate: false });
  showAll(map);
};

// Move the map a little if the card of the area that was opened lies over its place.
export const uncover = (map, place) => {
  const card = byId("detail").getBoundingClientRect();
  if (isPhone() || !card.width) return;
  const box = map.getContainer().getBoundingClientRect();
  const point = map.latLngToContainerPoint(place);
  const over = point.x + box.left + 60 - card.left;
  if (over > 0 && point.y + box.top > card.top - 60) map.panBy([over, 0], { animate: !matchMedia("(prefers-reduced-motion: reduce)").matches });
};

// The word SIMULATED lies across the picture, above the areas and below marks and names, and stays put as the map moves.
const bands = (map) => {
  const found = document.querySelectorAll(".band");
  if (!found.length) return;
  const pane = map.createPane("bands");
  pane.style.zIndex = 605;
  pane.style.pointerEvents = "none";
  pane.append(...found);
  const hold = () => {
    const { x, y } = map.getSize();
    pane.style.width = `${x}px`;
    pane.style.height = `${y}px`;
    L.DomUtil.setPosition(pane, map.containerPointToLayerPoint([0, 0]));
  };
  map.on("move zoom viewreset resize", hold);
  hold();
};

// Classes on the map's element say how near it is, so that the style sheet can fade fills.
export const frame = (map) => {
  bands(map);
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
    width = innerWidth;
    map.invalidateSize({ animate: false });
    showAll(map);
  });
};
