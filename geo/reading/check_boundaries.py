"""Whether area boundaries can be trusted: valid rings, no overlaps, no gaps, in force on election day."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from geo.model.languages import LANGUAGES
from geo.model.mission import Mission
from geo.model.places import Polygons, equal_area_plane
from geo.reading import defects

GAP_WIDTH_DEGREES: Final = 0.001  # about 100 m: narrower mismatches between neighbours are slivers
LEAST_KM2: Final = 0.01  # overlaps and gaps below a hectare come from rounding coordinates


def file_of(mission: Mission, table: str) -> str:
    """Return the name of the file behind a table, the table's name if it has none."""
    return next((source.path.name for source in mission.tables if source.table == table), table)


def repair(polygons: Polygons) -> Polygons:
    """Return polygons with the broken ones mended, None where nothing with an area is left.

    By `make_valid(method="structure")`; the default "linework" needs 30 s where this needs 0.3 s on a
    scrambled ring of 300 corners.
    """
    mended = polygons.copy()
    broken = np.flatnonzero(~shapely.is_valid(polygons) & (shapely.get_type_id(polygons) >= 0))
    if len(broken):
        mended[broken] = shapely.make_valid(polygons[broken], method="structure", keep_collapsed=False)
        for place in broken[~shapely.is_valid(mended[broken])]:  # parts may come back sharing an edge
            mended[place] = shapely.union_all(shapely.get_parts(mended[place]))
    kinds = shapely.get_type_id(mended)
    flat = ~np.isin(kinds, (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    mended[flat | ~(shapely.area(mended) > 0)] = None
    return mended


def check_areas(areas: pd.DataFrame, mission: Mission) -> pd.DataFrame:
    """Return the defects of conformed areas: broken, overlapping, with gaps, out of date, twice named.

    Cost: a union of the polygons of each level, about a second for 700 districts.
    """
    file = file_of(mission, "areas")
    polygons = np.asarray(areas["geometry"], dtype=object)
    frames = [*_broken(areas, polygons, file), *_named(areas, file)]
    whole = repair(polygons)
    levels = areas["level"].fillna(1).to_numpy(dtype=np.int64)
    for level in np.unique(levels):
        here = np.flatnonzero((levels == level) & (shapely.get_type_id(whole) >= 0))
        if len(here) > 1:
            frames += _fitting(areas.iloc[here], whole[here], file)
    return defects.concat(frames)


def broken(areas: pd.DataFrame, mission: Mission) -> pd.DataFrame:
    """Return the areas whose polygon is broken, each with the first place where it is."""
    return _broken(areas, np.asarray(areas["geometry"], dtype=object), file_of(mission, "areas"))[1]


def _broken(areas: pd.DataFrame, polygons: Polygons, file: str) -> list[pd.DataFrame]:
    none = np.flatnonzero(shapely.get_type_id(polygons) < 0)
    broken = np.flatnonzero(~shapely.is_valid(polygons) & (shapely.get_type_id(polygons) >= 0))
    reasons = np.array(
        [
            f"a ring that does not cross itself: {shapely.is_valid_reason(shape)}"
            for shape in polygons[broken]
        ],
        dtype=object,
    )
    return [
        _boundary_defects("polygon_missing", areas.iloc[none], "geometry", "a polygon or multipolygon", file),
        _boundary_defects("polygon_invalid", areas.iloc[broken], "geometry", reasons, file),
    ]


def _boundary_defects(
    code: str,
    rows: pd.DataFrame,
    column: str,
    expected: str | npt.NDArray[np.object_],
    file: str,
    shown: npt.NDArray[np.object_] | None = None,
) -> pd.DataFrame:
    return defects.defects_at(
        code,
        table="areas",
        file=file,
        rows=rows["row"],
        column=column,
        values=rows["area_id"].to_numpy(dtype=object) if shown is None else shown,
        expected=expected,
    )


def _named(areas: pd.DataFrame, file: str) -> list[pd.DataFrame]:
    frames = []
    known = set(areas["area_id"])
    strays = areas[~areas["parent_id"].isin(known | {""})]
    shown = strays["parent_id"].to_numpy(dtype=object)
    frames.append(
        _boundary_defects("area_parent_unknown", strays, "parent_id", "an area_id of this table", file, shown)
    )
    for language in LANGUAGES:
        name = f"name_{language}"
        twice = areas[(areas[name] != "") & areas.duplicated(["level", "parent_id", name], keep=False)]
        right = "one name for one area"
        frames.append(
            _boundary_defects("area_name_twice", twice, name, right, file, twice[name].to_numpy(dtype=object))
        )
    return frames


def _fitting(areas: pd.DataFrame, polygons: Polygons, file: str) -> list[pd.DataFrame]:
    """Return overlaps between, and gaps among, the areas of one level."""
    change = equal_area_plane(polygons)
    edges = shapely.coverage_invalid_edges(polygons, gap_width=GAP_WIDTH_DEGREES)
    loose = np.flatnonzero(~(shapely.is_empty(edges) | shapely.is_missing(edges)))
    frames, explained = _overlaps(areas, polygons, loose, change, file)
    fits = len(loose) == 0
    union = shapely.coverage_union_all(polygons) if fits else shapely.union_all(polygons)
    holes = _holes(union)
    sizes = km2(holes, change)
    big = np.flatnonzero(sizes >= LEAST_KM2)
    for hole, size in zip(holes[big], sizes[big], strict=True):
        near = np.flatnonzero(shapely.dwithin(polygons, hole, 1e-9))
        first = near[:1] if len(near) else np.array([0])
        names = ", ".join(areas["area_id"].iloc[near][:4])
        where = shapely.point_on_surface(hole)
        right = f"boundaries that meet, if this is no lake or enclave: {size:.2f} km² lie between {names}"
        shown = np.array([f"near {where.x:.4f}, {where.y:.4f}"], dtype=object)
        frames.append(_boundary_defects("areas_gap", areas.iloc[first], "geometry", right, file, shown))
        explained |= set(near.tolist())
    rest = areas.iloc[loose[~np.isin(loose, list(explained))]]
    right = f"the same line on both sides; they differ by less than {GAP_WIDTH_DEGREES} degrees"
    return [*frames, _boundary_defects("areas_mismatch", rest, "geometry", right, file)]


def _overlaps(
    areas: pd.DataFrame, polygons: Polygons, loose: npt.NDArray[np.int64], change: Any, file: str
) -> tuple[list[pd.DataFrame], set[int]]:
    tree = shapely.STRtree(polygons[loose])
    left, right = tree.query(polygons[loose], predicate="intersects")
    pairs = (
        np.column_stack([loose[left], loose[right]])[left < right] if len(loose) else np.empty((0, 2), int)
    )
    shared = shapely.intersection(polygons[pairs[:, 0]], polygons[pairs[:, 1]])
    sizes = km2(shared, change)
    frames, explained = [], set[int]()
    ids = areas["area_id"].to_numpy(dtype=object)
    for (first, other), size in zip(pairs[sizes >= LEAST_KM2], sizes[sizes >= LEAST_KM2], strict=True):
        shown = np.array([f"{ids[first]} and {ids[other]}"], dtype=object)
        text = f"no common ground; they share {size:.2f} km²"
        frames.append(_boundary_defects("areas_overlap", areas.iloc[[first]], "geometry", text, file, shown))
        explained |= {int(first), int(other)}
    return frames, explained


def _holes(union: shapely.Geometry) -> Polygons:
    parts = shapely.get_parts(union)
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    rings = [ring for part in parts for ring in part.interiors]
    return np.asarray(shapely.polygons(rings), dtype=object) if rings else np.empty(0, dtype=object)


def km2(shapes: Polygons, change: pyproj.Transformer) -> npt.NDArray[np.float64]:
    """Return areas in km², (N,) float64, by a transformer into an equal-area CRS in metres."""
    moved = shapely.transform(shapes, lambda xy: np.column_stack(change.transform(xy[:, 0], xy[:, 1])))
    return np.asarray(shapely.area(moved) / 1e6, dtype=np.float64)
