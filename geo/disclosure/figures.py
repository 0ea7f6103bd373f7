"""Every figure the press could see, as sums of the smallest parts they share: area by cell by stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, kron, vstack

from geo import counts as counting
from geo import grid
from geo.counts import BoolArray, Choice
from geo.disclosure.cut import SEVERITY_CHOICES, STAGE_CHOICES, choices
from geo.disclosure.problem import PER_FIGURE, Figures, width
from geo.snapshot import Snapshot
from geo.tables import OUTCOMES, OVERALL

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

LEVEL: Final = 1  # the press sees oblasts; districts are for the desk
STRICT_LEAST: Final = 10  # ONS 10–5: counts under 10 are not shown, others are rounded to 5
STRICT_STEP: Final = 5
NATION, AREA, CELL, PART = "nation", "area", "cell", "part"
SHOWN: Final = (NATION, AREA, CELL)
# What hiding a figure costs: the country's before an oblast's before a cell's, the headline first.
LOSS: Final[Mapping[str, float]] = {NATION: 300.0, AREA: 20.0, CELL: 1.0}
LOSS_ALL_STAGES: Final = 10.0
LOSS_HEADLINE: Final = 3.0
# Findings and negative assessments: some of the visits that could have had one.
SOME_OF: Final = ("k", "b")
BY_STAGE: Final = ("n", "n_teams", "a", "b", "a_stations", "a_teams")
STAGES_COUNT: Final = len(STAGE_CHOICES)
BANDS: Final = len(SEVERITY_CHOICES)


@dataclass(frozen=True, slots=True)
class Rule:
    """The mission's rules as numbers. `needs_teams`: False where a public source names no team."""

    stations: int
    teams: int
    small: int
    is_strict: bool
    needs_teams: bool


@dataclass(frozen=True, eq=False)
class Group:
    """One grouping of the stations and its true counts under every choice.

    `unit`: (S,) of every station, -1 for none. `stations`: (U,) known to exist. `n`, `n_teams`: (5, U)
    stations observed and their teams, by stage choice. `m`, `k`: (5, 3, U) visits whose form asked and
    those with a finding; `m_stations`, `m_teams`: of how many stations and teams these visits are.
    `a`, `b`: (5, U) visits with an overall assessment and those assessed bad or very bad; `a_stations`,
    `a_teams` likewise.
    """

    name: str
    ids: tuple[str, ...]
    unit: IntArray
    stations: IntArray
    n: IntArray
    n_teams: IntArray
    m: IntArray
    k: IntArray
    m_stations: IntArray
    m_teams: IntArray
    a: IntArray
    b: IntArray
    a_stations: IntArray
    a_teams: IntArray

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, eq=False)
class System:
    """Figures of one sort with their place: group, unit, choice, measure; all (F,)."""

    figures: Figures
    primary: BoolArray
    group: tuple[str, ...]
    unit: IntArray
    choice: IntArray  # stage, or stage · 3 + severity
    measure: tuple[str, ...]


def rule_of(snapshot: Snapshot) -> Rule:
    """Return the numbers of `[disclosure]`; `strict` raises them to 10."""
    asked, visits = snapshot.mission.disclosure, snapshot.visits
    no_team_at_all = not (visits.team[visits.is_current] >= 0).any()
    return Rule(
        stations=max(asked.minimum_stations, STRICT_LEAST if asked.strict else 1),
        teams=asked.minimum_teams,
        small=STRICT_LEAST if asked.strict else asked.small_count,
        is_strict=asked.strict,
        needs_teams=not (snapshot.mission.nature == "public_source" and no_team_at_all),
    )


def groups(snapshot: Snapshot) -> dict[str, Group]:
    """Return the country, the areas, the cells and every area-in-cell, with their true counts."""
    areas = snapshot.registry.areas
    drawn = np.flatnonzero(areas.level == LEVEL)
    place = np.full(len(areas) + 1, -1, dtype=np.int64)
    place[drawn] = np.arange(len(drawn))
    area = place[snapshot.unit_of_station("area", LEVEL)]
    cell = snapshot.unit_of_station("cell").astype(np.int64)
    pairs, part = np.unique(np.column_stack([area, cell]), axis=0, return_inverse=True)
    area_ids = [areas.area_id[i] for i in drawn.tolist()]
    cell_ids = grid.to_text(snapshot.cells)
    part_ids = [f"{[*area_ids, ''][a]}×{[*cell_ids, ''][c]}" for a, c in pairs.tolist()]
    units = {
        NATION: (np.zeros(len(area), dtype=np.int64), [""]),
        AREA: (area, area_ids),
        CELL: (cell, cell_ids),
        PART: (part.reshape(-1).astype(np.int64), part_ids),
    }
    return {name: _group(snapshot, name, unit, tuple(ids)) for name, (unit, ids) in units.items()}


