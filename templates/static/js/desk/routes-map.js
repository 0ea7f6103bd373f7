// Routes on the map: every team's way as a line, the opened team's in front with its stops numbered.
import { remembered } from "../memo.js";
import { onRoutes, routes } from "./routes-store.js";
import { follow, state } from "./desk-state.js";
import { freePart, goTo } from "./map-place.js";
import { mercator, surface } from "./canvas-layer.js";
import { colour, onTheme } from "./canvas-colours.js";

/** @type {Surface | null} */
let layer = null;
/** @type {WeakMap<TeamValues, [number, number][]>} */
const placed = new WeakMap(); // team → its line in the unit square

/** @type {(team: TeamValues) => [number, number][]} */
const lineOf = (team) => remembered(placed, team, () => team.line.map(([lon, lat]) => mercator(lon, lat)));

/** @type {(line: [number, number][], frame: MapFrame) => [number, number][]} */
const onCanvas = (line, frame) => line.map(([x, y]) => [x * frame.factor - frame.x, y * frame.factor - frame.y]);

/** @type {(ink: CanvasRenderingContext2D, points: [number, number][], stroke: string, width: number) => void} */
const way = (ink, points, stroke, width) => {
  ink.beginPath();
  points.forEach(([x, y], i) => (i ? ink.lineTo(x, y) : ink.moveTo(x, y)));
  ink.strokeStyle = colour(stroke);
  ink.lineWidth = width;
  ink.stroke();
};

// Which way it goes, in the middle of every leg long enough to show it.
/** @type {(ink: CanvasRenderingContext2D, points: [number, number][]) => void} */
const arrows = (ink, points) => {
  ink.fillStyle = colour("accent");
  for (let i = 1; i < points.length; i += 1) {
    const [x, y] = points[i - 1];
    const [dx, dy] = [points[i][0] - x, points[i][1] - y];
    if (Math.hypot(dx, dy) < 44) continue;
    ink.save();
    ink.translate(x + dx / 2, y + dy / 2);
    ink.rotate(Math.atan2(dy, dx));
    ink.beginPath();
    ink.moveTo(6, 0);
    ink.lineTo(-4, -4.5);
    ink.lineTo(-4, 4.5);
    ink.fill();
    ink.restore();
  }
};

/** @type {(ink: CanvasRenderingContext2D, points: [number, number][], team: TeamValues) => void} */
const stops = (ink, points, team) => {
  ink.font = "700 12px Inter, sans-serif";
  ink.textAlign = "center";
  ink.textBaseline = "middle";
  points.slice(1, -1).forEach(([x, y], i) => {
    const { is_locked: isLocked, is_begun: isBegun } = team.stops[i];
    ink.beginPath();
    if (isLocked) ink.rect(x - 9, y - 9, 18, 18);
    else ink.arc(x, y, 10, 0, 7);
    ink.fillStyle = colour(isBegun ? "accent" : "surface");
    ink.fill();
    ink.strokeStyle = colour("accent");
    ink.lineWidth = 2;
    ink.stroke();
    ink.fillStyle = colour(isBegun ? "surface" : "ink");
    ink.fillText(String(i + 1), x, y + 0.5);
  });
};

/** @type {(ink: CanvasRenderingContext2D, points: [number, number][], name: string) => void} */
const base = (ink, points, name) => {
  const [x, y] = points[points.length - 1];
  ink.fillStyle = colour(name);
  ink.strokeStyle = colour("halo");
  ink.lineWidth = 1.5;
  ink.fillRect(x - 4.5, y - 4.5, 9, 9);
  ink.strokeRect(x - 4.5, y - 4.5, 9, 9);
};

const drawnTeams = () =>
  routes.plan && routes.shown && state.tab === "routes" ? routes.plan.teams.filter((team) => team.stops.length) : [];

/** @type {Painter} */
const paint = (ink, frame, canvas) => {
  const teams = drawnTeams();
  canvas.dataset.routes = String(teams.length);
  if (!teams.length) return;
  ink.lineJoin = "round";
  const chosen = teams.find((team) => team.team_id === routes.team);
  for (const team of teams) {
    const points = onCanvas(lineOf(team), frame);
    ink.globalAlpha = chosen && team !== chosen ? 0.28 : 0.85;
    way(ink, points, "halo", 4);
    way(ink, points, "accent", chosen ? 1.4 : 1.8);
    base(ink, points, "accent");
  }
  ink.globalAlpha = 1;
  if (!chosen) return;
  const points = onCanvas(lineOf(chosen), frame);
  way(ink, points, "halo", 7);
  way(ink, points, "accent", 3);
  arrows(ink, points);
  base(ink, points, "ink");
  stops(ink, points, chosen);
};

let looked = "";

/** @type {(map: L.Map) => void} */
export const routeLayer = (map) => {
  if (layer) return;
  const drawn = surface(map, "routes", 605, paint);
  layer = drawn;
  onRoutes(() => {
    drawn.redraw();
    const chosen = routes.plan?.teams.find((team) => team.team_id === routes.team);
    if (chosen?.stops.length && looked !== routes.team) goTo(L.latLngBounds(chosen.line.map(([lon, lat]) => [lat, lon])));
    looked = routes.team;
  });
  follow(() => drawn.redraw());
  onTheme(() => drawn.redraw());
};

// The part of the map that nothing covers, as a polygon: how a no-go area is drawn without a mouse.
/** @type {(map: L.Map) => GeoJSON.Polygon} */
export const windowOf = (map) => {
  const [left, top, right, low] = freePart(map);
  /** @type {(degrees: number) => number} */
  const rounded = (degrees) => Math.round(degrees * 1e5) / 1e5;
  // zoomed out, the map shows the world twice
  /** @type {(place: L.LatLng) => [number, number]} */
  const cornerOf = ({ lng, lat }) => [rounded(Math.min(180, Math.max(-180, lng))), rounded(lat)];
  const [west, north] = cornerOf(map.containerPointToLatLng([left, top]));
  const [east, south] = cornerOf(map.containerPointToLatLng([right, low]));
  return {
    type: "Polygon",
    coordinates: [
      [
        [west, south],
        [east, south],
        [east, north],
        [west, north],
        [west, south],
      ],
    ],
  };
};
