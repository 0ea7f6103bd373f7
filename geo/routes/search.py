"""Greedy insertion, then ruin and recreate with a cooling threshold: better routes while time lasts."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.errors import RouteError
from geo.routes.insertion import Route, cheapest, route_of
from geo.routes.problem import Crew, FloatArray, IndexArray, Task
from geo.routes.recombine import Pool

SERVED: Final = -np.inf
FREE: Final = -1
MUST: Final = 1e9
ATTEMPTS: Final = 5
FEW: Final = 5  # up to so many crews all are refilled, not only those a ruin touched
LONGEST_STRING: Final = 10
MEAN_REMOVED: Final = 10.0
WHOLE_ROUTE: Final = 0.05  # how often a route is emptied instead
EXPONENTS: Final = (1.0, 1.5, 2.0, 3.0)
NOISE: Final = 0.5
REPORT_EVERY_S: Final = 0.1
# In units of what a served stop is worth on average.
WARM, COLD = 1.0, 0.003

# When, of the search's time, routes met so far are recombined; and at most this share of it each time.
RECOMBINE_AT: Final = (0.3, 0.6, 0.92)
RECOMBINE_SHARE: Final = 0.05

Report = Callable[[float, float], None]


@dataclass(slots=True)
class Draft:
    """A plan being changed; copied before every attempt, so that a bad one is simply forgotten.

    `crew_of`: (n,) who serves a node, -1 for nobody. `visits`: (C,) per cell. `worth`: (n,) what serving
    a node would add now, minutes apart; SERVED where its group is served. `value`: what all is worth.
    """

    routes: list[Route]
    crew_of: IndexArray
    visits: FloatArray
    worth: FloatArray
    value: float

    def copy(self) -> Draft:
        return Draft(
            self.routes.copy(), self.crew_of.copy(), self.visits.copy(), self.worth.copy(), self.value
        )


@dataclass(frozen=True, eq=False)
class Field:
    """A task with the indexes that a search asks for again and again.

    `choices`: per crew the nodes of every kind it needs, and under FREE all others.
    """

    task: Task
    of_cell: tuple[IndexArray, ...]
    of_group: tuple[IndexArray, ...]
    locked: npt.NDArray[np.bool_]
    choices: tuple[dict[int, IndexArray], ...]
    near: dict[int, IndexArray]

    def nearest(self, node: int) -> IndexArray:
        """Return all nodes by the way from this one and back, nearest first."""
        if node not in self.near:
            place = self.task.place
            row, column = self.task.travel[place[node]], self.task.travel[:, place[node]]
            self.near[node] = np.argsort((row + column)[place], kind="stable")
        return self.near[node]


def field_of(task: Task) -> Field:
    locked = np.zeros(len(task.place), dtype=bool)
    for crew in task.crews:
        locked[list(crew.locked)] = True
    choices = tuple(_choices(task, crew) for crew in task.crews)
    return Field(task, _members(task.cell), _members(task.group), locked, choices, {})


def _choices(task: Task, crew: Crew) -> dict[int, IndexArray]:
    kinds = task.kind[crew.nodes]
    found = {need: crew.nodes[kinds == need] for need in crew.needs}
    return {FREE: crew.nodes[~np.isin(kinds, crew.needs)], **found}


def _members(of: IndexArray) -> tuple[IndexArray, ...]:
    order = np.argsort(of, kind="stable")
    bounds = np.searchsorted(of[order], np.arange(int(of.max(initial=-1)) + 2))
    return tuple(order[a:b] for a, b in pairwise(bounds.tolist()))


def empty(field: Field) -> Draft:
    """Return the draft in which nobody visits anything."""
    task = field.task
    routes = []
    for crew in task.crews:
        route = route_of(task, crew, ())
        if route is None:
            raise RouteError(
                "team {team} has no time: its shift is too short for the way to its end", team=crew.name
            )
        routes.append(route)
    visits = task.seen.copy()
    worth = task.weight[task.cell] * task.q * (1.0 - task.q) ** visits[task.cell] + task.bonus
    value = -task.epsilon * sum(route.minutes for route in routes)
    return Draft(routes, np.full(len(task.place), -1, dtype=np.int64), visits, worth, value)


def _put(field: Field, draft: Draft, crew: int, route: Route, node: int) -> None:
    task = field.task
    draft.value += float(draft.worth[node]) - task.epsilon * (route.minutes - draft.routes[crew].minutes)
    draft.routes[crew] = route
    draft.crew_of[node] = crew
    draft.visits[task.cell[node]] += 1
    _reprice(field, draft, node)
    draft.worth[field.of_group[task.group[node]]] = SERVED


def put_route(field: Field, draft: Draft, crew: int, route: Route) -> None:
    """Give a crew without stops a whole route; change the draft."""
    for node in route.stops:
        _put(field, draft, crew, route, node)


def _take(field: Field, draft: Draft, node: int) -> None:
    """Take a served node out of the books; its route is set afterwards, once for all that leave it."""
    task = field.task
    draft.crew_of[node] = -1
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


def _price(task: Task, draft: Draft, nodes: IndexArray) -> FloatArray:
    cell = task.cell[nodes]
    return task.weight[cell] * task.q * (1.0 - task.q) ** draft.visits[cell] + task.bonus[nodes]


def wanted(field: Field, crew: int, route: Route) -> tuple[IndexArray, str]:
    """Return which nodes a crew must or may get next, and why it must: "" when it is free to choose."""
    task, one = field.task, field.task.crews[crew]
    missing = [node for node in one.locked if node not in route.stops]
    if missing:
        return np.array(missing[:1], dtype=np.int64), "locked"
    if one.needs:
        kinds = task.kind[list(route.stops)].tolist()
        for need in one.needs:
            if need not in kinds:
                return field.choices[crew][need], "needed"
    return field.choices[crew][FREE], ""


@dataclass(slots=True)
class _Offer:
    nodes: IndexArray
    push: FloatArray
    detour: FloatArray
    position: IndexArray
    demand: str


def refill(field: Field, draft: Draft, crews: Sequence[int], taste: FloatArray, exponent: float) -> int:
    """Insert the best node at its best position until nothing more fits; change the draft.

    `taste`: (n,) factors that make one attempt differ from the next. Returns -1, or the first crew
    for which a locked or needed stop fits nowhere.
    """
    offers = {crew: _offer(field, draft, crew) for crew in crews}
    while True:
        best, chosen, at = 0.0, -1, -1
        for crew, offer in offers.items():
            if not len(offer.nodes):
                if offer.demand:
                    return crew
                continue
            gain = draft.worth[offer.nodes] - field.task.epsilon * offer.detour
            score = np.maximum(gain, 0.0) ** exponent
            if offer.demand:
                # What must be is put first, even where it adds nothing; then what is worth most for its time.
                score += np.where(draft.worth[offer.nodes] == SERVED, -np.inf, MUST)
            score *= taste[offer.nodes] / (np.maximum(offer.push, 0.0) + 1.0)
            here = int(score.argmax())
            if offer.demand and score[here] < 0:
                return crew
            if score[here] > best:
                best, chosen, at = float(score[here]), crew, here
        if chosen < 0:
            return -1
        if not _insert(field, draft, chosen, offers[chosen], at):
            offers[chosen].push[at] = np.inf
            offers[chosen] = _shrunk(offers[chosen], np.isfinite(offers[chosen].push))
            continue
        offers[chosen] = _offer(field, draft, chosen, offers[chosen])


def _insert(field: Field, draft: Draft, crew: int, offer: _Offer, at: int) -> bool:
    node, position = int(offer.nodes[at]), int(offer.position[at])
    stops = draft.routes[crew].stops
    route = route_of(field.task, field.task.crews[crew], (*stops[:position], node, *stops[position:]))
    if route is None:  # only where travel times break the triangle inequality by rounding
        return False
    _put(field, draft, crew, route, node)
    return True


def _shrunk(offer: _Offer, kept: npt.NDArray[np.bool_]) -> _Offer:
    return _Offer(offer.nodes[kept], offer.push[kept], offer.detour[kept], offer.position[kept], offer.demand)


def _offer(field: Field, draft: Draft, crew: int, before: _Offer | None = None) -> _Offer:
    """Return what fits into a crew's route. What did not fit into the shorter route fits less now."""
    task, route = field.task, draft.routes[crew]
    if before is None or before.demand:
        nodes, demand = wanted(field, crew, route)
    else:
        nodes, demand = before.nodes, ""
    nodes = nodes[draft.worth[nodes] > 0] if not demand else nodes[draft.worth[nodes] != SERVED]
    push, detour, position = cheapest(task, route, nodes)
    return _shrunk(_Offer(nodes, push, detour, position, demand), np.isfinite(push))


