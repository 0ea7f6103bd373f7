"""Columns as Arrow files: written once, mapped into memory read-only when they are wanted.

A mapped column costs no copy and no memory of the process's own until it is looked at, and then only
pages that the system may drop again, and does at once when `release_mapped_pages` says so. Texts stay
Arrow; polygons travel as WKB.
"""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from weakref import WeakSet

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import shapely

KIND: Final = b"baqylau"  # the key in a field's metadata under which one of the kinds below stands
NUMBERS, FLAGS, TEXT, WORDS, POLYGONS = b"numbers", b"flags", b"text", b"words", b"polygons"
RECORDS: Final = b"records"  # several numbers to a row, as many in every row
_MAPPED: Final[WeakSet[mmap.mmap]] = WeakSet()  # files whose pages `release_mapped_pages` gives back


def write(path: Path, columns: Any) -> None:
    """Write a frozen dataclass of columns of one length, or a mapping of such columns, as one file.

    A field may be a numpy array (of numbers, one or several to a row, or of polygons), an Arrow text, a
    tuple of texts, or a mapping of name → tuple of texts, which becomes columns `field/name`.
    """
    batch = _batch(columns)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as file:
        file.write_batch(batch)


def packed(columns: Any) -> bytes:
    """Return columns, as `write` takes them, as compressed bytes."""
    batch, sink = _batch(columns), pa.BufferOutputStream()
    with pa.ipc.new_file(sink, batch.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as file:
        file.write_batch(batch)
    return bytes(sink.getvalue().to_pybytes())


def unpacked(content: bytes | memoryview) -> dict[str, Any]:
    """Return the columns that were packed, each in memory of its own. Raises as `read` does."""
    return _columns(pa.ipc.open_file(pa.BufferReader(pa.py_buffer(content))).get_batch(0))


def _batch(columns: Any) -> pa.RecordBatch:
    given = (
        columns
        if isinstance(columns, Mapping)
        else {f.name: getattr(columns, f.name) for f in fields(columns)}
    )
    flat: dict[str, Any] = {}
    for name, value in given.items():
        flat |= (
            {f"{name}/{key}": column for key, column in value.items()}
            if isinstance(value, Mapping)
            else {name: value}
        )
    arrays = [_encoded(value) for value in flat.values()]
    schema = pa.schema(
        [
            pa.field(name, array.type, metadata={KIND: kind})
            for name, (kind, array) in zip(flat, arrays, strict=True)
        ]
    )
    return pa.record_batch([array for _, array in arrays], schema=schema)


def read(path: Path) -> dict[str, Any]:
    """Return the columns of a file by field name, numbers and texts as read-only views of the file.

    Raises OSError, ValueError (pa.ArrowInvalid is one) or KeyError for a file that is not one of ours.
    """
    return _columns(_opened(path).get_batch(0))


def _columns(batch: pa.RecordBatch) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for field, array in zip(batch.schema, batch.columns, strict=True):
        value = _decoded(field.metadata[KIND], array)
        name, _, key = field.name.partition("/")
        if key:
            columns.setdefault(name, {})[key] = value
        else:
            columns[name] = value
    return {name: MappingProxyType(v) if isinstance(v, dict) else v for name, v in columns.items()}


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """Write a conformed frame; `read_frame` gives it back with the same types."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as file:
        file.write_table(table)


def read_frame(path: Path) -> pd.DataFrame:
    """Return a frame as it was written. Raises as `read` does."""
    frame: pd.DataFrame = _opened(path).read_all().to_pandas()
    return frame


def release_mapped_pages() -> None:
    """Give memory back to the system: pages of mapped files, which come again when wanted, and Arrow's spare.

    To be called after something has gone through whole columns. The system's own cache keeps the pages while
    there is room. Where a system cannot drop pages (Windows), they stay.
    """
    pa.default_memory_pool().release_unused()
    if hasattr(mmap, "MADV_DONTNEED"):
        for mapped in tuple(_MAPPED):
            mapped.madvise(mmap.MADV_DONTNEED)


def _opened(path: Path) -> pa.RecordBatchFileReader:
    """Return a file of ours, mapped as long as any of its columns is held."""
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    _MAPPED.add(mapped)
    return pa.ipc.open_file(pa.BufferReader(pa.py_buffer(mapped)))


def _encoded(value: Any) -> tuple[bytes, pa.Array]:
    if isinstance(value, tuple):
        return WORDS, pa.array(value, pa.large_string()).dictionary_encode()
    if isinstance(value, pa.ChunkedArray):
        return TEXT, _whole(value)
    if isinstance(value, pa.Array):
        return TEXT, value
    if value.dtype == object:
        return POLYGONS, pa.array(shapely.to_wkb(value, byte_order=1), pa.large_binary())
    if value.dtype == np.bool_:
        return FLAGS, pa.array(value.view(np.uint8))
    if value.ndim == 2:
        return RECORDS, pa.FixedSizeListArray.from_arrays(pa.array(value.reshape(-1)), value.shape[1])
    return NUMBERS, pa.array(value)


def _whole(text: pa.ChunkedArray) -> pa.Array:
    joined = text.combine_chunks()
    return pa.concat_arrays(joined.chunks) if isinstance(joined, pa.ChunkedArray) else joined


def _decoded(kind: bytes, array: pa.Array) -> Any:
    if kind == NUMBERS:
        return array.to_numpy(zero_copy_only=True)
    if kind == FLAGS:
        return array.to_numpy(zero_copy_only=True).view(np.bool_)
    if kind == RECORDS:
        return array.flatten().to_numpy(zero_copy_only=True).reshape(-1, array.type.list_size)
    if kind == TEXT:
        return array
    if kind == WORDS:  # equal texts are one object: a million teams are of three kinds
        distinct = np.array(array.dictionary.to_pylist(), dtype=object)
        return tuple(distinct[array.indices.to_numpy()].tolist()) if len(array) else ()
    if kind == POLYGONS:
        return _polygons(array)
    raise ValueError(f"no kind of column: {kind!r}")


def _polygons(array: pa.Array) -> npt.NDArray[np.object_]:
    shapes = np.empty(len(array), dtype=object)
    shapes[:] = shapely.from_wkb(array.to_pylist()) if len(array) else None
    shapes.setflags(write=False)
    return shapes
