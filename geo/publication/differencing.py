"""What a later release may show: a figure changes only by enough stations and teams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.publication.partition import Partition, Rule
from geo.publication.visit_facts import (
    SEVERITIES_COUNT,
    FactColumn,
    VisitFacts,
    category_columns,
    day_columns,
    joined,
    number_columns,
    stage_columns,
    stations_by,
)

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Shown:
    """What an earlier release told; stations, teams and categories have the positions of the release to come.

    `day`, `table`: the visits that its figures of the whole day and its tables of regions were counted
    from. `turnout`: the forms that the country's turnout was counted from, none where none was told.
    `unit`: (S,) the innermost unit of every station, -1 for a station it did not know. `group`: (S,) the
    number of the region whose tables it told apart, or one number for all regions that it pooled.
    `day_release`, `table_release`: (S,) the number of the release whose figures these still were.
    """

    day: VisitFacts
    table: VisitFacts
    turnout: VisitFacts
    unit: IntArray
    group: IntArray
    day_release: IntArray
    table_release: IntArray


@dataclass(frozen=True, eq=False)
class Carried:
    """What the new release is counted from: new visits where these may be told, earlier ones elsewhere.

    `day_held`, `table_held`: (S,) whether a station's figures stay as an earlier release told them.
    `day_release`, `table_release`: (S,) as in `Shown`.
    """

    day: VisitFacts
    table: VisitFacts
    day_held: BoolArray
    table_held: BoolArray
    day_release: IntArray
    table_release: IntArray


def carried(
    facts: VisitFacts,
    stations: int,
    earlier: Sequence[Shown],
    rule: Rule,
    number: int,
    categories: Sequence[int],
) -> Carried:
    """Return which visits the release with this number may count.

    `facts`: everything that could be told now. `stations`: how many the register has. `earlier`: every
    release before it, the latest last. `categories`: positions of those that are counted in public. Where
    single stations are public nothing is held back.
    """
    nothing = np.zeros(stations, dtype=bool)
    new = np.full(stations, number, dtype=np.int64)
    if not earlier or not rule.merges_areas:
        return Carried(facts, facts, nothing, nothing, new, new)
    last = earlier[-1]
    day_held = _held(
        facts,
        last.day,
        [(one.day, one.unit) for one in earlier],
        day_columns(),
        rule,
        is_day=True,
        held=nothing,
    )
    columns = [*category_columns(categories), *stage_columns(), *number_columns()]
    # a newer table of a region would tell the day's figures that are held back in one of its units
    in_group = np.isin(last.group, last.group[day_held & (last.group >= 0)])
    table_held = _held(
        facts,
        last.table,
        [(one.table, one.group) for one in earlier],
        columns,
        rule,
        is_day=False,
        held=day_held | in_group,
    )
    return Carried(
        day=_mixed(facts, last.day, day_held),
        table=_mixed(facts, last.table, table_held),
        day_held=day_held,
        table_held=table_held,
        day_release=np.where(day_held, last.day_release, number),
        table_release=np.where(table_held, last.table_release, number),
    )


def carried_turnout(forms: VisitFacts, earlier: Sequence[VisitFacts], rule: Rule) -> VisitFacts:
    """Return the forms the country's turnout may be counted from: `forms`, or those of the latest release.

    `forms`: one of each station that gives a turnout now; `earlier`: those every release before it was
    counted from, the latest last. Beside each that told one, the stations whose voters differ must be enough.
    """
    told = [one for one in earlier if len(one)]
    if not rule.merges_areas or all(_tells_enough(forms, one, rule) for one in told):
        return forms
    return earlier[-1]


def _tells_enough(forms: VisitFacts, old: VisitFacts, rule: Rule) -> bool:
    """Return whether two turnouts are the same, or differ by enough stations and teams to be told apart."""
    either = joined(forms, old)
    voters = np.full((2, 2, int(either.station.max(initial=-1)) + 1), -1, dtype=np.int64)
    for one, said in zip(voters, (forms, old), strict=True):
        one[:, said.station] = said.registered, said.voted
    differs = (voters[0] != voters[1]).any(axis=0)
    team = either.team[differs[either.station]]
    teams = len(np.unique(team[team >= 0]))
    return not differs.any() or bool(differs.sum() >= rule.stations and teams >= rule.teams)


def _held(
    facts: VisitFacts,
    last: VisitFacts,
    earlier: Sequence[tuple[VisitFacts, IntArray]],
    columns: Sequence[FactColumn],
    rule: Rule,
    *,
    is_day: bool,
    held: BoolArray,
) -> BoolArray:
    """Return the stations whose figures stay as they were last told, (S,) bool.

    `held`: those that stay in any case. Compared with every earlier release, what changed in each of its
    units must itself be enough to be told. What is held in one place changes what differs in others, so
    all are compared again until nothing more is held.
    """
    own = earlier[-1][1]
    held = held.copy()
    while True:
        mixed = _mixed(facts, last, held)
        telling = np.zeros(len(own), dtype=bool)
        for before, group in earlier:
            telling |= np.isin(group, _telling(mixed, before, group, columns, rule, is_day=is_day)) & (
                group >= 0
            )
        if is_day:
            telling |= np.isin(own, _failing(mixed, own, rule))
        # what the latest release told together is held together
        more = (telling | np.isin(own, own[telling & (own >= 0)])) & ~held
        if not more.any():
            return held
        held |= more


def _telling(
    new: VisitFacts,
    old: VisitFacts,
    group: IntArray,
    columns: Sequence[FactColumn],
    rule: Rule,
    *,
    is_day: bool,
) -> IntArray:
    """Return the groups in which something changed, at too few stations or by too few teams to be told."""
    changed = np.asarray(_station_marks(new, len(group), is_day) != _station_marks(old, len(group), is_day))
    units = int(group.max(initial=-1)) + 1
    telling = np.zeros(units, dtype=bool)
    either = joined(new, old)
    for is_changed, behind in _changes(new, old, changed, either, columns, len(group)):
        at = is_changed & (group >= 0)
        stations = np.bincount(group[at], minlength=units)
        teams = _distinct(group, behind, units)
        telling |= (stations > 0) & ((stations < rule.stations) | (teams < rule.teams))
    return np.flatnonzero(telling)


def _failing(facts: VisitFacts, unit: IntArray, rule: Rule) -> IntArray:
    """Return the units whose new figure may not be shown whatever was told before, such as "5 of 5"."""
    units = int(unit.max(initial=-1)) + 1
    seen = facts.taken(facts.seen)
    is_seen = np.zeros(len(unit), dtype=bool)
    is_seen[seen.station] = True
    visited = np.bincount(unit[is_seen & (unit >= 0)], minlength=units)
    spare = np.bincount(unit[unit >= 0], minlength=units) - visited
    teams = _distinct(unit, seen, units)
    fails = (visited < rule.stations) | (teams < rule.teams) | (spare < rule.spare)
    return np.flatnonzero((visited > 0) & fails)


def _changes(
    new: VisitFacts,
    old: VisitFacts,
    changed: BoolArray,
    either: VisitFacts,
    columns: Sequence[FactColumn],
    stations: int,
) -> Iterator[tuple[BoolArray, VisitFacts]]:
    """Yield the changed stations, (S,) bool, and the visits behind them: of any change, then by column."""
    yield changed, either.taken(changed[either.station])
    for column in columns:
        counts = [_marked(one, column, stations) for one in (new, old)]
        differs = counts[0] != counts[1]
        if differs.any():
            yield differs, either.taken(differs[either.station] & either.has(column))


def _marked(facts: VisitFacts, column: FactColumn, stations: int) -> BoolArray:
    found = np.zeros(stations, dtype=bool)
    found[facts.station[facts.has(column)]] = True
    return found


def _station_marks(facts: VisitFacts, stations: int, is_day: bool) -> npt.NDArray[np.uint64]:
    """Return a number per station that changes with what is told of it, (S,).

    Figures of the day tell whether a station counts; tables tell the visits as well.
    """
    if not is_day:
        found = np.zeros(stations, dtype=np.uint64)
        np.add.at(found, facts.station, facts.signature() | np.uint64(1))
        return found
    told = [*day_columns(), *(FactColumn("found", 0, of) for of in range(3)), FactColumn("negative")]
    bits = np.stack([_marked(facts, column, stations) for column in told], axis=1)
    return (bits @ (1 << np.arange(len(told)))).astype(np.uint64)


def _distinct(group: IntArray, behind: VisitFacts, units: int) -> IntArray:
    named = behind.team >= 0
    of = group[behind.station[named]]
    team = np.unique(behind.team[named], return_inverse=True)[1]
    pairs = np.unique(of[of >= 0] << 32 | team[of >= 0])
    return np.bincount(pairs >> 32, minlength=units)


def _mixed(new: VisitFacts, old: VisitFacts, held: BoolArray) -> VisitFacts:
    return joined(new.taken(~held[new.station]), old.taken(held[old.station]))


def group_of_stations(finest: IntArray, parts: Partition, told: BoolArray) -> IntArray:
    """Return which table tells of every station, (S,): its region's number, 0 for all that are pooled.

    -1 for a station of no unit. `finest`: (S,) innermost units, -1 for none. `told`: (U,) bool, whether a
    unit's table is shown.
    """
    unit = finest.copy()
    parent = np.append(parts.parent, -1)
    for _ in range(int(parts.level.max(initial=0)) + 1):
        below = (unit >= 0) & (parent[unit] > 0)
        unit[below] = parent[unit[below]]
    is_alone = (unit > 0) & told[np.maximum(unit, 0)]
    return np.where(unit < 0, -1, np.where(is_alone, unit, 0))


def fixed_units(earlier: Sequence[Shown]) -> BoolArray:
    """Return which units of the latest release stay whole, (U,) bool.

    Where every station of a unit had a finding, the findings its parts tell later would say how many of
    its stations each part had then.
    """
    last = earlier[-1].unit
    fixed = np.zeros(int(last.max(initial=-1)) + 1, dtype=bool)
    for one in earlier:
        units = int(one.unit.max(initial=-1)) + 1
        pairs = [(FactColumn("asked", 0, of), FactColumn("found", 0, of)) for of in range(SEVERITIES_COUNT)]
        for whole, part in [*pairs, (FactColumn("rated"), FactColumn("negative"))]:
            asked, found = (stations_by(one.day, column, one.unit, units) for column in (whole, part))
            full = np.flatnonzero((asked > 0) & (asked == found))
            fixed[np.unique(last[np.isin(one.unit, full) & (last >= 0)])] = True
    return fixed
