"""The ground of the whole world for near views: land, lakes, rivers, borders and towns, by windows.

It is kept as two tables under data/ground (docs/data-sources.md), which are read once. A near view asks for
tiles of one zoom, the same for every mission; a first view gets a coarse window about its mission.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.model.columns import FloatArray
from layers.map.area_outlines import COARSE, Box, packed

UNIT: Final = 0.001  # degrees; the tables hold whole numbers of it
THEMES: Final = ("land", "water", "rivers", "borders", "disputed")
NAMES: Final = ("name", "name_ru", "name_kk")
AREAS: Final = frozenset({"land", "water"})  # the others are lines
TILE_ZOOM: Final = 5  # a tile is 11 degrees wide: a dozen fill a large screen at the first near zoom
TILES: Final = 1 << TILE_ZOOM
OVERLAP: Final = 0.02  # degrees: neighbours cover each other's edge, which would show as a hairline
AROUND: Final = 0.15  # degrees, as `COARSE`: two pixels of what lies around the mission at zoom 4.5
FAR_STEPS: Final = 50  # to a degree: a third of a pixel at zoom 4.5
FAR: Final = {"rivers": 4, "water": 5}  # ranks up to which these are seen from afar; the rest come near


@dataclass(frozen=True, eq=False)
class Theme:
    """One theme: (N,) geometries in degrees, (N, 4) their boxes, (N,) ranks, the most important first."""

    shapes: npt.NDArray[np.object_]
    boxes: FloatArray
    rank: npt.NDArray[np.uint8]

    def within(self, box: Box) -> npt.NDArray[np.object_]:
        """Return what of the theme lies in a box, cut at it; single polygons or lines, in their order."""
        west, south, east, north = box
        is_near = (
            (self.boxes[:, 0] <= east)
            & (self.boxes[:, 2] >= west)
            & (self.boxes[:, 1] <= north)
            & (self.boxes[:, 3] >= south)
        )
        parts = shapely.get_parts(shapely.clip_by_rect(self.shapes[is_near], *box))
        return np.asarray(parts[~shapely.is_empty(parts)], dtype=object)


@dataclass(frozen=True, eq=False)
class GroundTables:
    """All themes by name, and the towns: (T,) lon, lat in degrees, `rank` the zoom with room.

    `names`: (T, 3) GeoNames' own, in Russian, in Kazakh, "" where we have none.
    """

    themes: Mapping[str, Theme]
    lon: FloatArray
    lat: FloatArray
    rank: npt.NDArray[np.uint8]
    names: npt.NDArray[np.object_]


@lru_cache(maxsize=2)
def read_ground(folder: Path) -> GroundTables:
    """Return the tables of a folder. A map is a map without them, too: what is missing is not drawn."""
    try:
        shapes = pd.read_parquet(folder / "shapes.parquet")
        towns = pd.read_parquet(folder / "towns.parquet")
    except FileNotFoundError:
        shapes = pd.DataFrame({"theme": [], "rank": [], "geometry": []})
        towns = pd.DataFrame({column: [] for column in ("rank", "lon", "lat", *NAMES)})
    themes = {name: _theme(shapes[shapes["theme"] == name]) for name in THEMES}
    lon, lat = (towns[axis].to_numpy(dtype=np.float64) * UNIT for axis in ("lon", "lat"))
    rank = towns["rank"].to_numpy(dtype=np.uint8)
    return GroundTables(themes, lon, lat, rank, towns[list(NAMES)].to_numpy(dtype=object))


def _theme(rows: pd.DataFrame) -> Theme:
    whole = shapely.from_wkb(rows["geometry"].to_numpy(dtype=object))
    shapes = np.asarray(shapely.transform(whole, lambda units: units * UNIT), dtype=object)
    return Theme(shapes, shapely.bounds(shapes).reshape(-1, 4), rows["rank"].to_numpy(dtype=np.uint8))


def tile_box(x: int, y: int) -> Box:
    """Return the box of a tile of `TILE_ZOOM`.

    >>> [round(side, 2) for side in tile_box(16, 15)]
    [0.0, 0.0, 11.25, 11.18]
    """
    south, north = (
        math.degrees(math.atan(math.sinh(math.pi * (1.0 - 2.0 * row / TILES)))) for row in (y + 1, y)
    )
    return x / TILES * 360.0 - 180.0, south, (x + 1) / TILES * 360.0 - 180.0, north


def ground_tile(tables: GroundTables, x: int, y: int) -> dict[str, Any]:
    """Return one tile: `shapes` by theme as `area_outlines.packed` packs them, and `towns`.

    `towns`: [lon, lat, zoom from which there is room, name], larger ones first; where there are names of
    ours, the Russian and the Kazakh one behind it.
    """
    west, south, east, north = tile_box(x, y)
    wider = (west - OVERLAP, south - OVERLAP, east + OVERLAP, north + OVERLAP)
    shapes = {name: _collection(theme.within(wider)) for name, theme in tables.themes.items()}
    is_here = (tables.lon >= west) & (tables.lon < east) & (tables.lat >= south) & (tables.lat < north)
    columns = (tables.lon[is_here].round(3), tables.lat[is_here].round(3), tables.rank[is_here])
    names = ([own, *rest] if any(rest) else [own] for own, *rest in tables.names[is_here].tolist())
    places = zip(*(column.tolist() for column in columns), names, strict=True)
    return {"shapes": {name: packed(one) for name, one in shapes.items() if one["features"]},
            "towns": [[lon, lat, rank, *called] for lon, lat, rank, called in places]}  # fmt: skip


@lru_cache(maxsize=64)
def coarse_window(tables: GroundTables, box: Box, near: Box) -> dict[str, Any]:
    """Return the themes in a box as a far view can show them, packed: only the larger rivers and lakes.

    `near`: the mission's own box; what lies around it is drawn more simply.
    """
    window = {}
    for name, theme in tables.themes.items():
        is_far = theme.rank <= FAR.get(name, 0)
        cut = Theme(theme.shapes[is_far], theme.boxes[is_far], theme.rank[is_far]).within(box)
        simple = _simpler_around(cut, near)
        west, south, east, north = shapely.bounds(simple).reshape(-1, 4).T
        least = np.where(shapely.intersects(simple, shapely.box(*near)), COARSE, AROUND)
        seen = simple[np.maximum(east - west, north - south) >= least]
        whole = shapely.get_parts(shapely.set_precision(seen, 1 / FAR_STEPS, mode="pointwise"))
        window[name] = packed(_collection(whole[~shapely.is_empty(whole)]), FAR_STEPS)
    return window


def _simpler_around(shapes: npt.NDArray[np.object_], near: Box) -> npt.NDArray[np.object_]:
    """Return lines or polygons to `COARSE` within a box and to `AROUND` out of it, without a seam.

    The finer line keeps its corners in the box, and out of it those which the simpler one has as well.
    """
    fine = shapely.simplify(shapes, COARSE)
    is_area = len(fine) and fine[0].geom_type == "Polygon"
    at, line = shapely.get_coordinates(shapely.get_rings(fine) if is_area else fine, return_index=True)
    if not len(at):
        return np.asarray(fine, dtype=object)
    simpler = shapely.get_coordinates(shapely.simplify(fine, AROUND))
    is_end = np.diff(line, prepend=-1, append=-1) != 0
    is_kept = is_end[1:] | is_end[:-1] | np.isin(at.view(complex), simpler.view(complex))[:, 0]
    is_kept |= (at[:, 0] > near[0]) & (at[:, 1] > near[1]) & (at[:, 0] < near[2]) & (at[:, 1] < near[3])
    before = np.maximum.accumulate(np.where(is_kept, np.arange(len(at)), 0))
    return np.asarray(shapely.remove_repeated_points(shapely.set_coordinates(fine, at[before])), dtype=object)


def _collection(parts: npt.NDArray[np.object_]) -> dict[str, Any]:
    """One feature of all parts, which are all polygons or all lines; none where there is none."""
    if not len(parts):
        return {"type": "FeatureCollection", "features": []}
    is_area = parts[0].geom_type == "Polygon"
    many: Any = shapely.multipolygons(parts) if is_area else shapely.multilinestrings(parts)
    geometry = shapely.geometry.mapping(many)
    feature = {"type": "Feature", "properties": {}, "geometry": geometry}
    return {"type": "FeatureCollection", "features": [feature]}
