// Marks at the area, one per station named. Where areas are small the pile moves aside and keeps a line to its place.
import { byWorst, sum, allNamed } from "./counts.js";
import { load } from "./data.js";
import { svg } from "./dom.js";
import { describe } from "./describe.js";
import { packed, perMark } from "./marks.js";
import { change, follow, followHover, hover, state } from "./state.js";
import { failed, hideTip, showTip } from "./tip.js";
import { number } from "./words.js";

export const symbolLayer = (map, options) => {
  map.createPane("symbols").style.zIndex = 620;
  const group = L.layerGroup().addTo(map);
  Promise.all([load(options.areas), load(options.values)])
    .then(([shapes, values]) => {
      const per = perMark(Math.max(1, ...values.areas.map(allNamed)));
      const redraw = () => draw(map, group, shapes, values, per);
      follow(redraw);
      map.on("zoomend", redraw);
      map.on("names", uncover);
      group.on("add", redraw);
    })
    .catch(failed);
  followHover((index) => group.eachLayer((one) => one.getElement()?.classList.toggle("is-here", one.options.area === index)));
  return group;
};

const POINTS_FROM = 7; // from this zoom on, stations with a place of their own speak for themselves

const gapAt = (zoom) => Math.max(5.6, Math.min(13, 9.4 + (zoom - 4.75) * 2.1));

// Push overlapping piles apart, a little each round, and pull each towards its own place.
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

const push = (a, b) => {
  const dx = b.x - a.x || 0.01;
  const dy = b.y - a.y || 0.01;
  const apart = Math.hypot(dx, dy);
  const wanted = a.radius + b.radius + 6;
  if (apart >= wanted) return;
  const step = (wanted - apart) / apart;
  const share = b.radius / (a.radius + b.radius);
  a.x -= dx * step * share;
  a.y -= dy * step * share;
  b.x += dx * step * (1 - share);
  b.y += dy * step * (1 - share);
};

// Where a label may stand around its pile: below, above, right, left; then the bare count, then nothing.
const spots = (pile, width) => [
  { x: 0, y: pile.radius + 13, anchor: "middle", left: -width / 2 },
  { x: 0, y: -pile.radius - 6, anchor: "middle", left: -width / 2 },
  { x: pile.radius + 5, y: 4, anchor: "start", left: pile.radius + 5 },
  { x: -pile.radius - 5, y: 4, anchor: "end", left: -pile.radius - 5 - width },
];

const overlaps = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

const label = (values, piles) => {
  const taken = piles.map(({ x, y, radius }) => ({ left: x - radius, right: x + radius, top: y - radius, bottom: y + radius }));
  for (const pile of piles) {
    const { name } = values.areas[pile.area];
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

const draw = (map, group, shapes, values, per) => {
  group.clearLayers();
  const gap = gapAt(map.getZoom());
  const piles = [];
  const isTold = values.points && map.getZoom() >= POINTS_FROM;
  for (const feature of isTold ? [] : shapes.features) {
    const { area, anchor } = feature.properties;
    const counts = byWorst(values.areas[area], state, values.categories);
    if (!anchor || !sum(counts)) continue;
    const home = map.latLngToLayerPoint([anchor[1], anchor[0]]);
    piles.push({ area, n: sum(counts), home, x: home.x, y: home.y, ...packed(counts, per, gap) });
  }
  settle(piles);
  piles.sort((a, b) => b.n - a.n);
  label(values, piles);
  for (const pile of piles) place(map, group, values, pile);
  requestAnimationFrame(uncover);
  map.getContainer().dataset.marks = String(piles.reduce((total, pile) => total + pile.placed, 0));
};

// Names of the background under a pile or its label would only be half read: hide them.
const uncover = () => {
  const piles = [...document.querySelectorAll(".cluster .lens, .cluster text")].map((one) => one.getBoundingClientRect());
  for (const name of document.querySelectorAll(".country, .town")) {
    const box = name.getBoundingClientRect();
    name.classList.toggle("is-covered", piles.some((other) => overlaps(box, other)));
  }
};

const picture = (values, pile) => {
  const { radius } = pile;
  const back = { x: pile.home.x - pile.x, y: pile.home.y - pile.y };
  const far = Math.hypot(back.x, back.y);
  const size = Math.ceil(radius * 2);
  const drawing = svg("svg", { class: "cluster", width: size, height: size, viewBox: `${-radius} ${-radius} ${size} ${size}`, "aria-hidden": "true" });
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

const place = (map, group, values, pile) => {
  const { radius, area } = pile;
  const size = Math.ceil(radius * 2);
  const one = L.marker(map.layerPointToLatLng([pile.x, pile.y]), {
    pane: "symbols",
    area,
    riseOnHover: true,
    icon: L.divIcon({ className: "cluster-icon", html: picture(values, pile), iconSize: [size, size], iconAnchor: [radius, radius] }),
  });
  one.on({
    mouseover: () => hover(area),
    mouseout: () => {
      hover(-1);
      hideTip();
    },
    click: () => change({ area: state.area === area ? -1 : area }),
  });
  one.addTo(group);
  const element = one.getElement();
  element?.addEventListener("mousemove", (event) => showTip(event, describe(values, area)));
  // what is printed beside the pile first, so that it can be asked for by voice
  const [name, ...rest] = describe(values, area);
  element?.setAttribute("aria-label", [`${name} ${number(pile.n)}`, ...rest].join(". "));
};
