"""How much do we collect on published orienteering instances, beside PyVRP in the same time?

A folder of files as their authors published them: team orienteering with time windows (Solomon's and
Cordeau's customers) or without (Chao's). The first say nothing of how many teams there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from tests.bench.measure import Disagreement, Missing, Row, Setting, row
from tests.bench.orienteering import Problem, ProblemTeam, check, solve

TEAMS: Final = {"c101": 2, "rc101": 4, "pr01": 2, "pr10": 4}
SCALE: Final = 10_000  # whole units for PyVRP; a published distance has at most two decimals


def rows(setting: Setting) -> Iterator[Row]:
    """Yield the profit collected on every instance of the folder; nothing without a folder."""
    for file in sorted(setting.instances.glob("*.txt")) if setting.instances else ():
        problem = read(file)
        routes = solve(problem, setting.seconds, 0)
        broken = check(problem, routes)
        if broken:
            raise Disagreement(f"{file.stem}: {broken[0]}")
        ours = _collected(problem, routes)
        theirs = None
        with setting.peer(f"PyVRP: {file.stem}"):
            theirs = _collected(problem, _pyvrp(problem, setting.seconds))
        peer = "" if theirs is None else "PyVRP"
        yield row(f"profit, {file.stem}", ours, "profit", peer, theirs, better="high")


def read(file: Path) -> Problem:
    """Return one instance as a problem of ours."""
    lines = [line.split() for line in file.read_text(encoding="ascii").splitlines() if line.split()]
    if lines[0][0] == "n":
        teams, longest = int(lines[1][1]), float(lines[2][1])
        points = np.array(lines[3:], dtype=float)
        travel = np.hypot(*(points[:, None, :2] - points[None, :, :2]).T).T
        nothing = np.zeros(len(points))
        team = ProblemTeam(0, len(points) - 1, 0.0, longest)
        return Problem(points[:, 2], nothing, nothing, nothing + longest, travel, [team] * teams)
    customers = int(lines[0][2])
    of_place = lines[2 : 3 + customers]
    table = np.array([[float(v) for v in (*one[1:5], *one[-2:])] for one in of_place])
    horizon = float(of_place[0][-1])
    table[0, 4:] = 0.0, horizon
    digits = (
        10.0 if file.stem[0] in "rc" else 100.0
    )  # Solomon's are cut off after one decimal, Cordeau's after two
    travel = np.hypot(*(table[:, None, :2] - table[None, :, :2]).T).T
    travel = np.floor(travel * digits + 1e-9) / digits
    team = ProblemTeam(0, 0, 0.0, horizon)
    profit = table[:, 3].copy()
    return Problem(profit, table[:, 2], table[:, 4], table[:, 5], travel, [team] * TEAMS.get(file.stem, 2))


def _collected(problem: Problem, routes: Any) -> float:
    visited = [place for route in routes for place in route]
    if len(visited) != len(set(visited)):
        raise Disagreement("a place was visited twice")
    return float(np.asarray(problem.profit)[visited].sum())


def _pyvrp(problem: Problem, seconds: float) -> list[list[int]]:
    if not find_spec("pyvrp"):
        raise Missing("pyvrp is not installed (make install)")
    import pyvrp
    from pyvrp.stop import MaxRuntime

    team = ProblemTeam(*problem.teams[0])
    ends = [team.start] if team.start == team.end else [team.start, team.end]
    stops = [place for place in range(len(np.asarray(problem.profit))) if place not in ends]
    places = stops + ends
    table = np.ceil(np.asarray(problem.travel)[np.ix_(places, places)] * SCALE - 1e-6).astype(np.int64)
    np.fill_diagonal(table, 0)
    columns = [np.asarray(getattr(problem, name)) for name in ("service", "opens", "closes", "profit")]
    dear = int(table.max()) * 4  # a profit of one is worth any way there
    clients = [
        pyvrp.Client(
            at, service_duration=int(service * SCALE),
            tw_early=int(opens * SCALE), tw_late=int(closes * SCALE),
            prize=int(profit * dear), required=False,
        )
        for at, (service, opens, closes, profit) in enumerate(zip(*(c[stops] for c in columns), strict=True))
    ]  # fmt: skip
    depots = [pyvrp.Depot(len(stops) + i) for i in range(len(ends))]
    kind = pyvrp.VehicleType(
        len(problem.teams), start_depot=0, end_depot=len(ends) - 1,
        tw_early=int(team.shift_start * SCALE), tw_late=int(team.shift_end * SCALE),
    )  # fmt: skip
    data = pyvrp.ProblemData(
        [pyvrp.Location(0, 0) for _ in places], clients, depots, [kind], [table], [table]
    )
    best = pyvrp.solve(data, MaxRuntime(seconds), seed=0, collect_stats=False, display=False).best
    return [[stops[one.idx] for one in route if one.is_client()] for route in best.routes()]
