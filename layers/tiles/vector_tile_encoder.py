"""Mapbox Vector Tiles 2.1 from numpy columns: one pass over arrays, no Python per feature.

Wire format: github.com/mapbox/vector-tile-spec/tree/master/2.1, protobuf fields of `vector_tile.proto`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from geo.model.columns import BoolArray, ByteArray, IntArray

EXTENT: Final = 4096
"""Units along a tile's edge; x grows east, y grows south, both from the north-west corner."""

# Field number << 3 | wire type, as in vector_tile.proto.
_TILE_LAYER: Final = 0x1A
_LAYER_NAME, _LAYER_FEATURE, _LAYER_KEY = 0x0A, 0x12, 0x1A
_LAYER_VALUE, _LAYER_EXTENT, _LAYER_VERSION = 0x22, 0x28, 0x78
_FEATURE_TAGS, _FEATURE_TYPE, _FEATURE_GEOMETRY = 0x12, 0x18, 0x22
_VALUE_STRING, _VALUE_DOUBLE, _VALUE_UINT, _VALUE_SINT, _VALUE_BOOL = 0x0A, 0x19, 0x28, 0x30, 0x38
_POINT: Final = 1
_MOVE_TO_ONCE: Final = 1 << 3 | 1


@dataclass(frozen=True, eq=False, slots=True)
class _Bytes:
    """The bytes of one part of every feature, place by place, so that no Python runs per feature.

    `places`: the byte, one for all features or (n,) uint8, and which features write it, (n,) bool or None for
    all of them. `size`: how many bytes each feature writes, one number for all or (n,) int64.
    """

    places: tuple[tuple[int | ByteArray, BoolArray | None], ...]
    size: int | IntArray


def encode_points(
    name: str,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    properties: Mapping[str, npt.NDArray[Any]] | None = None,
) -> bytes:
    """Return one MVT layer of points; `b""` for no points.

    `x, y`: (n,) integers in tile units, outside 0 … 4095 for what belongs to a neighbour. `properties`:
    name → (n,) integer, float, bool or str array; NaN leaves the property out. Concatenate
    layers to make a tile.

    >>> encode_points("p", [25], [17]).hex()
    '1a110a01701207180122030932222880207802'
    """
    px, py = np.asarray(x, dtype=np.int64), np.asarray(y, dtype=np.int64)
    if len(px) == 0:
        return b""
    keys, values, tags = _tags(properties or {}, len(px))
    geometry = [_constant(_MOVE_TO_ONCE), _varints(_zigzag(px)), _varints(_zigzag(py))]
    feature = [
        *([_nested(_FEATURE_TAGS, tags)] if tags else []),
        _constant(_FEATURE_TYPE, _POINT),
        _nested(_FEATURE_GEOMETRY, geometry),
    ]
    return _layer(name, _flatten(len(px), _nested(_LAYER_FEATURE, feature)), keys, values)


