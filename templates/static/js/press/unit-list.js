// The list beside the map: name, share and, where intervals are due, a dot with its bar on a common axis.
import { all, byId, el, focusedWithin, svg } from "../dom.js";
import { language, number } from "../language.js";
import { swatch } from "./legend-swatches.js";
import { change, follow, followPointer, isClusters, now, onScreen, point } from "./press-state.js";
import { described } from "./unit-layer.js";

const AXIS = 120; // units of the viewBox; the picture grows with its column

/** @typedef {{ values: PressValues, choice: PressView, measure: MeasureFigures, figures: LevelFigures, most: number }} Listed */

/** @type {(values: PressValues) => void} */
export const unitList = (values) => {
  const box = byId("unit-list");
  follow(() => {
    const shown = onScreen();
    if (!shown || !shown.level || isClusters(shown)) return;
    const { measure, level: figures } = shown;
    const focused = focusedWithin(box)?.dataset.unit;
    const units = figures.status
      .map((_, unit) => unit)
      .filter((unit) => isTold(figures, unit) && isFirst(values, shown.choice.level, unit));
    const order = units.sort((a, b) => rank(figures, b) - rank(figures, a) || compare(values, shown.choice.level, a, b));
    const ends = order.map((unit) => figures.high[unit] ?? figures.value[unit] ?? 0);
    const most = Math.max(0.0001, ...ends, measure.country.high ?? measure.country.value ?? 0);
    /** @type {Listed} */
    const listed = { values, choice: shown.choice, measure, figures, most };
    box.replaceChildren(...order.map((unit) => row(listed, unit)));
    box.dataset.choice = shown.figures.choice;
    box.dataset.view = shown.choice.view;
    byId("list-title").textContent = measure.list_title;
    byId("list-axis").textContent = measure.axis;
    rest(listed);
    if (focused) all(`[data-unit="${Number(focused)}"]`, box)[0]?.focus();
  });
  followPointer((pointed) => {
    const shown = onScreen();
    const figures = shown?.level;
    const wanted = pointed.token || pointed.held;
    for (const button of box.querySelectorAll("[data-unit]")) {
      const unit = Number(button.getAttribute("data-unit"));
      button.classList.toggle("is-here", unit === pointed.unit);
      button.classList.toggle("is-dimmed", wanted !== "" && figures?.token[unit] !== wanted);
    }
  });
};

/** @type {(figures: LevelFigures, unit: number) => boolean} */
const isTold = (figures, unit) => figures.value[unit] !== null || (figures.part[unit] ?? -1) > 0;
// Of units whose figures are told together, one row stands for all.
/** @type {(values: PressValues, level: string, unit: number) => boolean} */
const isFirst = (values, level, unit) => values.levels[level]?.units[unit]?.first === unit;
// Too few for a share come after every share.
/** @type {(figures: LevelFigures, unit: number) => number} */
const rank = (figures, unit) => figures.rank[unit] ?? (figures.part[unit] ?? 0) / 1e9 - 1;
/** @type {(values: PressValues, level: string, a: number, b: number) => number} */
const compare = (values, level, a, b) => {
  const units = values.levels[level]?.units ?? [];
  return (units[a]?.name ?? "").localeCompare(units[b]?.name ?? "", language);
};

/** @type {(listed: Listed, unit: number) => HTMLElement} */
const row = (listed, unit) => {
  const { values, choice, measure, figures } = listed;
  const name = values.levels[choice.level]?.units[unit]?.title ?? "";
  const value = figures.value[unit] ?? null;
  const whole = figures.whole[unit] ?? -1;
  const button = el(
    "button",
    {
      type: "button",
      "data-unit": unit,
      "aria-pressed": String(choice.unit === unit),
      title: name,
      onclick: () => change({ unit: now().wanted.unit === unit ? -1 : unit }),
      onmouseenter: () => point({ unit }),
      onmouseleave: () => point({ unit: -1 }),
      onfocus: () => point({ unit }),
      onblur: () => point({ unit: -1 }),
    },
    el("span", { class: "name" }, name),
    el("span", { class: "share" }, figures.label[unit] ?? ""),
    value === null ? null : measure.intervals ? dot(listed, unit) : bar(listed, unit),
    whole > 0 ? el("span", { class: "n", "aria-hidden": "true" }, `${number(figures.part[unit] ?? 0)} / ${number(whole)}`) : null,
    el("span", { class: "visually-hidden" }, described(values, choice.level, unit).slice(1).join(". ")),
  );
  return el("li", null, button);
};

// A bar where no interval is due: what was seen, not an estimate.
/** @type {(listed: Listed, unit: number) => Element} */
const bar = ({ measure, figures, most }, unit) => {
  const token = measure.unit === "count" ? "count" : figures.token[unit];
  const length = Math.max(1, ((figures.value[unit] ?? 0) / most) * AXIS).toFixed(1);
  return svg(
    "svg",
    { class: "bar", viewBox: `0 0 ${AXIS} 8`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "track", width: AXIS, height: 8, rx: 3 }),
    svg("rect", { class: `fill-${token}`, width: length, height: 8, rx: 3 }),
  );
};

// A dot with its 95 % bar; the dashed line is the country's value.
/** @type {(listed: Listed, unit: number) => Element} */
const dot = ({ measure, figures, most }, unit) => {
  /** @type {(share: number) => string} */
  const x = (share) => ((share / most) * (AXIS - 10) + 5).toFixed(1);
  const token = figures.token[unit];
  const value = figures.value[unit] ?? 0;
  const low = figures.low[unit] ?? value;
  const high = figures.high[unit] ?? value;
  const country = measure.country.value;
  const wide = Math.max(2, ((high - low) / most) * (AXIS - 10));
  return svg(
    "svg",
    { class: "dot", viewBox: `0 0 ${AXIS} 18`, "aria-hidden": "true" },
    country === null ? null : svg("line", { class: "country-line", x1: x(country), x2: x(country), y1: 0, y2: 18 }),
    svg("rect", { class: `fill-${token} dot-bar`, x: x(low), y: 7, width: wide.toFixed(1), height: 4, rx: 2 }),
    svg("circle", { class: `fill-${token} dot-value`, cx: x(value), cy: 9, r: 4.6 }),
  );
};

// Who has no figure, by reason, after the list: named, so that nobody is looked for in vain.
/** @type {(listed: Listed) => void} */
const rest = ({ values, choice, figures }) => {
  const box = byId("list-rest");
  /** @type {Map<keyof PressValues["statuses"], string[]>} */
  const byStatus = new Map();
  figures.status.forEach((status, unit) => {
    if (isTold(figures, unit)) return;
    const name = values.levels[choice.level]?.units[unit]?.name ?? "";
    byStatus.set(status, [...(byStatus.get(status) ?? []), name]);
  });
  const MOST = 12; // names; a country of 150 districts would fill the page
  box.replaceChildren(
    ...[...byStatus].map(([status, names]) => {
      const listed = names.sort((a, b) => a.localeCompare(b, language)).slice(0, MOST).join(", ");
      const more = names.length > MOST ? ` + ${number(names.length - MOST)}` : "";
      return el("p", null, swatch(`status-${status}`), el("b", null, `${values.statuses[status].title}: `), listed + more);
    }),
  );
};
