"""Why a choice has no cluster, said of the map, its headline and its view."""

from dataclasses import replace

import pytest

from geo.publication.published_clusters import ClusterTable
from layers.map.measure_sentences import sentences
from layers.map.measures.problem_clusters import MEASURE, NONE, WHY, why_none
from layers.words.language import language
from tests.layers.map.test_press_view import seen, visit

ENGLISH = language("en")
CHOICE = "all/medium"


def told(why, other=""):
    """A mission without a cluster, for a reason; `other`: the reason under another choice."""
    view = seen(visits=[visit("v")])
    tables = {CHOICE: ClusterTable(why, ()), "all/low": ClusterTable(other or why, ())}
    return replace(view, release=replace(view.release, clusters=tables))


def test_cluster_that_may_not_be_told_is_not_denied():
    view = told("not_told")
    assert why_none(view, CHOICE) == MEASURE.why_not(view) == WHY["not_told"] != NONE
    assert sentences(view, MEASURE, CHOICE, ENGLISH)["headline"] == WHY["not_told"].rstrip(".")


@pytest.mark.parametrize("other", ["few_findings", "", "few_stations"])
def test_what_stands_out_under_one_choice_is_the_reason_of_all(other):
    assert MEASURE.why_not(told(other, "not_told")) == WHY["not_told"]


def test_choice_without_a_search_is_not_said_to_have_no_place_that_stands_out():
    assert sentences(told("few_findings"), MEASURE, CHOICE, ENGLISH)["headline"].startswith("No search")
    assert sentences(told(""), MEASURE, CHOICE, ENGLISH)["headline"] == "No place stands out"
