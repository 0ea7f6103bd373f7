"""The turnout on the page, in the file of the country and in the note: one sentence, one figure."""

import io
from dataclasses import replace

import pandas as pd
import pytest

from geo.model.tables import LANGUAGES
from geo.publication import release
from geo.publication.released import Released
from layers.map.press_view import view_of
from layers.press import downloads, page_data, press_methods_note
from layers.words.language import language
from tests.geo.publication.test_national_estimate import sample_mission, with_turnout
from tests.geo.publication.test_release import NOW

ENGLISH = language("en")


def seen(selection, frame="complete"):
    day = with_turnout(sample_mission(), selection=selection)
    day = replace(day, mission=replace(day.mission, frame=frame))
    return view_of(Released(release(day, NOW, cleared=True), None))


@pytest.fixture(scope="module")
def sample():
    return seen("probability")


@pytest.fixture(scope="module")
def chosen():
    return seen("purposive")


def country(view):
    body, _ = downloads.file(view, "country", "csv", "all/medium", ENGLISH)
    return pd.read_csv(io.BytesIO(body), encoding="utf-8-sig").iloc[0]


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.capability("Turnout with its margin, of a random sample", page="press")
def test_page_and_note_say_the_turnout_of_the_country_s_file(sample, code):
    speaks, row = language(code), country(sample)
    told = page_data.page(sample, speaks)["turnout"]
    margin = speaks.number(round(100 * row["turnout_margin"], 1))
    assert speaks.percent(row["turnout"]) in told and f"±{margin}" in told
    assert speaks.number(row["turnout_stations"]) in told
    assert told in press_methods_note.sections(sample, speaks)[0].lines


def test_turnout_of_chosen_stations_is_theirs_alone(chosen):
    told = page_data.page(chosen, ENGLISH)["turnout"]
    assert "no estimate for the country" in told and "±" not in told
    assert pd.isna(country(chosen)["turnout_margin"])


def test_turnout_of_a_sample_of_an_incomplete_list_is_that_of_its_stations():
    told = page_data.page(seen("probability", "partial"), ENGLISH)["turnout"]
    assert told.startswith("Turnout at the ") and "list of all stations is not complete" in told


def test_file_gives_the_turnout_no_finer_than_the_page(sample):
    row = country(sample)
    assert [len(repr(float(row[name]))) for name in ("turnout", "turnout_margin")] == [5, 5]


def test_mission_whose_forms_do_not_ask_says_nothing_of_turnout():
    view = view_of(Released(release(sample_mission(), NOW, cleared=True), None))
    assert page_data.page(view, ENGLISH)["turnout"] == ""
    assert pd.isna(country(view)["turnout"])
