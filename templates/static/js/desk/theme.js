// The style sheet's colours for the canvas, read anew when light and dark change; patterns drawn from them.
const listeners = new Set();
let colours = new Map();
let patterns = new Map();

export const colour = (name) => {
  if (!colours.has(name)) colours.set(name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim() || "#888");
  return colours.get(name);
};

const tile = (size, draw) => {
  const canvas = document.createElement("canvas");
  const scale = Math.min(devicePixelRatio || 1, 2);
  canvas.width = canvas.height = size * scale;
  const ink = canvas.getContext("2d");
  ink.scale(scale, scale);
  draw(ink, size);
  return { canvas, scale };
};

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
    for (const [x, y] of [[size / 4, size / 4], [(3 * size) / 4, (3 * size) / 4]]) {
      ink.beginPath();
      ink.arc(x, y, 1.1, 0, 7);
      ink.fill();
    }
  },
  cross: (ink, size) => {
    ink.fillStyle = colour("suppressed-ground");
    ink.fillRect(0, 0, size, size);
    lines(ink, size, colour("suppressed"), 1);
    ink.translate(size, 0);
    ink.scale(-1, 1);
    lines(ink, size, colour("suppressed"), 1);
  },
};

export const pattern = (ink, name) => {
  if (!patterns.has(name)) {
    const { canvas, scale } = tile(8, DRAW[name]);
    const made = ink.createPattern(canvas, "repeat");
    made.setTransform(new DOMMatrix().scale(1 / scale));
    patterns.set(name, made);
  }
  return patterns.get(name);
};

export const refresh = () => {
  colours = new Map();
  patterns = new Map();
  for (const listener of listeners) listener();
};

export const onTheme = (listener) => listeners.add(listener);

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refresh);
new MutationObserver(refresh).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
