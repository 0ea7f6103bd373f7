"""What is to be routed: the published orienteering form, and the general form the search works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from geo.errors import RouteError

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]

# Sums of decimal travel times are off by 1e-12 or so; a stop must not be lost to that.
TOLERANCE: Final = 1e-7
NEVER: Final = np.inf


class Team(NamedTuple):
    """Where a team starts and ends (indexes of places) and when its shift begins and is over."""

    start: int
    end: int
    shift_start: float
    shift_end: float


@dataclass(frozen=True, eq=False)
class Problem:
    """Team orienteering with time windows over n places; any one unit of time.

    `profit`, `service`, `opens`, `closes`: (n,); a visit begins within [opens, closes] and lasts
    `service`; who comes early waits. `travel`: (n, n), from row to column, inf for no way.
    `teams`: each leaves `start` not before its shift and is at `end` before the shift is over. Places
    that are a team's start or end are never stops.
    """

    profit: npt.ArrayLike
    service: npt.ArrayLike
    opens: npt.ArrayLike
    closes: npt.ArrayLike
    travel: npt.ArrayLike
    teams: Sequence[Team | tuple[int, int, float, float]]


@dataclass(frozen=True, eq=False)
class Crew:
    """One team of a task: its name, its places, its shift, the nodes it may serve.

    `needs`: the kinds of which it must serve exactly one. `locked`: nodes it must serve.
    """

    name: str
    start: int
    end: int
    shift_start: float
    shift_end: float
    nodes: IndexArray
    needs: tuple[int, ...] = ()
    locked: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Task:
    """The general form: n nodes (a station with one of its services) over P places, and crews.

    `place`, `kind`, `group`, `cell`: (n,) int64; of a group at most one node is served. `service`,
    `opens`, `closes`, `bonus`: (n,). `weight`, `seen`: (C,) per cell, `seen` the visits it has already.
    `travel`: (P, P). Serving S is worth Σ weight (1 − (1 − q)^n) + Σ bonus − epsilon · minutes under way.
    """

    place: IndexArray
    kind: IndexArray
    group: IndexArray
    cell: IndexArray
    service: FloatArray
    opens: FloatArray
    closes: FloatArray
    bonus: FloatArray
    weight: FloatArray
    seen: FloatArray
    q: float
    epsilon: float
    travel: FloatArray
    crews: tuple[Crew, ...]


def team_of(one: Team | tuple[int, int, float, float]) -> Team:
    return one if isinstance(one, Team) else Team(*one)


def task_of(problem: Problem) -> Task:
    """Return a published problem in the general form: every place its own cell, q = 1.

    Raises RouteError naming what no plan could satisfy.
    """
    profit, service, opens, closes = (
        np.asarray(column, dtype=np.float64)
        for column in (problem.profit, problem.service, problem.opens, problem.closes)
    )
    travel = np.ascontiguousarray(problem.travel, dtype=np.float64)
    teams = [team_of(one) for one in problem.teams]
    _refuse_misfits(profit, service, opens, closes, travel, teams)
    n = len(profit)
    ends = {team.start for team in teams} | {team.end for team in teams}
    stops = np.array([i for i in range(n) if i not in ends and profit[i] > 0], dtype=np.int64)
    if not len(stops):
        raise RouteError("there is no stop with a profit; every place is a team's start or end, or has none")
    hours = sum(team.shift_end - team.shift_start for team in teams)
    every = np.arange(n, dtype=np.int64)
    crews = tuple(
        Crew(str(number), team.start, team.end, team.shift_start, team.shift_end, stops)
        for number, team in enumerate(teams, start=1)
    )
    return Task(
        place=every, kind=np.zeros(n, dtype=np.int64), group=every, cell=every,
        service=service, opens=opens, closes=closes, bonus=np.zeros(n),
        weight=np.maximum(profit, 0.0), seen=np.zeros(n), q=1.0,
        # Shorter wins among equal profits, and all the time there is weighs less than any one stop.
        epsilon=0.5 * float(profit[stops].min()) / max(hours, 1e-9),
        travel=travel, crews=crews,
    )  # fmt: skip


def _refuse_misfits(
    profit: FloatArray,
    service: FloatArray,
    opens: FloatArray,
    closes: FloatArray,
    travel: FloatArray,
    teams: Sequence[Team],
) -> None:
    n = len(profit)
    if any(len(column) != n for column in (service, opens, closes)) or travel.shape != (n, n):
        raise RouteError("profit, service, opens and closes must have {n} values each, travel {n} × {n}", n=n)
    if not all(np.isfinite(column).all() for column in (profit, service, opens)):
        raise RouteError("profit, service and opens must be numbers; one of them is not")
    if np.isnan(closes).any() or np.isnan(travel).any() or (travel < 0).any() or (service < 0).any():
        raise RouteError("closes, travel and service must be numbers, and no travel or service negative")
    if not teams:
        raise RouteError("there is no team")
    for number, team in enumerate(teams, start=1):
        if not (0 <= team.start < n and 0 <= team.end < n):
            raise RouteError(
                "team {team}: start and end must be places 0 to {last}", team=str(number), last=n - 1
            )
        if not team.shift_end >= team.shift_start:
            raise RouteError("team {team} has no time: its shift ends before it begins", team=str(number))
        if team.shift_start + travel[team.start, team.end] > team.shift_end + TOLERANCE:
            raise RouteError(
                "team {team} has no time: its shift is too short for the way to its end", team=str(number)
            )
