"""What the press may see of a snapshot, and nothing else: aggregates with their status, cleared rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.model.code_lists import Nature, Selection, Status
from geo.model.columns import content_hash, frozen
from geo.model.mission import Mission, Source
from geo.model.registry import Areas
from geo.model.reports import Categories
from geo.model.snapshot import Snapshot
from geo.publication import listed_rows as listed
from geo.publication import partition as cut
from geo.publication import patch_shapes
from geo.publication.differencing import Carried, Shown, carried, carried_turnout, group_of_stations
from geo.publication.listed_rows import Total
from geo.publication.national_estimate import Turnout, turnout_forms, turnout_of
from geo.publication.partition import Earlier, Partition, Rule
from geo.publication.pools import Tables, tables, turnout_passes
from geo.publication.publishable_reports import delayed, gate
from geo.publication.published_clusters import ClusterTable, FindClusters, published_clusters
from geo.publication.published_units import STRICT_STEP, FigureSources, published
from geo.publication.snapshot_facts import (
    counted_categories,
    facts_of,
    places,
    rule_of,
    sampled,
    strata_of,
)
from geo.publication.stated_units import silent_areas, stated, stated_sums
from geo.publication.unit_figures import HIDDEN, Units, hidden_units
from geo.publication.visit_facts import VisitFacts

IntArray = npt.NDArray[np.int64]
LEVEL: Final = 1  # of the areas that a page lists: oblasts, states


@dataclass(frozen=True, slots=True)
class About:
    """What mission.toml says that a page shows, and the rules the figures obey."""

    slug: str
    title: Mapping[str, str]
    subtitle: Mapping[str, str]
    credit: Mapping[str, str]
    contact: str
    election_date: str
    as_of: str  # the date stated, never an hour
    selection: Selection
    frame: str
    nature: Nature
    languages: tuple[str, ...]
    sources: tuple[Source, ...]
    minimum_stations: int
    minimum_teams: int
    minimum_spare: int  # stations of a unit nobody visited, at least
    delay_hours: float
    is_strict: bool
    # what settlements are called in other languages; a release kept before there were any has none
    town_names: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    false_discovery_rate: float | None = None  # a release kept before it was noted has none


@dataclass(frozen=True, eq=False)
class Release:
    """One mission as the press sees it. Two releases are equal if their content is; `version` is its hash.

    | field | what |
    |---|---|
    | units | country, regions, districts and patches with all their figures: see `Units` |
    | outline | (U,) polygons of the units, EPSG:4326, None for one without a place; they share their edges |
    | area | (A',) positions of the drawn areas in `areas` |
    | area_unit | (A,) of every area the unit its figures are in, -1 for none |
    | area_status | (A',) of the drawn areas: their unit's, or `merged` where it holds others too |
    | clusters | hot spots by choice, or why none were looked for: see `ClusterTable` |
    | visits_known | are visits counted one by one; if not, figures come from `totals` |
    | held_back | how many innermost units still have figures of an earlier release |
    | may_show_stations | single stations may be shown, and nothing was merged |
    | mentions | one row per finding that may be listed: station (position in `stations`, -1), area (among the drawn, -1), category, severity (codes, -1), stage, completeness, repeats, is_unresolved, number, place_as_written, ambiguity, candidates, locator |
    | stations | those named or, where allowed, visited |
    | presence | area, kind, place_as_written, ambiguity, starts, ends, locator |
    | notes | kind, titles, bodies, source, locator |
    """  # noqa: E501

    state: Literal["released", "nothing_yet"]
    about: About
    areas: Areas
    area: IntArray
    area_unit: IntArray
    area_status: tuple[Status, ...]
    units: Units
    outline: npt.NDArray[np.object_]
    clusters: Mapping[str, ClusterTable]
    visits_known: bool
    held_back: int
    may_show_stations: bool
    categories: Categories
    mentions: pd.DataFrame
    stations: pd.DataFrame
    presence: pd.DataFrame
    notes: pd.DataFrame
    totals: tuple[Total, ...]
    version: str
    turnout: Turnout | None = None  # a release kept before it was counted has none

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Release) and other.version == self.version

    def __hash__(self) -> int:
        return hash(self.version)

    @cached_property
    def nation(self) -> Units:
        """Return the country alone."""
        return self.units.taken(np.zeros(1, dtype=np.int64))

    @cached_property
    def by_area(self) -> Units:
        """Return the drawn areas, in their order; of a merged one nothing is told but that it is."""
        rows = self.area_unit[self.area]
        plain = self.units.taken(np.maximum(rows, 0))
        alone = np.array([word != "merged" for word in self.area_status], dtype=bool) & (rows >= 0)
        return hidden_units(plain, ~alone, self.area_status, self.areas, self.area)

    @cached_property
    def patches(self) -> IntArray:
        """Return the innermost units that have a place, ascending: what a map draws."""
        held = np.zeros(len(self.units), dtype=bool)
        held[self.units.parent[self.units.parent >= 0]] = True
        placed = np.array([shape is not None for shape in self.outline], dtype=bool)
        return np.flatnonzero(~held & placed & (self.units.level > 0))

    @cached_property
    def by_patch(self) -> Units:
        """Return the units of `patches`."""
        return self.units.taken(self.patches)


@dataclass(frozen=True, eq=False)
class Made:
    """A release with what the next one has to know of it; nothing of this but `release` is ever shown.

    `shown`, `parts`: what its figures were counted from and the units it told; None if it counts no visits.
    `gone_teams`: as in `Before`; visits that are held back keep their teams.
    """

    release: Release
    shown: Shown | None
    parts: Partition | None
    gone_teams: npt.NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Before:
    """Earlier releases (`shown`), the latest last, and the latest's `units`, on the registry as it is now.

    `number`: of the release to come. `gone_teams`: hashes of teams that the mission names no longer; in
    `shown` their positions follow those of the teams it names now.
    """

    shown: tuple[Shown, ...]
    units: Earlier
    number: int
    gone_teams: npt.NDArray[np.uint64]


def release(
    snapshot: Snapshot,
    now: datetime,
    *,
    cleared: bool = False,
    clusters: FindClusters | None = None,
    before: Before | None = None,
) -> Release:
    """Return what the press may see at a moment; see `make`."""
    return make(snapshot, now, cleared=cleared, clusters=clusters, before=before).release


def make(
    snapshot: Snapshot,
    now: datetime,
    *,
    cleared: bool = False,
    clusters: FindClusters | None = None,
    before: Before | None = None,
) -> Made:
    """Return what the press may see at a moment; a live mission that nobody cleared shows nothing.

    `now`: timezone-aware; reports newer than the mission's delay before it do not count. `cleared`:
    somebody signed this release off (of a live mission). `clusters`: how to find hot spots; given the
    snapshot as old as the press may see it. `before`: the mission's earlier releases.
    """
    allowed = gate(snapshot, now, cleared)
    old = delayed(snapshot, now) if allowed.is_open else _emptied(snapshot)
    allowed = gate(old, now, cleared)
    areas = snapshot.registry.areas
    drawn = np.flatnonzero(areas.level == LEVEL).astype(np.int64)
    place = np.full(len(areas) + 1, -1, dtype=np.int64)
    place[drawn] = np.arange(len(drawn))
    rows = listed.told(old, place, allowed)
    visits_known = bool(old.visits.is_current.any())
    rule = rule_of(old, allowed)
    with ThreadPoolExecutor(1) as beside:  # whose arrays leave the interpreter to the counting
        searching = beside.submit(clusters, old) if visits_known and clusters is not None else None
        counted = _counted(old, rule, before) if visits_known else None
    units = counted.units if counted else stated(old, rows, place)
    area_unit, area_status = _areas_in(old, units, counted, rows, place)
    found: Mapping[str, ClusterTable] = {}
    if counted and searching is not None:
        found = published_clusters(searching.result(), units, counted.finest)
    made = Release(
        state="released" if allowed.is_open else "nothing_yet",
        about=_about(snapshot.mission, rule),
        areas=listed.areas_told(areas),
        area=frozen(drawn),
        area_unit=frozen(area_unit),
        area_status=area_status,
        units=units,
        outline=frozen(counted.outline if counted else np.full(len(units), None, dtype=object)),
        clusters=MappingProxyType(dict(found)),
        visits_known=visits_known,
        held_back=counted.held_back if counted else 0,
        may_show_stations=allowed.may_show_stations,
        categories=rows.categories,
        mentions=rows.mentions,
        stations=rows.stations,
        presence=listed.presence(old, place),
        notes=listed.notes(old),
        totals=listed.totals(old),
        version="",
        turnout=counted.turnout if counted else None,
    )
    made = replace(made, version=version_of(made))
    gone = before.gone_teams if before else np.zeros(0, dtype=np.uint64)
    return Made(made, counted.shown if counted else None, counted.parts if counted else None, gone)


@dataclass(frozen=True, eq=False)
class _Counted:
    """A mission's units with what they were made of."""

    units: Units
    parts: Partition
    finest: IntArray
    outline: npt.NDArray[np.object_]
    shown: Shown
    held_back: int
    turnout: Turnout | None


def _counted(snapshot: Snapshot, rule: Rule, before: Before | None) -> _Counted:
    """Cut the country, decide what may be told of which unit, and count it."""
    registry, mission = snapshot.registry, snapshot.mission
    where, number = places(registry), before.number if before else 1
    categories = counted_categories(snapshot)
    earlier = before.shown if before else ()
    counted = carried(facts_of(snapshot), len(registry.stations), earlier, rule, number, categories)
    seen = counted.day.taken(counted.day.seen)
    if before:
        parts = cut.refined(where.leaves, seen.station, seen.team, rule, before.units, where.ground.borders)
    else:
        parts = cut.partition(where.leaves, seen.station, seen.team, rule, where.ground.borders)
    finest = parts.finest[where.leaves.of_station]
    told = tables(counted.day, counted.table, finest, parts, rule, categories)
    severity = np.full(max(len(snapshot.categories), 1), -1, dtype=np.int64)
    severity[list(categories)] = snapshot.categories.severity[list(categories)]
    sources = FigureSources(
        day=counted.day,
        table=counted.table,
        finest=finest,
        day_release=counted.day_release,
        categories=snapshot.categories.category,
        severity=severity,
        step=STRICT_STEP if mission.disclosure.strict else 1,
        strata=strata_of(snapshot),
        sampled=sampled(snapshot),
        few=rule.stations,
    )
    register = _register(snapshot, parts)
    units = published(registry, where.leaves, parts, told, rule, sources, register, number)
    forms = _turnout_forms([one.turnout for one in earlier], sources, parts, rule)
    return _Counted(
        units=units,
        parts=parts,
        finest=finest,
        outline=patch_shapes.outlines(where.ground, parts, where.polygons),
        shown=_shown(counted, forms, finest, parts, told),
        held_back=int((units.as_of[np.unique(finest)] > 0).sum()),
        turnout=turnout_of(forms, sources.strata),
    )


def _turnout_forms(
    earlier: Sequence[VisitFacts], sources: FigureSources, parts: Partition, rule: Rule
) -> VisitFacts:
    """Return the forms the country's turnout is counted from, none where it may not be shown.

    `earlier`: the forms of the releases before. Beside counts that are rounded there is no exact share.
    """
    drawn = sources.sampled if sources.strata is not None else np.ones(len(sources.sampled), dtype=bool)
    before = [turnout_forms(one, drawn) for one in earlier]
    forms = carried_turnout(turnout_forms(sources.day, drawn), before, rule)
    is_told = parts.state[0] != cut.FAILS and sources.step == 1
    is_told = is_told and turnout_passes(sources.day, forms.station, rule)
    return forms if is_told else forms.taken(forms.station < 0)


def _shown(counted: Carried, forms: VisitFacts, finest: IntArray, parts: Partition, told: Tables) -> Shown:
    return Shown(
        day=counted.day,
        table=counted.table,
        turnout=forms,
        unit=finest,
        group=group_of_stations(finest, parts, told.categories),
        day_release=counted.day_release,
        table_release=counted.table_release,
    )


def _register(snapshot: Snapshot, parts: Partition) -> IntArray:
    """Return how many stations every unit has, (U,): counted where the list of stations is complete.

    Else the country has the sum that is stated, if one is, and all others are HIDDEN.
    """
    if snapshot.mission.frame == "complete":
        return parts.stations
    known = np.full(len(parts), HIDDEN, dtype=np.int64)
    known[0] = stated_sums(snapshot, "stations", ("",))[0]
    return known


def _areas_in(
    snapshot: Snapshot, units: Units, counted: _Counted | None, rows: listed.Told, place: IntArray
) -> tuple[IntArray, tuple[Status, ...]]:
    """Of every area the unit its figures are in, (A,); and the status of the drawn ones, (A',)."""
    areas = snapshot.registry.areas
    unit = np.full(len(areas), -1, dtype=np.int64)
    for position in range(1, len(units)):
        if units.level[position] <= cut.DISTRICT and not units.is_part[position]:
            for area in units.members[position]:
                if areas.level[area] == units.level[position] or unit[area] < 0:
                    unit[area] = position
    drawn = np.flatnonzero(place[:-1] >= 0)
    if counted is None:
        return unit, tuple(units.status[int(unit[one])] for one in drawn.tolist())
    leaves = places(snapshot.registry).leaves
    alone = len(np.unique(leaves.region[leaves.region >= 0])) == 1
    has_stations = np.isin(np.arange(len(areas)), np.concatenate([leaves.region, leaves.district]))
    unit[(unit < 0) & has_stations] = 0  # only in the whole country's
    silent = silent_areas(snapshot, rows, place, len(drawn))
    status: list[Status] = []
    for position, area in enumerate(drawn.tolist()):
        one = int(unit[area])
        if one < 0:
            status.append("not_reported" if silent[position] else "not_observed")
        elif (one == 0 and not alone) or len(units.members[one]) > 1:
            status.append("merged")
        elif units.status[one] == "not_observed" and silent[position]:
            status.append("not_reported")
        else:
            status.append(units.status[one])
    return unit, tuple(status)


def version_of(made: Release) -> str:
    """Return the hash of exactly what is released: equal content, equal version."""
    content = {field.name: getattr(made, field.name) for field in fields(made) if field.name != "version"}
    return content_hash(content)


def _emptied(snapshot: Snapshot) -> Snapshot:
    """The snapshot without a single report, sum, note or presence: what is there before a release."""
    visits, incidents = snapshot.visits, snapshot.incidents
    nothing = {name: getattr(snapshot, name).iloc[:0] for name in ("totals", "presence", "notes")}
    return replace(
        snapshot,
        visits=replace(visits, is_current=frozen(np.zeros(len(visits), dtype=bool))),
        incidents=replace(incidents, is_current=frozen(np.zeros(len(incidents), dtype=bool))),
        **nothing,
    )


def _about(mission: Mission, rule: Rule) -> About:
    same = ("slug", "title", "subtitle", "credit", "contact", "selection", "frame", "nature", "languages")
    return About(
        **{name: getattr(mission, name) for name in (*same, "sources")},
        election_date=mission.election_date.isoformat(),
        as_of=mission.as_of[:10],
        minimum_stations=rule.stations,
        minimum_teams=rule.teams,
        minimum_spare=rule.spare,
        delay_hours=mission.disclosure.delay_hours,
        is_strict=mission.disclosure.strict,
        town_names=mission.town_names,
        false_discovery_rate=mission.thresholds.false_discovery_rate,
    )
