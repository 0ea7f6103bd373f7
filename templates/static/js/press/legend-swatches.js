// Small pictures of an appearance for legends and lists, the same patterns as on the map.
import { svg } from "../dom.js";
import { SEVERITIES, glyph } from "./severity-marks.js";

/** @type {Record<string, string>} */
export const PATTERNS = {
  "status-not_reported": "pattern-dots",
  "status-not_observed": "pattern-hatch",
  "status-merged": "pattern-cross",
  "status-not_known": "pattern-rings",
};

// Give an SVG shape the appearance of a token: a pattern by attribute, a colour by class.
/** @type {(shape: Element, token: string) => void} */
export const dress = (shape, token) => {
  const pattern = PATTERNS[token];
  shape.setAttribute("fill", pattern ? `url(#${pattern})` : "none");
  for (const name of [...shape.classList]) if (name.startsWith("fill-")) shape.classList.remove(name);
  if (!pattern) shape.classList.add(`fill-${token}`);
};

/** @type {(token: string) => SVGElement} */
export const swatch = (token) => {
  const severity = SEVERITIES.indexOf(token.replace("severity-", ""));
  if (token.startsWith("severity-") && severity >= 0) return glyph(severity);
  const picture = svg("svg", { width: 22, height: 14, viewBox: "0 0 22 14", "aria-hidden": "true" });
  if (token === "long-term") picture.append(svg("path", { class: "long-term-edge", d: "M1 7H21" }));
  else if (token.startsWith("station")) picture.append(svg("circle", { class: `point-${token}`, cx: 11, cy: 7, r: 4 }));
  else {
    const box = svg("rect", { x: 0.5, y: 0.5, width: 21, height: 13, rx: 3 });
    dress(box, token);
    picture.append(box, svg("rect", { class: "swatch-edge", x: 0.5, y: 0.5, width: 21, height: 13, rx: 3 }));
  }
  return picture;
};
