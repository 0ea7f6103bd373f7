from __future__ import annotations

import numpy as np
import pytest

from geo.model.errors import RouteError
from geo.routing.solver import prepare
from geo.routing.solver.objective import NO_GAP, cell_weights
from geo.routing.solver.search import empty, greedy, improve
from tests.geo.routing.solver.small_tasks import country, coverage


def test_a_second_visit_to_a_cell_adds_less_than_the_first() -> None:
    first = coverage([10], [1]) - coverage([10], [0])
    second = coverage([10], [2]) - coverage([10], [1])
    assert first == pytest.approx(3.5)
    assert second == pytest.approx(3.5 * 0.65)


def test_before_the_first_visit_the_weight_is_the_root_of_the_voters() -> None:
    assert cell_weights([100, 400], [0, 1], gap=[3, 1], fair=[3, 1]) == pytest.approx([10, 20])


def test_an_area_at_its_fair_share_weighs_next_to_nothing() -> None:
    assert cell_weights([100, 100], [0, 1], gap=[0, 2], fair=[2, 2]) == pytest.approx([10 * NO_GAP, 10])


def test_unknown_voters_count_as_the_median_and_no_area_as_missing() -> None:
    assert cell_weights([100, np.nan, 0], [-1, -1, -1], [], []) == pytest.approx([10, 10, 10])


def test_gap_and_fair_share_of_different_areas_are_refused() -> None:
    with pytest.raises(RouteError, match="per area"):
        cell_weights([1], [0], gap=[1, 2], fair=[1])


def test_the_running_value_of_a_search_is_the_value_of_its_routes() -> None:
    field = prepare(country()).field
    task = field.task
    best = improve(field, greedy(field, empty(field)), seconds=600, seed=1, iterations=100)
    gain = coverage(task.weight, best.visits, task.q) - coverage(task.weight, task.seen, task.q)
    assert best.value == pytest.approx(gain - task.epsilon * sum(route.minutes for route in best.routes))
    assert (best.visits - task.seen).sum() == sum(len(route.stops) for route in best.routes)
