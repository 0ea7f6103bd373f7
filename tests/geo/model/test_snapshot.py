"""A snapshot's version, and what notebooks get of it."""

import geopandas as gpd
import pytest

from tests import factory
from tests.geo.model.test_counts import incident, made, visit


def test_version_changes_with_a_report():
    assert made([visit("v1")]).version != made([visit("v1", outcome="denied")]).version


def test_registry_version_does_not_change_with_a_report():
    assert made([visit("v1")]).registry.version == made().registry.version


def test_registry_version_changes_with_a_station():
    one = factory.snapshot(areas=factory.squares("A"), stations=[{"area_id": "A", "number": "1"}])
    two = factory.snapshot(areas=factory.squares("A"), stations=[{"area_id": "A", "number": "2"}])
    assert one.registry.version != two.registry.version


def test_stations_gdf_has_every_station_in_wgs84():
    stations = made([visit("v1")], [incident("i1", visit_id="v1")]).stations_gdf()
    assert isinstance(stations, gpd.GeoDataFrame)
    assert stations.crs.to_epsg() == 4326
    assert stations["station_id"].tolist() == ["A/1", "A/2", "B/1"]
    assert stations["visits"].tolist() == [1, 0, 0]
    assert stations.geometry.isna().tolist() == [False, False, True]


def test_declared_area_is_the_truth_where_the_point_lies_elsewhere():
    snapshot = factory.snapshot(
        areas=factory.squares("A", "B"),
        stations=[{"area_id": "A", "number": "1", "lon": 71.5, "lat": 50.5}],
    )
    stations = snapshot.stations_gdf()
    assert stations.loc[0, "area_id"] == "A"
    assert stations.loc[0, "located_area_id"] == "B"
    assert snapshot.counts().stations.tolist() == [1, 0]


@pytest.mark.parametrize("precision", ["area", "settlement"])
def test_station_known_only_roughly_enters_no_cell(precision):
    snapshot = factory.snapshot(
        areas=factory.squares("A"),
        stations=[{"area_id": "A", "number": "1", "lon": 70.5, "lat": 50.5, "precision": precision}],
    )
    assert len(snapshot.cells) == 0


def test_district_counts_are_raised_to_the_oblast():
    areas = factory.squares("A", "B")
    areas += [{**areas[0], "area_id": "A1", "level": 2, "parent_id": "A"}]
    snapshot = factory.snapshot(areas=areas, stations=[{"area_id": "A1", "number": "1"}])
    assert snapshot.counts(level=1).stations.tolist() == [1, 0, 0]
    assert snapshot.counts(level=2).stations.tolist() == [0, 1, 0]
