// Tiles of another host, named in mission.toml: none is asked for before a coordinator ticks the box, each time anew.
import { byId, el, paneOf } from "../dom.js";

/** @type {(map: L.Map, options: OnlineOptions) => void} */
export const onlineTiles = (map, { url, credit }) => {
  paneOf(map, "online", 203);
  const box = /** @type {HTMLInputElement} */ (byId("online"));
  const sign = el("p", { class: "ground-credit", hidden: true }, credit);
  map.getContainer().append(sign);
  const layer = L.tileLayer(url, { pane: "online", attribution: "" });
  const choose = () => {
    sign.hidden = !box.checked;
    if (box.checked) layer.addTo(map);
    else layer.remove();
    map.getPane("towns")?.classList.toggle("is-away", box.checked); // the tiles name their towns themselves
  };
  box.addEventListener("change", choose);
};
