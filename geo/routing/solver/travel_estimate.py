"""How long the way takes: an estimate from the straight line, with barriers, where no table is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from geo.model.columns import FloatArray, IntArray
from geo.model.messages import Message, message
from geo.model.places import GEOD

DETOUR: Final = 1.3  # road kilometres per straight one; a usual figure for rural networks, not measured here
# (up to this many road kilometres, at this many km/h): the first ten out of town, then roads, then highways.
SPEEDS: Final = ((10.0, 30.0), (100.0, 60.0), (np.inf, 75.0))
BAND: Final = (0.75, 1.5)  # a judgement: bad roads, winter and traffic cost more than good ones save
ESTIMATE: Final = "estimated from the straight line × 1.3 at 30, 60 and 75 km/h; no road was looked at"
EARTH_M: Final = 6_371_008.8  # mean radius; only bends a chord into an arc, an error below 1 in 10,000
PAIRS_AT_ONCE: Final = 200_000


@dataclass(frozen=True, eq=False)
class Barrier:
    """A line or polygon no leg may cross, except through its passages: (lon, lat) of bridges or gates."""

    shape: shapely.Geometry
    passages: tuple[tuple[float, float], ...] = ()


def source(*, is_estimate: bool) -> Message:
    """Return where a plan's minutes come from, in words."""
    return message(ESTIMATE) if is_estimate else message("from a travel server")


def minutes_of_km(road_km: npt.ArrayLike) -> FloatArray:
    """Return the minutes for so many road kilometres: each stretch at the speed of its class.

    Growing and concave in the distance, so a way through a third place is never shorter.

    >>> minutes_of_km([5, 10, 100, 175])
    array([ 10.,  20., 110., 170.])
    """
    left = np.asarray(road_km, dtype=np.float64)
    total, done = np.zeros_like(left), 0.0
    for upto, speed in SPEEDS:
        total = total + np.clip(left - done, 0.0, upto - done) * (60.0 / speed)
        done = upto
    return total


def km_of_minutes(minutes: npt.ArrayLike) -> FloatArray:
    """Return the road kilometres that the estimate takes so many minutes for: `minutes_of_km` turned round.

    >>> km_of_minutes([10, 20, 110, 170])
    array([  5.,  10., 100., 175.])
    """
    left = np.asarray(minutes, dtype=np.float64)
    total, done, spent = np.zeros_like(left), 0.0, 0.0
    for upto, speed in SPEEDS:
        ends = spent + (upto - done) * 60.0 / speed
        total = total + np.clip(left - spent, 0.0, ends - spent) * (speed / 60.0)
        done, spent = upto, ends
    return total


def table(lon: FloatArray, lat: FloatArray, barriers: Sequence[Barrier] = ()) -> FloatArray:
    """Return estimated minutes from every place to every other, (P, P), symmetric; inf for no way.

    Straight lines are geodesics for the distance, and lines in degrees where barriers are crossed.
    """
    phi, theta = np.radians(lat), np.radians(lon)
    e2 = GEOD.es
    normal = GEOD.a / np.sqrt(1 - e2 * np.sin(phi) ** 2)
    xyz = np.stack(
        [normal * np.cos(phi) * np.cos(theta), normal * np.cos(phi) * np.sin(theta),
         normal * (1 - e2) * np.sin(phi)], axis=1,
    )  # fmt: skip
    square = (xyz**2).sum(axis=1)
    # |a|² + |b|² − 2ab loses centimetres at Earth's size: metres would show, minutes do not.
    chord = np.sqrt(np.maximum(square[:, None] + square[None, :] - 2 * (xyz @ xyz.T), 0.0))
    metres = 2 * EARTH_M * np.arcsin(np.minimum(chord / (2 * EARTH_M), 1.0))
    np.fill_diagonal(metres, 0.0)
    direct = minutes_of_km(metres * (DETOUR / 1000))
    minutes = direct.copy()
    for barrier in barriers:
        rows, columns = crossing(lon, lat, barrier.shape)
        around = _through(lon, lat, barrier, rows, columns)
        for a, b in ((rows, columns), (columns, rows)):
            minutes[a, b] = np.maximum(minutes[a, b], around)
    return minutes


def between(
    lon: npt.ArrayLike, lat: npt.ArrayLike, to_lon: npt.ArrayLike, to_lat: npt.ArrayLike
) -> FloatArray:
    """Return estimated minutes from points to points, pair by pair, no barrier considered."""
    lon, lat, to_lon, to_lat = np.broadcast_arrays(lon, lat, to_lon, to_lat)
    metres = GEOD.inv(lon, lat, to_lon, to_lat)[2]
    return minutes_of_km(np.asarray(metres, dtype=np.float64) * (DETOUR / 1000))


def crosses(lines: Any, shape: shapely.Geometry) -> npt.NDArray[np.bool_]:
    """Return which lines cross a shape; touching a polygon's edge only is not crossing."""
    hits = np.asarray(shapely.intersects(shape, lines), dtype=bool)
    if shapely.get_dimensions(shape) == 2:
        hits[hits] = ~np.asarray(shapely.touches(shape, lines[hits]), dtype=bool)
    return hits


def crossing(lon: FloatArray, lat: FloatArray, shape: shapely.Geometry) -> tuple[IntArray, IntArray]:
    """Return which pairs of places (first before second) have a straight line that crosses a shape."""
    west, south, east, north = shapely.bounds(shape)
    shapely.prepare(shape)
    rows, columns = np.triu_indices(len(lon), 1)
    may = (np.maximum(lon[rows], lon[columns]) >= west) & (np.minimum(lon[rows], lon[columns]) <= east)
    may &= (np.maximum(lat[rows], lat[columns]) >= south) & (np.minimum(lat[rows], lat[columns]) <= north)
    rows, columns = rows[may].astype(np.int64), columns[may].astype(np.int64)
    hit = np.zeros(len(rows), dtype=bool)
    for at in range(0, len(rows), PAIRS_AT_ONCE):
        a, b = rows[at : at + PAIRS_AT_ONCE], columns[at : at + PAIRS_AT_ONCE]
        ends = np.stack([np.stack([lon[a], lat[a]], axis=1), np.stack([lon[b], lat[b]], axis=1)], axis=1)
        hit[at : at + PAIRS_AT_ONCE] = crosses(shapely.linestrings(ends), shape)
    return rows[hit], columns[hit]


def _through(
    lon: FloatArray, lat: FloatArray, barrier: Barrier, rows: IntArray, columns: IntArray
) -> FloatArray:
    best = np.full(len(rows), np.inf)
    for x, y in barrier.passages:
        to_passages = between(lon, lat, x, y)
        best = np.minimum(best, to_passages[rows] + to_passages[columns])
    return best
