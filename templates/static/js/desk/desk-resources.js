// What the desk has fetched of one version; nothing is stored beyond the page.
import { Refused } from "../figure-state.js";
import { load } from "../json-cache.js";

/** @type {Pick<DeskOptions, "station" | "search" | "version">} */
let options = { station: "", search: "", version: "" };
let version = "";
/** @type {Map<string, Promise<unknown>>} */
const cache = new Map();

/** @type {(pageOptions: DeskOptions) => void} */
export const open = (pageOptions) => {
  options = pageOptions;
  version = pageOptions.data;
};

/** @type {(to: string) => void} */
export const renew = (to) => {
  version = `${to}/`;
  for (const key of [...cache.keys()]) if (!/(?:stations|area|cell|district|outlines)\.json$/.test(key)) cache.delete(key);
};

// Who acts may not have what was asked for; asking again changes nothing.
export class NotAllowed extends Refused {}

// After a 403: is it the desk that is closed (its server was started anew, the session ended)? Then the page is loaded again
// and says so. Otherwise the role does not reach so far, and only what was asked for is not to be had.
/** @type {(what: string) => Promise<never>} */
export const closed = async (what) => {
  const desk = await fetch(options.version, { cache: "no-store" });
  if (desk.status === 403) location.reload();
  throw new NotAllowed(what);
};

/**
 * @template T
 * @param {Address<T>} url
 * @returns {Promise<T>}
 */
export const get = async (url) => {
  const answer = await fetch(url); // the server says no-store; without it here what the page asked for ahead is taken
  if (answer.status === 403) return closed(url);
  if (answer.ok) return answer.json();
  // a server that is busy or restarting will answer later; anything else it means
  if (answer.status >= 502 && answer.status <= 504) throw new Error(`${url}: ${answer.status}`);
  throw new Refused(`${url}: ${answer.status}`);
};

// One named resource of the version shown. Shapes and places depend on the registry alone and are kept.
/**
 * @template {keyof DeskResources} K
 * @param {K} name
 * @param {string} [choice]
 * @returns {Promise<DeskResources[K]>}
 */
export const resource = (name, choice = "") => {
  const key = `${name}.json${choice ? `?${choice}` : ""}`;
  const known = cache.get(key);
  if (known) return /** @type {Promise<DeskResources[K]>} */ (known);
  /** @type {Promise<DeskResources[K]>} */
  const request = get(version + key);
  cache.set(key, request);
  request.catch(() => cache.delete(key));
  return request;
};

// Ids, names and shapes of a unit, in one; the background asks for the areas' outlines by the same address, once.
/** @type {Map<Unit, Promise<UnitShapes>>} */
const shapes = new Map();
/** @type {(unit: Unit) => Promise<UnitShapes>} */
const joined = async (unit) => {
  if (unit === "cell") {
    const { id, name, rings = [] } = await resource("cell");
    return { id, name, rings };
  }
  /** @type {Address<AreaShapes>} */
  const outlines = `${version}outlines${unit === "area" ? "" : `-${unit}`}.json`;
  const [{ id, name }, drawn] = await Promise.all([resource(unit), load(outlines)]);
  return { id, name, shapes: drawn };
};
/** @type {(unit: Unit) => Promise<UnitShapes>} */
export const shapesOf = (unit) => {
  const known = shapes.get(unit);
  if (known) return known;
  const request = joined(unit);
  shapes.set(unit, request);
  request.catch(() => shapes.delete(unit));
  return request;
};

// One answer that is not worth keeping: what a window holds changes with every move.
/** @type {(name: "inside", query: string) => Promise<StationList>} */
export const ask = (name, query) => get(`${version}${name}.json?${query}`);

/** @type {(id: string) => Promise<StationHistory>} */
export const station = (id) => get(options.station + encodeURIComponent(id));
/** @type {(text: string) => Promise<SearchResults>} */
export const search = (text) => get(options.search + encodeURIComponent(text));
/** @type {() => Promise<Version>} */
export const newest = () => get(options.version);
