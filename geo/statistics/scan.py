"""Is there a circle inside which findings are too frequent for chance? Kulldorff's scan statistic.

For points (visited stations) rather than cells. x and y are metres in an equal-area CRS, never degrees.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import special

from geo.errors import StatisticError
from geo.statistics.arguments import FloatArray, IntArray, floats

MOST_POINTS: Final = 5_000  # the windows of n points are n²: 25 million take 100 MB and seconds a replicate

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Cluster:
    """One circle with more findings than expected."""

    members: IntArray  # indices of the points passed, sorted
    centre: int  # index of the point in the middle
    radius: float  # to the farthest member, in the units of x and y
    observed: float
    expected: float
    relative_risk: float  # rate inside ÷ rate outside; inf if nothing lies outside
    log_likelihood_ratio: float
    p: float  # after allowing for every circle tried
    chance: FloatArray  # (R,) largest ratio of every random map, ascending; one array for all of a scan


@dataclass(frozen=True, slots=True)
class _Windows:
    """All circles, smallest population first: `end` is where each ends in `order`, flattened."""

    order: npt.NDArray[np.int32]  # (P, L) points by distance from every centre
    end: IntArray  # (W,) index into order.ravel()
    size: FloatArray  # (W,) population inside, ascending


def circular(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    cases: npt.ArrayLike,
    controls: npt.ArrayLike | None = None,
    expected: npt.ArrayLike | None = None,
    max_share: float = 0.5,
    max_radius: float | None = None,
    replicates: int = 999,
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[Cluster, ...]:
    """Return circles with too many cases, most likely first, none sharing a point with another.

    `x, y, cases`: (P,). Bernoulli model with `controls` (P,): visits without a finding; a point may
    hold any whole number of both. Poisson model with `expected` (P,): any positive weights, scaled to
    the cases. Exactly one of them. A circle is centred on a point, holds all points up to a distance,
    at most `max_share` of the population and at most `max_radius` (in the units of x and y).
    Kulldorff (1997), Commun. Stat. Theory Methods 26:1481–1496, doi:10.1080/03610929708831995.
    p: rank of the likelihood ratio among the largest of `replicates` random maps with as many cases,
    so at least 1/(replicates + 1); for second clusters this errs towards larger p. Visits are taken as
    independent: a strict team is a cluster too, so ask for three teams among the members.
    Points with NaN or without population are left out. `progress(done, replicates)` is called after each.
    O(replicates · P²): about 5 s for 1,000 points and 999 replicates. Raises StatisticError above 5,000
    points, on negative or fractional counts, or if x and y cannot be used.

    >>> found = circular([0, 1, 2, 50, 51, 52, 53], [0] * 7, [9, 9, 9, 1, 1, 1, 1], [1, 1, 1, 9, 9, 9, 9])
    >>> found[0].members.tolist(), round(found[0].log_likelihood_ratio, 3), found[0].p
    ([0, 1, 2], 25.306, 0.001)
    """
    points, case, population, is_poisson = _checked(x, y, cases, controls, expected)
    if not 0 < max_share <= 1 or (max_radius is not None and not max_radius > 0):
        raise StatisticError("max_share must lie in (0, 1] and max_radius above 0")
    if replicates < 1:
        raise StatisticError("replicates must be at least 1")
    kept = np.flatnonzero(np.isfinite(points).all(axis=1) & (population > 0) & np.isfinite(case))
    if len(kept) > MOST_POINTS:
        raise StatisticError(f"at most {MOST_POINTS} points can be scanned, not {len(kept)}; group them")
    points, case, population = points[kept], case[kept], population[kept]
    total = float(case.sum())
    if len(kept) < 2 or total == 0 or (total >= population.sum() and not is_poisson):
        return ()
    if is_poisson:
        population = population * (total / population.sum())
    circles = _windows(points, population, max_share, max_radius)
    inside = _cases_inside(circles, case.astype(np.int32)).astype(np.float64)
    ratio = _llr(inside, circles.size, total, float(population.sum()), is_poisson)
    largest = _replicate(circles, population, total, is_poisson, replicates, seed, progress)
    return _separate(circles, ratio, largest, points, case, population, kept)


def p_without(
    cluster: Cluster, point: npt.ArrayLike, is_case: npt.ArrayLike, group: npt.ArrayLike
) -> FloatArray:
    """Return the cluster's p if one group's visits had not been made, (G,) by group inside it, ascending.

    Bernoulli model. Of every visit, (V,): `point` its index, `is_case`, `group` a number (a team), -1 for
    none. 1 where the rate inside is then not higher. The same circle is judged against the random maps of
    the whole: only one group is taken out, so few visits are missing that these hardly change.
    """
    at, case, team = np.asarray(point), np.asarray(is_case, dtype=np.float64), np.asarray(group)
    is_member = np.zeros(int(at.max(initial=-1)) + 1, dtype=np.bool_)
    is_member[cluster.members] = True
    inside, known = is_member[at], team >= 0
    names, place = np.unique(team[known], return_inverse=True)

    def left(of: npt.NDArray[np.bool_], weight: FloatArray) -> FloatArray:
        gone = np.bincount(place, weight[known] * of[known], minlength=len(names))
        return np.asarray((weight * of).sum() - gone)

    everything, one = np.ones_like(inside), np.ones_like(case)
    ratio = _llr(left(inside, case), left(inside, one), left(everything, case), left(everything, one), False)
    here = np.isin(names, team[inside & known])
    return np.array([_p(float(one), cluster.chance) for one in ratio[here]])


def _p(ratio: float, chance: FloatArray) -> float:
    # equal ratios may differ in the last digits between the data and a replicate
    beyond = len(chance) - np.searchsorted(chance, ratio * (1 - 1e-9)) if ratio > 0 else len(chance)
    return float(beyond + 1) / (len(chance) + 1)


def _checked(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    cases: npt.ArrayLike,
    controls: npt.ArrayLike | None,
    expected: npt.ArrayLike | None,
) -> tuple[FloatArray, FloatArray, FloatArray, bool]:
    """Return points (P, 2), cases, population (visits, or expected cases) and whether it is Poisson."""
    if (controls is None) == (expected is None):
        raise StatisticError("pass either controls (Bernoulli) or expected (Poisson)")
    try:
        points = np.column_stack([np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)])
    except (TypeError, ValueError) as problem:
        raise StatisticError("x and y must be two (P,) arrays of metres") from problem
    case = floats("cases", cases)
    other = floats("controls", controls) if controls is not None else np.zeros(0)
    other = floats("expected", expected) if expected is not None else other
    if points.shape != (len(points), 2) or case.shape != (len(points),) or other.shape != case.shape:
        raise StatisticError("x, y, cases and controls or expected must be (P,) arrays of one length")
    if np.any(case % 1 > 0) or (controls is not None and np.any(other % 1 > 0)):
        raise StatisticError("cases and controls must be whole numbers")
    return points, case, (other if controls is None else case + other), controls is None


def _windows(
    points: FloatArray, population: FloatArray, max_share: float, max_radius: float | None
) -> _Windows:
    """Return every circle once per centre and distance, sorted by population."""
    n = len(points)
    limit = max_share * float(population.sum()) * (1 + 1e-12)
    order = np.empty((n, n), dtype=np.int32)
    ends, sizes, longest = [], [], 1
    for centre in range(n):
        distance = np.hypot(points[:, 0] - points[centre, 0], points[:, 1] - points[centre, 1])
        order[centre] = near = np.argsort(distance, kind="stable")
        distance = distance[near]
        inside = np.cumsum(population[near])
        # points at one distance enter together, or a circle would depend on the order of rows
        usable = np.append(distance[1:] > distance[:-1], True) & (inside <= limit)
        if max_radius is not None:
            usable &= distance <= max_radius
        end = np.flatnonzero(usable)
        ends.append(end + centre * n)
        sizes.append(inside[end])
        longest = max(longest, int(end[-1]) + 1 if len(end) else 1)
    end, size = np.concatenate(ends), np.concatenate(sizes)
    ascending = np.argsort(size, kind="stable")
    end = end[ascending]
    return _Windows(np.ascontiguousarray(order[:, :longest]), (end // n) * longest + end % n, size[ascending])


def _cases_inside(circles: _Windows, case: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Return the cases in every circle, (W,)."""
    counts = np.take(case, circles.order)
    np.cumsum(counts, axis=1, out=counts)
    return counts.ravel()[circles.end]


