"""Every team as the desk lists it: where it was last, how long it has been silent, where it goes next."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from geo.analysis import operations
from geo.model.columns import MINUTE, NO_TIME
from geo.model.snapshot import Snapshot
from layers.desk.desk_payloads import TeamList, TeamStop, TeamWhereabouts
from layers.desk.local_clock import clock, silence_us, zone_of_station
from layers.words.language import Language

MOST_TEAMS: Final = 2_000  # in the order of the table; how many there are is said


def teams(snapshot: Snapshot, language: Language) -> TeamList:
    """Return the teams of a mission with their whereabouts; times on the clock of the place they speak of.

    A place is that of the last visit to a station on the map, else the base, else None.
    """
    last, contact = operations.last_visits(snapshot), operations.last_contact(snapshot)
    coming = operations.next_assignments(snapshot, snapshot.as_of)
    late = np.bincount(operations.overdue(snapshot, snapshot.as_of)["team"], minlength=len(snapshot.teams))
    rows = range(min(len(snapshot.teams), MOST_TEAMS))
    return {
        "total": len(snapshot.teams),
        "rows": [_team(snapshot, i, last, contact, coming, int(late[i]), language) for i in rows],
    }


def _team(
    snapshot: Snapshot,
    team: int,
    last: npt.NDArray[np.int64],
    contact: npt.NDArray[np.int64],
    coming: npt.NDArray[np.int64],
    late: int,
    language: Language,
) -> TeamWhereabouts:
    known, visits, stations = snapshot.teams, snapshot.visits, snapshot.registry.stations
    visit, assignment = int(last[team]), int(coming[team])
    station = int(visits.station[visit]) if visit >= 0 else -1
    heard = int(contact[team])
    lon, lat = (
        (float(stations.lon[station]), float(stations.lat[station]))
        if station >= 0
        else (float(known.base_lon[team]), float(known.base_lat[team]))
    )
    is_placed = bool(np.isfinite([lon, lat]).all())
    return {
        "team": known.team_id[team],
        "lon": lon if is_placed else None,
        "lat": lat if is_placed else None,
        "last": None if visit < 0 else _stop(snapshot, station, int(visits.arrived[visit]), language),
        "next": None
        if assignment < 0
        else _stop(
            snapshot,
            int(snapshot.assignments.station[assignment]),
            int(snapshot.assignments.due[assignment]),
            language,
        ),
        "heard": clock(snapshot, heard, zone_of_station(snapshot, station), language),
        "silentMinutes": None if heard == NO_TIME else max(0, (silence_us(snapshot) - heard) // MINUTE),
        "overdue": late,
    }


def _stop(snapshot: Snapshot, station: int, moment: int, language: Language) -> TeamStop:
    registry = snapshot.registry
    area = int(registry.stations.area[station])
    return {
        "station": registry.stations.station_id[station].as_py(),
        "area": registry.areas.name(area, language.code) if area >= 0 else "",
        "time": clock(snapshot, moment, zone_of_station(snapshot, station), language),
    }
