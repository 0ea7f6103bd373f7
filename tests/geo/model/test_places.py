"""Where points lie, against GeoPandas' own join and against known distances."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.model import places
from tests.bench import dense
from tests.examples import examples

SQUARES = np.array([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10), shapely.box(0, 10, 20, 20)])
coordinates = st.floats(min_value=-2, max_value=22, allow_nan=False).map(lambda v: round(v, 3))


def within(lon, lat, polygons):
    """GeoPandas' answer: -1 for none, lowest index where several."""
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326)
    areas = gpd.GeoDataFrame(geometry=list(polygons), crs=4326)
    joined = gpd.sjoin(points, areas, predicate="within", how="left")
    return (
        joined.groupby(level=0)["index_right"]
        .min()
        .reindex(range(len(lon)))
        .fillna(-1)
        .astype("int32")
        .to_numpy()
    )


def scattered(n, seed, west=46.0, east=88.0):
    random = np.random.default_rng(seed)
    return random.uniform(west, east, n), random.uniform(40.0, 56.0, n)


def voronoi(seed, n=60):
    random = np.random.default_rng(seed)
    points = shapely.MultiPoint(np.column_stack([random.uniform(46, 88, n), random.uniform(40, 56, n)]))
    return np.array(list(shapely.voronoi_polygons(points, extend_to=shapely.box(46, 40, 88, 56)).geoms))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.capability("Stations are joined to areas as GeoPandas joins them", page="statistics")
def test_area_of_equals_geopandas_within_element_by_element(seed):
    lon, lat = scattered(5_000, seed)
    areas = voronoi(seed)
    assert np.array_equal(places.area_of(lon, lat, areas), within(lon, lat, areas))


@given(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=40))
@examples(60)
def test_points_off_every_edge_equal_geopandas_within(points):
    lon, lat = (np.array(v, dtype=float) for v in zip(*points, strict=True))
    mine, theirs = places.area_of(lon, lat, SQUARES), within(lon, lat, SQUARES)
    on_edge = np.isin(lon, [0, 10, 20]) | np.isin(lat, [0, 10, 20])
    assert np.array_equal(mine[~on_edge], theirs[~on_edge])


@pytest.mark.parametrize("seed", range(3))
def test_squares_without_an_edge_spare_tests_and_change_no_answer(seed, monkeypatch):
    hole = shapely.box(50, 45, 60, 50) - shapely.box(52, 46, 58, 49)
    split = shapely.MultiPolygon([shapely.box(175, 41, 180, 47), shapely.box(-180, 41, -178, 47)])
    areas = np.array([*voronoi(seed), None, hole, shapely.box(179, 50, 184, 55), split, shapely.Polygon()])
    lon, lat = scattered(25_000, seed, -180, 180)
    inside_lon, inside_lat = scattered(25_000, seed + 9)
    corners = shapely.get_coordinates(areas)
    middles = (corners[1:] + corners[:-1]) / 2
    lon = np.concatenate([lon, inside_lon, corners[:, 0], middles[:, 0]])
    lat = np.concatenate([lat, inside_lat, corners[:, 1], middles[:, 1]])
    tested = []
    every_point = places._tested
    monkeypatch.setattr(places, "_tested", lambda *given: tested.append(len(given[1])) or every_point(*given))
    quick = places.area_of(lon, lat, areas)
    assert sum(tested) < 0.5 * len(lon)
    monkeypatch.setattr(places, "_MANY_POINTS", np.inf)
    assert np.array_equal(quick, places.area_of(lon, lat, areas))


def touched(lon, lat, polygons):
    """Return the answer by the rules in words: first who holds a point inside, else who touches it."""
    held = np.array([shapely.contains_xy(one, lon, lat) for one in polygons])
    met = np.array([shapely.intersects_xy(one, lon, lat) for one in polygons])
    first_met = np.where(met.any(axis=0), met.argmax(axis=0), -1)
    return np.where(held.any(axis=0), held.argmax(axis=0), first_met)


whole = st.integers(0, 8)
boxes = st.tuples(whole, whole, st.integers(1, 4), st.integers(1, 4)).map(
    lambda at: shapely.box(at[0], at[1], at[0] + at[2], at[1] + at[3])
)
triangles = (
    st.tuples(whole, whole, whole, whole, whole, whole)
    .map(lambda at: shapely.Polygon([at[:2], at[2:4], at[4:]]))
    .filter(lambda one: one.is_valid and one.area > 0)
)


@given(st.lists(boxes | triangles, min_size=1, max_size=6), st.sampled_from([3, 8, 16, 24]))
@examples(150)
def test_edges_along_and_across_the_sides_of_squares_change_no_answer(shapes, squares):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places, "_MANY_POINTS", 0)
        patch.setattr(places, "_SQUARES", squares)
        halves = np.arange(-1, 27) / 2
        lon, lat = (axis.ravel() for axis in np.meshgrid(halves, halves))
        beside = [(lon, lat), (lon + 1e-12, lat), (lon - 0.13, lat + 0.37)]
        lon, lat = (np.concatenate([place[axis] for place in beside]) for axis in (0, 1))
        polygons = np.array(shapes, dtype=object)
        assert np.array_equal(places.area_of(lon, lat, polygons), touched(lon, lat, polygons))


