"""Where visits are missing, largest first, and what closing each gap would take, as an estimate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.analysis import operations
from geo.analysis.choice_analysis import analyse
from geo.model import grid
from geo.model.columns import FloatArray, distinct
from geo.model.counts import Choice, counted_visits
from geo.model.places import GEOD
from geo.model.snapshot import Snapshot
from geo.model.tables import OUTCOMES
from layers.desk.choice_visits import area_positions
from layers.desk.desk_payloads import Gap, Gaps, NearestTeam, UnseenCluster
from layers.words.language import Language

# METHODS section 5: the way is 1.3 times the straight line; short ways are slow.
DETOUR: Final = 1.3
SPEEDS: Final = ((10.0, 30.0), (100.0, 60.0), (math.inf, 75.0))  # up to km of road: km/h
# Minutes that a visit of a stage takes, as routes are planned with (docs/routes.md); "" is any stage.
STAGE_MINUTES: Final = {
    "": 35,
    "opening": 60,
    "voting": 35,
    "closing": 180,
    "counting": 180,
    "tabulation": 180,
}
CLUSTERS: Final = 3  # named of each area, the largest first


def drive_minutes(straight_km: float) -> int:
    """Return the estimated driving time of a straight distance, whole minutes, never 0.

    >>> drive_minutes(50), drive_minutes(5)
    (65, 13)
    """
    road = straight_km * DETOUR
    speed = next(kmh for limit, kmh in SPEEDS if road <= limit)
    return max(1, round(road / speed * 60))


def gaps(snapshot: Snapshot, choice: Choice, language: Language) -> Gaps:
    """Return the areas short of their share of the plan, largest gap first.

    Each with its largest clusters of stations in cells nobody observed (by voters), and the nearest team:
    its last reported station, or its base, and the drive from there to the largest cluster.
    """
    made = analyse(snapshot, "area", choice)
    result = made.results["gap"]
    short = np.nan_to_num(result.columns["gap"])
    order = [int(i) for i in np.argsort(-short, kind="stable") if short[i] >= 0.5]
    seen = _observed(snapshot, choice)
    clusters = _clusters(snapshot, seen)
    teams, unseen = _teams(snapshot), _unseen(snapshot, seen)
    areas = snapshot.registry.areas
    rows: list[Gap] = []
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
                "team": _nearest(teams, *_target(snapshot, largest, int(made.unit[index]), unseen)),
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


def _unseen(snapshot: Snapshot, seen: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Return the area of every station on the map that nobody saw, (N,), -1 for all others."""
    area = np.where(snapshot.registry.stations.is_on_map, snapshot.unit_of_station("area", 1), np.int32(-1))
    area[seen] = -1
    return area


def _target(
    snapshot: Snapshot, clusters: list[UnseenCluster], area: int, unseen: npt.NDArray[np.int32]
) -> tuple[float, float]:
    """Where to go next: the largest cluster, else the largest station nobody saw; NaN for none."""
    if clusters:
        return clusters[0]["lon"], clusters[0]["lat"]
    stations = snapshot.registry.stations
    rows = np.flatnonzero(unseen == area)
    if len(rows) == 0:
        return math.nan, math.nan
    largest = int(rows[np.nan_to_num(stations.voters[rows]).argmax()])
    return float(stations.lon[largest]), float(stations.lat[largest])


