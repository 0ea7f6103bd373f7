"""Arrow tables of typed formats as cells: types that lose nothing are kept, the rest becomes text."""

from __future__ import annotations

from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_INT64_MAX: Final = 2**63 - 1


def cells_of(table: pa.Table, file_columns: list[str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return a DataFrame of `file_columns`' cells, and notes on columns left out.

    int64, float64, bool and timestamps stay typed when no cell is empty (floats and timestamps may
    be: NaN, NaT); everything else is `str` with "" for empty, so that an id with a gap is not 186.0.
    """
    columns: dict[str, pd.Series] = {}
    notes: list[str] = []
    for name, column in zip(file_columns, table.columns, strict=True):
        cells = _cells(column)
        if cells is None:
            notes.append(f"column {name!r} holds bytes and was left out")
        else:
            columns[name] = cells
    return pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows)), tuple(notes)


def _cells(column: pa.ChunkedArray) -> pd.Series | None:
    kind = column.type
    if pa.types.is_large_binary(kind):
        return None
    if pa.types.is_timestamp(kind):
        # pandas keeps microseconds; finer ones are cut, as nobody's watch shows them
        return _series(column.cast(pa.timestamp("us", kind.tz), safe=False))
    if pa.types.is_floating(kind) or (column.null_count == 0 and pa.types.is_boolean(kind)):
        return _series(column)
    if column.null_count == 0 and pa.types.is_integer(kind) and _fits(column):
        return _series(column.cast(pa.int64()))
    return _series(pc.fill_null(column.cast(pa.large_string()), ""))


def _series(column: pa.ChunkedArray) -> pd.Series:
    series: pd.Series = column.to_pandas()
    return series


def _fits(column: pa.ChunkedArray) -> bool:
    if not pa.types.is_uint64(column.type) or not len(column):
        return True
    return int(pc.max(column).as_py()) <= _INT64_MAX
