"""How fast and how small are the station tiles? Beside PostGIS and mapbox-vector-tile, the same points."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import mapbox_vector_tile
import numpy as np
import pandas as pd

from geo.model.counts import Choice
from layers.desk import desk_tiles
from layers.desk.visit_times import day_of, index_of
from layers.tiles import vector_tile_encoder
from layers.tiles.pyramid import BITS, GRID_BITS, StationIndex, geometry_tile, packed, tile_of
from layers.tiles.tile_state import TileState
from tests.bench import inputs, postgis
from tests.bench.measure import Disagreement, Row, Setting, median, row, same, timed

LAST_ZOOM: Final = 12  # the national map; further in a tile only ever holds fewer
BINNED_ZOOM, POINTS_ZOOM = 4, 13
Address = tuple[int, int, int]


def rows(setting: Setting) -> Iterator[Row]:
    """Yield sizes and times of every tile of the map, and of single ones beside the peers'."""
    snapshot = inputs.snapshot(setting.stations, setting.state)
    stations = snapshot.registry.stations
    there = stations.is_on_map
    places = (np.where(there, stations.lon, np.nan), np.where(there, stations.lat, np.nan))
    yield row("index of all stations", median(lambda: StationIndex.build(*places), 1), "s")
    index, _ = index_of(snapshot.registry), day_of(snapshot)
    state, seconds = timed(lambda: desk_tiles.made_state(snapshot, Choice(severity="critical")))
    yield row("tiles of another filter, first time", 1e3 * seconds, "ms")
    state = desk_tiles.state_of(snapshot, Choice())
    check_sums(index, state, int(there.sum()))
    yield from _all_tiles(index, state)
    yield _encoder(index, setting.repeat)
    for name, peer in (
        (f"tile at z{BINNED_ZOOM}, 64 × 64 bins", _bins),
        (f"tile at z{POINTS_ZOOM}", _points),
    ):
        with setting.peer(f"PostGIS: {name}"), postgis.database() as connection:
            _fill(connection, index)
            yield peer(name, connection, index, state, setting.repeat)


def addresses(index: StationIndex, z: int) -> list[Address]:
    """Return every tile of a zoom that holds a station."""
    _, first = np.unique(index.code >> np.uint64(2 * (BITS - z)), return_index=True)
    x, y = index.x[first] >> np.uint32(BITS - z), index.y[first] >> np.uint32(BITS - z)
    return [(z, int(a), int(b)) for a, b in zip(x, y, strict=True)]


def busiest(index: StationIndex, z: int, most: int | None = None) -> Address:
    """Return the tile of a zoom with the most stations, if asked with at most so many."""
    sized = [(tile_of(index, *tile).core, tile) for tile in addresses(index, z)]
    sized = [(core, tile) for core, tile in sized if most is None or core.stop - core.start <= most]
    return max(sized, key=lambda one: one[0].stop - one[0].start)[1]


def check_sums(index: StationIndex, state: TileState, on_map: int) -> None:
    """Raise Disagreement unless the tiles of every zoom, without their edges, add up to all stations."""
    for z in range(LAST_ZOOM + 1):
        shown = 0
        for tile in addresses(index, z):
            one = tile_of(index, *tile)
            shown += (
                int(index.bin_stations[one.bins].sum()) if one.is_binned else one.core.stop - one.core.start
            )
        same(f"stations on the tiles of zoom {z}", shown, on_map)
    same("a tile's features", len(_features(geometry_tile(index, 0, 0, 0))), _count(state.payload(0, 0, 0)))


def _features(tile: bytes) -> list[Any]:
    return [
        f
        for name, layer in mapbox_vector_tile.decode(tile).items()
        if name != "edge"
        for f in layer["features"]
    ]


def _count(payload: bytes) -> int:
    return int.from_bytes(payload[12:16], "little")


