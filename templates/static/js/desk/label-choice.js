// Which units get a name and a figure on the map, for as long as these and not the stations speak.
import { paneOf } from "../dom.js";
import { unitLabel } from "../unit-label.js";
import { model, onPaint } from "./desk-model.js";
import { follow } from "./desk-state.js";
import { ranked } from "./side-lists.js";
import { isNear } from "./unit-layer.js";
import { rank, valueText } from "./unit-appearance.js";

const NAME_ROOM = 13; // px around its anchor that an area needs for its name and figure
const FIGURE_ROOM = 6; // and for its figure alone
const FIRST = 5; // so many get both whatever their size: a gap in a city is the one that is looked for
const WIDE = 600; // px; on a phone a name is wider than the area it names
const MOST = 60; // more would not find a place

/** @typedef {{ index: number, at: L.LatLngTuple, isNamed: boolean }} Labelled */

// Those that rank first in the view come first: of texts that would lie on each other the later steps aside.
/** @type {(map: L.Map) => Labelled[]} */
const labelled = (map) => {
  const pixels = (256 * 2 ** map.getZoom()) / 360; // of a degree of longitude
  const seen = map.getBounds();
  const features = model.shapes.shapes?.features ?? []; // cells have no outline of their own, and no anchor
  if (!features.length) return [];
  const first = map.getSize().x < WIDE ? 0 : FIRST;
  const found = ranked().flatMap((index, place) => {
    const { anchor, room } = features[index]?.properties ?? { anchor: null, room: 0 };
    const isNamed = (place < first && rank(index) > 0) || room * pixels >= NAME_ROOM;
    if (!anchor || !(isNamed || room * pixels >= FIGURE_ROOM)) return [];
    /** @type {L.LatLngTuple} */
    const at = [anchor[1], anchor[0]];
    return seen.contains(at) ? [{ index, at, isNamed }] : [];
  });
  return found.slice(0, MOST);
};

/** @type {(map: L.Map) => void} */
export const labelChoice = (map) => {
  paneOf(map, "labels", 595);
  /** @type {L.Marker[]} */
  let shown = [];
  let says = "";
  const draw = () => {
    if (!model.figures || !model.tally) return; // a range of hours may still be on its way
    const units = isNear(map.getZoom()) ? [] : labelled(map);
    const words = [model.unit, ...units.map(({ index, isNamed }) => `${index} ${isNamed} ${valueText(index)}`)].join("|");
    if (words === says) return;
    says = words;
    for (const marker of shown) marker.remove();
    shown = units.flatMap(({ index, at, isNamed }) => unitLabel(at, isNamed ? model.shapes.name[index] : "", valueText(index)));
    for (const marker of shown) marker.addTo(map);
    map.fire("names"); // what lies on another steps aside
  };
  map.on("zoomend moveend resize", draw);
  follow(draw);
  onPaint(draw);
};
