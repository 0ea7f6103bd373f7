"""How much was observed, and how fresh is it?

Index arrays (`unit_of_station`, `station_of_visit`) hold -1 where unknown. Only counted visits (verified,
outcome observed) should be passed. Every share is 0–1 and NaN where there is nothing to divide by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.analysis.statistics.argument_checks import (
    BoolArray,
    FloatArray,
    IntArray,
    indices,
    open_share,
)
from geo.model.errors import StatisticError


@dataclass(frozen=True, slots=True)
class Completion:
    """The plan against what happened; all (U,)."""

    share: FloatArray  # done ÷ planned; NaN without a plan
    planned: IntArray
    done: IntArray  # planned and visited
    ad_hoc: IntArray  # visited, not planned


def planned_completion(
    is_planned: npt.ArrayLike, is_visited: npt.ArrayLike, unit_of_station: npt.ArrayLike, n_units: int
) -> Completion:
    """Return how much of the plan was done; visits outside the plan are counted apart.

    >>> planned_completion([1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0], 1).share
    array([0.5])
    """
    unit = _units(unit_of_station, n_units)
    plan, seen = (
        _claims("is_planned", is_planned, len(unit)),
        _claims("is_visited", is_visited, len(unit)),
    )

    def count(chosen: BoolArray) -> IntArray:
        return np.bincount(unit[chosen & (unit >= 0)], minlength=n_units).astype(np.int64)

    planned, done = count(plan), count(plan & seen)
    share = np.asarray(done / np.where(planned > 0, planned, np.nan))
    return Completion(share, planned, done, count(seen & ~plan))


def freshness(
    time_of_visit: npt.ArrayLike,
    station_of_visit: npt.ArrayLike,
    unit_of_station: npt.ArrayLike,
    n_units: int,
    now: float,
    quantiles: Sequence[float] = (0.5, 0.9),
) -> FloatArray:
    """Return the age of the last visit: quantiles over a unit's visited stations, (U, Q).

    `time_of_visit` and `now` in one unit (minutes, hours); so is the answer. Visits after `now` are not
    counted; NaN where no station was visited.

    >>> freshness([60, 90, 30], [0, 0, 1], [0, 0], 1, now=100)
    array([[40., 64.]])
    """
    unit = _units(unit_of_station, n_units)
    moment = np.asarray(time_of_visit, dtype=np.float64)
    if moment.ndim != 1:
        raise StatisticError("time_of_visit must be a (V,) array")
    station = indices("station_of_visit", station_of_visit, len(moment), len(unit), True)
    counted = (station >= 0) & (moment <= now)  # NaN is not
    last = np.full(len(unit), -np.inf)
    np.maximum.at(last, station[counted], moment[counted])
    seen = np.flatnonzero(np.isfinite(last) & (unit >= 0))
    age = now - last[seen]
    order = np.lexsort((age, unit[seen]))
    age, count = age[order], np.bincount(unit[seen], minlength=n_units)
    start = np.cumsum(count) - count
    result = np.full((n_units, len(quantiles)), np.nan)
    some = count > 0
    for column, quantile in enumerate(quantiles):
        rank = (count[some] - 1) * open_share("quantile", quantile)
        below = np.floor(rank).astype(np.int64)
        above = np.minimum(below + 1, count[some] - 1)
        first, second = age[start[some] + below], age[start[some] + above]
        result[some, column] = first + (rank - below) * (second - first)
    return result


def _units(unit_of_station: npt.ArrayLike, n_units: int) -> IntArray:
    return indices("unit_of_station", unit_of_station, np.size(np.asarray(unit_of_station)), n_units, True)


def _claims(name: str, value: npt.ArrayLike, length: int) -> BoolArray:
    array = np.asarray(value)
    if array.shape != (length,) or array.dtype.kind not in "biu":
        raise StatisticError(f"{name} must be a ({length},) array of true and false")
    return array.astype(np.bool_)
