"""The settlements of Kazakhstan: where they are and under which unit of 2005 they are listed."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from pyproj import Geod

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def places() -> pd.DataFrame:
    text = {"geonameid": str, "area_id": str, "polygon_area_id": str}
    frame = pd.read_csv(DATA / "settlements" / "kz.csv", dtype=text)
    return frame.fillna({"polygon_area_id": "", "name_ru": "", "name_kk": ""})


def test_there_are_351_settlements_each_once(places: pd.DataFrame) -> None:
    assert len(places) == places["geonameid"].nunique() == 351


def test_every_settlement_is_listed_under_a_unit_of_2005(places: pd.DataFrame) -> None:
    areas = gpd.read_file(DATA / "kazakhstan-2005" / "areas.geojson")
    assert set(places["area_id"]) == set(areas["area_id"])


def test_polygons_disagree_with_the_listing_in_two_places_only(places: pd.DataFrame) -> None:
    differ = places[places["area_id"] != places["polygon_area_id"]]
    found = differ[["name", "area_id", "polygon_area_id"]].to_numpy().tolist()
    assert found == [["Kurchatov", "KZ-VOS", "KZ-PAV"], ["Khorgos", "KZ-ALM", ""]]


def test_an_unknown_population_is_empty_and_never_zero(places: pd.DataFrame) -> None:
    assert places["population"].isna().sum() == 50
    assert (places["population"].dropna() > 0).all()


def test_the_largest_settlements_come_first_and_are_named_in_three_languages(places: pd.DataFrame) -> None:
    assert places["population"].dropna().is_monotonic_decreasing
    assert places["name"].head(3).tolist() == ["Almaty", "Astana", "Shymkent"]
    largest = places.head(24)
    assert (largest["name_ru"] != "").all()
    assert (largest["name_kk"] != "").all()


def test_coordinates_are_lon_lat_in_kazakhstan(places: pd.DataFrame) -> None:
    assert places["lon"].between(46, 88).all()
    assert places["lat"].between(40, 56).all()
    ends = places.set_index("geonameid").loc[["1526384", "1526273"]]  # Almaty, Astana
    (lon_a, lat_a), (lon_b, lat_b) = ends[["lon", "lat"]].to_numpy()
    assert Geod(ellps="WGS84").inv(lon_a, lat_a, lon_b, lat_b)[2] / 1000 == pytest.approx(974, abs=10)
