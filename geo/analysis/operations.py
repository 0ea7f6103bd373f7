"""What a coordinator acts on: every station's state, who is overdue, which visits cannot be as told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from geo.model.columns import MINUTE, NO_TIME, CodeArray, IndexArray, frozen
from geo.model.counts import Choice, chosen_incidents, counted_visits
from geo.model.places import GEOD
from geo.model.reports import Visits
from geo.model.snapshot import Snapshot
from geo.model.tables import OUTCOMES, STAGES

# In the order in which a later one wins: a station denied in the morning and observed at noon is observed.
STATES: Final = (
    "not_planned", "planned", "unreachable", "closed", "denied", "visited", "finding",
)  # fmt: skip
# A visit that observed and lasted less is looked at; judgements, by what a form of the stage asks.
TOO_SHORT_MINUTES: Final = {"opening": 15, "voting": 10, "closing": 15, "counting": 30, "tabulation": 15}
TOO_FAST_KMH: Final = 130.0  # straight line; no road of the mission allows more
FAR_KM: Final = 2.0  # device positions are good to about 100 m; two kilometres is another place
SUSPICIONS: Final = ("too_short", "too_fast", "far_from_station", "identical_forms", "left_before_arrival")


@dataclass(frozen=True, slots=True)
class Plausibility:
    """How strict the checks are; the defaults are judgements, printed beside what they flag."""

    too_fast_kmh: float = TOO_FAST_KMH
    far_km: float = FAR_KM


def station_states(snapshot: Snapshot, choice: Choice | None = None) -> CodeArray:
    """Return every station's state, (N,) int8 into STATES, at one stage or over the day.

    `choice` says which stage, how severe a finding, and whether unverified forms count; a coordinator
    sees those by default.
    """
    chosen = choice or Choice(verified_only=False)
    states = np.zeros(len(snapshot.registry.stations) + 1, dtype=np.int8)
    plan = snapshot.assignments
    wanted = plan.stage == STAGES.index(chosen.stage) if chosen.stage else np.ones(len(plan), dtype=bool)
    states[plan.station[wanted]] = STATES.index("planned")
    states[:-1][snapshot.registry.stations.is_sampled == 1] = STATES.index("planned")
    visits = snapshot.visits
    counted = counted_visits(visits, chosen)
    for outcome, state in (
        ("unreachable", "unreachable"), ("closed", "closed"), ("denied", "denied"), ("observed", "visited"),
    ):  # fmt: skip
        states[visits.station[counted & (visits.outcome == OUTCOMES.index(outcome))]] = STATES.index(state)
    incidents = snapshot.incidents
    found = chosen_incidents(incidents, snapshot.categories, chosen)
    seen = np.append(counted & (visits.outcome == OUTCOMES.index("observed")), False)[incidents.visit]
    states[incidents.station[found & seen]] = STATES.index("finding")
    return frozen(states[:-1])


def overdue(snapshot: Snapshot, now: datetime) -> pd.DataFrame:
    """Return assignments that should have begun and have no visit, longest overdue first.

    Columns: team, station, area (positions), stage (code), due, last_contact, next_due (µs, NO_TIME for
    none), minutes_late. An assignment is met by any current visit of the same team to the same station
    at that stage, whatever its outcome: a denied team did go.
    """
    plan, moment = snapshot.assignments, int(now.timestamp() * 1_000_000)
    grace = snapshot.mission.thresholds.overdue_minutes * MINUTE
    met = _is_met(snapshot)
    late = ~met & (plan.due != NO_TIME) & (plan.due + grace < moment) & (plan.station >= 0)
    rows = np.flatnonzero(late)
    contact = last_contact(snapshot)
    coming = np.full(len(snapshot.teams) + 1, np.iinfo(np.int64).max)
    ahead = ~met & (plan.due >= moment)
    np.minimum.at(coming, plan.team[ahead], plan.due[ahead])
    coming[coming == np.iinfo(np.int64).max] = NO_TIME
    frame = pd.DataFrame(
        {
            "team": plan.team[rows],
            "station": plan.station[rows],
            "area": np.append(snapshot.registry.stations.area, np.int32(-1))[plan.station[rows]],
            "stage": plan.stage[rows],
            "due": plan.due[rows],
            "minutes_late": (moment - plan.due[rows]) // MINUTE,
            "last_contact": np.append(contact, NO_TIME)[plan.team[rows]],
            "next_due": coming[plan.team[rows]],
        }
    )
    order = ["minutes_late", "team", "station"]
    return frame.sort_values(order, ascending=[False, True, True], kind="stable", ignore_index=True)


def _is_met(snapshot: Snapshot) -> npt.NDArray[np.bool_]:
    plan, visits = snapshot.assignments, snapshot.visits
    current = visits.is_current & (visits.station >= 0)
    done = _visit_key(visits.team, visits.station, visits.stage)[current]
    return np.isin(_visit_key(plan.team, plan.station, plan.stage), done)


def _visit_key(team: IndexArray, station: IndexArray, stage: CodeArray) -> npt.NDArray[np.int64]:
    stages = len(STAGES) + 1
    return (team.astype(np.int64) << 32 | station.astype(np.int64) + 1) * stages + stage.astype(np.int64) + 1


def last_contact(snapshot: Snapshot) -> npt.NDArray[np.int64]:
    """Return the last sign of life of every team, (T,) int64 µs, NO_TIME for none.

    The latest of what the teams table says and of any report received, left or begun.
    """
    latest = np.append(snapshot.teams.last_contact, NO_TIME)
    for reports in (snapshot.visits.received, snapshot.visits.left, snapshot.visits.arrived):
        np.maximum.at(latest, snapshot.visits.team, reports)
    np.maximum.at(latest, snapshot.incidents.team, snapshot.incidents.received)
    return frozen(latest[:-1])


def last_visits(snapshot: Snapshot) -> npt.NDArray[np.int64]:
    """Return every team's last visit to a station on the map, (T,) positions, -1 for none.

    Of two at once the later row.
    """
    visits, stations = snapshot.visits, snapshot.registry.stations
    on_map = np.append(stations.is_on_map, False)[visits.station]
    rows = np.flatnonzero(visits.is_current & (visits.team >= 0) & (visits.arrived != NO_TIME) & on_map)
    team, arrived = visits.team[rows].astype(np.int64), visits.arrived[rows]
    latest = np.full(len(snapshot.teams), NO_TIME, dtype=np.int64)
    np.maximum.at(latest, team, arrived)
    last = np.full(len(snapshot.teams), -1, dtype=np.int64)
    is_last = arrived == latest[team]
    last[team[is_last]] = rows[is_last]
    return frozen(last)


def next_assignments(snapshot: Snapshot, now: datetime) -> npt.NDArray[np.int64]:
    """Return every team's next assignment that is not met yet, (T,) positions, -1 for none."""
    plan, moment = snapshot.assignments, int(now.timestamp() * 1_000_000)
    ahead = np.flatnonzero(~_is_met(snapshot) & (plan.due >= moment) & (plan.team >= 0) & (plan.station >= 0))
    coming = np.full(len(snapshot.teams), -1, dtype=np.int64)
    latest_first = ahead[np.argsort(-plan.due[ahead], kind="stable")]
    coming[plan.team[latest_first]] = latest_first  # the earliest is written last
    return frozen(coming)