def _group(snapshot: Snapshot, name: str, unit: IntArray, ids: tuple[str, ...]) -> Group:
    visits, size = snapshot.visits, len(ids)
    unit_of_visit = np.append(unit, -1)[visits.station]
    seen: dict[str, list[Any]] = {key: [] for key in (*BY_STAGE, "m", "k", "m_stations", "m_teams")}
    for stage in STAGE_CHOICES:
        observed = counting.counted_visits(visits, Choice(stage=stage))
        observed = observed & (visits.outcome == OUTCOMES.index("observed"))
        seen["n"].append(_distinct(unit_of_visit, visits.station, observed, size))
        seen["n_teams"].append(_distinct(unit_of_visit, visits.team, observed, size))
        rated, negative = assessed(snapshot, stage)
        seen["a"].append(_count(unit_of_visit, rated, size))
        seen["b"].append(_count(unit_of_visit, negative, size))
        seen["a_stations"].append(_distinct(unit_of_visit, visits.station, rated, size))
        seen["a_teams"].append(_distinct(unit_of_visit, visits.team, rated, size))
        for severity in SEVERITY_CHOICES:
            asked, found = exposed(snapshot, stage, severity)
            seen["m"].append(_count(unit_of_visit, asked, size))
            seen["k"].append(_count(unit_of_visit, found, size))
            seen["m_stations"].append(_distinct(unit_of_visit, visits.station, asked, size))
            seen["m_teams"].append(_distinct(unit_of_visit, visits.team, asked, size))
    shaped = {
        key: np.array(rows).reshape((STAGES_COUNT, size) if key in BY_STAGE else (STAGES_COUNT, BANDS, size))
        for key, rows in seen.items()
    }
    stations = np.bincount(unit[unit >= 0], minlength=size).astype(np.int64)
    return Group(name=name, ids=ids, unit=unit, stations=stations, **shaped)


def exposed(snapshot: Snapshot, stage: str, severity: str) -> tuple[BoolArray, BoolArray]:
    """Return the visits at a stage whose form asked, and those of them with a finding, (V,) each.

    A finding counts at the stage of its visit, so that stages add up; its own stage may be another, or none.
    """
    choice = choices(snapshot)["", severity]
    visits = snapshot.visits
    asked = counting.exposed_visits(visits, snapshot.categories, choice)
    found, _ = counting.visits_with_finding(visits, snapshot.incidents, snapshot.categories, choice)
    at_stage = counting.counted_visits(visits, Choice(stage=stage))
    return asked & at_stage, found & at_stage


def assessed(snapshot: Snapshot, stage: str) -> tuple[BoolArray, BoolArray]:
    """Return the visits at a stage with an overall assessment, and those bad or very bad, (V,) each."""
    visits = snapshot.visits
    seen = counting.counted_visits(visits, Choice(stage=stage)) & (visits.overall >= 0)
    seen = seen & (visits.outcome == OUTCOMES.index("observed"))
    return np.asarray(seen), np.asarray(seen & (visits.overall >= OVERALL.index("bad")))


def _count(unit: IntArray, of: BoolArray, size: int) -> IntArray:
    return np.bincount(unit[of & (unit >= 0)], minlength=size).astype(np.int64)


def _distinct(unit: IntArray, thing: npt.NDArray[np.int32], of: BoolArray, size: int) -> IntArray:
    inside = of & (unit >= 0) & (thing >= 0)
    pairs = np.unique(unit[inside] << 32 | thing[inside].astype(np.int64))
    return np.bincount(pairs >> 32, minlength=size).astype(np.int64)


def is_tiny(group: Group, rule: Rule) -> BoolArray:
    """Return units with so few stations that even "suppressed" or "not observed" would name one, (U,)."""
    return group.stations < rule.stations


def is_primary(rule: Rule, value: IntArray, stations: IntArray, teams: IntArray) -> BoolArray:
    """Return which counts rest on too few stations or teams to be shown; same shape as `value`."""
    few = stations < rule.stations
    if rule.needs_teams:
        few = few | (teams < rule.teams)
    if rule.is_strict:
        few = few | (value < STRICT_LEAST)
    return np.asarray((value > 0) & few)


