"""What mission.toml says of a file's rows before they are understood: left out, made of columns, the same.

`where` and `where_not` leave rows out, `findings` makes a row of every column that reports one, `constants`
give all rows one value. Each is told with its count; the file itself is never changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.model.columns import BoolArray
from geo.model.table_source import TableSource
from geo.model.tables import Raw
from geo.model.text_cells import Cells, cells_of
from geo.reading import defects, parse_values, vocabulary
from geo.reading.parse_values import fold

_CONDITION: Final = re.compile(r"(!=|<=|>=|<|>|=)\s*(.*)", re.DOTALL)
_COMPARED: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": lambda cell, limit: cell < limit,
    "<=": lambda cell, limit: cell <= limit,
    ">": lambda cell, limit: cell > limit,
    ">=": lambda cell, limit: cell >= limit,
}
_MOST_ROWS: Final = 5  # named of those left out
Reports = list[pd.DataFrame]


def declared_rows(raw: Raw, source: TableSource) -> tuple[Raw, TableSource, Reports]:
    """Return a file's rows as mission.toml declares them, the settings that are left, and what was done."""
    reports: Reports = []
    for key, conditions in (("where", source.where), ("where_not", source.where_not)):
        for header, wanted in conditions.items():
            raw = _kept(raw, source, key, header, wanted, reports)
    if source.findings:
        make = _incidents_of_columns if source.table == "incidents" else _answered_of_columns
        raw, source = make(raw, source, reports)
    for name, value in source.constants.items():
        _report_constant(raw, source, name, value, reports)
        raw = _with_column(raw, name, [value] * len(raw.cells))
    return raw, source, reports


def _report(
    reports: Reports,
    code: str,
    raw: Raw,
    source: TableSource,
    column: str,
    value: str,
    expected: str,
    row: int = 0,
) -> None:
    reports.append(
        defects.defects_at(
            code,
            table=source.table,
            file=raw.file,
            rows=[row],
            column=column,
            values=[value],
            expected=expected,
        )
    )


def _report_constant(raw: Raw, source: TableSource, name: str, value: str, reports: Reports) -> None:
    """Report a column that every row has alike, and how many rows of the file say something else in it."""
    stated = f"all {len(raw.cells):,} rows have it, as constants in mission.toml says"
    if name in raw.cells.columns:
        cells = pd.Series(cells_of(raw.cells[name]).to_pylist(), dtype="str").str.strip()
        others = int((~cells.isin(["", value])).sum())
        stated += f"; {others:,} of them say something else in the file" if others else ""
    _report(reports, "constant_column", raw, source, name, value, stated)


def _cells(raw: Raw, source: TableSource, key: str, header: str, reports: Reports) -> Cells | None:
    if header in raw.cells.columns:
        return cells_of(raw.cells[header])
    shown = ", ".join(str(name) for name in list(raw.cells.columns)[:12])
    _report(reports, "column_not_found", raw, source, key, header, f"one of {shown}")
    return None


def _kept(
    raw: Raw, source: TableSource, key: str, header: str, wanted: tuple[str, ...], reports: Reports
) -> Raw:
    """Return the rows that a condition keeps, and report how many it leaves out."""
    cells = _cells(raw, source, key, header, reports)
    if cells is None:
        return raw
    every = np.arange(len(cells))
    fits = parse_values.each_distinct(
        cells, every, lambda text: any(is_so(text, item, source.decimal) for item in wanted)
    )[0]
    remaining = fits.astype(bool) == (key == "where")
    rows = raw.row_numbers[~remaining]
    named = ", ".join(str(row) for row in rows[:_MOST_ROWS]) + (", …" if len(rows) > _MOST_ROWS else "")
    shown = f"{header} {' or '.join(wanted)}"
    if len(rows):
        stated = (
            f"{len(rows):,} of {len(remaining):,} rows left out (rows {named}), as {key} in mission.toml says"
        )
        _report(reports, "rows_left_out", raw, source, key, shown, stated)
    else:
        _report(reports, "condition_idle", raw, source, key, shown, "a condition that some row does not meet")
    return _rows(raw, np.flatnonzero(remaining))


def is_so(cell: str, condition: str, decimal: str = ".") -> bool:
    """Return whether a cell meets one condition: equal text, or != < <= > >= and a number or text.

    `decimal`: the mark in the file's numbers; mission.toml may write them with either. What is no number is
    neither more nor less than one.

    >>> is_so("0", "0"), is_so(" test ", "test"), is_so("3", "> 2"), is_so("", "!= 0"), is_so("x", "> 2")
    (True, True, True, True, False)
    >>> is_so("3,5", "> 2", ","), is_so("3,5", "<= 3.5", ","), is_so("3,5", "> 2")
    (True, True, False)
    """
    text, comparison = cell.strip(), _CONDITION.fullmatch(condition.strip())
    if comparison is None:
        return text == condition.strip()
    mark, right = comparison[1], comparison[2].strip()
    if mark in ("=", "!="):
        return (text == right) == (mark == "=")
    try:
        numbers = (side.replace(decimal or ".", ".") for side in (text, right))
        return _COMPARED[mark](*map(float, numbers))
    except ValueError:
        return False


