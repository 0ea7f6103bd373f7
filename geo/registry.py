"""The static half of a mission: areas, stations, and where each station lies. Built once per content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from geo import grid, places
from geo.columns import (
    CodeArray,
    IndexArray,
    SortedTexts,
    booleans,
    codes,
    content_hash,
    frozen,
    numbers,
    positions,
    sorted_by,
    texts,
)
from geo.mission import Mission
from geo.tables import LANGUAGES, PRECISIONS

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Areas:
    """Columns over areas, sorted by `area_id`; `parent` -1 for none, `polygon` None for unknown."""

    area_id: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]
    level: CodeArray
    parent: IndexArray
    kind: tuple[str, ...]
    polygon: npt.NDArray[np.object_]
    locator: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.area_id)

    def name(self, index: int, language: str) -> str:
        """Return the name in a language, in English where it has none there."""
        return self.names[language][index] or self.names["en"][index]

    @cached_property
    def index(self) -> pd.Index:
        return pd.Index(list(self.area_id), dtype="str")


@dataclass(frozen=True, eq=False)
class Stations:
    """Columns over polling stations, sorted by `station_id`; lon, lat degrees EPSG:4326, NaN missing."""

    station_id: pa.Array
    number: pa.Array
    stream: pa.Array
    name: pa.Array
    address: pa.Array
    settlement: pa.Array
    stratum: pa.Array
    area: IndexArray
    lon: FloatArray
    lat: FloatArray
    precision: CodeArray
    voters: FloatArray
    is_urban: CodeArray
    has_evoting: CodeArray
    is_sampled: CodeArray

    def __len__(self) -> int:
        return len(self.area)

    @cached_property
    def index(self) -> pd.Index[str]:
        index: pd.Index[str] = pd.Index(self.station_id.to_pandas(), dtype="str")
        return index

    @cached_property
    def by_id(self) -> SortedTexts:
        """Look up one id without the index, which costs a Python object per station."""
        return SortedTexts(self.station_id)

    @property
    def is_on_map(self) -> npt.NDArray[np.bool_]:
        """(N,) whether the station has a point of its own; every other is listed beside the map."""
        is_point = self.precision == PRECISIONS.index("point")
        return np.asarray(is_point & np.isfinite(self.lon) & np.isfinite(self.lat))


@dataclass(frozen=True, eq=False)
class Registry:
    """Areas and stations with their joins.

    `located_area`: (N,) int32, the area (of the finest level drawn) the point lies in, -1 for none or
    no point: a check on the declared area, never a replacement. `cell`: (N,) uint64 H3, 0 for
    stations without a point of their own. `version`: 16 hexadecimal digits of the content.
    """

    areas: Areas
    stations: Stations
    located_area: IndexArray
    cell: npt.NDArray[np.uint64]
    version: str

    @cached_property
    def cells(self) -> npt.NDArray[np.uint64]:
        """(U,) uint64, every H3 cell that holds a station with a point of its own, ascending."""
        held = np.unique(self.cell)
        return frozen(held[held != grid.NO_CELL])

    def area_at_level(self, level: int) -> IndexArray:
        """Return every station's declared area raised to a level, (N,) int32, -1 where there is none."""
        return frozen(raised(self.areas, level)[self.stations.area])

    def station(self, station_id: str) -> int:
        """Return a station's position, -1 if there is no such station."""
        return self.stations.by_id.find(station_id)


def raised(areas: Areas, level: int) -> IndexArray:
    """Return for every area its ancestor (or itself) at a level, (A + 1,) int32, -1 for none.

    The last entry stands for "no area", so that indexing with -1 stays -1.
    """
    target = np.full(len(areas) + 1, -1, dtype=np.int32)
    for index in range(len(areas)):
        here, steps = index, 0
        while here >= 0 and areas.level[here] > level and steps <= len(areas):
            here, steps = int(areas.parent[here]), steps + 1
        if here >= 0 and areas.level[here] == level:
            target[index] = here
    return target


def build(areas: pd.DataFrame, stations: pd.DataFrame, mission: Mission) -> Registry:
    """Return the registry of conformed `areas` and `stations` frames, whatever their row order.

    Cost: one point-in-area join and one H3 look-up per station with a point.
    """
    area_columns = _areas(areas)
    station_columns = _stations(stations, area_columns)
    on_map = station_columns.is_on_map
    lon = np.where(on_map, station_columns.lon, np.nan)
    lat = np.where(on_map, station_columns.lat, np.nan)
    finest = area_columns.level == (area_columns.level.max() if len(area_columns) else 0)
    outlines = area_columns.polygon.copy()
    outlines[~finest] = None
    return Registry(
        areas=area_columns,
        stations=station_columns,
        located_area=frozen(places.area_of(lon, lat, outlines)),
        cell=frozen(grid.cell_of(lon, lat, mission.thresholds.cell_resolution)),
        version=content_hash(area_columns, station_columns, mission.thresholds.cell_resolution),
    )


def _areas(frame: pd.DataFrame) -> Areas:
    ordered = frame.sort_values("area_id", kind="stable", ignore_index=True)
    index = pd.Index(ordered["area_id"].tolist(), dtype="str")
    polygons = np.empty(len(ordered), dtype=object)
    polygons[:] = ordered["geometry"].tolist() if "geometry" in ordered else None
    return Areas(
        area_id=tuple(ordered["area_id"]),
        names=MappingProxyType({code: tuple(ordered[f"name_{code}"].fillna("")) for code in LANGUAGES}),
        level=frozen(_levels(ordered["level"])),
        parent=positions(ordered["parent_id"], index),
        kind=tuple(ordered["kind"].fillna("")),
        polygon=frozen(polygons),
        locator=tuple(ordered["locator"].fillna("")),
    )


def _levels(values: pd.Series) -> CodeArray:
    """Return levels as int8, 1 where none is given; an absurd 300 must not wrap round to oblast 44."""
    level = values.astype("Int64").fillna(1).to_numpy(dtype=np.int64)
    return np.clip(level, 0, np.iinfo(np.int8).max).astype(np.int8)


def _stations(frame: pd.DataFrame, areas: Areas) -> Stations:
    ordered = sorted_by(frame, "station_id")
    columns: dict[str, Any] = {
        name: texts(ordered[name])
        for name in ("station_id", "number", "stream", "name", "address", "settlement", "stratum")
    }
    return Stations(
        **columns,
        area=positions(ordered["area_id"], areas.index),
        lon=numbers(ordered["lon"]),
        lat=numbers(ordered["lat"]),
        precision=_precision(ordered),
        voters=numbers(ordered["voters"]),
        is_urban=booleans(ordered["urban"]),
        has_evoting=booleans(ordered["evoting"]),
        is_sampled=booleans(ordered["is_sampled"]),
    )


def _precision(frame: pd.DataFrame) -> CodeArray:
    """Declared precision; where none is declared, a point with coordinates and none without."""
    declared = codes(frame["precision"], PRECISIONS)
    has_point = np.isfinite(numbers(frame["lon"])) & np.isfinite(numbers(frame["lat"]))
    implied = np.where(has_point, PRECISIONS.index("point"), PRECISIONS.index("none"))
    return frozen(np.asarray(np.where(declared >= 0, declared, implied), dtype=np.int8))
