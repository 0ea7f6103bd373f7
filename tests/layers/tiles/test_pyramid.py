"""The pyramid: every station on the map is drawn exactly once at every zoom."""

from __future__ import annotations

import mapbox_vector_tile
import numpy as np
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.model.errors import NotFound
from layers.tiles import vector_tile_encoder
from layers.tiles.pyramid import (
    BINS,
    EDGE,
    STATIONS,
    StationIndex,
    geometry_tile,
    morton,
    packed,
    pick,
)
from tests.examples import examples

PLACE = st.one_of(
    st.tuples(st.floats(-180, 180), st.floats(-90, 90)),
    st.tuples(st.sampled_from([-180.0, 0.0, 76.95, 180.0]), st.sampled_from([-90.0, 0.0, 43.25, 85.2, 90.0])),
    st.just((np.nan, np.nan)),
)
PLACES = st.lists(PLACE, max_size=60)


def index_of(places, **options) -> StationIndex:
    lon, lat = np.array(places, dtype=np.float64).reshape(-1, 2).T
    return StationIndex.build(lon, lat, **options)


def decode(tile: bytes) -> dict:
    layers = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})
    return {
        name: [(*f["geometry"]["coordinates"], f["properties"].get("n", 1)) for f in layer["features"]]
        for name, layer in layers.items()
    }


def clustered(n: int, seed: int = 5):
    rng = np.random.default_rng(seed)
    centres = rng.uniform([68, 42], [82, 54], (20, 2))
    return centres[rng.integers(0, 20, n)] + rng.normal(0, 0.2, (n, 2))


def tiles_with_something(index: StationIndex, z: int):
    shift = 26 - z
    return sorted(set(zip((index.x >> shift).tolist(), (index.y >> shift).tolist(), strict=True)))


@given(PLACES, st.integers(1, 8), st.integers(0, 14))
def test_tiles_without_their_edge_add_up_to_the_stations_on_the_map(places, limit, z):
    index = index_of(places, limit=limit)
    on_map = sum(1 for lon, _ in places if lon == lon)
    total = 0
    for x, y in tiles_with_something(index, z):
        drawn = decode(geometry_tile(index, z, x, y))
        total += sum(n for name in (STATIONS, BINS) for _, _, n in drawn.get(name, []))
    assert total == on_map


@given(PLACES, st.integers(1, 8), st.integers(0, 14))
def test_picking_every_feature_finds_every_station_once(places, limit, z):
    index = index_of(places, limit=limit)
    found = []
    for x, y in tiles_with_something(index, z):
        drawn = decode(geometry_tile(index, z, x, y))
        for ordinal, feature in enumerate(drawn.get(STATIONS, []) + drawn.get(BINS, [])):
            stations = pick(index, z, x, y, ordinal)
            assert len(stations) == feature[2]
            found += stations.tolist()
    assert sorted(found) == [i for i, (lon, _) in enumerate(places) if lon == lon]


