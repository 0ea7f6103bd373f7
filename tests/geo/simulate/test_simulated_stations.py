import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.simulate import draw
from geo.simulate.districts import district_ids, draw_seeds, largest_remainder, polygons_of
from geo.simulate.land import load
from geo.simulate.simulated_stations import draw_stations
from tests.geo.simulate import small


@pytest.fixture(scope="module")
def land(tmp_path_factory):
    options = small.options(tmp_path_factory.mktemp("land"))
    return load(options.areas, options.settlements)


@pytest.fixture(scope="module")
def stations(land):
    return draw_stations(land, 20_000, np.random.default_rng(5), None)


def test_every_station_lies_in_its_area(land, stations):
    for index, polygon in enumerate(land.polygons):
        mine = stations.area == index
        assert shapely.covers(polygon, shapely.points(stations.lon[mine], stations.lat[mine])).all()


def test_numbers_run_from_one_within_each_area(land, stations):
    for index in range(len(land.area_ids)):
        assert sorted(stations.number[stations.area == index]) == list(
            range(1, int((stations.area == index).sum()) + 1)
        )


def test_mean_voters_are_those_of_kazakhstan(stations):
    assert stations.voters.mean() == pytest.approx(927, rel=0.05)
    assert stations.voters.min() >= 20
    assert stations.voters.max() <= 3_000
    assert stations.voters[stations.is_urban].mean() > 1.5 * stations.voters[~stations.is_urban].mean()


def test_more_than_half_of_the_voters_live_in_towns(stations):
    assert stations.voters[stations.is_urban].sum() / stations.voters.sum() == pytest.approx(0.57, abs=0.03)


def test_stations_under_one_roof_share_a_point(stations):
    sizes = np.bincount(stations.building)
    assert (sizes >= 2).sum() > 1_000
    shared = np.flatnonzero(np.diff(stations.building) == 0)
    assert (stations.lon[shared] == stations.lon[shared + 1]).all()
    assert (stations.lat[shared] == stations.lat[shared + 1]).all()


def test_about_three_in_a_hundred_have_no_coordinates(stations):
    assert (stations.precision == 3).mean() == pytest.approx(0.03, abs=0.006)
    assert not stations.is_urban[stations.precision == 1].any()


def test_every_area_has_a_station(land):
    few = draw_stations(land, 100, np.random.default_rng(1), None)
    assert set(few.area) == set(range(len(land.area_ids)))


def test_larger_towns_have_more_stations(land, stations):
    towns = len(land.town_people)
    count = np.bincount(stations.place[stations.is_urban], minlength=towns)
    assert np.corrcoef(count, land.town_people)[0, 1] > 0.98


@given(
    st.integers(0, 500),
    st.lists(st.floats(0.01, 1e6), min_size=1, max_size=20).map(np.array),
)
def test_shares_add_up_and_stay_within_one_of_exact(total, weight):
    shares = largest_remainder(total, weight)
    assert shares.sum() == total
    assert np.abs(shares - total * weight / weight.sum()).max() < 1 + 1e-6


def test_districts_cover_their_areas_without_overlap(land):
    seeds = draw_seeds(land, 40, np.random.default_rng(0))
    shapes = polygons_of(land, seeds)
    assert len(shapes) == 40
    for index, polygon in enumerate(land.polygons):
        mine = shapes[seeds[2] == index]
        assert shapely.area(mine).sum() == pytest.approx(shapely.area(polygon))
        assert shapely.area(shapely.union_all(mine)) == pytest.approx(shapely.area(polygon))


def test_every_station_lies_in_the_district_it_declares(land):
    seeds = draw_seeds(land, 40, np.random.default_rng(0))
    stations = draw_stations(land, 2_000, np.random.default_rng(5), seeds)
    shapes = polygons_of(land, seeds)[stations.district]
    distance = shapely.distance(shapes, shapely.points(stations.lon, stations.lat))
    assert distance.max() < 1e-9


def test_districts_say_that_they_are_simulated(land):
    names = district_ids(land, draw_seeds(land, 12, np.random.default_rng(0)))
    assert len(set(names)) == 12
    assert all("SIM" in name for name in names)


def test_more_teams_do_not_move_the_stations(tmp_path):
    few = draw(small.options(tmp_path, teams=8))
    many = draw(small.options(tmp_path, teams=30))
    assert (few.lon == many.lon).all()
    assert (few.voters == many.voters).all()
