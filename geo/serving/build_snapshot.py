"""Makes a snapshot of a mission's folder: reads and conforms its tables, joins them, notes what is set aside.

A snapshot has two halves, each kept on disk if there is a store: the registry, made of areas and stations
alone, and the reports. With both kept a start reads no source file; with a new report the registry's million
stations are not read again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pandas as pd

from geo.model import registry, reports
from geo.model.columns import content_hash
from geo.model.errors import InputError, MissionError, Problem
from geo.model.messages import Message, message
from geo.model.mission import Mission, UnreadFile, as_of, load
from geo.model.registry import Registry, is_open
from geo.model.snapshot import Snapshot
from geo.model.table_source import TableSource
from geo.model.tables import BY_NAME, STATUSES, TABLES
from geo.reading import check_references, conforming, defects, readers
from geo.reading.known_places import (
    KnownPlaces,
    known_places,
    places_of_registry,
    stations_by_number,
    with_closed,
)
from geo.reading.readers.reader import Progress as ReadProgress
from geo.reading.rejects import no_rejects
from geo.serving import snapshot_cache
from geo.serving.disk_cache import DiskCache
from geo.serving.snapshot_cache import STATIC_TABLES, CachedRegistry, CachedReports

Progress = Callable[[str, float], None]
MOST_AREAS: Final = 8_000  # of one level: a page has a row, a figure and an outline for each
AT_ONCE: Final = 2  # tables: one is conformed while a child process parses the next; more would take memory


@dataclass(frozen=True, eq=False)
class Sources:
    """Every table of a mission, conformed, with what was set aside and what was noticed."""

    mission: Mission
    frames: dict[str, pd.DataFrame]
    rejects: pd.DataFrame
    defects: pd.DataFrame


def load_mission(folder: Path) -> Mission:
    """Return the mission of a folder; a file named after a table that no reader takes is a problem."""
    return load(folder, readers.advice)


def snapshot(
    folder: Path,
    now: datetime | None = None,
    progress: Progress | None = None,
    store: DiskCache | None = None,
) -> Snapshot:
    """Return the snapshot of a mission's folder, the same whatever the order of its rows.

    `now`: the moment it speaks for where mission.toml sets no `as_of`. `store`: where a half that was
    made before is found, equal in every column and in its version, and where a new one is kept.
    Raises MissionError when no map can be built; a bad row never stops it.
    """
    mission = load_mission(folder)
    moment = _as_of(mission, now)
    if store is None:
        return _snapshot(read(mission, moment, progress), moment, progress)
    static_key, reports_key = _keys(mission, store)
    static = snapshot_cache.load_static(store, static_key)
    reported = snapshot_cache.load_reports(store, reports_key, moment)
    if static is None or reported is None:
        wanted = frozenset(BY_NAME) - (frozenset(STATIC_TABLES) if static else frozenset())
        sources = read(mission, moment, progress, wanted, static.registry if static else None)
        static = static or _kept_static(sources, store, static_key, progress)
        reported = _reports(sources, static, moment, progress)
        snapshot_cache.save_reports(store, reports_key, reported, mission.slug)
    return _assembled(mission, static, reported, moment)


def from_store(folder: Path, now: datetime, store: DiskCache) -> Snapshot | None:
    """Return what `snapshot` would, mapped from the store; None if any source file had to be read for it.

    Raises MissionError as `snapshot` does.
    """
    mission = load_mission(folder)
    moment = _as_of(mission, now)
    static_key, reports_key = _keys(mission, store)
    static = snapshot_cache.load_static(store, static_key)
    reported = snapshot_cache.load_reports(store, reports_key, moment) if static else None
    return _assembled(mission, static, reported, moment) if static and reported else None


def as_kept(mission: Mission, halves: tuple[str, str], moment: datetime, store: DiskCache) -> Snapshot | None:
    """Return a mission's snapshot of the halves kept under two keys; None if they are not there.

    `moment`: what it speaks for; but where some report's time lay in the future when the reports were
    kept, the moment of then: at another one the list of defects would be another.
    """
    static = snapshot_cache.load_static(store, halves[0])
    reported = snapshot_cache.load_reports(store, halves[1], None) if static else None
    if static is None or reported is None:
        return None
    return _assembled(mission, static, reported, reported.moment if reported.minds_moment else moment)


def snapshot_and_sources(
    folder: Path, now: datetime | None = None, progress: Progress | None = None
) -> tuple[Snapshot, Sources]:
    """Return the snapshot and the tables it was made of, which alone know the rows of the files."""
    mission = load_mission(folder)
    moment = _as_of(mission, now)
    sources = read(mission, moment, progress)
    return _snapshot(sources, moment, progress), sources


def read(
    mission: Mission,
    now: datetime,
    progress: Progress | None = None,
    wanted: Collection[str] = frozenset(BY_NAME),
    registry_known: Registry | None = None,
) -> Sources:
    """Return every table of a mission conformed; tables without a file, or not wanted, are empty.

    `registry_known`: areas and stations where they are not wanted, being known already.

    Raises MissionError naming every file that cannot be read and every defect that stops.
    """
    frames: dict[str, pd.DataFrame] = {}
    rejects, frames_of_defects, problems = [], [], list[Problem]()
    sources = [source for source in mission.tables if source.table in wanted]
    places = places_of_registry(registry_known, mission) if registry_known else KnownPlaces()
    for stage in _in_stages(sources):
        # Whoever watches is told of one table after the other.
        with ThreadPoolExecutor(1 if progress else AT_ONCE) as pool:
            read = list(pool.map(lambda source: _table(source, mission, now, progress, places), stage))  # noqa: B023 - done within the turn
        for source, conformed in zip(stage, read, strict=True):
            if isinstance(conformed, Problem):
                problems.append(conformed)
                continue
            frames[source.table] = conformed.frame
            rejects.append(conformed.rejects)
            frames_of_defects.append(conformed.defects)
        if "areas" in frames and (crowded := _too_many(frames["areas"], mission)):
            raise MissionError([crowded])  # before anything is joined with them
        places = _more_places(places, stage, frames, mission)
    for table in TABLES:
        frames.setdefault(table.name, conforming.empty(table))
    everything = defects.concat(
        [*(_unread(file) for file in mission.unread if file.table in wanted), *frames_of_defects]
    )
    problems += _stopping(everything)
    if problems:
        raise MissionError(problems)
    filled = [frame for frame in rejects if len(frame)]
    set_aside = pd.concat(filled, ignore_index=True) if filled else no_rejects()
    return Sources(mission, frames, set_aside, everything)


def _too_many(areas: pd.DataFrame, mission: Mission) -> Problem | None:
    """Return why there are too many areas of one level, None if there are not.

    Such files hold polling districts, which are no areas that figures are told of.
    """
    for level, count in areas["level"].fillna(1).astype("int64").value_counts(sort=False).items():
        if count > MOST_AREAS:
            file = next(source.path.name for source in mission.tables if source.table == "areas")
            says = message(
                "{n} areas of level {level}; at most {most} are drawn. Are these polling districts? Give the "
                "regions and districts that figures are told of, and leave these out: a station's own "
                "district can stand as its polygon in the stations table",
                n=count, level=str(level), most=MOST_AREAS,
            )  # fmt: skip
            return Problem(file, 0, says)
    return None


def _unread(file: UnreadFile) -> pd.DataFrame:
    return defects.defects_at(
        "file_unread",
        table=file.table,
        file=file.name,
        rows=[0],
        column="",
        values=[""],
        expected=file.advice,
    )


def _table(
    source: TableSource, mission: Mission, now: datetime, progress: Progress | None, places: KnownPlaces
) -> conforming.Conformed | Problem:
    """Return one table conformed, or why its file cannot be read."""
    try:
        raw = readers.read(source, _reading(source.path.name, progress))
    except InputError as error:
        match dict(error.said.values):
            case {
                "file": source.path.name,
                "what": str() | Message() as what,
            }:  # a problem names its file itself
                return Problem(source.path.name, 0, what)
        return Problem(source.path.name, 0, error.said)
    return conforming.conform(raw, BY_NAME[source.table], mission, source, now, progress, places)


def _in_stages(sources: list[TableSource]) -> list[list[TableSource]]:
    """Return the tables in stages, each of which needs the ones before.

    First areas, then stations if their numbers are keys of other tables, then all others.
    """
    first = [source for source in sources if source.table == "areas"]
    second = [source for source in sources if source.unique_numbers]
    rest = [source for source in sources if source not in first and source not in second]
    return [stage for stage in (first, second, rest) if stage]


def _more_places(
    places: KnownPlaces, read: list[TableSource], frames: Mapping[str, pd.DataFrame], mission: Mission
) -> KnownPlaces:
    """Return what is known of places after some more tables were read."""
    for source in read:
        if source.table == "areas" and "areas" in frames:
            places = replace(
                known_places(frames["areas"], mission), station_of_number=places.station_of_number
            )
        if source.unique_numbers and "stations" in frames:
            stations = frames["stations"]
            parts = [stations[rows] for rows in (is_open(stations), ~is_open(stations))]
            known = with_closed(*(stations_by_number(part["number"], part["station_id"]) for part in parts))
            places = replace(places, station_of_number=known)
    return places


def _reading(name: str, progress: Progress | None) -> ReadProgress | None:
    """Turn the readers' "so many of so many" into a named step of the whole."""
    if progress is None:
        return None

    def tell(done: int, total: int) -> None:
        progress(f"reading {name}", done / total if total else 1.0)

    return tell


