"""Files from outside as `Raw` tables: one reader per format, listed in `READERS`, picked by `read`."""

from __future__ import annotations

import gc
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyarrow as pa

from geo.errors import InputError
from geo.mission import TableSource
from geo.readers import apollo, delimited, gdal, geojson, kobo, odk, parquet, ushahidi, xlsx
from geo.readers.base import (
    DEFECT_KINDS,
    HEAD_BYTES,
    LOCAL,
    UPLOAD,
    Limits,
    Progress,
    Reader,
    bad,
    content_of,
    megabytes,
    refused,
)
from geo.tables import Raw

__all__ = ["DEFECT_KINDS", "LOCAL", "READERS", "UPLOAD", "Limits", "Progress", "Reader", "read"]

# The first that recognises a file reads it: platforms' exports stand before the plain formats.
READERS: Final[tuple[Reader, ...]] = (
    kobo.READER,
    odk.READER,
    apollo.READER,
    ushahidi.READER,
    delimited.READER,
    geojson.READER,
    xlsx.READER,
    parquet.READER,
    gdal.GEOPACKAGE,
    gdal.SHAPEFILE,
    gdal.FLATGEOBUF,
    gdal.KML,
    gdal.KMZ,
)


def read(source: TableSource, progress: Progress | None = None, *, limits: Limits = LOCAL) -> Raw:
    """Return a file as it stands, by the reader its content and its name agree on.

    `source.format` names a reader when the file alone is not clear. `limits`: `LOCAL` for a
    mission's own files, `UPLOAD` for files from strangers.

    Raises InputError, or RefusedError for a file that is hostile or over a limit; nothing else.
    """
    path = source.path
    head = _head(path, limits)
    reader = _reader(source, head)
    try:
        with _collector_paused():
            return reader.read(path, source, limits, progress)
    except InputError:
        raise
    except RecursionError:
        raise refused(path.name, "its values nest too deeply") from None
    except (MemoryError, pa.ArrowException):  # Arrow holds no column beyond its own limits either
        raise refused(path.name, "it does not fit the memory") from None
    except OSError as error:
        raise bad(path.name, f"cannot be read ({error.strerror})") from None


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause the cyclic collector: it walks a million parsed features over and over, half of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _head(path: Path, limits: Limits) -> bytes:
    """Return the first bytes of a regular file. A pipe or device would never end."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise bad(path.name, "it is not a file")
        if status.st_size > limits.body_bytes:
            raise refused(path.name, f"it is larger than {megabytes(limits.body_bytes)}")
        with path.open("rb") as stream:
            return stream.read(HEAD_BYTES)
    except OSError as error:
        raise bad(path.name, f"cannot be read ({error.strerror})") from None
    except ValueError:  # a NUL in the name
        raise bad("file", "its name is not usable") from None


def _reader(source: TableSource, head: bytes) -> Reader:
    """Return the reader declared, or the first that recognises content and suffix."""
    file, suffix = source.path.name, source.path.suffix.lower()
    if source.format:
        named = [reader for reader in READERS if reader.name == source.format]
        if not named:
            known = ", ".join(reader.name for reader in READERS)
            raise bad(file, f"format {source.format!r} is not known; formats are {known}")
        candidates = named
    else:
        candidates = [reader for reader in READERS if suffix in reader.suffixes]
    for reader in candidates:
        if reader.recognises(head, suffix):
            return reader
    if not candidates:
        known = " ".join(sorted({s for reader in READERS for s in reader.suffixes}))
        raise bad(file, f"files ending in {suffix or 'nothing'} are not read; endings are {known}")
    expected = candidates[-1]
    if suffix not in expected.suffixes:
        raise bad(file, f"format {expected.name} is in files ending in {' '.join(expected.suffixes)}")
    raise refused(file, f"it is named as {expected.says}, but its content is {content_of(head)}")
