"""What one cell means: text, numbers, choices, coordinates, polygons, a column at a time.

Every parser takes `Cells` (one column of text) and returns `Parsed`. Cells in their plain form are
read by vectorised kernels; only what is left is looked at one distinct value at a time.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from shapely.errors import GEOSException

from geo.model import contact_details
from geo.model.columns import BoolArray, IntArray
from geo.model.text_cells import Cells

Axis = Literal["lon", "lat"]

MISSING_WORDS: Final = frozenset(
    (
        "na",
        "n/a",
        "#n/a",
        "n.a.",
        "nan",
        "null",
        "none",
        "nil",
        "-",
        "--",
        "—",
        "?",
        ".",
        "no data",
        "unknown",
    )
) | {"н/д", "#н/д", "н.д.", "нет данных", "неизвестно", "дерек жоқ", "белгісіз"}
MAX_ID: Final = 200  # characters; a uuid has 36, and longer ids hold a text that slipped into their column
MAX_TEXT: Final = 20_000  # characters; ten pages, more than anybody writes into a form
MAX_COUNT: Final = 10**9  # no count of voters, observers or stations comes near
LONGEST_TYPED: Final = 64  # characters of a number, coordinate or time; longer ones are not even tried
DEEPEST: Final = 6  # brackets in a GeoJSON MultiPolygon: one object, five arrays at most
SHOWN: Final = 200  # characters of a value that a defect repeats

_DATE_WORDS: Final = (
    "jan feb mar apr may jun jul aug sep oct nov dec янв фев мар апр май мая июн июл авг сен окт ноя дек "
    "қаң ақп нау сәу мам мау шіл там қыр қаз қар жел"
)
_MONTH: Final = f"(?:{'|'.join(_DATE_WORDS.split())})[a-zа-яёәғқңөұүһі]*\\.?"
# What a spreadsheet makes of station numbers such as 5/12 or 5-4: 05.дек, 12-May, 2005-12-05 00:00:00.
_ID_DATE: Final = (
    rf"(?i)^(?:\d{{1,4}}[-./ ]{_MONTH}(?:[-./ ]\d{{2,4}})?|{_MONTH}[-./ ]\d{{1,4}}"
    r"|(?:19|20)\d\d[-./](?:0?[1-9]|1[0-2])[-./](?:0?[1-9]|[12]\d|3[01])"
    r"(?:[T ]\d\d?:\d\d(?::\d\d(?:\.0+)?)?)?"
    r"|(?:0?[1-9]|[12]\d|3[01])[./](?:0?[1-9]|1[0-2])[./](?:19|20)\d\d(?: \d\d?:\d\d(?::\d\d)?)?)$"
)
_CONTROL: Final = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_ENTITY: Final = r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});"
_FORMULA: Final = r"^(?:[=@|]|[+\-][^\d\s.,]|[\t\r])"
# Cells that have to be tidied: white space at an end, or accents that stand as characters of their own.
_SPACED: Final = r"^[\s\x{00a0}\x{202f}]|[\s\x{00a0}\x{202f}]$|\p{M}"
_PIECE: Final = 1 << 20  # bytes looked at at once


@dataclass(frozen=True, eq=False, slots=True)
class Issue:
    """What is wrong with some cells of a column: code of `defects.KINDS`, where, what would be right."""

    code: str
    at: IntArray  # positions in the column
    expected: str | npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False, slots=True)
class Parsed:
    """A column understood. `unread`: (N,) bool, cells that hold something which could not be read."""

    values: pd.Series[Any]
    unread: BoolArray
    issues: tuple[Issue, ...] = ()


def matches(cells: Cells, pattern: str) -> BoolArray:
    """Return which cells hold the (RE2) pattern."""
    return np.asarray(pc.match_substring_regex(cells, pattern).to_numpy(zero_copy_only=False), dtype=bool)


def letters_of(cells: Cells) -> npt.NDArray[np.uint8]:
    """Return the bytes of all cells one behind the other, (B,) uint8, not copied."""
    return _buffers(cells)[1]


def _buffers(cells: Cells) -> tuple[IntArray, npt.NDArray[np.uint8]]:
    """Return where in the bytes each cell begins, and the last ends, (N + 1,), and the bytes."""
    if not len(cells):
        return np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.uint8)
    _, offsets, letters = cells.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[cells.offset : cells.offset + len(cells) + 1]
    every = np.frombuffer(letters, dtype=np.uint8) if letters is not None else np.zeros(0, dtype=np.uint8)
    return ends - ends[0], every[ends[0] : ends[-1]]


def has_any(cells: Cells, wanted: BoolArray) -> bool:
    """Return whether any of some bytes, (256,) bool, stands anywhere in a column.

    Telling what a million plain ids do not hold takes a hundredth of what a pattern takes.
    """
    letters = letters_of(cells)
    return any(wanted[letters[at : at + _PIECE]].any() for at in range(0, len(letters), _PIECE))


def _bytes(*characters: int) -> BoolArray:
    table = np.zeros(256, dtype=bool)
    table[list(characters)] = True
    return table


def is_empty(cells: Cells) -> BoolArray:
    """Return which cells are empty or only white space."""
    sizes = np.asarray(pc.binary_length(cells).to_numpy(zero_copy_only=False))
    empty = sizes == 0
    short = np.flatnonzero((sizes > 0) & (sizes <= 8))
    if len(short):
        empty[short] = matches(cells.take(pa.array(short)), r"^[\s\x{00a0}\x{202f}\x{feff}]*$")
    return np.asarray(empty, dtype=bool)


def texts_at(cells: Cells, at: IntArray) -> npt.NDArray[np.object_]:
    """Return the cells at some positions as Python strings."""
    return np.asarray(cells.take(pa.array(at)).to_numpy(zero_copy_only=False), dtype=object)


def series(cells: Cells | pa.ChunkedArray) -> pd.Series[Any]:
    """Return cells as a pandas column of dtype str, without copying them."""
    return pd.Series(pd.array(cells, dtype="str"))


def each_distinct(
    cells: Cells, at: IntArray, read: Callable[[str], Any]
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]]:
    """Return what `read` makes of the cells at some positions, and those cells; once per distinct value."""
    coded = pc.dictionary_encode(cells.take(pa.array(at)))
    words = coded.dictionary.to_pylist()
    results = np.empty(len(words), dtype=object)
    results[:] = [read(word) for word in words]
    texts = np.empty(len(words), dtype=object)
    texts[:] = words
    codes = coded.indices.to_numpy()
    return results[codes], texts[codes]


def read_text(cells: Cells, *, is_public: bool = False) -> Parsed:
    """Return text as it stands; what looks like an attack or an accident is reported, not mended.

    So is, in a text that the press may see, what looks like somebody's phone number or e-mail address.
    """
    issues = _oddities(cells, MAX_TEXT)
    if is_public:
        issues += _contacts(cells)
    return Parsed(series(cells), np.zeros(len(cells), dtype=bool), tuple(issues))


def _contacts(cells: Cells) -> list[Issue]:
    if not has_any(cells, _MAY_BE_CONTACT):
        return []
    suspects = np.flatnonzero(matches(cells, contact_details.MAY_HOLD_RE2))
    if not len(suspects):
        return []
    is_one = each_distinct(cells, suspects, contact_details.has_contact)[0].astype(bool)
    at = suspects[is_one]
    return [Issue("contact_detail", at, "the text without it; the press sees •••")] if len(at) else []


NOT_ASCII: Final = _bytes(*range(0x80, 0x100))
_MAY_BE_SPACE: Final = _bytes(*range(0x09, 0x0E), 0x20, *range(0x80, 0x100))
# Of control characters above ASCII, UTF-8 begins none with another byte than these.
_MAY_BE_ODD: Final = _bytes(ord("&"), *range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0xC2, 0xE2, 0xEF)
# No digit of another script begins with a lower byte than those of Arabic; Cyrillic letters do.
_MAY_BE_CONTACT: Final = _bytes(*b"@(0123456789", *range(0xD9, 0x100))
_MAY_BE_FORMULA: Final = _bytes(*b"=@|+-\t\r")


def _oddities(cells: Cells, longest: int) -> list[Issue]:
    issues = []
    begins, letters = _buffers(cells)
    sizes = np.diff(begins)
    if has_any(cells, _MAY_BE_ODD):
        odd = np.flatnonzero(matches(cells, f"[{_re2(_CONTROL)}]|{_FORMULA}|{_ENTITY}"))
    else:
        odd = np.flatnonzero(sizes)
        odd = odd[_MAY_BE_FORMULA[letters[begins[odd]]]]
    if len(odd):
        part = cells.take(pa.array(odd))
        entity = odd[matches(part, _ENTITY)]
        if len(entity):
            right = np.array([html.unescape(text) for text in texts_at(cells, entity)], dtype=object)
            issues.append(Issue("html_entity", entity, right))
        issues.append(
            Issue("formula_like", odd[matches(part, _FORMULA)], "plain text; it is kept as text, never run")
        )
        issues.append(
            Issue("control_character", odd[matches(part, f"[{_re2(_CONTROL)}]")], "printable characters only")
        )
    long = np.flatnonzero(sizes > longest)  # of bytes, of which there may be more than characters
    long = long[pc.utf8_length(cells.take(pa.array(long))).to_numpy(zero_copy_only=False) > longest]
    issues.append(Issue("too_long", long, f"at most {longest} characters"))
    return [issue for issue in issues if len(issue.at)]


def _re2(characters: str) -> str:
    return "".join(c if c == "-" else f"\\x{{{ord(c):x}}}" for c in characters)


def read_id(cells: Cells) -> Parsed:
    """Return ids as text: outer white space taken off, leading zeros kept, all else as written."""
    issues = _oddities(cells, MAX_ID)
    may_be = has_any(cells, _MAY_BE_SPACE)
    spaced = np.flatnonzero(matches(cells, _SPACED)) if may_be else np.empty(0, dtype=np.int64)
    if len(spaced):
        tidy, texts = each_distinct(cells, spaced, lambda text: unicodedata.normalize("NFC", text.strip()))
        cells = replaced(cells, spaced, tidy)
        changed = (tidy != texts) & (tidy != "")
        issues.append(Issue("id_white_space", spaced[changed], tidy[changed]))
    dates = np.flatnonzero(matches(cells, _ID_DATE))
    issues.append(
        Issue(
            "id_like_date", dates, "the number as printed; a spreadsheet made a date of it: store it as text"
        )
    )
    return Parsed(series(cells), np.zeros(len(cells), dtype=bool), tuple(i for i in issues if len(i.at)))


def replaced(cells: Cells, at: IntArray, texts: Any) -> Cells:
    """Return cells with other texts at some (ascending) positions."""
    mask = np.zeros(len(cells), dtype=bool)
    mask[at] = True
    return pc.replace_with_mask(cells, pa.array(mask), pa.array(texts, pa.large_string()))


def absent(cells: Cells) -> tuple[BoolArray, Issue | None]:
    """Return which cells of a typed column hold nothing, and a note on those that say so in words."""
    empty = is_empty(cells)
    # a class of all letters, twelve times, would take longer to compile than a small mission to be read
    is_short = np.diff(_buffers(cells)[0]) <= LONGEST_TYPED
    words = np.flatnonzero(~empty & is_short & matches(cells, "^[^0-9]+$"))
    if not len(words):
        return empty, None
    says_missing = each_distinct(cells, words, lambda text: text.strip().casefold() in MISSING_WORDS)[
        0
    ].astype(bool)
    empty[words[says_missing]] = True
    return empty, Issue("missing_word", words[says_missing], "an empty cell") if says_missing.any() else None


def read_typed(column: pd.Series[Any], kind: str) -> Parsed | None:
    """Return a column that already holds numbers or booleans; None if it has to be read as text."""
    none = np.zeros(len(column), dtype=bool)
    if kind == "boolean" and pd.api.types.is_bool_dtype(column.dtype):
        return Parsed(column.astype("boolean"), none)
    is_number = pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)
    if kind == "boolean" or not is_number:
        return None
    numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    if kind != "integer":
        unread = np.isinf(numbers)
        issue = Issue("number_unreadable", np.flatnonzero(unread), "a finite number")
        return Parsed(pd.Series(np.where(unread, np.nan, numbers)), unread, (issue,) if unread.any() else ())
    empty = np.isnan(numbers)
    good = (numbers >= 0) & (numbers <= MAX_COUNT) & (numbers == np.floor(numbers))
    unread = ~empty & ~good
    counts = pd.arrays.IntegerArray(np.where(good, numbers, 0).astype(np.int64), ~good)
    issue = Issue("integer_unreadable", np.flatnonzero(unread), f"a whole number from 0 to {MAX_COUNT}")
    return Parsed(pd.Series(counts), unread, (issue,) if unread.any() else ())


def read_integer(cells: Cells, decimal: str = ".") -> Parsed:
    """Return counts as Int64; "1 234", "1,234" and "12.0" are read and noted, others stay missing."""
    empty, note = absent(cells)
    numbers = np.zeros(len(cells), dtype=np.int64)
    plain = matches(cells, r"^\d{1,9}$")
    _fill(numbers, cells, plain, pa.int64())
    rest = np.flatnonzero(~plain & ~empty)
    issues = [note] if note else []
    unread = np.zeros(len(cells), dtype=bool)
    if len(rest):
        read, texts = each_distinct(cells, rest, lambda text: _integer(text, decimal))
        good = np.array([isinstance(value, int) for value in read], dtype=bool)
        numbers[rest[good]] = read[good].astype(np.int64)
        unread[rest[~good]] = True
        loose = good & np.array([text.strip() != str(value) for text, value in zip(texts, read, strict=True)])
        issues.append(Issue("number_format", rest[loose], read[loose].astype(str).astype(object)))
        issues.append(Issue("integer_unreadable", rest[~good], read[~good]))
    values = pd.Series(pd.arrays.IntegerArray(numbers, empty | unread))
    return Parsed(values, unread, tuple(issue for issue in issues if len(issue.at)))


def _fill(numbers: npt.NDArray[Any], cells: Cells, where: BoolArray, kind: pa.DataType) -> None:
    """Write the numbers of the plain cells into `numbers`, which this module has just made."""
    chosen = cells if where.all() else cells.filter(pa.array(where))
    numbers[where] = pc.cast(chosen, kind).to_numpy()


def _integer(text: str, decimal: str) -> int | str:
    """Return the count a text stands for, or what would be right."""
    tidy = re.sub(r"[\s\u00a0\u202f'’]", " ", text.strip()[: LONGEST_TYPED + 1])
    if re.fullmatch(r"[+-]?\d{1,3}( \d{3})+([.,]0+)?", tidy):
        tidy = tidy.replace(" ", "")
    group = "." if decimal == "," else ","
    if re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}(\{group}\d{{3}})+(\{decimal or '.'}0+)?", tidy):
        tidy = tidy.replace(group, "")
    whole = re.fullmatch(rf"([+-]?\d{{1,15}})(\{decimal or '.'}0*)?", tidy)
    if whole is None:
        return "a whole number, digits only"
    count = int(whole[1])
    return count if 0 <= count <= MAX_COUNT else f"a count from 0 to {MAX_COUNT}"


def metres(text: str) -> float:
    """Return the metres a text stands for, NaN when it is no number, or one that could be two.

    Spaces and apostrophes group digits; of a point and a comma the last is the decimal mark. A comma
    before three digits, with nothing that tells, may be either and is none.

    >>> metres(" 700 000.5"), metres("5.123.456,7"), metres("5,123,456.7"), metres("700,000")
    (700000.5, 5123456.7, 5123456.7, nan)
    """
    tidy = re.sub(r"[\s\u00a0\u202f'’]", "", text[: LONGEST_TYPED + 1])
    if re.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})+", tidy):
        return np.nan
    group = "." if tidy.rfind(",") > tidy.rfind(".") else ","
    if re.fullmatch(rf"[+-]?\d{{1,3}}(?:\{group}\d{{3}})+[.,]\d+", tidy):
        tidy = tidy.replace(group, "")
    tidy = tidy.replace(",", ".")
    return float(tidy) if re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,20})?([eE][+-]?\d{1,2})?", tidy) else np.nan


def read_choice(cells: Cells, choices: Sequence[str], synonyms: Mapping[str, str]) -> Parsed:
    """Return one of `choices` per cell, "" for missing; words in en, ru, kk by `synonyms` (folded)."""
    coded = pc.dictionary_encode(cells)
    known = {**synonyms, **{choice: choice for choice in choices}}
    words = coded.dictionary.to_pylist()
    values = pa.array([known.get(fold(word), "") for word in words], pa.large_string()).take(coded.indices)
    odd = np.flatnonzero(np.asarray(pc.equal(values, "").to_numpy(zero_copy_only=False)))
    empty, note = absent(cells.take(pa.array(odd)))  # only now: "unknown" and "none" may be choices
    unread = np.zeros(len(cells), dtype=bool)
    unread[odd[~empty]] = True
    issues = [Issue(note.code, odd[note.at], note.expected)] if note else []
    if unread.any():
        issues.append(Issue("choice_unknown", odd[~empty], f"one of {', '.join(choices)}"))
    return Parsed(series(values), unread, tuple(issues))


def fold(text: str) -> str:
    """Return a word as it is compared: case, spaces, hyphens and ё do not matter.

    >>> fold(" Very-Good ")
    'very_good'
    """
    folded = unicodedata.normalize("NFKC", text).strip().casefold().replace("ё", "е")
    return re.sub(r"[\s\-_‐‑–]+", "_", folded)


def read_boolean(cells: Cells, synonyms: Mapping[str, str]) -> Parsed:
    """Return nullable booleans; yes and no in en, ru and kk by `synonyms`."""
    words = read_choice(cells, ("yes", "no"), synonyms)
    text = words.values.to_numpy(dtype=object)
    values = pd.array(text == "yes", dtype="boolean")
    values[text == ""] = pd.NA
    return Parsed(pd.Series(values), words.unread, words.issues)


def read_list(cells: Cells) -> Parsed:
    """Return lists as text with ";" between; "|", "," and line ends are read as separators too."""
    odd = _oddities(cells, MAX_TEXT)
    loose = np.flatnonzero(matches(cells, r"[;|,\n\s]"))
    if len(loose):
        cells = replaced(cells, loose, each_distinct(cells, loose, list_text)[0])
    return Parsed(series(cells), np.zeros(len(cells), dtype=bool), tuple(odd))


def list_text(text: str) -> str:
    """Return the parts of a list joined by ";", each once.

    >>> list_text("a, b;c;; a")
    'a, b;c;a'
    >>> list_text("a, b,a ")
    'a;b'
    """
    separator = next((mark for mark in (";", "|", "\n", ",") if mark in text), ";")
    return ";".join(dict.fromkeys(part.strip() for part in text.split(separator) if part.strip()))


_LETTERS: Final[Mapping[str, tuple[Axis, int]]] = {
    "n": ("lat", 1), "s": ("lat", -1), "e": ("lon", 1), "w": ("lon", -1),
    "с": ("lat", 1), "ю": ("lat", -1), "в": ("lon", 1), "з": ("lon", -1),
    "с.ш.": ("lat", 1), "ю.ш.": ("lat", -1), "в.д.": ("lon", 1), "з.д.": ("lon", -1),
    "с.е.": ("lat", 1), "о.е.": ("lat", -1), "ш.б.": ("lon", 1), "б.б.": ("lon", -1),
}  # fmt: skip
_DEGREES: Final = re.compile(
    r"(?P<before>[a-zа-я.]*)\s*(?P<sign>[+-]?)\s*(?P<degrees>\d{1,3}(?:\.\d+)?)\s*(?:[°ºd˚\s]\s*|$|(?=[a-zа-я]))"
    r"(?:(?P<minutes>\d{1,2}(?:\.\d+)?)\s*(?:['′’m\s]\s*|$|(?=[a-zа-я]))"
    r"(?:(?P<seconds>\d{1,2}(?:\.\d+)?)\s*(?:[\"″”s]|''|′′)?\s*)?)?(?P<after>[a-zа-я.]*)"
)


def read_coordinate(cells: Cells, axis: Axis, is_projected: bool = False) -> Parsed:
    """Return degrees (or metres of a projected CRS) as float64, NaN for missing.

    Reads decimals with point or comma, degree signs, hemisphere letters in en, ru and kk, and degrees,
    minutes, seconds. Ranges are checked by the caller, who knows both halves of the pair.
    """
    empty, note = absent(cells)
    numbers = np.full(len(cells), np.nan)
    plain = matches(cells, r"^[+-]?\d{1,8}(?:\.\d{1,20})?$")
    _fill(numbers, cells, plain, pa.float64())
    rest = np.flatnonzero(~plain & ~empty)
    issues = [note] if note else []
    unread = np.zeros(len(cells), dtype=bool)
    if len(rest):
        read = metres if is_projected else (lambda text: degrees(text, axis))
        numbers[rest] = each_distinct(cells, rest, read)[0].astype(np.float64)
        bad = rest[np.isnan(numbers[rest])]
        unread[bad] = True
        right = "metres such as 700000.5" if is_projected else "degrees such as 76.945 or 76°56'42\"E"
        issues.append(Issue("coordinate_unreadable", bad, f"{_AXES[axis]} in {right}"))
    return Parsed(pd.Series(numbers), unread, tuple(issue for issue in issues if len(issue.at)))


_AXES: Final[Mapping[Axis, str]] = {"lon": "a longitude", "lat": "a latitude"}


def degrees(text: str, axis: Axis) -> float:
    """Return the degrees a text stands for, NaN when it is not one coordinate of this axis.

    >>> degrees("76°56'42\\"E", "lon")
    76.945
    >>> degrees("43,25 с.ш.", "lat")
    43.25
    >>> degrees("43.25N", "lon")
    nan
    """
    if len(text) > LONGEST_TYPED:
        return np.nan
    tidy = unicodedata.normalize("NFKC", text).strip().casefold().replace("−", "-")
    tidy = re.sub(r"(\d),(\d)", r"\1.\2", tidy) if tidy.count(",") == 1 else tidy
    match = _DEGREES.fullmatch(tidy)
    if match is None or (match["before"] and match["after"]):
        return np.nan
    letters = (match["before"] or match["after"]).strip()
    named, sign = _LETTERS.get(letters, (axis, 1)) if letters in _LETTERS or not letters else ("", 1)
    minutes, seconds = float(match["minutes"] or 0), float(match["seconds"] or 0)
    is_split = match["minutes"] is not None and "." in match["degrees"]
    if named != axis or minutes >= 60 or seconds >= 60 or is_split or (letters and match["sign"]):
        return np.nan
    if match["seconds"] is not None and "." in match["minutes"]:
        return np.nan
    size = float(match["degrees"]) + minutes / 60 + seconds / 3600
    return round(-size if match["sign"] == "-" else sign * size, 12)


def read_polygon(column: pd.Series[Any]) -> tuple[npt.NDArray[np.object_], BoolArray]:
    """Return polygons of a column of WKT or GeoJSON text, (N,) object, None for none; and unread cells.

    A shape that is there already stays as it is; bytes are unread.
    """
    shapes = np.full(len(column), None, dtype=object)
    unread = np.zeros(len(column), dtype=bool)
    for place, cell in enumerate(column.to_numpy(dtype=object)):
        if isinstance(cell, shapely.Geometry):
            shapes[place] = cell
        elif isinstance(cell, bytes) or (isinstance(cell, str) and cell.strip()):
            shapes[place] = _polygon(cell) if isinstance(cell, str) else None
            unread[place] = shapes[place] is None
    return shapes, unread


def _polygon(text: str) -> shapely.Geometry | None:
    """Return a polygon; None for all else: nested collections could exhaust the parsers' stack."""
    tidy = text.strip()
    try:
        if tidy.startswith("{"):
            return shapely.from_geojson(tidy) if _depth(tidy) <= DEEPEST else None
        return shapely.from_wkt(tidy) if re.match(r"(?i)(multi)?polygon\b", tidy) else None
    except (GEOSException, ValueError, TypeError):
        return None


_HEX_POINT: Final = re.compile(
    r"0[01](?:[0-9A-Fa-f]{2}){20,40}"
)  # well-known bytes of a point, with SRID or height


def shape_of(text: str) -> shapely.Geometry | None:
    """Return a point, multipoint or polygon of one cell: WKT, GeoJSON, a database's hex; None else."""
    try:
        if _HEX_POINT.fullmatch(text):
            return shapely.from_wkb(text)
        if text.startswith("{"):
            return shapely.from_geojson(text) if _depth(text) <= DEEPEST else None
        plain = re.sub(r"(?i)^srid=\d+;\s*", "", text)
        return shapely.from_wkt(plain) if re.match(r"(?i)(multi)?(point|polygon)\b", plain) else None
    except (GEOSException, ValueError, TypeError):
        return None


def _depth(text: str) -> int:
    """Return how deep brackets are nested at most."""
    letters = np.frombuffer(text.encode(), dtype=np.uint8)
    opens, closes = np.isin(letters, (0x5B, 0x7B)), np.isin(letters, (0x5D, 0x7D))
    return int((opens.astype(np.int64) - closes).cumsum().max(initial=0))
