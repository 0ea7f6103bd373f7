"""Stations on the map at any scale: real points where few, bins with counts where many.

Stations stand in Morton order, so a tile of any zoom is one run of them. A tile with more than `limit`
stations is drawn as at most 64 × 64 bins. A station that has no coordinates is in no tile.
Geometry depends on the registry alone; what was reported travels apart, see `layers.tiles.tile_state`.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from geo.model.columns import FloatArray, IndexArray
from geo.model.errors import NotFound
from layers.tiles import vector_tile_encoder

MortonArray = npt.NDArray[np.uint64]

LIMIT: Final = 4_000
"""Most stations a tile draws one by one: about 30 KB of gzipped points."""
BITS: Final = 26
"""Bits of x and of y in a code: one step is one unit of a tile at zoom 14, 0.6 m at the equator."""
MAX_ZOOM: Final = 14
"""The last zoom with tiles of its own; the browser enlarges these further in."""
GRID_BITS: Final = 6
"""64 bins along a tile's edge: squares of 4 px."""
EDGE_BITS: Final = 4
"""The edge is 1/16 of a tile: 16 px, more than the radius of the largest symbol."""
_ZOOM_SHIFT: Final = 2 * (MAX_ZOOM + GRID_BITS) + 2  # above every bin code, so that keys sort by zoom first

STATIONS, BINS, EDGE = "stations", "bins", "edge"
"""Names of the layers in a tile. `edge` repeats stations of neighbouring tiles: count the others only."""


@dataclass(frozen=True, eq=False)
class StationIndex:
    """Where every station on the map stands in the Morton order; immutable, read-only arrays.

    M stations on the map of N in the registry; B bins over all zooms, only of tiles with more than
    `limit` stations. `station`: (M,) registry index of a position. `position`: (N,) position of a
    registry index, -1 not on the map. `code`: (M,) Morton codes, ascending. `x, y`: (M,) 0 … 2^26 - 1.
    `bin_key`: (B,) zoom and Morton code of a bin, ascending; `bin_first`, `bin_stations`: the run of
    positions in it; `bin_x, bin_y`: the mean place of its stations.
    """

    limit: int
    max_zoom: int
    station: IndexArray
    position: IndexArray
    code: MortonArray
    x: npt.NDArray[np.uint32]
    y: npt.NDArray[np.uint32]
    bin_key: MortonArray
    bin_first: IndexArray
    bin_stations: IndexArray
    bin_x: npt.NDArray[np.uint32]
    bin_y: npt.NDArray[np.uint32]

    @classmethod
    def build(
        cls, lon: FloatArray, lat: FloatArray, *, max_zoom: int = MAX_ZOOM, limit: int = LIMIT
    ) -> StationIndex:
        """Return the index of stations at lon, lat (N,) degrees EPSG:4326; NaN is not on the map.

        Latitudes beyond ±85.0511° are held at the map's edge, so that no station is lost.
        O(N log N), about 0.6 s for a million. Raises ValueError for anything that is not a coordinate.
        """
        if not 0 <= max_zoom <= MAX_ZOOM or limit < 1:
            raise ValueError(f"max_zoom must be 0 … {MAX_ZOOM} and limit positive, not {max_zoom}, {limit}")
        lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        placed = np.flatnonzero(~(np.isnan(lon) | np.isnan(lat)))
        if np.any(np.abs(lon[placed]) > 180) or np.any(np.abs(lat[placed]) > 90):
            raise ValueError("lon must be -180 … 180 and lat -90 … 90 degrees; NaN if the place is not known")
        world = vector_tile_encoder.web_mercator(lon[placed], lat[placed])
        steps = 1 << BITS
        x, y = (np.clip(np.floor(part * steps), 0, steps - 1).astype(np.uint32) for part in world)
        code = morton(x, y)
        order = np.argsort(code, kind="stable")
        code, x, y = code[order], x[order], y[order]
        station = placed[order].astype(np.int32)
        position = np.full(len(lon), -1, dtype=np.int32)
        position[station] = np.arange(len(station), dtype=np.int32)
        arrays = (station, position, code, x, y, *_bins(code, x, y, max_zoom, limit))
        for array in arrays:
            array.flags.writeable = False
        return cls(limit, max_zoom, *arrays)

    @cached_property
    def zoom_rows(self) -> tuple[slice, ...]:
        """Return which bins belong to every zoom."""
        keys = [_zoom_key(z) for z in range(self.max_zoom + 2)]
        starts = np.searchsorted(self.bin_key, np.array(keys, dtype=np.uint64)).tolist()
        return tuple(slice(a, b) for a, b in pairwise(starts))

    @cached_property
    def leaf(self) -> IndexArray:
        """Return the bin of every position at the last zoom that has one, (M,), -1 for none."""
        leaf = np.full(len(self.station), -1, dtype=np.int32)
        for rows in self.zoom_rows:
            sizes = self.bin_stations[rows]
            starts = np.repeat(self.bin_first[rows] - (np.cumsum(sizes) - sizes), sizes)
            row = np.repeat(np.arange(rows.start, rows.stop, dtype=np.int32), sizes)
            leaf[starts + np.arange(len(starts))] = row
        leaf.flags.writeable = False
        return leaf

    @cached_property
    def parent(self) -> IndexArray:
        """Return the bin around every bin at the zoom before, (B,), -1 at zoom 0.

        There always is one: what stands in a crowded tile stands in crowded tiles at every zoom before.
        """
        parent = np.full(len(self.bin_key), -1, dtype=np.int32)
        for z, rows in enumerate(self.zoom_rows[1:], 1):
            own = self.bin_key[rows] - _ZOOM_KEYS[z]
            above = _ZOOM_KEYS[z - 1] + (own >> np.uint64(2))
            parent[rows] = np.searchsorted(self.bin_key, above)
        parent.flags.writeable = False
        return parent


