"""What rows of a table may need to know of places in other tables: zones, areas of points, lone numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import shapely

from geo.model.columns import positions
from geo.model.mission import Mission
from geo.model.registry import Registry
from geo.reading.check_boundaries import repair
from geo.reading.id_forms import ascii_digits

_NOTHING: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, eq=False, slots=True)
class KnownPlaces:
    """Areas, and where mission.toml says that numbers are unique, stations by their number.

    `parent`: area_id → the area it lies in. `area_id`, `polygons`: (A,) of the finest level, in force on
    election day. `station_of_number`: number → station_id, "" for a number that several stations have;
    None where a number alone is no key.
    """

    parent: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    area_id: tuple[str, ...] = ()
    polygons: npt.NDArray[np.object_] = field(default_factory=lambda: np.empty(0, dtype=object))
    station_of_number: pd.Series[str] | None = None

    def zone_of(self, area_id: str, mission: Mission) -> str:
        """Return the name of the zone in force in an area: its own, else its nearest ancestor's."""
        here, seen = area_id, set[str]()
        while here and here not in seen:
            if here in mission.time_zones:
                return mission.time_zones[here]
            seen.add(here)
            here = self.parent.get(here, "")
        return mission.time_zone

    def area_of(self, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> npt.NDArray[np.object_]:
        """Return the area each point lies in, (N,) texts, "" for none, or for more than one.

        `lon`, `lat`: (N,) degrees EPSG:4326, NaN for none. Areas drawn past 180 degrees (170 … 190) hold the
        points on both sides.
        """
        results = np.full(len(lon), "", dtype=object)
        present = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
        if not len(self.area_id) or not len(present):
            return results
        tree = shapely.STRtree(self.polygons)
        west, _, east, _ = shapely.total_bounds(self.polygons)
        turns = [0.0, *([360.0] if east > 180 else []), *([-360.0] if west < -180 else [])]
        pairs = [
            tree.query(shapely.points(lon[present] + turn, lat[present]), predicate="within")
            for turn in turns
        ]
        point, area = np.concatenate(pairs, axis=1)
        once = np.bincount(point, minlength=len(present)) == 1
        ids = np.array(self.area_id, dtype=object)
        results[present[point[once[point]]]] = ids[area[once[point]]]
        return results


def known_places(areas: pd.DataFrame, mission: Mission) -> KnownPlaces:
    """Return what conformed areas tell; `geometry` may be missing where no point is looked up."""
    parent = {area: above for area, above in zip(areas["area_id"], areas["parent_id"], strict=True) if above}
    if "geometry" not in areas or not len(areas):
        return KnownPlaces(parent)
    areas = areas[in_force(areas, mission)] if "valid_from" in areas else areas
    levels = areas["level"].fillna(1).to_numpy(dtype=np.int64)
    finest = areas[levels == levels.max(initial=0)]
    polygons = repair(np.asarray(finest["geometry"], dtype=object))
    has_shape = shapely.get_type_id(polygons) >= 0
    return KnownPlaces(parent, tuple(finest["area_id"][has_shape]), polygons[has_shape])


def places_of_registry(known: Registry, mission: Mission) -> KnownPlaces:
    """Return of a registry what reports may need to know of places."""
    areas, stations = known.areas, known.stations
    parents = np.append(np.array(areas.area_id, dtype=object), "")[areas.parent]
    frame = pd.DataFrame({"area_id": list(areas.area_id), "parent_id": parents, "level": areas.level})
    places = known_places(frame.assign(geometry=pd.Series(areas.polygon, dtype=object)), mission)
    if any(source.unique_numbers for source in mission.tables):
        by_number = with_closed(
            *(
                stations_by_number(part.number.to_pylist(), part.station_id.to_pylist())
                for part in (stations, known.closed.stations)
            )
        )
        places = replace(places, station_of_number=by_number)
    return places


def stations_by_number(
    number: Iterable[str] | pd.Series[Any], station_id: Iterable[str] | pd.Series[Any]
) -> pd.Series[str]:
    """Return number → station_id, "" for a number that several stations have."""
    number = (ascii_digits(item) for item in number)
    known = pd.Series(list(station_id), index=pd.Index(list(number), dtype="str"), dtype="str")
    known = known.where(~known.index.duplicated(keep=False), "")
    return known[~known.index.duplicated()]


def with_closed(known: pd.Series[str], closed: pd.Series[str]) -> pd.Series[str]:
    """Return number → station_id of open stations, and of those not open where no open one has the number."""
    return pd.concat([known, closed[~closed.index.isin(known.index)]])


def stations_named(numbers: pa.Array, known: pd.Series[str]) -> npt.NDArray[np.object_]:
    """Return the station each number alone names, (N,) texts, "" for none or several."""
    at = positions(numbers.to_pylist(), known.index)
    return np.append(known.to_numpy(dtype=object), "")[at]


def in_force(areas: pd.DataFrame, mission: Mission) -> npt.NDArray[np.bool_]:
    """Return which areas were in force on election day, (A,) bool; without dates they were."""
    day = pd.Timestamp(mission.election_date, tz="UTC")
    late, over = areas["valid_from"] > day, areas["valid_to"] < day
    return ~(late | over).to_numpy(dtype=bool)