def _stopping(everything: pd.DataFrame) -> list[Problem]:
    """Return the defects with which no map can be built, as problems with file and row."""
    stops = [defects.severity_of(str(code)) == "stops" for code in everything["code"]]
    return [
        Problem(
            str(row["file"]),
            int(row["row"]),
            message(
                "{what} Expected: {expected}",
                what=Message(defects.KINDS[row["code"]].says),
                expected=str(row["expected"]),
            ),
        )
        for row in everything[stops].to_dict("records")
    ]


def _keys(mission: Mission, store: DiskCache) -> tuple[str, str]:
    """Return the keys of both halves. Raises MissionError for a file that cannot be read at all."""
    try:
        return snapshot_cache.keys(mission, store)
    except OSError as error:
        name = Path(str(error.filename or "")).name
        says = message("cannot be read ({reason})", reason=str(error.strerror))
        raise MissionError([Problem(name, 0, says)]) from None


def _snapshot(sources: Sources, moment: datetime, progress: Progress | None) -> Snapshot:
    static = _static(sources, progress)
    return _assembled(sources.mission, static, _reports(sources, static, moment, progress), moment)


def _kept_static(sources: Sources, store: DiskCache, key: str, progress: Progress | None) -> CachedRegistry:
    """Make the registry's half and keep it; mapped from here on, so that what comes next has the memory."""
    static = _static(sources, progress)
    is_kept = snapshot_cache.save_static(store, key, static, sources.mission.slug)
    return (snapshot_cache.load_static(store, key) if is_kept else None) or static


