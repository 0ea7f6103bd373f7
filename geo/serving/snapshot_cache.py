"""The two halves of a snapshot as cache entries: the registry by its files, the reports by all files.

A key is the SHA-256 of everything the half is a function of: the bytes of its files, what mission.toml
says that shapes a table, the program's own source and the libraries that read, join and index. Titles
and thresholds that only judge are not in it; they always come from mission.toml as it stands.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

import h3
import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import pyarrow as pa
import shapely

from geo.model.mission import Mission, Thresholds
from geo.model.registry import Areas, ClosedStations, Registry, Stations
from geo.model.reports import Assignments, Categories, Incidents, Teams, Visits
from geo.model.table_source import TableSource
from geo.serving import arrow_files
from geo.serving.disk_cache import DiskCache
from geo.serving.source_hash import source_hash

_Made = TypeVar("_Made")
LOG: Final = logging.getLogger("baqylau")
STATIC_TABLES: Final = ("areas", "stations")
# Fields of Mission and Thresholds that shape no table: they are read anew at every start. What is not
# listed here, so any new field too, is part of the key. A test builds a mission that lacks these.
SAID: Final = frozenset(
    {
        "slug", "folder", "title", "subtitle", "credit", "contact", "sources", "languages", "nature",
        "selection", "frame", "planned_visits", "disclosure", "routes",
    }
)  # fmt: skip
JUDGING: Final = frozenset(
    {
        "area_visits", "area_teams", "cell_visits", "false_discovery_rate", "drop_team_p",
        "intraclass_correlation", "overdue_minutes",
    }
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class CachedRegistry:
    """The registry and what was found while it was made.

    Tables of rows set aside (`rejects`) and of defects: `read`, of reading the two files; `prepared`, of
    mending polygons and taking lost points off the map; `spatial`, between areas and stations
    (`check_references.check_static`).
    """

    registry: Registry
    rejects: pd.DataFrame
    read: pd.DataFrame
    prepared: pd.DataFrame
    spatial: pd.DataFrame


@dataclass(frozen=True, eq=False)
class CachedReports:
    """Everything of a snapshot that is not its registry or mission.toml.

    `content`: hash of it. `moment`: what "future" was measured by, UTC; `minds_moment`: some time lay
    after it, so that at another moment another list of defects would come out.
    """

    categories: Categories
    teams: Teams
    visits: Visits
    incidents: Incidents
    assignments: Assignments
    totals: pd.DataFrame
    presence: pd.DataFrame
    notes: pd.DataFrame
    rejects: pd.DataFrame
    defects: pd.DataFrame
    content: str
    moment: datetime
    minds_moment: bool


_COLUMNS: Final = {
    "categories": Categories,
    "teams": Teams,
    "visits": Visits,
    "incidents": Incidents,
    "assignments": Assignments,
}
_FRAMES: Final = ("totals", "presence", "notes", "rejects", "defects")


def keys(mission: Mission, store: DiskCache) -> tuple[str, str]:
    """Return the keys of a mission's registry and of its reports. Raises OSError for an unreadable file."""
    digests = store.digests([source.path for source in mission.tables])

    def key(tables: Collection[TableSource]) -> str:
        shapes = [(_shape_of(source), digests[source.path]) for source in tables]
        text = repr((program(), _shape_of_mission(mission), shapes))
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    static = key([source for source in mission.tables if source.table in STATIC_TABLES])
    return f"registry-{static}", f"reports-{key(mission.tables)}"


def load_static(store: DiskCache, key: str) -> CachedRegistry | None:
    """Return the registry kept under a key, its columns mapped; None if it is not there or odd."""

    def read(folder: Path) -> CachedRegistry:
        about = orjson.loads((folder / "about.json").read_bytes())
        joins = arrow_files.read(folder / "joins.arrow")
        registry = Registry(
            areas=Areas(**arrow_files.read(folder / "areas.arrow")),
            stations=Stations(**arrow_files.read(folder / "stations.arrow")),
            located_area=joins["located_area"],
            cell=joins["cell"],
            version=str(about["version"]),
            closed=ClosedStations(
                Stations(**arrow_files.read(folder / "closed.arrow")),
                **arrow_files.read(folder / "closed-joins.arrow"),
            ),
        )
        frames = {name: arrow_files.read_frame(folder / f"{name}.arrow") for name in _static_frames()}
        return CachedRegistry(registry, **frames)

    return read_entry(store, key, read)


