// The lists beside the map: units by the view's figure, gaps, overdue teams, visits to check, stations off the map.
import { all, byId, el, focusedWithin, only, present, svg } from "../dom.js";
import { failed } from "../tooltip.js";
import { filled, number, percentPrinted, plural } from "../language.js";
import { describe, dress, fairText, rank, valueText } from "./unit-appearance.js";
import { swatch } from "./desk-legend.js";
import { duration } from "./clock.js";
import { figure, model, onPaint, range, timed, titleOf, view } from "./desk-model.js";
import { overdueParts } from "./overdue-teams.js";
import { change, choiceKey, follow, state, TABS } from "./desk-state.js";
import { goTo, NEAR } from "./map-place.js";
import { isPointerHeld, released, watchPointer } from "./held-pointer.js";
import { resource } from "./desk-resources.js";
import { picture, shapeOf } from "./state-symbols.js";
import { onTheme } from "./canvas-colours.js";
import { hoverUnit, onHover } from "./unit-layer.js";

const MOST_ROWS = 120;

// Where the axis of every row ends: at the most that is told, and no bar before the length its measure asks for.
const axisEnd = () => {
  const name = view().plot;
  const ends = model.shapes.id.map((_, index) => {
    const { value, high, status } = figure(name, index);
    return status === "published" ? (high ?? value ?? 0) : 0;
  });
  return ends.reduce((most, end) => Math.max(most, end), model.start.figures[name].bar || 0) || 1;
};

// What the view plots: a bar from nothing, or a dot with its interval.
/** @type {(index: number, end: number) => SVGElement} */
const plot = (index, end) => {
  const name = view().plot;
  const { bar, ramp } = model.start.figures[name];
  /** @type {(value: number) => number} */
  const x = (value) => 90 * Math.min(1, value / end);
  const { value, low, high, status } = figure(name, index);
  const box = svg("svg", { class: "plot", viewBox: "0 0 90 10", preserveAspectRatio: "none", "aria-hidden": "true" });
  if (bar) {
    const width = Math.max(1.5, x(value ?? 0));
    box.append(
      svg("rect", { class: "track", y: 3, width: 90, height: 4, rx: 2 }),
      svg("rect", { class: `bar-${ramp}`, y: 3, width, height: 4, rx: 2 }),
    );
  } else if (value !== null) {
    const kind = status === "published" ? ramp : "few";
    if (low !== null && high !== null)
      box.append(svg("rect", { class: `range-${kind}`, x: x(low), y: 3.2, width: Math.max(1, x(high) - x(low)), height: 3.6, rx: 1.8 }));
    box.append(svg("circle", { class: `dot-${kind}`, cx: x(value), cy: 5, r: 3.2 }));
  }
  return box;
};

// A canvas takes longer to make than the rest of a row: one that says the same is used again.
/** @type {Map<number, HTMLCanvasElement>} */
const swatches = new Map();
/** @type {(index: number, fill: string, hatched: boolean) => HTMLCanvasElement} */
const swatchOf = (index, fill, hatched) => {
  const known = swatches.get(index);
  if (known?.dataset.fill === fill && Boolean(known.dataset.hatched) === hatched) return known;
  const drawn = swatch(fill, hatched, 14);
  swatches.set(index, drawn);
  return drawn;
};

// How many of how many a share is of; screen readers hear it in the row's sentence.
/** @type {(index: number) => HTMLElement[]} */
const ratio = (index) => {
  const { figure: name } = view();
  const { part, whole, value, status } = figure(name, index);
  if (model.start.figures[name].unit !== "share" || status !== "published" || value === null || !whole) return [];
  return [el("span", { class: "of", "aria-hidden": "true" }, `${number(part ?? 0)} / ${number(whole)}`)];
};