def implausible(snapshot: Snapshot, limits: Plausibility | None = None) -> pd.DataFrame:
    """Return visits that cannot be as told, one row per visit and suspicion: for a person to look at.

    Columns: visit (position), suspicion (one of SUSPICIONS), measure (minutes, km/h, km, or forms alike),
    other (the visit compared with, -1 for none). Nothing is taken out of any figure by this.
    """
    asked = limits or Plausibility()
    visits = snapshot.visits
    found = [
        _durations(visits),
        _speeds(snapshot, asked.too_fast_kmh),
        _distances(snapshot, asked.far_km),
        _identical(visits),
    ]
    return pd.concat(found, ignore_index=True).sort_values(["visit", "suspicion"], ignore_index=True)


def _rows(
    visit: npt.NDArray[np.int64], suspicion: str, measure: npt.ArrayLike, other: npt.ArrayLike = -1
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "visit": visit,
            "suspicion": suspicion,
            "measure": np.asarray(measure, dtype=np.float64),
            "other": other,
        }
    )


def _durations(visits: Visits) -> pd.DataFrame:
    known = visits.is_current & (visits.arrived != NO_TIME) & (visits.left != NO_TIME)
    minutes = np.where(known, (visits.left - np.where(known, visits.arrived, visits.left)) / MINUTE, np.nan)
    shortest = np.array([*(TOO_SHORT_MINUTES[stage] for stage in STAGES), 0])[visits.stage]
    observed = visits.outcome == OUTCOMES.index("observed")
    with np.errstate(invalid="ignore"):
        backwards = np.flatnonzero(known & (minutes < 0))
        short = np.flatnonzero(known & observed & (minutes >= 0) & (minutes < shortest))
    return pd.concat(
        [
            _rows(backwards, "left_before_arrival", minutes[backwards]),
            _rows(short, "too_short", minutes[short]),
        ]
    )


