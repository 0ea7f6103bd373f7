"""How dirty rows conform."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.model.places import area_of
from geo.model.table_source import TableSource
from geo.model.tables import (
    AREAS,
    ASSIGNMENTS,
    BY_NAME,
    INCIDENTS,
    STATIONS,
    TABLES,
    TOTALS,
    VISITS,
    Raw,
    Table,
)
from geo.reading import check_references, defects
from geo.reading.conforming import Conformed, conform, empty
from tests.examples import examples
from tests.geo.reading import worst_registry

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def made(
    table: Table, rows: list[dict[str, str]], geometry: Any = None, crs: str | None = None, **source: Any
) -> Conformed:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = pd.DataFrame({name: [row.get(name, "") for row in rows] for name in columns}, dtype="str")
    raw = Raw("file.csv", cells, np.arange(2, 2 + len(rows)), geometry, crs)
    return conform(
        raw, table, worst_registry.mission(), TableSource(table.name, Path("file.csv"), **source), NOW
    )


def station(**cells: str) -> dict[str, str]:
    return {"area_id": "A", "number": "1", **cells}


def codes(result: Conformed) -> list[str]:
    return sorted(result.defects["code"])


@pytest.fixture(scope="module")
def worst() -> tuple[worst_registry.Worst, dict[str, Conformed], pd.DataFrame, pd.DataFrame]:
    """The worst registry conformed and prepared, its stations, and every defect found on the way."""
    registry, mission = worst_registry.worst(), worst_registry.mission()
    done = {
        name: conform(raw, BY_NAME[name], mission, TableSource(name, Path(raw.file)), worst_registry.NOW)
        for name, raw in registry.raws.items()
    }
    frames = {table.name: done[table.name].frame if table.name in done else empty(table) for table in TABLES}
    frames, prepared = check_references.prepare(frames, mission)
    frames["stations"] = frames["stations"].sort_values("station_id", ignore_index=True)
    areas = frames["areas"].sort_values("area_id", ignore_index=True)
    located = area_of(
        frames["stations"]["lon"].to_numpy(),
        frames["stations"]["lat"].to_numpy(),
        areas["geometry"].to_numpy(),
    )
    ids = frames["stations"]["station_id"].tolist()
    across = [
        check_references.check_static(frames, located, ids, mission),
        check_references.check_reports(frames, mission),
    ]
    found = defects.concat([*(one.defects for one in done.values()), prepared, *across])
    return registry, done, frames["stations"], found


@pytest.mark.capability("Defects of a registry are found and counted", page="files")
def test_worst_registry_reports_every_defect_in_its_exact_number(worst: Any) -> None:
    registry, _, _, found = worst
    assert Counter(found["code"]) == registry.defects


@pytest.mark.capability("No row vanishes: it is counted or set aside with its reason", page="files")
def test_worst_registry_drops_no_row(worst: Any) -> None:
    registry, done, _, _ = worst
    rows = {name: len(raw.row_numbers) for name, raw in registry.raws.items()}
    assert {name: len(one.frame) + len(one.rejects) for name, one in done.items()} == rows
    assert sum(rows[name] for name in ("stations", "visits", "incidents")) == 20_000


def test_worst_registry_rejects_as_many_rows_as_it_should(worst: Any) -> None:
    registry, done, _, _ = worst
    assert {name: len(done[name].rejects) for name in registry.rejects} == dict(registry.rejects)


def test_worst_registry_lists_every_station_without_a_point(worst: Any) -> None:
    registry, _, stations, _ = worst
    beside = stations["lon"].isna()
    assert int(beside.sum()) == registry.without_point
    assert set(stations["precision"][beside]) == {"none"}


def test_every_defect_says_row_and_what_would_be_right(worst: Any) -> None:
    _, _, _, found = worst
    assert (found["row"] > 0).all()
    assert (found["expected"] != "").all()
    assert set(found["code"]) <= set(defects.KINDS)


CELLS = (
    "", " ", "1", "1", "01", "A", "NA", " 7 ", "0", "43.2", "76,9", "200", "=1", "&amp;", "x\x00", "voting",
    "c1;c2", "2005-12-04 09:00", "12/4/2005", "4/5/2006", "A/1", "12.0", "да", "05.дек", "9" * 20, "К1",
    "verified",
)  # fmt: skip


def _any_rows(table: Table, seed: int, count: int) -> list[dict[str, str]]:
    """Rows of cells that all mean trouble somewhere; many keys repeat."""
    rng = np.random.default_rng(seed)
    return [
        {name: str(rng.choice(CELLS)) for name in table.names if name != "geometry"} for _ in range(count)
    ]


@examples(30)
@given(st.sampled_from(TABLES), st.integers(0, 2**32), st.integers(1, 9))
def test_no_row_of_any_table_ever_vanishes(table: Table, seed: int, count: int) -> None:
    result = made(table, _any_rows(table, seed, count))
    assert sorted([*result.frame["row"], *result.rejects["row"]]) == list(range(2, 2 + count))


@examples(25)
@given(st.sampled_from(TABLES), st.integers(0, 2**32))
def test_row_order_never_matters(table: Table, seed: int) -> None:
    cells, numbers = pd.DataFrame(_any_rows(table, seed, 8), dtype="str"), np.arange(2, 10)
    order = np.random.default_rng(seed).permutation(8)
    raw = Raw("f.csv", cells, numbers)
    mixed = Raw("f.csv", cells.iloc[order].reset_index(drop=True), numbers[order])
    source, mission = TableSource(table.name, Path("f.csv")), worst_registry.mission()
    one, other = (conform(each, table, mission, source, NOW) for each in (raw, mixed))
    pd.testing.assert_frame_equal(one.frame, other.frame.sort_values("row", ignore_index=True))
    pd.testing.assert_frame_equal(one.rejects, other.rejects)
    pd.testing.assert_frame_equal(one.defects, other.defects)


def test_frame_has_the_tables_columns_row_and_types_even_when_empty() -> None:
    full = made(VISITS, [{"visit_id": "v", "area_id": "A", "number": "1", "arrived": "09:00"}]).frame
    assert list(full.columns) == [*VISITS.names, "row"]
    assert full.dtypes.to_dict() == empty(VISITS).dtypes.to_dict()
    assert str(full["arrived"].dtype) == "datetime64[us, UTC]"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_file_with_headers_alone_is_an_empty_table(table: Table) -> None:
    cells = pd.DataFrame({name: pd.Series([], dtype="str") for name in table.names if name != "geometry"})
    raw = Raw("f.csv", cells, np.empty(0, dtype=np.int64))
    done = conform(raw, table, worst_registry.mission(), TableSource(table.name, Path("f.csv")), NOW)
    pd.testing.assert_frame_equal(done.frame, empty(table))
    assert (len(done.rejects), len(done.defects)) == (0, 0)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_choice_is_ever_outside_its_list(table: Table) -> None:
    rows = [{name: "zzz" for name in table.names if name != "geometry"}]
    frame = made(table, rows).frame
    for column in table.columns:
        if column.kind == "choice":
            assert set(frame[column.name]) <= {*column.choices, ""}


def test_station_key_is_built_from_its_parts() -> None:
    frame = made(VISITS, [{"visit_id": "v", "area_id": "A", "number": "5", "stream": "2"}]).frame
    assert frame["station_id"].item() == "A/5/2"


def test_station_key_is_taken_apart() -> None:
    frame = made(
        VISITS, [{"visit_id": "v", "station_id": "A/5"}, {"visit_id": "w", "station_id": "A/5/2"}]
    ).frame
    assert frame[["area_id", "number", "stream"]].to_numpy().tolist() == [["A", "5", ""], ["A", "5", "2"]]


def test_naive_time_is_in_the_zone_of_its_area() -> None:
    rows = [
        {"visit_id": v, "area_id": a, "number": "1", "arrived": "2005-12-04 09:30"} for v, a in ("vA", "wB")
    ]
    mission = worst_registry.mission(time_zones={"A": "Asia/Oral"})
    cells = pd.DataFrame(rows, dtype="str")
    raw = Raw("f.csv", cells, np.arange(2, 4))
    frame = conform(raw, VISITS, mission, TableSource("visits", Path("f.csv")), NOW).frame
    assert [f"{time:%H:%M}" for time in frame["arrived"]] == ["04:30", "03:30"]


def test_naive_time_of_a_station_key_is_in_the_zone_of_its_area() -> None:
    mission = worst_registry.mission(time_zones={"A": "Asia/Oral"})
    cells = pd.DataFrame([{"visit_id": "v", "station_id": "A/1", "arrived": "2005-12-04 09:30"}], dtype="str")
    frame = conform(
        Raw("f", cells, np.array([2])), VISITS, mission, TableSource("visits", Path("f")), NOW
    ).frame
    assert f"{frame['arrived'].item():%H:%M}" == "04:30"


def test_later_duplicate_names_the_row_of_the_first() -> None:
    result = made(STATIONS, [station(), station(name="other"), station()])
    assert result.frame["row"].tolist() == [2]
    assert result.rejects["row"].tolist() == [3, 4]
    assert result.rejects["reason"].str.contains("row 2").all()


def test_a_bad_row_does_not_take_the_key_from_a_good_one() -> None:
    rows = [{"visit_id": "v", "stage": "zzz"}, {"visit_id": "v", "stage": "voting"}]
    result = made(VISITS, rows)
    assert result.frame["row"].tolist() == [3]
    assert result.rejects["row"].tolist() == [2]


def test_rejects_keep_the_whole_row_as_it_was_written() -> None:
    result = made(STATIONS, [station(area_id="", name='Школа "7"')])
    assert result.rejects["raw"].item() == '{"area_id":"","number":"1","name":"Школа \\"7\\""}'


def test_missing_required_column_stops_and_names_the_likely_header() -> None:
    result = made(STATIONS, [{"Область": "A", "№ участка": "1"}])
    stops = result.defects[result.defects["code"] == "column_missing"]
    assert stops["column"].tolist() == ["area_id", "number"]
    assert "Область" in stops["expected"].iloc[0]
    assert (len(result.frame), len(result.rejects)) == (0, 1)


def test_unused_column_is_a_note() -> None:
    result = made(STATIONS, [station(mood="sunny")])
    assert result.defects["column"].tolist() == ["mood"]
    assert defects.severity_of(result.defects["code"].item()) == "note"


def test_mapped_columns_and_values_are_read() -> None:
    result = made(
        VISITS,
        [{"id": "v", "st": "morning", "area_id": "A", "number": "1"}],
        columns={"visit_id": "id", "stage": "st"},
        values={"stage": {"morning": "opening"}},
    )
    assert result.frame["stage"].item() == "opening"
    assert codes(result) == []


def test_mapping_to_a_header_that_is_not_there_is_reported() -> None:
    result = made(STATIONS, [station()], columns={"voters": "Electors"})
    assert codes(result) == ["column_not_found"]


def test_header_case_and_spaces_do_not_matter() -> None:
    frame = made(STATIONS, [{" AREA_ID": "A", "Number ": "1"}]).frame
    assert frame["station_id"].item() == "A/1"


def test_several_categories_in_a_cell_are_rejected() -> None:
    result = made(INCIDENTS, [{"incident_id": "i", "category": "a; b"}])
    assert result.rejects["reason"].str.contains("one row for each of a, b").all()


def test_several_categories_are_split_where_the_mission_says_so() -> None:
    result = made(
        INCIDENTS,
        [{"incident_id": "i", "category": "a|b|a"}, {"incident_id": "j", "category": "a"}],
        split="|",
    )
    assert result.frame[["incident_id", "category", "same_mention_as", "row"]].to_numpy().tolist() == [
        ["i", "a", "", 2], ["i#2", "b", "i", 2], ["j", "a", "", 3],
    ]  # fmt: skip
    assert result.defects[["code", "value"]].to_numpy().tolist() == [["categories_split", "a|b|a"]]


def test_text_na_is_kept_in_texts_and_ids() -> None:
    frame = made(STATIONS, [station(name="NA", number="NA", voters="NA")]).frame
    assert frame[["name", "number"]].to_numpy().tolist() == [["NA", "NA"]]
    assert frame["voters"].isna().item()


def test_unknown_verification_becomes_the_cautious_default() -> None:
    result = made(VISITS, [{"visit_id": "v", "area_id": "A", "number": "1", "verification": "sort of"}])
    assert result.frame["verification"].item() == "unverified"
    assert codes(result) == ["choice_unknown"]


def test_unknown_outcome_rejects_the_visit() -> None:
    result = made(VISITS, [{"visit_id": "v", "area_id": "A", "number": "1", "outcome": "sort of"}])
    assert (len(result.frame), len(result.rejects)) == (0, 1)


def test_assignment_without_a_station_is_rejected() -> None:
    result = made(ASSIGNMENTS, [{"team_id": "t", "area_id": "A", "number": ""}])
    assert codes(result) == ["required_missing"]


def test_incident_of_a_whole_area_is_no_defect() -> None:
    assert codes(made(INCIDENTS, [{"incident_id": "i", "area_id": "A", "category": "c"}])) == []


def test_total_of_the_whole_mission_needs_no_area() -> None:
    result = made(TOTALS, [{"area_id": "", "measure": "visited", "value": "310"}])
    assert result.frame["value"].tolist() == [310]
    assert codes(result) == []


def test_station_known_only_to_its_area_needs_no_point() -> None:
    result = made(STATIONS, [station(precision="area")])
    assert (result.frame["precision"].item(), codes(result)) == ("area", [])


def test_declared_projected_coordinates_become_degrees() -> None:
    frame = made(STATIONS, [station(lon="657994.9", lat="4790000")], crs="EPSG:32643").frame
    assert frame["lon"].item() == pytest.approx(76.944, abs=0.01)
    assert frame["lat"].item() == pytest.approx(43.247, abs=0.01)


@pytest.mark.parametrize(
    "crs", ["+proj=utm +zone=43", "EPSG:1", "http://example.org/crs", "EPSG:999999", "EPSG:5703", "EPSG:4978"]
)
def test_crs_that_is_no_epsg_number_of_places_stops(crs: str) -> None:
    raw = Raw("f.csv", pd.DataFrame([station(lon="76", lat="43")], dtype="str"), np.array([2]))
    done = conform(raw, STATIONS, worst_registry.mission(), TableSource("stations", Path("f"), crs=crs), NOW)
    assert done.defects["code"].tolist() == ["crs_unknown"]
    assert defects.severity_of("crs_unknown") == "stops"
    assert done.frame["lon"].isna().all()


def test_points_of_a_feature_file_are_the_stations() -> None:
    line = shapely.LineString([(70, 50), (71, 51)])
    shapes = np.array([shapely.Point(76.9, 43.2), line, None], dtype=object)
    rows = [station(number=str(i)) for i in range(3)]
    result = made(STATIONS, rows, geometry=shapes)
    assert result.frame["lon"].tolist()[0] == 76.9
    assert result.frame["lon"].isna().tolist() == [False, True, True]
    assert codes(result) == ["geometry_unreadable"]


def test_polygons_are_read_from_wkt_and_lines_are_not() -> None:
    rows = [
        {"area_id": "A", "name_en": "A", "geometry": "POLYGON ((0 0, 1 0, 1 1, 0 0))"},
        {"area_id": "B", "name_en": "B", "geometry": "LINESTRING (0 0, 1 1)"},
        {"area_id": "C", "name_en": "C", "geometry": "POLYGON (("},
    ]
    result = made(AREAS, rows)
    assert [shape is not None for shape in result.frame["geometry"]] == [True, False, False]
    assert codes(result) == ["geometry_unreadable", "geometry_unreadable"]


def test_typed_columns_need_no_text() -> None:
    cells = pd.DataFrame(
        {"area_id": ["A", "A"], "number": np.array([7, 8]), "lon": [76.9, np.nan], "lat": [43.2, np.nan],
         "voters": np.array([12.0, np.nan]), "urban": np.array([True, False])}
    )  # fmt: skip
    raw = Raw("f.parquet", cells, np.array([1, 2]))
    done = conform(raw, STATIONS, worst_registry.mission(), TableSource("stations", Path("f")), NOW)
    assert done.frame["station_id"].tolist() == ["A/7", "A/8"]
    assert done.frame["voters"].tolist() == [12, pd.NA]
    assert done.frame["urban"].tolist() == [True, False]
    assert codes(done) == []


def test_future_and_ancient_times_are_kept_and_reported() -> None:
    rows = [
        {"visit_id": "a", "area_id": "A", "number": "1", "arrived": "2099-01-01 00:00"},
        {"visit_id": "b", "area_id": "A", "number": "1", "arrived": "1999-01-01 00:00"},
    ]
    result = made(VISITS, rows)
    assert result.frame["arrived"].notna().all()
    assert codes(result) == ["time_before_mission", "time_future"]


def test_rows_the_reader_set_aside_are_rejects() -> None:
    ragged = defects.defects_at(
        "ragged_row", table="", file="f.csv", rows=[9], column="", values=['["A"]'], expected="2 cells"
    )
    raw = Raw("f.csv", pd.DataFrame([station()], dtype="str"), np.array([2]), defects=ragged)
    done = conform(raw, STATIONS, worst_registry.mission(), TableSource("stations", Path("f")), NOW)
    assert done.rejects[["row", "raw"]].to_numpy().tolist() == [[9, '["A"]']]
    assert done.defects["code"].tolist() == ["ragged_row"]


def test_progress_ends_at_one() -> None:
    told: list[float] = []
    raw = Raw("f.csv", pd.DataFrame([station()], dtype="str"), np.array([2]))
    source = replace(TableSource("stations", Path("f")), decimal=",")
    conform(raw, STATIONS, worst_registry.mission(), source, NOW, lambda _step, share: told.append(share))
    assert told == sorted(told)
    assert told[-1] == 1.0
