"""Bytes from outside as UTF-8: what is declared, what is proven, and what had to be guessed."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from geo.model.messages import message
from geo.model.table_source import TableSource
from geo.reading.readers.reader import bad, reported, without_bom

# Python knows codecs that unpack archives or run escapes; only these are text encodings.
ENCODINGS: Final = frozenset(
    {
        "ascii", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be",
        "cp437", "cp850", "cp866", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256",
        "cp1257", "cp1258", "iso8859-1", "iso8859-2", "iso8859-5", "iso8859-6", "iso8859-7", "iso8859-9",
        "iso8859-15", "koi8-r", "koi8-u", "kz1048", "ptcp154", "mac-cyrillic", "big5", "gb18030", "euc-jp",
        "shift_jis", "euc_kr", "tis-620",
    }
)  # fmt: skip
REPLACED: Final = "\N{REPLACEMENT CHARACTER}".encode()
_UTF_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MULTIBYTE: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_SAMPLE: Final = 2**20
_MOST_REPORTED: Final = 1_000  # places named one by one; a file with more is damaged as a whole


@dataclass(frozen=True, slots=True)
class Text:
    """A file's text as UTF-8 bytes without a byte order mark or NUL, and what had to be done for it."""

    data: bytes
    encoding: str
    defects: list[pd.DataFrame]


def utf8_of(data: bytes, source: TableSource, file: str) -> Text:
    """Return bytes as UTF-8.

    Declared encodings are obeyed; otherwise a byte order mark, valid UTF-8, UTF-16 by its zero
    bytes, then a guess between cp1251 and Western that is reported as `encoding_guessed`.

    Raises InputError for an encoding that is not text.
    """
    problems: list[pd.DataFrame] = []
    encoding = declared_encoding(source, file) or proven_encoding(data)
    if not encoding:
        encoding = guessed_encoding(data)
        right = f'UTF-8, or encoding = "{encoding}" declared for the table if the guess is right'
        problems += reported("encoding_guessed", source, [0], values=[encoding], expected=right)
    text, is_damaged = _transcoded(data, encoding)
    if b"\0" in text:
        problems += _places(text, b"\0", "nul_byte", source, "text without NUL bytes")
        text = text.replace(b"\0", REPLACED)
    if is_damaged:
        problems += _places(text, REPLACED, "bad_bytes", source, f"text in {encoding}")
    return Text(text, encoding, problems)


def looks_binary(head: bytes) -> bool:
    """Return whether bytes hold so many zero bytes that they are neither text nor UTF-16."""
    if any(head.startswith(bom) for bom, _ in _UTF_BOMS) or _utf16_without_bom(head):
        return False
    return head.count(0) > max(8, len(head) // 100)  # a few may be damage in a text, which is reported


def declared_encoding(source: TableSource, file: str) -> str:
    """Return the name of the encoding that mission.toml declares, "" for none. Raises InputError."""
    if not source.encoding:
        return ""
    try:
        name = codecs.lookup(source.encoding).name
    except (LookupError, ValueError):
        name = ""
    if name not in ENCODINGS:
        unknown = message(
            "encoding {name} is not known; write utf-8, cp1251, utf-16, …", name=repr(source.encoding)
        )
        raise bad(file, unknown)
    return name


def proven_encoding(data: bytes) -> str:
    """Return the encoding that bytes cannot but be in: by their mark, or as valid UTF-8; else ""."""
    for bom, name in _UTF_BOMS:
        if data.startswith(bom):
            return name
    if name := _utf16_without_bom(data[:_SAMPLE]):
        return name
    if data.isascii() or _is_utf8(data) or _is_damaged_utf8(data):
        return "utf-8"
    return ""


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), _SAMPLE):
            decoder.decode(data[start : start + _SAMPLE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_damaged_utf8(data: bytes) -> bool:
    """Return whether bytes are UTF-8 with a few bad ones, and not in another encoding.

    In text of another encoding high bytes seldom happen to make a sequence of UTF-8: ten good sequences to
    one byte that is in none are not chance.
    """
    sample = data[: 4 * _SAMPLE]
    good, n_good = _MULTIBYTE.subn(b"", sample)
    n_bad = sum(good.count(byte) for byte in range(128, 256))
    return n_good > 10 * n_bad


def _utf16_without_bom(head: bytes) -> str:
    """Return utf-16-le or -be if nearly every second byte of the sample is zero, else "".

    Two fifths are enough: delimiters, digits and line ends have a zero byte, Cyrillic letters have none.
    """
    sample = np.frombuffer(head[: len(head) // 2 * 2], dtype=np.uint8)
    if sample.size < 8:
        return ""
    even, odd = float((sample[::2] == 0).mean()), float((sample[1::2] == 0).mean())
    if odd > 0.4 and even < 0.02:
        return "utf-16-le"
    if even > 0.4 and odd < 0.02:
        return "utf-16-be"
    return ""


def guessed_encoding(data: bytes) -> str:
    """Return the likeliest encoding of bytes that prove none.

    Cyrillic words are runs of high bytes; Western letters with accents stand among ASCII ones.
    """
    sample = np.frombuffer(data, dtype=np.uint8, count=min(len(data), 4 * _SAMPLE))
    is_high = sample >= 0xC0
    has_neighbour = np.zeros_like(is_high)
    has_neighbour[1:] |= is_high[:-1]
    has_neighbour[:-1] |= is_high[1:]
    n_high = int(is_high.sum())
    if n_high and int((is_high & has_neighbour).sum()) > n_high / 2:
        return "cp1251"
    has_c1 = bool(((sample >= 0x80) & (sample < 0xA0)).any())
    return "cp1252" if has_c1 else "iso8859-1"


def _transcoded(data: bytes, encoding: str) -> tuple[bytes, bool]:
    """Return UTF-8 bytes without a mark, and whether bytes had to be replaced."""
    if encoding in ("utf-8", "utf-8-sig", "ascii"):
        plain = without_bom(data)
        if plain.isascii() or (encoding != "ascii" and _is_utf8(plain)):
            return plain, False
        return plain.decode("utf-8" if encoding != "ascii" else "ascii", "replace").encode(), True
    try:
        text, is_damaged = data.decode(encoding), False
    except UnicodeDecodeError:
        text, is_damaged = data.decode(encoding, "replace"), True
    return text.removeprefix("\ufeff").encode("utf-8", "replace"), is_damaged


def _places(text: bytes, what: bytes, code: str, source: TableSource, expected: str) -> list[pd.DataFrame]:
    """Return one defect per physical line that holds `what`, at most `_MOST_REPORTED`."""
    lines: list[int] = []
    position, line, counted = text.find(what), 1, 0
    while position >= 0 and len(lines) < _MOST_REPORTED:
        line += text.count(b"\n", counted, position)
        counted = position
        lines.append(line)
        line_end = text.find(b"\n", position)
        position = text.find(what, line_end) if line_end >= 0 else -1
    values = [repr(what.decode("utf-8"))] * len(lines)
    return reported(code, source, lines, values=values, expected=expected)