def rounded(value: npt.ArrayLike, rule: Rule) -> IntArray:
    """Return counts as they are printed: rounded to 5 where the mission is strict, else as they are."""
    whole = np.asarray(value, dtype=np.int64)
    return (whole + STRICT_STEP // 2) // STRICT_STEP * STRICT_STEP if rule.is_strict else whole


def coverage(found: Mapping[str, Group], rule: Rule, *, is_change: bool = False) -> System:
    """Return the system of stations observed: per part, distinct stations in all and at each stage.

    `is_change`: these are stations newly observed, and one seen before may be new at a stage.

    A station may be seen at several stages, so the stages do not add up; everybody knows that the whole
    lies between the largest of them and their sum, and that no part has more than its stations.
    """
    parts = found[PART]
    size, width_ = len(parts), STAGES_COUNT
    each = np.eye(width_)
    rows, fields = [], []
    for group in found.values():
        belongs = _belongs(group, parts)
        for stage in range(width_):
            rows.append(kron(belongs, each[stage : stage + 1], format="csr"))
            primary = is_primary(rule, group.n[stage], group.n[stage], group.n_teams[stage])
            fields.append(
                _fields(group, rule, "n", group.n[stage], primary, stage, stage == 0, group.stations)
            )
    links = [np.array([-1.0, *[1.0] * (width_ - 1)])]
    links += [] if is_change else [each[0] - each[s] for s in range(1, width_)]
    limits = vstack([kron(csr_matrix(np.eye(size)), row[None, :]) for row in links], format="csr")
    upper = np.repeat(parts.stations, width_).astype(np.float64)
    return _system(found, rows, fields, upper, csr_matrix(limits), parts.n.T.ravel().astype(np.float64))


def findings(found: Mapping[str, Group], rule: Rule) -> System:
    """Return the system of visits whose form asked (m) and of those with a finding (k).

    Parts: area in cell × measure × stage × highest severity asked about, or found. Everything shown is a
    sum of these, and everybody knows that k never exceeds m.
    """
    parts = found[PART]
    stages, one = STAGES_COUNT - 1, np.eye(STAGES_COUNT - 1)
    rows, fields = [], []
    for group in found.values():
        belongs = _belongs(group, parts)
        for stage in range(STAGES_COUNT):
            for band in range(BANDS):
                at = stage, band
                pair = _Pair(("m", "k"), group.m[at], group.k[at], group.m_stations[at], group.m_teams[at])
                pattern = np.kron(_of_stage(stage), np.arange(BANDS) >= band)
                rows += _rows_of_pair(belongs, pattern)
                is_headline = SEVERITY_CHOICES[band] == "medium"
                fields += _fields_of_pair(group, rule, pair, stage * BANDS + band, stage == 0, is_headline)
    links = [
        np.kron([1.0, -1.0], np.kron(one[stage], np.arange(BANDS) >= band))
        for stage in range(stages)
        for band in range(BANDS)
    ]
    # of each severity what is at least as severe, without what is more severe still
    own = [count[1:] - np.pad(count[1:, 1:], ((0, 0), (0, 1), (0, 0))) for count in (parts.m, parts.k)]
    truth = np.stack(own).reshape(2 * stages * BANDS, len(parts))
    return _system_of_pairs(found, rows, fields, links, truth)


def assessments(found: Mapping[str, Group], rule: Rule) -> System:
    """Return the system of visits with an overall assessment (a) and of those bad or very bad (b).

    Parts: area in cell × measure × stage. Everybody knows that b never exceeds a.
    """
    parts = found[PART]
    rows, fields = [], []
    for group in found.values():
        belongs = _belongs(group, parts)
        for at in range(STAGES_COUNT):
            pair = _Pair(("a", "b"), group.a[at], group.b[at], group.a_stations[at], group.a_teams[at])
            rows += _rows_of_pair(belongs, _of_stage(at))
            fields += _fields_of_pair(group, rule, pair, at, at == 0)
    links = [np.kron([1.0, -1.0], stage) for stage in np.eye(STAGES_COUNT - 1)]
    return _system_of_pairs(found, rows, fields, links, np.concatenate([parts.a[1:], parts.b[1:]]))


class _Pair(NamedTuple):
    """Visits in every unit and some of them, (U,) each: everybody knows which is larger.

    `measures`: names of both. `stations`, `teams`: behind the first.
    """

    measures: tuple[str, str]
    whole: IntArray
    some: IntArray
    stations: IntArray
    teams: IntArray


def _of_stage(stage: int) -> FloatArray:
    """Which stages of a part belong to a choice of stage; 0 is all of them."""
    return np.ones(STAGES_COUNT - 1) if stage == 0 else np.eye(STAGES_COUNT - 1)[stage - 1]


def _rows_of_pair(belongs: csr_matrix, pattern: npt.NDArray[Any]) -> list[Any]:
    """The rows of a pair's two figures: the slots of every part that make up the first, then the second."""
    sides = np.eye(2)
    return [kron(belongs, np.kron(side, pattern)[None, :], format="csr") for side in sides]


def _fields_of_pair(
    group: Group, rule: Rule, pair: _Pair, choice: int, is_whole: bool, is_headline: bool = False
) -> list[dict[str, Any]]:
    """The `_fields` of a pair's two figures."""
    whole, some = pair.whole, pair.some
    hidden = is_primary(rule, whole, pair.stations, pair.teams)
    # some of too few visits are as telling as the visits; its own small counts come on top
    small = (some > 0) & (some < STRICT_LEAST) & (rule.is_strict and group.name != PART)
    no_top, top = np.full(len(whole), np.inf), np.where(hidden, np.inf, whole)
    measure, part = pair.measures
    return [
        _fields(group, rule, measure, whole, hidden, choice, is_whole, no_top, is_headline),
        _fields(group, rule, part, some, hidden | small, choice, is_whole, top, is_headline),
    ]


def _system_of_pairs(
    found: Mapping[str, Group],
    rows: list[Any],
    fields: list[dict[str, Any]],
    links: list[npt.NDArray[Any]],
    truth: npt.NDArray[Any],
) -> System:
    """The system of pairs: `links` say of one part's slots that some never exceed all; `truth`: (S, I)."""
    each = csr_matrix(np.eye(len(found[PART])))
    limits = vstack([kron(each, row[None, :]) for row in links], format="csr")
    slots = truth.T.ravel().astype(np.float64)
    return _system(found, rows, fields, np.full(len(slots), np.inf), csr_matrix(limits), slots)


def _belongs(group: Group, parts: Group) -> csr_matrix:
    """Which parts make up each unit, (U, I) of 0/1."""
    unit_of_part = np.full(len(parts), -1, dtype=np.int64)
    unit_of_part[parts.unit] = group.unit
    inside = np.flatnonzero(unit_of_part >= 0)
    shape = (len(group), len(parts))
    return csr_matrix((np.ones(len(inside)), (unit_of_part[inside], inside)), shape=shape)


def _fields(
    group: Group,
    rule: Rule,
    measure: str,
    value: IntArray,
    primary: BoolArray,
    choice: int,
    is_whole: bool,
    top: npt.NDArray[Any],
    is_headline: bool = False,
) -> dict[str, Any]:
    """The columns of `Figures` for one group, choice and measure; see `Figures` for what they mean."""
    truth, is_part = value.astype(np.float64), group.name == PART
    tiny = is_tiny(group, rule)
    hidden = primary | tiny | is_part
    is_small = (measure in SOME_OF) & (value > 0) & (value < rule.small) & ~hidden
    low, high = _shown(value, is_small, rule)
    # A status other than "not observed" says that there was somebody; where it says nothing, 0 is open.
    least = np.where(tiny | is_part | (measure in SOME_OF), 0.0, 1.0)
    far = width(truth)
    # of a part, that somebody was there may follow from its area and the areas around; how many may not
    need_low = np.maximum(0.0 if measure in SOME_OF else np.where(tiny & ~is_part, 0.0, 1.0), truth - far)
    need_high = np.minimum(top, truth + far)
    if measure in SOME_OF:
        few = truth <= 2
        need_low = np.where(few, 0.0, need_low)
        need_high = np.where(few, np.minimum(top, 2.0), need_high)
    need_low, need_high = np.where(is_small, low, need_low), np.where(is_small, high, need_high)
    # A unit with too few stations to be shown at all is sensitive once anything was seen there.
    sensitive = (value > 0) & (primary | (tiny & ~is_part) | is_small)
    may_hide = (value > 0) | (measure in SOME_OF)
    loss = LOSS.get(group.name, 0.0) * (1 + np.log1p(truth)) * (LOSS_ALL_STAGES if is_whole else 1)
    return {
        "key": [f"{measure}/{choice:02d}/{group.name}/{unit}" for unit in group.ids],
        "value": truth,
        "shown_low": low,
        "shown_high": high,
        "hidden_low": least,
        "hidden_high": np.where(measure == "n", top, np.inf).astype(np.float64),
        "need_low": np.where(sensitive, need_low, np.nan),
        "need_high": np.where(sensitive, need_high, np.nan),
        "loss": np.where(may_hide & ~is_part, loss * (LOSS_HEADLINE if is_headline else 1), np.inf),
        "primary": hidden,
        "group": [group.name] * len(group),
        "unit": np.arange(len(group)),
        "choice": np.full(len(group), choice),
        "measure": [measure] * len(group),
    }


def _shown(value: IntArray, is_small: BoolArray, rule: Rule) -> tuple[FloatArray, FloatArray]:
    """What a printed count tells: itself, "<3", or the counts that round to it."""
    truth = value.astype(np.float64)
    slack = np.where(rule.is_strict & (value > 0), STRICT_STEP // 2, 0)
    printed = rounded(value, rule)
    low = np.where(slack > 0, np.maximum(printed - slack, STRICT_LEAST), truth)
    high = np.where(slack > 0, printed + slack, truth)
    return (
        np.where(is_small, 1.0, low).astype(np.float64),
        np.where(is_small, rule.small - 1.0, high).astype(np.float64),
    )


def _system(
    found: Mapping[str, Group],
    rows: list[Any],
    fields: list[dict[str, Any]],
    upper: FloatArray,
    limits: csr_matrix,
    truth: FloatArray,
) -> System:
    joined = {name: np.concatenate([f[name] for f in fields]) for name in fields[0]}
    group, measure = joined["group"], joined["measure"]
    figures = Figures(
        key=tuple(joined["key"].tolist()),
        rows=csr_matrix(vstack(rows, format="csr")),
        upper=upper,
        limits=limits,
        sums=_sums(joined, csr_matrix(vstack(rows, format="csr"))),
        nested=_nested(fields),
        truth=truth,
        slots=len(upper) // max(1, len(found[PART])),
        region=np.repeat(_area_of_part(found), len(upper) // max(1, len(found[PART]))),
        **{name: joined[name] for name in PER_FIGURE},
    )
    return System(
        figures=figures,
        primary=joined["primary"].astype(bool),
        group=tuple(group.tolist()),
        unit=joined["unit"].astype(np.int64),
        choice=joined["choice"].astype(np.int64),
        measure=tuple(measure.tolist()),
    )


def _area_of_part(found: Mapping[str, Group]) -> IntArray:
    area = np.full(len(found[PART]), -1, dtype=np.int64)
    area[found[PART].unit] = found[AREA].unit
    return area


def _nested(fields: list[dict[str, Any]]) -> IntArray:
    """Pairs of figures of one unit: all stages before each, lower severities before the next, (E, 2)."""
    start, before = {}, 0
    for one in fields:
        if len(one["group"]):
            start[one["group"][0], one["measure"][0], int(one["choice"][0])] = before, len(one["group"])
        before += len(one["group"])
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    for (group, measure, choice), (first, size) in start.items():
        if measure == "n":  # a station may be seen at several stages: they do not add up
            continue
        bands = BANDS if measure in ("m", "k") else 1
        stage, band = divmod(choice, bands)
        inner = [choice + 1] if band < bands - 1 else []
        inner += [s * bands + band for s in range(1, STAGES_COUNT)] if stage == 0 else []
        for other in inner:
            at = start[group, measure, other][0]
            pairs.append(np.column_stack([first + np.arange(size), at + np.arange(size)]))
    return np.concatenate(pairs)


def _sums(joined: Mapping[str, npt.NDArray[Any]], rows: csr_matrix) -> dict[int, IntArray]:
    """The country's figures that are the sum of its areas'; not where a station lies in no area."""
    group, found = joined["group"], {}
    for whole in np.flatnonzero(group == NATION).tolist():
        same = (joined["choice"] == joined["choice"][whole]) & (joined["measure"] == joined["measure"][whole])
        areas = np.flatnonzero(same & (group == AREA))
        if len(areas) and rows[areas].sum() == rows[whole].sum():  # areas never overlap
            found[whole] = areas
    return found
