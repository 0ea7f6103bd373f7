"""Where are visits missing, and where should the next one go? Fair shares, gaps, allocation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.analysis.statistics.argument_checks import (
    FloatArray,
    floats,
    together,
)
from geo.model.errors import StatisticError


def fair_share(total: float, weights: npt.ArrayLike, capacity: npt.ArrayLike | None = None) -> FloatArray:
    """Return how many of `total` visits each unit should get, in proportion to its weight; (U,).

    `weights`: registered voters, stations, or the mission's quota. `capacity`: the stations a unit has;
    what a unit cannot hold is shared out again among the others by weight, so that every unit below
    its capacity gets the same number per weight. If all capacities together hold less than `total`,
    or nobody with room has weight, the rest is given to nobody and the sum is below `total`.
    A unit with NaN weight or capacity is NaN and shares nothing. O(U log U).

    >>> fair_share(12, [400, 300, 200, 100])
    array([4.8, 3.6, 2.4, 1.2])
    >>> fair_share(12, [400, 300, 200, 100], [3, 9, 9, 9])
    array([3. , 4.5, 3. , 1.5])
    """
    visits = floats("total", total)
    if visits.shape != () or np.isnan(visits):
        raise StatisticError("total must be one number of visits")
    weight = floats("weights", weights)
    room = np.full(weight.shape, np.inf) if capacity is None else floats("capacity", capacity)
    if weight.ndim != 1 or room.shape != weight.shape:
        raise StatisticError("weights and capacity must be (U,) arrays of one length")
    known = ~(np.isnan(weight) | np.isnan(room))
    share = np.full(weight.shape, np.nan)
    share[known] = _shared_out(float(visits), weight[known], room[known])
    return share


def _shared_out(total: float, weight: FloatArray, room: FloatArray) -> FloatArray:
    """Return min(room, level · weight), with the one level at which the sum is `total`."""
    share = np.zeros(len(weight))
    some = np.flatnonzero(weight > 0)
    if len(some) == 0:
        return share
    weight, room = weight[some], room[some]
    first_full = np.argsort(room / weight, kind="stable")
    w, r = weight[first_full], room[first_full]
    full_before = np.concatenate([[0.0], np.cumsum(r[:-1])])
    weight_left = np.cumsum(w[::-1])[::-1]
    level = (total - full_before) / weight_left
    holds = np.flatnonzero(level * w <= r)
    share[some] = np.minimum(room, level[holds[0]] * weight) if len(holds) else room
    return share


def gap(n: npt.ArrayLike, fair: npt.ArrayLike) -> FloatArray:
    """Return the visits short of the fair share, max(0, fair − n); NaN where either is.

    With n = total, the same weights and no capacity binding, Σ gap / total is Duncan's D.

    >>> gap([10, 2, 0, 0], [4.8, 3.6, 2.4, 1.2])
    array([0. , 1.6, 2.4, 1.2])
    """
    visited, wanted = together(n=n, fair=fair)
    return np.asarray(np.maximum(0, wanted - visited))


def duncan(n: npt.ArrayLike, weights: npt.ArrayLike) -> float:
    """Return Duncan's dissimilarity D of visits and weights, the share of visits misplaced; 0–1.

    D = ½ Σ |n/Σn − w/Σw|: Duncan & Duncan (1955), Am. Sociol. Rev. 20:210–217, doi:10.2307/2088328.
    Warn above 0.10. Units with NaN are left out; NaN if there are no visits or no weight.

    >>> round(duncan([10, 2, 0, 0], [400, 300, 200, 100]), 6)
    0.433333
    """
    visited, weight = (array.ravel() for array in together(n=n, weights=weights))
    known = ~(np.isnan(visited) | np.isnan(weight))
    visited, weight = visited[known], weight[known]
    if not visited.sum() > 0 or not weight.sum() > 0:
        return float("nan")
    return float(np.abs(visited / visited.sum() - weight / weight.sum()).sum() / 2)
