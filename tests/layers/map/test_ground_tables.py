"""The ground for near views: tiles that meet, no bytes a view does not need, true to the places."""

import gzip
from pathlib import Path

import numpy as np
import orjson
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.map import ground_tables
from layers.map.ground_tables import FAR_STEPS, TILES, coarse_window, ground_tile, read_ground, tile_box

FOLDER = Path(__file__).parents[3] / "data" / "ground"
TABLES = read_ground(FOLDER)
KAZAKHSTAN = (46.5, 40.5, 87.4, 55.5)
WIDE = (16.0, 19.5, 118.0, 76.5)


def within(name, lon, lat, reach=0.001):
    return TABLES.themes[name].within((lon - reach, lat - reach, lon + reach, lat + reach))


@given(st.integers(0, TILES - 2), st.integers(0, TILES - 2))
def test_a_tile_ends_where_the_next_begins(x, y):
    assert tile_box(x, y)[2] == tile_box(x + 1, y)[0]
    assert tile_box(x, y)[1] == tile_box(x, y + 1)[3]


@pytest.mark.capability("Rivers, lakes and towns near", page="every page")
@pytest.mark.parametrize(
    ("river", "lon", "lat"),
    [("Syr Darya", 65.5, 44.85), ("Irtysh", 76.97, 52.29), ("Ural", 51.37, 51.2), ("Nile", 32.88, 24.08)],
)
def test_rivers_are_where_towns_stand_at_them(river, lon, lat):
    assert len(within("rivers", lon, lat, reach=0.15)), river


@pytest.mark.parametrize(("place", "lon", "lat"), [("Almaty", 76.9, 43.2), ("Nairobi", 36.8, -1.3)])
def test_towns_stand_on_land_and_not_in_a_lake(place, lon, lat):
    assert len(within("land", lon, lat)) and not len(within("water", lon, lat)), place


def test_lakes_lie_in_every_part_of_the_world():
    for lon, lat in ((74.33, 46.17), (33.0, -1.0), (-87.5, 44.0)):  # Balkhash, Victoria, Michigan
        assert len(within("water", lon, lat))


def test_a_line_of_control_is_no_agreed_border():
    assert len(within("disputed", 75.3, 34.6, reach=0.5))
    assert not len(TABLES.themes["disputed"].within(KAZAKHSTAN))


def test_both_tables_weigh_less_than_three_megabytes():
    assert sum(path.stat().st_size for path in FOLDER.glob("*.parquet")) < 3_000_000


def test_no_tile_weighs_more_than_a_picture():
    for x, y in ((20, 10), (22, 11), (17, 11), (26, 13)):  # Kazakhstan, the towns of Poland, those of China
        assert len(gzip.compress(orjson.dumps(ground_tile(TABLES, x, y)))) < 65_000


def test_a_first_view_gets_only_large_rivers_and_lakes():
    window = coarse_window(TABLES, KAZAKHSTAN, KAZAKHSTAN)
    sizes = {name: len(gzip.compress(orjson.dumps(shapes))) for name, shapes in window.items()}
    assert sizes["rivers"] < 3_000 and sum(sizes.values()) < 16_000, sizes


def lines(window):
    """Every line and ring of a packed window, in whole steps."""

    def unpacked(value):
        if isinstance(value[0], int):
            return [np.cumsum(np.reshape(value, (-1, 2)), axis=0)]
        return [line for part in value for line in unpacked(part)]

    shapes = [one["geometry"]["coordinates"] for theme in window.values() for one in theme["features"]]
    return [line for shape in shapes for line in unpacked(shape)]


def corners_within(window, box):
    west, south, east, north = (FAR_STEPS * side for side in box)
    return {
        (lon, lat)
        for line in lines(window)
        for lon, lat in line.tolist()
        if west < lon < east and south < lat < north
    }


def test_a_mission_itself_is_drawn_as_finely_as_without_its_surroundings():
    fine, simpler = coarse_window(TABLES, WIDE, WIDE), coarse_window(TABLES, WIDE, KAZAKHSTAN)
    assert corners_within(fine, KAZAKHSTAN) == corners_within(simpler, KAZAKHSTAN)


def test_what_lies_around_a_mission_takes_fewer_bytes():
    fine, simpler = coarse_window(TABLES, WIDE, WIDE), coarse_window(TABLES, WIDE, KAZAKHSTAN)
    weights = [len(gzip.compress(orjson.dumps(one))) for one in (simpler, fine)]
    assert weights[0] < 0.6 * weights[1]


def test_rings_of_a_window_are_closed_where_it_becomes_simpler():
    window = coarse_window(TABLES, WIDE, KAZAKHSTAN)
    rings = lines({name: window[name] for name in ("land", "water")})
    assert all(len(ring) > 3 and (ring[0] == ring[-1]).all() for ring in rings)


def test_towns_with_more_room_come_first_and_none_twice():
    towns = ground_tile(TABLES, 22, 10)["towns"]
    assert towns and all(5 <= rank <= 10 for _, _, rank, *_ in towns)
    assert len({(lon, lat) for lon, lat, *_ in towns}) == len(towns)


def test_the_towns_of_a_tile_lie_in_it():
    west, south, east, north = tile_box(22, 10)
    for lon, lat, *_ in ground_tile(TABLES, 22, 10)["towns"]:
        assert west - 0.001 <= lon <= east and south - 0.001 <= lat <= north


def test_a_town_has_its_names_in_russian_and_kazakh_where_they_are_known():
    names = {town[3]: town[4:] for town in ground_tile(TABLES, 22, 11)["towns"]}
    assert names["Talghar"] == ["Талгар", "Талғар"]
    assert [] in names.values()  # the others have GeoNames' own


def test_where_the_tables_are_missing_nothing_is_drawn(tmp_path):
    tables = read_ground(tmp_path)
    assert ground_tile(tables, 22, 10) == {"shapes": {}, "towns": []}


def test_a_window_is_cut_at_its_edges():
    for theme in TABLES.themes.values():
        for west, south, east, north in shapely.bounds(theme.within(KAZAKHSTAN)).reshape(-1, 4):
            assert west >= 46.5 and south >= 40.5 and east <= 87.4 and north <= 55.5


def test_units_are_those_the_tables_were_made_in():
    assert ground_tables.UNIT == 0.001
