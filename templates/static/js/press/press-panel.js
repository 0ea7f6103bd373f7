// Everything around the map: headline, views, menus, list, one unit opened, what to take away.
import { all, byId, el, inputsNamed } from "../dom.js";
import { filled, number } from "../language.js";
import { load } from "../json-cache.js";
import { toolbar } from "../toolbar.js";
import { failed, toast } from "../tooltip.js";
import { zoomButtons } from "../zoom-buttons.js";
import { glyph } from "./severity-marks.js";
import { addressOf, change, follow, isClusters, now, onScreen, retry } from "./press-state.js";
import { unitList } from "./unit-list.js";
import { described } from "./unit-layer.js";

/** @type {(map: L.Map, options: PressOptions) => L.Map} */
export const panel = (map, options) => {
  load(options.values)
    .then((values) => {
      controls(values);
      sentences();
      status(values);
      unitList(values);
      opened(values, options.detail);
      belowMap(values);
      zoomButtons(map, values.words);
      toolbar(values.words, () => addressOf(onScreen()?.choice ?? now().wanted));
      wheel(map, values);
      setTimeout(() => import("./version-watch.js").then((module) => module.watch(options.version, values)).catch(() => {}), 20000);
    })
    .catch(failed);
  return map;
};

// What is chosen, and whether its figures are there: a control never claims what the map does not show yet.
/** @type {(values: PressValues) => void} */
const controls = (values) => {
  for (const name of /** @type {const} */ (["view", "stage", "from", "level"])) {
    for (const input of inputsNamed(name)) {
      input.addEventListener("change", () => change({ [name]: input.value, unit: -1 }));
    }
  }
  follow(({ wanted, shown }) => {
    const stage = byId("stage");
    for (const name of /** @type {const} */ (["view", "stage", "from", "level"])) {
      for (const input of inputsNamed(name)) {
        input.checked = input.value === wanted[name];
        const isPending = input.checked && shown !== null && shown[name] !== wanted[name];
        input.closest("label")?.classList.toggle("is-pending", isPending);
        input.closest("label")?.classList.toggle("is-shown", shown !== null && input.value === shown[name]);
      }
    }
    stage.dataset.shown = shown ? `${shown.view}/${shown.stage}/${shown.from}` : "";
    stage.dataset.wanted = `${wanted.view}/${wanted.stage}/${wanted.from}`;
    const at = shown ?? wanted;
    const measure = values.measures.find(({ name }) => name === at.view);
    for (const menu of all("[data-menu]")) {
      const name = menu.dataset.menu === "stage" ? "stage" : "from";
      const titles = name === "stage" ? values.stages : values.severities;
      const value = menu.querySelector(".menu-value");
      if (value) value.textContent = titles[at[name]]?.title ?? "";
      menu.hidden = name === "from" && !measure?.by_severity;
    }
    for (const fieldset of all(".levels")) fieldset.hidden = !values.levels.part || measure?.unit === "clusters";
    // the counts beside each stage and severity are those of the view on screen
    for (const [name, { n }] of [...Object.entries(values.stages), ...Object.entries(values.severities)]) {
      for (const place of all(`[data-n="${name}"]`)) place.textContent = n[at.view] ?? "";
    }
  });
  for (const menu of menus()) {
    menu.addEventListener("toggle", () => {
      if (menu.open) for (const other of menus()) other.open = other === menu;
    });
    // a pointer has chosen when it clicks; arrow keys go on choosing
    menu.addEventListener("click", (event) => {
      if (event.detail && event.target instanceof Element && event.target.closest("label")) closeMenus();
    });
  }
  addEventListener("click", (event) => {
    if (!(event.target instanceof Element && event.target.closest("details.menu"))) closeMenus();
  });
  addEventListener("keydown", (event) => {
    const open = menus().find((menu) => menu.open);
    if (event.key !== "Escape" || !open) return;
    event.preventDefault(); // an open card stays
    closeMenus();
    open.querySelector("summary")?.focus();
  });
};

/** @type {() => HTMLDetailsElement[]} */
const menus = () => all("details.menu").filter((menu) => menu instanceof HTMLDetailsElement);

const closeMenus = () => {
  for (const menu of menus()) menu.open = false;
};

// Headline, line and caption: whole sentences from the server, of the choice on screen.
const sentences = () => {
  follow(() => {
    const shown = onScreen();
    if (!shown) return;
    const { measure } = shown;
    const texts = { headline: measure.headline, line: measure.line, caption: measure.caption };
    for (const [id, text] of Object.entries(texts)) {
      byId(id).textContent = text;
      byId(id).dataset.choice = shown.figures.choice;
      byId(id).dataset.view = shown.choice.view;
    }
    byId("still-says").textContent = measure.headline;
    document.title = `${measure.headline} · Baqylau`;
  });
};

const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });

