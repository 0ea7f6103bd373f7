"""Stations as the rows of a table: those inside a window of the map, and those on no map."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from geo.analysis import operations
from geo.model.columns import BoolArray, FloatArray
from geo.model.counts import Choice
from geo.model.snapshot import Snapshot
from geo.model.tables import SEVERITIES
from layers.desk.desk_payloads import StationList, StationRow
from layers.desk.desk_tiles import states_now
from layers.desk.local_clock import NO_MINUTE
from layers.desk.visit_times import chosen, day_of
from layers.words.desk_wording import STATE
from layers.words.language import Language
from layers.words.wording import SEVERITY

MOST_ROWS: Final = 500
MOST_IN_FILE: Final = 20_000  # rows of one file; a mission sent row by row has no more stations


@dataclass(frozen=True, slots=True)
class Window:
    """What the map shows: degrees, buckets first … last or None for the whole day, states not drawn."""

    west: float
    south: float
    east: float
    north: float
    hours: tuple[int, int] | None = None
    off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowOrder:
    """Which rows of a table are wanted, in which order: `sort` is a name of `SORTS`, "" for worst first."""

    find: str = ""
    sort: str = ""
    is_falling: bool = False
    most: int = MOST_ROWS


WORST_FIRST: Final = RowOrder()


@dataclass(frozen=True, eq=False)
class _StationFacts:
    """What a table says of every station, (N,): state, severity (0 none … 4), minute of the last visit,
    team of that visit (-1 none), visits that asked, and those of them with a finding."""

    state: npt.NDArray[np.uint8]
    severity: npt.NDArray[np.uint8]
    minute: npt.NDArray[np.int32]
    team: npt.NDArray[np.int64]
    asked: npt.NDArray[np.int64]
    with_finding: npt.NDArray[np.int64]


def hours_of(snapshot: Snapshot, first: int, end: int) -> tuple[int, int]:
    """Return the buckets of the hours first … end - 1 of election day, as far as there are any.

    Whatever lies beyond the day is the same as nothing: the numbers a request may name are without end.
    """
    day = day_of(snapshot)
    return min(max(first - day.first, 0), day.hours), min(max(end - 1 - day.first, -1), day.hours - 1)


def inside(
    snapshot: Snapshot, choice: Choice, window: Window, language: Language, order: RowOrder = WORST_FIRST
) -> StationList:
    """Return the stations drawn in a window: how many of each state, and the first rows as ordered.

    A window over the antimeridian has its west east of its east. O(N + visits).
    """
    stations = snapshot.registry.stations
    facts = _facts(snapshot, choice, window.hours)
    lon = stations.lon
    between = (
        (lon >= window.west) & (lon <= window.east)
        if window.west <= window.east
        else (lon >= window.west) | (lon <= window.east)
    )
    drawn = stations.is_on_map & between & (stations.lat >= window.south) & (stations.lat <= window.north)
    hidden = [operations.STATES.index(name) for name in window.off]
    if hidden:
        drawn &= ~np.isin(facts.state, hidden)
    if order.find:
        drawn &= _mentions(snapshot, facts, order.find.casefold(), language)
    return _listed(snapshot, choice, np.flatnonzero(drawn), facts, window.hours, language, order)


def off_map(
    snapshot: Snapshot, choice: Choice, hours: tuple[int, int] | None, language: Language
) -> StationList:
    """Return the stations without a point of their own: how many, and the first rows, worst first."""
    rows = np.flatnonzero(~snapshot.registry.stations.is_on_map)
    facts = _facts(snapshot, choice, hours)
    return _listed(snapshot, choice, rows, facts, hours, language, WORST_FIRST)


def _listed(
    snapshot: Snapshot,
    choice: Choice,
    rows: npt.NDArray[np.int64],
    facts: _StationFacts,
    hours: tuple[int, int] | None,
    language: Language,
    order: RowOrder,
) -> StationList:
    counts = np.bincount(facts.state[rows], minlength=len(operations.STATES))
    if order.sort:
        value = SORTS[order.sort](snapshot, facts, language)[rows]
        value = -value if order.is_falling else value
        first = rows[np.argsort(np.where(np.isnan(value), np.inf, value), kind="stable")][: order.most]
    else:
        first = _worst(rows, facts, order.most)
    listed = _rows(snapshot, facts, first, _teams(snapshot, choice, first, hours), language)
    return {"total": len(rows), "states": counts.tolist(), "rows": listed}


def _facts(snapshot: Snapshot, choice: Choice, hours: tuple[int, int] | None) -> _StationFacts:
    state, severity = states_now(snapshot, choice, hours)
    counted, day, n = chosen(snapshot, choice), day_of(snapshot), len(snapshot.registry.stations)
    wanted = _in_hours(counted.visits.hour, hours)
    station, kept = counted.visits.station[wanted], counted.kept[wanted]
    minute = np.full(n, NO_MINUTE, dtype=np.int32)
    np.maximum.at(minute, station, day.minute[kept])
    is_last = day.minute[kept] == minute[station]
    team = np.full(n, -1, dtype=np.int64)
    team[station[is_last]] = snapshot.visits.team[day.row[kept[is_last]]]
    asked, reported = counted.visits.is_exposed[wanted], counted.visits.has_finding[wanted]
    return _StationFacts(
        state=state, severity=severity, minute=minute, team=team,
        asked=np.bincount(station[asked], minlength=n),
        with_finding=np.bincount(station[asked & reported], minlength=n),
    )  # fmt: skip


def _in_hours(bucket: npt.NDArray[np.uint8], hours: tuple[int, int] | None) -> BoolArray:
    if hours is None:
        return np.ones(len(bucket), dtype=bool)
    return np.asarray((bucket >= hours[0]) & (bucket <= hours[1]))


def _mentions(snapshot: Snapshot, facts: _StationFacts, text: str, language: Language) -> BoolArray:
    """Which stations have the text in id, area, team, state or severity as the table words them, (N,)."""
    stations, areas = snapshot.registry.stations, snapshot.registry.areas
    area = snapshot.unit_of_station("area", 1)
    named = [text in areas.name(i, language.code).casefold() for i in range(len(areas))]
    team = [text in team_id.casefold() for team_id in snapshot.teams.team_id]
    state = [text in language.say(STATE[name]).casefold() for name in operations.STATES]
    severity = [False, *(text in language.say(SEVERITY[name]).casefold() for name in SEVERITIES)]
    by_id = pc.match_substring(pc.utf8_lower(stations.station_id), text).to_numpy(zero_copy_only=False)
    return np.asarray(
        by_id.astype(bool)
        | np.array([*named, False])[area]
        | np.array([*team, False])[facts.team]
        | np.array(state)[facts.state]
        | np.array(severity)[facts.severity]
    )


def _by_area(snapshot: Snapshot, _: _StationFacts, language: Language) -> FloatArray:
    areas, area = snapshot.registry.areas, snapshot.unit_of_station("area", 1)
    return _ranks([language.sort_key(areas.name(i, language.code)) for i in range(len(areas))])[area]


def _by_team(snapshot: Snapshot, facts: _StationFacts, _: Language) -> FloatArray:
    return _ranks(snapshot.teams.team_id)[facts.team]


def _ranks(keys: Sequence[Any]) -> FloatArray:
    """The place of every key in their order, and NaN at the end, where position -1 looks."""
    place = np.full(len(keys) + 1, np.nan)
    place[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    return place


def _by_minute(_: Snapshot, facts: _StationFacts, __: Language) -> FloatArray:
    return np.where(facts.minute == NO_MINUTE, np.nan, facts.minute).astype(np.float64)


def _by_finding(_: Snapshot, facts: _StationFacts, __: Language) -> FloatArray:
    """By visits with a finding, then by how few asked; where none asked there is nothing to compare."""
    return np.where(facts.asked > 0, facts.with_finding - facts.asked / (facts.asked + 1), np.nan)


# By what a table of stations can be sorted; NaN comes last, whichever way.
SORTS: Final[Mapping[str, Callable[[Snapshot, _StationFacts, Language], FloatArray]]] = MappingProxyType(
    {
        "station": lambda snapshot, _, __: np.arange(len(snapshot.registry.stations), dtype=np.float64),
        "area": _by_area,
        "state": lambda _, facts, __: facts.state.astype(np.float64),
        "severity": lambda _, facts, __: np.where(facts.severity > 0, facts.severity, np.nan),
        "minute": _by_minute,
        "team": _by_team,
        "finding": _by_finding,
    }
)


def _worst(rows: npt.NDArray[np.int64], facts: _StationFacts, most: int) -> npt.NDArray[np.int64]:
    """Return the first rows by state, severity and position; without sorting a million for five hundred."""
    key = facts.state[rows].astype(np.int64) << 3 | facts.severity[rows]
    if len(rows) > most:
        least = np.partition(key, len(key) - most)[len(key) - most]
        above, level = np.flatnonzero(key > least), np.flatnonzero(key == least)
        first = np.concatenate([above, level[: most - len(above)]])
        rows, key = rows[first], key[first]
    return rows[np.lexsort((rows, -key))]


def _teams(
    snapshot: Snapshot, choice: Choice, rows: npt.NDArray[np.int64], hours: tuple[int, int] | None
) -> list[str]:
    """Return the teams whose counted visits these stations had, by name, of each row."""
    counted, day = chosen(snapshot, choice), day_of(snapshot)
    place = np.full(len(snapshot.registry.stations), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    at, team = place[counted.visits.station], snapshot.visits.team[day.row[counted.kept]]
    wanted = (at >= 0) & (team >= 0) & _in_hours(counted.visits.hour, hours)
    names: list[set[str]] = [set() for _ in range(len(rows))]
    for row, index in zip(at[wanted].tolist(), team[wanted].tolist(), strict=True):
        names[row].add(snapshot.teams.team_id[index])
    return [", ".join(sorted(of_station)) for of_station in names]


def _rows(
    snapshot: Snapshot,
    facts: _StationFacts,
    rows: npt.NDArray[np.int64],
    teams: list[str],
    language: Language,
) -> list[StationRow]:
    stations, areas = snapshot.registry.stations, snapshot.registry.areas
    area = snapshot.unit_of_station("area", 1)
    return [
        {
            "id": stations.station_id[row].as_py(),
            "area": areas.name(int(area[row]), language.code) if area[row] >= 0 else "",
            "state": operations.STATES[int(facts.state[row])],
            "severity": int(facts.severity[row]) - 1,
            "minute": None if facts.minute[row] == NO_MINUTE else int(facts.minute[row]),
            "teams": team,
            "asked": int(facts.asked[row]),
            "withFinding": int(facts.with_finding[row]),
        }
        for row, team in zip(rows.tolist(), teams, strict=True)
    ]
