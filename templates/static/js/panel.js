// The panel beside the map: view, severity and category, the list of areas, and one area opened.
import { allNamed, byWorst, sum, SEVERITIES } from "./counts.js";
import { figures, isByChoice, printed, ratio, said, statusOf } from "./choices.js";
import { caption } from "./caption.js";
import { load } from "./data.js";
import { byId, el, svg } from "./dom.js";
import { describe } from "./describe.js";
import { glyph } from "./marks.js";
import { change, follow, followHover, hover, state } from "./state.js";
import { swatch } from "./swatches.js";
import { failed, toast } from "./tip.js";
import { reading } from "./reading.js";
import { toolbar } from "./toolbar.js";
import { filled, language, number, percent } from "./words.js";
import { zoomButtons } from "./zoom.js";

export const panel = (map, options) => {
  load(options.values)
    .then((values) => {
      controls(values);
      list(values);
      opened(values, options.detail);
      caption(values);
      reading(values);
      if (Object.keys(values.choices.stages).length) downloads();
      buttons(map, values);
      wheel(map, values);
      setTimeout(() => import("./live.js").then((module) => module.watch(options.version, values)).catch(() => {}), 20000);
    })
    .catch(failed);
  return map;
};

const controls = (values) => {
  for (const input of document.querySelectorAll("input[name=view]")) {
    input.addEventListener("change", () => change({ view: input.value }));
  }
  for (const name of ["stage", "from"]) {
    for (const input of document.querySelectorAll(`input[name=${name}]`)) input.addEventListener("change", () => change({ [name]: input.value }));
  }
  const boxes = [...document.querySelectorAll("input[name=severity]")];
  for (const box of boxes) {
    box.addEventListener("change", () => {
      const chosen = boxes.filter((one) => one.checked).reduce((mask, one) => mask | Number(one.value), 0);
      if (!chosen) box.checked = true; // at least one severity, or the map would be empty for no reason it can show
      else change({ severities: chosen, category: -1 });
    });
  }
  const select = byId("category");
  values.categories
    .map((category, index) => ({ ...category, index }))
    .filter((category) => category.stations > 0)
    .sort((a, b) => b.severity - a.severity || b.stations - a.stations)
    .forEach((category) => select.append(el("option", { value: category.index }, `${category.title} (${number(category.stations)})`)));
  select.addEventListener("change", () => change({ category: Number(select.value) }));
  follow((now) => {
    for (const name of ["view", "stage", "from"]) {
      for (const input of document.querySelectorAll(`input[name=${name}]`)) input.checked = input.value === now[name];
    }
    for (const box of boxes) box.checked = now.category < 0 ? (now.severities & Number(box.value)) !== 0 : values.categories[now.category]?.severity === Math.log2(Number(box.value));
    select.value = String(now.category);
  });
};

