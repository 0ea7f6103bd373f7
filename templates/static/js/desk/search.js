// Search by station, town or area, from the keyboard alone: type, arrow down, Enter, Escape.
import { byId, el } from "../dom.js";
import { filled, number } from "../words.js";
import { results } from "./detail.js";
import { model } from "./model.js";
import { change, state } from "./state.js";
import { search } from "./store.js";
import { picture } from "./symbols.js";

const WAIT_MS = 140;
let options = [];
let at = -1;

const mark = (index) => {
  at = index;
  options.forEach((one, i) => {
    one.element.setAttribute("aria-selected", String(i === index));
    if (i === index) one.element.scrollIntoView({ block: "nearest" });
  });
  byId("q").setAttribute("aria-activedescendant", index >= 0 ? `result-${index}` : "");
};

const show = (isOpen) => {
  byId("results-box").hidden = !isOpen;
  byId("q").setAttribute("aria-expanded", String(isOpen));
  if (!isOpen) mark(-1);
};

const take = (index) => {
  const one = options[index];
  if (!one) return;
  show(false);
  one.go();
};

const row = (icon, title, under, go) => {
  const index = options.length;
  const element = el("li", { role: "option", id: `result-${index}`, "aria-selected": "false", onclick: () => take(index), onmousemove: () => mark(index) }, icon, el("span", null, title), el("span", { class: "small" }, under));
  options.push({ element, go });
  return element;
};

const draw = (found) => {
  const said = model.start.words;
  options = [];
  const look = (lon, lat, zoom) => dispatchEvent(new CustomEvent("look", { detail: [lon, lat, zoom] }));
  const rows = [
    ...found.areas.map((one) => row("", one.name, one.level === 2 ? said.district : said.area, () => change({ unit: one.level === 2 ? "district" : "area", ...(state.view === "hot_spot" ? { view: "both" } : {}), open: one.id, station: "" }))),
    ...found.towns.map((one) => row("", one.name, said.place, () => look(one.lon, one.lat, 9))),
    ...found.stations.map((one) => row(picture(one.state === "finding" ? "high" : one.state, 14), one.id, [one.settlement, one.area, one.stateTitle].filter(Boolean).join(" · "), () => change({ station: one.id, open: "" }))),
  ];
  const n = found.total + found.areas.length + found.towns.length;
  byId("results").replaceChildren(...rows);
  byId("results-note").textContent = !n ? said.noResult : found.stations.length < found.total ? `${results(n)}. ${filled(said.showing, { x: number(rows.length), y: number(n) })}` : results(n);
  show(true);
  mark(-1);
};

export const finder = () => {
  const input = byId("q");
  let timer = 0;
  let asked = "";
  const ask = async () => {
    const text = input.value.trim();
    asked = text;
    if (!text) return show(false);
    try {
      const found = await search(text);
      if (asked === text) draw(found);
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
    if (!byId("search").contains(event.target)) show(false);
  });
  byId("search").addEventListener("focusout", (event) => {
    if (!byId("search").contains(event.relatedTarget) && event.relatedTarget) show(false);
  });
};
