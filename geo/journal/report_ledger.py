"""The life of every report of one mission, kept up with the journal: who sent it and who decided what."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Sequence
from typing import Any, Final

from geo.journal.event import JournalEntry, root_of
from geo.journal.journal_reader import JournalReader
from geo.journal.report_life import FILES, Change, Life, Step, life_of, step_of
from geo.journal.report_stream import EventNumbers
from geo.journal.standing_reports import REPORTS, Key

VERSION_OF_OURS: Final = re.compile(r"~\d+$")  # what `ReportStream` puts behind the id of a later version
# The kinds of events whose sealed fields are opened here: reasons and notes. No report's own text is opened.
_OURS: Final = frozenset({"decision", "registry_fix"})
Steps = dict[str, Step]


class ReportLedger:
    """Owns which events each report of a mission has, 16 bytes an event, and the steps of reports decided on.

    A report that nobody has decided about is read again from the journal when somebody asks for it. `turn`: a
    lock, held by whoever looks, decides and writes, so that nobody decides on what another changed meanwhile.
    """

    def __init__(self, reader: JournalReader, mission: str) -> None:
        self.turn = threading.RLock()
        self._reader, self._mission, self._seq = reader, mission, 0
        self._numbers = EventNumbers()
        self._sources: set[str] = set()
        self._steps: dict[Key, Steps] = {}  # of those decided about
        self._lives: dict[Key, Life] = {}  # of those decided about
        self._at_hand: dict[Key, Steps] = {}  # of those foreseen
        self._names: dict[Key, str] = {}  # of reports of the files, as the table has them
        self._others: dict[Key, dict[str, JournalEntry]] = {}  # about teams and stations

    def renew(self) -> int:
        """Read the events that came since; return the last one's number.

        Raises JournalUnavailable, and ValueError where an event's bytes were changed.
        """
        with self.turn:
            for headings in self._reader.headings(self._seq, self._mission):
                self._take(headings)
                self._seq = headings[-1].seq
            return self._seq

    def foresee(self, keys: Collection[Key]) -> None:
        """Read together the steps of reports that will be asked for one by one."""
        with self.turn:
            self._at_hand = self._read({key for key in keys if key not in self._steps})

    def key_of(self, about: str, report_id: str) -> Key:
        """Return the key of a report by its id in a snapshot: of the journal's if there is such a one."""
        source, _, root = VERSION_OF_OURS.sub("", report_id).partition("/")
        key = (self._mission, source, about, root)
        return key if self.knows(key) else (self._mission, FILES, about, root_of(report_id))

    def life(self, key: Key) -> Life | None:
        """Return where a report stands; None for one of the files about which nothing was decided.

        Raises as `renew` does; so do `history`, `has` and `decided`.
        """
        with self.turn:
            if key in self._lives:
                return self._lives[key]
            steps = self._steps_of(key)
            life = life_of(key[2], steps.values())[0] if steps else None
            if life is not None and key in self._steps:
                self._lives[key] = life
            return life

    def history(self, key: Key) -> tuple[Change, ...]:
        """Return what happened to a report, in order."""
        with self.turn:
            return life_of(key[2], self._steps_of(key).values())[1]

    def has(self, key: Key, version: str) -> bool:
        """Return whether an event of a report has this version id."""
        with self.turn:
            return version in self._steps_of(key) or version in self._others.get(key, {})

    def knows(self, key: Key) -> bool:
        """Return whether anything came of a report."""
        with self.turn:
            return bool(self._numbers.find(key))

    def sources(self) -> set[str]:
        """Return who sent reports of this mission."""
        with self.turn:
            return set(self._sources)

    def decided(self, about: str) -> dict[str, Life]:
        """Return the reports about which something was decided, by their id in a snapshot without our `~`."""
        with self.turn:
            lives = {self._name(key): self.life(key) for key in self._steps if key[2] == about}
        return {name: life for name, life in lives.items() if life is not None and life.decided}

    def entries(self, about: str) -> dict[Key, list[JournalEntry]]:
        """Return what was decided about teams or stations, by what it is about, in the journal's order."""
        with self.turn:
            return {key: list(versions.values()) for key, versions in self._others.items() if key[2] == about}

    def _name(self, key: Key) -> str:
        return self._names.get(key, f"{key[1]}/{key[3]}")

    def _take(self, headings: Sequence[Any]) -> None:
        others: list[int] = []
        decided: set[Key] = set()
        for seq, kind, about, source, root in headings:
            if about not in REPORTS:
                others.append(seq)
                continue
            key = (self._mission, source, about, root)
            self._numbers.add(key, seq)
            self._sources.add(source)
            if kind == "decision" or key in self._steps:
                decided.add(key)
        for entry in self._reader.numbered(others, _OURS):
            self._others.setdefault(entry.event.report, {})[entry.event.version] = entry
        self._steps |= self._read(decided)
        self._at_hand = {}
        for key in decided:
            self._lives.pop(key, None)

    def _steps_of(self, key: Key) -> Steps:
        known = self._steps.get(key) or self._at_hand.get(key)
        return self._read({key}).get(key, {}) if known is None else known

    def _read(self, keys: set[Key]) -> dict[Key, Steps]:
        """Return the steps of reports, from the journal."""
        numbers = {number for key in keys for number in self._numbers.find(key)}
        steps: dict[Key, Steps] = {}
        for entry in self._reader.numbered(sorted(numbers), _OURS):
            event, key = entry.event, entry.event.report
            if key in keys:  # of two reports with one mark the other one's events come, too
                steps.setdefault(key, {})[event.version] = step_of(event)
                name = event.body.get("report")
                if event.source == FILES and isinstance(name, str):
                    self._names[key] = name
        return steps
