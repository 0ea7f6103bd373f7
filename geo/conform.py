"""How the rows of any source become rows of one of our tables, with everything odd reported.

A row never vanishes: it is in `frame` or in `rejects`. Nothing is changed silently: every cell that
is not taken as it stands has a defect with its row, its value and what would be right. The order of
rows decides nothing, except which of two rows with one key is used: the one with the lower number.

Decisions, where a source leaves room:
- A row is rejected if a required cell, a key, or a choice that would change a figure (stage, outcome,
  kind, status) cannot be read. Other cells are left empty and the row stays. An unreadable word in
  `verification`, `publication`, `completeness` or `public` becomes the cautious default.
- A bad point (unreadable, out of range, 0 0, half) leaves the row without a point: a station still counts
  in its area and is listed beside the map.
- Several categories in one cell reject the row unless `split` in mission.toml names the separator;
  then each becomes an incident, the later ones `id#2`, `id#3` … with `same_mention_as` the first.
- "NA" stays "NA" in ids and texts (it may be Namibia) and is empty, with a note, everywhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geo import defects, points, values, vocabulary
from geo.headers import suggest
from geo.mission import Mission, TableSource
from geo.tables import Column, Raw, Table
from geo.times import Zones, outside, read_date, read_time
from geo.values import BoolArray, IndexArray, Issue, Parsed

Progress = Callable[[str, float], None]

REJECT_COLUMNS: Final = ("file", "table", "row", "column", "value", "reason", "raw")
CAUTIOUS: Final = frozenset({"verification", "publication", "completeness", "public"})
PAST_TIMES: Final = frozenset({"arrived", "left", "received", "occurred", "last_contact"})
BEFORE_DAYS: Final = 180  # long-term observers come two months before; nothing of a mission is older
PAIRS: Final = (("lon", "lat"), ("base_lon", "base_lat"))
_STATION_PARTS: Final = ("area_id", "number", "stream")
_MIXED: Final = r"[A-Za-z].*[А-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі]|[А-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі].*[A-Za-z]"


@dataclass(frozen=True, eq=False, slots=True)
class Conformed:
    """A table in our columns, the rows set aside, and all that was odd (the reader's defects too).

    `frame`: the table's columns and `row`; for stations also `station_id`. `rejects`: one row per
    rejected source row, columns `REJECT_COLUMNS`, `raw` the whole row as JSON text.
    """

    frame: pd.DataFrame
    rejects: pd.DataFrame
    defects: pd.DataFrame


@dataclass(frozen=True, eq=False, slots=True)
class Finding:
    """An issue in one column of this file; `shown`: the cells as written, one per position."""

    column: str
    issue: Issue
    shown: npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False, slots=True)
class _Job:
    """What every step needs to know, never changed on the way."""

    raw: Raw
    table: Table
    mission: Mission
    source: TableSource
    now: datetime
    headers: Mapping[str, str]  # our column → the source's

    def shown(self, column: str, at: IndexArray) -> npt.NDArray[np.object_]:
        """Return the cells as written at some positions; "" for a column the file does not have."""
        header = self.headers.get(column)
        if header is None:
            return np.full(len(at), "", dtype=object)
        part = self.raw.cells[header].iloc[at]
        return values.texts_at(values.cells_of(part), np.arange(len(at)))

    def findings(self, column: str, issues: tuple[Issue, ...] | list[Issue]) -> list[Finding]:
        return [Finding(column, issue, self.shown(column, issue.at)) for issue in issues if len(issue.at)]


def conform(
    raw: Raw,
    table: Table,
    mission: Mission,
    source: TableSource,
    now: datetime,
    progress: Progress | None = None,
) -> Conformed:
    """Return the rows of a source as rows of `table`, those set aside, and every defect.

    `now`: aware; times after it are reported as future. O(N) with vectorised kernels on plain cells.
    """
    tell = progress or (lambda _step, _share: None)
    headers, about_file = match_columns(raw, table, source)
    raw, split = _split_rows(raw, table, source, headers)
    job = _Job(raw, table, mission, source, now, headers)
    frame, findings = _read_columns(job, tell)
    findings += [Finding("category", split, job.shown("category", split.at))] if split else []
    stops = (about_file["code"] == "column_missing").any()
    findings += _empty_cells(job, frame, findings)
    bad = _rejected_rows(len(frame), findings)
    if not stops:
        twins = _duplicates(job, frame, bad)
        findings += twins
        bad |= _rejected_rows(len(frame), twins)
        findings += _key_oddities(job, frame, ~bad)
    else:
        bad[:] = True
    tell(f"conform {table.name}", 1.0)
    return Conformed(
        frame[~bad].reset_index(drop=True),
        _rejects(job, findings, bad, about_file),
        _all_defects(job, findings, about_file),
    )


def match_columns(raw: Raw, table: Table, source: TableSource) -> tuple[dict[str, str], pd.DataFrame]:
    """Return our column → header of the file, and defects of the file as a whole (row 0)."""
    present = [str(header) for header in raw.cells.columns]
    folded: dict[str, list[str]] = {}
    for header in present:
        folded.setdefault(header.strip().casefold(), []).append(header)
    found: dict[str, str] = {}
    reports: list[tuple[str, str, str, str]] = []
    for name in table.names:
        wanted = source.columns.get(name)
        same = [wanted] if wanted in present else folded.get((wanted or name).strip().casefold(), [])
        if same:
            found[name] = name if wanted is None and name in same else str(same[0])
        if len(same) > 1 and found[name] != name:
            reports.append(("column_ambiguous", name, ", ".join(map(str, same)), "one column of this name"))
        if wanted and not same:
            reports.append(("column_not_found", name, wanted, f"one of {_some(present)}"))
    reports += _missing_columns(raw, table, found, present)
    reports += _unused_columns(table, found, present)
    frames = [
        defects.of(
            code, table=table.name, file=raw.file, rows=[0], column=column, values=[value], expected=right
        )
        for code, column, value, right in reports
    ]
    return found, defects.concat(frames)


def _missing_columns(
    raw: Raw, table: Table, found: Mapping[str, str], present: list[str]
) -> list[tuple[str, str, str, str]]:
    can_do_without = {"geometry"} if raw.geometry is not None else set()
    if "station_id" in found or table.name == "assignments":
        can_do_without |= {"station_id"}
    likely = suggest([header for header in present if header not in found.values()], table)
    reports = []
    for column in table.columns:
        if column.required and column.name not in found and column.name not in can_do_without:
            guess = f'; is it "{likely[column.name]}"?' if column.name in likely else ""
            right = f"a column {column.name} ({column.says}), or {column.name} mapped in mission.toml{guess}"
            reports.append(("column_missing", column.name, _some(present), right))
    return reports


def _unused_columns(
    table: Table, found: Mapping[str, str], present: list[str]
) -> list[tuple[str, str, str, str]]:
    left = [header for header in present if header not in found.values()]
    likely = {header: column for column, header in suggest(left, table).items() if column not in found}
    return [
        (
            "column_unknown",
            header,
            header,
            f'{likely[header]} = "{header}" in mission.toml, if that is what it is',
        )
        if header in likely
        else ("column_unknown", header, header, "nothing; it is not needed")
        for header in left
    ]


def _some(names: list[str], most: int = 12) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _split_rows(
    raw: Raw, table: Table, source: TableSource, headers: Mapping[str, str]
) -> tuple[Raw, Issue | None]:
    """Return the file with one row per category where the mission asks for that."""
    if table.name != "incidents" or not source.split or "category" not in headers:
        return raw, None
    cells = values.cells_of(raw.cells[headers["category"]])
    several = np.flatnonzero(values.matches(cells, re.escape(source.split)))
    if not len(several):
        return raw, None
    parts = [
        list(dict.fromkeys(part.strip() for part in text.split(source.split) if part.strip())) or [""]
        for text in values.texts_at(cells, several)
    ]
    counts = np.ones(len(cells), dtype=np.int64)
    counts[several] = [len(part) for part in parts]
    origin = np.repeat(np.arange(len(cells)), counts)
    nth = np.arange(len(origin)) - np.repeat(np.cumsum(counts) - counts, counts)
    table_cells = raw.cells.iloc[origin].reset_index(drop=True)
    at = np.flatnonzero(np.isin(origin, several))
    table_cells = _with_parts(table_cells, headers, at, [one for part in parts for one in part], nth)
    many = np.flatnonzero((counts[origin] > 1) & (nth == 0))
    right = np.array([f"{counts[origin[place]]} rows, one for each" for place in many], dtype=object)
    wider = replace(
        raw,
        cells=table_cells,
        row_numbers=raw.row_numbers[origin],
        geometry=None if raw.geometry is None else raw.geometry[origin],
    )
    return wider, Issue("categories_split", many, right) if len(many) else None


def _with_parts(
    cells: pd.DataFrame, headers: Mapping[str, str], at: IndexArray, parts: list[str], nth: IndexArray
) -> pd.DataFrame:
    """Return the repeated rows with one category each, their own ids, and a pointer to the first."""
    category = cells[headers["category"]].astype("str").to_numpy(dtype=object, copy=True)
    category[at] = parts
    changed = {headers["category"]: pd.Series(category, dtype="str")}
    later = np.flatnonzero(nth > 0)
    if "incident_id" in headers:
        ids = cells[headers["incident_id"]].astype("str").to_numpy(dtype=object, copy=True)
        same = np.full(len(ids), "", dtype=object)
        same[later] = ids[later]
        ids[later] = [f"{one}#{n + 1}" for one, n in zip(ids[later], nth[later], strict=True)]
        changed[headers["incident_id"]] = pd.Series(ids, dtype="str")
        if _SAME not in headers:
            changed[_SAME] = pd.Series(same, dtype="str")
    return cells.assign(**changed)


_SAME: Final = "same_mention_as"


def _read_columns(job: _Job, tell: Progress) -> tuple[pd.DataFrame, list[Finding]]:
    """Return every column of the table understood, with `row`, and what was odd in it."""
    read: dict[str, pd.Series[Any]] = {}
    findings: list[Finding] = []
    pairs = {name for pair in PAIRS for name in pair}
    ordered = sorted(job.table.columns, key=lambda column: column.kind in ("time", "date"))
    zones: Zones | None = None
    for done, column in enumerate(ordered):
        tell(f"conform {job.table.name}", done / len(ordered))
        if column.kind in ("time", "date") and zones is None:
            findings += _fill_station_ids(job, read)
            zones = _zones(job, read)
        if column.kind == "polygon":
            read[column.name], found = points.polygons(job.raw, job.source, column.name, job.headers)
        elif column.name in pairs:
            continue
        else:
            read[column.name], found = _read_column(job, column, zones)
        findings += job.findings(column.name, found)
    if zones is None:
        findings += _fill_station_ids(job, read)
    for lon, lat in PAIRS:
        if lon in job.table.names:
            read[lon], read[lat], found_of = points.pair(job.raw, job.source, lon, lat, job.headers)
            findings += [item for name, issues in found_of.items() for item in job.findings(name, issues)]
    if job.table.name == "stations":
        findings += _fill_precision(job, read)
    names = (*job.table.names, "station_id") if job.table.name == "stations" else job.table.names
    frame = pd.DataFrame({name: read[name] for name in names})
    frame["row"] = np.asarray(job.raw.row_numbers, dtype=np.int64)
    return frame, findings


def _read_column(job: _Job, column: Column, zones: Zones | None) -> tuple[pd.Series[Any], list[Issue]]:
    """Return one column understood; unreadable cells of a column that decides become rejecting issues."""
    count = len(job.raw.row_numbers)
    header = job.headers.get(column.name)
    if header is None and not (column.name == _SAME and _SAME in job.raw.cells):
        return _constant(column, count), []
    source = job.raw.cells[header or _SAME]
    parsed = _parse(job, column, source, zones)
    column_values = parsed.values
    issues = list(parsed.issues)
    if column.kind in ("time", "date"):
        issues += _time_issues(job, column, column_values)
    decides = column.required or column.name in job.table.key or bool(column.default)
    if decides and column.name not in CAUTIOUS and parsed.unread.any():
        issues = [
            issue if not _is_unread(issue) else replace(issue, code="required_unreadable") for issue in issues
        ]
    if column.default:
        column_values = _with_default(column, column_values, parsed.unread)
    return column_values, issues


def _is_unread(issue: Issue) -> bool:
    return issue.code.endswith(("_unreadable", "_unknown", "_ambiguous", "_nonexistent"))


def _with_default(column: Column, column_values: pd.Series[Any], unread: BoolArray) -> pd.Series[Any]:
    missing = column_values.isna() if column.kind in ("integer", "boolean") else column_values == ""
    default: object = int(column.default) if column.kind == "integer" else column.default
    filled = missing.to_numpy(dtype=bool) & (True if column.name in CAUTIOUS else ~unread)
    return column_values.mask(filled, default)


def _constant(column: Column, count: int) -> pd.Series[Any]:
    """Return a column the file does not have: its default, or missing."""
    match column.kind:
        case "integer":
            fill: Any = int(column.default) if column.default else pd.NA
            return pd.Series(pd.array([fill], dtype="Int64").repeat(count))
        case "boolean":
            return pd.Series(pd.array([pd.NA], dtype="boolean").repeat(count))
        case "number" | "lon" | "lat":
            return pd.Series(np.full(count, np.nan))
        case "time" | "date":
            return pd.Series(np.full(count, np.datetime64("NaT"), "datetime64[us]")).dt.tz_localize("UTC")
        case _:
            return values.series(
                pa.array([column.default], pa.large_string()).take(pa.array(np.zeros(count, np.int64)))
            )


def _parse(job: _Job, column: Column, source: pd.Series[Any], zones: Zones | None) -> Parsed:
    mapping = job.source.values.get(column.name, {})
    if column.kind in ("integer", "number", "boolean") and not mapping:
        typed = values.read_typed(source, column.kind)
        if typed is not None:
            return typed
    cells = values.cells_of(source, mapping)
    match column.kind:
        case "id":
            return (
                _single_category(values.read_id(cells), cells)
                if column.name == "category"
                else values.read_id(cells)
            )
        case "text":
            return values.read_text(cells)
        case "list":
            return values.read_list(cells)
        case "integer":
            return values.read_integer(cells, job.source.decimal)
        case "number":
            return values.read_number(cells, job.source.decimal)
        case "choice":
            return values.read_choice(cells, column.choices, vocabulary.CHOICES.get(column.name, {}))
        case "boolean":
            words = vocabulary.URBAN if column.name == "urban" else vocabulary.BOOLEANS
            return values.read_boolean(cells, words)
        case "date":
            return read_date(source, cells, job.mission.election_date)
        case "time" if zones is not None:
            return read_time(source, cells, zones)
        case _:
            raise AssertionError(f"no parser for {column.kind}")


def _single_category(parsed: Parsed, cells: values.Cells) -> Parsed:
    several = np.flatnonzero(values.matches(cells, r"[^;|,\n\s][\s]*[;|,\n][\s]*[^;|,\n\s]"))
    if not len(several):
        return parsed
    right = np.array(
        [
            f"one row for each of {values.list_text(text).replace(';', ', ')}; or split in mission.toml"
            for text in values.texts_at(cells, several)
        ],
        dtype=object,
    )
    return replace(parsed, issues=(*parsed.issues, Issue("several_categories", several, right)))


def _time_issues(job: _Job, column: Column, moments: pd.Series[Any]) -> list[Issue]:
    if column.kind == "date":
        return []
    first = datetime.combine(job.mission.election_date - timedelta(days=BEFORE_DAYS), time(), UTC)
    early, late = outside(moments, first, job.now)
    issues = [Issue("time_before_mission", early, f"a time after {first:%Y-%m-%d}")]
    if column.name in PAST_TIMES:
        issues.append(
            Issue("time_future", late, f"a time before {job.now.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
        )
    return issues


def _zones(job: _Job, read: Mapping[str, pd.Series[Any]]) -> Zones:
    """Return the zone of every row: its area's, else the mission's."""
    mission, count = job.mission, len(job.raw.row_numbers)
    names = tuple(dict.fromkeys((mission.time_zone, *mission.time_zones.values())))
    zone_of_row = np.zeros(count, dtype=np.int32)
    if "area_id" in read and len(names) > 1:
        coded = pc.dictionary_encode(pa.array(read["area_id"], pa.large_string()))
        areas = (
            coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
        ).dictionary.to_pylist()
        zone_of_area = [names.index(mission.time_zones.get(area, mission.time_zone)) for area in areas]
        codes = (coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded).indices.to_numpy()
        zone_of_row = np.array(zone_of_area, dtype=np.int32)[codes]
    return Zones(names, zone_of_row, mission.election_date)


def _fill_station_ids(job: _Job, read: dict[str, pd.Series[Any]]) -> list[Finding]:
    """Complete station_id from its parts, or the parts from it, in `read`; say where that fails."""
    if "number" not in read or not ({"station_id", "number"} & set(read)):
        return []
    area, number, stream = (_cells(read[name]) for name in _STATION_PARTS)
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
        for name, cells in zip(_STATION_PARTS, (area, number, stream), strict=True):
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


def _fill_precision(job: _Job, read: dict[str, pd.Series[Any]]) -> list[Finding]:
    """Complete `precision` in `read`: point with coordinates, none without; report a false claim."""
    has_point = read["lon"].notna().to_numpy()
    given = read["precision"].to_numpy(dtype=object)
    claims = np.flatnonzero(~has_point & (given != "") & (given != "none"))
    filled = np.where(has_point, np.where((given == "") | (given == "none"), "point", given), "none")
    read["precision"] = pd.Series(filled, dtype="str")
    return job.findings("precision", [Issue("precision_without_point", claims, "none, or the coordinates")])


def _empty_cells(job: _Job, frame: pd.DataFrame, findings: list[Finding]) -> list[Finding]:
    """Return a finding for every required cell that is empty, and not already found unreadable."""
    more: list[Finding] = []
    known_bad: dict[str, list[IndexArray]] = {}
    for finding in findings:
        if finding.issue.code == "required_unreadable":
            known_bad.setdefault(finding.column, []).append(finding.issue.at)
    for column in job.table.columns:
        needed = column.required or (column.name == "station_id" and column.name in job.table.key)
        if not needed or (column.name not in job.headers and column.name != "station_id"):
            continue
        cells = frame[column.name]
        empty = np.asarray(cells.isna() | (cells == ""), dtype=bool)
        for at in known_bad.get(column.name, []):
            empty[at] = False
        more += job.findings(column.name, [Issue("required_missing", np.flatnonzero(empty), column.says)])
    return more


def _rejected_rows(count: int, findings: list[Finding]) -> BoolArray:
    bad = np.zeros(count, dtype=bool)
    for finding in findings:
        if defects.KINDS[finding.issue.code].severity == "rejected":
            bad[finding.issue.at] = True
    return bad


def _duplicates(job: _Job, frame: pd.DataFrame, bad: BoolArray) -> list[Finding]:
    """Return a finding for every row whose key a good row with a lower number already has."""
    key = list(job.table.key)
    good = np.flatnonzero(~bad)
    good = good[np.argsort(frame["row"].to_numpy()[good], kind="stable")]
    keys = frame[key].iloc[good]
    again = keys.duplicated().to_numpy()
    if not again.any():
        return []
    numbers = frame["row"].to_numpy()
    shared = keys.duplicated(keep=False).to_numpy()
    groups = keys[shared].groupby(key, sort=False, dropna=False).ngroup().to_numpy()
    places = good[shared]
    first = np.zeros(groups.max() + 1, dtype=np.int64)
    first[groups[::-1]] = numbers[places[::-1]]  # written backwards, so that the lowest row stays
    later = again[shared]
    at, of_first = places[later], first[groups[later]]
    right = np.array([f"another key; row {row} has this one" for row in of_first], dtype=object)
    shown = frame[key].iloc[at].astype("str").agg(" · ".join, axis=1).to_numpy(dtype=object)
    return [Finding(key[0] if len(key) == 1 else "+".join(key), Issue("duplicate_key", at, right), shown)]


def _key_oddities(job: _Job, frame: pd.DataFrame, good: BoolArray) -> list[Finding]:
    """Return what is suspicious about the ids that make keys: zeros, slashes, look-alike letters."""
    parts = [name for name in (*job.table.key, "area_id", "number", "stream") if name in job.headers]
    found: list[Finding] = []
    for name in dict.fromkeys(parts):
        if job.table.column(name).kind != "id" or name == "station_id":
            continue
        cells = _cells(frame[name])
        issues = [
            Issue("id_mixed_script", np.flatnonzero(values.matches(cells, _MIXED)), "letters of one alphabet")
        ]
        if name in _STATION_PARTS:
            slashed = np.flatnonzero(values.matches(cells, "/"))
            issues.append(Issue("id_slash", slashed, "an id without a slash"))
        found += job.findings(name, issues)
    if job.table.name == "stations":
        found += _zero_twins(job, frame, good)
    return found


def _zero_twins(job: _Job, frame: pd.DataFrame, good: BoolArray) -> list[Finding]:
    """Return stations of one area whose numbers differ only by leading zeros, and one note on zeros."""
    numbers = _cells(frame["number"])
    zeros = values.matches(numbers, r"^0\d") & good
    if not zeros.any():
        return []
    at = np.flatnonzero(zeros)
    bare = pc.replace_substring_regex(numbers, r"^0+(\d)", r"\1")
    keys = values.series(_joined(_cells(frame["area_id"]), bare, _cells(frame["stream"])))
    twins = np.flatnonzero(keys.where(pd.Series(good)).duplicated(keep=False).to_numpy() & zeros)
    note = Issue("leading_zeros", at[:1], f"nothing; {len(at)} numbers start with 0 and are kept as written")
    return job.findings("number", [note, Issue("leading_zero_twin", twins, "one way of writing the number")])


def _rejects(job: _Job, findings: list[Finding], bad: BoolArray, about_file: pd.DataFrame) -> pd.DataFrame:
    """Return one row per rejected source row, its first reason named by column and value."""
    empty = pd.DataFrame({name: pd.Series([], dtype="str") for name in REJECT_COLUMNS}).astype(
        {"row": "int64"}
    )
    if not bad.any():
        return empty
    reasons = [
        pd.DataFrame({"at": f.issue.at, "column": f.column, "value": f.shown, "reason": _reason(f)})
        for f in findings
        if defects.KINDS[f.issue.code].severity == "rejected"
    ]
    missing = about_file[about_file["code"] == "column_missing"]
    if len(missing):
        text = "the file has no column " + ", ".join(missing["column"])
        at = np.flatnonzero(bad)
        reasons.append(
            pd.DataFrame({"at": at, "column": missing["column"].iloc[0], "value": "", "reason": text})
        )
    every = pd.concat(reasons, ignore_index=True)
    every["row"] = job.raw.row_numbers[every["at"].to_numpy()]
    per_row = every.groupby("row", sort=True).agg(
        at=("at", "first"), column=("column", "first"), value=("value", "first"), reason=("reason", "; ".join)
    )
    per_row = per_row.reset_index()
    per_row["raw"] = _rows_as_json(job.raw.cells.iloc[per_row["at"].to_numpy()])
    per_row["file"], per_row["table"] = job.raw.file, job.table.name
    per_row["value"] = per_row["value"].map(_short)
    strings = {name: "str" for name in REJECT_COLUMNS if name != "row"}
    return per_row[list(REJECT_COLUMNS)].astype(strings)


def _reason(finding: Finding) -> npt.NDArray[np.object_]:
    says = defects.KINDS[finding.issue.code].says.rstrip(".")
    right = finding.issue.expected
    if isinstance(right, str):
        return np.full(len(finding.issue.at), f"{says}: {finding.column} should be {right}", dtype=object)
    return np.array([f"{says}: {finding.column} should be {one}" for one in right], dtype=object)


def _rows_as_json(rows: pd.DataFrame) -> list[str]:
    return [orjson.dumps(row).decode() for row in rows.astype("str").to_dict(orient="records")]


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= values.SHOWN else text[: values.SHOWN] + "…"


def _all_defects(job: _Job, findings: list[Finding], about_file: pd.DataFrame) -> pd.DataFrame:
    """Return every defect: the reader's, the file's, then the cells', worst first and by row."""
    frames = [
        defects.of(
            finding.issue.code,
            table=job.table.name,
            file=job.raw.file,
            rows=job.raw.row_numbers[finding.issue.at],
            column=finding.column,
            values=np.array([_short(value) for value in finding.shown], dtype=object),
            expected=finding.issue.expected,
        )
        for finding in findings
    ]
    frames += points.crs_defects(job.raw, job.table, job.source)
    before = [job.raw.defects] if job.raw.defects is not None else []
    return defects.ordered(defects.concat([*before, about_file, *frames]).drop_duplicates(ignore_index=True))
