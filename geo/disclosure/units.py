"""Every unit's figures after suppression: coverage, findings, assessments, each with its status."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from geo.columns import frozen, positions
from geo.counts import Choice
from geo.disclosure import figures as figured
from geo.disclosure import rows as listed
from geo.disclosure.cut import SEVERITY_CHOICES, STAGE_CHOICES, choice_name, choices
from geo.disclosure.figures import AREA, CELL, LEVEL, NATION, SHOWN, Group, Rule, System
from geo.disclosure.suppression import protect
from geo.snapshot import Snapshot, UnitKind
from geo.statistics.intervals import clustered
from geo.statistics.material import share
from geo.words import Status

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
# Which units stay a hot spot without any one team, (U,); it is given the press's own snapshot.
HotSpots = Callable[[Snapshot, UnitKind, Choice], BoolArray]

# Which figures of a system to hide because of an earlier release, (F,); see `geo.disclosure.since`.
HoldBack = Callable[[System, BoolArray, Mapping[str, Group], Rule], BoolArray]
MAKERS: Final = (figured.coverage, figured.findings, figured.assessments)

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
class Assessments:
    """Overall assessments of stations per unit at one stage, or at any; all (U,).

    `visits`: those with an assessment (very good, good, bad, very bad); `negative`: bad or very bad, SMALL
    for 1 or 2; both HIDDEN where not told. `rate`, `rate_low`, `rate_high`: as in `Findings`.
    """

    status: tuple[Status, ...]
    visits: IntArray
    negative: IntArray
    rate: FloatArray
    rate_low: FloatArray
    rate_high: FloatArray


@dataclass(frozen=True, eq=False)
class Units:
    """One grouping. `stations`: (U,) int64 N, HIDDEN where the list is not complete and no sum is stated.

    `coverage`: by stage ("all", "opening", …). `findings`: by choice ("all/medium", "voting/low", …).
    `assessments`: by stage; empty where visits are not counted one by one.
    """

    unit_id: tuple[str, ...]
    stations: IntArray
    coverage: Mapping[str, Coverage]
    findings: Mapping[str, Findings]
    assessments: Mapping[str, Assessments]


def counted(
    snapshot: Snapshot,
    rows: listed.Told,
    place: IntArray,
    hot_spots: HotSpots | None,
    between: Sequence[HoldBack] = (),
) -> tuple[dict[str, Units], int]:
    """Every figure of a mission whose visits are counted, after suppression.

    `between`: what else to hide because of an earlier release; also returns how many figures that were.
    """
    found, rule = figured.groups(snapshot), figured.rule_of(snapshot)
    covered, seen, rated = (make(found, rule) for make in MAKERS)
    hidden = protect(covered.figures, covered.primary)
    hidden, more = _held_back(covered, hidden, found, rule, between)
    hidden_n = _spread(covered, hidden)
    hidden, also = _held_back(seen, protect(seen.figures, seen.primary), found, rule, between)
    hidden_mk = _spread(seen, hidden)
    hidden = protect(rated.figures, _assessments_hidden(rated, hidden_mk))
    hidden, last = _held_back(rated, hidden, found, rule, between)
    hidden_ab = _with_both(_spread(rated, hidden))
    silent = _silent(snapshot, rows, place, len(found[AREA]))
    made = {}
    for name in SHOWN:
        group = found[name]
        not_said = silent if name == AREA else np.zeros(len(group), dtype=bool)
        coverage = {
            stage or "all": _coverage(
                group, rule, index, _as_the_day(hidden_n, (name, "n", index), 0, group.n[index]), not_said
            )
            for index, stage in enumerate(STAGE_CHOICES)
        }
        findings = _by_choice(snapshot, name, group, rule, hidden_mk, not_said, hot_spots)
        assessments = {}
        for index, stage in enumerate(STAGE_CHOICES):
            mask = (
                _as_the_day(hidden_ab, (name, "a", index), 0, group.a[index]),
                hidden_ab[name, "b", index],
            )
            one = _assessments(snapshot, group, rule, index, mask, coverage[stage or "all"])
            assessments[stage or "all"] = one
        made[name] = Units(
            unit_id=group.ids,
            stations=_stations_known(snapshot, group),
            assessments=MappingProxyType(assessments),
            coverage=MappingProxyType(coverage),
            findings=MappingProxyType(findings),
        )
    return made, more + also + last


def _by_choice(
    snapshot: Snapshot,
    name: str,
    group: Group,
    rule: Rule,
    hidden: Mapping[tuple[str, str, int], BoolArray],
    not_said: BoolArray,
    hot_spots: HotSpots | None,
) -> dict[str, Findings]:
    """Return a group's figures of findings, one entry per choice of stage and severity."""
    made = {}
    for (stage, severity), choice in choices(snapshot).items():
        index = STAGE_CHOICES.index(stage) * len(SEVERITY_CHOICES) + SEVERITY_CHOICES.index(severity)
        at, band = divmod(index, len(SEVERITY_CHOICES))
        masks = (
            _as_the_day(hidden, (name, "m", index), band, group.m[at, band]),
            hidden[name, "k", index],
        )
        plain = _findings(snapshot, group, rule, index, masks, not_said)
        of = figured.exposed(snapshot, stage, severity)
        low, high = _interval(plain.rate, snapshot, group, rule, of)
        plain = replace(plain, rate_low=low, rate_high=high)
        made[choice_name(stage, severity)] = _flagged(plain, snapshot, group, choice, hot_spots)
    return made


