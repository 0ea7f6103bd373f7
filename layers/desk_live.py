"""The desk's tiles kept up to date by live reports, one station at a time instead of all anew."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final
from weakref import WeakKeyDictionary

from geo.columns import NO_TIME
from geo.counts import Choice
from geo.live import Effect, LiveCounts, VisitSeen
from geo.snapshot import Snapshot
from geo.tables import OUTCOMES
from layers import desk_tiles
from layers.desk_choice import planned_stations
from layers.desk_day import day_of
from layers.desk_time import zone_of_station
from layers.tile_state import NO_HOUR, RANKED, Change, State, StationNow, TileState

DESK: Final = Choice(verified_only=False)  # what a desk shows when it is opened
_RANK_OF_OUTCOME: Final = (
    RANKED.index(State.NOTHING_REPORTED), RANKED.index(State.DENIED), RANKED.index(State.CLOSED),
    RANKED.index(State.UNREACHABLE),
)  # fmt: skip
_NOTHING_REPORTED: Final = RANKED.index(State.NOTHING_REPORTED)
_FINDING: Final = RANKED.index(State.FINDING)
_MINUTE: Final = timedelta(minutes=1)


class LiveTiles:
    """Owns the tiles' state of a mission under one choice while reports come in.

    `is_stale`: a report lies outside of the hours the tiles show, or on a day that `plausible_minutes` has
    to judge by all others; then they are made anew from the next snapshot.
    """

    def __init__(self, snapshot: Snapshot, state: TileState, choice: Choice) -> None:
        """`state`: of the snapshot, made for this owner alone; every effect from then on has to be told."""
        self.choice, self.state, self.is_stale = choice, state, False
        self._snapshot, self._planned = snapshot, planned_stations(snapshot, choice)
        day = day_of(snapshot)
        self._first, self._hours = day.first, day.hours
        self._midnight = datetime.combine(snapshot.mission.election_date, time())

    def told(self, effect: Effect) -> None:
        """Take what one report changed at a station; a subscriber of `LiveCounts`. About 60 µs."""
        if self.is_stale:
            return
        before = [(self._hour(effect.station, visit), visit) for visit in effect.before.visits]
        after = [(self._hour(effect.station, visit), visit) for visit in effect.after.visits]
        if self.is_stale:
            return
        gone = [pair for pair in before if pair not in after]
        come = [pair for pair in after if pair not in before]
        changes = [_change(hour, visit, 1) for hour, visit in come]
        changes += [_change(hour, visit, -1) for hour, visit in gone]
        self.state.update(effect.station, self._now(effect.station, after), changes)

    def fits(self, snapshot: Snapshot) -> bool:
        """Return whether the state may stand for a snapshot: the same hours, nothing missed."""
        day = day_of(snapshot)
        return not self.is_stale and (day.first, day.hours) == (self._first, self._hours)

    def _hour(self, station: int, visit: VisitSeen) -> int:
        if visit.arrived == NO_TIME:
            return NO_HOUR
        moment = datetime.fromtimestamp(visit.arrived // 1_000_000, tz=UTC)
        local = moment.astimezone(zone_of_station(self._snapshot, station)).replace(tzinfo=None)
        hour = (local - self._midnight) // _MINUTE // 60
        if not (-24 <= hour < 48 and 0 <= hour - self._first < self._hours):
            self.is_stale = True
        return hour - self._first

    def _now(self, station: int, visits: list[tuple[int, VisitSeen]]) -> StationNow:
        """Return what `station_values` and `by_hour` say of a station with these visits."""
        planned = bool(self._planned[station])
        by_hour: dict[int, tuple[int, int]] = {}
        best, worst = 0, 0
        for hour, visit in visits:
            said = _said(visit)
            by_hour[hour] = max(by_hour.get(hour, (0, 0)), said)
            best, worst = max(best, said[0]), max(worst, said[1])
        by_hour.pop(NO_HOUR, None)
        plain = State.PLANNED if planned else State.NOT_PLANNED
        return StationNow(
            state=RANKED[best] if best else plain,
            severity=worst,
            is_observed=best >= _NOTHING_REPORTED,
            is_planned=planned,
            hours=tuple(
                (hour, RANKED[rank], worst) for hour, (rank, worst) in sorted(by_hour.items()) if rank
            ),
        )


def _said(visit: VisitSeen) -> tuple[int, int]:
    """Return a visit's rank among what can be said of a station, and the severity of its worst finding."""
    if visit.outcome < 0:
        return 0, 0
    if visit.outcome == OUTCOMES.index("observed") and visit.worst >= 0:
        return _FINDING, visit.worst + 1
    return _RANK_OF_OUTCOME[visit.outcome], 0


def _change(hour: int, visit: VisitSeen, sign: int) -> Change:
    return Change(hour, sign, sign * visit.is_exposed, sign * visit.has_finding)


_FOLLOWED: Final[WeakKeyDictionary[LiveCounts, LiveTiles]] = WeakKeyDictionary()


def follow(live: LiveCounts, before: Snapshot, after: Snapshot) -> None:
    """Let the tiles of a mission that somebody looks at follow its reports; called at every publication.

    `before`, `after`: the last published snapshot and the new one; no report comes in meanwhile. Tiles
    nobody asked for are not made.
    """
    followed = _FOLLOWED.get(live)
    if followed is None or followed.is_stale:
        if DESK in live.choices and desk_tiles.is_tiled(after) and desk_tiles.is_kept(before, DESK):
            _begin(live, after)
    elif followed.fits(after):
        desk_tiles.adopt(after, DESK, followed.state)
    else:
        followed.is_stale = True


def _begin(live: LiveCounts, snapshot: Snapshot) -> None:
    """Make the tiles of the newest snapshot and have every later report told to them."""
    old = _FOLLOWED.pop(live, None)
    if old is not None:
        live.unsubscribe(old.told, DESK)
    made = LiveTiles(snapshot, desk_tiles.made_state(snapshot, DESK), DESK)
    live.subscribe(made.told, DESK)
    _FOLLOWED[live] = made
    desk_tiles.adopt(snapshot, DESK, made.state)
