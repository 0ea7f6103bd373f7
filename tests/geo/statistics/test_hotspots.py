"""Hot spots: esda where it agrees, all draws counted where it does not, and the null map."""

import itertools

import libpysal
import numpy as np
import pytest
from esda.getisord import G_Local
from esda.moran import Moran_Local, Moran_Rate
from esda.smoothing import assuncao_rate
from hypothesis import given
from hypothesis import strategies as st
from libpysal.weights import WSP, full2W
from scipy import stats
from scipy.sparse import csr_matrix

from geo.errors import StatisticError
from geo.statistics import hotspots, rates


def queen(rows, columns):
    """Return the queen neighbours of a grid of cells, CSR of 0/1 int8."""
    y, x = np.divmod(np.arange(rows * columns), columns)
    pairs = []
    for dy, dx in itertools.product((-1, 0, 1), repeat=2):
        inside = (y + dy >= 0) & (y + dy < rows) & (x + dx >= 0) & (x + dx < columns) & ((dy, dx) != (0, 0))
        here = np.flatnonzero(inside)
        pairs.append((here, here + dy * columns + dx))
    i, j = np.concatenate(pairs, axis=1)
    return csr_matrix((np.ones(len(i), dtype=np.int8), (i, j)), shape=(rows * columns,) * 2)


def sids():
    table = libpysal.io.open(libpysal.examples.get_path("sids2.dbf"))
    k, m = np.array(table.by_col("SID79"), dtype=float), np.array(table.by_col("BIR79"), dtype=float)
    weights = libpysal.io.open(libpysal.examples.get_path("sids2.gal")).read()
    return k, m, csr_matrix(weights.sparse.astype(np.int8)), weights


def as_weights(neighbours):
    return WSP(neighbours.astype(float)).to_W(silence_warnings=True)


@pytest.fixture(scope="module")
def grid():
    return queen(12, 15)


@pytest.mark.parametrize("star", [True, False])
def test_getis_ord_equals_esda(grid, star):
    x = np.random.default_rng(1).gamma(2, 1, grid.shape[0])
    theirs = G_Local(x, as_weights(grid), transform="B", permutations=0, star=star)
    np.testing.assert_allclose(hotspots.getis_ord(x, grid, include_self=star), theirs.Zs, rtol=1e-10)


def test_eb_moran_of_sids_is_the_known_answer():
    k, m, neighbours, weights = sids()
    ours = hotspots.local_moran_eb(k, m, neighbours, permutations=999)
    assert ours.overall == pytest.approx(0.166223435526, abs=5e-13)
    weights.transform = "r"
    assert ours.overall == pytest.approx(Moran_Rate(k, m, weights, permutations=0).I, rel=1e-12)


def test_local_moran_of_sids_equals_esda():
    k, m, neighbours, weights = sids()
    ours = hotspots.local_moran_eb(k, m, neighbours)
    weights.transform = "r"
    theirs = Moran_Local(assuncao_rate(k, m), weights, permutations=0)
    n = len(k)
    np.testing.assert_allclose(ours.statistic, theirs.Is * n / (n - 1), rtol=1e-9, atol=1e-12)
    names = np.array(["", "HH", "LH", "LL", "HL"])
    assert (ours.quadrant == names[theirs.q]).all()
    assert (ours.p < 0.05).sum() in range(3, 40)


def test_permutation_p_of_a_small_map_equals_counting_every_draw():
    rng = np.random.default_rng(7)
    x = np.round(rng.gamma(2, 1, 9), 1)
    neighbours = queen(3, 3)
    around = hotspots.windows(x, neighbours)
    for alternative in ("greater", "less"):
        exact = []
        for total, size in zip(around.total, around.size, strict=True):
            sums = np.array([sum(chosen) for chosen in itertools.combinations(x, size)])
            beyond = sums >= total - 1e-9 if alternative == "greater" else sums <= total + 1e-9
            exact.append(beyond.mean())
        ours = hotspots.permutation_p(x, neighbours, alternative=alternative)
        np.testing.assert_allclose(ours, exact, atol=0.006)


def test_permutation_p_of_chance_alone_is_uniform():
    neighbours = queen(40, 40)
    p = np.concatenate(
        [
            hotspots.permutation_p(np.random.default_rng(s).gamma(2, 1, 1600), neighbours, 9_999, seed=s)
            for s in range(10)
        ]
    )
    for level in (0.01, 0.05, 0.5):
        assert (p <= level).mean() == pytest.approx(level, rel=0.25)