def _clusters(snapshot: Snapshot, seen: npt.NDArray[np.int32]) -> dict[int, list[UnseenCluster]]:
    """Cells without an observed station, by area, the most voters first; at most three per area."""
    stations, cells = snapshot.registry.stations, snapshot.cells
    cell = snapshot.unit_of_station("cell")
    is_seen = np.zeros(len(cells) + 1, dtype=bool)
    is_seen[cell[seen]] = True
    is_seen[-1] = True  # stations in no cell
    area = area_positions(snapshot, 1)
    rows = np.flatnonzero((area >= 0) & ~is_seen[cell])
    voters = np.nan_to_num(stations.voters[rows])
    key = area[rows] * max(len(cells), 1) + cell[rows]
    keys = distinct(key)
    pair = np.searchsorted(keys, key)
    size = np.bincount(pair, weights=voters, minlength=len(keys))
    count = np.bincount(pair, minlength=len(keys))
    order = _first_of_each(keys // max(len(cells), 1), np.lexsort((keys, -count, -size)))
    largest = _largest(pair, voters, order)
    hexagon = keys[order] % max(len(cells), 1)
    names = grid.to_text(cells[hexagon])
    lon, lat = grid.centres(cells[hexagon])
    found: dict[int, list[UnseenCluster]] = {}
    for i, one in enumerate(order.tolist()):
        station = int(rows[largest[i]])
        found.setdefault(int(keys[one]) // len(cells), []).append(
            {
                "cell": names[i],
                "place": stations.settlement[station].as_py() or stations.station_id[station].as_py(),
                "station": stations.station_id[station].as_py(),
                "stations": int(count[one]),
                "voters": int(size[one]),
                "lon": round(float(lon[i]), 4),
                "lat": round(float(lat[i]), 4),
            }
        )
    return found


def _first_of_each(home: npt.NDArray[np.int64], order: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the first CLUSTERS of every home, home by home; `order`: positions in `home`, best first."""
    order = order[np.argsort(home[order], kind="stable")]
    same = home[order]
    starts = np.flatnonzero(np.append(True, same[1:] != same[:-1])[: len(same)])
    rank = np.arange(len(same)) - np.repeat(starts, np.diff(np.append(starts, len(same))))
    return order[rank < CLUSTERS]


def _largest(pair: npt.NDArray[np.int64], voters: FloatArray, wanted: npt.NDArray[np.int64]) -> list[int]:
    """Return for every wanted pair its row with the most voters, the last of equals; `pair`: (R,)."""
    place = np.full(int(pair.max(initial=-1)) + 1, -1, dtype=np.int64)
    place[wanted] = np.arange(len(wanted))
    rows = np.flatnonzero(place[pair] >= 0)
    rows = rows[np.argsort(voters[rows], kind="stable")]
    largest = np.full(len(wanted), -1, dtype=np.int64)
    largest[place[pair[rows]]] = rows
    return [int(row) for row in largest]


@dataclass(frozen=True, eq=False)
class _Teams:
    """Travelling teams and where each was last: its last station with a place, else its base.

    `team_id`, and (T,) `lon`, `lat` degrees and `is_visit`: whether it is a station's place.
    """

    team_id: tuple[str, ...]
    lon: FloatArray
    lat: FloatArray
    is_visit: npt.NDArray[np.bool_]


def _teams(snapshot: Snapshot) -> _Teams:
    visits, stations, teams = snapshot.visits, snapshot.registry.stations, snapshot.teams
    last = operations.last_visits(snapshot)
    kind = np.array(teams.kind, dtype=object)
    came = last >= 0
    station = visits.station[last] if len(visits) else np.full(len(teams), -1, dtype=np.int32)
    lon = np.where(came, np.append(stations.lon, np.nan)[station], teams.base_lon)
    lat = np.where(came, np.append(stations.lat, np.nan)[station], teams.base_lat)
    travels = (kind != "static") & ((kind != "long_term") | came) & np.isfinite(lon) & np.isfinite(lat)
    kept = np.flatnonzero(travels)
    return _Teams(tuple(teams.team_id[i] for i in kept.tolist()), lon[kept], lat[kept], came[kept])


def _nearest(teams: _Teams, lon: float, lat: float) -> NearestTeam | None:
    if not len(teams.lon) or not math.isfinite(lon):
        return None
    near = _candidates(teams, lon, lat)
    count = len(near)
    metres = np.asarray(GEOD.inv(teams.lon[near], teams.lat[near], [lon] * count, [lat] * count)[2])
    best = int(metres.argmin())
    km = float(metres[best]) / 1000
    return {
        "team": teams.team_id[near[best]],
        "minutes": drive_minutes(km),
        "km": round(km * DETOUR),
        "fromVisit": bool(teams.is_visit[near[best]]),
    }


def _candidates(teams: _Teams, lon: float, lat: float) -> npt.NDArray[np.int64]:
    """Return the teams one of which is nearest: those within 2 % of the least distance on a sphere.

    On the ellipsoid a distance differs from the sphere's by less than 0.6 %; ten thousand times as fast.
    """
    x, y = np.radians(teams.lon), np.radians(teams.lat)
    x0, y0 = math.radians(lon), math.radians(lat)
    half = np.sin((y - y0) / 2) ** 2 + np.cos(y) * math.cos(y0) * np.sin((x - x0) / 2) ** 2
    arc = np.arcsin(np.sqrt(np.minimum(half, 1)))
    return np.flatnonzero(arc <= arc.min() * 1.02 + 1e-9)
