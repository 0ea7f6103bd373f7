"""The key of a polling station: built from its parts, taken apart, and what makes one suspicious."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geo import values
from geo.findings import Finding, Job
from geo.values import BoolArray, IndexArray, Issue

PARTS: Final = ("area_id", "number", "stream")
_MIXED: Final = r"[A-Za-z].*[А-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі]|[А-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі].*[A-Za-z]"


def fill_station_ids(job: Job, read: dict[str, pd.Series[Any]]) -> list[Finding]:
    """Complete station_id from its parts, or the parts from it, in `read`; say where that fails."""
    if "number" not in read:
        return []
    area, number, stream = (_cells(read[name]) for name in PARTS)
    built = _joined(area, number, stream)
    if job.table.name == "stations":
        read["station_id"] = values.series(built)
        return []
    given = _cells(read["station_id"])
    issues: list[tuple[str, Issue]] = []
    is_given, has_area, has_number = (~values.is_empty(cells) for cells in (given, area, number))
    only = np.flatnonzero(is_given & ~(has_area & has_number))
    if len(only):
        fits, area, number, stream = _parts_filled(given, only, area, number, stream)
        right = "area_id/number or area_id/number/stream"
        issues.append(("station_id", Issue("station_id_form", only[~fits], right)))
        built = _joined(area, number, stream)
        for name, cells in zip(PARTS, (area, number, stream), strict=True):
            read[name] = values.series(cells)
    differs = is_given & ~values.is_empty(built) & np.asarray(pc.not_equal(given, built))
    names = values.texts_at(built, np.flatnonzero(differs))
    issues.append(("station_id", Issue("station_key_conflict", np.flatnonzero(differs), names)))
    read["station_id"] = values.series(pc.if_else(pc.equal(built, ""), given, built))
    alone = np.flatnonzero(has_number & ~has_area & ~is_given)
    issues.append(("number", Issue("number_without_area", alone, "the area_id as well")))
    nowhere = np.flatnonzero(~has_number & ~is_given) if job.table.name == "visits" else np.empty(0, np.int64)
    issues.append(
        ("station_id", Issue("station_missing", nowhere, "area_id and number of the station visited"))
    )
    return [finding for name, issue in issues for finding in job.findings(name, [issue])]


def _cells(column: pd.Series[Any]) -> values.Cells:
    return values.cells_of(column)


def _joined(area: values.Cells, number: values.Cells, stream: values.Cells) -> values.Cells:
    """Return `tables.station_id` of every row, "" where area or number is missing."""
    both = pc.and_(pc.not_equal(area, ""), pc.not_equal(number, ""))
    slash = pa.scalar("/", pa.large_string())
    key = pc.binary_join_element_wise(area, number, slash)
    longer = pc.if_else(pc.equal(stream, ""), key, pc.binary_join_element_wise(key, stream, slash))
    return pc.if_else(both, longer, pa.scalar("", pa.large_string()))


def _parts_filled(
    given: values.Cells, at: IndexArray, area: values.Cells, number: values.Cells, stream: values.Cells
) -> tuple[BoolArray, values.Cells, values.Cells, values.Cells]:
    """Return which keys at `at` have the right form, and the three parts with those filled in."""
    part = given.take(pa.array(at))
    fits = values.matches(part, r"^[^/]+/[^/]+(?:/[^/]+)?$")
    good = at[fits]
    split = pc.split_pattern(part.filter(pa.array(fits)), "/")
    lengths = pc.list_value_length(split)
    third = pc.if_else(
        pc.greater(lengths, 2),
        pc.list_element(pc.if_else(pc.greater(lengths, 2), split, pa.scalar(["", "", ""], split.type)), 2),
        pa.scalar("", pa.large_string()),
    )
    pieces = (pc.list_element(split, 0), pc.list_element(split, 1), third)
    filled = [
        values.replaced(cells, good, piece)
        for cells, piece in zip((area, number, stream), pieces, strict=True)
    ]
    return fits, filled[0], filled[1], filled[2]


def key_oddities(job: Job, frame: pd.DataFrame, good: BoolArray) -> list[Finding]:
    """Return what is suspicious about the ids that make keys: zeros, slashes, look-alike letters."""
    parts = [name for name in (*job.table.key, "area_id", "number", "stream") if name in job.headers]
    found: list[Finding] = []
    for name in dict.fromkeys(parts):
        if job.table.column(name).kind != "id" or name == "station_id":
            continue
        cells = _cells(frame[name])
        mixed = np.empty(0, dtype=np.int64)
        if values.has_any(cells, values.NOT_ASCII):
            mixed = np.flatnonzero(values.matches(cells, _MIXED))
        issues = [Issue("id_mixed_script", mixed, "letters of one alphabet")]
        if name in PARTS:
            slashed = np.flatnonzero(values.matches(cells, "/"))
            issues.append(Issue("id_slash", slashed, "an id without a slash"))
        found += job.findings(name, issues)
    if job.table.name == "stations":
        found += _zero_twins(job, frame, good)
    return found


def _zero_twins(job: Job, frame: pd.DataFrame, good: BoolArray) -> list[Finding]:
    """Return stations of one area whose numbers differ only by leading zeros, and one note on zeros."""
    numbers = _cells(frame["number"])
    zeros = values.matches(numbers, r"^0\d") & good
    if not zeros.any():
        return []
    at = np.flatnonzero(zeros)
    bare = pc.replace_substring_regex(numbers, r"^0+(\d)", r"\1")
    keys = values.series(_joined(_cells(frame["area_id"]), bare, _cells(frame["stream"])))
    twins = np.flatnonzero(keys.where(pd.Series(good)).duplicated(keep=False).to_numpy() & zeros)
    first = at[[np.argmin(job.raw.row_numbers[at])]]
    note = Issue("leading_zeros", first, f"as it is; {len(at)} numbers start with 0 and are kept as written")
    return job.findings("number", [note, Issue("leading_zero_twin", twins, "one way of writing the number")])
