"""Outlines for the browser."""

import numpy as np
import shapely

from layers.map.area_outlines import outlines_of
from tests import factory


def drawn(*names, extra=()):
    snapshot = factory.snapshot(areas=[*factory.squares(*names), *extra])
    return outlines_of(snapshot.registry.areas, np.arange(len(names) + len(extra)))


def test_anchor_lies_inside_and_coordinates_are_lon_lat():
    feature = drawn("A")["features"][0]
    lon, lat = feature["properties"]["anchor"]
    assert 70 < lon < 71
    assert 50 < lat < 51
    assert shapely.geometry.shape(feature["geometry"]).contains(shapely.Point(lon, lat))


def test_neighbours_still_touch_after_simplification():
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in drawn("A", "B")["features"]]
    assert shapes[0].intersection(shapes[1]).length == 1.0


def test_border_is_that_of_all_areas_together():
    assert shapely.geometry.shape(drawn("A", "B")["outline"]).area == 2.0


def test_area_without_a_polygon_keeps_its_place_in_the_order():
    found = drawn("A", extra=[{"area_id": "Z", "name_en": "Z", "geometry": None}])
    assert [feature["properties"]["area"] for feature in found["features"]] == [0, 1]
    assert found["features"][1]["geometry"] is None


def test_mission_without_any_polygon_has_no_border():
    found = drawn(extra=[{"area_id": "Z", "name_en": "Z", "geometry": None}])
    assert found["outline"] is None
    assert found["bounds"] is None
