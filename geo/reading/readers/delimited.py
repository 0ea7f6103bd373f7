"""CSV and TSV as they come: any delimiter, encoding and line end, with true line numbers.

Two ways to one result: a plain file (quotes around whole cells, no lone CR) goes through Arrow;
anything else through Python's csv module. A test holds them to be identical.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from geo.model.columns import IntArray
from geo.model.errors import InputError
from geo.model.messages import Message, message
from geo.model.table_source import TableSource
from geo.model.tables import Raw
from geo.reading import defects
from geo.reading.header_guesses import MOST_TITLE_ROWS, header_row_hint
from geo.reading.readers.encoding import looks_binary, utf8_of
from geo.reading.readers.reader import (
    HEAD_BYTES,
    Limits,
    Progress,
    Reader,
    bad,
    bytes_of,
    check_cells,
    content_of,
    named_columns,
    refused,
    reported,
    text_frame,
    without_empty_rows,
)

DELIMITERS: Final = (",", ";", "\t", "|")
CELL_CHARACTERS: Final = 16 * 2**20  # one cell; a country's outline as WKT fits
_CHUNK: Final = 16 * 2**20  # bytes looked at in one go by numpy
_MOST_SET_ASIDE: Final = 100_000  # rows of another length; with more it is another kind of file
_SHOWN_CELLS: Final = 500  # of a row set aside; a swallowed file would otherwise stand in one defect
_SHOWN_CHARACTERS: Final = 4_000
_LINE_CELLS: Final = 250_000  # delimiters in one line; quoted lists may hold many
_MOST_RAGGED: Final = 10_000  # beyond this the slow way reads and counts them
_BATCH: Final = 50_000  # records turned into Arrow in one go
_END: Final = "\x00end of file"  # no text has a NUL left when it is parsed
_SEPARATOR_LINE: Final = re.compile(rb'"?sep=(.)"?\r?\n')  # written by and for Excel
_LINE: Final = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|$)")
_ENTITY: Final = r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});"


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A parsed body: columns as Arrow strings, the physical line of each row, and its defects."""

    columns: list[pa.ChunkedArray]
    lines: IntArray
    defects: list[pd.DataFrame]
    n_ragged: int


