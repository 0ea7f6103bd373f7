"""What every reader shares: the plug, the limits, and how a message names its file."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

import pandas as pd
import pyarrow as pa

from geo.model.columns import IntArray
from geo.model.errors import InputError, RefusedError
from geo.model.messages import Message, message
from geo.model.table_source import TableSource
from geo.model.tables import Raw
from geo.reading import defects

HEAD_BYTES: Final = 65_536  # enough for the header and the first rows of any file seen so far
MIB: Final = 2**20


class Progress(Protocol):
    """Told now and then how far a long read has come."""

    def __call__(self, done: int, total: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost. `UPLOAD` is for files from strangers, `LOCAL` for a mission's own."""

    body_bytes: int = 64 * MIB
    members: int = 64  # of an archive
    unpacked_bytes: int = 256 * MIB
    ratio: int = 100  # unpacked over packed, of one member
    rows: int = 2_000_000
    columns: int = 4_096
    cells: int = 50_000_000  # rows times columns; a JSON file of a million odd keys would square
    vertices_per_feature: int = 500_000
    vertices: int = 5_000_000
    memory_bytes: int = 1_280 * MIB  # that parsed objects may take, estimated before parsing
    sandbox_memory_bytes: int = 1_536 * MIB  # address space of the child that runs GDAL
    sandbox_cpu_s: int = 9  # leaves a second to the parent, for ten in all
    sandbox_wall_s: int = 30
    sandbox_output_bytes: int = 512 * MIB


UPLOAD: Final = Limits()
LOCAL: Final = replace(
    UPLOAD,
    body_bytes=2_048 * MIB,
    unpacked_bytes=4_096 * MIB,
    rows=10_000_000,
    cells=1_000_000_000,
    vertices_per_feature=5_000_000,
    vertices=50_000_000,
    memory_bytes=16_384 * MIB,
    sandbox_memory_bytes=8_192 * MIB,
    sandbox_cpu_s=120,
    sandbox_wall_s=240,
    sandbox_output_bytes=4_096 * MIB,
)


@dataclass(frozen=True, slots=True)
class Reader:
    """One format: which files are its own, and how they become a `Raw`.

    `recognises(head, suffix)` is true only if content and name both say so; a name alone is what
    let a VRT document called `.geojson` read other files of the machine. `marks`: sets of columns, one of
    which a platform's export has in a workbook, too; `understand` then puts our columns before them.
    """

    name: str
    suffixes: tuple[str, ...]
    says: str
    recognises: Callable[[bytes, str], bool]
    read: Callable[[Path, TableSource, Limits, Progress | None], Raw]
    marks: tuple[frozenset[str], ...] = ()
    understand: Callable[[Raw, TableSource], Raw] | None = None


BINARY: Final = (
    (b"PK\x03\x04", "a ZIP archive (or an Office document)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office document such as .xls (save it as .xlsx)"),
    (b"SQLite format 3", "an SQLite or GeoPackage database"),
    (b"PAR1", "Parquet"),
    (b"fgb", "FlatGeobuf"),
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "gzip"),
    (b"\x89PNG", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
)


def content_of(head: bytes) -> str:
    """Return in words what a file's first bytes look like; "text" when nothing says otherwise.

    >>> content_of(b"<?xml version='1.0'?><kml>")
    'XML or HTML'
    >>> content_of(b"station,lon,lat")
    'text'
    """
    for magic, name in BINARY:
        if head.startswith(magic):
            return name
    text = without_bom(head).lstrip()
    if not text:
        return "nothing"
    if text[:1] == b"<":
        return "XML or HTML"
    if text[:1] in (b"{", b"["):
        return "JSON"
    return "text"


def without_bom(head: bytes) -> bytes:
    """Return bytes without a UTF-8 byte order mark."""
    return head.removeprefix(codecs.BOM_UTF8)


def bad(file: str, what: str | Message) -> InputError:
    """Return the error for a file that is not what it claims to be."""
    return InputError(Message("{file}: {what}", (("file", file), ("what", what))))


def refused(file: str, what: str | Message) -> RefusedError:
    """Return the error for a file that is hostile or over a limit."""
    return RefusedError(message("{file}: refused because {what}", file=file, what=what))


def megabytes(n: int) -> str:
    """Return a size for a message.

    >>> megabytes(67_108_864)
    '64 MiB'
    """
    return f"{n / MIB:.0f} MiB" if n >= MIB else f"{n:,} bytes"


def bytes_of(path: Path, limits: Limits) -> bytes:
    """Return a file's bytes, after looking at its size.

    Raises RefusedError beyond `limits.body_bytes`.
    """
    with path.open("rb") as stream:
        data = stream.read(limits.body_bytes + 1)
    if len(data) > limits.body_bytes:
        raise refused(path.name, message("it is larger than {size}", size=megabytes(limits.body_bytes)))
    return data


