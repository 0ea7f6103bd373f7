// Marks at the area, one per station named. Where areas are small the pile moves aside and keeps a line to its place.
import { all, paneOf, svg } from "../dom.js";
import { load } from "../json-cache.js";
import { number } from "../language.js";
import { failed, hideTip, showTip } from "../tooltip.js";
import { change, follow, followPointer, now, onScreen, point } from "./press-state.js";
import { packed, perMark, useMarks } from "./severity-marks.js";
import { described } from "./unit-layer.js";

/** @type {(counts: number[]) => number} */
const sum = (counts) => counts.reduce((total, n) => total + n, 0);

/** @type {(map: L.Map, group: L.LayerGroup, options: PressOptions) => void} */
export const symbolLayer = (map, group, options) => {
  paneOf(map, "symbols", 620);
  Promise.all([load(options.regions), load(options.values)])
    .then(([shapes, values]) => {
      useMarks(values.marks);
      const redraw = () => draw(map, group, shapes, values);
      follow(redraw);
      map.on("zoomend", redraw);
      group.on("add", redraw);
    })
    .catch(failed);
  followPointer(({ unit }) =>
    group.eachLayer((layer) => {
      if (layer instanceof L.Marker) layer.getElement()?.classList.toggle("is-here", layer.options.area === unit);
    }),
  );
};

const POINTS_FROM = 7; // from this zoom on, stations with a place of their own speak for themselves

/** @type {(zoom: number) => number} */
const gapAt = (zoom) => Math.max(5.6, Math.min(13, 9.4 + (zoom - 4.75) * 2.1));

// Push overlapping piles apart, a little each round, and pull each towards its own place.
/** @type {(piles: Pile[]) => void} */
const settle = (piles) => {
  for (let round = 0; round < 160; round += 1) {
    for (const pile of piles) {
      pile.x += (pile.home.x - pile.x) * 0.04;
      pile.y += (pile.home.y - pile.y) * 0.04;
    }
    for (let i = 0; i < piles.length; i += 1) {
      for (let j = i + 1; j < piles.length; j += 1) push(piles[i], piles[j]);
    }
  }
};

const TARGET = 24; // px: two targets a finger tells apart (WCAG 2.5.8), even where both hold one mark

/** @type {(pile: Pile) => number} */
const reach = ({ radius }) => Math.max(radius, TARGET / 2);

/** @type {(a: Pile, b: Pile) => void} */
const push = (a, b) => {
  const dx = b.x - a.x || 0.01;
  const dy = b.y - a.y || 0.01;
  const apart = Math.hypot(dx, dy);
  const wanted = reach(a) + reach(b) + 6;
  if (apart >= wanted) return;
  const step = (wanted - apart) / apart;
  const share = b.radius / (a.radius + b.radius);
  a.x -= dx * step * share;
  a.y -= dy * step * share;
  b.x += dx * step * (1 - share);
  b.y += dy * step * (1 - share);
};

// Where a label may stand around its pile: below, above, right, left; then the bare count, then nothing.
/** @type {(pile: Pile, width: number) => { x: number; y: number; anchor: string; left: number }[]} */
const spots = (pile, width) => [
  { x: 0, y: pile.radius + 13, anchor: "middle", left: -width / 2 },
  { x: 0, y: -pile.radius - 6, anchor: "middle", left: -width / 2 },
  { x: pile.radius + 5, y: 4, anchor: "start", left: pile.radius + 5 },
  { x: -pile.radius - 5, y: 4, anchor: "end", left: -pile.radius - 5 - width },
];

/** @type {(a: Box, b: Box) => boolean} */
const overlaps = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** @type {(values: PressValues, piles: Pile[]) => void} */
const label = (values, piles) => {
  const taken = piles.map(({ x, y, radius }) => ({ left: x - radius, right: x + radius, top: y - radius, bottom: y + radius }));
  for (const pile of piles) {
    const name = values.levels.region?.units[pile.area]?.name ?? "";
    for (const text of [name, ""]) {
      const width = (text.length + (text ? 1 : 0)) * 6.7 + number(pile.n).length * 8;
      for (const spot of spots(pile, width)) {
        const box = { left: pile.x + spot.left, right: pile.x + spot.left + width, top: pile.y + spot.y - 11, bottom: pile.y + spot.y + 3 };
        if (pile.label || taken.some((other) => overlaps(box, other))) continue;
        pile.label = { ...spot, text };
        taken.push(box);
      }
    }
  }
};

