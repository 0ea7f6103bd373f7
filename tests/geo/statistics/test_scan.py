"""The scan statistic against brute force over every circle, and against chance."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from geo.errors import StatisticError
from geo.statistics import scan


def xlogy(x, y):
    return 0.0 if x == 0 else x * math.log(y)


def brute_force(x, y, case, population, max_share, max_radius, is_poisson):
    """Return the best ratio and members by trying every circle with plain loops."""
    C, N = sum(case), sum(population)
    best = (0.0, ())
    for i, j in itertools.product(range(len(x)), repeat=2):
        radius = math.hypot(x[i] - x[j], y[i] - y[j])
        inside = [t for t in range(len(x)) if math.hypot(x[i] - x[t], y[i] - y[t]) <= radius]
        c, n = sum(case[t] for t in inside), sum(population[t] for t in inside)
        if n > max_share * N + 1e-9 or (max_radius and radius > max_radius) or c * (N - n) <= (C - c) * n:
            continue
        if is_poisson:
            e = n * C / N
            ratio = xlogy(c, c / e) + xlogy(C - c, (C - c) / (C - e) if e < C else 1)
        else:
            ratio = (
                xlogy(c, c / n)
                + xlogy(n - c, (n - c) / n)
                + xlogy(C - c, (C - c) / (N - n))
                + xlogy(N - n - C + c, (N - n - C + c) / (N - n))
                - xlogy(C, C / N)
                - xlogy(N - C, (N - C) / N)
            )
        if ratio > best[0] + 1e-9:
            best = (ratio, tuple(inside))
    return best


@pytest.mark.parametrize("is_poisson", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_best_circle_equals_brute_force(seed, is_poisson):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 6, (2, 25)).astype(float)  # many equal distances and shared places
    case, controls = rng.integers(0, 3, 25), rng.integers(0, 5, 25)
    expected = rng.gamma(2, 1, 25)
    share, radius = (0.5, None) if seed % 2 else (0.3, 3.0)
    found = scan.circular(
        x, y, case, **({"expected": expected} if is_poisson else {"controls": controls}),
        max_share=share, max_radius=radius, replicates=9,
    )  # fmt: skip
    population = expected if is_poisson else case + controls
    kept = population > 0
    ratio, members = brute_force(x[kept], y[kept], case[kept], population[kept], share, radius, is_poisson)
    assert found[0].log_likelihood_ratio == pytest.approx(ratio, rel=1e-9)
    assert set(found[0].members) == set(np.flatnonzero(kept)[list(members)])


def test_poisson_ratio_of_a_worked_circle():
    # 8 cases where 2 are expected, 10 in all: 8 ln 4 + 2 ln(2/8)
    found = scan.circular([0, 1, 2, 3, 4], [0] * 5, [8, 1, 1, 0, 0], expected=[2] * 5, replicates=99)
    assert found[0].log_likelihood_ratio == pytest.approx(8 * math.log(4) + 2 * math.log(0.25))
    assert (found[0].observed, found[0].expected, found[0].relative_risk) == (8, pytest.approx(2), 16)


def planted(seed, rate_inside=0.5):
    rng = np.random.default_rng(seed)
    x, y = rng.random((2, 600)) * 100_000
    inside = np.hypot(x - 30_000, y - 60_000) < 15_000
    case = rng.random(600) < np.where(inside, rate_inside, 0.08)
    return x, y, case.astype(int), inside


def test_planted_cluster_is_found_where_it_is():
    hits = []
    for seed in range(1, 6):
        x, y, case, inside = planted(seed)
        best = scan.circular(x, y, case, 1 - case, replicates=39)[0]
        hits.append(best.p <= 0.05 and inside[best.members].mean() > 0.5)
    assert sum(hits) >= 4


def test_p_of_chance_alone_is_uniform():
    p = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x, y = rng.random((2, 60))
        if seed % 2:
            case = (rng.random(60) < 0.2).astype(int)
            found = scan.circular(x, y, case, 1 - case, replicates=99, seed=1000 + seed)
        else:
            case = rng.multinomial(30, np.full(60, 1 / 60))
            found = scan.circular(x, y, case, expected=np.ones(60), replicates=99, seed=1000 + seed)
        p.append(found[0].p)
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_clusters_share_no_point_and_come_best_first():
    x, y, case, _ = planted(3)
    found = scan.circular(x, y, case, 1 - case, replicates=9)
    members = np.concatenate([cluster.members for cluster in found])
    assert len(members) == len(set(members.tolist()))
    ratios = [cluster.log_likelihood_ratio for cluster in found]
    assert ratios == sorted(ratios, reverse=True)


def test_circles_keep_to_share_and_radius():
    x, y, case, _ = planted(4)
    for cluster in scan.circular(x, y, case, 1 - case, max_share=0.1, max_radius=9_000, replicates=9):
        assert len(cluster.members) <= 60
        assert cluster.radius <= 9_000


def test_points_without_visits_or_place_change_nothing():
    x, y, case, _ = planted(5)
    alone = scan.circular(x, y, case, 1 - case, replicates=19)[0]
    beside = scan.circular(
        np.append(x, [np.nan, 30_000]), np.append(y, [0, 60_000]), np.append(case, [1, 0]),
        np.append(1 - case, [0, 0]), replicates=19,
    )[0]  # fmt: skip
    np.testing.assert_array_equal(alone.members, beside.members)
    assert (alone.p, alone.observed, alone.expected) == (beside.p, beside.observed, beside.expected)


def test_order_of_points_does_not_matter():
    x, y, case, _ = planted(6)
    order = np.random.default_rng(0).permutation(600)
    first = scan.circular(x, y, case, 1 - case, replicates=9)[0]
    second = scan.circular(x[order], y[order], case[order], 1 - case[order], replicates=9)[0]
    assert set(first.members) == set(order[second.members])


def test_no_finding_or_nothing_else_has_no_cluster():
    assert scan.circular([0, 1], [0, 0], [0, 0], [3, 3]) == ()
    assert scan.circular([0, 1], [0, 0], [3, 3], [0, 0]) == ()
    assert scan.circular([], [], [], []) == ()


def test_progress_counts_every_replicate():
    seen = []
    scan.circular(
        [0, 1, 5], [0, 0, 0], [3, 0, 0], [0, 3, 3], replicates=7, progress=lambda *s: seen.append(s)
    )
    assert seen == [(done, 7) for done in range(1, 8)]


@pytest.mark.parametrize(
    "call",
    [
        lambda: scan.circular([0, 1], [0, 0], [1, 0]),
        lambda: scan.circular([0, 1], [0, 0], [1, 0], [0, 1], [1, 1]),
        lambda: scan.circular([0, 1], [0], [1, 0], [0, 1]),
        lambda: scan.circular([0, 1], [0, 0], [1, 0, 0], [0, 1]),
        lambda: scan.circular([0, 1], [0, 0], [0.5, 0], [0, 1]),
        lambda: scan.circular([0, 1], [0, 0], [-1, 0], [0, 1]),
        lambda: scan.circular([0, 1], [0, 0], [1, 0], [0, 1], max_share=0),
        lambda: scan.circular([0, 1], [0, 0], [1, 0], [0, 1], max_radius=-1),
        lambda: scan.circular([0, 1], [0, 0], [1, 0], [0, 1], replicates=0),
        lambda: scan.circular(np.arange(5001), np.arange(5001), np.ones(5001), np.ones(5001)),
    ],
)
def test_arguments_that_make_no_sense_are_refused(call):
    with pytest.raises(StatisticError, match=r"\w{3}"):
        call()


def test_p_without_a_group_is_that_of_the_same_circle_with_its_visits_taken_out():
    rng = np.random.default_rng(5)
    point = np.repeat(np.arange(30), 4)
    group = rng.integers(-1, 5, len(point))
    is_case = rng.random(len(point)) < np.where(point < 6, 0.8, 0.15)
    cases = np.bincount(point, is_case, minlength=30)
    [cluster, *_] = scan.circular(np.arange(30.0), np.zeros(30), cases, controls=4 - cases, replicates=99)
    teams = np.unique(group[np.isin(point, cluster.members) & (group >= 0)])
    for team, p in zip(teams, scan.p_without(cluster, point, is_case, group), strict=True):
        kept = group != team
        inside = kept & np.isin(point, cluster.members)
        c, n, C, N = is_case[inside].sum(), inside.sum(), is_case[kept].sum(), kept.sum()
        ratio = (
            xlogy(c, c / n) + xlogy(n - c, (n - c) / n) + xlogy(C - c, (C - c) / (N - n))
            + xlogy(N - n - C + c, (N - n - C + c) / (N - n)) - xlogy(C, C / N) - xlogy(N - C, (N - C) / N)
        )  # fmt: skip
        expected = (
            1 if c * (N - n) <= (C - c) * n else (np.sum(cluster.chance >= ratio * (1 - 1e-9)) + 1) / 100
        )
        assert p == pytest.approx(expected)
