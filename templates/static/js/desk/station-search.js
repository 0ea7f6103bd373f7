// Search by station, town or area, from the keyboard alone: type, arrow down, Enter, Escape.
import { byId, el } from "../dom.js";
import { filled, number } from "../language.js";
import { results } from "./details-card.js";
import { model } from "./desk-model.js";
import { change } from "./desk-state.js";
import { goTo, NEAR } from "./map-place.js";
import { search } from "./desk-resources.js";
import { picture } from "./state-symbols.js";

const WAIT_MS = 140;
/** @type {{ element: HTMLElement; go: () => void }[]} */
let options = [];
let at = -1;

/** @type {(index: number) => void} */
const mark = (index) => {
  at = index;
  options.forEach((option, i) => {
    option.element.setAttribute("aria-selected", String(i === index));
    if (i === index) option.element.scrollIntoView({ block: "nearest" });
  });
  byId("q").setAttribute("aria-activedescendant", index >= 0 ? `result-${index}` : "");
};

/** @type {(isOpen: boolean) => void} */
const show = (isOpen) => {
  byId("results-box").hidden = !isOpen;
  byId("q").setAttribute("aria-expanded", String(isOpen));
  if (!isOpen) mark(-1);
};

/** @type {(index: number) => void} */
const take = (index) => {
  const option = options[index];
  if (!option) return;
  show(false);
  option.go();
};

/** @type {(icon: Child, title: string, under: string, go: () => void) => HTMLElement} */
const row = (icon, title, under, go) => {
  const index = options.length;
  const element = el(
    "li",
    { role: "option", id: `result-${index}`, "aria-selected": "false", onclick: () => take(index), onmousemove: () => mark(index) },
    icon,
    el("span", null, title),
    el("span", { class: "small" }, under),
  );
  options.push({ element, go });
  return element;
};

// What a place is, and the old name it was found by.
/** @type {(kind: string, also: string) => string} */
const under = (kind, also) => (also ? `${kind} · ${filled(model.start.words.formerly, { name: also })}` : kind);

/** @type {(matches: SearchResults) => void} */
const draw = (matches) => {
  const words = model.start.words;
  options = [];
  const rows = [
    ...matches.teams.map((team) => row("", team, words.team, () => change({ team }))),
    ...matches.areas.map((area) =>
      row("", area.name, under(words[area.level === 2 ? "district" : "area"], area.also), () =>
        change({
          unit: area.level === 2 ? "district" : "area",
          open: area.id,
          station: "",
        }),
      ),
    ),
    ...matches.towns.map(({ name, area, also, lon, lat }) =>
      row("", name, under([words.place, area].filter(Boolean).join(" · "), also), () => goTo({ lon, lat, zoom: NEAR.town })),
    ),
    ...matches.stations.map((station) =>
      row(
        picture(station.state === "finding" ? "high" : station.state, 14),
        station.id,
        [station.settlement, station.area, station.stateTitle].filter(Boolean).join(" · "),
        () => station.opens && change({ station: station.opens, open: "" }),
      ),
    ),
  ];
  const n = matches.total + matches.teams.length + matches.areas.length + matches.towns.length;
  byId("results").replaceChildren(...rows);
  byId("results-note").textContent = !n
    ? words.noResult
    : matches.stations.length < matches.total
      ? `${results(n)}. ${filled(words.showing, { x: number(rows.length), y: number(n) })}`
      : results(n);
  show(true);
  mark(-1);
};

export const finder = () => {
  const input = byId("q");
  let timer = 0;
  let latest = "";
  const ask = async () => {
    const text = input.value.trim();
    latest = text;
    if (!text) return show(false);
    try {
      const matches = await search(text);
      if (latest === text) draw(matches);
    } catch (error) {
      console.warn(error);
    }
    return undefined;
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (byId("results-box").hidden) ask();
      else mark((at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % Math.max(1, options.length));
      event.preventDefault();
    } else if (event.key === "Escape" && !byId("results-box").hidden) {
      show(false);
      event.stopPropagation();
      event.preventDefault();
    }
  });
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    if (byId("results-box").hidden) ask();
    else take(Math.max(0, at));
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Node && !byId("search").contains(event.target)) show(false);
  });
  byId("search").addEventListener("focusout", (event) => {
    if (event.relatedTarget instanceof Node && !byId("search").contains(event.relatedTarget)) show(false);
  });
};
