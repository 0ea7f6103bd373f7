"""Files of reports that somebody takes on the desk: looked at without a trace, then sent row by row."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from geo.intake import report_file, upload_plan
from geo.intake.report_rows import MOST_ROWS, Sender, events_from_rows
from geo.journal.event import BROUGHT, ID
from geo.model.errors import InputError
from geo.model.messages import with_texts
from geo.model.snapshot import Snapshot
from geo.serving.journal_door import JournalDoor
from layers.desk import file_look
from layers.desk.work_payloads import FileLook, WorkAnswer
from layers.words.language import language
from layers.words.work_wording import REFUSAL
from web import acting

ACTION: Final = "files.upload"
ABOUT: Final = ("visit", "incident")
_CHOSEN: Final = re.compile(r"([a-z_]{1,20}):(-1|\d{1,3})")  # our column, the place of a header
_LATER: Final = frozenset({"supersedes", "version", "withdrawn"})  # fields of edits


def look(
    snapshot: Snapshot, door: JournalDoor, slug: str, code: str, asked: Mapping[str, str], body: bytes
) -> FileLook:
    """Return what a file holds and what taking it would do; it is read and forgotten, nothing is written.

    `asked`: `about`, the file's `name`, `columns` as "arrived:3,left:-1" and `source` where chosen.
    Raises InputError for a file that cannot be read.
    """
    about = asked.get("about", "")
    if about not in ABOUT:
        raise InputError("about is visit or incident")
    file = _read(asked.get("name", ""), about, _chosen(asked.get("columns", "")), body)
    read = report_file.read_rows(file, snapshot, datetime.now(UTC))
    ledger = door.ledger(slug)
    ledger.renew()
    name = Path(asked.get("name", "")).stem
    likely = upload_plan.likely_source(read.rows, about, slug, ledger, name)
    source = upload_plan.source_of(asked["source"]) if asked.get("source", "").strip() else likely
    planned = upload_plan.plan(
        read.rows, about, Sender(slug, source, "@nobody"), snapshot, ledger, door.reader.foreseen,
        lambda areas: acting.allows(ACTION, slug, areas or acting.NO_AREA), read.earlier,
    )  # fmt: skip
    wrong = tuple(sorted((*read.defects, *planned.defects), key=lambda item: item.row))
    rows = {item.row for item in wrong if item.row}
    n = len(rows | set(file.raw.row_numbers.tolist()))
    return file_look.file_look(
        language(code), file.headers, file.columns, report_file.ASKED[about], file.cells_of(rows), n,
        source, upload_plan.file_sources(ledger), replace(planned, defects=wrong), read.remarks,
    )  # fmt: skip


def take(
    snapshot: Snapshot, door: JournalDoor, slug: str, code: str, given: Mapping[str, Any]
) -> tuple[WorkAnswer, int]:
    """Write rows of a file down as the API does, all or none; the same again is no harm.

    `given`: `by`, `about`, `source` and up to 500 `rows`. 409 where something else came under an id before:
    the other rows were taken.
    """
    by, about, source, rows = (acting.actor_name(given.get("by")), *_sent(given))
    events, problems = events_from_rows(rows, about, Sender(slug, source, by), snapshot)
    if problems:
        says = f"{problems[0].column}: {problems[0].message}"
        return {"done": 0, "message": says, "stale": []}, 422
    if not all(
        acting.allows(ACTION, slug, upload_plan.areas_of(row, snapshot) or acting.NO_AREA) for row in rows
    ):
        return _refusal(code, "area", 0, []), 403
    receipts = zip(events, door.append(events), strict=True)
    other = [event.root for event, receipt in receipts if receipt.status == "conflict"]
    if other:
        return _refusal(code, "other", len(events) - len(other), other), 409
    return {"done": len(events), "message": "", "stale": []}, 200


def _refusal(code: str, why: str, done: int, stale: list[str]) -> WorkAnswer:
    return {"done": done, "message": language(code).say(REFUSAL[why]), "stale": stale}


def _read(name: str, about: str, chosen: Mapping[str, int], body: bytes) -> report_file.ReportFile:
    """Return a file read below a name of ours; only the ending of its own counts."""
    suffix = Path(name).suffix.lower()
    with tempfile.TemporaryDirectory(prefix="baqylau-") as folder:
        path = Path(folder) / f"file{suffix if re.fullmatch(r'[.][a-z]{2,10}', suffix) else ''}"
        path.write_bytes(body)
        try:
            return report_file.read_reports(path, about, chosen)
        except InputError as error:
            own = Path(name).name[:80]
            raise type(error)(
                with_texts(error.said, lambda text: own if text == path.name else text)
            ) from None


def _chosen(text: str) -> dict[str, int]:
    return {name: int(place) for name, place in _CHOSEN.findall(text)}


def _sent(given: Mapping[str, Any]) -> tuple[str, str, list[Any]]:
    """Return what rows are about, their source, and the rows. Raises InputError."""
    about, source, rows = given.get("about"), given.get("source"), given.get("rows")
    if about not in ABOUT or not isinstance(rows, list) or not 1 <= len(rows) <= MOST_ROWS:
        raise InputError(f"about is visit or incident, rows a list of 1 to {MOST_ROWS}")
    is_source = isinstance(source, str) and source.startswith(BROUGHT) and ID.fullmatch(source)
    if not isinstance(source, str) or not is_source:
        raise InputError(f"source begins with {BROUGHT}")
    # what a row says of its place is what may be sent: an edit could be of a report of any other place
    if any(isinstance(row, dict) and _LATER & row.keys() for row in rows):
        raise InputError(f"a file brings first versions only: no {', '.join(sorted(_LATER))}")
    return about, source, rows
