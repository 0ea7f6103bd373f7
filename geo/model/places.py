"""Where points lie: in which area, and next to which station that nobody has visited yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyproj
import rtree
import shapely

from geo.model.columns import FloatArray, IndexArray

Polygons = npt.NDArray[np.object_]

GEOD: Final = pyproj.Geod(ellps="WGS84")
# `_regions` cuts the ground into squares; of all points in squares without an edge that hang together, one is
# tested. With fewer points than this, making the squares costs more than it spares.
_MANY_POINTS: Final = 20_000
_POLYGON: Final = 3  # shapely's type id
_SQUARES: Final = 2_048  # along the longer side of the ground; more take as long to label as they spare
# An edge as near to a square as this part of the square's side is taken to enter it: where the edge crosses
# the side is computed, and rounded.
_NEARBY: Final = 1e-9


def area_of(lon: FloatArray, lat: FloatArray, polygons: Polygons) -> IndexArray:
    """Return for every point the index of the polygon it lies in, -1 for none.

    `lon, lat`: (N,) degrees EPSG:4326, NaN for a missing point. `polygons`: (A,) shapely polygons or
    None, in the order that decides ties. A point inside one polygon gets it, as with
    `gpd.sjoin(predicate="within")`; a point on an edge, which "within" gives to nobody, goes to the
    lowest index that touches it; so does a point in an overlap. Longitudes 180 and -180 are one
    meridian, and a polygon drawn past it (170 … 190) holds the points on both sides.
    O(N log N + points near edges); a million points in 732 districts of 553,000 corners take 0.13 s.
    """
    area = np.full(len(lon), -1, dtype=np.int32)
    placed = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    near_edges = []
    for x, owners in _turns(lon[placed], placed, polygons):
        y = lat[owners]
        region = _regions(x, y, polygons)
        unclear = np.flatnonzero(region == 0)
        stands_for = np.full(int(region.max(initial=0)) + 1, -1, dtype=np.int64)
        stands_for[region] = np.arange(len(x))  # any point of a region speaks for all of it
        firsts = stands_for[1:][stands_for[1:] >= 0]
        tested = np.concatenate([unclear, firsts])
        inside = _tested(shapely.contains_xy, x[tested], y[tested], polygons)
        of_region = np.full(len(stands_for), -1, dtype=np.int32)
        of_region[region[firsts]] = inside[len(unclear) :]
        answer = of_region[region]
        answer[unclear] = inside[: len(unclear)]
        _keep_lowest(area, owners, answer)
        near_edges.append((x[unclear], owners[unclear]))
    is_inside = area >= 0
    for x, owners in near_edges:
        left = ~is_inside[owners]
        touching = _tested(shapely.intersects_xy, x[left], lat[owners[left]], polygons)
        _keep_lowest(area, owners[left], touching)
    return area


def _turns(
    lon: FloatArray, owners: npt.NDArray[np.int64], polygons: Polygons
) -> list[tuple[FloatArray, npt.NDArray[np.int64]]]:
    """Return longitudes and whose they are, with copies one turn away where polygons need them."""
    turns = [(lon, owners)]
    bounds = shapely.bounds(polygons)
    west, east = np.nanmin(bounds[:, 0], initial=0.0), np.nanmax(bounds[:, 2], initial=0.0)
    for shift, wanted in ((360.0, east >= 180.0), (-360.0, west <= -180.0)):
        if not wanted:
            continue
        moved = lon + shift
        near = (moved >= west) & (moved <= east)
        if near.any():
            turns.append((moved[near], owners[near]))
    return turns


def _tested(test: Callable[..., Any], x: FloatArray, y: FloatArray, polygons: Polygons) -> IndexArray:
    """Return the lowest index of the polygons that pass a test of the geometry, (n,), -1 for none."""
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    sorted_answer = np.full(len(x), -1, dtype=np.int32)
    bounds = shapely.bounds(polygons)
    for index in range(len(polygons)):  # upwards: a point found is in the lowest, and tested no more
        if not np.isfinite(bounds[index, 0]):
            continue
        first = np.searchsorted(x, bounds[index, 0], side="left")
        last = np.searchsorted(x, bounds[index, 2], side="right")
        is_open = sorted_answer[first:last] < 0
        is_near = (y[first:last] >= bounds[index, 1]) & (y[first:last] <= bounds[index, 3])
        inside = np.flatnonzero(is_open & is_near) + first
        if len(inside) == 0:
            continue
        shapely.prepare(polygons[index])
        sorted_answer[inside[test(polygons[index], x[inside], y[inside])]] = index
    answer = np.empty_like(sorted_answer)
    answer[order] = sorted_answer
    return answer


def _keep_lowest(area: IndexArray, owners: npt.NDArray[np.int64], answer: IndexArray) -> None:
    """Write every answer into its owner's place, unless a lower one stands there; -1 is no answer."""
    known = area[owners]
    better = (answer >= 0) & ((known < 0) | (answer < known))
    area[owners[better]] = answer[better]


