"""KoboToolbox: the CSV export, a page of the data API (v2), and what its REST service sends.

All describe one submission per row. `visit_id` (or `incident_id`) is its uuid, `supersedes` the uuid
it corrects, `received` its submission time, which Kobo writes in UTC without saying so.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from geo.model.messages import message
from geo.model.table_source import TableSource
from geo.model.tables import Raw
from geo.reading.readers import delimited
from geo.reading.readers.json_text import check_memory, parsed
from geo.reading.readers.platform_exports import (
    Record,
    bare_id,
    column,
    flat,
    incomplete,
    lon_lat_of_geopoint,
    paired,
    raw_of_records,
    superseded,
    utc,
    with_ours,
)
from geo.reading.readers.reader import Limits, Progress, Reader, bad, bytes_of, content_of

_JSON_MARKS: Final = (b'"_submission_time"', b'"_xform_id_string"', b'"formhub/uuid"')
_CSV_MARKS: Final = (b"_submission_time", b"_uuid")
_VERIFICATION: Final = {
    "validation_status_approved": "verified",
    "Approved": "verified",
    "validation_status_not_approved": "withdrawn",
    "Not approved": "withdrawn",
    "Not Approved": "withdrawn",
}


def recognises(head: bytes, suffix: str) -> bool:
    """Return whether a JSON or CSV file carries the fields Kobo adds to every submission."""
    if suffix == ".json":
        return content_of(head) == "JSON" and any(mark in head for mark in _JSON_MARKS)
    if suffix == ".csv":
        line = head.split(b"\n", 1)[0]
        return content_of(head) == "text" and all(mark in line for mark in _CSV_MARKS)
    return False


def read(path: Path, source: TableSource, limits: Limits, progress: Progress | None = None) -> Raw:
    """Return submissions with Kobo's own columns and ours in front.

    Raises InputError for JSON that is no submission, list or page of submissions.
    """
    if path.suffix.lower() == ".csv":
        return understand(delimited.read(path, source, limits, progress), source)
    return _with_columns(*_read_json(path, source, limits), source)


def understand(raw: Raw, source: TableSource) -> Raw:
    """Return a table of submissions, or of a repeated group, with our columns in front."""
    if "_uuid" not in raw.cells.columns:
        return _with_repeat_columns(raw, source)
    lon, lat = paired(raw, r"_(.+)_latitude", r"_(.+)_longitude")
    return _with_columns(raw, lon, lat, source)


def _with_columns(raw: Raw, lon: pd.Series, lat: pd.Series, source: TableSource) -> Raw:
    instance = [
        bare_id(own) or bare_id(uuid)
        for own, uuid in zip(column(raw, "meta/instanceID"), column(raw, "_uuid"), strict=True)
    ]
    deprecated = column(raw, "meta/deprecatedID").map(bare_id)
    root = column(raw, "meta/rootUuid").map(bare_id)
    status = column(raw, "_validation_status")
    status = status.where(status != "", column(raw, "_validation_status/uid"))
    return with_ours(
        raw,
        source,
        {
            "id": instance,
            "supersedes": [superseded(*ids) for ids in zip(instance, deprecated, root, strict=True)],
            "received": column(raw, "_submission_time").map(utc),
            "verification": status.map(lambda value: _VERIFICATION.get(value, "")),
            "lon": lon,
            "lat": lat,
        },
    )


def _with_repeat_columns(raw: Raw, source: TableSource) -> Raw:
    """Return a repeated group's rows: each names the submission it is of, which is its visit."""
    visit = column(raw, "_submission__uuid").map(bare_id)
    status = column(raw, "_submission__validation_status")
    ours = {
        "id": visit + "#" + column(raw, "_index"),
        "received": column(raw, "_submission__submission_time").map(utc),
        "verification": status.map(lambda value: _VERIFICATION.get(value, "")),
    }
    return with_ours(raw, source, ours | ({"visit_id": visit} if source.table == "incidents" else {}))


READER: Final = Reader(
    "kobo",
    (".json", ".csv"),
    "a KoboToolbox export or API answer",
    recognises,
    read,
    marks=(frozenset({"_uuid", "_submission_time"}), frozenset({"_submission__uuid", "_parent_index"})),
    understand=understand,
)


def _read_json(path: Path, source: TableSource, limits: Limits) -> tuple[Raw, pd.Series, pd.Series]:
    file = path.name
    data = bytes_of(path, limits)
    check_memory(data, file, limits)
    document: Any = parsed(data, file)
    page = document.get("results") if isinstance(document, dict) else document
    submissions = [document] if page is None else page
    if not isinstance(submissions, list) or not all(
        isinstance(submission, dict) and ("_submission_time" in submission or "_uuid" in submission)
        for submission in submissions
    ):
        raise bad(
            file,
            message("this JSON is not KoboToolbox submissions; expected one, a list, or a page of results"),
        )
    records = [flat(submission, file, "/") for submission in submissions]
    points = [_point(submission, record) for submission, record in zip(submissions, records, strict=True)]
    raw = raw_of_records(records, source, limits)
    total = document.get("count") if isinstance(document, dict) else None
    if isinstance(document, dict) and document.get("next"):
        of = f"all {total} submissions" if isinstance(total, int) else "all submissions"
        raw = replace(raw, defects=incomplete(source, len(records), of))
    lon, lat = (pd.Series([point[i] for point in points], dtype="str") for i in (0, 1))
    return raw, lon, lat


def _point(submission: dict[str, Any], record: Record) -> tuple[str, str]:
    """Return lon and lat: `_geolocation` is [lat, lon], [null, null] without a point."""
    at = submission.get("_geolocation")
    if isinstance(at, list) and len(at) == 2 and all(type(value) in (int, float) for value in at):
        return str(at[1]), str(at[0])
    for value in record.values():
        if point := lon_lat_of_geopoint(value):
            return point
    return "", ""