/** @type {(index: number, end: number) => HTMLElement} */
const unitRow = (index, end) => {
  const { figure: name } = view();
  const { fill, hatched } = dress(index);
  const button = el(
    "button",
    {
      type: "button",
      class: "unit-row",
      "data-unit": model.shapes.id[index],
      "aria-pressed": String(model.shapes.id[index] === state.open),
      title: describe(index).join("\n"),
      onclick: () => change({ open: state.open === model.shapes.id[index] ? "" : model.shapes.id[index], station: "" }),
      onmouseenter: () => hoverUnit(index),
      onmouseleave: () => hoverUnit(-1),
      onfocus: () => hoverUnit(index),
      onblur: () => hoverUnit(-1),
    },
    swatchOf(index, fill, hatched),
    el("span", { class: "name" }, model.shapes.name[index]),
  );
  const quiet = fill === "insufficient" || fill.startsWith("pattern:");
  if (quiet && (model.start.figures[name].bar || !figure(name, index).whole))
    button.append(el("span", { class: "word" }, valueText(index)));
  else button.append(plot(index, end), el("span", { class: quiet ? "n is-few" : "n" }, valueText(index)), ...ratio(index));
  button.append(el("span", { class: "visually-hidden" }, describe(index).slice(1).join(". ")));
  return el("li", null, button);
};

const compare = new Intl.Collator().compare; // as localeCompare, many times as quick

// By what is printed, then by name: shares that read alike are not ranked.
export const ranked = () => {
  const isShare = model.start.figures[view().figure].unit === "share";
  return model.shapes.id
    .map((_, index) => ({ index, rank: isShare ? percentPrinted(rank(index)) : rank(index) }))
    .sort((a, b) => b.rank - a.rank || compare(model.shapes.name[a.index], model.shapes.name[b.index]))
    .map((entry) => entry.index);
};

/** @type {(x: number, y: number) => Child} */
const showing = (x, y) =>
  x < y ? el("p", { class: "small note" }, filled(model.start.words.showing, { x: number(x), y: number(y) })) : "";

const unitList = () => {
  const [order, end] = [ranked(), axisEnd()];
  const { low, title } = model.start.figures[view().figure];
  return [
    el("p", { class: "list-head" }, el("span", null, ""), el("span", null, low && !range() ? model.start.words.interval : title)),
    el("ol", { class: "unit-list" }, ...order.slice(0, MOST_ROWS).map((index) => unitRow(index, end))),
    showing(Math.min(order.length, MOST_ROWS), order.length),
  ];
};

/** @type {(id: string) => HTMLElement} */
const stationLink = (id) => el("button", { type: "button", class: "link", onclick: () => change({ station: id, open: "" }) }, id);

/** @type {(gap: Gap, answer: Gaps) => HTMLElement} */
const gapCard = (gap, answer) => {
  const words = model.start.words;
  const takes = filled(words.gapTakes, { hours: duration(gap.minutesAtStations), each: number(answer.minutesPerVisit) });
  const fair = fairText(gap.observed, gap.gap, gap.fair);
  const team = !gap.team
    ? words.gapNoTeam
    : filled(gap.team.fromVisit ? words.gapTeam : words.gapBase, { team: gap.team.team, drive: duration(gap.team.minutes) });
  return el(
    "li",
    { class: "item" },
    el(
      "div",
      { class: "item-head" },
      el(
        "button",
        { type: "button", class: "link", onclick: () => change({ unit: "area", view: model.start.short, open: gap.id, station: "" }) },
        gap.name,
      ),
      el("b", { class: "n" }, plural(words.belowShare, gap.visits)),
    ),
    el("p", { class: "small" }, `${filled(words.of, { k: number(gap.observed), n: fair })} · ${takes}`),
    el("p", { class: "small" }, team),
    gap.clusters.length
      ? el(
          "p",
          { class: "small" },
          `${words.gapClusters} `,
          ...gap.clusters.flatMap((place, i) => [
            i ? "; " : "",
            el(
              "button",
              {
                type: "button",
                class: "link",
                title: place.station,
                onclick: () => goTo({ lon: place.lon, lat: place.lat, zoom: NEAR.town }),
              },
              place.place,
            ),
            ` (${plural(words.stations, place.stations)}, ${plural(words.votersOf, place.voters)})`,
          ]),
        )
      : "",
  );
};

// Straight kilometres to a gap's largest place nobody saw; none of them, and it stands last.
/** @type {(gap: Gap, here: [number, number]) => number} */
const kmTo = ({ clusters }, [lon, lat]) =>
  Math.min(Infinity, ...clusters.map((place) => L.latLng(lat, lon).distanceTo([place.lat, place.lon]) / 1000));

