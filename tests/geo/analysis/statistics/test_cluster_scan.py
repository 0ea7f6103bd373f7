"""The scan against plain loops over every circle, against chance, and against what strict teams do to it."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from geo.analysis.statistics import cluster_scan as scan
from geo.model.errors import Cancelled, StatisticError


def line(n, step=1_000.0):
    """n leaves in a row, so many metres apart."""
    return np.column_stack([np.arange(n) * step, np.zeros(n)])


def ratio_by_hand(c, n, C, N):
    def log(x, y):
        return 0.0 if x == 0 else x * math.log(y)

    inside = log(c, c / n) + log(n - c, (n - c) / n)
    rest = log(C - c, (C - c) / (N - n)) + log(N - n - C + c, (N - n - C + c) / (N - n))
    return inside + rest - log(C, C / N) - log(N - C, (N - C) / N)


def circles_by_hand(points, radius):
    """Every circle's members, by plain loops."""
    found = set()
    for i, j in itertools.product(range(len(points)), repeat=2):
        reach = math.dist(points[i], points[j])
        if reach <= radius:
            found.add(frozenset(t for t in range(len(points)) if math.dist(points[i], points[t]) <= reach))
    return found


def no_groups(leaves):
    """Leaving a group out costs a leaf one station with a finding; three observers at each leaf."""
    own = sparse.csr_matrix(sparse.eye(leaves, dtype=np.int64))
    observers = sparse.csr_matrix(np.kron(np.eye(leaves, dtype=np.int64), np.ones((1, 3), dtype=np.int64)))
    return scan.Groups(lost_k=own, lost_n=own, observers=observers, teams=leaves)


def by_group(group, k, n):
    """Groups where leaf i belongs to group[i] whole, three observers at each leaf."""
    leaves, width = len(group), max(group) + 1
    at = (np.arange(leaves), np.array(group))
    return scan.Groups(
        lost_k=sparse.csr_matrix((np.array(k), at), shape=(leaves, width)),
        lost_n=sparse.csr_matrix((np.array(n), at), shape=(leaves, width)),
        observers=no_groups(leaves).observers,
        teams=width,
    )


def test_ratio_of_worked_numbers():
    # 9 of 12 inside, 6 of 60 elsewhere
    assert scan.log_likelihood_ratio(9, 12, 15, 72) == pytest.approx(ratio_by_hand(9, 12, 15, 72))
    assert scan.log_likelihood_ratio(9, 12, 15, 72) == pytest.approx(10.5923, abs=1e-4)


def test_ratio_is_zero_where_the_share_inside_is_lower_or_equal():
    assert scan.log_likelihood_ratio([1, 2, 0], [10, 10, 10], 20, 100).tolist() == [0, 0, 0]


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=12, unique=True))
def test_circles_are_those_of_plain_loops(places):
    points = np.array(places, dtype=np.float64)
    circles = scan.circles_around(points, 4.5)
    whole = np.flatnonzero(circles.is_whole)
    members = circles.members(whole)
    assert {frozenset(row.indices.tolist()) for row in members} == circles_by_hand(places, 4.5)


def test_sums_inside_circles_are_those_of_their_members():
    points = np.random.default_rng(1).uniform(0, 10, (40, 2))
    circles, counts = scan.circles_around(points, 4.0), np.arange(40)
    every = np.arange(len(circles.leaf))
    assert (circles.inside(counts) == circles.members(every) @ counts).all()


def test_leaves_at_one_distance_enter_together():
    circles = scan.circles_around(line(3), 1_000.0)
    sizes = np.diff(circles.members(np.flatnonzero(circles.is_whole)).indptr)
    assert sorted(sizes.tolist()) == [1, 1, 1, 2, 2, 3]  # the middle one's neighbours only both at once


def test_a_circle_holds_at_most_half_of_the_stations():
    circles = scan.circles_around(line(4), 1e5)
    verdict = scan.judge(circles, np.array([5, 5, 0, 0]), np.array([5, 6, 5, 5]), replicates=19)
    assert verdict.n[verdict.ratio > 0].max() <= 0.5 * 21


def test_best_circle_is_that_of_plain_loops():
    rng = np.random.default_rng(3)
    points, n = rng.uniform(0, 30, (25, 2)), rng.integers(1, 5, 25)
    k = rng.binomial(n, np.where(points[:, 0] < 10, 0.6, 0.2))
    verdict = scan.judge(scan.circles_around(points, 9.0), k, n, replicates=19)
    best = max(
        ratio_by_hand(k[list(m)].sum(), n[list(m)].sum(), k.sum(), n.sum())
        for m in circles_by_hand(points.tolist(), 9.0)
        if n[list(m)].sum() <= n.sum() / 2 and k[list(m)].sum() / n[list(m)].sum() > k.sum() / n.sum()
    )
    assert verdict.ratio.max() == pytest.approx(best)


