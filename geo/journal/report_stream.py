"""Turns a mission's events, in the journal's order, into the reports that they change.

Nothing that was sent stays in memory: only the numbers of each report's events are remembered, and these are
read again from the journal when another one comes. The live counts know under which id a report was counted
last.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.analysis.live import Report, ReportState
from geo.analysis.live.incoming_report import WITHDRAWN, content
from geo.journal.event import JournalEntry
from geo.journal.report_life import FILES, columns_of, life_of, step_of
from geo.journal.standing_reports import REPORTS, Key, live_report, report_id, standing

Numbers = tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]
Take = Callable[[Report | ReportState], bool]
LOOSE: Final = 50_000  # reports with new events, held in a dict of some 10 MB before they are packed
_NO_NUMBERS: Final = np.empty(0, np.uint64), np.empty(0, np.int64)


@dataclass(frozen=True, eq=False)
class StreamState:
    """All that a stream remembers.

    `numbers`: (E,) the mark of every event's report (`_mark`), ascending, and (E,) the events' sequence
    numbers. `counted_at`: the event with which a report was first counted, where that is not its own first
    one. `states`: what was decided about reports of the files. `awaiting`: visits that are not counted yet,
    each with the findings that name it and wait for it.
    """

    numbers: Numbers = _NO_NUMBERS
    counted_at: Mapping[Key, int] = field(default_factory=dict)
    states: Mapping[Key, ReportState] = field(default_factory=dict)
    awaiting: Mapping[Key, Sequence[Key]] = field(default_factory=dict)


class EventNumbers:
    """Owns which events each report has: 16 bytes an event, most of them packed."""

    def __init__(self, packed: Numbers = _NO_NUMBERS) -> None:
        self._loose: dict[int, list[int]] = {}
        self._keep(packed)

    def find(self, key: Key) -> list[int]:
        """Return the numbers of a report's events, ascending.

        Two reports have one mark with a chance of 1 in 2^64; then the other one's are among them.
        """
        mark = _mark(key)
        first = last = bisect_left(self._marks, mark)
        while last < len(self._marks) and self._marks[last] == mark:
            last += 1
        return [*self._seqs[first:last], *self._loose.get(mark, ())]

    def add(self, key: Key, seq: int) -> None:
        self._loose.setdefault(_mark(key), []).append(seq)
        if len(self._loose) >= LOOSE:
            self.packed()

    def packed(self) -> Numbers:
        """Return all marks and numbers as two arrays; later events change nothing of what was returned."""
        if self._loose:
            loose = sorted((mark, seq) for mark, seqs in self._loose.items() for seq in seqs)
            marks = np.array([mark for mark, _ in loose], np.uint64)
            seqs = np.array([seq for _, seq in loose], np.int64)
            # behind those of the same report, which are earlier events: nothing is sorted twice
            places = np.searchsorted(self._packed[0], marks, side="right")
            self._loose = {}
            self._keep((np.insert(self._packed[0], places, marks), np.insert(self._packed[1], places, seqs)))
        return self._packed

    def _keep(self, packed: Numbers) -> None:
        self._packed = packed
        self._marks, self._seqs = packed[0].data, packed[1].data


class ReportStream:
    """Owns what a follower must remember to turn a mission's events, in the journal's order, into reports.

    What it gives depends on the sequence alone: who begins anew, or goes on from a state, gives the same
    reports again.
    """

    def __init__(
        self,
        read: Callable[[list[int]], list[JournalEntry]],
        last_id: Callable[[str, str], str],
        state: StreamState | None = None,
    ) -> None:
        """`read`: the events of these numbers, in order. `last_id`: of "visit" or "incident" and a report's
        id, the id under which it was counted last, "" for one that was not.
        """
        known = state or StreamState()
        self._read, self._of_counts = read, last_id
        self._numbers = EventNumbers(known.numbers)
        self._at_hand: dict[int, JournalEntry] = {}
        self._counted_at, self._states = dict(known.counted_at), dict(known.states)
        self._awaiting = {visit: list(findings) for visit, findings in known.awaiting.items()}

    def state(self) -> StreamState:
        """Return all that it remembers; what it learns later changes nothing of it."""
        awaiting = {visit: tuple(findings) for visit, findings in self._awaiting.items()}
        return StreamState(self._numbers.packed(), dict(self._counted_at), dict(self._states), awaiting)

    def foresee(self, entries: Sequence[JournalEntry]) -> None:
        """Read at once earlier events of the reports that these change; given none, forget what was read."""
        numbers = {number for entry in entries for number in self._numbers.find(entry.event.report)}
        try:
            earlier = self._read(sorted(numbers)) if numbers else []
        except ValueError:
            earlier = []  # the one event that needs what cannot be read will say so
        self._at_hand = {entry.seq: entry for entry in (*earlier, *entries)}

    def add(self, entry: JournalEntry, take: Take = lambda _: True) -> list[Report | ReportState]:
        """Return the reports that an event changes, new or in a new version, of those that `take` accepted.

        `take` counts a report and returns whether it could. One that it refuses was never there: the next
        version of it is offered as a first one. A decision about a report of the files gives a `ReportState`.
        The same event may be added again where reading failed.
        """
        key = entry.event.report
        if entry.event.about not in REPORTS:
            return []
        entries = self._entries(key, entry)
        if entry.event.source == FILES:
            return self._decided(key, entries, take)
        reports: list[Report | ReportState] = [*self._given(key, entries, entry.seq, take)]
        if key in self._awaiting and self._last_id(key):
            for finding in tuple(self._awaiting[key]):
                reports += self._given(finding, self._entries(finding), entry.seq, take)
            del self._awaiting[key]
        return reports

    def _entries(self, key: Key, newest: JournalEntry | None = None) -> list[JournalEntry]:
        """Return all events of a report so far, the newest among them, which is remembered."""
        numbers = self._numbers.find(key)
        earlier = [number for number in numbers if newest is None or number < newest.seq]
        unread = [number for number in earlier if number not in self._at_hand]
        known = (
            self._at_hand | {entry.seq: entry for entry in self._read(unread)} if unread else self._at_hand
        )
        entries = [known[number] for number in earlier if number in known]
        if newest is not None:
            entries.append(newest)
            if newest.seq not in numbers:
                self._numbers.add(key, newest.seq)
        return [entry for entry in entries if entry.event.report == key]

    def _decided(self, key: Key, entries: list[JournalEntry], take: Take) -> list[Report | ReportState]:
        life, _ = life_of(key[2], (step_of(entry.event) for entry in entries))
        name = entries[0].event.body.get("report")
        if not life.decided or not isinstance(name, str):
            return []
        state = ReportState(key[2], name, *columns_of(life))
        if self._states.get(key) == state or not take(state):
            return []
        self._states[key] = state
        return [state]

    def _given(self, key: Key, entries: list[JournalEntry], seq: int, take: Take) -> list[Report]:
        stood = standing(key, entries)
        if stood is None:
            return []
        mission, source, about, _ = key
        visit: Key = (mission, source, "visit", str(stood.values.get("visit_id", "")))
        if about == "incident" and visit[3] and not self._last_id(visit):
            if key not in self._awaiting.setdefault(visit, []):
                self._awaiting[visit].append(key)
            return []
        last_id = self._last_id(key)
        if not last_id and stood.values.get("verification") == WITHDRAWN:
            return []  # taken back before it was ever counted
        own_id = f"{report_id(key)}~{seq}" if last_id else report_id(key)
        try:
            report = live_report(stood, own_id, last_id)
        except (TypeError, ValueError):
            return []  # the door checks; what came another way and says nothing is not counted
        if (last_id and content(report) == self._said(key, entries, last_id)) or not take(report):
            return []
        if not last_id and seq != entries[0].seq:
            self._counted_at[key] = seq
        return [report]

    def _last_id(self, key: Key) -> str:
        return self._of_counts(key[2], report_id(key))

    def _said(self, key: Key, entries: list[JournalEntry], last_id: str) -> str:
        """Return what a report said when it was counted last, less what was erased since; "" if unknown."""
        _, _, number = last_id.partition("~")
        seq = int(number) if number else self._counted_at.get(key, entries[0].seq)
        stood = standing(key, [entry for entry in entries if entry.seq <= seq])
        try:
            return content(live_report(stood, "")) if stood else ""
        except (TypeError, ValueError):
            return ""


def _mark(key: Key) -> int:
    """Return 64 bits that two reports of a mission hardly ever share."""
    spelled = "\0".join(key[1:]).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(spelled, digest_size=8).digest())
