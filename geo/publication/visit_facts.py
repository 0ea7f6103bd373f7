"""What every counted visit says, as arrays, and how many stations and teams stand behind any figure of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from geo.model.form_masks import MaskArray, has_bit
from geo.publication import visit_numbers

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

STAGES_COUNT: Final = 4  # opening, voting, closing, counting
SEVERITIES_COUNT: Final = 3  # findings from low, from medium, from high severity on

Kind = Literal[
    "seen", "asked", "rated", "category", "found", "negative", "category_found", "turnout", "number"
]


class FactColumn(NamedTuple):
    """One thing to count stations by. `stage`: 0 for all, else 1 to 4.

    `of`: which of several: the least severity (0 to 2), the category's position, or the number's.
    """

    kind: Kind
    stage: int = 0
    of: int = 0


@dataclass(frozen=True, eq=False)
class VisitFacts:
    """The counted visits, V of them. `station`, `team`: (V,) positions; team -1 for none.

    `stage`: (V,) 1 to 4. `seen`: the visit observed. `asked`, `found`: (V, 3) by least severity: did the
    form ask about such a category, was such a finding reported. `categories_asked`, `categories_found`:
    (V, W) uint64, a bit per category (`geo.model.form_masks`). `rated`, `negative`: was the whole
    assessed, and as bad. `registered`, `voted`: (V,) at closing or counting, -1 where the form does not say.
    `numbers`: (V, K) of `visit_numbers`, -1 likewise.
    """

    station: IntArray
    team: IntArray
    stage: IntArray
    seen: BoolArray
    asked: BoolArray
    found: BoolArray
    categories_asked: MaskArray
    categories_found: MaskArray
    rated: BoolArray
    negative: BoolArray
    registered: IntArray
    voted: IntArray
    numbers: IntArray

    def __len__(self) -> int:
        return len(self.station)

    def taken(self, rows: npt.NDArray[np.generic]) -> VisitFacts:
        """Return the visits at these positions, or where this mask holds."""
        return VisitFacts(**{field.name: getattr(self, field.name)[rows] for field in fields(VisitFacts)})

    def has(self, column: FactColumn) -> BoolArray:
        """Return which visits count towards a column, (V,) bool."""
        if column.kind in ("category", "category_found"):
            bits = self.categories_asked if column.kind == "category" else self.categories_found
            held = has_bit(bits, column.of)
        elif column.kind == "turnout":
            held = self.voted >= 0
        elif column.kind == "number":
            held = self.seen & (self.numbers[:, column.of] >= 0)
        elif column.kind in ("asked", "found"):
            held = getattr(self, column.kind)[:, column.of]
        else:
            held = getattr(self, column.kind)
        return np.asarray(held & (self.stage == column.stage)) if column.stage else np.asarray(held)

    @cached_property
    def team_stations(self) -> tuple[IntArray, IntArray]:
        """Every team that is named with every station it saw, each pair once: (P,) teams, (P,) stations."""
        rows = np.flatnonzero(self.seen & (self.team >= 0))
        order = rows[np.lexsort((self.station[rows], self.team[rows]))]
        team, station = self.team[order], self.station[order]
        is_new = np.ones(len(order), dtype=bool)
        is_new[1:] = (np.diff(team) != 0) | (np.diff(station) != 0)
        return team[is_new], station[is_new]

    @cached_property
    def has_travelled(self) -> bool:
        """Whether any team that is named saw two stations."""
        team, _ = self.team_stations  # ascending
        return bool((np.diff(team) == 0).any())

    def signature(self) -> npt.NDArray[np.uint64]:
        """Return a number per visit that differs where anything but its station does, (V,)."""
        flags = np.column_stack([self.seen, self.asked, self.found, self.rated, self.negative])
        mixed = (flags @ (1 << np.arange(flags.shape[1]))).astype(np.uint64)
        counts = (self.registered, self.voted, *self.numbers.T)
        for part in (self.team, self.stage, *counts, *self.categories_asked.T, *self.categories_found.T):
            mixed = _scrambled(mixed ^ part.astype(np.uint64))
        return mixed


def joined(one: VisitFacts, other: VisitFacts) -> VisitFacts:
    """Return the visits of both."""
    return VisitFacts(
        **{
            field.name: np.concatenate([getattr(one, field.name), getattr(other, field.name)])
            for field in fields(VisitFacts)
        }
    )


def day_columns() -> list[FactColumn]:
    """Return the protected columns of the whole day that every unit is told by."""
    return [
        FactColumn("seen"),
        *(FactColumn("asked", 0, of) for of in range(SEVERITIES_COUNT)),
        FactColumn("rated"),
    ]


def category_columns(categories: Sequence[int]) -> list[FactColumn]:
    """Return the protected columns of the table of categories."""
    return [FactColumn("category", 0, of) for of in categories]


def stage_columns() -> list[FactColumn]:
    """Return the protected columns of the table of stages."""
    found: list[FactColumn] = []
    for stage in range(1, STAGES_COUNT + 1):
        found += [FactColumn("seen", stage), FactColumn("rated", stage)]
        found += [FactColumn("asked", stage, of) for of in range(SEVERITIES_COUNT)]
    return found


def number_columns() -> list[FactColumn]:
    """Return the columns of the stations behind every median, of the day and by stage."""
    stages, numbers = range(STAGES_COUNT + 1), range(len(visit_numbers.NUMBERS))
    return [FactColumn("number", stage, of) for of in numbers for stage in stages]


def stations_by(facts: VisitFacts, column: FactColumn, unit_of_station: IntArray, units: int) -> IntArray:
    """Return how many distinct stations count towards a column in every unit, (U,). -1 is no unit."""
    is_there = np.zeros(len(unit_of_station), dtype=bool)
    is_there[facts.station[facts.has(column)]] = True
    unit = unit_of_station[is_there]
    return np.bincount(unit[unit >= 0], minlength=units).astype(np.int64)


def teams_by(facts: VisitFacts, column: FactColumn, unit_of_station: IntArray, units: int) -> csr_matrix:
    """Return which teams stand behind a column in every unit, (U, T) of 0/1; teams numbered as they come."""
    rows = facts.has(column) & (facts.team >= 0)
    unit, team = unit_of_station[facts.station[rows]], facts.team[rows]
    inside = unit >= 0
    shape = (units, int(facts.team.max(initial=-1)) + 1)
    met = csr_matrix((np.ones(int(inside.sum()), np.int32), (unit[inside], team[inside])), shape=shape)
    met.sum_duplicates()
    met.data[:] = 1
    return met


def _scrambled(value: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Murmur3's 64-bit finaliser: one changed bit changes half of all."""
    value = (value ^ (value >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    value = (value ^ (value >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return np.asarray(value ^ (value >> np.uint64(33)))
