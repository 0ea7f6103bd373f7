"""Rates: esda's formulas where they agree, hand-worked numbers where they do not."""

import numpy as np
import pytest
from esda.smoothing import Empirical_Bayes
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from geo.analysis.statistics import rates
from geo.model.errors import StatisticError

pairs = st.integers(1, 60).flatmap(lambda m: st.tuples(st.integers(0, m), st.just(m)))
units = st.lists(pairs, min_size=2, max_size=12)

# s² = 0.0008 lies far below b/m̄ = 0.02: the units agree better than chance, A must be clipped
CALM_K, CALM_M = np.array([2, 3, 2, 3, 2]), np.array([10, 12, 11, 14, 10])


def columns(pairs_):
    k, m = zip(*pairs_, strict=True)
    return np.array(k, dtype=float), np.array(m, dtype=float)


@pytest.mark.capability("Smoothed rates", page="statistics")
def test_poisson_estimates_equal_esda_when_units_differ():
    rng = np.random.default_rng(4)
    m = rng.integers(5, 80, 200)
    k = rng.poisson(m * rng.gamma(2, 0.05, 200))
    np.testing.assert_allclose(
        rates.empirical_bayes(k, m, "poisson"), Empirical_Bayes(k, m).r[:, 0], rtol=1e-12
    )


@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_units_that_agree_better_than_chance_all_get_the_overall_rate(family):
    estimate = rates.empirical_bayes(CALM_K, CALM_M, family)
    np.testing.assert_allclose(estimate, CALM_K.sum() / CALM_M.sum())


def test_poisson_shrinkage_of_three_units_by_hand():
    # b = 11/30, s² = 67/450, A = s² − b/10 = 101/900, weight A/(A + b/10) = 101/134
    weight, b = 101 / 134, 11 / 30
    expected = weight * np.array([0, 0.2, 0.9]) + (1 - weight) * b
    np.testing.assert_allclose(rates.empirical_bayes([0, 2, 9], [10] * 3, "poisson"), expected)


def test_single_visits_say_nothing_about_their_area():
    np.testing.assert_allclose(rates.empirical_bayes([1, 0, 0, 1], [1, 1, 1, 1]), 0.5)


@given(units)
def test_binomial_estimate_lies_between_own_and_overall_rate(pairs_):
    k, m = columns(pairs_)
    own, overall = k / m, k.sum() / m.sum()
    estimate = rates.empirical_bayes(k, m)
    assert np.all(estimate >= np.minimum(own, overall) - 1e-12)
    assert np.all(estimate <= np.maximum(own, overall) + 1e-12)


@given(units, st.sampled_from([0.0, np.nan]))
def test_a_unit_without_exposure_is_nan_and_changes_no_other(pairs_, nothing):
    k, m = columns(pairs_)
    more_k, more_m = np.insert(k, 1, 0), np.insert(m, 1, nothing)
    for function in (
        rates.empirical_bayes,
        lambda k, m: rates.empirical_bayes(k, m, "poisson"),
        lambda k, m: np.array(rates.funnel_limits(m, 0.1))[1],
    ):
        beside = function(more_k, more_m)
        assert np.isnan(beside[1])
        np.testing.assert_array_equal(np.delete(beside, 1), function(k, m))


@given(units, st.randoms(use_true_random=False))
def test_order_of_units_does_not_matter(pairs_, random):
    k, m = columns(pairs_)
    order = np.array(random.sample(range(len(k)), len(k)))
    estimate = rates.empirical_bayes(k, m)
    np.testing.assert_allclose(
        rates.empirical_bayes(k[order], m[order]), estimate[order], rtol=1e-6, atol=1e-9
    )


def test_nothing_observed_anywhere_is_nan_everywhere():
    assert np.isnan(rates.empirical_bayes([0, 0], [0, 0])).all()


def test_no_finding_anywhere_is_an_ordinary_rate_everywhere():
    assert rates.empirical_bayes([0, 0], [5, 9]).tolist() == [0, 0]


@pytest.mark.parametrize("level", [0.95, 0.998])
def test_share_outside_the_funnel_is_as_rare_as_the_level_says(level):
    m = np.arange(1, 200)
    low, high = rates.funnel_limits(m, 0.08, level)
    below = stats.binom.cdf(np.round(low * m) - 1, m, 0.08)
    above = stats.binom.sf(np.round(high * m), m, 0.08)
    assert max(below.max(), above.max()) <= (1 - level) / 2
    one_step_in = stats.binom.sf(np.round(high * m) - 1, m, 0.08)
    assert one_step_in.min() > (1 - level) / 2


@pytest.mark.parametrize(
    "call",
    [
        lambda: rates.empirical_bayes([3], [2]),
        lambda: rates.empirical_bayes([1], [2], "normal"),
        lambda: rates.empirical_bayes([-1], [2]),
        lambda: rates.funnel_limits([10], 1.5),
        lambda: rates.funnel_limits([10.5], 0.5),
        lambda: rates.funnel_limits([10], 0.5, 0),
    ],
)
def test_arguments_that_make_no_sense_are_refused(call):
    with pytest.raises(StatisticError, match=r"\w{3}"):
        call()


def test_position_beside_chance_is_that_of_the_funnels_limits():
    k, m = np.array([2, 30, 40, 20, 8]), np.array([20, 200, 200, 200, 200])
    overall = k.sum() / m.sum()
    low, high = rates.funnel_limits(m, overall)
    lowest, highest = rates.funnel_limits(m, overall, 0.998)
    said = rates.chance_position(k, m)
    for share, place, a, b, c, d in zip(k / m, said, low, high, lowest, highest, strict=True):
        expected = "high_998" if share > d else "high_95" if share > b else "within"
        expected = "low_998" if share < c else "low_95" if share < a else expected
        assert place == expected
    assert len(set(said.tolist())) >= 3


def test_position_beside_chance_is_empty_where_nobody_was():
    assert rates.chance_position([0, 3], [0, 10]).tolist() == ["", "within"]
    assert rates.chance_position([0], [0]).tolist() == [""]
