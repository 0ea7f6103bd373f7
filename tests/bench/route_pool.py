"""The best selection among all routes a search has met: a set packing, solved as an integer programme."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import numpy as np
from scipy import sparse

from geo.routing.solver.insertion import Route
from geo.routing.solver.task import Task, Team

MOST_ROUTES: Final = 3_000
MOST_BRANCHES: Final = 200  # a limit that does not depend on the machine, unlike seconds
Key = tuple[int, int, float, float, bytes]


@dataclass(slots=True)
class RoutePool:
    """Owns the routes met so far by kind of team; the best order is kept of each set of stops.

    Only for worth that adds up over stops (q = 1): what a stop adds must not hang on other routes.
    """

    task: Task
    routes: dict[tuple[int, frozenset[int]], tuple[float, Route]] = field(default_factory=dict)
    kind_of_team: tuple[int, ...] = ()

    @staticmethod
    def for_task(task: Task) -> RoutePool:
        keys = [_key(team) for team in task.teams]
        kinds = {key: i for i, key in enumerate(dict.fromkeys(keys))}
        return RoutePool(task, {}, tuple(kinds[key] for key in keys))

    def add(self, team: int, route: Route) -> None:
        """Remember a route; the oldest is forgotten when there are too many."""
        key = (self.kind_of_team[team], frozenset(route.stops))
        known = self.routes.pop(key, None)
        if known is None or route.minutes < known[1].minutes:
            known = (self._worth(route), route)
        self.routes[key] = known
        if len(self.routes) > 2 * MOST_ROUTES:
            for old in list(islice(self.routes, len(self.routes) - MOST_ROUTES)):
                del self.routes[old]

    def _worth(self, route: Route) -> float:
        stops = np.array(route.stops, dtype=np.int64)
        worth = float(self.task.weight[self.task.cell[stops]].sum() + self.task.bonus[stops].sum())
        return worth - self.task.epsilon * route.minutes

    def best(self, seconds: float | None) -> list[Route | None] | None:
        """Return the best route of every team, None for a team to stay; None if nothing was found.

        `seconds`: at most so long; None for a result that is the same on every machine.
        """
        known = list(self.routes.items())[-MOST_ROUTES:]
        if not known:
            return None
        stops = [np.array(route.stops, dtype=np.int64) for _, (_, route) in known]
        column = np.repeat(np.arange(len(known)), [len(one) for one in stops])
        once = sparse.csr_array(
            (np.ones(len(column)), (np.concatenate(stops), column)), shape=(len(self.task.place), len(known))
        )
        once = once[np.flatnonzero(np.diff(once.indptr))]
        kinds = np.array([kind for (kind, _), _ in known])
        teams = np.bincount(self.kind_of_team)
        of_kind = sparse.csr_array((kinds[None, :] == np.arange(len(teams))[:, None]).astype(float))
        limits = np.concatenate([np.ones(once.shape[0]), teams])
        options: Any = {"node_limit": MOST_BRANCHES}
        if seconds is not None:
            options["time_limit"] = seconds
        from scipy import optimize  # a quarter of a second of imports, needed only for plans

        found = optimize.milp(
            -np.array([worth for _, (worth, _) in known]),
            integrality=np.ones(len(known), dtype=np.int64),
            bounds=optimize.Bounds(0, 1),
            constraints=optimize.LinearConstraint(sparse.vstack([once, of_kind]), -np.inf, limits),
            options=options,
        )
        if found.x is None:
            return None
        chosen = [known[i] for i in np.flatnonzero(found.x > 0.5).tolist()]
        return self._dealt(chosen)

    def _dealt(
        self, chosen: list[tuple[tuple[int, frozenset[int]], tuple[float, Route]]]
    ) -> list[Route | None]:
        """Return the chosen routes, one to a team of their kind."""
        waiting: dict[int, list[Route]] = {}
        for (kind, _), (_, route) in chosen:
            waiting.setdefault(kind, []).append(route)
        return [waiting[kind].pop(0) if waiting.get(kind) else None for kind in self.kind_of_team]


def _key(team: Team) -> Key:
    return (team.start, team.end, team.shift_start, team.shift_end, team.nodes.tobytes())
