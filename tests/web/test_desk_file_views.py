"""Files of the desk: for coordinators only, of the choice asked for, with the note of that choice."""

import io

import pandas as pd
import pytest

from geo.analysis.exports import FORMATS

FILES = "/many/desk/en/files"


@pytest.mark.parametrize("name", ["area.csv", "cell.gpkg", "methods.txt"])
def test_without_the_cookie_no_file_is_given(app_of_many, name):
    assert app_of_many.test_client().get(f"{FILES}/{name}").status_code == 403


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_can_be_taken_away_and_no_cache_keeps_it(coordinator, suffix):
    answer = coordinator.get(f"{FILES}/area.{suffix}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert answer.headers["Content-Disposition"].endswith(f'.{suffix}"')


@pytest.mark.parametrize("query", ["", "stage=voting&severity=high&category=sealed", "stage=opening"])
@pytest.mark.capability("Downloads of the desk, with their note on methods", page="downloads")
def test_a_files_figures_are_those_of_the_map_and_of_its_note(coordinator, query):
    version = coordinator.get("/many/desk/version.json").json["version"]
    rows = pd.read_csv(io.BytesIO(coordinator.get(f"{FILES}/area.csv?{query}").data), encoding="utf-8-sig")
    columns = coordinator.get(f"/many/desk/en/{version}/figures-area.json?{query}").json["columns"]
    for name in ("visits_exposed", "visits_with_finding", "stations_observed"):
        assert rows[name].tolist() == columns[name]
    note = coordinator.get(f"{FILES}/methods.txt?{query}").text
    k, m = sum(columns["visits_with_finding"]), sum(columns["visits_exposed"])
    assert (f"{k} of the {m} visits whose form asked" in note) == (m > 0)
    assert version in note


@pytest.mark.parametrize("name", ["area.doc", "team.csv", "station.csv", "area.csv?stage=x"])
def test_what_is_not_offered_is_refused(coordinator, name):
    assert coordinator.get(f"{FILES}/{name}").status_code in (400, 404)
