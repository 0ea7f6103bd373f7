"""The units of a mission whose visits are counted one by one, with every figure that may be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from geo.model import grid
from geo.model.code_lists import Status
from geo.model.columns import frozen
from geo.model.contact_details import masked
from geo.model.form_masks import bits
from geo.model.registry import Registry
from geo.publication import visit_numbers
from geo.publication.national_estimate import Estimates, estimates
from geo.publication.partition import (
    COUNTRY,
    FAILS,
    FEW_TEAMS,
    NOT_OBSERVED,
    PATCH,
    REGION,
    Leaves,
    Partition,
    Rule,
)
from geo.publication.pools import Tables
from geo.publication.publishable_reports import SEVERITY_CHOICES, STAGE_CHOICES, choice_name
from geo.publication.unit_figures import HIDDEN, Coverage, Medians, Shares, Units, no_shares, words_where
from geo.publication.visit_facts import FactColumn, VisitFacts

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
STRICT_STEP: Final = 5  # what a strict mission rounds its counts to (`STRICT_LEAST`)


@dataclass(frozen=True, eq=False)
class FigureSources:
    """What the figures are made of.

    `day`, `table`: the visits that figures of the day and tables of regions are counted from; they differ
    only after an earlier release. `finest`: (S,) innermost unit of every station. `day_release`: (S,)
    number of the release whose figures these are. `categories`: slugs; `severity`: their codes. `step`:
    what counts are rounded to, 1 for not at all. `strata`: (S,) the stratum of every station of the frame;
    None where no sample was drawn. `sampled`: (S,) bool, stations that were drawn. `few`: fewer stations
    than this give no share.
    """

    day: VisitFacts
    table: VisitFacts
    finest: IntArray
    day_release: IntArray
    categories: tuple[str, ...]
    severity: IntArray
    step: int
    strata: IntArray | None
    sampled: BoolArray
    few: int


class _Count(NamedTuple):
    """The true counts of one figure, (U,) each: stations asked and with a finding, and the same by visits."""

    asked: IntArray
    found: IntArray
    visits: IntArray
    visits_found: IntArray


def published(
    registry: Registry,
    leaves: Leaves,
    parts: Partition,
    told: Tables,
    rule: Rule,
    sources: FigureSources,
    register: IntArray,
    number: int,
) -> Units:
    """Return every unit with what may be shown of it.

    `register`: (U,) stations of each, HIDDEN where not known. `number`: of this release, for `as_of`.
    """
    writer = _Writer(parts, told, rule, sources)
    status = words_where(
        "published",
        (parts.state == FAILS, "insufficient"),
        (parts.state == NOT_OBSERVED, "not_observed"),
    )
    visited = parts.visited
    seen_enough = (visited >= rule.stations) & (parts.teams >= rule.teams)
    as_of = np.full(len(parts), number, dtype=np.int64)
    np.minimum.at(as_of, sources.finest[sources.finest >= 0], sources.day_release[sources.finest >= 0])
    for unit in range(len(parts) - 1, 0, -1):
        parent = parts.parent[unit]
        as_of[parent] = min(as_of[parent], as_of[unit])
    members, is_part = _members(leaves, parts)
    is_few = (parts.state != FAILS) & (visited > 0) & (parts.teams > 0) & (parts.teams < FEW_TEAMS)
    return Units(
        unit_id=_ids(registry, leaves, parts, members),
        parent=frozen(parts.parent),
        level=frozen(parts.level),
        members=members,
        is_part=frozen(is_part),
        town=_towns(registry, leaves, parts),
        status=status,
        stations=frozen(register),
        few_teams=frozen(is_few),
        nearly_all=frozen((parts.state == FAILS) & seen_enough),
        as_of=frozen(np.where(as_of < number, as_of, 0)),
        coverage=MappingProxyType(writer.coverage()),
        findings=MappingProxyType(writer.findings()),
        assessments=MappingProxyType(writer.assessments()),
        categories=MappingProxyType(writer.categories()),
        medians=MappingProxyType(writer.medians()),
    )


class _Writer:
    """Counts columns and hides what may not be shown; one per release."""

    def __init__(self, parts: Partition, told: Tables, rule: Rule, sources: FigureSources) -> None:
        self.parts, self.told, self.rule, self.of = parts, told, rule, sources
        self.is_open = not rule.merges_areas
        self.by_level = [np.flatnonzero(parts.level == level) for level in range(PATCH, COUNTRY, -1)]
        self.region_of_station = self._region_of_station()
        self.seen = np.array([self._stations(sources.table, FactColumn("seen", stage)) for stage in range(5)])
        self.seen[0] = self._stations(sources.day, FactColumn("seen"))

    def coverage(self) -> dict[str, Coverage]:
        """Stations visited at every stage."""
        found = {}
        for index, stage in enumerate(STAGE_CHOICES):
            value, shown = self.seen[index], self._shown(index)
            found[stage or "all"] = Coverage(
                status=self._words(shown, value, value == 0, 0),
                observed=frozen(np.where(shown, self._rounded(value), HIDDEN)),
            )
        return found

    def findings(self) -> dict[str, Shares]:
        """Stations with a finding among those asked, under every choice."""
        made = {}
        for index, stage in enumerate(STAGE_CHOICES):
            for severity, name in enumerate(SEVERITY_CHOICES):
                columns = FactColumn("asked", index, severity), FactColumn("found", index, severity)
                shown = self._shown(index, columns[0])
                made[choice_name(stage, name)] = self._shares(columns, shown, self._asks_all(index, severity))
        return made

    def assessments(self) -> dict[str, Shares]:
        """Stations assessed bad or very bad among those assessed, at every stage."""
        every = np.ones(len(self.parts), dtype=bool)
        return {
            stage or "all": self._shares(
                (FactColumn("rated", index), FactColumn("negative", index)),
                self._shown(index, FactColumn("rated", index)),
                every,
            )
            for index, stage in enumerate(STAGE_CHOICES)
        }

    def categories(self) -> dict[str, Shares]:
        """Stations with a finding of each category among those asked about it; country and regions."""
        every = np.ones(len(self.parts), dtype=bool)
        found = {}
        for category in self.told.categories_shown:
            columns = FactColumn("category", 0, category), FactColumn("category_found", 0, category)
            found[self.of.categories[category]] = self._shares(
                columns, self.told.categories, every, is_table=True
            )
        return found

    def medians(self) -> dict[str, Mapping[str, Medians]]:
        """The median of every listed number by stage: of units whose table is told, of enough visits."""
        found: dict[str, Mapping[str, Medians]] = {}
        for of, number in enumerate(visit_numbers.NUMBERS):
            columns = [FactColumn("number", stage, of) for stage in range(len(STAGE_CHOICES))]
            by_stage = {stage or "all": self._median(column, number.step)
                        for stage, column in zip(STAGE_CHOICES, columns, strict=True)}  # fmt: skip
            found[number.name] = MappingProxyType(by_stage)
        return found

    def _median(self, column: FactColumn, step: int) -> Medians:
        facts, told = self.of.table, self.told.stages if column.stage else self.told.categories
        shown = told & (self.parts.level <= REGION)
        rows = np.flatnonzero(facts.has(column))
        region, value = self.region_of_station[facts.station[rows]], np.full(len(self.parts), np.nan)
        for unit in np.flatnonzero(shown).tolist():
            inside = rows if unit == 0 else rows[region == unit]
            stations, team = np.unique(facts.station[inside]), facts.team[inside]
            if (
                len(stations) >= max(self.rule.stations, 1)
                and len(np.unique(team[team >= 0])) >= self.rule.teams
            ):
                value[unit] = round(float(np.median(facts.numbers[inside, column.of])) / step) * step
        has_value = np.isfinite(value).astype(np.int64)
        status = self._words(shown, has_value, np.asarray(self.seen[column.stage] == 0), 1)
        return Medians(status, frozen(value))

    def _shown(self, stage: int, column: FactColumn | None = None) -> BoolArray:
        """Which units are told a column at a stage, (U,)."""
        if self.is_open:
            return np.ones(len(self.parts), dtype=bool)
        if stage:
            return self.told.stages
        if column is None:
            return np.asarray(self.parts.state != FAILS)
        return self.told.day if column in self.told.columns else np.zeros(len(self.parts), dtype=bool)

    def _shares(
        self,
        columns: tuple[FactColumn, FactColumn],
        shown: BoolArray,
        asks_all: BoolArray,
        is_table: bool = False,
    ) -> Shares:
        facts = self.of.table if columns[0].stage or is_table else self.of.day
        count = self._count(facts, columns)
        shown = shown & (self.parts.state != FAILS) if not self.is_open else shown
        unseen = np.asarray(self.seen[columns[0].stage] == 0)
        status = self._words(shown, count.asked, unseen, self.of.few)
        asked, found = self._rounded(count.asked), self._rounded(count.found)
        visits_told = shown & self.told.stages if not self.is_open else shown
        has_rate = np.array([word == "published" for word in status], dtype=bool)
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = np.where(has_rate, np.minimum(1.0, found / np.maximum(asked, 1)), np.nan)
        due = self._estimates(facts, columns, has_rate)
        plain = no_shares(len(self.parts), status)
        return Shares(
            status=status,
            asked=frozen(np.where(shown, asked, HIDDEN)),
            found=frozen(np.where(shown, found, HIDDEN)),
            visits=frozen(np.where(visits_told, self._rounded(count.visits), HIDDEN)),
            visits_found=frozen(np.where(visits_told, self._rounded(count.visits_found), HIDDEN)),
            asks_all=frozen(asks_all),
            rate=frozen(rate),
            estimate=frozen(due.estimate) if due else plain.estimate,
            margin=frozen(due.margin) if due else plain.margin,
            low=frozen(due.low) if due else plain.low,
            high=frozen(due.high) if due else plain.high,
        )

    def _words(self, shown: BoolArray, value: IntArray, unseen: BoolArray, few: int) -> tuple[Status, ...]:
        """The status of every unit's figure: what is told, or why it is not."""
        parts = self.parts
        return words_where(
            "published",
            (np.asarray((parts.state == FAILS) & (not self.is_open)), "insufficient"),
            (np.asarray(parts.state == NOT_OBSERVED), "not_observed"),
            (~shown & (parts.level == COUNTRY), "insufficient"),
            (~shown, "merged"),
            (unseen, "not_observed"),
            (value < few, "insufficient"),
        )

    def _count(self, facts: VisitFacts, columns: tuple[FactColumn, FactColumn]) -> _Count:
        whole, part = columns
        return _Count(
            self._stations(facts, whole), self._stations(facts, part),
            self._visits(facts, whole), self._visits(facts, part),
        )  # fmt: skip

    def _stations(self, facts: VisitFacts, column: FactColumn) -> IntArray:
        return self._up(self.marked(facts, column))

    def marked(self, facts: VisitFacts, column: FactColumn) -> BoolArray:
        """Which stations count towards a column, (S,)."""
        found = np.zeros(len(self.of.finest), dtype=bool)
        found[facts.station[facts.has(column)]] = True
        return found

    def _visits(self, facts: VisitFacts, column: FactColumn) -> IntArray:
        return self._summed(np.bincount(self.of.finest[facts.station[facts.has(column)]] + 1, minlength=1))

    def _up(self, marked: BoolArray) -> IntArray:
        """How many of these stations every unit has, (U,)."""
        return self._summed(np.bincount(self.of.finest[marked] + 1, minlength=1))

    def _summed(self, by_finest: IntArray) -> IntArray:
        """Counts by innermost unit, one place up, as counts of every unit."""
        count = np.zeros(len(self.parts), dtype=np.int64)
        count[: len(by_finest) - 1] = by_finest[1 : len(self.parts) + 1]
        for rows in self.by_level:
            np.add.at(count, self.parts.parent[rows], count[rows])
        return count

    def _asks_all(self, stage: int, severity: int) -> BoolArray:
        """Units all of whose stations asked were asked about every chosen category, (U,)."""
        facts = self.of.table if stage else self.of.day
        words = facts.categories_asked.shape[1]
        wanted = bits(np.flatnonzero(self.of.severity >= severity).tolist(), words)
        rows = facts.has(FactColumn("asked", stage, severity))
        asked = np.zeros((len(self.of.finest), words), dtype=np.uint64)
        np.bitwise_or.at(asked, facts.station[rows], facts.categories_asked[rows])
        some = self.marked(facts, FactColumn("asked", stage, severity)) & ((asked & wanted) != wanted).any(
            axis=1
        )
        return np.asarray(self._up(some) == 0)

    def _rounded(self, value: IntArray) -> IntArray:
        step = self.of.step
        return (value + step // 2) // step * step if step > 1 else value

    def _estimates(
        self, facts: VisitFacts, columns: tuple[FactColumn, FactColumn], has_rate: BoolArray
    ) -> Estimates | None:
        """The estimates of country and regions from a random sample; none beside rounded counts."""
        if self.of.strata is None or self.of.step > 1:
            return None
        asked, found = (self.marked(facts, column) & self.of.sampled for column in columns)
        units = np.flatnonzero(has_rate & (self.parts.level <= REGION))
        return estimates(asked, found, facts, self.region_of_station, units, len(self.parts), self.of.strata)

    def _region_of_station(self) -> IntArray:
        """The region of every station, or the country where it has none, (S,)."""
        unit = self.of.finest.copy()
        for _ in range(PATCH):
            below = (unit >= 0) & (self.parts.level[np.maximum(unit, 0)] > REGION)
            unit[below] = self.parts.parent[unit[below]]
        return unit


def _members(leaves: Leaves, parts: Partition) -> tuple[tuple[tuple[int, ...], ...], BoolArray]:
    """The declared areas of every unit: regions for the country's own units, else the finest declared."""
    size = {}
    finest_area = np.where(leaves.district >= 0, leaves.district, leaves.region)
    for labels in (leaves.region, finest_area):
        for area in np.unique(labels[labels >= 0]).tolist():
            size[area] = int(np.count_nonzero((leaves.region == area) | (leaves.district == area)))
    held: list[dict[int, int]] = [{} for _ in range(len(parts))]
    for leaf, unit in enumerate(parts.finest.tolist()):
        here = unit
        while here > 0:
            area = int(leaves.region[leaf] if parts.level[here] == REGION else finest_area[leaf])
            held[here][area] = held[here].get(area, 0) + 1
            here = int(parts.parent[here])
    is_part = [any(area >= 0 and n < size[area] for area, n in areas.items()) for areas in held]
    return tuple(tuple(sorted(area for area in areas if area >= 0)) for areas in held), np.array(is_part)


def _ids(
    registry: Registry, leaves: Leaves, parts: Partition, members: Sequence[tuple[int, ...]]
) -> tuple[str, ...]:
    """Return texts that name units: the areas' ids, and for a patch its first cell."""
    first = np.zeros(len(parts), dtype=np.uint64)
    for unit, cell in zip(parts.finest[::-1].tolist(), leaves.cell[::-1].tolist(), strict=True):
        if cell:
            first[unit] = cell
    cells = grid.to_text(first)
    names: list[str] = []
    for unit, areas in enumerate(members):
        name = "+".join(registry.areas.area_id[one] for one in areas)
        names.append(f"{name}/{cells[unit]}" if parts.level[unit] == PATCH else name)
    return tuple(names)


def _towns(registry: Registry, leaves: Leaves, parts: Partition) -> tuple[str, ...]:
    """For every patch the settlement with most voters in it, the first by name of several."""
    stations = registry.stations
    unit = parts.finest[leaves.of_station]
    rows = np.flatnonzero(parts.level[unit] == PATCH)
    voters: dict[tuple[int, str], float] = {}
    names = stations.settlement.take(rows).to_pylist()
    weights = np.nan_to_num(stations.voters[rows], nan=1.0).tolist()
    for one, name, weight in zip(unit[rows].tolist(), names, weights, strict=True):
        if name:
            voters[one, name] = voters.get((one, name), 0.0) + weight
    chosen: dict[int, tuple[float, str]] = {}
    for (one, name), weight in voters.items():
        if one not in chosen or (-weight, name) < (-chosen[one][0], chosen[one][1]):
            chosen[one] = (weight, name)
    return tuple(masked(chosen[one][1]) if one in chosen else "" for one in range(len(parts)))
