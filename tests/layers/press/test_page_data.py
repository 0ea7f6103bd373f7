"""The figures and sentences of a page, made from a view."""

import pytest

from geo.publication import released
from layers.press import measure_figures, page_data, story
from layers.words.language import language
from tests import factory
from tests.layers.map.test_press_view import incident, seen, visit

ENGLISH = language("en")
NATIONAL = [{"measure": "stations", "value": 9580}, {"measure": "visited", "value": 310}]


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
    from layers.map.press_view import view_of

    row = {"category": "sealed", "title_en": "sealed", "severity": "high", "public": "aggregate"}
    snapshot = factory.snapshot(
        areas=factory.squares("A"),
        stations=[{"area_id": "A", "number": "77"}],
        categories=[row],
        incidents=[incident("i", area_id="A", number="77")],
    )
    view = view_of(released.released_of(snapshot))
    assert story.findings(view, ENGLISH)[0]["areas"] == [{"name": "Area A", "n": 1, "numbers": []}]
    assert page_data.detail(view, ENGLISH, 0)["categories"][0]["numbers"] == []


def test_finding_without_a_station_is_told_but_not_placed():
    view = seen([incident("i", completeness="statement", ambiguity="said of all")])
    assert [one["says"] for one in story.narrative(view, ENGLISH)["cards"]] == ["said of all"]
    assert story.findings(view, ENGLISH) == []


def test_where_a_page_cannot_list_all_findings_every_area_has_its_most_severe():
    rows = [incident(f"i{n:03}", area_id="A", category="poster") for n in range(440)]
    rows += [incident(f"j{n}", area_id="B", category=("poster", "sealed")[n % 2]) for n in range(10)]
    listed = story.narrative(seen(rows), ENGLISH)
    assert listed["showing"] == "Showing 400 of 450."
    assert len(listed["cards"]) == 400
    assert {card["place"] for card in listed["cards"]} == {"Area A", "Area B"}
    assert [card["rank"] for card in listed["cards"]] == sorted(
        (card["rank"] for card in listed["cards"]), reverse=True
    )
    assert sum(card["place"] == "Area B" for card in listed["cards"]) == 10


def test_a_page_that_lists_all_findings_says_no_number_of_those_shown():
    assert story.narrative(seen([incident("i", area_id="A")]), ENGLISH)["showing"] == ""


def test_mentions_without_a_place_say_how_many_are_shown():
    rows = [incident(f"i{n:03}", area_id="A", number=str(1000 + n)) for n in range(401)]
    assert story.queue(seen(rows), ENGLISH)["showing"] == "Showing 400 of 401."


def test_unresolved_mention_names_its_candidates():
    view = seen([incident("i", number="9", candidates="A/1")])
    assert story.queue(view, ENGLISH)["unresolved"][0]["candidates"] == ["No. 1, Area A"]


def test_detail_of_an_area_that_is_not_drawn_is_refused():
    with pytest.raises(IndexError, match="area 3"):
        page_data.detail(seen(), ENGLISH, 3)


@pytest.mark.parametrize("code", ["en", "ru", "kk"])
def test_values_have_every_area_in_the_order_of_the_outlines(code):
    found = page_data.values(seen([incident("i", area_id="B", number="1")]), language(code))
    assert [unit["name"] for unit in found["levels"]["region"]["units"]] == ["Area A", "Area B", "Area C"]
    assert [unit["first"] for unit in found["levels"]["region"]["units"]] == [0, 1, 2]


def test_marks_count_the_stations_named_by_their_worst_finding():
    view = seen([incident("i", area_id="B", number="1")], totals=NATIONAL)
    (figures,) = (measure_figures.choice(view, "all/low", ENGLISH)["measures"][name] for name in ("named",))
    assert figures["levels"]["region"]["marks"] == [[0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert figures["headline"] == ("1 of 310 visited stations were named for a problem, 1 of them in Area B")


def test_station_numbers_stand_in_their_order_however_long_one_is():
    assert sorted(["9" * 5_000, "10", "9"], key=story.numerically) == ["9", "10", "9" * 5_000]
