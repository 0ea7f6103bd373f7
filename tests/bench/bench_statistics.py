"""How fast are clusters, and intervals beside statsmodels?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from geo.analysis import cluster_finding
from geo.analysis.cluster_finding import ScanRules
from geo.analysis.statistics import intervals
from geo.simulate import SimulationOptions, draw
from tests.bench import cluster_power
from tests.bench.measure import Disagreement, Row, Setting, median, row, timed

CELLS = 277 * 277  # about as many H3 cells as a country of India's size has at resolution 6


def rows(setting: Setting) -> Iterator[Row]:
    """Yield every comparison, as many units whatever the mission."""
    del setting
    yield _scan()
    yield _intervals()


def _row(name: str, ours: float, peer: str, peer_value: float | None, unit: str = "ms") -> Row:
    return row(name, ours, unit, "" if peer_value is None else peer, peer_value)


def milliseconds(call: Callable[[], object], repeat: int = 5) -> float:
    return 1e3 * median(call, repeat)


def near(what: str, ours: object, theirs: object) -> None:
    """Raise Disagreement unless the numbers are equal to nine digits."""
    if not np.allclose(ours, theirs, rtol=1e-9, atol=1e-12, equal_nan=True):
        raise Disagreement(f"{what}: ours and the peer's differ")


def _visits(n: int, seed: int = 1) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    rng = np.random.default_rng(seed)
    m = rng.integers(5, 60, n)
    return rng.binomial(m, 0.1), m


def _scan() -> Row:
    """A page of one choice: 2,000 stations of static observers, the planted hot spot there."""
    day = draw(SimulationOptions(preset="citizen", seed=11, districts=160, script=False))
    observed, answers = cluster_power.page_of(day)
    seconds = timed(lambda: cluster_finding.judge_together(observed, answers, ScanRules()))[1]
    return _row("clusters of a page, 9,580 stations, all its choices", seconds, "none", None, "s")


def _intervals() -> Row:
    from statsmodels.stats.proportion import proportion_confint

    k, m = _visits(CELLS)
    near("Wilson", intervals.wilson(k, m), proportion_confint(k, m, method="wilson"))
    ours = milliseconds(lambda: intervals.wilson(k, m))
    theirs = milliseconds(lambda: proportion_confint(k, m, method="wilson"), 2)
    return _row(f"Wilson's intervals, {CELLS} units", ours, "statsmodels", theirs)
