"""Hot spots that survive: planted ones are found, strict teams are not, few visits say nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix, hstack, vstack

from geo.errors import StatisticError
from geo.statistics import hotspots, rates, robust
from geo.statistics.robust import Rules, Visits
from tests.geo.statistics.test_hotspots import queen

SIDE = 12


def visits(seed, strict_team=-1, planted=False, per_cell=12, n_teams=40, rate=0.1):
    """Return unit, team and finding of visits to a 12 × 12 grid, and which cells are inside a 3 × 3 cluster.

    Teams go anywhere, but a strict team visits only the cluster, where it finds something half the time.
    """
    rng = np.random.default_rng(seed)
    y, x = np.divmod(np.arange(SIDE * SIDE), SIDE)
    inside = (abs(y - 5) <= 1) & (abs(x - 5) <= 1)
    unit = np.repeat(np.arange(SIDE * SIDE), per_cell)
    team = rng.integers(0, n_teams, len(unit))
    chance = np.where(inside[unit] & planted, 4.5 * rate, rate)
    if strict_team >= 0:
        team[inside[unit]] = strict_team
        chance = np.where(team == strict_team, 0.5, rate)
    return unit, team, rng.random(len(unit)) < chance, inside


def judge(unit, team, finding, **options):
    return robust.hot_spots(unit, team, finding, queen(SIDE, SIDE), n_units=SIDE * SIDE, **options)


def test_planted_cluster_seen_by_many_teams_is_a_hot_spot():
    unit, team, finding, inside = visits(1, planted=True)
    found = judge(unit, team, finding)
    assert found.status[5 * SIDE + 5] == "hot_spot"
    assert (found.status[inside] == "hot_spot").sum() >= 5
    assert found.p_without_team[5 * SIDE + 5] <= 0.05


@pytest.mark.parametrize("seed", range(5))
def test_territory_of_one_strict_team_is_never_a_hot_spot(seed):
    unit, team, finding, inside = visits(seed, strict_team=99)
    found = judge(unit, team, finding)
    assert not (found.status[inside] == "hot_spot").any()


def test_dropping_a_team_is_what_tells_a_strict_team_from_a_bad_area(monkeypatch):
    monkeypatch.setattr(robust, "window_inflation", lambda *_: np.ones(SIDE * SIDE))
    unit, team, finding, inside = visits(2, strict_team=99)
    found = judge(unit, team, finding)
    assert set(found.status[inside]) <= {"one_team", "not_significant"}
    assert found.status[5 * SIDE + 5] == "one_team"
    assert "possible" in found.status[~inside]


def test_two_visits_with_two_findings_are_too_few():
    unit, team, finding, _ = visits(3)
    kept = unit != 0
    found = judge(
        np.append(unit[kept], [0, 0]), np.append(team[kept], [1, 2]), np.append(finding[kept], [True] * 2)
    )
    assert (found.status[0], found.rate[0], found.m[0]) == ("too_few_visits", 1.0, 2)
    assert np.isnan(found.p[0])


def test_unvisited_cell_is_not_observed():
    unit, team, finding, _ = visits(3)
    kept = unit != 7
    found = judge(unit[kept], team[kept], finding[kept])
    assert found.status[7] == "not_observed"
    assert np.isnan([found.rate[7], found.eb_rate[7], found.z[7], found.p[7]]).all()


def test_cell_with_too_little_around_it_is_not_tested():
    unit, team, finding, _ = visits(3, per_cell=6)
    lonely = np.isin(unit, [0, 2, 3, *range(5 * SIDE, SIDE * SIDE)])
    found = judge(unit[lonely], team[lonely], finding[lonely])
    assert found.status[[0, 2, 3]].tolist() == ["too_few_neighbours"] * 3


def test_few_observed_cells_leave_the_whole_map_untested():
    unit, team, finding, _ = visits(3)
    kept = unit < 29
    found = judge(unit[kept], team[kept], finding[kept])
    assert found.reason == "too_few_units"
    assert set(found.status) == {"not_tested", "not_observed"}


def test_three_teams_leave_the_whole_map_untested():
    unit, team, finding, _ = visits(3)
    assert judge(unit, team % 3, finding).reason == "too_few_teams"
    assert judge(unit, team % 4, finding).reason == ""


def test_p_without_a_team_equals_deleting_its_visits():
    unit, team, finding, _ = visits(4, planted=True, n_teams=6)
    found = judge(unit, team, finding)
    target = int(np.flatnonzero(found.status == "hot_spot")[0])
    p = [found.p[target]]
    for gone in range(6):
        kept = team != gone
        m = np.bincount(unit[kept], minlength=SIDE * SIDE)
        k = np.bincount(unit[kept & finding], minlength=SIDE * SIDE)
        score = rates.eb_standardised(k, m, clip=True)
        p.append(hotspots.permutation_p(score, queen(SIDE, SIDE), 9_999)[target])
    assert found.p_without_team[target] == pytest.approx(max(p))


def test_teams_working_side_by_side_make_false_hot_spots_rare():
    flagged = {True: 0, False: 0}
    size, block, per_cell, icc, p = 20, 3, 10, 0.05, 0.08
    y, x = np.divmod(np.arange(size * size), size)
    territory = (y // block) * 7 + x // block
    neighbours, unit = queen(size, size), np.repeat(np.arange(size * size), per_cell)
    for seed in range(40):
        rng = np.random.default_rng(seed)
        strictness = rng.beta(p * (1 - icc) / icc, (1 - p) * (1 - icc) / icc, 49)
        finding = rng.random(len(unit)) < strictness[territory[unit]]
        found = robust.hot_spots(unit, territory[unit], finding, neighbours, n_units=size * size)
        flagged[True] += (found.status == "hot_spot").any()
        m, k = np.bincount(unit), np.bincount(unit, finding)
        p_plain = hotspots.permutation_p(rates.eb_standardised(k, m, clip=True), neighbours)
        flagged[False] += hotspots.false_discovery(p_plain).any()
    assert flagged[False] >= 30  # the plain map flags strict teams nearly every time
    assert flagged[True] <= 6


def test_teams_confined_to_one_cell_cost_no_power():
    unit, _, finding, _ = visits(1, planted=True)
    own = judge(unit, unit, finding)
    m, k = np.bincount(unit), np.bincount(unit, finding)
    plain = hotspots.permutation_p(rates.eb_standardised(k, m, clip=True), queen(SIDE, SIDE))
    np.testing.assert_allclose(own.p, plain)


def test_family_of_categories_shares_one_false_discovery_rate():
    unit, team, finding, _ = visits(1, planted=True)
    neighbours = queen(SIDE, SIDE)
    alone = judge(unit, team, finding)
    quiet = [Visits(unit, team, visits(100 + other)[2]) for other in range(9)]
    family = robust.hot_spot_family([Visits(unit, team, finding), *quiet], neighbours, n_units=SIDE * SIDE)
    significant = [np.isin(one.status, ["hot_spot", "possible", "one_team"]) for one in (alone, family[0])]
    np.testing.assert_array_equal(alone.p, family[0].p)
    assert not (significant[1] & ~significant[0]).any()
    p = np.array([one.p for one in family])
    np.testing.assert_array_equal(significant[1], hotspots.false_discovery(p)[0])
    assert robust.hot_spot_family([], neighbours, n_units=SIDE * SIDE) == []


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_order_of_visits_and_names_of_teams_do_not_matter(seed):
    unit, team, finding, _ = visits(1, planted=True)
    rng = np.random.default_rng(seed)
    order, names = rng.permutation(len(unit)), rng.permutation(1000)
    first = judge(unit, team, finding, permutations=999)
    second = judge(unit[order], names[team[order]], finding[order], permutations=999)
    np.testing.assert_array_equal(first.status, second.status)
    np.testing.assert_allclose(first.p, second.p)
    np.testing.assert_allclose(first.p_without_team, second.p_without_team)


def test_unvisited_cells_and_unplaced_visits_change_nothing():
    unit, team, finding, _ = visits(1, planted=True)
    first = judge(unit, team, finding)
    n = SIDE * SIDE
    larger = csr_matrix(
        vstack([hstack([queen(SIDE, SIDE), csr_matrix((n, 5))]), csr_matrix((5, n + 5))])
    ).astype(np.int8)
    second = robust.hot_spots(
        np.append(unit, [-1] * 9),
        np.append(team, [3] * 9),
        np.append(finding, [True] * 9),
        larger,
        n_units=n + 5,
    )
    np.testing.assert_array_equal(first.status, second.status[:n])
    np.testing.assert_allclose(first.p, second.p[:n])
    assert (second.status[n:] == "not_observed").all()


def test_same_seed_gives_the_same_map():
    unit, team, finding, _ = visits(1, planted=True)
    first, again = judge(unit, team, finding, seed=8), judge(unit, team, finding, seed=8)
    np.testing.assert_array_equal(first.p, again.p)
    assert (first.p != judge(unit, team, finding, seed=9).p).any()


def test_visits_of_unknown_teams_count_as_one_team():
    unit, _, finding, _ = visits(1, planted=True)
    found = judge(unit, np.full(len(unit), -1), finding)
    assert found.reason == "too_few_teams"
    assert (found.teams == 1).all()


def test_no_visit_at_all_is_an_empty_map():
    found = judge(np.array([], dtype=int), np.array([], dtype=int), np.array([], dtype=bool))
    assert set(found.status) == {"not_observed"}


def test_every_status_is_a_known_word():
    unit, team, finding, _ = visits(2, strict_team=99)
    assert set(judge(unit, team, finding).status) <= set(robust.STATUSES)


def test_a_mission_may_ask_for_more_visits():
    unit, team, finding, _ = visits(1)
    assert set(judge(unit, team, finding, rules=Rules(visits=13)).status) == {"too_few_visits"}


@pytest.mark.parametrize(
    "call",
    [
        lambda: judge([0, 999], [1, 1], [True, False]),
        lambda: judge([0, 1], [1], [True, False]),
        lambda: judge([0, 1], [1, 1], [True]),
        lambda: judge([0, 1], [0.5, 1], [True, False]),
        lambda: judge([0, 1], [1, 1], [True, False], q=0),
        lambda: robust.hot_spots([0], [0], [True], queen(2, 2), n_units=5),
    ],
)
def test_arguments_that_make_no_sense_are_refused(call):
    with pytest.raises(StatisticError, match=r"\w{3}"):
        call()


def test_teams_that_did_the_same_in_one_place_are_dropped_once_and_tell_the_same(monkeypatch):
    unit, _, finding, _ = visits(4, planted=True)
    static = unit * 100 + np.arange(len(unit)) % 9  # observers who stay where they are, a few visits each
    tries = []
    counted = robust._p_without
    monkeypatch.setattr(robust, "_p_without", lambda *given: tries.append(given[0]) or counted(*given))
    together, few = judge(unit, static, finding), len(tries)
    monkeypatch.setattr(robust, "_twins", lambda pairs: np.arange(pairs.team.max() + 1))
    one_by_one = judge(unit, static, finding)
    assert np.array_equal(together.p_without_team, one_by_one.p_without_team, equal_nan=True)
    assert np.array_equal(together.status, one_by_one.status)
    assert 0 < few < (len(tries) - few) / 2
