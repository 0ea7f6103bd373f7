"""Team effects: the inflation against simulated variances."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from geo.statistics import hotspots, rates, team_effects
from geo.statistics.team_effects import TeamVisits
from tests.geo.statistics.test_hotspots import queen


def territories(size, block, per_cell):
    y, x = np.divmod(np.arange(size * size), size)
    unit = np.arange(size * size)
    team = (y // block) * (-(-size // block)) + x // block
    return unit, team, np.full(size * size, float(per_cell))


def drawn(seed, unit, team, m, icc, p=0.2):
    rng = np.random.default_rng(seed)
    strictness = rng.beta(p * (1 - icc) / icc, (1 - p) * (1 - icc) / icc, team.max() + 1)
    return TeamVisits(unit, team, rng.binomial(m.astype(int), strictness[team]).astype(float), m)


def scores(visits):
    return rates.eb_standardised(visits.k, visits.m, clip=True)


def test_inflation_equals_the_variance_of_simulated_windows():
    unit, team, m = territories(24, 3, 10)
    neighbours = queen(24, 24)
    inner = np.zeros((24, 24), dtype=bool)
    inner[1:-1, 1:-1] = True
    inner = inner.ravel()
    expected, seen = [], []
    for seed in range(30):
        visits = drawn(seed, unit, team, m, icc=0.1)
        x = scores(visits)
        inflation = team_effects.window_inflation(visits, np.ones(576, dtype=bool), x, neighbours)
        around = hotspots.windows(x - x.mean(), neighbours)
        expected.append(inflation[inner].mean())
        seen.append(np.mean(around.total[inner] ** 2) / (9 * x.var()))
    assert np.mean(seen) > 2.5  # or nothing would be tested
    assert np.mean(expected) == pytest.approx(np.mean(seen), rel=0.1)


def test_teams_that_share_no_cell_inflate_nothing():
    unit, _, m = territories(10, 2, 10)
    visits = drawn(1, unit, unit, m, icc=0.1)
    inflation = team_effects.window_inflation(visits, np.ones(100, dtype=bool), scores(visits), queen(10, 10))
    np.testing.assert_allclose(inflation, 1)


def test_few_teams_are_given_at_least_the_default_correlation():
    unit, team, m = territories(10, 5, 10)
    visits = TeamVisits(unit, team, np.tile([1.0, 2.0], 50), m)  # teams agree exactly: estimate 0
    inflation = team_effects.window_inflation(visits, np.ones(100, dtype=bool), scores(visits), queen(10, 10))
    assert inflation.min() > 1


def test_cells_that_are_not_judged_take_no_part():
    unit, team, m = territories(10, 2, 10)
    visits = drawn(1, unit, team, m, icc=0.1)
    judged = np.arange(100) < 80
    x = np.full(100, np.nan)
    x[:80] = rates.eb_standardised(visits.k[:80], visits.m[:80], clip=True)
    neighbours = queen(10, 10)
    alone = team_effects.window_inflation(
        TeamVisits(unit[:80], team[:80], visits.k[:80], m[:80]), judged[:80], x[:80],
        csr_matrix(neighbours[:80][:, :80]),
    )  # fmt: skip
    np.testing.assert_allclose(team_effects.window_inflation(visits, judged, x, neighbours)[:80], alone)


def test_map_without_variation_inflates_nothing():
    unit, team, m = territories(6, 2, 10)
    visits = TeamVisits(unit, team, np.zeros(36), m)
    inflation = team_effects.window_inflation(visits, np.ones(36, dtype=bool), scores(visits), queen(6, 6))
    assert (inflation == 1).all()
