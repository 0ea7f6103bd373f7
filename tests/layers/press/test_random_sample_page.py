"""Pages of a random sample say the share of all stations with its margin, not the share of the sample."""

from dataclasses import replace

import pytest

from geo.model.mission import Disclosure
from geo.publication import release
from geo.publication.released import Released
from layers.map.area_sentences import area_sentences
from layers.map.measures import shown
from layers.map.press_view import view_of
from layers.press import area_page, citation, measure_figures, page_data, press_methods_note
from layers.words.language import language
from tests.geo.publication.test_national_estimate import sample_mission
from tests.geo.publication.test_release import NOW

ENGLISH = language("en")


@pytest.fixture(scope="module")
def view():
    return view_of(Released(release(sample_mission(), NOW, cleared=True), None))


@pytest.fixture(scope="module")
def said(view):
    """The country's share of all stations with its margin, and the share of the sample alone, as printed."""
    shares = view.release.nation.findings["all/medium"]
    share, low, high, alone = (
        ENGLISH.percent(float(one[0])) for one in (shares.estimate, shares.low, shares.high, shares.rate)
    )
    assert share != alone
    return f"{share}, 95 % margin {low} to {high}", f"{share} ({low} to {high})"


def test_line_below_the_headline_says_the_estimate_and_its_margin(view, said):
    assert f"of all stations {said[0]}" in page_data.opening(view, ENGLISH)["line"]


def test_map_is_coloured_by_the_estimate(view):
    units = view.units("region").findings["all/medium"]
    drawn = measure_figures.choice(view, "all/medium", ENGLISH)["measures"]["findings"]["levels"]["region"]
    assert drawn["value"] == [round(float(one), 4) for one in units.estimate]
    assert all("Of all stations" in lines[1] and "95 % margin" in lines[1] for lines in drawn["says"])


def test_area_page_and_methods_note_say_the_estimate_too(view, said):
    shares = view.release.by_area.findings["all/medium"]
    page = area_page.page(view, ENGLISH, "A")
    at = page["columns"].index("Stations with a finding of medium severity or higher")
    estimate = ENGLISH.whole_percent(float(shares.estimate[0]))
    assert f"of all stations {estimate}" in page["rows"][0].cells[at]
    country = next(
        one for one in press_methods_note.choice_rows(view, ENGLISH) if one["choice"] == "all/medium"
    )
    assert country["share"] == said[1]


@pytest.mark.parametrize("about", [{"frame": "partial"}, {"disclosure": Disclosure(strict=True)}])
def test_random_sample_without_an_interval_is_told_of_the_visited_stations_alone(about):
    day = sample_mission()
    day = replace(day, mission=replace(day.mission, **about))
    bare = view_of(Released(release(day, NOW, cleared=True), None))
    area = area_sentences(bare, shown(bare)[0], "all/medium", 0, ENGLISH)
    note = {one.title: " ".join(one.lines) for one in press_methods_note.sections(bare, ENGLISH)}
    assert page_data.opening(bare, ENGLISH)["headline"].startswith("At ")
    assert "visited stations observers reported" in area.headline
    assert "no figure has an interval" in citation.sentences(bare, ENGLISH)[1]
    assert "No share has a margin: the list of stations is not complete" in note["Formulas"]
    assert "Shares of all stations" not in note["Formulas"]


def test_random_sample_with_its_intervals_stands_for_all_stations(view):
    assert "stand for all of them" in citation.sentences(view, ENGLISH)[1]
