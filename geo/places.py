"""Where points lie: in which area, at what distance, next to which station."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt
import pyproj
import rtree
import shapely
from scipy.spatial import cKDTree

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int32]
Polygons = npt.NDArray[np.object_]

GEOD: Final = pyproj.Geod(ellps="WGS84")
_ECEF: Final = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)


def area_of(lon: FloatArray, lat: FloatArray, polygons: Polygons) -> IndexArray:
    """Return for every point the index of the polygon it lies in, -1 for none.

    `lon, lat`: (N,) degrees EPSG:4326, NaN for a missing point. `polygons`: (A,) shapely polygons or
    None, in the order that decides ties. A point inside one polygon gets it, as with
    `gpd.sjoin(predicate="within")`; a point on an edge, which "within" gives to nobody, goes to the
    lowest index that touches it; so does a point in an overlap. Longitudes 180 and -180 are one
    meridian, and a polygon drawn past it (170 … 190) holds the points on both sides.
    O(N log N + points in bounding boxes).
    """
    found = np.full(len(lon), -1, dtype=np.int32)
    there = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    points, owners = _unrolled(lon[there], there, polygons)
    y = lat[owners]
    order = np.argsort(points, kind="stable")
    x, y, owners = points[order], y[order], owners[order]
    bounds = shapely.bounds(polygons)
    for touching in (False, True):
        for index in range(len(polygons) - 1, -1, -1):  # downwards: the lowest index writes last
            if not np.isfinite(bounds[index, 0]):
                continue
            first = np.searchsorted(x, bounds[index, 0], side="left")
            last = np.searchsorted(x, bounds[index, 2], side="right")
            inside = np.flatnonzero((y[first:last] >= bounds[index, 1]) & (y[first:last] <= bounds[index, 3]))
            inside += first
            if len(inside) == 0:
                continue
            shapely.prepare(polygons[index])
            test = shapely.intersects_xy if touching else shapely.contains_xy
            hits = inside[test(polygons[index], x[inside], y[inside])]
            found[owners[hits]] = index
        if not touching:
            left = found[owners] < 0
            x, y, owners = x[left], y[left], owners[left]
    return found


def _unrolled(
    lon: FloatArray, owners: npt.NDArray[np.int64], polygons: Polygons
) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Return longitudes and whose they are, with copies one turn away where polygons need them."""
    turns = [(lon, owners)]
    bounds = shapely.bounds(polygons)
    west, east = np.nanmin(bounds[:, 0], initial=0.0), np.nanmax(bounds[:, 2], initial=0.0)
    for shift, wanted in ((360.0, east >= 180.0), (-360.0, west <= -180.0)):
        moved = lon + shift
        near = (moved >= west) & (moved <= east)
        if wanted and near.any():
            turns.append((moved[near], owners[near]))
    return np.concatenate([t[0] for t in turns]), np.concatenate([t[1] for t in turns])


def nearest(
    lon: FloatArray, lat: FloatArray, to_lon: FloatArray, to_lat: FloatArray, within_m: float = np.inf
) -> tuple[IndexArray, FloatArray]:
    """Return the nearest target of every point and its geodesic distance in metres.

    (N,) int32, -1 where no target lies within `within_m` or the point is missing; (N,) float64, NaN
    there. Searches straight lines through the earth, which order targets as distances on it do, so
    that neither poles nor the antimeridian are special.
    """
    index = np.full(len(lon), -1, dtype=np.int32)
    metres = np.full(len(lon), np.nan)
    here = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    there = np.flatnonzero(np.isfinite(to_lon) & np.isfinite(to_lat))
    if len(here) == 0 or len(there) == 0:
        return index, metres
    tree = cKDTree(_ecef(to_lon[there], to_lat[there]))
    hit = np.asarray(
        tree.query(_ecef(lon[here], lat[here]), distance_upper_bound=within_m)[1], dtype=np.int64
    )
    near = hit < len(there)
    here, hit = here[near], there[hit[near]]
    distance = GEOD.inv(lon[here], lat[here], to_lon[hit], to_lat[hit])[2]
    kept = distance <= within_m
    index[here[kept]], metres[here[kept]] = hit[kept], distance[kept]
    return index, metres