def test_chance_is_that_of_maps_shuffled_by_hand():
    rng = np.random.default_rng(4)
    points, n = rng.uniform(0, 30, (20, 2)), rng.integers(1, 4, 20)
    k = np.where(points[:, 0] < 8, n, 0)  # far from chance, so that no map is spared
    circles = scan.circles_around(points, 12.0)
    verdict = scan.judge(circles, k, n, replicates=1_999)
    size, maxima = circles.inside(n), []
    leaf_of_station = np.repeat(np.arange(20), n)
    for _ in range(2_000):
        cases = rng.permutation(leaf_of_station)[: k.sum()]
        inside = circles.inside(np.bincount(cases, minlength=20))
        ratio = scan.log_likelihood_ratio(inside, size, k.sum(), n.sum())
        maxima.append(ratio[circles.is_whole & (size <= n.sum() / 2)].max())
    for share in (0.5, 0.8, 0.95):
        assert np.quantile(verdict.chance, share) == pytest.approx(np.quantile(maxima, share), abs=0.35)


@pytest.mark.parametrize("scale", [1, 200])  # few stations are shuffled, many drawn leaf by leaf
def test_p_is_uniform_on_maps_without_a_cluster(scale):
    rng = np.random.default_rng(5)
    circles = scan.circles_around(rng.uniform(0, 100, (60, 2)), 40.0)
    n = rng.integers(2, 6, 60) * scale
    p = [scan.judge(circles, rng.binomial(n, 0.2), n, replicates=99, seed=i).p for i in range(120)]
    assert 0.01 <= np.mean(np.array(p) <= 0.05) <= 0.11
    assert 0.35 <= np.mean(np.array(p) <= 0.5) <= 0.65


def planted(leaves=40, hot=7):
    n = np.full(leaves, 4)
    return np.where(np.arange(leaves) < hot, 4, np.arange(leaves) % 4 == 3), n


def test_planted_cluster_is_found_with_its_numbers():
    k, n = planted()
    circles = scan.circles_around(line(40), 1e5)
    verdict = scan.judge(circles, k, n)
    [cluster] = scan.separate(circles, verdict, n, no_groups(40), 0.05).clusters
    assert cluster.members.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert (cluster.k, cluster.n, cluster.rest_k, cluster.rest_n) == (28, 28, 9, 132)
    assert cluster.expected == pytest.approx(28 * 37 / 160)
    assert (cluster.p, cluster.observers) == (0.001, 21)
    assert cluster.log_likelihood_ratio == pytest.approx(ratio_by_hand(28, 28, 37, 160))


def test_more_random_maps_begin_with_the_same():
    k, n = planted()
    circles = scan.circles_around(line(40), 1e5)
    few, many = (scan.judge(circles, k, n, replicates=number).chance for number in (128, 256))
    assert np.isin(few[few > few.min()], many).all()


def test_order_of_leaves_does_not_matter_to_the_clusters():
    k, n = planted()
    turned = np.random.default_rng(0).permutation(40)
    results = []
    for order in (np.arange(40), turned):
        circles = scan.circles_around(line(40)[order], 1e5)
        verdict = scan.judge(circles, k[order], n[order])
        [cluster] = scan.separate(circles, verdict, n[order], no_groups(40), 0.05).clusters
        results.append(sorted(order[cluster.members].tolist()))
    assert results[0] == results[1]


def test_a_leaf_without_stations_changes_nothing():
    k, n = planted()
    points = np.vstack([line(40), [[500.0, 0.0]]])
    verdict = scan.judge(scan.circles_around(points, 1e5), np.append(k, 0), np.append(n, 0), replicates=99)
    alone = scan.judge(scan.circles_around(line(40), 1e5), k, n, replicates=99)
    assert verdict.ratio.max() == pytest.approx(alone.ratio.max())


def test_random_maps_end_when_p_is_seen_to_be_large():
    k = np.arange(40) % 4 == 3
    verdict = scan.judge(scan.circles_around(line(40), 1e5), k.astype(int), np.full(40, 4))
    assert len(verdict.chance) < 999
    assert verdict.p > 0.05


def test_no_finding_or_only_findings_is_no_cluster():
    circles, n = scan.circles_around(line(5), 1e5), np.full(5, 3)
    assert scan.judge(circles, n * 0, n).p == 1
    assert scan.judge(circles, n, n).p == 1


def test_counts_too_large_for_half_a_word_are_counted_right():
    n = np.full(30, 40_000)
    k = np.where(np.arange(30) < 3, 20_000, 4_000)
    circles = scan.circles_around(line(30), 1e5)
    verdict = scan.judge(circles, k, n, replicates=99)
    [cluster] = scan.separate(circles, verdict, n, no_groups(30), 0.05).clusters
    assert (cluster.members.tolist(), cluster.k) == ([0, 1, 2], 60_000)
    assert verdict.chance.max() < 20