def web_mercator(
    lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return x, y in the Mercator square, each 0 … 1 from the north-west corner (EPSG:3857, scaled)."""
    sine = np.sin(np.radians(np.clip(lat, -MAX_LATITUDE, MAX_LATITUDE)))
    return (lon + 180.0) / 360.0, 0.5 - np.arctanh(sine) / (2.0 * np.pi)


MAX_LATITUDE: Final = 85.0511287798066
"""Where the Mercator square ends: atan(sinh(π)) in degrees."""


def varint(number: int) -> bytes:
    """Return a non-negative integer as a protobuf varint.

    >>> varint(300).hex()
    'ac02'
    """
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _varints(numbers: IntArray) -> _Bytes:
    """Return non-negative integers as varints, each as short as it can be."""
    most = int(numbers.max())
    places: list[tuple[int | ByteArray, BoolArray | None]] = []
    rest, goes_that_far = numbers, None
    size: int | IntArray = 1
    while most > 0x7F:
        goes_on = rest > 0x7F
        places.append((rest.astype(np.uint8) | goes_on.view(np.uint8) << np.uint8(7), goes_that_far))
        rest, goes_that_far, size, most = rest >> 7, goes_on, size + goes_on, most >> 7
    return _Bytes((*places, (rest.astype(np.uint8), goes_that_far)), size)


def _constant(*values: int) -> _Bytes:
    return _Bytes(tuple((value, None) for value in values), len(values))


def _joined(parts: Sequence[_Bytes]) -> _Bytes:
    return _Bytes(tuple(place for part in parts for place in part.places), sum(part.size for part in parts))


def _nested(field: int, parts: Sequence[_Bytes]) -> _Bytes:
    """Return the parts as one length-delimited field: key, length in bytes, content."""
    body = _joined(parts)
    length = _constant(*varint(body.size)) if isinstance(body.size, int) else _varints(body.size)
    return _Bytes(((field, None), *length.places, *body.places), 1 + length.size + body.size)


def _flatten(n: int, part: _Bytes) -> bytes:
    """Return the bytes of n features one after the other."""
    data = np.empty((n, len(part.places)), dtype=np.uint8)
    is_written = np.ones(data.shape, dtype=np.bool_)
    for place, (value, writers) in enumerate(part.places):
        data[:, place] = value
        if writers is not None:
            is_written[:, place] = writers
    return data[is_written].tobytes()


def _tags(properties: Mapping[str, npt.NDArray[Any]], n: int) -> tuple[bytes, bytes, list[_Bytes]]:
    """Return the layer's keys, its values without duplicates, and the tags of every feature."""
    keys, tags = bytearray(), []
    table: dict[bytes, int] = {}
    for key_index, (name, column) in enumerate(properties.items()):
        array = np.asarray(column)
        if array.shape != (n,):
            raise ValueError(f"property {name!r} has shape {array.shape}, expected ({n},)")
        keys += _text(_LAYER_KEY, name)
        uniques, inverse = _unique(array)
        encode = _encoder_of(array.dtype)
        places = [table.setdefault(encode(value), len(table)) for value in uniques.tolist()]
        pair = _joined([_constant(*varint(key_index)), _varints(np.array(places, dtype=np.int64)[inverse])])
        tags.append(_where(~np.isnan(array), pair) if array.dtype.kind == "f" else pair)
    values = b"".join(bytes([_LAYER_VALUE]) + varint(len(value)) + value for value in table)
    return bytes(keys), values, tags


def _where(has: BoolArray, part: _Bytes) -> _Bytes:
    """Return the part for some of the features only."""
    places = tuple((value, has if writers is None else has & writers) for value, writers in part.places)
    return _Bytes(places, has * part.size)


def _unique(array: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], IntArray]:
    """Return sorted distinct values and where each element stands among them.

    Small integers are counted instead of sorted: three times quicker, and all a tile has.
    """
    if array.dtype.kind in "iu" and len(array):
        low, high = int(array.min()), int(array.max())
        if high - low <= 4 * len(array) + 4096:
            offset = array.astype(np.int64) - low
            occurs = np.zeros(high - low + 1, dtype=np.bool_)
            occurs[offset] = True
            place = np.cumsum(occurs, dtype=np.int64) - 1
            return np.flatnonzero(occurs) + low, place[offset]
    uniques, inverse = np.unique(array, return_inverse=True)
    return uniques, inverse.astype(np.int64)


def _encoder_of(dtype: np.dtype[Any]) -> Callable[[Any], bytes]:
    if dtype.kind == "b":
        return lambda value: bytes([_VALUE_BOOL, int(value)])
    if dtype.kind in "iu":
        return _encode_integer
    if dtype.kind == "f":
        return lambda value: bytes([_VALUE_DOUBLE]) + np.float64(value).astype("<f8").tobytes()
    if dtype.kind in "UOT":
        return lambda value: _text(_VALUE_STRING, str(value))
    raise ValueError(f"a property of dtype {dtype} has no place in a vector tile")


def _encode_integer(value: int) -> bytes:
    if value >= 0:
        return bytes([_VALUE_UINT]) + varint(value)
    return bytes([_VALUE_SINT]) + varint(-2 * value - 1)


def _text(field: int, text: str) -> bytes:
    data = text.encode("utf-8")
    return bytes([field]) + varint(len(data)) + data


def _zigzag(numbers: IntArray) -> IntArray:
    return (numbers << 1) ^ (numbers >> 63)


def _layer(name: str, features: bytes, keys: bytes, values: bytes) -> bytes:
    tail = bytes([_LAYER_EXTENT]) + varint(EXTENT) + bytes([_LAYER_VERSION, 2])
    body = _text(_LAYER_NAME, name) + features + keys + values + tail
    return bytes([_TILE_LAYER]) + varint(len(body)) + body
