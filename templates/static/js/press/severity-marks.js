// Marks for severity: a shape and a colour each, packed like seeds in a sunflower, the most severe inside.
import { svg } from "../dom.js";

export const SEVERITIES = ["low", "medium", "high", "critical"];

const GOLDEN = Math.PI * (3 - Math.sqrt(5));

// Corners of every severity's mark at radius 1, as the server gives them to page, pictures and scripts alike.
/** @type {number[][][]} */
let corners = [];
/** @type {(severities: SeverityMark[]) => void} */
export const useMarks = (severities) => {
  corners = severities.map((severity) => severity.corners);
};

// Path of a severity's shape around 0,0: a ring for the least severe. Areas are about equal to the eye.
/** @type {(severity: number, r: number) => string} */
const shape = (severity, r) => {
  const ring = 0.8 * r;
  if (!corners[severity]?.length) return `M${-ring} 0a${ring} ${ring} 0 1 0 ${2 * ring} 0a${ring} ${ring} 0 1 0 ${-2 * ring} 0Z`;
  return `M${corners[severity].map(([x, y]) => `${(r * x).toFixed(2)} ${(r * y).toFixed(2)}`).join("L")}Z`;
};

/** @type {(severity: number, r: number, x?: number, y?: number) => SVGElement} */
export const mark = (severity, r, x = 0, y = 0) =>
  svg("path", { class: `sev-${SEVERITIES[severity]}`, d: shape(severity, r), transform: `translate(${x.toFixed(2)} ${y.toFixed(2)})` });

/** @type {(severity: number) => SVGElement} */
export const glyph = (severity) => svg("svg", { class: "glyph", viewBox: "-8 -8 16 16", "aria-hidden": "true" }, mark(severity, 5.4));

// How many stations one mark stands for, so that no area has more than about sixty marks.
/** @type {(most: number) => number} */
export const perMark = (most) => {
  for (let scale = 1; ; scale *= 10) for (const step of [1, 2, 5]) if (most / (scale * step) <= 60) return scale * step;
};

// Marks for [low, medium, high, critical] counts; returns the group and the radius it needs.
/** @type {(counts: number[], per: number, gap: number) => { group: SVGElement; radius: number; placed: number }} */
export const packed = (counts, per, gap) => {
  const group = svg("g", null);
  let placed = 0;
  for (let severity = 3; severity >= 0; severity -= 1) {
    for (let n = Math.ceil(counts[severity] / per); n > 0; n -= 1) {
      const reach = placed === 0 ? 0 : gap * 0.56 * Math.sqrt(placed + 0.4);
      group.append(mark(severity, gap * 0.4, reach * Math.cos(placed * GOLDEN), reach * Math.sin(placed * GOLDEN)));
      placed += 1;
    }
  }
  // One mark alone sits in the middle; more need the last ring's radius and a margin.
  return { group, radius: (placed <= 1 ? 0 : gap * 0.56 * Math.sqrt(placed + 0.4)) + gap * 0.85, placed };
};
