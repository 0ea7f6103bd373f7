"""Downloads as platforms give them: workbooks with a repeat sheet, zips of CSVs, a classic Ushahidi."""

from __future__ import annotations

import io
import zipfile

import pytest

from geo.model.errors import MissionError
from tests.geo.reading.trap_missions import (
    STATION_COLUMNS,
    STATIONS,
    built,
    checked,
    csv_text,
    examples,
    mission,
    workbook,
)

ANSWERS = ["voting", "2005-12-04T10:00:00", "Approved"]
FORM = [
    ["area_id", "number", "stage", "_submission_time", "_validation_status", "_uuid", "_index"],
    *([*row[:2], *ANSWERS, f"u{i}", i + 1] for i, row in enumerate(STATIONS)),
]
REPEAT = [
    ["category", "_index", "_parent_table_name", "_parent_index", "_submission__uuid"],
    ["queue", 1, "Observer form", 1, "u0"],
]


def zipped(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "."), text)
    return out.getvalue()


def test_a_workbook_of_a_form_with_a_repeat_sheet_needs_no_word(tmp_path):
    folder = mission(tmp_path / "m", visits__xlsx=b"", incidents__xlsx=b"")
    for table in ("visits", "incidents"):
        workbook(folder / f"{table}.xlsx", ("Observer form", FORM), ("violations", REPEAT))
    snapshot = built(folder)
    assert snapshot.visits.visit_id.to_pylist() == [f"u{i}" for i in range(10)]
    assert set(snapshot.visits.verification.tolist()) == {1}
    assert snapshot.incidents.incident_id.to_pylist() == ["u0#1"]
    assert snapshot.incidents.visit.tolist() == [0]


MAIN = (
    "SubmissionDate,area_id,number,stage,arrived,KEY,ReviewState\n"
    "2005-12-04T04:00:00Z,N,1,voting,2005-12-04T09:00:00.000+06:00,uuid:1,approved\n"
)
GROUP = "category,PARENT_KEY,KEY\nqueue,uuid:1,uuid:1/violations[1]\n"


def test_the_form_of_a_zip_of_csvs_is_read_and_told(tmp_path):
    body = zipped(form__csv=MAIN, **{"form-violations__csv": GROUP, "media/a__jpg": "x"})
    card = checked(mission(tmp_path / "m", visits__zip=body, incidents__csv=None))
    assert (card["visits"], card["visits_unresolved"]) == (1, 0)
    assert "'form.csv' of the archive is read; not read: form-violations.csv" in examples(card, "file_note")


def test_a_repeated_group_of_the_zip_is_read_where_mission_toml_names_it(tmp_path):
    body = zipped(form__csv=MAIN, **{"form-violations__csv": GROUP})
    settings = '[tables.incidents]\nfile = "incidents.zip"\nlayer = "form-violations"\n'
    card = checked(mission(tmp_path / "m", settings, visits__zip=body, incidents__zip=body))
    assert (card["incidents"], card["incidents_with_visit"]) == (1, 1)


def test_a_zip_of_tables_of_which_none_is_the_form_lists_them(tmp_path):
    body = zipped(one__csv=MAIN, two__csv=GROUP)
    with pytest.raises(MissionError, match=r'layer = "…", one of: one.csv, two.csv'):
        checked(mission(tmp_path / "m", visits__zip=body))


CLASSIC = (
    '"#","INCIDENT TITLE","INCIDENT DATE","LOCATION","DESCRIPTION","CATEGORY","LATITUDE","LONGITUDE",'
    '"FIRST NAME","APPROVED","VERIFIED"\n'
    '"12","Queue","2005-12-04 09:00:00","Main Street","Long","queue, sealed, ",51.4,70.3,"Jane","YES","YES"\n'
    '"13","Other","2005-12-04 10:00:00","Side Street","","queue, ",51.4,70.3,"","NO","NO"\n'
)


def test_classic_ushahidi_needs_nothing_but_its_separator(tmp_path):
    settings = '[tables.incidents]\nsplit = ", "\n'
    snapshot = built(mission(tmp_path / "m", settings, incidents__csv=CLASSIC))
    incidents = snapshot.incidents
    assert incidents.incident_id.to_pylist() == ["12", "12#2", "13"]
    assert incidents.verification.tolist() == [1, 1, 0]
    assert incidents.publication.tolist() == [2, 2, 0]
    assert incidents.place_as_written.to_pylist() == ["Main Street", "Main Street", "Side Street"]


def test_a_member_is_hidden_by_any_folder_of_its_path_and_not_by_a_dot_slash(tmp_path):
    body = zipped(
        **{
            "./stations__csv": csv_text(STATION_COLUMNS, STATIONS),
            ".git/stations__csv": "x",
            "a/.b/stations__csv": "x",
        }
    )
    assert len(built(mission(tmp_path / "m", stations__zip=body)).registry.stations) == len(STATIONS)
