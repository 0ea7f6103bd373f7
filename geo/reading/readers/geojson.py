"""GeoJSON (RFC 7946), one object or one per line, without GDAL: nothing in it can name a file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geo.model.errors import InputError
from geo.model.messages import message
from geo.model.table_source import TableSource
from geo.model.tables import Raw
from geo.reading import defects
from geo.reading.readers.json_text import check_memory, parsed, text_of
from geo.reading.readers.reader import (
    Limits,
    Progress,
    Reader,
    bad,
    bytes_of,
    frame_of_records,
    refused,
    reported,
    without_bom,
)

Json = dict[str, Any]
Objects = npt.NDArray[np.object_]
_NUMBERS: Final = (int, float)  # types of parsed numbers; bool is a subclass and none of them
_NUMBERS_ONLY: Final = re.compile(rb"[\[\]0-9,.eE+-]*")
# brackets around a position
_NESTING: Final = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
_MOST_STRAYS: Final = 100_000  # members set aside one by one
_CRS84: Final = re.compile(r"urn:ogc:def:crs:OGC:[0-9.]*:CRS84|OGC:CRS84")
_EPSG: Final = re.compile(r"(?:urn:ogc:def:crs:EPSG:[0-9.]*:|EPSG:)([0-9]{4,6})")


@dataclass(frozen=True, slots=True)
class _Features:
    """Features, and where each stands: its 1-based position, or its line in a file of lines."""

    rows: list[int]
    bodies: list[Json]
    crs: str | None
    strays: list[tuple[int, str]]  # row and text of what is not a feature


def recognises(head: bytes, suffix: str) -> bool:
    """Return whether a file is named like GeoJSON and starts like a JSON object."""
    return suffix in READER.suffixes and without_bom(head).lstrip()[:1] in (b"{", b"[")


def read(path: Path, source: TableSource, limits: Limits, progress: Progress | None = None) -> Raw:
    """Return GeoJSON features: properties as text cells, geometries in `crs`.

    A geometry that cannot be understood becomes None with the defect `bad_geometry`; altitudes are
    left out with a note. Raises InputError for JSON that is not GeoJSON, RefusedError for a linked
    CRS, numbers JSON has not (NaN, 1e400), deep nesting or too many vertices.
    """
    file = path.name
    features = _features(without_bom(bytes_of(path, limits)).rstrip(), file, limits)
    cells = frame_of_records([_record(body, file) for body in features.bodies], file, limits)
    geometry, problems, has_altitude = _geometries(features, source, file, limits, progress)
    strays = reported(
        "not_a_feature",
        source,
        [row for row, _ in features.strays],
        values=[text for _, text in features.strays],
        expected='an object with "type": "Feature"',
    )
    return Raw(
        file=file,
        cells=cells,
        row_numbers=np.array(features.rows, dtype=np.int64),
        geometry=geometry,
        crs=features.crs,
        defects=defects.concat(strays + problems),
        notes=("altitudes left out",) if has_altitude else (),
    )


READER: Final = Reader(
    name="geojson",
    suffixes=(".geojson", ".json", ".geojsonl", ".geojsons", ".ndjson"),
    says="GeoJSON",
    recognises=recognises,
    read=read,
)


def _features(data: bytes, file: str, limits: Limits) -> _Features:
    if not data:
        raise bad(file, message("the file is empty; GeoJSON needs at least a FeatureCollection"))
    check_memory(data, file, limits)
    try:
        document = parsed(data, file)
    except InputError:
        by_line = _features_by_line(data, file, limits)
        if by_line is None:
            raise
        return by_line
    if not isinstance(document, dict):
        raise bad(file, message("this JSON is not GeoJSON (it is a list); expected a FeatureCollection"))
    crs = _crs(document, file)
    kind = document.get("type")
    if kind == "Feature":
        return _Features([1], [document], crs, [])
    if kind != "FeatureCollection":
        shown = (
            message("its type is {kind}", kind=repr(str(kind)[:40]))
            if "type" in document
            else message("it has no type")
        )
        expected = message(
            "this JSON is not GeoJSON ({shown}); expected a FeatureCollection or a Feature", shown=shown
        )
        raise bad(file, expected)
    members = document.get("features")
    if not isinstance(members, list):
        raise bad(file, message("the FeatureCollection has no list of features"))
    if len(members) > limits.rows:
        raise refused(file, message("it has more than {n} features", n=limits.rows))
    return _sorted_out(enumerate(members, start=1), crs, file)


def _features_by_line(data: bytes, file: str, limits: Limits) -> _Features | None:
    """Return the features of a newline-delimited file, or None if its first text is not a feature."""
    lines = data.split(b"\n")
    if not _is_feature(_one_line(next(line for line in lines if line.strip()))):
        return None
    if len(lines) > limits.rows:
        raise refused(file, message("it has more than {n} lines", n=limits.rows))
    numbered = [(number, line.strip()) for number, line in enumerate(lines, start=1)]
    members: list[tuple[int, Any]] = []
    for number, line in numbered:
        if line:
            member = _one_line(line)
            members.append((number, line[:200].decode("utf-8", "replace") if member is None else member))
    return _sorted_out(members, None, file)


def _one_line(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def _is_feature(member: Any) -> bool:
    return isinstance(member, dict) and member.get("type") == "Feature"


def _sorted_out(members: Iterable[tuple[int, Any]], crs: str | None, file: str) -> _Features:
    rows: list[int] = []
    bodies: list[Json] = []
    strays: list[tuple[int, str]] = []
    for row, member in members:
        if _is_feature(member):
            rows.append(row)
            bodies.append(member)
            continue
        strays.append((row, text_of(member, file)[:200]))
        if len(strays) > _MOST_STRAYS:
            raise refused(file, message("more than {n} of its members are not features", n=_MOST_STRAYS))
    return _Features(rows, bodies, crs, strays)


def _crs(document: Json, file: str) -> str | None:
    """Return "EPSG:<integer>" of a named CRS, None without one; a link would make a reader fetch it."""
    crs = document.get("crs")
    if crs is None:
        return None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(crs, dict) or crs.get("type") != "name" or not isinstance(name, str):
        kind = str(crs.get("type"))[:40] if isinstance(crs, dict) else "no object"
        raise refused(
            file,
            message("its crs is {kind}; only a crs by name with an EPSG number is read", kind=repr(kind)),
        )
    if _CRS84.fullmatch(name):
        return "EPSG:4326"
    match = _EPSG.fullmatch(name)
    if not match:
        raise refused(file, message("its crs {name} is not an EPSG number", name=repr(name[:60])))
    return f"EPSG:{match[1]}"


def _record(feature: Json, file: str) -> dict[str, str]:
    """Return properties as text, with the feature's own id unless a property is called so."""
    properties = feature.get("properties")
    record = {"id": text_of(feature["id"], file)} if "id" in feature else {}
    if isinstance(properties, dict):
        record |= {name: text_of(value, file) for name, value in properties.items()}
    return record


