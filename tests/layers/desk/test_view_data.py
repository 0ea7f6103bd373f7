"""The desk's classes come from the mission's own figures."""

import numpy as np
import pytest

from layers.desk import view_data
from layers.map import ramps
from layers.map.classes import class_of, thirds
from layers.map.measures import desk_figures
from tests import factory


def starts_of(name, snapshot):
    figure = desk_figures()[name]
    return view_data.class_starts(figure, view_data.ClassBasis(snapshot))["area"]


def seen(visited):
    """Three areas of 40 stations each, so many visited by four teams, a fifth with a finding."""
    stations = [
        {"area_id": area, "number": str(i), "lon": 70.1 + x + i / 100, "lat": 50.5}
        for x, area in enumerate("ABC")
        for i in range(40)
    ]
    visits = [
        {
            "visit_id": f"{area}{i}", "area_id": area, "number": str(i), "team_id": f"T{i % 4}",
            "stage": "voting", "verification": "verified", "answered": "*", "outcome": "observed",
        }
        for area, n in zip("ABC", visited, strict=True)
        for i in range(n)
    ]  # fmt: skip
    incidents = [
        {"incident_id": f"i{row['visit_id']}", "visit_id": row["visit_id"], "area_id": row["area_id"],
         "number": row["number"], "category": "sealed", "verification": "verified"}
        for row in visits if int(row["number"]) % 5 == 0
    ]  # fmt: skip
    return factory.snapshot(
        about=factory.mission(nature="simulated", frame="complete"),
        areas=factory.squares("A", "B", "C"),
        stations=stations,
        categories=factory.categories(sealed="high"),
        visits=visits,
        incidents=incidents,
    )


@pytest.mark.parametrize("visited", [(1, 2, 4), (8, 15, 30), (20, 30, 39)])
def test_coverage_that_differs_fills_three_classes_at_any_height(visited):
    shares = np.array(visited) / 40
    assert len(set(class_of(shares, starts_of("coverage", seen(visited))[1:]).tolist())) == 3


def test_coverage_that_hardly_differs_is_one_class():
    assert starts_of("coverage", seen((39, 40, 40))) == [0.0]


def test_cells_that_differ_are_coloured_where_areas_hardly_do():
    assert starts_of("coverage", seen((30, 31, 32))) == [0.0, 0.7, 0.8, 0.9]


def test_a_mission_without_visits_keeps_the_fixed_classes():
    nobody = seen((0, 0, 0))
    assert starts_of("coverage", nobody) == list(ramps.COVERAGE)
    assert starts_of("rate", nobody) == list(ramps.RATE)


def test_the_thirds_of_both_rise():
    low, high = thirds(np.array([0.31, 0.36, 0.41, 0.5]))
    assert 0.31 < low < high <= 0.5
