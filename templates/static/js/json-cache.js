// What the page fetched, each address once.
// Outlines travel as steps, `packed` of them to a degree, half as many bytes: here they become GeoJSON again.
/** @typedef {number[] | Steps[]} Steps */

/**
 * @param {Steps} value
 * @returns {value is number[]}
 */
const isLine = (value) => typeof value[0] === "number";

/** @type {(value: Steps, scale: number) => unknown[]} */
const positions = (value, scale) => {
  if (!isLine(value)) return value.map((part) => positions(part, scale));
  const line = [];
  let x = 0;
  let y = 0;
  for (let i = 0; i < value.length; i += 2) {
    x += value[i];
    y += value[i + 1];
    line.push([x / scale, y / scale]);
  }
  return line;
};

/** @typedef {{ packed?: number, features: { geometry: Exclude<GeoJSON.Geometry, GeoJSON.GeometryCollection> | null }[] }} Packable */

/**
 * @template {Packable & { outline?: AreaGeometry | null }} T
 * @param {T} shapes
 * @returns {T}
 */
export const unpacked = (shapes) => {
  if (!shapes.packed) return shapes;
  const scale = shapes.packed;
  for (const geometry of [...shapes.features.map((feature) => feature.geometry), shapes.outline]) {
    if (!geometry || geometry.type === "Point") continue;
    Object.assign(geometry, { coordinates: positions(/** @type {Steps} */ (/** @type {unknown} */ (geometry.coordinates)), scale) });
  }
  return { ...shapes, packed: 0 };
};

/** @type {Map<string, Promise<unknown>>} */
const pending = new Map();

/**
 * @template T
 * @param {Address<T>} url
 * @returns {Promise<T>}
 */
export const load = (url) => {
  const known = pending.get(url);
  if (known) return /** @type {Promise<T>} */ (known);
  const request = fetch(url).then(async (answer) => {
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    const value = await answer.json();
    return value?.packed ? unpacked(value) : value;
  });
  pending.set(url, request);
  request.catch(() => pending.delete(url)); // another attempt asks again
  return request;
};
