"""What would become of the rows of a file if they were sent now: new, known, or not taken and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from geo.intake.report_decisions import areas_above
from geo.intake.report_rows import RowProblem, Sender, events_from_rows
from geo.journal.event import BROUGHT, Event
from geo.journal.journal_writer import Status
from geo.journal.report_ledger import ReportLedger
from geo.journal.standing_reports import Key
from geo.model.snapshot import Snapshot

_LONGEST_NAME: Final = 60
_NAMED: Final = frozenset({"station_id", "team_id", "category", "area_id"})
Foresee = Callable[[Sequence[Event]], list[Status]]


@dataclass(frozen=True, slots=True)
class RowDefect:
    """What is odd about a row, counted as the file's reader counts it; `row` 0: the file as a whole.

    `column`: ours, or the file's own header. `expected` and `english`: in English, "" for none.
    """

    row: int
    column: str
    code: str
    value: str = ""
    expected: str = ""
    english: str = ""


@dataclass(frozen=True, slots=True)
class UploadPlan:
    """The rows that are new, how many are there already, and those that are not taken."""

    fresh: tuple[dict[str, Any], ...]
    known: int
    defects: tuple[RowDefect, ...]


def plan(
    rows: Sequence[tuple[int, dict[str, Any]]],
    about: str,
    sender: Sender,
    snapshot: Snapshot,
    ledger: ReportLedger,
    foresee: Foresee,
    is_own: Callable[[tuple[str, ...]], bool],
    earlier: Mapping[int, tuple[str, ...]],
) -> UploadPlan:
    """Return what sending these rows would do; nothing is written.

    `rows`: each with its number in the file. `is_own`: whether whoever asks may send of these areas.
    `earlier`: number of a row → ids of what it corrects; what came before is not corrected by a file.
    """
    events: list[Event] = []
    sent: list[tuple[int, dict[str, Any]]] = []
    wrong: list[RowDefect] = []
    for number, row in rows:
        row_events, problems = events_from_rows([row], about, sender, snapshot)
        visit = _key(sender, "visit", str(row.get("visit_id", "")))
        if problems:
            wrong += [_problem(number, row, problem) for problem in problems]
        elif visit[3] and not ledger.knows(visit):
            wrong.append(RowDefect(number, "visit_id", "no_visit", visit[3]))
        elif old := [root for root in earlier.get(number, ()) if ledger.knows(_key(sender, about, root))]:
            wrong.append(RowDefect(number, "supersedes", "corrects", old[0]))
        elif not is_own(areas_of(row, snapshot)):
            wrong.append(RowDefect(number, "", "area"))
        else:
            events += row_events
            sent.append((number, row))
    statuses = foresee(events)
    results = list(zip(sent, statuses, strict=True))
    wrong += [
        RowDefect(number, f"{about}_id", "conflict", str(row["id"]))
        for (number, row), status in results
        if status == "conflict"
    ]
    fresh = tuple(row for (_, row), status in results if status == "accepted")
    return UploadPlan(fresh, statuses.count("known"), tuple(wrong))


def areas_of(row: Mapping[str, Any], snapshot: Snapshot) -> tuple[str, ...]:
    """Return the ids of the area that a row is of and of those it lies in; ("",) where it names none."""
    registry = snapshot.registry
    station = registry.station(row["station_id"]) if row.get("station_id") else -1
    if station >= 0:
        return areas_above(snapshot, int(registry.stations.area[station])) or ("",)
    area_id = row.get("area_id", "")
    known = registry.areas.area_id
    return areas_above(snapshot, known.index(area_id)) if area_id in known else ("",)


def source_of(name: str) -> str:
    """Return the source that a name means, itself if it is one already.

    >>> source_of("Visits of 4 Dec"), source_of("file:team-7"), source_of("…")
    ('file:Visits-of-4-Dec', 'file:team-7', 'file:reports')
    """
    name = name.strip().removeprefix(BROUGHT)
    plain = re.sub(r"[^\w.-]+", "-", name)[:_LONGEST_NAME].strip("-.")
    return f"{BROUGHT}{plain or 'reports'}"


def file_sources(ledger: ReportLedger) -> list[str]:
    """Return under which names files were taken into a mission before."""
    return sorted(source for source in ledger.sources() if source.startswith(BROUGHT))


def likely_source(
    rows: Sequence[tuple[int, dict[str, Any]]], about: str, mission: str, ledger: ReportLedger, name: str
) -> str:
    """Return the earlier source that has most of these reports, or of the visits they name, else the file's.

    So the same file under another name, or findings after their visits, are not taken for others.
    """
    keys = [(about, str(row["id"])) for _, row in rows]
    keys += [("visit", str(row["visit_id"])) for _, row in rows if row.get("visit_id")]
    shared = {
        source: sum(ledger.knows((mission, source, *key)) for key in keys) for source in file_sources(ledger)
    }
    best = max(shared, key=lambda source: shared[source], default="")
    return best if best and shared[best] * 2 > len(rows) else source_of(name)


def _key(sender: Sender, about: str, root: str) -> Key:
    return sender.mission, sender.source, about, root


def _problem(number: int, row: Mapping[str, Any], problem: RowProblem) -> RowDefect:
    value = str(row.get(problem.column, ""))
    code = "refused" if problem.column not in _NAMED else "not_known" if value else "required_missing"
    return RowDefect(number, problem.column, code, value, problem.message if code == "refused" else "")