def _speeds(snapshot: Snapshot, too_fast_kmh: float) -> pd.DataFrame:
    """Return visits that a team reached faster than it could from its visit before, in a straight line.

    Only between stations with points of their own: the middle of a town or an area is where nobody drove to.
    """
    visits, stations = snapshot.visits, snapshot.registry.stations
    on_map = np.append(stations.is_on_map, False)[visits.station]
    lon = np.append(stations.lon, np.nan)[visits.station]
    lat = np.append(stations.lat, np.nan)[visits.station]
    rows = np.flatnonzero(visits.is_current & (visits.team >= 0) & (visits.arrived != NO_TIME) & on_map)
    rows = rows[np.lexsort((visits.arrived[rows], visits.team[rows]))]
    before, after = rows[:-1], rows[1:]
    same = (visits.team[before] == visits.team[after]) & (visits.station[before] != visits.station[after])
    before, after = before[same], after[same]
    leaves = np.where(visits.left[before] != NO_TIME, visits.left[before], visits.arrived[before])
    hours = np.maximum(visits.arrived[after] - leaves, MINUTE) / (60 * MINUTE)
    km = (
        np.asarray(GEOD.inv(lon[before], lat[before], lon[after], lat[after])[2]) / 1000
        if len(before)
        else hours
    )
    fast = (km / hours > too_fast_kmh) & (km > 1)
    return _rows(after[fast], "too_fast", (km / hours)[fast], before[fast])


def _distances(snapshot: Snapshot, far_km: float) -> pd.DataFrame:
    visits, stations = snapshot.visits, snapshot.registry.stations
    on_map = np.append(stations.is_on_map, False)[visits.station]
    rows = np.flatnonzero(visits.is_current & on_map & np.isfinite(visits.lon) & np.isfinite(visits.lat))
    if len(rows) == 0:
        return _rows(rows, "far_from_station", np.zeros(0))
    place = visits.station[rows]
    metres = GEOD.inv(visits.lon[rows], visits.lat[rows], stations.lon[place], stations.lat[place])[2]
    km = np.asarray(metres) / 1000
    return _rows(rows[km > far_km], "far_from_station", km[km > far_km])


def _of_travelling_teams(visits: Visits) -> npt.NDArray[np.int64]:
    """Return the current visits of teams that were at more than one place: others cannot have copied."""
    rows = np.flatnonzero(visits.is_current & (visits.team >= 0))
    places = np.unique(visits.team[rows].astype(np.int64) << 32 | visits.station[rows].astype(np.int64) + 1)
    stations = np.bincount(places >> 32, minlength=1)
    return rows[stations[visits.team[rows]] > 1]


def _identical(visits: Visits) -> pd.DataFrame:
    """Return visits of a team whose answers are to the letter those at another of its stations."""
    rows = _of_travelling_teams(visits)
    answers = visits.answers.take(pa.array(rows))  # only these: two million texts are hundreds of megabytes
    frame = pd.DataFrame(
        {
            "answers": answers.to_pylist(),
            "team": visits.team[rows],
            "station": visits.station[rows],
            "visit": rows,
        }
    )
    frame = frame[frame["answers"] != ""]
    group = frame.groupby(["team", "answers"], sort=False)
    alike = group["station"].transform("nunique")
    first = group["visit"].transform("first")
    copied = frame[(alike > 1)]
    return _rows(
        copied["visit"].to_numpy(),
        "identical_forms",
        alike[alike > 1].to_numpy(),
        first[alike > 1].to_numpy(),
    )
