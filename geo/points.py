"""Where a row of a source stands: pairs of coordinates and geometries, in EPSG:4326."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely
from pyproj.exceptions import CRSError

from geo import defects, values
from geo.mission import TableSource
from geo.tables import Raw, Table
from geo.values import FloatArray, IndexArray, Issue

WGS84: Final = 4326
SAME_AS_WGS84: Final = frozenset({"OGC:CRS84", "CRS84", "URN:OGC:DEF:CRS:OGC:1.3:CRS84", "WGS84", "WGS 84"})
ZERO_DEGREES: Final = 1e-4  # 11 m around 0, 0: nobody votes there, and exports round what is missing
_EPSG: Final = re.compile(r"(?:URN:OGC:DEF:CRS:)?EPSG:(?:[\d.]*:)?(\d{1,6})")
_WHERE: Final = "longitude from -180 to 180, latitude from -90 to 90"


def epsg_of(crs: str) -> int | None:
    """Return the EPSG code a text declares; None if it is none that exists.

    Only integers are taken: a CRS given as a file name, a URL or PROJ text could make PROJ read them.

    >>> epsg_of("EPSG:32642"), epsg_of("OGC:CRS84"), epsg_of("+proj=longlat"), epsg_of("EPSG:999999")
    (32642, 4326, None, None)
    """
    text = crs.strip().upper()
    if text in SAME_AS_WGS84:
        return WGS84
    found = _EPSG.fullmatch(text)
    if found is None:
        return None
    try:
        pyproj.CRS.from_epsg(int(found[1]))
    except CRSError:
        return None
    return int(found[1])


def declared(raw: Raw, source: TableSource) -> str:
    """Return the CRS in force: mission.toml's, else the file's, else EPSG:4326."""
    return source.crs or raw.crs or f"EPSG:{WGS84}"


def crs_defects(raw: Raw, table: Table, source: TableSource) -> list[pd.DataFrame]:
    """Return what is wrong with the declared CRS of a table that has coordinates."""
    if not any(column.kind in ("lon", "lat", "polygon") for column in table.columns):
        return []
    found = []
    crs = declared(raw, source)
    if epsg_of(crs) is None:
        found.append(("crs_unknown", crs, f'crs = "EPSG:{WGS84}" or another EPSG code in mission.toml'))
    if source.crs and raw.crs and epsg_of(source.crs) != epsg_of(raw.crs):
        found.append(("crs_conflict", raw.crs, f"{source.crs}, as mission.toml says"))
    return [
        defects.of(
            code, table=table.name, file=raw.file, rows=[0], column="crs", values=[value], expected=right
        )
        for code, value, right in found
    ]


def pair(
    raw: Raw, source: TableSource, lon: str, lat: str, headers: Mapping[str, str]
) -> tuple[pd.Series[Any], pd.Series[Any], dict[str, list[Issue]]]:
    """Return longitude and latitude of every row in EPSG:4326, NaN for none, and issues per column.

    Mapped or named columns first; without them the points of `raw.geometry`.
    """
    epsg = epsg_of(declared(raw, source))
    count = len(raw.row_numbers)
    issues: dict[str, list[Issue]] = {lon: [], lat: []}
    is_projected = epsg is not None and pyproj.CRS.from_epsg(epsg).is_projected
    if lon in headers or lat in headers:
        x, issues[lon], x_unread = _half(raw, headers.get(lon), "lon", is_projected)
        y, issues[lat], y_unread = _half(raw, headers.get(lat), "lat", is_projected)
        half = np.isnan(x) ^ np.isnan(y)
        half &= ~(x_unread | y_unread)  # that one has been reported
        issues[lat].append(
            Issue("coordinate_half", np.flatnonzero(half), "both longitude and latitude, or neither")
        )
    elif raw.geometry is not None and lon == "lon":
        x, y, issues[lon] = _points(raw.geometry)
    else:
        x = y = np.full(count, np.nan)
    x, y = _both(x, y)
    zero = np.flatnonzero((np.abs(x) < ZERO_DEGREES) & (np.abs(y) < ZERO_DEGREES))
    issues[lon].append(Issue("coordinates_zero", zero, "the real point, or empty cells"))
    x, y = _without(x, y, zero)
    x, y, more = _in_range(x, y, epsg)
    issues[lon] += more
    return pd.Series(x), pd.Series(y), issues


def _half(
    raw: Raw, header: str | None, axis: Literal["lon", "lat"], is_projected: bool
) -> tuple[FloatArray, list[Issue], npt.NDArray[np.bool_]]:
    if header is None:
        count = len(raw.row_numbers)
        return np.full(count, np.nan), [], np.zeros(count, dtype=bool)
    column = raw.cells[header]
    read = values.read_typed(column, axis)
    if read is None:
        read = values.read_coordinate(values.cells_of(column), axis, is_projected)
    return read.values.to_numpy(dtype=np.float64), list(read.issues), read.unread


def _points(geometry: npt.NDArray[np.object_]) -> tuple[FloatArray, FloatArray, list[Issue]]:
    kinds = shapely.get_type_id(geometry)
    x, y = shapely.get_x(geometry), shapely.get_y(geometry)  # NaN for all that is no point
    wrong = np.flatnonzero((kinds >= 0) & (kinds != shapely.GeometryType.POINT))
    return x, y, [Issue("geometry_unreadable", wrong, "a point")]


def _both(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    lacking = ~(np.isfinite(x) & np.isfinite(y))
    return np.where(lacking, np.nan, x), np.where(lacking, np.nan, y)


def _without(x: FloatArray, y: FloatArray, at: IndexArray) -> tuple[FloatArray, FloatArray]:
    x, y = x.copy(), y.copy()
    x[at], y[at] = np.nan, np.nan
    return x, y


def _in_range(x: FloatArray, y: FloatArray, epsg: int | None) -> tuple[FloatArray, FloatArray, list[Issue]]:
    """Return degrees EPSG:4326 of all points that have a place on earth, and issues for the others."""
    there = np.isfinite(x)
    if epsg is None:
        return (*_without(x, y, np.flatnonzero(there)), [])
    if epsg == WGS84:
        good = (np.abs(x) <= 180) & (np.abs(y) <= 90)
        turned = there & ~good & (np.abs(y) <= 180) & (np.abs(x) <= 90)
        right = np.array(
            [f"if swapped, lon {b:.6g}, lat {a:.6g}" for a, b in zip(x[turned], y[turned], strict=True)]
        )
        wrong = [
            Issue("coordinates_swapped", np.flatnonzero(turned), right.astype(object)),
            Issue("coordinate_range", np.flatnonzero(there & ~good & ~turned), _WHERE),
        ]
        return (*_without(x, y, np.flatnonzero(there & ~good)), wrong)
    change = pyproj.Transformer.from_crs(epsg, WGS84, always_xy=True)
    lon, lat = change.transform(x, y)
    lon, lat = _both(np.asarray(lon), np.asarray(lat))
    lost = np.flatnonzero(there & ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90)))
    undefined = Issue("coordinate_range", lost, f"a point EPSG:{epsg} is defined for")
    return (*_without(lon, lat, lost), [undefined])


def polygons(
    raw: Raw, source: TableSource, column: str, headers: Mapping[str, str]
) -> tuple[pd.Series[Any], list[Issue]]:
    """Return (N,) object column of polygons in EPSG:4326 or None; lines and points are reported.

    From `raw.geometry`, else from a column of WKT, GeoJSON or WKB.
    """
    shapes = np.full(len(raw.row_numbers), None, dtype=object)
    issues = []
    if raw.geometry is not None:
        shapes = raw.geometry
    elif column in headers:
        shapes, unread = values.read_polygon(raw.cells[headers[column]])
        issues.append(Issue("geometry_unreadable", np.flatnonzero(unread), "a polygon as WKT or GeoJSON"))
    kinds = shapely.get_type_id(shapes)
    is_area = np.isin(kinds, (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    issues.append(
        Issue("geometry_unreadable", np.flatnonzero((kinds >= 0) & ~is_area), "a polygon or multipolygon")
    )
    shapes = shapes.copy()
    shapes[~is_area] = None
    epsg = epsg_of(declared(raw, source))
    if epsg is None:
        shapes = np.full(len(shapes), None, dtype=object)
    elif epsg != WGS84 and is_area.any():
        change = pyproj.Transformer.from_crs(epsg, WGS84, always_xy=True)
        shapes = np.asarray(
            shapely.transform(shapes, lambda xy: np.column_stack(change.transform(xy[:, 0], xy[:, 1]))),
            dtype=object,
        )
    bounds = shapely.bounds(shapes)
    lost = np.flatnonzero(is_area & ~_on_earth(bounds)) if epsg is not None else np.empty(0, np.int64)
    issues.append(Issue("geometry_unreadable", lost, f"corners with {_WHERE}"))
    shapes = shapes.copy()
    shapes[lost] = None
    return pd.Series(shapes, dtype=object), issues


def _on_earth(bounds: FloatArray) -> npt.NDArray[np.bool_]:
    """Return which boxes lie on earth; up to 190 degrees, as shapes over the antimeridian are drawn."""
    low, high = np.array([-360.0, -90.0]), np.array([360.0, 90.0])
    return np.asarray((bounds[:, :2] >= low).all(axis=1) & (bounds[:, 2:] <= high).all(axis=1))
