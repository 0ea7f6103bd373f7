// The card at the pointer, and the one message the map can show.
import { byId, el } from "./dom.js";

/** @type {(event: MouseEvent, lines: string[]) => void} */
export const showTip = (event, lines) => {
  const tip = byId("tip");
  tip.replaceChildren(el("b", null, lines[0]), ...lines.slice(1).map((line) => el("span", null, line)));
  tip.hidden = false;
  const stage = byId("stage").getBoundingClientRect();
  const width = tip.offsetWidth;
  const height = tip.offsetHeight;
  const x = event.clientX - stage.left + 16;
  const y = event.clientY - stage.top + 16;
  tip.style.left = `${x + width > stage.width - 8 ? x - width - 32 : x}px`;
  tip.style.top = `${y + height > stage.height - 8 ? y - height - 32 : y}px`;
};

export const hideTip = () => {
  byId("tip").hidden = true;
};

const SAID_MS = 1800;
let leaving = 0;

/** @type {(text: string, stays?: boolean) => void} */
export const toast = (text, stays = false) => {
  const box = byId("toast");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(leaving);
  if (!stays) leaving = setTimeout(() => (box.hidden = true), SAID_MS);
};

export const failed = () => toast(byId("stage").dataset.failed ?? "", true);
