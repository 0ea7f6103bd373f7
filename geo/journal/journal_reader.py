"""Reads the journal through connections that cannot write, beside the one that does."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import Engine, Row, Select, func, literal_column, select
from sqlalchemy.exc import SQLAlchemyError

from geo.journal import database
from geo.journal.event import GENESIS, Event, JournalEntry, JournalUnavailable
from geo.journal.journal_tables import EVENTS, QUARANTINE
from geo.journal.journal_writer import EPOCH, Status, says_the_same, spelled, stored_rows, under_keys
from geo.journal.person_keys import PersonKeys

AT_ONCE: Final = 5_000  # rows read at a time
_UNDEFINED_TABLE: Final = "42P01"  # as PostgreSQL says it
MOST_NUMBERS: Final = 900  # events asked for by number in one query


class JournalReader:
    """Owns an engine whose connections are read-only; a journal that was never written reads as empty."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder, self.url = folder, database.address(folder, url)
        self.keys = PersonKeys(folder / "keys")
        self._engine: Engine | None = None

    def head(self) -> tuple[int, str]:
        """Return the last event's sequence number and hash. Raises JournalUnavailable."""
        query = select(EVENTS.c.seq, EVENTS.c.hash).order_by(EVENTS.c.seq.desc()).limit(1)
        rows = self._rows(query)
        return (rows[0]["seq"], rows[0]["hash"]) if rows else (0, GENESIS)

    def quarantined(self) -> int:
        """Return how many sendings wait for a person to look, because their key had another body already."""
        rows = self._rows(select(func.count().label("number")).select_from(QUARANTINE))
        return int(rows[0]["number"]) if rows else 0

    def entries(self, after: int = 0, until: int | None = None, mission: str = "") -> Iterator[JournalEntry]:
        """Yield the events after a sequence number, in order, personal fields opened where the key is there.

        `until`: the last number wanted; `mission`: its events only, "" for all. Raises JournalUnavailable,
        and ValueError as `entry` does.
        """
        for row in self.raw(after, until, mission):
            yield self.entry(row)

    def raw(self, after: int = 0, until: int | None = None, mission: str = "") -> Iterator[Mapping[str, Any]]:
        """Yield the stored rows that `entries` reads, each with its `sealed` bytes or None."""
        while True:
            rows = self._rows(_following(after, until, mission))
            yield from rows
            if len(rows) < AT_ONCE:
                return
            after = rows[-1]["seq"]

    def headings(self, after: int, mission: str) -> Iterator[Sequence[Any]]:
        """Yield seq, kind, about, source and root of a mission's events after a number, thousands at a time.

        Raises JournalUnavailable.
        """
        names = [EVENTS.c[name] for name in ("seq", "kind", "about", "source", "root")]
        query = select(*names).where(_plain_mission == mission).order_by(EVENTS.c.seq).limit(AT_ONCE)
        while lot := self._lot(query.where(EVENTS.c.seq > after)):
            yield lot
            after = lot[-1].seq

    def newest(self, after: int) -> dict[str, int]:
        """Return the last event's number of every mission that has events after a sequence number."""
        return {row["mission"]: row["seq"] for row in self._rows(_newest(after))}

    def sent_by(self, mission: str, source: str, about: str, after: int, most: int) -> list[JournalEntry]:
        """Return the events after a number that one source sent of an `about`, in order, at most `most`.

        Decisions about its reports stand under its source, too, but are left out: they are other people's,
        with reasons and names.
        """
        query = stored_rows().where(
            EVENTS.c.mission == mission, EVENTS.c.source == source, EVENTS.c.about == about,
            EVENTS.c.seq > after, EVENTS.c.kind != "decision",
        )  # fmt: skip
        return [self.entry(row) for row in self._rows(query.order_by(EVENTS.c.seq).limit(most))]

    def foreseen(self, events: Sequence[Event]) -> list[Status]:
        """Return what would become of each event if it were sent now; nothing is written.

        Two events with one key are both compared with what is stored, not with each other.
        """
        spellings = [spelled(event) for event in events]
        prior: dict[str, Mapping[str, Any]] = {}
        for query in under_keys([row["key"] for row, _ in spellings]):
            prior.update({row["key"]: row for row in self._rows(query)})
        statuses: list[Status] = []
        for row, private in spellings:
            if (earlier := prior.get(row["key"])) is None:
                statuses.append("accepted")
            else:
                statuses.append("known" if says_the_same(row, private, earlier, self.keys) else "conflict")
        return statuses

    def numbered(self, numbers: Sequence[int], opened: Collection[str] | None = None) -> list[JournalEntry]:
        """Return the events of these sequence numbers that are there, in order. Raises JournalUnavailable.

        `opened`: kinds of which personal fields are opened, all if not given.
        """
        entries: list[JournalEntry] = []
        for start in range(0, len(numbers), MOST_NUMBERS):
            query = stored_rows().where(EVENTS.c.seq.in_(numbers[start : start + MOST_NUMBERS]))
            for row in self._rows(query.order_by(EVENTS.c.seq)):
                is_opened = opened is None or row["kind"] in opened
                entries.append(self.entry(row if is_opened else {**row, "sealed": None}))
        return entries

    def hash_of(self, seq: int) -> str:
        """Return an event's link of the chain, "" where there is no such event. Raises JournalUnavailable."""
        rows = self._rows(select(EVENTS.c.hash).where(EVENTS.c.seq == seq))
        return str(rows[0]["hash"]) if rows else ""

    def entry(self, row: Mapping[str, Any]) -> JournalEntry:
        """Return a stored row as an event. Raises ValueError where a field is not what was written."""
        sealed = row["sealed"]
        try:
            opened = self.keys.open(row["person"], sealed, row["sealed_hash"]) if sealed else None
            event = Event(
                **{name: row[name] for name in _NAMES},
                body=orjson.loads(row["body"]),
                private=orjson.loads(opened) if opened else {},
            )
            received_at = EPOCH + timedelta(microseconds=row["received_at"])
        except (TypeError, OverflowError):  # SQLite keeps a text in a column of numbers or bytes
            raise ValueError("a field is not of the kind that was written") from None
        return JournalEntry(row["seq"], received_at, event, row["hash"])

    def quarantine_rows(self) -> list[Mapping[str, Any]]:
        """Return the rows of the quarantine as they are stored."""
        return self._rows(select(QUARANTINE).order_by(QUARANTINE.c.mark))

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()

    def _rows(self, query: Select[Any]) -> list[Mapping[str, Any]]:
        lot = self._lot(query)
        names = lot[0]._fields if lot else ()
        return [dict(zip(names, row, strict=True)) for row in lot]

    def _lot(self, query: Select[Any]) -> Sequence[Row[Any]]:
        if not database.exists(self.url):
            return []
        try:
            if self._engine is None:
                self._engine = database.read_engine(self.url)
            with self._engine.connect() as connection:
                return connection.execute(query).all()
        except (SQLAlchemyError, ImportError) as error:
            if self._is_being_made():
                return []
            raise JournalUnavailable(f"the journal cannot be read: {database.cause(error)}") from None

    def _is_being_made(self) -> bool:
        """Return whether the tables of a new file or database are to be made: the number comes last."""
        if self._engine is None:
            return False
        try:
            with self._engine.connect() as connection:
                return not connection.exec_driver_sql("SELECT version_num FROM alembic_version").all()
        except SQLAlchemyError as error:
            of_server = getattr(getattr(error, "orig", None), "sqlstate", None)
            return of_server == _UNDEFINED_TABLE or "no such table" in str(error)


_NAMES: Final = (
    "mission", "kind", "about", "source", "root", "version", "supersedes", "made_at", "person",
)  # fmt: skip


# Beside the index over missions SQLite would not see that `seq` alone leads to the few rows that are new: it
# walked through all events of a mission, 0.4 s for a million, at every look. An expression has no index.
_plain_mission: Final[Any] = EVENTS.c.mission.concat(literal_column("''"))


def _following(after: int, until: int | None, mission: str) -> Select[Any]:
    query = stored_rows().where(EVENTS.c.seq > after).order_by(EVENTS.c.seq).limit(AT_ONCE)
    if until is not None:
        query = query.where(EVENTS.c.seq <= until)
    return query.where(_plain_mission == mission) if mission else query


def _newest(after: int) -> Select[Any]:
    if after == 0:  # all of them: the index over missions has the numbers, the table has the texts as well
        return select(EVENTS.c.mission, func.max(EVENTS.c.seq).label("seq")).group_by(EVENTS.c.mission)
    newest = select(_plain_mission.label("mission"), func.max(EVENTS.c.seq).label("seq"))
    return newest.where(EVENTS.c.seq > after).group_by(_plain_mission)
