// One symbol per station state: shape and colour, the same on the map, in the legend and in the lists.
import { inkOf } from "../dom.js";
import { colour } from "./canvas-colours.js";

export const SEVERITIES = ["low", "medium", "high", "critical"];

/** @type {(ink: CanvasRenderingContext2D, points: number, r: number, turn: number, inner?: number) => void} */
const corners = (ink, points, r, turn, inner = 1) => {
  ink.beginPath();
  for (let i = 0; i < points; i += 1) {
    const reach = i % 2 && inner !== 1 ? r * inner : r;
    const angle = turn + (i * 2 * Math.PI) / points;
    ink.lineTo(reach * Math.cos(angle), reach * Math.sin(angle));
  }
  ink.closePath();
};

/** @type {(ink: CanvasRenderingContext2D, r: number) => void} */
const disc = (ink, r) => {
  ink.beginPath();
  ink.arc(0, 0, r, 0, 2 * Math.PI);
};

// A shape with a halo in the ground's colour, so that it stands on any fill.
/** @type {(ink: CanvasRenderingContext2D, fill: string, halo?: number) => void} */
const solid = (ink, fill, halo = 1.4) => {
  ink.strokeStyle = colour("halo");
  ink.lineWidth = halo * 2;
  ink.lineJoin = "round";
  ink.stroke();
  ink.fillStyle = fill;
  ink.fill();
};

/** @type {(ink: CanvasRenderingContext2D, stroke: string, width: number) => void} */
const hollow = (ink, stroke, width) => {
  ink.lineJoin = "round";
  ink.strokeStyle = colour("halo");
  ink.lineWidth = width + 2.4;
  ink.stroke();
  ink.fillStyle = colour("halo");
  ink.fill();
  ink.strokeStyle = stroke;
  ink.lineWidth = width;
  ink.stroke();
};

/** @type {Record<string, (ink: CanvasRenderingContext2D, r: number) => void>} */
const SHAPES = {
  not_planned: (ink, r) => {
    disc(ink, r * 0.42);
    ink.fillStyle = colour("unplanned");
    ink.fill();
  },
  planned: (ink, r) => {
    ink.beginPath();
    ink.rect(-r * 0.72, -r * 0.72, r * 1.44, r * 1.44);
    hollow(ink, colour("planned"), 1.5);
  },
  visited: (ink, r) => {
    disc(ink, r * 0.84);
    solid(ink, colour("seen"));
  },
  denied: (ink, r) => {
    const reach = r * 0.8;
    ink.lineCap = "round";
    for (const isHalo of [true, false]) {
      ink.beginPath();
      ink.moveTo(-reach, -reach);
      ink.lineTo(reach, reach);
      ink.moveTo(reach, -reach);
      ink.lineTo(-reach, reach);
      ink.strokeStyle = colour(isHalo ? "halo" : "denied");
      ink.lineWidth = r * 0.52 + (isHalo ? 3 : 0);
      ink.stroke();
    }
    ink.lineCap = "butt";
  },
  closed: (ink, r) => {
    ink.beginPath();
    ink.rect(-r * 0.86, -r * 0.86, r * 1.72, r * 1.72);
    solid(ink, colour("shut"));
    ink.fillStyle = colour("halo");
    ink.fillRect(-r * 0.55, -r * 0.2, r * 1.1, r * 0.4);
  },
  unreachable: (ink, r) => {
    corners(ink, 3, r * 1.05, Math.PI / 2);
    hollow(ink, colour("missed"), 1.7);
  },
  off_map: (ink, r) => {
    disc(ink, r * 0.8);
    ink.setLineDash([2, 2]);
    ink.strokeStyle = colour("muted");
    ink.lineWidth = 1.4;
    ink.stroke();
    ink.setLineDash([]);
  },
  low: (ink, r) => {
    disc(ink, r * 0.8);
    hollow(ink, colour("low"), 2.2);
  },
  medium: (ink, r) => {
    corners(ink, 3, r * 1.25, -Math.PI / 2);
    solid(ink, colour("medium"));
  },
  high: (ink, r) => {
    corners(ink, 4, r * 1.2, 0);
    solid(ink, colour("high"));
  },
  critical: (ink, r) => {
    corners(ink, 10, r * 1.5, -Math.PI / 2, 0.5);
    solid(ink, colour("critical"));
  },
};

/** @type {(zoom: number) => number} */
export const radius = (zoom) => Math.max(3.8, Math.min(9, 3.2 + (zoom - 4) * 0.85));
/** @type {(state: string) => number} */
export const sizeOf = (state) => ({ planned: 0.8, finding: 1.08 })[state] ?? 0.94;

/** @type {(state: string, severity: number) => string} */
export const shapeOf = (state, severity) => (state === "finding" ? SEVERITIES[Math.max(0, severity)] : state);

/** @type {(ink: CanvasRenderingContext2D, shape: string, x: number, y: number, r: number) => void} */
export const drawSymbol = (ink, shape, x, y, r) => {
  ink.save();
  ink.translate(x, y);
  SHAPES[shape](ink, r);
  ink.restore();
};

// A ring around the station that was opened.
/** @type {(ink: CanvasRenderingContext2D, x: number, y: number, r: number) => void} */
export const drawRing = (ink, x, y, r) => {
  ink.beginPath();
  ink.arc(x, y, r, 0, 7);
  for (const isHalo of [true, false]) {
    ink.strokeStyle = colour(isHalo ? "halo" : "accent");
    ink.lineWidth = isHalo ? 6 : 3;
    ink.stroke();
  }
};

// A symbol as a small picture for legends and lists; it follows light and dark.
/** @type {(shape: string, size?: number) => HTMLCanvasElement} */
export const picture = (shape, size = 16) => {
  const canvas = document.createElement("canvas");
  canvas.className = "symbol";
  canvas.dataset.shape = shape;
  canvas.setAttribute("aria-hidden", "true");
  canvas.width = canvas.height = size * 2;
  canvas.style.width = canvas.style.height = `${size}px`;
  paintPicture(canvas);
  return canvas;
};

/** @type {(canvas: HTMLCanvasElement) => void} */
export const paintPicture = (canvas) => {
  const ink = inkOf(canvas);
  const size = canvas.width / 2;
  ink.setTransform(2, 0, 0, 2, 0, 0);
  ink.clearRect(0, 0, size, size);
  drawSymbol(ink, canvas.dataset.shape ?? "", size / 2, size / 2, size * 0.32);
};
