"""From a mission's folder to a snapshot: read, conform, join, count what was set aside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from geo import checks, conform, defects, readers, registry, reports
from geo.columns import content_hash
from geo.errors import InputError, MissionError, Problem
from geo.mission import Mission, as_of, load
from geo.readers.base import Progress as ReadProgress
from geo.snapshot import Snapshot
from geo.tables import BY_NAME, TABLES

Progress = Callable[[str, float], None]


@dataclass(frozen=True, eq=False)
class Sources:
    """Every table of a mission, conformed, with what was set aside and what was noticed."""

    mission: Mission
    frames: dict[str, pd.DataFrame]
    rejects: pd.DataFrame
    defects: pd.DataFrame


def snapshot(folder: Path, now: datetime | None = None, progress: Progress | None = None) -> Snapshot:
    """Return the snapshot of a mission's folder, the same whatever the order of its rows.

    `now`: the moment it speaks for where mission.toml sets no `as_of`.
    Raises MissionError when no map can be built; a bad row never stops it.
    """
    return snapshot_and_sources(folder, now, progress)[0]


def snapshot_and_sources(
    folder: Path, now: datetime | None = None, progress: Progress | None = None
) -> tuple[Snapshot, Sources]:
    """Return the snapshot and the tables it was made of, which alone know the rows of the files."""
    mission = load(folder)
    moment = _as_of(mission, now)
    sources = read(mission, moment, progress)
    return _snapshot(sources, moment, progress), sources


def read(mission: Mission, now: datetime, progress: Progress | None = None) -> Sources:
    """Return every table of a mission conformed; tables without a file are empty.

    Raises MissionError naming every file that cannot be read and every defect that stops.
    """
    frames, rejects, found, problems = {}, [], [], list[Problem]()
    for source in mission.tables:
        try:
            raw = readers.read(source, _reading(source.path.name, progress))
        except InputError as error:
            said = str(error).removeprefix(f"{source.path.name}: ")  # a problem names its file itself
            problems.append(Problem(source.path.name, 0, said))
            continue
        made = conform.conform(raw, BY_NAME[source.table], mission, source, now, progress)
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


def _snapshot(sources: Sources, moment: datetime, progress: Progress | None) -> Snapshot:
    mission = sources.mission
    frames, prepared = checks.prepare(
        sources.frames, mission
    )  # mends polygons, takes lost points off the map
    if progress:
        progress("joining stations to areas", 0.0)
    static = registry.build(frames["areas"], frames["stations"], mission)
    if progress:
        progress("joining stations to areas", 0.5)
    known = reports.categories(frames["categories"])
    seen = {t for name in ("visits", "incidents", "assignments") for t in frames[name]["team_id"].unique()}
    crews = reports.teams(frames["teams"], seen)
    visits = reports.visits(frames["visits"], static, known, crews)
    incidents = reports.incidents(frames["incidents"], static, known, crews, visits)
    plan = reports.assignments(frames["assignments"], static, crews)
    sorted_frames = {
        name: frames[name].sort_values(list(BY_NAME[name].key), kind="stable", ignore_index=True)
        for name in ("totals", "presence", "notes")
    }
    spatial = checks.check(frames, static.located_area, static.stations.station_id.to_pylist(), mission)
    if progress:
        progress("joining stations to areas", 1.0)
    said = [frame.drop(columns="row") for frame in sorted_frames.values()]
    report_hash = content_hash(known, crews, visits, incidents, plan, *said, _identity(mission))
    count = len(visits) + len(incidents) + len(plan)
    return Snapshot(
        mission=mission,
        registry=static,
        categories=known,
        teams=crews,
        visits=visits,
        incidents=incidents,
        assignments=plan,
        **sorted_frames,
        rejects=sources.rejects,
        defects=defects.concat([sources.defects, prepared, spatial]),
        as_of=moment,
        version=f"{static.version}-{count}-{report_hash}",
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
