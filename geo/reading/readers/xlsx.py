"""Excel workbooks as the text a person saw in the cells; unpacked sizes are counted first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geo.model.columns import IntArray
from geo.model.messages import message
from geo.model.table_source import TableSource
from geo.model.tables import Raw
from geo.reading import defects
from geo.reading.readers import archives, sandbox
from geo.reading.readers.gdal import copied
from geo.reading.readers.reader import (
    Limits,
    Progress,
    Reader,
    bad,
    named_columns,
    reported,
    text_frame,
    without_empty_rows,
)


def recognises(head: bytes, suffix: str) -> bool:
    """Return whether a file is named like a workbook and is a ZIP archive."""
    return suffix in READER.suffixes and head.startswith(b"PK\x03\x04")


def read(path: Path, source: TableSource, limits: Limits, _progress: Progress | None = None) -> Raw:
    """Return one sheet: `source.sheet`, or the visible one called like the table, or the only one filled.

    The header is `source.header_row`, else the first row that is not empty; cells that several rows are
    merged into stand in each. Row numbers are the sheet's. Columns without header and cells are left out;
    rows of empty cells too, counted in a note. Formulas without a result and error cells are reported.
    """
    file = path.name
    with sandbox.folder() as folder:
        ours = copied(path, folder, source, limits)
        archives.check_sizes(path, limits)
        parsed = sandbox.run("xlsx", ours, source, limits, says=READER.says)
    table, answer = parsed.table, parsed.answer
    cells = text_frame({name: table.column(name) for name in table.column_names}, table.num_rows)
    rows = np.arange(1, len(cells) + 1, dtype=np.int64)
    notes = _other_sheets(answer)
    if source.header_row and source.header:
        notes += _above(cells, source.header_row)
        cells, rows = (
            cells.iloc[source.header_row - 1 :].reset_index(drop=True),
            rows[source.header_row - 1 :],
        )
    cells, rows, _ = without_empty_rows(cells, rows) if len(cells.columns) else (cells, rows, ())
    if not len(cells.columns) or not len(cells):
        raise bad(file, message("the sheet is empty; a table needs at least a header row"))
    if not source.header:
        names = [str(position + 1) for position in range(len(cells.columns))]
        results = _cell_defects(answer, dict(enumerate(names)), source)
        return Raw(file, _renamed(cells, names), rows, defects=defects.concat(results), notes=notes)
    header = [str(name) for name in cells.iloc[0]]
    last = max((i for i, name in enumerate(header) if name.strip()), default=-1)
    used = [i for i in range(len(header)) if i <= last or (cells.iloc[1:, i] != "").any()]
    names, problems = named_columns([header[i] for i in used], source, int(rows[0]))
    problems += _cell_defects(answer, dict(zip(used, names, strict=True)), source)
    below = _renamed(cells.iloc[1:, used].reset_index(drop=True), names)
    return Raw(
        file=file,
        cells=below,
        row_numbers=rows[1:],
        defects=defects.concat(problems),
        notes=(*notes, *_gaps(rows)),
    )


def _other_sheets(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a note that names the sheet read where there are others."""
    others = [str(name)[:80] for name in answer.get("others", ())]
    if not others:
        return ()
    more = f" and {len(others) - 8} more" if len(others) > 8 else ""
    return (f"sheet {str(answer['sheet'])[:80]!r} is read; not read: {', '.join(others[:8])}{more}",)


def _above(cells: pd.DataFrame, header_row: int) -> tuple[str, ...]:
    """Return a note that counts the rows with cells above the header."""
    above = int((cells.iloc[: header_row - 1] != "").any(axis=1).sum()) if len(cells.columns) else 0
    return (f"{above} rows above the header in row {header_row} left out",) if above else ()


def _cell_defects(
    answer: Mapping[str, Any], names: Mapping[int, str], source: TableSource
) -> list[pd.DataFrame]:
    """Return what the sheet's own text says of its columns: missing results, errors, merged cells."""
    problems, left = [], int(answer.get("left", 0))
    saved = "the file saved once in Excel or LibreOffice, which work formulas out and store the results"
    for number, about in answer.get("odd", {}).items():
        name = names.get(int(number) - left, "")
        n, formulas, errors = about["empty"], about["formulas"], about["errors"]
        if n:
            shown = [f"{n:,} formulas without a stored result"]
            problems += reported(
                "formula_without_value", source, [about["at"]], column=name, values=shown, expected=saved
            )
        elif formulas > 1 and about["zero"] == formulas:
            shown = [f"{formulas:,} formulas, all 0"]
            problems += reported("formula_all_zero", source, [0], column=name, values=shown, expected=saved)
        if errors:
            shown = [f"{errors:,} cells such as {about['error']}"]
            right = "a value; a cell in error is read as empty"
            problems += reported(
                "error_cell", source, [about["error_at"]], column=name, values=shown, expected=right
            )
    for number, n in answer.get("merged", {}).items():
        shown = [f"{n:,} cells"]
        right = "the value of the merged cell in each of its rows, which is how they were read"
        name = names.get(int(number), "")
        problems += reported("merged_cells", source, [0], column=name, values=shown, expected=right)
    return problems


def _renamed(cells: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    renamed = cells.copy(deep=False)
    renamed.columns = pd.Index(names)
    return renamed


def _gaps(rows: IntArray) -> tuple[str, ...]:
    """Return a note on empty rows between the header and the last filled row."""
    empty = int(rows[-1] - rows[0] + 1 - len(rows))
    return (f"{empty} empty rows left out",) if empty else ()


READER = Reader("xlsx", (".xlsx", ".xlsm"), "an Excel workbook", recognises, read)
