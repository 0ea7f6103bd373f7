"""Copies of the journal: a backup is a SQLite file of the same tables, whichever database it was made from.

Keys are not in it: what a purge erased would live on in every older backup. They are copied apart, if asked.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import orjson
from sqlalchemy import Connection, insert, select

from geo.journal import database
from geo.journal.chain_check import ChainReport, verify
from geo.journal.event import JournalUnavailable
from geo.journal.file_lock import try_alone
from geo.journal.journal_reader import AT_ONCE, JournalReader
from geo.journal.journal_tables import EVENTS, PERSONAL_DATA, PURGED, QUARANTINE
from geo.journal.journal_writer import LOCK, Row
from geo.journal.person_keys import PersonKeys


def backup(reader: JournalReader, file: Path, keys: Path | None = None) -> ChainReport:
    """Write a backup up to the last event, while the journal goes on; return what a check of the copy says.

    `keys`: a folder that gets a copy of the keys. Raises JournalUnavailable where there is no journal, where
    the file is there already or cannot be written, and OSError where the disk fails otherwise.
    """
    is_empty_server = not database.is_sqlite(reader.url) and reader.head()[0] == 0
    if not database.exists(reader.url) or is_empty_server:
        raise JournalUnavailable(
            f"there is no journal in {reader.folder}: nothing came yet, or it is elsewhere"
        )
    if not file.parent.is_dir():
        raise JournalUnavailable(f"there is no folder {file.parent}")
    if file.exists():
        raise JournalUnavailable(f"{file.name} is there already; a backup overwrites nothing")
    fresh = file.with_name(f".{file.name}.part")
    fresh.unlink(missing_ok=True)
    try:
        with database.told(f"{file} cannot be written"):
            _write_copy(reader, fresh)
        copy = JournalReader(file.parent, database.of_file(fresh))
        copy.keys = reader.keys
        report = verify(copy)
        copy.close()
        with fresh.open("rb") as written:
            os.fsync(written.fileno())
        fresh.rename(file)
    finally:
        fresh.unlink(missing_ok=True)
    if keys is not None:
        reader.keys.copy_to(keys)
    return report


def _write_copy(reader: JournalReader, fresh: Path) -> None:
    is_sqlite = database.is_sqlite(reader.url)
    if is_sqlite:
        database.copy_sqlite(reader.url, fresh)
    with database.write_connection(database.of_file(fresh)) as connection:
        if not is_sqlite:
            _fill(connection, reader, reader.head()[0])
        for person in reader.keys.purged():
            connection.execute(insert(PURGED), {"person": person})
        connection.commit()
        connection.exec_driver_sql("PRAGMA journal_mode=DELETE")  # one file, without a log beside it


def restore(file: Path, folder: Path, url: str = "", keys: Path | None = None) -> ChainReport:
    """Fill an empty journal from a backup; return what a check of it says. All or nothing.

    Keys come last: before it is sure that the backup is whole and the journal empty, none is
    copied, and none destroyed. Raises JournalUnavailable where there is a journal already, another server
    writes it, its database cannot be opened, the backup is not whole, or other keys of its persons are
    kept here.
    """
    if not file.exists():
        raise JournalUnavailable(f"there is no file {file.name}")
    own_keys = PersonKeys(folder / "keys")
    source, target = JournalReader(folder, database.of_file(file)), JournalReader(folder, url)
    source.keys = own_keys if keys is None else PersonKeys(keys)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = try_alone(folder / LOCK)
    if lock is None:
        raise JournalUnavailable("a server writes to this journal; stop it first")
    try:
        purged = _purged(file)
        with (
            database.told("the journal's database cannot be written"),
            database.write_connection(target.url) as connection,
        ):
            if connection.scalar(select(EVENTS.c.seq).limit(1)) is not None:
                raise JournalUnavailable(
                    "there are events in this journal already; restore into an empty one"
                )
            if faults := verify(source).faults:
                raise JournalUnavailable(f"the backup is not whole: {faults[0]}")
            if clashing := source.keys.clashing(folder / "keys"):
                raise JournalUnavailable(f"another key of {clashing[0]} is kept in {folder / 'keys'}")
            _fill(connection, source, source.head()[0])
            for person in purged:  # before the commit: what was erased is never readable in what was restored
                own_keys.purge(person)
            if keys is not None:
                source.keys.copy_to(folder / "keys")
            connection.commit()
        return verify(target)
    finally:
        source.close()
        target.close()
        os.close(lock)


def export(reader: JournalReader, out: TextIO, *, is_personal: bool = False, mission: str = "") -> int:
    """Write one JSON object per event and line, with personal fields only if asked; return how many."""
    count = 0
    for entry in reader.entries(mission=mission):
        event = entry.event
        line: dict[str, Any] = {
            "seq": entry.seq, "received_at": entry.received_at.isoformat(), "mission": event.mission,
            "kind": event.kind, "about": event.about, "source": event.source, "root": event.root,
            "version": event.version, "supersedes": event.supersedes, "made_at": event.made_at,
            "person": event.person, "body": dict(event.body), "hash": entry.hash,
        }  # fmt: skip
        if is_personal:
            line["private"] = dict(event.private)
        out.write(f"{orjson.dumps(line).decode()}\n")
        count += 1
    return count


def _purged(file: Path) -> list[str]:
    """Return whose keys a backup says were destroyed. Raises JournalUnavailable for what is no backup."""
    with (
        database.told(f"{file.name} is no backup of a journal"),
        database.read_engine(database.of_file(file)).connect() as connection,
    ):
        return list(connection.scalars(select(PURGED.c.person)))


def _fill(connection: Connection, reader: JournalReader, until: int) -> None:
    for rows in _chunks(reader, until):
        personal = [{"seq": row["seq"], "sealed": row["sealed"]} for row in rows if row["sealed"]]
        events = [{name: value for name, value in row.items() if name != "sealed"} for row in rows]
        connection.execute(insert(EVENTS), events)
        if personal:
            connection.execute(insert(PERSONAL_DATA), personal)
    if rows := [dict(row) for row in reader.quarantine_rows()]:
        connection.execute(insert(QUARANTINE), rows)


def _chunks(reader: JournalReader, until: int) -> Iterator[list[Row]]:
    rows: list[Row] = []
    for row in reader.raw(until=until):
        rows.append(dict(row))
        if len(rows) >= AT_ONCE:
            yield rows
            rows = []
    if rows:
        yield rows