const bar = (counts, most) => {
  const picture = svg("svg", { class: "bar", viewBox: "0 0 92 8", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("rect", { class: "track", width: 92, height: 8, rx: 4 }));
  let from = 0;
  for (let severity = 3; severity >= 0; severity -= 1) {
    const width = (counts[severity] / most) * 92;
    if (width) picture.append(svg("rect", { class: SEVERITIES[severity], x: from.toFixed(2), width: width.toFixed(2), height: 8 }));
    from += width;
  }
  return picture;
};

const row = (values, area, index, now, most) => {
  const counts = byWorst(area, now, values.categories);
  const button = el("button", {
    type: "button",
    "data-area": index,
    "aria-pressed": String(now.area === index),
    title: area.name,
    onclick: () => change({ area: state.area === index ? -1 : index }),
    onmouseenter: () => hover(index),
    onmouseleave: () => hover(-1),
    onfocus: () => hover(index),
    onblur: () => hover(-1),
  });
  button.append(el("span", { class: "name" }, area.name));
  const made = isByChoice(values, now) ? figures(now)?.areas : null;
  const share = area.visited >= 0 && area.stations > 0 ? area.visited / area.stations : null;
  if (made) ofChoice(button, values, now, made, index);
  else if (now.view === "coverage" && share !== null && area.status !== "not_observed") button.append(el("span", { class: "word" }, `${number(area.visited)} / ${number(area.stations)} · ${percent(share)}`));
  else if (now.view === "findings" && sum(counts)) button.append(bar(counts, most), el("span", { class: "n" }, number(sum(counts))));
  else {
    button.append(el("span", { class: "word" }, swatch(`status-${area.status}`), now.view === "findings" && area.status !== "not_observed" ? values.words.noneNamed : values.statuses[area.status].title));
    button.classList.add("is-quiet");
  }
  button.append(el("span", { class: "visually-hidden" }, describe(values, index).slice(1).join(". ")));
  return el("li", null, button);
};

// n / N or k / m of the layer shown; for a layer of cells what is known of the area's visits.
const ofChoice = (button, values, now, made, index) => {
  const isCoverage = now.view.includes("coverage");
  const [part, whole] = isCoverage ? [made.observed[index], made.stations[index]] : [ratio(now, made, index).k, ratio(now, made, index).m];
  const status = statusOf(now, made, index);
  if (!said(values, now, made, index)) {
    button.append(el("span", { class: "word" }, swatch(`status-${status}`), values.statuses[status].short));
    button.classList.add("is-quiet");
    return;
  }
  const hasShare = isCoverage || (status === "published" && part >= 0);
  button.append(el("span", { class: "word" }, `${printed(values, part)} / ${number(whole)}${hasShare ? ` · ${percent(part / whole)}` : ""}`));
};

const shareOf = (values, now, index) => {
  const made = isByChoice(values, now) ? figures(now)?.areas : null;
  if (!made) return 0;
  if (!said(values, now, made, index)) return statusOf(now, made, index) === "not_observed" ? -2 : -1;
  const { k, m } = ratio(now, made, index);
  return now.view.includes("coverage") ? made.observed[index] / made.stations[index] : Math.max(0, k) / m;
};

const unitOf = (values, now) => {
  if (now.view.includes("coverage")) return values.words.unitCoverage;
  return { findings: values.words.unitFindings, negative: values.words.unitNegative }[now.view] ?? values.words.unitRate;
};

const list = (values) => {
  const box = byId("area-list");
  const share = (area) => (area.stations > 0 && area.visited > 0 ? area.visited / area.stations : -1);
  follow((now) => {
    const focused = box.contains(document.activeElement) ? document.activeElement.dataset.area : null;
    const counted = values.areas.map((area, index) => ({ area, index, n: sum(byWorst(area, now, values.categories)) }));
    const most = Math.max(1, ...counted.map((one) => one.n));
    const seen = (one) => (one.area.status === "not_observed" ? 0 : 1);
    counted.sort((a, b) => shareOf(values, now, b.index) - shareOf(values, now, a.index) || (now.view === "coverage" ? share(b.area) - share(a.area) : 0) || b.n - a.n || seen(b) - seen(a) || a.area.name.localeCompare(b.area.name, language));
    byId("list-unit").textContent = unitOf(values, now);
    byId("stage").classList.toggle("view-coverage", now.view !== "findings");
    byId("stage").classList.toggle("view-choice", isByChoice(values, now));
    byId("stage").classList.toggle("view-rate", isByChoice(values, now) && !now.view.includes("coverage") && now.view !== "negative");
    box.replaceChildren(...counted.map((one) => row(values, one.area, one.index, now, most)));
    if (focused !== null) box.querySelector(`[data-area="${Number(focused)}"]`)?.focus();
  });
  followHover((index) => {
    for (const button of box.querySelectorAll("button")) button.classList.toggle("is-here", Number(button.dataset.area) === index);
  });
};

const opened = (values, url) => {
  const card = byId("detail");
  let shown = -1;
  const close = () => {
    const index = shown;
    change({ area: -1 });
    document.querySelector(`#area-list [data-area="${index}"]`)?.focus();
  };
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && shown >= 0) close();
  });
  follow((now) => {
    const area = values.areas[now.area];
    card.hidden = !area;
    if (!area) {
      shown = -1;
      return;
    }
    const lines = describe(values, now.area);
    const head = el("div", { class: "detail-head" }, el("h2", null, area.name), el("button", { type: "button", class: "close", "aria-label": values.words.close, onclick: close }, "×"));
    const says = el("p", { class: "says" }, [values.statuses[area.status].says, ...lines.slice(2)].join(" · "));
    const body = el("div", null);
    card.replaceChildren(head, says, body);
    if (shown !== now.area) byId("status").textContent = lines.join(". ");
    shown = now.area;
    load(filled(url, { area: now.area })).then((found) => {
      if (shown === found.area) body.replaceChildren(...found.categories.map((one) => finding(values, one, state)), ...found.presence.map(presence), el("a", { class: "area-page-link", href: found.page }, values.words.areaPage));
    }).catch(failed);
  });
};

const finding = (values, one, now) => {
  const isOff = now.category < 0 && one.severity >= 0 && !(now.severities & (1 << one.severity));
  return el(
    "div",
    { class: isOff ? "finding is-off" : "finding" },
    el("div", { class: "finding-head" }, one.severity >= 0 ? glyph(one.severity) : "", one.title, el("span", { class: "n" }, number(one.stations))),
    el("div", { class: "small" }, one.numbers.length ? filled(values.words.numbers, { list: one.numbers.join(", ") }) : values.words.byAreaOnly),
    el("div", { class: "small" }, [one.completeness, ...one.locators].join(" · ")),
  );
};

const presence = (one) => el("div", { class: "finding" }, el("div", { class: "small" }, [one.written, one.says, one.locator].filter(Boolean).join(" · ")));

const buttons = (map, { words }) => {
  zoomButtons(map, words);
  toolbar(words);
};

// The page scrolls past the map; only Ctrl (or a pinch, which browsers report as Ctrl) zooms.
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

// Downloads go with the choice that is on screen.
const downloads = () => {
  const links = [...document.querySelectorAll("a[data-download]")].map((link) => ({ link, plain: link.getAttribute("href") }));
  follow((now) => {
    for (const { link, plain } of links) link.setAttribute("href", `${plain}?stage=${now.stage}&severity=${now.from}`);
  });
};
