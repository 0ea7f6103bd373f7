"""Finds better routes while time lasts: greedy insertion, then ruin and recreate with a cooling threshold.

Ruin takes strings of stops out of neighbouring routes, and recreate puts stops in where they are worth
most for the time they take: Christiaens & Vanden Berghe (2020), Slack Induction by String Removals for
Vehicle Routing Problems, Transportation Science 54:417–433, doi:10.1287/trsc.2019.0914. It differs in what
it maximises: prizes that diminish within a cell, and not every station has to be visited.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.model.columns import FloatArray, IntArray
from geo.model.errors import RouteError
from geo.routing.solver.insertion import Route, cheapest, route_of
from geo.routing.solver.task import Task, Team

SERVED: Final = -np.inf  # the worth of a node whose group is served: never chosen
FREE: Final = -1  # in place of a kind of service: those that nobody has to staff
MUST: Final = 1e9  # above any worth: a locked or needed stop is put in first
ATTEMPTS: Final = 5  # orders of greedy insertion before a team counts as stuck
FEW: Final = 5  # up to so many teams all are refilled, not only those a ruin touched
LONGEST_STRING: Final = 10  # stops taken out of one route, as in the paper
MEAN_REMOVED: Final = 10.0  # stops that a ruin takes out on average, as in the paper
WHOLE_ROUTE: Final = 0.05  # how often a whole route is emptied instead
# A stop is ranked by its gain to one of these powers per minute of delay: so far stops worth much get a turn.
EXPONENTS: Final = (1.0, 1.5, 2.0, 3.0)
NOISE: Final = 0.5  # ranks are multiplied by 1 ± up to this, so that no two attempts are alike
REPORT_EVERY_S: Final = 0.1
# By how much a trial may be worse than the current plan, at first and in the end, as in simulated annealing;
# in units of what a served stop is worth on average.
WARM, COLD = 1.0, 0.003

Report = Callable[[float, float], None]


@dataclass(slots=True)
class Draft:
    """A plan being changed; copied before every attempt, so that a bad one is simply forgotten.

    `team_of`: (n,) who serves a node, -1 for nobody. `visits`: (C,) per cell. `worth`: (n,) what serving
    a node would add now, minutes apart; SERVED where its group is served. `value`: what all is worth.
    """

    routes: list[Route]
    team_of: IntArray
    visits: FloatArray
    worth: FloatArray
    value: float

    def copy(self) -> Draft:
        return Draft(
            self.routes.copy(), self.team_of.copy(), self.visits.copy(), self.worth.copy(), self.value
        )


@dataclass(frozen=True, eq=False)
class Field:
    """A task with the indexes that a search asks for again and again.

    `choices`: per team the nodes of every kind it needs, and under FREE all others.
    """

    task: Task
    of_cell: tuple[IntArray, ...]
    of_group: tuple[IntArray, ...]
    locked: npt.NDArray[np.bool_]
    choices: tuple[dict[int, IntArray], ...]
    near: dict[int, IntArray]

    def nearest(self, node: int) -> IntArray:
        """Return all nodes by the way from this one and back, nearest first."""
        if node not in self.near:
            place = self.task.place
            row, column = self.task.travel[place[node]], self.task.travel[:, place[node]]
            self.near[node] = np.argsort((row + column)[place], kind="stable")
        return self.near[node]


def field_of(task: Task) -> Field:
    """Return a task with its indexes."""
    locked = np.zeros(len(task.place), dtype=bool)
    for team in task.teams:
        locked[list(team.locked)] = True
    choices = tuple(_choices(task, team) for team in task.teams)
    return Field(task, _members(task.cell), _members(task.group), locked, choices, {})


def _choices(task: Task, team: Team) -> dict[int, IntArray]:
    kinds = task.kind[team.nodes]
    needed = {need: team.nodes[kinds == need] for need in team.needs}
    return {FREE: team.nodes[~np.isin(kinds, team.needs)], **needed}


def _members(of: IntArray) -> tuple[IntArray, ...]:
    order = np.argsort(of, kind="stable")
    bounds = np.searchsorted(of[order], np.arange(int(of.max(initial=-1)) + 2))
    return tuple(order[a:b] for a, b in pairwise(bounds.tolist()))


def empty(field: Field) -> Draft:
    """Return the draft in which nobody visits anything."""
    task = field.task
    routes = []
    for team in task.teams:
        route = route_of(task, team, ())
        if route is None:
            raise RouteError(
                "team {team} has no time: its shift is too short for the way to its end", team=team.name
            )
        routes.append(route)
    visits = task.seen.copy()
    worth = task.weight[task.cell] * task.q * (1.0 - task.q) ** visits[task.cell] + task.bonus
    value = -task.epsilon * sum(route.minutes for route in routes)
    return Draft(routes, np.full(len(task.place), -1, dtype=np.int64), visits, worth, value)


def _put(field: Field, draft: Draft, team: int, route: Route, node: int) -> None:
    task = field.task
    draft.value += float(draft.worth[node]) - task.epsilon * (route.minutes - draft.routes[team].minutes)
    draft.routes[team] = route
    draft.team_of[node] = team
    draft.visits[task.cell[node]] += 1
    _reprice(field, draft, node)
    draft.worth[field.of_group[task.group[node]]] = SERVED


def put_route(field: Field, draft: Draft, team: int, route: Route) -> None:
    """Give a team without stops a whole route; change the draft."""
    for node in route.stops:
        _put(field, draft, team, route, node)


def _take(field: Field, draft: Draft, node: int) -> None:
    """Take a served node out of the books; its route is set afterwards, once for all that leave it."""
    task = field.task
    draft.team_of[node] = -1
    draft.visits[task.cell[node]] -= 1
    _reprice(field, draft, node)
    group = field.of_group[task.group[node]]
    draft.worth[group] = _price(task, draft, group)
    draft.value -= float(draft.worth[node])


def _reprice(field: Field, draft: Draft, node: int) -> None:
    mates = field.of_cell[field.task.cell[node]]
    if len(mates) > 1:
        free = mates[draft.worth[mates] != SERVED]
        draft.worth[free] = _price(field.task, draft, free)


def _price(task: Task, draft: Draft, nodes: IntArray) -> FloatArray:
    cell = task.cell[nodes]
    return task.weight[cell] * task.q * (1.0 - task.q) ** draft.visits[cell] + task.bonus[nodes]


def wanted(field: Field, team: int, route: Route) -> tuple[IntArray, str]:
    """Return which nodes a team must or may get next, and why it must: "" when it is free to choose."""
    task, duties = field.task, field.task.teams[team]
    missing = [node for node in duties.locked if node not in route.stops]
    if missing:
        return np.array(missing[:1], dtype=np.int64), "locked"
    if duties.needs:
        kinds = task.kind[list(route.stops)].tolist()
        for need in duties.needs:
            if need not in kinds:
                return field.choices[team][need], "needed"
    return field.choices[team][FREE], ""


@dataclass(slots=True)
class _Offer:
    nodes: IntArray
    push: FloatArray
    detour: FloatArray
    position: IntArray
    demand: str


def refill(field: Field, draft: Draft, teams: Sequence[int], taste: FloatArray, exponent: float) -> int:
    """Insert the best node at its best position until nothing more fits; change the draft.

    `taste`: (n,) factors that make one attempt differ from the next. Returns -1, or the first team
    for which a locked or needed stop fits nowhere.
    """
    offers = {team: _offer(field, draft, team) for team in teams}
    while True:
        best, chosen, at = 0.0, -1, -1
        for team, offer in offers.items():
            if not len(offer.nodes):
                if offer.demand:
                    return team
                continue
            gain = draft.worth[offer.nodes] - field.task.epsilon * offer.detour
            score = np.maximum(gain, 0.0) ** exponent
            if offer.demand:
                # What must be is put first, even where it adds nothing; then what is worth most for its time.
                score += np.where(draft.worth[offer.nodes] == SERVED, -np.inf, MUST)
            score *= taste[offer.nodes] / (np.maximum(offer.push, 0.0) + 1.0)
            here = int(score.argmax())
            if offer.demand and score[here] < 0:
                return team
            if score[here] > best:
                best, chosen, at = float(score[here]), team, here
        if chosen < 0:
            return -1
        if not _insert(field, draft, chosen, offers[chosen], at):
            offers[chosen].push[at] = np.inf
            offers[chosen] = _shrunk(offers[chosen], np.isfinite(offers[chosen].push))
            continue
        offers[chosen] = _offer(field, draft, chosen, offers[chosen])


def _insert(field: Field, draft: Draft, team: int, offer: _Offer, at: int) -> bool:
    node, position = int(offer.nodes[at]), int(offer.position[at])
    stops = draft.routes[team].stops
    route = route_of(field.task, field.task.teams[team], (*stops[:position], node, *stops[position:]))
    if route is None:  # only where travel times break the triangle inequality by rounding
        return False
    _put(field, draft, team, route, node)
    return True


def _shrunk(offer: _Offer, fits: npt.NDArray[np.bool_]) -> _Offer:
    return _Offer(offer.nodes[fits], offer.push[fits], offer.detour[fits], offer.position[fits], offer.demand)


def _offer(field: Field, draft: Draft, team: int, before: _Offer | None = None) -> _Offer:
    """Return what fits into a team's route. What did not fit into the shorter route fits less now."""
    task, route = field.task, draft.routes[team]
    if before is None or before.demand:
        nodes, demand = wanted(field, team, route)
    else:
        nodes, demand = before.nodes, ""
    nodes = nodes[draft.worth[nodes] > 0] if not demand else nodes[draft.worth[nodes] != SERVED]
    push, detour, position = cheapest(task, route, nodes)
    return _shrunk(_Offer(nodes, push, detour, position, demand), np.isfinite(push))


