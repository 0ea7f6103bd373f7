"""Counters by unit and local hour, so that a browser can count any time range without a request.

Visits of hours add up; stations and teams do not, for one may come twice. So for each the hours it was seen
in are told as pairs: in a range, a station counts in every hour it was seen in, less every hour whose hour
before, of the same station, lies in the range too. `seen` and `again` hold those two counts; exact.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from geo.analysis import operations
from geo.model import columns
from geo.model.columns import BoolArray, IndexArray, IntArray
from geo.model.counts import Choice
from geo.model.snapshot import Snapshot
from geo.model.tables import OUTCOMES, OVERALL
from layers.desk.choice_visits import DISTRICT, area_positions, planned_stations
from layers.desk.desk_payloads import Distinct, HoursByUnit, WholeDay
from layers.desk.desk_tiles import states_now
from layers.desk.visit_times import Chosen, chosen, day_of
from layers.map.lru import once
from layers.tiles.tile_state import NO_HOUR, RANKED, StationStates, by_hour

LEVELS: Final = {"area": 1, "district": DISTRICT}
# A station counts towards a state's figure if any visit says at least so much of it.
_AT_LEAST: Final = {
    "finding": StationStates.FINDING,
    "visited": StationStates.NOTHING_REPORTED,
    "denied": StationStates.DENIED,
    "closed": StationStates.CLOSED,
    "unreachable": StationStates.UNREACHABLE,
}


def places(snapshot: Snapshot, unit: str) -> tuple[IntArray, int]:
    """Return the position of every station's unit among those of its kind, (N,), -1 for none; how many."""
    if unit == "cell":
        return snapshot.unit_of_station("cell").astype(np.int64), len(snapshot.cells)
    level = LEVELS[unit]
    return area_positions(snapshot, level), int(np.count_nonzero(snapshot.registry.areas.level == level))


