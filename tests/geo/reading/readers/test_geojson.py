"""GeoJSON without GDAL: what is read, what is set aside, what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import shapely

from geo.model.errors import InputError, RefusedError
from geo.reading.readers import UPLOAD

SQUARE = [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]


def feature(geometry, **properties):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features, **members):
    return json.dumps({"type": "FeatureCollection", "features": list(features), **members})


def point(lon, lat):
    return {"type": "Point", "coordinates": [lon, lat]}


@pytest.mark.capability("GeoJSON", page="files")
def test_properties_become_text_and_geometry_stays_lon_lat(load):
    body = collection(
        feature(point(76.85, 43.22), n=186, share=0.5, open=True, none=None, list=["a", 1]),
        feature(None, name="Алматы"),
    )
    raw = load("a.geojson", body)
    assert raw.cells.to_dict("records") == [
        {"n": "186", "share": "0.5", "open": "true", "none": "", "list": '["a",1]', "name": ""},
        {"n": "", "share": "", "open": "", "none": "", "list": "", "name": "Алматы"},
    ]
    assert raw.geometry.tolist() == [shapely.Point(76.85, 43.22), None]
    assert raw.row_numbers.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("kind", "coordinates"),
    [
        ("MultiPoint", [[1, 2], [3, 4]]),
        ("LineString", [[1, 2], [3, 4]]),
        ("MultiLineString", [[[1, 2], [3, 4]]]),
        ("Polygon", SQUARE),
        ("MultiPolygon", [SQUARE, SQUARE]),
    ],
)
def test_every_geometry_is_what_geos_reads_from_the_same_text(load, kind, coordinates):
    body = {"type": kind, "coordinates": coordinates}
    raw = load("a.geojson", collection(feature(body)))
    assert raw.geometry[0].equals_exact(shapely.from_geojson(json.dumps(body)))


def test_geometry_collection_is_read_one_level_deep(load):
    body = {"type": "GeometryCollection", "geometries": [{"type": "Polygon", "coordinates": SQUARE}]}
    nested = {"type": "GeometryCollection", "geometries": [body]}
    raw = load("a.geojson", collection(feature(body), feature(nested)))
    assert raw.geometry[0].geom_type == "GeometryCollection"
    assert raw.defects[["code", "row"]].to_numpy().tolist() == [["bad_geometry", 2]]


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": ["76.85", "43.22"]},
        {"type": "Point", "coordinates": [True, 43]},
        {"type": "Point", "coordinates": [76.85]},
        {"type": "Point", "coordinates": {"lon": 1}},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
        {"type": "Polygon", "coordinates": [[0, 0], [1, 1], [2, 2], [0, 0]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0, 5], [1, 1], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, None], [1, 1], [0, 0]]]},
        {"type": "LineString", "coordinates": [[1, 2]]},
        {"type": "Circle", "coordinates": [1, 2]},
        {"type": ["Point"], "coordinates": [1, 2]},
        "POINT (1 2)",
        [1, 2],
    ],
)
def test_bad_geometry_is_left_empty_and_reported(load, geometry):
    raw = load("a.geojson", collection(feature(geometry, n=1), feature(point(1, 2), n=2)))
    assert raw.geometry.tolist() == [None, shapely.Point(1, 2)]
    assert raw.defects[["code", "row", "column"]].to_numpy().tolist() == [["bad_geometry", 1, "geometry"]]


def test_empty_coordinates_are_no_geometry(load):
    raw = load("a.geojson", collection(feature({"type": "Polygon", "coordinates": []})))
    assert raw.geometry.tolist() == [None]
    assert not len(raw.defects)


def test_altitudes_are_left_out_with_a_note(load):
    raw = load("a.geojson", collection(feature({"type": "Point", "coordinates": [1, 2, 850]})))
    assert raw.geometry.tolist() == [shapely.Point(1, 2)]
    assert raw.notes == ("altitudes left out",)


@pytest.mark.parametrize(
    ("name", "crs"),
    [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"),
        ("urn:ogc:def:crs:EPSG::3857", "EPSG:3857"),
        ("EPSG:32642", "EPSG:32642"),
    ],
)
def test_named_crs_is_an_epsg_number(load, name, crs):
    member = {"type": "name", "properties": {"name": name}}
    assert load("a.geojson", collection(feature(point(1, 2)), crs=member)).crs == crs


@pytest.mark.parametrize(
    "crs",
    [
        {"type": "link", "properties": {"href": "http://127.0.0.1:9/crs", "type": "proj4"}},
        {"type": "name", "properties": {"name": "http://127.0.0.1:9/crs"}},
        {"type": "name", "properties": {"name": "+proj=longlat +nadgrids=/etc/passwd"}},
        {"type": "name"},
        "EPSG:4326",
    ],
)
def test_crs_that_is_no_epsg_number_is_refused(load, crs):
    with pytest.raises(RefusedError, match="crs"):
        load("a.geojson", collection(feature(point(1, 2)), crs=crs))


def test_crs_of_the_file_is_told_even_if_the_mission_declares_another(load):
    member = {"type": "name", "properties": {"name": "EPSG:3857"}}
    raw = load("a.geojson", collection(feature(point(1, 2)), crs=member), crs="EPSG:4326")
    assert raw.crs == "EPSG:3857"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400", "-1e400"])
def test_number_that_json_has_not_is_refused_with_its_line(load, number):
    body = '{"type":"FeatureCollection",\n"features":[{"type":"Feature","properties":{},"geometry":'
    with pytest.raises(RefusedError, match=r"a\.geojson: .*line 2"):
        load("a.geojson", body + '{"type":"Point","coordinates":[' + number + ",51]}}]}")


@pytest.mark.parametrize("depth", [300, 2_000, 1_000_000])
def test_deeply_nested_json_is_refused(load, depth):
    properties = '{"type":"Feature","geometry":null,"properties":{"a":' + "[" * depth + "]" * depth + "}}"
    with pytest.raises(RefusedError):
        load("a.geojson", properties)


@pytest.mark.parametrize(
    "body",
    [
        '{"type":"gdal_streamed_alg","command_line":"gdal vector pipeline ! read /etc/hostname"}',
        '{"a": 1}',
        "[1, 2]",
        '{"type":"Topology","objects":{}}',
        '{"type":"FeatureCollection"}',
    ],
)
def test_json_that_is_not_geojson_is_refused_in_words(load, body):
    with pytest.raises(InputError, match=r"not GeoJSON|no list of features"):
        load("a.geojson", body)


@pytest.mark.parametrize("body", ["<OGRVRTDataSource/>", "a,b\n1,2\n", "PK\x03\x04"])
def test_other_content_under_the_name_is_refused(load, body):
    with pytest.raises(RefusedError, match="content is"):
        load("a.geojson", body)


def test_features_one_per_line_carry_their_line(load):
    lines = [json.dumps(feature(point(n, n), n=n)) for n in (1, 2)]
    raw = load("a.geojsonl", lines[0] + "\n\n" + '{"type":"Feat' + "\n" + lines[1] + "\n")
    assert raw.cells["n"].tolist() == ["1", "2"]
    assert raw.row_numbers.tolist() == [1, 4]
    assert raw.defects[["code", "row", "value"]].to_numpy().tolist() == [
        ["not_a_feature", 3, '{"type":"Feat']
    ]


def test_members_that_are_no_features_are_set_aside(load):
    raw = load("a.geojson", collection(feature(point(1, 2)), 5, {"type": "Point"}))
    assert raw.defects[["code", "row"]].to_numpy().tolist() == [["not_a_feature", 2], ["not_a_feature", 3]]
    assert len(raw.cells) == 1


def test_too_many_vertices_are_refused(load):
    ring = [[n / 100, 0] for n in range(60)] + [[0, 1], [0, 0]]
    body = collection(feature({"type": "Polygon", "coordinates": [ring]}))
    with pytest.raises(RefusedError, match="feature 1 has 62 vertices"):
        load("a.geojson", body, limits=replace(UPLOAD, vertices_per_feature=50))
    with pytest.raises(RefusedError, match="62 vertices"):
        load("a.geojson", body, limits=replace(UPLOAD, vertices=50))


def test_json_whose_objects_would_not_fit_the_memory_is_refused_unparsed(load):
    with pytest.raises(RefusedError, match="memory"):
        load("a.geojson", '{"type":"Feature","a":[' + "[]," * 20_000_000 + "[]]}")


def test_feature_id_is_a_column_unless_a_property_is_called_so(load):
    body = collection({**feature(None, a=1), "id": 7}, {**feature(None, id="own"), "id": 8})
    assert load("a.geojson", body).cells["id"].tolist() == ["7", "own"]


@pytest.mark.parametrize(("before", "rows"), [("\ufeff", [1, 2]), ("\n\n", [3, 4]), ("\ufeff\n", [2, 3])])
def test_lines_keep_their_numbers_behind_a_mark_and_empty_lines(load, before, rows):
    line = '{"type": "Feature", "properties": {"number": "1"}, "geometry": null}\n'
    assert load("stations.geojsonl", before + 2 * line).row_numbers.tolist() == rows
