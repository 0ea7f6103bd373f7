// What the page fetched, each address once.
// Outlines travel as steps in 10^-packed degrees, half as many bytes: here they become GeoJSON again.
const positions = (value, scale) => {
  if (typeof value[0] !== "number") return value.map((one) => positions(one, scale));
  const found = [];
  let x = 0;
  let y = 0;
  for (let i = 0; i < value.length; i += 2) {
    x += value[i];
    y += value[i + 1];
    found.push([x / scale, y / scale]);
  }
  return found;
};

export const unpacked = (shapes) => {
  if (!shapes?.packed) return shapes;
  const scale = 10 ** shapes.packed;
  for (const one of [...shapes.features.map((feature) => feature.geometry), shapes.outline]) {
    if (one && one.type !== "Point") one.coordinates = positions(one.coordinates, scale);
  }
  return { ...shapes, packed: 0 };
};

const pending = new Map();

export const load = (url) => {
  if (!pending.has(url)) {
    const asked = fetch(url).then((answer) => {
      if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
      return answer.json().then(unpacked);
    });
    pending.set(url, asked);
    asked.catch(() => pending.delete(url)); // another attempt asks again
  }
  return pending.get(url);
};
