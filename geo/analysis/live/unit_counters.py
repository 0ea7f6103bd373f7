"""The counters of every area and cell under one choice, changed by what one station adds."""

from __future__ import annotations

from dataclasses import fields
from typing import Final

import numpy as np

from geo.analysis.live.growing_columns import Pairs
from geo.analysis.live.station_contribution import APART, SUMMED
from geo.model.columns import IndexArray, frozen
from geo.model.counts import Choice, Counts, counted_visits
from geo.model.registry import raised
from geo.model.snapshot import Snapshot, UnitKind
from geo.model.tables import OUTCOMES

TEAMS: Final = len(SUMMED)  # the column after the sums
_WIDTH: Final = TEAMS + 1
Key = tuple[UnitKind, int, Choice]


class UnitCounters:
    """Owns the counters of one kind of unit under one choice: areas of a level, or cells."""

    def __init__(
        self, snapshot: Snapshot, key: Key, of_station: IndexArray, pairs: Pairs, place: int
    ) -> None:
        """`of_station`: (N,) the unit of every station, -1 for none; `pairs`: of observed visits, the
        choice in its `place`. Both are shared by all choices.
        """
        kind, level, choice = key
        counted = snapshot.counts(kind, level, choice)
        self.key, self._pairs, self._place = key, pairs, place
        self._unit = of_station.data
        self._of_area = raised(snapshot.registry.areas, level).tolist() if kind == "area" else []
        self._still = {name: getattr(counted, name) for name in ("stations", "voters")}
        columns = [getattr(counted, name) for name in (*SUMMED, "teams")]
        self._table = np.ascontiguousarray(np.stack(columns, axis=1, dtype=np.int64))
        self._cell = self._table.reshape(-1).data  # takes a number in 20 ns, an array in 100
        self._made: Counts | None = counted

    def change(self, station: int, added: list[tuple[int, int]], gone: list[int], come: list[int]) -> None:
        """Add a station's difference to its unit.

        `added`: column and number. `gone`, `come`: the teams of its observed visits.
        """
        unit = self._unit[station]
        if unit < 0:
            return
        self._made = None
        first = _WIDTH * unit
        for column, number in added:
            self._cell[first + column] += number
        for team in come:
            self._cell[first + TEAMS] += self._pairs.change(self._place, unit, team, 1)
        for team in gone:
            self._cell[first + TEAMS] += self._pairs.change(self._place, unit, team, -1)

    def change_apart(self, area: int, by: int) -> None:
        """Add findings known to an area only."""
        unit = self._of_area[area] if self._of_area and area >= 0 else -1
        if unit >= 0:
            self._made = None
            self._cell[_WIDTH * unit + APART] += by

    def counts(self) -> Counts:
        """Return the counters as they stand, immutable; the same object until one changes."""
        if self._made is None:
            columns = {name: frozen(self._table[:, place].copy()) for place, name in enumerate(SUMMED)}
            teams = frozen(self._table[:, TEAMS].copy())
            self._made = Counts(**self._still, **columns, teams=teams)
        return self._made


def of_every_kind(snapshot: Snapshot, choices: tuple[Choice, ...]) -> dict[Choice, list[UnitCounters]]:
    """Return the counters of every level that has areas, and of cells, under every choice."""
    areas = snapshot.registry.areas
    kinds: list[tuple[UnitKind, int]] = [("area", level) for level in sorted({*areas.level.tolist(), 1})]
    counters: dict[Choice, list[UnitCounters]] = {choice: [] for choice in choices}
    for kind, level in [*kinds, ("cell", 0)]:
        of_station = snapshot.unit_of_station(kind, level)
        pairs = Pairs([_observed(snapshot, choice, of_station) for choice in choices])
        for place, choice in enumerate(choices):
            counters[choice].append(UnitCounters(snapshot, (kind, level, choice), of_station, pairs, place))
    return counters


def _observed(snapshot: Snapshot, choice: Choice, of_station: IndexArray) -> tuple[IndexArray, IndexArray]:
    """Return unit and team of every observed visit that a choice counts, (n,) each."""
    visits = snapshot.visits
    unit = np.append(of_station, np.int32(-1))[visits.station]
    seen = counted_visits(visits, choice) & (visits.outcome == OUTCOMES.index("observed"))
    seen &= (unit >= 0) & (visits.team >= 0)
    return unit[seen], visits.team[seen]


assert {*SUMMED, "stations", "voters", "teams"} == {field.name for field in fields(Counts)}
