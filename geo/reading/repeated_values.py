"""A column whose texts repeat is read once per distinct text: two million forms say a few hundred things."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geo.model.columns import IntArray, whole
from geo.model.text_cells import Cells, cells_of, coded
from geo.reading.parse_values import Issue, Parsed, series

Kinds = npt.NDArray[np.int32]
# Cells from all over a column that tell whether it repeats. To find the distinct texts of a column that does
# not costs as much as to read it, so that is not tried.
LOOKED_AT: Final = 4_096
MOST_DISTINCT: Final = 0.5  # share of distinct texts among them up to which a column repeats


def once_each(
    column: Cells | pa.ChunkedArray, read: Callable[[Cells, Kinds], Parsed], kind_of_row: Kinds | None = None
) -> Parsed:
    """Return what `read` makes of a column, asked about each distinct cell only where most repeat.

    `kind_of_row`: (N,) int32 from 0, what a cell's meaning depends on besides its text, such as its zone.
    `read` must not mind how often, where and beside what a cell stands; it gets cells and their kinds.
    """
    kinds = np.zeros(len(column), dtype=np.int32) if kind_of_row is None else kind_of_row
    if not _repeats(column):
        return read(whole(column), kinds)
    words, codes = coded(column)
    if kind_of_row is None:
        return _spread(read(words, np.zeros(len(words), dtype=np.int32)), words, codes, column)
    width = int(kinds.max()) + 1
    codes, pairs = pd.factorize(codes * width + kinds)
    words = words.take(pa.array(pairs // width))
    return _spread(read(words, (pairs % width).astype(np.int32)), words, codes, column)


def _repeats(column: Cells | pa.ChunkedArray) -> bool:
    """Return whether cells from all over a column are few texts."""
    if not len(column):
        return False
    step = max(1, len(column) // LOOKED_AT)
    looked_at = column.take(pa.array(np.arange(0, len(column), step)))
    return len(pc.unique(looked_at)) <= MOST_DISTINCT * len(looked_at)


def _spread(parsed: Parsed, words: Cells, codes: IntArray, column: Cells | pa.ChunkedArray) -> Parsed:
    """Return what distinct cells say as what the column says that they, `words`, were taken from."""
    if isinstance(parsed.values.dtype, pd.StringDtype) and cells_of(parsed.values).equals(words):
        spread = series(column)  # nothing changed: no text has to be copied
    else:
        spread = pd.Series(parsed.values.array.take(codes))
    issues = (_spread_issue(issue, codes, len(words)) for issue in parsed.issues)
    return Parsed(spread, parsed.unread[codes], tuple(issues))


def _spread_issue(issue: Issue, codes: IntArray, count: int) -> Issue:
    is_odd = np.zeros(count, dtype=bool)
    is_odd[issue.at] = True
    at = np.flatnonzero(is_odd[codes])
    if isinstance(issue.expected, str):
        return Issue(issue.code, at, issue.expected)
    right: npt.NDArray[Any] = np.empty(count, dtype=object)
    right[issue.at] = issue.expected
    return Issue(issue.code, at, right[codes[at]])
