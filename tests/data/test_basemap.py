"""The basemap: small enough for the first view, true where it meets the mission's areas."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry

from geo.model.tables import LANGUAGES

DATA = Path(__file__).parents[2] / "data"
LAYERS = ("land", "water", "borders", "towns", "countries")
# name, lon, lat: places whose side of a shore is beyond doubt
ON_LAND = [("Almaty", 76.9, 43.2), ("Aktau", 51.3, 43.7), ("Moscow", 37.6, 55.7), ("Nairobi", 36.8, -1.3)]
ON_WATER = [
    ("Caspian Sea", 51.0, 41.0),
    ("Lake Balkhash", 74.33, 46.17),
    ("North Aral Sea", 60.8, 46.4),
    ("Issyk-Kul", 77.3, 42.4),
]


def features(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["features"]
    return found


def layer(name: str) -> list[dict[str, Any]]:
    return features(DATA / "basemap" / f"{name}.geojson")


def whole(name: str) -> BaseGeometry:
    return shapely.union_all([shape(feature["geometry"]) for feature in layer(name)])


def test_all_layers_together_weigh_at_most_90_kilobytes() -> None:
    weights = [len(gzip.compress((DATA / "basemap" / f"{n}.geojson").read_bytes(), 6)) for n in LAYERS]
    assert sum(weights) <= 90_000, dict(zip(LAYERS, weights, strict=True))


@pytest.mark.parametrize("name", LAYERS)
def test_every_geometry_is_valid_and_in_degrees(name: str) -> None:
    geometries = [shape(feature["geometry"]) for feature in layer(name)]
    assert shapely.is_valid(geometries).all()
    assert not shapely.is_empty(geometries).any()
    west, south, east, north = shapely.total_bounds(geometries)
    assert -180 <= west < east <= 180
    assert -90 <= south < north <= 90


@pytest.mark.parametrize(("place", "lon", "lat"), ON_LAND)
def test_towns_stand_on_dry_land(place: str, lon: float, lat: float) -> None:
    assert whole("land").contains(Point(lon, lat)), place
    assert not whole("water").contains(Point(lon, lat)), place


@pytest.mark.parametrize(("lake", "lon", "lat"), ON_WATER)
def test_water_covers_the_middle_of_the_great_lakes(lake: str, lon: float, lat: float) -> None:
    assert whole("water").contains(Point(lon, lat)), lake


def test_the_open_sea_is_not_land() -> None:
    assert not whole("land").contains(Point(-30.0, 30.0))


def test_borders_of_the_country_follow_the_outline_of_the_mission() -> None:
    areas = [shape(f["geometry"]) for f in features(DATA / "kazakhstan-2005" / "areas.geojson")]
    outline = shapely.union_all(areas).boundary
    lines = whole("borders")
    # every point of the outline that is on dry land, away from the shore, where there is no border line
    points = shapely.points(shapely.get_coordinates(outline))
    inland = points[shapely.distance(points, whole("water")) > 0.1]
    assert len(inland) > 1500
    assert np.max(shapely.distance(inland, lines)) < 0.012  # simplified by 0.008 degrees, rounded to 0.001


def test_borders_say_whether_they_are_disputed() -> None:
    kinds = {feature["properties"]["kind"] for feature in layer("borders")}
    assert kinds == {"international", "disputed"}
    disputed = shapely.union_all(
        [shape(f["geometry"]) for f in layer("borders") if f["properties"]["kind"] == "disputed"]
    )
    assert disputed.distance(Point(75.3, 34.6)) < 0.5  # the line of control in Kashmir
    kazakhstan = shapely.union_all(
        [shape(f["geometry"]) for f in features(DATA / "kazakhstan-2005" / "areas.geojson")]
    )
    assert disputed.distance(kazakhstan) > 1


@pytest.mark.parametrize("name", ["towns", "countries"])
def test_every_label_has_three_names_and_a_rank(name: str) -> None:
    labels = [feature["properties"] for feature in layer(name)]
    for language in LANGUAGES:
        found = [label[f"name_{language}"] for label in labels]
        assert all(found)
        assert len(set(found)) == len(found)
    assert all(1 <= label["rank"] <= 7 for label in labels)


def test_every_seat_of_an_oblast_is_a_town_inside_it() -> None:
    towns = {f["properties"]["name_en"]: shape(f["geometry"]) for f in layer("towns")}
    for area in features(DATA / "kazakhstan-2005" / "areas.geojson"):
        seat = area["properties"]["seat"]
        if seat:
            assert shape(area["geometry"]).contains(towns[seat]), seat


def test_named_waters_have_all_three_names() -> None:
    named = [f["properties"] for f in layer("water") if f["properties"]["name_en"]]
    assert {"Caspian Sea", "Lake Balkhash", "North Aral Sea"} <= {water["name_en"] for water in named}
    assert all(water["name_ru"] and water["name_kk"] for water in named)


def test_regions_of_every_large_country_are_offered_and_valid() -> None:
    frame = pd.read_parquet(DATA / "provinces" / "admin1.parquet")
    shapes = shapely.from_wkb(frame["geometry"].to_numpy())
    assert shapely.is_valid(shapes).all()
    assert set(shapely.get_type_id(shapes).tolist()) <= {3, 6}
    assert {"KAZ", "KGZ", "UKR", "GEO", "MDA", "IND", "NGA", "BRA"} <= set(frame["country"])
    assert frame["area_id"].is_unique