def _all_tiles(index: StationIndex, state: TileState) -> Iterator[Row]:
    """Yield the largest tile gzipped and the times of making one, of every tile from zoom 0 to 12."""
    whole = 0.0
    for name, make in (("geometry", partial(geometry_tile, index)), ("state", state.payload)):
        sizes, times = [], []
        for z in range(LAST_ZOOM + 1):
            for tile in addresses(index, z):
                body, seconds = timed(lambda make=make, tile=tile: packed(make(*tile)))
                sizes.append(len(body) / 1e3)
                times.append(1e3 * seconds)
        whole += sum(times) / 1e3
        yield row(f"{name} tile gzipped, largest of z0–z{LAST_ZOOM}", max(sizes), "KB")
        yield row(f"{name} tile made and gzipped, p50", float(np.median(times)), "ms")
        yield row(f"{name} tile made and gzipped, p99", float(np.percentile(times, 99)), "ms")
    yield row(f"every tile z0–z{LAST_ZOOM}, geometry and state", whole, "s")


def _encoder(index: StationIndex, repeat: int) -> Row:
    """Compare encoders on one tile's points with a property each; no gzip on either side."""
    px, py = _pixels(index, *_fullest(index))
    kinds = np.arange(len(px)) % 8
    features = [
        {"geometry": f"POINT({a} {b})", "properties": {"state": k}}
        for a, b, k in zip(px.tolist(), py.tolist(), kinds.tolist(), strict=True)
    ]
    options = {"y_coord_down": True}
    ours = partial(vector_tile_encoder.encode_points, "stations", px, py, {"state": kinds})
    theirs = partial(
        mapbox_vector_tile.encode, {"name": "stations", "features": features}, default_options=options
    )
    same("points of one tile", mapbox_vector_tile.decode(ours()), mapbox_vector_tile.decode(theirs()))
    value = 1e3 * median(theirs, min(repeat, 3))
    return row(
        "encode one full tile's points", 1e3 * median(ours, 5 * repeat), "ms", "mapbox-vector-tile", value
    )


def _fullest(index: StationIndex) -> Address:
    """Return the tile that draws the most stations one by one, of any zoom."""
    found = [busiest(index, z, index.limit) for z in range(8, 15)]
    return max(found, key=lambda tile: _size(index, tile))


def _size(index: StationIndex, tile: Address) -> int:
    core = tile_of(index, *tile).core
    return core.stop - core.start


def _pixels(index: StationIndex, z: int, x: int, y: int) -> tuple[Any, Any]:
    run = tile_of(index, z, x, y).core
    shift, mask = np.uint32(BITS - z - 12), np.uint32(vector_tile_encoder.EXTENT - 1)
    return (index.x[run] >> shift & mask).astype(np.int64), (index.y[run] >> shift & mask).astype(np.int64)


# PostGIS gets the stations on the same grid of 2^26 steps as ours, so that both cut tiles and bins alike:
# its plane is that grid, y southwards, in SRID 3857 without being metres.
_TABLE: Final = {"id": "int", "x": "float8", "y": "float8", "state": "int", "severity": "int"}


def _fill(connection: Any, index: StationIndex) -> None:
    n = len(index.station)
    frame = pd.DataFrame({"id": np.arange(n), "x": index.x + 0.5, "y": index.y + 0.5})
    frame["state"], frame["severity"] = np.arange(n) % 7, np.arange(n) % 5
    postgis.copy(connection, "raw", _TABLE, frame)
    connection.execute(
        "CREATE UNLOGGED TABLE stations AS"
        " SELECT id, state, severity, ST_SetSRID(ST_MakePoint(x, y), 3857) AS shape FROM raw ORDER BY id"
    )
    connection.execute("CREATE INDEX ON stations USING gist (shape)")
    connection.execute("VACUUM ANALYZE stations")