def _ecef(lon: FloatArray, lat: FloatArray) -> FloatArray:
    return np.column_stack(_ECEF.transform(lon, lat, np.zeros_like(lon)))


def equal_area_crs(polygons: Polygons) -> pyproj.CRS:
    """Return a Lambert azimuthal equal-area CRS (metres) centred on the polygons.

    Centred in longitude by the circular mean of the corners, so that a country on the antimeridian
    keeps its middle. EPSG:6933 (global, cylindrical) where there is no polygon at all.
    """
    bounds = shapely.bounds(polygons)
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    if len(bounds) == 0:
        return pyproj.CRS.from_epsg(6933)
    corners = np.radians(np.concatenate([bounds[:, 0], bounds[:, 2]]))
    lon_0 = np.degrees(np.arctan2(np.sin(corners).mean(), np.cos(corners).mean()))
    lat_0 = (bounds[:, 1].min() + bounds[:, 3].max()) / 2
    return pyproj.CRS.from_proj4(f"+proj=laea +lat_0={lat_0:.4f} +lon_0={lon_0:.4f} +datum=WGS84 +units=m")


class AreaIndex:
    """Owns an R-tree of area boxes: which area does one point lie in, in microseconds."""

    def __init__(self, polygons: Polygons) -> None:
        self._polygons = polygons
        for polygon in polygons:
            if polygon is not None:
                shapely.prepare(polygon)
        boxes = (
            (i, tuple(p.bounds), None) for i, p in enumerate(polygons) if p is not None and not p.is_empty
        )
        self._tree = _filled(boxes)

    def area_at(self, lon: float, lat: float) -> int:
        """Return the index of the area at a point, by the rules of `area_of`, or -1."""
        for test in (shapely.contains_xy, shapely.intersects_xy):
            for turn in (lon, lon + 360.0, lon - 360.0):
                for index in sorted(self._tree.intersection((turn, lat, turn, lat))):
                    if test(self._polygons[index], turn, lat):
                        return int(index)
        return -1


class UnvisitedStations:
    """Owns the R-tree of stations nobody has visited yet; visits remove, withdrawals put back."""

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

        The tree orders by degrees, which shrink towards the poles: it is asked for four times as many
        as needed and a search box as wide as the k-th of them is far, then ordered by true distance.
        """
        rough = list(self._tree.nearest((lon, lat, lon, lat), 4 * k))
        if not rough:
            return []
        far_m = sorted(self._metres(lon, lat, rough))[min(k, len(rough)) - 1]
        dy = far_m / 110_500
        dx = min(180.0, dy / max(0.01, np.cos(np.radians(min(89.9, abs(lat) + dy)))))
        near = sorted(set(self._tree.intersection((lon - dx, lat - dy, lon + dx, lat + dy))) | set(rough))
        ranked = sorted(zip(self._metres(lon, lat, near), near, strict=True))
        return [(int(station), float(metres)) for metres, station in ranked[:k]]

    def _metres(self, lon: float, lat: float, stations: list[int]) -> list[float]:
        count = len(stations)
        there = np.array(stations)
        return list(GEOD.inv([lon] * count, [lat] * count, self._lon[there], self._lat[there])[2])

    def _box(self, station: int) -> tuple[float, float, float, float]:
        lon, lat = float(self._lon[station]), float(self._lat[station])
        return lon, lat, lon, lat


def _filled(boxes: Iterable[tuple[int, tuple[float, ...], None]]) -> rtree.index.Index:
    """Return an R-tree bulk-loaded from boxes; rtree refuses an empty stream, so that case is apart."""
    items = list(boxes)
    return rtree.index.Index(iter(items)) if items else rtree.index.Index()