def _static(sources: Sources, progress: Progress | None) -> CachedRegistry:
    mission = sources.mission
    frames, prepared = check_references.prepare(
        sources.frames, mission
    )  # mends polygons, takes lost points off the map
    if progress:
        progress("joining stations to areas", 0.0)
    built = registry.build(frames["areas"], frames["stations"], mission)
    ids = built.stations.station_id.to_pylist()
    static = CachedRegistry(
        registry=built,
        rejects=_of_static_tables(sources.rejects),
        read=_of_static_tables(sources.defects),
        prepared=prepared,
        spatial=check_references.check_static(frames, built.located_area, ids, mission),
    )
    if progress:
        progress("joining stations to areas", 1.0)
    return static


def _of_static_tables(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["table"].isin(STATIC_TABLES)].reset_index(drop=True)


def _reports(
    sources: Sources, static: CachedRegistry, moment: datetime, progress: Progress | None
) -> CachedReports:
    """Return what was reported, pointing into a registry that may have been made long before.

    Two threads: the kernels that look a million ids up hold no lock of the interpreter.
    """
    if progress:
        progress("counting reports", 0.0)
    with ThreadPoolExecutor(1) as beside:
        names = _names(static.registry)
        checking = beside.submit(check_references.check_reports, {**sources.frames, **names}, sources.mission)
        pointing = _pointing(sources, static, moment)
        checked = checking.result()
    if progress:
        progress("counting reports", 1.0)
    spatial = defects.ordered(defects.concat([static.spatial, checked]))
    return replace(
        pointing, defects=defects.concat([static.read, pointing.defects, static.prepared, spatial])
    )


