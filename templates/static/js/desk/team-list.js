// Teams: a list to find one by its id, a card that says where it is and where it could go next, its mark on the map.
import { el } from "../dom.js";
import { failed } from "../tooltip.js";
import { filled, number } from "../language.js";
import { duration } from "./clock.js";
import { model } from "./desk-model.js";
import { change, follow, state } from "./desk-state.js";
import { resource } from "./desk-resources.js";
import { mercator, surface } from "./canvas-layer.js";
import { colour, onTheme } from "./canvas-colours.js";
import { goTo, NEAR } from "./map-place.js";
import { load, nextBest, routes } from "./routes-store.js";

const BEST = 3; // stations proposed
let sought = ""; // kept while the page is open
/** @type {TeamWhereabouts[]} */
let drawn = []; // those marked on the map
/** @type {Surface | null} */
let layer = null;

/** @type {(id: string) => HTMLElement} */
const stationLink = (id) => el("button", { type: "button", class: "link", onclick: () => change({ station: id }) }, id);
/** @type {(id: string) => HTMLElement} */
export const teamLink = (id) => el("button", { type: "button", class: "link", onclick: () => change({ team: id }) }, id);

/** @type {(team: TeamWhereabouts) => string} */
const silence = ({ silentMinutes }) =>
  silentMinutes === null ? model.start.words.neverContact : filled(model.start.words.silentFor, { time: duration(silentMinutes) });

/** @type {(team: TeamWhereabouts) => HTMLElement} */
const row = (team) => {
  const words = model.start.words;
  const where = team.last ? filled(words.lastSeen, { time: team.last.time, station: team.last.station }) : words.neverSeen;
  return el(
    "li",
    { class: team.overdue ? "item is-late" : "item", "data-team": team.team },
    el("div", { class: "item-head" }, teamLink(team.team), el("span", { class: "n small" }, silence(team))),
    el("p", { class: "small" }, where),
  );
};

// The list of the tab; typing narrows it where it stands.
export const teamList = async () => {
  const { rows, total } = await resource("teams");
  const words = model.start.words;
  if (!rows.length) return [el("p", { class: "empty" }, words.noTeams)];
  const items = rows.map(row);
  const narrow = () => {
    for (const item of items) item.hidden = !(item.dataset.team ?? "").toLowerCase().includes(sought.toLowerCase());
  };
  const input = el("input", {
    type: "search",
    class: "find-team",
    value: sought,
    placeholder: words.findTeam,
    "aria-label": words.findTeam,
    oninput: () => ((sought = input.value.trim()), narrow()),
  });
  narrow();
  const few = rows.length < total ? filled(words.showing, { x: number(rows.length), y: number(total) }) : "";
  return [
    el("p", { class: "pick" }, input),
    el("ol", { class: "items" }, ...items),
    few ? el("p", { class: "small note" }, few) : "",
  ];
};

/** @type {(lon: number, lat: number) => HTMLElement} */
const sent = (lon, lat) => el("a", { href: `geo:${lat.toFixed(5)},${lon.toFixed(5)}` }, model.start.words.openInMaps);

/** @type {(station: NextStationValues) => HTMLElement} */
const proposal = (station) => {
  const words = routes.start?.words;
  if (!words) return el("li");
  const visits = station.visits ? filled(words.visitsBefore, { n: number(station.visits) }) : words.firstVisit;
  const way = filled(words.nextRow, { km: number(Math.round(station.km)), drive: duration(station.drive), begin: station.begin, visits });
  const gain = filled(words.gain, { n: number(Math.round(station.gain * 10) / 10) });
  return el(
    "li",
    { class: "visit" },
    el("p", null, stationLink(station.id), ` ${[station.settlement, station.area].filter(Boolean).join(" · ")}`),
    el("p", { class: "small" }, `${way} · ${gain} · `, sent(station.lon, station.lat)),
  );
};

// Where the team whose card is open could go next, once somebody asked.
/** @type {HTMLElement | null} */
let proposed = null;

// `isRenewed`: the card is made anew for newer figures; what was asked for on it is asked for again.
/** @type {(team: TeamWhereabouts, isRenewed: boolean) => Promise<HTMLElement>} */
const whereNext = async (team, isRenewed) => {
  const isAsked = isRenewed && proposed?.hasChildNodes();
  const box = el("div", { role: "status" });
  proposed = box;
  const ask = async () => {
    await load();
    const { rows, message } = await nextBest(team.team);
    const best = rows.slice(0, BEST).map(proposal);
    box.replaceChildren(
      best.length ? el("ol", { class: "visits" }, ...best) : el("p", { class: "small" }, message || (routes.start?.words.nextNone ?? "")),
    );
  };
  if (isAsked) await ask().catch(failed);
  return el(
    "div",
    null,
    el("button", { type: "button", class: "small-button", onclick: () => ask().catch(failed) }, model.start.words.whereNext),
    box,
  );
};

