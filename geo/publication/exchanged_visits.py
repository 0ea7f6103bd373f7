"""Whether tables of stages and categories, beside the figures of the day, tell of too few stations of a part.

Figures by stage and category are of the country and its regions; the day's are of every part. Together they
can fix how many stations a part has at a stage: of three stations at voting two have a finding, both of the
day's findings are in a region of two stations, so the third is elsewhere. Linear programs find such chains of
any length. What is shown here is that there is none, by another course of the day under which the release
would be the same and the part's count would not: all visits of two stations exchanged, or one made elsewhere.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from geo.publication.partition import REGION, Partition, Rule
from geo.publication.visit_facts import FactColumn, VisitFacts

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
# Kinds of visits that are tried elsewhere, the most frequent first. More would only clear more columns.
MOST_KINDS: Final = 32


class ToldUnits(NamedTuple):
    """Of which units something is told, (U,) bool each: the day's figures, those by category, the table's."""

    day: BoolArray
    categories: BoolArray
    table: BoolArray


class _Seen(NamedTuple):
    """The N stations of a set that were visited, and the V visits that a table counts there.

    `told`: (N, W) all that the day tells of a station, as bits. `kind`: (N,) a number, equal for stations of
    which the same is told. `row`: (V,) the station of a visit. `said`: (V, W) what the visit adds to `told`.
    """

    told: Words
    kind: IntArray
    row: IntArray
    said: Words


def telling_of_too_few(
    day: VisitFacts,
    table: VisitFacts,
    columns: list[FactColumn],
    finest_of_station: IntArray,
    parts: Partition,
    rule: Rule,
    told: ToldUnits,
) -> set[FactColumn]:
    """Return the columns whose count in some part, of too few stations or teams, might be worked out.

    `day`: the visits that the figures of the day are counted from; `table`: those that `columns` are counted
    from. `told`: of which units either is told. `finest_of_station`: (S,) innermost units, -1 for none.
    """
    depths, set_of_unit = _cuts(parts, told.day), _sets(parts, told.table)
    day, table = (one.taken(finest_of_station[one.station] >= 0) for one in (day, table.taken(table.seen)))
    station = np.union1d(day.station[day.seen], table.station)
    finest = finest_of_station[station]
    by_set = [set_of_unit[finest_of_station[one]] for one in (station, day.station, table.station)]
    found = set[FactColumn]()
    of_told_regions = _sets(parts, told.categories)[finest_of_station] > 0  # (S,) by their categories, too
    for one in np.unique(by_set[0][by_set[0] >= 0]).tolist():
        inside, on_day, at_stages = (np.flatnonzero(each == one) for each in by_set)
        made = table.taken(at_stages)
        units = finest[inside]
        # inside a region that is told by stage nothing smaller is told by category
        has_categories = of_told_regions & (one == 0)
        seen = _seen(day.taken(on_day), made, station[inside], has_categories)
        for label in depths:
            part = np.unique(label[units], return_inverse=True)[1]
            size = int(part.max()) + 1
            for column in [each for each in columns if size > 1 and each not in found]:
                few = np.flatnonzero(_too_few(made, column, seen, part, size, rule))
                if len(few) and not np.isin(few, _open(made, column, seen, part, size)).all():
                    found.add(column)
    return found


def _seen(day: VisitFacts, table: VisitFacts, station: IntArray, has_categories: BoolArray) -> _Seen:
    """Return what is known of these stations (positions, ascending) from the day and from the table.

    `has_categories`: (S,) bool, whether a station's region is told by category as well.
    """
    at = np.searchsorted(station, day.station).clip(max=len(station) - 1)
    is_there = station[at] == day.station
    told = _together(_said(day.taken(is_there), has_categories), at[is_there], len(station))
    kind = np.unique(told, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return _Seen(told, kind, np.searchsorted(station, table.station), _said(table, has_categories))


def _said(facts: VisitFacts, has_categories: BoolArray) -> Words:
    """Return what a visit says of its station's day, as bits, (V, W).

    Its kinds of finding where they are told, and whether they are: nothing goes from there to elsewhere.
    """
    side = has_categories[facts.station]
    flags = np.column_stack([facts.seen, facts.asked, facts.found, facts.rated, facts.negative, side, ~side])
    bits = np.uint64(1) << np.arange(flags.shape[1], dtype=np.uint64)
    words = [(flags * bits).sum(axis=1, dtype=np.uint64)]
    if has_categories.any():
        words += [
            one * side.astype(np.uint64) for one in (*facts.categories_asked.T, *facts.categories_found.T)
        ]
    return np.column_stack(words)


def _together(said: Words, row: IntArray, size: int) -> Words:
    together = np.zeros((size, said.shape[1]), dtype=np.uint64)
    np.bitwise_or.at(together, row, said)
    return together


def _sets(parts: Partition, by_table: BoolArray) -> IntArray:
    """Return the set told by the table that every unit lies in, (U,); -1 for none.

    A region that is told is a set, called as the region is; the country less these is one, called 0.
    """
    found = np.full(len(parts), 0 if by_table[0] else -1, dtype=np.int64)
    for unit in range(1, len(parts)):  # parents come before their parts
        is_told = parts.level[unit] == REGION and by_table[unit]
        found[unit] = unit if is_told else found[parts.parent[unit]]
    return found


def _cuts(parts: Partition, by_day: BoolArray) -> list[IntArray]:
    """Return for every depth below the country the part told of the day that each unit lies in, (U,).

    Parts that are not told are told together, as the rest of what holds them.
    """
    depth, found = np.zeros(len(parts), dtype=np.int64), []
    for unit in range(1, len(parts)):  # parents come before their parts
        depth[unit] = depth[parts.parent[unit]] + 1
    for deepest in range(1, int(depth.max()) + 1):
        label = np.zeros(len(parts), dtype=np.int64)
        for unit in range(1, len(parts)):
            above = int(parts.parent[unit])
            is_settled = depth[unit] > deepest or label[above] >= len(parts)
            label[unit] = label[above] if is_settled else unit if by_day[unit] else len(parts) + above
        found.append(label)
    return found


def _too_few(
    table: VisitFacts, column: FactColumn, seen: _Seen, part: IntArray, size: int, rule: Rule
) -> BoolArray:
    """Return in which parts too few stations or teams count, or outside of which too few do, (P,) bool."""
    rows = table.has(column)
    own = np.bincount(part[np.unique(seen.row[rows])], minlength=size).astype(np.int64)
    teams = _teams(part[seen.row[rows]], table.team[rows], size)
    few = [
        (stations > 0) & ((stations < rule.stations) | (met < rule.teams))
        for stations, met in zip((own, own.sum() - own), teams, strict=True)
    ]
    return np.asarray(few[0] | few[1])


def _teams(part: IntArray, team: IntArray, size: int) -> tuple[IntArray, IntArray]:
    """Return how many teams stand behind the column in every part, and in all others together, each (P,)."""
    named = team >= 0
    met_in = np.unique(team[named] * size + part[named])  # once for every team and part
    own = np.bincount(met_in % size, minlength=size).astype(np.int64)
    parts_of_team = np.bincount(met_in // size)
    alone = np.bincount((met_in % size)[parts_of_team[met_in // size] == 1], minlength=size)
    return own, int((parts_of_team > 0).sum()) - alone.astype(np.int64)


def _open(table: VisitFacts, column: FactColumn, seen: _Seen, part: IntArray, size: int) -> IntArray:
    """Return the parts of which nobody can tell how many stations count: others give the same release."""
    counted = np.zeros(len(part), dtype=bool)
    counted[seen.row[table.has(column)]] = True
    kinds = int(seen.kind.max(initial=0)) + 1
    pairs = part * kinds + seen.kind
    found = _crossed(pairs[counted], pairs[~counted], kinds)
    return np.union1d(found, _elsewhere(table, column, seen, part, size))


def _crossed(does: IntArray, does_not: IntArray, kinds: int) -> IntArray:
    """Return the parts with a station of a kind that counts while one of its kind elsewhere does not.

    `does`, `does_not`: part × kinds + kind of the stations that count and that do not. Both ways round.
    """
    found = []
    pairs = np.unique(does), np.unique(does_not)
    for one, other in (pairs, pairs[::-1]):
        there = np.bincount(other % kinds, minlength=kinds)[one % kinds] - np.isin(one, other)
        found.append(one[there > 0] // kinds)
    return np.unique(np.concatenate(found))


def _elsewhere(table: VisitFacts, column: FactColumn, seen: _Seen, part: IntArray, size: int) -> IntArray:
    """Return the parts that a visit at the column's stage could have been made in, or not, with nobody wiser.

    Its station's day says the same without it, and the day of another, not visited at that stage, with it.
    """
    at_stage = table.stage == column.stage
    times = np.bincount(seen.row[at_stage], minlength=len(part))
    rest = _together(seen.said[~at_stage], seen.row[~at_stage], len(part))
    spare = at_stage & table.has(column) & (times[seen.row] == 1)
    spare &= (rest[seen.row] == seen.told[seen.row]).all(axis=1)
    said, kind, often = np.unique(seen.said[spare], axis=0, return_inverse=True, return_counts=True)
    of_part, found = part[seen.row[spare]], np.zeros(size, dtype=bool)
    for one in np.argsort(-often, kind="stable")[:MOST_KINDS].tolist():
        takes = (times == 0) & ((said[one] & ~seen.told) == 0).all(axis=1)
        gives_in = np.bincount(of_part[kind.reshape(-1) == one], minlength=size) > 0
        takes_in = np.bincount(part[takes], minlength=size) > 0
        found |= gives_in & (takes_in.sum() - takes_in > 0) | takes_in & (gives_in.sum() - gives_in > 0)
    return np.flatnonzero(found)