def _pointing(sources: Sources, static: CachedRegistry, moment: datetime) -> CachedReports:
    """Return what was reported; of its defects those alone that were noticed on reading."""
    frames, at = sources.frames, static.registry
    known = reports.categories(frames["categories"])
    seen = {
        team
        for name in ("visits", "incidents", "assignments")
        for team in frames[name]["team_id"].unique().tolist()
    }
    teams = reports.teams(frames["teams"], seen)
    visits = reports.visits(frames["visits"], at, known, teams)
    incidents = reports.incidents(frames["incidents"], at, known, teams, visits)
    plan = reports.assignments(frames["assignments"], at, teams)
    sorted_frames = {
        name: frames[name].sort_values(list(BY_NAME[name].key), kind="stable", ignore_index=True)
        for name in ("totals", "presence", "notes")
    }
    read = _moving(sources.defects)
    set_aside = [frame for frame in (static.rejects, _moving(sources.rejects)) if len(frame)]
    return CachedReports(
        categories=known,
        teams=teams,
        visits=visits,
        incidents=incidents,
        assignments=plan,
        **sorted_frames,
        rejects=pd.concat(set_aside, ignore_index=True) if set_aside else no_rejects(),
        defects=read,
        content=content_hash(
            known, teams, visits, incidents, plan, *(f.drop(columns="row") for f in sorted_frames.values())
        ),
        moment=moment,
        minds_moment=bool((read["code"] == "time_future").any()),
    )


def _moving(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[~frame["table"].isin(STATIC_TABLES)].reset_index(drop=True)


def _names(built: Registry) -> dict[str, pd.DataFrame]:
    """Return tables of areas and stations that hold only what a report can name them by."""
    names = {f"name_{code}": list(texts) for code, texts in built.areas.names.items()}
    areas = pd.DataFrame({"area_id": list(built.areas.area_id), **names}, dtype="str")
    stations = pd.DataFrame({"station_id": built.stations.station_id.to_pandas().astype("str")})
    if len(built.closed):
        stations = pd.concat([stations, _closed(built)], ignore_index=True).fillna("")
    return {"areas": areas, "stations": stations}


def _closed(built: Registry) -> pd.DataFrame:
    """Return of stations that are not open their ids, and into which open ones they were merged."""
    closed, known = built.closed, built.stations.station_id
    into = [known[at].as_py() if at >= 0 else "" for at in closed.merged_into.tolist()]
    names = {"station_id": closed.stations.station_id.to_pylist(), "merged_into": into, "area_id": ""}
    return pd.DataFrame(names, dtype="str").assign(status=[STATUSES[code] for code in closed.status.tolist()])


def _assembled(
    mission: Mission, static: CachedRegistry, reported: CachedReports, moment: datetime
) -> Snapshot:
    count = len(reported.visits) + len(reported.incidents) + len(reported.assignments)
    report_hash = content_hash(reported.content, _identity(mission))
    return Snapshot(
        mission=mission,
        registry=static.registry,
        categories=reported.categories,
        teams=reported.teams,
        visits=reported.visits,
        incidents=reported.incidents,
        assignments=reported.assignments,
        totals=reported.totals,
        presence=reported.presence,
        notes=reported.notes,
        rejects=reported.rejects,
        defects=reported.defects,
        as_of=moment,
        version=f"{static.registry.version}-{count}-{report_hash}",
    )


def _identity(mission: Mission) -> str:
    """Return all that pages show of mission.toml, as a text. No path: a copied folder is the same mission."""
    shown = (mission.title, mission.subtitle, mission.credit, mission.time_zones)
    return repr(
        [sorted(text.items()) for text in shown]
        + [mission.slug, mission.election_date, mission.time_zone, mission.selection, mission.frame]
        + [mission.nature, mission.languages, mission.sources, mission.thresholds, mission.disclosure]
        + [mission.contact, mission.planned_visits, mission.as_of, mission.clock]
        + [(town, sorted(names.items())) for town, names in sorted(mission.town_names.items())]
    )


def _as_of(mission: Mission, now: datetime | None) -> datetime:
    if mission.as_of:  # which `load` has checked
        return as_of(mission.as_of, mission.zone_of(""))
    return now or datetime.now(UTC)
