"""Which stations' points cannot be where they are said to be: abroad, swapped, in another area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from geo.model.columns import FloatArray, IndexArray
from geo.model.mission import Mission
from geo.model.places import GEOD, Polygons, area_of, equal_area_plane
from geo.reading import defects
from geo.reading.check_boundaries import file_of

Places = npt.NDArray[np.int64]

# A point with one of these is not where the station is: it is not drawn, the station is listed.
DROPS: Final = ("coordinates_swapped", "point_foreign")


@dataclass(frozen=True, eq=False, slots=True)
class Placed:
    """Stations whose impossible points are taken away (lon, lat NaN, precision none), and why."""

    stations: pd.DataFrame
    defects: pd.DataFrame


@dataclass(frozen=True, eq=False, slots=True)
class _Ground:
    """Areas as the checks need them, in the order of the areas frame.

    `outlines`: polygons of the finest level, None elsewhere, as `registry.build` joins them;
    `country`: polygons of level 0, else `outlines`, else all there are.
    """

    area_id: npt.NDArray[np.object_]
    polygons: Polygons
    outlines: Polygons
    country: Polygons
    has_country: bool
    parent: IndexArray


def place(stations: pd.DataFrame, areas: pd.DataFrame, mission: Mission) -> Placed:
    """Return conformed stations without the points that are abroad or swapped, before any join.

    The station stays: it counts in its declared area and is listed beside the map.
    """
    ground = _ground(areas)
    lon, lat = _lon_lat(stations)
    if (shapely.get_type_id(ground.country) < 0).all():
        return Placed(stations, defects.empty())
    located = area_of(lon, lat, ground.outlines)
    outside = _outside_country(lon, lat, located, _is_judged(stations, ground), ground, mission)
    dropped = np.concatenate([outside[code][0] for code in DROPS])
    placed = stations.copy()
    for name in ("lon", "lat"):
        column = placed[name].to_numpy(dtype=np.float64, copy=True)
        column[dropped] = np.nan
        placed[name] = column
    precision = placed["precision"].to_numpy(dtype=object, copy=True)
    precision[dropped] = "none"
    placed["precision"] = pd.Series(precision, index=placed.index, dtype="str")
    frames = [_location_defects(code, stations, *outside[code], mission) for code in DROPS]
    return Placed(placed, defects.concat(frames))


def check_places(
    stations: pd.DataFrame, areas: pd.DataFrame, located_area: IndexArray, mission: Mission
) -> pd.DataFrame:
    """Return the defects of stations' points against the areas.

    `located_area`: (N,) int32 into `areas`, -1 for none, as `places.area_of` joins the finest level.
    Distances are geodesic, to the nearest point of the boundary.
    """
    ground = _ground(areas)
    lon, lat = _lon_lat(stations)
    frames: list[pd.DataFrame] = [_shared_points(stations, lon, lat, mission)]
    if (shapely.get_type_id(ground.polygons) < 0).all():
        return defects.concat(frames)
    located = located_area.copy()
    unseen = np.flatnonzero((located < 0) & np.isfinite(lon))  # the registry locates exact points only
    located[unseen] = area_of(lon[unseen], lat[unseen], ground.outlines)
    is_judged = _is_judged(stations, ground)
    abroad = _outside_country(lon, lat, located, is_judged, ground, mission)
    unchecked = np.flatnonzero((located < 0) & np.isfinite(lon) & ~is_judged)
    right = np.full(len(unchecked), "a polygon of the declared area, or a country outline (level 0)", object)
    frames.append(_location_defects("point_unchecked", stations, unchecked, right, mission))
    frames += [_location_defects(code, stations, at, right, mission) for code, (at, right) in abroad.items()]
    done = np.zeros(len(lon), dtype=bool)
    for at, _ in abroad.values():
        done[at] = True
    return defects.concat([*frames, *_wrong_area(stations, lon, lat, located, ~done, ground, mission)])


def _ground(areas: pd.DataFrame) -> _Ground:
    polygons = np.asarray(areas["geometry"], dtype=object)
    polygons = polygons if len(polygons) else np.empty(0, dtype=object)
    levels = areas["level"].fillna(1).to_numpy(dtype=np.int64)
    outlines = polygons.copy()
    outlines[levels < (levels.max() if len(levels) else 0)] = None
    is_country = (levels == 0) & (shapely.get_type_id(polygons) >= 0)
    finest = outlines if (shapely.get_type_id(outlines) >= 0).any() else polygons
    country = finest
    if is_country.any():
        country = polygons.copy()
        country[~is_country] = None
    index = pd.Index(areas["area_id"])
    parent = np.asarray(index.get_indexer(pd.Index(areas["parent_id"])), dtype=np.int32)
    return _Ground(
        areas["area_id"].to_numpy(dtype=object), polygons, outlines, country, bool(is_country.any()), parent
    )


def _lon_lat(stations: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    return stations["lon"].to_numpy(dtype=np.float64), stations["lat"].to_numpy(dtype=np.float64)


def _is_judged(stations: pd.DataFrame, ground: _Ground) -> npt.NDArray[np.bool_]:
    """Return which stations can be outside the country: it, or the declared area, has a polygon."""
    if ground.has_country:
        return np.ones(len(stations), dtype=bool)
    declared = pd.Index(ground.area_id).get_indexer(pd.Index(stations["area_id"]))
    return np.append(shapely.get_type_id(ground.polygons) >= 0, False)[declared]


def _outside_country(
    lon: FloatArray,
    lat: FloatArray,
    located: IndexArray,
    is_judged: npt.NDArray[np.bool_],
    ground: _Ground,
    mission: Mission,
) -> dict[str, tuple[Places, npt.NDArray[np.object_]]]:
    """Return code → (positions, what would be right) for points in no area and not near one either."""
    outlines = ground.outlines
    if (shapely.get_type_id(outlines) < 0).all():  # the country alone is drawn, or areas above the finest
        outlines, located = ground.country, area_of(lon, lat, ground.country)
    lost = np.flatnonzero((located < 0) & np.isfinite(lon) & is_judged)
    metres, _ = boundary_m(lon[lost], lat[lost], outlines)
    far = lost[metres > mission.thresholds.outside_area_km * 1000]
    metres = metres[metres > mission.thresholds.outside_area_km * 1000]
    turned = area_of(lat[far], lon[far], outlines)
    at_home = area_of(lon[far], lat[far], ground.country) >= 0
    swapped = (turned >= 0) & ~at_home
    foreign = ~swapped & ~at_home
    right_swapped = np.array(
        [
            f"lon {lat[station]:.6g}, lat {lon[station]:.6g}, which lies in {ground.area_id[area]}"
            for station, area in zip(far[swapped], turned[swapped], strict=True)
        ],
        dtype=object,
    )
    return {
        "coordinates_swapped": (far[swapped], right_swapped),
        "point_foreign": (far[foreign], _kilometres(metres[foreign], "a point in the country")),
        "point_outside_mission": (
            far[at_home],
            _kilometres(metres[at_home], "a point in the mission's areas"),
        ),
    }


def _distance(metres: float) -> str:
    return f"{metres:,.0f} m" if metres < 1_000 else f"{metres / 1000:,.1f} km"


def _kilometres(metres: FloatArray, right: str) -> npt.NDArray[np.object_]:
    return np.array(
        [f"{right}; this lies {_distance(distance_m)} outside" for distance_m in metres], dtype=object
    )


def _wrong_area(
    stations: pd.DataFrame,
    lon: FloatArray,
    lat: FloatArray,
    located: IndexArray,
    here: npt.NDArray[np.bool_],
    ground: _Ground,
    mission: Mission,
) -> list[pd.DataFrame]:
    """Return the points that lie outside the declared area: beyond the tolerance, and within it."""
    declared = np.asarray(pd.Index(ground.area_id).get_indexer(pd.Index(stations["area_id"])), dtype=np.int32)
    doubt = here & np.isfinite(lon) & (declared >= 0) & (located != declared)
    doubt[doubt] = shapely.get_type_id(ground.polygons[declared[doubt]]) >= 0
    places = np.flatnonzero(doubt)
    places = places[~_contains(declared[places], lon[places], lat[places], ground)]
    metres = np.full(len(places), np.nan)
    plane = equal_area_plane(ground.polygons)
    for area in np.unique(declared[places]):
        mine = declared[places] == area
        metres[mine], _ = boundary_m(lon[places[mine]], lat[places[mine]], ground.polygons[[area]], plane)
    far = metres > mission.thresholds.outside_area_km * 1000
    names = np.append(ground.area_id, "no area")
    right = np.array(
        [
            f"a point in {names[declared[station]]}, the declared area; this lies {_distance(m)} outside it, "
            f"in {names[located[station]]}"
            for station, m in zip(places, metres, strict=True)
        ],
        dtype=object,
    )
    return [
        _location_defects("point_outside_area", stations, places[far], right[far], mission),
        _location_defects("point_near_border", stations, places[~far], right[~far], mission),
    ]


def _contains(area: IndexArray, lon: FloatArray, lat: FloatArray, ground: _Ground) -> npt.NDArray[np.bool_]:
    """Return whether each point lies in (or on) its declared area: a coarser level has no outline."""
    inside = np.zeros(len(area), dtype=bool)
    for index in np.unique(area):
        mine = area == index
        inside[mine] = area_of(lon[mine], lat[mine], ground.polygons[[index]]) >= 0
    return inside


def _shared_points(
    stations: pd.DataFrame, lon: FloatArray, lat: FloatArray, mission: Mission
) -> pd.DataFrame:
    """Return one defect per point that carries more stations than one building does."""
    most = mission.thresholds.stations_per_point
    here = np.flatnonzero(np.isfinite(lon) & (stations["precision"] == "point").to_numpy(dtype=bool))
    here = here[np.lexsort((stations["row"].to_numpy()[here], lat[here], lon[here]))]
    if not len(here):
        return defects.empty()
    new = np.append(True, (np.diff(lon[here]) != 0) | (np.diff(lat[here]) != 0))
    starts = np.flatnonzero(new)
    sizes = np.diff(np.append(starts, len(here)))
    starts, sizes = starts[sizes > most], sizes[sizes > most]
    ids = stations["station_id"]
    right = np.array(
        [
            f"at most {most} stations on one point, not {size}: {', '.join(ids.iloc[here[s : s + 3]])}, …"
            for s, size in zip(starts, sizes, strict=True)
        ],
        dtype=object,
    )
    return _location_defects("many_on_one_point", stations, here[starts], right, mission)


def _location_defects(
    code: str, stations: pd.DataFrame, at: Places, expected: npt.NDArray[np.object_], mission: Mission
) -> pd.DataFrame:
    rows = stations.iloc[at]
    shown = [
        f"{station_id}: {lon:.6g}, {lat:.6g}"
        for station_id, lon, lat in zip(rows["station_id"], rows["lon"], rows["lat"], strict=True)
    ]
    return defects.defects_at(
        code,
        table="stations",
        file=file_of(mission, "stations"),
        rows=rows["row"],
        column="lon, lat",
        values=np.array(shown, dtype=object),
        expected=expected,
    )


def boundary_m(
    lon: FloatArray, lat: FloatArray, polygons: Polygons, plane: pyproj.Transformer | None = None
) -> tuple[FloatArray, Places]:
    """Return the geodesic distance of points to the nearest boundary in metres, and whose it is.

    (N,) float64 and (N,) int64 into `polygons`. The nearest point is looked for in an equal-area plane
    centred on the polygons (`plane`, where many calls share one), the distance to it is measured on the
    ellipsoid.
    """
    if not len(lon):
        return np.empty(0), np.empty(0, np.int64)
    change = plane or equal_area_plane(polygons)
    ends, owner = _segments(polygons, change)
    x, y = change.transform(lon, lat)
    far = ~(np.isfinite(x) & np.isfinite(y))  # the antipode of an azimuthal plane has no place
    here = np.column_stack([np.where(far, 0, x), np.where(far, 0, y)])
    tree = shapely.STRtree(np.asarray(shapely.linestrings(ends), dtype=object))
    nearest = tree.nearest(shapely.points(here))
    start, along = ends[nearest, 0], ends[nearest, 1] - ends[nearest, 0]
    length = np.maximum((along**2).sum(axis=1), np.finfo(np.float64).tiny)
    share = np.clip(((here - start) * along).sum(axis=1) / length, 0, 1)
    foot = start + share[:, None] * along
    to_lon, to_lat = change.transform(foot[:, 0], foot[:, 1], direction="INVERSE")
    metres = GEOD.inv(lon, lat, to_lon, to_lat)[2]
    return np.where(far, np.pi * GEOD.a, metres), owner[nearest]


def _segments(polygons: Polygons, change: pyproj.Transformer) -> tuple[FloatArray, Places]:
    """Return both ends of every edge in the plane, (E, 2, 2) float64, and the polygon each belongs to."""
    parts, of_part = shapely.get_parts(polygons, return_index=True)  # get_rings passes multipolygons over
    rings, of_ring_part = shapely.get_rings(parts, return_index=True)
    of_polygon = of_part[of_ring_part]
    corners, of_ring = shapely.get_coordinates(rings, return_index=True)
    plane = np.column_stack(change.transform(corners[:, 0], corners[:, 1]))
    joined = np.flatnonzero((of_ring[1:] == of_ring[:-1]) & np.isfinite(plane[1:] + plane[:-1]).all(axis=1))
    ends = np.stack([plane[joined], plane[joined + 1]], axis=1)
    return ends, np.asarray(of_polygon[of_ring[joined]], dtype=np.int64)