def ruin(field: Field, draft: Draft, rng: np.random.Generator, crews: Sequence[int]) -> list[int]:
    """Take strings of stops out of these crews' routes that pass near one place; return the crews touched."""
    can = np.isin(draft.crew_of, crews)
    served = np.flatnonzero(can)
    if not len(served):
        return list(crews)
    if rng.random() < WHOLE_ROUTE:
        crew = int(draft.crew_of[served[rng.integers(len(served))]])
        _leave(field, draft, crew, {stop for stop in draft.routes[crew].stops if not field.locked[stop]})
        return [crew]
    seed = int(served[rng.integers(len(served))])
    lengths = [len(draft.routes[crew].stops) for crew in crews]
    longest = min(LONGEST_STRING, sum(lengths) / len(lengths))
    strings = rng.uniform(1, 4 * MEAN_REMOVED / (1 + longest))
    order = field.nearest(seed)
    touched: list[int] = []
    for node in order[can[order]].tolist():
        crew = int(draft.crew_of[node])
        if crew in touched or crew < 0:
            continue
        stops = draft.routes[crew].stops
        length = int(rng.uniform(1, min(longest, len(stops)) + 1))
        at = stops.index(node)
        first = int(rng.integers(max(0, at - length + 1), min(at, len(stops) - length) + 1))
        gone = {stop for stop in stops[first : first + length] if not field.locked[stop]}
        _leave(field, draft, crew, gone)
        touched.append(crew)
        if len(touched) >= strings:
            break
    return touched