/** @type {(values: PressValues) => void} */
const status = (values) => {
  const bar = byId("progress");
  const box = byId("state");
  const { words } = values;
  follow(({ status: state, isSlow, since }) => {
    bar.hidden = !isSlow;
    document.documentElement.dataset.state = state;
    const time = since ? clock.format(since) : "";
    /** @type {(text: string, title: string, onclick: () => void) => void} */
    const say = (text, title, onclick) =>
      box.replaceChildren(el("span", null, text), ...(title ? [el("button", { type: "button", onclick }, title)] : []));
    if (state === "offline") say(since ? filled(words.offlineSince, { time }) : words.offline, "", retry);
    else if (state === "failed") say(words.failed, words.retry, retry);
    else if (state === "stale") say(words.updated, words.reload, () => location.reload());
    else box.replaceChildren();
    box.hidden = !box.childNodes.length;
  });
};

/** @type {(values: PressValues, url: Address<UnitDetail>) => void} */
const opened = (values, url) => {
  const card = byId("detail");
  let key = "";
  const close = () => {
    const { unit } = now().wanted;
    change({ unit: -1 });
    all(`#unit-list [data-unit="${unit}"]`)[0]?.focus();
  };
  addEventListener("keydown", (event) => event.key === "Escape" && !event.defaultPrevented && !card.hidden && close());
  follow(({ shown }) => {
    const units = shown && values.levels[shown.level]?.units;
    const unit = shown && !isClusters(onScreen()) ? units?.[shown.unit] : null;
    card.hidden = !unit;
    if (!shown || !unit) {
      key = "";
      return;
    }
    const lines = described(values, shown.level, shown.unit);
    const button = el("button", { type: "button", class: "close", "aria-label": values.words.close, onclick: close }, "×");
    const head = el("div", { class: "detail-head" }, el("h2", null, unit.title), button);
    const says = lines.slice(1).map((line) => el("p", { class: "says" }, line));
    const more = el("div", null);
    const link = unit.page ? el("a", { class: "area-page-link", href: unit.page }, values.words.areaPage) : "";
    card.replaceChildren(head, ...says, unit.members ? el("p", { class: "says" }, unit.members) : "", more, link);
    if (key !== `${shown.level}/${shown.unit}`) byId("status").textContent = lines.join(". ");
    key = `${shown.level}/${shown.unit}`;
    const mine = key;
    if (shown.level !== "region") return;
    load(/** @type {Address<UnitDetail>} */ (filled(url, { unit: shown.unit })))
      .then(({ categories, presence: places }) => {
        if (mine !== key) return;
        // they stay what they are whatever stage and severity the map is of
        const about = categories.length ? el("p", { class: "small" }, values.words.kindsOfDay) : "";
        more.replaceChildren(about, ...categories.map((row) => finding(values, row)), ...places.map(presence));
      })
      .catch((error) => {
        console.warn(error);
        if (mine === key) more.replaceChildren(el("p", { class: "says" }, values.words.failed));
      });
  });
};

/** @type {(values: PressValues, row: UnitFinding) => HTMLElement} */
const finding = (values, row) => {
  const mark = row.severity >= 0 ? glyph(row.severity) : "";
  const numbers = filled(values.words.numbers, { list: row.numbers.join(", ") });
  return el(
    "div",
    { class: "finding" },
    el("div", { class: "finding-head" }, mark, row.title, el("span", { class: "n" }, row.says || number(row.stations))),
    row.numbers.length ? el("div", { class: "small" }, numbers) : "",
    el("div", { class: "small" }, [row.completeness, ...row.locators].filter(Boolean).join(" · ")),
  );
};

/** @type {(row: UnitPresence) => HTMLElement} */
const presence = ({ written, says, locator }) =>
  el("div", { class: "finding" }, el("div", { class: "small" }, [written, says, locator].filter(Boolean).join(" · ")));

// Below the map: the sentence of the view on screen, and, when a reader comes near, what there is to cite.
/** @type {(values: PressValues) => void} */
const belowMap = (values) => {
  const links = all("a[data-download]").map((link) => ({ link, plain: link.getAttribute("href") }));
  follow(({ shown }) => {
    if (!shown) return;
    const reads = values.measures.find(({ name }) => name === shown.view)?.reads;
    if (reads) byId("reads").textContent = reads;
    for (const { link, plain } of links) link.setAttribute("href", `${plain}?stage=${shown.stage}&severity=${shown.from}`);
  });
  for (const place of all("[data-needs-citation]")) {
    const cite = () =>
      import("./citation.js").then((module) => module.cite(values)).catch((error) => console.warn(`cite: ${error}`));
    place.addEventListener("toggle", cite, { once: true });
  }
};

// The page scrolls past the map; only Ctrl (or a pinch, which browsers report as Ctrl) zooms.
/** @type {(map: L.Map, values: PressValues) => void} */
const wheel = (map, values) => {
  const box = map.getContainer();
  let last = 0;
  box.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) {
        if (event.timeStamp - last > 4000 && map.getZoom() > 6.5) toast(values.words.scroll);
        last = event.timeStamp;
        return;
      }
      event.preventDefault();
      map.setZoomAround(map.mouseEventToContainerPoint(event), map.getZoom() - Math.sign(event.deltaY) * 0.5, { animate: false });
    },
    { passive: false },
  );
};
