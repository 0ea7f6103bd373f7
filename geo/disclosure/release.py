"""What the press may see of a snapshot, and nothing else: aggregates with their status, cleared rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.columns import content_hash, frozen, positions
from geo.counts import Choice
from geo.disclosure import figures as figured
from geo.disclosure import rows as listed
from geo.disclosure.cut import (
    SEVERITY_CHOICES,
    STAGE_CHOICES,
    choice_name,
    choices,
    delayed,
    gate,
)
from geo.disclosure.figures import AREA, CELL, LEVEL, NATION, SHOWN, Group, Rule, System
from geo.disclosure.rows import Total
from geo.disclosure.suppression import protect
from geo.mission import Mission, Source
from geo.registry import Areas
from geo.reports import Categories
from geo.snapshot import Snapshot, UnitKind
from geo.statistics.intervals import clustered
from geo.statistics.material import share
from geo.words import Nature, Selection, Status

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
# Which units stay a hot spot without any one team, (U,); it is given the press's own snapshot.
HotSpots = Callable[[Snapshot, UnitKind, Choice], BoolArray]

HIDDEN: Final = -1  # not shown; the status says why
SMALL: Final = -2  # shown as "<3"


@dataclass(frozen=True, eq=False)
class Coverage:
    """Stations observed per unit at one stage, or at any. `observed`: (U,) int64, HIDDEN where not told."""

    status: tuple[Status, ...]
    observed: IntArray


@dataclass(frozen=True, eq=False)
class Findings:
    """Visits with a finding per unit under one choice; all (U,).

    `visits`: m, whose form asked; `with_finding`: k, SMALL for 1 or 2; both HIDDEN where not told.
    `rate`: k/m, NaN unless published with a figure. `rate_low`, `rate_high`: its 95 % interval in whole
    percent, outwards, NaN unless the stations are a random sample. `is_hot_spot`: robust ones only.
    """

    status: tuple[Status, ...]
    visits: IntArray
    with_finding: IntArray
    rate: FloatArray
    rate_low: FloatArray
    rate_high: FloatArray
    is_hot_spot: BoolArray


@dataclass(frozen=True, eq=False)
class Units:
    """One grouping. `stations`: (U,) int64 N, HIDDEN where the list is not complete and no sum is stated.

    `coverage`: by stage ("all", "opening", …). `findings`: by choice ("all/medium", "voting/low", …).
    """

    unit_id: tuple[str, ...]
    stations: IntArray
    coverage: Mapping[str, Coverage]
    findings: Mapping[str, Findings]


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
    small_count: int
    delay_hours: float
    is_strict: bool
    area_visits: int
    cell_visits: int
    observed_areas: int
    false_discovery_rate: float


@dataclass(frozen=True, eq=False)
class Release:
    """One mission as the press sees it. Two releases are equal if their content is; `version` is its hash.

    `area`: (A,) positions of the drawn areas in `areas`. `mentions`: one row per finding that may be
    listed, columns station (position in `stations`, -1), area (among the drawn, -1), category, severity
    (codes, -1), stage, completeness, repeats, is_unresolved, number, place_as_written, ambiguity,
    candidates, locator. `stations`: those named or, where allowed, visited. `presence`: area, kind,
    place_as_written, ambiguity, starts, ends, locator. `notes`: kind, titles, bodies, source, locator.
    `visits_known`: are visits counted one by one; if not, figures come from `totals`.
    """

    state: Literal["released", "nothing_yet"]
    about: About
    areas: Areas
    area: IntArray
    nation: Units
    by_area: Units
    by_cell: Units
    visits_known: bool
    may_show_stations: bool
    categories: Categories
    mentions: pd.DataFrame
    stations: pd.DataFrame
    presence: pd.DataFrame
    notes: pd.DataFrame
    totals: tuple[Total, ...]
    version: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Release) and other.version == self.version

    def __hash__(self) -> int:
        return hash(self.version)

    def total(self, measure: str, area_id: str = "") -> int | None:
        """Return a stated sum, None where it is not known."""
        found = [t.value for t in self.totals if (t.measure, t.area_id) == (measure, area_id)]
        return found[0] if found else None


def release(
    snapshot: Snapshot, now: datetime, *, cleared: bool = False, hot_spots: HotSpots | None = None
) -> Release:
    """Return what the press may see at a moment; a live mission that nobody cleared shows nothing.

    `now`: timezone-aware; reports newer than the mission's delay before it do not count. `cleared`:
    somebody signed this release off (of a live mission). `hot_spots`: how to find the robust ones.
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
    units = _units(old, rows, place, hot_spots) if visits_known else _stated(old, rows, place)
    made = Release(
        state="released" if allowed.is_open else "nothing_yet",
        about=_about(snapshot.mission),
        areas=areas,
        area=frozen(drawn),
        nation=units[NATION],
        by_area=units[AREA],
        by_cell=units[CELL],
        visits_known=visits_known,
        may_show_stations=allowed.may_show_stations,
        categories=rows.categories,
        mentions=rows.mentions,
        stations=rows.stations,
        presence=listed.presence(old, place),
        notes=listed.notes(old),
        totals=listed.totals(old),
        version="",
    )
    return replace(made, version=_version(made))


