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

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geo.model.columns import BoolArray, IntArray
from geo.model.mission import Mission
from geo.model.registry import is_open
from geo.model.table_source import TableSource
from geo.model.tables import Column, Raw, Table
from geo.model.text_cells import Cells, cells_of, coded, text_of
from geo.reading import defects, id_forms, parse_points, parse_values, station_status, vocabulary
from geo.reading.area_rows import joined_parts, with_parents
from geo.reading.declared_rows import declared_rows
from geo.reading.known_places import KnownPlaces
from geo.reading.match_columns import SAME, match_columns, split_rows
from geo.reading.midnight import with_days
from geo.reading.parse_times import Zones, outside, read_date, read_time
from geo.reading.parse_values import Issue, Parsed
from geo.reading.rejects import Finding, Job, all_defects, rejected_rows, rejects
from geo.reading.repeated_values import once_each
from geo.reading.station_keys import fill_areas, fill_station_ids, key_oddities

Progress = Callable[[str, float], None]

NO_PLACES: Final = KnownPlaces()
CAUTIOUS: Final = frozenset({"verification", "publication", "completeness", "public"})
PAST_TIMES: Final = frozenset({"arrived", "left", "received", "occurred", "last_contact"})
BEFORE_DAYS: Final = 180  # long-term observers come two months before; nothing of a mission is older
PAIRS: Final = (("lon", "lat"), ("base_lon", "base_lat"))


@dataclass(frozen=True, eq=False, slots=True)
class Conformed:
    """A table in our columns, the rows set aside, and all that was odd (the reader's defects too).

    `frame`: the table's columns and `row`; for stations also `station_id`. `rejects`: one row per
    rejected source row, columns `REJECT_COLUMNS`, `raw` the whole row as JSON text.
    """

    frame: pd.DataFrame
    rejects: pd.DataFrame
    defects: pd.DataFrame


def conform(
    raw: Raw,
    table: Table,
    mission: Mission,
    source: TableSource,
    now: datetime,
    progress: Progress | None = None,
    places: KnownPlaces = NO_PLACES,
) -> Conformed:
    """Return the rows of a source as rows of `table`, those set aside, and every defect.

    `places`: what other tables say of areas and stations. `now`: aware; times after it are reported as
    future. O(N) with vectorised kernels on plain cells.
    """
    tell = progress or (lambda _step, _share: None)
    raw, source, declared = declared_rows(raw, source)
    headers, about_file = match_columns(raw, table, source)
    about_file = defects.concat([about_file, *declared])
    raw, headers, split = split_rows(raw, table, source, headers)
    job = Job(raw, table, mission, source, now, headers, places)
    frame, findings = _read_columns(job, tell)
    findings += [split] if split else []
    stops = (about_file["code"] == "column_missing").any()
    findings += _empty_cells(job, frame, findings)
    bad = rejected_rows(len(frame), findings)
    if table.name == "areas" and not stops:
        frame, bad, joined = joined_parts(job, frame, bad)
        findings += joined
    if not stops:
        twins = _duplicates(job, frame, bad)
        findings += twins
        bad |= rejected_rows(len(frame), twins)
        findings += key_oddities(job, frame, ~bad)
    else:
        bad[:] = True
    tell(f"conform {table.name}", 1.0)
    used = frame[~bad].reset_index(drop=True) if bad.any() else frame
    if source.from_children and not stops and len(used):
        used, unions = with_parents(used, _parent_names(job, ~bad))
        findings += unions
    return Conformed(
        used,
        rejects(job, findings, bad if stops else rejected_rows(len(frame), findings), about_file),
        all_defects(job, findings, about_file),
    )


def _parent_names(job: Job, used: BoolArray) -> pd.Series[Any] | None:
    """Return what the rows used call their parent, None where mission.toml names no column for it."""
    header = job.source.parent_name
    if header not in job.raw.cells.columns:
        return None
    return parse_values.series(cells_of(job.raw.cells[header]))[used].reset_index(drop=True)


