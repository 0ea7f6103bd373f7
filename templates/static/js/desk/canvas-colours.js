// The style sheet's colours for the canvas, read anew when light and dark change; patterns drawn from them.
import { inkOf } from "../dom.js";
import { remembered } from "../memo.js";

/** @type {Set<() => void>} */
const listeners = new Set();
/** @type {Map<string, string>} */
let colours = new Map();
/** @type {Map<string, CanvasPattern>} */
let patterns = new Map();

/** @type {(name: string) => string} */
export const colour = (name) =>
  remembered(colours, name, () => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim() || "#888");

/** @type {(size: number, draw: DrawTile) => { canvas: HTMLCanvasElement; scale: number }} */
const tile = (size, draw) => {
  const canvas = document.createElement("canvas");
  const scale = Math.min(devicePixelRatio || 1, 2);
  canvas.width = canvas.height = size * scale;
  const ink = inkOf(canvas);
  ink.scale(scale, scale);
  draw(ink, size);
  return { canvas, scale };
};

/** @type {(ink: CanvasRenderingContext2D, size: number, stroke: string, width: number) => void} */
const lines = (ink, size, stroke, width) => {
  ink.strokeStyle = stroke;
  ink.lineWidth = width;
  ink.beginPath();
  for (const shift of [-size, 0, size]) {
    ink.moveTo(shift - 1, size + 1);
    ink.lineTo(shift + size + 1, -1);
  }
  ink.stroke();
};

/** @type {Record<string, DrawTile>} */
const DRAW = {
  hatch: (ink, size) => {
    ink.fillStyle = colour("hatch-ground");
    ink.fillRect(0, 0, size, size);
    lines(ink, size, colour("hatch"), 1.3);
  },
  dots: (ink, size) => {
    ink.fillStyle = colour("dots-ground");
    ink.fillRect(0, 0, size, size);
    ink.fillStyle = colour("dots");
    for (const [x, y] of [
      [size / 4, size / 4],
      [(3 * size) / 4, (3 * size) / 4],
    ]) {
      ink.beginPath();
      ink.arc(x, y, 1.1, 0, 7);
      ink.fill();
    }
  },
  cross: (ink, size) => {
    ink.fillStyle = colour("merged-ground");
    ink.fillRect(0, 0, size, size);
    lines(ink, size, colour("merged"), 1);
    ink.translate(size, 0);
    ink.scale(-1, 1);
    lines(ink, size, colour("merged"), 1);
  },
  rings: (ink, size) => {
    ink.fillStyle = colour("merged-ground");
    ink.fillRect(0, 0, size, size);
    ink.strokeStyle = colour("merged");
    ink.lineWidth = 1;
    ink.beginPath();
    ink.arc(size / 2, size / 2, 2.2, 0, 7);
    ink.stroke();
  },
};

/** @type {(ink: CanvasRenderingContext2D, name: string) => CanvasPattern} */
export const pattern = (ink, name) =>
  remembered(patterns, name, () => {
    const { canvas, scale } = tile(8, DRAW[name]);
    const drawn = /** @type {CanvasPattern} */ (ink.createPattern(canvas, "repeat")); // null only for a canvas without area
    drawn.setTransform(new DOMMatrix().scale(1 / scale));
    return drawn;
  });

export const refresh = () => {
  colours = new Map();
  patterns = new Map();
  for (const listener of listeners) listener();
};

/** @type {(listener: () => void) => void} */
export const onTheme = (listener) => listeners.add(listener);

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refresh);
new MutationObserver(refresh).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