def _regions(x: FloatArray, y: FloatArray, polygons: Polygons) -> IndexArray:
    """Return for every point the region it is in, (N,), 0 for one that must be tested itself.

    The ground is cut into squares; squares without a polygon's edge that hang together are a region: all
    its points lie in the same polygons and on no edge, so that one speaks for all. Few points, or shapes
    that are not polygons: every point is tested.
    """
    none = np.zeros(len(x), dtype=np.int32)
    if len(x) < _MANY_POINTS:
        return none
    parts = shapely.get_parts(polygons)
    if not len(parts) or (shapely.get_type_id(parts) != _POLYGON).any():
        return none
    from scipy import ndimage  # a tenth of a second of imports, needed only where files are read

    west, south, east, north = shapely.total_bounds(parts)
    side = max(east - west, north - south) / _SQUARES
    if not side > 0:  # nothing but empty polygons
        return none
    corners, ring = shapely.get_coordinates(shapely.get_rings(parts), return_index=True)
    along = (corners[:, 0] - west) / side + 1.0  # in squares, with a margin of one all round
    up = (corners[:, 1] - south) / side + 1.0
    columns, rows = int(np.ceil(along.max())) + 2, int(np.ceil(up.max())) + 2
    has_edge = np.zeros((rows, columns), dtype=np.bool_)
    _mark(has_edge, along, up, ring)
    label = np.empty(has_edge.shape, dtype=np.int32)
    ndimage.label(~has_edge, output=label)
    square = _along(y, south, side, rows)
    square *= columns
    square += _along(x, west, side, columns)
    return label.ravel().take(square)


def _along(place: FloatArray, first: float, side: float, number: int) -> IndexArray:
    """Return which of so many squares along one axis every point is in, the margin for points outside."""
    at = place - first
    at /= side
    at += 1.0
    return np.clip(at, 0, number - 1, out=at).astype(np.int32)


def _mark(has_edge: npt.NDArray[np.bool_], x: FloatArray, y: FloatArray, ring: npt.NDArray[np.int64]) -> None:
    """Mark every square that an edge of the rings enters: where it turns, and where it crosses a side."""
    column, row = x.astype(np.int32), y.astype(np.int32)
    has_edge[row, column] = True
    on_side = np.flatnonzero((np.abs(x - np.rint(x)) <= _NEARBY) | (np.abs(y - np.rint(y)) <= _NEARBY))
    for dx in (-_NEARBY, _NEARBY):
        for dy in (-_NEARBY, _NEARBY):
            has_edge[(y[on_side] + dy).astype(np.int32), (x[on_side] + dx).astype(np.int32)] = True
    is_edge = ring[1:] == ring[:-1]
    for squares, square, of, along in ((has_edge.T, column, x, y), (has_edge, row, y, x)):
        edge = np.flatnonzero((square[1:] != square[:-1]) & is_edge)  # few, of many short ones
        line, at = _crossings(of[edge], along[edge], of[edge + 1], along[edge + 1])
        for nearby in (-_NEARBY, _NEARBY):
            beside = (at + nearby).astype(np.int32)
            squares[line, beside] = True
            squares[line - 1, beside] = True


def _crossings(
    x0: FloatArray, y0: FloatArray, x1: FloatArray, y1: FloatArray
) -> tuple[IndexArray, FloatArray]:
    """Return which whole x every edge crosses, and the y of each crossing."""
    first = np.ceil(np.minimum(x0, x1))
    number = np.where(x0 == x1, 0, np.floor(np.maximum(x0, x1)) - first + 1).astype(np.int64)
    edge = np.repeat(np.arange(len(x0)), number)
    line = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(number) - number, number)
    share = (line - x0[edge]) / (x1 - x0)[edge]
    return line.astype(np.int32), y0[edge] + share * (y1 - y0)[edge]


