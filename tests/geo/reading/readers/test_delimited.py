"""Text tables: delimiters, encodings, line ends, odd rows, and true line numbers."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.model.errors import InputError, RefusedError
from geo.model.table_source import TableSource
from geo.reading.readers import UPLOAD, delimited
from tests.examples import examples

TEXT = "station,name\n186,Алматы\n187,Ақтау\n"
SOURCE = TableSource("visits", Path("visits.csv"))


def rows_of(raw):
    return raw.cells.to_numpy().tolist()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.capability("CSV and TSV with any delimiter", page="files")
def test_delimiter_is_found_from_the_content(load, delimiter):
    raw = load(
        "a.csv", f"a{delimiter}b\n1,5{delimiter}2\n".replace("1,5", "15" if delimiter == "," else "1,5")
    )
    assert list(raw.cells.columns) == ["a", "b"]
    assert len(raw.cells) == 1


def test_decimal_commas_survive_between_semicolons(load):
    assert rows_of(load("a.csv", "lon;lat\n76,85;43,22\n")) == [["76,85", "43,22"]]


def test_headerless_decimal_commas_between_semicolons_are_two_cells(load):
    raw = load("a.csv", "76,85;43,22\n71,43;51,13\n", header=False)
    assert list(raw.cells.columns) == ["1", "2"]
    assert raw.row_numbers.tolist() == [1, 2]


def test_declared_delimiter_wins_over_the_content(load):
    assert list(load("a.csv", "a;b,c\n1;2,3\n", delimiter=",").cells.columns) == ["a;b", "c"]


def test_separator_line_of_excel_is_not_the_header(load):
    raw = load("a.csv", "sep=;\r\na;b\r\n1;2\r\n")
    assert rows_of(raw) == [["1", "2"]]
    assert raw.row_numbers.tolist() == [3]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_proven_encoding_is_read_without_a_defect(load, encoding):
    raw = load("a.csv", (TEXT * 3).encode(encoding))
    assert rows_of(raw)[:2] == [["186", "Алматы"], ["187", "Ақтау"]]
    assert list(raw.cells.columns) == ["station", "name"]
    assert not len(raw.defects)


@pytest.mark.capability("CSV in older encodings, with a warning", page="files")
def test_cyrillic_bytes_are_guessed_as_cp1251_and_reported(load):
    raw = load("a.csv", "station,name\n186,Алматы\n".encode("cp1251"))
    assert rows_of(raw) == [["186", "Алматы"]]
    assert raw.defects[["code", "value"]].to_numpy().tolist() == [["encoding_guessed", "cp1251"]]


def test_accented_bytes_are_guessed_as_latin_1_and_reported(load):
    raw = load("a.csv", "station,name\n1,Orléans café\n2,Besançon\n".encode("latin-1"))
    assert rows_of(raw) == [["1", "Orléans café"], ["2", "Besançon"]]
    assert raw.defects["value"].tolist() == ["iso8859-1"]


def test_declared_encoding_is_obeyed_without_a_defect(load):
    raw = load("a.csv", "name\nАлматы\n".encode("koi8-r"), encoding="koi8-r")
    assert rows_of(raw) == [["Алматы"]]
    assert not len(raw.defects)


@pytest.mark.parametrize("encoding", ["zlib", "unicode_escape", "nonsense", "rot13"])
def test_encoding_that_is_no_text_encoding_is_an_input_error(load, encoding):
    with pytest.raises(InputError, match=r"a\.csv: encoding"):
        load("a.csv", TEXT, encoding=encoding)


def test_single_bad_byte_in_utf8_is_replaced_and_reported_with_its_line(load):
    raw = load("a.csv", TEXT.encode() + b"188,\xff\n")
    assert rows_of(raw)[-1] == ["188", "�"]
    assert raw.defects[["code", "row"]].to_numpy().tolist() == [["bad_bytes", 4]]


def test_nul_byte_is_replaced_and_reported_with_its_line(load):
    raw = load("a.csv", TEXT + "188,a\0b\n")
    assert rows_of(raw)[-1] == ["188", "a�b"]
    assert raw.defects[["code", "row"]].to_numpy().tolist() == [["nul_byte", 4]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_gives_the_same_table_and_lines(load, end):
    raw = load("a.csv", end.join(["a,b", "1,2", "", '3,"x' + end + 'y"', "5,6", ""]))
    assert rows_of(raw) == [["1", "2"], ["3", f"x{end}y"], ["5", "6"]]
    assert raw.row_numbers.tolist() == [2, 4, 6]


def test_ragged_rows_are_set_aside_with_line_and_cells(load):
    raw = load("a.csv", 'a,b\n1,2\n3\n4,"5\n5",6\n7,8\n')
    assert rows_of(raw) == [["1", "2"], ["7", "8"]]
    assert raw.row_numbers.tolist() == [2, 6]
    assert raw.defects["code"].tolist() == ["ragged_row", "ragged_row"]
    assert raw.defects["row"].tolist() == [3, 4]
    assert [json.loads(value) for value in raw.defects["value"]] == [["3"], ["4", "5\n5", "6"]]
    assert raw.defects["expected"].tolist() == ["2 cells, found 1", "2 cells, found 3"]


def test_quote_left_open_is_reported_where_it_opens(load):
    raw = load("a.csv", 'a,b\n1,2\n3,"4\n5,6\n')
    assert rows_of(raw) == [["1", "2"]]
    assert raw.defects[["code", "row"]].to_numpy().tolist() == [["unclosed_quote", 3]]
    assert json.loads(raw.defects["value"][0]) == ["3", "4\n5,6\n"]


def test_mostly_ragged_file_asks_about_the_delimiter(load):
    with pytest.raises(InputError, match="rows do not have the 2 cells"):
        load("a.csv", "a,b\n" + "1,2,3\n" * 30)


def test_html_entities_are_reported_and_kept(load):
    raw = load("a.csv", "a,b\n1,Tom &amp; Co\n2,R&D\n3,&#1040;\n")
    assert raw.cells["b"].tolist() == ["Tom &amp; Co", "R&D", "&#1040;"]
    assert raw.defects[["code", "row", "column"]].to_numpy().tolist() == [
        ["html_entity", 2, "b"],
        ["html_entity", 4, "b"],
    ]


def test_repeated_header_is_renamed_and_reported(load):
    raw = load("a.csv", "a,a,a (2),\n1,2,3,4\n")
    assert list(raw.cells.columns) == ["a", "a (3)", "a (2)", "4"]
    assert raw.defects["code"].tolist() == ["duplicate_header", "empty_header"]


def test_rows_of_empty_cells_are_counted_in_a_note(load):
    raw = load("a.csv", "a,b\n1,2\n,\n3,4\n,\n")
    assert raw.row_numbers.tolist() == [2, 4]
    assert raw.notes == ("2 empty rows left out (rows 3, 5)",)


@pytest.mark.parametrize("body", [b"", b"\n\n", b"\xef\xbb\xbf", b"  \r\n"])
def test_empty_file_is_an_input_error(load, body):
    with pytest.raises(InputError, match=r"a\.csv: .*(empty)"):
        load("a.csv", body)


def test_header_alone_is_a_table_without_rows(load):
    raw = load("a.csv", "a,b\n")
    assert list(raw.cells.columns) == ["a", "b"]
    assert not len(raw.cells)


@pytest.mark.parametrize(
    "body", [b"PK\x03\x04rest", b"<html></html>", b'{"a": 1}', b"%PDF-1.4", b"a,b\n" + b"\0\0\1" * 99]
)
def test_content_that_is_no_text_table_is_refused(load, body):
    with pytest.raises(RefusedError, match="content is"):
        load("a.csv", body)


def test_too_many_columns_are_refused(load):
    with pytest.raises(RefusedError, match="columns"):
        load("a.csv", "a," * 5_000 + "a\n")


def test_one_line_of_a_million_cells_is_refused(load):
    with pytest.raises(RefusedError, match="cells"):
        load("a.csv", "a,b\n" + "," * 1_000_000 + "\n")


def test_too_many_lines_are_refused(load):
    with pytest.raises(RefusedError, match="lines"):
        load("a.csv", "a\n" + "\n" * 8_000_001)


def test_fast_path_is_taken_for_a_quoted_file_with_line_ends_in_cells():
    body = b'1,"a\n,b"\n2,"c ""d"""\n'
    sheet = delimited._plain(body, 0, 1, ",", 2, SOURCE)
    assert sheet is not None
    assert sheet.lines.tolist() == [1, 3]


