"""Every report's life in one mission, read on from the journal: who sent and who decided what."""

from __future__ import annotations

import re
import threading
from typing import Final

from geo.journal.event import JournalEntry, root_of
from geo.journal.journal_reader import JournalReader
from geo.journal.report_life import FILES, Change, Life, Step, life_of, step_of
from geo.journal.standing_reports import Key

VERSION_OF_OURS: Final = re.compile(r"~\d+$")  # what `ReportStream` puts behind the id of a later version


class ReportLedger:
    """Owns the steps of every report of a mission, some hundred bytes each, no text of any report.

    `turn`: held by whoever looks, decides and writes, so that nobody decides on what another changed.
    """

    def __init__(self, reader: JournalReader, mission: str) -> None:
        self.turn = threading.RLock()
        self._reader, self._mission, self._seq = reader, mission, 0
        self._steps: dict[Key, dict[str, Step]] = {}
        self._lives: dict[Key, Life] = {}  # of those decided about
        self._names: dict[Key, str] = {}  # of reports of the files, as the table has them
        self._others: dict[Key, dict[str, JournalEntry]] = {}  # about teams and stations

    def renew(self) -> int:
        """Read what came since; return the last event's number. Raises JournalUnavailable, ValueError."""
        with self.turn:
            for row in self._reader.raw(self._seq, None, self._mission):
                is_ours = row["kind"] in ("decision", "registry_fix")
                entry = self._reader.entry(row if is_ours else {**row, "sealed": None})
                self._take(entry)
                self._seq = entry.seq
            return self._seq

    def key_of(self, about: str, report_id: str) -> Key:
        """Return the key of a report by its id in a snapshot: of the journal's if there is such a one."""
        source, _, root = VERSION_OF_OURS.sub("", report_id).partition("/")
        key = (self._mission, source, about, root)
        return key if key in self._steps else (self._mission, FILES, about, root_of(report_id))

    def life(self, key: Key) -> Life | None:
        """Return where a report stands; None for one of the files about which nothing was decided."""
        with self.turn:
            if key not in self._steps:
                return None
            if key not in self._lives:
                self._lives[key] = life_of(key[2], self._steps[key].values())[0]
            return self._lives[key]

    def history(self, key: Key) -> tuple[Change, ...]:
        """Return what happened to a report, in order."""
        with self.turn:
            return life_of(key[2], self._steps.get(key, {}).values())[1]

    def has(self, key: Key, version: str) -> bool:
        """Return whether an event of a report has this version id."""
        return version in self._steps.get(key, {}) or version in self._others.get(key, {})

    def knows(self, key: Key) -> bool:
        """Return whether anything came of a report."""
        return key in self._steps

    def sources(self) -> set[str]:
        """Return who sent reports of this mission."""
        with self.turn:
            return {key[1] for key in self._steps}

    def decided(self, about: str) -> dict[str, Life]:
        """Return the reports about which something was decided, by their id in a snapshot without our `~`."""
        with self.turn:
            keys = [key for key in self._steps if key[2] == about and self._is_decided(key)]
            lives = {self._name(key): self.life(key) for key in keys}
        return {name: life for name, life in lives.items() if life is not None and life.decided}

    def entries(self, about: str) -> dict[Key, list[JournalEntry]]:
        """Return what was decided about teams or stations, by what it is about, in the journal's order."""
        with self.turn:
            return {key: list(versions.values()) for key, versions in self._others.items() if key[2] == about}

    def _is_decided(self, key: Key) -> bool:
        return any(step.decision for step in self._steps[key].values())

    def _name(self, key: Key) -> str:
        return self._names.get(key, f"{key[1]}/{key[3]}")

    def _take(self, entry: JournalEntry) -> None:
        event, key = entry.event, entry.event.report
        if event.about in ("team", "station"):
            self._others.setdefault(key, {})[event.version] = entry
            return
        self._steps.setdefault(key, {})[event.version] = step_of(event)
        self._lives.pop(key, None)
        name = event.body.get("report")
        if event.source == FILES and isinstance(name, str):
            self._names[key] = name
