"""How ids are compared: digits of any script by their value; and what an id that nobody knows may mean."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.model.columns import IntArray
from geo.model.text_cells import Cells
from geo.reading import parse_values

# Cyrillic letters that look like Latin ones: a keyboard left in Russian writes КZ-АLА.
_LOOKALIKES: Final = str.maketrans("АВЕКМНОРСТУХаеорсух", "ABEKMHOPCTYXaeopcyx")
_ZEROS: Final = r"(^|[^0-9])0+([0-9])"
_WHOLE: Final = r"\b([0-9]+)\.0+($|/)"
_MARKS: Final = r"[\s\-_.,:#'\"()]+"
_UNSEEN: Final = (
    "Cf",
    "Cc",
)  # characters nobody sees: a zero-width space, a soft hyphen, a mark of direction
# What stands before a number; of Cyrillic words either letter, as `_LOOKALIKES` leaves some in Latin.
_BEFORE: Final = r"(?:№|no|nr|n°|[yу]и[kк]|[yу]ч[aа][cс][tт][oо][kк]|[yу]ч[aа][cс][kк][eе]|ps|pu)+"
_WORDS: Final = rf"^{_BEFORE}|(/){_BEFORE}"
_WHOLE_NUMBER: Final = r"^[+-]?\d+\.0+$"


def plain_digits(cells: Cells) -> tuple[Cells, IntArray]:
    """Return cells with decimal digits of all scripts as 0 to 9, and where any were changed."""
    if not parse_values.has_any(cells, parse_values.NOT_ASCII):
        return cells, np.empty(0, dtype=np.int64)
    at = np.flatnonzero(parse_values.matches(cells, r"[^\x00-\x7f]"))
    written = parse_values.matches(cells.take(pa.array(at)), r"[\p{Nd}]")
    at = at[written]
    texts, before = parse_values.each_distinct(cells, at, ascii_digits)
    changed = texts != before
    at, texts = at[changed], texts[changed]
    return (parse_values.replaced(cells, at, texts), at) if len(at) else (cells, at)


def ascii_digits(text: str) -> str:
    """Return a text with decimal digits of all scripts as 0 to 9.

    >>> ascii_digits("N/١٢"), ascii_digits("४"), ascii_digits("１")
    ('N/12', '4', '1')
    """
    return "".join(str(unicodedata.digit(item)) if item.isdecimal() else item for item in text)


def like_numbers(cells: Cells) -> IntArray:
    """Return where ids are whole numbers with a point: 186.0 was a number in a table with gaps."""
    return np.flatnonzero(parse_values.matches(cells, _WHOLE_NUMBER))


def whole_numbers(cells: Cells) -> Cells:
    """Return ids with 186.0 as 186."""
    return pc.replace_substring_regex(cells, r"^([+-]?\d+)\.0+$", r"\1")


def widened(cells: Cells, width: int) -> Cells:
    """Return ids of digits only with zeros before them up to a width."""
    is_number = pa.array(parse_values.matches(cells, r"^\d+$"))
    return pc.if_else(is_number, pc.utf8_lpad(cells, width, padding="0"), cells)


def loose_form(text: str) -> str:
    """Return an id as it may have been meant: what people, spreadsheets and keyboards add is taken off.

    >>> loose_form("KZ-ALA/\\u200b186"), loose_form("KZ-ALA/\\u00ad186")
    ('kzala/186', 'kzala/186')
    >>> loose_form("KZ-ALA/0186"), loose_form("kz ala/186.0"), loose_form("КZ-АLА/№ 186")
    ('kzala/186', 'kzala/186', 'kzala/186')
    """
    tidy = ascii_digits(unicodedata.normalize("NFKC", text.translate(_LOOKALIKES))).casefold()
    tidy = "".join(item for item in tidy if unicodedata.category(item) not in _UNSEEN)
    tidy = re.sub(_WHOLE, r"\1\2", tidy)
    tidy = re.sub(_MARKS, "", tidy)
    tidy = re.sub(_WORDS, r"\1", tidy)
    return re.sub(_ZEROS, r"\1\2", tidy)


def loose_forms(cells: Cells) -> Cells:
    """Return `loose_form` of every cell; plain ones by vectorised kernels."""
    is_ascii = not parse_values.has_any(cells, parse_values.NOT_ASCII)
    odd = np.empty(0, dtype=np.int64)
    if not is_ascii:
        odd = np.flatnonzero(parse_values.matches(cells, r"[^\x00-\x7f]"))
    form = pc.utf8_lower(cells)
    for pattern, into in ((_WHOLE, r"\1\2"), (_MARKS, ""), (_WORDS, r"\1"), (_ZEROS, r"\1\2")):
        form = pc.replace_substring_regex(form, pattern, into)
    if len(odd):
        form = parse_values.replaced(form, odd, parse_values.each_distinct(cells, odd, loose_form)[0])
    return form
