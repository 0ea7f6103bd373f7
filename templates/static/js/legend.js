// What is on screen and what it means; only appearances that occur.
import { load } from "./data.js";
import { allNamed } from "./counts.js";
import { byId, el } from "./dom.js";
import { fillsOf } from "./choices.js";
import { perMark } from "./marks.js";
import { follow, state } from "./state.js";
import { swatch } from "./swatches.js";
import { failed } from "./tip.js";
import { STATIONS_FROM } from "./view.js";
import { plural } from "./words.js";

export const legend = (map, options) => {
  load(options.values)
    .then((values) => {
      const per = perMark(Math.max(1, ...values.areas.map(allNamed)));
      const draw = (now) => {
        const shown = values.layers.filter((one) => (one.kind === "fill" || one.kind === "cells" ? one.name === now.view : one.kind !== "marks" && (now.layers[one.name] ?? one.on)));
        const isFar = map.getZoom() < STATIONS_FROM;
        const points = shown.find((one) => one.kind === "points");
        const occurs = (one, key) => !one.byChoice || (fillsOf(values, now)?.includes(key.swatch) ?? false);
        const lines = shown.filter((one) => one !== points || !isFar).flatMap((one) => one.legend.filter((key) => occurs(one, key))).map((key) => el("li", null, swatch(key.swatch), key.label));
        const marks = values.layers.find((one) => one.kind === "marks");
        if (marks && (now.layers[marks.name] ?? (marks.on && now.view === "findings"))) {
          lines.push(el("li", { class: "legend-note" }, `${plural(values.words.marks, per)} · ${values.words.markPlace}`));
        }
        if (points && isFar) lines.push(el("li", { class: "legend-note" }, values.words.zoomForStations));
        byId("legend").replaceChildren(...lines);
      };
      follow(draw);
      let wasFar = null;
      map.on("zoomend", () => {
        const isFar = map.getZoom() < STATIONS_FROM;
        if (isFar !== wasFar) draw(state);
        wasFar = isFar;
      });
    })
    .catch(failed);
  return map;
};
