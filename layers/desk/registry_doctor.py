"""The registry doctor: stations with a doubtful point, what is wrong with each, and those that were moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC
from typing import Final

from geo.analysis.doubtful_points import DoubtfulPoint, doubtful_points
from geo.intake.registry_fixes import StationFix
from geo.model.snapshot import Snapshot
from layers.desk.inbox import shown_name
from layers.desk.local_clock import clock, zone_of_station
from layers.desk.work_payloads import DoubtfulStation, MovedStation, RegistryDoctor
from layers.map.lru import once
from layers.words.language import Language
from layers.words.work_wording import POINT

MOST_ROWS: Final = 300  # the surest first; how many there are is said


@once
def _doubtful(snapshot: Snapshot) -> list[DoubtfulPoint]:
    return doubtful_points(snapshot)


def doctor(snapshot: Snapshot, known: Mapping[str, StationFix], language: Language) -> RegistryDoctor:
    """Return doubtful stations that nobody moved, and those that somebody did, the last moved first."""
    moved = {name: fix for name, fix in known.items() if fix.point is not None}
    ids = snapshot.registry.stations.station_id
    doubtful = [point for point in _doubtful(snapshot) if ids[point.station].as_py() not in moved]
    counts = Counter(point.kind for point in doubtful)
    return {
        "total": len(doubtful),
        "kinds": [{"title": language.say(POINT[kind]), "n": n} for kind, n in counts.items()],
        "rows": [_row(snapshot, point, language) for point in doubtful[:MOST_ROWS]],
        "moved": [
            _moved(snapshot, fix, language)
            for fix in sorted(moved.values(), key=lambda fix: fix.at, reverse=True)[:MOST_ROWS]
        ],
    }


def _row(snapshot: Snapshot, point: DoubtfulPoint, language: Language) -> DoubtfulStation:
    stations, areas = snapshot.registry.stations, snapshot.registry.areas
    area, told = int(stations.area[point.station]), (stations.settlement, stations.address)
    return {
        "station": stations.station_id[point.station].as_py(),
        "area": areas.name(area, language.code) if area >= 0 else "",
        "address": ", ".join(text for column in told if (text := column[point.station].as_py())),
        "title": language.say(POINT[point.kind]),
        "told": None if point.told is None else list(point.told),
        "suggested": None if point.suggested is None else list(point.suggested),
    }


def _moved(snapshot: Snapshot, fix: StationFix, language: Language) -> MovedStation:
    registry = snapshot.registry
    station = registry.station(fix.station_id)
    located = int(registry.located_area[station]) if station >= 0 else -1
    declared = int(registry.stations.area[station]) if station >= 0 else -1
    at = int(fix.at.astimezone(UTC).timestamp() * 1_000_000)
    return {
        "station": fix.station_id,
        "who": shown_name(fix.who),
        "time": clock(snapshot, at, zone_of_station(snapshot, -1), language),
        "point": list(fix.point or ()),
        "isOutside": located != declared,
    }
