"""Which column of a source is which of ours, and what to do with several categories in one cell."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from geo.model.columns import IntArray
from geo.model.table_source import TableSource
from geo.model.tables import LANGUAGE, Raw, Table
from geo.model.text_cells import cells_of
from geo.reading import defects, parse_values
from geo.reading.header_guesses import MOST_TITLE_ROWS, header_row_hint, suggest
from geo.reading.parse_values import Issue
from geo.reading.rejects import Finding

SAME: Final = "same_mention_as"


def match_columns(raw: Raw, table: Table, source: TableSource) -> tuple[dict[str, str], pd.DataFrame]:
    """Return our column → header of the file, and defects of the file as a whole, at row 0.

    A header that mission.toml maps goes before one that has our column's name, whatever its case.
    """
    present = [str(header) for header in raw.cells.columns]
    folded: dict[str, list[str]] = {}
    for header in present:
        folded.setdefault(header.strip().casefold(), []).append(header)
    headers: dict[str, str] = {}
    reports: list[tuple[str, str, str, str]] = []
    for name in table.names:
        wanted = source.columns.get(name)
        same = [wanted] if wanted in present else folded.get((wanted or name).strip().casefold(), [])
        if same:
            headers[name] = name if wanted is None and name in same else str(same[0])
        if len(same) > 1 and headers[name] != name:
            reports.append(("column_ambiguous", name, ", ".join(map(str, same)), "one column of this name"))
        if wanted and not same:
            reports.append(("column_not_found", name, wanted, f"one of {_some(present)}"))
    reports += _of_another_language(table, headers, present)
    reports += _missing_columns(raw, table, source, headers, present)
    beside = {"day_column": source.day_column, "parent_name": source.parent_name}
    reports += _unused_columns(table, headers, [name for name in present if name not in beside.values()])
    for setting, header in beside.items():
        if header and header not in present:
            reports.append(("column_not_found", setting, header, f"one of {_some(present)}"))
    reports += [("file_note", "", note, "") for note in raw.notes]
    frames = [
        defects.defects_at(
            code, table=table.name, file=raw.file, rows=[0], column=column, values=[value], expected=right
        )
        for code, column, value, right in reports
    ]
    return headers, defects.concat(frames)


def _of_another_language(
    table: Table, headers: dict[str, str], present: list[str]
) -> list[tuple[str, str, str, str]]:
    """Let a text that is there in other languages only stand for the English one."""
    reports = []
    for column in table.columns:
        stem, _, code = column.name.rpartition("_")
        if not column.required or code != "en" or column.name in headers:
            continue
        other = next((name for name in present if _is_translation(name, stem)), None)
        if other is not None:
            headers[column.name] = other
            reports.append(("text_of_other_language", column.name, other, f"{column.name}, if there is one"))
    return reports


def _is_translation(header: str, stem: str) -> bool:
    name, _, code = header.strip().casefold().rpartition("_")
    return name == stem and LANGUAGE.fullmatch(code) is not None


def _missing_columns(
    raw: Raw, table: Table, source: TableSource, headers: Mapping[str, str], present: list[str]
) -> list[tuple[str, str, str, str]]:
    can_do_without = {"geometry"} if raw.geometry is not None else set()
    if "station_id" in headers or table.name == "assignments":
        can_do_without |= {"station_id"}
    if source.area_from_point:
        can_do_without |= {"area_id"}
    known = headers.keys() | can_do_without
    missing = [column for column in table.columns if column.required and column.name not in known]
    if not missing:
        return []
    likely = suggest([header for header in present if header not in headers.values()], table)
    reports = []
    for column in missing:
        guess = f'; is it "{likely[column.name]}"?' if column.name in likely else ""
        right = f"a column {column.name} ({column.says}), or {column.name} mapped in mission.toml{guess}"
        has_points = raw.geometry is not None or {"lon", "lat"} <= headers.keys()
        if column.name == "area_id" and table.name == "stations" and has_points:
            right += "; or area_from_point = true in [tables.stations]"
        reports.append(("column_missing", column.name, _some(present), right))
    first = {
        int(row): [str(cell) for cell in raw.cells.iloc[at]]
        for at, row in enumerate(raw.row_numbers[:MOST_TITLE_ROWS])
    }
    if hint := header_row_hint(first, table.name):
        code, name, shown, right = reports[0]
        reports[0] = (code, name, shown, f"{right}{hint}")
    elif likely:  # one reading of the message is then enough for the whole file
        code, name, shown, right = reports[-1]
        reports[-1] = (code, name, shown, f"{right}{_whole_guess(table, likely)}")
    return reports


def _whole_guess(table: Table, likely: Mapping[str, str]) -> str:
    """Return every column that could be guessed, as lines to paste into mission.toml."""
    lines = [
        f"    {name} = {json.dumps(likely[name], ensure_ascii=False)}"
        for name in table.names
        if name in likely
    ]
    heading = (
        f"\n  A guess at the whole file, to be read before it is pasted:\n    [tables.{table.name}.columns]\n"
    )
    return heading + "\n".join(lines)


def _unused_columns(
    table: Table, headers: Mapping[str, str], present: list[str]
) -> list[tuple[str, str, str, str]]:
    left = [header for header in present if header not in headers.values()]
    likely = {header: column for column, header in suggest(left, table).items() if column not in headers}
    return [
        (
            "column_unknown",
            header,
            header,
            f'{likely[header]} = "{header}" in mission.toml, if that is what it is',
        )
        if header in likely
        else ("column_unknown", header, header, "left out, or mapped in mission.toml if it is one of ours")
        for header in left
    ]


def _some(names: list[str], most: int = 12) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def split_rows(
    raw: Raw, table: Table, source: TableSource, headers: dict[str, str]
) -> tuple[Raw, dict[str, str], Finding | None]:
    """Return the file with one row per category where the mission asks for that, and its headers."""
    if table.name != "incidents" or not source.split or "category" not in headers:
        return raw, headers, None
    cells = cells_of(raw.cells[headers["category"]])
    several = np.flatnonzero(parse_values.matches(cells, re.escape(source.split)))
    if not len(several):
        return raw, headers, None
    parts = [
        list(dict.fromkeys(part.strip() for part in text.split(source.split) if part.strip())) or [""]
        for text in parse_values.texts_at(cells, several)
    ]
    counts = np.ones(len(cells), dtype=np.int64)
    counts[several] = [len(part) for part in parts]
    origin = np.repeat(np.arange(len(cells)), counts)
    nth = np.arange(len(origin)) - np.repeat(np.cumsum(counts) - counts, counts)
    table_cells = raw.cells.iloc[origin].reset_index(drop=True)
    headers, table_cells = _own_ids(headers, table_cells)
    at = np.flatnonzero(np.isin(origin, several))
    table_cells = _with_parts(
        table_cells, headers, at, [category for part in parts for category in part], nth
    )
    many = np.flatnonzero((counts[origin] > 1) & (nth == 0))
    right = np.array([f"{counts[origin[place]]} rows, one for each" for place in many], dtype=object)
    wider = replace(
        raw,
        cells=table_cells,
        row_numbers=raw.row_numbers[origin],
        geometry=None if raw.geometry is None else raw.geometry[origin],
    )
    shown = parse_values.texts_at(cells, origin[many])
    finding = Finding("category", Issue("categories_split", many, right), shown) if len(many) else None
    return wider, headers, finding


def _own_ids(headers: dict[str, str], cells: pd.DataFrame) -> tuple[dict[str, str], pd.DataFrame]:
    """Give incident_id a column of its own where it is read from one that is something else as well.

    A form's timestamp may serve as its id: the id of a later part gets "#2", its time does not.
    """
    header = headers.get("incident_id")
    if header is None or list(headers.values()).count(header) < 2:
        return headers, cells
    own = "incident_id"
    while own in cells:
        own += "_"
    return {**headers, "incident_id": own}, cells.assign(**{own: cells[header]})


def _with_parts(
    cells: pd.DataFrame, headers: Mapping[str, str], at: IntArray, parts: list[str], nth: IntArray
) -> pd.DataFrame:
    """Return the repeated rows with one category each, their own ids, and a pointer to the first."""
    category = cells[headers["category"]].astype("str").to_numpy(dtype=object, copy=True)
    category[at] = parts
    changed = {headers["category"]: pd.Series(category, dtype="str")}
    later = np.flatnonzero(nth > 0)
    if "incident_id" in headers:
        ids = cells[headers["incident_id"]].astype("str").to_numpy(dtype=object, copy=True)
        same = np.full(len(ids), "", dtype=object)
        same[later] = ids[later]
        ids[later] = [f"{incident_id}#{n + 1}" for incident_id, n in zip(ids[later], nth[later], strict=True)]
        changed[headers["incident_id"]] = pd.Series(ids, dtype="str")
        if SAME not in headers:
            changed[SAME] = pd.Series(same, dtype="str")
    return cells.assign(**changed)
