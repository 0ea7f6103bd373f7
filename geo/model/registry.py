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

from geo.model import grid, places
from geo.model.columns import (
    CodeArray,
    FloatArray,
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
from geo.model.mission import Mission
from geo.model.tables import LANGUAGES, PRECISIONS, STATUSES, station_id


@dataclass(frozen=True, eq=False)
class Areas:
    """Columns over areas, sorted by `area_id`; `parent` -1 for none, `polygon` None for unknown.

    `names`: code of a language → a name of each, "" where there is none. `old_names`: former and other names
    of each, ";" between, "" for none. `polygon`: EPSG:4326.
    """

    area_id: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]
    old_names: tuple[str, ...]
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
    """Columns over polling stations, sorted by `station_id`; lon, lat degrees EPSG:4326, NaN missing.

    Texts are "" and codes -1 where something is missing; `area`: position in `Areas`, -1 for an area that is
    not known; `precision`: code of PRECISIONS; `voters`: registered, NaN for missing.
    """

    station_id: pa.Array
    number: pa.Array
    stream: pa.Array
    name: pa.Array
    address: pa.Array
    settlement: pa.Array
    old_names: pa.Array
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
class ClosedStations:
    """Stations of the register that are not open: in no figure, gap or route, and still found by name.

    `status`: (C,) code of STATUSES. `merged_into`: (C,) position of the open station that stands for a
    merged one, -1 for none.
    """

    stations: Stations
    status: CodeArray
    merged_into: IndexArray

    def __len__(self) -> int:
        return len(self.stations)


@dataclass(frozen=True, eq=False)
class Registry:
    """Areas and open stations with their joins, and the stations that are not open beside them.

    `located_area`: (N,) int32, the area of the finest level that the point lies in, -1 for none or no
    point: a check on the declared area, never a replacement. `cell`: (N,) uint64 H3, 0 for
    stations without a point of their own. `version`: 16 hexadecimal digits of the content.
    """

    areas: Areas
    stations: Stations
    located_area: IndexArray
    cell: npt.NDArray[np.uint64]
    version: str
    closed: ClosedStations

    def area_at_level(self, level: int) -> IndexArray:
        """Return every station's declared area raised to a level, (N,) int32, -1 where there is none."""
        return frozen(raised(self.areas, level)[self.stations.area])

    def station(self, station_id: str) -> int:
        """Return a station's position, of a merged one that of the station it is part of; -1 for none."""
        position = self.stations.by_id.find(station_id)
        if position >= 0 or not len(self.closed):
            return position
        row = self.closed.stations.by_id.find(station_id)
        return int(self.closed.merged_into[row]) if row >= 0 else -1

    def positions(self, station_ids: pd.Series) -> IndexArray:
        """Return of each id what `station` does, (N,) int32."""
        position = positions(station_ids, self.stations.index)
        if not len(self.closed):
            return position
        row = positions(station_ids, self.closed.stations.index)
        return frozen(
            np.where(position >= 0, position, np.append(self.closed.merged_into, np.int32(-1))[row])
        )


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
    is_used = is_open(stations)
    station_columns = _stations(stations[is_used] if not is_used.all() else stations, area_columns)
    closed = _closed(stations[~is_used], area_columns, station_columns)
    on_map = station_columns.is_on_map
    lon = np.where(on_map, station_columns.lon, np.nan)
    lat = np.where(on_map, station_columns.lat, np.nan)
    return Registry(
        areas=area_columns,
        stations=station_columns,
        located_area=frozen(places.area_of(lon, lat, finest_outlines(area_columns))),
        cell=frozen(grid.cell_of(lon, lat, mission.thresholds.cell_resolution)),
        version=content_hash(area_columns, station_columns, closed, mission.thresholds.cell_resolution),
        closed=closed,
    )


def finest_outlines(areas: Areas) -> npt.NDArray[np.object_]:
    """Return the polygons of the finest level there is, (A,) object, None for all other areas."""
    outlines = areas.polygon.copy()
    outlines[areas.level != areas.level.max(initial=0)] = None
    return outlines


def is_open(stations: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return which stations of a conformed frame are open on election day, (N,) bool."""
    return ~stations["status"].isin(STATUSES[1:]).to_numpy(dtype=bool)


def stations_merged_into(closed: pd.DataFrame, open_ids: pd.Series) -> pd.Series:
    """Return for each id of a station not open the open one it is part of, "" for none.

    A station may be named by its id, or by its number in the same area; mergers of mergers are followed.
    """
    target = {row["station_id"]: _candidates(row) for row in closed.to_dict("records")}
    known = set(open_ids)

    def end(name: str) -> str:
        seen = set[str]()
        while name in target and name not in seen:
            seen.add(name)
            name = next((text for text in target[name] if text in known or text in target), "")
        return name if name in known else ""

    return pd.Series({name: end(name) for name in target}, dtype="str")


def _candidates(row: dict[Any, Any]) -> tuple[str, ...]:
    written = str(row["merged_into"] or "")
    return (written, station_id(row["area_id"], written)) if written else ()


def _closed(frame: pd.DataFrame, areas: Areas, known: Stations) -> ClosedStations:
    stations = _stations(frame, areas)
    if not len(frame):
        return ClosedStations(stations, codes(frame["status"], STATUSES), positions([], known.index))
    ordered = frame.set_index("station_id").reindex(stations.station_id.to_pylist())
    target = stations_merged_into(frame, known.station_id.to_pandas())
    return ClosedStations(
        stations=stations,
        status=codes(ordered["status"], STATUSES),
        merged_into=positions(target.reindex(ordered.index), known.index),
    )


def _areas(frame: pd.DataFrame) -> Areas:
    ordered = frame.sort_values("area_id", kind="stable", ignore_index=True)
    index = pd.Index(ordered["area_id"].tolist(), dtype="str")
    polygons = np.empty(len(ordered), dtype=object)
    polygons[:] = ordered["geometry"].tolist() if "geometry" in ordered else None
    return Areas(
        area_id=tuple(ordered["area_id"]),
        names=MappingProxyType({code: tuple(ordered[f"name_{code}"].fillna("")) for code in LANGUAGES}),
        old_names=tuple(ordered["old_names"].fillna("")),
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
        for name in (
            "station_id", "number", "stream", "name", "address", "settlement", "old_names", "stratum",
        )
    }  # fmt: skip
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
    """Return the declared precision; where none is declared, a point with coordinates and none without."""
    declared = codes(frame["precision"], PRECISIONS)
    has_point = np.isfinite(numbers(frame["lon"])) & np.isfinite(numbers(frame["lat"]))
    implied = np.where(has_point, PRECISIONS.index("point"), PRECISIONS.index("none"))
    return frozen(np.asarray(np.where(declared >= 0, declared, implied), dtype=np.int8))
