"""Columns of a source as text: Arrow strings, "" for empty, and the distinct ones among many rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geo.model.columns import FloatArray, IntArray, whole

Cells: TypeAlias = Any  # pa.LargeStringArray (N,): one column of text, "" for empty, never null


def cells_of(column: pd.Series[Any], values: Mapping[str, str] | None = None) -> Cells:
    """Return a source column as text, its values replaced where the mission maps them.

    Whole floats lose their ".0", times become ISO 8601, missing becomes "".
    """
    return whole(text_of(column, values))


def text_of(column: pd.Series[Any], values: Mapping[str, str] | None = None) -> Cells | pa.ChunkedArray:
    """Return `cells_of` in as many pieces as it was read in: joining half a gigabyte takes seconds."""
    if pd.api.types.is_float_dtype(column.dtype):
        text = _text_of_floats(column.to_numpy(dtype=np.float64, na_value=np.nan))
    elif pd.api.types.is_datetime64_any_dtype(column.dtype):
        text = pa.array(
            np.asarray(column.map(pd.Timestamp.isoformat, na_action="ignore"), dtype=object),
            pa.large_string(),
            from_pandas=True,
        )
    else:
        text = _as_text(column)
    text = pc.fill_null(text.cast(pa.large_string()), "")
    return _mapped(whole(text), values) if values else text


def _as_text(column: pd.Series[Any]) -> Any:
    try:
        return pa.array(column, from_pandas=True).cast(pa.large_string())
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        plain = column.map(lambda cell: cell if isinstance(cell, str) else _shown(cell), na_action="ignore")
        return pa.array(np.asarray(plain, dtype=object), pa.large_string(), from_pandas=True)


def _shown(cell: object) -> str:
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)


def _text_of_floats(numbers: FloatArray) -> pa.Array:
    whole = np.isfinite(numbers) & (np.abs(numbers) < 2**53) & (numbers == np.floor(numbers))
    integers = pa.array(np.where(whole, numbers, 0).astype(np.int64)).cast(pa.large_string())
    floats = pa.array(numbers, from_pandas=True).cast(pa.large_string())
    return pc.if_else(pa.array(whole), integers, floats)


def _mapped(cells: Cells, values: Mapping[str, str]) -> Cells:
    coded = pc.dictionary_encode(cells)
    words = [values.get(word, values.get(word.strip(), word)) for word in coded.dictionary.to_pylist()]
    return pa.array(words, pa.large_string()).take(coded.indices)


def coded(column: Cells | pa.ChunkedArray) -> tuple[Cells, IntArray]:
    """Return the distinct cells of a column, and which of them stands in each row, (N,) int64."""
    coded = pc.dictionary_encode(column)
    pieces = coded.chunks if isinstance(coded, pa.ChunkedArray) else [coded]
    if not pieces:
        return pa.array([], pa.large_string()), np.empty(0, dtype=np.int64)
    codes = np.concatenate([piece.indices.to_numpy() for piece in pieces])
    return pieces[-1].dictionary, codes.astype(np.int64)
