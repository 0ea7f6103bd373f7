"""Gaps and allocation: the printed known answers, and every allocation tried."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.analysis.statistics import gap_formulas
from geo.model.errors import StatisticError

weights_of_units = st.lists(st.integers(1, 1000), min_size=1, max_size=10)


def test_known_answer_of_the_methods_page():
    fair = gap_formulas.fair_share(12, [400, 300, 200, 100])
    np.testing.assert_allclose(fair, [4.8, 3.6, 2.4, 1.2])
    np.testing.assert_allclose(gap_formulas.gap([10, 2, 0, 0], fair), [0, 1.6, 2.4, 1.2])
    assert round(gap_formulas.duncan([10, 2, 0, 0], [400, 300, 200, 100]), 6) == 0.433333


@given(weights_of_units, st.data())
@pytest.mark.capability("Visits short of the plan, by area", page="statistics")
def test_gaps_of_a_finished_plan_add_up_to_duncans_d(weights, data):
    n = data.draw(st.lists(st.integers(0, 50), min_size=len(weights), max_size=len(weights)))
    if sum(n) == 0:
        n[0] = 1
    missing = gap_formulas.gap(n, gap_formulas.fair_share(sum(n), weights)).sum()
    assert missing / sum(n) == pytest.approx(gap_formulas.duncan(n, weights), abs=1e-12)


@given(
    st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 40)), min_size=1, max_size=10),
    st.integers(0, 200),
)
def test_fair_share_keeps_to_capacity_and_treats_equals_equally(units, total):
    weights, capacity = np.array(units, dtype=float).T
    fair = gap_formulas.fair_share(total, weights, capacity)
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
    fair = gap_formulas.fair_share(12, [400, np.nan, 300, 200, 100], [3, 9, 9, 9, 9])
    assert np.isnan(fair[1])
    np.testing.assert_array_equal(
        np.delete(fair, 1), gap_formulas.fair_share(12, [400, 300, 200, 100], [3, 9, 9, 9])
    )
    assert np.isnan(gap_formulas.gap([1, np.nan], [2.0, 2.0])[1])
    assert gap_formulas.duncan([10, 2, np.nan], [1, 1, 1]) == gap_formulas.duncan([10, 2], [1, 1])


def test_no_visits_have_no_dissimilarity():
    assert np.isnan(gap_formulas.duncan([0, 0], [1, 2]))


@pytest.mark.parametrize(
    "call",
    [
        lambda: gap_formulas.fair_share(-1, [1, 2]),
        lambda: gap_formulas.fair_share(np.nan, [1, 2]),
        lambda: gap_formulas.fair_share(5, [1, -2]),
        lambda: gap_formulas.fair_share(5, [1, 2], [1]),
        lambda: gap_formulas.gap([1, 2], [1, 2, 3]),
    ],
)
def test_arguments_that_make_no_sense_are_refused(call):
    with pytest.raises(StatisticError, match=r"\w{3}"):
        call()