@pytest.mark.parametrize("z", [4.5, 5.0, 6.0])
def test_tail_of_a_normal_sample_errs_towards_the_larger_p(z):
    fits = [
        float(hotspots.tail_p(np.array([z]), np.sort(np.random.default_rng(s).normal(size=99_999)))[0])
        for s in range(20)
    ]
    truth = stats.norm.sf(z)
    assert truth * 0.5 < np.median(fits) < min(truth * 1000, 1e-5)


def test_tail_of_an_exponential_sample_finds_the_truth():
    fits = [
        float(
            hotspots.tail_p(np.array([16.0]), np.sort(np.random.default_rng(s).exponential(size=99_999)))[0]
        )
        for s in range(40)
    ]
    assert np.median(np.log(fits)) == pytest.approx(-16, abs=1)


def test_p_never_rises_with_the_statistic_and_is_never_zero():
    null = np.sort(np.random.default_rng(2).normal(size=99_999))
    p = hotspots.tail_p(np.linspace(-4, 60, 500), null)
    assert (np.diff(p) <= 0).all()
    assert p.min() > 0


def test_tail_of_tied_values_is_left_as_counted():
    null = np.repeat([0.0, 1.0], [500, 499])
    assert hotspots.tail_p(np.array([2.0, 1.0]), null).tolist() == [1 / 1000, 500 / 1000]


def test_fifty_cells_of_77_thousand_can_be_discovered():
    side = 277
    x = np.random.default_rng(5).normal(size=side * side)
    y = np.zeros((side, side), dtype=bool)
    y[100:107, 100:107] = True
    x[y.ravel()] += 3
    flagged = hotspots.false_discovery(hotspots.permutation_p(x, queen(side, side)))
    assert flagged[y.ravel()].mean() > 0.8
    near = np.zeros((side, side), dtype=bool)
    near[98:109, 98:109] = True
    assert flagged[~near.ravel()].sum() <= 12


def test_two_sided_p_is_twice_the_smaller_tail(grid):
    x = np.random.default_rng(1).normal(size=grid.shape[0])
    up, down, both = (
        hotspots.permutation_p(x, grid, 999, alternative=a) for a in ("greater", "less", "two-sided")
    )
    np.testing.assert_allclose(both, np.minimum(1, 2 * np.minimum(up, down)))


def test_same_seed_gives_the_same_p_and_another_seed_another(grid):
    x = np.random.default_rng(1).normal(size=grid.shape[0])
    first, again, other = (hotspots.permutation_p(x, grid, 999, seed=s) for s in (4, 4, 5))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@given(st.integers(0, 2**32 - 1))
def test_unobserved_units_change_nothing_for_the_others(seed):
    rng = np.random.default_rng(seed)
    neighbours = queen(5, 6)
    k = rng.integers(0, 5, 30)
    m = k + rng.integers(1, 9, 30)
    lost = rng.random(30) < 0.3
    lost[:3] = False
    k, m = np.where(lost, 0, k), np.where(lost, 0, m)
    kept = np.flatnonzero(~lost)
    smaller = csr_matrix(neighbours[kept][:, kept])
    x, x_kept = rates.eb_standardised(k, m), rates.eb_standardised(k[kept], m[kept])
    for function in (
        hotspots.getis_ord,
        lambda x, w: hotspots.permutation_p(x, w, 99),
        lambda x, w: hotspots.permutation_p(x, w, 99, include_self=False, alternative="two-sided"),
    ):
        whole = function(x, neighbours)
        np.testing.assert_allclose(whole[kept], function(x_kept, smaller))
        assert np.isnan(whole[lost]).all()
    whole = hotspots.local_moran_eb(k, m, neighbours, 99)
    alone = hotspots.local_moran_eb(k[kept], m[kept], smaller, 99)
    np.testing.assert_allclose(whole.statistic[kept], alone.statistic)
    np.testing.assert_allclose(whole.p[kept], alone.p)
    assert whole.overall == pytest.approx(alone.overall, nan_ok=True)
    assert np.isnan(whole.statistic[lost]).all()


def test_island_is_its_own_window_with_self_and_nothing_without():
    line = csr_matrix([[0, 1, 0], [1, 0, 0], [0, 0, 0]])
    x = [1.0, 2.0, 9.0]
    assert np.isfinite(hotspots.getis_ord(x, line)[2])
    assert np.isnan(hotspots.getis_ord(x, line, include_self=False)[2])
    assert np.isnan(hotspots.permutation_p(x, line, 99, include_self=False)[2])
    theirs = G_Local(np.array(x), full2W(line.toarray(), silence_warnings=True), "B", 0, True)
    np.testing.assert_allclose(hotspots.getis_ord(x, line), theirs.Zs)