/** @type {(map: L.Map, group: L.LayerGroup, shapes: AreaShapes, values: PressValues) => void} */
const draw = (map, group, shapes, values) => {
  const { activeElement } = document;
  const focused = activeElement instanceof HTMLElement ? activeElement.dataset.pile : undefined;
  group.clearLayers();
  const shown = onScreen();
  const marks = shown?.figures.measures[shown.choice.view]?.levels.region?.marks;
  const isTold = values.points && map.getZoom() >= POINTS_FROM;
  /** @type {Pile[]} */
  const piles = [];
  if (marks && !isTold) {
    const gap = gapAt(map.getZoom());
    const per = perMark(Math.max(1, ...marks.map(sum)));
    for (const { properties } of shapes.features) {
      const { area, anchor } = properties;
      const counts = marks[area] ?? [];
      if (!anchor || !sum(counts)) continue;
      const home = map.latLngToLayerPoint([anchor[1], anchor[0]]);
      piles.push({ area, n: sum(counts), home, x: home.x, y: home.y, ...packed(counts, per, gap) });
    }
  }
  settle(piles);
  piles.sort((a, b) => b.n - a.n);
  label(values, piles);
  for (const pile of piles) place(map, group, values, pile);
  map.getContainer().dataset.marks = String(piles.reduce((total, pile) => total + pile.placed, 0));
  if (focused) all(`[data-pile="${Number(focused)}"]`)[0]?.focus();
  map.fire("names"); // names below a pile step aside
};

/** @type {(pile: Pile) => SVGElement} */
const picture = (pile) => {
  const { radius } = pile;
  const back = { x: pile.home.x - pile.x, y: pile.home.y - pile.y };
  const far = Math.hypot(back.x, back.y);
  const half = reach(pile);
  const size = Math.ceil(half * 2);
  const drawing = svg("svg", {
    class: "cluster",
    width: size,
    height: size,
    viewBox: `${-half} ${-half} ${size} ${size}`,
    "aria-hidden": "true",
  });
  if (far > radius + 3) {
    drawing.append(
      svg("line", { class: "leader", x1: (back.x / far) * radius, y1: (back.y / far) * radius, x2: back.x, y2: back.y }),
      svg("circle", { class: "pin", cx: back.x, cy: back.y, r: 2.6 }),
    );
  }
  drawing.append(svg("circle", { class: "lens", r: radius }), pile.group);
  if (pile.label) {
    const { x, y, anchor, text } = pile.label;
    const words = svg("text", { x, y, "text-anchor": anchor });
    words.append(text ? svg("tspan", null, `${text} `) : "", svg("tspan", { class: "count" }, number(pile.n)));
    drawing.append(words);
  }
  return drawing;
};

/** @type {(map: L.Map, group: L.LayerGroup, values: PressValues, pile: Pile) => void} */
const place = (map, group, values, pile) => {
  const { area } = pile;
  const half = reach(pile);
  const size = Math.ceil(half * 2);
  const marker = L.marker(map.layerPointToLatLng([pile.x, pile.y]), {
    pane: "symbols",
    area,
    riseOnHover: true,
    icon: L.divIcon({ className: "cluster-icon", html: picture(pile), iconSize: [size, size], iconAnchor: [half, half] }),
  });
  const pick = () => change({ unit: now().wanted.unit === area ? -1 : area });
  marker.on({
    mouseover: () => point({ unit: area }),
    mouseout: () => {
      point({ unit: -1 });
      hideTip();
    },
    click: pick,
  });
  marker.addTo(group);
  const element = marker.getElement();
  if (element) element.dataset.pile = String(area);
  element?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return; // a button for the keyboard, too, which Leaflet makes it in name alone
    event.preventDefault();
    pick();
  });
  element?.addEventListener("mousemove", (event) => showTip(event, described(values, "region", area)));
  // what is printed beside the pile first, so that it can be asked for by voice
  const [name, ...rest] = described(values, "region", area);
  element?.setAttribute("aria-label", [`${name} ${number(pile.n)}`, ...rest].join(". "));
};
