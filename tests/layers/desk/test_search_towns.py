"""Small towns that a near map draws are found by name, in which area they lie is said, and none twice."""

from pathlib import Path

import pytest
import shapely

from layers.desk import search_index
from layers.desk.search_towns import towns_on
from layers.map.ground_tables import read_ground
from layers.words.language import language
from tests import factory

GROUND = read_ground(Path(__file__).parents[3] / "data" / "ground")
LARGE = [
    {"name_en": "Temirtau", "name_ru": "Темиртау", "name_kk": "Теміртау", "lon": 72.96, "lat": 50.05},
    {"name_en": "Karagandy", "name_ru": "Караганда", "name_kk": "Қарағанды", "lon": 73.1, "lat": 49.8},
]


@pytest.fixture(scope="module")
def country():
    """An area with the mines about Karagandy, which itself lies outside."""
    box = shapely.box(72, 49, 73, 50.2)
    area = {"area_id": "M", "name_en": "Mines", "name_ru": "Шахты", "name_kk": "Шахталар", "geometry": box}
    return factory.snapshot(areas=[area])


@pytest.fixture(scope="module")
def towns(country):
    return towns_on(country.registry.areas, LARGE, GROUND)


@pytest.mark.parametrize("text", ["Shakhtinsk", "Шахтинск", "шахтинс", "Shahtinsk", "Shaktinsk"])
@pytest.mark.parametrize(
    ("code", "name", "area"),
    [("en", "Shakhtinsk", "Mines"), ("ru", "Шахтинск", "Шахты"), ("kk", "Шахтинск", "Шахталар")],
)
def test_a_small_town_is_found_in_any_alphabet_and_called_as_the_page_speaks(
    country, towns, text, code, name, area
):
    first = search_index.search(country, text, towns, language(code))["towns"][0]
    assert (first["name"], first["area"], first["also"]) == (name, area, "")
    assert (first["lon"], first["lat"]) == (72.593, 49.707)


def test_a_large_town_stands_first_and_is_known_outside_the_areas_too(towns):
    assert [(town["name_en"], town["area"]) for town in towns[:2]] == [("Temirtau", 0), ("Karagandy", -1)]


def test_no_small_town_of_a_neighbour_is_in_the_search(country, towns):
    assert len(towns) < 20 and all(town["area"] == 0 for town in towns[2:])
    assert search_index.search(country, "Tashkent", towns, language("en"))["towns"] == []


def test_no_town_is_known_twice(towns):
    assert len({(round(town["lon"], 1), round(town["lat"], 1), town["name_en"]) for town in towns}) == len(
        towns
    )


def test_a_mission_without_outlines_finds_the_large_towns(country):
    plain = factory.snapshot(areas=[{"area_id": "A", "name_en": "A", "geometry": None}])
    assert len(towns_on(plain.registry.areas, LARGE, GROUND)) == 2
    assert towns_on(country.registry.areas, [], read_ground(Path("no tables here"))) == ()


def test_a_mission_without_an_oblast_finds_the_large_towns(towns):
    area = {"area_id": "D", "level": 2, "name_en": "District", "geometry": shapely.box(72, 49, 73, 50.2)}
    districts = factory.snapshot(areas=[area]).registry.areas
    assert [town["area"] for town in towns_on(districts, LARGE, GROUND)] == [-1, -1]
