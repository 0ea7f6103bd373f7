"""Files from outside as `Raw` tables: one reader per format, listed in `READERS`, picked by `read`."""

from __future__ import annotations

import gc
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyarrow as pa

from geo.model.errors import InputError
from geo.model.messages import Message, message
from geo.model.table_source import TableSource
from geo.model.tables import Raw
from geo.reading.readers import (
    apollo,
    classic_ushahidi,
    delimited,
    gdal,
    geojson,
    kobo,
    odk,
    parquet,
    ushahidi,
    xlsx,
    zipped,
)
from geo.reading.readers.reader import (
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

__all__ = ["LOCAL", "READERS", "UPLOAD", "Limits", "Progress", "Reader", "advice", "read"]

_MEMBERS: Final[tuple[Reader, ...]] = (
    kobo.READER,
    odk.READER,
    apollo.READER,
    ushahidi.READER,
    classic_ushahidi.READER,
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


def _read_member(source: TableSource, progress: Progress | None, limits: Limits) -> Raw:
    return read(source, progress, limits=limits)


# The first that recognises a file reads it: platforms' exports stand before the plain formats.
READERS: Final[tuple[Reader, ...]] = (zipped.reader(_MEMBERS, gdal.SHAPEFILE, _read_member), *_MEMBERS)


# What a person does with a file of an ending that no reader takes; anything else is saved anew.
_SHEET: Final = "open it in a spreadsheet programme and save it as .xlsx or .csv"
_DOCUMENT: Final = "copy its table into a spreadsheet and save that as .xlsx or .csv"
_DATABASE: Final = "export the table from its programme as .xlsx or .csv"
_SHAPEFILE: Final = "put all parts of the Shapefile into one .zip"
_PACKED: Final = "unpack it"
_ADVICE: Final = {
    **dict.fromkeys((".xls", ".xlsb", ".xlt", ".ods", ".fods", ".numbers", ".gsheet", ".et"), _SHEET),
    **dict.fromkeys((".doc", ".docx", ".odt", ".rtf", ".pages", ".pdf", ".html", ".htm"), _DOCUMENT),
    **dict.fromkeys((".mdb", ".accdb", ".sqlite", ".db", ".sav", ".dta", ".rds"), _DATABASE),
    **dict.fromkeys((".shp", ".dbf", ".shx", ".prj", ".cpg", ".qpj", ".sbn", ".sbx"), _SHAPEFILE),
    **dict.fromkeys((".gz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".tgz"), _PACKED),
}
_OTHER: Final = "save it as .xlsx or .csv, boundaries as .geojson or .gpkg, or give it another name"


def advice(ending: str) -> str:
    """Return what to do with a file of this ending, lower case with its dot; "" if a reader takes it.

    >>> advice(".csv"), advice(".ods")
    ('', 'open it in a spreadsheet programme and save it as .xlsx or .csv')
    """
    if any(ending in reader.suffixes for reader in READERS):
        return ""
    return _ADVICE.get(ending, _OTHER)


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
            return _understood(reader.read(path, source, limits, progress), reader, source)
    except InputError:
        raise
    except RecursionError:
        raise refused(path.name, message("its values nest too deeply")) from None
    except (MemoryError, pa.ArrowException):  # Arrow holds no column beyond its own limits either
        raise refused(path.name, message("it does not fit the memory")) from None
    except OSError as error:
        raise bad(path.name, message("cannot be read ({reason})", reason=str(error.strerror))) from None


def _understood(raw: Raw, reader: Reader, source: TableSource) -> Raw:
    """Return a workbook's sheet with our columns in front if it is a platform's export."""
    if reader is not xlsx.READER or source.format:
        return raw
    columns = {str(name) for name in raw.cells.columns}
    for platform in READERS:
        if platform.understand is not None and any(marks <= columns for marks in platform.marks):
            return platform.understand(raw, source)
    return raw


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
            raise bad(path.name, message("it is not a file"))
        if status.st_size > limits.body_bytes:
            raise refused(path.name, message("it is larger than {size}", size=megabytes(limits.body_bytes)))
        with path.open("rb") as stream:
            return stream.read(HEAD_BYTES)
    except OSError as error:
        raise bad(path.name, message("cannot be read ({reason})", reason=str(error.strerror))) from None
    except ValueError:  # a NUL in the name
        raise bad("file", message("its name is not usable")) from None


def _reader(source: TableSource, head: bytes) -> Reader:
    """Return the reader declared, or the first that recognises content and suffix."""
    file, suffix = source.path.name, source.path.suffix.lower()
    if source.format:
        named = [reader for reader in READERS if reader.name == source.format]
        if not named:
            unknown = message(
                "format {name} is not known; formats are {known}",
                name=repr(source.format), known=tuple(reader.name for reader in READERS),
            )  # fmt: skip
            raise bad(file, unknown)
        candidates = named
    else:
        candidates = [reader for reader in READERS if suffix in reader.suffixes]
    for reader in candidates:
        if reader.recognises(head, suffix):
            return reader
    if not candidates:
        known = " ".join(sorted({s for reader in READERS for s in reader.suffixes}))
        unread = message(
            "files ending in {ending} are not read; endings are {known}; {advice}",
            ending=suffix or message("nothing"), known=known, advice=Message(advice(suffix)),
        )  # fmt: skip
        raise bad(file, unread)
    expected = candidates[-1]
    if suffix not in expected.suffixes:
        ending = " ".join(expected.suffixes)
        raise bad(
            file, message("format {name} is in files ending in {ending}", name=expected.name, ending=ending)
        )
    content = message(
        "it is named as {kind}, but its content is {content}",
        kind=Message(expected.says), content=Message(content_of(head)),
    )  # fmt: skip
    raise refused(file, content)