def _version(made: Release) -> str:
    """The hash of exactly what is released: equal content, equal version."""
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


def _about(mission: Mission) -> About:
    asked, thresholds = mission.disclosure, mission.thresholds
    same = ("slug", "title", "subtitle", "credit", "contact", "selection", "frame", "nature", "languages")
    return About(
        **{name: getattr(mission, name) for name in (*same, "sources")},
        election_date=mission.election_date.isoformat(),
        as_of=mission.as_of[:10],
        minimum_stations=asked.minimum_stations,
        minimum_teams=asked.minimum_teams,
        small_count=asked.small_count,
        delay_hours=asked.delay_hours,
        is_strict=asked.strict,
        area_visits=thresholds.area_visits,
        cell_visits=thresholds.cell_visits,
        observed_areas=thresholds.observed_areas,
        false_discovery_rate=thresholds.false_discovery_rate,
    )


def _units(
    snapshot: Snapshot, rows: listed.Told, place: IntArray, hot_spots: HotSpots | None
) -> dict[str, Units]:
    """Every figure of a mission whose visits are counted, after suppression."""
    found, rule = figured.groups(snapshot), figured.rule_of(snapshot)
    covered, seen = figured.coverage(found, rule), figured.findings(found, rule)
    hidden_n = _spread(covered, protect(covered.figures, covered.primary))
    hidden_mk = _spread(seen, protect(seen.figures, seen.primary))
    silent = _silent(snapshot, rows, place, len(found[AREA]))
    made = {}
    for name in SHOWN:
        group = found[name]
        not_said = silent if name == AREA else np.zeros(len(group), dtype=bool)
        coverage = {
            stage or "all": _coverage(group, rule, index, hidden_n[name, "n", index], not_said)
            for index, stage in enumerate(STAGE_CHOICES)
        }
        findings = {}
        for (stage, severity), choice in choices(snapshot).items():
            index = STAGE_CHOICES.index(stage) * len(SEVERITY_CHOICES) + SEVERITY_CHOICES.index(severity)
            masks = hidden_mk[name, "m", index], hidden_mk[name, "k", index]
            plain = _findings(snapshot, group, rule, index, masks, not_said)
            plain = _with_interval(plain, snapshot, group, rule, (stage, severity))
            findings[choice_name(stage, severity)] = _flagged(plain, snapshot, group, choice, hot_spots)
        made[name] = Units(
            unit_id=group.ids,
            stations=_stations_known(snapshot, group),
            coverage=MappingProxyType(coverage),
            findings=MappingProxyType(findings),
        )
    return made


def _spread(system: System, hidden: BoolArray) -> dict[tuple[str, str, int], BoolArray]:
    """The hidden figures as one mask per group, measure and choice."""
    group, measure = np.array(system.group, dtype=object), np.array(system.measure, dtype=object)
    spread = {}
    for name in SHOWN:
        for what in np.unique(measure.astype(str)).tolist():
            for choice in np.unique(system.choice).tolist():
                one = (group == name) & (measure == what) & (system.choice == choice)
                spread[name, what, choice] = hidden[one]
    return spread


