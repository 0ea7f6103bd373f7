"""What are plans worth beside greedy insertion and PyVRP, on the same instance in the same time?

PyVRP cannot state diminishing returns, so it gets every station's first gain as its prize ("flat"), or
prizes discounted by the station's rank in its cell, one base at a time. Its plans are then worth what
they are worth by the true objective.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from statistics import fmean
from typing import Any

import numpy as np

from geo.model import grid
from geo.model.columns import IntArray
from geo.routing.solver import (
    DayEvent,
    Demand,
    Duty,
    Plan,
    PreparedTask,
    plan,
    prepare,
    replan,
    search,
)
from geo.routing.solver.insertion import route_of
from geo.routing.solver.task_preparation import _prizes, out_of_bounds
from tests.bench.measure import Disagreement, Missing, Row, Setting, row, timed
from tests.geo.routing.solver.small_tasks import coverage

STATIONS, TEAMS = 10_000, 30
STAFFED = 300.0  # PyVRP knows no "exactly one": an extra prize makes it staff openings and closings
MONEY = 6000  # of F; a second under way then costs 1, as epsilon says
NEAREST = 30  # openings and closings it may choose from per base
SCALE = 60  # minutes to whole seconds


def country(n: int = 10_000, teams: int = 30, bases: int = 15, seed: int = 0) -> Demand:
    """Return a made-up country the size of Kazakhstan: 400 towns of very different sizes."""
    rng = np.random.default_rng(seed)
    towns = np.stack([rng.uniform(52, 82, 400), rng.uniform(42, 54, 400)], axis=1)
    size = rng.pareto(1.1, 400) + 0.3
    town = rng.choice(400, n, p=size / size.sum())
    lon, lat = towns[town, 0] + rng.normal(0, 0.12, n), towns[town, 1] + rng.normal(0, 0.09, n)
    voters = np.round(np.exp(rng.normal(6.6, 0.7, n)))
    cells, cell = np.unique(grid.cell_of(lon, lat, 5), return_inverse=True)
    base = towns[np.argsort(-size)[:bases]]
    duties = tuple(
        Duty(f"T{i:02d}", float(base[i % bases, 0]), float(base[i % bases, 1]), 300.0, 1440.0)
        for i in range(teams)
    )
    return Demand(
        tuple(f"S{i}" for i in range(n)), lon, lat, cell.astype(np.int64), np.full(n, -1),
        np.sqrt(np.bincount(cell, voters)), np.zeros(len(cells)), duties,
    )  # fmt: skip


def rows(setting: Setting) -> Iterator[Row]:
    """Yield F of a plan, mean of all seeds and the worst for us, beside each peer's; higher is better.

    Everybody gets the same seconds on one core for one plan. Every plan of ours has passed the checker.
    """
    demand = country(min(setting.stations, STATIONS), TEAMS)
    prepared, seconds = timed(lambda: prepare(demand))
    yield row(f"prepare {len(demand.station_id):,} stations", seconds, "s")
    plans = [plan(prepared, setting.seconds, seed) for seed in range(setting.seeds)]
    ours = [one.value for one in plans]
    staffed = min(_staffed(one) for one in plans)
    if staffed < 2 * TEAMS:
        raise Disagreement(f"only {staffed} of {2 * TEAMS} openings and closings are staffed")
    draft = search.greedy(prepared.field, search.empty(prepared.field))
    yield from _beside(ours, "greedy insertion", [draft.value] * setting.seeds)
    for name, per_base in (("PyVRP, flat prizes", False), ("PyVRP, per base, by rank", True)):
        with setting.peer(name):
            if not find_spec("pyvrp"):
                raise Missing("pyvrp is not installed (make install)")
            found = [
                _pyvrp(prepared, setting.seconds, seed, per_base=per_base) for seed in range(setting.seeds)
            ]
            yield from _beside(ours, name, [value for value, _ in found])
            fewest = min(count for _, count in found)
            yield row("openings and closings staffed, fewest", staffed, "stops", name, fewest, better="high")
    stop = plans[0].teams[3].stops[5]
    event = DayEvent(600.0, frozenset([stop.station]), {"T05": 60.0})
    yield row("re-plan after one event", timed(lambda: replan(prepared, plans[0], event))[1], "s")


def _beside(ours: list[float], peer: str, theirs: list[float]) -> Iterator[Row]:
    """Yield the mean over the seeds, and the seed with the smallest margin."""
    yield row("F of a plan, mean of seeds", fmean(ours), "F", peer, fmean(theirs), better="high")
    worst = min(zip(ours, theirs, strict=True), key=lambda pair: pair[0] / pair[1])
    yield row("F of a plan, worst seed", worst[0], "F", peer, worst[1], better="high")


def _staffed(found: Plan) -> int:
    return sum(stop.service != "voting" for team in found.teams for stop in team.stops)


def _pyvrp(prepared: PreparedTask, seconds: float, seed: int, *, per_base: bool) -> tuple[float, int]:
    """Return F of PyVRP's plan, and how many openings and closings it staffs of the sixty."""
    task, demand = prepared.field.task, prepared.demand
    prize = task.weight[task.cell] * task.q
    if per_base:
        prize = np.repeat(_prizes(demand, ~out_of_bounds(demand))[prepared.rows], 3)
    bases: dict[tuple[float, float], list[int]] = {}
    for i, duty in enumerate(demand.teams):
        bases.setdefault((duty.lon, duty.lat) if per_base else (0.0, 0.0), []).append(i)
    free = np.ones(len(prepared.rows), dtype=bool)
    visits, minutes, staffed = task.seen.copy(), 0.0, 0
    for teams in bases.values():
        nodes = np.unique(np.concatenate([task.teams[i].nodes for i in teams]))
        nodes = nodes[free[task.place[nodes]] & _near(prepared, teams)[nodes]]
        for team, stops in _solved(prepared, teams, nodes, prize, seconds / len(bases), seed):
            route = route_of(task, task.teams[team], stops)
            assert route is not None, "PyVRP's route must be feasible for us too"
            free[task.place[list(stops)]] = False
            np.add.at(visits, task.cell[list(stops)], 1)
            minutes += route.minutes
            staffed += int((task.kind[list(stops)] > 0).sum())
    gain = coverage(task.weight, visits, task.q) - coverage(task.weight, task.seen, task.q)
    return gain - task.epsilon * minutes, staffed


