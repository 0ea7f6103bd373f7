"""What is said about defects."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.reading import defects
from geo.reading.rejects import no_rejects
from tests import defects_page


def some(code: str, rows: list[int], **more: Any) -> pd.DataFrame:
    settings = {
        "table": "stations",
        "file": "s.csv",
        "column": "lon",
        "values": [f"A/{row}: x" for row in rows],
    }
    return defects.defects_at(code, rows=rows, expected="better", **{**settings, **more})


def test_every_kind_is_one_sentence() -> None:
    for kind in defects.KINDS.values():
        assert kind.says[0].isupper()
        assert kind.says.endswith(".")
        assert ". " not in kind.says


def test_page_about_defects_is_up_to_date() -> None:
    assert defects_page.PAGE.read_text(encoding="utf-8") == defects_page.markdown()


def test_summary_is_worst_first_and_counts() -> None:
    frame = defects.concat(
        [
            some("number_format", [1] * 9),
            some("html_entity", [1, 2]),
            some("duplicate_key", [3]),
            some("too_long", [4]),
        ]
    )
    groups = defects.summary(frame)
    assert groups["code"].tolist() == ["duplicate_key", "html_entity", "too_long", "number_format"]
    assert groups["n"].tolist() == [1, 2, 1, 9]
    assert groups["examples"].iloc[0] == ['s.csv row 3: lon "A/3: x"; should be better']


def test_summary_of_nothing_is_empty() -> None:
    assert defects.summary(defects.empty()).empty


@given(st.text(max_size=10))
def test_no_cell_of_rejects_can_run_in_a_spreadsheet(text: str) -> None:
    safe = defects.inert(text)
    assert not safe.lstrip().startswith(("=", "+", "-", "@", "|"))
    assert safe in (text, f"'{text}")


def test_rejects_are_written_with_all_their_cells(tmp_path: Path) -> None:
    rejects = no_rejects()
    rejects.loc[0] = ["f.csv", "stations", 7, "number", "=1+1", "why, so", '{"a":"\n"}']
    defects.write_rejects(tmp_path / "r.csv", rejects)
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as lines:
        header, row = csv.reader(lines)
    assert header == list(rejects.columns)
    assert row == ["f.csv", "stations", "7", "number", "'=1+1", "why, so", '{"a":"\n"}']


def test_map_draws_stations_with_a_point_and_lists_the_others() -> None:
    stations = pd.DataFrame(
        {"station_id": ["A/1", "A/2"], "row": [1, 2], "lon": [76.9, np.nan], "lat": [43.2, np.nan]}
    )
    drawn = defects.defect_map(some("too_long", [1, 2, 3]), stations)
    assert [f["properties"]["station_id"] for f in drawn["features"]] == ["A/1"]
    assert drawn["features"][0]["geometry"]["coordinates"] == [76.9, 43.2]
    assert [one["station_id"] for one in drawn["properties"]["not_on_map"]] == ["A/2", ""]


@pytest.mark.parametrize("with_row", [True, False])
def test_map_takes_geometries_and_finds_stations_by_row_or_by_name(with_row: bool) -> None:
    stations = pd.DataFrame({"station_id": ["A/1", "A/2"], "geometry": [None, shapely.Point(76.9, 43.2)]})
    if with_row:
        stations["row"] = [1, 2]
    drawn = defects.defect_map(some("too_long", [1, 2]), stations)
    assert [f["properties"]["station_id"] for f in drawn["features"]] == ["A/2"]
    assert [one["station_id"] for one in drawn["properties"]["not_on_map"]] == ["A/1"]


def test_map_of_no_stations_lists_everything() -> None:
    stations = pd.DataFrame({"station_id": [], "lon": [], "lat": []})
    assert len(defects.defect_map(some("too_long", [1]), stations)["properties"]["not_on_map"]) == 1


def test_what_is_said_of_a_whole_file_is_shown_whole() -> None:
    frame = pd.concat([some("column_unknown", [0] * 9), some("html_entity", list(range(1, 9)))])
    groups = defects.summary(frame).set_index("code")["examples"]
    assert len(groups["column_unknown"]) == 9
    assert len(groups["html_entity"]) == 3


def test_sentence_without_a_column_and_with_a_column_as_its_value() -> None:
    frame = pd.concat([some("encoding_guessed", [0], column=""), some("column_unknown", [0], values=["lon"])])
    assert [defects.sentence(row) for row in frame.itertuples()] == [
        's.csv: "A/0: x"; should be better',
        's.csv: "lon"; should be better',
    ]


def test_defects_are_drawn_at_the_station_of_their_row_even_if_others_have_none() -> None:
    found = some("html_entity", [0, 2, 3, 9], values=["a", "b", "c", "d"])
    stations = pd.DataFrame(
        {"station_id": ["A/1", "A/2", "A/3", "A/4"], "lon": [1.0, np.nan, 3, 4], "lat": [1.0, np.nan, 3, 4],
         "row": [3, 2, -1, -1]}
    )  # fmt: skip
    made = defects.defect_map(found, stations)
    assert [one["properties"]["station_id"] for one in made["features"]] == ["A/1"]
    assert [one["station_id"] for one in made["properties"]["not_on_map"]] == ["", "A/2", ""]


def test_printable_text_moves_no_cursor() -> None:
    assert defects.printable("a\x1b[2J\u202eb\n2\xa0450") == "a\\u001b[2J\\u202eb\n2\xa0450"
