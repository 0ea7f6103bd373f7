"""Which version of a report holds: `reports` does it for a whole table, this for one that just came."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.analysis.live.growing_columns import GrowingColumns
from geo.model.columns import SortedTexts, whole


class Versions:
    """Owns the groups of rows that are versions of one report, and the ids they are known by."""

    def __init__(self, rows: GrowingColumns, table: Any, id_column: str, ordered: int) -> None:
        """`table`: the Visits or Incidents that `rows` began with, so many of them `ordered` by id."""
        self._rows, self._id = rows, id_column
        ids = whole(getattr(table, id_column))
        self._ids = SortedTexts(ids[:ordered])
        self._late = {name: row for row, name in enumerate(ids[ordered:].to_pylist(), ordered)}
        self._group: dict[int, list[int]] = {}
        self._corrected: set[int] = set()
        self._awaited: dict[str, list[int]] = {}
        names = whole(table.supersedes)
        named = np.flatnonzero(pc.not_equal(names, "").to_numpy(zero_copy_only=False))
        for row, name in zip(named.tolist(), names.take(pa.array(named)).to_pylist(), strict=True):
            older = self.find(name)
            if older < 0:
                self._awaited.setdefault(name, []).append(row)
            elif older != row:
                self._join(row, older)

    def find(self, text: str) -> int:
        """Return the row with an id, -1 for none."""
        late = self._late.get(text)
        return self._ids.find(text) if late is None else late

    def group(self, row: int) -> list[int]:
        """Return all versions of a report, itself among them."""
        return self._group.get(row) or [row]

    def joined_by(self, text: str, supersedes: str) -> list[int]:
        """Return all rows that will be versions of a report with this id once it is added."""
        versions = list(self.group(self.find(supersedes))) if supersedes else []
        for waiting in self._awaited.get(text, ()):
            versions += [row for row in self.group(waiting) if row not in versions]
        return versions

    def add(self, row: int, text: str, supersedes: str) -> None:
        """Add a new row and link it to what it corrects, and to what was waiting for it."""
        self._late[text] = row
        if supersedes:
            self._join(row, self.find(supersedes))
        for waiting in self._awaited.pop(text, ()):
            self._join(waiting, row)

    def holder(self, row: int) -> int:
        """Return the version that holds: of those nobody corrected the last received, ties by id."""
        group = self.group(row)
        if len(group) == 1:
            return row
        received, ids = self._rows.of["received"], self._rows.of[self._id]
        return max(
            group,
            key=lambda version: (version not in self._corrected, received.item(version), ids.item(version)),
        )

    def _join(self, newer: int, older: int) -> None:
        self._corrected.add(older)
        of_newer, other = self.group(newer), self.group(older)
        if of_newer is other:
            return
        merged = [*of_newer, *(row for row in other if row not in of_newer)]
        for row in merged:
            self._group[row] = merged
