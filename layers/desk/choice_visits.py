"""One choice of stage, severity, category and verification: every counted visit in columns."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.analysis import operations
from geo.model.counts import Choice, chosen_incidents, counted_visits, exposed_visits, visits_with_finding
from geo.model.snapshot import Snapshot
from geo.model.tables import OUTCOMES, OVERALL, SEVERITIES, STAGES
from layers.desk.desk_payloads import DeskVisits, Hours
from layers.desk.local_clock import NO_MINUTE, local_minutes

# Bits of a visit's `flags`.
EXPOSED, WITH_FINDING, ASSESSED, NEGATIVE = 1, 2, 4, 8
DISTRICT: Final = 2


def choice_of(
    stage: str, severity: str, verified: str, category: str = "", known: Collection[str] = ()
) -> Choice:
    """Return the choice a request asks for; `category`: one of the mission's `known`, "" for all.

    One category or all, as the page offers and the hot spots' family of tests counts. Raises ValueError
    for any word that is not ours.
    """
    if stage and stage not in STAGES:
        raise ValueError("no such stage")
    if severity not in SEVERITIES or verified not in ("0", "1"):
        raise ValueError("no such choice")
    if category and category not in known:
        raise ValueError("no such category")
    chosen = (category,) if category else ()
    return Choice(stage=stage, categories=chosen, severity=severity, verified_only=verified == "1")


def planned_stations(snapshot: Snapshot, choice: Choice) -> npt.NDArray[np.bool_]:
    """Return which stations the plan wants visited, at the chosen stage or at any, (N,)."""
    plan = snapshot.assignments
    wanted = plan.stage == STAGES.index(choice.stage) if choice.stage else np.ones(len(plan), dtype=bool)
    planned = np.zeros(len(snapshot.registry.stations) + 1, dtype=bool)
    planned[plan.station[wanted]] = True
    return np.asarray(planned[:-1] | (snapshot.registry.stations.is_sampled == 1))


def worst_finding(snapshot: Snapshot, choice: Choice) -> npt.NDArray[np.int8]:
    """Return the most severe chosen finding of every visit, (V,) int8 into SEVERITIES, -1 for none."""
    visits, incidents = snapshot.visits, snapshot.incidents
    seen = counted_visits(visits, choice) & (visits.outcome == OUTCOMES.index("observed"))
    found = chosen_incidents(incidents, snapshot.categories, choice) & (incidents.visit >= 0)
    worst = np.full(len(visits) + 1, -1, dtype=np.int8)
    np.maximum.at(worst, incidents.visit[found], incidents.severity[found])
    return np.asarray(np.where(seen, worst[:-1], np.int8(-1)))


def visits_of(snapshot: Snapshot, choice: Choice) -> DeskVisits:
    """Return every counted visit: where, when on the local clock, outcome, worst finding, flags, team.

    `base`: one digit per station, 1 planned. `states`: stations per state over the whole day, for a check.
    """
    visits = snapshot.visits
    rows = np.flatnonzero(counted_visits(visits, choice))
    observed = visits.outcome == OUTCOMES.index("observed")
    has_finding, _ = visits_with_finding(visits, snapshot.incidents, snapshot.categories, choice)
    assessed = observed & (visits.overall >= 0)
    flags = (
        EXPOSED * exposed_visits(visits, snapshot.categories, choice)
        + WITH_FINDING * has_finding
        + ASSESSED * assessed
        + NEGATIVE * (assessed & (visits.overall >= OVERALL.index("bad")))
    )
    station = visits.station[rows]
    minute = plausible_minutes(local_minutes(snapshot, visits.arrived[rows], station))
    states = operations.station_states(snapshot, choice)
    return {
        "base": planned_stations(snapshot, choice).astype(np.uint8).tobytes().translate(_DIGITS).decode(),
        "visits": {
            "station": station.tolist(),
            "area": area_positions(snapshot, 1)[station].tolist(),
            "district": area_positions(snapshot, DISTRICT)[station].tolist(),
            "cell": snapshot.unit_of_station("cell")[station].tolist(),
            "minute": minute.tolist(),
            "outcome": visits.outcome[rows].tolist(),
            "severity": worst_finding(snapshot, choice)[rows].tolist(),
            "flags": flags[rows].astype(int).tolist(),
            "team": visits.team[rows].tolist(),
        },
        "hours": hours(minute, observed[rows], has_finding[rows]),
        "states": np.bincount(states, minlength=len(operations.STATES)).tolist(),
    }


FIRST_DAYS: Final = 62  # polling that lasted two months is the longest there is
LAST_DAYS: Final = 3
_DIGITS: Final = bytes(b"01"[min(i, 1)] for i in range(256))


def area_positions(snapshot: Snapshot, level: int) -> npt.NDArray[np.int64]:
    """Return the position of every station's area among the areas of a level, (N,), -1 for none."""
    areas = snapshot.registry.areas
    kept = np.flatnonzero(areas.level == level)
    place = np.full(len(areas) + 1, -1, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    return np.asarray(place[snapshot.unit_of_station("area", level)])


def plausible_minutes(minute: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return minutes with those of a stray date as NO_MINUTE, so that one typing error is no axis of years.

    Stray: more than two months before election day or three days after it, or on a day, other than those
    around the election, that holds less than one visit in two hundred. `check` reports such dates.
    """
    day = minute // (24 * 60)
    timed = (minute != NO_MINUTE) & (day >= -FIRST_DAYS) & (day <= LAST_DAYS)
    per_day = np.bincount(day[timed] + FIRST_DAYS, minlength=FIRST_DAYS + LAST_DAYS + 1)
    kept = timed.copy()
    kept[timed] = ~is_rare(per_day)[day[timed] + FIRST_DAYS]
    return np.asarray(np.where(kept, minute, NO_MINUTE))


def is_rare(per_day: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return which days' visits are stray, (D,), by how many each day has, from FIRST_DAYS before on."""
    rare = per_day * 200 < per_day.sum()
    rare[FIRST_DAYS - 1 : FIRST_DAYS + 2] = False
    return np.asarray(rare)


def hours(
    minute: npt.NDArray[np.int64], observed: npt.NDArray[np.bool_], has_finding: npt.NDArray[np.bool_]
) -> Hours:
    """Return observed visits, and those with a chosen finding, per local hour; `first` is the first hour.

    `untimed`: observed visits whose arrival is not known; they are in no bar.
    """
    timed = observed & (minute != NO_MINUTE)
    hour = minute[timed] // 60
    first, last = (int(hour.min()), int(hour.max())) if len(hour) else (0, 0)
    width = last - first + 1
    return {
        "first": first,
        "visits": np.bincount(hour - first, minlength=width).tolist(),
        "findings": np.bincount(hour[has_finding[timed]] - first, minlength=width).tolist(),
        "untimed": int((observed & ~timed).sum()),
    }
