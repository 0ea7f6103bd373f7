"""Which hours the desk's tiles show as reports come in: what `visit_times.day_of` says, visit by visit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from geo.model.columns import NO_TIME
from geo.model.snapshot import Snapshot
from layers.desk.choice_visits import FIRST_DAYS, LAST_DAYS, is_rare
from layers.desk.local_clock import NO_MINUTE, Clock, clocks_of_areas
from layers.desk.visit_times import axis, day_of

VisitsByHour = npt.NDArray[np.int64]
"""Visits that may count by the hour on their station's clock: 24 for each day from FIRST_DAYS before."""
_HOURS = (FIRST_DAYS + 1 + LAST_DAYS) * 24


def visits_by_hour(snapshot: Snapshot) -> VisitsByHour:
    """Return the visits of a snapshot by hour; quick if `day_of` it is there."""
    day = day_of(snapshot)
    timed = day.minute != NO_MINUTE
    counts = np.bincount(day.minute[timed] // 60 + FIRST_DAYS * 24, minlength=_HOURS)
    # a stray date is in no hour that is shown, and may be one no longer when others share its day
    stray = day.row[~timed]
    stray = stray[snapshot.visits.arrived[stray] != NO_TIME]
    return counts + _of_rows(snapshot, stray.tolist(), clocks_of_areas(snapshot))


def visits_by_hour_since(before: Snapshot, after: Snapshot, clocks: Sequence[Clock]) -> VisitsByHour:
    """Return how many visits more a snapshot has than an earlier one of the same reports, by hour.

    `clocks`: `clocks_of_areas` of either. O(visits), 2 ms for ten million, for what was corrected.
    """
    was, now = before.visits.is_current, after.visits.is_current
    corrected = np.flatnonzero(was != now[: len(was)])
    come = [*corrected[now[corrected]].tolist(), *(np.flatnonzero(now[len(was) :]) + len(was)).tolist()]
    gone = corrected[was[corrected]].tolist()
    return _of_rows(after, come, clocks) - _of_rows(after, gone, clocks)


def axis_of(counts: VisitsByHour) -> tuple[int, int]:
    """Return the first hour and the number of hours that `visit_times.day_of` has for such visits."""
    rare = np.repeat(is_rare(counts.reshape(-1, 24).sum(axis=1)), 24)
    hours = np.flatnonzero((counts > 0) & ~rare) - FIRST_DAYS * 24
    return axis(int(hours[0]), int(hours[-1])) if len(hours) else axis(0, 0)


def _of_rows(snapshot: Snapshot, rows: Iterable[int], clocks: Sequence[Clock]) -> VisitsByHour:
    """Return some visits by hour; one by one, as few come between two snapshots."""
    visits, area_of_station = snapshot.visits, snapshot.registry.stations.area
    counts = np.zeros(_HOURS, dtype=np.int64)
    for row in rows:
        station, arrived = visits.station.item(row), visits.arrived.item(row)
        if station < 0 or arrived == NO_TIME:
            continue
        hour = clocks[area_of_station.item(station)].hour(arrived) + FIRST_DAYS * 24
        if 0 <= hour < _HOURS:
            counts[hour] += 1
    return counts