def _geometries(
    features: _Features, source: TableSource, file: str, limits: Limits, progress: Progress | None
) -> tuple[Objects, list[pd.DataFrame], bool]:
    """Return (N,) geometries, defects about them, and whether altitudes were left out.

    Points, of which a file may hold a million, are made in one call.
    """
    geometry: Objects = np.full(len(features.bodies), None, dtype=object)
    points: dict[int, tuple[float, float]] = {}
    problems: list[tuple[int, str, str]] = []
    n_vertices, has_altitude = 0, False
    for position, feature in enumerate(features.bodies):
        body = feature.get("geometry")
        if progress is not None and position % 10_000 == 0:
            progress(position, len(features.bodies))
        if (point := _point(body)) is not None:
            points[position] = point[:2]
            has_altitude = has_altitude or point[2]
            n_vertices += 1
            continue
        try:
            shape = _shape(body, file)
        except ValueError as error:
            problems.append((features.rows[position], text_of(body, file)[:200], str(error)))
            continue
        if shape is None:
            continue
        n = int(shapely.get_num_coordinates(shape))
        n_vertices += n
        if n > limits.vertices_per_feature:
            most = limits.vertices_per_feature
            row = str(features.rows[position])
            raise refused(
                file, message("feature {row} has {n} vertices, more than {most}", row=row, n=n, most=most)
            )
        has_altitude = has_altitude or bool(shapely.has_z(shape))
        geometry[position] = shapely.force_2d(shape)
    if n_vertices > limits.vertices:
        raise refused(
            file, message("it has {n} vertices, more than {most}", n=n_vertices, most=limits.vertices)
        )
    if points:
        geometry[list(points)] = shapely.points(np.array(list(points.values()), dtype=np.float64))
    frames = reported(
        "bad_geometry",
        source,
        [row for row, _, _ in problems],
        column="geometry",
        values=[value for _, value, _ in problems],
        expected=[expected for _, _, expected in problems],
    )
    return geometry, frames, has_altitude


