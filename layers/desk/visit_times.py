"""When visits were made and what they say of their stations, prepared once and filtered per choice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.model.columns import IndexArray
from geo.model.counts import Choice, counted_visits, exposed_visits, visits_with_finding
from geo.model.registry import Registry
from geo.model.snapshot import Snapshot
from layers.desk.choice_visits import plausible_minutes, worst_finding
from layers.desk.local_clock import NO_MINUTE, local_minutes
from layers.map.lru import Recent, once
from layers.tiles.pyramid import StationIndex
from layers.tiles.tile_state import MAX_HOURS, NO_HOUR, VisitValues

CHOICES_KEPT: Final = 2  # 26 MB each for two million visits


@dataclass(frozen=True, eq=False)
class Day:
    """The visits of a snapshot that may count, sorted by station and hour; the same for every choice.

    `row`: (R,) positions in the snapshot's visits. `station`: (R,). `place`: (R,), where the station
    stands in the tiles' order, those off the map after all others; ascending. `minute`: (R,) of election
    day on the station's clock, NO_MINUTE for none. `bucket`: (R,) uint8 hour, counted from `first`, or
    NO_HOUR. `hours`: how many buckets. Visits more than MAX_HOURS before the last are in no bucket.
    """

    row: IndexArray
    station: IndexArray
    place: IndexArray
    minute: npt.NDArray[np.int32]
    bucket: npt.NDArray[np.uint8]
    first: int
    hours: int


@once
def index_of(registry: Registry) -> StationIndex:
    """Return the tiles' index of a registry's stations with a point of their own."""
    stations = registry.stations
    there = stations.is_on_map
    return StationIndex.build(np.where(there, stations.lon, np.nan), np.where(there, stations.lat, np.nan))


@once
def day_of(snapshot: Snapshot) -> Day:
    """Return the visits of a snapshot in order. About a second for two million; kept with the snapshot."""
    visits = snapshot.visits
    row = np.flatnonzero(visits.is_current & (visits.station >= 0)).astype(np.int32)
    station = visits.station[row]
    minute = plausible_minutes(local_minutes(snapshot, visits.arrived[row], station)).astype(np.int32)
    timed = minute != NO_MINUTE
    hour = minute // 60
    first, hours = axis(int(hour[timed].min()), int(hour[timed].max())) if timed.any() else axis(0, 0)
    timed &= hour >= first
    bucket = np.where(timed, hour - first, NO_HOUR).astype(np.uint8)
    index = index_of(snapshot.registry)
    place = index.position[station].astype(np.int64)
    place = np.where(place >= 0, place, len(index.station) + station.astype(np.int64))
    order = np.argsort(place << 8 | bucket, kind="stable")
    kept = (row[order], station[order], place[order].astype(np.int32), minute[order], bucket[order])
    return Day(*kept, first=first, hours=hours)


def axis(first: int, last: int) -> tuple[int, int]:
    """Return the first hour shown, and how many, when visits were made from a first hour to a last."""
    shown = max(first, last - MAX_HOURS + 1)
    return shown, last - shown + 1


@dataclass(frozen=True, eq=False)
class Chosen:
    """The visits one choice counts, in the order of `Day`: (K,) positions in it, and what each says."""

    kept: IndexArray
    visits: VisitValues


_CHOSEN: Final[Recent[Chosen]] = Recent(CHOICES_KEPT)


def chosen(snapshot: Snapshot, choice: Choice) -> Chosen:
    """Return the visits a choice counts; the last few choices are kept."""
    key = (snapshot.mission.slug, snapshot.version, choice)
    return _CHOSEN.get(key, lambda: _chosen(snapshot, choice))


def _chosen(snapshot: Snapshot, choice: Choice) -> Chosen:
    day, visits, known = day_of(snapshot), snapshot.visits, snapshot.categories
    has_finding, _ = visits_with_finding(visits, snapshot.incidents, known, choice)
    # one word per visit, so that two million of them are put in order once and not six times
    word = counted_visits(visits, choice).astype(np.uint16)
    for shift, part in (
        (1, exposed_visits(visits, known, choice)),
        (2, has_finding),
        (3, worst_finding(snapshot, choice) + 1),
        (6, visits.outcome + 1),
    ):
        word |= part.astype(np.uint16) << np.uint16(shift)
    word = word[day.row]
    kept = np.flatnonzero(word & np.uint16(1)).astype(np.int32)
    word = word[kept]
    values = VisitValues(
        station=day.station[kept],
        hour=day.bucket[kept],
        outcome=(word >> np.uint16(6)).astype(np.int8) - np.int8(1),
        is_exposed=(word & np.uint16(2)) != 0,
        severity=(word >> np.uint16(3) & np.uint16(7)).astype(np.uint8),
        has_finding=(word & np.uint16(4)) != 0,
    )
    return Chosen(kept, values)