def _read_columns(job: Job, tell: Progress) -> tuple[pd.DataFrame, list[Finding]]:
    """Return every column of the table understood, with `row`, and what was odd in it."""
    read: dict[str, pd.Series[Any]] = {}
    findings: list[Finding] = []
    pairs = {name for pair in PAIRS for name in pair}
    is_inside = np.zeros(len(job.raw.row_numbers), dtype=bool)
    for lon, lat in PAIRS:
        if job.table.has(lon):
            points = parse_points.pair(job.raw, job.source, lon, lat, job.headers)
            read[lon], read[lat], is_inside = points.lon, points.lat, points.is_inside
            findings += [
                item for name, issues in points.issues.items() for item in job.findings(name, issues)
            ]
    ordered = sorted(job.table.columns, key=lambda column: column.kind in ("time", "date"))
    zones: Zones | None = None
    for done, column in enumerate(ordered):
        tell(f"conform {job.table.name}", done / len(ordered))
        if column.kind in ("time", "date") and zones is None:
            findings += fill_areas(job, read)
            findings += fill_station_ids(job, read)
            zones = _zones(job, read)
        if column.kind == "polygon":
            read[column.name], column_issues = parse_points.polygons(
                job.raw, job.source, column.name, job.headers
            )
        elif column.name in pairs:
            continue
        else:
            read[column.name], column_issues = _read_column(job, column, zones)
        findings += job.findings(column.name, column_issues)
    for column in ordered:
        if column.kind == "time" and column.name in job.headers:
            findings += job.findings(column.name, _time_issues(job, column, read[column.name]))
    if zones is not None:
        findings += with_days(job, read, zones)
    if zones is None:
        findings += fill_areas(job, read)
        findings += fill_station_ids(job, read)
    if job.table.name == "stations":
        findings += _fill_precision(job, read, is_inside)
        header = job.headers.get("status")
        station_status.fill_merged_into(read, job.raw.cells[header] if header is not None else None)
        station_status.cancel_closed(read, job.mission.election_date)
    names = (*job.table.names, "station_id") if job.table.name == "stations" else job.table.names
    frame = pd.DataFrame({name: read[name] for name in names})
    frame["row"] = np.asarray(job.raw.row_numbers, dtype=np.int64)
    return frame, findings


def _read_column(job: Job, column: Column, zones: Zones | None) -> tuple[pd.Series[Any], list[Issue]]:
    """Return one column understood; unreadable cells of a column that decides become rejecting issues."""
    count = len(job.raw.row_numbers)
    header = job.headers.get(column.name)
    if header is None and not (column.name == SAME and SAME in job.raw.cells):
        return _constant(column, count), []
    source = job.raw.cells[header or SAME]
    parsed = _parse(job, column, source, zones)
    column_values = parsed.values
    issues = list(parsed.issues)
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


def empty(table: Table) -> pd.DataFrame:
    """Return the frame of a table for which there is no source, as `conform` would without rows."""
    return _empty(table).copy()


@cache  # a mission without most tables would spend a fifth of its building on making them
def _empty(table: Table) -> pd.DataFrame:
    frame = pd.DataFrame({column.name: _constant(column, 0) for column in table.columns})
    if table.name == "stations":
        frame["station_id"] = pd.Series([], dtype="str")
    return frame.assign(row=pd.Series([], dtype="int64"))


def _constant(column: Column, count: int) -> pd.Series[Any]:
    """Return a column the file does not have: its default, or missing."""
    match column.kind:
        case "integer":
            fill: Any = int(column.default) if column.default else pd.NA
            return pd.Series(pd.array([fill], dtype="Int64").repeat(count))
        case "boolean":
            return pd.Series(pd.array([pd.NA], dtype="boolean").repeat(count))
        case "lon" | "lat":
            return pd.Series(np.full(count, np.nan))
        case "time" | "date":
            return pd.Series(np.full(count, np.datetime64("NaT"), "datetime64[us]")).dt.tz_localize("UTC")
        case "polygon":
            return pd.Series(np.full(count, None, dtype=object), dtype=object)
        case _:
            return parse_values.series(
                pa.array([column.default], pa.large_string()).take(pa.array(np.zeros(count, np.int64)))
            )