@dataclass(frozen=True, slots=True)
class Tile:
    """What one tile shows, as runs and positions of the index. Features in order: core, then edge.

    `is_binned`: the core is `bins` (rows of the index's bins) instead of `core` (positions).
    `edge`: (e,) positions of stations within 16 px in neighbours that draw single stations;
    `edge_x, edge_y`: where, in this tile's units.
    """

    is_binned: bool
    core: slice
    bins: slice
    edge: IndexArray
    edge_x: npt.NDArray[np.int64]
    edge_y: npt.NDArray[np.int64]


def geometry_tile(index: StationIndex, z: int, x: int, y: int) -> bytes:
    """Return the MVT tile z/x/y: layer `stations` or `bins`, and `edge`; `b""` if nothing is there.

    Never changes for one registry. Features carry no ids: a feature's ordinal is its place in the core
    layer, or that plus the core's length in `edge`. Bins have the property `n`, their stations.
    Raises NotFound for a tile that does not exist.
    """
    tile = tile_of(index, z, x, y)
    shift = np.uint32(BITS - z - 12)  # 4096 units are 12 bits
    mask = np.uint32(vector_tile_encoder.EXTENT - 1)
    if tile.is_binned:
        px, py = index.bin_x[tile.bins], index.bin_y[tile.bins]
        name, properties = BINS, {"n": index.bin_stations[tile.bins]}
    else:
        px, py = index.x[tile.core], index.y[tile.core]
        name, properties = STATIONS, {}
    core = vector_tile_encoder.encode_points(name, px >> shift & mask, py >> shift & mask, properties)
    return core + vector_tile_encoder.encode_points(EDGE, tile.edge_x, tile.edge_y)


