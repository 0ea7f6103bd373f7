"""Solve a published orienteering problem: one stop list per team."""

from __future__ import annotations

from geo.errors import RouteError
from geo.routes import search
from geo.routes.checker import check
from geo.routes.problem import Problem, task_of


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
    best = search.improve(field, draft, seconds=seconds, seed=seed, iterations=iterations)
    routes = [list(route.stops) for route in best.routes]
    if not any(routes):
        raise RouteError("no team can reach any stop within its window and be back before the shift ends")
    broken = check(problem, routes)
    if broken:  # a fault of ours, not of the demand; better said than driven
        raise RouteError("the plan found breaks a rule: {faults}", faults=tuple(one.says for one in broken))
    return routes
