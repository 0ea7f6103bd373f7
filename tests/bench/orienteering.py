"""Published orienteering instances: their form, the mission's search on it, and a checker of its own."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from geo.model.columns import FloatArray
from geo.model.errors import RouteError
from geo.model.messages import Message, message
from geo.routing.solver import search
from geo.routing.solver.insertion import route_of
from geo.routing.solver.rule_checker import SLACK, Violation
from geo.routing.solver.task import TOLERANCE, Task, Team
from tests.bench.route_pool import RoutePool

# When, of the search's time, routes met so far are recombined; and at most this share of it each time.
RECOMBINE_AT: Final = (0.3, 0.6, 0.92)
RECOMBINE_SHARE: Final = 0.05


class ProblemTeam(NamedTuple):
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
    teams: Sequence[ProblemTeam | tuple[int, int, float, float]]


def solve(
    problem: Problem, seconds: float = 10.0, seed: int = 0, *, iterations: int | None = None
) -> list[list[int]]:
    """Return the stops of every team in order, without its start and end; feasible by the checker.

    The same `iterations` and `seed` give the same plan unless `seconds` end it first. Without
    `iterations` the seconds are used up, and a faster machine finds more.
    Raises RouteError naming what no plan can satisfy; an empty plan is never returned.
    """
    field = search.field_of(task_of(problem))
    draft = search.greedy(field, search.empty(field), seed)
    best = improve(field, draft, seconds=seconds, seed=seed, iterations=iterations)
    routes = [list(route.stops) for route in best.routes]
    if not any(routes):
        raise RouteError("no team can reach any stop within its window and be back before the shift ends")
    broken = check(problem, routes)
    if broken:  # a fault of ours, not of the demand; better said than driven
        raise RouteError("the plan found breaks a rule: {faults}", faults=tuple(one.says for one in broken))
    return routes


def check(problem: Problem, routes: Sequence[Sequence[int]]) -> tuple[Violation, ...]:
    """Return every rule that the stop lists of a published problem break; empty if they are feasible.

    `routes`: one list of places per team, without its start and end.
    """
    opens, closes, service, travel = (
        np.asarray(column, dtype=float)
        for column in (problem.opens, problem.closes, problem.service, problem.travel)
    )
    teams = [problem_team(one) for one in problem.teams]
    if len(routes) != len(teams):
        says = message("{routes} routes for {teams} teams", routes=len(routes), teams=len(teams))
        return (Violation("routes", -1, -1, says),)
    ends = {team.start for team in teams} | {team.end for team in teams}
    found: list[Violation] = []
    seen: dict[int, int] = {}
    for number, (team, stops) in enumerate(zip(teams, routes, strict=True)):
        now, here = team.shift_start, team.start
        for stop in stops:
            if not 0 <= stop < len(opens):
                found.append(_fault("place", number, stop, message("{place} is no place", place=str(stop))))
                continue
            if stop in ends:
                says = message("{place} is a start or end, not a stop", place=str(stop))
                found.append(_fault("depot", number, stop, says))
            if stop in seen:
                says = message(
                    "team {team} serves {place} already", team=str(seen[stop] + 1), place=str(stop)
                )
                found.append(_fault("repeated", number, stop, says))
            seen.setdefault(stop, number)
            if not np.isfinite(travel[here, stop]):
                says = message("no way from {start} to {end}", start=str(here), end=str(stop))
                found.append(_fault("way", number, stop, says))
            now = max(now + float(travel[here, stop]), float(opens[stop]))
            if now > closes[stop] + SLACK:
                says = message(
                    "begins {place} at {time}, after {closes}",
                    place=str(stop), time=now, closes=float(closes[stop]),
                )  # fmt: skip
                found.append(_fault("closes", number, stop, says))
            now += float(service[stop])
            here = stop
        now += float(travel[here, team.end])
        if not now <= team.shift_end + SLACK:
            ends_at = float(team.shift_end)
            says = message("is back at {time}, after its shift ends at {ends}", time=now, ends=ends_at)
            found.append(_fault("shift", number, -1, says))
    return tuple(found)


def _fault(rule: str, number: int, stop: int, says: Message) -> Violation:
    return Violation(rule, number, stop, message("team {team}: {fault}", team=str(number + 1), fault=says))


def improve(
    field: search.Field, draft: search.Draft, *, seconds: float, seed: int, iterations: int | None = None
) -> search.Draft:
    """Return the best plan found by the mission's ruin and recreate, helped by what only this form allows.

    Worth adds up over stops, so routes met on the way are recombined; without windows, crossings are undone.
    """
    rng = np.random.default_rng(seed)
    n, teams = len(field.task.place), list(range(len(draft.routes)))
    best = current = draft
    unit = max(draft.value, 1e-9) / max(sum(len(route.stops) for route in draft.routes), 1)
    began, step, done = time.monotonic(), 0, 0.0
    is_plain = _is_plain(field.task)
    pool = RoutePool.for_task(field.task) if _adds_up(field.task) else None
    ahead = list(RECOMBINE_AT)
    while True:
        spent = (time.monotonic() - began) / seconds if seconds > 0 else 1.0
        done = step / iterations if iterations else spent
        if spent >= 1.0 or done >= 1.0:
            return best
        if pool and done >= ahead[0]:
            limit = None if iterations else max(0.1, RECOMBINE_SHARE * seconds)
            best = current = _recombined(field, pool, best, limit)
            del ahead[0]
            pool = pool if ahead else None
        step += 1
        heat = unit * search.WARM * (search.COLD / search.WARM) ** done
        trial = current.copy()
        touched = search.ruin(field, trial, rng, teams)
        if len(teams) <= search.FEW:
            touched = teams
        taste = rng.uniform(1 - search.NOISE, 1 + search.NOISE, n)
        exponent = search.EXPONENTS[int(rng.integers(len(search.EXPONENTS)))]
        if search.refill(field, trial, touched, taste, exponent) >= 0:
            continue
        if is_plain and _uncross(field, trial, touched):
            search.refill(field, trial, touched, taste, exponent)
        if pool:
            for team in touched:
                pool.add(team, trial.routes[team])
        if trial.value > current.value + heat * math.log(1.0 - rng.random()):
            current = trial
            if trial.value > best.value + 1e-9:
                best = trial


def problem_team(one: ProblemTeam | tuple[int, int, float, float]) -> ProblemTeam:
    return one if isinstance(one, ProblemTeam) else ProblemTeam(*one)


def task_of(problem: Problem) -> Task:
    """Return a published problem in the general form: every place its own cell, q = 1.

    Raises RouteError naming what no plan could satisfy.
    """
    profit, service, opens, closes = (
        np.asarray(column, dtype=np.float64)
        for column in (problem.profit, problem.service, problem.opens, problem.closes)
    )
    travel = np.ascontiguousarray(problem.travel, dtype=np.float64)
    teams = [problem_team(one) for one in problem.teams]
    _refuse_misfits(profit, service, opens, closes, travel, teams)
    n = len(profit)
    ends = {team.start for team in teams} | {team.end for team in teams}
    stops = np.array([i for i in range(n) if i not in ends and profit[i] > 0], dtype=np.int64)
    if not len(stops):
        raise RouteError("there is no stop with a profit; every place is a team's start or end, or has none")
    hours = sum(team.shift_end - team.shift_start for team in teams)
    every = np.arange(n, dtype=np.int64)
    task_teams = tuple(
        Team(str(number), team.start, team.end, team.shift_start, team.shift_end, stops)
        for number, team in enumerate(teams, start=1)
    )
    return Task(
        place=every, kind=np.zeros(n, dtype=np.int64), group=every, cell=every,
        service=service, opens=opens, closes=closes, bonus=np.zeros(n),
        weight=np.maximum(profit, 0.0), seen=np.zeros(n), q=1.0,
        # Shorter wins among equal profits, and all the time there is weighs less than any one stop.
        epsilon=0.5 * float(profit[stops].min()) / max(hours, 1e-9),
        travel=travel, teams=task_teams,
    )  # fmt: skip


def _refuse_misfits(
    profit: FloatArray,
    service: FloatArray,
    opens: FloatArray,
    closes: FloatArray,
    travel: FloatArray,
    teams: Sequence[ProblemTeam],
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


def _adds_up(task: Task) -> bool:
    """Return whether a route is worth the same whatever the others do, and no team must do anything."""
    return task.q == 1.0 and not task.seen.any() and not any(team.needs or team.locked for team in task.teams)


def _recombined(
    field: search.Field, pool: RoutePool, best: search.Draft, seconds: float | None
) -> search.Draft:
    """Return the best plan made of routes met so far, or the one known if that is as good."""
    found = pool.best(seconds)
    if found is None:
        return best
    draft = search.empty(field)
    for team, route in enumerate(found):
        if route is not None and not (draft.worth[list(route.stops)] == search.SERVED).any():
            search.put_route(field, draft, team, route)
    search.refill(field, draft, range(len(draft.routes)), np.ones(len(field.task.place)), 2.0)
    return draft if draft.value > best.value + 1e-9 else best


def _is_plain(task: Task) -> bool:
    """Return whether legs can be driven backwards and windows hinder nobody: then crossings are undone."""
    ends = max(team.shift_end for team in task.teams)
    begins = min(team.shift_start for team in task.teams)
    is_open = bool((task.opens <= begins).all() and (task.closes >= ends).all())
    return is_open and bool(np.array_equal(task.travel, task.travel.T))


def _uncross(field: search.Field, draft: search.Draft, teams: Sequence[int]) -> bool:
    """Turn round stretches of routes while that shortens them (2-opt); return whether anything changed."""
    task, changed = field.task, False
    for team in teams:
        route = draft.routes[team]
        for _ in range(len(route.stops)):
            ways = task.travel[np.ix_(route.rows, route.rows)]
            legs = np.diagonal(ways, 1)
            saved = legs[:, None] + legs[None, :] - ways[:-1, :-1] - ways[1:, 1:]
            first, last = np.unravel_index(int(np.triu(saved, 2).argmax()), saved.shape)
            if saved[first, last] <= 1e-9 or last <= first:
                break
            stops = route.stops
            turned = (*stops[:first], *reversed(stops[first:last]), *stops[last:])
            shorter = route_of(task, task.teams[team], turned)
            if shorter is None:
                break
            draft.value -= task.epsilon * (shorter.minutes - route.minutes)
            draft.routes[team], changed = shorter, True
            route = shorter
    return changed
