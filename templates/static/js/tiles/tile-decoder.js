// What a station tile holds: geometry (vector tile) and state (BQS2, see layers/tiles/tile_state.py), feature by feature.
import { PbfReader } from "../../vendor/pbf/index.js";
import { VectorTile } from "../../vendor/vector-tile/index.js";

export const EXTENT = 4096;
export const GRID = 64; // bins along a tile's edge
const HEAD = 24;

// {binned, core, edge, x, y, n}: core features first, then the neighbours' that reach in; x, y in 1/4096 of a tile.
/** @type {(buffer: ArrayBuffer) => TileGeometry} */
export const readGeometry = (buffer) => {
  const { layers } = buffer.byteLength ? new VectorTile(new PbfReader(new Uint8Array(buffer))) : { layers: {} };
  const binned = Boolean(layers.bins);
  const parts = [layers.bins ?? layers.stations, layers.edge];
  const [core, edge] = parts.map((layer) => layer?.length ?? 0);
  const tile = {
    binned,
    core,
    edge,
    x: new Int16Array(core + edge),
    y: new Int16Array(core + edge),
    n: new Uint32Array(core + edge).fill(1),
    groups: [],
  };
  let at = 0;
  for (const layer of parts) {
    for (let i = 0; i < (layer?.length ?? 0); i += 1, at += 1) {
      const feature = layer.feature(i);
      const [[point]] = feature.loadGeometry();
      tile.x[at] = point.x;
      tile.y[at] = point.y;
      if (binned && layer === parts[0]) tile.n[at] = Number(feature.properties.n);
    }
  }
  return tile;
};

// null for an empty answer; throws on bytes that are no state.
/** @type {(buffer: ArrayBuffer) => TileState | null} */
export const readState = (buffer) => {
  if (buffer.byteLength === 0) return null;
  const view = new DataView(buffer);
  if (buffer.byteLength < HEAD || view.getUint32(0) !== 0x42515332) throw new Error("not a station state");
  const [kind, hours, shift, width] = [4, 5, 6, 7].map((at) => view.getUint8(at));
  const [sequence, core, edge, groups] = [8, 12, 16, 20].map((at) => view.getUint32(at, true));
  const stations = edge + (kind === 1 ? core : 0);
  const packed = new Uint8Array(buffer, HEAD, stations);
  const from = new Uint32Array(stations + 1); // where each station's hours begin among all
  for (let i = 0; i < stations; i += 1) from[i + 1] = from[i] + view.getUint8(HEAD + stations + i);
  let at = HEAD + 2 * stations;
  const byHour = {
    from,
    hour: new Uint8Array(buffer, at, from[stations]),
    word: new Uint8Array(buffer, at + from[stations], from[stations]),
  };
  at += 2 * from[stations];
  at += (4 - (at % 4)) % 4;
  const state = { binned: kind === 2, hours, shift, sequence, core, edge, groups, packed, byHour, bins: null };
  if (kind !== 2) return state;
  /** @type {(length: number, bytes: number) => Uint32Array} */
  const column = (length, bytes) => {
    const numbers = numbersAt(view, at, length, bytes);
    at += length * bytes;
    return numbers;
  };
  const [observed, visits, exposure, findings] = Array.from({ length: 4 }, () => column(core, 4));
  const hourly = { exposure: column(groups * hours, width), findings: column(groups * hours, width) };
  return { ...state, bins: { observed, visits, exposure, findings, hourly } };
};

/** @type {(view: DataView, at: number, length: number, bytes: number) => Uint32Array} */
const numbersAt = (view, at, length, bytes) => {
  const numbers = new Uint32Array(length);
  for (let i = 0; i < length; i += 1) {
    const place = at + i * bytes;
    numbers[i] = bytes === 4 ? view.getUint32(place, true) : bytes === 2 ? view.getUint16(place, true) : view.getUint8(place);
  }
  return numbers;
};

// A state belongs to a geometry when both list as many features of the same kind.
/** @type {(geometry: TileGeometry, state: TileState | null) => boolean} */
export const fits = (geometry, state) =>
  state
    ? state.binned === geometry.binned && state.core === geometry.core && state.edge === geometry.edge
    : geometry.core + geometry.edge === 0;

// The squares of 2^shift bins that hold any: typed arrays, worked out once per tile and shift.
/** @type {(geometry: TileGeometry, shift: number) => BinGroups} */
const groupsOf = (geometry, shift) => {
  if (geometry.groups[shift]) return geometry.groups[shift];
  const bin = EXTENT / GRID;
  const [column, row, first, count, stations] = Array.from({ length: 5 }, () => new Uint32Array(geometry.core));
  const group = { length: 0, of: new Uint16Array(geometry.core), column, row, first, count, stations };
  for (let i = 0; i < geometry.core; i += 1) {
    const [x, y] = [Math.floor(geometry.x[i] / bin) >> shift, Math.floor(geometry.y[i] / bin) >> shift];
    let at = group.length - 1; // bins come in Morton order: those of one square follow one another
    if (at < 0 || column[at] !== x || row[at] !== y) {
      at = group.length;
      group.length += 1;
      [column[at], row[at], first[at]] = [x, y, i];
    }
    group.of[i] = at;
    count[at] += 1;
    stations[at] += geometry.n[i];
  }
  geometry.groups[shift] = group;
  return group;
};

// What bins show: {size in bins, group, exposure, findings}, the last two per square. With hours, the squares the hours
// are told by, summed over from … to; without, every bin by its totals. Without a state both are undefined.
/** @type {(geometry: TileGeometry, state: TileState | null, hours: [number, number] | null) => Squares} */
export const squares = (geometry, state, hours) => {
  const shift = hours && state ? state.shift : 0;
  const group = groupsOf(geometry, shift);
  const bins = state?.bins;
  if (!state || !bins || !hours) return { size: 1 << shift, group, exposure: bins?.exposure, findings: bins?.findings };
  const { hourly } = bins;
  const exposure = new Uint32Array(group.length);
  const findings = new Uint32Array(group.length);
  for (let hour = hours[0]; hour <= Math.min(hours[1], state.hours - 1); hour += 1) {
    for (let at = 0, from = hour * state.groups; at < group.length; at += 1) {
      exposure[at] += hourly.exposure[from + at];
      findings[at] += hourly.findings[from + at];
    }
  }
  return { size: 1 << shift, group, exposure, findings };
};
