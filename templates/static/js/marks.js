// Marks for severity: a shape and a colour each, packed like seeds in a sunflower, the most severe inside.
import { SEVERITIES } from "./counts.js";
import { svg } from "./dom.js";

const GOLDEN = Math.PI * (3 - Math.sqrt(5));

const polygon = (points, r, turn, inner = 1) => {
  const corners = [];
  for (let i = 0; i < points; i += 1) {
    const reach = i % 2 && inner !== 1 ? r * inner : r;
    const angle = turn + (i * 2 * Math.PI) / points;
    corners.push(`${(reach * Math.cos(angle)).toFixed(2)} ${(reach * Math.sin(angle)).toFixed(2)}`);
  }
  return `M${corners.join("L")}Z`;
};

// Path of a severity's shape around 0,0: ring, triangle, diamond, star. Areas are about equal to the eye.
const shape = (severity, r) => {
  if (severity === 0) return `M${-0.8 * r} 0a${0.8 * r} ${0.8 * r} 0 1 0 ${1.6 * r} 0a${0.8 * r} ${0.8 * r} 0 1 0 ${-1.6 * r} 0Z`;
  if (severity === 1) return polygon(3, 1.12 * r, -Math.PI / 2);
  if (severity === 2) return polygon(4, 1.08 * r, 0);
  return polygon(10, 1.34 * r, -Math.PI / 2, 0.5);
};

export const mark = (severity, r, x = 0, y = 0) =>
  svg("path", { class: `sev-${SEVERITIES[severity]}`, d: shape(severity, r), transform: `translate(${x.toFixed(2)} ${y.toFixed(2)})` });

export const glyph = (severity) => svg("svg", { class: "glyph", viewBox: "-8 -8 16 16", "aria-hidden": "true" }, mark(severity, 5.4));

// How many stations one mark stands for, so that no area has more than about sixty marks.
export const perMark = (most) => {
  for (let scale = 1; ; scale *= 10) for (const step of [1, 2, 5]) if (most / (scale * step) <= 60) return scale * step;
};

// Marks for [low, medium, high, critical] counts; returns the group and the radius it needs.
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
