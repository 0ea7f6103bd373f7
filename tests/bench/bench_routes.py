"""What are plans worth beside greedy insertion and PyVRP, on the same instance in the same time?

`python -m tests.bench.bench_routes [seconds [seeds]]` prints the rows as JSON. PyVRP 0.14.1 is a peer, not a
dependency: without it only greedy insertion is compared. It cannot state diminishing returns, so it gets
every station's first gain as its prize ("flat"), or prizes discounted by the station's rank in its
cell, one base at a time. Its plans are then worth what they are worth by the true objective.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from importlib.util import find_spec
from typing import Any

import numpy as np

from geo import grid
from geo.routes import Demand, Duty, Event, Prepared, plan, prepare, replan, search
from geo.routes.insertion import route_of
from geo.routes.objective import coverage
from geo.routes.prepare import _prizes, out_of_bounds
from geo.routes.problem import IndexArray

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


def rows(seconds: float = 20.0, seeds: int = 5) -> list[dict[str, Any]]:
    """Return {name, ours, peer, peer_value, unit, ratio}; F of the mean seed, higher is better."""
    demand = country()
    began = time.perf_counter()
    prepared = prepare(demand)
    took = time.perf_counter() - began
    draft = search.greedy(prepared.field, search.empty(prepared.field))
    plans = [plan(prepared, seconds, seed) for seed in range(seeds)]
    ours = statistics.fmean(one.value for one in plans)
    found = [_row("F of a plan", ours, "greedy insertion", draft.value)]
    if find_spec("pyvrp"):
        for name, per_base in (("PyVRP, flat prizes", False), ("PyVRP, per base, by rank", True)):
            peers = [_pyvrp(prepared, seconds, seed, per_base=per_base) for seed in range(seeds)]
            value = statistics.fmean(value for value, _ in peers)
            staffed = min(count for _, count in peers)
            found.append(_row("F of a plan", ours, f"{name} (staffs {staffed} of 60)", value))
    stop = plans[0].teams[3].stops[5]
    began = time.perf_counter()
    replan(prepared, plans[0], Event(600.0, frozenset([stop.station]), {"T05": 60.0}))
    again = time.perf_counter() - began
    return [*found, _row("prepare", took, "none", None, "s"), _row("re-plan", again, "none", None, "s")]


def _row(name: str, ours: float, peer: str, value: float | None, unit: str = "F") -> dict[str, Any]:
    ratio = None if value is None else round(ours / value, 4)
    return {
        "name": name, "ours": round(ours, 2), "peer": peer,
        "peer_value": None if value is None else round(value, 2), "unit": unit, "ratio": ratio,
    }  # fmt: skip


def _pyvrp(prepared: Prepared, seconds: float, seed: int, *, per_base: bool) -> tuple[float, int]:
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
    for crews in bases.values():
        nodes = np.unique(np.concatenate([task.crews[i].nodes for i in crews]))
        nodes = nodes[free[task.place[nodes]] & _near(prepared, crews)[nodes]]
        for crew, stops in _solved(prepared, crews, nodes, prize, seconds / len(bases), seed):
            route = route_of(task, task.crews[crew], stops)
            assert route is not None, "PyVRP's route must be feasible for us too"
            free[task.place[list(stops)]] = False
            np.add.at(visits, task.cell[list(stops)], 1)
            minutes += route.minutes
            staffed += int((task.kind[list(stops)] > 0).sum())
    gain = coverage(task.weight, visits, task.q) - coverage(task.weight, task.seen, task.q)
    return gain - task.epsilon * minutes, staffed


def _near(prepared: Prepared, crews: list[int]) -> Any:
    """Return which nodes PyVRP may choose from: all for voting, else the nearest of every base."""
    task = prepared.field.task
    kept = task.kind == 0
    for crew in crews:
        nodes = task.crews[crew].nodes
        way = task.travel[task.crews[crew].start, task.place[nodes]]
        for kind in (1, 2):
            of = nodes[task.kind[nodes] == kind]
            kept[of[np.argsort(way[task.kind[nodes] == kind], kind="stable")[:NEAREST]]] = True
    return kept


def _solved(
    prepared: Prepared, crews: list[int], nodes: IndexArray, prize: Any, seconds: float, seed: int
) -> list[tuple[int, tuple[int, ...]]]:
    import pyvrp
    from pyvrp.stop import MaxRuntime

    task = prepared.field.task
    ends = [task.crews[i].start for i in crews]
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
            1, start_depot=i, end_depot=i, tw_early=int(task.crews[crew].shift_start * SCALE),
            tw_late=int(task.crews[crew].shift_end * SCALE), unit_distance_cost=1, unit_duration_cost=0,
        )
        for i, crew in enumerate(crews)
    ]  # fmt: skip
    data = pyvrp.ProblemData(
        [pyvrp.Location(0, 0) for _ in places], clients, depots, kinds, [table], [table], groups
    )
    best = pyvrp.solve(data, MaxRuntime(seconds), seed=seed, collect_stats=False, display=False).best
    return [
        (crews[route.vehicle_type()], tuple(int(nodes[one.idx]) for one in route if one.is_client()))
        for route in best.routes()
    ]


if __name__ == "__main__":
    print(json.dumps(rows(*(float(a) if i == 0 else int(a) for i, a in enumerate(sys.argv[1:]))), indent=1))
