"""What the exports of reporting platforms share: our column names beside their own, nothing dropped.

A platform's reader keeps every column of the export and puts in front those it understands, under
the names of `geo.model.tables`, so that a mission needs no mapping for them. A form that already has a
question of that name keeps it: the form's author knows better.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from geo.model.table_source import TableSource
from geo.model.tables import BY_NAME, Raw
from geo.reading import defects
from geo.reading.readers.json_text import text_of
from geo.reading.readers.reader import Limits, frame_of_records

Json = dict[str, Any]
Record = dict[str, str]
JOINER: Final = ";"  # between the values of a repeated group, as in our own lists
_GEOPOINT: Final = re.compile(r"(-?\d{1,3}(?:\.\d+)?) (-?\d{1,3}(?:\.\d+)?)(?: -?\d+(?:\.\d+)?){1,2}")
_IDS: Final = {"visits": "visit_id", "incidents": "incident_id"}


def with_ours(raw: Raw, source: TableSource, ours: Mapping[str, Sequence[str] | pd.Series]) -> Raw:
    """Return the table with our columns in front, those its table has and its form has not.

    "id" stands for the key of visits or incidents.
    """
    known = BY_NAME[source.table].names if source.table in BY_NAME else ()
    present = {str(name).strip().casefold() for name in raw.cells.columns}
    front: dict[str, pd.Series] = {}
    for name, values in ours.items():
        ours_name = _IDS.get(source.table, "") if name == "id" else name
        if ours_name in known and ours_name not in present:
            front[ours_name] = pd.Series(list(values), dtype="str", index=raw.cells.index)
    if not front:
        return raw
    return replace(raw, cells=pd.concat([pd.DataFrame(front, index=raw.cells.index), raw.cells], axis=1))


def column(raw: Raw, name: str) -> pd.Series:
    """Return a column of text, empty where the export has none of that name."""
    if name in raw.cells.columns:
        cells: pd.Series = raw.cells[name]
        return cells
    return pd.Series([""] * len(raw.cells), dtype="str")


def bare_id(value: str) -> str:
    """Return an instance id without its scheme.

    >>> bare_id("uuid:48583952-1892")
    '48583952-1892'
    """
    return value.strip().removeprefix("uuid:")


def superseded(instance: str, deprecated: str, root: str) -> str:
    """Return which form this one corrects: the one it names, or its root if it is not that itself.

    >>> superseded("b", "", "a"), superseded("a", "", "a"), superseded("c", "b", "a")
    ('a', '', 'b')
    """
    return deprecated or (root if root != instance else "")


def utc(value: str) -> str:
    """Return a naive time that is known to be UTC with its Z; others unchanged.

    >>> utc("2005-12-04T03:41:19"), utc("2005-12-04 03:41:19"), utc("2005-12-04T03:41:19.1Z"), utc("")
    ('2005-12-04T03:41:19Z', '2005-12-04T03:41:19Z', '2005-12-04T03:41:19.1Z', '')
    """
    naive = re.fullmatch(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)", value.strip())
    return f"{naive[1]}T{naive[2]}Z" if naive else value


def lon_lat_of_geopoint(value: str) -> tuple[str, str] | None:
    """Return lon and lat of a form's point, which is written lat, lon, altitude, accuracy.

    >>> lon_lat_of_geopoint("43.2220 76.8512 850.0 4.8")
    ('76.8512', '43.2220')
    """
    match = _GEOPOINT.fullmatch(value.strip())
    return (match[2], match[1]) if match else None


def paired(raw: Raw, lat: str, lon: str) -> tuple[pd.Series, pd.Series]:
    """Return the first two columns whose headers match `lat` and, for the same question, `lon`.

    Patterns with one group, the question's name.
    """
    names = [str(name) for name in raw.cells.columns]
    for name in names:
        if match := re.fullmatch(lat, name):
            other = [n for n in names if (m := re.fullmatch(lon, n)) and m[1] == match[1]]
            if other:
                return raw.cells[other[0]], raw.cells[name]
    return column(raw, ""), column(raw, "")


def flat(body: Json, file: str, joiner: str, prefix: str = "") -> Record:
    """Return nested answers as one level of text: groups joined to paths, repeats to lists.

    A repeated group becomes its JSON text under its own name, and each of its questions a column of
    its values with `;` between, empty ones included, so that positions match.
    """
    record: Record = {}
    for name, value in body.items():
        path = prefix + name
        if isinstance(value, dict) and value:
            record |= flat(value, file, joiner, path + joiner)
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            record[path] = text_of(value, file)
            record |= _repeated(value, file, joiner, path)
        else:
            record[path] = "" if value in ({}, []) else text_of(value, file)
    return record


def _repeated(items: list[Json], file: str, joiner: str, path: str) -> Record:
    # Kobo writes full paths inside repeats, ODK only the question's name
    rows = [
        {(k if k.startswith(path + joiner) else path + joiner + k): v for k, v in item.items()}
        for item in items
    ]
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: JOINER.join(text_of(row.get(name), file) for row in rows) for name in names}


def raw_of_records(records: list[Record], source: TableSource, limits: Limits) -> Raw:
    """Return one row per submission, numbered by its 1-based position in the file."""
    return Raw(
        file=source.path.name,
        cells=frame_of_records(records, source.path.name, limits),
        row_numbers=np.arange(1, len(records) + 1, dtype=np.int64),
        defects=defects.empty(),
    )


def incomplete(source: TableSource, rows: int, of: str) -> pd.DataFrame:
    """Return the defect of a file that is one page of several."""
    return defects.defects_at(
        "page_incomplete",
        table=source.table,
        file=source.path.name,
        rows=[0],
        column="",
        values=[f"{rows} submissions"],
        expected=of,
    )
