"""Gaps and allocation: the printed known answers, and every allocation tried."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import StatisticError
from geo.statistics import gaps

weights_of_units = st.lists(st.integers(1, 1000), min_size=1, max_size=10)


def test_known_answer_of_the_methods_page():
    fair = gaps.fair_share(12, [400, 300, 200, 100])
    np.testing.assert_allclose(fair, [4.8, 3.6, 2.4, 1.2])
    np.testing.assert_allclose(gaps.gap([10, 2, 0, 0], fair), [0, 1.6, 2.4, 1.2])
    assert round(gaps.duncan([10, 2, 0, 0], [400, 300, 200, 100]), 6) == 0.433333


@given(weights_of_units, st.data())
def test_gaps_of_a_finished_plan_add_up_to_duncans_d(weights, data):
    n = data.draw(st.lists(st.integers(0, 50), min_size=len(weights), max_size=len(weights)))
    if sum(n) == 0:
        n[0] = 1
    missing = gaps.gap(n, gaps.fair_share(sum(n), weights)).sum()
    assert missing / sum(n) == pytest.approx(gaps.duncan(n, weights), abs=1e-12)


@given(
    st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 40)), min_size=1, max_size=10),
    st.integers(0, 200),
)
def test_fair_share_keeps_to_capacity_and_treats_equals_equally(units, total):
    weights, capacity = np.array(units, dtype=float).T
    fair = gaps.fair_share(total, weights, capacity)
    assert (fair <= capacity).all()
    assert (fair[weights == 0] == 0).all()
    able = capacity[weights > 0].sum()
    assert fair.sum() == pytest.approx(min(total, able))
    with_room = (weights > 0) & (fair < capacity - 1e-9)
    level = fair[with_room] / weights[with_room]
    np.testing.assert_allclose(level, level[0] if len(level) else 0)
    full = (weights > 0) & ~with_room
    if len(level) and full.any():  # whoever is full is full because its share would have been larger
        assert (capacity[full] / weights[full] <= level[0] + 1e-9).all()


def test_a_unit_of_unknown_size_is_nan_and_changes_no_other():
    fair = gaps.fair_share(12, [400, np.nan, 300, 200, 100], [3, 9, 9, 9, 9])
    assert np.isnan(fair[1])
    np.testing.assert_array_equal(np.delete(fair, 1), gaps.fair_share(12, [400, 300, 200, 100], [3, 9, 9, 9]))
    assert np.isnan(gaps.gap([1, np.nan], [2.0, 2.0])[1])
    assert gaps.duncan([10, 2, np.nan], [1, 1, 1]) == gaps.duncan([10, 2], [1, 1])


def test_no_visits_have_no_dissimilarity():
    assert np.isnan(gaps.duncan([0, 0], [1, 2]))


def test_unvisited_strata_come_first_and_finished_ones_last():
    priority = gaps.next_visit_priority([50, 9, 9], [0.1, 0, 0.5], [1, 0, 9])
    assert np.argsort(-priority).tolist() == [1, 0, 2]


def test_unvisited_unit_has_the_spread_of_its_parent():
    np.testing.assert_allclose(gaps.spread([0, np.nan], [0, np.nan], 0.1), np.sqrt(0.09))
    assert gaps.spread([4], [4], 0.1)[0] == pytest.approx(np.sqrt(0.82 * 0.18))


@given(st.lists(st.tuples(st.integers(1, 7), st.integers(0, 9)), min_size=1, max_size=4), st.data())
def test_neyman_allocation_has_the_least_variance_of_all(strata, data):
    size, deviation = np.array(strata, dtype=float).T
    total = data.draw(st.integers(len(size), int(size.sum())))

    def variance(n):
        return float(np.sum((size * deviation) ** 2 / np.array(n)))

    ours = gaps.neyman_allocation(total, size, deviation)
    assert ours.sum() == total
    assert ((ours >= 1) & (ours <= size)).all()
    choices = itertools.product(*(range(1, int(limit) + 1) for limit in size))
    best = min(variance(n) for n in choices if sum(n) == total)
    assert variance(ours) == pytest.approx(best, rel=1e-9)


def test_stratum_without_stations_gets_no_visit():
    assert gaps.neyman_allocation(3, [5, 0, 5], [1, 1, 1]).tolist() == [2, 0, 1]


@pytest.mark.parametrize(
    "call",
    [
        lambda: gaps.fair_share(-1, [1, 2]),
        lambda: gaps.fair_share(np.nan, [1, 2]),
        lambda: gaps.fair_share(5, [1, -2]),
        lambda: gaps.fair_share(5, [1, 2], [1]),
        lambda: gaps.gap([1, 2], [1, 2, 3]),
        lambda: gaps.next_visit_priority([1], [1], [2]),
        lambda: gaps.spread([1], [1], 2),
        lambda: gaps.neyman_allocation(1, [5, 5], [1, 1]),
        lambda: gaps.neyman_allocation(11, [5, 5], [1, 1]),
        lambda: gaps.neyman_allocation(4, [5, 5], [1, np.nan]),
    ],
)
def test_arguments_that_make_no_sense_are_refused(call):
    with pytest.raises(StatisticError, match=r"\w{3}"):
        call()
