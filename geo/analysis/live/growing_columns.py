"""Columns that grow at their end without being copied, and rows by what they belong to."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from geo.model.form_masks import MaskArray, mask_of_words, words_of

ROOM: Final = 4_096  # rows of slack at least; an eighth of the column for long ones


class GrowingNumbers:
    """Owns a numpy column with room behind its last row: readers hold views of the rows before it.

    A row that was published never changes in place: `put` copies the column first, once per publication.
    """

    def __init__(self, column: npt.NDArray[Any]) -> None:
        self._published = 0
        self.count = len(column)
        self._own(_with_room(column, len(column) + max(ROOM, len(column) // 8)))

    def append(self, value: Any) -> None:
        if self.count == len(self._rows):
            self._own(_with_room(self._rows, 2 * self.count))
        self._memory[self.count] = value
        self.count += 1

    def put(self, row: int, value: Any) -> None:
        if self.item(row) == value:
            return
        if row < self._published:
            self._own(self._rows.copy())
        self._memory[row] = value

    def view(self) -> npt.NDArray[Any]:
        """Return the rows so far, read-only, sharing memory with every view taken before and after."""
        self._published = self.count
        seen = self._rows[: self.count]
        seen.setflags(write=False)
        return seen

    def _own(self, rows: npt.NDArray[Any]) -> None:
        # one number at a time goes through a view of the memory, in half the time an array takes
        self._rows, self._published, self._memory = rows, 0, rows.data
        self.item: Callable[[int], Any] = self._memory.__getitem__


class GrowingMasks:
    """Owns what forms asked about, (V, W), as one growing column; a row of words is one mask from outside."""

    def __init__(self, column: MaskArray) -> None:
        self._width = column.shape[1]
        self._words = GrowingNumbers(column.reshape(-1))

    def append(self, value: int) -> None:
        for word in words_of(value, self._width):
            self._words.append(word)

    def put(self, row: int, value: int) -> None:
        for place, word in enumerate(words_of(value, self._width)):
            self._words.put(row * self._width + place, word)

    def item(self, row: int) -> int:
        first = row * self._width
        return mask_of_words(self._words.item(place) for place in range(first, first + self._width))

    def view(self) -> MaskArray:
        """Return the rows so far, read-only, sharing memory as `GrowingNumbers.view` does."""
        return self._words.view().reshape(-1, self._width)


class GrowingTexts:
    """Owns an Arrow column: what was there at first is one piece for ever, later rows are few pieces."""

    def __init__(self, column: pa.Array | pa.ChunkedArray) -> None:
        self._pieces = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
        self._first, self._before = len(self._pieces), len(column)
        self._new: list[str] = []
        self._late: list[str] = []

    def append(self, value: str) -> None:
        self._new.append(value)
        self._late.append(value)

    def item(self, row: int) -> str:
        if row >= self._before:
            return self._late[row - self._before]
        for piece in self._pieces:
            if row < len(piece):
                return str(piece[row].as_py())
            row -= len(piece)
        raise IndexError(row)

    def view(self) -> pa.Array | pa.ChunkedArray:
        """Return all rows; pieces double in size, so that a day of reports is a dozen of them."""
        if self._new:
            self._pieces.append(pa.array(self._new, pa.large_string()))
            self._new = []
        pieces = self._pieces
        while len(pieces) > self._first + 1 and len(pieces[-2]) <= 2 * len(pieces[-1]):
            pieces[-2:] = [pa.concat_arrays(pieces[-2:])]
        return pieces[0] if len(pieces) == 1 else pa.chunked_array(pieces, pa.large_string())


class GrowingColumns:
    """Owns the growing columns of a table of reports, by field name."""

    def __init__(self, table: Any) -> None:
        self._kind = type(table)
        given = {field.name: getattr(table, field.name) for field in fields(table)}
        self.of: dict[str, Any] = {name: _growing(column) for name, column in given.items()}
        self.count = len(table)

    def append(self, cells: dict[str, Any]) -> int:
        """Add a row with a cell for every column; return its position."""
        for name, column in self.of.items():
            column.append(cells[name])
        self.count += 1
        return self.count - 1

    def view(self) -> Any:
        """Return the table as it stands, sharing what did not change with the ones before."""
        return self._kind(**{name: column.view() for name, column in self.of.items()})


class Rows:
    """Owns which rows belong to what: sorted once, then changed one by one."""

    def __init__(self, key: npt.NDArray[np.int32], keys: int) -> None:
        """`key`: (N,) what each row belongs to, -1 for nothing; `keys`: how many there are at first."""
        order = np.argsort(key, kind="stable").astype(np.int32)
        counts = np.bincount(key[key >= 0], minlength=keys)
        first = len(key) - int(counts.sum())
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64) + first
        self._starts, self._order = starts.data, order.data
        self._changed: dict[int, list[int]] = {}

    def at(self, key: int) -> list[int]:
        """Return the rows of a key, as a list that must not be changed; none for -1."""
        changed = self._changed.get(key)
        if changed is not None:
            return changed
        if not 0 <= key < len(self._starts) - 1:
            return []
        return self._order[self._starts[key] : self._starts[key + 1]].tolist()

    def add(self, key: int, row: int) -> None:
        if key >= 0:
            self._changed[key] = [*self.at(key), row]

    def move(self, old: int, new: int, row: int) -> None:
        if old == new:
            return
        if old >= 0:
            self._changed[old] = [other for other in self.at(old) if other != row]
        self.add(new, row)


class Pairs:
    """Owns how often each (unit, team) occurs under every choice, so that the last one out is noticed."""

    def __init__(self, occurrences: Sequence[tuple[npt.NDArray[Any], npt.NDArray[Any]]]) -> None:
        """`occurrences`: for every choice unit and team, (n,) each, none missing."""
        counted = [
            np.unique(unit.astype(np.int64) << 32 | team.astype(np.int64), return_counts=True)
            for unit, team in occurrences
        ]
        keys = np.unique(np.concatenate([own for own, _ in counted]))
        counts = np.zeros((len(keys), len(counted)), dtype=np.int32)
        for choice, (own, count) in enumerate(counted):
            counts[np.searchsorted(keys, own), choice] = count
        self._keys, self._counts = keys.data, counts
        self._changed: dict[int, list[int]] = {}

    def change(self, choice: int, unit: int, team: int, by: int) -> int:
        """Count an occurrence in or out; return +1 if the pair is new, -1 if it is gone, else 0."""
        key = unit << 32 | team
        counts = self._changed.get(key)
        if counts is None:
            counts = self._changed[key] = self._found(key)
        before = counts[choice]
        counts[choice] = before + by
        return int(before + by > 0) - int(before > 0)

    def _found(self, key: int) -> list[int]:
        """Return how often a pair occurred at first, by choice: looked for once for all of them."""
        place = bisect_left(self._keys, key)
        is_there = place < len(self._keys) and self._keys[place] == key
        counts: list[int] = self._counts[place].tolist() if is_there else [0] * self._counts.shape[1]
        return counts


def _growing(column: Any) -> GrowingNumbers | GrowingMasks | GrowingTexts:
    if not isinstance(column, np.ndarray):
        return GrowingTexts(column)
    return GrowingNumbers(column) if column.ndim == 1 else GrowingMasks(column)


def _with_room(column: npt.NDArray[Any], room: int) -> npt.NDArray[Any]:
    rows = np.empty(room, dtype=column.dtype)
    rows[: len(column)] = column
    return rows
