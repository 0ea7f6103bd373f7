import json

import numpy as np
import pytest
import shapely

from geo.model.errors import InputError
from geo.simulate.land import km_between, load, nearest_in_area, points_inside
from tests.geo.simulate import small


def written(folder, features, towns="name,lon,lat,population\nA,61,46,1000\n"):
    (folder / "areas.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    (folder / "towns.csv").write_text(towns, encoding="utf-8")
    return folder / "areas.geojson", folder / "towns.csv"


def feature(area_id="X", geometry=None, **properties):
    shape = geometry or small.square(60, 45)
    return {"type": "Feature", "properties": {"area_id": area_id, **properties}, "geometry": shape}


@pytest.mark.parametrize(
    ("text", "says"),
    [("{", "not GeoJSON"), ("[]", "FeatureCollection"), ('{"features": []}', "FeatureCollection")],
)
def test_a_file_that_is_no_feature_collection_is_refused(tmp_path, text, says):
    path = tmp_path / "areas.geojson"
    path.write_text(text)
    with pytest.raises(InputError, match=says):
        load(path, None)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.geojson: there is no such file"):
        load(tmp_path / "nowhere.geojson", None)


@pytest.mark.parametrize(
    ("geometry", "says"),
    [
        ({"type": "Point", "coordinates": [60, 45]}, "feature 2 .*is not a polygon"),
        ({"type": "Polygon", "coordinates": "hello"}, "feature 2 .*is not a polygon"),
        (small.square(500_000, 4_000_000), "feature 2 .*is not in degrees"),
    ],
)
def test_a_feature_that_is_no_polygon_in_degrees_is_named_by_position(tmp_path, geometry, says):
    areas, towns = written(tmp_path, [feature(), feature("Y", geometry)])
    with pytest.raises(InputError, match=says):
        load(areas, towns)


def test_an_area_id_that_stands_twice_is_refused(tmp_path):
    areas, towns = written(tmp_path, [feature(), feature()])
    with pytest.raises(InputError, match="area_id 'X' stands twice"):
        load(areas, towns)


def test_features_without_area_id_get_one(tmp_path):
    shapes = [small.square(60, 45), small.square(63, 45)]
    features = [{"type": "Feature", "properties": None, "geometry": shape} for shape in shapes]
    areas, towns = written(tmp_path, features)
    assert load(areas, towns).area_ids == ("A001", "A002")


@pytest.mark.parametrize(
    ("towns", "says"),
    [
        ("name,lon\nA,61\n", "column lat, population is missing"),
        ("name,lon,lat,population\nA,61,46,many\n", r"towns\.csv row 2: lon, lat and population"),
        ("name,lon,lat,population\nA,61,46,5\nB,610,46,5\n", r"towns\.csv row 3"),
        ("name,lon,lat,population\nA,61,46,inf\n", r"towns\.csv row 2: lon, lat and population"),
        ("name,lon,lat,population\nA,1,1,5\n", "no settlement"),
    ],
)
def test_settlements_that_cannot_be_used_are_named_by_row(tmp_path, towns, says):
    with pytest.raises(InputError, match=says):
        load(*written(tmp_path, [feature()], towns))


def test_a_settlement_of_unknown_population_is_left_out(tmp_path):
    towns = "name,lon,lat,population\nA,61,46,1000\nB,62,46,\n"
    assert list(load(*written(tmp_path, [feature()], towns)).town_name) == ["A"]


def test_a_declared_area_holds_even_where_the_polygon_does_not(tmp_path):
    towns = "name,lon,lat,population,area_id\nA,61,46,1000,Y\n"
    land = load(*written(tmp_path, [feature("X"), feature("Y", small.square(63, 45))], towns))
    assert land.area_ids[land.area_of_town[0]] == "Y"


def test_without_settlements_every_area_has_towns_inside_it(tmp_path):
    areas, _ = written(tmp_path, [feature("X"), feature("Y", small.square(63, 45, 0.2))])
    land = load(areas, None)
    assert set(land.area_of_town) == {0, 1}
    for lon, lat, area in zip(land.town_lon, land.town_lat, land.area_of_town, strict=True):
        assert shapely.contains_xy(land.polygons[area], lon, lat)
    people = np.bincount(land.area_of_town, land.town_people)
    assert people[0] / people[1] == pytest.approx(land.km2[0] / land.km2[1], rel=1e-6)


def test_points_of_a_sliver_fall_back_to_a_point_inside():
    sliver = np.array([shapely.Polygon([(0, 0), (10, 10), (10, 10.000001)])], dtype=object)
    lon, lat = points_inside(np.random.default_rng(0), sliver, np.zeros(5, dtype=np.int64))
    assert shapely.distance(sliver[0], shapely.points(lon, lat)).max() < 1e-6


def test_nearest_seed_is_never_in_another_area():
    seeds = (np.array([0.0, 1.0]), np.array([0.0, 0.0]), np.array([0, 1]))
    points = (np.array([0.99, 0.99, 0.99]), np.zeros(3), np.array([0, 1, 2]))
    assert list(nearest_in_area(seeds, points)) == [0, 1, -1]


def test_distance_from_pole_to_pole_is_half_the_meridian():
    assert float(km_between(np.array(0.0), np.array(90.0), np.array(0.0), np.array(-90.0))) == pytest.approx(
        20015.1, abs=0.1
    )