def _rows(raw: Raw, at: npt.NDArray[np.int64]) -> Raw:
    return replace(
        raw,
        cells=raw.cells.iloc[at].reset_index(drop=True),
        row_numbers=raw.row_numbers[at],
        geometry=None if raw.geometry is None else raw.geometry[at],
    )


def _with_column(raw: Raw, name: str, values: list[str]) -> Raw:
    """Return a file with a column of our own; one of its own of that name is called otherwise."""
    taken = {str(item): f"{item} (of the file)" for item in raw.cells.columns if _same(str(item), name)}
    cells = raw.cells.rename(columns=taken) if taken else raw.cells
    return replace(raw, cells=cells.assign(**{name: pd.Series(values, dtype="str", index=cells.index)}))


def _same(header: str, name: str) -> bool:
    return header.strip().casefold() == name


def _header_of(raw: Raw, source: TableSource, name: str) -> str:
    """Return the header under which a column of ours stands in the file, "" if it is not there."""
    wanted = source.columns.get(name, name)
    return next((str(item) for item in raw.cells.columns if item == wanted or _same(str(item), wanted)), "")


def _without_columns(source: TableSource, *names: str) -> TableSource:
    left = {name: header for name, header in source.columns.items() if name not in names}
    return replace(source, columns=MappingProxyType(left))


def says_yes(cells: Cells, results: tuple[str, ...]) -> tuple[BoolArray, BoolArray]:
    """Return which cells report a finding, and which say neither yes nor no: (N,) bool each.

    Yes: the words for it, a number above 0, or one of `found`. No: the words for that, 0, nothing.
    """
    yes = {fold(word) for word in results}

    def read(text: str) -> int:
        word = fold(text)
        if not word or text.strip().casefold() in parse_values.MISSING_WORDS:
            return 0
        if word in yes:
            return 1
        words = vocabulary.BOOLEANS.get(word)
        if words is not None:
            return int(words == "yes")
        try:
            return int(float(text.replace(",", ".")) > 0)
        except ValueError:
            return 0 if yes else 2  # where the words that count are declared, all others do not

    answer = parse_values.each_distinct(cells, np.arange(len(cells)), read)[0].astype(np.int8)
    return answer == 1, answer == 2


def _incidents_of_columns(raw: Raw, source: TableSource, reports: Reports) -> tuple[Raw, TableSource]:
    """Return one row per finding that a column reports; its id is the row's and the category."""
    at, slugs = [np.empty(0, np.int64)], list[str]()
    for header, category in source.findings.items():
        cells = _cells(raw, source, "findings", header, reports)
        if cells is None:
            continue
        is_found, is_unclear = says_yes(cells, source.found)
        at.append(np.flatnonzero(is_found))
        slugs += [category] * int(is_found.sum())
        unclear = np.flatnonzero(is_unclear)
        if len(unclear):
            reports.append(
                defects.defects_at(
                    "finding_unclear",
                    table=source.table,
                    file=raw.file,
                    rows=raw.row_numbers[unclear],
                    column=header,
                    values=parse_values.texts_at(cells, unclear),
                    expected='yes, no, a number, or the words that count: found = ["…"]',
                )
            )
    places = np.concatenate(at)
    order = np.argsort(places, kind="stable")
    places, categories = places[order], [slugs[item] for item in order]
    base = _header_of(raw, source, "incident_id") or _header_of(raw, source, "visit_id")
    ids = cells_of(raw.cells[base]).to_pylist() if base else [f"row {row}" for row in raw.row_numbers]
    rows = _rows(raw, places)
    rows = _with_column(rows, "category", categories)
    rows = _with_column(
        rows, "incident_id", [f"{ids[i]}#{c}" for i, c in zip(places, categories, strict=True)]
    )
    stated = f"{len(places):,} findings of {len(source.findings)} columns in {len(raw.cells):,} rows"
    _report(
        reports,
        "findings_of_columns",
        raw,
        source,
        "findings",
        stated,
        "one row for each, as mission.toml says",
    )
    return rows, _without_columns(source, "category", "incident_id")


def _answered_of_columns(raw: Raw, source: TableSource, reports: Reports) -> tuple[Raw, TableSource]:
    """Return visits with the categories whose column has an answer, yes or no, as what the form asked."""
    answered: list[list[str]] = [[] for _ in range(len(raw.cells))]
    for header, category in source.findings.items():
        cells = _cells(raw, source, "findings", header, reports)
        if cells is None:
            continue
        empty, _ = parse_values.absent(cells)
        for place in np.flatnonzero(~empty):
            answered[place].append(category)
    rows = _with_column(raw, "answered", [";".join(dict.fromkeys(slugs)) for slugs in answered])
    stated = f"{sum(map(len, answered)):,} answers of {len(source.findings)} columns"
    _report(reports, "findings_of_columns", raw, source, "findings", stated, "what each visit's form asked")
    return rows, _without_columns(source, "answered")
