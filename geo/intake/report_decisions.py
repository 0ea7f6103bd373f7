"""What somebody decides about reports: each checked against where it stands now, all taken or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.intake.report_rows import MOST_ROWS
from geo.journal.event import HAS_NUL, ID, Event
from geo.journal.report_ledger import ReportLedger
from geo.journal.report_life import DECISIONS, FILES, Life, lacking, life_in_file, refusal
from geo.model.columns import whole
from geo.model.errors import InputError
from geo.model.snapshot import Snapshot
from geo.model.tables import PUBLICATIONS, VERIFICATIONS

LONGEST_REASON: Final = 2_000  # characters
_DEEPEST: Final = 10  # areas within areas; a file whose parents go in a circle must not hold up a request


@dataclass(frozen=True, slots=True)
class SeenReport:
    """A report as whoever decides has it on screen: the last version of it, and of what was sent."""

    about: str
    report_id: str
    head: str
    content: str


@dataclass(frozen=True, slots=True)
class ReportDecision:
    """One decision about one or many reports. `version`: chosen by who sends it, the same when sent again."""

    version: str
    decision: str
    reason: str
    to: str
    reports: tuple[SeenReport, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing was decided: the report, a word of `report_life.Refusal` or "gone", where it stands now."""

    report: SeenReport
    why: str
    life: Life


def decision_of(given: Mapping[str, Any]) -> ReportDecision:
    """Return what a request asks for. Raises InputError for what cannot be understood."""
    texts = {name: given.get(name, "") for name in ("id", "decision", "reason", "to")}
    if not all(isinstance(text, str) for text in texts.values()) or len(texts["reason"]) > LONGEST_REASON:
        raise InputError(
            f"id, decision, reason and to are texts; a reason has up to {LONGEST_REASON} letters"
        )
    if column := next((name for name, text in texts.items() if "\0" in text), ""):
        raise InputError(f"{column} {HAS_NUL}")
    if not ID.fullmatch(texts["id"]):
        raise InputError("id is chosen by the sender: 1 to 100 letters, digits or any of . _ : @ + -")
    if texts["decision"] not in DECISIONS:
        raise InputError(f"decision is one of {', '.join(DECISIONS)}")
    rows = given.get("reports")
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_ROWS:
        raise InputError(f"reports is a list of 1 to {MOST_ROWS}")
    return ReportDecision(
        texts["id"], texts["decision"], texts["reason"], texts["to"].strip(), tuple(map(_seen, rows))
    )


def person_id(name: str) -> str:
    """Return a name as the journal writes it down: without spaces. Raises InputError for no name.

    >>> person_id(" Aigul  S. ")
    'Aigul.S.'
    """
    person = ".".join(name.split())
    if not ID.fullmatch(person) or len(person) > 60:
        raise InputError("a name has up to 60 letters, digits or any of . _ : @ + -")
    return person


def rows_of(snapshot: Snapshot, about: str, report_ids: Sequence[str]) -> dict[str, int]:
    """Return the rows of these ids in a snapshot's table; what is not there is left out."""
    names = whole(snapshot.visits.visit_id if about == "visit" else snapshot.incidents.incident_id)
    is_asked = pc.is_in(names, value_set=pa.array(list(report_ids), names.type))
    rows = np.flatnonzero(is_asked.to_numpy(zero_copy_only=False))
    return dict(zip(names.take(pa.array(rows)).to_pylist(), rows.tolist(), strict=True))


def own_ids(shown: Snapshot, whole: Snapshot, about: str, report_ids: Sequence[str]) -> dict[str, str]:
    """Return reports' own ids by those under which somebody is shown them; "" for what is not shown.

    `shown`: what they may see of the `whole` snapshot, row for row.
    """
    if shown is whole:
        return {name: name for name in report_ids}
    column = whole.visits.visit_id if about == "visit" else whole.incidents.incident_id
    rows = rows_of(shown, about, report_ids)
    return {name: column[rows[name]].as_py() if name in rows else "" for name in report_ids}


