"""Where do high rates lie together, more than by chance? Gi*, Local Moran, permutations, false discovery.

`neighbours`: (U, U) scipy.sparse CSR of 0/1, no diagonal. A unit whose x is NaN (not observed) is out of
every mean, sum and count, and NaN itself.

Islands (no observed neighbour): with `include_self` an island's statistic is its own value, as in esda;
without it, and in Local Moran, it is NaN. It stays in the mean and spread of the map. The overall Moran's I
divides by the number of units that have neighbours, as R's spdep does (esda divides by all).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from geo.columns import distinct
from geo.errors import StatisticError
from geo.statistics.arguments import BoolArray, FloatArray, IntArray, open_share
from geo.statistics.rates import eb_standardised

Alternative = Literal["greater", "less", "two-sided"]

FEW_BEYOND: Final = (
    10  # with fewer permutations beyond it, a p-value is read off a fitted tail (Knijnenburg 2009)
)
TAIL_SIZE: Final = 250  # permutations the tail is fitted to (Knijnenburg 2009, section 2.2)
SMALLEST_TAIL: Final = 50
SMALLEST_P: Final = 1e-300


@dataclass(frozen=True, slots=True)
class Windows:
    """Every unit with its neighbours: sums and counts of the observed among them; all (U,)."""

    total: FloatArray
    size: IntArray


def windows(x: FloatArray, neighbours: csr_matrix, include_self: bool = True) -> Windows:
    """Return the sum and number of observed x around every unit, whether or not it is observed itself."""
    seen = np.isfinite(x)
    filled = np.where(seen, x, 0.0)
    total = np.asarray(neighbours @ filled, dtype=np.float64)
    size = np.asarray(neighbours @ seen.astype(np.int64), dtype=np.int64)
    return Windows(total + filled, size + seen) if include_self else Windows(total, size)


def getis_ord(x: npt.ArrayLike, neighbours: csr_matrix, include_self: bool = True) -> FloatArray:
    """Return Gi* as a z value (Gi without `include_self`); (U,) float64.

    z = (Σ w x − W x̄) / (s √((n W − W²)/(n − 1))) with 0/1 weights, s² = Σx²/n − x̄². Getis & Ord
    (1992) and Ord & Getis (1995), Geogr. Anal. 27:286–306, doi:10.1111/j.1538-4632.1995.tb00912.x,
    eq. 14 (Gi leaves the unit out of mean, spread and n). NaN where x is NaN, where nothing varies, or
    where the window is the whole map. Never pass counts: they show where observers were.

    >>> line = csr_matrix([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]])
    >>> getis_ord([9.0, 6.0, 0.0, 1.0], line).round(4)
    array([ 1.6499,  0.8165, -1.3608, -1.6499])
    """
    values = _values(x)
    check_neighbours(neighbours, len(values))
    seen = np.isfinite(values)
    n = float(seen.sum())
    if n < 3:
        return np.full(len(values), np.nan)
    # centred first: the variance of large, nearly equal values would drown in rounding
    largest = float(np.abs(values[seen]).max())
    values = values - values[seen].mean()
    around = windows(values, neighbours, include_self)
    weight, squares = around.size.astype(np.float64), float(np.sum(values[seen] ** 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        if include_self:
            excess, variance = around.total, np.full(len(values), squares / n)
        else:
            n -= 1
            excess = around.total + weight * values / n
            variance = np.maximum(0, (squares - values**2) / n - (values / n) ** 2)
        variance = np.where(variance > (1e-12 * largest) ** 2, variance, np.nan)
        score = excess / np.sqrt(variance * np.maximum(0, n * weight - weight**2) / (n - 1))
    return np.asarray(np.where(seen & np.isfinite(score), score, np.nan))


def permutation_p(
    x: npt.ArrayLike,
    neighbours: csr_matrix,
    permutations: int = 99_999,
    seed: int = 0,
    include_self: bool = True,
    alternative: Alternative = "greater",
) -> FloatArray:
    """Return how rarely chance alone gives a neighbourhood sum as extreme; (U,) float64.

    The null distribution is unconditional and shared: sums of k of the n observed values, drawn without
    replacement, one sorted list per window size k. p = (1 + beyond)/(permutations + 1); where fewer than
    10 permutations lie beyond, p is read off a generalised Pareto tail (see `tail_p`), because
    1/(permutations + 1) times tens of thousands of cells could never pass false-discovery control.
    "two-sided" doubles the smaller tail. NaN where x is NaN or no neighbour was observed (without self).
    O(permutations · k + U log permutations), memory permutations · (4 k + 8 per size) bytes.

    >>> line = csr_matrix([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]])
    >>> permutation_p([9.0, 6.0, 0.0, 1.0], line).round(2)  # 1/6, 1/2, 1, 1 by counting all draws
    array([0.17, 0.5 , 1.  , 1.  ])
    """
    values = _values(x)
    check_neighbours(neighbours, len(values))
    seen = np.isfinite(values)
    around = windows(values, neighbours, include_self)
    tested = seen & (around.size > 0)
    p = np.full(len(values), np.nan)
    p[tested] = window_p(
        values[seen], around.total[tested], around.size[tested], permutations, seed, alternative
    )
    return p


def window_p(
    values: FloatArray,
    totals: FloatArray,
    sizes: IntArray,
    permutations: int = 99_999,
    seed: int = 0,
    alternative: Alternative = "greater",
) -> FloatArray:
    """Return the p-value of window sums: `sizes` of the `values` give `totals`; shape of `totals`."""
    if permutations < 1:
        raise StatisticError("permutations must be at least 1")
    if alternative not in ("greater", "less", "two-sided"):
        raise StatisticError(f'alternative must be "greater", "less" or "two-sided", not {alternative!r}')
    p = np.full(len(totals), np.nan)
    if len(totals) == 0:
        return p
    # A sum added up in another order differs in its last digits; a tie must still count as a tie.
    slack = 1e-9 * max(float(np.abs(values).max()), 1e-300)
    wanted = distinct(sizes)
    for size, null in _null_sums(values, wanted, permutations, seed):
        mine = sizes == size
        if alternative == "greater":
            p[mine] = tail_p(totals[mine], null, slack)
        elif alternative == "less":
            p[mine] = tail_p(-totals[mine], -null[::-1], slack)
        else:
            upper = tail_p(totals[mine], null, slack)
            lower = tail_p(-totals[mine], -null[::-1], slack)
            p[mine] = np.minimum(1, 2 * np.minimum(upper, lower))
    return p


def _null_sums(
    values: FloatArray, sizes: IntArray, permutations: int, seed: int
) -> list[tuple[int, FloatArray]]:
    """Return for every window size the sorted sums of that many distinct random values.

    One draw serves all sizes: the first k columns of a row are a random k of the n values. A window
    of more than half the map is the map without a random n − k, which is quicker to draw.
    """
    rng = np.random.default_rng(seed)
    n = len(values)
    drawn = np.empty((int(np.minimum(sizes, n - sizes).max()), permutations), dtype=np.int32)
    total = np.zeros(permutations)
    sums = {0: total}
    for column in range(len(drawn)):
        fresh = rng.integers(0, n, permutations, dtype=np.int32)
        while len(again := np.flatnonzero((drawn[:column] == fresh).any(axis=0))):
            fresh[again] = rng.integers(0, n, len(again), dtype=np.int32)
        drawn[column] = fresh
        total = total + values[fresh]
        if np.any((sizes == column + 1) | (sizes == n - column - 1)):
            sums[column + 1] = np.sort(total)
    everything = float(values.sum())
    return [
        (size, sums[size] if size <= n - size else everything - sums[n - size][::-1])
        for size in sizes.tolist()
    ]


def tail_p(observed: FloatArray, null: FloatArray, slack: float = 0.0) -> FloatArray:
    """Return P(null ≥ observed) from a sorted null sample, its far end from a fitted tail.

    Up to 10/(R + 1) on, the smallest p-values come from a generalised Pareto distribution fitted to the
    250 largest values (at most a tenth), Knijnenburg et al. (2009), Bioinformatics 25:i161–i168,
    doi:10.1093/bioinformatics/btp211, by probability-weighted moments (Hosking & Wallis 1987,
    doi:10.1080/00401706.1987.10488243). A fitted shape below 0 ends the distribution at a finite point
    and would give p = 0 beyond; the exponential (shape 0) is used instead, which errs towards larger p.

    >>> sample = np.sort(np.random.default_rng(0).normal(size=99_999))
    >>> 1e-9 < float(tail_p(np.array([5.5]), sample)[0]) < 1e-6  # truth 1.9e-8
    True
    """
    size = len(null)
    beyond = size - np.searchsorted(null, observed - slack, side="left")
    p = np.asarray((beyond + 1) / (size + 1), dtype=np.float64)
    length = min(TAIL_SIZE, size // 10)
    far = beyond < FEW_BEYOND - 1
    if length < SMALLEST_TAIL or not far.any():
        return p
    threshold = (null[-length - 1] + null[-length]) / 2
    excess = null[-length:] - threshold
    scale, shape = _pareto(excess)
    if scale <= slack:
        return p  # the largest values are one tied value: there is no tail to fit
    beyond_threshold = np.maximum(0, observed[far] - threshold)
    steps = beyond_threshold / scale
    log_tail = -np.log1p(shape * steps) / shape if shape > 0 else -steps
    fitted = length / size * np.exp(np.maximum(log_tail, -690))
    p[far] = np.clip(fitted, SMALLEST_P, FEW_BEYOND / (size + 1))
    return p


def _pareto(excess: FloatArray) -> tuple[float, float]:
    """Return scale and shape (≥ 0) of the generalised Pareto behind these ascending excesses."""
    n = len(excess)
    mean = float(excess.mean())
    rank = (np.arange(1, n + 1) - 0.35) / n
    weighted = float(np.mean((1 - rank) * excess))
    gap = mean - 2 * weighted
    if gap <= 0:
        return mean, 0.0
    shape = 2 - mean / gap
    return (2 * mean * weighted / gap, shape) if shape > 0 else (mean, 0.0)


@dataclass(frozen=True, slots=True)
class LocalMoran:
    """Local Moran of EB-standardised rates; (U,), NaN or "" where not observed or without neighbours."""

    statistic: FloatArray
    p: FloatArray  # two-sided, of the mean of the neighbours
    quadrant: npt.NDArray[np.str_]  # "HH", "LL", "HL" (high among low) or "LH"
    overall: float  # Moran's I of the map


def local_moran_eb(
    k: npt.ArrayLike,
    m: npt.ArrayLike,
    neighbours: csr_matrix,
    permutations: int = 99_999,
    seed: int = 0,
) -> LocalMoran:
    """Return Local Moran of EB-standardised rates, row-standardised weights.

    I_i = z_i · mean of the neighbours' z / (Σ z²/n): Anselin (1995), Geogr. Anal. 27:93–115,
    doi:10.1111/j.1538-4632.1995.tb00338.x, eq. 12; rates after Assunção & Reis (1999). The mean of the
    I_i is Moran's I. For libpysal's sids2 (SID79 of BIR79) it is 0.166223435526.

    >>> line = csr_matrix([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]])
    >>> moran = local_moran_eb([9, 7, 1, 2], [20, 20, 20, 20], line)
    >>> moran.statistic.round(2), moran.quadrant.tolist(), round(moran.overall, 4)
    (array([0.85, 0.05, 0.08, 0.92]), ['HH', 'HH', 'LL', 'LL'], 0.4777)
    """
    rate = eb_standardised(k, m)
    if rate.ndim != 1:
        raise StatisticError("k and m must be (U,) arrays")
    check_neighbours(neighbours, len(rate))
    seen = np.isfinite(rate)
    z = rate - (rate[seen].mean() if seen.any() else np.nan)
    around = windows(z, neighbours, include_self=False)
    tested = seen & (around.size > 0)
    statistic, p = np.full(len(z), np.nan), np.full(len(z), np.nan)
    quadrant = np.full(len(z), "", dtype="<U2")
    spread = float(np.mean(z[seen] ** 2)) if seen.any() else 0.0
    if spread == 0 or not tested.any():
        return LocalMoran(statistic, p, quadrant, float("nan"))
    lag = around.total[tested] / around.size[tested]
    statistic[tested] = z[tested] * lag / spread
    p[tested] = window_p(z[seen], around.total[tested], around.size[tested], permutations, seed, "two-sided")
    own = np.where(z[tested] > 0, "H", "L")
    quadrant[tested] = np.strings.add(own, np.where(lag > 0, "H", "L"))
    return LocalMoran(statistic, p, quadrant, float(statistic[tested].mean()))


def false_discovery(p: npt.ArrayLike, q: float = 0.05) -> BoolArray:
    """Return which p-values are discoveries at false-discovery rate q; same shape, NaN never.

    Benjamini & Hochberg (1995), J. R. Stat. Soc. B 57:289–300, doi:10.1111/j.2517-6161.1995.tb02031.x.
    The family is everything passed: pass all areas and all categories of one page together, (C, U).

    >>> false_discovery([0.01, np.nan, 0.02, 0.04, 0.9])
    array([ True, False,  True, False, False])
    """
    values = np.asarray(p, dtype=np.float64)
    level = open_share("q", q)
    known = np.isfinite(values)
    if np.any((values[known] < 0) | (values[known] > 1)) or np.any(np.isinf(values)):
        raise StatisticError("p must lie between 0 and 1, or be NaN")
    flagged = np.zeros(values.shape, dtype=np.bool_)
    if known.any():
        from scipy.stats import false_discovery_control  # half a second of imports, needed only here

        flagged[known] = false_discovery_control(values[known]) <= level
    return flagged


def check_neighbours(neighbours: csr_matrix, n_units: int) -> None:
    """Raise StatisticError unless this is (U, U) CSR of 0/1 without a diagonal."""
    if getattr(neighbours, "format", "") != "csr" or neighbours.shape != (n_units, n_units):
        raise StatisticError(f"neighbours must be a CSR matrix of shape ({n_units}, {n_units})")
    if len(neighbours.data) and (np.any(neighbours.data != 1) or neighbours.diagonal().any()):
        raise StatisticError("neighbours must hold only 0 and 1, and nobody is their own neighbour")


def _values(x: npt.ArrayLike) -> FloatArray:
    try:
        values = np.asarray(x, dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise StatisticError("x must hold numbers") from problem
    if values.ndim != 1 or np.any(np.isinf(values)):
        raise StatisticError("x must be a (U,) array of finite numbers or NaN")
    return values
