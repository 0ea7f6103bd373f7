"""Local clock times for the desk: minutes of the election day, and times in words, in the area's own zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
from babel.dates import format_datetime

from geo.model.columns import MINUTE, NO_TIME, IndexArray, TimeArray
from geo.model.snapshot import Snapshot
from layers.map.lru import once
from layers.words.language import Language

NO_MINUTE: Final = -99_999  # further from election day than any minute that is kept
_HOUR: Final = 60 * MINUTE
_FAR: Final = 2_000 * _HOUR  # a day that `choice_visits.plausible_minutes` takes lies within
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@once
def zone_names(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the IANA zone of every area, its ancestor's where it has none; the mission's for "no area"."""
    areas, mission = snapshot.registry.areas, snapshot.mission
    found = []
    for index in range(len(areas)):
        here, steps = index, 0
        while here >= 0 and areas.area_id[here] not in mission.time_zones and steps <= len(areas):
            here, steps = int(areas.parent[here]), steps + 1
        found.append(
            mission.time_zones[areas.area_id[here]]
            if here >= 0 and steps <= len(areas)
            else mission.time_zone
        )
    return (*found, mission.time_zone)


def local_minutes(snapshot: Snapshot, moments: TimeArray, station: IndexArray) -> npt.NDArray[np.int64]:
    """Return minutes since midnight of election day on the station's clock, (R,); NO_MINUTE for no time."""
    zones = np.array(zone_names(snapshot), dtype=object)
    zone = zones[np.append(snapshot.registry.stations.area, np.int32(-1))[station]]
    midnight = pd.Timestamp(datetime.combine(snapshot.mission.election_date, time()))
    minutes = np.full(len(moments), NO_MINUTE, dtype=np.int64)
    for name in sorted(set(zone.tolist())):
        rows = np.flatnonzero((zone == name) & (moments != NO_TIME))
        local = pd.to_datetime(moments[rows], unit="us", utc=True).tz_convert(name).tz_localize(None)
        minutes[rows] = ((local - midnight) // pd.Timedelta(minutes=1)).to_numpy(dtype=np.int64)
    return minutes


def zone_of_station(snapshot: Snapshot, station: int) -> ZoneInfo:
    """Return the zone of a station's area; -1 is no station."""
    area = int(snapshot.registry.stations.area[station]) if station >= 0 else -1
    return ZoneInfo(zone_names(snapshot)[area])


class Clock:
    """One zone's clock for moments one by one: what an hour of UTC is behind or ahead is looked up once."""

    def __init__(self, zone: ZoneInfo, election_date: date) -> None:
        """`election_date`: hours are counted from its midnight."""
        midnight = datetime.combine(election_date, time(), tzinfo=UTC)
        self._zone, self._midnight = zone, (midnight - _EPOCH) // _MICROSECOND
        self._ahead: dict[int, int] = {}

    def hour(self, moment: int) -> int:
        """Return the hours since midnight of election day that have begun on this clock, as `local_minutes`.

        `moment`: microseconds. Far from election day, where calendars end, it is as in UTC.
        """
        hour = moment // _HOUR
        ahead = self._ahead.get(hour)
        if ahead is None:
            ahead = self._looked_up(hour, moment)
        return (moment + ahead - self._midnight) // _HOUR

    def _looked_up(self, hour: int, moment: int) -> int:
        if abs(moment - self._midnight) > _FAR:
            return 0
        first, last = self._offset(hour * _HOUR), self._offset((hour + 1) * _HOUR - 1)
        if first != last:  # the clocks change within this hour
            return self._offset(moment)
        self._ahead[hour] = first
        return first

    def _offset(self, moment: int) -> int:
        utc = _EPOCH + moment * _MICROSECOND
        return (utc.astimezone(self._zone).utcoffset() or timedelta()) // _MICROSECOND


@once
def clocks_of_areas(snapshot: Snapshot) -> tuple[Clock, ...]:
    """Return the clock of every area, one object per zone; the mission's own last, for "no area"."""
    names, day = zone_names(snapshot), snapshot.mission.election_date
    by_name = {name: Clock(ZoneInfo(name), day) for name in set(names)}
    return tuple(by_name[name] for name in names)


def clock(snapshot: Snapshot, moment: int, zone: ZoneInfo, language: Language) -> str:
    """Return HH:MM on election day, the date before it on any other; "" for no time."""
    if moment == NO_TIME:
        return ""
    local = datetime.fromtimestamp(moment / 1_000_000, tz=UTC).astimezone(zone)
    form = "HH:mm" if local.date() == snapshot.mission.election_date else "d MMM, HH:mm"
    return str(format_datetime(local, format=form, locale=language.locale))


def end_of_day_us(snapshot: Snapshot) -> int:
    """Return the end of election day by the mission's own clock, in microseconds."""
    day, zone = snapshot.mission.election_date + timedelta(days=1), ZoneInfo(snapshot.mission.time_zone)
    return int(datetime.combine(day, time(), tzinfo=zone).timestamp() * 1_000_000)


def waiting_us(snapshot: Snapshot) -> int:
    """Return the moment until which one waits for a visit: hours since the last one end with the day."""
    return min(as_of_us(snapshot), end_of_day_us(snapshot))


def silence_us(snapshot: Snapshot) -> int:
    """Return the moment until which a team's silence counts: a day after the day, when all have counted."""
    return min(as_of_us(snapshot), end_of_day_us(snapshot) + 24 * _HOUR)


def as_of_us(snapshot: Snapshot) -> int:
    """Return the moment the snapshot speaks for, in microseconds: the desk's only clock."""
    return int(snapshot.as_of.timestamp() * 1_000_000)
