"""Plan the teams of a mission: routes from the search, checked, as stops with times and gains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from geo.model.columns import IntArray
from geo.model.errors import RouteError
from geo.model.messages import Message
from geo.routing.solver import search
from geo.routing.solver.demand import Demand, Plan, Stop, TeamPlan
from geo.routing.solver.insertion import Route
from geo.routing.solver.rule_checker import check_plan
from geo.routing.solver.task import Task
from geo.routing.solver.task_preparation import PreparedTask


def plan(
    prepared: PreparedTask,
    seconds: float = 20.0,
    seed: int = 0,
    *,
    iterations: int | None = None,
    report: search.Report | None = None,
) -> Plan:
    """Return routes for all teams: greedy insertion on the true objective, then ruin and recreate.

    Every plan has passed the checker. The same `iterations` and `seed` give the same plan unless
    `seconds` end it first. `report`: told the share done and the best value so far, now and then.
    Raises RouteError naming what cannot be satisfied.
    """
    field = prepared.field
    draft = search.greedy(field, search.empty(field), seed)
    best = search.improve(field, draft, seconds=seconds, seed=seed, iterations=iterations, report=report)
    demand = prepared.demand
    stops = stops_of(demand, prepared.rows, field.task, best.routes)
    teams = [
        team_plan(duty.team_id, its_stops, route)
        for duty, its_stops, route in zip(demand.teams, stops, best.routes, strict=True)
    ]
    return checked(demand, teams)


def checked(
    demand: Demand,
    teams: Sequence[TeamPlan],
    notes: Sequence[Message] = (),
    frozen: Mapping[str, tuple[Stop, ...]] | None = None,
) -> Plan:
    """Return the plan of these teams if the checker finds nothing against it.

    Raises RouteError for a plan without any stop, and for one that breaks a rule.
    """
    if not any(team.stops for team in teams):
        raise RouteError("no team can visit any station: nothing fits into the shifts and windows")
    gain = sum(stop.gain for team in teams for stop in team.stops)
    candidate = Plan(tuple(teams), gain - demand.epsilon * sum(team.drive for team in teams), tuple(notes))
    broken = check_plan(demand, candidate, frozen or {})
    if broken:  # a fault of ours, not of the demand; better said than driven
        raise RouteError(
            "the plan found breaks a rule: {faults}", faults=tuple(fault.says for fault in broken[:5])
        )
    return candidate


def team_plan(team_id: str, stops: tuple[Stop, ...], route: Route) -> TeamPlan:
    """Return a team's plan; the route says when it is back."""
    return TeamPlan(team_id, stops, float(route.arrive[-1] - route.leave[-1]), float(route.arrive[-1]))


def stops_of(demand: Demand, rows: IntArray, task: Task, routes: Sequence[Route]) -> list[tuple[Stop, ...]]:
    """Return the stops of every route; gains count in the order of the day, so that they add up."""
    visits, gains = task.seen.copy(), dict[int, float]()
    order = sorted((route.arrive[i], node) for route in routes for i, node in enumerate(route.stops))
    for _, node in order:
        cell = task.cell[node]
        gains[node] = float(task.weight[cell] * task.q * (1 - task.q) ** visits[cell] + task.bonus[node])
        visits[cell] += 1
    services, count = demand.services, len(demand.services)
    stops_by_team = []
    for team, route in zip(task.teams, routes, strict=True):
        stops_by_team.append(tuple(
            Stop(
                station=int(rows[node // count]),
                service=services[node % count].name,
                drive=float(route.arrive[i] - route.leave[i]),
                arrive=float(route.arrive[i]),
                begin=float(route.leave[i + 1] - task.service[node]),
                leave=float(route.leave[i + 1]),
                gain=gains[node],
                is_locked=node in team.locked,
            )
            for i, node in enumerate(route.stops)
        ))  # fmt: skip
    return stops_by_team
