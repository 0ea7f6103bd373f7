"""Reports that contradict each other, and reports about reports: what holds, and where it counts."""

import numpy as np
import pytest

from geo.model.counts import Choice
from tests import factory
from tests.geo.model.test_counts import incident, made, visit


def test_a_form_that_corrects_itself_still_counts():
    assert made([visit("v1", supersedes="v1")]).counts().visits[0] == 1


@pytest.mark.parametrize("length", [2, 3, 400])
def test_forms_that_correct_each_other_in_a_circle_count_as_one(length):
    visits = [visit(f"v{i}", supersedes=f"v{(i + 1) % length}") for i in range(length)]
    snapshot = made(visits, [incident("i1", visit_id="v0")])
    assert (snapshot.counts().visits[0], snapshot.counts().with_finding[0]) == (1, 1)


def test_two_corrections_of_one_form_count_as_the_later_received():
    visits = [
        visit("v1"),
        visit("v2", number="2", supersedes="v1", received="2005-12-04T12:00Z"),
        visit("v3", number="1", supersedes="v1", received="2005-12-04T11:00Z"),
    ]
    snapshot = made(visits, [incident("i1", visit_id="v3")])
    assert snapshot.visits.is_current.tolist() == [False, True, False]
    assert snapshot.incidents.visit.tolist() == [1]


def test_a_chain_of_corrections_holds_at_its_end():
    visits = [visit("v3"), visit("v1", supersedes="v3"), visit("v2", supersedes="v1")]
    snapshot = made(visits, [incident("i1", visit_id="v3")])
    assert snapshot.visits.is_current.tolist() == [False, True, False]
    assert snapshot.incidents.visit.tolist() == [1]


def test_a_correction_of_an_unknown_form_counts_for_itself():
    assert made([visit("v1", supersedes="lost")]).counts().visits[0] == 1


def test_an_incident_that_corrects_itself_is_still_told():
    counts = made([visit("v1")], [incident("i1", visit_id="v1", supersedes="i1")]).counts()
    assert counts.findings[0] == 1


def test_findings_of_a_withdrawn_visit_are_withdrawn_with_it():
    counts = made([visit("v1", verification="withdrawn")], [incident("i1", visit_id="v1")]).counts()
    assert (counts.findings[0], counts.findings_apart[0]) == (0, 0)


def test_a_finding_moves_with_the_corrected_station_of_its_form():
    visits = [visit("v1"), visit("v2", "B", supersedes="v1")]
    snapshot = made(visits, [incident("i1", area_id="A", number="1", visit_id="v1")])
    counts = snapshot.counts()
    assert counts.findings.tolist() == counts.with_finding.tolist() == [0, 1]
    assert counts.stations_named.tolist() == [0, 1]


def test_a_finding_told_of_another_station_than_its_visit_enters_no_rate():
    counts = made([visit("v1")], [incident("i1", area_id="B", number="1", visit_id="v1")]).counts()
    assert counts.with_finding.tolist() == counts.findings.tolist() == [0, 0]
    assert counts.findings_apart.tolist() == [0, 1]


def test_a_finding_of_a_counted_visit_counts_where_the_visit_was():
    snapshot = made([visit("v1")], [incident("i1", area_id="B", number="99", visit_id="v1")])
    counts = snapshot.counts()
    assert counts.with_finding.tolist() == counts.findings.tolist() == [1, 0]


def test_a_finding_of_a_visit_to_an_unknown_station_is_known_to_the_area():
    snapshot = made([visit("v1", number="99", area_id="A")], [incident("i1", visit_id="v1")])
    assert snapshot.counts().findings_apart.tolist() == [1, 0]


def test_a_finding_of_no_certain_phase_has_the_stage_of_its_visit():
    categories = [{"category": "crowd", "title_en": "c", "severity": "high", "phase": "any"}]
    snapshot = factory.snapshot(
        areas=factory.squares("A"),
        stations=[{"area_id": "A", "number": "1"}],
        categories=categories,
        visits=[visit("v1", stage="opening")],
        incidents=[incident("i1", "crowd", visit_id="v1")],
    )
    assert snapshot.counts(choice=Choice(stage="opening")).with_finding[0] == 1


def test_an_asterisk_beside_other_categories_asks_about_all():
    assert made([visit("v1", answered="poster;*")]).counts().exposure[0] == 1


def test_a_mention_that_repeats_itself_is_a_mention():
    snapshot = made(incidents=[incident("i1", area_id="A", number="1", same_mention_as="i1")])
    assert snapshot.incidents.is_mention.tolist() == [True]


def test_long_chains_of_corrections_are_followed_at_once():
    count = 20_000
    visits = [visit(f"v{i:05}", supersedes=f"v{i - 1:05}" if i else "") for i in range(count)]
    snapshot = made(visits, [incident(f"i{i}", visit_id=f"v{i:05}") for i in range(0, count, 100)])
    assert np.unique(snapshot.incidents.visit).tolist() == [count - 1]
