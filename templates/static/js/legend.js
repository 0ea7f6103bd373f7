// What is on screen and what it means; only appearances that occur.
import { load } from "./data.js";
import { allNamed } from "./counts.js";
import { byId, el } from "./dom.js";
import { fillsOf } from "./choices.js";
import { perMark } from "./marks.js";
import { follow } from "./state.js";
import { swatch } from "./swatches.js";
import { failed } from "./tip.js";
import { plural } from "./words.js";

export const legend = (map, options) => {
  load(options.values)
    .then((values) => {
      const per = perMark(Math.max(1, ...values.areas.map(allNamed)));
      follow((now) => {
        const shown = values.layers.filter((one) => (one.kind === "fill" || one.kind === "cells" ? one.name === now.view : one.kind !== "marks" && (now.layers[one.name] ?? one.on)));
        const occurs = (one, key) => !one.byChoice || (fillsOf(values, now)?.includes(key.swatch) ?? false);
        const lines = shown.flatMap((one) => one.legend.filter((key) => occurs(one, key))).map((key) => el("li", null, swatch(key.swatch), key.label));
        const marks = values.layers.find((one) => one.kind === "marks");
        if (marks && (now.layers[marks.name] ?? (marks.on && now.view === "findings"))) {
          lines.push(el("li", { class: "legend-note" }, `${plural(values.words.marks, per)} · ${values.words.markPlace}`));
        }
        byId("legend").replaceChildren(...lines);
      });
    })
    .catch(failed);
  return map;
};