def _parse(job: Job, column: Column, source: pd.Series[Any], zones: Zones | None) -> Parsed:
    mapping = job.source.values.get(column.name, {})
    if column.kind == "list" and (mapping or job.source.split):
        source, mapping = _parts_mapped(source, mapping, job.source.split), {}
    if column.kind in ("integer", "boolean") and not mapping:
        typed = parse_values.read_typed(source, column.kind)
        if typed is not None:
            return typed
    election = job.mission.election_date
    if pd.api.types.is_datetime64_any_dtype(source.dtype):
        if column.kind == "date":
            return read_date(source, None, election)
        if column.kind == "time" and zones is not None:
            return read_time(source, None, zones)
    zone_of_row = zones.zone_of_row if zones is not None and column.kind == "time" else None
    return once_each(
        text_of(source, mapping),
        lambda cells, zone: _read(job, column, cells, zones and replace(zones, zone_of_row=zone)),
        zone_of_row,
    )


def _parts_mapped(column: pd.Series[Any], mapping: Mapping[str, str], mark: str) -> pd.Series[Any]:
    """Return a column of lists with ";" between, each part replaced where the mission maps it."""
    words, codes = coded(text_of(column))
    lists = [
        ";".join(
            mapping.get(part, part)
            for part in parse_values.list_text(text.replace(mark, ";") if mark else text).split(";")
        )
        for text in words.to_pylist()
    ]
    return pd.Series(np.array(lists, dtype=object)[codes] if len(codes) else [], dtype="str")


def _read(job: Job, column: Column, cells: Cells, zones: Zones | None) -> Parsed:
    """Return what the cells of a column of text say; `zones`: of these cells, for times."""
    match column.kind:
        case "id":
            parsed = _read_id(job, column, cells)
            return _single_category(parsed, cells) if column.name == "category" else parsed
        case "text":
            return parse_values.read_text(cells, is_public=column.audience == "public")
        case "list":
            return parse_values.read_list(cells)
        case "integer":
            return parse_values.read_integer(cells, job.source.decimal)
        case "choice":
            cells = station_status.without_target(cells) if column.name == "status" else cells
            return parse_values.read_choice(cells, column.choices, vocabulary.CHOICES.get(column.name, {}))
        case "boolean":
            words = vocabulary.URBAN if column.name == "urban" else vocabulary.BOOLEANS
            return parse_values.read_boolean(cells, words)
        case "date":
            return read_date(None, cells, job.mission.election_date)
        case "time" if zones is not None:
            return read_time(None, cells, zones)
        case _:
            raise AssertionError(f"no parser for {column.kind}")


def _read_id(job: Job, column: Column, cells: Cells) -> Parsed:
    """Return ids; digits of other scripts as 0 to 9 but in numbers, which are shown as written."""
    if job.source.whole_ids:
        cells = id_forms.whole_numbers(cells)
    if job.source.number_width and column.name == "number":
        cells = id_forms.widened(cells, job.source.number_width)
    parsed = parse_values.read_id(cells)
    read, changed = id_forms.plain_digits(cells_of(parsed.values))
    if not len(changed):
        return parsed
    shown = parse_values.texts_at(read, changed)
    note = Issue("id_digits", changed, shown)
    values = parsed.values if column.name in ("number", "stream") else parse_values.series(read)
    return replace(parsed, values=values, issues=(*parsed.issues, note))


def _single_category(parsed: Parsed, cells: Cells) -> Parsed:
    several = np.flatnonzero(parse_values.matches(cells, r"[^;|,\n\s][\s]*[;|,\n][\s]*[^;|,\n\s]"))
    if not len(several):
        return parsed
    right = np.array(
        [
            f"one row for each of {parse_values.list_text(text).replace(';', ', ')}; or split in mission.toml"
            for text in parse_values.texts_at(cells, several)
        ],
        dtype=object,
    )
    return replace(parsed, issues=(*parsed.issues, Issue("several_categories", several, right)))


