"""From events to the reports that stand: what each says after all its edits, in whatever order they came.

The versions of one report are applied from the first one on, each after the one it supersedes, those that
are free at the same time by `made_at` and then by version id. Each changes the fields that it sent and no
others. A version whose parent has not come waits. So the same events in any order give the same reports.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from geo.analysis.live import IncidentReport, Report, ReportState, VisitReport
from geo.analysis.live.incoming_report import WITHDRAWN, content
from geo.journal.event import Event, JournalEntry
from geo.journal.report_life import FILES, columns_of, in_turn, life_of, step_of

Key = tuple[str, str, str, str]  # mission, source, about, root
_REPORTS: Final[Mapping[str, type[Report]]] = {"visit": VisitReport, "incident": IncidentReport}
FIELDS: Final = {
    about: frozenset(field.name for field in fields(kind)) - {f"{about}_id", "received", "supersedes"}
    for about, kind in _REPORTS.items()
}
_TIMES: Final = frozenset({"arrived", "left", "occurred"})
_MODULUS: Final = 1 << 256


@dataclass(frozen=True, slots=True)
class StandingReport:
    """One report as it stands: its fields, how many of its versions were applied, how many wait."""

    key: Key
    values: Mapping[str, Any]
    received_at: datetime
    applied: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The reports of a mission that stand, by key; `version`: equal for equal reports, in any order."""

    reports: tuple[StandingReport, ...]
    waiting: int
    version: str


def report_id(key: Key) -> str:
    """Return the id a report has in a snapshot: root ids are each source's own.

    >>> report_id(("m", "team-7", "visit", "4"))
    'team-7/4'
    """
    return f"{key[1]}/{key[3]}"


def standing(key: Key, entries: Iterable[JournalEntry]) -> StandingReport | None:
    """Return a report after the versions of it that can be applied; None while its first one is missing."""
    versions = {entry.event.version: entry for entry in entries}
    steps = [step_of(entry.event) for entry in versions.values()]
    values: dict[str, Any] = {}
    received: list[datetime] = []
    for step in in_turn(steps):
        entry = versions[step.version]
        values |= _changes(entry.event)
        if step.takes_back:
            values["verification"] = "unverified"  # once it counts again; until then `life_of` says so
        received.append(entry.received_at)
    if not received:
        return None
    life, _ = life_of(key[2], steps)
    if life.decided or life.withdrawals:
        decided = dict(zip(("verification", "publication"), columns_of(life), strict=True))
        values |= {name: value for name, value in decided.items() if name in FIELDS[key[2]]}
    return StandingReport(key, values, max(received), len(received), len(versions) - len(received))


def fold(entries: Iterable[JournalEntry]) -> Standing:
    """Return what stands after these events, in any order and however often each is there."""
    groups: dict[Key, list[JournalEntry]] = {}
    for entry in entries:
        if entry.event.about in _REPORTS and entry.event.source != FILES:
            groups.setdefault(entry.event.report, []).append(entry)
    stood = {key: standing(key, group) for key, group in groups.items()}
    missing = sum(len({entry.event.version for entry in groups[key]}) for key in groups if stood[key] is None)
    reports = tuple(report for key in sorted(stood) if (report := stood[key]) is not None)
    total = sum(_weight(report) for report in reports) % _MODULUS
    waiting = missing + sum(report.waiting for report in reports)
    return Standing(reports, waiting, f"{len(reports)}-{total:064x}"[:32])


_NUMBERS: Final = ("lon", "lat", "registered_voters", "voted")


def live_report(report: StandingReport, own_id: str, supersedes: str = "") -> Report:
    """Return a standing report as the live counts take it. Raises ValueError for a time that is none."""
    _, source, about, _ = report.key
    kind = _REPORTS[about]
    values: dict[str, Any] = {name: value for name, value in report.values.items() if name in FIELDS[about]}
    for name in _TIMES & values.keys():
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    if "answered" in values:
        values["answered"] = tuple(values["answered"])
    if about == "visit":
        values |= {name: math.nan for name in _NUMBERS if values.get(name, 0) is None}
    elif values.get("visit_id"):
        values["visit_id"] = f"{source}/{values['visit_id']}"  # a finding's visit is of its own source
    values |= {f"{about}_id": own_id, "received": report.received_at, "supersedes": supersedes}
    return kind(**values)


class ReportStream:
    """Owns what a follower must remember to turn a mission's events, in the journal's order, into reports.

    What it gives depends on the sequence alone: who begins anew gives the same reports again.
    """

    def __init__(self) -> None:
        self._entries: dict[Key, list[JournalEntry]] = {}
        self._last: dict[Key, tuple[str, Report]] = {}  # as it was given last, and under which id
        self._states: dict[Key, ReportState] = {}  # of reports in files
        self._awaiting: dict[Key, list[Key]] = {}  # a visit that has not come → findings made during it

    def add(
        self, entry: JournalEntry, take: Callable[[Report | ReportState], bool] = lambda _: True
    ) -> list[Report | ReportState]:
        """Return what an event changes: new reports, or new versions of earlier ones, that `take` took.

        What it refuses was never there: a later version of it is offered as a first one. What was decided
        about a report of the files is its state.
        """
        key = entry.event.report
        if entry.event.about not in _REPORTS:
            return []
        self._entries.setdefault(key, []).append(entry)
        if entry.event.source == FILES:
            return self._decided(key, take)
        reports: list[Report | ReportState] = [*self._given(key, entry.seq, take)]
        if key in self._last:
            for finding in self._awaiting.pop(key, []):
                reports += self._given(finding, entry.seq, take)
        return reports

    def _decided(self, key: Key, take: Callable[[Report | ReportState], bool]) -> list[Report | ReportState]:
        entries = self._entries[key]
        life, _ = life_of(key[2], (step_of(entry.event) for entry in entries))
        name = entries[0].event.body.get("report")
        if not life.decided or not isinstance(name, str):
            return []
        state = ReportState(key[2], name, *columns_of(life))
        if self._states.get(key) == state or not take(state):
            return []
        self._states[key] = state
        return [state]

    def _given(self, key: Key, seq: int, take: Callable[[Report], bool]) -> list[Report]:
        stood = standing(key, self._entries[key])
        if stood is None:
            return []
        mission, source, about, _ = key
        visit: Key = (mission, source, "visit", str(stood.values.get("visit_id", "")))
        if about == "incident" and visit[3] and visit not in self._last:
            if key not in self._awaiting.setdefault(visit, []):
                self._awaiting[visit].append(key)
            return []
        last_id, last = self._last.get(key, ("", None))
        if last is None and stood.values.get("verification") == WITHDRAWN:
            return []  # taken back before it was ever counted
        own_id = f"{report_id(key)}~{seq}" if last_id else report_id(key)
        try:
            report = live_report(stood, own_id, last_id)
        except (TypeError, ValueError):
            return []  # the door checks; what came another way and says nothing is not counted
        if (last is not None and content(report) == content(last)) or not take(report):
            return []
        self._last[key] = own_id, report
        return [report]


def _changes(event: Event) -> dict[str, Any]:
    """Return the fields that one version changes."""
    sent = {**event.body, **event.private}
    if event.kind in ("withdrawal", "decision"):
        return {}  # `life_of` says what it did
    return {name: value for name, value in sent.items() if name in FIELDS[event.about]}


def _weight(report: StandingReport) -> int:
    """Return a report's share of the version: shares are added, so that their order never matters."""
    spelling = f"{report.key}{sorted(report.values.items())}"
    return int.from_bytes(hashlib.sha256(spelling.encode("utf-8", "surrogatepass")).digest())