def test_two_clusters_share_no_leaf():
    n = np.full(60, 4)
    hot = (np.arange(60) < 5) | ((np.arange(60) >= 40) & (np.arange(60) < 47))
    k = np.where(hot, 4, np.arange(60) % 5 == 2).astype(int)
    circles = scan.circles_around(line(60), 9_000.0)
    clusters = scan.separate(circles, scan.judge(circles, k, n), n, no_groups(60), 0.05).clusters
    assert [one.members.tolist() for one in clusters] == [list(range(40, 47)), list(range(5))]


def test_a_circle_that_rests_on_one_team_is_not_shown_but_counted():
    k, n = planted()
    group = [0] * 7 + [1 + i % 5 for i in range(33)]
    circles = scan.circles_around(line(40), 1e5)
    found = scan.separate(circles, scan.judge(circles, k, n), n, by_group(group, k, n), 0.05)
    assert (found.clusters, found.leaning) == ((), 1)


def test_a_strict_team_in_a_bad_place_does_not_hide_the_place():
    n = np.full(60, 4)
    k = np.where(np.arange(60) < 4, 4, np.where(np.arange(60) < 20, 2, np.arange(60) % 8 == 7)).astype(int)
    group = [0] * 4 + [1 + i // 4 for i in range(56)]
    circles = scan.circles_around(line(60), 1e5)
    verdict = scan.judge(circles, k, n)
    best = circles.members(np.array([verdict.ratio.argmax()])).indices
    [cluster, *_] = scan.separate(circles, verdict, n, by_group(group, k, n), 0.05).clusters
    assert set(best) & set(cluster.members)
    assert cluster.p_without <= 0.05
    assert len(cluster.members) > 4


def test_fewer_than_three_observers_are_no_cluster():
    k, n = planted()
    groups = no_groups(40)
    pair = sparse.csr_matrix(np.tile([[1, 1]], (40, 1)))
    circles = scan.circles_around(line(40), 1e5)
    found = scan.separate(
        circles, scan.judge(circles, k, n), n, scan.Groups(groups.lost_k, groups.lost_n, pair, 40), 0.05
    )
    assert (found.clusters, found.leaning) == ((), 1)


def test_p_without_a_group_is_judged_on_what_is_left():
    k, n = planted()
    group = [0, 0, 0, 1, 1, 2, 2] + [3 + i % 5 for i in range(33)]
    circles = scan.circles_around(line(40), 1e5)
    verdict = scan.judge(circles, k, n)
    [cluster] = scan.separate(circles, verdict, n, by_group(group, k, n), 0.05).clusters
    left = ratio_by_hand(16, 16, 25, 148)  # without the twelve stations of the first team
    # every circle of this short line touches the cluster or lies in its far half
    assert cluster.p_without <= float(verdict.p_of(np.array([left]))[0])
    assert 0.001 <= cluster.p_without <= 0.05


def test_without_a_piece_of_ground_the_rest_must_stand_out_of_the_whole_map():
    k, n = planted()
    group = [0, 0, 0, 1, 1, 2, 2] + [3 + i % 5 for i in range(33)]
    circles = scan.circles_around(line(40), 1e5)
    verdict = scan.judge(circles, k, n)
    ground = replace(by_group(group, k, n), teams=0)
    [cluster] = scan.separate(circles, verdict, n, ground, 0.05).clusters
    left = ratio_by_hand(16, 16, 25, 148)
    assert cluster.p_without == pytest.approx(float(verdict.p_of(np.array([left]))[0]))


def test_false_discovery_limit_is_that_of_benjamini_and_hochberg():
    from scipy.stats import false_discovery_control

    rng = np.random.default_rng(9)
    for _ in range(20):
        p = rng.beta(0.3, 1, 12)
        limit = scan.false_discovery_limit(p)
        assert ((p <= limit) == (false_discovery_control(p) <= 0.05)).all()


def test_limit_is_zero_where_nothing_stands():
    assert scan.false_discovery_limit([0.06, 0.4]) == 0
    assert scan.false_discovery_limit([]) == 0


def test_p_near_the_limit_is_undecided_and_one_far_from_it_is_not():
    chance, ratio = np.linspace(1, 10, 999), np.array([10.5])
    verdict = scan.CircleVerdict(np.array([9]), np.array([10]), ratio, 50, 500, chance)
    assert verdict.p == 0.001
    assert scan.is_undecided(verdict, 0.002)
    assert not scan.is_undecided(verdict, 0.01)


def test_work_that_nobody_waits_for_ends():
    k, n = planted()
    with pytest.raises(Cancelled):
        scan.judge(scan.circles_around(line(40), 1e5), k, n, should_stop=lambda: True)


def test_what_cannot_be_counted_is_refused():
    circles = scan.circles_around(line(3), 1e5)
    with pytest.raises(StatisticError):
        scan.judge(circles, np.array([2, 0, 0]), np.array([1, 1, 1]))
    with pytest.raises(StatisticError):
        scan.circles_around(np.array([[np.nan, 0.0]]), 1e5)
