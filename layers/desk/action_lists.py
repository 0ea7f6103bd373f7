"""What a coordinator acts on, as lists: overdue assignments by team, and visits to look at again."""

from __future__ import annotations

import math
from typing import Any, Final
from zoneinfo import ZoneInfo

import pandas as pd

from geo.analysis import operations
from geo.model.columns import MINUTE, NO_TIME
from geo.model.snapshot import Snapshot
from geo.model.tables import STAGES
from layers.desk.desk_payloads import ActionTotals, Doubt, Doubts, Overdue, OverdueTeam, StationPlace
from layers.desk.local_clock import clock, silence_us, zone_of_station
from layers.map.lru import once
from layers.words.desk_wording import SUSPICION, SUSPICION_SAYS
from layers.words.language import Language
from layers.words.wording import STAGE

MOST_TEAMS: Final = 1_000  # the longest overdue; how many there are is said
MOST_DOUBTS: Final = 500


@once
def _overdue(snapshot: Snapshot) -> pd.DataFrame:
    return operations.overdue(snapshot, snapshot.as_of)


def totals(snapshot: Snapshot) -> ActionTotals:
    """Return how many assignments are overdue and how many doubts there are."""
    return {"overdue": len(_overdue(snapshot)), "doubts": len(_implausible(snapshot))}


def overdue(snapshot: Snapshot, language: Language) -> Overdue:
    """Return overdue assignments by team, the longest silence first; times on the station's clock.

    At most 1,000 teams, of `all_teams`; `total` is of all.
    """
    late = _overdue(snapshot)
    every = late["team"].unique()
    listed = late[late["team"].isin(every[:MOST_TEAMS])]
    by_team: dict[int, list[dict[Any, Any]]] = {}
    for row in listed.to_dict("records"):
        by_team.setdefault(int(row["team"]), []).append(row)
    teams = [_team_overdue(snapshot, team, rows, language) for team, rows in by_team.items()]
    teams.sort(key=_silence, reverse=True)
    return {
        "total": len(late),
        "all_teams": len(every),
        "graceMinutes": snapshot.mission.thresholds.overdue_minutes,
        "teams": teams,
    }


def _silence(team: OverdueTeam) -> float:
    """Return the minutes nothing was heard of a team; never heard of is longest."""
    return math.inf if team["silentMinutes"] is None else team["silentMinutes"]


def _team_overdue(
    snapshot: Snapshot, team: int, rows: list[dict[Any, Any]], language: Language
) -> OverdueTeam:
    zone = zone_of_station(snapshot, int(rows[0]["station"]))
    contact = int(rows[0]["last_contact"])
    return {
        "team": snapshot.teams.team_id[team] if team >= 0 else "",
        "lastContact": clock(snapshot, contact, zone, language),
        "silentMinutes": None if contact == NO_TIME else max(0, (silence_us(snapshot) - contact) // MINUTE),
        "nextDue": clock(snapshot, int(rows[0]["next_due"]), zone, language),
        "rows": [
            {
                **_station(snapshot, int(row["station"]), language),
                "stage": language.say(STAGE[STAGES[int(row["stage"])]]) if row["stage"] >= 0 else "",
                "due": clock(
                    snapshot, int(row["due"]), zone_of_station(snapshot, int(row["station"])), language
                ),
                "minutesLate": int(row["minutes_late"]),
            }
            for row in rows
        ],
    }


def _station(snapshot: Snapshot, station: int, language: Language) -> StationPlace:
    stations, areas = snapshot.registry.stations, snapshot.registry.areas
    if station < 0:
        return {"station": "", "area": ""}
    area = int(stations.area[station])
    return {
        "station": stations.station_id[station].as_py(),
        "area": areas.name(area, language.code) if area >= 0 else "",
    }


@once
def _implausible(snapshot: Snapshot) -> pd.DataFrame:
    return operations.implausible(snapshot)


def implausible(snapshot: Snapshot, language: Language) -> Doubts:
    """Return the visits that cannot be as told, each with its reason in words; nothing is judged by this.

    At most 500 rows, of `total`; `kinds` counts all.
    """
    found = _implausible(snapshot)
    kinds = found["suspicion"].value_counts()
    return {
        "total": len(found),
        "kinds": [
            {"title": language.say(SUSPICION[name]), "n": int(kinds.get(name, 0))}
            for name in operations.SUSPICIONS
        ],
        "rows": [_doubt(snapshot, row, language) for row in found.head(MOST_DOUBTS).to_dict("records")],
    }


def _doubt(snapshot: Snapshot, row: dict[Any, Any], language: Language) -> Doubt:
    visits = snapshot.visits
    visit, kind = int(row["visit"]), str(row["suspicion"])
    zone: ZoneInfo = zone_of_station(snapshot, int(visits.station[visit]))
    return {
        **_station(snapshot, int(visits.station[visit]), language),
        "visit": visits.visit_id[visit].as_py(),
        "team": snapshot.teams.team_id[int(visits.team[visit])] if visits.team[visit] >= 0 else "",
        "arrived": clock(snapshot, int(visits.arrived[visit]), zone, language),
        "title": language.say(SUSPICION[kind]),
        "says": _says(snapshot, row, language),
    }


def doubts_of(snapshot: Snapshot, visit: int, language: Language) -> list[str]:
    """Return the reasons to look at a visit again, in words."""
    found = _implausible(snapshot)
    first, last = found["visit"].searchsorted([visit, visit + 1])  # sorted by visit
    return [_says(snapshot, row, language) for row in found.iloc[first:last].to_dict("records")]


def _says(snapshot: Snapshot, row: dict[Any, Any], language: Language) -> str:
    name, visits = str(row["suspicion"]), snapshot.visits
    stage = int(visits.stage[int(row["visit"])])
    other = int(row["other"])
    measure = float(row["measure"])
    return language.say(
        SUSPICION_SAYS[name],
        value=language.number(round(measure, 1) if name == "far_from_station" else round(measure)),
        least=operations.TOO_SHORT_MINUTES.get(STAGES[stage] if stage >= 0 else "", 0),
        limit=language.number(operations.TOO_FAST_KMH),
        far=language.number(operations.FAR_KM),
        other=_station(snapshot, int(visits.station[other]), language)["station"] if other >= 0 else "",
    )
