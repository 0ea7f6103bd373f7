"""What mission.toml can say of a file so that nobody needs a program of her own for it."""

from __future__ import annotations

import pytest
import shapely

from tests.examples import first_of
from tests.geo.reading.trap_missions import (
    STATIONS,
    VISIT_COLUMNS,
    VISITS,
    built,
    checked,
    csv_text,
    examples,
    feature,
    geojson,
    mission,
)

NO_AREA = csv_text(["area_id", "number", "lon", "lat"], [["", *row[1:4]] for row in STATIONS[:2]])


def test_a_station_without_an_area_is_told_how_its_point_could_give_it(tmp_path):
    card = checked(mission(tmp_path / "m", stations__csv=NO_AREA))
    assert card["rejects"] == 2
    assert "area_from_point = true in [tables.stations]" in examples(card, "required_missing")


def test_a_station_takes_its_area_from_its_point_where_asked(tmp_path):
    settings = "[tables.stations]\narea_from_point = true\n"
    card = checked(mission(tmp_path / "m", settings, stations__csv=NO_AREA))
    assert (card["stations"], card["rejects"], card["codes"]["area_from_point"]) == (2, 0, 1)


def test_a_register_without_a_column_of_areas_takes_them_from_points(tmp_path):
    text = csv_text(["number", "lon", "lat"], [["1", 70.3, 51.4], ["2", 70.3, 50.4]])
    settings = "[tables.stations]\narea_from_point = true\n"
    snapshot = built(
        mission(tmp_path / "m", settings, stations__csv=text, visits__csv=None, incidents__csv=None)
    )
    assert snapshot.registry.stations.station_id.to_pylist() == ["N/1", "S/2"]


def test_a_point_on_a_border_gives_no_area(tmp_path):
    text = csv_text(["area_id", "number", "lon", "lat"], [["", "1", 70.3, 51.0]])
    settings = "[tables.stations]\narea_from_point = true\n"
    card = checked(mission(tmp_path / "m", settings, stations__csv=text))
    assert (card["stations"], card["codes"]["area_not_from_point"]) == (0, 1)


UNIQUE = csv_text(["area_id", "number"], [["N", "0001"], ["S", "0002"], ["S", "0003"], ["N", "0003"]])
ALONE = csv_text(
    ["visit_id", "number", "verification"], [["v1", "0001", "verified"], ["v2", "0002", "verified"]]
)


def test_a_number_alone_names_a_station_where_numbers_are_declared_unique(tmp_path):
    settings = "[tables.stations]\nunique_numbers = true\n"
    folder = mission(tmp_path / "m", settings, stations__csv=UNIQUE, visits__csv=ALONE, incidents__csv=None)
    snapshot = built(folder)
    ids = snapshot.registry.stations.station_id.to_pylist()
    assert [ids[at] for at in snapshot.visits.station] == ["N/0001", "S/0002"]


def test_a_number_that_two_stations_have_names_none(tmp_path):
    settings = "[tables.stations]\nunique_numbers = true\n"
    text = csv_text(["visit_id", "number"], [["v1", "0003"], ["v2", "0009"]])
    card = checked(
        mission(tmp_path / "m", settings, stations__csv=UNIQUE, visits__csv=text, incidents__csv=None)
    )
    assert card["visits_unresolved"] == 2
    assert (card["codes"]["number_not_unique"], card["codes"]["station_unknown"]) == (1, 1)


def with_observers(tmp_path, settings):
    rows = [[*row, n] for row, n in zip(VISITS, [0, 1, 2, 0, "", 1, 1, 1, 1, 0], strict=True)]
    return mission(tmp_path / "m", settings, visits__csv=csv_text([*VISIT_COLUMNS, "observers"], rows))


def test_rows_are_left_out_by_a_condition_and_counted(tmp_path):
    card = checked(with_observers(tmp_path, '[tables.visits.where_not]\nobservers = [0, ""]\n'))
    assert card["visits"] == 6
    assert "4 of 10 rows left out (rows 2, 5, 6, 11)" in examples(card, "rows_left_out")


def test_only_rows_that_meet_a_comparison_are_kept(tmp_path):
    assert checked(with_observers(tmp_path, '[tables.visits.where]\nobservers = "> 1"\n'))["visits"] == 1


def test_a_condition_on_a_column_that_is_not_there_is_told(tmp_path):
    card = checked(with_observers(tmp_path, '[tables.visits.where]\nobserver = "> 1"\n'))
    assert (card["visits"], card["codes"]["column_not_found"]) == (10, 1)


def test_a_condition_without_effect_is_told(tmp_path):
    card = checked(with_observers(tmp_path, '[tables.visits.where]\nteam_id = "!= none"\n'))
    assert card["codes"]["condition_idle"] == 1


