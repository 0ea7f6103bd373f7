"""Files of the desk: for coordinators only, of the choice asked for, with the note of that choice."""

import io

import pandas as pd
import pytest

import web
from geo.exports import FORMATS
from geo.library import Library
from tests.web.test_desk_scan import TOKEN, many

FILES = "/many/desk/en/files"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = many(tmp_path_factory.mktemp("missions") / "many")
    library = Library(lambda: [folder])
    library.refresh()
    return web.create_app(library, tmp_path_factory.mktemp("state"), token=TOKEN)


@pytest.fixture
def coordinator(app):
    client = app.test_client()
    client.get(f"/many/desk/?token={TOKEN}")
    return client


@pytest.mark.parametrize("name", ["area.csv", "cell.gpkg", "methods.txt"])
def test_without_the_cookie_no_file_is_given(app, name):
    assert app.test_client().get(f"{FILES}/{name}").status_code == 403


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_can_be_taken_away_and_no_cache_keeps_it(coordinator, suffix):
    answer = coordinator.get(f"{FILES}/area.{suffix}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert answer.headers["Content-Disposition"].endswith(f'.{suffix}"')


@pytest.mark.parametrize("query", ["", "stage=voting&severity=high&category=sealed", "stage=opening"])
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
