"""The desk's tiles kept up to date by live reports, one station at a time instead of all anew."""

from __future__ import annotations

from typing import Final
from weakref import WeakKeyDictionary

from geo.analysis.live import Effect, LiveCounts, VisitSeen
from geo.model.columns import NO_TIME
from geo.model.counts import Choice
from geo.model.snapshot import Snapshot
from geo.model.tables import OUTCOMES
from layers.desk import desk_tiles
from layers.desk.choice_visits import planned_stations
from layers.desk.hour_axis import axis_of, visits_by_hour, visits_by_hour_since
from layers.desk.local_clock import Clock, clocks_of_areas
from layers.tiles.tile_state import NO_HOUR, RANKED, StationChange, StationNow, StationStates, TileState

DESK: Final = Choice(verified_only=False)  # what a desk shows when it is opened
_RANKED: Final = tuple(int(state) for state in RANKED)
_RANK_OF_OUTCOME: Final = (
    RANKED.index(StationStates.NOTHING_REPORTED), RANKED.index(StationStates.DENIED),
    RANKED.index(StationStates.CLOSED),
    RANKED.index(StationStates.UNREACHABLE),
)  # fmt: skip
_NOTHING_REPORTED: Final = RANKED.index(StationStates.NOTHING_REPORTED)
_FINDING: Final = RANKED.index(StationStates.FINDING)
_OBSERVED: Final = OUTCOMES.index("observed")
_OUTSIDE: Final = -1


class LiveTiles:
    """Owns the tiles' state of a mission under one choice while reports come in.

    `is_stale`: a report lies outside of the hours the tiles show, or on a day that `plausible_minutes` has
    to judge by all others; then they are made anew from the next snapshot.
    """

    def __init__(self, snapshot: Snapshot, state: TileState, choice: Choice) -> None:
        """`state`: of the snapshot, made for this owner alone; every effect from then on has to be told."""
        self.choice, self.state, self.is_stale = choice, state, False
        self._planned = planned_stations(snapshot, choice).tobytes()
        self._counted, self._visits_at = snapshot, visits_by_hour(snapshot)
        self._first, self._hours = axis_of(self._visits_at)
        self._area = snapshot.registry.stations.area.data
        self._clocks = clocks_of_areas(snapshot)

    def told(self, effect: Effect) -> None:
        """Take what one report changed at a station; a subscriber of `LiveCounts`. About 20 µs."""
        if self.is_stale:
            return
        self.is_stale = True  # and so it stays if anything below fails
        before, after = effect.before.visits, effect.after.visits
        clock = self._clocks[self._area[effect.station]]
        hours = [self._hour(clock, visit.arrived) for visit in after]
        changes = [
            StationChange(hour, 1, visit.is_exposed, visit.has_finding)
            for hour, visit in zip(hours, after, strict=True)
            if visit not in before
        ]
        changes += [
            StationChange(self._hour(clock, visit.arrived), -1, -visit.is_exposed, -visit.has_finding)
            for visit in before
            if visit not in after
        ]
        if _OUTSIDE not in hours and all(change.hour != _OUTSIDE for change in changes):
            self.state.update(effect.station, _now(after, hours, self._planned[effect.station]), changes)
            self.is_stale = False

    def fits(self, snapshot: Snapshot) -> bool:
        """Return whether the state may stand for a snapshot: the same hours, nothing missed.

        `snapshot`: published after the last one asked about. A millisecond for two million visits.
        """
        self._visits_at += visits_by_hour_since(self._counted, snapshot, self._clocks)
        self._counted = snapshot
        return not self.is_stale and axis_of(self._visits_at) == (self._first, self._hours)

    def _hour(self, clock: Clock, arrived: int) -> int:
        """Return the hour of the tiles a visit was made in, _OUTSIDE for one they do not show."""
        if arrived == NO_TIME:
            return NO_HOUR
        hour = clock.hour(arrived)
        return hour - self._first if -24 <= hour < 48 and 0 <= hour - self._first < self._hours else _OUTSIDE


def _now(visits: tuple[VisitSeen, ...], hours: list[int], is_planned: int) -> StationNow:
    """Return what `station_values` and `by_hour` say of a station with these visits."""
    # rank << 3 | severity: a finding outranks all, the worst of them wins
    best, by_hour = 0, dict[int, int]()
    for hour, visit in zip(hours, visits, strict=True):
        said = _said(visit)
        if said:
            best = max(best, said)
            if said > by_hour.get(hour, 0):
                by_hour[hour] = said
    by_hour.pop(NO_HOUR, None)
    plain = StationStates.PLANNED if is_planned else StationStates.NOT_PLANNED
    return StationNow(
        state=_RANKED[best >> 3] if best else plain,
        severity=best & 7,
        is_observed=best >> 3 >= _NOTHING_REPORTED,
        is_planned=bool(is_planned),
        hours=tuple([(hour, _RANKED[said >> 3], said & 7) for hour, said in sorted(by_hour.items())]),
    )


def _said(visit: VisitSeen) -> int:
    """Return rank << 3 | severity: a visit's place among what can be said of a station, its worst finding."""
    if visit.outcome < 0:
        return 0
    if visit.outcome == _OBSERVED and visit.worst >= 0:
        return _FINDING << 3 | visit.worst + 1
    return _RANK_OF_OUTCOME[visit.outcome] << 3


_FOLLOWED: Final[WeakKeyDictionary[LiveCounts, LiveTiles]] = WeakKeyDictionary()


def follow(live: LiveCounts, before: Snapshot, after: Snapshot) -> None:
    """Let the tiles of a mission that somebody looks at follow its reports; called at every publication.

    `before`, `after`: the last published snapshot and the new one; no report comes in meanwhile. Tiles
    nobody asked for are not made. Called with one version twice, before a report came, it begins already:
    the first report at a million stations need not wait a second for it.
    """
    followed = _FOLLOWED.get(live)
    if followed is None or followed.is_stale:
        if DESK in live.choices and desk_tiles.is_tiled(after) and desk_tiles.is_kept(before, DESK):
            _begin(live, after)
    elif before.version == after.version:
        return
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