def _bins(name: str, connection: Any, index: StationIndex, state: TileState, repeat: int) -> Row:
    """Compare one crowded tile, geometry and state, with PostGIS's grouping on the fly."""
    z, x, y = busiest(index, BINNED_ZOOM)
    side, edge = 1 << (BITS - z), 1 << (BITS - z - GRID_BITS)
    asked = f"""SELECT floor(ST_X(shape) / {edge})::bigint AS over,
        floor(ST_Y(shape) / {edge})::bigint AS line,
        count(*), sum((state = 3)::int), sum(severity)
        FROM stations WHERE shape && {_box(x * side, y * side, side)} GROUP BY 1, 2"""
    tile = tile_of(index, z, x, y)
    counts = index.bin_stations[tile.bins].tolist() if tile.is_binned else None
    found = connection.execute(asked).fetchall()
    # boxes in single precision may let a neighbour's stations in
    found = [one for one in found if (one[0] >> GRID_BITS, one[1] >> GRID_BITS) == (x, y)]
    if counts is not None:
        same("stations per bin", sorted(counts), sorted(int(one[2]) for one in found))
    same("stations of the tile", tile.core.stop - tile.core.start, sum(int(one[2]) for one in found))
    theirs = median(lambda: connection.execute(asked).fetchall(), min(repeat, 3))
    return row(name, 1e3 * _ours(index, state, (z, x, y), repeat), "ms", "PostGIS, grouped", 1e3 * theirs)


def _points(name: str, connection: Any, index: StationIndex, state: TileState, repeat: int) -> Row:
    """Compare the tile with the most single stations with PostGIS's ST_AsMVT of them."""
    z, x, y = busiest(index, POINTS_ZOOM, index.limit)
    side = 1 << (BITS - z)
    half = side / vector_tile_encoder.EXTENT / 2
    # Counted from the tile's corner: PostGIS keeps boxes in single precision, so that `&&` finds some of the
    # neighbours too, far from the origin. It rounds to a tile's unit where we cut off: half a unit off is
    # the same. And its y is upside down. Turned over beforehand, as a table made for tiles would be.
    shape = f"ST_SetSRID(ST_MakePoint(ST_X(shape) - {x * side}, {y * side} - ST_Y(shape)), 3857)"
    connection.execute(
        f"CREATE UNLOGGED TABLE turned AS SELECT id, state, severity, {shape} AS shape FROM stations"
    )
    connection.execute("CREATE INDEX ON turned USING gist (shape)")
    connection.execute("VACUUM ANALYZE turned")
    bounds = f"ST_MakeEnvelope({half}, {-half - side}, {half + side}, {-half}, 3857)"
    extent = vector_tile_encoder.EXTENT
    query = f"""SELECT ST_AsMVT(t, 'stations', {extent}, 'at', 'id') FROM (
        SELECT id, state, severity, ST_AsMVTGeom(shape, {bounds}, {extent}, 0, false) AS at
        FROM turned WHERE shape && ST_MakeEnvelope(0, {-side}, {side}, 0, 3857)) t"""
    tile = bytes(connection.execute(query).fetchone()[0])
    same(
        "points of the tile",
        sorted(zip(*(p.tolist() for p in _pixels(index, z, x, y)), strict=True)),
        _at(tile),
    )
    theirs = median(lambda: connection.execute(query).fetchone(), repeat)
    return row(name, 1e3 * _ours(index, state, (z, x, y), repeat), "ms", "PostGIS ST_AsMVT", 1e3 * theirs)


def _at(tile: bytes) -> list[tuple[int, int]]:
    layer = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})["stations"]
    found: list[tuple[int, int]] = []
    for feature in layer["features"]:
        where = feature["geometry"]["coordinates"]
        if not isinstance(where[0], int):
            raise Disagreement("a point became several")
        found.append((where[0], where[1]))
    return sorted(found)


def _box(x: int, y: int, side: int) -> str:
    return f"ST_MakeEnvelope({x}, {y}, {x + side}, {y + side}, 3857)"


def _ours(index: StationIndex, state: TileState, tile: Address, repeat: int) -> float:
    """Return the seconds for a tile's geometry and its state, nothing kept; no gzip on either side."""
    both: Callable[[], object] = lambda: (geometry_tile(index, *tile), state.payload(*tile))  # noqa: E731
    return median(both, 5 * repeat)
