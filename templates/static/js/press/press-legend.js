// The legend is a histogram: a bar per class, as high as units are many. Hover dims the rest, a click holds it.
import { all, byId, el, svg } from "../dom.js";
import { plural } from "../language.js";
import { load } from "../json-cache.js";
import { failed } from "../tooltip.js";
import { STATIONS_FROM } from "../map-view.js";
import { swatch } from "./legend-swatches.js";
import { perMark, useMarks } from "./severity-marks.js";
import { follow, followPointer, isClusters, onScreen, point } from "./press-state.js";

const HIGH = 34; // px of the highest bar
const WIDE = 48;

/** @type {(map: L.Map, options: { values: Address<PressValues> }) => L.Map} */
export const legend = (map, options) => {
  load(options.values)
    .then((values) => {
      useMarks(values.marks);
      let held = "";
      const draw = () => {
        const shown = onScreen();
        if (!shown) return;
        const box = byId("legend");
        const { measure, level: figures } = shown;
        box.dataset.choice = shown.figures.choice;
        box.dataset.view = shown.choice.view;
        const heading = el("p", { class: "legend-title" }, measure.legend);
        const bars = figures && measure.classes.length ? histogram(measure, figures, values) : null;
        const keys = keysOf(values, shown);
        box.replaceChildren(heading, bars ?? "", measure.alike ? el("p", { class: "legend-note" }, measure.alike) : "", keys);
        mirror();
        requestAnimationFrame(() => place(map, box)); // once the areas are there
      };
      // what comes and goes without drawing the bars again: hover, hold, and what is said of single stations
      const mirror = () => {
        const where = map.getZoom() >= STATIONS_FROM ? "near" : "far";
        for (const note of all("#legend [data-stations]")) note.hidden = note.dataset.stations !== where;
        for (const bar of byId("legend").querySelectorAll("[data-token]")) {
          bar.setAttribute("aria-pressed", String(bar.getAttribute("data-token") === held));
        }
      };
      follow(draw);
      map.on("zoomend", mirror);
      map.on("fitted resize", () => requestAnimationFrame(() => place(map, byId("legend"))));
      followPointer((pointed) => {
        held = pointed.held;
        mirror();
      });
    })
    .catch(failed);
  return map;
};

const LOOK_PX = 12; // a tip of land is seldom smaller

/** @type {(from: number, length: number) => number[]} */
const looks = (from, length) => Array.from({ length: Math.ceil(length / LOOK_PX) }, (_, i) => from + i * LOOK_PX);

// How much of the mission lies under a card.
/** @type {(box: DOMRect) => number} */
const coveredBy = ({ left, top, width, height }) => {
  /** @type {(x: number, y: number) => boolean} */
  const isArea = (x, y) => document.elementsFromPoint(x, y).some((at) => at.classList.contains("area"));
  return looks(left, width).flatMap((x) => looks(top, height).filter((y) => isArea(x, y))).length;
};

// In the corner where it covers less of the mission, at the foot if both are alike; where it lies beside the map it stays.
/** @type {(map: L.Map, box: HTMLElement) => void} */
const place = (map, box) => {
  if (getComputedStyle(box).position !== "absolute" || !box.childNodes.length) return;
  const was = box.dataset.corner ?? "foot";
  /** @type {(corner: string) => number} */
  const covers = (corner) => {
    box.dataset.corner = corner;
    return coveredBy(box.getBoundingClientRect());
  };
  const [head, foot] = [covers("head"), covers("foot")];
  box.dataset.corner = head === foot ? was : head < foot ? "head" : "foot";
  if (box.dataset.corner !== was) map.fire("names"); // texts step aside for it
};

/** @type {(measure: MeasureFigures, figures: LevelFigures, values: PressValues) => HTMLElement} */
const histogram = (measure, figures, values) => {
  const counts = measure.classes.map(({ token }) => figures.token.filter((other) => other === token).length);
  const most = Math.max(1, ...counts);
  const bars = measure.classes.map(({ token, label }, index) => {
    const high = counts[index] ? Math.max(3, (counts[index] / most) * HIGH) : 0;
    const picture = svg(
      "svg",
      { width: WIDE, height: HIGH + 8, viewBox: `0 0 ${WIDE} ${HIGH + 8}`, "aria-hidden": "true" },
      svg("rect", { class: `fill-${token}`, x: 0, y: HIGH - high, width: WIDE, height: high }),
      svg("rect", { class: `fill-${token} legend-foot`, x: 0, y: HIGH + 1, width: WIDE, height: 7 }),
    );
    return el(
      "button",
      {
        type: "button",
        "data-token": token,
        "aria-pressed": "false",
        "aria-label": `${label}: ${plural(values.words.units, counts[index])}`,
        title: plural(values.words.units, counts[index]),
        onmouseenter: () => point({ token }),
        onmouseleave: () => point({ token: "" }),
        onfocus: () => point({ token }),
        onblur: () => point({ token: "" }),
        onclick: (/** @type {Event} */ event) => {
          const isHeld = /** @type {Element} */ (event.currentTarget).getAttribute("aria-pressed") === "true";
          point({ held: isHeld ? "" : token });
        },
      },
      picture,
      el("span", null, label),
    );
  });
  return el("div", { class: "histogram", role: "group", "aria-label": measure.legend }, ...bars);
};

// Statuses that occur, and what else is drawn over the fills.
/** @type {(values: PressValues, shown: ShownChoice) => HTMLElement} */
const keysOf = (values, shown) => {
  const lines = [];
  const { levels } = shown.measure; // clusters lie on the parts, or on the regions of a mission that has none
  const figures = isClusters(shown) ? (levels.part ?? levels.region) : shown.level;
  /** @type {Set<string>} */
  const occurring = new Set(figures?.status.filter((status, index) => figures.token[index] === `status-${status}`));
  for (const [status, words] of Object.entries(values.statuses)) {
    const token = status === "published" && isClusters(shown) ? "quiet" : `status-${status}`; // as the map is dressed
    if (occurring.has(status)) lines.push(el("li", null, swatch(token), words.title));
  }
  if (isClusters(shown) && shown.figures.clusters.length) lines.push(el("li", null, swatch("cluster"), values.words.clusterKey));
  const marks = shown.measure.levels.region?.marks;
  if (marks && shown.choice.on.split(",").includes("named")) {
    values.marks.forEach(({ name, title }, rank) => {
      if (marks.some((counts) => counts[rank])) lines.unshift(el("li", null, swatch(`severity-${name}`), title));
    });
    const per = perMark(Math.max(1, ...marks.map((counts) => counts.reduce((sum, n) => sum + n, 0))));
    lines.push(el("li", { class: "legend-note" }, `${plural(values.words.marks, per)}. ${values.words.markPlace}`));
  }
  // the release does not tell a station's stages, so its mark cannot follow the one chosen
  if (values.points && shown.choice.on.split(",").includes("stations")) {
    lines.push(el("li", { class: "legend-note", "data-stations": "far" }, values.words.zoomForStations));
    if (shown.choice.stage !== "all")
      lines.push(el("li", { class: "legend-note", "data-stations": "near" }, values.words.stationsOfDay));
  }
  return el("ul", { class: "legend-keys" }, ...lines);
};