def _coverage(group: Group, rule: Rule, stage: int, hidden: BoolArray, silent: BoolArray) -> Coverage:
    value = group.n[stage]
    nothing = ~hidden & (value == 0)
    return Coverage(
        status=_status((hidden, "suppressed"), (nothing & silent, "not_reported"), (nothing, "not_observed")),
        observed=frozen(np.where(hidden, HIDDEN, figured.rounded(value, rule))),
    )


def _findings(
    snapshot: Snapshot,
    group: Group,
    rule: Rule,
    index: int,
    hidden: tuple[BoolArray, BoolArray],
    silent: BoolArray,
) -> Findings:
    stage, band = divmod(index, len(SEVERITY_CHOICES))
    m, k = group.m[stage, band], group.k[stage, band]
    nothing = ~hidden[0] & (m == 0)
    hidden_k = (hidden[0] | hidden[1]) & ~nothing
    few = m < _minimum(snapshot, group)
    status = _status(
        (nothing & silent, "not_reported"),
        (nothing, "not_observed"),
        (hidden_k, "suppressed"),
        (few, "insufficient"),
    )
    is_small = (k > 0) & (k < rule.small)
    visits = np.where(hidden[0], HIDDEN, figured.rounded(m, rule))
    found = np.where(hidden_k, HIDDEN, np.where(is_small, SMALL, figured.rounded(k, rule)))
    has_rate = (np.array(status, dtype=object) == "published") & (found >= 0)
    rate = np.where(has_rate, np.minimum(1.0, share(np.maximum(found, 0), np.maximum(visits, 0))), np.nan)
    nowhere = np.full(len(m), np.nan)
    return Findings(
        status=status,
        visits=frozen(visits),
        with_finding=frozen(found),
        rate=frozen(rate),
        rate_low=frozen(nowhere),
        rate_high=frozen(nowhere.copy()),
        is_hot_spot=frozen(np.zeros(len(m), dtype=bool)),
    )


def _minimum(snapshot: Snapshot, group: Group) -> int:
    thresholds = snapshot.mission.thresholds
    return thresholds.cell_visits if group.name == CELL else thresholds.area_visits


def _with_interval(
    plain: Findings, snapshot: Snapshot, group: Group, rule: Rule, choice: tuple[str, str]
) -> Findings:
    """Add the interval, of a random sample only; beside a rounded rate it would undo the rounding."""
    if snapshot.mission.selection != "probability" or rule.is_strict:
        return plain
    exposed, found = figured.exposed(snapshot, *choice)
    unit = np.append(group.unit, -1)[snapshot.visits.station]
    seen = exposed & (unit >= 0)
    low, high = clustered(
        found[seen].astype(np.float64),
        np.ones(int(seen.sum())),
        snapshot.visits.team[seen].astype(np.int64),
        unit=unit[seen],
        n_units=len(group),
        icc=snapshot.mission.thresholds.intraclass_correlation,
    )
    shown = np.isfinite(plain.rate)
    return replace(
        plain,
        rate_low=frozen(np.where(shown, np.floor(low * 100) / 100, np.nan)),
        rate_high=frozen(np.where(shown, np.ceil(high * 100) / 100, np.nan)),
    )


def _flagged(
    plain: Findings, snapshot: Snapshot, group: Group, choice: Choice, hot_spots: HotSpots | None
) -> Findings:
    if hot_spots is None or group.name == NATION:
        return plain
    kind: UnitKind = "cell" if group.name == CELL else "area"
    robust = np.asarray(hot_spots(snapshot, kind, choice), dtype=bool)
    return replace(plain, is_hot_spot=frozen(robust & np.isfinite(plain.rate)))


def _status(*rules: tuple[BoolArray, Status]) -> tuple[Status, ...]:
    """The first rule that holds decides; otherwise published."""
    words: Any = np.select(
        [mask for mask, _ in rules], [np.array(word, dtype=object) for _, word in rules], "published"
    )
    return tuple(words.tolist())