def _llr(
    case: FloatArray, size: FloatArray, total: float | FloatArray, whole: float | FloatArray, is_poisson: bool
) -> FloatArray:
    """Return the log-likelihood ratio of circles; 0 where the rate inside is not higher.

    Poisson: c ln(c/e) + (C − c) ln((C − c)/(C − e)). Bernoulli: the binomial likelihoods inside and
    outside over the one likelihood of the whole. 0 ln 0 = 0.
    """
    log = special.xlogy
    with np.errstate(divide="ignore", invalid="ignore"):
        if is_poisson:
            ratio = log(case, case / size) + log(total - case, (total - case) / (total - size))
        else:
            ratio = (
                log(case, case / size)
                + log(size - case, (size - case) / size)
                + log(total - case, (total - case) / (whole - size))
                + log(whole - size - total + case, (whole - size - total + case) / (whole - size))
                - log(total, total / whole)
                - log(whole - total, (whole - total) / whole)
            )
        higher = case * (whole - size) > (total - case) * size
    return np.where(higher & np.isfinite(ratio), ratio, 0.0)


def _replicate(
    circles: _Windows,
    population: FloatArray,
    total: float,
    is_poisson: bool,
    replicates: int,
    seed: int,
    progress: Progress | None,
) -> FloatArray:
    """Return the largest ratio of every random map, sorted.

    A circle with no more cases than a smaller one cannot have the largest ratio, so only circles that
    set a record, in order of size, need their logarithms.
    """
    rng = np.random.default_rng(seed)
    whole = float(population.sum())
    individuals = population.astype(np.int64)
    largest = np.zeros(replicates)
    for turn in range(replicates):
        if is_poisson:
            case = rng.multinomial(int(total), population / whole)
        else:
            case = rng.multivariate_hypergeometric(individuals, int(total), method="marginals")
        inside = _cases_inside(circles, case.astype(np.int32))
        most = np.maximum.accumulate(inside)
        record = np.append(0, np.flatnonzero(most[1:] != most[:-1]) + 1)
        if len(most):
            ratio = _llr(inside[record].astype(np.float64), circles.size[record], total, whole, is_poisson)
            largest[turn] = ratio.max()
        if progress is not None:
            progress(turn + 1, replicates)
    return np.sort(largest)


