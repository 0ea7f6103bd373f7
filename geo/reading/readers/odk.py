"""ODK: Central's OData answer and CSV export, and the XML that Collect sends.

An edit is a new instance that names the one it deprecates; Central's exports hold only the latest
under the id of the first. `visit_id` (or `incident_id`) is the instance's own id, `supersedes` the
one it corrects.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import pandas as pd

from geo.model.messages import message
from geo.model.table_source import TableSource
from geo.model.tables import Raw
from geo.reading import defects
from geo.reading.readers import delimited
from geo.reading.readers.json_text import check_memory, parsed
from geo.reading.readers.platform_exports import (
    JOINER,
    Json,
    Record,
    bare_id,
    column,
    flat,
    incomplete,
    lon_lat_of_geopoint,
    paired,
    raw_of_records,
    superseded,
    with_ours,
)
from geo.reading.readers.reader import Limits, Progress, Reader, bad, bytes_of, content_of, refused
from geo.reading.readers.xml_text import check_prolog

_ELEMENT_BYTES: Final = 240  # of one parsed element with a short text
_DEPTH: Final = 64  # groups within groups of a form
_NAVIGATION: Final = "@odata.navigationLink"
_VERIFICATION: Final = {"approved": "verified", "rejected": "withdrawn"}


def recognises(head: bytes, suffix: str) -> bool:
    """Return whether a file carries the fields ODK adds to every submission."""
    content = content_of(head)
    if suffix == ".json":
        return content == "JSON" and (b'"@odata.context"' in head or b'"__system"' in head)
    if suffix == ".xml":
        return content == "XML or HTML" and b"instanceID" in head
    line = head.split(b"\n", 1)[0]
    is_export = b"KEY" in line and (b"SubmissionDate" in line or b"PARENT_KEY" in line)
    return suffix == ".csv" and content == "text" and is_export


def read(path: Path, source: TableSource, limits: Limits, progress: Progress | None = None) -> Raw:
    """Return submissions with ODK's own columns, groups joined by "-" as in its CSV, and ours in front.

    Repeats that are only linked, not in the file, are reported as `repeat_left_out`. Raises
    InputError for JSON or XML that is no submission, RefusedError for XML with a document type.
    """
    suffix = path.suffix.lower()
    if suffix == ".csv":
        raw = delimited.read(path, source, limits, progress)
    elif suffix == ".xml":
        raw = _read_xml(path, source, limits)
    else:
        raw = _read_odata(path, source, limits)
    return understand(raw, source)


def understand(raw: Raw, source: TableSource) -> Raw:
    """Return a table of submissions, or of a repeated group, with our columns in front."""
    if "PARENT_KEY" in raw.cells.columns and "SubmissionDate" not in raw.cells.columns:
        visit = column(raw, "PARENT_KEY").map(lambda key: bare_id(key).split("/", 1)[0])
        of_visit = {"visit_id": visit} if source.table == "incidents" else {}
        return with_ours(raw, source, {"id": column(raw, "KEY").map(bare_id), **of_visit})
    lon, lat = paired(raw, r"(.+)-Latitude", r"(.+)-Longitude")
    key = _either(raw, "__id", "KEY").map(bare_id)
    instance = column(raw, "meta-instanceID").map(bare_id)
    instance = instance.where(instance != "", key)
    deprecated = column(raw, "meta-deprecatedID").map(bare_id)
    review = _either(raw, "__system-reviewState", "ReviewState").map(lambda v: _VERIFICATION.get(v, ""))
    is_deleted = _either(raw, "__system-deletedAt", "DeletedAt") != ""
    return with_ours(
        raw,
        source,
        {
            "id": instance,
            "supersedes": [superseded(*ids) for ids in zip(instance, deprecated, key, strict=True)],
            "received": _either(raw, "__system-submissionDate", "SubmissionDate"),
            "verification": review.mask(is_deleted, "withdrawn"),
            "lon": lon,
            "lat": lat,
        },
    )


READER: Final = Reader(
    "odk",
    (".json", ".csv", ".xml"),
    "an ODK Central export or an ODK Collect submission",
    recognises,
    read,
    marks=(frozenset({"KEY", "SubmissionDate"}), frozenset({"KEY", "PARENT_KEY"})),
    understand=understand,
)


def _either(raw: Raw, first: str, second: str) -> pd.Series:
    return column(raw, first if first in raw.cells.columns else second)


def _read_odata(path: Path, source: TableSource, limits: Limits) -> Raw:
    file = path.name
    data = bytes_of(path, limits)
    check_memory(data, file, limits)
    document: Any = parsed(data, file)
    values = document.get("value") if isinstance(document, dict) else None
    if not isinstance(values, list) or not all(
        isinstance(value, dict) and "__id" in value for value in values
    ):
        raise bad(
            file,
            message('this JSON is not an OData answer of ODK Central; expected "value" with submissions'),
        )
    linked: list[tuple[int, str]] = []
    records = []
    for number, submission in enumerate(values, start=1):
        record = flat(_with_points(submission), file, "-")
        links = [name for name in record if name.endswith(_NAVIGATION)]
        linked += [(number, name.removesuffix(_NAVIGATION)) for name in links]
        records.append(record)
    frames = [
        defects.defects_at(
            "repeat_left_out",
            table=source.table,
            file=file,
            rows=[number for number, _ in linked],
            column="",
            values=[name for _, name in linked],
            expected="the answer with $expand=*, which holds repeated groups",
        )
    ]
    if document.get("@odata.nextLink"):
        total = document.get("@odata.count")
        of = f"all {total} submissions" if isinstance(total, int) else "all submissions"
        frames.append(incomplete(source, len(records), of))
    return replace(raw_of_records(records, source, limits), defects=defects.concat(frames))


def _with_points(body: Json) -> Json:
    """Return answers with GeoJSON points as the CSV export writes them: four fields of a group."""
    return {name: _as_group(value) if isinstance(value, dict) else value for name, value in body.items()}


def _as_group(value: Json) -> Json:
    at = value.get("coordinates")
    if value.get("type") != "Point" or not isinstance(at, list) or len(at) < 2:
        return _with_points(value)
    properties = value.get("properties")
    accuracy = properties.get("accuracy") if isinstance(properties, dict) else None
    altitude = at[2] if len(at) > 2 else None
    return {"Latitude": at[1], "Longitude": at[0], "Altitude": altitude, "Accuracy": accuracy}


def _read_xml(path: Path, source: TableSource, limits: Limits) -> Raw:
    file = path.name
    data = bytes_of(path, limits)
    check_prolog(data, file)
    if data.count(b"<") * _ELEMENT_BYTES > limits.memory_bytes:
        most = limits.memory_bytes >> 20
        raise refused(file, message("parsed it would take more than {n} MiB of memory", n=most))
    try:
        root = ElementTree.fromstring(data)  # noqa: S314 - check_prolog has refused document types
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        line = getattr(error, "position", (1, 0))[0]
        raise bad(file, message("line {line}: it is not XML", line=str(line))) from None
    record: Record = {"FormID": root.get("id", ""), "FormVersion": root.get("version", "")}
    for name, text in _leaves(root, "", file, 0):
        record[name] = record[name] + JOINER + text if name in record else text
    if not record.get("meta-instanceID"):
        raise bad(file, message("this XML is not a submission of a form; it has no instanceID"))
    for name, text in list(record.items()):
        if point := lon_lat_of_geopoint(text):
            record |= {f"{name}-Latitude": point[1], f"{name}-Longitude": point[0]}
    return raw_of_records([record], source, limits)


def _leaves(element: ElementTree.Element, path: str, file: str, depth: int) -> Iterator[tuple[str, str]]:
    """Yield the path and text of every question; namespaces are left out, as in the CSV export."""
    if depth > _DEPTH:
        raise refused(file, message("its groups nest deeper than {n}", n=_DEPTH))
    for child in element:
        name = path + str(child.tag).rpartition("}")[2]
        if len(child):
            yield from _leaves(child, name + "-", file, depth + 1)
        else:
            yield name, (child.text or "").strip()
