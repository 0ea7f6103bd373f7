// Ask now and then whether there is a newer release; a conditional request costs a few bytes.
import { stale } from "./press-state.js";

const EVERY_MS = 30000;

/** @type {(url: Address<Version>, values: PressValues) => void} */
export const watch = (url, values) => {
  const ask = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(url, { cache: "no-cache" });
      if (!answer.ok) return;
      const { version } = await answer.json();
      if (version !== values.version) stale(); // said, not done: a page that reloads by itself loses a reader's place
    } catch {
      // offline: the map that is there stays
    }
  };
  setInterval(ask, EVERY_MS);
};
