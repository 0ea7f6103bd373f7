"""A file of visits or findings that somebody brought: columns guessed, rows as the API takes them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson
import pandas as pd

from geo.intake.report_rows import ROW_FIELDS
from geo.intake.upload_plan import RowDefect
from geo.journal.event import digest, root_of
from geo.model.snapshot import Snapshot
from geo.model.table_source import TableSource
from geo.model.tables import BY_NAME, Raw
from geo.reading import conforming, defects, header_guesses, readers
from geo.reading.known_places import places_of_registry
from geo.reading.readers import READERS, UPLOAD, Limits

SUFFIXES: Final = tuple(sorted({suffix for reader in READERS for suffix in reader.suffixes}))
MOST_ROWS: Final = 10_000  # of one file: a day's forms of a large mission
LARGEST: Final = 8 << 20  # bytes; ten thousand reports with their texts take less
BROUGHT: Final[Limits] = replace(
    UPLOAD, body_bytes=LARGEST, unpacked_bytes=64 << 20, rows=MOST_ROWS, columns=300
)
_PLACE: Final = ("station_id", "area_id", "number", "stream")
# Our fields as the table of files has them: what the API takes, and what the file alone can say of a row.
_SENT: Final[Mapping[str, tuple[str, ...]]] = {
    about: tuple(name for name in fields if BY_NAME[f"{about}s"].has(name) and name != "supersedes")
    for about, fields in ROW_FIELDS.items()
}
ASKED: Final[Mapping[str, tuple[str, ...]]] = {
    about: (f"{about}_id", *dict.fromkeys((*_PLACE, *sent)), "supersedes", "verification")
    for about, sent in _SENT.items()
}
# What two rows without an id share if they are the same report: nothing that says something of a person.
_KEY: Final[Mapping[str, tuple[str, ...]]] = {
    "visit": ("station_id", "team_id", "stage", "arrived"),
    "incident": ("station_id", "area_id", "visit_id", "team_id", "category", "occurred"),
}
# A cell that would be left empty: once written down, the row could not be mended any more.
_LOST: Final = re.compile(r".*_(?:unreadable|unknown|ambiguous|nonexistent)|coordinate_.*|coordinates_.*")
_LOST_PLACE: Final = frozenset({"station_id_form", "number_without_area", "number_not_unique"})


@dataclass(frozen=True, eq=False, slots=True)
class ReportFile:
    """A file as read, `about` visit or incident. `columns`: our column → the file's header."""

    raw: Raw
    about: str
    columns: Mapping[str, str]

    @property
    def headers(self) -> list[str]:
        """The file's headers, in its order."""
        return [str(name) for name in self.raw.cells.columns]

    def cells_of(self, rows: set[int]) -> dict[int, list[str]]:
        """Return the cells of the first row and of these, by number; of those the reader set aside none."""
        at = [place for place, row in enumerate(self.raw.row_numbers.tolist()) if not place or row in rows]
        taken = self.raw.cells.iloc[at].astype("str").to_numpy().tolist()
        return {int(self.raw.row_numbers[place]): cells for place, cells in zip(at, taken, strict=True)}


@dataclass(frozen=True, slots=True)
class ReadRows:
    """The rows of a file: those the API may take, with their number, and what is wrong with others.

    `earlier`: number of a row → ids of the reports it corrects, the last first. `remarks`: what is odd about
    rows or the file and hinders nothing.
    """

    rows: tuple[tuple[int, dict[str, Any]], ...]
    earlier: Mapping[int, tuple[str, ...]]
    defects: tuple[RowDefect, ...]
    remarks: tuple[RowDefect, ...]


def read_reports(path: Path, about: str, chosen: Mapping[str, int] | None = None) -> ReportFile:
    """Return a file of reports, its columns guessed where they are not chosen.

    `chosen`: our column → place of the header in the file, -1 for none.
    Raises InputError, and RefusedError for a file that is hostile or over a limit.
    """
    table = BY_NAME[f"{about}s"]
    raw = readers.read(TableSource(table.name, path), limits=BROUGHT)
    headers = [str(name) for name in raw.cells.columns]
    guessed = header_guesses.suggest(headers, table)
    columns = {name: guessed[name] for name in ASKED[about] if name in guessed}
    for name, place in (chosen or {}).items():
        columns.pop(name, None)
        if name in ASKED[about] and 0 <= place < len(headers):
            columns[name] = headers[place]
    return ReportFile(raw, about, columns)