@pytest.mark.parametrize("squares", [20, 2_048])
def test_dense_boundaries_give_the_answers_of_a_test_of_every_polygon(squares, monkeypatch):
    monkeypatch.setattr(places, "_SQUARES", squares)
    areas = voronoi(7, 30)
    areas = dense.bent(areas, np.ones(len(areas), dtype=bool), 20_000)
    corners = shapely.get_coordinates(areas)
    lon, lat = scattered(30_000, 7)
    lon, lat = np.concatenate([lon, corners[:, 0]]), np.concatenate([lat, corners[:, 1]])
    assert np.array_equal(places.area_of(lon, lat, areas), touched(lon, lat, areas))


def test_point_on_a_shared_edge_goes_to_the_lowest_index():
    lon, lat = np.array([10.0, 10.0, 5.0]), np.array([5.0, 10.0, 10.0])
    assert within(lon, lat, SQUARES).tolist() == [-1, -1, -1]
    assert places.area_of(lon, lat, SQUARES).tolist() == [0, 0, 0]


def test_point_in_an_overlap_goes_to_the_lowest_index():
    overlapping = np.array([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)])
    assert places.area_of(np.array([1.5]), np.array([1.5]), overlapping).tolist() == [0]


def test_missing_points_and_missing_polygons_give_no_area():
    areas = np.array([None, shapely.box(0, 0, 1, 1)], dtype=object)
    assert places.area_of(np.array([np.nan, 0.5, 9]), np.array([0.5, 0.5, 9]), areas).tolist() == [-1, 1, -1]


def test_hole_belongs_to_nobody():
    ring = np.array([shapely.box(0, 0, 9, 9) - shapely.box(3, 3, 6, 6)])
    assert places.area_of(np.array([4.0, 1.0]), np.array([4.0, 1.0]), ring).tolist() == [-1, 0]


@given(st.permutations(range(12)))
def test_order_of_points_never_matters(order):
    lon, lat = scattered(12, 5)
    areas, order = voronoi(5), np.array(order)
    assert np.array_equal(
        places.area_of(lon[order], lat[order], areas), places.area_of(lon, lat, areas)[order]
    )


def test_polygon_drawn_past_the_antimeridian_holds_points_of_both_sides():
    chukotka = np.array([shapely.box(170, 60, 190, 70)])
    lon = np.array([175.0, -175.0, 180.0, -180.0, -165.0, 165.0])
    assert places.area_of(lon, np.full(6, 65.0), chukotka).tolist() == [0, 0, 0, 0, -1, -1]


def test_polygon_split_at_the_antimeridian_equals_geopandas_within():
    split = np.array([shapely.MultiPolygon([shapely.box(170, 60, 180, 70), shapely.box(-180, 60, -170, 70)])])
    random = np.random.default_rng(1)
    lon, lat = random.uniform(-180, 180, 2000), random.uniform(59, 71, 2000)
    assert np.array_equal(places.area_of(lon, lat, split), within(lon, lat, split))


def test_meridian_180_and_minus_180_are_one():
    halves = np.array([shapely.box(170, 60, 180, 70), shapely.box(-180, 60, -170, 70)])
    assert places.area_of(np.array([180.0, -180.0]), np.array([65.0, 65.0]), halves).tolist() == [0, 0]


def test_unvisited_stations_answer_with_the_truly_nearest():
    lon, lat = scattered(400, 8)
    tree = places.UnvisitedStations(lon, lat, np.zeros(400, dtype=bool))
    distances = pyproj.Geod(ellps="WGS84").inv([71.0] * 400, [51.0] * 400, lon, lat)[2]
    assert [s for s, _ in tree.nearest(71.0, 51.0, 5)] == np.argsort(distances)[:5].tolist()


def test_visited_station_is_never_offered_until_its_visit_is_withdrawn():
    tree = places.UnvisitedStations(np.array([1.0, 2.0]), np.zeros(2), np.zeros(2, dtype=bool))
    tree.visited(0)
    assert [s for s, _ in tree.nearest(1.0, 0.0, 2)] == [1]
    tree.withdrawn(0)
    assert [s for s, _ in tree.nearest(1.0, 0.0, 2)] == [0, 1]


def test_equal_area_plane_keeps_areas():
    box = shapely.box(60, 45, 70, 50)
    plane = places.equal_area_plane(np.array([box]))
    projected = gpd.GeoSeries([shapely.segmentize(box, 0.1)], crs=4326).to_crs(plane.target_crs).area[0]
    geodesic = abs(pyproj.Geod(ellps="WGS84").geometry_area_perimeter(shapely.segmentize(box, 0.1))[0])
    assert projected == pytest.approx(geodesic, rel=1e-3)


def test_equal_area_plane_of_the_same_middle_is_made_once():
    box, same = np.array([shapely.box(60, 45, 70, 50)]), np.array([shapely.box(60, 45, 70, 50.00001)])
    assert places.equal_area_plane(box) is places.equal_area_plane(same)


def test_equal_area_plane_of_nothing_is_the_whole_earth_s():
    assert places.equal_area_plane(np.array([None], dtype=object)).target_crs.to_epsg() == 6933


def test_join_of_a_data_frame_keeps_its_order():
    frame = pd.DataFrame({"lon": [15.0, 5.0], "lat": [5.0, 15.0]})
    assert places.area_of(frame["lon"].to_numpy(), frame["lat"].to_numpy(), SQUARES).tolist() == [1, 2]


def test_nearest_station_may_lie_across_180_degrees():
    lon = np.append(-179.99, np.linspace(170.0, 175.0, 20))
    tree = places.UnvisitedStations(lon, np.zeros(21), np.zeros(21, dtype=bool))
    assert [station for station, _ in tree.nearest(179.99, 0.0, 2)] == [0, 20]
    assert [station for station, _ in tree.nearest(-179.95, 0.0, 2)] == [0, 20]
