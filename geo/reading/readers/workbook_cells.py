"""What a workbook's own XML says that its values do not: formulas without a result, error cells.

Loaded by the child process only, beside `sandboxed_parser`; it knows nothing of this project.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

PIECE = 1 << 20  # bytes of a sheet looked at in one go
LONGEST_CELL = 4 << 20  # bytes; a longer one is no cell
SMALL = 16 << 20  # bytes of the list of sheets
TAG = re.compile(rb"<(?:\w+:)?row\b[^>]*>|<(?:\w+:)?c(?:\s[^>]*?)?(?:/>|>.*?</(?:\w+:)?c>)", re.DOTALL)
PLACE = re.compile(rb'\sr="([A-Z]{1,3})?(\d{1,7})"')
VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]*)<")
IS_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def odd_cells(path: str, sheet: str) -> dict[str, dict[str, Any]]:
    """Return per column (0-based, as text) how many cells are formulas, lack a result, give 0 or an error.

    With the first row without a result, the first with an error, and that error. Nothing for columns of
    plain values; {} if the sheet's part cannot be told.
    """
    with zipfile.ZipFile(path) as book:
        part = part_of(book, sheet)
        if not part:
            return {}
        columns: dict[int, dict[str, Any]] = {}
        row, column = 0, -1
        for tag in tags(book, part):
            place = PLACE.search(tag[: tag.find(b">") + 1])
            if tag.split(b":")[-1].startswith((b"<row", b"row")) and b"<c" not in tag:
                row, column = (int(place[2]) if place else row + 1), -1
                continue
            column = number_of(place[1]) if place and place[1] else column + 1
            is_formula, is_error = bool(IS_FORMULA.search(tag)), b't="e"' in tag
            if not (is_formula or is_error):
                continue
            value = VALUE.search(tag)
            text = value[1] if value else b""
            about = columns.setdefault(
                column,
                {"formulas": 0, "empty": 0, "zero": 0, "errors": 0, "at": 0, "error_at": 0, "error": ""},
            )
            about["formulas"] += is_formula
            about["zero"] += is_formula and text == b"0"
            if is_formula and not text and not (value and b't="str"' in tag):
                about["empty"] += 1
                about["at"] = about["at"] or row
            if is_error:
                about["errors"] += 1
                about["error_at"] = about["error_at"] or row
                about["error"] = about["error"] or text.decode("utf-8", "replace")[:20]
    return {str(number): about for number, about in sorted(columns.items())[:200]}


def number_of(letters: bytes) -> int:
    """Return a column's 0-based number: b"A" is 0, b"AA" is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def part_of(book: zipfile.ZipFile, sheet: str) -> str:
    """Return the name of the part that holds a sheet, "" if the workbook does not say."""
    root = small(book, "xl/workbook.xml")
    links = small(book, "xl/_rels/workbook.xml.rels")
    if root is None or links is None:
        return ""
    targets = {link.get("Id"): str(link.get("Target")) for link in links}
    for item in root.iter():
        if item.tag.rpartition("}")[2] == "sheet" and item.get("name") == sheet:
            target = targets.get(item.get(RELATION), "")
            name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            return name if name in book.namelist() else ""
    return ""


def small(book: zipfile.ZipFile, name: str) -> ElementTree.Element | None:
    """Return a short part parsed; None if it is not there, too long, or declares a document type."""
    try:
        with book.open(name) as stream:
            text = stream.read(SMALL + 1)
        if len(text) > SMALL or b"<!DOCTYPE" in text or b"<!ENTITY" in text:
            return None
        return ElementTree.fromstring(text)  # noqa: S314 - without a document type nothing can unfold
    except (KeyError, ElementTree.ParseError):
        return None


def tags(book: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield every row's opening tag and every cell of a sheet, if any of them is a formula or an error."""
    if not holds(book, part):
        return
    with book.open(part) as stream:
        rest = b""
        while piece := stream.read(PIECE):
            text = rest + piece
            end = 0
            for match in TAG.finditer(text):
                end = match.end()
                yield match[0]
            rest = text[end:]
            if len(rest) > LONGEST_CELL:
                return


def holds(book: zipfile.ZipFile, part: str) -> bool:
    """Return whether a sheet holds a formula or an error at all: most hold none, and that is told fast."""
    with book.open(part) as stream:
        rest = b""
        while piece := stream.read(PIECE):
            text = rest + piece
            if IS_FORMULA.search(text) or b't="e"' in text:
                return True
            rest = text[-32:]
    return False
