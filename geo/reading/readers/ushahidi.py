"""Ushahidi Platform: the CSV export of posts.

Its own columns come first (Post ID, Survey, Post Status, Created (UTC), …), then each survey's
questions by their labels, a location as two columns `<label>.lat` and `<label>.lon`, several
answers in one cell with ", " between. A second line of HXL tags may follow the header.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from geo.model.table_source import TableSource
from geo.model.tables import Raw
from geo.reading.readers import delimited
from geo.reading.readers.platform_exports import column, paired, utc, with_ours
from geo.reading.readers.reader import Limits, Progress, Reader, content_of

_MARKS: Final = (b"Post ID", b"Created (UTC)")


def recognises(head: bytes, suffix: str) -> bool:
    """Return whether a CSV file carries the columns Ushahidi puts before a survey's questions."""
    line = head.split(b"\n", 1)[0]
    return suffix == ".csv" and content_of(head) == "text" and all(mark in line for mark in _MARKS)


def read(path: Path, source: TableSource, limits: Limits, progress: Progress | None = None) -> Raw:
    """Return posts with Ushahidi's own columns and ours in front; its times are UTC and get their Z."""
    raw = _without_tags(delimited.read(path, source, limits, progress))
    lon, lat = paired(raw, r"(.+)\.lat", r"(.+)\.lon")
    return with_ours(
        raw,
        source,
        {
            "id": column(raw, "Post ID"),
            "received": column(raw, "Created (UTC)").map(utc),
            "occurred": column(raw, "Post Date (UTC)").map(utc),
            "lon": lon,
            "lat": lat,
        },
    )


READER: Final = Reader("ushahidi", (".csv",), "a CSV export of Ushahidi", recognises, read)


def _without_tags(raw: Raw) -> Raw:
    """Return the table without a first row of HXL tags such as `#geo +lat`, with a note."""
    if not len(raw.cells):
        return raw
    first = [str(cell) for cell in raw.cells.iloc[0]]
    if not any(first) or not all(cell.startswith("#") or not cell for cell in first):
        return raw
    return replace(
        raw,
        cells=raw.cells.iloc[1:].reset_index(drop=True),
        row_numbers=raw.row_numbers[1:],
        notes=(*raw.notes, f"row {raw.row_numbers[0]} holds HXL tags and was left out"),
    )
