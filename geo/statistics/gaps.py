"""Where are visits missing, and where should the next one go? Fair shares, gaps, allocation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.errors import StatisticError
from geo.statistics.arguments import FloatArray, IntArray, findings, floats, not_above, together


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


def spread(k: npt.ArrayLike, m: npt.ArrayLike, parent: npt.ArrayLike = 0.5) -> FloatArray:
    """Return the standard deviation of a finding, √(p(1 − p)), p = (k + parent)/(m + 1).

    `parent`: the share in the area above, which counts as much as one visit; ½ where nothing is known.
    A unit never visited gets its parent's spread, NaN counts as never visited.

    >>> spread([0, 3], [0, 9]).round(4)
    array([0.5  , 0.477])
    """
    found, exposure = findings(np.nan_to_num(np.asarray(k, float)), np.nan_to_num(np.asarray(m, float)))
    above = floats("parent", parent)
    if np.any(above > 1):
        raise StatisticError("parent must be a share between 0 and 1")
    above = np.where(np.isnan(above), 0.5, above)
    share = (found + above) / (exposure + 1)
    return np.asarray(np.sqrt(share * (1 - share)))


def next_visit_priority(N: npt.ArrayLike, S: npt.ArrayLike, n: npt.ArrayLike) -> FloatArray:
    """Return how much the next visit to each stratum is worth, N S/√(n(n + 1)); (H,).

    For probability samples only: it lowers the variance of the overall share, it is not a search for
    findings. Strata without a visit come first: inf where n = 0 and stations remain, also if S = 0.
    0 where every station was visited, NaN where N, S or n is. Wright (2012), Am. Stat. 66:217–224,
    doi:10.1080/00031305.2012.733679.

    >>> next_visit_priority([300, 300, 50, 4], [0.5, 0.2, 0.5, 0.5], [2, 2, 0, 4]).round(1)
    array([61.2, 24.5,  inf,  0. ])
    """
    size, deviation, visited = together(N=N, S=S, n=n)
    not_above(visited, size, "n, the stations visited, cannot exceed N, the stations there are")
    with np.errstate(divide="ignore", invalid="ignore"):
        priority = size * deviation / np.sqrt(visited * (visited + 1))
    priority = np.where(visited == 0, np.inf, priority)
    priority = np.where(visited >= size, 0.0, priority)
    return np.where(np.isnan(size + deviation + visited), np.nan, priority)


def neyman_allocation(total: int, N: npt.ArrayLike, S: npt.ArrayLike) -> IntArray:
    """Return the whole numbers of visits per stratum that give the least variance; (H,) int64.

    At least one visit in every stratum that has stations, at most N. Exact, unlike rounding Neyman's
    formula: the highest of the priorities N S/√(n(n + 1)), one visit at a time (Wright 2012, Am. Stat.
    66:217–224, doi:10.1080/00031305.2012.733679). Ties go to the earlier stratum. S = 0 everywhere
    fills strata in order. Raises StatisticError if `total` is below the strata or above the stations.

    >>> neyman_allocation(10, [500, 300, 200], [0.5, 0.3, 0.1])
    array([7, 2, 1])
    """
    size, deviation = together(N=N, S=S)
    if size.ndim != 1 or np.isnan(size + deviation).any() or np.any(size % 1 > 0):
        raise StatisticError("N must be (H,) whole numbers of stations, and S known for every stratum")
    real, wanted = np.flatnonzero(size > 0), float(floats("total", total))
    if wanted % 1 != 0 or not len(real) <= wanted <= size.sum():
        limits = f"{len(real)} (one per stratum) to {int(size.sum())} (every station)"
        raise StatisticError(f"total must be a whole number from {limits}, not {total}")
    visits = (size > 0).astype(np.int64)
    spare = np.minimum(size[real] - 1, wanted - len(real)).astype(np.int64)
    stratum = np.repeat(real, spare)
    n = np.arange(len(stratum)) - np.repeat(np.cumsum(spare) - spare, spare) + 1
    priority = size[stratum] * deviation[stratum] / np.sqrt(n * (n + 1.0))
    best = np.argsort(-priority, kind="stable")[: int(wanted) - len(real)]
    return visits + np.bincount(stratum[best], minlength=len(size)).astype(np.int64)