def read_rows(file: ReportFile, snapshot: Snapshot, now: datetime) -> ReadRows:
    """Return the rows of a file as the API takes them; a row is in `rows` or named in `defects`.

    A row without an id of its own gets one of its station, team and time, the same whenever it is read.
    """
    conformed = _conformed(file, snapshot, now)
    noticed = [_defect(item) for item in conformed.defects.to_dict("records")]
    wrong = [item for item in noticed if _rejects(item.code)]
    named = {item.row for item in wrong}
    missing = next((item for item in noticed if item.code == "column_missing"), None)
    wrong += [
        RowDefect(int(row), missing.column if missing else "", "column_missing")
        for row in conformed.rejects["row"]
        if int(row) not in named
    ]
    named |= {item.row for item in wrong}
    frame, own_id = conformed.frame, f"{file.about}_id"
    good = frame[~frame["row"].isin(list(named))]
    corrects = {
        str(own): str(old) for own, old in zip(frame[own_id], frame["supersedes"], strict=True) if old
    }
    rows, more = _rows(good, file, corrects)
    earlier = {number: _chain(own, corrects) for number, own in zip(good["row"], good[own_id], strict=True)}
    remarks = tuple(item for item in noticed if not _rejects(item.code))
    return ReadRows(rows, earlier, (*wrong, *more), remarks)


def _conformed(file: ReportFile, snapshot: Snapshot, now: datetime) -> conforming.Conformed:
    """Return the columns understood as a mission's own file would be, with the words of its mission.toml."""
    raw, table, mission = file.raw, BY_NAME[f"{file.about}s"], snapshot.mission
    cells = pd.DataFrame(
        {name: raw.cells[header] for name, header in file.columns.items()}, index=raw.cells.index
    )
    own_id = f"{file.about}_id"
    if own_id not in cells:
        numbered = [f"row {row}" for row in raw.row_numbers]
        cells = cells.assign(**{own_id: pd.Series(numbered, dtype="str", index=cells.index)})
    own = next((source for source in mission.tables if source.table == table.name), None)
    source = TableSource(table.name, Path(raw.file))
    if own is not None:
        source = replace(source, values=own.values, split=own.split, number_width=own.number_width)
    places = places_of_registry(snapshot.registry, mission)
    return conforming.conform(replace(raw, cells=cells), table, mission, source, now, places=places)


def _rejects(code: str) -> bool:
    is_rejected = defects.severity_of(code) in ("rejected", "stops")
    return is_rejected or code in _LOST_PLACE or _LOST.fullmatch(code) is not None


def _defect(item: Mapping[Any, Any]) -> RowDefect:
    code = str(item["code"])
    english = defects.KINDS[code].says if code in defects.KINDS else code
    value, expected = str(item["value"]), str(item["expected"])
    if code == "file_note":  # a sentence, not a cell
        value, expected = "", value
    elif code == "column_missing":  # speaks of mission.toml
        value, expected = "", ""
    return RowDefect(int(item["row"]), str(item["column"]), code, value, expected, english)


def _chain(own: str, corrects: Mapping[str, str]) -> tuple[str, ...]:
    """Return the root ids of what a report corrects, and of what that corrects."""
    chain: list[str] = []
    while (own := corrects.get(own, "")) and own not in chain:
        chain.append(own)
    return tuple(root_of(name) for name in chain)


def _rows(
    frame: pd.DataFrame, file: ReportFile, corrects: Mapping[str, str]
) -> tuple[tuple[tuple[int, dict[str, Any]], ...], list[RowDefect]]:
    """Return rows as they are sent; those taken back, corrected by another row, or there twice are not."""
    about, wrong = file.about, list[RowDefect]()
    records, corrected = frame.to_dict("records"), set(corrects.values())
    has_ids = f"{about}_id" in file.columns
    rows: list[tuple[int, dict[str, Any]]] = []
    first_of: dict[bytes, int] = {}
    nth: Counter[bytes] = Counter()
    for cells in records:
        number, own = int(cells["row"]), str(cells[f"{about}_id"])
        if cells["verification"] == "withdrawn":
            wrong.append(RowDefect(number, "verification", "withdrawn"))
        elif own in corrected and has_ids:
            wrong.append(RowDefect(number, f"{about}_id", "corrected", own))
        else:
            fields = dict(_fields(cells, about))
            if not has_ids:
                key, whole = _spelled(fields, _KEY[about]), _spelled(fields, _SENT[about])
                if (first := first_of.setdefault(whole, number)) != number:
                    wrong.append(RowDefect(number, "", "repeated", expected=f"row {first}"))
                    continue
                nth[key] += 1
                own = f"row:{digest(key + str(nth[key]).encode())[:40]}"
            rows.append((number, {"id": root_of(own), **fields}))
    return tuple(rows), wrong


def _spelled(fields: Mapping[str, Any], names: tuple[str, ...]) -> bytes:
    return orjson.dumps([fields.get(name) for name in names])


def _fields(cells: Mapping[Any, Any], about: str) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a row that say something, as JSON has them."""
    for name in _SENT[about]:
        value, kind = cells[name], ROW_FIELDS[about][name].kind
        if pd.isna(value) or value == "" or (name == "area_id" and cells["station_id"]):
            continue
        match kind:
            case "time":
                yield name, value.isoformat()
            case "list":
                yield name, str(value).split(";")
            case "number":
                yield name, int(value) if float(value).is_integer() else float(value)
            case "id":
                yield name, root_of(str(value))
            case _:
                yield name, str(value)
