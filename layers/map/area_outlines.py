"""Area outlines for the browser: simplified without gaps, immutable by registry version."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from geo.model.registry import Areas
from geo.publication import Release

Box = tuple[float, float, float, float]  # west, south, east, north in degrees
# Degrees. At zoom 7, the last at which areas are coloured, a pixel is about 0.01 degrees of longitude.
TOLERANCE: Final = 0.012
DIGITS: Final = 3  # 1e-3 degrees is 110 m, a tenth of the tolerance


def outlines_of(areas: Areas, drawn: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Return a GeoJSON FeatureCollection (EPSG:4326) of the drawn areas, in their order.

    Feature properties: `area` the position among the drawn areas; `anchor` [lon, lat] and `room`, the centre
    and radius (degrees) of the largest circle inside. A last member `outline` is the mission's own border.
    Areas without a polygon have null geometry.
    """
    polygons = areas.polygon[drawn]
    has_shape = np.array([shape is not None and not shape.is_empty for shape in polygons], dtype=bool)
    simple = polygons.copy()
    if has_shape.any():
        simple[has_shape] = shapely.coverage_simplify(list(polygons[has_shape]), TOLERANCE)
    features = [_feature(index, simple[index], polygons[index]) for index in range(len(drawn))]
    border = shapely.union_all(simple[has_shape]) if has_shape.any() else None
    return {
        "type": "FeatureCollection",
        "features": features,
        "outline": _geometry(border),
        "bounds": _rounded(shapely.total_bounds(polygons[has_shape]).tolist()) if has_shape.any() else None,
    }


PART_TOLERANCE: Final = 0.004  # degrees: patches are looked at from nearer than areas


def patches_of(release: Release) -> dict[str, Any]:
    """Return a GeoJSON FeatureCollection (EPSG:4326) of a release's patches, in their order.

    Features are those of `outlines_of`. There is no common border: patches tile the areas, which have one.
    """
    shapes = list(release.outline[release.patches])
    simple: Any = shapely.coverage_simplify(shapes, PART_TOLERANCE) if shapes else []
    features = [
        {
            "type": "Feature",
            "properties": {"area": index, "anchor": None, "room": 0.0},
            "geometry": _geometry(shape),
        }
        for index, shape in enumerate(simple)
    ]
    return {"type": "FeatureCollection", "features": features, "outline": None, "bounds": None}


COARSE: Final = 0.05  # degrees: about a pixel at zoom 5, where a country fills the screen


def coarser(shapes: dict[str, Any]) -> dict[str, Any]:
    """Return a GeoJSON FeatureCollection simplified for a far view, without what is too small to see."""
    found = []
    for feature in shapes["features"]:
        simple = shapely.simplify(shapely.geometry.shape(feature["geometry"]), COARSE)
        if max(simple.bounds[2] - simple.bounds[0], simple.bounds[3] - simple.bounds[1]) < COARSE:
            continue
        whole = shapely.set_precision(simple, 0.01, mode="pointwise")
        drawn = shapely.geometry.mapping(whole)
        short = {"type": drawn["type"], "coordinates": _rounded(drawn["coordinates"], 2)}
        found.append({**feature, "geometry": short})
    return {**shapes, "features": found}


FINE: Final = 1_000  # steps to a degree, 110 m each: for what is looked at from near
SHALLOW: Final = 250  # 440 m, a third of `TOLERANCE`: no zoom at which areas are coloured shows more


def packed(shapes: dict[str, Any], per_degree: int = FINE) -> dict[str, Any]:
    """Return shapes for the browser at half the bytes: lines as steps, so many of them to a degree.

    Each list of positions [[lon, lat], …] becomes [lon, lat, dlon, dlat, …] in whole numbers; points stay
    as they are. `packed` on the result says how many steps a degree has; json-cache.js undoes it.
    """
    features = [{**one, "geometry": _steps(one["geometry"], per_degree)} for one in shapes["features"]]
    more = {"outline": _steps(shapes["outline"], per_degree)} if "outline" in shapes else {}
    return {**shapes, **more, "features": features, "packed": per_degree}


def _steps(shape: dict[str, Any] | None, per_degree: int) -> dict[str, Any] | None:
    if shape is None or shape["type"] == "Point":
        return shape
    return {"type": shape["type"], "coordinates": _packed(shape["coordinates"], per_degree)}


