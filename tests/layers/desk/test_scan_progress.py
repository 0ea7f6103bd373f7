"""A search for clusters in words and outlines: every state, every reason, every figure."""

from dataclasses import replace
from typing import get_args

import pytest
import shapely

from geo.analysis.cluster_finding import ClusterSearch, Why, find_clusters
from geo.model.counts import Choice
from geo.model.messages import untranslated
from geo.serving.background_jobs import JobState
from layers.desk import scan_progress
from layers.words.language import language
from tests.geo.analysis.test_cluster_finding import clustered, mission

EN = language("en")
ALL = Choice()


@pytest.fixture(scope="module")
def snapshot():
    return mission(clustered())


@pytest.fixture(scope="module")
def found(snapshot):
    return find_clusters(snapshot, [ALL])[0]


def told(snapshot, search, code="en"):
    state = JobState(snapshot.version, "done", 1.0, {ALL: search})
    return scan_progress.told(state, ALL, snapshot, language(code))


def search_of(why="", stations=90, with_finding=20, teams=5, unplaced=0, **more):
    return ClusterSearch(ALL, "v", why, stations, with_finding, teams, unplaced, **more)


def test_a_search_nobody_began_is_none(snapshot):
    assert scan_progress.told(None, ALL, snapshot, EN)["status"] == "none"


def test_a_search_of_older_data_is_told_until_a_newer_one_is_done(snapshot, found):
    old = JobState("another version", "done", 1.0, {ALL: found})
    assert len(scan_progress.told(old, ALL, snapshot, EN)["clusters"]) == 1


def test_a_broken_search_says_so_and_nothing_of_the_server(snapshot):
    state = JobState(snapshot.version, "failed", why=untranslated("Traceback"))
    assert scan_progress.told(state, ALL, snapshot, EN)["says"] == ["The search broke off. Try it again."]


def test_a_cluster_is_called_by_its_towns_declared_name(snapshot, found):
    about = replace(snapshot.mission, town_names={"Aral": {"kk": "Арал"}})
    declared = replace(snapshot, mission=about)
    assert told(declared, found, "kk")["clusters"][0]["place"].startswith("Арал, ")
    assert told(declared, found, "en")["clusters"][0]["place"] == "Aral, Area A"


def test_a_clusters_words_hold_its_figures(snapshot, found):
    [one] = told(snapshot, found)["clusters"]
    assert one["place"] == "Aral, Area A"
    assert one["title"] == "More findings than expected"
    assert one["says"][0] == "13 of 13 stations with a finding; 3.3 expected."
    ratio, *facts = one["says"][1].split(" · ")
    assert ratio == "7.7 times the share elsewhere (10 of 77)"
    assert facts == ["p = 0.001", "4 teams", f"within {one['radius'] / 1000:.1f} km"]
    assert one["says"][2] == "It stands out whichever team is left out."
    assert (one["k"], one["n"]) == (13, 13)


def test_a_cluster_is_outlined_by_the_cells_its_stations_lie_in(snapshot, found):
    [one] = told(snapshot, found)["clusters"]
    outline = shapely.union_all([shapely.Polygon(ring) for ring in one["rings"]])
    stations, inside = snapshot.registry.stations, found.clusters[0].stations
    assert shapely.contains_xy(outline, stations.lon[inside], stations.lat[inside]).all()


def test_without_a_team_the_ground_is_named_instead(snapshot):
    unnamed = mission(clustered(teams=""))
    made = told(unnamed, find_clusters(unnamed, [ALL])[0])
    assert made["says"][0] == "90 stations were asked, by nobody named; 23 have a finding."
    assert made["clusters"][0]["says"][2] == "It stands out whichever piece of ground is left out."
    assert "teams" not in made["clusters"][0]["says"][1]


@pytest.mark.parametrize("code", ["en", "ru", "kk"])
@pytest.mark.parametrize("why", sorted(set(get_args(Why)) - {""}))
def test_every_reason_has_its_words_in_every_language(snapshot, why, code):
    unplaced, reason = told(snapshot, search_of(why, 49, 9, 2, 3), code)["says"]
    assert "3" in unplaced
    assert reason
    assert "{" not in unplaced + reason


def test_what_is_not_shown_is_counted(snapshot):
    says = " ".join(told(snapshot, search_of(leaning=2, p=0.001))["says"])
    assert "Not shown: 2, which would not stand out without one certain team." in says
    assert "No place" not in says


def test_no_cluster_is_said_with_the_nearest_to_one(snapshot):
    assert told(snapshot, search_of(p=0.0634))["says"][-2:] == [
        "No place has more findings than chance explains.",
        "The least likely circle has p = 0.063.",
    ]
