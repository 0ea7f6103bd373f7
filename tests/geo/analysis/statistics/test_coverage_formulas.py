"""Coverage: numbers worked by hand, geodesics, and the rules for missing values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.analysis.statistics import coverage_formulas, gap_formulas
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


def test_proportional_visits_of_typical_stations_raise_no_warning():
    fair = coverage_formulas.representativeness([1, 0, 1, 0], [100, 100, 100, 100], [0, 0, 1, 1], 2)
    assert (fair.duncan, fair.standardised_difference) == (0, 0)
    assert not fair.is_unbalanced
    assert not fair.is_different


def test_visits_to_large_urban_stations_raise_both_warnings():
    voters = np.array([2000] * 5 + [200] * 15)
    urban = np.array([0] * 5 + [1] * 15)
    seen = np.arange(20) < 6
    skewed = coverage_formulas.representativeness(seen, voters, urban, 2)
    assert skewed.duncan == pytest.approx(gap_formulas.duncan([5, 1], [5, 15]))
    assert skewed.standardised_difference > 1
    assert skewed.is_unbalanced
    assert skewed.is_different


def test_no_visit_has_no_representativeness_and_no_warning():
    none = coverage_formulas.representativeness([0, 0], [10, 20], [0, 1], 2)
    assert np.isnan([none.duncan, none.standardised_difference]).all()
    assert not (none.is_unbalanced or none.is_different)


def test_station_of_unknown_size_or_stratum_changes_no_figure():
    base = ([1, 0, 1], [10, 20, 30], [0, 1, 1], 2)
    more = ([1, 0, 1, 1], [10, 20, 30, np.nan], [0, 1, 1, -1], 2)
    assert coverage_formulas.representativeness(*base) == coverage_formulas.representativeness(*more)


@pytest.mark.parametrize(
    "call",
    [
        lambda: coverage_formulas.planned_completion([1], [0.5], [0], 1),
        lambda: coverage_formulas.freshness([1, 2], [0], [0], 1, 5),
        lambda: coverage_formulas.freshness([1], [0], [0], 1, 5, [1.5]),
        lambda: coverage_formulas.representativeness([1], [1, 2], [0], 1),
    ],
)
def test_arguments_that_make_no_sense_are_refused(call):
    with pytest.raises(StatisticError, match=r"\w{3}"):
        call()
