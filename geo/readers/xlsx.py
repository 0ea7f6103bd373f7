"""Excel workbooks as the text a person saw in the cells; unpacked sizes are counted first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from geo import defects
from geo.mission import TableSource
from geo.readers import sandbox, unpack
from geo.readers.base import (
    IntArray,
    Limits,
    Progress,
    Reader,
    bad,
    named_columns,
    text_frame,
    without_empty_rows,
)
from geo.readers.gdal import copied
from geo.tables import Raw


def recognises(head: bytes, suffix: str) -> bool:
    """Return whether a file is named like a workbook and is a ZIP archive."""
    return suffix in READER.suffixes and head.startswith(b"PK\x03\x04")


def read(path: Path, source: TableSource, limits: Limits, _progress: Progress | None = None) -> Raw:
    """Return one sheet: `source.sheet`, or the one called like the table, or the only one filled.

    The first row that is not empty is the header. Row numbers are the sheet's. Columns without
    header and cells are left out; rows of empty cells too, counted in a note.
    """
    file = path.name
    with sandbox.folder() as folder:
        ours = copied(path, folder, source, limits)
        unpack.check_sizes(path, limits)
        table = sandbox.run("xlsx", ours, source, limits, says=READER.says).table
    cells = text_frame({name: table.column(name) for name in table.column_names}, table.num_rows)
    rows = np.arange(1, len(cells) + 1, dtype=np.int64)
    cells, rows, _ = without_empty_rows(cells, rows) if len(cells.columns) else (cells, rows, ())
    if not len(cells.columns) or not len(cells):
        raise bad(file, "the sheet is empty; a table needs at least a header row")
    if not source.header:
        names = [str(position + 1) for position in range(len(cells.columns))]
        return Raw(file=file, cells=_renamed(cells, names), row_numbers=rows, defects=defects.empty())
    header = [str(name) for name in cells.iloc[0]]
    last = max((i for i, name in enumerate(header) if name.strip()), default=-1)
    used = [i for i in range(len(header)) if i <= last or (cells.iloc[1:, i] != "").any()]
    names, found = named_columns([header[i] for i in used], source, int(rows[0]))
    below = _renamed(cells.iloc[1:, used].reset_index(drop=True), names)
    return Raw(file=file, cells=below, row_numbers=rows[1:], defects=defects.concat(found), notes=_gaps(rows))


def _renamed(cells: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    renamed = cells.copy(deep=False)
    renamed.columns = pd.Index(names)
    return renamed


def _gaps(rows: IntArray) -> tuple[str, ...]:
    """Return a note on empty rows between the header and the last filled row."""
    empty = int(rows[-1] - rows[0] + 1 - len(rows))
    return (f"{empty} empty rows left out",) if empty else ()


READER = Reader("xlsx", (".xlsx", ".xlsm"), "an Excel workbook", recognises, read)
