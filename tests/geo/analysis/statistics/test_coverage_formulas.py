"""Coverage: numbers worked by hand, geodesics, and the rules for missing values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.analysis.statistics import coverage_formulas
from geo.model.errors import StatisticError


def test_visits_outside_the_plan_do_not_complete_it():
    done = coverage_formulas.planned_completion([1, 1, 0, 0, 1], [1, 0, 1, 1, 1], [0, 0, 0, 0, -1], 2)
    assert (done.planned[0], done.done[0], done.ad_hoc[0], done.share[0]) == (2, 1, 2, 0.5)
    assert np.isnan(done.share[1])


def test_freshness_is_that_of_the_last_visit_and_never_of_the_future():
    age = coverage_formulas.freshness([10, 90, 200, 40, np.nan], [0, 0, 0, 1, 1], [0, 0, 1], 2, now=100)
    np.testing.assert_allclose(age[0], np.quantile([10, 60], [0.5, 0.9]))
    assert np.isnan(age[1]).all()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 500)), min_size=1, max_size=40))
def test_freshness_equals_numpys_quantiles_unit_by_unit(visits):
    station, moment = np.array(visits).T
    unit = np.arange(10) % 3
    ours = coverage_formulas.freshness(moment, station, unit, 3, now=500)
    for index in range(3):
        last = [500 - moment[station == s].max() for s in np.unique(station) if unit[s] == index]
        expected = np.quantile(last, [0.5, 0.9]) if last else [np.nan, np.nan]
        np.testing.assert_allclose(ours[index], expected)


@pytest.mark.parametrize(
    "call",
    [
        lambda: coverage_formulas.planned_completion([1], [0.5], [0], 1),
        lambda: coverage_formulas.freshness([1, 2], [0], [0], 1, 5),
        lambda: coverage_formulas.freshness([1], [0], [0], 1, 5, [1.5]),
    ],
)
def test_arguments_that_make_no_sense_are_refused(call):
    with pytest.raises(StatisticError, match=r"\w{3}"):
        call()