def pick(index: StationIndex, z: int, x: int, y: int, ordinal: int) -> IndexArray:
    """Return the registry indices of the stations a feature stands for: one, or all of a bin.

    Raises NotFound if the tile or the ordinal does not exist.
    """
    tile = tile_of(index, z, x, y)
    run = tile.bins if tile.is_binned else tile.core
    size = run.stop - run.start
    if not 0 <= ordinal < size + len(tile.edge):
        raise NotFound(f"tile {z}/{x}/{y} has no feature {ordinal}")
    if ordinal >= size:
        return index.station[tile.edge[ordinal - size : ordinal - size + 1]]
    if not tile.is_binned:
        return index.station[run.start + ordinal : run.start + ordinal + 1]
    first = int(index.bin_first[run.start + ordinal])
    return index.station[first : first + int(index.bin_stations[run.start + ordinal])]


def tile_of(index: StationIndex, z: int, x: int, y: int) -> Tile:
    """Return which stations or bins tile z/x/y shows. Raises NotFound if there is no such tile."""
    if not (0 <= z <= index.max_zoom and 0 <= x < 1 << z and 0 <= y < 1 << z):
        raise NotFound(f"there is no tile {z}/{x}/{y}: zooms are 0 … {index.max_zoom}")
    code = int(_spread(x)) | int(_spread(y)) << 1
    core = _run(index.code, code << 2 * (BITS - z), (code + 1) << 2 * (BITS - z))
    is_binned = core.stop - core.start > index.limit
    bins = slice(0, 0)
    if is_binned:
        key = _zoom_key(z) + (code << 2 * GRID_BITS)
        bins = _run(index.bin_key, key, key + (1 << 2 * GRID_BITS))
    return Tile(is_binned, core, bins, *_edge(index, z, x, y))


def packed(data: bytes) -> bytes:
    """Return the bytes gzipped for the wire: level 1 (6 costs 2–7 ms for 7 %), no clock inside."""
    return gzip.compress(data, compresslevel=1, mtime=0)


def morton(x: npt.NDArray[np.uint32], y: npt.NDArray[np.uint32]) -> MortonArray:
    """Return the bits of x and y interleaved, x lowest: neighbours in the plane stay near in the order.

    >>> morton(np.array([3], dtype=np.uint32), np.array([1], dtype=np.uint32)).tolist()
    [7]
    """
    code: MortonArray = _spread(x) | _spread(y) << np.uint64(1)
    return code


_HALF_BITS: Final = BITS // 2
# Every number of 13 bits with a nought after each bit: two look-ups spread a coordinate of a code.
_SPREAD: Final[MortonArray] = np.bitwise_or.reduce(
    [
        (np.arange(1 << _HALF_BITS, dtype=np.uint64) >> np.uint64(bit) & np.uint64(1)) << np.uint64(2 * bit)
        for bit in range(_HALF_BITS)
    ]
)


def _spread(numbers: Any) -> Any:
    """Return integers below 2^26, an array or one, with a nought after each bit."""
    high = _SPREAD[numbers >> _HALF_BITS] << np.uint64(BITS)
    return high | _SPREAD[numbers & ((1 << _HALF_BITS) - 1)]


def _zoom_key(z: int) -> int:
    return z << _ZOOM_SHIFT


_ZOOM_KEYS: Final = np.array([_zoom_key(z) for z in range(MAX_ZOOM + 1)], dtype=np.uint64)
_BIN_SHIFTS: Final = np.array([2 * (BITS - z - GRID_BITS) for z in range(MAX_ZOOM + 1)], dtype=np.uint64)


