"""Columns as the domain keeps them: read-only numpy arrays, immutable Arrow texts, one content hash."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
ByteArray = npt.NDArray[np.uint8]
IndexArray = npt.NDArray[np.int32]  # rows of another table, -1 for none: half the memory of int64
CodeArray = npt.NDArray[np.int8]
TimeArray = npt.NDArray[np.int64]  # microseconds since 1970 UTC; NO_TIME where missing

NO_TIME: Final = np.iinfo(np.int64).min
MINUTE: Final = 60_000_000  # microseconds


def frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the array, made read-only; a view is copied first so that its owner stays writable."""
    owned = array if array.base is None else array.copy()
    owned.setflags(write=False)
    return owned


def distinct(keys: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the distinct values, ascending, by sorting.

    `numpy.unique` hashes instead since 2.3: twenty times slower for millions of keys that mostly differ.
    """
    ordered = np.sort(keys)
    is_first = np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]
    return np.asarray(ordered[is_first])


def whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece; one that is of one piece already is not copied."""
    if isinstance(column, pa.Array):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def texts(values: Iterable[str] | pd.Series) -> pa.StringArray:
    """Return texts as one immutable Arrow array, "" for missing."""
    if isinstance(values, pd.Series) and isinstance(values.dtype, pd.StringDtype):
        filled = values.fillna("") if values.hasnans else values
        return whole(pa.array(filled, type=pa.large_string()))  # two million texts cost no Python object
    listed = values.fillna("").tolist() if isinstance(values, pd.Series) else list(values)
    return pa.array(listed, type=pa.large_string())


def codes(values: pd.Series, choices: Sequence[str]) -> CodeArray:
    """Return the position of every value in `choices`, (N,) int8, -1 for missing."""
    return frozen(_positions(values, choices).astype(np.int8))


def booleans(values: pd.Series) -> CodeArray:
    """Return 1 for true, 0 for false, -1 for missing, (N,) int8."""
    return frozen(values.astype("boolean").astype("Int8").fillna(-1).to_numpy(dtype=np.int8))


def numbers(values: pd.Series) -> npt.NDArray[np.float64]:
    """Return float64, NaN for missing."""
    return frozen(pd.to_numeric(values).astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan))


def times(values: pd.Series) -> TimeArray:
    """Return microseconds since 1970 UTC, (N,) int64, NO_TIME for missing."""
    moments = pd.to_datetime(values, utc=True).dt.as_unit("us")
    return frozen(moments.dt.tz_localize(None).to_numpy().astype("datetime64[us]").astype(np.int64))


def positions(values: Iterable[str] | pd.Series, index: pd.Index) -> IndexArray:
    """Return where each value stands in an index of distinct texts, (N,) int32, -1 for nowhere."""
    return frozen(_positions(values, index))


def _positions(values: Iterable[str] | pd.Series, known: Iterable[str] | pd.Index) -> IndexArray:
    place = pc.index_in(_arrow(values), value_set=_arrow(known))
    return np.asarray(place.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int32)


def sorted_by(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the rows in the order of a text column, numbered anew; most files already are."""
    texts_of = _arrow(frame[column])
    is_sorted = len(texts_of) < 2 or pc.all(pc.less_equal(texts_of[:-1], texts_of[1:])).as_py()
    if is_sorted:
        return frame.reset_index(drop=True)
    return frame.sort_values(column, kind="stable", ignore_index=True)


def _arrow(values: Iterable[str] | pd.Series | pd.Index) -> pa.Array:
    """Return texts as one Arrow array without a Python object each, null for missing."""
    held = values.array if isinstance(values, (pd.Series, pd.Index)) else list(values)
    return whole(pa.array(held, type=pa.large_string(), from_pandas=True))


_MARKED: Final = 256  # rows from one text held in memory to the next: 4,000 texts for a million rows


class SortedTexts:
    """Finds a text in a sorted Arrow column in microseconds, without a Python object per row."""

    def __init__(self, column: pa.Array) -> None:
        """`column`: large strings in the order of their UTF-8 bytes, distinct."""
        self._count = len(column)
        _, offsets, letters = column.buffers()
        rows = memoryview(offsets).cast("q") if offsets is not None and self._count else memoryview(b"")
        self._offsets = rows[column.offset : column.offset + self._count + 1]
        self._letters = memoryview(letters) if letters is not None else memoryview(b"")
        # the first steps of a search look at these texts, so that only the last eight read the column itself
        self._marks = [self._at(row) for row in range(0, self._count, _MARKED)]

    def find(self, text: str) -> int:
        """Return the position of a text, -1 if it is not there. O(log N)."""
        try:
            wanted = text.encode()
        except UnicodeEncodeError:
            return -1
        low = max(0, bisect_right(self._marks, wanted) - 1) * _MARKED
        offsets, letters, high = self._offsets, self._letters, min(low + _MARKED, self._count)
        while low < high:
            middle = (low + high) >> 1
            if bytes(letters[offsets[middle] : offsets[middle + 1]]) < wanted:
                low = middle + 1
            else:
                high = middle
        return low if low < self._count and self._at(low) == wanted else -1

    def _at(self, row: int) -> bytes:
        return bytes(self._letters[self._offsets[row] : self._offsets[row + 1]])


def content_hash(*parts: Any) -> str:
    """Return 16 hexadecimal digits of SHA-256 over columns, texts and frozen dataclasses of them.

    Equal content gives an equal hash on every machine; order of rows counts, so sort first.
    """
    digest = hashlib.sha256()
    for part in parts:
        _feed(digest, part)
    return digest.hexdigest()[:16]


def _feed(digest: Any, part: Any) -> None:
    if is_dataclass(part) and not isinstance(part, type):
        for field in fields(part):
            digest.update(field.name.encode())
            _feed(digest, getattr(part, field.name))
    elif isinstance(part, (pa.Array, pa.ChunkedArray)):
        _feed_texts(digest, part)
    elif isinstance(part, np.ndarray) and part.dtype == object:
        for wkb in shapely.to_wkb(part, byte_order=1, output_dimension=2):
            digest.update(len(wkb).to_bytes(8, "big") + wkb if wkb is not None else b"none")
    elif isinstance(part, np.ndarray):
        digest.update(f"{part.dtype.str}{part.shape}".encode() + np.ascontiguousarray(part).tobytes())
    elif isinstance(part, pd.DataFrame):
        for name in part.columns:
            _feed(digest, str(name))
            _feed_texts(digest, texts(part[name].astype("str")))
    elif hasattr(part, "items"):
        for key in sorted(part):
            digest.update(repr(key).encode())
            _feed(digest, part[key])
    else:
        digest.update(repr(part).encode() + b"\0")


def _feed_texts(digest: Any, array: pa.Array | pa.ChunkedArray) -> None:
    """Feed offsets from zero, then the letters: the same for a slice, for pieces and for a whole array."""
    pieces = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
    pieces = [piece.cast(pa.large_string()) for piece in pieces if len(piece)]
    letters = []
    before = np.zeros(1, dtype="<i8")
    digest.update(before.tobytes())
    for piece in pieces:
        _, offset_buffer, letter_buffer = piece.buffers()
        offsets = np.frombuffer(offset_buffer, dtype="<i8")[piece.offset : piece.offset + len(piece) + 1]
        digest.update((offsets[1:] - offsets[0] + before).tobytes())
        before = before + (offsets[-1] - offsets[0])
        if letter_buffer is not None:
            letters.append(memoryview(letter_buffer)[offsets[0] : offsets[-1]])
    for part in letters:
        digest.update(part)
