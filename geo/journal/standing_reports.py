"""What each report says after all its edits, in whatever order these came.

The versions of one report are applied from the first one on, each after the one it supersedes, those that
are free at the same time by `made_at` and then by version id. Each changes the fields that it sent and no
others. A version whose parent has not come waits. So the same events in any order give the same reports.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from geo.analysis.live import IncidentReport, Report, VisitReport
from geo.journal.event import Event, JournalEntry
from geo.journal.report_life import FILES, columns_of, in_turn, life_of, step_of

Key = tuple[str, str, str, str]  # mission, source, about, root
REPORTS: Final[Mapping[str, type[Report]]] = {"visit": VisitReport, "incident": IncidentReport}
FIELDS: Final = {
    about: frozenset(field.name for field in fields(kind)) - {f"{about}_id", "received", "supersedes"}
    for about, kind in REPORTS.items()
}
_TIMES: Final = frozenset({"arrived", "left", "occurred"})
_MODULUS: Final = 1 << 256  # sums of SHA-256 are kept to its size


@dataclass(frozen=True, slots=True)
class StandingReport:
    """One report as it stands: its fields (`values`), and how many versions of it wait.

    `received_at`: when the last of the versions applied came.
    """

    key: Key
    values: Mapping[str, Any]
    received_at: datetime
    waiting: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The reports that stand, ascending by key; `waiting`: versions that could not be applied yet.

    `version`: equal for equal reports, whatever the order in which their events came.
    """

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
    return StandingReport(key, values, max(received), len(versions) - len(received))


def fold(entries: Iterable[JournalEntry]) -> Standing:
    """Return what stands after these events, in any order and however often each is there."""
    groups: dict[Key, list[JournalEntry]] = {}
    for entry in entries:
        if entry.event.about in REPORTS and entry.event.source != FILES:
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
    kind = REPORTS[about]
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


def _changes(event: Event) -> dict[str, Any]:
    """Return the fields that one version changes; a withdrawal or decision changes none."""
    sent = {**event.body, **event.private}
    if event.kind in ("withdrawal", "decision"):
        return {}  # `life_of` says what it did
    return {name: value for name, value in sent.items() if name in FIELDS[event.about]}


def _weight(report: StandingReport) -> int:
    """Return a report's share of the version: shares are added, so that their order never matters."""
    spelling = f"{report.key}{sorted(report.values.items())}"
    return int.from_bytes(hashlib.sha256(spelling.encode("utf-8", "surrogatepass")).digest())