def save_static(store: DiskCache, key: str, static: CachedRegistry, owner: str) -> bool:
    """Keep a registry under a key; return whether it could be kept."""

    def write(folder: Path) -> None:
        registry = static.registry
        arrow_files.write(folder / "areas.arrow", registry.areas)
        arrow_files.write(folder / "stations.arrow", registry.stations)
        joins: dict[str, npt.NDArray[Any]] = {"located_area": registry.located_area, "cell": registry.cell}
        arrow_files.write(folder / "joins.arrow", joins)
        closed = registry.closed
        arrow_files.write(folder / "closed.arrow", closed.stations)
        held: dict[str, npt.NDArray[Any]] = {"status": closed.status, "merged_into": closed.merged_into}
        arrow_files.write(folder / "closed-joins.arrow", held)
        for name in _static_frames():
            arrow_files.write_frame(folder / f"{name}.arrow", getattr(static, name))
        (folder / "about.json").write_bytes(orjson.dumps({"version": registry.version}))

    return write_entry(store, key, write, owner)


def load_reports(store: DiskCache, key: str, moment: datetime | None) -> CachedReports | None:
    """Return the reports kept under a key as they would be read at a moment, mapped; None if they are not.

    `moment`: None for the moment they were kept at. At another moment they are the same only if no time in
    them lay in the future when they were kept, and it is not before that: else None.
    """

    def read(folder: Path) -> CachedReports:
        about = orjson.loads((folder / "about.json").read_bytes())
        parts: dict[str, Any] = {
            name: kind(**arrow_files.read(folder / f"{name}.arrow")) for name, kind in _COLUMNS.items()
        }
        parts |= {name: arrow_files.read_frame(folder / f"{name}.arrow") for name in _FRAMES}
        return CachedReports(
            **parts,
            content=str(about["content"]),
            moment=datetime.fromisoformat(about["moment"]),
            minds_moment=bool(about["minds_moment"]),
        )

    reports = read_entry(store, key, read)
    if reports is None or moment is None or reports.moment == moment:
        return reports
    return None if reports.minds_moment or moment < reports.moment else reports


def save_reports(store: DiskCache, key: str, reports: CachedReports, owner: str) -> bool:
    """Keep reports under a key; return whether they could be kept."""

    def write(folder: Path) -> None:
        for name in _COLUMNS:
            arrow_files.write(folder / f"{name}.arrow", getattr(reports, name))
        for name in _FRAMES:
            arrow_files.write_frame(folder / f"{name}.arrow", getattr(reports, name))
        about = {
            "content": reports.content,
            "moment": reports.moment.isoformat(),
            "minds_moment": reports.minds_moment,
        }
        (folder / "about.json").write_bytes(orjson.dumps(about))

    return write_entry(store, key, write, owner)


def read_entry(store: DiskCache, key: str, read: Callable[[Path], _Made]) -> _Made | None:
    """Return what `read` makes of an entry's folder; None if it is absent, or whole but not of our making."""
    folder = store.entry(key)
    if folder is None:
        return None
    try:
        return read(folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, pa.ArrowException) as error:
        LOG.warning("cache %s cannot be read and will be made anew: %s", key, error)
        return None


def write_entry(store: DiskCache, key: str, write: Callable[[Path], None], owner: str) -> bool:
    """Let `write` fill an entry's folder; return whether it could be kept."""
    try:
        return store.write(key, write, owner) is not None
    except (ValueError, TypeError, pa.ArrowException) as error:  # a column that Arrow cannot hold
        LOG.warning("cache %s cannot be written: %s", key, error)
        return False


def _static_frames() -> tuple[str, ...]:
    return tuple(field.name for field in fields(CachedRegistry) if field.name != "registry")


def _shape_of(source: TableSource) -> list[tuple[str, str]]:
    """Everything that says how a file becomes a table; of its path the name, which defects are told with."""
    return [
        (f.name, source.path.name if f.name == "path" else repr(getattr(source, f.name)))
        for f in fields(source)
    ]


def _shape_of_mission(mission: Mission) -> list[tuple[str, str]]:
    shape = [
        (f.name, repr(getattr(mission, f.name)))
        for f in fields(mission)
        if f.name not in SAID and f.name not in ("tables", "thresholds")
    ]
    limits = [
        (f.name, repr(getattr(mission.thresholds, f.name)))
        for f in fields(Thresholds)
        if f.name not in JUDGING
    ]
    return shape + limits


@cache
def program() -> list[str]:
    """Return what this program is: its source that reads and joins, and the libraries it does so with."""
    libraries = (shapely, h3, np, pd, pa)
    return [
        source_hash("model", "reading", "serving"),
        shapely.geos_version_string,
        *(library.__version__ for library in libraries),
    ]