@dataclass(frozen=True, slots=True)
class _Records:
    """Where records stand: lines of those as long as the header, and (line, start, end) of others."""

    lines: IntArray
    ragged: list[tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class _Start:
    """Where the records begin: first record, its physical line, byte offset and line after it."""

    cells: list[str]
    line: int
    offset: int
    next_line: int


def recognises(head: bytes, suffix: str) -> bool:
    """Return whether a file is named like a text table and is neither XML, JSON nor a known binary."""
    return suffix in READER.suffixes and content_of(head) in ("text", "nothing")


def read(path: Path, source: TableSource, limits: Limits, progress: Progress | None = None) -> Raw:
    """Return a text table as it stands.

    Rows of another length than the header are left out of `cells` and stand among the defects
    (`ragged_row`, their cells as a JSON array in `value`). Empty lines are skipped, rows of empty
    cells left out and counted in a note. Raises InputError for a file without a header.
    """
    file = path.name
    body = bytes_of(path, limits)
    if not source.encoding and looks_binary(body[:HEAD_BYTES]):
        raise refused(file, message("its content is binary, not text"))
    text = utf8_of(body, source, file)
    del body
    data, skipped_lines, separator = _without_separator_line(text.data)
    data, above = _from_header_row(data, source.header_row - skipped_lines)
    skipped_lines += above
    if not data.strip():
        raise bad(file, message("the file is empty; a table needs at least a header line"))
    _check_lines(data, file, limits)
    delimiter = _delimiter(data, source, separator, path.suffix.lower(), file)
    start = _first_record(data, delimiter, skipped_lines, file, limits)
    problems = [*text.defects]
    if source.header:
        names, header_defects = named_columns(start.cells, source, start.line)
        problems += header_defects
        offset, line = start.offset, start.next_line
    else:
        names, offset, line = [str(i + 1) for i in range(len(start.cells))], 0, skipped_lines + 1
    sheet = _plain(data, offset, line, delimiter, len(names), source)
    if sheet is None:
        sheet = _any(data, offset, line, delimiter, names, source, file, progress)
    if sheet.n_ragged > (max(20, len(sheet.lines)) if len(sheet.lines) else 2):
        hint = _header_hint(data, source, delimiter, skipped_lines)
        raise _other_width(file, sheet.n_ragged, len(names), delimiter, hint)
    check_cells(len(sheet.lines), len(names), file, limits)
    cells = text_frame(dict(zip(names, sheet.columns, strict=True)), len(sheet.lines))
    problems += sheet.defects + (_entities(names, sheet, source) if b"&" in data else [])
    cells, lines, notes = without_empty_rows(cells, sheet.lines)
    if above:
        notes = (f"{above} lines above the header in row {source.header_row} left out", *notes)
    if progress is not None:
        progress(len(data), len(data))
    return Raw(file=file, cells=cells, row_numbers=lines, defects=defects.concat(problems), notes=notes)


READER: Final = Reader(
    name="csv",
    suffixes=(".csv", ".tsv", ".tab", ".txt"),
    says="a text table (CSV, TSV)",
    recognises=recognises,
    read=read,
)


def _without_separator_line(data: bytes) -> tuple[bytes, int, str]:
    """Return the data behind a `sep=;` line, how many lines that was, and the separator."""
    match = _SEPARATOR_LINE.match(data)
    if match and (character := match[1].decode("latin-1")) in DELIMITERS:
        return data[match.end() :], 1, character
    return data, 0, ""


def _from_header_row(data: bytes, row: int) -> tuple[bytes, int]:
    """Return the data from its `row`th line on, and how many lines that leaves out."""
    offset = above = 0
    while above < row - 1 and (line := _LINE.match(data, offset)) and line.end() > offset:
        offset, above = line.end(), above + 1
    return data[offset:], above


def _line_count(data: bytes) -> int:
    """Return how many line ends there are: LF, CRLF or lone CR."""
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")


def _check_lines(data: bytes, file: str, limits: Limits) -> None:
    n = _line_count(data)
    # a cell may hold line ends, hence some room above the number of rows
    if n > 4 * limits.rows:
        raise refused(file, message("it has {n} lines, more than {most}", n=n, most=4 * limits.rows))


def _delimiter(data: bytes, source: TableSource, separator: str, suffix: str, file: str) -> str:
    if source.delimiter:
        declared = "\t" if source.delimiter in ("\\t", "tab") else source.delimiter
        if len(declared) != 1 or declared in '"\r\n' or ord(declared) > 127:
            wrong = message(
                "delimiter {name} must be one character such as , ; | or a tab", name=repr(source.delimiter)
            )
            raise bad(file, wrong)
        return declared
    return separator or _sniffed(data, source, suffix)


def _sniffed(data: bytes, source: TableSource, suffix: str) -> str:
    """Return the delimiter that cuts the first records into the most equal cells."""
    sample = data[:HEAD_BYTES]
    if len(data) > HEAD_BYTES:
        sample = sample[: max(sample.rfind(b"\n"), sample.rfind(b"\r")) + 1] or sample
    text = sample.decode("utf-8", "ignore")
    scores: dict[str, tuple[float, int]] = {}
    for delimiter in DELIMITERS:
        counts = _cell_counts(text, delimiter)
        if counts and counts[0] > 1:
            same = sum(count == counts[0] for count in counts) / len(counts)
            scores[delimiter] = (round(same, 1), counts[0])
    if not scores:
        return "\t" if suffix in (".tsv", ".tab") else ","
    best = max(scores, key=lambda delimiter: scores[delimiter])
    if best == "," and (source.decimal == "," or not source.header):
        # 43,22;76,85 has as many decimal commas as a comma-separated row has commas
        others = [d for d in scores if d != "," and scores[d][0] >= scores[","][0]]
        best = max(others, key=lambda delimiter: scores[delimiter], default=best)
    return best


def _cell_counts(text: str, delimiter: str) -> list[int]:
    counts: list[int] = []
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if cells:
                counts.append(len(cells))
            if len(counts) == 100:
                break
    except csv.Error:  # a cell beyond the limit: not this delimiter, or reported when parsing
        pass
    return counts


def _lines(data: bytes, offset: int, delimiter: str, file: str) -> Iterator[str]:
    """Yield text lines with their ends; LF, CRLF and lone CR all end a line."""
    stream = io.BytesIO(data)
    stream.seek(offset)
    for line in io.TextIOWrapper(stream, encoding="utf-8", newline=""):
        if line.count(delimiter) > _LINE_CELLS:  # a list of that many cells would eat the memory
            raise refused(file, message("one line has more than {n} cells", n=_LINE_CELLS))
        yield line


def _first_record(data: bytes, delimiter: str, skipped_lines: int, file: str, limits: Limits) -> _Start:
    consumed = 0

    def counted() -> Iterator[str]:
        nonlocal consumed
        for line in _lines(data, 0, delimiter, file):
            consumed += len(line.encode())
            yield line

    csv.field_size_limit(CELL_CHARACTERS)
    reader = csv.reader(counted(), delimiter=delimiter)
    before = 0
    try:
        for cells in reader:
            if cells:
                if len(cells) > limits.columns:
                    n, most = len(cells), limits.columns
                    raise refused(file, message("it has {n} columns, more than {most}", n=n, most=most))
                line = skipped_lines + before + 1
                return _Start(cells, line, consumed, skipped_lines + reader.line_num + 1)
            before = reader.line_num
    except csv.Error as error:
        row = str(skipped_lines + before + 1)
        raise bad(
            file, message("row {row}: the header cannot be read ({reason})", row=row, reason=str(error))
        ) from None
    raise bad(file, message("the file holds nothing but empty lines; a table needs a header line"))


def _plain(data: bytes, offset: int, line: int, delimiter: str, n: int, source: TableSource) -> _Sheet | None:
    """Return the body read by Arrow, or None if it is not plain enough to be read so."""
    records = _plain_records(data, offset, line, ord(delimiter), n)
    if records is None or len(records.ragged) > _MOST_RAGGED:
        return None
    names = [str(i) for i in range(n)]
    if not len(records.lines):
        columns = [pa.chunked_array([], pa.string())] * n
    else:
        try:
            table = pacsv.read_csv(
                pa.py_buffer(memoryview(data)[offset:]),
                read_options=pacsv.ReadOptions(column_names=names, block_size=_CHUNK),
                parse_options=pacsv.ParseOptions(
                    delimiter=delimiter, newlines_in_values=True, invalid_row_handler=_skip
                ),
                convert_options=pacsv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
                ),
            )
        except pa.ArrowInvalid:
            return None
        if table.num_rows != len(records.lines):
            return None
        columns = table.columns
    ragged = [(at, _cells(data[start:end], delimiter)) for at, start, end in records.ragged]
    return _Sheet(columns, records.lines, _set_aside("ragged_row", ragged, n, source), len(ragged))


