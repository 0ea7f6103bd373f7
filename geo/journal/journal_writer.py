"""Writes the journal: one thread commits the events of many senders together and then tells each of them.

Whoever appends waits until the disk has the events (group commit): an acknowledged event survives a crash of
the process and of the machine. What one call sends is kept as a whole or not at all.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import Connection, Select, insert, select
from sqlalchemy.exc import SQLAlchemyError

from geo.journal import database
from geo.journal.event import (
    GENESIS,
    Event,
    EventError,
    JournalBusy,
    JournalUnavailable,
    canonical,
    check,
    digest,
    link,
)
from geo.journal.file_lock import try_alone
from geo.journal.journal_tables import EVENTS, PERSONAL_DATA, QUARANTINE
from geo.journal.person_keys import PersonKeys

LOG: Final = logging.getLogger("baqylau")
LOCK: Final = "journal.lock"
MOST_WAITING: Final = 20_000  # events; beyond them senders are asked to come again later
MOST_AT_ONCE: Final = 5_000  # events in one transaction, unless one call sends more
PATIENCE_S: Final = 30.0  # that a sender waits for the disk
AT_ONCE: Final = 900  # keys in one query: older SQLite takes 999 values
CHECKPOINT_EVENTS: Final = 5_000  # after so many the write-ahead log is moved into the database
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
Row = dict[str, Any]
# A key that was destroyed, or it or the bytes damaged; SQLite keeps a text in a column of bytes.
_UNREADABLE: Final = (EventError, ValueError, TypeError, OSError)


Status = Literal["accepted", "known", "conflict"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an event, and its number in the journal.

    `status`: "accepted" if it was written now, "known" if the same event was there already, "conflict" if
    another one was there under its key; then `seq` is the number of the one that was there.
    """

    status: Status
    seq: int


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An event ready without a database: its row, its personal fields in the clear and sealed, the key."""

    row: Row
    private: bytes
    sealed: bytes
    key: str


@dataclass(frozen=True, slots=True, eq=False)
class _Sending:
    """What one call sent, all or nothing, and where its receipts go."""

    events: tuple[_Prepared, ...]
    receipts: Future[list[Receipt]]


class JournalWriter:
    """Owns the lock, the only connection that writes, and the thread that does."""

    def __init__(
        self,
        folder: Path,
        url: str = "",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        most_waiting: int = MOST_WAITING,
    ) -> None:
        """Open the journal of a folder. Raises JournalUnavailable if another one writes it or it cannot be
        opened.
        """
        self._folder, self._clock, self._most_waiting = folder, clock, most_waiting
        self.url, self.keys = database.address(folder, url), PersonKeys(folder / "keys")
        self._connection: Connection | None = None
        self._head, self._last_received, self._checkpointed = (0, GENESIS), 0, 0
        self._queue: deque[_Sending] = deque()
        self._waiting, self._is_closing = 0, False
        self._turn = threading.Condition()
        self._lock = self._take_lock()
        try:
            with database.told("the journal cannot be opened"):
                self._connect()
        except (OSError, JournalUnavailable) as error:
            os.close(self._lock)
            raise JournalUnavailable(str(error)) from None
        self._thread = threading.Thread(target=self._run, name="baqylau-journal", daemon=True)
        self._thread.start()

    @property
    def head(self) -> tuple[int, str]:
        """The last event's sequence number and hash."""
        return self._head

    def append(self, events: Sequence[Event], patience_s: float = PATIENCE_S) -> list[Receipt]:
        """Write events and return what became of each, once they are on the disk.

        Raises EventError for an event that cannot be written and JournalBusy where too many wait: nothing of
        this call was written then. Raises JournalUnavailable where the disk does not take it, or takes longer
        than `patience_s`; whether it was written after all, sending the same again tells.
        """
        try:
            for event in events:
                check(event)
            sealers = {p: self.keys.sealer(p) for p in {event.person for event in events if event.private}}
            prepared = tuple(_prepared(event, sealers) for event in events)
        except OSError as error:
            raise JournalUnavailable(f"a person's key cannot be kept: {error.strerror}") from None
        sending = _Sending(prepared, Future())
        with self._turn:
            if self._is_closing:
                raise JournalUnavailable("the journal is being closed")
            if self._waiting and self._waiting + len(prepared) > self._most_waiting:
                raise JournalBusy(f"{self._waiting:,} events wait for the disk")
            self._waiting += len(prepared)
            self._queue.append(sending)
            self._turn.notify()
        try:
            return sending.receipts.result(patience_s)
        except FutureTimeout:
            raise JournalUnavailable("the disk took too long") from None

    def close(self) -> None:
        """Write what waits, and let go of the database and the lock."""
        with self._turn:
            if self._is_closing:
                return
            self._is_closing = True
            self._turn.notify()
        self._thread.join()
        self._drop()
        os.close(self._lock)

    def _take_lock(self) -> int:
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = try_alone(self._folder / LOCK)
        except OSError as error:
            raise JournalUnavailable(f"the journal's folder cannot be used: {error.strerror}") from None
        if lock is None:
            raise JournalUnavailable("another server or command writes to this journal")
        return lock

    def _connect(self) -> Connection:
        if self._connection is None:
            connection = database.write_connection(self.url)
            last = connection.execute(
                select(EVENTS.c.seq, EVENTS.c.hash, EVENTS.c.received_at)
                .order_by(EVENTS.c.seq.desc())
                .limit(1)
            ).first()
            connection.commit()
            self._head = (last.seq, last.hash) if last else (0, GENESIS)
            self._last_received = last.received_at if last else 0
            self._connection = connection
        return self._connection

    def _drop(self) -> None:
        """Give the connection up: after an error nobody knows its state; the next write opens a new one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except SQLAlchemyError as error:
                LOG.warning("journal: %s", database.cause(error))

    def _run(self) -> None:
        while sendings := self._next():
            try:
                receipts = self._write(sendings)
            except Exception as error:  # noqa: BLE001 (who waits must be told, and the next is tried anew)
                LOG.error("journal: nothing was written: %s", database.cause(error))
                self._drop()
                for sending in sendings:
                    sending.receipts.set_exception(JournalUnavailable("the journal cannot be written to"))
            else:
                for sending, its_own in zip(sendings, receipts, strict=True):
                    sending.receipts.set_result(its_own)
                self._checkpoint()

    def _next(self) -> list[_Sending]:
        """Wait for something to write and return all that waits, up to what one transaction takes."""
        with self._turn:
            self._turn.wait_for(lambda: self._queue or self._is_closing)
            sendings: list[_Sending] = []
            events = 0
            while self._queue and (not sendings or events + len(self._queue[0].events) <= MOST_AT_ONCE):
                sendings.append(self._queue.popleft())
                events += len(sendings[-1].events)
            self._waiting -= events
        return sendings

    def _write(self, sendings: Sequence[_Sending]) -> list[list[Receipt]]:
        connection = self._connect()
        seq, previous = self._head
        received_at = max((self._clock() - EPOCH) // timedelta(microseconds=1), self._last_received)
        prior = self._prior(connection, [event.key for sending in sendings for event in sending.events])
        rows: list[Row] = []
        personal: list[Row] = []
        conflicts: dict[str, Row] = {}
        receipts: list[list[Receipt]] = []
        for sending in sendings:
            receipts.append([])
            for event in sending.events:
                if (earlier := prior.get(event.key)) is not None:
                    is_same = says_the_same(event.row, event.private, earlier, self.keys)
                    receipts[-1].append(Receipt("known" if is_same else "conflict", earlier["seq"]))
                    if not is_same and (row := self._conflict(event, received_at)):
                        conflicts[row["mark"]] = row
                    continue
                seq += 1
                row = {**event.row, "seq": seq, "received_at": received_at}
                row["hash"] = previous = link(previous, row)
                prior[event.key] = {**row, "sealed": event.sealed}
                rows.append(row)
                if event.sealed:
                    personal.append({"seq": seq, "sealed": event.sealed})
                receipts[-1].append(Receipt("accepted", seq))
        if rows or conflicts:
            self._insert(connection, rows, personal, conflicts)
        self._head, self._last_received = (seq, previous), received_at
        return receipts

    @staticmethod
    def _insert(
        connection: Connection, rows: list[Row], personal: list[Row], conflicts: dict[str, Row]
    ) -> None:
        if rows:
            connection.execute(insert(EVENTS), rows)
        if personal:
            connection.execute(insert(PERSONAL_DATA), personal)
        if conflicts:
            marks = select(QUARANTINE.c.mark).where(QUARANTINE.c.mark.in_(conflicts))
            known = set(connection.scalars(marks))
            if fresh := [row for mark, row in conflicts.items() if mark not in known]:
                connection.execute(insert(QUARANTINE), fresh)
        connection.commit()

    @staticmethod
    def _prior(connection: Connection, keys: Sequence[str]) -> dict[str, Row]:
        """Return what stands under these keys already."""
        prior: dict[str, Row] = {}
        for query in under_keys(keys):
            prior.update({row["key"]: dict(row) for row in connection.execute(query).mappings()})
        connection.rollback()  # nothing was changed; a look must not hold a lock
        return prior

    def _conflict(self, event: _Prepared, received_at: int) -> Row | None:
        """Return the quarantine's row for a conflicting event, None where it cannot be sealed.

        Its sender is told of the conflict all the same. It must not raise: others' events are in the same
        transaction, and must not fail because one person was erased.
        """
        person, content = event.row["person"], canonical({**event.row, "private": event.private.decode()})
        spelled = canonical({"row": {**event.row, "sealed_hash": ""}, "private": event.private.decode()})
        try:
            mark, sealed = self.keys.mark(person, spelled), self.keys.seal(person, content)
        except _UNREADABLE as error:
            LOG.warning("journal: another body of %s is not kept: %s", event.key[:12], type(error).__name__)
            return None
        return {
            "mark": mark, "key": event.key, "received_at": received_at, "person": person, "sealed": sealed,
        }  # fmt: skip

    def _checkpoint(self) -> None:
        """Move the write-ahead log into the database now and then; passively: no reader is waited for."""
        if self._connection is None or not database.is_sqlite(self.url):
            return
        if self._head[0] - self._checkpointed < CHECKPOINT_EVENTS:
            return
        try:
            self._connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").all()
            self._connection.rollback()
            self._checkpointed = self._head[0]
        except SQLAlchemyError as error:
            LOG.warning("journal: no checkpoint: %s", database.cause(error))
            self._drop()


def stored_rows() -> Select[Any]:
    """Return the query of all events, each with its `sealed` bytes, NULL where nothing personal was sent."""
    joined = EVENTS.outerjoin(PERSONAL_DATA, EVENTS.c.seq == PERSONAL_DATA.c.seq)
    return select(EVENTS, PERSONAL_DATA.c.sealed).select_from(joined)


def under_keys(keys: Sequence[str]) -> Iterator[Select[Any]]:
    """Yield queries that together give what stands under these keys, each row with its `sealed` bytes."""
    for start in range(0, len(keys), AT_ONCE):
        yield stored_rows().where(EVENTS.c.key.in_(keys[start : start + AT_ONCE]))


def says_the_same(
    row: Mapping[str, Any], private: bytes, earlier: Mapping[str, Any], keys: PersonKeys
) -> bool:
    """Return whether an event says the same as the row `earlier` that stands under its key.

    Where the personal fields of `earlier` were erased, the other fields decide. Where they are damaged nobody
    can tell, and the answer is False: a conflict, for a person to look at.
    """
    if any(row[name] != earlier[name] for name in ("kind", "supersedes", "made_at", "body")):
        return False
    if not earlier["sealed_hash"]:
        return not private
    try:
        if earlier["sealed"] is None or keys.is_purged(earlier["person"]):
            return True
        return keys.open(earlier["person"], earlier["sealed"]) == private
    except _UNREADABLE:
        return False


def spelled(event: Event) -> tuple[Row, bytes]:
    """Return an event's row before it is sealed, and the bytes to seal, b"" for none. Raises EventError."""
    row = {
        "key": event.key, "mission": event.mission, "kind": event.kind, "about": event.about,
        "source": event.source, "root": event.root, "version": event.version,
        "supersedes": event.supersedes, "made_at": event.made_at, "person": event.person,
        "body": canonical(event.body).decode(), "sealed_hash": "",
    }  # fmt: skip
    return row, canonical(event.private) if event.private else b""


def _prepared(event: Event, sealers: Mapping[str, Callable[[bytes], bytes]]) -> _Prepared:
    row, private = spelled(event)
    sealed = sealers[event.person](private) if private else b""
    return _Prepared(row | {"sealed_hash": digest(sealed) if sealed else ""}, private, sealed, event.key)
