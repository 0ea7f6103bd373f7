"""The ground of a simulation: areas and the towns with people in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from geo.model.columns import BoolArray, FloatArray, IntArray
from geo.model.errors import InputError
from geo.model.tables import LANGUAGES

KM_PER_DEGREE: Final = 111.195  # of latitude on a sphere of 6,371.0088 km, the earth's mean radius
# Areas are kept apart in nearest-neighbour searches by a third coordinate, larger than any degree.
APART: Final = 10_000.0
MAX_BYTES: Final = 300_000_000  # of areas or settlements; both are read as a whole
_PEOPLE: Final = ("population", "population_2020s", "people")


@dataclass(frozen=True, eq=False)
class Land:
    """A areas and S towns.

    `polygons`: (A,) object, EPSG:4326; `km2`: (A,) their size. `features`: the GeoJSON properties of each
    area, as read. `town_*`, `area_of_town`: (S,), degrees EPSG:4326, people, position of the area.
    `town_names`: a town's name → what it is called by language.
    """

    area_ids: tuple[str, ...]
    area_names: tuple[str, ...]
    features: tuple[dict[str, Any], ...]
    is_city: BoolArray
    polygons: npt.NDArray[np.object_]
    km2: FloatArray
    town_name: npt.NDArray[np.object_]
    town_lon: FloatArray
    town_lat: FloatArray
    town_people: FloatArray
    town_names: Mapping[str, Mapping[str, str]]
    area_of_town: IntArray


def km_between(lon_a: FloatArray, lat_a: FloatArray, lon_b: FloatArray, lat_b: FloatArray) -> FloatArray:
    """Return great-circle distances in km on a sphere; arguments broadcast, degrees.

    >>> float(km_between(np.array(76.91), np.array(43.25), np.array(71.45), np.array(51.18)).round())
    973.0
    """
    a, b = np.radians(lat_a), np.radians(lat_b)
    h = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(lon_b - lon_a) / 2) ** 2
    return np.asarray(2 * 6371.0088 * np.arcsin(np.sqrt(np.clip(h, 0, 1))), dtype=np.float64)


def load(areas: Path, settlements: Path | None) -> Land:
    """Return areas and towns; without settlements, towns are strewn evenly.

    Cached by path and modification time. Raises InputError naming file and feature or row.
    """
    stamps = tuple(_stamp(path) for path in (areas, settlements) if path is not None)
    return _load(areas, settlements, stamps)


def _stamp(path: Path) -> int:
    try:
        status = path.stat()
    except OSError:
        raise InputError(f"{path}: there is no such file") from None
    if status.st_size > MAX_BYTES:
        raise InputError(f"{path}: {status.st_size} bytes; at most {MAX_BYTES} are read")
    return status.st_mtime_ns


@lru_cache(maxsize=8)
def _load(areas: Path, settlements: Path | None, _stamps: tuple[int, ...]) -> Land:
    features, polygons = _areas(areas)
    shapely.prepare(polygons)
    bounds = shapely.bounds(polygons)
    middle = np.radians((bounds[:, 1] + bounds[:, 3]) / 2)
    km2 = shapely.area(polygons) * KM_PER_DEGREE**2 * np.cos(middle)
    ids = tuple(str(feature["area_id"]) for feature in features)
    towns = _even_towns(polygons, km2) if settlements is None else _towns(settlements, ids, polygons)
    return Land(
        area_ids=ids,
        area_names=tuple(str(feature.get("name_en") or feature["area_id"]) for feature in features),
        features=tuple(features),
        is_city=np.array([str(feature.get("kind", "")) in ("city", "lease") for feature in features]),
        polygons=polygons,
        km2=km2,
        town_name=towns["name"].to_numpy(dtype=object),
        town_lon=towns["lon"].to_numpy(dtype=np.float64),
        town_lat=towns["lat"].to_numpy(dtype=np.float64),
        town_people=towns["people"].to_numpy(dtype=np.float64),
        town_names=_names_elsewhere(towns),
        area_of_town=towns["area"].to_numpy(dtype=np.int64),
    )


def _areas(path: Path) -> tuple[list[dict[str, Any]], npt.NDArray[np.object_]]:
    """Return properties and polygons of level 1, or of all if none says level 1."""
    try:
        collection = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path.name}: is not GeoJSON ({error})") from None
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or not features:
        raise InputError(f"{path.name}: must be a GeoJSON FeatureCollection with polygons")
    properties, shapes = [], []
    for position, feature in enumerate(features, start=1):
        known, shape = _feature(path.name, position, feature)
        properties.append(known)
        shapes.append(shape)
    is_oblast = np.array([str(known.get("level", 1)) == "1" for known in properties])
    keep = is_oblast if is_oblast.any() else np.ones(len(properties), dtype=bool)
    chosen = [known for known, wanted in zip(properties, keep, strict=True) if wanted]
    ids = [known["area_id"] for known in chosen]
    if len(set(ids)) < len(ids):
        twice = sorted({name for name in ids if ids.count(name) > 1})
        raise InputError(f"{path.name}: area_id {twice[0]!r} stands twice")
    return chosen, np.array(shapes, dtype=object)[keep]


def _feature(file: str, position: int, feature: Any) -> tuple[dict[str, Any], Any]:
    """Return one feature's properties, with an area_id, and its polygon."""
    known = feature.get("properties") if isinstance(feature, dict) else None
    known = dict(known) if isinstance(known, dict) else {}
    known["area_id"] = str(known.get("area_id") or f"A{position:03d}")
    try:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
    except (KeyError, TypeError, ValueError, shapely.GEOSException):
        shape = None
    if shape is None or shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty:
        raise InputError(f"{file} feature {position} ({known['area_id']}): is not a polygon")
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise InputError(f"{file} feature {position} ({known['area_id']}): is not in degrees (EPSG:4326)")
    return known, shape if shape.is_valid else shapely.make_valid(shape, method="structure")