def life_of_row(snapshot: Snapshot, about: str, row: int) -> Life:
    """Return where a report stands by its columns alone."""
    table = snapshot.visits if about == "visit" else snapshot.incidents
    verification = VERIFICATIONS[int(table.verification[row])]
    return life_in_file(verification, "private" if about == "visit" else _publication(snapshot, row))


def decision_events(
    request: ReportDecision, by: str, mission: str, ledger: ReportLedger, snapshot: Snapshot, now: datetime
) -> tuple[list[Event], list[Refused]]:
    """Return the events of a decision, or, if any report refuses it, which and why.

    `ledger`: renewed, its `turn` held until the events are written. What has this decision already is
    passed over: the same sent again is no harm.
    """
    rows = {
        about: rows_of(snapshot, about, [seen.report_id for seen in request.reports if seen.about == about])
        for about in ("visit", "incident")
    }
    events: list[Event] = []
    refused: list[Refused] = []
    ledger.foresee({ledger.key_of(seen.about, seen.report_id) for seen in request.reports})
    for seen in request.reports:
        key, row = ledger.key_of(seen.about, seen.report_id), rows[seen.about].get(seen.report_id)
        if ledger.has(key, request.version):
            continue
        life = ledger.life(key) or (Life() if row is None else life_of_row(snapshot, seen.about, row))
        if row is None and key[1] == FILES:
            refused.append(Refused(seen, "gone", life))
        elif (seen.head, seen.content) != (life.head, life.content):
            refused.append(Refused(seen, "stale", life))
        elif why := (
            refusal(life, request.decision, seen.about, by)
            or lacking(request.decision, request.reason, request.to)
        ):
            refused.append(Refused(seen, why, life))
        else:
            body: dict[str, Any] = {"decision": request.decision, "content": life.content}
            if request.decision == "assign":
                body["to"] = request.to
            if key[1] == FILES and row is not None:
                body |= {"report": seen.report_id, **_columns(snapshot, seen.about, row)}
            events.append(
                Event(
                    mission=mission, kind="decision", about=seen.about, source=key[1], root=key[3],
                    version=request.version, supersedes=life.head, person=by, body=body,
                    private={"reason": request.reason} if request.reason.strip() else {},
                    made_at=now.astimezone(UTC).isoformat(),
                )
            )  # fmt: skip
    return ([] if refused else events), refused


def area_chain(snapshot: Snapshot, about: str, report_id: str) -> tuple[str, ...]:
    """Return the ids of the area that a report is of and of those it lies in; none where it has no area."""
    row = rows_of(snapshot, about, [report_id]).get(report_id, -1)
    table = snapshot.visits if about == "visit" else snapshot.incidents
    area = int(table.area[row]) if row >= 0 else -1
    return areas_above(snapshot, area)


def areas_above(snapshot: Snapshot, area: int) -> tuple[str, ...]:
    """Return the ids of an area, given as a row of the registry's, and of all it lies in."""
    areas, chain = snapshot.registry.areas, list[str]()
    while area >= 0 and len(chain) < _DEEPEST:
        chain.append(areas.area_id[area])
        area = int(areas.parent[area])
    return tuple(chain)


def _seen(row: object) -> SeenReport:
    names = ("about", "id", "head", "content")
    if not isinstance(row, dict) or not all(isinstance(row.get(name), str) for name in names):
        raise InputError("each of reports has about, id, head and content, as the inbox gave them")
    if row["about"] not in ("visit", "incident"):
        raise InputError("about is visit or incident")
    return SeenReport(row["about"], row["id"], row["head"], row["content"])


def _columns(snapshot: Snapshot, about: str, row: int) -> dict[str, str]:
    table = snapshot.visits if about == "visit" else snapshot.incidents
    columns = {"verification": VERIFICATIONS[int(table.verification[row])]}
    return columns if about == "visit" else columns | {"publication": _publication(snapshot, row)}


def _publication(snapshot: Snapshot, row: int) -> str:
    return PUBLICATIONS[int(snapshot.incidents.publication[row])]