// Gaps as seen from a team: the nearest first.
/** @type {(answer: Gaps, here: [number, number]) => Child[]} */
const gapsNear = (answer, here) => {
  const words = model.start.words;
  const near = answer.rows.map((gap) => ({ gap, km: kmTo(gap, here) })).sort((a, b) => a.km - b.km);
  return [
    el(
      "p",
      { class: "small note" },
      `${filled(words.gapsNearTeam, { team: state.near })} `,
      el("button", { type: "button", class: "link", onclick: () => change({ near: "" }) }, words.gapsAll),
    ),
    el(
      "ol",
      { class: "items" },
      ...near.map(({ gap, km }) => {
        const card = gapCard(gap, answer);
        if (Number.isFinite(km)) card.append(el("p", { class: "small" }, filled(words.kmAway, { km: number(Math.round(km)) })));
        return card;
      }),
    ),
  ];
};

const gapList = async () => {
  const answer = await resource("gaps", choiceKey());
  const words = model.start.words;
  if (answer.absence) return [el("p", { class: "empty" }, model.start.absence[answer.absence])];
  if (!answer.rows.length) return [el("p", { class: "empty" }, words.noGaps)];
  const here = state.near ? await (await import("./team-list.js")).placeOfTeam(state.near) : null;
  if (here) return gapsNear(answer, here);
  const basis = answer.basis === "voters" ? words.gapBasisVoters : words.gapBasisStations;
  return [
    el("p", { class: "small note" }, `${filled(basis, { planned: number(answer.planned ?? 0) })} ${words.gapEstimate}`),
    el("ol", { class: "items" }, ...answer.rows.map((gap) => gapCard(gap, answer))),
  ];
};

const overdueList = async () => {
  const answer = await resource("overdue");
  const words = model.start.words;
  const note = el("p", { class: "small note" }, filled(words.overdueSays, { grace: number(answer.graceMinutes) }));
  if (!answer.teams.length) return [note, el("p", { class: "empty" }, words.noOverdue)];
  const parts = [note, ...overdueParts(answer.teams, stationLink), showing(answer.teams.length, answer.all_teams)];
  const { noted } = await import("./missed-calls.js");
  noted(present(parts)).catch(failed); // the board does not wait for its notes, and stands without them
  return parts;
};

const doubtList = async () => {
  const answer = await resource("doubts");
  const words = model.start.words;
  const kinds = el(
    "p",
    { class: "small note" },
    `${answer.kinds.map((kind) => `${kind.title}: ${number(kind.n)}`).join(" · ")}. ${words.doubtsSays}`,
  );
  if (!answer.rows.length) return [kinds, el("p", { class: "empty" }, words.noDoubts)];
  const rows = answer.rows
    .slice(0, MOST_ROWS)
    .map((doubt) =>
      el(
        "li",
        { class: "item" },
        el("div", { class: "item-head" }, el("b", null, doubt.title), el("span", { class: "n small" }, `${doubt.team} · ${doubt.arrived}`)),
        el("p", { class: "small" }, doubt.station ? stationLink(doubt.station) : "", ` ${doubt.area} · ${doubt.says}`),
      ),
    );
  return [kinds, el("ol", { class: "items" }, ...rows), showing(rows.length, answer.total)];
};

const offMapList = async () => {
  const words = model.start.words;
  const answer = await resource("offmap", `${choiceKey()}${timed()}`);
  const rows = answer.rows
    .slice(0, MOST_ROWS)
    .map((row) =>
      el(
        "li",
        { class: "station-line" },
        picture(shapeOf(row.state, row.severity), 14),
        stationLink(row.id),
        el("span", { class: "small" }, `${row.area} · ${titleOf(row.state)}`),
      ),
    );
  return [
    el("p", { class: "small note" }, `${words.offMapSays} ${plural(words.stations, answer.total)}.`),
    el("ol", { class: "items" }, ...rows),
    showing(rows.length, answer.total),
  ];
};

const routes = async () => [(await import("./routes-panel.js")).panel()];

const teamRows = async () => (await import("./team-list.js")).teamList();