def _point(body: Any) -> tuple[float, float, bool] | None:
    """Return lon, lat and whether there is an altitude; None if this is no plain point."""
    if not isinstance(body, dict) or body.get("type") != "Point":
        return None
    at = body.get("coordinates")
    if not isinstance(at, list) or not 2 <= len(at) <= 4:
        return None
    if type(at[0]) not in _NUMBERS or type(at[1]) not in _NUMBERS or type(at[-1]) not in _NUMBERS:
        return None
    return float(at[0]), float(at[1]), len(at) > 2


def _shape(body: Any, file: str) -> BaseGeometry | None:
    """Return a geometry, None for null and empty ones. Raises ValueError saying what would be right."""
    if body is None:
        return None
    kind = body.get("type") if isinstance(body, dict) else None
    if kind == "GeometryCollection":
        members = body.get("geometries")
        if not isinstance(members, list) or any(_is_collection(member) for member in members):
            raise ValueError("a GeometryCollection holds a list of plain geometries")
        shapes = [shape for member in members if (shape := _shape(member, file)) is not None]
        return shapely.GeometryCollection(shapes) if shapes else None
    if not isinstance(kind, str) or kind not in _NESTING:
        raise ValueError(f"a geometry is one of {', '.join(_NESTING)}")
    coordinates = body.get("coordinates")
    if not isinstance(coordinates, list):
        raise ValueError("a geometry has a list of coordinates")
    if not coordinates:
        return None
    if not _NUMBERS_ONLY.fullmatch(text_of(coordinates, file).encode()):
        raise ValueError("coordinates are numbers only")
    return _of_kind(kind, coordinates)


def _is_collection(member: Any) -> bool:
    return isinstance(member, dict) and member.get("type") == "GeometryCollection"


def _of_kind(kind: str, coordinates: list[Any]) -> BaseGeometry:
    # the flat constructors are GEOS calls on whole arrays; bad rings raise ValueError or GEOSException
    try:
        match kind:
            case "Point" if _NUMBERS_ONLY.fullmatch(str(coordinates).replace(" ", "").encode()):
                return shapely.Point(
                    _line([coordinates])[0]
                )  # within a collection; others are read in one call
            case "MultiPoint":
                return shapely.MultiPoint(_line(coordinates))
            case "LineString":
                return shapely.LineString(_line(coordinates))
            case "MultiLineString":
                return shapely.MultiLineString([shapely.LineString(_line(c)) for c in coordinates])
            case "Polygon":
                return _polygon(coordinates)
            case "MultiPolygon":
                return shapely.MultiPolygon([_polygon(rings) for rings in coordinates])
        raise ValueError("a Point is [lon, lat]")
    except (shapely.errors.GEOSException, TypeError, OverflowError):
        raise ValueError(f"the coordinates of a {kind} are lists of [lon, lat], rings closed") from None


def _polygon(rings: Any) -> shapely.Polygon:
    if not isinstance(rings, list) or not rings:
        raise ValueError("a polygon has at least one ring")
    shell, *holes = (shapely.LinearRing(_line(ring)) for ring in rings)
    return shapely.Polygon(shell, holes)


def _line(positions: Any) -> npt.NDArray[np.float64]:
    """Return (N, 2) or (N, 3) float64. Raises ValueError for positions of unequal length."""
    if not isinstance(positions, list):
        raise ValueError("positions come in lists")
    line = np.array(positions, dtype=np.float64)
    if line.ndim != 2 or not 2 <= line.shape[1] <= 4:
        raise ValueError("a position is [lon, lat] or [lon, lat, altitude]")
    return line[:, :3]
