"""The key of a polling station: built from its parts, taken apart, and what makes one suspicious."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geo.model.columns import BoolArray, IntArray
from geo.model.text_cells import Cells, cells_of
from geo.reading import parse_values
from geo.reading.id_forms import like_numbers, plain_digits
from geo.reading.known_places import stations_named
from geo.reading.parse_values import Issue
from geo.reading.rejects import Finding, Job

PARTS: Final = ("area_id", "number", "stream")
# Letters of both alphabets in one id: К of a Russian keyboard looks like K and is another character.
_MIXED: Final = r"[A-Za-z].*[А-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі]|[А-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі].*[A-Za-z]"


def fill_areas(job: Job, read: dict[str, pd.Series[Any]]) -> list[Finding]:
    """Give rows without an area, in `read`, the one their point lies in, where mission.toml asks for it.

    A finding that names a station or a visit has its place from there.
    """
    if not job.source.area_from_point or "area_id" not in read:
        return []
    empty = parse_values.is_empty(cells_of(read["area_id"]))
    if job.table.name == "incidents":
        for name in ("number", "station_id", "visit_id"):
            empty &= parse_values.is_empty(cells_of(read[name]))
    lon, lat = (read[name].to_numpy(dtype=np.float64) for name in ("lon", "lat"))
    areas = job.places.area_of(np.where(empty, lon, np.nan), lat)
    taken = np.flatnonzero(areas != "")
    lost = np.flatnonzero(empty & np.isfinite(lon) & (areas == ""))
    if len(taken):
        cells = parse_values.replaced(cells_of(read["area_id"]), taken, areas[taken])
        read["area_id"] = parse_values.series(cells)
    right = "a point inside exactly one area of the finest level"
    shown = np.array([f"{x:.6g}, {y:.6g}" for x, y in zip(lon[lost], lat[lost], strict=True)], dtype=object)
    results = [Finding("lon, lat", Issue("area_not_from_point", lost, right), shown)] if len(lost) else []
    if len(taken):
        count = np.array([f"{len(taken):,} rows"], dtype=object)
        first = taken[[np.argmin(job.raw.row_numbers[taken])]]
        note = Issue("area_from_point", first, "the area the point lies in, as mission.toml asks")
        results.append(Finding("area_id", note, count))
    return results


def fill_station_ids(job: Job, read: dict[str, pd.Series[Any]]) -> list[Finding]:
    """Complete station_id from its parts, or the parts from it, in `read`; say where that fails."""
    if "number" not in read:
        return []
    area, number, stream = (cells_of(read[name]) for name in PARTS)
    if job.table.name == "stations":
        read["station_id"] = parse_values.series(_joined(area, number, stream))
        return []
    given = cells_of(read["station_id"])
    issues: list[tuple[str, Issue]] = []
    known = job.places.station_of_number
    if known is not None:
        given, issues = _named_by_number(area, number, given, known)
    built = _joined(area, number, stream)
    is_given, has_area, has_number = (~parse_values.is_empty(cells) for cells in (given, area, number))
    only = np.flatnonzero(is_given & ~(has_area & has_number))
    if len(only):
        fits, area, number, stream = _parts_filled(given, only, area, number, stream)
        right = "area_id/number or area_id/number/stream"
        issues.append(("station_id", Issue("station_id_form", only[~fits], right)))
        built = _joined(area, number, stream)
        for name, cells in zip(PARTS, (area, number, stream), strict=True):
            read[name] = parse_values.series(cells)
    differs = is_given & ~parse_values.is_empty(built) & np.asarray(pc.not_equal(given, built))
    names = parse_values.texts_at(built, np.flatnonzero(differs))
    issues.append(("station_id", Issue("station_key_conflict", np.flatnonzero(differs), names)))
    read["station_id"] = parse_values.series(pc.if_else(pc.equal(built, ""), given, built))
    alone = np.flatnonzero(has_number & ~has_area & ~is_given) if known is None else np.empty(0, np.int64)
    issues.append(("number", Issue("number_without_area", alone, "the area_id as well")))
    nowhere = np.flatnonzero(~has_number & ~is_given) if job.table.name == "visits" else np.empty(0, np.int64)
    issues.append(
        ("station_id", Issue("station_missing", nowhere, "area_id and number of the station visited"))
    )
    return [finding for name, issue in issues for finding in job.findings(name, [issue])]


def _named_by_number(
    area: Cells, number: Cells, given: Cells, known: pd.Series[str]
) -> tuple[Cells, list[tuple[str, Issue]]]:
    """Return station_ids with those filled in that a number alone names, and numbers that name none."""
    empty_area, empty_number, empty_id = (parse_values.is_empty(cells) for cells in (area, number, given))
    alone = np.flatnonzero(~empty_number & empty_area & empty_id)
    number = plain_digits(number)[0]
    names = stations_named(number.take(pa.array(alone)), known)
    filled = parse_values.replaced(given, alone[names != ""], names[names != ""])
    lost = alone[names == ""]
    several = np.isin(parse_values.texts_at(number, lost), known.index[known == ""].to_numpy(dtype=object))
    right = "a number that one station has; unique_numbers is declared for the stations"
    twice = "the area_id as well: several stations have this number"
    return filled, [
        ("number", Issue("station_unknown", lost[~several], right)),
        ("number", Issue("number_not_unique", lost[several], twice)),
    ]


def _joined(area: Cells, number: Cells, stream: Cells) -> Cells:
    """Return `tables.station_id` of every row, "" where area or number is missing; digits as 0 to 9."""
    number, stream = plain_digits(number)[0], plain_digits(stream)[0]
    both = pc.and_(pc.not_equal(area, ""), pc.not_equal(number, ""))
    slash = pa.scalar("/", pa.large_string())
    key = pc.binary_join_element_wise(area, number, slash)
    longer = pc.if_else(pc.equal(stream, ""), key, pc.binary_join_element_wise(key, stream, slash))
    return pc.if_else(both, longer, pa.scalar("", pa.large_string()))


def _parts_filled(
    given: Cells,
    at: IntArray,
    area: Cells,
    number: Cells,
    stream: Cells,
) -> tuple[BoolArray, Cells, Cells, Cells]:
    """Return which keys at `at` have the right form, and the three parts with those filled in."""
    part = given.take(pa.array(at))
    fits = parse_values.matches(part, r"^[^/]+/[^/]+(?:/[^/]+)?$")
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
        parse_values.replaced(cells, good, piece)
        for cells, piece in zip((area, number, stream), pieces, strict=True)
    ]
    return fits, filled[0], filled[1], filled[2]


def key_oddities(job: Job, frame: pd.DataFrame, good: BoolArray) -> list[Finding]:
    """Return what is suspicious about the ids that make keys: zeros, slashes, look-alike letters."""
    names = (*job.table.key, "area_id", "number", "stream", "team_id", "visit_id", "category", "parent_id")
    parts = [name for name in names if name in job.headers]
    findings: list[Finding] = []
    for name in dict.fromkeys(parts):
        if job.table.column(name).kind != "id" or name == "station_id":
            continue
        cells = cells_of(frame[name])
        mixed = np.empty(0, dtype=np.int64)
        if parse_values.has_any(cells, parse_values.NOT_ASCII):
            mixed = np.flatnonzero(parse_values.matches(cells, _MIXED))
        issues = [Issue("id_mixed_script", mixed, "letters of one alphabet")]
        findings += _like_numbers(job, name, cells)
        if name in PARTS:
            slashed = np.flatnonzero(parse_values.matches(cells, "/"))
            issues.append(Issue("id_slash", slashed, "an id without a slash"))
        findings += job.findings(name, issues)
    if job.table.name == "stations":
        findings += _zero_twins(job, frame, good)
    return findings


def _like_numbers(job: Job, name: str, cells: Cells) -> list[Finding]:
    """Return one finding for a column whose ids are numbers with a point, as tables with gaps make them."""
    at = like_numbers(cells)
    if not len(at):
        return []
    first = at[[np.argmin(job.raw.row_numbers[at])]]
    right = f"ids without a point, or whole_ids = true in [tables.{job.table.name}]"
    shown = f"{parse_values.texts_at(cells, first)[0]} and {len(at) - 1:,} more like it"
    return [Finding(name, Issue("id_like_number", first, right), np.array([shown], dtype=object))]


def _zero_twins(job: Job, frame: pd.DataFrame, good: BoolArray) -> list[Finding]:
    """Return stations of one area whose numbers differ only by leading zeros, and one note on zeros."""
    numbers = cells_of(frame["number"])
    zeros = parse_values.matches(numbers, r"^0\d") & good
    if not zeros.any():
        return []
    at = np.flatnonzero(zeros)
    bare = pc.replace_substring_regex(numbers, r"^0+(\d)", r"\1")
    keys = parse_values.series(_joined(cells_of(frame["area_id"]), bare, cells_of(frame["stream"])))
    twins = np.flatnonzero(keys.where(pd.Series(good)).duplicated(keep=False).to_numpy() & zeros)
    first = at[[np.argmin(job.raw.row_numbers[at])]]
    note = Issue("leading_zeros", first, f"as it is; {len(at)} numbers start with 0 and are kept as written")
    return job.findings("number", [note, Issue("leading_zero_twin", twins, "one way of writing the number")])
