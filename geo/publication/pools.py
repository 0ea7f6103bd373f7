"""Which units' tables are shown, all or nothing; those that would tell too little are told together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from geo.publication.exchanged_visits import ToldUnits, telling_of_too_few
from geo.publication.partition import FAILS, REGION, Partition, Rule
from geo.publication.visit_facts import (
    FactColumn,
    Kind,
    VisitFacts,
    category_columns,
    day_columns,
    stage_columns,
    stations_by,
    teams_by,
)

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


class Backing(NamedTuple):
    """What stands behind the columns of a table: for each of C columns, by unit.

    `stations`: (U, C) how many count. `teams`: for every column (U, T) of 0/1, which teams stand behind it.
    `found`: (U, C) how many of these stations have a finding; -1 in a column whose findings the table itself
    tells, or that has none.
    """

    stations: IntArray
    teams: tuple[csr_matrix, ...]
    found: IntArray

    def taken(self, columns: Sequence[int]) -> Backing:
        """Return some of the columns."""
        kept = list(columns)
        teams = tuple(self.teams[one] for one in kept)
        return Backing(self.stations[:, kept], teams, self.found[:, kept])

    def total_passes(self, units: IntArray, rule: Rule) -> BoolArray:
        """Return which columns of these units together may be shown, (C,)."""
        teams = np.array([int((one[units].sum(axis=0) > 0).sum()) for one in self.teams], dtype=np.int64)
        stations, found = self.stations[units].sum(axis=0), self.found[units].sum(axis=0)
        return _is_told(stations, teams, rule) & ~_tells_parts(stations, found)

    def passes(self, units: IntArray, rule: Rule) -> BoolArray:
        """Return which of these units could show the whole table, (U',)."""
        met = [np.diff(one[units].indptr) for one in self.teams]
        teams = np.array(met, dtype=np.int64).reshape(len(self.teams), len(units)).T
        stations, found = self.stations[units], self.found[units]
        told = _is_told(stations, teams, rule) & ~_tells_parts(stations, found)
        return np.asarray(told.all(axis=1))


def _is_told(stations: IntArray, teams: IntArray, rule: Rule) -> BoolArray:
    """Return which counts may be shown, bool: those of no station, or of enough stations and teams."""
    return np.asarray((stations == 0) | ((stations >= rule.stations) & (teams >= rule.teams)))


def _tells_parts(stations: IntArray, found: IntArray) -> BoolArray:
    """Return where every station of a column has a finding, bool.

    Then the parts' findings, which are told exactly, would say how many of the column's stations each has.
    """
    return np.asarray((stations > 0) & (found == stations))


CLOSING: Final = 3  # the stage (as `VisitFacts` has it) from which on people have voted
# The kind of column that counts the stations with a finding among those of another.
FINDING: Final[Mapping[str, Kind]] = MappingProxyType(
    {"asked": "found", "rated": "negative", "category": "category_found"}
)


def backing(
    facts: VisitFacts,
    columns: Sequence[FactColumn],
    finest_of_station: IntArray,
    parts: Partition,
    *,
    tells_findings: bool = False,
) -> Backing:
    """Return what stands behind every column of a table, per unit of every level.

    `tells_findings`: the table is the one that tells every unit's findings.
    """
    held = _ancestors(parts)

    def counted(column: FactColumn) -> IntArray:
        found: IntArray = held @ stations_by(facts, column, finest_of_station, len(parts))
        return found

    teams, stations, found = [], [], []
    for one in columns:
        met = csr_matrix(held @ teams_by(facts, one, finest_of_station, len(parts)))
        met.data[:] = 1
        teams.append(met)
        stations.append(counted(one))
        has_part = one.kind in FINDING and not tells_findings
        part = counted(one._replace(kind=FINDING[one.kind])) if has_part else np.full(len(parts), -1)
        found.append(part)
    shape = len(columns), len(parts)
    return Backing(
        np.array(stations, dtype=np.int64).reshape(shape).T,
        tuple(teams),
        np.array(found, dtype=np.int64).reshape(shape).T,
    )


def _ancestors(parts: Partition) -> csr_matrix:
    """Return which units (rows) hold which (columns), themselves included, (U, U) of 0/1."""
    pairs = []
    unit = inner = np.arange(len(parts))
    while len(unit):
        pairs.append(np.stack([unit, inner]))
        above = parts.parent[unit]
        unit, inner = above[above >= 0], inner[above >= 0]
    rows, columns = np.concatenate(pairs, axis=1)
    return csr_matrix((np.ones(len(rows), dtype=np.int64), (rows, columns)), shape=(len(parts), len(parts)))


def pooled(behind: Backing, units: IntArray, rule: Rule, at_least: BoolArray | None = None) -> BoolArray:
    """Return which siblings are told only together, (U',) bool; the table of all together may be shown.

    `units`: positions of the siblings. `at_least`: (U',) those that are pooled in any case. A sibling
    whose own table may not be shown is pooled; the smallest of the others joins, ties to the first, until
    every column of the pool may be shown.
    """
    hidden = ~behind.passes(units, rule)
    if at_least is not None:
        hidden = hidden | at_least
    size = behind.stations[units].max(axis=1, initial=0)
    order = sorted(range(len(units)), key=lambda one: (int(size[one]), int(units[one])))
    waiting = [one for one in order if not hidden[one]]
    while hidden.any() and waiting:
        if behind.total_passes(units[hidden], rule).all():
            break
        hidden[waiting.pop(0)] = True
    return hidden


def told_by_unit(behind: Backing, parts: Partition, rule: Rule) -> BoolArray:
    """Return which units show a table that every level has, (U,) bool.

    What is not told of a unit is told of none of its parts: the difference would tell the rest.
    """
    told = np.zeros(len(parts), dtype=bool)
    told[0] = bool(behind.passes(np.zeros(1, dtype=np.int64), rule)[0])
    for node in np.flatnonzero(parts.has_parts).tolist():  # parents come before their parts
        inner = np.flatnonzero(parts.parent == node)
        told[inner] = told[node] & ~pooled(behind, inner, rule)
    return told


class Tables(NamedTuple):
    """Which tables may be shown of which unit, each (U,) bool, and what is counted in them.

    `day`: the figures of the whole day. `categories`: one line per category. `stages`: visits, and
    figures by stage. The last two are of the country and its regions only; what one of them tells apart,
    the one before tells apart, too. `columns`: those of the day and `categories_shown`: those categories
    that the country's own table may show.
    """

    day: BoolArray
    categories: BoolArray
    stages: BoolArray
    columns: tuple[FactColumn, ...]
    categories_shown: tuple[int, ...]


def tables(
    day: VisitFacts,
    table: VisitFacts,
    finest_of_station: IntArray,
    parts: Partition,
    rule: Rule,
    categories: Sequence[int],
) -> Tables:
    """Return what may be shown of every unit beside how many stations were visited.

    `day`, `table`: the visits that figures of the day and tables of regions are counted from; the same
    but for later releases. `finest_of_station`: (S,) innermost units. `categories`: those that may be
    counted in public.
    """
    if not rule.merges_areas:  # single stations are public: so is all that is counted of them
        everywhere = np.ones(len(parts), dtype=bool)
        of_areas = np.asarray(parts.level <= REGION)
        return Tables(everywhere, of_areas, of_areas, tuple(day_columns()), tuple(categories))
    if parts.state[0] == FAILS:
        nowhere = np.zeros(len(parts), dtype=bool)
        return Tables(nowhere, nowhere, nowhere, (), ())
    behind = backing(day, day_columns(), finest_of_station, parts, tells_findings=True)
    day_shown, behind = _that_country_may_show(day_columns(), behind, rule)
    by_day = told_by_unit(behind, parts, rule)
    listed = category_columns(categories)
    behind = backing(table, listed, finest_of_station, parts)
    in_table, behind = _that_country_may_show(listed, behind, rule)
    by_category = _of_regions(behind, parts, rule, by_day)
    of_stations = (finest_of_station, parts, rule)
    told = ToldUnits(by_day, np.zeros(len(parts), dtype=bool), by_category)
    telling = telling_of_too_few(day, table, in_table, *of_stations, told)
    in_table = [one for one in in_table if one not in telling]
    behind = backing(table, stage_columns(), finest_of_station, parts)
    by_stage = np.zeros(len(parts), dtype=bool)
    if behind.passes(np.zeros(1, dtype=np.int64), rule)[0]:
        by_stage = _of_regions(behind, parts, rule, by_category)
    told = ToldUnits(by_day, by_category, by_stage)
    if telling_of_too_few(day, table, stage_columns(), *of_stations, told):
        by_stage = np.zeros(len(parts), dtype=bool)
    return Tables(by_day, by_category, by_stage, tuple(day_shown), tuple(one.of for one in in_table))


def turnout_passes(day: VisitFacts, giving: IntArray, rule: Rule) -> bool:
    """Return whether the country's turnout may be shown: enough stations and teams give one.

    The stations that were seen and give none must be enough, too, or there must be none; so must those
    seen at closing or counting. Else a difference would tell of few. `giving`: stations whose turnout
    counts.
    """
    if not rule.merges_areas:  # single stations are public
        return True
    gives = np.isin(day.station, giving)
    late = np.isin(day.station, day.station[day.seen & (day.stage >= CLOSING)])

    def passes(rows: BoolArray) -> bool:
        seen = day.taken(rows & day.seen)
        teams = len(np.unique(seen.team[seen.team >= 0]))
        return len(np.unique(seen.station)) >= rule.stations and teams >= rule.teams

    return passes(gives) and all(
        passes(rest) or not (rest & day.seen).any() for rest in (~gives, ~gives & late)
    )


def _that_country_may_show(
    columns: Sequence[FactColumn], behind: Backing, rule: Rule
) -> tuple[list[FactColumn], Backing]:
    """The columns that may be shown of all regions together, and what stands behind them."""
    fine = np.flatnonzero(behind.total_passes(np.zeros(1, dtype=np.int64), rule)).tolist()
    return [columns[one] for one in fine], behind.taken(fine)


def _of_regions(behind: Backing, parts: Partition, rule: Rule, above: BoolArray) -> BoolArray:
    """Which units show a table of the country and its regions; nowhere that `above` is not told."""
    regions = np.flatnonzero((parts.parent == 0) & (parts.level == REGION))
    told = np.zeros(len(parts), dtype=bool)
    told[0] = above[0]
    told[regions] = above[0] & ~pooled(behind, regions, rule, ~above[regions])
    return told