def test_map_without_variation_has_no_z(grid):
    assert np.isnan(hotspots.getis_ord(np.full(grid.shape[0], 0.1), grid)).all()
    assert (hotspots.permutation_p(np.full(grid.shape[0], 0.1), grid, 99) == 1).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.sampled_from([0.01, 0.05, 0.2]))
def test_false_discovery_equals_the_step_up_rule_and_ignores_nan(p, q):
    values = np.array([*p, np.nan])
    ordered = np.sort(p)
    passing = np.flatnonzero(ordered <= q * np.arange(1, len(p) + 1) / len(p))
    cut = ordered[passing[-1]] if len(passing) else -1.0
    ours = hotspots.false_discovery(values, q)
    clear = np.abs(ordered - q * np.arange(1, len(p) + 1) / len(p)).min() > 1e-12
    if clear:
        np.testing.assert_array_equal(ours, values <= cut)
    assert not ours[-1]


def test_family_of_two_categories_is_judged_as_one():
    p = np.array([[0.02, 0.9, 0.9], [0.9, 0.9, 0.9]])
    assert not hotspots.false_discovery(p).any()
    assert hotspots.false_discovery(np.array([[0.001, 0.9, 0.9], [0.9, 0.9, 0.9]]))[0, 0]


@pytest.mark.parametrize(
    "call",
    [
        lambda w: hotspots.getis_ord([1.0, 2.0], w),
        lambda w: hotspots.getis_ord(np.full(4, np.inf), w),
        lambda w: hotspots.getis_ord(["a"] * 4, w),
        lambda w: hotspots.getis_ord(np.ones(4), w.tocoo()),
        lambda w: hotspots.getis_ord(np.ones(4), w * 2),
        lambda w: hotspots.getis_ord(np.ones(4), csr_matrix(np.eye(4))),
        lambda w: hotspots.permutation_p(np.ones(4), w, 0),
        lambda w: hotspots.permutation_p(np.ones(4), w, alternative="more"),
        lambda w: hotspots.false_discovery([1.2]),
        lambda w: hotspots.false_discovery([0.2], 0),
    ],
)
def test_arguments_that_make_no_sense_are_refused(call):
    with pytest.raises(StatisticError, match=r"\w{3}"):
        call(queen(2, 2))


def crowded_corner(seed, planted=False):
    """Return k, m and the cells of a planted cluster: visits crowd in one corner, rate 10 %."""
    rng = np.random.default_rng(seed)
    y, x = np.divmod(np.arange(900), 30)
    m = rng.poisson(2 + 60 * np.exp(-(x**2 + y**2) / (2 * 5**2)))
    inside = (np.abs(y - 6) <= 2) & (np.abs(x - 6) <= 2)
    p = np.where(inside & planted, 0.3, 0.1)
    return rng.binomial(m, p), m, inside


def flagged(x, neighbours):
    return hotspots.false_discovery(hotspots.permutation_p(x, neighbours))


@pytest.mark.slow
def test_visits_crowded_in_a_corner_do_not_make_a_hot_spot():
    neighbours = queen(30, 30)
    found = {"counts": 0, "standardised": 0}
    for seed in range(50):
        k, m, _ = crowded_corner(seed)
        found["counts"] += flagged(np.where(m > 0, k, np.nan), neighbours).sum() / 50
        found["standardised"] += flagged(rates.eb_standardised(k, m), neighbours).sum() / 50
    assert found["counts"] > 40  # or the map would not be the trap it is meant to be
    assert found["standardised"] <= 10
    assert found["standardised"] < found["counts"] / 4


def test_planted_cluster_of_thrice_the_rate_is_flagged():
    neighbours = queen(30, 30)
    plain, clipped = [], []
    for seed in range(20):
        k, m, inside = crowded_corner(seed, planted=True)
        plain.append(flagged(rates.eb_standardised(k, m), neighbours)[inside].mean())
        clipped.append(flagged(rates.eb_standardised(k, m, clip=True), neighbours)[inside].mean())
    assert min(clipped) > 0
    assert np.mean(clipped) > 0.5
    assert np.count_nonzero(plain) >= 18  # where A < 0, one huge z can hide the cluster
