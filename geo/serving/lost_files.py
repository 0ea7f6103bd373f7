"""Whether a mission's files can be trusted to be whole: none gone, none cut short, none still being written.

A sync tool, an editor that saves by delete and rename, or a move by mistake leaves a folder, for seconds
or for good, that its people do not mean. A map of it would tell the public that nobody was anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from geo.model.errors import Problem
from geo.model.messages import message
from geo.model.mission import FILE, Mission
from geo.model.snapshot import Snapshot

SETTLED_S: Final = 2.0  # a changed file is read once its size and times stood still so long
RESTLESS_S: Final = 60.0  # a folder that changes longer than this is said on the page
# A table with less than this share of its rows before is taken for cut short, unless mission.toml was saved.
# Of copies that stop anywhere two in three are shorter; what people take out hardly ever is so much.
SHORTER: Final = 2 / 3
FEWEST: Final = 10  # rows before; of a table with fewer some may well be taken out
_GONE: Final = "was there and is gone; the last good map stays. Save {file} once more if that is meant"
_SHORT: Final = (
    "has {rows} rows where it had {before} and may be half copied; the last good map stays. "
    "Save {file} once more if that is meant"
)
Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a folder's files held. `tables`: (table, its file's name). `rows`: how many, by table."""

    tables: tuple[tuple[str, str], ...]
    rows: Mapping[str, int]


def contents(snapshot: Snapshot) -> Contents:
    """Return what a mission's files held; `snapshot`: built of them alone, without reports of the journal."""
    tables = tuple((source.table, source.path.name) for source in snapshot.mission.tables)
    rows = {
        "areas": len(snapshot.registry.areas),
        "stations": len(snapshot.registry.stations) + len(snapshot.registry.closed),
        "visits": len(snapshot.visits),
        "incidents": len(snapshot.incidents),
        "assignments": len(snapshot.assignments),
    }
    return Contents(tables, rows)


def gone_tables(mission: Mission, last: Contents | None) -> list[Problem]:
    """Return the tables that the last good map had a file for and the folder now has none for."""
    if last is None:
        return []
    present = {source.table for source in mission.tables}
    return [
        Problem(name, 0, message(_GONE, file=FILE)) for table, name in last.tables if table not in present
    ]


def shorter_tables(snapshot: Snapshot, last: Contents | None) -> list[Problem]:
    """Return the tables that have lost so many rows that their file is probably only half there."""
    if last is None:
        return []
    now = contents(snapshot)
    names = dict(now.tables)
    problems = []
    for table, rows in now.rows.items():
        before = last.rows.get(table, 0)
        if before >= FEWEST and rows < before * SHORTER and table in names:
            problems.append(Problem(names[table], 0, message(_SHORT, rows=rows, before=before, file=FILE)))
    return problems


def is_meant(stamp: Stamp, saved: Stamp) -> bool:
    """Return whether mission.toml was saved since the last good map: then what is gone is meant to be.

    `saved`: `stamp_of_settings` then.
    """
    return stamp_of_settings(stamp) != saved


def stamp_of_settings(stamp: Stamp) -> Stamp:
    """Return of a folder's stamp what is about mission.toml alone."""
    return tuple(file for file in stamp if file[0] == FILE)
