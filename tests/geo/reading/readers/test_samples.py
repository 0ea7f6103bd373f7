"""Every shared sample loads with the totals a person counts in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from geo.model.table_source import TableSource
from geo.reading.readers import UPLOAD, read

SAMPLES = Path(os.environ.get("BAQYLAU_SAMPLES", Path(__file__).parents[5] / "shared" / "samples"))
FIRST = "48583952-1892-4931-8d9c-869e7b49bafb"
SECOND = "9c0c3f0e-6d0f-4a8e-9b0e-1f8d1a2b3c4d"
ODK = "17b09e96-4141-43f5-9a70-611eb0e8f6b4"
ODK_EDIT = "5f0a0c43-0000-4000-8000-000000000002"
# file: rows, the file's own columns, and (visit_id, supersedes) of each row where the platform has ids
COUNTED = {
    "apollo_export_checklist.csv": (1, 18, [("100186@KZ-ALA-186", None)]),
    "apollo_export_incident.csv": (1, 17, [("100186@KZ-ALA-186", None)]),
    "google_forms_inferred.csv": (2, 5, None),
    "kobo_export.csv": (1, 22, [(FIRST, "")]),
    "kobo_rest_service.json": (1, 18, [(FIRST, "")]),
    "kobo_edited_same_rootUuid.json": (1, 19, [(SECOND, FIRST)]),
    "kobo_api_v2_data_page.json": (2, 19, [(FIRST, ""), (SECOND, FIRST)]),
    "odk_submissions.csv": (1, 19, [(ODK, "")]),
    "odk_odata_submissions.json": (1, None, [(ODK, "")]),
    "odk_collect_submission.xml": (1, None, [(ODK, "")]),
    "odk_collect_edit.xml": (1, None, [(ODK_EDIT, ODK)]),
}
OURS = ("visit_id", "supersedes", "received", "verification", "lon", "lat", "team_id")

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no shared samples here")


def sample(name):
    return read(TableSource("visits", SAMPLES / name), limits=UPLOAD)


def test_every_data_file_of_the_samples_is_counted_here():
    there = {path.name for path in SAMPLES.iterdir() if path.is_file()}
    assert there - set(COUNTED) == {"README.md", "openrosa_http.txt"}


@pytest.mark.parametrize("name", COUNTED)
def test_sample_has_the_rows_and_ids_a_person_counts(name):
    n_rows, _, ids = COUNTED[name]
    raw = sample(name)
    assert len(raw.cells) == n_rows == len(raw.row_numbers)
    if ids is not None:
        found = raw.cells["supersedes"] if "supersedes" in raw.cells else [None] * n_rows
        assert list(zip(raw.cells["visit_id"], found, strict=True)) == ids
    assert "ragged_row" not in set(raw.defects["code"])


@pytest.mark.parametrize("name", [name for name in COUNTED if name.endswith(".csv")])
def test_sample_keeps_every_column_of_its_own(name):
    own = [column for column in sample(name).cells.columns if column not in OURS]
    assert len(own) == COUNTED[name][1]


@pytest.mark.parametrize("name", [n for n in COUNTED if n.startswith(("kobo", "odk"))])
def test_sample_of_a_form_stands_at_the_station_in_almaty(name):
    raw = sample(name)
    assert {(round(float(x), 3), round(float(y), 3)) for x, y in raw.cells[["lon", "lat"]].to_numpy()} == {
        (76.851, 43.222)
    }


def test_sample_times_of_kobo_are_utc():
    assert sample("kobo_export.csv").cells["received"].tolist() == ["2005-12-04T03:41:19Z"]


def test_sample_page_of_odk_says_that_309_submissions_are_missing():
    raw = sample("odk_odata_submissions.json")
    assert raw.defects[["code", "expected"]].to_numpy().tolist()[-1] == [
        "page_incomplete",
        "all 310 submissions",
    ]


def test_sample_formula_in_a_form_stays_text():
    assert sample("google_forms_inferred.csv").cells["Details"][0].startswith("=cmd")
