"""Apollo: the CSV export of checklists and of incidents.

It has no id for a submission, no zone for its times and numbers instead of answers. The id is made
of participant and location, which Apollo allows one checklist each (and, for incidents, the time).
Latitude and longitude are the station's, so they are ours only in the table of stations.
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

_MARKS: Final = (b"Participant ID", b"Location Code", b"Timestamp")
_VERIFICATION: Final = {"confirmed": "verified", "rejected": "withdrawn"}


def recognises(head: bytes, suffix: str) -> bool:
    """Return whether a CSV file carries Apollo's English headers; declare the format for others."""
    line = head.split(b"\n", 1)[0]
    return suffix == ".csv" and content_of(head) == "text" and all(mark in line for mark in _MARKS)


def read(path: Path, source: TableSource, limits: Limits, progress: Progress | None = None) -> Raw:
    """Return submissions with Apollo's own columns and ours in front; times stay local as written."""
    raw = delimited.read(path, source, limits, progress)
    station = {"lon": column(raw, "Longitude"), "lat": column(raw, "Latitude")}
    return with_ours(
        raw,
        source,
        {
            "id": _ids(raw, source),
            "team_id": column(raw, "Participant ID"),
            "received": column(raw, "Timestamp"),
            "verification": column(raw, "Status").map(lambda v: _VERIFICATION.get(v.strip().lower(), "")),
            "text": column(raw, "Description"),
            "voters": column(raw, "Registered Voters"),
            "name": column(raw, "Location"),
            **(station if source.table == "stations" else {}),
        },
    )


READER: Final = Reader("apollo", (".csv",), "a CSV export of Apollo", recognises, read)


def _ids(raw: Raw, source: TableSource) -> pd.Series:
    """Return an id per row; a second row of one participant and place gets "#2"."""
    ids = column(raw, "Participant ID") + "@" + column(raw, "Location Code")
    if source.table == "incidents":
        ids = ids + "@" + column(raw, "Timestamp")
    nth = ids.groupby(ids).cumcount() + 1
    return ids.where(nth == 1, ids + "#" + nth.astype("str"))
