"""What the desk is told of a file of reports: its columns, what would become of its rows, what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from geo.intake.upload_plan import RowDefect, UploadPlan
from layers.desk.work_payloads import FileColumn, FileDefect, FileLook
from layers.words.language import Language
from layers.words.upload_wording import COLUMN, DEFECT

_LONGEST: Final = 80  # letters of a cell that is shown
_REASON: Final = ("row", "column", "value", "reason")  # before the cells of a row that is not taken


def file_look(
    language: Language,
    headers: Sequence[str],
    columns: Mapping[str, str],
    asked: Iterable[str],
    cells: Mapping[int, Sequence[str]],
    n: int,
    source: str,
    sources: Sequence[str],
    planned: UploadPlan,
    odd: Sequence[RowDefect],
) -> FileLook:
    """Return what a file holds and what taking it would do.

    `columns`: our column → header; `asked`: all of ours; `cells`: number of a row → its cells, of the first
    row and of all that are not taken; `n`: rows of the file.
    """
    places = {name: headers.index(header) for name, header in columns.items()}
    example = next(iter(cells.values()), ())
    rows = {item.row for item in planned.defects if item.row}
    return {
        "headers": [_short(header) for header in headers],
        "columns": [_column(language, name, places.get(name, -1), example) for name in asked],
        "unused": [_short(header) for header in headers if header not in columns.values()],
        "source": source,
        "sources": list(sources),
        "n": n,
        "fresh": list(planned.fresh),
        "known": planned.known,
        "wrong": len(rows),
        "defects": [_defect(language, item, columns, 1) for item in planned.defects],
        "odd": _grouped(language, odd, columns),
        "rejects": _rejects(language, headers, columns, planned.defects, cells),
    }


def _column(language: Language, name: str, place: int, example: Sequence[str]) -> FileColumn:
    shown = _short(example[place]) if 0 <= place < len(example) else ""
    return {"name": name, "title": language.say(COLUMN[name]), "place": place, "example": shown}


def _defect(language: Language, item: RowDefect, columns: Mapping[str, str], n: int) -> FileDefect:
    says = DEFECT.get(item.code)
    detail = item.expected if says else " ".join(filter(None, (item.english, item.expected)))
    title = columns.get(item.column) or (
        language.say(COLUMN[item.column]) if item.column in COLUMN else item.column
    )
    return {
        "row": item.row, "n": n, "column": _short(title), "value": _short(item.value),
        "says": language.say(says) if says else "", "detail": detail,
    }  # fmt: skip


def _grouped(language: Language, odd: Sequence[RowDefect], columns: Mapping[str, str]) -> list[FileDefect]:
    """Return the first of every kind, with how many there are."""
    groups: dict[tuple[str, str], list[RowDefect]] = {}
    for item in odd:
        groups.setdefault((item.code, item.column), []).append(item)
    return [_defect(language, items[0], columns, len(items)) for items in groups.values()]


def _rejects(
    language: Language,
    headers: Sequence[str],
    columns: Mapping[str, str],
    wrong: Sequence[RowDefect],
    cells: Mapping[int, Sequence[str]],
) -> dict[str, Any]:
    """Return the rows that are not taken, each once, with its reasons and its cells as the file has them."""
    by_row: dict[int, list[RowDefect]] = {}
    for item in wrong:
        if item.row:
            by_row.setdefault(item.row, []).append(item)
    lines = []
    for row, items in sorted(by_row.items()):
        spelled = [_defect(language, item, columns, 1) for item in items]
        reasons = "; ".join(" ".join(filter(None, (item["says"], item["detail"]))) for item in spelled)
        kept = cells.get(row) or (items[0].value,)
        lines.append([row, spelled[0]["column"], spelled[0]["value"], reasons, *kept])
    return {"names": [*_REASON, *headers], "rows": lines}


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
