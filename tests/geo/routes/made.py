"""Small instances made for the tests: orienteering problems of a few stops, and a small country."""

from __future__ import annotations

from itertools import combinations, permutations
from typing import Any

import numpy as np

from geo.routes import Demand, Duty, Problem, Team, check


def problem(seed: int, stops: int = 7, teams: int = 2) -> Problem:
    """Return a random problem: places in a square of 20, windows of different widths, a depot at 0."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 20, (stops + 1, 2))
    travel = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    opens = rng.integers(0, 30, stops + 1).astype(float)
    closes = opens + rng.integers(5, 30, stops + 1)
    profit = rng.integers(1, 20, stops + 1).astype(float)
    opens[0], closes[0], profit[0] = 0.0, 60.0, 0.0
    service = rng.integers(0, 6, stops + 1).astype(float)
    service[0] = 0.0
    return Problem(profit, service, opens, closes, travel, [Team(0, 0, 0.0, 45.0)] * teams)


def best_profit(one: Problem) -> float:
    """Return the most that any plan can collect, by trying every ordered choice of stops."""
    profit, n = np.asarray(one.profit, dtype=float), len(np.asarray(one.profit))
    alone = Problem(one.profit, one.service, one.opens, one.closes, one.travel, list(one.teams)[:1])
    feasible = {
        frozenset(chosen)
        for count in range(n)
        for chosen in combinations(range(1, n), count)
        if any(not check(alone, [order]) for order in permutations(chosen))
    }
    best = {frozenset[int](): 0.0}
    for _ in one.teams:
        best = {
            taken | more: gain + sum(profit[i] for i in more)
            for taken, gain in best.items()
            for more in feasible
            if not taken & more
        }
    return float(max(best.values()))


def country(stations: int = 80, teams: int = 3, seed: int = 0, **changes: Any) -> Demand:
    """Return stations around 70° E 50° N in 16 cells, two areas west and east of 70°, one base."""
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(69, 71, stations), rng.uniform(49.4, 50.6, stations)
    cell = (np.floor((lon - 69) * 2) * 4 + np.floor((lat - 49.4) / 0.3)).astype(np.int64)
    known: dict[str, Any] = {
        "station_id": tuple(f"A/{i}" for i in range(stations)),
        "lon": lon,
        "lat": lat,
        "cell": cell,
        "area": (lon >= 70).astype(np.int64),
        "weight": rng.uniform(10, 60, 16),
        "seen": np.zeros(16),
        "teams": tuple(Duty(f"T{i}", 70.0, 50.0, 300.0, 1440.0) for i in range(teams)),
    }
    return Demand(**(known | changes))