def _near(prepared: PreparedTask, teams: list[int]) -> Any:
    """Return which nodes PyVRP may choose from: all for voting, else the nearest of every base."""
    task = prepared.field.task
    kept = task.kind == 0
    for team in teams:
        nodes = task.teams[team].nodes
        way = task.travel[task.teams[team].start, task.place[nodes]]
        for kind in (1, 2):
            of = nodes[task.kind[nodes] == kind]
            kept[of[np.argsort(way[task.kind[nodes] == kind], kind="stable")[:NEAREST]]] = True
    return kept


def _solved(
    prepared: PreparedTask, teams: list[int], nodes: IntArray, prize: Any, seconds: float, seed: int
) -> list[tuple[int, tuple[int, ...]]]:
    import pyvrp
    from pyvrp.stop import MaxRuntime

    task = prepared.field.task
    ends = [task.teams[i].start for i in teams]
    places = np.concatenate([np.unique(task.place[nodes]), ends])
    minutes = task.travel[np.ix_(places, places)]
    # Rounded up: a way must not become shorter than it is.
    table = np.ceil(np.minimum(minutes, 1e6) * SCALE).astype(np.int64)
    np.fill_diagonal(table, 0)
    at = np.searchsorted(places[: -len(ends)], task.place[nodes])
    groups = [
        pyvrp.ClientGroup(np.flatnonzero(at == i).tolist(), required=False) for i in range(at.max() + 1)
    ]
    clients = [
        pyvrp.Client(
            int(at[i]), service_duration=int(task.service[node] * SCALE),
            tw_early=int(task.opens[node] * SCALE),
            tw_late=int(task.closes[node] * SCALE), required=False, group=int(at[i]),
            prize=int(MONEY * (prize[node] + STAFFED * (task.kind[node] > 0))),
        )
        for i, node in enumerate(nodes.tolist())
    ]  # fmt: skip
    first = len(places) - len(ends)
    depots = [pyvrp.Depot(first + i) for i in range(len(ends))]
    kinds = [
        pyvrp.VehicleType(
            1, start_depot=i, end_depot=i, tw_early=int(task.teams[team].shift_start * SCALE),
            tw_late=int(task.teams[team].shift_end * SCALE), unit_distance_cost=1, unit_duration_cost=0,
        )
        for i, team in enumerate(teams)
    ]  # fmt: skip
    data = pyvrp.ProblemData(
        [pyvrp.Location(0, 0) for _ in places], clients, depots, kinds, [table], [table], groups
    )
    best = pyvrp.solve(data, MaxRuntime(seconds), seed=seed, collect_stats=False, display=False).best
    return [
        (teams[route.vehicle_type()], tuple(int(nodes[one.idx]) for one in route if one.is_client()))
        for route in best.routes()
    ]
