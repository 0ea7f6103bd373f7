// What the desk has fetched of one version; nothing is stored beyond the page.
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
  const answer = await fetch(url, { cache: "no-store" });
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

// One answer that is not worth keeping: what a window holds changes with every move.
export const ask = (name, query) => get(`${version}${name}.json?${query}`);

export const station = (id) => get(options.station + encodeURIComponent(id));
export const search = (text) => get(options.search + encodeURIComponent(text));
export const newest = () => get(options.version);
