"""What a coordinator acts on, as lists: overdue assignments by team, and visits to look at again."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

import pandas as pd

from geo import operations
from geo.columns import NO_TIME
from geo.snapshot import Snapshot
from geo.tables import STAGES
from layers.desk_time import as_of_us, clock, zone_of_station
from layers.desk_words import SUSPICION, SUSPICION_SAYS
from layers.language import Language
from layers.recent import once
from layers.wording import STAGE

MOST_TEAMS: Final = 1_000  # the longest overdue; how many there are is said
MOST_DOUBTS: Final = 500


@once
def _overdue(snapshot: Snapshot) -> pd.DataFrame:
    return operations.overdue(snapshot, snapshot.as_of)


def totals(snapshot: Snapshot) -> dict[str, int]:
    """Return how many assignments are overdue and how many doubts there are."""
    return {"overdue": len(_overdue(snapshot)), "doubts": len(_implausible(snapshot))}


def overdue(snapshot: Snapshot, language: Language) -> dict[str, Any]:
    """Return overdue assignments by team, the longest overdue first; times on the station's clock.

    At most 1,000 teams, of `all_teams`; `total` is of all.
    """
    late = _overdue(snapshot)
    every = late["team"].unique()
    listed = late[late["team"].isin(every[:MOST_TEAMS])]
    by_team: dict[int, list[dict[Any, Any]]] = {}
    for row in listed.to_dict("records"):
        by_team.setdefault(int(row["team"]), []).append(row)
    teams = [_team_overdue(snapshot, team, rows, language) for team, rows in by_team.items()]
    return {
        "total": len(late),
        "all_teams": len(every),
        "graceMinutes": snapshot.mission.thresholds.overdue_minutes,
        "teams": teams,
    }


def _team_overdue(
    snapshot: Snapshot, team: int, rows: list[dict[Any, Any]], language: Language
) -> dict[str, Any]:
    zone = zone_of_station(snapshot, int(rows[0]["station"]))
    contact = int(rows[0]["last_contact"])
    return {
        "team": snapshot.teams.team_id[team] if team >= 0 else "",
        "lastContact": clock(snapshot, contact, zone, language),
        "silentMinutes": None if contact == NO_TIME else (as_of_us(snapshot) - contact) // operations.MINUTE,
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


def _station(snapshot: Snapshot, station: int, language: Language) -> dict[str, str]:
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


def implausible(snapshot: Snapshot, language: Language) -> dict[str, Any]:
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


def _doubt(snapshot: Snapshot, row: dict[Any, Any], language: Language) -> dict[str, Any]:
    visits = snapshot.visits
    visit, kind = int(row["visit"]), str(row["suspicion"])
    zone: ZoneInfo = zone_of_station(snapshot, int(visits.station[visit]))
    return {
        **_station(snapshot, int(visits.station[visit]), language),
        "visit": visits.visit_id[visit].as_py(),
        "team": snapshot.teams.team_id[int(visits.team[visit])] if visits.team[visit] >= 0 else "",
        "arrived": clock(snapshot, int(visits.arrived[visit]), zone, language),
        "suspicion": kind,
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
