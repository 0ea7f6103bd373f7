"""A server's journal: what writes it, opened when the first report comes, what reads it, and who may send."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from geo.journal import database, device_tokens
from geo.journal.device_tokens import DeviceTokens
from geo.journal.event import Event, JournalUnavailable
from geo.journal.journal_reader import JournalReader
from geo.journal.journal_writer import JournalWriter, Receipt
from geo.journal.report_ledger import ReportLedger

FOLDER: Final = "journal"  # below the state directory


class JournalDoor:
    """Owns the writer, if this is the process that writes, a reader, and the devices' tokens."""

    EMPTY: Final = "empty"  # what `state` says of a journal that nothing was written to
    OK: Final = "ok"

    def __init__(self, state: Path, url: str = "") -> None:
        """`url`: a database of PostgreSQL's; "" for a file below the state directory. Opens nothing yet."""
        self.folder, self._url = state / FOLDER, url
        self.reader = JournalReader(self.folder, url)
        self.tokens = DeviceTokens(self.folder / device_tokens.FOLDER)
        self._writer: JournalWriter | None = None
        self._turn = threading.Lock()
        self._ledgers: dict[str, ReportLedger] = {}

    def append(self, events: Sequence[Event]) -> list[Receipt]:
        """As `JournalWriter.append`, which it opens first if nobody did."""
        return self.writer().append(events)

    def writer(self) -> JournalWriter:
        """Return what writes. Raises JournalUnavailable while another process does, or nothing can."""
        with self._turn:
            if self._writer is None:
                self._writer = JournalWriter(self.folder, self._url)
            return self._writer

    def ledger(self, mission: str) -> ReportLedger:
        """Return a mission's ledger, one for all who ask; it reads the journal when it is renewed."""
        with self._turn:
            return self._ledgers.setdefault(mission, ReportLedger(self.reader, mission))

    def close(self) -> None:
        """Let go of the writer, its lock, and the reader's connections."""
        with self._turn:
            writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
        self.reader.close()

    def state(self) -> dict[str, Any]:
        """Return whether the journal can be read ("journal"), and which SQLite keeps it; for anybody to see.

        So it has no counts: they would tell how many reports came.
        """
        if not database.exists(self.reader.url):
            says = self.EMPTY
        else:
            try:
                self.reader.head()
                says = self.OK
            except JournalUnavailable:
                says = "cannot be read"  # why is for the log: anybody may ask
        is_sqlite = database.is_sqlite(self.reader.url)
        return {"journal": says, **(database.sqlite_state() if is_sqlite else {"sqlite": None})}