def ruin(field: Field, draft: Draft, rng: np.random.Generator, teams: Sequence[int]) -> list[int]:
    """Take strings of stops out of these teams' routes that pass near one place; return the teams touched."""
    can = np.isin(draft.team_of, teams)
    served = np.flatnonzero(can)
    if not len(served):
        return list(teams)
    if rng.random() < WHOLE_ROUTE:
        team = int(draft.team_of[served[rng.integers(len(served))]])
        _leave(field, draft, team, {stop for stop in draft.routes[team].stops if not field.locked[stop]})
        return [team]
    seed = int(served[rng.integers(len(served))])
    lengths = [len(draft.routes[team].stops) for team in teams]
    longest = min(LONGEST_STRING, sum(lengths) / len(lengths))
    strings = rng.uniform(1, 4 * MEAN_REMOVED / (1 + longest))
    order = field.nearest(seed)
    touched: list[int] = []
    for node in order[can[order]].tolist():
        team = int(draft.team_of[node])
        if team in touched or team < 0:
            continue
        stops = draft.routes[team].stops
        length = int(rng.uniform(1, min(longest, len(stops)) + 1))
        at = stops.index(node)
        first = int(rng.integers(max(0, at - length + 1), min(at, len(stops) - length) + 1))
        gone = {stop for stop in stops[first : first + length] if not field.locked[stop]}
        _leave(field, draft, team, gone)
        touched.append(team)
        if len(touched) >= strings:
            break
    return touched