def equal_area_plane(polygons: Polygons) -> pyproj.Transformer:
    """Return the way from EPSG:4326 (lon, lat) to an equal-area plane about the polygons, in metres.

    Lambert's azimuthal plane, centred in longitude by the circular mean of the corners, so that a country
    on the antimeridian keeps its middle. EPSG:6933 (global, cylindrical) where there is no polygon at all.
    """
    bounds = shapely.bounds(polygons)
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    if len(bounds) == 0:
        return _way_to("EPSG:6933")
    corners = np.radians(np.concatenate([bounds[:, 0], bounds[:, 2]]))
    lon_0 = np.degrees(np.arctan2(np.sin(corners).mean(), np.cos(corners).mean()))
    lat_0 = (bounds[:, 1].min() + bounds[:, 3].max()) / 2
    return _way_to(f"+proj=laea +lat_0={lat_0:.4f} +lon_0={lon_0:.4f} +datum=WGS84 +units=m")


@lru_cache(maxsize=32)  # a mission asks for its own several times; making one takes 30 ms
def _way_to(crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(4326, crs, always_xy=True)


class UnvisitedStations:
    """Owns the R-tree of stations nobody has visited yet; visits remove, withdrawals put back.

    Stations are positions in `lon` and `lat`, (N,) degrees EPSG:4326; one that is NaN is never in the tree.
    """

    def __init__(self, lon: FloatArray, lat: FloatArray, is_visited: npt.NDArray[np.bool_]) -> None:
        self._lon, self._lat = lon, lat
        self._there = np.isfinite(lon) & np.isfinite(lat) & ~is_visited
        waiting = np.flatnonzero(self._there)
        self._tree = _filled((int(i), (lon[i], lat[i], lon[i], lat[i]), None) for i in waiting)

    def visited(self, station: int) -> None:
        """Take a station out; nothing happens if it is not in."""
        if self._there[station]:
            self._tree.delete(station, self._box(station))
            self._there[station] = False

    def withdrawn(self, station: int) -> None:
        """Put a station back after its last visit was withdrawn."""
        if not self._there[station] and np.isfinite(self._lon[station]) and np.isfinite(self._lat[station]):
            self._tree.insert(station, self._box(station))
            self._there[station] = True

    def nearest(self, lon: float, lat: float, k: int = 1) -> list[tuple[int, float]]:
        """Return up to k (station, metres), nearest first, by geodesic distance.

        The tree orders by degrees, which shrink towards the poles and end at 180: it is asked for four times
        as many as needed, from the point and from its images one turn east and west, and for a search box as
        wide as the k-th of them is far; the answers are then ordered by true distance.
        """
        images = (lon, lon - 360.0, lon + 360.0)
        rough = sorted({i for x in images for i in self._tree.nearest((x, lat, x, lat), 4 * k)})
        if not rough:
            return []
        far_m = sorted(self._metres(lon, lat, rough))[min(k, len(rough)) - 1]
        dy = far_m / 110_500
        dx = min(180.0, dy / max(0.01, np.cos(np.radians(min(89.9, abs(lat) + dy)))))
        near = set(rough)
        for x in images:
            near |= set(self._tree.intersection((x - dx, lat - dy, x + dx, lat + dy)))
        rows = sorted(near)
        ranked = sorted(zip(self._metres(lon, lat, rows), rows, strict=True))
        return [(int(station), float(metres)) for metres, station in ranked[:k]]

    def _metres(self, lon: float, lat: float, stations: list[int]) -> list[float]:
        count = len(stations)
        rows = np.array(stations)
        return list(GEOD.inv([lon] * count, [lat] * count, self._lon[rows], self._lat[rows])[2])

    def _box(self, station: int) -> tuple[float, float, float, float]:
        lon, lat = float(self._lon[station]), float(self._lat[station])
        return lon, lat, lon, lat


def _filled(boxes: Iterable[tuple[int, tuple[float, ...], None]]) -> rtree.index.Index:
    """Return an R-tree bulk-loaded from boxes; rtree refuses an empty stream, so that case is apart."""
    items = list(boxes)
    return rtree.index.Index(iter(items)) if items else rtree.index.Index()