def _towns(path: Path, ids: tuple[str, ...], polygons: npt.NDArray[np.object_]) -> pd.DataFrame:
    """Return towns with people, each in its declared area or around its point."""
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise InputError(f"{path.name}: is not a CSV file ({error})") from None
    people = next((name for name in _PEOPLE if name in frame), "")
    missing = [name for name in ("name", "lon", "lat") if name not in frame] + (
        [] if people else ["population"]
    )
    if missing:
        raise InputError(f"{path.name}: column {', '.join(missing)} is missing")
    # A settlement whose people are not known keeps its place in the file and gets no station.
    frame = frame.assign(**{people: frame[people].mask(frame[people].str.strip().eq(""), "0")})
    numbers = frame[["lon", "lat", people]].apply(pd.to_numeric, errors="coerce")
    is_bad = ~np.isfinite(numbers).all(axis=1) | numbers["lon"].abs().gt(180) | numbers["lat"].abs().gt(90)
    if is_bad.any():
        row = int(np.flatnonzero(is_bad)[0])
        raise InputError(f"{path.name} row {row + 2}: lon, lat and {people} must be numbers")
    towns = pd.DataFrame({"name": frame["name"], "lon": numbers["lon"], "lat": numbers["lat"]})
    towns["people"] = numbers[people].clip(lower=0)
    for column in frame.columns.intersection([f"name_{code}" for code in LANGUAGES]):
        towns[column] = frame[column].str.strip()
    declared = next((name for name in ("area_id", "iso_2005") if name in frame), "")
    area = pd.Series(-1, index=frame.index)
    if declared:
        area = frame[declared].map({name: index for index, name in enumerate(ids)}).fillna(-1).astype("int64")
    for index, polygon in enumerate(polygons):
        inside = shapely.contains_xy(polygon, towns["lon"].to_numpy(), towns["lat"].to_numpy())
        area = area.mask(area.lt(0) & pd.Series(inside, index=area.index), index)
    towns["area"] = area
    towns = towns[towns["area"].ge(0) & towns["people"].gt(0)].reset_index(drop=True)
    if towns.empty:
        raise InputError(f"{path.name}: no settlement with people lies in the areas")
    return towns


