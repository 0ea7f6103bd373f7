"""The figures and sentences of a page, made from a view."""

import pytest

from geo import released
from layers import page_data, story
from layers.language import language
from tests import factory
from tests.layers.test_view import incident, seen, visit

ENGLISH = language("en")
NATIONAL = [{"measure": "stations", "value": 9580}, {"measure": "visited", "value": 310}]


def test_strip_has_only_the_steps_that_are_known():
    assert [step["name"] for step in page_data.strip(seen(), ENGLISH)] == []
    found = page_data.strip(seen([incident("i", area_id="A", number="1")], totals=NATIONAL), ENGLISH)
    assert [(step["name"], step["n"]) for step in found] == [
        ("stations", "9,580"),
        ("visited", "310"),
        ("named", "1"),
        ("above_low", "1"),
    ]


def test_only_visits_are_given_as_a_percentage():
    found = page_data.strip(seen([incident("i", area_id="A", number="1")], totals=NATIONAL), ENGLISH)
    assert [step["of"] for step in found] == ["", "of 9,580 · 3.2 %", "of 310", "of 1"]


def test_sentence_about_stations_not_named_allows_for_the_unresolved_number():
    rows = [incident("i", area_id="A", number="1"), incident("j", number="9")]
    assert "308" in page_data.unnamed(seen(rows, totals=NATIONAL), ENGLISH)


def test_no_sentence_about_stations_not_named_where_visits_are_counted():
    assert page_data.unnamed(seen(visits=[visit("v")], totals=NATIONAL), ENGLISH) == ""


@pytest.mark.parametrize("selection", ["purposive", "probability", "mixed", "census"])
def test_only_a_probability_sample_is_called_random(selection):
    about = factory.mission(selection=selection)
    said = page_data.method(seen(totals=NATIONAL, about=about), ENGLISH)
    assert ("a random sample" in said) == (selection in ("probability", "mixed"))
    assert said.startswith("310 of 9,580 ")


def test_share_of_visited_stands_only_beside_a_complete_list():
    row = {"area_id": "A", "number": "1"}
    complete = seen([incident("i", completeness="exhaustive", **row)], totals=NATIONAL)
    examples = seen([incident("i", completeness="examples", **row)], totals=NATIONAL)
    assert story.findings(complete, ENGLISH)[0]["of_visited"] == "0.3 % of 310 visited"
    assert story.findings(examples, ENGLISH)[0]["of_visited"] == ""


def test_category_for_aggregates_only_gives_no_station_number():
    from layers.view import view_of

    row = {"category": "sealed", "title_en": "sealed", "severity": "high", "public": "aggregate"}
    snapshot = factory.snapshot(
        areas=factory.squares("A"),
        stations=[{"area_id": "A", "number": "77"}],
        categories=[row],
        incidents=[incident("i", area_id="A", number="77")],
    )
    view = view_of(released.of(snapshot))
    assert story.findings(view, ENGLISH)[0]["areas"] == [{"name": "Area A", "n": 1, "numbers": []}]
    assert page_data.detail(view, ENGLISH, 0)["categories"][0]["numbers"] == []


def test_finding_without_a_station_is_told_but_not_placed():
    view = seen([incident("i", completeness="statement", ambiguity="said of all")])
    assert [one["says"] for one in story.narrative(view, ENGLISH)] == ["said of all"]
    assert story.findings(view, ENGLISH) == []


def test_unresolved_mention_names_its_candidates():
    view = seen([incident("i", number="9", candidates="A/1")])
    assert story.queue(view, ENGLISH)["unresolved"][0]["candidates"] == ["No. 1, Area A"]


def test_detail_of_an_area_that_is_not_drawn_is_refused():
    with pytest.raises(IndexError, match="area 3"):
        page_data.detail(seen(), ENGLISH, 3)


@pytest.mark.parametrize("code", ["en", "ru", "kk"])
def test_values_have_every_area_in_the_order_of_the_outlines(code):
    found = page_data.values(seen([incident("i", area_id="B", number="1")]), language(code))
    assert [area["name"] for area in found["areas"]] == ["Area A", "Area B", "Area C"]
    assert [sum(area["masks"]) for area in found["areas"]] == [0, 1, 0]