def _skip(_: pacsv.InvalidRow) -> str:
    return "skip"


def _cells(record: bytes, delimiter: str) -> list[str]:
    lines = io.StringIO(record.decode(), newline="")
    return next(csv.reader(lines, delimiter=delimiter))


def _plain_records(data: bytes, offset: int, line: int, delimiter: int, n: int) -> _Records | None:
    """Return where the records stand, or None if the body is not plain.

    Plain: quotes only around whole cells, CR only before LF. One pass with numpy over pieces that
    end where a record ends.
    """
    record_lines: list[IntArray] = []
    ragged: list[tuple[int, int, int]] = []
    has_cr = b"\r" in data
    while offset < len(data):
        piece = np.frombuffer(data, dtype=np.uint8, count=min(_CHUNK, len(data) - offset), offset=offset)
        is_last = offset + piece.size == len(data)
        newlines = np.flatnonzero(piece == 10)
        quotes = np.flatnonzero(piece == 34)
        ends = newlines[_is_outside(quotes, newlines)]
        if is_last and (not ends.size or ends[-1] != piece.size - 1):
            ends = np.append(ends, piece.size)
        if not ends.size:
            return None
        cut = min(int(ends[-1]) + 1, piece.size)
        piece, quotes, newlines = piece[:cut], quotes[quotes < cut], newlines[newlines < cut]
        if not _is_regular(piece, quotes, delimiter, has_cr):
            return None
        starts = np.concatenate(([0], ends[:-1] + 1))
        delimiters = np.flatnonzero(piece == delimiter)
        delimiters = delimiters[_is_outside(quotes, delimiters)]
        n_cells = np.diff(np.searchsorted(delimiters, ends), prepend=0) + 1
        lengths = ends - starts
        is_blank = (lengths == 0) | ((lengths == 1) & (piece[np.minimum(starts, cut - 1)] == 13))
        lines = line + np.searchsorted(newlines, starts)
        is_ragged = ~is_blank & (n_cells != n)
        record_lines.append(lines[~is_blank & ~is_ragged])
        ragged += [
            (int(lines[i]), offset + int(starts[i]), offset + int(ends[i])) for i in np.flatnonzero(is_ragged)
        ]
        if len(ragged) > _MOST_RAGGED or n_cells.max() > _LINE_CELLS:
            return None
        line += newlines.size
        offset += cut
    lines = np.concatenate(record_lines).astype(np.int64) if record_lines else np.empty(0, dtype=np.int64)
    return _Records(lines, ragged)