def text_frame(columns: dict[str, pa.Array | pa.ChunkedArray], n: int) -> pd.DataFrame:
    """Return arrow string columns as a DataFrame of `str`, a RangeIndex of n rows."""
    if not columns:
        return pd.DataFrame(index=pd.RangeIndex(n))
    frame: pd.DataFrame = pa.table(columns).to_pandas()
    return frame


def check_cells(n_rows: int, n_columns: int, file: str, limits: Limits) -> None:
    """Raise RefusedError for a table with too many rows, columns or cells."""
    if n_rows > limits.rows:
        raise refused(file, message("it has more than {n} rows", n=limits.rows))
    if n_columns > limits.columns:
        raise refused(file, message("it has more than {n} columns", n=limits.columns))
    if n_rows * n_columns > limits.cells:
        raise refused(file, message("it has more than {n} cells", n=limits.cells))


def frame_of_records(records: Sequence[dict[str, str]], file: str, limits: Limits) -> pd.DataFrame:
    """Return a DataFrame of `str` from dicts, columns in order of first appearance, "" for absent.

    Raises RefusedError for too many cells.
    """
    names: dict[str, None] = {}
    for record in records:
        names.update(dict.fromkeys(record))
    check_cells(len(records), len(names), file, limits)
    columns = {name: pa.array([r.get(name, "") for r in records], pa.string()) for name in names}
    return text_frame(columns, len(records))


def reported(
    code: str,
    source: TableSource,
    rows: Sequence[int] | IntArray,
    *,
    values: Sequence[str],
    expected: str | Sequence[str],
    column: str = "",
) -> list[pd.DataFrame]:
    """Return a list of one defect frame, or of none without rows: most files have nothing to report."""
    if not len(rows):
        return []
    file = source.path.name
    return [
        defects.defects_at(
            code,
            table=source.table,
            file=file,
            rows=rows,
            column=column,
            values=list(values),
            expected=expected if isinstance(expected, str) else list(expected),
        )
    ]


def unique_names(names: Sequence[str]) -> tuple[list[str], list[int]]:
    """Return names made unique, and the positions that had to be renamed.

    >>> unique_names(["a", "b", "a"])
    (['a', 'b', 'a (2)'], [2])
    """
    taken = set(names)
    seen: set[str] = set()
    out: list[str] = []
    renamed: list[int] = []
    for position, name in enumerate(names):
        fresh = name
        if name in seen:
            number = 2
            while (fresh := f"{name} ({number})") in taken or fresh in seen:
                number += 1
            renamed.append(position)
        seen.add(fresh)
        out.append(fresh)
    return out, renamed


def named_columns(
    header: Sequence[str], source: TableSource, row: int
) -> tuple[list[str], list[pd.DataFrame]]:
    """Return usable column names for a header row, and defects about it.

    Names lose surrounding blanks; a column without a name is called by its position ("3").
    """
    stripped = [name.strip(" \t\r\n\u00a0\ufeff") for name in header]
    empty = [position for position, name in enumerate(stripped) if not name]
    named = [name or str(position + 1) for position, name in enumerate(stripped)]
    names, renamed = unique_names(named)
    problems = reported(
        "duplicate_header",
        source,
        [row] * len(renamed),
        column=names[renamed[0]] if len(renamed) == 1 else "",
        values=[stripped[position] for position in renamed],
        expected=[f"read as {names[position]!r}" for position in renamed],
    )
    problems += reported(
        "empty_header",
        source,
        [row] * len(empty),
        values=[""] * len(empty),
        expected=[f"read as {names[position]!r}" for position in empty],
    )
    return names, problems


def without_empty_rows(cells: pd.DataFrame, rows: IntArray) -> tuple[pd.DataFrame, IntArray, tuple[str, ...]]:
    """Return cells and row numbers without rows whose every cell is empty, and a note counting them."""
    if not len(cells.columns) or not len(cells):
        return cells, rows, ()
    is_empty = (cells.iloc[:, 0] == "").to_numpy(dtype=bool)
    for position in range(1, len(cells.columns)):
        if not is_empty.any():
            break
        is_empty = is_empty & (cells.iloc[:, position] == "").to_numpy(dtype=bool)
    if not is_empty.any():
        return cells, rows, ()
    first = ", ".join(str(row) for row in rows[is_empty][:5])
    more = ", …" if is_empty.sum() > 5 else ""
    note = f"{int(is_empty.sum())} empty rows left out (rows {first}{more})"
    return cells[~is_empty].reset_index(drop=True), rows[~is_empty], (note,)
