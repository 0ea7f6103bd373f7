"""Classic Ushahidi (versions 1 and 2): the CSV of its reports, as archives of many elections hold it.

Its columns: #, INCIDENT TITLE, INCIDENT DATE, LOCATION, DESCRIPTION, CATEGORY, LATITUDE, LONGITUDE,
perhaps the reporter's names and address, APPROVED, VERIFIED. Several categories stand in one cell with
", " between and one behind the last. Times are local as written.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd

from geo.model.table_source import TableSource
from geo.model.tables import Raw
from geo.reading.readers import delimited
from geo.reading.readers.platform_exports import column, with_ours
from geo.reading.readers.reader import Limits, Progress, Reader, content_of

_MARKS: Final = (b"INCIDENT TITLE", b"INCIDENT DATE")
_NO: Final = frozenset({"NO", "0", "FALSE"})
_YES: Final = frozenset({"YES", "1", "TRUE"})


def recognises(head: bytes, suffix: str) -> bool:
    """Return whether a CSV file carries the columns that classic Ushahidi wrote."""
    line = head.split(b"\n", 1)[0].upper()
    return suffix == ".csv" and content_of(head) == "text" and all(mark in line for mark in _MARKS)


def read(path: Path, source: TableSource, limits: Limits, progress: Progress | None = None) -> Raw:
    """Return reports with Ushahidi's own columns and ours in front.

    VERIFIED YES is verified. APPROVED NO was never shown by the site and stays private; YES was public.
    """
    return understand(delimited.read(path, source, limits, progress), source)


def understand(raw: Raw, source: TableSource) -> Raw:
    """Return classic Ushahidi's table with our columns in front."""
    verified, approved = (_word(raw, name) for name in ("VERIFIED", "APPROVED"))
    title, description = _named(raw, "INCIDENT TITLE"), _named(raw, "DESCRIPTION")
    both = (title + "\n" + description).where((title != "") & (description != ""), title + description)
    return with_ours(
        raw,
        source,
        {
            "id": _named(raw, "#"),
            "occurred": _named(raw, "INCIDENT DATE"),
            "category": _named(raw, "CATEGORY").str.rstrip(", "),
            "place_as_written": _named(raw, "LOCATION"),
            "text": both,
            "lon": _named(raw, "LONGITUDE"),
            "lat": _named(raw, "LATITUDE"),
            "verification": verified.map(lambda word: "verified" if word in _YES else ""),
            "publication": approved.map(
                lambda word: "public" if word in _YES else "private" if word in _NO else ""
            ),
        },
    )


READER: Final = Reader(
    "ushahidi_classic",
    (".csv",),
    "a CSV export of classic Ushahidi",
    recognises,
    read,
    marks=(frozenset({"#", "INCIDENT TITLE", "INCIDENT DATE"}),),
    understand=understand,
)


def _named(raw: Raw, name: str) -> pd.Series:
    """Return a column by its header in capitals or not."""
    same = [str(item) for item in raw.cells.columns if str(item).strip().upper() == name]
    return column(raw, same[0] if same else "")


def _word(raw: Raw, name: str) -> pd.Series:
    return _named(raw, name).str.strip().str.upper()
