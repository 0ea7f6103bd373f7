"""Read what a mission's `basemap.pmtiles` says of itself: where it reaches, how near, whose work it is.

PMTiles version 3 (Protomaps, specification of 2022): 127 bytes of numbers, then directories, metadata as
JSON, tiles. Nothing but the header and the metadata is read here; tiles are drawn by the browser.
"""

from __future__ import annotations

import html
import json
import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from geo.model.errors import InputError
from geo.model.messages import message

FILE: Final = "basemap.pmtiles"
LARGEST_METADATA: Final = 1 << 20  # bytes, packed or not
LONGEST_CREDIT: Final = 160  # characters
_HEADER: Final = struct.Struct("<7sB11Q6B4iB2i")
_NONE, _GZIP, _VECTOR = 1, 2, 1
_SCALE: Final = 1e7  # of degrees


class NotPmtiles(InputError):
    """The file is none that a desk can draw; the text says why."""


@dataclass(frozen=True, slots=True)
class StreetFile:
    """A vector basemap: `bounds` west, south, east, north in degrees; `credit` plain text, "" for none."""

    path: Path
    tag: str  # changes with the file
    bounds: tuple[float, float, float, float]
    max_zoom: int
    credit: str


def street_file(folder: Path) -> StreetFile | None:
    """Return a mission folder's basemap; None where there is none. Raises NotPmtiles."""
    path = folder / FILE
    if not path.exists():
        return None
    if not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
        raise NotPmtiles(message("{file} must be a file inside the mission's folder", file=FILE))
    try:
        return _described(path)
    except OSError as error:
        says = message("{file} cannot be read: {reason}", file=FILE, reason=str(error.strerror))
        raise NotPmtiles(says) from None


def _described(path: Path) -> StreetFile:
    about = path.stat()
    with path.open("rb") as file:
        head = file.read(_HEADER.size)
        if len(head) < _HEADER.size or head[:8] != b"PMTiles\x03":
            raise NotPmtiles(message("{file} is not a PMTiles file of version 3", file=FILE))
        numbers = _HEADER.unpack(head)
        at, length = numbers[4], numbers[5]
        packing, kind, max_zoom = numbers[14], numbers[16], numbers[18]
        # root directory, metadata, leaf directories, tiles: where each begins and how long it is
        whole = max(start + size for start, size in zip(numbers[2:10:2], numbers[3:10:2], strict=True))
        if kind != _VECTOR:
            says = message("{file} holds no vector tiles; pictures of a map are not drawn", file=FILE)
            raise NotPmtiles(says)
        # west, south, east, north
        sides = [number / _SCALE for number in numbers[19:23]]
        if not (-180 <= sides[0] < sides[2] <= 180 and -90 <= sides[1] < sides[3] <= 90):
            raise NotPmtiles(message("{file} does not say where it reaches", file=FILE))
        if about.st_size < whole:
            says = message(
                "{file} is cut off: it has {size} of its {whole} bytes; copy it once more",
                file=FILE, size=about.st_size, whole=whole,
            )  # fmt: skip
            raise NotPmtiles(says)
        file.seek(min(at, about.st_size))
        metadata = _metadata(file.read(min(length, LARGEST_METADATA)), packing)
    bounds = (sides[0], sides[1], sides[2], sides[3])
    tag = f"{about.st_size:x}-{about.st_mtime_ns:x}"
    return StreetFile(path, tag, bounds, max_zoom, _plain(metadata.get("attribution")))


def _metadata(body: bytes, packing: int) -> dict[str, Any]:
    """Return the file's own description; {} where it cannot be read, for a map needs none of it."""
    try:
        if packing == _GZIP:
            body = zlib.decompressobj(wbits=31).decompress(body, LARGEST_METADATA)
        elif packing != _NONE:
            return {}
        value = json.loads(body)
    except (ValueError, RecursionError, zlib.error):
        return {}
    return value if isinstance(value, dict) else {}


def _plain(text: object) -> str:
    """Return the words of a credit without its tags.

    >>> _plain('<a href="x">Protomaps</a> &copy; OpenStreetMap')
    'Protomaps © OpenStreetMap'
    """
    if not isinstance(text, str):
        return ""
    words = html.unescape(re.sub(r"<[^>]*>", " ", text[: 20 * LONGEST_CREDIT]))
    return " ".join(words.split())[:LONGEST_CREDIT]
