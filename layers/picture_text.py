"""How wide a text is in the font of the pictures, and how it breaks into lines."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent.parent / "templates" / "static" / "vendor" / "inter-ttf"
FILES: Final[Mapping[int, str]] = {400: "Inter-Regular.ttf", 600: "Inter-SemiBold.ttf", 700: "Inter-Bold.ttf"}
# For readers of the SVG without the font: others of about its width.
FAMILY: Final = "Inter, 'Noto Sans', 'Segoe UI', Roboto, Arial, sans-serif"
_BREAKS: Final = re.compile(r"[ \t\r\n]+")  # not at the narrow and the no-break space inside numbers
UNKNOWN_EM: Final = 0.6  # the width of a letter the font does not hold, or of any if the font is missing


@dataclass(frozen=True, eq=False)
class Face:
    """One weight of the font: how far every character moves the pen, in em."""

    advance: Mapping[int, float]


@lru_cache(maxsize=len(FILES))
def face(weight: int) -> Face:
    """Return the measures of a weight: 400, 600 or 700. Without the font's file all letters are 0.6 em."""
    try:
        data = (FOLDER / FILES[weight]).read_bytes()
    except OSError:
        return Face({})
    tables = _tables(data)
    em = struct.unpack_from(">H", data, tables["head"] + 18)[0]
    wide = struct.unpack_from(">H", data, tables["hhea"] + 34)[0]
    widths = [struct.unpack_from(">H", data, tables["hmtx"] + 4 * i)[0] for i in range(wide)]
    glyphs = _characters(data, tables["cmap"])
    return Face({code: widths[min(glyph, wide - 1)] / em for code, glyph in glyphs.items()})


def _tables(data: bytes) -> dict[str, int]:
    """Where each table of a TrueType file starts."""
    count = struct.unpack_from(">H", data, 4)[0]
    rows = [struct.unpack_from(">4sIII", data, 12 + 16 * i) for i in range(count)]
    return {name.decode("ascii"): start for name, _, start, _ in rows}


def _characters(data: bytes, start: int) -> dict[int, int]:
    """The glyph of every character of the basic plane, from the table's format 4."""
    count = struct.unpack_from(">H", data, start + 2)[0]
    for i in range(count):
        offset = start + struct.unpack_from(">HHI", data, start + 4 + 8 * i)[2]
        if struct.unpack_from(">H", data, offset)[0] == 4:
            return _segments(data, offset)
    return {}


def _segments(data: bytes, start: int) -> dict[int, int]:
    double = struct.unpack_from(">H", data, start + 6)[0]
    many = double // 2
    ends = struct.unpack_from(f">{many}H", data, start + 14)
    begins = struct.unpack_from(f">{many}H", data, start + 16 + double)
    deltas = struct.unpack_from(f">{many}h", data, start + 16 + 2 * double)
    at = start + 16 + 3 * double
    ranges = struct.unpack_from(f">{many}H", data, at)
    found = {}
    for i, (begin, end, delta, reach) in enumerate(zip(begins, ends, deltas, ranges, strict=True)):
        for code in range(begin, min(end, 0xFFFE) + 1):
            if not reach:
                found[code] = (code + delta) & 0xFFFF
                continue
            glyph = struct.unpack_from(">H", data, at + 2 * i + reach + 2 * (code - begin))[0]
            if glyph:
                found[code] = (glyph + delta) & 0xFFFF
    return found


def width(text: str, size: float, weight: int = 400, spacing: float = 0.0) -> float:
    """Return the width of a line in pixels; `spacing` in pixels after every letter."""
    advance = face(weight).advance
    return size * sum(advance.get(ord(one), UNKNOWN_EM) for one in text) + spacing * len(text)


def wrapped(text: str, size: float, room: float, weight: int = 400, most: int = 99) -> list[str]:
    """Return a text as lines no wider than `room` pixels; what is past `most` lines ends in "…".

    Breaks at spaces, and inside a word only if it is wider than a line.
    """
    lines: list[str] = []
    current = ""
    for word in filter(None, _BREAKS.split(text)):
        for piece in _pieces(word, size, room, weight):
            longer = f"{current} {piece}" if current else piece
            if current and width(longer, size, weight) > room:
                lines.append(current)
                longer = piece
            current = longer
    lines += [current] if current else []
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and width(f"{last}…", size, weight) > room:
        last = last[:-1]
    return [*lines[: most - 1], f"{last.rstrip()}…"]


def balanced(text: str, size: float, room: float, weight: int = 400) -> list[str]:
    """Return as few lines as `wrapped`, of about equal length: no lone word at the end."""
    lines = wrapped(text, size, room, weight)
    while room > 40 and len(tighter := wrapped(text, size, room - 8, weight)) == len(lines):
        lines, room = tighter, room - 8
    return lines


def _pieces(word: str, size: float, room: float, weight: int) -> list[str]:
    """A word in parts that fit a line; nearly always the word."""
    if width(word, size, weight) <= room:
        return [word]
    found, current = [], ""
    for letter in word:
        if current and width(current + letter, size, weight) > room:
            found.append(current)
            current = ""
        current += letter
    return [*found, current]