def distinct(
    unit: IntArray, member: IntArray, hour: npt.NDArray[np.uint8], units: int, hours: int
) -> Distinct:
    """Return `seen`, (units × hours) counts flat, and `again`, rows of unit, hour before, hour, count.

    `unit`, `member`, `hour`: (R,), one row per sighting, those of one unit and member together, hours
    ascending within; rows may repeat.
    """
    same = (unit[1:] == unit[:-1]) & (member[1:] == member[:-1])
    fresh = np.concatenate([[True], ~same | (hour[1:] != hour[:-1])])[: len(unit)]
    unit, member, hour = unit[fresh], member[fresh], hour[fresh].astype(np.int64)
    seen = np.bincount(unit * hours + hour, minlength=units * hours)
    follows = np.flatnonzero((unit[1:] == unit[:-1]) & (member[1:] == member[:-1])) + 1
    key = (unit[follows] * hours + hour[follows - 1]) * hours + hour[follows]
    count = np.bincount(key, minlength=units * hours * hours)
    some = np.flatnonzero(count)
    before, later = np.divmod(some, hours)
    return {
        "seen": seen.tolist(),
        "again": [
            (before // hours).tolist(),
            (before % hours).tolist(),
            later.tolist(),
            count[some].tolist(),
        ],
    }


def _by_level(
    station: IntArray,
    hour: npt.NDArray[np.uint8],
    rank: npt.NDArray[np.uint8],
    planned: BoolArray,
    hours: int,
) -> dict[str, Distinct]:
    """Return `distinct` of the whole mission for the stations of every level, and of the planned ones.

    `station`, `hour`, `rank`: (R,) as `by_hour` gives them, `rank` > 0; `planned`: (R,). An hour follows
    another at every level above the highest rank between the two and up to the lower of their own.
    """
    ranks = len(RANKED)
    group = rank * np.int64(2) + planned
    seen = np.bincount(group * hours + hour, minlength=2 * ranks * hours).reshape(ranks, 2, hours)
    again = np.zeros((ranks, 2, hours * hours), dtype=np.int64)
    start, between = np.arange(len(station) - 1), np.zeros(max(len(station) - 1, 0), dtype=np.uint8)
    step = 1
    while len(start):
        is_same = (start + step < len(station)) & (rank[start] > between)
        start, between = start[is_same], between[is_same]
        is_same = station[start] == station[start + step]
        start, between = start[is_same], between[is_same]
        end = start + step
        top = np.minimum(rank[start], rank[end])
        pair = planned[start] * np.int64(hours * hours) + hour[start] * np.int64(hours) + hour[end]
        for level, sign in ((top, 1), (np.minimum(between, top), -1)):
            key = level * np.int64(2 * hours * hours) + pair
            again += sign * np.bincount(key, minlength=again.size).reshape(again.shape)
        between, step = np.maximum(between, rank[end]), step + 1
    seen, again = (table[::-1].cumsum(axis=0)[::-1] for table in (seen, again))
    least = {name: RANKED.index(state) for name, state in _AT_LEAST.items()}
    told = {name: (seen[place].sum(axis=0), again[place].sum(axis=0)) for name, place in least.items()}
    told |= {
        name: (seen[place, 1], again[place, 1])
        for name, place in (("done", least["visited"]), ("touched", 1))
    }
    return {name: _told(*counts, hours) for name, counts in told.items()}


def _told(seen: IntArray, pairs: IntArray, hours: int) -> Distinct:
    some = np.flatnonzero(pairs)
    again = [[0] * len(some), (some // hours).tolist(), (some % hours).tolist(), pairs[some].tolist()]
    return {"seen": seen.tolist(), "again": again}


def by_unit(snapshot: Snapshot, unit: str, choice: Choice) -> HoursByUnit:
    """Return visits by outcome and flag, stations and teams seen, of every area or district by hour.

    Counters: flat lists, unit × hours; a last unit holds everything, what lies in no unit too. Visits
    without a time are in none.
    """
    day, made = day_of(snapshot), chosen(snapshot, choice)
    place, units = places(snapshot, unit)
    timed = made.visits.hour != NO_HOUR
    at, hour = place[made.visits.station[timed]], made.visits.hour[timed]
    key = np.where(at >= 0, at, units) * day.hours + hour
    counters = {}
    for name, of in _flags(snapshot, made).items():
        table = np.bincount(key[of[timed]], minlength=(units + 1) * day.hours).reshape(-1, day.hours)
        table[units] = table.sum(axis=0)
        counters[name] = table.ravel().tolist()
    return {
        "first": day.first,
        "hours": day.hours,
        "units": units,
        "counters": counters,
        "stations": _stations(made, place, units, day.hours),
        "teams": _teams(snapshot, unit, choice, place, units),
    }


def _flags(snapshot: Snapshot, made: Chosen) -> dict[str, BoolArray]:
    """Return which visits each counter counts, (K,); observed ones only, but for the three other outcomes."""
    outcome = made.visits.outcome
    overall = snapshot.visits.overall[day_of(snapshot).row[made.kept]]
    seen = outcome == OUTCOMES.index("observed")
    return {
        "visits": seen,
        "m": made.visits.is_exposed,
        "k": made.visits.has_finding,
        "assessed": seen & (overall >= 0),
        "negative": seen & (overall >= OVERALL.index("bad")),
        **{name: outcome == OUTCOMES.index(name) for name in ("denied", "closed", "unreachable")},
    }


def _stations(made: Chosen, place: IntArray, units: int, hours: int) -> Distinct:
    """Stations observed, by unit; the last unit is the whole mission."""
    seen = (made.visits.outcome == OUTCOMES.index("observed")) & (made.visits.hour != NO_HOUR)
    station, hour = made.visits.station[seen].astype(np.int64), made.visits.hour[seen]
    inside = place[station] >= 0
    parts = distinct(place[station[inside]], station[inside], hour[inside], units + 1, hours)
    whole = distinct(np.zeros(len(station), dtype=np.int64), station, hour, 1, hours)
    parts["seen"][units * hours :] = whole["seen"]
    again = [*whole["again"]]
    again[0] = [units] * len(again[0])
    parts["again"] = [a + b for a, b in zip(parts["again"], again, strict=True)]
    return parts


@once
def _team_order(snapshot: Snapshot) -> dict[str, IndexArray]:
    """Rows of `Day` by unit, team and hour, for either level; sorted once, not once per choice."""
    day = day_of(snapshot)
    team = snapshot.visits.team[day.row].astype(np.int64)
    found = {}
    for unit in LEVELS:
        at = places(snapshot, unit)[0][day.station]
        rows = np.flatnonzero((team >= 0) & (at >= 0) & (day.bucket != NO_HOUR))
        key = (at[rows] << 40) | (team[rows] << 8) | day.bucket[rows]
        found[unit] = rows[np.argsort(key, kind="stable")].astype(np.int32)
    return found


def _teams(snapshot: Snapshot, unit: str, choice: Choice, place: IntArray, units: int) -> Distinct:
    day, made = day_of(snapshot), chosen(snapshot, choice)
    is_counted = np.zeros(len(day.row), dtype=bool)
    is_counted[made.kept[made.visits.outcome == OUTCOMES.index("observed")]] = True
    rows = _team_order(snapshot)[unit]
    rows = rows[is_counted[rows]]
    team = snapshot.visits.team[day.row[rows]].astype(np.int64)
    return distinct(place[day.station[rows]], team, day.bucket[rows], units + 1, day.hours)


def whole(snapshot: Snapshot, choice: Choice) -> WholeDay:
    """Return the mission as one: visits per hour, stations by state, the plan, and what a range needs.

    `levels`: for stations of which a visit says at least so much, `seen` and `again` as by unit;
    `done`: planned ones observed; `touched`: planned ones of which any visit says anything.
    """
    day, made = day_of(snapshot), chosen(snapshot, choice)
    visits, planned = made.visits, planned_stations(snapshot, choice)
    state, _ = states_now(snapshot, choice)
    flags = _flags(snapshot, made)
    timed = visits.hour != NO_HOUR
    station, hour, word = by_hour(visits.station.astype(np.int64), visits)
    rank_of = np.array([RANKED.index(s) if s in RANKED else 0 for s in StationStates], dtype=np.uint8)
    rank = rank_of[word & 7]
    observed = np.zeros(len(planned), dtype=bool)
    observed[visits.station[flags["visits"]]] = True
    return {
        "hours": {
            "first": day.first,
            "visits": np.bincount(visits.hour[timed & flags["visits"]], minlength=day.hours).tolist(),
            "findings": np.bincount(visits.hour[timed & flags["k"]], minlength=day.hours).tolist(),
            "untimed": int((flags["visits"] & ~timed).sum()),
        },
        "total": {name: int(of_visit.sum()) for name, of_visit in flags.items()}
        | {"observed": int(observed.sum())},
        "states": np.bincount(state, minlength=len(operations.STATES)).tolist(),
        "stations": len(planned),
        "plan": {"planned": int(planned.sum()), "done": int((planned & observed).sum())},
        "levels": _by_level(station, hour, rank, planned[station], day.hours),
    }


def cells_in(snapshot: Snapshot, choice: Choice, first: int, last: int) -> dict[str, list[int]]:
    """Return the counters of every cell over the buckets first … last: cells are too many to tell by hour."""
    made = chosen(snapshot, choice)
    place, units = places(snapshot, "cell")
    inside = (made.visits.hour >= first) & (made.visits.hour <= last)
    at = place[made.visits.station]
    found = {
        name: np.bincount(at[of & inside & (at >= 0)], minlength=units).tolist()
        for name, of in _flags(snapshot, made).items()
    }
    seen = inside & (at >= 0) & (made.visits.outcome == OUTCOMES.index("observed"))
    station = columns.distinct(made.visits.station[seen])
    team = snapshot.visits.team[day_of(snapshot).row[made.kept]].astype(np.int64)[seen]
    pairs = columns.distinct(at[seen][team >= 0] << 32 | team[team >= 0])
    return found | {
        "observed": np.bincount(place[station], minlength=units).tolist(),
        "teams": np.bincount(pairs >> 32, minlength=units).tolist(),
    }
