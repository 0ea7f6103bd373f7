"""Intervals: printed known answers, statsmodels, and simulated coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from geo.analysis.statistics import intervals
from geo.model.errors import StatisticError

pairs = st.integers(1, 400).flatmap(lambda m: st.tuples(st.integers(0, m), st.just(m)))


def rounded(interval, digits=4):
    return tuple(round(float(limit), digits) for limit in interval)


@pytest.mark.parametrize(("k", "m", "expected"), [(81, 263, (0.2553, 0.3662)), (0, 20, (0, 0.1611))])
@pytest.mark.capability("Confidence intervals", page="statistics")
def test_wilson_gives_newcombes_printed_limits(k, m, expected):
    assert rounded(intervals.wilson(k, m)) == expected


def test_none_of_sixty_reads_up_to_4_87_percent():
    assert round(100 * float(intervals.upper_zero(60)), 2) == 4.87


def test_stratified_gives_the_printed_share_and_error():
    both = intervals.stratified([4, 3], [40, 10], [600, 400])
    assert (round(both.estimate, 6), round(both.standard_error, 6)) == (0.18, 0.066448)


@given(pairs, st.sampled_from([0.8, 0.95, 0.998]))
def test_wilson_equals_statsmodels(pair, level):
    k, m = pair
    theirs = proportion_confint(k, m, 1 - level, "wilson")
    np.testing.assert_allclose(intervals.wilson(k, m, level), theirs, rtol=1e-9, atol=1e-12)


@given(st.lists(pairs, min_size=1, max_size=8))
def test_a_unit_without_exposure_is_nan_and_changes_no_other(units):
    k, m = map(np.array, zip(*units, strict=True))
    alone = np.array(intervals.wilson(k, m))
    beside = np.array(intervals.wilson(np.append(k, [0, 0]), np.append(m.astype(float), [0, np.nan])))
    np.testing.assert_array_equal(beside[:, :-2], alone)
    assert np.isnan(beside[:, -2:]).all()


def test_scalars_give_0d_arrays_everywhere():
    for limits in (
        intervals.wilson(1, 5),
        intervals.clustered([1, 0], [5, 5], [0, 1]),
        (intervals.upper_zero(5),),
    ):
        assert all(isinstance(limit, np.ndarray) and limit.shape == () for limit in limits)


def test_limits_are_exactly_0_and_1_at_the_edges():
    low, high = intervals.wilson([0, 7], [7, 7])
    assert (low[0], high[1]) == (0.0, 1.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: intervals.wilson(6, 5),
        lambda: intervals.wilson(-1, 5),
        lambda: intervals.wilson(1, 5, 1.0),
        lambda: intervals.wilson("some", 5),
        lambda: intervals.wilson([1, 2], [5, 5, 5]),
        lambda: intervals.wilson(np.inf, np.inf),
        lambda: intervals.stratified([5], [4], [9]),
        lambda: intervals.clustered([1, 2], [5, 5], [0]),
        lambda: intervals.clustered([1], [5], [0], unit=[1], n_units=1),
        lambda: intervals.clustered([1], [5], [0], n_units=2),
        lambda: intervals.upper_zero(-1),
    ],
)
def test_arguments_that_make_no_sense_are_refused(call):
    with pytest.raises(StatisticError, match=r"\w{3}"):
        call()


def test_unvisited_stratum_leaves_the_share_unknown():
    assert np.isnan(intervals.stratified([4, 0], [40, 0], [600, 400]).estimate)


def test_single_visit_in_a_stratum_gives_a_share_without_an_error():
    both = intervals.stratified([4, 1], [40, 1], [600, 400])
    assert round(both.estimate, 4) == 0.46
    assert np.isnan([both.standard_error, both.low, both.high]).all()


def test_stratum_visited_whole_adds_no_uncertainty():
    assert intervals.stratified([4, 1], [40, 1], [600, 1]).standard_error == pytest.approx(
        600 / 601 * np.sqrt((1 - 40 / 600) * 0.1 * 0.9 / 39)
    )
    census = intervals.stratified([1, 0], [2, 1], [2, 1])
    assert (census.low, census.high) == (census.estimate, census.estimate)


def test_no_finding_in_any_stratum_still_has_an_upper_limit():
    nothing = intervals.stratified([0, 0], [40, 10], [600, 400])
    assert (nothing.estimate, nothing.low) == (0.0, 0.0)
    assert 0.05 < nothing.high < 0.25


def test_clustered_interval_of_one_team_is_not_given():
    assert np.isnan(intervals.clustered([3, 1], [20, 20], [4, 4])).all()


def test_few_teams_use_the_pooled_correlation():
    clusters = intervals.team_clusters([2, 1], [20, 10], [0, 1])
    assert clusters.method.tolist() == ["pooled"]
    assert clusters.design_effect[0] == pytest.approx(1 + 14 * 0.05)


def test_no_finding_keeps_the_pooled_design_effect():
    clusters = intervals.team_clusters([0] * 15, [20] * 15, range(15))
    assert clusters.m_effective[0] == pytest.approx(300 / 1.95)
    assert float(intervals.clustered([0] * 15, [20] * 15, range(15))[1]) == pytest.approx(
        float(intervals.wilson(0, 300 / 1.95)[1])
    )


def test_teams_that_agree_better_than_chance_are_not_rewarded():
    assert intervals.team_clusters([2] * 8, [20] * 8, range(8)).design_effect[0] == 1


def test_clustered_by_unit_equals_each_unit_alone():
    rng = np.random.default_rng(1)
    unit, team = rng.integers(0, 4, 300), rng.integers(0, 9, 300)
    k = rng.integers(0, 2, 300)
    together = np.array(intervals.clustered(k, np.ones(300), team, unit=unit, n_units=5))
    for index in range(4):
        mine = unit == index
        alone = np.array(intervals.clustered(k[mine], np.ones(mine.sum()), team[mine]))
        np.testing.assert_allclose(together[:, index], alone)
    assert np.isnan(together[:, 4]).all()


def test_rows_may_be_visits_or_sums_of_visits():
    per_visit = intervals.clustered([1, 0, 1, 1, 0, 0], [1] * 6, ["a", "a", "b", "b", "b", "c"])
    summed = intervals.clustered([1, 2, 0], [2, 3, 1], [5, 9, 7])
    np.testing.assert_allclose(per_visit, summed)


def test_intraclass_separates_strict_teams_from_bad_areas():
    areas, teams = np.repeat([0, 1], 4), np.arange(8)
    bad_area = intervals.intraclass([0] * 4 + [8] * 4, [10] * 8, teams, unit=areas, n_units=2)
    strict_teams = intervals.intraclass([0, 8] * 4, [10] * 8, teams, unit=areas, n_units=2)
    assert bad_area == 0
    assert strict_teams > 0.5


@pytest.mark.parametrize("icc", [0.05, 0.10])
@pytest.mark.capability("Intervals that allow for strict teams", page="statistics")
def test_clustered_interval_covers_92_percent_with_strict_teams(icc):
    coverage = {"clustered": 0, "plain": 0}
    rng = np.random.default_rng(20051204)
    rounds, teams, visits, p = 4000, 15, 20, 0.08
    spread = (1 - icc) / icc
    k = rng.binomial(visits, rng.beta(p * spread, (1 - p) * spread, (rounds, teams)))
    unit = np.repeat(np.arange(rounds), teams)
    team = np.tile(np.arange(teams), rounds)
    low, high = intervals.clustered(k.ravel(), np.full(k.size, visits), team, unit=unit, n_units=rounds)
    coverage["clustered"] = np.mean((low <= p) & (p <= high))
    low, high = intervals.wilson(k.sum(axis=1), teams * visits)
    coverage["plain"] = np.mean((low <= p) & (p <= high))
    assert coverage["clustered"] >= 0.92
    assert coverage["plain"] < 0.88  # the simulation itself would notice if it had no team effect
