// The map in a frame of somebody else's page: its caption, its buttons, and the way to the whole page.
import { caption } from "./caption.js";
import { load } from "./data.js";
import { byId } from "./dom.js";
import { follow } from "./state.js";
import { failed } from "./tip.js";
import { zoomButtons } from "./zoom.js";

export const framed = (map, options) => {
  load(options.values)
    .then((values) => {
      caption(values);
      zoomButtons(map, values.words);
      // The same choice as in the frame.
      follow(() => {
        for (const link of [byId("full"), byId("more")]) link.hash = location.hash;
      });
    })
    .catch(failed);
  return map;
};