def _packed(value: Any, per_degree: int) -> Any:
    if not isinstance(value[0][0], int | float):
        return [_packed(one, per_degree) for one in value]
    whole = np.round(np.asarray(value, dtype=np.float64) * per_degree).astype(np.int64)
    return np.concatenate([whole[:1], np.diff(whole, axis=0)]).ravel().tolist()


SURROUNDINGS: Final = 0.75  # of the mission's own size, on each side: what a wide or tall screen shows
# Degrees. A wider mission lies about the antimeridian, or nearly does with its surroundings: nothing is cut.
WIDEST: Final = 120


def surroundings(
    base: dict[str, Any],
    bounds: list[float] | None,
    language: str,
    window: Callable[[Box, Box], dict[str, Any]] = lambda _box, _near: {},
) -> dict[str, Any]:
    """Return what a mission's first view shows of a basemap: packed `shapes` by name, and `within` which box.

    `bounds`: west, south, east, north of the mission, degrees. `within` is None where nothing is left out.
    `window`: shapes of a box by name, packed, that stand for the basemap's of the same name, finer in the
    mission's own box (`ground_tables.coarse_window`). Places are named in one language.
    """
    base = {name: _named(one, language) for name, one in base.items()}
    if bounds is None or bounds[2] - bounds[0] > WIDEST:
        return {"within": None, "shapes": {name: packed(one) for name, one in base.items()}}
    west, south, east, north = bounds
    own_wide, own_high = max(east - west, 1.0), max(north - south, 1.0)
    # a wide country on a phone leaves room above and below, a tall one on a desk at its sides
    wide, high = SURROUNDINGS * max(own_wide, 1.5 * own_high), SURROUNDINGS * max(own_high, 0.7 * own_wide)
    box = (west - wide, max(south - high, -90.0), east + wide, min(north + high, 90.0))
    finer = window(box, (west, south, east, north))
    cut = {name: packed(_cut(one, box)) for name, one in base.items() if name not in finer}
    return {"within": _rounded([float(one) for one in box]), "shapes": {**cut, **finer}}


def _named(shapes: dict[str, Any], language: str) -> dict[str, Any]:
    """The shapes with what a map says of them: rank and name."""
    found = []
    for one in shapes["features"]:
        told = one["properties"]
        name = told.get(f"name_{language}") or told.get("name_en") or ""
        is_place = one["geometry"]["type"] == "Point"
        found.append({**one, "properties": {"rank": told.get("rank"), "name": name} if is_place else {}})
    return {**shapes, "features": found}


def _cut(shapes: dict[str, Any], box: Box) -> dict[str, Any]:
    found = []
    for feature in shapes["features"]:
        part = shapely.clip_by_rect(shapely.geometry.shape(feature["geometry"]), *box)
        if not part.is_empty:
            drawn = shapely.geometry.mapping(part)
            found.append(
                {**feature, "geometry": {"type": drawn["type"], "coordinates": drawn["coordinates"]}}
            )
    return {**shapes, "features": found}


def _feature(index: int, simple: Any, full: Any) -> dict[str, Any]:
    anchor, room = _anchor(full)
    return {
        "type": "Feature",
        "properties": {"area": index, "anchor": anchor, "room": room},
        "geometry": _geometry(simple),
    }


def _anchor(shape: Any) -> tuple[list[float] | None, float]:
    """Centre and radius of the largest inscribed circle, longitudes shortened by cos(latitude)."""
    if shape is None or shape.is_empty:
        return None, 0.0
    squeeze = math.cos(math.radians(shape.centroid.y))
    flat = shapely.transform(shape, lambda xy: xy * [squeeze, 1.0])
    largest = max(shapely.get_parts(flat), key=lambda part: float(part.area))
    spoke = shapely.maximum_inscribed_circle(largest, tolerance=0.02 * math.sqrt(max(largest.area, 1e-9)))
    lon, lat = spoke.coords[0]
    return [round(lon / squeeze, DIGITS), round(lat, DIGITS)], round(float(spoke.length), 3)


def _geometry(shape: Any) -> dict[str, Any] | None:
    if shape is None or shape.is_empty:
        return None
    rounded = shapely.set_precision(shape, 10**-DIGITS, mode="pointwise")
    found: dict[str, Any] = shapely.geometry.mapping(rounded)
    return {"type": found["type"], "coordinates": _rounded(found["coordinates"])}


def _rounded(value: Any, digits: int = DIGITS) -> Any:
    if isinstance(value, float):
        return round(value, digits)
    return [_rounded(item, digits) for item in value]
