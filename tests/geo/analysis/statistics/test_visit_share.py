"""How alike the visits of one team are is taken from the mission's own visits where they can tell."""

from types import SimpleNamespace

import numpy as np

from geo.analysis.statistics.statistic import TeamShares
from geo.analysis.statistics.visit_share import LEAST, MOST, team_correlation

ASSUMED = SimpleNamespace(thresholds=SimpleNamespace(intraclass_correlation=0.05))


def teams(found, exposure=10):
    team = np.arange(len(found))
    zero = np.zeros(len(found), dtype=np.int64)
    return TeamShares(zero, team, np.array(found), np.full(len(found), exposure), 1)


def test_six_teams_of_one_area_tell_their_own_correlation():
    # by hand: between teams 6 × 10 × .0625 / 5 = .75, within them 3 × 10 × .25 / 54 = .1389, 10 visits each:
    # (.75 − .1389) / (.75 + 9 × .1389)
    assert round(team_correlation(ASSUMED, teams([0, 5, 0, 5, 0, 5])), 4) == 0.3056


def test_five_teams_leave_the_missions_setting():
    assert team_correlation(ASSUMED, teams([0, 5, 0, 5, 0])) == 0.05


def test_teams_that_are_all_of_one_kind_leave_something_to_a_single_visit():
    assert team_correlation(ASSUMED, teams([0, 10, 0, 10, 0, 10])) == MOST


def test_teams_that_differ_less_than_chance_have_hardly_any():
    assert team_correlation(ASSUMED, teams([2, 2, 2, 2, 2, 2])) == LEAST


def test_visits_without_a_team_are_no_team():
    shares = teams([0, 5, 0, 5, 0, 5])
    unnamed = TeamShares(shares.unit, shares.team - 1, shares.k, shares.m, 1)
    assert team_correlation(ASSUMED, unnamed) == 0.05


def test_visits_without_a_team_do_not_make_teams_more_alike_than_they_are():
    shares = teams([0, 5, 0, 5, 0, 5])
    beside = TeamShares(
        np.zeros(7, dtype=np.int64), np.append(shares.team, -1), np.append(shares.k, 250),
        np.append(shares.m, 1000), 1,
    )  # fmt: skip
    assert team_correlation(ASSUMED, beside) == team_correlation(ASSUMED, shares)
