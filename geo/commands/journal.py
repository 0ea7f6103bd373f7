"""What `server.py journal …` does and prints: check, copy, bring back, hand out; keys of devices."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from geo.journal import journal_backup
from geo.journal.chain_check import ChainReport
from geo.journal.chain_check import verify as verify_chain
from geo.journal.database import sqlite_state
from geo.model.errors import BaqylauError
from geo.serving import kept_fold
from geo.serving.journal_door import JournalDoor
from geo.serving.known_ids import NOT_AT_HAND, check_ids


class JournalDamaged(BaqylauError):
    """The journal is not what was written; the text lists what was seen."""


def verify(state: Path, url: str, head: str = "") -> str:
    """Return that the chain holds, and its head. `head`: SEQUENCE:HASH noted earlier.

    Raises JournalDamaged, and BaqylauError where it cannot be read.
    """
    door = JournalDoor(state, url)
    return _told(verify_chain(door.reader, _head(head)), door)


def backup(state: Path, url: str, file: Path, keys: Path | None) -> str:
    """Write a backup beside the running server; return what stands in it."""
    door = JournalDoor(state, url)
    report = journal_backup.backup(door.reader, file, keys)
    apart = f"; keys in {keys}" if keys else "; without keys (--keys FOLDER copies them apart)"
    return f"written: {file}{apart}\n{_told(report, door)}"


def restore(state: Path, url: str, file: Path, keys: Path | None) -> str:
    """Fill an empty journal from a backup; return what stands in it."""
    door = JournalDoor(state, url)
    report = journal_backup.restore(file, door.folder, url, keys)
    kept_fold.discard(door.folder)
    return _told(report, door)


def export(state: Path, url: str, out: TextIO, mission: str, is_personal: bool) -> str:
    """Write one JSON object per event and line; return how many."""
    door = JournalDoor(state, url)
    return f"{journal_backup.export(door.reader, out, is_personal=is_personal, mission=mission):,} events"


def token(
    state: Path,
    mission: str,
    name: str,
    team: str,
    areas: Sequence[str] = (),
    stations: Sequence[str] = (),
    folders: Sequence[Path] = (),
) -> str:
    """Make a device's key; return it: it is shown this once, only its hash is kept.

    An area or a station that the mission's folder among `folders` does not have is refused; where it is none
    of them, the ids are not checked, which is said. Raises InputError, MissionError.
    """
    folder = next((one for one in folders if one.name == mission), None)
    if folder is not None:
        check_ids(folder, areas, stations)
    key, device = JournalDoor(state).tokens.make(mission, name, team, areas, stations)
    bound = ", ".join((*device.areas, *device.stations)) or "the whole mission"
    return (
        f"key of {name} for {mission}: {key}\nit may send of: {bound}\n"
        f"what it sends of persons is sealed under: {device.person}"
        + ("" if folder else "\n" + NOT_AT_HAND.format(mission=mission))
    )


def end_token(state: Path, mission: str, name: str) -> str:
    """End the key of a name; return what happened."""
    return f"ended: {len(JournalDoor(state).tokens.end(mission, name))} key(s) of {name}"


def purge(state: Path, person: str) -> str:
    """Destroy a person's key, and what a server keeps of counted reports; return what happened."""
    door = JournalDoor(state)
    had_key = door.reader.keys.purge(person)
    kept_fold.discard(door.folder)
    return f"{person}: the key is destroyed for good" if had_key else f"{person}: there was no key"


def _head(text: str) -> tuple[int, str] | None:
    if not text:
        return None
    number, _, link = text.partition(":")
    if not number.isdecimal() or not link:
        raise BaqylauError("a head is SEQUENCE:HASH, as verify prints it")
    return int(number), link


def _told(report: ChainReport, door: JournalDoor) -> str:
    if report.faults:
        raise JournalDamaged("\n".join(report.faults))
    other_key = f"; sealed under keys that are not here: {report.other_key:,}" if report.other_key else ""
    lines = [
        f"{report.events:,} events, the chain holds; head {report.events}:{report.head}",
        f"personal fields erased: {report.erased:,}{other_key}; in quarantine: {door.reader.quarantined():,}",
        _sqlite(),
    ]
    return "\n".join(lines)


def described(state: Path) -> str:
    """Return where the journal is and what writes it, for the server's start."""
    return f"{JournalDoor(state).folder}, {_sqlite()}"


def _sqlite() -> str:
    version = sqlite_state()
    mended = "" if version["wal_defect_mended"] else ", whose WAL defect is kept away by one single writer"
    return f"SQLite {version['sqlite']}{mended}"
