"""The towns a desk's search knows: the basemap's, and the small ones that near views name on its land."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NotRequired, TypedDict

import numpy as np
import numpy.typing as npt
import shapely

from geo.model.columns import FloatArray
from geo.model.registry import Areas
from layers.map.ground_tables import GroundTables

LEVEL: Final = 1  # of the areas a town is said to lie in


class Town(TypedDict):
    """A town with its names, "" where it has none. `area`: its position among the areas, -1 for none."""

    name_en: str
    name_ru: str
    name_kk: str
    lon: float
    lat: float
    old_names: NotRequired[str]
    area: NotRequired[int]


def towns_on(areas: Areas, large: Iterable[Mapping[str, Any]], ground: GroundTables) -> tuple[Town, ...]:
    """Return the large towns, wherever they are, then the ground's on the areas' land, larger ones first.

    `large`: name_en, name_ru, name_kk, old_names, lon, lat. The ground has none of those once more
    (data/make.py). O(towns of the ground).
    """
    towns = [_large(town) for town in large]
    of_large = areas_at(areas, np.array([t["lon"] for t in towns]), np.array([t["lat"] for t in towns]))
    for town, area in zip(towns, of_large.tolist(), strict=True):
        town["area"] = area
    of_ground = areas_at(areas, ground.lon, ground.lat)
    for row in np.flatnonzero(of_ground >= 0).tolist():
        own, russian, kazakh = ground.names[row].tolist()
        towns.append(
            {
                "name_en": own, "name_ru": russian, "name_kk": kazakh,
                "lon": round(float(ground.lon[row]), 3), "lat": round(float(ground.lat[row]), 3),
                "area": int(of_ground[row]),
            }
        )  # fmt: skip
    return tuple(towns)


def _large(town: Mapping[str, Any]) -> Town:
    return {
        "name_en": str(town["name_en"]),
        "name_ru": str(town.get("name_ru") or ""),
        "name_kk": str(town.get("name_kk") or ""),
        "old_names": str(town.get("old_names") or ""),
        "lon": float(town["lon"]),
        "lat": float(town["lat"]),
    }


def areas_at(areas: Areas, lon: FloatArray, lat: FloatArray) -> npt.NDArray[np.int64]:
    """Return the area of level 1 that every point lies in, the first where they overlap, (N,); -1: none."""
    drawn = np.flatnonzero(areas.level == LEVEL)
    found = np.full(len(lon), -1, dtype=np.int64)
    if not len(drawn):
        return found
    west, south, east, north = shapely.total_bounds(areas.polygon[drawn])
    near = np.flatnonzero((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
    points = shapely.points(lon[near], lat[near])
    point, area = shapely.STRtree(areas.polygon[drawn]).query(points, predicate="intersects")
    found[near[point[::-1]]] = drawn[area[::-1]]
    return found
