// A tile as pixels: thousands of dots, squares and symbols go into one picture far faster than as canvas paths.
import { inkOf } from "../dom.js";
import { remembered } from "../memo.js";

/** @type {Map<number, Pixels>} */
const buffers = new Map(); // by side: one picture is composed at a time
/** @type {Map<string, Colour>} */
const colours = new Map(); // CSS colour → [r, g, b]
/** @type {WeakMap<HTMLCanvasElement, { x: Uint16Array; y: Uint16Array; words: Uint32Array }>} */
const stamps = new WeakMap(); // canvas → its pixels that are not empty

// An empty square picture: {side, image, data (r, g, b, alpha), words (the same, four bytes each)}.
/** @type {(side: number) => Pixels} */
export const emptyPicture = (side) => {
  const picture = remembered(buffers, side, () => {
    const image = new ImageData(side, side);
    buffers.clear(); // the screen's ratio changed
    return { side, image, data: image.data, words: new Uint32Array(image.data.buffer) };
  });
  picture.words.fill(0);
  return picture;
};

/** @type {(colour: string) => Colour} */
export const rgb = (colour) => {
  const known = colours.get(colour);
  if (known) return known;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const ink = inkOf(canvas, { willReadFrequently: true });
  ink.fillStyle = colour;
  ink.fillRect(0, 0, 1, 1);
  const [r, g, b] = ink.getImageData(0, 0, 1, 1).data;
  colours.set(colour, [r, g, b]);
  return [r, g, b];
};

// Four bytes as the pictures hold them: every machine a browser runs on stores the lowest first.
/** @type {(colour: Colour, alpha: number) => number} */
export const word = ([r, g, b], alpha) => ((alpha << 24) | (b << 16) | (g << 8) | r) >>> 0;

// A rectangle over whatever was there; sides in pixels, rounded so that neighbours meet.
/** @type {(picture: Pixels, left: number, top: number, right: number, bottom: number, value: number) => void} */
export const block = ({ side, words }, left, top, right, bottom, value) => {
  const [x0, y0, x1, y1] = [left, top, right, bottom].map((at) => Math.max(0, Math.min(side, Math.round(at))));
  for (let y = y0; y < y1; y += 1) words.fill(value, y * side + x0, y * side + x1);
};

// A small disc with a soft edge; where discs meet, the stronger pixel stays.
/** @type {(picture: Pixels, x: number, y: number, r: number, colour: Colour, alpha: number) => void} */
export const dot = ({ side, data, words }, x, y, r, colour, alpha) => {
  const reach = r + 0.5;
  const [left, right] = [Math.max(0, Math.floor(x - reach)), Math.min(side - 1, Math.ceil(x + reach))];
  for (let py = Math.max(0, Math.floor(y - reach)); py <= Math.min(side - 1, Math.ceil(y + reach)); py += 1) {
    for (let px = left; px <= right; px += 1) {
      const covered = reach - Math.hypot(px + 0.5 - x, py + 0.5 - y);
      if (covered <= 0) continue;
      const at = py * side + px;
      const strength = Math.round(alpha * Math.min(1, covered));
      if (strength > data[4 * at + 3]) words[at] = word(colour, strength);
    }
  }
};

/** @type {(canvas: HTMLCanvasElement) => { x: Uint16Array; y: Uint16Array; words: Uint32Array }} */
const stampOf = (canvas) =>
  remembered(stamps, canvas, () => {
    const { width } = canvas;
    const pixels = inkOf(canvas).getImageData(0, 0, width, width);
    const words = new Uint32Array(pixels.data.buffer);
    const at = Uint16Array.from(words.keys()).filter((i) => pixels.data[4 * i + 3]);
    return { x: at.map((i) => i % width), y: at.map((i) => Math.floor(i / width)), words: Uint32Array.from(at, (i) => words[i]) };
  });

// Copies of a small canvas, its middle at each x, y of `xy`, each over what was there.
/** @type {(picture: Pixels, canvas: HTMLCanvasElement, xy: number[], ratio: number) => void} */
export const stampAll = ({ side, data, words }, canvas, xy, ratio) => {
  const stamp = stampOf(canvas);
  for (let i = 0; i < xy.length; i += 2) {
    const left = Math.round(xy[i] * ratio - canvas.width / 2);
    const top = Math.round(xy[i + 1] * ratio - canvas.width / 2);
    for (let k = 0; k < stamp.words.length; k += 1) {
      const x = left + stamp.x[k];
      const y = top + stamp.y[k];
      if (x < 0 || y < 0 || x >= side || y >= side) continue;
      const at = y * side + x;
      const ink = stamp.words[k];
      if (ink >>> 24 === 255 || !words[at]) words[at] = ink;
      else over(data, 4 * at, ink);
    }
  }
};

// One pixel over another, alphas not multiplied in.
/** @type {(data: Uint8ClampedArray, at: number, ink: number) => void} */
const over = (data, at, ink) => {
  const alpha = ink >>> 24;
  const below = (data[at + 3] * (255 - alpha)) / 255;
  const both = alpha + below;
  for (let part = 0; part < 3; part += 1) data[at + part] = (((ink >>> (8 * part)) & 255) * alpha + data[at + part] * below) / both;
  data[at + 3] = both;
};