def _names_elsewhere(towns: pd.DataFrame) -> Mapping[str, Mapping[str, str]]:
    """Return what towns are called in other languages, by name; of two towns of one name the first counts."""
    columns = {code: f"name_{code}" for code in LANGUAGES if f"name_{code}" in towns}
    names: dict[str, Mapping[str, str]] = {}
    for row in towns.to_dict("records"):
        texts = {code: str(row[column]) for code, column in columns.items() if row[column]}
        if texts:
            names.setdefault(str(row["name"]), MappingProxyType(texts))
    return MappingProxyType(names)


def _even_towns(polygons: npt.NDArray[np.object_], km2: FloatArray) -> pd.DataFrame:
    """Return some 400 towns strewn evenly, ten million people in all: equal people per km² in every area."""
    rng = np.random.default_rng(0)
    counts = np.maximum(1, np.round(400 * km2 / km2.sum())).astype(np.int64)
    area = np.repeat(np.arange(len(polygons)), counts)
    lon, lat = points_inside(rng, polygons, area)
    spread = rng.lognormal(0.0, 1.0, len(area))
    per_area = np.bincount(area, spread, len(polygons))
    people = 10_000_000 * (km2 / km2.sum())[area] * spread / per_area[area]
    name = [f"Town {index + 1}" for index in range(len(area))]
    return pd.DataFrame({"name": name, "lon": lon, "lat": lat, "people": people, "area": area})


def is_inside(
    polygons: npt.NDArray[np.object_], area: IntArray, lon: FloatArray, lat: FloatArray
) -> BoolArray:
    """Return whether each point lies in its own area's polygon; (N,) bool."""
    result = np.zeros(len(area), dtype=np.bool_)
    order = np.argsort(area, kind="stable")
    edges = np.searchsorted(area[order], np.arange(len(polygons) + 1))
    for index in np.unique(area):
        rows = order[edges[index] : edges[index + 1]]
        result[rows] = shapely.contains_xy(polygons[index], lon[rows], lat[rows])
    return result


def points_inside(
    rng: np.random.Generator, polygons: npt.NDArray[np.object_], area: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return a point in every given area, uniform in degrees.

    After 60 misses, as in a sliver, it is a point known to lie inside.
    """
    west, south, east, north = shapely.bounds(polygons).T
    middle = shapely.point_on_surface(polygons)
    lon, lat = shapely.get_x(middle)[area], shapely.get_y(middle)[area]
    open_rows = np.arange(len(area))
    for _ in range(60):
        if not len(open_rows):
            break
        at = area[open_rows]
        x = rng.uniform(west[at], east[at])
        y = rng.uniform(south[at], north[at])
        hit = is_inside(polygons, at, x, y)
        lon[open_rows[hit]], lat[open_rows[hit]] = x[hit], y[hit]
        open_rows = open_rows[~hit]
    return lon, lat


def nearest_in_area(
    seeds: tuple[FloatArray, FloatArray, IntArray], points: tuple[FloatArray, FloatArray, IntArray]
) -> IntArray:
    """Return for each point (lon, lat, area) the nearest seed of the same area.

    (N,) int64; −1 where the area has no seed. Plane degrees on purpose: it is the same rule that draws
    Voronoi polygons, so a point always lies in the polygon of its seed.
    """
    tree = cKDTree(np.column_stack([seeds[0], seeds[1], seeds[2] * APART]))
    _, nearest = tree.query(np.column_stack([points[0], points[1], points[2] * APART]), workers=-1)
    nearest = np.asarray(nearest, dtype=np.int64)
    return np.where(seeds[2][nearest] == points[2], nearest, -1)
