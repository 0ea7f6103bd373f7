"""What came between two releases: their difference must not show fewer stations or teams than one may."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from geo import counts as counting
from geo.counts import Choice
from geo.disclosure import figures as figured
from geo.disclosure.cut import SEVERITY_CHOICES, STAGE_CHOICES, choice_name
from geo.disclosure.figures import AREA, CELL, NATION, PART, SHOWN, SOME_OF, Group, Rule, System
from geo.disclosure.suppression import protect
from geo.disclosure.units import HIDDEN, HoldBack, Units
from geo.snapshot import Snapshot
from geo.tables import OUTCOMES

BoolArray = npt.NDArray[np.bool_]
HashArray = npt.NDArray[np.uint64]
IntArray = npt.NDArray[np.int64]
NO_TEAM: Final = np.uint64(0)
BANDS: Final = len(SEVERITY_CHOICES)


@dataclass(frozen=True, eq=False)
class Basis:
    """The visits that a release counted, as salted hashes: never released, kept beside it; all (R,).

    `record`: of the visit's name and everything below but where it is. `station`, `team` (0: none).
    `area`, `cell`: positions in `area_ids` and `cell_ids`, -1 for none. `stage`: among the choices.
    `flags`: (R, 9) observed; asked and found by severity; assessed, negatively.
    """

    record: HashArray
    station: HashArray
    team: HashArray
    area: IntArray
    cell: IntArray
    stage: IntArray
    flags: BoolArray
    area_ids: tuple[str, ...]
    cell_ids: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Earlier:
    """An earlier release of the mission, withdrawn or not: somebody may have kept it."""

    units: Mapping[str, Units]  # by group: nation, area, cell
    basis: Basis


def basis_of(snapshot: Snapshot, found: Mapping[str, Group], salt: bytes) -> Basis:
    """Return what a release counts, visit by visit. `snapshot`: after the delay; `found`: its groups."""
    visits = snapshot.visits
    kept = np.flatnonzero(counting.counted_visits(visits, Choice()))
    station = visits.station[kept]
    names = snapshot.registry.stations.station_id
    distinct, place = np.unique(station, return_inverse=True)
    station_hash = _hashes(salt, names.take(distinct).to_pylist())[place]
    team_hash = np.append(_hashes(salt, list(snapshot.teams.team_id)), NO_TEAM)[visits.team[kept]]
    columns = [counting.counted_visits(visits, Choice()) & (visits.outcome == OUTCOMES.index("observed"))]
    pairs = [figured.exposed(snapshot, "", severity) for severity in SEVERITY_CHOICES]
    columns += [asked for asked, _ in pairs] + [seen for _, seen in pairs]
    columns += list(figured.assessed(snapshot, ""))
    flags = np.column_stack([column[kept] for column in columns]).astype(bool)
    stages = [visits.stage[kept] == code for code in _stage_codes()]
    stage = np.select(stages, np.arange(1, len(STAGE_CHOICES)), 0).astype(np.int64)
    area, cell = found[AREA].unit[station], found[CELL].unit[station]
    own = _hashes(salt, visits.visit_id.take(kept).to_pylist())
    weight = np.uint64(0x9E3779B97F4A7C15)
    record = own.copy()
    bits = (flags @ (1 << np.arange(flags.shape[1]))).astype(np.uint64)
    for part in (station_hash, team_hash, stage.astype(np.uint64), bits):
        record = (record ^ part) * weight ^ (record >> np.uint64(29))
    return Basis(record, station_hash, team_hash, area, cell, stage, flags, found[AREA].ids, found[CELL].ids)


def _stage_codes() -> list[int]:
    from geo.tables import STAGES

    return [STAGES.index(stage) for stage in STAGE_CHOICES[1:]]


def _hashes(salt: bytes, texts: Sequence[str]) -> HashArray:
    found = [hashlib.blake2b(text.encode(), digest_size=8, key=salt[:64]).digest() for text in texts]
    return np.frombuffer(b"".join(found), dtype="<u8").astype(np.uint64) | np.uint64(1)


def changed(old: Basis, new: Basis) -> tuple[Basis, Basis]:
    """Return the records that only the new release has, and those that only the old one has."""
    return _taken(new, ~np.isin(new.record, old.record)), _taken(old, ~np.isin(old.record, new.record))


def _taken(basis: Basis, chosen: BoolArray) -> Basis:
    arrays = {f.name: getattr(basis, f.name) for f in fields(Basis) if not f.name.endswith("_ids")}
    return replace(basis, **{name: array[chosen] for name, array in arrays.items()})


def groups_between(found: Mapping[str, Group], old: Basis, new: Basis) -> dict[str, Group]:
    """Return the groups with, for their counts, those of what changed between two releases.

    A visit that was corrected counts twice, as it was and as it is: more than a reader can tell.
    """
    both = [(one, _units_of(found, one)) for one in changed(old, new)]
    whole = [(one, _units_of(found, one)) for one in (old, new)]
    made = {}
    for name, group in found.items():
        size = len(group)
        counts: dict[str, list[Any]] = {
            key: [] for key in (*figured.BY_STAGE, "m", "k", "m_stations", "m_teams")
        }
        for stage in range(len(STAGE_CHOICES)):
            stations, teams = _newly_observed(whole, name, stage, size)
            counts["n"].append(stations)
            counts["n_teams"].append(teams)
            for band in range(BANDS):
                m, m_stations, m_teams = _counted(both, name, stage, 1 + band, size)
                counts["m"].append(m)
                counts["m_stations"].append(m_stations)
                counts["m_teams"].append(m_teams)
                counts["k"].append(_counted(both, name, stage, 1 + BANDS + band, size)[0])
            a, a_stations, a_teams = _counted(both, name, stage, 1 + 2 * BANDS, size)
            counts["a"].append(a)
            counts["a_stations"].append(a_stations)
            counts["a_teams"].append(a_teams)
            counts["b"].append(_counted(both, name, stage, 2 + 2 * BANDS, size)[0])
        flat, deep = (len(STAGE_CHOICES), size), (len(STAGE_CHOICES), BANDS, size)
        shaped: dict[str, Any] = {
            key: np.array(rows).reshape(flat if key in figured.BY_STAGE else deep)
            for key, rows in counts.items()
        }
        made[name] = replace(group, **shaped)
    return made


def _units_of(found: Mapping[str, Group], basis: Basis) -> dict[str, IntArray]:
    """Where each record lies in the groups as they are now, -1 for nowhere."""
    area_ids, cell_ids = [*basis.area_ids, ""], [*basis.cell_ids, ""]
    places = {name: {key: i for i, key in enumerate(group.ids)} for name, group in found.items()}
    area = [area_ids[i] for i in basis.area.tolist()]
    cell = [cell_ids[i] for i in basis.cell.tolist()]
    return {
        NATION: np.zeros(len(area), dtype=np.int64),
        AREA: np.array([places[AREA].get(one, -1) for one in area], dtype=np.int64),
        CELL: np.array([places[CELL].get(one, -1) for one in cell], dtype=np.int64),
        PART: np.array(
            [places[PART].get(f"{a}×{c}", -1) for a, c in zip(area, cell, strict=True)], dtype=np.int64
        ),
    }


def _counted(
    both: Sequence[tuple[Basis, Mapping[str, IntArray]]], name: str, stage: int, flag: int, size: int
) -> tuple[IntArray, IntArray, IntArray]:
    """How many changed records have a flag, of how many stations and of how many teams, per unit."""
    unit, station, team = [], [], []
    for basis, of in both:
        chosen = basis.flags[:, flag] & (of[name] >= 0)
        if stage:
            chosen = chosen & (basis.stage == stage)
        unit.append(of[name][chosen])
        station.append(basis.station[chosen])
        team.append(basis.team[chosen])
    units, teams = np.concatenate(unit), np.concatenate(team)
    has_team = teams != NO_TEAM
    return (
        np.bincount(units, minlength=size).astype(np.int64),
        _distinct(units, np.concatenate(station), size),
        _distinct(units[has_team], teams[has_team], size),
    )


def _newly_observed(
    whole: Sequence[tuple[Basis, Mapping[str, IntArray]]], name: str, stage: int, size: int
) -> tuple[IntArray, IntArray]:
    """How many stations are observed in one of two releases only, and by how many teams, per unit."""
    seen = []
    for basis, of in whole:
        chosen = basis.flags[:, 0] & (of[name] >= 0) & ((basis.stage == stage) | (stage == 0))
        seen.append((of[name][chosen], basis.station[chosen], basis.team[chosen]))
    differs = [~np.isin(mine[1], theirs[1]) for mine, theirs in zip(seen, reversed(seen), strict=True)]
    unit = np.concatenate([one[0][d] for one, d in zip(seen, differs, strict=True)])
    station = np.concatenate([one[1][d] for one, d in zip(seen, differs, strict=True)])
    team = np.concatenate([one[2][d] for one, d in zip(seen, differs, strict=True)])
    has_team = team != NO_TEAM
    return _distinct(unit, station, size), _distinct(unit[has_team], team[has_team], size)


def _distinct(unit: IntArray, thing: HashArray, size: int) -> IntArray:
    pairs = np.unique(np.column_stack([unit.astype(np.uint64), thing]), axis=0)
    return np.bincount(pairs[:, 0].astype(np.int64), minlength=size).astype(np.int64)


def hold_back(earlier: Earlier, basis: Basis) -> HoldBack:
    """Return what decides which figures a release must hide because of an earlier one.

    `basis`: of the new release. A difference is known where both releases show the figure; findings that
    differ by one or two are too few as well.
    """

    def hold(system: System, hidden: BoolArray, found: Mapping[str, Group], rule: Rule) -> BoolArray:
        between = groups_between(found, earlier.basis, basis)
        change = change_of(system, between, rule)
        known_in_neither = hidden | hidden_in(system, earlier)
        told = protect(change.figures, change.primary | known_in_neither)
        is_shown = np.isin(np.array(system.group, dtype=object), SHOWN)
        return np.asarray(told & ~known_in_neither & is_shown)

    return hold


def change_of(system: System, between: Mapping[str, Group], rule: Rule) -> System:
    """Return the system of the same figures whose values are what changed between two releases."""
    if system.measure[0] == "n":
        change = figured.coverage(between, rule, is_change=True)
    elif system.measure[0] == "m":
        change = figured.findings(between, rule)
    else:
        change = figured.assessments(between, rule)
    is_some = np.isin(np.array(change.measure, dtype=object), SOME_OF)
    few = is_some & (change.figures.value > 0) & (change.figures.value < rule.small)
    # that a figure is hidden does not say that it changed
    figures = replace(change.figures, hidden_low=np.zeros(len(few)))
    return replace(change, figures=figures, primary=change.primary | few)


def hidden_in(system: System, earlier: Earlier) -> BoolArray:
    """Return which figures a release did not tell, or had no such unit for, (F,)."""
    hidden = np.ones(len(system.group), dtype=bool)
    group, measure = np.array(system.group, dtype=object), np.array(system.measure, dtype=object)
    for name, units in earlier.units.items():
        place = {key: i for i, key in enumerate(units.unit_id)}
        for what in sorted(set(system.measure)):
            for choice in np.unique(system.choice[measure == what]).tolist():
                mine = np.flatnonzero((group == name) & (measure == what) & (system.choice == choice))
                told = _told(units, what, choice)
                keys = [_key_of(system.figures.key[i]) for i in mine.tolist()]
                at = np.array([place.get(key, len(told)) for key in keys], dtype=np.int64)
                hidden[mine] = np.append(told, HIDDEN)[at] == HIDDEN
    return hidden


def _key_of(key: str) -> str:
    return key.split("/", 3)[3]


def _told(units: Units, measure: str, choice: int) -> IntArray:
    bands = BANDS if measure in ("m", "k") else 1
    stage, band = STAGE_CHOICES[choice // bands], SEVERITY_CHOICES[choice % bands]
    nothing = np.full(len(units.unit_id), HIDDEN, dtype=np.int64)
    if measure == "n":
        covered = units.coverage.get(stage or "all")
        return covered.observed if covered else nothing
    if measure in ("a", "b"):
        rated = units.assessments.get(stage or "all")
        return nothing if rated is None else rated.visits if measure == "a" else rated.negative
    found = units.findings[choice_name(stage, band)]
    return found.visits if measure == "m" else found.with_finding
