// What the desk has fetched of one version; nothing is stored beyond the page.
import { load } from "../data.js";

let options = {};
let version = "";
const kept = new Map();

export const open = (given) => {
  options = given;
  version = given.data;
};

export const renew = (to) => {
  version = `${to}/`;
  for (const key of [...kept.keys()]) if (!/(?:stations|area|cell|district|outlines)\.json$/.test(key)) kept.delete(key);
};

export const get = async (url) => {
  const answer = await fetch(url); // the server says no-store; without it here what the page asked for ahead is taken
  if (answer.status === 403) location.reload(); // the server was started anew: it will say where its key is
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
};

// One named resource of the version shown. Shapes and places depend on the registry alone and are kept.
export const resource = (name, choice = "") => {
  const key = `${name}.json${choice ? `?${choice}` : ""}`;
  if (!kept.has(key)) {
    const asked = get(version + key);
    kept.set(key, asked);
    asked.catch(() => kept.delete(key));
  }
  return kept.get(key);
};

// Ids, names and shapes of a unit, in one; the background asks for the areas' outlines by the same address, once.
const shapes = new Map();
const joined = async (unit) => {
  if (unit === "cell") return resource("cell");
  const [named, drawn] = await Promise.all([resource(unit), load(`${version}outlines${unit === "area" ? "" : `-${unit}`}.json`)]);
  return { ...named, shapes: drawn };
};
export const shapesOf = (unit) => {
  if (!shapes.has(unit)) {
    const asked = joined(unit);
    shapes.set(unit, asked);
    asked.catch(() => shapes.delete(unit));
  }
  return shapes.get(unit);
};

// One answer that is not worth keeping: what a window holds changes with every move.
export const ask = (name, query) => get(`${version}${name}.json?${query}`);

export const station = (id) => get(options.station + encodeURIComponent(id));
export const search = (text) => get(options.search + encodeURIComponent(text));
export const newest = () => get(options.version);
