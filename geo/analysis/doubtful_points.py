"""Stations whose point cannot be right or is missing: swapped, abroad, in another area, shared, none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from geo.model.snapshot import Snapshot

# Codes of defects that reading finds, the surest first; a station is listed under the first that it has.
FROM_DEFECTS: Final = (
    "coordinates_swapped", "point_foreign", "point_outside_mission", "point_outside_area",
)  # fmt: skip
_SHOWN: Final = re.compile(r"(.*): (-?[\d.e+-]+), (-?[\d.e+-]+)", re.DOTALL)  # "station id: lon, lat"
MISSING: Final = "missing"
SHARED: Final = "many_on_one_point"
KINDS: Final = (*FROM_DEFECTS, SHARED, MISSING)


@dataclass(frozen=True, slots=True)
class DoubtfulPoint:
    """What is wrong with the point of a station (its position in the registry): `kind`, one of KINDS.

    `told`: lon, lat as the file has them, None for none. `suggested`: lon, lat where it probably stands, None
    where nothing is known. `expected`: what would be right, in words, "" where nothing is to be said.
    """

    station: int
    kind: str
    told: tuple[float, float] | None
    suggested: tuple[float, float] | None
    expected: str


def doubtful_points(snapshot: Snapshot) -> list[DoubtfulPoint]:
    """Return what is wrong with points, by kind and then by station; each station once.

    From the defects of reading the files, so a station that was moved since is still among them.
    """
    by_station: dict[int, DoubtfulPoint] = {}
    stations, frame = snapshot.registry.stations, snapshot.defects
    for kind in FROM_DEFECTS:
        for row in frame[(frame["code"] == kind) & (frame["table"] == "stations")].to_dict("records"):
            match = _SHOWN.fullmatch(str(row["value"]))
            station = stations.by_id.find(match[1]) if match else -1
            if match is None or station < 0:
                continue
            told = float(match[2]), float(match[3])
            turned = (told[1], told[0]) if kind == "coordinates_swapped" else None
            by_station.setdefault(station, DoubtfulPoint(station, kind, told, turned, str(row["expected"])))
    for station in _shared(snapshot):
        told = float(stations.lon[station]), float(stations.lat[station])
        by_station.setdefault(station, DoubtfulPoint(station, SHARED, told, None, ""))
    for station in np.flatnonzero(~stations.is_on_map).tolist():
        by_station.setdefault(station, DoubtfulPoint(station, MISSING, None, None, ""))
    return sorted(by_station.values(), key=lambda point: (KINDS.index(point.kind), point.station))


def _shared(snapshot: Snapshot) -> list[int]:
    """Return the stations on a point that carries more of them than one building holds."""
    stations = snapshot.registry.stations
    rows = np.flatnonzero(stations.is_on_map)
    if not len(rows):
        return []
    at = np.stack([stations.lon[rows], stations.lat[rows]])
    _, which, sizes = np.unique(at, axis=1, return_inverse=True, return_counts=True)
    shared: list[int] = rows[sizes[which] > snapshot.mission.thresholds.stations_per_point].tolist()
    return shared