def _as_the_day(
    hidden: Mapping[tuple[str, str, int], BoolArray], asked: tuple[str, str, int], day: int, value: IntArray
) -> BoolArray:
    """Hide a nought of one stage where the day is hidden.

    "Suppressed" in the morning beside "not observed" later says when somebody came: whoever has the plan of
    an area, where one team opens one station, would know the station and the hour.
    """
    name, measure, _ = asked
    found: BoolArray = hidden[asked] | (hidden[name, measure, day] & (value == 0))
    return found


def _held_back(
    system: System, hidden: BoolArray, found: Mapping[str, Group], rule: Rule, between: Sequence[HoldBack]
) -> tuple[BoolArray, int]:
    """Hide as well what would tell too much beside an earlier release; and how many figures that is."""
    before = int(hidden.sum())
    for hold in between:
        hidden = hidden | hold(system, hidden, found, rule)
    return hidden, int(hidden.sum()) - before


def _assessments_hidden(rated: System, hidden_mk: Mapping[tuple[str, str, int], BoolArray]) -> BoolArray:
    """Figures of assessments to hide before all else: at least where the visits whose form asked are hidden.

    A form that asks about findings usually ends with the assessment, so the two counts of visits are
    nearly the same: one must not tell what the other hides. And a share needs both of its numbers.
    """
    bands = len(SEVERITY_CHOICES)
    primary = rated.primary.copy()
    for place, (group, measure) in enumerate(zip(rated.group, rated.measure, strict=True)):
        if group in SHOWN and measure == "a" and rated.figures.value[place] > 0:
            unit, stage = int(rated.unit[place]), int(rated.choice[place])
            primary[place] |= any(hidden_mk[group, "m", stage * bands + band][unit] for band in range(bands))
    return primary


def _with_both(
    found: Mapping[tuple[str, str, int], BoolArray],
) -> dict[tuple[str, str, int], BoolArray]:
    """Hide negative assessments wherever the number of assessments is hidden."""
    return {
        (name, measure, stage): mask | (found[name, "a", stage] if measure == "b" else False)
        for (name, measure, stage), mask in found.items()
    }


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
    nowhere = np.full(len(m), np.nan)
    return Findings(
        status=status,
        visits=frozen(visits),
        with_finding=frozen(found),
        rate=frozen(_rate(status, found, visits)),
        rate_low=frozen(nowhere),
        rate_high=frozen(nowhere.copy()),
        is_hot_spot=frozen(np.zeros(len(m), dtype=bool)),
    )


def _assessments(
    snapshot: Snapshot,
    group: Group,
    rule: Rule,
    stage: int,
    hidden: tuple[BoolArray, BoolArray],
    covered: Coverage,
) -> Assessments:
    a, b = group.a[stage], group.b[stage]
    nothing = ~hidden[0] & (a == 0)
    hidden_b = (hidden[0] | hidden[1]) & ~nothing
    # observers were there, and none of them gave an assessment: no visits to say it of, not "not observed"
    nobody = nothing & np.isin(np.array(covered.status, dtype=object), ("not_observed", "not_reported"))
    words: tuple[Status, ...] = covered.status
    told = _status((hidden_b, "suppressed"), (a < _minimum(snapshot, group), "insufficient"))
    status = tuple(w if n else t for w, t, n in zip(words, told, nobody.tolist(), strict=True))
    negative = np.where((b > 0) & (b < rule.small), SMALL, figured.rounded(b, rule))
    visits = np.where(hidden[0], HIDDEN, figured.rounded(a, rule))
    negative = np.where(hidden_b, HIDDEN, negative)
    rate = _rate(status, negative, visits)
    low, high = _interval(rate, snapshot, group, rule, figured.assessed(snapshot, STAGE_CHOICES[stage]))
    return Assessments(status, frozen(visits), frozen(negative), frozen(rate), low, high)


def _rate(status: tuple[Status, ...], found: IntArray, visits: IntArray) -> FloatArray:
    """k of m where both are told and there are visits enough, else NaN."""
    has_rate = (np.array(status, dtype=object) == "published") & (found >= 0)
    at_most = np.minimum(1.0, share(np.maximum(found, 0), np.maximum(visits, 0)))
    return np.asarray(np.where(has_rate, at_most, np.nan), dtype=np.float64)


def _minimum(snapshot: Snapshot, group: Group) -> int:
    thresholds = snapshot.mission.thresholds
    return thresholds.cell_visits if group.name == CELL else thresholds.area_visits


def _interval(
    rate: FloatArray,
    snapshot: Snapshot,
    group: Group,
    rule: Rule,
    of: tuple[BoolArray, BoolArray],
) -> tuple[FloatArray, FloatArray]:
    """The ends of the interval, of a random sample only; beside a rounded rate it would undo the rounding.

    `of`: the visits that count and those of them with what is counted, (V,) each.
    """
    if snapshot.mission.selection != "probability" or rule.is_strict:
        return frozen(np.full(len(rate), np.nan)), frozen(np.full(len(rate), np.nan))
    exposed, found = of
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
    shown = np.isfinite(rate)
    return (
        frozen(np.where(shown, np.floor(low * 100) / 100, np.nan)),
        frozen(np.where(shown, np.ceil(high * 100) / 100, np.nan)),
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


def stated(snapshot: Snapshot, rows: listed.Told, place: IntArray) -> dict[str, Units]:
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
            assessments=MappingProxyType({}),
        )
    return made
