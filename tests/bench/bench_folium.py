"""What does the usual way cost, a Folium marker per station? Against the tiles of the first view."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import folium
import numpy as np

from layers.tiles.pyramid import StationIndex, geometry_tile, packed
from layers.tiles.tile_state import NO_HOUR, TileState, VisitValues, station_values
from tests.bench import inputs
from tests.bench.bench_tiles import addresses
from tests.bench.measure import Row, Setting, row, timed

SIZES: Final = (1_000, 10_000)
FIRST_VIEW_ZOOM: Final = 5  # a country on a desktop screen


def rows(setting: Setting) -> Iterator[Row]:
    """Yield seconds and kilobytes of 1,000 and 10,000 stations, and what they come to for all of them."""
    registry = inputs.snapshot(setting.stations, setting.state).registry
    there = np.flatnonzero(registry.stations.is_on_map)
    lon, lat = registry.stations.lon[there], registry.stations.lat[there]
    seconds, size, n = 0.0, 0, 0
    for most in SIZES:
        if len(lon) < most and n:
            break
        n = min(most, len(lon))
        (size, seconds), (own_size, own_seconds) = _naive(lon[:n], lat[:n]), _tiled(lon[:n], lat[:n])
        yield row(f"{n:,} stations drawn, time in Python", own_seconds, "s", "Folium markers", seconds)
        yield row(f"{n:,} stations drawn, sent", own_size / 1e3, "KB", "Folium markers", size / 1e3)
    own_size, own_seconds = _tiled(lon, lat)
    share = len(lon) / n
    peer = f"Folium markers, extrapolated from {n:,}"
    yield row("all stations drawn, time in Python", own_seconds, "s", peer, seconds * share)
    yield row("all stations drawn, sent", own_size / 1e3, "KB", peer, size * share / 1e3)


def _naive(lon: Any, lat: Any) -> tuple[int, float]:
    """Return the bytes of the page and the seconds it takes; nothing is gzipped, as Folium saves it."""

    def page() -> str:
        made = folium.Map((float(lat.mean()), float(lon.mean())), zoom_start=FIRST_VIEW_ZOOM)
        for x, y in zip(lon.tolist(), lat.tolist(), strict=True):
            folium.Marker((y, x)).add_to(made)
        return made.get_root().render()

    text, seconds = timed(page)
    return len(text.encode()), seconds


def _tiled(lon: Any, lat: Any) -> tuple[int, float]:
    """Return the bytes of all tiles of the first view, and the seconds from coordinates to them."""

    def tiles() -> int:
        index = StationIndex.build(lon, lat)
        nobody = np.zeros(0, dtype=np.uint8)
        visits = VisitValues(
            nobody.astype(np.int32), nobody + NO_HOUR, nobody.astype(np.int8), nobody > 0, nobody, nobody > 0
        )
        values = station_values(len(lon), visits, is_planned=np.zeros(len(lon), dtype=np.bool_))
        state = TileState.build(index, values, visits)
        every = addresses(index, FIRST_VIEW_ZOOM)
        return sum(len(packed(geometry_tile(index, *at))) + len(packed(state.payload(*at))) for at in every)

    return timed(tiles)
