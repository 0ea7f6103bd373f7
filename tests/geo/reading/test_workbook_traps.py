"""Workbooks as offices send them: hidden drafts, formulas, titles above the header, merged cells."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import openpyxl
import pytest

from geo.model.errors import MissionError
from geo.reading.readers import sandboxed_parser
from tests.geo.reading.trap_missions import STATION_COLUMNS, STATIONS, checked, examples, mission, workbook

TABLE = [STATION_COLUMNS, *STATIONS]
DRAFT = [STATION_COLUMNS, *([*row[:4], 1] for row in STATIONS[:4])]


def folder_with(tmp_path: Path, *sheets, hidden=(), settings="") -> tuple[Path, openpyxl.Workbook]:
    folder = mission(tmp_path / "m", settings, stations__xlsx=b"")
    return folder, workbook(folder / "stations.xlsx", *sheets, hidden=hidden)


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_draft_called_like_the_table_is_not_read(tmp_path, state):
    folder, book = folder_with(tmp_path, ("Final list", TABLE), ("stations", DRAFT), hidden=("stations",))
    book["stations"].sheet_state = state
    book.save(folder / "stations.xlsx")
    card = checked(folder)
    assert (card["stations"], card["visits_unresolved"]) == (10, 0)
    assert "'Final list' is read; not read: stations (hidden)" in examples(card, "file_note")


def test_a_hidden_sheet_is_read_where_mission_toml_names_it(tmp_path):
    folder, _ = folder_with(
        tmp_path, ("Final list", TABLE), ("stations", DRAFT), hidden=("stations",),
        settings='[tables.stations]\nsheet = "stations"\n',
    )  # fmt: skip
    assert checked(folder)["stations"] == 4


def test_a_sheet_is_found_whatever_the_case_of_its_name(tmp_path):
    folder, _ = folder_with(tmp_path, ("Stations ", TABLE), ("Notes", [["Prepared by the secretariat"]]))
    assert checked(folder)["stations"] == 10


def test_of_several_sheets_the_one_with_the_columns_is_read(tmp_path):
    folder, _ = folder_with(tmp_path, ("Cover", [["Register"]]), ("List", TABLE))
    assert checked(folder)["stations"] == 10


def formulas(tmp_path: Path, column: str, formula: str, result: str | None) -> dict:
    folder, book = folder_with(tmp_path, ("stations", TABLE))
    for row in range(2, 12):
        book["stations"][f"{column}{row}"] = formula.format(row=row)
    path = folder / "stations.xlsx"
    book.save(path)
    if result is not None:  # as writers do that cannot work formulas out
        parts = {name: zipfile.ZipFile(path).read(name) for name in zipfile.ZipFile(path).namelist()}
        part = "xl/worksheets/sheet1.xml"
        parts[part] = re.sub(rb"</f><v ?/>|</f><v></v>", f"</f><v>{result}</v>".encode(), parts[part])
        with zipfile.ZipFile(path, "w") as out:
            for name, body in parts.items():
                out.writestr(name, body)
    return checked(folder)


def test_formulas_without_a_result_are_told_with_column_and_count(tmp_path):
    card = formulas(tmp_path, "E", "=1+{row}", None)
    assert 'voters "10 formulas without a stored result"' in examples(card, "formula_without_value")
    assert "Excel or LibreOffice" in examples(card, "formula_without_value")


def test_formulas_that_all_give_nought_are_told(tmp_path):
    card = formulas(tmp_path, "E", "=1+{row}", "0")
    assert 'voters "10 formulas, all 0"' in examples(card, "formula_all_zero")


def test_formulas_with_results_are_read_and_nothing_is_said(tmp_path):
    card = formulas(tmp_path, "E", "=1+{row}", "7")
    assert not {"formula_without_value", "formula_all_zero"} & set(card["codes"])


def test_numbers_that_are_formulas_without_a_result_are_told_beside_their_rejects(tmp_path):
    card = formulas(tmp_path, "B", '=TEXT({row},"000")', None)
    assert card["rejects"] == 10
    assert 'number "10 formulas' in examples(card, "formula_without_value")


def test_error_cells_are_told_with_their_column(tmp_path):
    folder, book = folder_with(tmp_path, ("stations", TABLE))
    for row in (3, 5):
        book["stations"][f"E{row}"] = "#N/A"
        book["stations"][f"E{row}"].data_type = "e"
    book.save(folder / "stations.xlsx")
    assert 'row 3: voters "2 cells such as #N/A"' in examples(checked(folder), "error_cell")


def titled(tmp_path: Path, settings: str = "") -> Path:
    rows = [["List of polling stations"], [], ["Area", "Station", "Place", None, "Voters"], *TABLE]
    folder, book = folder_with(tmp_path, ("stations", rows), settings=settings)
    sheet = book["stations"]
    for cells in ("A1:E1", "C3:D3"):
        sheet.merge_cells(cells)
    for top in (5, 10):
        for row in range(top + 1, top + 5):
            sheet[f"A{row}"] = None
        sheet.merge_cells(f"A{top}:A{top + 4}")
    book.save(folder / "stations.xlsx")
    return folder


def test_a_header_below_a_title_is_offered_by_its_row(tmp_path):
    with pytest.raises(MissionError, match=r"row 4 looks like the header: write header_row = 4 in \[tables"):
        checked(titled(tmp_path))


def test_the_header_row_of_mission_toml_is_taken_and_what_is_above_told(tmp_path):
    card = checked(titled(tmp_path, "[tables.stations]\nheader_row = 4\n"))
    assert (card["stations"], card["visits_unresolved"]) == (10, 0)
    assert "2 rows above the header in row 4 left out" in examples(card, "file_note")


def test_a_cell_merged_over_rows_stands_in_each_of_them_and_that_is_told(tmp_path):
    card = checked(titled(tmp_path, "[tables.stations]\nheader_row = 4\n"))
    assert 'area_id "8 cells"' in examples(card, "merged_cells")


def test_a_csv_with_a_title_offers_the_row_of_its_header(tmp_path):
    text = "List of stations,,,,\n,,,,\n" + "\n".join(",".join(map(str, row)) for row in TABLE)
    with pytest.raises(MissionError, match="header_row = 3"):
        checked(mission(tmp_path / "a", stations__csv=text))
    settings = "[tables.stations]\nheader_row = 3\n"
    assert checked(mission(tmp_path / "b", settings, stations__csv=text))["stations"] == 10


def test_a_csv_with_a_title_of_one_cell_offers_the_row_of_its_header(tmp_path):
    text = "List of stations\n" + "\n".join(",".join(map(str, row)) for row in TABLE * 5)
    with pytest.raises(MissionError, match="header_row = 2"):
        checked(mission(tmp_path / "m", stations__csv=text))


@pytest.mark.parametrize("day", ["2005-12-04 09:15", "04.12.2005 09:15", "4 Dec 2005, 9:15"])
def test_dates_typed_as_text_are_read_like_dates(tmp_path, day):
    header = ["visit_id", "area_id", "number", "arrived", "verification", "answered"]
    folder = mission(tmp_path / "m", visits__xlsx=b"")
    workbook(folder / "visits.xlsx", ("visits", [header, ["v0", "N", "1", day, "verified", "*"]]))
    assert "time_unreadable" not in checked(folder)["codes"]


class Place(tuple):
    """The row and column of a merged cell, which counts how often one of the two is looked at."""

    looks = 0

    def __getitem__(self, item):
        Place.looks += 1
        return super().__getitem__(item)


def test_a_row_looks_at_its_own_merged_cells_only():
    n = 500
    merged = {2 * i + 1: {0: Place((2 * i, 0))} for i in range(n)}
    rows = iter([[str(i)] if i % 2 == 0 else [""] for i in range(2 * n)])
    assert [row[0] for row in sandboxed_parser.filled(rows, merged)] == [str(i - i % 2) for i in range(2 * n)]
    assert Place.looks <= 4 * n
