// Ask now and then whether the data changed; a conditional request costs a few bytes.
import { toast } from "./tip.js";

const EVERY_MS = 30000;

export const watch = (url, values) => {
  const ask = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(url, { cache: "no-cache" });
      if (!answer.ok) return;
      const found = await answer.json();
      if (found.version !== values.version) {
        toast(values.words.updated, true);
        location.reload();
      }
    } catch {
      // offline: the map that is there stays
    }
  };
  setInterval(ask, EVERY_MS);
};
