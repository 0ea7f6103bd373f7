// Routes on the map: every team's way as a line, the opened team's in front with its stops numbered.
import { onRoutes, routes } from "./routes-store.js";
import { follow, state } from "./state.js";
import { mercator, surface } from "./surface.js";
import { colour, onTheme } from "./theme.js";

let layer = null;
const placed = new WeakMap(); // team → its line in the unit square

const lineOf = (team) => {
  if (!placed.has(team)) placed.set(team, team.line.map(([lon, lat]) => mercator(lon, lat)));
  return placed.get(team);
};

const onCanvas = (line, frame) => line.map(([x, y]) => [x * frame.factor - frame.x, y * frame.factor - frame.y]);

const way = (ink, points, stroke, width) => {
  ink.beginPath();
  points.forEach(([x, y], i) => (i ? ink.lineTo(x, y) : ink.moveTo(x, y)));
  ink.strokeStyle = colour(stroke);
  ink.lineWidth = width;
  ink.stroke();
};

// Which way it goes, in the middle of every leg long enough to show it.
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

const stops = (ink, points, team) => {
  ink.font = "700 11px Inter, sans-serif";
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

const base = (ink, [x, y], name) => {
  ink.fillStyle = colour(name);
  ink.strokeStyle = colour("halo");
  ink.lineWidth = 1.5;
  ink.fillRect(x - 4.5, y - 4.5, 9, 9);
  ink.strokeRect(x - 4.5, y - 4.5, 9, 9);
};

const isDrawn = () => routes.plan && routes.shown && state.tab === "routes";

const paint = (ink, frame, canvas) => {
  canvas.dataset.routes = isDrawn() ? String(routes.plan.teams.filter((team) => team.stops.length).length) : "0";
  if (!isDrawn()) return;
  ink.lineJoin = "round";
  const chosen = routes.plan.teams.find((team) => team.team_id === routes.team);
  for (const team of routes.plan.teams) {
    if (!team.stops.length) continue;
    const points = onCanvas(lineOf(team), frame);
    ink.globalAlpha = chosen && team !== chosen ? 0.28 : 0.85;
    way(ink, points, "halo", 4);
    way(ink, points, "accent", chosen ? 1.4 : 1.8);
    base(ink, points.at(-1), "accent");
  }
  ink.globalAlpha = 1;
  if (!chosen) return;
  const points = onCanvas(lineOf(chosen), frame);
  way(ink, points, "halo", 7);
  way(ink, points, "accent", 3);
  arrows(ink, points);
  base(ink, points.at(-1), "ink");
  stops(ink, points, chosen);
};

let looked = "";

export const routeLayer = (map) => {
  if (layer) return;
  layer = surface(map, "routes", 605, paint);
  onRoutes(() => {
    layer.redraw();
    const chosen = routes.plan?.teams.find((team) => team.team_id === routes.team);
    if (chosen?.stops.length && looked !== routes.team) {
      const bounds = L.latLngBounds(chosen.line.map(([lon, lat]) => [lat, lon]));
      if (!map.getBounds().pad(-0.25).contains(bounds)) map.fitBounds(bounds.pad(0.4), { maxZoom: 9, animate: false });
    }
    looked = routes.team;
  });
  follow(() => layer.redraw());
  onTheme(() => layer.redraw());
};

// The part of the map that nothing covers, as a polygon: how a no-go area is drawn without a mouse.
export const windowOf = (map) => {
  const box = map.getContainer().getBoundingClientRect();
  const [panel, strip] = ["panel", "strip"].map((id) => document.getElementById(id).getBoundingClientRect());
  const isWide = panel.left < box.right && panel.height > box.height / 2 && panel.right < box.right - 100;
  const left = isWide ? panel.right - box.left : 0;
  const low = strip.top > box.top && strip.top < box.bottom ? strip.top - box.top : box.height;
  const rounded = ({ lng, lat }) => [Math.min(180, Math.max(-180, lng)), lat].map((one) => Math.round(one * 1e5) / 1e5); // zoomed out, the map shows the world twice
  const [west, north] = rounded(map.containerPointToLatLng([left, 0]));
  const [east, south] = rounded(map.containerPointToLatLng([box.width, low]));
  return { type: "Polygon", coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]] };
};
