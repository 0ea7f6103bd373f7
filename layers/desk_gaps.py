"""Where visits are missing, largest first, and what closing each gap would take, as an estimate."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from geo import grid
from geo.analysis import analyse
from geo.columns import NO_TIME
from geo.counts import Choice, counted_visits
from geo.places import GEOD
from geo.snapshot import Snapshot
from geo.tables import OUTCOMES
from layers.language import Language

# METHODS section 5: the way is 1.3 times the straight line; short ways are slow.
DETOUR: Final = 1.3
SPEEDS: Final = ((10.0, 30.0), (100.0, 60.0), (math.inf, 75.0))  # up to km of road: km/h
STAGE_MINUTES: Final = {
    "": 35,
    "opening": 60,
    "voting": 35,
    "closing": 180,
    "counting": 180,
    "tabulation": 180,
}
CLUSTERS: Final = 3
FloatArray = npt.NDArray[np.float64]


def drive_minutes(straight_km: float) -> int:
    """Return the estimated driving time of a straight distance, whole minutes, never 0.

    >>> drive_minutes(50), drive_minutes(5)
    (65, 13)
    """
    road = straight_km * DETOUR
    speed = next(kmh for limit, kmh in SPEEDS if road <= limit)
    return max(1, round(road / speed * 60))


def gaps(snapshot: Snapshot, choice: Choice, language: Language) -> dict[str, Any]:
    """Return the areas short of their share of the plan, largest gap first.

    Each with its largest clusters of stations in cells nobody observed (by voters), and the nearest team:
    its last reported station, or its base, and the drive from there to the largest cluster.
    """
    made = analyse(snapshot, "area", choice)
    result = made.results["gap"]
    short = np.nan_to_num(result.columns["gap"])
    order = [int(i) for i in np.argsort(-short, kind="stable") if short[i] >= 0.5]
    clusters = _clusters(snapshot, choice, made.unit)
    teams = _teams(snapshot)
    seen = _observed(snapshot, choice)
    areas = snapshot.registry.areas
    rows = []
    for index in order:
        largest = clusters.get(index, [])
        visits = math.ceil(short[index] - 1e-9)
        rows.append(
            {
                "id": made.unit_id[index],
                "name": areas.name(int(made.unit[index]), language.code),
                "gap": round(float(short[index]), 1),
                "visits": visits,
                "observed": int(made.counts.stations_observed[index]),
                "fair": round(float(result.columns["fair_share"][index]), 1),
                "minutesAtStations": visits * STAGE_MINUTES[choice.stage],
                "clusters": largest,
                "team": _nearest(teams, *_target(snapshot, largest, int(made.unit[index]), seen)),
            }
        )
    return {
        "absence": result.absence,
        "basis": made.material.weight_basis,
        "planned": made.material.planned,
        "minutesPerVisit": STAGE_MINUTES[choice.stage],
        "rows": rows,
    }


def _observed(snapshot: Snapshot, choice: Choice) -> npt.NDArray[np.int32]:
    visits = snapshot.visits
    seen = counted_visits(visits, choice) & (visits.outcome == OUTCOMES.index("observed"))
    return np.asarray(visits.station[seen])


def _target(
    snapshot: Snapshot, clusters: list[dict[str, Any]], area: int, seen: npt.NDArray[np.int32]
) -> tuple[float, float]:
    """Where to go next: the largest cluster, else the largest station nobody saw; NaN for none."""
    if clusters:
        return clusters[0]["lon"], clusters[0]["lat"]
    stations = snapshot.registry.stations
    inside = (snapshot.unit_of_station("area", 1) == area) & stations.is_on_map
    inside[seen] = False
    rows = np.flatnonzero(inside)
    if len(rows) == 0:
        return math.nan, math.nan
    largest = int(rows[np.nan_to_num(stations.voters[rows]).argmax()])
    return float(stations.lon[largest]), float(stations.lat[largest])


def _clusters(
    snapshot: Snapshot, choice: Choice, unit: npt.NDArray[np.int64]
) -> dict[int, list[dict[str, Any]]]:
    """Cells without an observed station, by area, the most voters first; at most three per area."""
    stations = snapshot.registry.stations
    cell = snapshot.unit_of_station("cell").astype(np.int64)
    seen = np.zeros(len(snapshot.cells) + 1, dtype=bool)
    seen[cell[_observed(snapshot, choice)]] = True
    place = np.full(len(snapshot.registry.areas) + 1, -1, dtype=np.int64)
    place[unit] = np.arange(len(unit))
    area = place[snapshot.unit_of_station("area", 1)]
    rows = np.flatnonzero((cell >= 0) & (area >= 0) & ~seen[cell])
    voters = np.nan_to_num(stations.voters)
    key = area[rows] * max(len(snapshot.cells), 1) + cell[rows]
    keys, inverse = np.unique(key, return_inverse=True)
    size = np.bincount(inverse, weights=voters[rows], minlength=len(keys))
    count = np.bincount(inverse, minlength=len(keys))
    lon, lat = grid.centres(snapshot.cells) if len(snapshot.cells) else (np.zeros(0), np.zeros(0))
    largest = np.full(len(keys), -1, dtype=np.int64)
    ascending = np.argsort(voters[rows], kind="stable")
    largest[inverse[ascending]] = rows[ascending]
    names = grid.to_text(snapshot.cells)
    found: dict[int, list[dict[str, Any]]] = {}
    for one in np.lexsort((keys, -count, -size)).tolist():
        home, hexagon = divmod(int(keys[one]), max(len(snapshot.cells), 1))
        listed = found.setdefault(home, [])
        if len(listed) < CLUSTERS:
            station = int(largest[one])
            listed.append(
                {
                    "cell": names[hexagon],
                    "place": stations.settlement[station].as_py() or stations.station_id[station].as_py(),
                    "station": stations.station_id[station].as_py(),
                    "stations": int(count[one]),
                    "voters": int(size[one]),
                    "lon": round(float(lon[hexagon]), 4),
                    "lat": round(float(lat[hexagon]), 4),
                }
            )
    return found


def _teams(snapshot: Snapshot) -> list[tuple[str, float, float, bool]]:
    """Where every travelling team was last: its last station with a place, else its base (False)."""
    visits, stations, teams = snapshot.visits, snapshot.registry.stations, snapshot.teams
    lon = np.append(np.where(stations.is_on_map, stations.lon, np.nan), np.nan)[visits.station]
    lat = np.append(stations.lat, np.nan)[visits.station]
    rows = np.flatnonzero(
        visits.is_current & (visits.team >= 0) & (visits.arrived != NO_TIME) & np.isfinite(lon)
    )
    last = np.full(len(teams), -1, dtype=np.int64)
    ascending = rows[np.argsort(visits.arrived[rows], kind="stable")]
    last[visits.team[ascending]] = ascending
    found = []
    for team, kind in enumerate(teams.kind):
        if kind == "static" or (kind == "long_term" and last[team] < 0):
            continue
        visit = int(last[team])
        at = (
            (float(lon[visit]), float(lat[visit]))
            if visit >= 0
            else (float(teams.base_lon[team]), float(teams.base_lat[team]))
        )
        if all(map(math.isfinite, at)):
            found.append((teams.team_id[team], *at, visit >= 0))
    return found


def _nearest(teams: list[tuple[str, float, float, bool]], lon: float, lat: float) -> dict[str, Any] | None:
    if not teams or not math.isfinite(lon):
        return None
    count = len(teams)
    metres = np.asarray(
        GEOD.inv([t[1] for t in teams], [t[2] for t in teams], [lon] * count, [lat] * count)[2]
    )
    best = int(metres.argmin())
    km = float(metres[best]) / 1000
    return {
        "team": teams[best][0],
        "minutes": drive_minutes(km),
        "km": round(km * DETOUR),
        "fromVisit": teams[best][3],
    }
