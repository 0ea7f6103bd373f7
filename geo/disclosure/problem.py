"""Figures that are sums of parts, and what a reader knows of them when some are hidden."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, vstack

from geo.disclosure.audit import BoolArray, FloatArray, IntArray, Known

# A hidden count must stay possible this far to both sides of the truth, whichever is more.
LEAST_WIDTH: Final = 2.0
RELATIVE_WIDTH: Final = 0.2
TOLERANCE: Final = 1e-6


@dataclass(frozen=True, eq=False)
class Figures:
    """F figures that are sums of P parts; what a reader knows of each, shown or hidden.

    `key`: distinct texts, which decide ties. `rows`: (F, P) of 0/1. `value`: (F,) the truth.
    `shown_low`, `shown_high`: what showing it tells (equal where exact; 1 and 2 for "<3").
    `hidden_low`, `hidden_high`: what is known though it is hidden. `need_low`, `need_high`: the range
    that must remain possible; NaN for figures nobody needs to protect. `loss`: what hiding it costs,
    inf where it cannot be hidden. `upper`: (P,) what everybody knows no part exceeds.
    `limits`: (L, P), everybody knows limits @ parts ≥ 0. `sums`: a figure → figures that add up to it.
    `nested`: (E, 2), pairs of figures, the parts of the second being among those of the first. `region`:
    (P,) where each part lies, such as its area. `slots`: parts come in runs of this length, alike in
    meaning, with the same limits within each; 0 if not. `truth`: (P,) the parts' true values, empty where
    not given. These four only save work.
    """

    key: tuple[str, ...]
    rows: csr_matrix
    value: FloatArray
    shown_low: FloatArray
    shown_high: FloatArray
    hidden_low: FloatArray
    hidden_high: FloatArray
    need_low: FloatArray
    need_high: FloatArray
    loss: FloatArray
    upper: FloatArray
    limits: csr_matrix
    sums: Mapping[int, IntArray]
    nested: IntArray = field(default_factory=lambda: np.zeros((0, 2), dtype=np.int64))
    region: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    slots: int = 0
    truth: FloatArray = field(default_factory=lambda: np.zeros(0))


PER_FIGURE: Final = (
    *("value", "shown_low", "shown_high", "hidden_low", "hidden_high"),
    *("need_low", "need_high", "loss"),
)


def merged(figures: Figures, primary: BoolArray) -> tuple[Figures, IntArray]:
    """Return the figures with runs of parts that nobody can tell apart put into one, and which remain, (F',).

    Runs may be merged that lie in the same figures, of which no figure of their own is ever shown or in
    need of protection: a hidden cell that nobody visited, beside others of its area. Everything that k
    of them can hold together one k times as large can hold, so no range changes.
    """
    every = np.arange(len(figures.key))
    if not figures.slots or figures.slots == len(figures.upper):
        return figures, every
    runs = len(figures.upper) // figures.slots
    run = np.repeat(np.arange(runs), figures.slots)
    of_run = csr_matrix((np.ones(len(run)), (np.arange(len(run)), run)))
    touched = csr_matrix(figures.rows @ of_run)
    is_own = np.diff(touched.indptr) <= 1
    silent = primary & np.isnan(figures.need_low) & (figures.hidden_low <= 0)
    silent &= figures.hidden_high >= figures.rows @ np.minimum(figures.upper, 1e18)
    speaks = is_own & ~silent
    upper = figures.upper.reshape(runs, figures.slots)
    may_merge = (upper == upper[:, :1]).all(axis=1)
    may_merge &= np.asarray(touched[speaks].sum(axis=0)).ravel() == 0
    first = _first_alike(figures.rows[~is_own], upper, may_merge)
    total = np.zeros(runs)
    np.add.at(total, first, upper[:, 0])
    stays = first == np.arange(runs)
    parts = np.repeat(stays, figures.slots)
    gone = np.asarray(touched[:, may_merge].sum(axis=1)).ravel() > 0
    kept = np.flatnonzero(~(is_own & gone))
    place = np.full(len(every), -1, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    limits = figures.limits[:, parts]
    truth = figures.truth
    if len(truth):
        together = np.zeros((runs, figures.slots))
        np.add.at(together, first, truth.reshape(runs, figures.slots))
        truth = together[stays].ravel()
    nested = place[figures.nested]
    merged_upper = np.where(may_merge, total, upper[:, 0])[:, None]
    fewer = replace(
        figures,
        key=tuple(figures.key[i] for i in kept.tolist()),
        rows=csr_matrix(figures.rows[kept][:, parts]),
        upper=np.where(may_merge[:, None], merged_upper, upper)[stays].ravel(),
        limits=csr_matrix(limits[np.diff(csr_matrix(limits).indptr) > 0]),
        sums={int(place[whole]): place[of] for whole, of in figures.sums.items()},
        nested=nested[(nested >= 0).all(axis=1)],
        region=figures.region[parts] if len(figures.region) else figures.region,
        truth=truth,
        **{name: getattr(figures, name)[kept] for name in PER_FIGURE},
    )
    return fewer, kept


def _first_alike(rows: csr_matrix, upper: FloatArray, may_merge: BoolArray) -> IntArray:
    """Return for every run the first that lies in the same figures, itself where it may not be merged."""
    runs, slots = upper.shape
    weight = np.random.default_rng(20051204).integers(-(2**62), 2**62, rows.shape[0], dtype=np.int64)
    sums = np.zeros(runs * slots, dtype=np.int64)
    entries = rows.tocoo()
    np.add.at(sums, entries.col, weight[entries.row])
    shape = np.column_stack([sums.reshape(runs, slots), np.isfinite(upper[:, 0])])
    shape = np.column_stack([shape, np.where(may_merge, -1, np.arange(runs))])
    _, first, group = np.unique(shape, axis=0, return_index=True, return_inverse=True)
    return np.asarray(first[group.reshape(-1)], dtype=np.int64)


def width(values: npt.ArrayLike) -> FloatArray:
    """Return how far to each side a hidden count must stay possible: 2, or a fifth if that is more.

    >>> width([1, 10, 40])
    array([2., 2., 8.])
    """
    counts = np.asarray(values, dtype=np.float64)
    return np.maximum(LEAST_WIDTH, np.ceil(RELATIVE_WIDTH * counts - TOLERANCE))


def known(figures: Figures, hidden: BoolArray) -> Known:
    """Return what a reader knows when exactly these figures are hidden, (F,) bool."""
    low = np.where(hidden, figures.hidden_low, figures.shown_low)
    high = np.where(hidden, figures.hidden_high, figures.shown_high)
    speaks = (low > 0) | np.isfinite(high)
    count = figures.limits.shape[0]
    return Known(
        rows=vstack([figures.rows[speaks], figures.limits], format="csr"),
        low=np.concatenate([low[speaks], np.zeros(count)]),
        high=np.concatenate([high[speaks], np.full(count, np.inf)]),
        upper=figures.upper,
    )
