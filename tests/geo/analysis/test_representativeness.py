"""Visited stations beside all stations."""

import pytest

from geo.analysis import representativeness
from tests import factory
from tests.geo.model.test_counts import CATEGORIES, visit


def made(visits, stations):
    return factory.snapshot(
        areas=factory.squares("A", "B"), stations=stations, categories=CATEGORIES, visits=visits
    )


def stations(**more):
    return [{"area_id": area, "number": str(n), **more} for area in "AB" for n in range(4)]


def test_visits_in_one_of_two_equal_areas_give_a_duncan_index_of_one_half():
    panel = representativeness.panel(made([visit("v1", "A", "0"), visit("v2", "A", "1")], stations()))
    assert panel.comparisons["area"].duncan == 0.5


@pytest.mark.capability("Whether the visited stations are like the others", page="statistics")
def test_proportional_visits_are_balanced():
    panel = representativeness.panel(made([visit("v1", "A", "0"), visit("v2", "B", "0")], stations()))
    assert panel.comparisons["area"].duncan == 0


def test_a_station_visited_twice_counts_once():
    panel = representativeness.panel(made([visit("v1", "A", "0"), visit("v2", "A", "0")], stations()))
    assert (panel.visited, panel.visits) == (1, 2)


def test_what_the_registry_does_not_know_is_not_compared():
    panel = representativeness.panel(made([], stations()))
    assert set(panel.comparisons) == {"area"}


@pytest.mark.parametrize(("voters", "stratum"), [(299, 0), (300, 1), (799, 1), (800, 2), (1500, 3)])
def test_sizes_are_split_at_their_limits(voters, stratum):
    panel = representativeness.panel(made([], stations(voters=voters)))
    assert panel.comparisons["size"].stations[stratum] == 8


def test_ten_visits_of_each_of_two_teams_tell_less_than_twenty():
    visits = [visit(f"v{i}", "A", "0", team_id=f"T{i % 2}") for i in range(20)]
    panel = representativeness.panel(made(visits, stations()))
    assert panel.effective_visits == pytest.approx(20 / (1 + 9 * 0.05))
