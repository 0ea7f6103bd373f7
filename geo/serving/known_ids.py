"""Refuses an id that a mission does not have: a mistyped one would shut a person or a device out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from geo.model.errors import InputError
from geo.serving import build_snapshot

MOST_NAMED: Final = 40  # ids that a refusal names: one can be told from the others
NOT_AT_HAND: Final = "no mission {mission} is at hand: its name was not checked"


def check_ids(folder: Path, areas: Sequence[str], stations: Sequence[str] = ()) -> None:
    """Raise InputError for an area or a station that a mission has not, MissionError if it is not read."""
    asked = {"areas": ("area_id", areas), "stations": ("station_id", stations)}
    wanted = [table for table, (_, ids) in asked.items() if ids]
    if not wanted:
        return
    mission, tables = build_snapshot.load_mission(folder), ("areas", *wanted)  # codes of areas are in ids
    frames = build_snapshot.read(mission, datetime.now(UTC), wanted=tables).frames
    for table in wanted:
        column, ids = asked[table]
        there_are = sorted(map(str, frames[table][column]))
        if unknown := sorted(set(ids) - set(there_are)):
            more = f" and {len(there_are) - MOST_NAMED:,} more" if len(there_are) > MOST_NAMED else ""
            names = ", ".join(there_are[:MOST_NAMED])
            what = table.removesuffix("s")
            raise InputError(f"no {what} {', '.join(unknown)} in {folder.name}; there are {names}{more}")
