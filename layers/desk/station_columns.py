"""The stations of the desk: a compact column per fact, and the whole history of one."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from geo.analysis import operations
from geo.model.columns import MINUTE, NO_TIME, CodeArray
from geo.model.errors import NotFound
from geo.model.snapshot import Snapshot
from geo.model.tables import OUTCOMES, OVERALL, PRECISIONS, SEVERITIES, STAGES, VERIFICATIONS
from layers.desk import action_lists
from layers.desk.choice_visits import area_positions
from layers.desk.desk_payloads import (
    StationColumns,
    StationFinding,
    StationHistory,
    StationPlan,
    StationVisit,
)
from layers.desk.local_clock import as_of_us, clock, zone_of_station
from layers.map.lru import once
from layers.words.desk_wording import OUTCOME, OVERALL_WORD, VERIFICATION
from layers.words.language import Language, mark
from layers.words.wording import SEVERITY, STAGE

SCALE: Final = 100_000  # whole hundred-thousandths of a degree, 1.1 m


def columns(snapshot: Snapshot) -> StationColumns:
    """Return id, place (null if it is not on the map), area and cell of every station; whole 1e-5 degrees."""
    stations = snapshot.registry.stations
    lon, lat = (
        [
            round(value * SCALE) if there else None
            for value, there in zip(column.tolist(), stations.is_on_map.tolist(), strict=True)
        ]
        for column in (stations.lon, stations.lat)
    )
    return {
        "id": stations.station_id.to_pylist(),
        "area": area_positions(snapshot, 1).tolist(),
        "cell": snapshot.unit_of_station("cell").tolist(),
        "lon": lon,
        "lat": lat,
    }


@once
def day_states(snapshot: Snapshot) -> CodeArray:
    """Return every station's state over the whole day, (N,) int8, unverified visits included."""
    return operations.station_states(snapshot)


def history(snapshot: Snapshot, station_id: str, language: Language) -> StationHistory:
    """Return everything known of one station. Raises NotFound. Free text is for `textContent` only."""
    station = snapshot.registry.station(station_id)
    if station < 0:
        raise NotFound("no such station")
    stations, areas = snapshot.registry.stations, snapshot.registry.areas
    states = day_states(snapshot)
    on_map = bool(stations.is_on_map[station])
    voters = float(stations.voters[station])
    area = int(stations.area[station])
    return {
        "id": station_id,
        "number": stations.number[station].as_py(),
        "name": stations.name[station].as_py(),
        "address": stations.address[station].as_py(),
        "settlement": stations.settlement[station].as_py(),
        "area": areas.name(area, language.code) if area >= 0 else "",
        "lon": round(float(stations.lon[station]), 5) if on_map else None,
        "lat": round(float(stations.lat[station]), 5) if on_map else None,
        "precision": PRECISIONS[int(stations.precision[station])],
        "voters": None if np.isnan(voters) else int(voters),
        "state": operations.STATES[int(states[station])],
        "plan": _plan(snapshot, station, language),
        "visits": _visits(snapshot, station, language),
        "apart": _findings(
            snapshot,
            np.flatnonzero((snapshot.incidents.station == station) & (snapshot.incidents.visit < 0)),
            station,
            language,
        ),
    }


def _plan(snapshot: Snapshot, station: int, language: Language) -> list[StationPlan]:
    plan, zone = snapshot.assignments, zone_of_station(snapshot, station)
    rows = np.flatnonzero(plan.station == station)
    visits = snapshot.visits
    done = {
        (int(t), int(s))
        for t, s in zip(
            *(
                column[visits.is_current & (visits.station == station)].tolist()
                for column in (visits.team, visits.stage)
            ),
            strict=True,
        )
    }
    grace = snapshot.mission.thresholds.overdue_minutes * MINUTE
    found: list[StationPlan] = []
    for row in rows[np.argsort(plan.due[rows], kind="stable")].tolist():
        due = int(plan.due[row])
        met = (int(plan.team[row]), int(plan.stage[row])) in done
        late = not met and due != NO_TIME and due + grace < as_of_us(snapshot)
        found.append(
            {
                "team": _team(snapshot, int(plan.team[row])),
                "stage": _stage(int(plan.stage[row]), language),
                "due": clock(snapshot, due, zone, language),
                "state": language.say(mark("done"))
                if met
                else language.say(mark("overdue"))
                if late
                else language.say(mark("to come")),
                "late": late,
            }
        )
    return found


def _visits(snapshot: Snapshot, station: int, language: Language) -> list[StationVisit]:
    visits, zone = snapshot.visits, zone_of_station(snapshot, station)
    rows = np.flatnonzero(visits.station == station)
    found: list[StationVisit] = []
    for row in rows[np.argsort(visits.arrived[rows], kind="stable")].tolist():
        overall = int(visits.overall[row])
        findings = np.flatnonzero(snapshot.incidents.visit == row)
        found.append(
            {
                "id": visits.visit_id[row].as_py(),
                "team": _team(snapshot, int(visits.team[row])),
                "stage": _stage(int(visits.stage[row]), language),
                "outcome": language.say(OUTCOME[OUTCOMES[int(visits.outcome[row])]])
                if visits.outcome[row] >= 0
                else "",
                "isObserved": bool(visits.outcome[row] == OUTCOMES.index("observed")),
                "isCurrent": bool(visits.is_current[row]),
                "verification": language.say(VERIFICATION[VERIFICATIONS[int(visits.verification[row])]])
                if visits.verification[row] >= 0
                else "",
                "overall": language.say(OVERALL_WORD[OVERALL[overall]]) if overall >= 0 else "",
                "arrived": clock(snapshot, int(visits.arrived[row]), zone, language),
                "left": clock(snapshot, int(visits.left[row]), zone, language),
                "received": clock(snapshot, int(visits.received[row]), zone, language),
                "asked": int(np.bitwise_count(visits.answered[row]).sum()),
                "answers": visits.answers[row].as_py(),
                "findings": _findings(snapshot, findings, station, language),
                "doubts": action_lists.doubts_of(snapshot, row, language),
            }
        )
    return found


def _findings(
    snapshot: Snapshot, rows: npt.NDArray[np.int64], station: int, language: Language
) -> list[StationFinding]:
    incidents, zone = snapshot.incidents, zone_of_station(snapshot, station)
    found: list[StationFinding] = []
    for row in rows.tolist():
        category, severity = int(incidents.category[row]), int(incidents.severity[row])
        found.append(
            {
                "title": snapshot.categories.title(category, language.code) if category >= 0 else "",
                "severity": severity,
                "severityTitle": language.say(SEVERITY[SEVERITIES[severity]]) if severity >= 0 else "",
                "stage": _stage(int(incidents.stage[row]), language),
                "occurred": clock(snapshot, int(incidents.occurred[row]), zone, language),
                "verification": language.say(VERIFICATION[VERIFICATIONS[int(incidents.verification[row])]])
                if incidents.verification[row] >= 0
                else "",
                "isCurrent": bool(incidents.is_current[row]),
                "text": incidents.text[row].as_py(),
            }
        )
    return sorted(found, key=lambda one: -one["severity"])


def _team(snapshot: Snapshot, team: int) -> str:
    return snapshot.teams.team_id[team] if team >= 0 else ""


def _stage(stage: int, language: Language) -> str:
    return language.say(STAGE[STAGES[stage]]) if stage >= 0 else ""
