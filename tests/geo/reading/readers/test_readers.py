"""What holds for every reader, and how `read` picks one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from geo.model.errors import InputError, RefusedError
from geo.model.table_source import TableSource
from geo.reading.readers import READERS, UPLOAD, advice, read

HEADS = {
    "text": b"a,b\n1,2\n",
    "XML": b"<?xml version='1.0'?><a/>",
    "JSON": b'{"a": 1}',
    "ZIP": b"PK\x03\x04" + bytes(60),
    "SQLite": b"SQLite format 3\0" + bytes(60),
    "Parquet": b"PAR1" + bytes(60),
    "FlatGeobuf": b"fgb\x03fgb\x00" + bytes(60),
    "PDF": b"%PDF-1.7\n",
    "nothing": b"",
}
FOUND_BY_READERS = (
    *("ragged_row", "unclosed_quote", "not_a_feature", "bad_geometry", "encoding_guessed", "bad_bytes"),
    *("nul_byte", "html_entity", "duplicate_header", "empty_header", "repeat_left_out", "page_incomplete"),
)


def test_every_name_is_used_once():
    names = [reader.name for reader in READERS]
    assert len(names) == len(set(names))


def test_there_is_advice_for_every_ending_but_those_that_are_read():
    read_endings = {suffix for reader in READERS for suffix in reader.suffixes}
    assert {ending for ending in read_endings if advice(ending)} == set()
    assert all(advice(ending) for ending in ("", ".xls", ".ods", ".docx", ".numbers", ".dbf", ".csv~"))


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_reader_needs_its_suffix_as_well_as_its_content(reader):
    assert not any(reader.recognises(head, ".exe") for head in HEADS.values())


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_reader_recognises_one_kind_of_content_under_a_suffix(reader):
    for suffix in reader.suffixes:
        kinds = [
            kind for kind, head in HEADS.items() if kind != "nothing" and reader.recognises(head, suffix)
        ]
        assert len(kinds) <= 1


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
@pytest.mark.parametrize("kind", HEADS)
def test_any_content_under_any_declared_format_is_a_table_or_an_input_error(tmp_path, reader, kind):
    for suffix in reader.suffixes:
        path = tmp_path / f"a{suffix}"
        path.write_bytes(HEADS[kind])
        try:
            raw = read(TableSource("visits", path, format=reader.name), limits=UPLOAD)
        except InputError as error:
            assert str(error).startswith(f"a{suffix}: ")
        else:
            assert len(raw.cells) == len(raw.row_numbers)


def test_missing_file_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match=r"a\.csv: cannot be read"):
        read(TableSource("visits", tmp_path / "a.csv"))


def test_folder_and_pipe_are_no_files(tmp_path):
    (tmp_path / "a.csv").mkdir()
    os.mkfifo(tmp_path / "b.csv")
    for name in ("a.csv", "b.csv"):
        with pytest.raises(InputError, match="is not a file"):
            read(TableSource("visits", tmp_path / name))


def test_device_without_end_is_no_file(tmp_path):
    (tmp_path / "a.csv").symlink_to("/dev/zero")
    with pytest.raises(InputError, match="is not a file"):
        read(TableSource("visits", tmp_path / "a.csv"))


def test_unknown_suffix_lists_the_known_ones(load):
    with pytest.raises(InputError, match=r"\.csv .*\.xlsx"):
        load("a.doc", b"x")


def test_unknown_format_lists_the_known_ones(load):
    with pytest.raises(InputError, match="kobo, odk"):
        load("a.csv", b"a,b\n", format="gml")


def test_declared_format_must_fit_the_suffix(load):
    with pytest.raises(InputError, match=r"format csv is in files ending in \.csv"):
        load("a.geojson", b"a,b\n", format="csv")


def test_old_excel_file_is_named_in_the_message(load):
    with pytest.raises(RefusedError, match=r"save it as \.xlsx"):
        load("a.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600))


def test_progress_is_told_of_a_long_read(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n")
    told: list[tuple[int, int]] = []
    read(TableSource("visits", path), lambda done, total: told.append((done, total)))
    assert told
    assert told[-1][0] == told[-1][1]


def test_every_format_suffix_and_code_is_documented():
    text = (Path(__file__).parents[4] / "docs" / "formats.md").read_text(encoding="utf-8")
    for reader in READERS:
        assert f"`{reader.name}`" in text
        assert all(suffix in text for suffix in reader.suffixes)
    assert all(f"`{code}`" in text for code in FOUND_BY_READERS)
