from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.model.places import GEOD
from geo.routing.solver import travel_estimate

LON = np.array([60.0, 60.05, 61.0, 75.0])
LAT = np.array([45.0, 45.0, 46.0, 54.0])


def test_the_table_is_the_geodesic_with_a_detour_at_the_speed_of_its_stretch() -> None:
    found = travel_estimate.table(LON, LAT)
    for i in range(4):
        km = GEOD.inv(np.full(4, LON[i]), np.full(4, LAT[i]), LON, LAT)[2] * 1.3 / 1000
        assert found[i] == pytest.approx(travel_estimate.minutes_of_km(km), rel=1e-3, abs=1e-3)


@given(st.floats(0, 2000), st.floats(0, 2000))
def test_a_way_in_two_parts_is_never_shorter(a: float, b: float) -> None:
    assert (
        travel_estimate.minutes_of_km(a + b)
        <= travel_estimate.minutes_of_km(a) + travel_estimate.minutes_of_km(b) + 1e-9
    )


def test_a_barrier_cuts_the_legs_that_cross_it_and_no_others() -> None:
    river = travel_estimate.Barrier(shapely.LineString([(60.5, 40), (60.5, 60)]))
    found = travel_estimate.table(LON, LAT, [river])
    assert np.isinf(found[0, 2])
    assert np.isinf(found[2, 0])
    assert np.isfinite(found[0, 1])
    assert np.isfinite(found[2, 3])


def test_a_barrier_is_gone_around_by_its_nearest_passage() -> None:
    river = shapely.LineString([(60.5, 40), (60.5, 60)])
    found = travel_estimate.table(LON, LAT, [travel_estimate.Barrier(river, ((60.5, 50.0), (60.5, 45.5)))])
    way = travel_estimate.between(60.0, 45.0, 60.5, 45.5) + travel_estimate.between(60.5, 45.5, 61.0, 46.0)
    assert found[0, 2] == pytest.approx(float(way))
    assert found[0, 2] > travel_estimate.table(LON, LAT)[0, 2]


def test_driving_along_the_edge_of_an_area_does_not_cross_it() -> None:
    area = shapely.box(0, 0, 1, 1)
    along, across = shapely.linestrings([[(0, 1), (1, 1)], [(-1, 0.5), (2, 0.5)]])
    assert travel_estimate.crosses(np.array([along, across]), area).tolist() == [False, True]
