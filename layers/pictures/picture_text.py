"""How wide a text is in the fonts of the pictures, which font holds it, and how it breaks into lines."""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

VENDOR: Final = Path(__file__).resolve().parents[2] / "templates" / "static" / "vendor"
FOLDER: Final = VENDOR / "inter-ttf"
SCRIPTS: Final = "noto-*/*.ttf"  # one file for each script that Inter lacks, in one weight
FILES: Final[Mapping[int, str]] = {400: "Inter-Regular.ttf", 600: "Inter-SemiBold.ttf", 700: "Inter-Bold.ttf"}
# For readers of the SVG without the font: others of about its width.
FAMILY: Final = "Inter, 'Noto Sans', 'Segoe UI', Roboto, Arial, sans-serif"
_BREAKS: Final = re.compile(r"[ \t\r\n]+")  # not at the narrow and the no-break space inside numbers
_HYPHENS: Final = re.compile(r"(?<=[-‐–])(?=\w)")
# Signs that tie a letter to the next: viramas, the coeng of Khmer, the zero-width joiner.
_JOINING: Final = frozenset("\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca\u1039\u17d2\u200d")
UNKNOWN_EM: Final = 0.6  # the width of a letter the font does not hold, or of any if the font is missing


@dataclass(frozen=True, eq=False)
class Face:
    """One weight of a font: how far each character moves the pen, in em; its name where it is not Inter."""

    advance: Mapping[int, float]
    family: str = ""


@lru_cache(maxsize=len(FILES))
def face(weight: int) -> Face:
    """Return the measures of a weight: 400, 600 or 700. Without the font's file all letters are 0.6 em."""
    try:
        return _face(FOLDER / FILES[weight])
    except OSError:
        return Face({})


def script_files() -> tuple[Path, ...]:
    """Return the files of the fonts for scripts that Inter lacks, in the order in which they are asked."""
    return tuple(sorted(VENDOR.glob(SCRIPTS)))


@lru_cache(maxsize=32)
def _script_face(path: Path) -> Face:
    return _face(path)


@lru_cache(maxsize=4_096)
def face_of(letter: str) -> Face | None:
    """Return the first font that holds a letter, None if none does. Without Inter, it holds all."""
    advance = face(400).advance
    if not advance or ord(letter) in advance:
        return face(400)
    if unicodedata.category(letter) in ("Cc", "Cs"):
        return None  # some fonts have a glyph for NUL
    faces = (_script_face(path) for path in script_files())
    return next((other for other in faces if ord(letter) in other.advance), None)


def runs(text: str) -> list[tuple[str, str]]:
    """Return a text in pieces, each with the family of the font that holds it, "" for Inter.

    Letters that no font holds are left out: a row of boxes says less than nothing. What only joins or
    separates letters, such as a space, stays with the piece before it.
    """
    pieces: list[tuple[str, str]] = []
    for letter in text:
        held = face_of(letter)
        joins = unicodedata.category(letter) in ("Mn", "Mc", "Cf", "Zs")
        if held is None and not (joins and pieces):
            continue
        family = pieces[-1][0] if pieces and joins else held.family if held else ""
        if pieces and pieces[-1][0] == family:
            pieces[-1] = (family, pieces[-1][1] + letter)
        else:
            pieces.append((family, letter))
    return pieces


def is_writable(text: str) -> bool:
    """Return whether the fonts of the pictures hold every letter of a text."""
    return all(face_of(letter) is not None or unicodedata.category(letter) == "Cf" for letter in text)


def _face(path: Path) -> Face:
    data = path.read_bytes()
    tables = _tables(data)
    em = struct.unpack_from(">H", data, tables["head"] + 18)[0]
    wide = struct.unpack_from(">H", data, tables["hhea"] + 34)[0]
    widths = [struct.unpack_from(">H", data, tables["hmtx"] + 4 * i)[0] for i in range(wide)]
    glyphs = _characters(data, tables["cmap"])
    advance = {code: widths[min(glyph, wide - 1)] / em for code, glyph in glyphs.items()}
    return Face(advance, "" if path.parent == FOLDER else _family(data, tables["name"]))


def _family(data: bytes, start: int) -> str:
    """The family a font says it is of: the typographic one, else the one of its four styles."""
    count, storage = struct.unpack_from(">HH", data, start + 2)
    names = {}
    for i in range(count):
        _, _, _, kind, length, offset = struct.unpack_from(">6H", data, start + 6 + 12 * i)
        at = start + storage + offset
        names[kind] = data[at : at + length].decode("utf-16-be", "replace")
    return names.get(16) or names.get(1, "")


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
    glyphs = {}
    for i, (begin, end, delta, reach) in enumerate(zip(begins, ends, deltas, ranges, strict=True)):
        for code in range(begin, min(end, 0xFFFE) + 1):
            if not reach:
                glyphs[code] = (code + delta) & 0xFFFF
                continue
            glyph = struct.unpack_from(">H", data, at + 2 * i + reach + 2 * (code - begin))[0]
            if glyph:
                glyphs[code] = (glyph + delta) & 0xFFFF
    return glyphs


def width(text: str, size: float, weight: int = 400) -> float:
    """Return the width of a line in pixels."""
    own = face(weight).advance
    return size * sum(own.get(ord(letter)) or _advance(letter) for letter in text)


def _advance(letter: str) -> float:
    other = face_of(letter)
    if unicodedata.category(letter) in ("Mn", "Cf"):
        return 0.0  # it stands on or between others
    return other.advance.get(ord(letter), UNKNOWN_EM) if other else UNKNOWN_EM


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
    last = clusters(lines[most - 1])
    while last and width(f"{''.join(last)}…", size, weight) > room:
        last.pop()
    return [*lines[: most - 1], f"{''.join(last).rstrip()}…"]


def longest_word(text: str, size: float, weight: int = 400) -> float:
    """Return the width in pixels of the widest part of a text that is only broken if it has to be."""
    parts = [part for word in _BREAKS.split(text) for part in _HYPHENS.split(word)]
    return max((width(part, size, weight) for part in parts), default=0.0)


def _pieces(word: str, size: float, room: float, weight: int) -> list[str]:
    """A word in parts that fit a line: nearly always the word, else broken after its hyphens."""
    if width(word, size, weight) <= room:
        return [word]
    parts = _HYPHENS.split(word)
    if any(width(part, size, weight) > room for part in parts):
        parts = clusters(word)
    pieces, current = [], ""
    for part in parts:
        if current and width(current + part, size, weight) > room:
            pieces.append(current)
            current = ""
        current += part
    return [*pieces, current]


def clusters(text: str) -> list[str]:
    """Return a text in the smallest parts that may stand alone: a letter with the marks it carries.

    What a sign such as the virama joins, in the scripts of India and its neighbours, stays in one part.

    >>> clusters("ก\u0e34น"), clusters("k\u094da")
    (['กิ', 'น'], ['k्a'])
    """
    parts: list[str] = []
    for letter in text:
        is_mark = unicodedata.category(letter) in ("Mn", "Mc", "Me", "Cf")
        if parts and (is_mark or parts[-1][-1] in _JOINING):
            parts[-1] += letter
        else:
            parts.append(letter)
    return parts