def _leave(field: Field, draft: Draft, team: int, gone: set[int]) -> None:
    task = field.task
    for node in sorted(gone):
        _take(field, draft, node)
    old = draft.routes[team]
    route = route_of(task, task.teams[team], tuple(stop for stop in old.stops if stop not in gone))
    if route is None:  # a way around is longer than the way through the stop: rounded travel times
        route = old
        for node in sorted(gone):
            _put(field, draft, team, old, node)
    draft.value -= task.epsilon * (route.minutes - old.minutes)
    draft.routes[team] = route


def greedy(field: Field, draft: Draft, seed: int = 0) -> Draft:
    """Return the draft with all teams filled by what a stop adds for the time it takes.

    Where teams compete for the few stations that suit a needed service, other orders are tried.
    Raises RouteError naming the team for which a locked or needed stop fits nowhere.
    """
    n, rng = len(field.task.place), np.random.default_rng(seed)
    stuck = -1
    for attempt in range(ATTEMPTS):
        trial = draft.copy()
        taste = rng.uniform(1 - NOISE, 1 + NOISE, n) if attempt else np.ones(n)
        stuck = refill(field, trial, range(len(draft.routes)), taste, 2.0)
        if stuck < 0:
            return trial
    team = field.task.teams[stuck]
    if any(node not in trial.routes[stuck].stops for node in team.locked):
        raise RouteError(
            "team {team}: its locked stops do not fit into its shift and their windows", team=team.name
        )
    raise RouteError(
        "team {team}: no station is left within its reach for each service it must staff", team=team.name
    )


def improve(
    field: Field,
    draft: Draft,
    *,
    seconds: float,
    seed: int,
    iterations: int | None = None,
    report: Report | None = None,
) -> Draft:
    """Return the best plan found by ruin and recreate from this one; the same for the same iterations.

    `report` hears the share done and the best value, ten times a second; what it raises ends the search.
    """
    rng = np.random.default_rng(seed)
    n, movable = len(field.task.place), list(range(len(draft.routes)))
    best = current = draft
    stops = sum(len(route.stops) for route in draft.routes)
    unit = max(draft.value, 1e-9) / max(stops, 1)
    began = time.monotonic()
    step, done, reported = 0, 0.0, began
    while True:
        now = time.monotonic()
        spent = (now - began) / seconds if seconds > 0 else 1.0
        done = step / iterations if iterations else spent
        if report and now - reported >= REPORT_EVERY_S:
            reported = now
            report(min(1.0, max(done, spent)), best.value)
        if spent >= 1.0 or done >= 1.0:
            return best
        step += 1
        heat = unit * WARM * (COLD / WARM) ** done
        trial = current.copy()
        touched = ruin(field, trial, rng, movable)
        if len(movable) <= FEW:
            touched = movable
        taste = rng.uniform(1 - NOISE, 1 + NOISE, n)
        exponent = EXPONENTS[int(rng.integers(len(EXPONENTS)))]
        if refill(field, trial, touched, taste, exponent) >= 0:
            continue
        if trial.value > current.value + heat * math.log(1.0 - rng.random()):
            current = trial
            if trial.value > best.value + 1e-9:
                best = trial