const inbox = async () => (await import("./report-inbox.js")).panel();

const entry = async () => (await import("./visit-entry.js")).panel();

const scan = async () => [(await import("./cluster-scan.js")).panel()];

/** @type {Record<Tab, () => Promise<Child[]>>} */
const BUILD = {
  areas: async () => unitList(),
  gaps: gapList,
  scan,
  teams: teamRows,
  routes,
  overdue: overdueList,
  inbox,
  entry,
  upload: async () => (await import("./report-upload.js")).panel(),
  doubts: doubtList,
  offmap: offMapList,
  doctor: async () => (await import("./registry-doctor.js")).panel(),
};

/** @type {Record<string, number>} */
const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

// Whether somebody types into the list: a note about a call, a team's name.
/** @type {(box: HTMLElement, focused: HTMLElement | null) => boolean} */
const isWritten = (box, focused) =>
  focused instanceof HTMLInputElement || all("form input", box).some((field) => field instanceof HTMLInputElement && Boolean(field.value));

let drawing = 0;
const draw = async () => {
  drawing += 1;
  const ticket = drawing;
  const box = byId("list");
  const before = focusedWithin(box);
  try {
    if (box.dataset.tab === state.tab) await released();
    if (ticket !== drawing) return;
    const parts = present(await BUILD[state.tab]());
    if (ticket !== drawing) return;
    // who tabbed into the old list while the new one was on its way, or out of it, is where they went
    const focused = focusedWithin(box) ?? (document.activeElement === document.body ? before : null);
    const isSame = box.dataset.tab === state.tab;
    if (isSame && isWritten(box, focused)) return; // renewed once what is being typed is done
    if (isSame && isPointerHeld()) {
      draw(); // pressed meanwhile
      return;
    }
    // one that lives on keeps its focus
    if (box.firstChild !== parts[0] || box.childNodes.length !== parts.length) box.replaceChildren(...parts);
    box.dataset.tab = state.tab;
    if (!isSame) box.scrollTop = 0; // read or written each time, it would lay the page out once more
    if (focused && !box.contains(focused)) {
      const { unit } = focused.dataset;
      const same = all("button, a, select", box).find((one) =>
        unit ? one.dataset.unit === unit : one.textContent === focused.textContent,
      );
      (same ?? byId(`tab-${state.tab}`)).focus({ preventScroll: true });
    }
  } catch (error) {
    console.warn(error);
    failed();
  }
};

// How many are overdue or to be checked, at the tabs.
const badges = () => {
  const { start } = model;
  /** @type {(name: string, n: number) => void} */
  const set = (name, n) => {
    only(`[data-badge="${name}"]`).textContent = n ? number(n) : "";
  };
  set("overdue", start.overdue);
  set("doubts", start.doubts);
};

export const tabs = () => {
  const every = all("[role=tab]");
  /** @type {(tab: HTMLElement) => void} */
  const open = (tab) => change({ tab: TABS.find((name) => name === tab.dataset.tab) });
  for (const tab of every) tab.addEventListener("click", () => open(tab));
  byId("tabs").addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    const next = every[(every.findIndex((tab) => tab.dataset.tab === state.tab) + step + every.length) % every.length];
    open(next);
    next.focus();
    event.preventDefault();
  });
  follow((now, before) => {
    for (const tab of every) {
      const on = tab.dataset.tab === now.tab;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      if (on) {
        byId("list").setAttribute("aria-labelledby", tab.id);
        if (before && before.tab !== now.tab) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
      }
    }
  });
};

export const lists = () => {
  watchPointer(byId("list"));
  onTheme(() => swatches.clear()); // those in the list are painted anew where they stand
  follow((now, before) => {
    if (before && (before.tab !== now.tab || before.near !== now.near) && model.tally) draw();
    if (before && before.open !== now.open)
      for (const button of all(".unit-row")) button.setAttribute("aria-pressed", String(button.dataset.unit === now.open));
  });
  onPaint(badges);
  onPaint(draw);
  onHover((index) => {
    const id = model.shapes.id[index];
    for (const button of all(".unit-row")) button.classList.toggle("is-here", button.dataset.unit === id);
  });
};
