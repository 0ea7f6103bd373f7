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
      group.on("add", redraw);
    })
    .catch(failed);
  followHover((index) => group.eachLayer((one) => one.getElement()?.classList.toggle("is-here", one.options.area === index)));
  return group;
};

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
  const dy = (b.y - a.y) * 0.8 || 0.01; // labels stand below, so a little more room vertically
  const apart = Math.hypot(dx, dy);
  const wanted = a.radius + b.radius + 16;
  if (apart >= wanted) return;
  const step = (wanted - apart) / 2 / apart;
  const share = b.radius / (a.radius + b.radius);
  a.x -= dx * step * 2 * share;
  a.y -= dy * step * 2 * share;
  b.x += dx * step * 2 * (1 - share);
  b.y += dy * step * 2 * (1 - share);
};

const draw = (map, group, shapes, values, per) => {
  group.clearLayers();
  const gap = gapAt(map.getZoom());
  const piles = [];
  for (const feature of shapes.features) {
    const { area, anchor } = feature.properties;
    const counts = byWorst(values.areas[area], state, values.categories);
    if (!anchor || !sum(counts)) continue;
    const home = map.latLngToLayerPoint([anchor[1], anchor[0]]);
    piles.push({ area, n: sum(counts), home, x: home.x, y: home.y, ...packed(counts, per, gap) });
  }
  settle(piles);
  piles.sort((a, b) => b.n - a.n);
  for (const pile of piles) place(map, group, values, pile);
  const hits = map.getContainer();
  hits.dataset.marks = String(piles.reduce((total, pile) => total + pile.placed, 0));
};

const place = (map, group, values, pile) => {
  const { radius, area } = pile;
  const back = { x: pile.home.x - pile.x, y: pile.home.y - pile.y };
  const far = Math.hypot(back.x, back.y);
  const size = Math.ceil(radius * 2);
  const picture = svg("svg", { class: "cluster", width: size, height: size, viewBox: `${-radius} ${-radius} ${size} ${size}`, "aria-hidden": "true" });
  if (far > radius + 3) {
    picture.append(
      svg("line", { class: "leader", x1: (back.x / far) * radius, y1: (back.y / far) * radius, x2: back.x, y2: back.y }),
      svg("circle", { class: "pin", cx: back.x, cy: back.y, r: 2.6 }),
    );
  }
  picture.append(svg("circle", { class: "lens", r: radius }), pile.group);
  const label = svg("text", { y: radius + 13 });
  label.append(svg("tspan", null, `${values.areas[area].name} `), svg("tspan", { class: "count" }, number(pile.n)));
  picture.append(label);
  const one = L.marker(map.layerPointToLatLng([pile.x, pile.y]), {
    pane: "symbols",
    area,
    keyboard: true,
    riseOnHover: true,
    icon: L.divIcon({ className: "cluster-icon", html: picture, iconSize: [size, size], iconAnchor: [radius, radius] }),
  });
  one.on({
    mouseover: () => hover(area),
    mousemove: (event) => showTip(event.originalEvent, describe(values, area)),
    mouseout: () => {
      hover(-1);
      hideTip();
    },
    click: () => change({ area: state.area === area ? -1 : area }),
  });
  one.addTo(group);
  const element = one.getElement();
  element?.addEventListener("mousemove", (event) => showTip(event, describe(values, area)));
  element?.setAttribute("aria-label", describe(values, area).join(". "));
};