def test_a_constant_stands_in_every_row(tmp_path):
    settings = '[tables.visits.constants]\nstage = "counting"\nverification = "verified"\n'
    text = csv_text(["visit_id", "area_id", "number"], [row[:3] for row in VISITS])
    snapshot = built(mission(tmp_path / "m", settings, visits__csv=text))
    assert set(snapshot.visits.stage.tolist()) == {3}
    assert set(snapshot.visits.verification.tolist()) == {1}


WIDE = csv_text(
    ["KEY", "area_id", "number", "Q1 sealed?", "Q2 queue?"],
    [
        ["a", "N", "1", "yes", "no"],
        ["b", "N", "2", "0", "3"],
        ["c", "S", "1", "", ""],
        ["d", "S", "2", "perhaps", "да"],
    ],
)
FINDINGS = '[tables.{0}.findings]\n"Q1 sealed?" = "sealed"\n"Q2 queue?" = "queue"\n'


def wide(tmp_path):
    settings = '[tables.visits]\ncolumns = { visit_id = "KEY" }\n' + FINDINGS.format("visits")
    settings += '[tables.incidents]\ncolumns = { incident_id = "KEY", visit_id = "KEY" }\n'
    settings += FINDINGS.format("incidents")
    return mission(tmp_path / "m", settings, visits__csv=WIDE, incidents__csv=WIDE)


def test_one_column_per_kind_of_finding_makes_one_incident_each(tmp_path):
    incidents = built(wide(tmp_path)).incidents
    assert incidents.incident_id.to_pylist() == ["a#sealed", "b#queue", "d#queue"]
    assert incidents.visit.tolist() == [0, 1, 3]


def test_one_column_per_kind_of_finding_tells_what_a_visit_was_asked(tmp_path):
    answered = built(wide(tmp_path)).visits.answered
    assert answered[:, 0].tolist() == [3, 3, 0, 3]


def test_a_cell_that_says_neither_yes_nor_no_is_told(tmp_path):
    card = checked(wide(tmp_path))
    assert "incidents.csv row 5: Q1 sealed?" in examples(card, "finding_unclear")


def test_several_categories_in_one_cell_are_separated_and_translated(tmp_path):
    settings = (
        '[tables.incidents]\nsplit = " "\n[tables.incidents.values.category]\n1 = "sealed"\n2 = "queue"\n'
    )
    text = csv_text(["incident_id", "visit_id", "category"], [["i", "v0", "1 2"]])
    incidents = built(mission(tmp_path / "m", settings, incidents__csv=text)).incidents
    assert incidents.category.tolist() == [1, 0]


def test_a_list_of_questions_is_separated_and_translated(tmp_path):
    settings = '[tables.visits]\nsplit = " "\n[tables.visits.values.answered]\n1 = "sealed"\n2 = "queue"\n'
    rows = [[*row[:8], "1 2"] for row in VISITS]
    snapshot = built(mission(tmp_path / "m", settings, visits__csv=csv_text(VISIT_COLUMNS, rows)))
    assert set(snapshot.visits.answered[:, 0].tolist()) == {3}


def stations_of(tmp_path, shape, **more):
    one = {"type": "Feature", "properties": {"area_id": "N", "number": "1"} | more}
    one["geometry"] = shapely.geometry.mapping(shape)
    return mission(tmp_path / "m", stations__geojson=geojson([one]))


def test_a_station_given_as_a_polygon_has_a_point_inside_it(tmp_path):
    horseshoe = shapely.box(70.2, 51.2, 70.8, 51.8).difference(shapely.box(70.4, 51.2, 70.6, 51.7))
    stations = built(stations_of(tmp_path, horseshoe)).registry.stations
    assert horseshoe.contains(shapely.Point(stations.lon[0], stations.lat[0]))
    assert stations.precision.tolist() == [2]


def test_a_multipoint_or_collection_of_one_point_is_a_point(tmp_path):
    for number, shape in enumerate(
        (shapely.MultiPoint([(70.5, 51.5)]), shapely.GeometryCollection([shapely.Point(70.5, 51.5)]))
    ):
        card = checked(stations_of(tmp_path / str(number), shape))
        assert card["stations_on_map"] == 1
        assert not {"geometry_unreadable", "point_of_polygon"} & set(card["codes"])


@pytest.mark.parametrize("kind", [shapely.MultiPoint, shapely.GeometryCollection])
def test_several_points_stand_at_the_one_nearest_to_their_middle(tmp_path, kind):
    corners = [shapely.Point(lon, 51.5) for lon in (70.5, 70.51, 70.6)]
    folder = stations_of(tmp_path, kind(corners))
    stations = built(folder).registry.stations
    assert (round(float(stations.lon[0]), 4), stations.precision.tolist()) == (70.51, [2])
    assert checked(folder)["codes"]["point_of_polygon"] == 1


