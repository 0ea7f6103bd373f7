"""How fast are hot spots and intervals beside esda and statsmodels?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, diags, identity

from geo.statistics import hotspots, intervals, rates, robust, scan
from tests.bench.measure import Disagreement, Row, Setting, median, row, timed

CELLS = 277 * 277  # about as many H3 cells as a country of India's size has at resolution 6


def rows(setting: Setting) -> Iterator[Row]:
    """Yield every comparison, as many cells whatever the mission; about a minute."""
    del setting
    yield from _hot_spots()
    for one in (_local_moran, _robust, _scan, _intervals):
        yield one()


def _row(name: str, ours: float, peer: str, peer_value: float | None, unit: str = "ms") -> Row:
    return row(name, ours, unit, "" if peer_value is None else peer, peer_value)


def milliseconds(call: Callable[[], object], repeat: int = 5) -> float:
    return 1e3 * median(call, repeat)


def near(what: str, ours: object, theirs: object) -> None:
    """Raise Disagreement unless the numbers are equal to nine digits."""
    if not np.allclose(ours, theirs, rtol=1e-9, atol=1e-12, equal_nan=True):
        raise Disagreement(f"{what}: ours and the peer's differ")


def lattice(side: int) -> csr_matrix:
    """Return the six neighbours of every cell of a hexagonal lattice, CSR of 0/1."""
    n = side * side
    column = np.arange(n) % side
    right = (column < side - 1).astype(np.int8)
    bands = {1: right[:-1], side: np.ones(n - side, np.int8), side + 1: right[: n - side - 1]}
    upper = diags(list(bands.values()), list(bands), shape=(n, n), dtype=np.int8)
    matrix = csr_matrix(upper + upper.T)
    matrix.eliminate_zeros()
    return matrix


def _visits(n: int, seed: int = 1) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    rng = np.random.default_rng(seed)
    m = rng.integers(5, 60, n)
    return rng.binomial(m, 0.1), m


def _hot_spots() -> list[Row]:
    from esda.getisord import G_Local
    from libpysal.weights import WSP

    neighbours = lattice(277)
    k, m = _visits(CELLS)
    x = rates.eb_standardised(k, m)

    def ours() -> None:
        hotspots.getis_ord(x, neighbours)
        hotspots.false_discovery(hotspots.permutation_p(x, neighbours))

    def peer(side: int, permutations: int) -> Callable[[], Any]:
        # the diagonal is in the weights already, so that esda need not rebuild them
        matrix = csr_matrix(lattice(side) + identity(side * side, dtype=np.int8, format="csr"))
        weights = WSP(csr_matrix(matrix, dtype=float)).to_W(silence_warnings=True)
        # Shifted, which changes no z: esda's changes its sign where the values add up to less than nothing.
        values = x[: side * side] - x.min() + 1.0
        return lambda: G_Local(
            values, weights, "B", permutations, True, keep_simulations=False, n_jobs=1, seed=1
        )

    peer(20, 9)()  # numba compiles once; that is not esda's speed
    near("Gi* z", hotspots.getis_ord(x, neighbours), peer(277, 0)().Zs)
    analytic = milliseconds(lambda: hotspots.getis_ord(x, neighbours))
    all_of_it = milliseconds(ours)
    z_only = milliseconds(peer(277, 0), 2)
    permuted = 1e3 * timed(peer(277, 999))[1]  # more is more than one can wait for
    return [
        _row(f"Gi* z, {CELLS} cells", analytic, "esda.G_Local, no permutations", z_only),
        _row(f"Gi* + 99,999 permutations + FDR, {CELLS} cells", all_of_it, "esda.G_Local, 999", permuted),
    ]


def _local_moran() -> Row:
    from esda.moran import Moran_Local_Rate
    from libpysal.weights import WSP

    neighbours = lattice(100)
    k, m = _visits(10_000)
    weights = WSP(csr_matrix(neighbours, dtype=float)).to_W(silence_warnings=True)
    ours = milliseconds(lambda: hotspots.local_moran_eb(k, m, neighbours))
    theirs = milliseconds(lambda: Moran_Local_Rate(k, m, weights, permutations=999, n_jobs=1), 2)
    return _row("Local Moran EB, 10,000 cells, 99,999 permutations", ours, "esda, 999", theirs)


def _robust() -> Row:
    rng = np.random.default_rng(2)
    side = 277
    unit = rng.integers(0, CELLS, 2_100_000)
    team = (unit // side // 4) * 70 + unit % side // 4
    inside = (abs(unit // side - 100) < 4) & (abs(unit % side - 100) < 4)
    finding = rng.random(len(unit)) < np.where(inside, 0.3, 0.1)
    neighbours = lattice(side)
    ours = milliseconds(lambda: robust.hot_spots(unit, team, finding, neighbours, n_units=CELLS), 2)
    return _row("robust hot spots, 2.1M visits, 4,900 teams", ours, "none", None)


def _scan() -> Row:
    rng = np.random.default_rng(3)
    x, y = rng.random((2, 1000)) * 500_000
    case = (rng.random(1000) < 0.1).astype(int)
    seconds = timed(lambda: scan.circular(x, y, case, 1 - case))[1]
    return _row("circular scan, 1,000 points, 999 replicates", seconds, "none", None, "s")


def _intervals() -> Row:
    from statsmodels.stats.proportion import proportion_confint

    k, m = _visits(CELLS)
    near("Clopper-Pearson", intervals.clopper_pearson(k, m), proportion_confint(k, m, method="beta"))
    ours = milliseconds(lambda: intervals.clopper_pearson(k, m))
    theirs = milliseconds(lambda: proportion_confint(k, m, method="beta"), 2)
    return _row(f"Clopper-Pearson, {CELLS} units", ours, "statsmodels", theirs)
