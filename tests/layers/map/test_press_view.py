"""What the press may see, and what is said of each area."""

import pytest

from geo.publication import released
from layers.map.press_view import view_of
from tests import factory


def incident(name, **columns):
    row = {"incident_id": name, "category": "sealed", "verification": "verified", "publication": "public"}
    return {**row, **columns}


def seen(incidents=(), about=None, **tables):
    return view_of(
        released.released_of(
            factory.snapshot(
                about=about,
                areas=factory.squares("A", "B", "C"),
                stations=[{"area_id": "A", "number": "1"}, {"area_id": "B", "number": "1"}],
                categories=factory.categories(sealed="high", poster="low"),
                incidents=list(incidents),
                **tables,
            )
        )
    )


def visit(name, number="1", area="A"):
    return {
        "visit_id": name,
        "area_id": area,
        "number": number,
        "verification": "verified",
        "team_id": "T",
        "answered": "*",
    }


def test_area_with_findings_and_no_visit_figure_is_not_reported():
    assert seen([incident("i", area_id="A", number="1")]).status == (
        "not_reported",
        "not_known",
        "not_known",
    )


def test_area_where_observers_are_said_to_have_been_is_not_reported():
    view = seen(presence=[{"area_id": "C", "kind": "election_day"}])
    assert view.status == ("not_observed", "not_observed", "not_reported")


def test_long_term_presence_says_nothing_of_election_day():
    assert set(seen(presence=[{"area_id": "C", "kind": "long_term"}]).status) == {"not_known"}


def test_area_of_a_public_source_with_one_visited_station_says_so():
    view = seen(visits=[visit("v")])
    assert (view.status[0], int(view.visited[0])) == ("published", 1)


def test_area_of_a_live_kind_with_one_visited_station_is_told_with_the_others():
    view = seen(visits=[visit("v")], about=factory.mission(nature="simulated"))
    assert (view.status[0], int(view.visited[0])) == ("merged", -1)


def test_area_whose_total_of_visits_is_known_is_published():
    total = {"area_id": "A", "measure": "visited", "value": 40}
    assert seen(totals=[total]).status[0] == "published"


def test_unresolved_number_is_listed_and_not_counted():
    view = seen([incident("i", number="9")])
    assert (view.named, view.unresolved, view.mentions_of_stations) == (0, 1, 1)


def test_private_finding_of_a_public_source_is_not_shown():
    assert len(seen([incident("i", area_id="A", number="1", publication="private")]).mentions) == 0


@pytest.mark.parametrize("publication", ["private", "cleared", "public"])
def test_live_mission_shows_the_press_no_finding(publication):
    row = incident("i", area_id="A", number="1", publication=publication)
    assert len(seen([row], about=factory.mission(nature="live")).mentions) == 0


def test_withdrawn_finding_is_not_shown():
    row = incident("i", area_id="A", number="1", verification="withdrawn")
    assert len(seen([row]).mentions) == 0
