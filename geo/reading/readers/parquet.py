"""Parquet and GeoParquet: Arrow in a child process, no GDAL; a few bytes can hold a billion rows."""

from __future__ import annotations

from pathlib import Path

from geo.model.table_source import TableSource
from geo.model.tables import Raw
from geo.reading.readers import sandbox
from geo.reading.readers.child_answer import raw_of
from geo.reading.readers.gdal import copied
from geo.reading.readers.reader import Limits, Progress, Reader


def recognises(head: bytes, suffix: str) -> bool:
    """Return whether a file is named like Parquet and starts like it."""
    return suffix in READER.suffixes and head.startswith(b"PAR1")


def read(path: Path, source: TableSource, limits: Limits, _progress: Progress | None = None) -> Raw:
    """Return a Parquet table with its types; geometry from GeoParquet's primary column as WKB."""
    with sandbox.folder() as folder:
        ours = copied(path, folder, source, limits)
        return raw_of(sandbox.run("parquet", ours, source, limits, says=READER.says), source, limits)


READER = Reader("parquet", (".parquet", ".geoparquet"), "Parquet", recognises, read)
