"""Routes and what fits into them: times along a route, and the cheapest place for every further stop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.model.columns import FloatArray, IntArray
from geo.routing.solver.task import TOLERANCE, Task, Team


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """A feasible route of one team: k stops between its start and its end.

    `rows`: (k + 2,) places. `leave`: (k + 1,) when it can leave the start and each stop. `arrive`:
    (k + 1,) when it is at each stop and at the end, before waiting. `latest`: (k + 1,) the latest
    moment to be there with all that follows still in time. `minutes`: under way.
    """

    stops: tuple[int, ...]
    rows: IntArray
    leave: FloatArray
    arrive: FloatArray
    latest: FloatArray
    minutes: float


def route_of(task: Task, team: Team, stops: tuple[int, ...]) -> Route | None:
    """Return the times of a route, or None if a window or the shift cannot be kept."""
    nodes = np.array(stops, dtype=np.int64)
    rows = np.empty(len(stops) + 2, dtype=np.int64)
    rows[0], rows[1:-1], rows[-1] = team.start, task.place[nodes], team.end
    legs = task.travel[rows[:-1], rows[1:]].tolist()
    opens, closes = task.opens[nodes].tolist(), task.closes[nodes].tolist()
    service = task.service[nodes].tolist()
    now, leave, arrive = team.shift_start, [team.shift_start], []
    for leg, first, last, lasts in zip(legs, opens, closes, service, strict=False):
        now += leg
        arrive.append(now)
        if now < first:
            now = first
        if now > last + TOLERANCE:
            return None
        now += lasts
        leave.append(now)
    now += legs[-1]
    if now > team.shift_end + TOLERANCE:
        return None
    arrive.append(now)
    bound = team.shift_end
    latest = [bound]
    for i in range(len(stops) - 1, -1, -1):
        bound = min(closes[i], bound - legs[i + 1] - service[i])
        latest.append(bound)
    latest.reverse()
    return Route(stops, rows, np.array(leave), np.array(arrive), np.array(latest), sum(legs))


def cheapest(task: Task, route: Route, nodes: IntArray) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return by how much each node would delay the route at its best position, its detour, the position.

    (m,) float64 minutes, inf where it fits nowhere; (m,) float64 minutes more under way; (m,) int64, the
    number of stops before it.
    """
    before, after = route.rows[:-1, None], route.rows[1:, None]
    size = len(task.travel)
    place = task.place[nodes]
    flat = task.travel.ravel()
    push = flat.take(before * size + place)
    push += route.leave[:, None]
    np.maximum(push, task.opens[nodes], out=push)
    misses = push > task.closes[nodes] + TOLERANCE
    push += task.service[nodes]
    onward = flat.take(place * size + after)
    push += onward
    misses |= push > route.latest[:, None] + TOLERANCE
    push -= route.arrive[:, None]
    push[misses] = np.inf
    position = push.argmin(axis=0)
    each = np.arange(len(nodes))
    here, onto = route.rows[:-1][position], route.rows[1:][position]
    detour = flat.take(here * size + place) + onward[position, each] - flat.take(here * size + onto)
    return push[position, each], detour, position
