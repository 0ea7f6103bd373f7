"""The same knowledge in fewer variables: what anybody can work out at once is left out of the programs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix, vstack

from geo.disclosure.audit import BoolArray, FloatArray, IntArray, Known

ROUNDS: Final = 8  # what is worked out in one round may settle more in the next; two or three are usual
EXACT: Final = 1e-9


@dataclass(frozen=True, eq=False)
class Lean:
    """What a reader knows of the parts that are not determined.

    `free`: (P',) positions of those parts among all. `fixed`: (P,) the value of every other part, 0 for
    a free one. `known`: of the free parts; no row twice, none that says nothing. `label`: (P',) the
    connected piece of the program that each lies in. `is_fixed`: (P,) which parts are determined.
    """

    known: Known
    free: IntArray
    fixed: FloatArray
    is_fixed: BoolArray
    label: IntArray

    def whole(self, free: FloatArray) -> FloatArray:
        """Return all parts (P,) given the free ones; parts outside this piece are 0."""
        parts = self.fixed.copy()
        parts[self.free] = free
        return parts

    def elsewhere(self) -> FloatArray:
        """Return 1.0 for every part that is neither determined nor in this piece, (P,)."""
        away = (~self.is_fixed).astype(np.float64)
        away[self.free] = 0.0
        return away


def lean(known: Known, nested: IntArray) -> Lean:
    """Return the program without what follows by adding and subtracting alone; no range changes by it.

    `nested`: (E, 2) pairs of rows, the parts of the second being among those of the first: where both sums
    are exact so is their difference, and a difference of 0 is 0 in every part.
    """
    is_fixed, fixed = _determined(known, nested)
    free = np.flatnonzero(~is_fixed)
    told = _tidy(csr_matrix(known.rows[:, free]), known.rows @ fixed, known, known.upper[free])
    return Lean(known=told, free=free, fixed=fixed, is_fixed=is_fixed, label=pieces(told.rows))


def _tidy(rows: csr_matrix, offset: FloatArray, known: Known, upper: FloatArray) -> Known:
    """Return offset + rows @ parts between the ends of `known`, without rows said twice or saying nothing."""
    rows.sort_indices()
    low, high = known.low - offset, known.high - offset
    # a sum of counts is at least 0 without being told
    low = np.where((_least_coefficient(rows) >= 0) & (low <= EXACT), -np.inf, low)
    speaks = (np.diff(rows.indptr) > 0) & (np.isfinite(low) | np.isfinite(high))
    kept, group = unique_rows(csr_matrix(rows[speaks]))
    ends = np.full((2, len(kept)), -np.inf)
    np.maximum.at(ends[0], group, low[speaks])
    np.maximum.at(ends[1], group, -high[speaks])
    return Known(rows=csr_matrix(rows[speaks][kept]), low=ends[0], high=-ends[1], upper=upper)


def around(whole: Lean, parts: IntArray) -> Lean:
    """Return the pieces of the program in which these parts (positions among all) lie."""
    wanted = np.zeros(len(whole.fixed), dtype=bool)
    wanted[parts] = True
    touched = np.unique(whole.label[wanted[whole.free]])
    inside = np.isin(whole.label, touched)
    rows = whole.known.rows
    first = np.zeros(rows.shape[0], dtype=np.int64)
    first[:] = rows.indices[rows.indptr[:-1]] if rows.nnz else 0
    speaks = inside[first] if rows.shape[0] else np.zeros(0, dtype=bool)
    known = whole.known
    told = Known(
        rows=csr_matrix(rows[speaks][:, inside]),
        low=known.low[speaks],
        high=known.high[speaks],
        upper=known.upper[inside],
    )
    return replace(whole, known=told, free=whole.free[inside], label=whole.label[inside])


def pieces(rows: csr_matrix) -> IntArray:
    """Return the connected piece of every column, (P,), columns being joined by rows."""
    count, parts = rows.shape
    entries = rows.tocoo()
    size = count + parts
    links = csr_matrix((np.ones(entries.nnz), (entries.row, count + entries.col)), shape=(size, size))
    from scipy.sparse.csgraph import connected_components  # a tenth of a second of imports, needed only here

    _, label = connected_components(links, directed=False)
    return np.asarray(label[count:], dtype=np.int64)


def unique_rows(rows: csr_matrix) -> tuple[IntArray, IntArray]:
    """Return the first of every set of equal rows, (K,), and for each row which of these it equals, (R,).

    By a 64-bit sum of random weights: that two different rows agree in it is out of reach of chance.
    """
    random = np.random.default_rng(20051204)
    weight = random.integers(-(2**62), 2**62, rows.shape[1], dtype=np.int64)
    whole = rows.astype(np.int64)
    sums = np.zeros(rows.shape[0], dtype=np.int64)
    entries = whole.tocoo()
    with np.errstate(over="ignore"):
        np.add.at(sums, entries.row, weight[entries.col] * entries.data)
    _, first, group = np.unique(sums, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")  # in the order of the rows
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return first[order].astype(np.int64), place[group.reshape(-1)]


def _determined(known: Known, nested: IntArray) -> tuple[BoolArray, FloatArray]:
    """Which parts have but one possible value, (P,) bool, and these values, (P,) with 0 elsewhere."""
    rows, value = _equations(known, nested)
    caps = _caps(known)
    is_fixed = known.upper <= 0
    fixed = np.zeros(len(known.upper))
    for _ in range(ROUNDS):
        free = (~is_fixed).astype(np.float64)
        left, count = value - rows @ fixed, rows @ free
        nothing = (left <= EXACT) & (count > 0)
        zero = (rows[nothing].T @ np.ones(int(nothing.sum()))) > 0
        if caps is not None:
            most, of = caps
            # of these sums of parts none exceeds another sum that is already nothing
            closed = (most @ free == 0) & (most @ fixed - of @ fixed <= EXACT)
            zero |= (of[closed].T @ np.ones(int(closed.sum()))) > 0
        alone = np.flatnonzero((count == 1) & (left > EXACT))
        only = csr_matrix(rows[alone].multiply(free)).tocoo()
        told = only.data != 0
        settled = np.zeros(len(fixed), dtype=bool)
        settled[only.col[told]] = True
        new_zero = zero & ~is_fixed
        new_value = settled & ~is_fixed & ~new_zero
        if not (new_zero.any() or new_value.any()):
            break
        values = np.zeros(len(fixed))
        values[only.col[told]] = left[alone][only.row[told]]
        fixed = np.where(new_value, values, fixed)
        is_fixed = is_fixed | new_zero | new_value
    return is_fixed, fixed


def _equations(known: Known, nested: IntArray) -> tuple[csr_matrix, FloatArray]:
    """Exact sums of counts, and the differences of those that are nested."""
    exact = (known.low == known.high) & (_least_coefficient(known.rows) >= 0)
    pairs = nested[exact[nested].all(axis=1)] if len(nested) else nested
    difference = csr_matrix(known.rows[pairs[:, 0]] - known.rows[pairs[:, 1]])
    difference.eliminate_zeros()
    rows = csr_matrix(vstack([known.rows[exact], difference], format="csr"))
    value = np.concatenate([known.low[exact], known.low[pairs[:, 0]] - known.low[pairs[:, 1]]])
    return rows, value


def _caps(known: Known) -> tuple[csr_matrix, csr_matrix] | None:
    """Rows that say "this sum never exceeds that one": the greater sums and the lesser ones."""
    mixed = (_least_coefficient(known.rows) < 0) & (known.low == 0)
    if not mixed.any():
        return None
    rows = known.rows[mixed]
    return csr_matrix(rows.maximum(0)), csr_matrix((-rows).maximum(0))


def _least_coefficient(rows: csr_matrix) -> FloatArray:
    if rows.nnz == 0:
        return np.zeros(rows.shape[0])
    return np.asarray(rows.min(axis=1).todense(), dtype=np.float64).ravel()
