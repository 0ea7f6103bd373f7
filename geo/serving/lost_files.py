"""Whether a mission's files can be trusted to be whole: none gone, none cut short, none still being written.

A sync tool, a save by delete and rename, a move by mistake: for seconds or for good the folder is not what
its people mean, and a map of it would tell the public that nobody was anywhere.
"""

from __future__ import annotations

from typing import Final

from geo.model.errors import Problem
from geo.model.mission import FILE, Mission
from geo.model.snapshot import Snapshot

SETTLED_S: Final = 2.0  # a changed file is read once its size and times stood still so long
RESTLESS_S: Final = 60.0  # a folder that changes longer than this is said on the page
SHORTER: Final = 2 / 3  # of its rows: a table with fewer was cut short, unless mission.toml was saved, too
FEWEST: Final = 10  # rows before; fewer tell nothing when some go
_AGAIN: Final = f"Save {FILE} once more if that is meant"
Stamp = tuple[tuple[str, int, int], ...]


def gone_tables(mission: Mission, last: Snapshot | None) -> list[Problem]:
    """Return the tables that the last good map had a file for and the folder now has none for."""
    if last is None:
        return []
    present = {source.table for source in mission.tables}
    return [
        Problem(source.path.name, 0, f"was there and is gone; the last good map stays. {_AGAIN}")
        for source in last.mission.tables
        if source.table not in present
    ]


def shorter_tables(snapshot: Snapshot, last: Snapshot | None) -> list[Problem]:
    """Return the tables that have lost so many rows that their file is probably only half there."""
    if last is None:
        return []
    names = {source.table: source.path.name for source in snapshot.mission.tables}
    problems = []
    for table, (now, before) in _rows(snapshot, last).items():
        if before >= FEWEST and now < before * SHORTER and table in names:
            lost = f"has {now:,} rows where it had {before:,} and may be half copied"
            says = f"{lost}; the last good map stays. {_AGAIN}"
            problems.append(Problem(names[table], 0, says))
    return problems


def _rows(now: Snapshot, last: Snapshot) -> dict[str, tuple[int, int]]:
    return {
        "areas": (len(now.registry.areas), len(last.registry.areas)),
        "stations": (len(now.registry.stations), len(last.registry.stations)),
        "visits": (len(now.visits), len(last.visits)),
        "incidents": (len(now.incidents), len(last.incidents)),
        "assignments": (len(now.assignments), len(last.assignments)),
    }


def is_meant(stamp: Stamp, accepted: Stamp) -> bool:
    """Return whether mission.toml was saved since the last good map: then what is gone is meant to be."""
    return _settings(stamp) != _settings(accepted)


def _settings(stamp: Stamp) -> list[tuple[str, int, int]]:
    return [file for file in stamp if file[0] == FILE]