def _time_issues(job: Job, column: Column, moments: pd.Series[Any]) -> list[Issue]:
    first = datetime.combine(job.mission.election_date - timedelta(days=BEFORE_DAYS), time(), UTC)
    early, late = outside(moments, first, job.now)
    issues = [Issue("time_before_mission", early, f"a time after {first:%Y-%m-%d}")]
    if column.name in PAST_TIMES:
        issues.append(
            Issue("time_future", late, f"a time before {job.now.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
        )
    return issues


def _zones(job: Job, read: Mapping[str, pd.Series[Any]]) -> Zones:
    """Return the zone of every row: its area's, else its nearest ancestor's, else the mission's."""
    mission, count = job.mission, len(job.raw.row_numbers)
    names = tuple(dict.fromkeys((mission.time_zone, *mission.time_zones.values())))
    zone_of_row = np.zeros(count, dtype=np.int32)
    if "area_id" in read and len(names) > 1:
        coded = pc.dictionary_encode(cells_of(read["area_id"]))
        areas = coded.dictionary.to_pylist()
        zone_of_area = [names.index(job.places.zone_of(area, mission)) for area in areas]
        zone_of_row = np.array(zone_of_area, dtype=np.int32)[coded.indices.to_numpy()]
    return Zones(names, zone_of_row, mission.election_date)


def _fill_precision(job: Job, read: dict[str, pd.Series[Any]], is_inside: BoolArray) -> list[Finding]:
    """Complete `precision` in `read`: point with coordinates, none without; report a false claim.

    `is_inside`: the point only stands for a polygon; its precision is area unless the row says otherwise.
    """
    has_point = read["lon"].notna().to_numpy()
    given = read["precision"].to_numpy(dtype=object)
    claims = np.flatnonzero(~has_point & (given == "point"))
    without = np.where((given == "") | (given == "point"), "none", given)  # "area" needs no coordinates
    implied = np.where(is_inside, "area", "point")
    filled = np.where(has_point, np.where((given == "") | (given == "none"), implied, given), without)
    read["precision"] = pd.Series(filled, dtype="str")
    return job.findings("precision", [Issue("precision_without_point", claims, "none, or the coordinates")])


def _empty_cells(job: Job, frame: pd.DataFrame, findings: list[Finding]) -> list[Finding]:
    """Return a finding for every required cell that is empty, and not already found unreadable."""
    more: list[Finding] = []
    known_bad: dict[str, list[IntArray]] = {}
    for finding in findings:
        if finding.issue.code == "required_unreadable":
            known_bad.setdefault(finding.column, []).append(finding.issue.at)
    for column in job.table.columns:
        needed = column.required or (column.name == "station_id" and column.name in job.table.key)
        if not needed or (column.name not in job.headers and column.name != "station_id"):
            continue
        cells = frame[column.name]
        empty = np.array(cells.isna() | (cells == ""), dtype=bool)
        for at in known_bad.get(column.name, []):
            empty[at] = False
        right = f"filled in: {column.says}"
        is_placed = job.table.name == "stations" and bool(frame["lon"].notna()[empty].any())
        if column.name == "area_id" and is_placed and not job.source.area_from_point:
            right = "filled in, or taken from the point: area_from_point = true in [tables.stations]"
        more += job.findings(column.name, [Issue("required_missing", np.flatnonzero(empty), right)])
    return more


def _duplicates(job: Job, frame: pd.DataFrame, bad: BoolArray) -> list[Finding]:
    """Return a finding for every row whose key a good row with a lower number already has."""
    key = list(job.table.key)
    good = np.flatnonzero(~bad)
    rows = frame["row"].to_numpy()[good]
    is_in_order = bool((rows[1:] > rows[:-1]).all())
    if job.table.name == "stations" and not is_open(frame).all():
        # a number given to a new station: the one that is no longer open yields, whichever row it stands in
        is_in_order, good = False, good[np.lexsort((rows, ~is_open(frame)[good]))]
    elif not is_in_order:
        good = good[np.argsort(rows, kind="stable")]
    keys = frame[key] if is_in_order and len(good) == len(frame) else frame[key].iloc[good]
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
