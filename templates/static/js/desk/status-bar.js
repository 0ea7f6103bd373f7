// How it stands with the figures: a thin bar while they are slow, a line that says what is wrong and what to do.
import { byId, el } from "../dom.js";
import { filled } from "../language.js";
import { toast } from "../tooltip.js";
import { model, screen } from "./desk-model.js";
import { change } from "./desk-state.js";

let since = ""; // when the server was asked in vain first
let isLost = false; // whether the watch for new reports hears nothing

/** @type {() => string} */
const clockNow = () => new Date().toTimeString().slice(0, 5);

/** @type {(refused: DeskState) => void} */
const again = ({ stage, severity, category, verified, unit, open }) =>
  change({ stage, severity, category, verified, unit, ...(open && { open }) });

const paint = () => {
  const { status, isSlow, refused } = screen.screen;
  const words = model.start.words;
  const root = document.documentElement;
  const isWaiting = status === "loading" || (status === "offline" && screen.screen.wanted !== screen.screen.shown);
  root.dataset.figures = status;
  root.toggleAttribute("data-pending", isWaiting);
  byId("waiting").hidden = !isSlow;
  const box = byId("standing");
  const isOffline = status === "offline" || isLost;
  box.hidden = !isOffline && !refused;
  if (isOffline) box.replaceChildren(filled(words.noConnection, { time: since || clockNow(), figures: model.start.asOf }));
  else if (refused)
    box.replaceChildren(
      `${words.refused} `,
      el("button", { type: "button", class: "small-button", onclick: () => again(refused) }, words.retry),
    );
};

// The watch asked in vain, for the n-th time: once may be chance.
/** @type {(inVain: number) => void} */
export const lost = (inVain) => {
  if (inVain === 1) since = clockNow();
  isLost = inVain > 1;
  paint();
};

export const regained = () => {
  isLost = false;
  since = "";
  paint();
  toast(model.start.words.connected);
};

export const statusBar = () => screen.follow(paint);
