"""Synthetic districts: areas split by nearest settlement, labelled as what they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.model.columns import FloatArray, IntArray
from geo.simulate.land import Land, points_inside

Seeds = tuple[FloatArray, FloatArray, IntArray]


def largest_remainder(total: int, weight: FloatArray) -> IntArray:
    """Return whole numbers adding up to `total`, in proportion to `weight`.

    Hamilton's method; ties go to the first.

    >>> largest_remainder(10, np.array([5.0, 3.0, 2.5]))
    array([5, 3, 2])
    """
    exact = total * weight / weight.sum()
    floor = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - floor), kind="stable")
    floor[order[: total - int(floor.sum())]] += 1
    return np.asarray(floor, dtype=np.int64)


def draw_seeds(land: Land, count: int, rng: np.random.Generator) -> Seeds | None:
    """Return lon, lat and area of the points districts grow from, or None.

    `count` 0: none; every area gets at least one. Towns with most people come
    first; an area with too few towns gets random points besides.
    """
    if count == 0:
        return None
    areas = len(land.area_ids)
    people = np.bincount(land.area_of_town, land.town_people, areas)
    per_area = np.maximum(1, largest_remainder(max(count, areas), np.sqrt(people + 1) * np.sqrt(land.km2)))
    lon, lat, area = [], [], []
    for index in range(areas):
        towns = np.flatnonzero(land.area_of_town == index)
        towns = towns[np.argsort(-land.town_people[towns], kind="stable")][: per_area[index]]
        _, first = np.unique(
            np.column_stack([land.town_lon[towns], land.town_lat[towns]]), axis=0, return_index=True
        )
        towns = towns[np.sort(first)]
        short = int(per_area[index]) - len(towns)
        x, y = points_inside(rng, land.polygons, np.full(short, index))
        lon.append(np.concatenate([land.town_lon[towns], x]))
        lat.append(np.concatenate([land.town_lat[towns], y]))
        area.append(np.full(len(towns) + short, index))
    return np.concatenate(lon), np.concatenate(lat), np.concatenate(area)


def polygons_of(land: Land, seeds: Seeds) -> npt.NDArray[np.object_]:
    """Return one polygon per seed: its Voronoi cell cut by its area; (D,) object.

    Nearest in plane degrees, as `nearest_in_area`. A cell that the area's outline cuts
    away entirely is an empty polygon.
    """
    result = np.full(len(seeds[2]), shapely.Polygon(), dtype=object)
    for index, polygon in enumerate(land.polygons):
        rows = np.flatnonzero(seeds[2] == index)
        if len(rows) == 1:
            result[rows[0]] = polygon
            continue
        points = shapely.MultiPoint(np.column_stack([seeds[0][rows], seeds[1][rows]]))
        cells = shapely.voronoi_polygons(points, extend_to=polygon, ordered=True)
        cut = shapely.intersection(shapely.get_parts(cells), polygon)
        result[rows] = [_only_polygons(shape) for shape in cut]
    return result


def _only_polygons(shape: Any) -> Any:
    """Return a shape without the stray points and lines an intersection may leave."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    return shapely.union_all([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])


def district_ids(land: Land, seeds: Seeds) -> npt.NDArray[np.object_]:
    """Return the id of every district, such as KZ-AKM-SIM-D001; (D,) object."""
    start = np.searchsorted(seeds[2], seeds[2], side="left")
    position = np.arange(len(start)) - start + 1
    names = [
        f"{land.area_ids[a]}-SIM-D{p:03d}" for a, p in zip(seeds[2].tolist(), position.tolist(), strict=True)
    ]
    return np.array(names, dtype=object)
