"""A search for clusters in words: every state, every reason, every figure."""

from typing import get_args

import pytest

from geo import scanning
from geo.counts import Choice
from geo.jobs import State
from geo.said import plain
from geo.scanning import Scan, Why
from layers import desk_scan
from layers.language import language
from tests.geo.test_scanning import QUICK, clustered, mission

EN = language("en")


@pytest.fixture(scope="module")
def snapshot():
    return mission(clustered())


@pytest.fixture(scope="module")
def found(snapshot):
    return scanning.run(snapshot, Choice(), **QUICK)


def told(snapshot, made, code="en"):
    return desk_scan.told(State(snapshot.version, "done", 1.0, made), snapshot, language(code))


def test_a_search_nobody_began_is_none(snapshot):
    assert desk_scan.told(None, snapshot, EN)["status"] == "none"


def test_a_search_of_older_data_is_none(snapshot, found):
    old = State("another version", "done", 1.0, found)
    assert desk_scan.told(old, snapshot, EN) == {"status": "none", "share": 0.0, "says": [], "clusters": []}


def test_a_broken_search_says_so_and_nothing_of_the_server(snapshot):
    state = State[Scan](snapshot.version, "failed", why=plain("Traceback"))
    assert desk_scan.told(state, snapshot, EN)["says"] == ["The search broke off. Try it again."]


def test_a_clusters_words_hold_its_figures(snapshot, found):
    [one] = told(snapshot, found)["clusters"]
    circle = found.circles[0]
    assert one["says"][0] == f"24 of 24 visits with a finding; {round(circle.expected)} expected."
    assert one["says"][1].endswith(f"p = 0.005 · 4 teams · 8 stations within {one['radius'] / 1000:.1f} km")
    assert one["says"][2] == "It stands out whichever team is left out."
    assert one["place"] == "Area A"


def test_what_one_team_may_have_made_is_possible_only():
    snapshot = mission([(s, t, f) for s, t, f in clustered(strict="K") for _ in range(3)])
    [one, *_] = told(snapshot, scanning.run(snapshot, Choice(), **QUICK))["clusters"]
    assert one["title"] == "Possibly more than expected"
    assert one["says"][2].startswith("Without one certain team’s visits")


@pytest.mark.parametrize("code", ["en", "ru", "kk"])
@pytest.mark.parametrize("why", sorted(set(get_args(Why)) - {""}))
def test_every_reason_has_its_words_in_every_language(snapshot, why, code):
    made = Scan(Choice(), snapshot.version, why, 49, 9, 2, 3, -1)
    first, unplaced = told(snapshot, made, code)["says"]
    assert first
    assert "3" in unplaced
    assert "{" not in first + unplaced


def test_what_is_not_shown_is_counted(snapshot):
    made = Scan(Choice(), snapshot.version, "", 90, 20, 5, 0, 4, (), 2, 0.001)
    says = " ".join(told(snapshot, made)["says"])
    assert "Not shown: 2 with fewer than 3 teams." in says
    assert "neighbours were put together" in says
    assert "No circle" not in says


def test_no_cluster_is_said_with_the_nearest_to_one(snapshot):
    made = Scan(Choice(), snapshot.version, "", 90, 20, 5, 0, -1, (), 0, 0.0634)
    assert told(snapshot, made)["says"][-2:] == [
        "No circle holds more findings than chance would give.",
        "The least likely one has p = 0.063.",
    ]
