"""From a mission's folder to a snapshot: read, conform, join, count what was set aside.

In two halves, each kept on disk if there is a store: the registry, which areas and stations alone make,
and the reports. Then a start reads no source file, and a new report no million of stations.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pandas as pd

from geo import checks, conform, defects, readers, registry, reports, saved
from geo.columns import content_hash
from geo.errors import InputError, MissionError, Problem
from geo.mission import Mission, TableSource, as_of, load
from geo.readers.base import Progress as ReadProgress
from geo.registry import Registry
from geo.saved import STATIC_TABLES, Reports, Static
from geo.snapshot import Snapshot
from geo.store import Store
from geo.tables import BY_NAME, TABLES

Progress = Callable[[str, float], None]
AT_ONCE: Final = 2  # tables: one is conformed while a child process parses the next; each takes its memory


@dataclass(frozen=True, eq=False)
class Sources:
    """Every table of a mission, conformed, with what was set aside and what was noticed."""

    mission: Mission
    frames: dict[str, pd.DataFrame]
    rejects: pd.DataFrame
    defects: pd.DataFrame


def snapshot(
    folder: Path, now: datetime | None = None, progress: Progress | None = None, store: Store | None = None
) -> Snapshot:
    """Return the snapshot of a mission's folder, the same whatever the order of its rows.

    `now`: the moment it speaks for where mission.toml sets no `as_of`. `store`: where a half that was
    made before is found, equal in every column and in its version, and where a new one is kept.
    Raises MissionError when no map can be built; a bad row never stops it.
    """
    mission = load(folder)
    moment = _as_of(mission, now)
    if store is None:
        return _snapshot(read(mission, moment, progress), moment, progress)
    static_key, reports_key = _keys(mission, store)
    static = saved.load_static(store, static_key)
    said = saved.load_reports(store, reports_key, moment)
    if static is None or said is None:
        wanted = frozenset(BY_NAME) - (frozenset(STATIC_TABLES) if static else frozenset())
        sources = read(mission, moment, progress, wanted)
        static = static or _kept_static(sources, store, static_key, progress)
        said = _reports(sources, static, moment, progress)
        saved.save_reports(store, reports_key, said, mission.slug)
    return _assembled(mission, static, said, moment)


def from_store(folder: Path, now: datetime, store: Store) -> Snapshot | None:
    """Return `snapshot` if both its halves are in the store, mapped; None if anything had to be read.

    Raises MissionError as `snapshot` does.
    """
    mission = load(folder)
    moment = _as_of(mission, now)
    static_key, reports_key = _keys(mission, store)
    static = saved.load_static(store, static_key)
    said = saved.load_reports(store, reports_key, moment) if static else None
    return _assembled(mission, static, said, moment) if static and said else None


def snapshot_and_sources(
    folder: Path, now: datetime | None = None, progress: Progress | None = None
) -> tuple[Snapshot, Sources]:
    """Return the snapshot and the tables it was made of, which alone know the rows of the files."""
    mission = load(folder)
    moment = _as_of(mission, now)
    sources = read(mission, moment, progress)
    return _snapshot(sources, moment, progress), sources


def read(
    mission: Mission,
    now: datetime,
    progress: Progress | None = None,
    wanted: Collection[str] = frozenset(BY_NAME),
) -> Sources:
    """Return every table of a mission conformed; tables without a file, or not wanted, are empty.

    Raises MissionError naming every file that cannot be read and every defect that stops.
    """
    frames, rejects, found, problems = {}, [], [], list[Problem]()
    sources = [source for source in mission.tables if source.table in wanted]
    # Whoever watches is told of one table after the other.
    with ThreadPoolExecutor(1 if progress else AT_ONCE) as pool:
        read = list(pool.map(lambda source: _table(source, mission, now, progress), sources))
    for source, made in zip(sources, read, strict=True):
        if isinstance(made, Problem):
            problems.append(made)
            continue
        frames[source.table] = made.frame
        rejects.append(made.rejects)
        found.append(made.defects)
    for table in TABLES:
        frames.setdefault(table.name, conform.empty(table))
    everything = defects.concat(found)
    problems += _stopping(everything)
    if problems:
        raise MissionError(problems)
    kept = [frame for frame in rejects if len(frame)]
    set_aside = pd.concat(kept, ignore_index=True) if kept else conform.no_rejects()
    return Sources(mission, frames, set_aside, everything)


def _table(
    source: TableSource, mission: Mission, now: datetime, progress: Progress | None
) -> conform.Conformed | Problem:
    """Return one table conformed, or why its file cannot be read."""
    try:
        raw = readers.read(source, _reading(source.path.name, progress))
    except InputError as error:
        said = str(error).removeprefix(f"{source.path.name}: ")  # a problem names its file itself
        return Problem(source.path.name, 0, said)
    return conform.conform(raw, BY_NAME[source.table], mission, source, now, progress)


def _reading(name: str, progress: Progress | None) -> ReadProgress | None:
    """Turn the readers' "so many of so many" into a named step of the whole."""
    if progress is None:
        return None

    def tell(done: int, total: int) -> None:
        progress(f"reading {name}", done / total if total else 1.0)

    return tell


def _stopping(found: pd.DataFrame) -> list[Problem]:
    """Return the defects with which no map can be built, as problems with file and row."""
    stops = [defects.severity_of(str(code)) == "stops" for code in found["code"]]
    return [
        Problem(
            str(row["file"]),
            int(row["row"]),
            f"{defects.KINDS[row['code']].says} Expected: {row['expected']}",
        )
        for row in found[stops].to_dict("records")
    ]


