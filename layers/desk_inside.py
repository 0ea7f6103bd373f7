"""Stations of a large mission as rows: those inside a window of the map, and those on no map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from geo import operations
from geo.counts import Choice
from geo.snapshot import Snapshot
from layers.desk_day import chosen, day_of
from layers.desk_tiles import states_now
from layers.desk_time import NO_MINUTE
from layers.language import Language

MOST_ROWS: Final = 500


@dataclass(frozen=True, slots=True)
class Window:
    """What the map shows: degrees, buckets first … last or None for the whole day, states not drawn."""

    west: float
    south: float
    east: float
    north: float
    hours: tuple[int, int] | None = None
    off: tuple[str, ...] = ()


def hours_of(snapshot: Snapshot, first: int, end: int) -> tuple[int, int]:
    """Return the buckets of the hours first … end - 1 of election day."""
    start = day_of(snapshot).first
    return first - start, end - 1 - start


def inside(snapshot: Snapshot, choice: Choice, window: Window, language: Language) -> dict[str, Any]:
    """Return the stations drawn in a window: how many of each state, and the first rows, worst first.

    A window over the antimeridian has its west east of its east. O(N).
    """
    stations = snapshot.registry.stations
    state, severity = states_now(snapshot, choice, window.hours)
    lon = stations.lon
    between = (
        (lon >= window.west) & (lon <= window.east)
        if window.west <= window.east
        else (lon >= window.west) | (lon <= window.east)
    )
    drawn = stations.is_on_map & between & (stations.lat >= window.south) & (stations.lat <= window.north)
    hidden = [operations.STATES.index(name) for name in window.off]
    if hidden:
        drawn &= ~np.isin(state, hidden)
    rows = np.flatnonzero(drawn)
    counts = np.bincount(state[rows], minlength=len(operations.STATES))
    return {
        "total": len(rows),
        "states": counts.tolist(),
        "rows": _rows(
            snapshot, choice, _worst(rows, state, severity), state, severity, window.hours, language
        ),
    }


def off_map(
    snapshot: Snapshot, choice: Choice, hours: tuple[int, int] | None, language: Language
) -> dict[str, Any]:
    """Return the stations without a point of their own: how many, and the first rows, worst first."""
    state, severity = states_now(snapshot, choice, hours)
    rows = np.flatnonzero(~snapshot.registry.stations.is_on_map)
    counts = np.bincount(state[rows], minlength=len(operations.STATES))
    return {
        "total": len(rows),
        "states": counts.tolist(),
        "rows": _rows(snapshot, choice, _worst(rows, state, severity), state, severity, hours, language),
    }


def _worst(
    rows: npt.NDArray[np.int64], state: npt.NDArray[np.uint8], severity: npt.NDArray[np.uint8]
) -> npt.NDArray[np.int64]:
    """Return the first rows by state, severity and position; without sorting a million for five hundred."""
    key = state[rows].astype(np.int64) << 3 | severity[rows]
    if len(rows) > MOST_ROWS:
        least = np.partition(key, len(key) - MOST_ROWS)[len(key) - MOST_ROWS]
        above, level = np.flatnonzero(key > least), np.flatnonzero(key == least)
        found = np.concatenate([above, level[: MOST_ROWS - len(above)]])
        rows, key = rows[found], key[found]
    return rows[np.lexsort((rows, -key))]


def _rows(
    snapshot: Snapshot,
    choice: Choice,
    rows: npt.NDArray[np.int64],
    state: npt.NDArray[np.uint8],
    severity: npt.NDArray[np.uint8],
    hours: tuple[int, int] | None,
    language: Language,
) -> list[dict[str, Any]]:
    """Return id, area, state, severity (-1 none) and the last visit's minute in range (null for none)."""
    stations, areas = snapshot.registry.stations, snapshot.registry.areas
    area = snapshot.unit_of_station("area", 1)
    minute = _last_minute(snapshot, choice, rows, hours)
    return [
        {
            "id": stations.station_id[row].as_py(),
            "area": areas.name(int(area[row]), language.code) if area[row] >= 0 else "",
            "state": operations.STATES[int(state[row])],
            "severity": int(severity[row]) - 1,
            "minute": None if at == NO_MINUTE else at,
        }
        for row, at in zip(rows.tolist(), minute.tolist(), strict=True)
    ]


def _last_minute(
    snapshot: Snapshot, choice: Choice, rows: npt.NDArray[np.int64], hours: tuple[int, int] | None
) -> npt.NDArray[np.int32]:
    made, day = chosen(snapshot, choice), day_of(snapshot)
    place = np.full(len(snapshot.registry.stations), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    at, bucket = place[made.visits.station], made.visits.hour
    wanted = at >= 0
    if hours is not None:
        wanted &= (bucket >= hours[0]) & (bucket <= hours[1])
    minute = np.full(len(rows), NO_MINUTE, dtype=np.int32)
    np.maximum.at(minute, at[wanted], day.minute[made.kept[wanted]])
    return minute
