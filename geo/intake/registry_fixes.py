"""Stations moved by people: which point each has after all fixes, and a mission's registry with them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from geo.journal.event import ID, Event, JournalEntry, root_of
from geo.journal.report_ledger import ReportLedger
from geo.journal.report_life import in_turn, step_of
from geo.model import grid, places
from geo.model.columns import content_hash, frozen
from geo.model.errors import InputError
from geo.model.registry import Registry, finest_outlines
from geo.model.snapshot import Snapshot
from geo.model.tables import PRECISIONS

SOURCE: Final = "@desk"
Point = tuple[float, float]  # lon, lat


@dataclass(frozen=True, slots=True)
class StationFix:
    """Where a station stands by the last person who moved it. `point` None: as its file has it.

    `who`, `at`: of the last fix or undoing; `head`: its version.
    """

    station_id: str
    point: Point | None
    who: str
    at: datetime
    head: str


def fixes(entries: Iterable[JournalEntry]) -> dict[str, StationFix]:
    """Return the last fix of every station, in whatever order the events came; undoing takes back one."""
    by_root: dict[str, dict[str, JournalEntry]] = {}
    for entry in entries:
        if entry.event.kind == "registry_fix":
            by_root.setdefault(entry.event.root, {})[entry.event.version] = entry
    folded = [fix for versions in by_root.values() if (fix := _folded(versions))]
    return {fix.station_id: fix for fix in folded}


def points_of(known: Mapping[str, StationFix]) -> dict[str, Point]:
    """Return where stations were moved to, by id."""
    return {fix.station_id: fix.point for fix in known.values() if fix.point is not None}


def with_points(snapshot: Snapshot, points: Mapping[str, Point]) -> Snapshot:
    """Return a snapshot whose stations stand where people put them; itself where nothing was moved.

    A station that is not open or not there is passed over. The version says that it was moved.
    """
    registry = snapshot.registry
    known = {name: registry.stations.by_id.find(name) for name in sorted(points)}
    rows = np.array([row for row in known.values() if row >= 0], dtype=np.int64)
    if not len(rows):
        return snapshot
    at = np.array([points[name] for name, row in known.items() if row >= 0])
    moved = _moved(registry, rows, at[:, 0], at[:, 1], snapshot.mission.thresholds.cell_resolution)
    _, rest = snapshot.version.split("-", 1)
    return replace(snapshot, registry=moved, version=f"{moved.version}-{rest}")


def fix_event(
    given: Mapping[str, Any], by: str, mission: str, ledger: ReportLedger, now: datetime
) -> Event | None:
    """Return the event that moves a station or takes the last move back; None where it was sent before.

    `given`: `id`, `station_id`, and `lon` and `lat` in degrees or `undo` true. Raises InputError.
    """
    version, station_id = given.get("id"), given.get("station_id")
    if not isinstance(version, str) or not ID.fullmatch(version) or not isinstance(station_id, str):
        raise InputError("id and station_id are texts")
    key = (mission, SOURCE, "station", root_of(station_id))
    if ledger.has(key, version):
        return None
    earlier = fixes(ledger.entries("station").get(key, ())).get(station_id)
    point = None if given.get("undo") is True else list(_point(given.get("lon"), given.get("lat")))
    if point is None and (earlier is None or earlier.point is None):
        raise InputError(f"{station_id[:60]} stands where its file has it")
    return Event(
        mission=mission, kind="registry_fix", about="station", source=SOURCE, root=key[3], version=version,
        supersedes=earlier.head if earlier else "", person=by, private={},
        body={"station": station_id, "point": point}, made_at=now.astimezone(UTC).isoformat(),
    )  # fmt: skip


def _point(lon: object, lat: object) -> Point:
    for value, most in ((lon, 180), (lat, 90)):
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not is_number or abs(float(value)) > most:  # type: ignore[arg-type] # a number, as just seen
            raise InputError("lon and lat are degrees, -180 to 180 and -90 to 90")
    return float(lon), float(lat)  # type: ignore[arg-type]


def _folded(versions: Mapping[str, JournalEntry]) -> StationFix | None:
    ordered = in_turn(step_of(entry.event) for entry in versions.values())
    stack: list[Point] = []
    for step in ordered:
        point = versions[step.version].event.body.get("point")
        if isinstance(point, list) and len(point) == 2:
            stack.append((float(point[0]), float(point[1])))
        elif stack:
            stack.pop()
    if not ordered:
        return None
    last = versions[ordered[-1].version].event
    moment = datetime.fromisoformat(last.made_at)
    return StationFix(
        str(last.body.get("station", "")), stack[-1] if stack else None, last.person, moment, last.version
    )


def _moved(registry: Registry, rows: Any, lon: Any, lat: Any, resolution: int) -> Registry:
    """Return the registry with these stations at these points, (R,) each; joins are made anew for them."""
    stations, outlines = registry.stations, finest_outlines(registry.areas)
    lons, lats, precision = stations.lon.copy(), stations.lat.copy(), stations.precision.copy()
    lons[rows], lats[rows], precision[rows] = lon, lat, PRECISIONS.index("point")
    located, cell = registry.located_area.copy(), registry.cell.copy()
    located[rows] = places.area_of(lon, lat, outlines)
    cell[rows] = grid.cell_of(lon, lat, resolution)
    placed = replace(stations, lon=frozen(lons), lat=frozen(lats), precision=frozen(precision))
    return replace(
        registry, stations=placed, located_area=frozen(located), cell=frozen(cell),
        version=content_hash(registry.version, rows, lon, lat),
    )  # fmt: skip