def _stations_known(snapshot: Snapshot, group: Group) -> IntArray:
    """N per unit: counted where the list is complete, else a stated sum, else HIDDEN."""
    if snapshot.mission.frame == "complete":
        return frozen(group.stations)
    if group.name == CELL:
        return frozen(np.full(len(group), HIDDEN, dtype=np.int64))
    return frozen(_stated_sums(snapshot, "stations", group.ids))


def _stated_sums(snapshot: Snapshot, measure: str, ids: tuple[str, ...]) -> IntArray:
    sums = [snapshot.total(measure, unit) for unit in ids]
    return np.array([HIDDEN if value is None else value for value in sums], dtype=np.int64)


def _silent(snapshot: Snapshot, rows: listed.Told, place: IntArray, size: int) -> BoolArray:
    """Areas whose visits happened though their number is not told: said so, or named in a finding."""
    ids = np.array([*snapshot.registry.areas.area_id], dtype=object)[np.flatnonzero(place[:-1] >= 0)]
    said = np.array([snapshot.is_not_reported("visited", unit) for unit in ids.tolist()], dtype=bool)
    on_day = snapshot.presence["kind"] == "election_day"
    present = place[positions(snapshot.presence.loc[on_day, "area_id"], snapshot.registry.areas.index)]
    named = np.concatenate([rows.mentions["area"].to_numpy(dtype=np.int64), present])
    has_counts = bool(snapshot.visits.is_current.any())
    if has_counts:  # then presence without a visit is no observation yet
        named = rows.mentions.loc[rows.mentions["station"] >= 0, "area"].to_numpy(dtype=np.int64)
    return np.asarray(said.reshape(size) | np.isin(np.arange(size), named))


def _stated(snapshot: Snapshot, rows: listed.Told, place: IntArray) -> dict[str, Units]:
    """The figures of a mission that has no visits of its own: stated sums, and no rates."""
    made, least = {}, snapshot.mission.disclosure.minimum_stations
    areas = snapshot.registry.areas.area_id
    ids = {
        NATION: ("",),
        AREA: tuple(areas[i] for i in np.flatnonzero(place[:-1] >= 0).tolist()),
        CELL: tuple[str, ...](),
    }
    silent = _silent(snapshot, rows, place, len(ids[AREA]))
    own = snapshot.unit_of_station("area", LEVEL)
    in_area = np.bincount(place[own][place[own] >= 0], minlength=len(ids[AREA])).astype(np.int64)
    in_all = np.array([len(snapshot.registry.stations)])
    for name, unit_ids in ids.items():
        observed = _stated_sums(snapshot, "visited", unit_ids)
        not_said = silent if name == AREA else np.zeros(len(unit_ids), dtype=bool)
        status = _status(
            (observed >= least, "published"),
            (observed > 0, "insufficient"),
            (not_said, "not_reported"),
            (observed < least, "not_observed"),
        )
        sums = _stated_sums(snapshot, "stations", unit_ids)
        if snapshot.mission.frame == "complete" and name != CELL:
            sums = np.where(sums >= 0, sums, in_area if name == AREA else in_all)
        nothing = np.full(len(unit_ids), HIDDEN, dtype=np.int64)
        unknown: tuple[Status, ...] = tuple(
            "not_observed" if word == "not_observed" else "not_reported" for word in status
        )
        missing = np.full(len(unit_ids), np.nan)
        no_rate = Findings(
            unknown,
            frozen(nothing),
            frozen(nothing),
            frozen(missing),
            frozen(missing),
            frozen(missing),
            frozen(np.zeros(len(unit_ids), dtype=bool)),
        )
        made[name] = Units(
            unit_id=unit_ids,
            stations=frozen(sums),
            coverage=MappingProxyType({"all": Coverage(status, frozen(observed))}),
            findings=MappingProxyType({choice_name(*chosen): no_rate for chosen in choices(snapshot)}),
        )
    return made