def _leave(field: Field, draft: Draft, crew: int, gone: set[int]) -> None:
    task = field.task
    for node in sorted(gone):
        _take(field, draft, node)
    old = draft.routes[crew]
    route = route_of(task, task.crews[crew], tuple(stop for stop in old.stops if stop not in gone))
    if route is None:  # a way around is longer than the way through the stop: rounded travel times
        route = old
        for node in sorted(gone):
            _put(field, draft, crew, old, node)
    draft.value -= task.epsilon * (route.minutes - old.minutes)
    draft.routes[crew] = route


def greedy(field: Field, draft: Draft, seed: int = 0) -> Draft:
    """Return the draft with all crews filled by what a stop adds for the time it takes.

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
    crew = field.task.crews[stuck]
    if any(node not in trial.routes[stuck].stops for node in crew.locked):
        raise RouteError(
            "team {team}: its locked stops do not fit into its shift and their windows", team=crew.name
        )
    raise RouteError(
        "team {team}: no station is left within its reach for each service it must staff", team=crew.name
    )


def improve(
    field: Field,
    draft: Draft,
    *,
    seconds: float,
    seed: int,
    iterations: int | None = None,
    crews: Sequence[int] | None = None,
    report: Report | None = None,
) -> Draft:
    """Return the best plan found by ruin and recreate from this one; the same for the same iterations.

    `report` hears the share done and the best value, ten times a second; what it raises ends the search.
    """
    rng = np.random.default_rng(seed)
    n, movable = len(field.task.place), list(range(len(draft.routes)) if crews is None else crews)
    best = current = draft
    stops = sum(len(route.stops) for route in draft.routes)
    unit = max(draft.value, 1e-9) / max(stops, 1)
    began = time.monotonic()
    step, done, told = 0, 0.0, began
    is_plain = _is_plain(field.task)
    pool = Pool.of(field.task) if _adds_up(field.task) and crews is None else None
    ahead = list(RECOMBINE_AT)
    while True:
        now = time.monotonic()
        spent = (now - began) / seconds if seconds > 0 else 1.0
        done = step / iterations if iterations else spent
        if report and now - told >= REPORT_EVERY_S:
            told = now
            report(min(1.0, max(done, spent)), best.value)
        if spent >= 1.0 or done >= 1.0:
            return best
        if pool and done >= ahead[0]:
            limit = None if iterations else max(0.1, RECOMBINE_SHARE * seconds)
            best = current = _recombined(field, pool, best, limit)
            del ahead[0]
            pool = pool if ahead else None
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
        if is_plain and _uncross(field, trial, touched):
            refill(field, trial, touched, taste, exponent)
        if pool:
            for crew in touched:
                pool.add(crew, trial.routes[crew])
        if trial.value > current.value + heat * math.log(1.0 - rng.random()):
            current = trial
            if trial.value > best.value + 1e-9:
                best = trial


def _adds_up(task: Task) -> bool:
    """Return whether a route is worth the same whatever the others do, and no crew must do anything."""
    return task.q == 1.0 and not task.seen.any() and not any(crew.needs or crew.locked for crew in task.crews)


def _recombined(field: Field, pool: Pool, best: Draft, seconds: float | None) -> Draft:
    """Return the best plan made of routes met so far, or the one known if that is as good."""
    found = pool.best(seconds)
    if found is None:
        return best
    draft = empty(field)
    for crew, route in enumerate(found):
        if route is not None and not (draft.worth[list(route.stops)] == SERVED).any():
            put_route(field, draft, crew, route)
    refill(field, draft, range(len(draft.routes)), np.ones(len(field.task.place)), 2.0)
    return draft if draft.value > best.value + 1e-9 else best


def _is_plain(task: Task) -> bool:
    """Return whether legs can be driven backwards and windows hinder nobody: then crossings are undone."""
    ends = max(crew.shift_end for crew in task.crews)
    begins = min(crew.shift_start for crew in task.crews)
    is_open = bool((task.opens <= begins).all() and (task.closes >= ends).all())
    return is_open and bool(np.array_equal(task.travel, task.travel.T))


def _uncross(field: Field, draft: Draft, crews: Sequence[int]) -> bool:
    """Turn round stretches of routes while that shortens them (2-opt); return whether anything changed."""
    task, changed = field.task, False
    for crew in crews:
        route = draft.routes[crew]
        for _ in range(len(route.stops)):
            ways = task.travel[np.ix_(route.rows, route.rows)]
            legs = np.diagonal(ways, 1)
            saved = legs[:, None] + legs[None, :] - ways[:-1, :-1] - ways[1:, 1:]
            first, last = np.unravel_index(int(np.triu(saved, 2).argmax()), saved.shape)
            if saved[first, last] <= 1e-9 or last <= first:
                break
            stops = route.stops
            turned = (*stops[:first], *reversed(stops[first:last]), *stops[last:])
            shorter = route_of(task, task.crews[crew], turned)
            if shorter is None:
                break
            draft.value -= task.epsilon * (shorter.minutes - route.minutes)
            draft.routes[crew], changed = shorter, True
            route = shorter
    return changed
