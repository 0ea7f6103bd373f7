"""A small PMTiles file of our own making: version 3, one directory, gzipped vector tiles."""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mapbox_vector_tile

Tile = tuple[int, int, int]


def tile_id(z: int, x: int, y: int) -> int:
    """Return the place of a tile on the Hilbert curves of all zooms, one after the other."""
    place = (4**z - 1) // 3
    for level in range(z - 1, -1, -1):
        side = 1 << level
        right, low = int(bool(x & side)), int(bool(y & side))
        place += side * side * ((3 * right) ^ low)
        if not low:
            if right:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
    return place


def varints(numbers: list[int]) -> bytes:
    """Return whole numbers as seven bits a byte, the lowest first."""
    body = bytearray()
    for number in numbers:
        while number > 0x7F:
            body.append(number & 0x7F | 0x80)
            number >>= 7
        body.append(number)
    return bytes(body)


def write(
    path: Path,
    tiles: Mapping[Tile, Mapping[str, list[dict[str, Any]]]],
    bounds: tuple[float, float, float, float],
    attribution: str = "",
    kind: int = 1,
) -> None:
    """Write tiles, each its layers' features as mapbox_vector_tile takes them, to a file."""
    bodies = {
        tile_id(*tile): gzip.compress(
            mapbox_vector_tile.encode(
                [{"name": name, "features": features} for name, features in layers.items()]
            ),
            mtime=0,
        )
        for tile, layers in tiles.items()
    }
    ids = sorted(bodies)
    sizes = [len(bodies[one]) for one in ids]
    steps = [after - before for before, after in zip([0, *ids], ids, strict=False)]
    offsets = [1, *[0] * (len(ids) - 1)]  # 0: right behind the one before
    numbers = [len(ids), *steps, *[1] * len(ids), *sizes, *offsets]
    root = gzip.compress(varints(numbers), mtime=0)
    about = gzip.compress(json.dumps({"attribution": attribution}).encode(), mtime=0)
    zooms = [z for z, _, _ in tiles] or [0]
    at, data = 127 + len(root), 127 + len(root) + len(about)
    places = [127, len(root), at, len(about), data, 0, data, sum(sizes), *[len(ids)] * 3]
    sides = [round(side * 1e7) for side in bounds]
    middle = [(sides[0] + sides[2]) // 2, (sides[1] + sides[3]) // 2]
    head = struct.pack(
        "<7sB11Q6B4iB2i", b"PMTiles", 3, *places, 1, 2, 2, kind, min(zooms), max(zooms),
        *sides, min(zooms), *middle,
    )  # fmt: skip
    path.write_bytes(head + root + about + b"".join(bodies[one] for one in ids))