@given(PLACES, st.integers(1, 8), st.integers(0, 14))
def test_a_tile_draws_single_stations_up_to_its_limit_and_bins_above(places, limit, z):
    index = index_of(places, limit=limit)
    for x, y in tiles_with_something(index, z):
        drawn = decode(geometry_tile(index, z, x, y))
        assert (STATIONS in drawn) != (BINS in drawn)
        assert len(drawn.get(STATIONS, [])) <= limit
        assert sum(n for _, _, n in drawn.get(BINS, [])) > limit or BINS not in drawn
        squares = [(px // 64, py // 64) for px, py, _ in drawn.get(BINS, [])]
        assert len(squares) == len(set(squares))
        assert all(
            0 <= px < 4096 and 0 <= py < 4096 for px, py, _ in drawn.get(STATIONS, []) + drawn.get(BINS, [])
        )


def edge_by_hand(index: StationIndex, z: int, x: int, y: int):
    """Every station drawn singly by another tile (or on the far side of a lap) less than 256 units away."""
    shift = 26 - z
    counts: dict = {}
    for tile in zip((index.x >> shift).tolist(), (index.y >> shift).tolist(), strict=True):
        counts[tile] = counts.get(tile, 0) + 1
    expected = []
    for position in range(len(index.station)):
        if counts[int(index.x[position]) >> shift, int(index.y[position]) >> shift] > index.limit:
            continue
        py = (int(index.y[position]) >> (14 - z)) - y * 4096
        for lap in (-1, 0, 1):
            px = (int(index.x[position]) >> (14 - z)) - x * 4096 + lap * (4096 << z)
            is_inside = 0 <= px < 4096 and 0 <= py < 4096
            if -256 <= px < 4352 and -256 <= py < 4352 and not is_inside:
                expected.append((px, py, int(index.station[position])))
    return sorted(expected)


@examples(60)
@given(PLACES, st.integers(1, 8), st.integers(0, 5), st.data())
def test_the_edge_holds_exactly_the_neighbours_symbols_that_reach_in(places, limit, z, data):
    index = index_of(places, limit=limit)
    x, y = data.draw(st.integers(0, 2**z - 1)), data.draw(st.integers(0, 2**z - 1))
    drawn = decode(geometry_tile(index, z, x, y))
    core = len(drawn.get(STATIONS, [])) + len(drawn.get(BINS, []))
    found = [
        (px, py, int(pick(index, z, x, y, core + i)[0])) for i, (px, py, _) in enumerate(drawn.get(EDGE, []))
    ]
    assert sorted(found) == edge_by_hand(index, z, x, y)


@given(st.integers(0, 2**26 - 1), st.integers(0, 2**26 - 1))
def test_a_code_has_the_bits_of_x_and_y_in_turn(x, y):
    in_turn = "".join(b + a for a, b in zip(f"{x:026b}", f"{y:026b}", strict=True))
    assert int(morton(np.array([x], dtype=np.uint32), np.array([y], dtype=np.uint32))[0]) == int(in_turn, 2)


@given(st.floats(-179.9, 179.9), st.floats(-85, 85))
def test_a_station_is_drawn_within_a_unit_of_its_place(lon, lat):
    index = index_of([(lon, lat)])
    x, y = tiles_with_something(index, 14)[0]
    ((px, py, _),) = decode(geometry_tile(index, 14, x, y))[STATIONS]
    world = np.ravel(vector_tile_encoder.web_mercator(np.array([lon]), np.array([lat])))
    exact = (world * 2**14 - [x, y]) * vector_tile_encoder.EXTENT
    assert np.all(exact - [px, py] >= 0)
    assert np.all(exact - [px, py] < 1)


@given(PLACES, st.randoms(use_true_random=False))
def test_row_order_changes_no_tile(places, random):
    order = list(range(len(places)))
    random.shuffle(order)
    one, other = index_of(places, limit=3), index_of([places[i] for i in order], limit=3)
    for z in (0, 3, 9):
        for x, y in tiles_with_something(one, z):
            assert geometry_tile(one, z, x, y) == geometry_tile(other, z, x, y)


@pytest.mark.capability("A million stations on the map", page="desk")
def test_a_million_stations_at_one_address_are_one_bin():
    index = index_of(np.full((100_000, 2), [71.43, 51.13]))
    x, y = tiles_with_something(index, 14)[0]
    assert [n for _, _, n in decode(geometry_tile(index, 14, x, y))[BINS]] == [100_000]


def test_a_busy_tile_stays_below_forty_kilobytes():
    index = index_of(clustered(120_000))
    for z in range(0, 14):
        sizes = [len(packed(geometry_tile(index, z, x, y))) for x, y in tiles_with_something(index, z)[:40]]
        assert max(sizes) <= 40_000


@pytest.mark.parametrize("z", [6, 11])
def test_gdal_reads_every_layer_of_a_tile(tmp_path, z):
    index = index_of(clustered(3000), limit=100)
    x, y = tiles_with_something(index, z)[3]
    (tile := tmp_path / f"{y}.mvt").write_bytes(geometry_tile(index, z, x, y))
    drawn = decode(tile.read_bytes())
    assert set(drawn) - {EDGE} == {BINS if z == 6 else STATIONS}
    for name, features in drawn.items():
        read = pyogrio.read_dataframe(tile, layer=name, CLIP="NO")  # the edge lies outside of the tile
        n = read["n"] if name == BINS else [1] * len(read)
        # without a place in the world GDAL counts y upwards from the south
        assert list(zip(read.geometry.x, 4096 - read.geometry.y, n, strict=True)) == features


def test_a_mission_without_coordinates_has_empty_tiles():
    index = index_of([(np.nan, np.nan), (71.0, np.nan)])
    assert geometry_tile(index, 0, 0, 0) == b""
    assert index.position.tolist() == [-1, -1]


@pytest.mark.parametrize("place", [(181.0, 0.0), (0.0, 91.0), (np.inf, 0.0)])
def test_what_is_no_coordinate_is_refused(place):
    with pytest.raises(ValueError, match="-180 … 180"):
        index_of([place])


@pytest.mark.parametrize("tile", [(-1, 0, 0), (15, 0, 0), (2, 4, 0), (2, 0, -1)])
def test_a_tile_outside_the_world_is_not_found(tile):
    with pytest.raises(NotFound):
        geometry_tile(index_of([(1.0, 1.0)]), *tile)


@pytest.mark.parametrize("ordinal", [-1, 1])
def test_a_feature_that_is_not_there_is_not_found(ordinal):
    with pytest.raises(NotFound):
        pick(index_of([(1.0, 1.0)]), 3, 4, 3, ordinal)


@pytest.mark.parametrize("options", [{"max_zoom": 15}, {"limit": 0}])
def test_an_impossible_pyramid_is_refused(options):
    with pytest.raises(ValueError, match="max_zoom"):
        index_of([(1.0, 1.0)], **options)


def test_nobody_can_change_an_index():
    index = index_of([(1.0, 1.0)])
    for array in (index.station, index.position, index.code, index.bin_key, index.x):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
