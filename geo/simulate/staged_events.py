"""The staged part of the day: who is late, denied, silent, strict, flooded or counting until morning."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from geo.model.columns import FloatArray, IntArray
from geo.simulate.schedule import (
    COUNTING,
    DENIED,
    OBSERVED,
    OPENING,
    TABULATION,
    VOTING,
    Schedule,
)
from geo.simulate.simulated_stations import SimulatedStations
from geo.simulate.simulated_teams import SimulatedTeams

STRICT_EFFECT: Final = 2.2  # logit scale: about four times as many findings as an average team
# Minutes after midnight of election day, local.
SILENT_FROM: Final = 10 * 60 + 40
DENIED_FROM: Final = 9 * 60 + 45
OVERRUN_UNTIL: Final = 27 * 60 + 40  # 03:40 of the day after


@dataclass(frozen=True, slots=True)
class StagedEvent:
    """One staged event: what, the teams and stations it concerns, and one sentence."""

    event: str
    says: str
    teams: tuple[int, ...] = ()
    stations: tuple[int, ...] = ()
    areas: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Cast:
    """Which team plays which part; −1: nobody does."""

    late: tuple[int, ...]
    denied: int
    silent: int
    strict: int
    copier: int
    overrun: int
    flooded_area: int


def cast(teams: SimulatedTeams, schedule: Schedule, cluster_area: int, areas: int) -> Cast:
    """Return who plays what: a fixed choice among teams outside the hot spot."""
    outside = np.flatnonzero(teams.area != cluster_area)
    if len(outside) < 7:
        return Cast((), -1, -1, -1, -1, -1, -1)
    visits = np.bincount(schedule.team, minlength=len(teams.home))
    outside = outside[np.argsort(-visits[outside], kind="stable")]
    parts = outside[np.linspace(0, len(outside) - 1, 7).astype(np.int64)]
    strict, copier, denied, late, overrun, second_late, silent = (int(team) for team in parts)
    per_area = np.bincount(teams.area, weights=visits, minlength=areas)
    per_area[[teams.area[strict], *([cluster_area] if cluster_area >= 0 else [])]] = 0
    flooded = int(np.argmax(per_area))
    return Cast((late, second_late), denied, silent, strict, copier, overrun, flooded)


def effects(part: Cast, team_effect: FloatArray) -> FloatArray:
    """Return the teams' effects with the strict team's set."""
    if part.strict < 0:
        return team_effect
    changed = team_effect.copy()
    changed[part.strict] = STRICT_EFFECT
    return changed


def stage(schedule: Schedule, part: Cast) -> tuple[Schedule, tuple[StagedEvent, ...]]:
    """Return the schedule with the events of the last day, and what was staged."""
    if part.silent < 0:
        return schedule, ()
    received, outcome = schedule.received.copy(), schedule.outcome.copy()
    left, is_made = schedule.left.copy(), schedule.is_made.copy()
    today = schedule.arrived >= 0
    team, kind = schedule.team, schedule.stage

    late = np.flatnonzero(today & (kind == OPENING) & np.isin(team, part.late))
    outcome[late] = OBSERVED
    left[late] = schedule.arrived[late] + 50
    received[late] = left[late] + 140 + 25 * np.arange(len(late))
    denied = np.flatnonzero(
        today & (team == part.denied) & (kind == VOTING) & (schedule.arrived >= DENIED_FROM)
    )[:2]
    outcome[denied] = DENIED
    left[denied] = schedule.arrived[denied] + 9
    received[denied] = left[denied] + 4
    gone = today & (team == part.silent) & (received >= SILENT_FROM)
    is_made[gone] = False
    overrun = np.flatnonzero(today & (kind == COUNTING) & (team == part.overrun))
    outcome[overrun] = OBSERVED
    left[overrun], received[overrun] = OVERRUN_UNTIL, OVERRUN_UNTIL + 12
    is_made[today & (team == part.overrun) & (kind == TABULATION)] = False

    staged = replace(schedule, received=received, outcome=outcome, left=left, is_made=is_made)
    return staged, _events(part, schedule.station, late, denied, overrun)


def _events(
    part: Cast, station: IntArray, late: IntArray, denied: IntArray, overrun: IntArray
) -> tuple[StagedEvent, ...]:
    def at(rows: IntArray) -> tuple[int, ...]:
        return tuple(int(row) for row in station[rows])

    return (
        StagedEvent("late_opening", "Opening forms arrived more than two hours late.", part.late, at(late)),
        StagedEvent(
            "denied", "The team was denied entry at two stations in a row.", (part.denied,), at(denied)
        ),
        StagedEvent("silent", "Nothing came from the team after 10:40.", (part.silent,)),
        StagedEvent("strict", "The team notes about four times as much as an average team.", (part.strict,)),
        StagedEvent("overrun", "The count went on until 03:40.", (part.overrun,), at(overrun)),
        StagedEvent("flood", "Low-severity findings pour in from one area.", areas=(part.flooded_area,)),
    )


def low_rates(
    part: Cast, stations: SimulatedStations, schedule: Schedule, usual: float, flood: float
) -> FloatArray:
    """Return each visit's rate of low-severity findings: high in one area."""
    is_flooded = stations.area[schedule.station] == part.flooded_area
    return np.where(is_flooded & (part.flooded_area >= 0), flood, usual)