// What a team of the plan can take along: its sheet, its file, its next stop for the telephone's own map.
/** @type {(team: TeamWhereabouts) => Child} */
const takeAlong = ({ team }) => {
  const index = routes.plan?.teams.findIndex((planned) => planned.team_id === team) ?? -1;
  const words = routes.start?.words;
  if (index < 0 || !words || !routes.plan) return "";
  const stop = routes.plan.teams[index].stops.find((planned) => !planned.is_begun);
  return el(
    "p",
    { class: "small files" },
    el("a", { href: `routes/sheets/?team=${encodeURIComponent(team)}`, target: "_blank", rel: "noopener" }, words.sheet),
    " · ",
    el("a", { href: `routes/files/team-${index + 1}.gpx`, download: "" }, "GPX"),
    ...(stop ? [" · ", `${model.start.words.nextStop} `, stationLink(stop.station_id), ` ${stop.begin} · `, sent(stop.lon, stop.lat)] : []),
  );
};

/** @type {(title: string, stop: TeamStop | null) => Child} */
const stopLine = (title, stop) =>
  stop ? el("div", null, el("dt", null, title), el("dd", null, `${stop.time} `, stationLink(stop.station), ` ${stop.area}`)) : "";

// The card of one team, or nothing if the mission has none of that id.
/** @type {(id: string, isRenewed: boolean) => Promise<{ title: string; under: string; parts: Child[]; look: () => unknown } | null>} */
export const teamCard = async (id, isRenewed) => {
  const { rows } = await resource("teams");
  const team = rows.find((known) => known.team === id);
  if (!team) return null;
  await load().catch(console.warn); // without its plan a team's card is a card, too
  const words = model.start.words;
  const { lon, lat } = team;
  return {
    look: () => lon !== null && lat !== null && goTo({ lon, lat, zoom: NEAR.town }),
    title: team.team,
    under: team.heard ? `${filled(words.lastContact, { time: team.heard, ago: duration(team.silentMinutes ?? 0) })}` : words.neverContact,
    parts: [
      el("dl", { class: "facts" }, stopLine(words.visitsTitle, team.last), stopLine(words.nextStop, team.next)),
      routes.isClosed ? "" : await whereNext(team, isRenewed),
      el(
        "p",
        null,
        el("button", { type: "button", class: "link", onclick: () => change({ tab: "gaps", near: team.team }) }, words.gapsNear),
      ),
      takeAlong(team),
    ],
  };
};

// Where a team is, for whoever measures from there.
/** @type {(id: string) => Promise<[number, number] | null>} */
export const placeOfTeam = async (id) => {
  const team = (await resource("teams")).rows.find((known) => known.team === id);
  return team && team.lon !== null && team.lat !== null ? [team.lon, team.lat] : null;
};

/** @type {Painter} */
const paint = (ink, frame, canvas) => {
  canvas.dataset.teams = String(drawn.length);
  ink.font = "700 12px Inter, sans-serif";
  ink.textBaseline = "middle";
  for (const { team, lon, lat, overdue } of drawn) {
    if (lon === null || lat === null) continue;
    const [x, y] = mercator(lon, lat).map((part, i) => part * frame.factor - (i ? frame.y : frame.x));
    const isChosen = team === state.team;
    ink.fillStyle = colour(overdue ? "critical" : "accent");
    ink.strokeStyle = colour("halo");
    ink.lineWidth = 2;
    ink.beginPath();
    ink.moveTo(x, y);
    ink.lineTo(x - 6, y - 11);
    ink.lineTo(x + 6, y - 11);
    ink.closePath();
    ink.stroke();
    ink.fill();
    if (!isChosen && frame.zoom < 6) continue;
    ink.lineWidth = 3;
    ink.strokeText(team, x + 9, y - 8);
    ink.fillStyle = colour("ink");
    ink.fillText(team, x + 9, y - 8);
  }
};

// Marks of teams: of all while they are listed, of those overdue beside their board, of one while its card is open.
/** @type {(map: L.Map) => void} */
export const teamLayer = (map) => {
  if (layer) return;
  const marks = surface(map, "teams", 606, paint);
  layer = marks;
  const look = async () => {
    const { rows } = await resource("teams");
    drawn = rows.filter(
      ({ team, overdue }) => state.tab === "teams" || team === state.team || (state.tab === "overdue" && overdue > 0),
    );
    marks.redraw();
  };
  follow(() => look().catch(failed));
  onTheme(() => marks.redraw());
};