def _bins(
    code: MortonArray, x: npt.NDArray[np.uint32], y: npt.NDArray[np.uint32], max_zoom: int, limit: int
) -> tuple[Any, ...]:
    """Return the bins of all tiles over the limit: key, first position, stations, mean x, mean y."""
    keys, firsts, sizes = [], [], []
    crowded = np.arange(len(code), dtype=np.int32)  # positions in tiles over the limit; fewer at every zoom
    for z in range(max_zoom + 1):
        starts, counts = _runs(code[crowded] >> np.uint64(2 * (BITS - z)))
        crowded = crowded[np.repeat(counts > limit, counts)]
        if len(crowded) == 0:
            break
        own = code[crowded] >> _BIN_SHIFTS[z]
        starts, counts = _runs(own)
        keys.append(own[starts] + _ZOOM_KEYS[z])
        firsts.append(crowded[starts])  # a bin's stations follow one another, crowded or not
        sizes.append(counts.astype(np.int32))
    key = np.concatenate(keys) if keys else np.empty(0, dtype=np.uint64)
    first = np.concatenate(firsts) if firsts else np.empty(0, dtype=np.int32)
    size = np.concatenate(sizes) if sizes else np.empty(0, dtype=np.int32)
    means = []
    for part in (x, y):
        sums = np.concatenate([[0], np.cumsum(part, dtype=np.uint64)])
        means.append(((sums[first + size] - sums[first]) // size.astype(np.uint64)).astype(np.uint32))
    return key, first, size, *means


def _runs(sorted_codes: MortonArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return where runs of equal codes start, and how long they are."""
    if len(sorted_codes) == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    starts = np.concatenate([[0], np.flatnonzero(sorted_codes[1:] != sorted_codes[:-1]) + 1])
    return starts, np.diff(starts, append=len(sorted_codes))


def _run(codes: MortonArray, first: int, last: int) -> slice:
    """Return which of the sorted codes lie in first … last - 1."""
    start, stop = np.searchsorted(codes, np.array([first, last], dtype=np.uint64)).tolist()
    return slice(start, stop)


def _edge(
    index: StationIndex, z: int, x: int, y: int
) -> tuple[IndexArray, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the stations just outside a tile: position, and x, y in its units.

    The ring around a tile is 68 squares of a 16 × 16 grid, so 68 runs and no search. Squares of binned
    neighbours are left out: there is no symbol that could be cut. Longitude wraps, latitude ends.
    """
    side = 1 << EDGE_BITS
    whole = 1 << (z + EDGE_BITS)
    columns, rows = _RING_X + (x << EDGE_BITS), _RING_Y + (y << EDGE_BITS)
    if y in (0, (1 << z) - 1):
        on_map = (rows >= 0) & (rows < whole)
        columns, rows = columns[on_map], rows[on_map]
    spread = _spread(np.concatenate([columns % whole, rows]))
    code = spread[: len(rows)] | spread[len(rows) :] << np.uint64(1)
    start, stop = _bounds(index.code, code, 2 * (BITS - z - EDGE_BITS))
    some = stop > start
    if not some.any():
        return _NO_EDGE
    code, start, stop, columns, rows = code[some], start[some], stop[some], columns[some], rows[some]
    first, last = _bounds(index.code, code >> np.uint64(2 * EDGE_BITS), 2 * (BITS - z))
    drawn = last - first <= index.limit
    start, size, columns, rows = start[drawn], (stop - start)[drawn], columns[drawn], rows[drawn]
    offset = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    positions = (np.repeat(start, size) + offset).astype(np.int32)
    unit = BITS - z - 12
    square = vector_tile_encoder.EXTENT // side
    within = square - 1
    px = (np.repeat(columns, size) - (x << EDGE_BITS)) * square + (index.x[positions] >> unit & within)
    py = (np.repeat(rows, size) - (y << EDGE_BITS)) * square + (index.y[positions] >> unit & within)
    return positions, px.astype(np.int64), py.astype(np.int64)


def _bounds(codes: MortonArray, prefix: MortonArray, bits: int) -> tuple[Any, Any]:
    """Return for every code prefix where its run starts and stops."""
    shift = np.uint64(bits)
    both = np.concatenate([prefix << shift, (prefix + np.uint64(1)) << shift])
    places = np.searchsorted(codes, both)
    return places[: len(prefix)], places[len(prefix) :]


def _ring() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    side = 1 << EDGE_BITS
    row, column = np.mgrid[-1 : side + 1, -1 : side + 1]
    outside = (row < 0) | (row == side) | (column < 0) | (column == side)
    return column[outside], row[outside]


_RING_X, _RING_Y = _ring()
_NO_EDGE: Final = (
    np.empty(0, dtype=np.int32),
    np.empty(0, dtype=np.int64),
    np.empty(0, dtype=np.int64),
)