def _separate(
    circles: _Windows,
    ratio: FloatArray,
    largest: FloatArray,
    points: FloatArray,
    case: FloatArray,
    population: FloatArray,
    kept: IntArray,
) -> tuple[Cluster, ...]:
    """Return the circles by falling ratio, leaving out those that share a point with a better one."""
    width = circles.order.shape[1]
    total, whole = float(case.sum()), float(population.sum())
    taken = np.zeros(len(points), dtype=np.bool_)
    found = []
    for window in np.argsort(-ratio, kind="stable"):
        if ratio[window] <= 1e-9:
            break
        centre, last = divmod(int(circles.end[window]), width)
        members = circles.order[centre, : last + 1]
        if taken[members].any():
            continue
        taken[members] = True
        inside, size = float(case[members].sum()), float(population[members].sum())
        outside = (total - inside) / (whole - size) if whole > size else 0.0
        found.append(
            Cluster(
                members=np.sort(kept[members]),
                centre=int(kept[centre]),
                radius=float(np.hypot(*(points[members[-1]] - points[centre]))),
                observed=inside,
                expected=size * total / whole,
                relative_risk=inside / size / outside if outside > 0 else float("inf"),
                log_likelihood_ratio=float(ratio[window]),
                p=_p(float(ratio[window]), largest),
                chance=largest,
            )
        )
    return tuple(found)
