"""Area outlines for the browser: simplified without gaps, immutable by registry version."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from geo.registry import Areas, Registry

# Degrees. At zoom 7, the last at which areas are coloured, a pixel is about 0.01 degrees of longitude.
TOLERANCE: Final = 0.012
DIGITS: Final = 3  # 1e-3 degrees is 110 m, a tenth of the tolerance


def outlines(registry: Registry, drawn: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Return `outlines_of` a registry's areas."""
    return outlines_of(registry.areas, drawn)


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
