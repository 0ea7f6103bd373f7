// Visits per hour, a range over them, and play: the day passing hour by hour. Restyled without a request.
import { byId, el, svg } from "../dom.js";
import { filled, number } from "../language.js";
import { clock } from "./clock.js";
import { hoursOfDay, model, onPaint, range, repaint } from "./desk-model.js";
import { change, follow } from "./desk-state.js";

const STEP_MS = 700;
let timer = 0;

// First and last hour there is anything to see; the same for every stage, so that the axis stays.
let first = 6;
let last = 24;

const span = () => {
  const hours = hoursOfDay();
  if (!hours.visits.some((n) => n)) return;
  first = Math.min(first, hours.first, 6);
  last = Math.max(last, hours.first + hours.visits.length);
};

const bars = () => {
  const hours = hoursOfDay();
  const most = hours.visits.reduce((high, n) => Math.max(high, n), 1);
  const width = 100 / (last - first);
  const chosen = range();
  const picture = svg("svg", { viewBox: "0 0 100 40", preserveAspectRatio: "none" });
  hours.visits.forEach((n, i) => {
    const hour = hours.first + i;
    const isIn = !chosen || (hour >= chosen[0] && hour < chosen[1]);
    const x = (hour - first) * width + width * 0.06;
    /** @type {(count: number, name: string) => void} */
    const add = (count, name) => {
      if (!count) return;
      picture.append(
        svg("rect", {
          class: isIn ? name : "bar-out",
          x: x.toFixed(3),
          y: (40 - (40 * count) / most).toFixed(2),
          width: (width * 0.88).toFixed(3),
          height: ((40 * count) / most).toFixed(2),
        }),
      );
    };
    add(n, "bar-visits");
    if (isIn) add(hours.findings[i], "bar-findings");
  });
  byId("bars").replaceChildren(picture);
};

const ticks = () => {
  const all = last - first;
  const step = Math.max(1, Math.ceil(all / (innerWidth < 760 ? 4 : 6)));
  /** @type {HTMLElement[]} */
  const marks = [];
  for (let hour = first; hour <= last; hour += step) {
    const tick = el("span", null, clock(hour * 60).slice(0, 5));
    tick.style.left = `${(100 * (hour - first)) / all}%`;
    marks.push(tick);
  }
  byId("ticks").replaceChildren(...marks);
};

const says = () => {
  const words = model.start.words;
  const chosen = range();
  const [from, to] = chosen ?? [first, last];
  byId("time-range").textContent = !chosen ? words.wholeDay : `${clock(from * 60)}–${clock(to * 60)}`;
  const n = model.start.sums ? words.timesUnknown : filled(words.inRange, { n: number(model.inRange) });
  const { untimed } = hoursOfDay();
  byId("time-n").textContent = untimed && chosen ? `${n} · ${filled(words.untimed, { n: number(untimed) })}` : n;
  const ends = [
    { input: byId("time-from"), hour: from, label: words.from },
    { input: byId("time-to"), hour: to, label: words.to },
  ];
  for (const { input, hour, label: name } of ends) {
    input.min = String(first);
    input.max = String(last);
    input.value = String(hour);
    input.setAttribute("aria-label", name);
    input.setAttribute("aria-valuetext", clock(hour * 60));
  }
  byId("range").style.setProperty("--from", `${(100 * (from - first)) / (last - first)}%`);
  byId("range").style.setProperty("--to", `${(100 * (to - first)) / (last - first)}%`);
};

const paint = () => {
  span();
  bars();
  ticks();
  says();
};

/** @type {(from: number, to: number) => void} */
const setRange = (from, to) => {
  const low = Math.max(first, Math.min(from, to - 1));
  const high = Math.min(last, Math.max(to, low + 1));
  change(low === first && high === last ? { from: null, to: null } : { from: low, to: high });
};

/** @type {(isPlaying: boolean) => void} */
const label = (isPlaying) => {
  const words = model.start.words;
  const button = byId("play");
  button.setAttribute("aria-label", isPlaying ? words.pause : words.play);
  button.title = isPlaying ? words.pause : words.play;
  button.classList.toggle("is-playing", isPlaying);
  button.replaceChildren(
    svg(
      "svg",
      { viewBox: "0 0 20 20", width: 18, height: 18, "aria-hidden": "true" },
      isPlaying ? svg("path", { d: "M5 4h4v12H5zM11 4h4v12h-4z" }) : svg("path", { d: "M6 3.5v13l10.5-6.5z" }),
    ),
  );
};

const stop = () => {
  clearInterval(timer);
  timer = 0;
  label(false);
};

// From the first hour on, one hour more at a time: what was known by then.
const play = () => {
  const { first: began, visits } = hoursOfDay();
  const end = Math.min(last, began + visits.length);
  const chosen = range();
  let to = !chosen || chosen[1] >= end ? Math.max(first, began) + 1 : chosen[1] + 1;
  const from = !chosen || chosen[0] >= end - 1 ? first : chosen[0];
  label(true);
  const step = () => {
    setRange(from, to);
    if (to >= end) stop();
    to += 1;
  };
  timer = setInterval(step, STEP_MS);
  step();
};

export const time = () => {
  byId("play").addEventListener("click", () => (timer ? stop() : play()));
  const read = () => setRange(Number(byId("time-from").value), Number(byId("time-to").value));
  for (const input of [byId("time-from"), byId("time-to")]) input.addEventListener("input", read);
  label(false);
  onPaint(paint);
  follow((now, before) => {
    if (before && (before.from !== now.from || before.to !== now.to)) repaint();
  });
};
