"""How fast and how small are the station tiles, beside mapbox-vector-tile?

`python -m tests.bench.bench_tiles` prints the rows as JSON.
"""

from __future__ import annotations

import json
import time
from typing import Any

import mapbox_vector_tile
import numpy as np

from layers import mvt
from layers.pyramid import BITS, MAX_ZOOM, StationIndex, geometry_tile, packed, tile_of
from layers.tile_state import Change, State, StationNow, TileState, VisitValues, state_tile, station_values

STATIONS = 1_050_000  # a country of India's size
VISITS = 2_100_000
SETTLEMENTS = 3_000
SAMPLED = 300  # tiles


def rows() -> list[dict[str, Any]]:
    """Return {name, ours, peer, peer_value, unit, ratio} for every figure; about a minute."""
    lon, lat = _places()
    index, build_s = _timed(lambda: StationIndex.build(lon, lat))
    visits = _visits()
    values = station_values(STATIONS, visits, is_planned=np.zeros(STATIONS, dtype=np.bool_))
    state, state_s = _timed(lambda: TileState.build(index, values, visits))
    return [
        _row("index of 1.05M stations", build_s, "s"),
        _row("state of 2.1M visits", state_s, "s"),
        *_tiles(index, state),
        _encoder(index),
        _row("one live report, p50", _update(state), "µs"),
    ]


def _row(name: str, ours: float, unit: str, peer: str = "", value: float | None = None) -> dict[str, Any]:
    ratio = None if value is None else round(value / ours, 1)
    shown = None if value is None else round(value, 2)
    return {
        "name": name,
        "ours": round(ours, 3),
        "peer": peer,
        "peer_value": shown,
        "unit": unit,
        "ratio": ratio,
    }


def _timed(call: Any) -> tuple[Any, float]:
    start = time.perf_counter()
    made = call()
    return made, time.perf_counter() - start


def _best_ms(call: Any, repeat: int = 5) -> float:
    """Return the best of some runs: the machine is shared, and noise only ever adds."""
    return min(_timed(call)[1] for _ in range(repeat)) * 1000


def _places(seed: int = 1) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return clustered stations: settlement sizes by a power law."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform([68, 8], [96, 34], (SETTLEMENTS, 2))
    weights = rng.pareto(1.1, SETTLEMENTS) + 1
    chosen = rng.choice(SETTLEMENTS, STATIONS, p=weights / weights.sum())
    places = centres[chosen] + rng.normal(0, 0.15, (STATIONS, 2))
    return places[:, 0], places[:, 1]


def _visits(seed: int = 2) -> VisitValues:
    rng = np.random.default_rng(seed)
    outcome = (rng.random(VISITS) < 0.05).astype(np.int8)
    found = (rng.random(VISITS) < 0.1) & (outcome == 0)
    return VisitValues(
        rng.integers(0, STATIONS, VISITS).astype(np.int32),
        rng.integers(6, 22, VISITS).astype(np.uint8),
        outcome,
        outcome == 0,
        np.where(found, rng.integers(1, 5, VISITS), 0).astype(np.uint8),
        found,
    )


def _sample(index: StationIndex) -> list[tuple[int, int, int]]:
    """Return the busiest tile of every zoom, then tiles around stations drawn at random."""
    found = []
    for z in range(MAX_ZOOM + 1):
        _, starts, counts = np.unique(
            index.code >> np.uint64(2 * (BITS - z)), return_index=True, return_counts=True
        )
        first = int(starts[counts.argmax()])
        found.append((z, int(index.x[first]) >> (BITS - z), int(index.y[first]) >> (BITS - z)))
    rng = np.random.default_rng(3)
    for position, z in zip(rng.integers(0, STATIONS, SAMPLED), rng.integers(0, 15, SAMPLED), strict=True):
        found.append(
            (int(z), int(index.x[position]) >> int(BITS - z), int(index.y[position]) >> int(BITS - z))
        )
    return found


def _tiles(index: StationIndex, state: TileState) -> list[dict[str, Any]]:
    out = []
    for name, make in (
        ("geometry", lambda t: geometry_tile(index, *t)),
        ("state", lambda t: state_tile(state, *t)),
    ):
        busiest: list[float] = []
        sizes, times = [], []
        for number, tile in enumerate(_sample(index)):
            ms = _best_ms(lambda make=make, tile=tile: packed(make(tile)), 3)
            times.append(ms)
            sizes.append(len(packed(make(tile))) / 1000)
            if number <= MAX_ZOOM:
                busiest.append(ms)
        out += [
            _row(f"{name} tile with gzip, p50", float(np.median(times)), "ms"),
            _row(f"{name} tile with gzip, slowest of each zoom's busiest", max(busiest), "ms"),
            _row(f"{name} tile gzipped, largest", max(sizes), "KB"),
        ]
    return out


def _encoder(index: StationIndex) -> dict[str, Any]:
    """Compare the encoders on one tile's points with an id and a property each, no gzip on either side."""
    tiles = [tile for tile in _sample(index) if not tile_of(index, *tile).is_binned]
    z, x, y = max(tiles, key=lambda tile: tile_of(index, *tile).core.stop - tile_of(index, *tile).core.start)
    run = tile_of(index, z, x, y).core
    px = (index.x[run] >> np.uint32(BITS - z - 12) & np.uint32(4095)).astype(np.int64)
    py = (index.y[run] >> np.uint32(BITS - z - 12) & np.uint32(4095)).astype(np.int64)
    ids, kinds = np.arange(len(px)), np.arange(len(px)) % 8
    features = [
        {"geometry": f"POINT({a} {b})", "properties": {"state": k}, "id": i}
        for a, b, k, i in zip(px.tolist(), py.tolist(), kinds.tolist(), ids.tolist(), strict=True)
    ]
    options = {"y_coord_down": True}
    ours = mvt.encode_points("stations", px, py, {"state": kinds}, ids=ids)
    theirs = mapbox_vector_tile.encode({"name": "stations", "features": features}, default_options=options)
    if mapbox_vector_tile.decode(ours) != mapbox_vector_tile.decode(theirs):
        raise AssertionError("the two encoders disagree")
    return _row(
        f"encode {len(px)} points",
        _best_ms(lambda: mvt.encode_points("stations", px, py, {"state": kinds}, ids=ids)),
        "ms",
        "mapbox-vector-tile",
        _best_ms(
            lambda: mapbox_vector_tile.encode({"name": "s", "features": features}, default_options=options), 2
        ),
    )


def _update(state: TileState) -> float:
    """Return the median microseconds of one report, all zooms' bins included."""
    now = StationNow(State.FINDING, 2, True, hours=((9, State.FINDING, 2),))
    stations = np.random.default_rng(4).integers(0, STATIONS, 2000).tolist()
    change = (Change(9, 1, 1, 1),)
    times = [_timed(lambda one=one: state.update(one, now, change))[1] for one in stations]
    return float(np.median(times)) * 1e6


if __name__ == "__main__":
    print(json.dumps(rows(), indent=1, ensure_ascii=False))
