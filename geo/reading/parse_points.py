"""Where a row of a source stands: pairs of coordinates and geometries, in EPSG:4326."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely
from pyproj.exceptions import CRSError

from geo.model.columns import FloatArray, IntArray
from geo.model.table_source import TableSource
from geo.model.tables import Raw, Table
from geo.model.text_cells import Cells, cells_of
from geo.reading import defects, parse_values
from geo.reading.parse_values import Issue

WGS84: Final = 4326
SAME_AS_WGS84: Final = frozenset({"OGC:CRS84", "CRS84", "URN:OGC:DEF:CRS:OGC:1.3:CRS84", "WGS84", "WGS 84"})
ZERO_DEGREES: Final = 1e-4  # 11 m around 0, 0: nobody votes there, and exports round what is missing
_EPSG: Final = re.compile(r"(?:URN:OGC:DEF:CRS:)?EPSG:(?:[\d.]*:)?(\d{1,6})")
_WHERE: Final = "longitude from -180 to 180, latitude from -90 to 90"


def epsg_of(crs: str) -> int | None:
    """Return the EPSG code a text declares; None if none exists, or it is not one of places on a map.

    A system of heights alone, or one whose origin is the middle of the earth, is none. Only integers are
    taken: a CRS given as a file name, a URL or PROJ text could make PROJ read them.

    >>> epsg_of("EPSG:32642"), epsg_of("OGC:CRS84"), epsg_of("+proj=longlat"), epsg_of("EPSG:999999")
    (32642, 4326, None, None)
    >>> epsg_of("EPSG:5703"), epsg_of("EPSG:4978")  # heights, and metres from the middle of the earth
    (None, None)
    """
    text = crs.strip().upper()
    if text in SAME_AS_WGS84:
        return WGS84
    match = _EPSG.fullmatch(text)
    if match is None:
        return None
    try:
        system = pyproj.CRS.from_epsg(int(match[1]))
    except CRSError:
        return None
    return int(match[1]) if system.is_geographic or system.is_projected else None


def declared(raw: Raw, source: TableSource) -> str:
    """Return the CRS in force: mission.toml's, else the file's, else EPSG:4326."""
    return source.crs or raw.crs or f"EPSG:{WGS84}"


def crs_defects(raw: Raw, table: Table, source: TableSource) -> list[pd.DataFrame]:
    """Return what is wrong with the declared CRS of a table that has coordinates."""
    if not any(column.kind in ("lon", "lat", "polygon") for column in table.columns):
        return []
    problems = []
    crs = declared(raw, source)
    if epsg_of(crs) is None:
        problems.append(("crs_unknown", crs, f'crs = "EPSG:{WGS84}" or another EPSG code in mission.toml'))
    if source.crs and raw.crs and epsg_of(source.crs) != epsg_of(raw.crs):
        problems.append(("crs_conflict", raw.crs, f"{source.crs}, as mission.toml says"))
    return [
        defects.defects_at(
            code, table=table.name, file=raw.file, rows=[0], column="crs", values=[value], expected=right
        )
        for code, value, right in problems
    ]


@dataclass(frozen=True, eq=False, slots=True)
class Points:
    """Longitude and latitude of every row, EPSG:4326, NaN for none; issues per column.

    `is_inside`: (N,) bool, the point stands for an area that the row gives, and lies inside it.
    """

    lon: pd.Series[Any]
    lat: pd.Series[Any]
    issues: dict[str, list[Issue]]
    is_inside: npt.NDArray[np.bool_]


def pair(raw: Raw, source: TableSource, lon: str, lat: str, headers: Mapping[str, str]) -> Points:
    """Return the points of all rows.

    Mapped or named columns first, one column for both if both are mapped to it; without them the
    points of `raw.geometry`.
    """
    epsg = epsg_of(declared(raw, source))
    count = len(raw.row_numbers)
    issues: dict[str, list[Issue]] = {lon: [], lat: []}
    is_inside = np.zeros(count, dtype=bool)
    is_projected = epsg is not None and pyproj.CRS.from_epsg(epsg).is_projected
    if lon in headers and headers.get(lon) == headers.get(lat):
        lat_first = source.point_order != "lon lat"
        x, y, is_inside, issues[lon] = _of_one_column(cells_of(raw.cells[headers[lon]]), lat_first)
    elif lon in headers or lat in headers:
        x, issues[lon], x_unread = _half(raw, headers.get(lon), "lon", is_projected)
        y, issues[lat], y_unread = _half(raw, headers.get(lat), "lat", is_projected)
        half = np.isnan(x) ^ np.isnan(y)
        half &= ~(x_unread | y_unread)  # that one has been reported
        issues[lat].append(
            Issue("coordinate_half", np.flatnonzero(half), "both longitude and latitude, or neither")
        )
    elif raw.geometry is not None and lon == "lon":
        x, y, is_inside, issues[lon] = _points(raw.geometry)
    else:
        x = y = np.full(count, np.nan)
    x, y = _both(x, y)
    zero = np.flatnonzero((np.abs(x) < ZERO_DEGREES) & (np.abs(y) < ZERO_DEGREES))
    issues[lon].append(Issue("coordinates_zero", zero, "the real point, or empty cells"))
    x, y = _without(x, y, zero)
    x, y, more = _in_range(x, y, epsg)
    issues[lon] += more
    return Points(pd.Series(x), pd.Series(y), issues, is_inside & np.isfinite(x))


def _half(
    raw: Raw, header: str | None, axis: Literal["lon", "lat"], is_projected: bool
) -> tuple[FloatArray, list[Issue], npt.NDArray[np.bool_]]:
    if header is None:
        count = len(raw.row_numbers)
        return np.full(count, np.nan), [], np.zeros(count, dtype=bool)
    column = raw.cells[header]
    read = parse_values.read_typed(column, axis)
    if read is None:
        read = parse_values.read_coordinate(cells_of(column), axis, is_projected)
    return read.values.to_numpy(dtype=np.float64), list(read.issues), read.unread


_SPREAD: Final = (
    shapely.GeometryType.POLYGON,
    shapely.GeometryType.MULTIPOLYGON,
    shapely.GeometryType.MULTIPOINT,
    shapely.GeometryType.GEOMETRYCOLLECTION,
)


def _points(
    geometry: npt.NDArray[np.object_],
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.bool_], list[Issue]]:
    """Return x, y, which lie inside a polygon given in their place, and what is no place at all.

    A multipoint or collection of one point is a point, as programs promote them; of a polygon a point
    inside it is taken, of several points the one nearest to their middle.
    """
    kinds = shapely.get_type_id(geometry)
    single = np.flatnonzero(
        (kinds >= shapely.GeometryType.MULTIPOINT) & (shapely.get_num_geometries(geometry) == 1)
    )
    if len(single):
        geometry = geometry.copy()
        geometry[single] = shapely.get_geometry(geometry[single], 0)
        kinds = shapely.get_type_id(geometry)
    is_area = np.isin(kinds, _SPREAD) & ~shapely.is_empty(geometry)
    if is_area.any():
        geometry = geometry.copy()
        geometry[is_area] = shapely.point_on_surface(geometry[is_area])
    x, y = shapely.get_x(geometry), shapely.get_y(geometry)  # NaN for all that is no point
    wrong = np.flatnonzero((kinds >= 0) & (kinds != shapely.GeometryType.POINT) & ~is_area)
    issues = [
        Issue("geometry_unreadable", wrong, "one point"),
        Issue("point_of_polygon", np.flatnonzero(is_area), "a point in it, precision area"),
    ]
    return x, y, is_area, issues


# A place of a map on the web or a phone: geo:51.5,70.5, …?q=51.5,70.5, …/@51.5,70.5,15z
_LINK: Final = re.compile(r"(?:^geo:|^https?://.{1,200}?[@=/])(-?\d{1,2}\.\d+),\s?(-?\d{1,3}\.\d+)(?![\d.])")
_LONGEST_LINK: Final = 300
_COMPASS_AFTER: Final = re.compile(r"([^NSEWnsew]+[NSEWnsew])[\s,;]+([^NSEWnsew]+[NSEWnsew])")
_COMPASS_BEFORE: Final = re.compile(r"([NSEWnsew][^NSEWnsew]+?)[\s,;]+([NSEWnsew][^NSEWnsew]+)")


def _of_one_column(
    cells: Cells, lat_first: bool
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.bool_], list[Issue]]:
    """Return points written in one cell: WKT and GeoJSON longitude first, "51.2, 71.4" as declared."""
    empty, note = parse_values.absent(cells)
    at = np.flatnonzero(~empty)
    read, _ = parse_values.each_distinct(cells, at, lambda text: _one_cell(text, lat_first))
    x, y = np.full(len(cells), np.nan), np.full(len(cells), np.nan)
    is_inside = np.zeros(len(cells), dtype=bool)
    if len(at):
        x[at], y[at], is_inside[at] = (np.array(part) for part in zip(*read, strict=True))
    bad = at[np.isnan(x[at])]
    issues = [note] if note else []
    order = "latitude, longitude" if lat_first else "longitude, latitude"
    issues.append(Issue("coordinate_unreadable", bad, f"a point as {order}, WKT or GeoJSON"))
    return x, y, is_inside.astype(bool), issues


def _one_cell(text: str, lat_first: bool) -> tuple[float, float, bool]:
    """Return lon, lat, and whether they lie in a polygon that stands in the cell; NaN for neither."""
    tidy = text.strip()
    shape = parse_values.shape_of(tidy)
    if shape is not None:
        x, y, inside, _ = _points(np.array([shape], dtype=object))
        return float(x[0]), float(y[0]), bool(inside[0])
    link = _LINK.search(tidy[:_LONGEST_LINK])
    if link:  # latitude first, whatever the column's order
        return parse_values.degrees(link[2], "lon"), parse_values.degrees(link[1], "lat"), False
    if len(tidy) > 2 * parse_values.LONGEST_TYPED:
        return np.nan, np.nan, False
    first, second = _two_parts(tidy)
    for lat, lon in ((first, second), (second, first)) if lat_first else ((second, first), (first, second)):
        named = (parse_values.degrees(lon, "lon"), parse_values.degrees(lat, "lat"))
        if not np.isnan(named).any():  # letters of the compass settle the order
            return named[0], named[1], False
    return np.nan, np.nan, False


def _two_parts(text: str) -> tuple[str, str]:
    """Return the two coordinates of one cell; altitude and accuracy behind them are left off.

    >>> _two_parts("(51.2, 71.4)"), _two_parts("51,2 71,4"), _two_parts("51.2 71.4 350 4.8")
    (('51.2', '71.4'), ('51,2', '71,4'), ('51.2', '71.4'))
    """
    tidy = text.strip("()[] \t")
    by_compass = _COMPASS_AFTER.fullmatch(tidy) or _COMPASS_BEFORE.fullmatch(tidy)
    if by_compass:
        return by_compass[1], by_compass[2]
    if ";" in tidy:
        parts = tidy.split(";")
    elif tidy.count(",") in (1, 3) and len(tidy.split(", ")) == 2:
        parts = tidy.split(", ")
    elif tidy.count(",") == 1:
        parts = tidy.split(",")
    else:
        parts = tidy.split()
        parts = parts[:2] if len(parts) in (2, 3, 4) else []
    return (parts[0].strip(), parts[1].strip()) if len(parts) == 2 else ("", "")


def _both(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    lacking = ~(np.isfinite(x) & np.isfinite(y))
    return np.where(lacking, np.nan, x), np.where(lacking, np.nan, y)


def _without(x: FloatArray, y: FloatArray, at: IntArray) -> tuple[FloatArray, FloatArray]:
    x, y = x.copy(), y.copy()
    x[at], y[at] = np.nan, np.nan
    return x, y


def _in_range(x: FloatArray, y: FloatArray, epsg: int | None) -> tuple[FloatArray, FloatArray, list[Issue]]:
    """Return degrees EPSG:4326 of all points that have a place on earth, and issues for the others."""
    has_point = np.isfinite(x)
    if epsg is None:
        return (*_without(x, y, np.flatnonzero(has_point)), [])
    if epsg == WGS84:
        good = (np.abs(x) <= 180) & (np.abs(y) <= 90)
        turned = has_point & ~good & (np.abs(y) <= 180) & (np.abs(x) <= 90)
        right = np.array(
            [f"if swapped, lon {b:.6g}, lat {a:.6g}" for a, b in zip(x[turned], y[turned], strict=True)]
        )
        wrong = [
            Issue("coordinates_swapped", np.flatnonzero(turned), right.astype(object)),
            Issue("coordinate_range", np.flatnonzero(has_point & ~good & ~turned), _WHERE),
        ]
        return (*_without(x, y, np.flatnonzero(has_point & ~good)), wrong)
    change = pyproj.Transformer.from_crs(epsg, WGS84, always_xy=True)
    lon, lat = change.transform(x, y)
    lon, lat = _both(np.asarray(lon), np.asarray(lat))
    lost = np.flatnonzero(has_point & ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90)))
    undefined = Issue("coordinate_range", lost, f"a point EPSG:{epsg} is defined for")
    return (*_without(lon, lat, lost), [undefined])


def polygons(
    raw: Raw, source: TableSource, column: str, headers: Mapping[str, str]
) -> tuple[pd.Series[Any], list[Issue]]:
    """Return (N,) object column of polygons in EPSG:4326 or None; lines and points are reported.

    From `raw.geometry`, else from a column of WKT or GeoJSON.
    """
    shapes = np.full(len(raw.row_numbers), None, dtype=object)
    issues = []
    if raw.geometry is not None:
        shapes = raw.geometry
    elif column in headers:
        shapes, unread = parse_values.read_polygon(raw.cells[headers[column]])
        issues.append(Issue("geometry_unreadable", np.flatnonzero(unread), "a polygon as WKT or GeoJSON"))
    shapes = _areas_of_collections(shapes)
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
    lost = np.flatnonzero(is_area & ~on_earth(bounds)) if epsg is not None else np.empty(0, np.int64)
    issues.append(Issue("geometry_unreadable", lost, f"corners with {_WHERE}"))
    shapes = shapes.copy()
    shapes[lost] = None
    return pd.Series(shapes, dtype=object), issues


def _areas_of_collections(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return shapes, with the polygons of collections in the place of the collections."""
    places = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION)
    if not len(places):
        return shapes
    shapes = shapes.copy()
    for place in places:
        parts = shapely.get_parts(shapely.get_parts(shapes[place]))
        areas = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
        if len(areas):
            shapes[place] = shapely.union_all(areas)
    return shapes


def on_earth(bounds: FloatArray) -> npt.NDArray[np.bool_]:
    """Return which boxes (N, 4) of west, south, east, north in degrees lie on earth, (N,) bool.

    Longitudes reach one turn further than 180: a shape across the antimeridian is drawn past it (170 … 190).
    """
    low, high = np.array([-360.0, -90.0]), np.array([360.0, 90.0])
    return np.asarray((bounds[:, :2] >= low).all(axis=1) & (bounds[:, 2:] <= high).all(axis=1))