def _is_outside(quotes: IntArray, positions: IntArray) -> npt.NDArray[np.bool_]:
    """Return which positions lie outside quoted cells: an even number of quotes stands before them."""
    if not quotes.size:
        return np.ones(positions.size, dtype=bool)
    outside: npt.NDArray[np.bool_] = np.searchsorted(quotes, positions) % 2 == 0
    return outside


def _is_regular(piece: npt.NDArray[np.uint8], quotes: IntArray, delimiter: int, has_cr: bool) -> bool:
    """Return whether quotes enclose whole cells and every CR stands before an LF."""
    if has_cr:
        returns = np.flatnonzero(piece == 13)
        if returns.size and (
            returns[-1] == piece.size - 1 or (piece[np.minimum(returns + 1, piece.size - 1)] != 10).any()
        ):
            return False
    if not quotes.size:
        return True
    if quotes.size % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    before = piece[np.maximum(opening - 1, 0)]
    opens = (opening == 0) | (before == delimiter) | (before == 10) | (before == 34)
    after = piece[np.minimum(closing + 1, piece.size - 1)]
    closes = (
        (closing == piece.size - 1) | (after == delimiter) | (after == 10) | (after == 13) | (after == 34)
    )
    return bool(opens.all() and closes.all())


def _any(
    data: bytes,
    offset: int,
    line: int,
    delimiter: str,
    names: list[str],
    source: TableSource,
    file: str,
    progress: Progress | None,
) -> _Sheet:
    """Return the body read by the csv module, rows of another length set aside as defects."""
    n = len(names)
    batches: list[list[pa.Array]] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    ragged: list[tuple[int, list[str]]] = []
    unclosed: tuple[int, list[str]] | None = None
    records = csv.reader(_with_end(_lines(data, offset, delimiter, file)), delimiter=delimiter)
    before, total = 0, _line_count(data) + 1
    try:
        for cells in records:
            at, before = line + before, records.line_num
            if not cells:
                continue
            if cells[-1].endswith(_END):
                unclosed = None if cells == [_END] else (at, [*cells[:-1], cells[-1].removesuffix(_END)])
            elif len(cells) == n:
                rows.append(cells)
                lines.append(at)
            else:
                ragged.append((at, cells))
            if len(ragged) > _MOST_SET_ASIDE:
                raise refused(
                    file,
                    message(
                        "more than {most} rows do not have the {n} cells of the first",
                        most=_MOST_SET_ASIDE,
                        n=n,
                    ),
                )
            if len(rows) == _BATCH:
                batches.append(_arrays(rows, n))
                rows = []
                if progress is not None:
                    progress(min(records.line_num, total), total)
    except csv.Error as error:
        open_quote = message(
            "row {row}: {reason}; is a quote opened there and never closed?",
            row=str(line + before), reason=str(error),
        )  # fmt: skip
        raise bad(file, open_quote) from None
    batches.append(_arrays(rows, n))
    if len(ragged) > 20 and len(ragged) > len(lines):
        raise _other_width(file, len(ragged), n, delimiter, _header_hint(data, source, delimiter, line - 2))
    columns = [pa.chunked_array([batch[i] for batch in batches], pa.string()) for i in range(n)]
    problems = _set_aside("ragged_row", ragged, n, source)
    problems += _set_aside("unclosed_quote", [unclosed] if unclosed else [], n, source)
    return _Sheet(columns, np.array(lines, dtype=np.int64), problems, len(ragged))


