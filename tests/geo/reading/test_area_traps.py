"""Areas of two years, in several rows, without a polygon, over 180 degrees; zones given for their parents."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from tests.geo.reading.trap_missions import (
    AREAS,
    STATION_COLUMNS,
    STATIONS,
    built,
    checked,
    csv_text,
    examples,
    feature,
    geojson,
    mission,
)

NORTH, SOUTH = AREAS["N"], AREAS["S"]


def with_areas(tmp_path, *features, settings="", **files):
    return mission(tmp_path / "m", settings, areas__geojson=geojson(list(features)), **files)


def test_an_area_not_in_force_on_election_day_takes_no_part(tmp_path):
    old = feature("OLD", shapely.box(70, 50, 72, 52), valid_to="2004-06-18")
    folder = with_areas(tmp_path, feature("N", NORTH), feature("S", SOUTH), old)
    assert built(folder).registry.areas.area_id == ("N", "S")
    card = checked(folder)
    assert card["codes"]["area_not_in_force"] == 1
    assert "areas_overlap" not in card["codes"]


def test_of_two_boundaries_of_one_area_the_one_in_force_is_used(tmp_path):
    old = feature("N", shapely.box(70, 51, 71, 52), valid_to="2004-06-18")
    folder = with_areas(tmp_path, old, feature("N", NORTH, valid_from="2004-06-19"), feature("S", SOUTH))
    assert built(folder).registry.areas.polygon[0].equals(NORTH)
    assert checked(folder)["codes"]["area_out_of_date"] == 1


def test_an_area_in_several_rows_is_one_area(tmp_path):
    west, east = shapely.box(70, 51, 71, 52), shapely.box(71, 51, 72, 52)
    folder = with_areas(tmp_path, feature("N", west), feature("S", SOUTH), feature("N", east))
    assert built(folder).registry.areas.polygon[0].equals(NORTH)
    card = checked(folder)
    assert (card["areas"], card["rejects"], card["codes"]["area_in_parts"]) == (2, 0, 1)


def test_two_areas_of_one_id_and_different_names_are_not_joined(tmp_path):
    folder = with_areas(tmp_path, feature("N", NORTH), feature("N", SOUTH, name_en="Another"))
    assert checked(folder)["codes"]["duplicate_key"] == 1


def test_a_station_whose_area_has_no_polygon_keeps_its_point(tmp_path):
    rows = [*STATIONS, ["E", "1", 72.3, 50.6, 500], ["E", "2", 72.5, 51.2, 500]]
    folder = with_areas(
        tmp_path, feature("N", NORTH), feature("S", SOUTH), feature("E", None),
        stations__csv=csv_text(STATION_COLUMNS, rows),
    )  # fmt: skip
    card = checked(folder)
    assert (card["stations_on_map"], card["codes"]["point_unchecked"]) == (12, 2)
    assert "point_foreign" not in card["codes"]


@pytest.mark.parametrize("level", [0, 1])
def test_where_only_what_lies_above_is_drawn_stations_keep_their_points_and_strays_are_told(tmp_path, level):
    above = feature("K", shapely.box(70, 50, 72, 52), level=level)
    below = [feature(name, None, parent_id="K", level=level + 1) for name in AREAS]
    stations = [*STATIONS[:9], ["S", "5", 10.0, 50.4, 900]]
    card = checked(
        mission(
            tmp_path / "m",
            areas__geojson=geojson([above, *below]),
            stations__csv=csv_text(STATION_COLUMNS, stations),
        )
    )
    told = {"point_foreign": 1} if level == 0 else {"point_unchecked": 10}
    assert told.items() <= card["codes"].items()
    assert card["stations_on_map"] == 10 - card["codes"].get("point_foreign", 0)


def test_where_a_country_outline_is_given_a_point_abroad_is_still_foreign(tmp_path):
    rows = [*STATIONS, ["E", "1", 12.3, 50.6, 500]]
    country = feature("C", shapely.box(70, 50, 73, 52), level=0)
    folder = with_areas(
        tmp_path, country, feature("N", NORTH), feature("S", SOUTH), feature("E", None),
        stations__csv=csv_text(STATION_COLUMNS, rows),
    )  # fmt: skip
    assert checked(folder)["codes"]["point_foreign"] == 1


def test_collections_of_polygons_are_areas(tmp_path):
    half = shapely.GeometryCollection([shapely.box(70, 51, 71, 52), shapely.box(71, 51, 72, 52)])
    folder = with_areas(tmp_path, feature("N", half), feature("S", SOUTH))
    assert built(folder).registry.areas.polygon[0].equals(NORTH)


@pytest.mark.parametrize("is_named", [False, True])
def test_areas_of_level_1_come_from_their_children_where_asked(tmp_path, is_named):
    children = [
        feature("N", NORTH, level=2, parent_id="R", region="Region"),
        feature("S", SOUTH, level=2, parent_id="R", region="Region"),
    ]
    settings = "[tables.areas]\nfrom_children = true\n" + ('parent_name = "region"\n' if is_named else "")
    areas = built(with_areas(tmp_path, *children, settings=settings)).registry.areas
    at = areas.area_id.index("R")
    assert areas.level[at] == 1
    assert areas.polygon[at].equals(shapely.box(70, 50, 72, 52))
    assert areas.names["en"][at] == ("Region" if is_named else "R")
    assert areas.parent.tolist() == [at, -1, at]


def test_column_of_parents_names_is_used_or_not_found(tmp_path):
    child = feature("N", NORTH, level=2, parent_id="R", region="Region")
    settings = "[tables.areas]\nfrom_children = true\nparent_name = "
    used = checked(with_areas(tmp_path / "a", child, settings=settings + '"region"\n'))
    assert {"column_unknown", "column_not_found"} & used["codes"].keys() == set()
    lost = checked(with_areas(tmp_path / "b", child, settings=settings + '"Regoin"\n'))
    assert "Regoin" in examples(lost, "column_not_found")


CUT = shapely.MultiPolygon([shapely.box(176, -19, 180, -16), shapely.box(-180, -19, -178.6, -16)])


def test_a_country_cut_at_180_degrees_is_drawn_in_one_piece(tmp_path):
    rows = [["F", "1", 177, -18, 100], ["F", "2", -179, -18, 100]]
    text = csv_text(STATION_COLUMNS, rows)
    folder = with_areas(
        tmp_path, feature("F", CUT), stations__csv=text, visits__csv=None, incidents__csv=None
    )
    registry = built(folder).registry
    shape = registry.areas.polygon[0]
    assert shape.geom_type == "Polygon"
    assert np.allclose(shape.bounds, (176, -19, 181.4, -16))
    assert registry.located_area.tolist() == [0, 0]


def test_a_country_on_one_side_is_left_as_it_is(tmp_path):
    folder = with_areas(tmp_path, feature("N", NORTH), feature("S", SOUTH))
    assert built(folder).registry.areas.polygon[0].equals(NORTH)


def test_a_time_is_in_the_zone_of_the_nearest_area_above(tmp_path):
    districts = [
        feature("O", shapely.box(70, 50, 72, 52)),
        feature("N", NORTH, level=2, parent_id="O"),
        feature("S", SOUTH, level=2, parent_id="O"),
    ]
    folder = with_areas(
        tmp_path, *districts, settings='[mission.time_zones]\nO = "Asia/Aqtau"\nS = "Asia/Almaty"\n'
    )
    arrived = built(folder).visits.arrived
    hours = (arrived // 3_600_000_000 % 24).tolist()
    assert hours[0] == 3  # 08:15 at UTC+5
    assert hours[5] == 7  # 13:15 at UTC+6
    assert "time_order" not in checked(folder)["codes"]


def test_a_station_of_an_area_that_is_unknown_is_told_with_what_it_may_be(tmp_path):
    rows = [["n.", *row[1:]] if row[0] == "N" else row for row in STATIONS]
    folder = mission(tmp_path / "m", stations__csv=csv_text(STATION_COLUMNS, rows))
    assert '"N"?' in examples(checked(folder), "area_unknown")


@pytest.mark.parametrize("shape", [shapely.box(176, -19, 181.4, -16), shapely.box(-184, -19, -178.6, -16)])
def test_area_drawn_past_180_degrees_is_taken_from_points_on_both_sides(tmp_path, shape):
    text = csv_text(STATION_COLUMNS, [["", "1", 177, -18, 100], ["", "2", -179, -18, 100]])
    settings = "[tables.stations]\narea_from_point = true\n"
    files = {"stations__csv": text, "visits__csv": None, "incidents__csv": None}
    folder = with_areas(tmp_path, feature("F", shape), settings=settings, **files)
    assert built(folder).registry.stations.station_id.to_pylist() == ["F/1", "F/2"]