def test_a_collection_of_nothing_is_no_place(tmp_path):
    card = checked(stations_of(tmp_path, shapely.GeometryCollection()))
    assert card["stations_on_map"] == 0


def test_a_point_in_one_column_is_read_in_the_order_of_its_kind(tmp_path):
    cells = ["51.5 70.5", "POINT (70.5 51.5)", "51.5; 70.5", "70.5E 51.5N", "51°30'N 70°30'E"]
    text = csv_text(["area_id", "number", "gps"], [["N", str(n), cell] for n, cell in enumerate(cells)])
    settings = '[tables.stations]\ncolumns = { lon = "gps", lat = "gps" }\n'
    stations = built(mission(tmp_path / "m", settings, stations__csv=text)).registry.stations
    assert set(stations.lon.tolist()) == {70.5}
    assert set(stations.lat.tolist()) == {51.5}


def test_a_constant_column_is_told_with_what_the_file_says_instead(tmp_path):
    settings = '[tables.visits.constants]\nstage = "counting"\nteam_id = "T0"\n'
    card = checked(mission(tmp_path / "m", settings))
    told = examples(card, "constant_column")
    assert card["codes"]["constant_column"] == 2
    assert "10 of them say something else" in told and "6 of them say something else" in told


@pytest.mark.parametrize(
    "cell",
    first_of(
        [
            "geo:51.5,70.5",
            "https://maps.example/?q=51.5,70.5",
            "https://maps.example/maps/@51.5,70.5,15z",
            shapely.to_wkb(shapely.Point(70.5, 51.5), hex=True),
            shapely.to_wkb(shapely.set_srid(shapely.Point(70.5, 51.5), 4326), hex=True, include_srid=True),
            "POINT Z (70.5 51.5 300)",
            "N 51.5 E 70.5",
            "51 30 00 N 70 30 00 E",
            "70°30'E, 51°30'N",
        ],
        3,
    ),
)
@pytest.mark.parametrize("order", ["lat lon", "lon lat"])
def test_a_point_that_says_its_order_itself_is_read_in_it(tmp_path, cell, order):
    settings = f'[tables.stations]\ncolumns = {{ lon = "gps", lat = "gps" }}\npoint_order = "{order}"\n'
    text = f'area_id;number;gps\nN;1;"{cell}"\n'
    stations = built(mission(tmp_path / "m", settings, stations__csv=text)).registry.stations
    assert (stations.lon.tolist(), stations.lat.tolist()) == ([70.5], [51.5])


def test_the_order_of_a_point_in_one_column_can_be_declared(tmp_path):
    text = csv_text(["area_id", "number", "gps"], [["N", "1", "70.5 51.5"]])
    settings = '[tables.stations]\ncolumns = { lon = "gps", lat = "gps" }\npoint_order = "lon lat"\n'
    assert built(mission(tmp_path / "m", settings, stations__csv=text)).registry.stations.lon.tolist() == [
        70.5
    ]


def test_a_finding_with_a_place_of_its_own_is_in_the_area_of_its_point(tmp_path):
    text = csv_text(
        ["incident_id", "category", "lon", "lat"], [["i", "queue", 70.3, 50.4], ["j", "queue", 10, 50]]
    )
    folder = mission(tmp_path / "m", "[tables.incidents]\narea_from_point = true\n", incidents__csv=text)
    snapshot = built(folder)
    assert snapshot.incidents.area.tolist() == [1, -1]
    assert checked(folder)["codes"]["area_not_from_point"] == 1


def test_areas_of_a_mission_stay_one_feature_each(tmp_path):
    card = checked(
        mission(tmp_path / "m", areas__geojson=geojson([feature("N", shapely.box(70, 51, 72, 52))]))
    )
    assert card["areas"] == 1


def test_a_station_given_as_a_polygon_is_drawn_where_its_precision_is_declared(tmp_path):
    folder = stations_of(tmp_path, shapely.box(70.2, 51.2, 70.8, 51.8))
    toml = folder / "mission.toml"
    toml.write_text(toml.read_text() + '[tables.stations.constants]\nprecision = "point"\n')
    assert checked(folder)["stations_on_map"] == 1


def test_a_condition_compares_numbers_with_a_decimal_comma(tmp_path):
    text = "area_id;number;share\nN;1;3,5\nN;2;0,5\nS;1;12\n"
    settings = '[tables.stations]\ndecimal = ","\n[tables.stations.where]\nshare = "> 2"\n'
    folder = mission(tmp_path / "m", settings, stations__csv=text, visits__csv=None, incidents__csv=None)
    assert built(folder).registry.stations.station_id.to_pylist() == ["N/1", "S/1"]
