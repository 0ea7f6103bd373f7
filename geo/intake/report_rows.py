"""Rows of visits and incidents as they are sent: what each may say, and what is wrong, by row and column."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, Literal

from geo.analysis.live import IncidentReport, ReportError, VisitReport
from geo.analysis.live.incoming_report import (
    LONGEST,
    WITHDRAWN,
    ReportReferences,
    incident_cells,
    visit_cells,
)
from geo.journal.event import HAS_NUL, ID, PERSONAL, Event
from geo.journal.standing_reports import StandingReport, live_report
from geo.model.registry import Registry
from geo.model.reports import Categories, Teams
from geo.model.snapshot import Snapshot
from geo.model.tables import COMPLETENESS, OUTCOMES, OVERALL, PURPOSES, SEVERITIES, STAGES

MOST_ROWS: Final = 500  # in one request
MOST_PROBLEMS: Final = 50  # told of one request
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
Kind = Literal["id", "text", "time", "number", "list", "flag"]


@dataclass(frozen=True, slots=True)
class RowField:
    """What one field of a row may hold. `choices`: its only values; empty for any."""

    kind: Kind
    says: str
    choices: tuple[str, ...] = ()


_EVERY: Final = {
    "id": RowField("id", "the report's own id, chosen by the sender and never used again; required"),
    "version": RowField("id", "the id of this version of the report; 1 if not sent"),
    "supersedes": RowField("id", "the version that this one changes: only the fields sent with it change"),
    "withdrawn": RowField("flag", "true takes the report back; names in supersedes what it takes back"),
    "made_at": RowField("time", "when this version was written, by the sender's clock"),
    "station_id": RowField("text", "a station of the registry"),
    "team_id": RowField("text", "a team of the mission"),
    "observer": RowField("text", "who made it; sealed"),
    "phone": RowField("text", "how to reach them; sealed"),
}
ROW_FIELDS: Final[Mapping[str, Mapping[str, RowField]]] = {
    "visit": {
        **_EVERY,
        "stage": RowField("text", "voting if not sent", STAGES),
        "outcome": RowField("text", "observed if not sent", OUTCOMES),
        "overall": RowField("text", "the overall assessment", OVERALL),
        "purpose": RowField("text", "planned if not sent", PURPOSES),
        "arrived": RowField("time", "with its offset from UTC"),
        "left": RowField("time", "with its offset from UTC"),
        "answered": RowField("list", "categories that the form asked about; * for all"),
        "registered_voters": RowField("number", "voters on the station's list"),
        "voted": RowField("number", "voters who had voted when it was written; counts at closing"),
        "answers": RowField("text", "what was written down; sealed"),
        "lon": RowField("number", "degrees; sealed"),
        "lat": RowField("number", "degrees; sealed"),
    },
    "incident": {
        **_EVERY,
        "category": RowField("text", "a category of the mission; required in a first version"),
        "visit_id": RowField(
            "id", "the id of the sender's visit during which it was seen; it may come later"
        ),
        "area_id": RowField("text", "an area, where no station is known"),
        "severity": RowField("text", "the category's own if not sent", SEVERITIES),
        "stage": RowField("text", "the visit's or the category's own if not sent", STAGES),
        "completeness": RowField("text", "unknown if not sent", COMPLETENESS),
        "occurred": RowField("time", "with its offset from UTC"),
        "text": RowField("text", "what happened; sealed"),
    },
}
_OF_EVENT: Final = frozenset({"id", "version", "supersedes", "withdrawn", "made_at"})
_MAY_BE_NULL: Final = frozenset({"arrived", "left", "occurred", "lon", "lat", "registered_voters", "voted"})


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with one row: counted from 1; `column` "" where the row as a whole is meant."""

    row: int
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends rows: into which mission, as which source, under whose key, perhaps of one team only."""

    mission: str
    source: str
    person: str
    team: str = ""


def events_from_rows(
    rows: Sequence[object], about: str, sender: Sender, snapshot: Snapshot
) -> tuple[list[Event], list[RowProblem]]:
    """Return an event per row, or, if any row is wrong, the problems: a request is taken as a whole."""
    known = _references(snapshot.registry, snapshot.teams, snapshot.categories)
    events: list[Event] = []
    problems: list[RowProblem] = []
    for number, row in enumerate(rows, 1):
        wrong = _misfits(row, about)
        if not wrong and isinstance(row, dict):
            event = _event(row, about, sender)
            wrong = _contradictions(row, event, sender, known)
            events.append(event)
        problems += [RowProblem(number, column, message) for column, message in wrong]
        if len(problems) >= MOST_PROBLEMS:
            break
    return ([] if problems else events), problems[:MOST_PROBLEMS]


@lru_cache(maxsize=4)
def _references(registry: Registry, teams: Teams, categories: Categories) -> ReportReferences:
    return ReportReferences.from_snapshot_parts(registry, teams, categories)


def _misfits(row: object, about: str) -> list[tuple[str, str]]:
    """Return which fields are unknown, missing or of another kind."""
    fields = ROW_FIELDS[about]
    if not isinstance(row, dict):
        return [("", "a row is an object of fields")]
    wrong = [(str(name)[:80], "is no field of this table") for name in row if name not in fields]
    wrong += [
        (name, message)
        for name, value in row.items()
        if name in fields and (message := _misfit(name, value, fields[name]))
    ]
    if "id" not in row:
        wrong.append(("id", "is missing"))
    if row.get("withdrawn") is True and "supersedes" not in row:
        wrong.append(("supersedes", "is missing: a withdrawal names the version that it takes back"))
    if "supersedes" in row and row["supersedes"] == row.get("version", "1"):
        wrong.append(("version", "is the one that it supersedes; a change has a version id of its own"))
    return wrong


def _misfit(name: str, value: object, field: RowField) -> str:
    if value is None and name in _MAY_BE_NULL:
        return ""
    texts = value if isinstance(value, list) else [value]
    if any(isinstance(text, str) and "\0" in text for text in texts):
        return HAS_NUL
    if field.kind == "flag":
        return "" if isinstance(value, bool) else "must be true or false"
    if field.kind == "number":
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        return "" if is_number else "must be a number"
    if field.kind == "list":
        is_list = (
            isinstance(value, list) and len(value) <= 1_000 and all(isinstance(item, str) for item in value)
        )
        return "" if is_list else "must be a list of texts"
    if not isinstance(value, str):
        return "must be a text"
    if field.kind == "time":
        return "" if _is_moment(value) else "must be a time with its offset from UTC: 2005-12-04T09:30+06:00"
    if field.kind == "id":
        return "" if ID.fullmatch(value) else "must be 1 to 100 letters, digits or any of . _ : @ + -"
    if field.choices and value not in field.choices:
        return f"must be one of {', '.join(field.choices)}"
    return "" if len(value) <= LONGEST else f"has more than {LONGEST:,} letters"


def _is_moment(text: str) -> bool:
    try:
        moment = datetime.fromisoformat(text)
        moment.astimezone(UTC)  # beyond year 1 or 9999 there is none
    except (ValueError, OverflowError):
        return False
    return moment.tzinfo is not None


def _event(row: Mapping[str, Any], about: str, sender: Sender) -> Event:
    supersedes = row.get("supersedes", "")
    kind = "withdrawal" if row.get("withdrawn") else "correction" if supersedes else about
    fields = {name: value for name, value in row.items() if name not in _OF_EVENT}
    if sender.team and kind == about:
        fields.setdefault("team_id", sender.team)
    made_at = row.get("made_at", "")
    return Event(
        mission=sender.mission, kind=kind, about=about, source=sender.source, root=row["id"],
        version=row.get("version", "1"), supersedes=supersedes, person=sender.person,
        # edits are put in order by it: one spelling for one moment
        made_at=datetime.fromisoformat(made_at).astimezone(UTC).isoformat() if made_at else "",
        body={name: value for name, value in fields.items() if name not in PERSONAL},
        private={name: value for name, value in fields.items() if name in PERSONAL},
    )  # fmt: skip


def _contradictions(
    row: Mapping[str, Any], event: Event, sender: Sender, known: ReportReferences
) -> list[tuple[str, str]]:
    """Return what this mission knows nothing of; of an edit only the fields that it sends are looked at."""
    if sender.team and row.get("team_id", sender.team) != sender.team:
        return [("team_id", f"must be {sender.team}: this key is for one team")]
    key, is_first = event.report, event.kind == event.about
    values: dict[str, Any] = {**event.body, **event.private}
    if event.about == "incident":
        values.setdefault("category", "" if is_first else next(iter(known.categories), ""))
    if not is_first:
        # the rest of the report is not here: only a withdrawal may say so little
        values["verification"] = WITHDRAWN
    stood = StandingReport(key, values, EPOCH, 0)
    try:
        report = live_report(stood, event.root, "" if is_first else event.supersedes)
        if isinstance(report, VisitReport):
            visit_cells(report, known)
        elif isinstance(report, IncidentReport):
            incident_cells(report, known)
    except ReportError as error:
        message = str(error).partition(": ")[2]
        return [(_column(message), message)]
    return []


def _column(message: str) -> str:
    """Return the column that a refusal speaks of: its first word, or the station that is not there."""
    if message.startswith("no station"):
        return "station_id"
    first = re.match(r"\w+", message)
    return first[0] if first else ""
