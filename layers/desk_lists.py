"""What a coordinator acts on, as lists: overdue assignments by team, and visits to look at again."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast
from zoneinfo import ZoneInfo

import pandas as pd

from geo import operations
from geo.columns import NO_TIME
from geo.snapshot import Snapshot
from geo.tables import STAGES
from layers.desk_time import as_of_us, clock, zone_of_station
from layers.desk_words import SUSPICION, SUSPICION_SAYS
from layers.language import Language
from layers.wording import STAGE


def overdue(snapshot: Snapshot, language: Language) -> dict[str, Any]:
    """Return overdue assignments by team, the longest overdue first; times on the station's clock."""
    late = operations.overdue(snapshot, snapshot.as_of)
    teams = [
        _team_overdue(snapshot, int(cast(int, team)), rows, language)
        for team, rows in late.groupby("team", sort=False)
    ]
    return {"total": len(late), "graceMinutes": snapshot.mission.thresholds.overdue_minutes, "teams": teams}


def _team_overdue(snapshot: Snapshot, team: int, rows: pd.DataFrame, language: Language) -> dict[str, Any]:
    first = int(rows["station"].iloc[0])
    zone = zone_of_station(snapshot, first)
    contact = int(rows["last_contact"].iloc[0])
    return {
        "team": snapshot.teams.team_id[team] if team >= 0 else "",
        "lastContact": clock(snapshot, contact, zone, language),
        "silentMinutes": None if contact == NO_TIME else (as_of_us(snapshot) - contact) // operations.MINUTE,
        "nextDue": clock(snapshot, int(rows["next_due"].iloc[0]), zone, language),
        "rows": [
            {
                **_station(snapshot, int(row["station"]), language),
                "stage": language.say(STAGE[STAGES[int(row["stage"])]]) if row["stage"] >= 0 else "",
                "due": clock(
                    snapshot, int(row["due"]), zone_of_station(snapshot, int(row["station"])), language
                ),
                "minutesLate": int(row["minutes_late"]),
            }
            for row in rows.to_dict("records")
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


@lru_cache(maxsize=4)
def _implausible(snapshot: Snapshot) -> pd.DataFrame:
    return operations.implausible(snapshot)


def implausible(snapshot: Snapshot, language: Language) -> dict[str, Any]:
    """Return the visits that cannot be as told, each with its reason in words; nothing is judged by this."""
    visits = snapshot.visits
    rows = []
    for row in _implausible(snapshot).to_dict("records"):
        visit, kind = int(row["visit"]), str(row["suspicion"])
        zone: ZoneInfo = zone_of_station(snapshot, int(visits.station[visit]))
        rows.append(
            {
                **_station(snapshot, int(visits.station[visit]), language),
                "visit": visits.visit_id[visit].as_py(),
                "team": snapshot.teams.team_id[int(visits.team[visit])] if visits.team[visit] >= 0 else "",
                "arrived": clock(snapshot, int(visits.arrived[visit]), zone, language),
                "suspicion": kind,
                "title": language.say(SUSPICION[kind]),
                "says": _says(snapshot, row, language),
            }
        )
    kinds = {name: sum(one["suspicion"] == name for one in rows) for name in operations.SUSPICIONS}
    return {
        "total": len(rows),
        "kinds": [{"title": language.say(SUSPICION[name]), "n": n} for name, n in kinds.items()],
        "rows": rows,
    }


def doubts_by_visit(snapshot: Snapshot, language: Language) -> dict[int, list[str]]:
    """Return the reasons to look at a visit again, in words, by its position."""
    found: dict[int, list[str]] = {}
    for row in _implausible(snapshot).to_dict("records"):
        found.setdefault(int(row["visit"]), []).append(_says(snapshot, row, language))
    return found


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