def _keys(mission: Mission, store: Store) -> tuple[str, str]:
    """Return the keys of both halves. Raises MissionError for a file that cannot be read at all."""
    try:
        return saved.keys(mission, store)
    except OSError as error:
        name = Path(str(error.filename or "")).name
        raise MissionError([Problem(name, 0, f"cannot be read ({error.strerror})")]) from None


def _snapshot(sources: Sources, moment: datetime, progress: Progress | None) -> Snapshot:
    static = _static(sources, progress)
    return _assembled(sources.mission, static, _reports(sources, static, moment, progress), moment)


def _kept_static(sources: Sources, store: Store, key: str, progress: Progress | None) -> Static:
    """Make the registry's half and keep it; mapped from here on, so that what comes next has the memory."""
    static = _static(sources, progress)
    is_kept = saved.save_static(store, key, static, sources.mission.slug)
    return (saved.load_static(store, key) if is_kept else None) or static


def _static(sources: Sources, progress: Progress | None) -> Static:
    mission = sources.mission
    frames, prepared = checks.prepare(
        sources.frames, mission
    )  # mends polygons, takes lost points off the map
    if progress:
        progress("joining stations to areas", 0.0)
    made = registry.build(frames["areas"], frames["stations"], mission)
    ids = made.stations.station_id.to_pylist()
    static = Static(
        registry=made,
        rejects=_of_static_tables(sources.rejects),
        read=_of_static_tables(sources.defects),
        prepared=prepared,
        spatial=checks.check_static(frames, made.located_area, ids, mission),
    )
    if progress:
        progress("joining stations to areas", 1.0)
    return static


def _of_static_tables(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["table"].isin(STATIC_TABLES)].reset_index(drop=True)


def _reports(sources: Sources, static: Static, moment: datetime, progress: Progress | None) -> Reports:
    """Return what was reported, pointing into a registry that may have been made long before.

    Two threads: the kernels that look a million ids up hold no lock of the interpreter.
    """
    if progress:
        progress("counting reports", 0.0)
    with ThreadPoolExecutor(1) as beside:
        names = _names(static.registry)
        found = beside.submit(checks.check_reports, {**sources.frames, **names}, sources.mission)
        made = _pointing(sources, static, moment)
        checked = found.result()
    if progress:
        progress("counting reports", 1.0)
    spatial = defects.ordered(defects.concat([static.spatial, checked]))
    return replace(made, defects=defects.concat([static.read, made.defects, static.prepared, spatial]))


def _pointing(sources: Sources, static: Static, moment: datetime) -> Reports:
    """Return what was reported; of its defects those alone that were noticed on reading."""
    frames, at = sources.frames, static.registry
    known = reports.categories(frames["categories"])
    seen = {
        team
        for name in ("visits", "incidents", "assignments")
        for team in frames[name]["team_id"].unique().tolist()
    }
    crews = reports.teams(frames["teams"], seen)
    visits = reports.visits(frames["visits"], at, known, crews)
    incidents = reports.incidents(frames["incidents"], at, known, crews, visits)
    plan = reports.assignments(frames["assignments"], at, crews)
    sorted_frames = {
        name: frames[name].sort_values(list(BY_NAME[name].key), kind="stable", ignore_index=True)
        for name in ("totals", "presence", "notes")
    }
    read = _moving(sources.defects)
    set_aside = [frame for frame in (static.rejects, _moving(sources.rejects)) if len(frame)]
    return Reports(
        categories=known,
        teams=crews,
        visits=visits,
        incidents=incidents,
        assignments=plan,
        **sorted_frames,
        rejects=pd.concat(set_aside, ignore_index=True) if set_aside else conform.no_rejects(),
        defects=read,
        content=content_hash(
            known, crews, visits, incidents, plan, *(f.drop(columns="row") for f in sorted_frames.values())
        ),
        moment=moment,
        minds_moment=bool((read["code"] == "time_future").any()),
    )


def _moving(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[~frame["table"].isin(STATIC_TABLES)].reset_index(drop=True)


def _names(made: Registry) -> dict[str, pd.DataFrame]:
    """Return of areas and stations what a report can name them by."""
    names = {f"name_{code}": list(texts) for code, texts in made.areas.names.items()}
    areas = pd.DataFrame({"area_id": list(made.areas.area_id), **names}, dtype="str")
    stations = pd.DataFrame({"station_id": made.stations.station_id.to_pandas().astype("str")})
    return {"areas": areas, "stations": stations}


def _assembled(mission: Mission, static: Static, said: Reports, moment: datetime) -> Snapshot:
    count = len(said.visits) + len(said.incidents) + len(said.assignments)
    report_hash = content_hash(said.content, _identity(mission))
    return Snapshot(
        mission=mission,
        registry=static.registry,
        categories=said.categories,
        teams=said.teams,
        visits=said.visits,
        incidents=said.incidents,
        assignments=said.assignments,
        totals=said.totals,
        presence=said.presence,
        notes=said.notes,
        rejects=said.rejects,
        defects=said.defects,
        as_of=moment,
        version=f"{static.registry.version}-{count}-{report_hash}",
    )


def _identity(mission: Mission) -> str:
    """What mission.toml says that a page shows; paths are left out, a copied folder is the same mission."""
    shown = (mission.title, mission.subtitle, mission.credit, mission.time_zones)
    return repr(
        [sorted(text.items()) for text in shown]
        + [mission.slug, mission.election_date, mission.time_zone, mission.selection, mission.frame]
        + [mission.nature, mission.languages, mission.sources, mission.thresholds, mission.disclosure]
        + [mission.contact, mission.planned_visits, mission.as_of]
    )


def _as_of(mission: Mission, now: datetime | None) -> datetime:
    if mission.as_of:  # which `load` has checked
        return as_of(mission.as_of, mission.zone_of(""))
    return now or datetime.now(UTC)