def _other_width(file: str, n: int, width: int, delimiter: str, hint: Message | None) -> InputError:
    """Return the error for a table most of whose rows have another number of cells than its header."""
    unlike = message(
        "{n} rows do not have the {width} cells of the first; is it {delimiter} that stands between cells?",
        n=n, width=width, delimiter=repr(delimiter),
    )  # fmt: skip
    return bad(file, Message("{unlike}{hint}", (("unlike", unlike), ("hint", hint or ""))))


def _header_hint(data: bytes, source: TableSource, delimiter: str, skipped_lines: int) -> Message | None:
    """Return where a header seems to stand below a title, as the line for mission.toml; None for nowhere."""
    sample = io.StringIO(data[:HEAD_BYTES].decode("utf-8", "ignore"), newline="")
    first: dict[int, list[str]] = {}
    reader, before = csv.reader(sample, delimiter=delimiter), skipped_lines
    try:
        for cells in reader:
            first[before + 1] = cells
            before = skipped_lines + reader.line_num
            if len(first) == MOST_TITLE_ROWS:
                break
    except csv.Error:
        return None
    return header_row_hint(first, source.table)


def _with_end(lines: Iterator[str]) -> Iterator[str]:
    """Yield lines and then a mark of the end, which a quote left open swallows."""
    yield from lines
    yield _END


def _arrays(rows: list[list[str]], n: int) -> list[pa.Array]:
    if not rows:
        return [pa.array([], pa.string())] * n
    return [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]


def _set_aside(
    code: str, rows: list[tuple[int, list[str]]], n: int, source: TableSource
) -> list[pd.DataFrame]:
    return reported(
        code,
        source,
        [at for at, _ in rows],
        values=[orjson.dumps([_short(cell) for cell in cells[:_SHOWN_CELLS]]).decode() for _, cells in rows],
        expected=[f"{n} cells, found {len(cells)}" for _, cells in rows],
    )


def _short(cell: str) -> str:
    return cell if len(cell) <= _SHOWN_CHARACTERS else cell[:_SHOWN_CHARACTERS] + "…"


def _entities(names: list[str], sheet: _Sheet, source: TableSource) -> list[pd.DataFrame]:
    frames = []
    for name, column in zip(names, sheet.columns, strict=True):
        has = pc.match_substring_regex(column, _ENTITY).to_numpy(zero_copy_only=False)
        where = np.flatnonzero(has)
        frames += reported(
            "html_entity",
            source,
            sheet.lines[where],
            column=name,
            values=column.take(pa.array(where)).to_pylist(),
            expected="plain characters instead of HTML entities",
        )
    return frames