CELLS = st.text(st.sampled_from(list('ab,;"\n\r\t é&')), max_size=5)


@examples(150)
@given(
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=3), max_size=8),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_both_paths_give_identical_tables_and_lines_for_written_csv(rows, quoting, end):
    out = io.StringIO()
    csv.writer(out, quoting=quoting, lineterminator=end).writerows(rows)
    same_on_both_paths(out.getvalue().encode())


@examples(300)
@given(st.text(st.sampled_from(list('a,"\n\r ')), max_size=24))
def test_both_paths_give_identical_tables_and_lines_for_any_bytes(text):
    same_on_both_paths(text.encode())


def same_on_both_paths(body: bytes) -> None:
    fast = delimited._plain(body, 0, 1, ",", 2, SOURCE)
    if fast is None:
        return
    slow = delimited._any(body, 0, 1, ",", ["a", "b"], SOURCE, "a.csv", None)
    told = [[frame.to_dict("list") for frame in sheet.defects] for sheet in (fast, slow)]
    assert told[0] == told[1]
    assert [c.to_pylist() for c in fast.columns] == [c.to_pylist() for c in slow.columns]
    np.testing.assert_array_equal(fast.lines, slow.lines)


def test_pieces_of_any_size_give_the_same_lines(monkeypatch):
    body = b'1,"a\n,b"\r\n\n22,"c ""d"""\n3,4\n' * 7
    whole = delimited._plain_records(body, 0, 1, ord(","), 2)
    for size in (12, 13, 17, 40):
        monkeypatch.setattr(delimited, "_CHUNK", size)
        pieces = delimited._plain_records(body, 0, 1, ord(","), 2)
        assert pieces is None or pieces.lines.tolist() == whole.lines.tolist()
    assert pieces is not None


def test_cells_are_str_without_missing_values(load):
    raw = load("a.csv", "a,b\n1,\nNA,null\n")
    assert rows_of(raw) == [["1", ""], ["NA", "null"]]
    assert all(isinstance(dtype, pd.StringDtype) for dtype in raw.cells.dtypes)


def test_limits_of_an_upload_are_checked_before_reading(load):
    with pytest.raises(RefusedError, match="larger than"):
        load("a.csv", TEXT, limits=replace(UPLOAD, body_bytes=10))


def test_progress_of_a_table_that_is_not_plain_goes_from_its_start_to_its_end(monkeypatch, tmp_path):
    monkeypatch.setattr(delimited, "_BATCH", 10)
    path, shares = tmp_path / "visits.csv", list[float]()
    path.write_text("a,b\n" + 'x"y,1\n' * 100)  # a quote within a cell
    delimited.read(path, TableSource("visits", path), UPLOAD, lambda done, total: shares.append(done / total))
    assert shares[0] < 0.2
    assert shares == sorted(shares)
    assert (len(shares), shares[-1]) == (11, 1.0)
