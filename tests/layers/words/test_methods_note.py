"""The methods note says the analysis's own numbers, whatever the choice."""

import re

import pytest
from hypothesis import given

from geo.analysis import representativeness
from geo.analysis.choice_analysis import analyse
from geo.model.counts import Choice
from layers.words import methods_note
from layers.words.language import language
from tests import factory
from tests.examples import examples
from tests.geo.analysis.test_choice_analysis import choices_drawn, made
from tests.geo.model.test_counts import incident, visit


@pytest.fixture(scope="module")
def snapshot():
    return made(
        [visit(f"v{i}", number=str(1 + i % 2), team_id=f"T{i % 3}") for i in range(8)],
        [incident(f"i{i}", ["sealed", "poster"][i % 2], visit_id=f"v{i}") for i in range(8)],
    )


def note(snapshot, choice=None, code="en"):
    chosen = choice or Choice()
    return methods_note.sections(
        snapshot,
        analyse(snapshot, "area", chosen),
        representativeness.panel(snapshot, chosen),
        language(code),
    )


def text(sections):
    return "\n".join(line for section in sections for line in section.lines)


@given(choices_drawn)
@examples(25)
def test_k_and_m_of_the_note_are_those_of_the_map(snapshot, choice):
    counts = analyse(snapshot, "area", choice).counts
    said = re.search(r"(\d+) of the (\d+) visits whose form asked", text(note(snapshot, choice)))
    if counts.exposure.sum() == 0:
        assert said is None
    else:
        assert (int(said[1]), int(said[2])) == (counts.with_finding.sum(), counts.exposure.sum())


def test_the_note_names_the_areas_nobody_observed(snapshot):
    assert "No observer was present in 1 of 2 areas: Area B." in text(note(snapshot))
    assert "Absence of reports there is not absence of violations." in text(note(snapshot))


@pytest.mark.parametrize("selection", ["purposive", "mixed", "census"])
def test_a_margin_of_error_is_refused_unless_the_stations_were_drawn_at_random(selection):
    snapshot = made([visit(f"v{i}", team_id=f"T{i}") for i in range(4)], selection=selection)
    assert "Margin of error" not in text(note(snapshot))


def test_a_random_sample_has_its_margin_of_error():
    visits = [visit(f"v{i}", team_id=f"T{i % 4}") for i in range(12)]
    found = [incident("i1", visit_id="v1"), incident("i2", visit_id="v2")]
    assert "Margin of error" in text(note(made(visits, found, selection="probability")))


def test_the_note_says_how_places_are_tested(snapshot):
    said = text(note(snapshot))
    assert "circles of up to 100 km and half the stations asked" in said
    assert "compared with 999 to 9,999 random maps" in said
    assert "only if it stands out whichever team is left out" in said


def test_visits_that_are_not_reported_are_said_to_be(snapshot):
    totals = [{"area_id": "A", "measure": "visited", "status": "not_reported"}]
    silent = factory.snapshot(areas=factory.squares("A"), totals=totals)
    assert "Observers were in Area A; how many stations they visited there is not reported." in text(
        note(silent)
    )


def test_the_note_carries_the_version(snapshot):
    assert snapshot.version in text(note(snapshot))


def test_an_incomplete_list_of_stations_is_no_denominator():
    said = text(note(made([visit("v1")], frame="partial")))
    assert "Observers visited 1 stations; how many there are in all is not known." in said
    assert "of 3 stations" not in said
    assert "The list of stations is not complete, so this cannot be said." in said


def test_visits_nobody_listed_are_not_said_to_be_none():
    said = text(note(made([], [incident("i1", area_id="A", number="1")])))
    assert "How many stations observers visited is not known." in said
    assert "visited 0" not in said


def test_no_sentence_is_empty_where_one_team_allows_no_margin():
    sections = note(made([visit("v1")], selection="probability"))
    assert all(line for section in sections for line in section.lines)


def test_a_comparison_without_any_visited_station_is_left_out():
    stations = [{"area_id": "A", "number": "1"}, {"area_id": "A", "number": "2", "voters": 5}]
    assert "nan" not in text(note(made([visit("v1")], stations=stations))).lower()
