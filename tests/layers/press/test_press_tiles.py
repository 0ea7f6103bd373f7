"""What a card says of a single station, and what squares divide by: no more than is known."""

from dataclasses import replace

import numpy as np
import pytest

from geo.model.mission import Disclosure
from geo.publication import released
from layers.map.press_view import view_of
from layers.press import press_tiles
from layers.press.press_tiles import PressTiles
from layers.words.language import language
from tests import factory

ENGLISH = language("en")
OPEN, COUNTED_ONLY = {"public": "yes"}, {"public": "aggregate"}


def visit(answered="*"):
    return {
        "visit_id": "v", "area_id": "A", "number": "1", "verification": "verified", "team_id": "T",
        "answered": answered, "outcome": "observed",
    }  # fmt: skip


def finding(**columns):
    return {
        "incident_id": "i", "area_id": "A", "number": "1", "category": "sealed", "verification": "verified",
        **columns,
    }  # fmt: skip


def tiles(visits=(), incidents=(), public=OPEN, nature="public_source"):
    """The tiles of a mission with one station on the map, which shows single stations."""
    categories = [{**one, **public} for one in factory.categories(sealed="high", poster="low")]
    about = factory.mission(nature=nature, disclosure=Disclosure(stations=True))
    made = released.released_of(
        factory.snapshot(
            about=about, areas=factory.squares("A"),
            stations=[{"area_id": "A", "number": "1", "lon": 70.5, "lat": 50.5}],
            categories=categories, visits=list(visits), incidents=list(incidents),
        )
    )  # fmt: skip
    return PressTiles(made.registry, view_of(made))


def card(made):
    return made.feature(0, 0, 0, 0, ENGLISH)["lines"]


def test_station_of_a_source_of_findings_alone_is_not_said_to_be_visited_or_not():
    assert card(tiles()) == ["not known whether visited"]


def test_station_that_no_visit_of_those_counted_reached_was_not_visited():
    assert card(tiles([{**visit(), "number": "2"}])) == ["not visited"]
    assert card(tiles([visit()])) == ["visited; no finding is listed"]


def test_finding_that_counts_and_is_not_listed_is_not_denied():
    made = tiles([visit()], [finding(visit_id="v")], COUNTED_ONLY, "simulated")
    assert card(made) == ["visited; no finding is listed"]


@pytest.mark.parametrize("visits", [[], [visit()]])
def test_station_named_with_a_category_for_counts_alone_has_a_finding(visits):
    made = tiles(visits, [finding(publication="public")], COUNTED_ONLY)
    assert card(made) == ["a finding was reported"]


def test_finding_open_to_all_is_told():
    assert card(tiles([visit()], [finding(visit_id="v", publication="public")])) == ["sealed (high)"]


def test_bin_of_a_source_of_findings_alone_counts_no_visits(monkeypatch):
    monkeypatch.setattr(press_tiles, "pick", lambda *_: np.zeros(2, dtype=np.int64))
    title = tiles().feature(0, 0, 0, 0, ENGLISH)["title"]
    assert title == "2 polling stations here, 0 with a reported finding"
    title = tiles([visit()]).feature(0, 0, 0, 0, ENGLISH)["title"]
    assert title == "2 polling stations here, 2 visited, 0 with a reported finding"


@pytest.mark.parametrize(("least", "asked"), [(1, True), (2, False)])
def test_squares_divide_by_stations_that_were_asked(least, asked):
    made = tiles([visit(answered="poster")])
    visits = made._visits(made._severity(least), made._asked >= least)
    assert visits.is_exposed.tolist() == [asked]


def test_release_kept_before_it_said_what_was_asked_counts_every_visited_station():
    made = tiles([visit(answered="poster")])
    release = made.view.release
    kept = replace(made.view, release=replace(release, stations=release.stations.drop(columns="asked_to")))
    assert PressTiles(made.registry, kept)._asked.tolist() == [4]
