"""How closely can a hidden figure be worked out from those that are shown? Linear programming answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix, csr_matrix, hstack, identity, vstack

from geo.errors import StatisticError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

UNBOUNDED: Final = 3  # linprog's status codes
OPTIMAL: Final = 0


@dataclass(frozen=True, eq=False)
class Known:
    """What a reader can know of P parts: low ≤ rows @ parts ≤ high (R,), 0 ≤ parts ≤ upper (P,).

    Counts are whole numbers and the programs are over the reals: a range found here may be a little
    wider than what a reader who uses that can reach (docs/disclosure.md, Limits).
    """

    rows: csr_matrix
    low: FloatArray
    high: FloatArray
    upper: FloatArray


@dataclass(frozen=True, eq=False)
class Program:
    """The same, as linprog wants it: exact rows apart from one-sided ones."""

    exact: csr_matrix
    value: FloatArray
    below: csr_matrix
    limit: FloatArray
    upper: FloatArray


def program(known: Known) -> Program:
    """Return the linear program of what is known."""
    exact = known.low == known.high
    at_most = ~exact & np.isfinite(known.high)
    at_least = ~exact & np.isfinite(known.low)
    return Program(
        exact=known.rows[exact],
        value=known.low[exact],
        below=vstack([known.rows[at_most], -known.rows[at_least]], format="csr"),
        limit=np.concatenate([known.high[at_most], -known.low[at_least]]),
        upper=known.upper,
    )


def solve(objective: FloatArray, given: Program, highest: FloatArray | None = None) -> Any:
    """Return linprog's result for the least `objective`; `highest`: other upper ends for the variables.

    Raises StatisticError if what is known contradicts itself or the solver gives up.
    """
    upper = given.upper if highest is None else highest
    from scipy.optimize import linprog  # a quarter of a second of imports, needed only here

    result: Any = linprog(  # type: ignore[call-overload]
        objective,
        A_ub=given.below if given.below.shape[0] else None,
        b_ub=given.limit if given.below.shape[0] else None,
        A_eq=given.exact if given.exact.shape[0] else None,
        b_eq=given.value if given.exact.shape[0] else None,
        bounds=np.column_stack([np.zeros(len(upper)), upper]),
        method="highs",
    )
    if result.status not in (OPTIMAL, UNBOUNDED):
        raise StatisticError(f"the published figures contradict each other: {result.message}")
    return result


def bounds(known: Known, wanted: csr_matrix) -> tuple[FloatArray, FloatArray]:
    """Return the least and the greatest each wanted sum of parts can be, two (W,) arrays; inf unbounded.

    Two linear programs per row: for audits and tests, not for every release.
    """
    given = program(known)
    ends = np.zeros((2, wanted.shape[0]))
    for index in range(wanted.shape[0]):
        row = np.asarray(wanted[index].todense(), dtype=np.float64).ravel()
        for side, sign in enumerate((1.0, -1.0)):
            result = solve(sign * row, given)
            ends[side, index] = sign * result.fun if result.status == OPTIMAL else -sign * np.inf
    return ends[0] + 0.0, ends[1]


def audit(
    values: npt.ArrayLike, hidden: npt.ArrayLike, totals: csr_matrix, upper: npt.ArrayLike | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return the range a reader can work out for every hidden cell, in the order of the cells.

    `values`: (P,) true counts ≥ 0. `hidden`: (P,) bool. `totals`: (T, P) of 0/1, each row a published
    sum of cells. Three margins and one hidden cell give it away; four hidden cells do not:

    >>> values = [20, 50, 10, 8, 19, 22, 17, 32, 12]
    >>> audit(values, np.arange(9) == 3, margins(3, 3))
    (array([8.]), array([8.]))
    >>> audit(values, np.isin(np.arange(9), [0, 2, 3, 5]), margins(3, 3))
    (array([0., 2., 0., 2.]), array([28., 30., 28., 30.]))
    """
    counts = np.asarray(values, dtype=np.float64).ravel()
    mask = np.asarray(hidden, dtype=bool).ravel()
    if mask.shape != counts.shape or totals.shape[1] != len(counts):
        raise StatisticError("values, hidden and totals must speak of the same cells")
    cells = csr_matrix(identity(len(counts)))
    rows = vstack([cells[~mask], totals], format="csr")
    sums = rows @ counts
    top = np.full(len(counts), np.inf) if upper is None else np.asarray(upper, dtype=np.float64).ravel()
    low, high = bounds(Known(rows, sums, sums, top), cells[mask])
    return low.round(9), high.round(9)


def margins(rows: int, columns: int) -> csr_matrix:
    """Return the row and column totals of a table read row by row, (rows + columns, rows · columns)."""
    cell = np.arange(rows * columns)
    index = np.concatenate([cell // columns, rows + cell % columns])
    ones = np.ones(2 * len(cell))
    shape = (rows + columns, rows * columns)
    return csr_matrix(coo_matrix((ones, (index, np.tile(cell, 2))), shape=shape))


def side_by_side(*blocks: Any) -> csr_matrix:
    """Return matrices of equal height joined left to right."""
    return csr_matrix(hstack(blocks, format="csr"))
