"""Vector tiles: three foreign decoders read what we wrote."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import mapbox_vector_tile
import numpy as np
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.tiles import vector_tile_encoder

ROOT = Path(__file__).resolve().parents[3]
VENDOR = ROOT / "templates" / "static" / "vendor"
COORDINATE = st.integers(-200, 4296)
WHOLE = st.integers(-(2**62), 2**62)


def decode(tile: bytes) -> dict:
    return mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})


def columns(rows):
    x, y, whole, number, flag, text = (list(column) for column in zip(*rows, strict=True))
    properties = {
        "whole": np.array(whole, dtype=np.int64),
        "number": np.array(number, dtype=np.float64),
        "flag": np.array(flag, dtype=bool),
        "text": np.array(text, dtype=object),
    }
    return x, y, properties


ROWS = st.lists(
    st.tuples(
        COORDINATE,
        COORDINATE,
        WHOLE,
        st.floats(allow_nan=True, allow_infinity=False),
        st.booleans(),
        st.text(max_size=40),
    ),
    min_size=1,
    max_size=30,
)


@given(ROWS)
def test_every_point_and_property_survives_the_journey(rows):
    x, y, properties = columns(rows)
    layer = decode(vector_tile_encoder.encode_points("café", x, y, properties))["café"]
    assert (layer["version"], layer["extent"]) == (2, 4096)
    assert len(layer["features"]) == len(rows)
    for row, feature in zip(rows, layer["features"], strict=True):
        assert feature["geometry"] == {"type": "Point", "coordinates": [row[0], row[1]]}
        told = feature["properties"]
        assert (told["whole"], told["flag"], told["text"]) == (row[2], row[4], row[5])
        assert told.get("number") == (None if np.isnan(row[3]) else row[3])


def test_no_points_make_no_layer():
    assert vector_tile_encoder.encode_points("p", [], []) == b""


def test_a_value_is_written_once_per_layer():
    tile = vector_tile_encoder.encode_points(
        "p", [1, 2], [1, 2], {"a": np.array(["kk", "kk"]), "b": np.array(["kk", "ru"])}
    )
    assert tile.count(b"kk") == 1


@pytest.mark.parametrize(
    ("column", "words"),
    [(np.array([1]), "expected \\(2,\\)"), (np.array([1j, 2]), "no place in a vector tile")],
)
def test_a_column_that_cannot_be_written_is_refused(column, words):
    with pytest.raises(ValueError, match=words):
        vector_tile_encoder.encode_points("p", [1, 2], [1, 2], {"a": column})


@pytest.mark.capability("Vector tiles that other programs read", page="serving")
def test_gdal_reads_points_and_their_columns(tmp_path):
    n = 300
    x = np.arange(n) * 13
    points = vector_tile_encoder.encode_points(
        "points", x, x[::-1], {"n": x - 50, "name": np.array(["Алматы"] * n)}
    )
    (tile := tmp_path / "0.mvt").write_bytes(points)
    assert [name for name, _ in pyogrio.list_layers(tile)] == ["points"]
    read = pyogrio.read_dataframe(tile, layer="points")
    assert read["n"].tolist() == (x - 50).tolist()
    assert set(read["name"]) == {"Алматы"}
    # without a place in the world GDAL counts y upwards from the south
    assert read.geometry.x.tolist() == x.tolist()
    assert read.geometry.y.tolist() == (4096 - x[::-1]).tolist()


def test_the_decoder_in_the_browser_reads_the_same(tmp_path):
    points = vector_tile_encoder.encode_points("points", [5, -7], [6, 4200], {"n": np.array([300, -1])})
    (tmp_path / "tile.mvt").write_bytes(points)
    (tmp_path / "read.mjs").write_text(f"""
        import {{ readFileSync }} from "node:fs";
        import {{ VectorTile }} from "{(VENDOR / "vector-tile" / "index.js").as_uri()}";
        import {{ PbfReader }} from "{(VENDOR / "pbf" / "index.js").as_uri()}";
        const {{ layers }} = new VectorTile(new PbfReader(readFileSync(process.argv[2])));
        const all = (layer) => [...Array(layer.length).keys()].map((i) => layer.feature(i));
        console.log(JSON.stringify({{
          points: all(layers.points).map((f) => [f.properties.n, ...f.loadGeometry()[0]]),
        }}));
    """)
    ran = subprocess.run(
        ["node", "read.mjs", "tile.mvt"], cwd=tmp_path, capture_output=True, text=True, timeout=600
    )
    assert ran.returncode == 0, ran.stderr
    read = json.loads(ran.stdout)
    assert read["points"] == [[300, {"x": 5, "y": 6}], [-1, {"x": -7, "y": 4200}]]


@given(st.floats(-180, 180), st.floats(-85, 85), st.integers(0, 14))
def test_a_place_stands_in_its_tile_where_web_mercator_says(lon, lat, z):
    from pyproj import Transformer

    east, north = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True).transform(lon, lat)
    half = np.pi * 6378137
    units = 4096 * 2**z
    expected = (east + half) / (2 * half) * units, (half - north) / (2 * half) * units
    got = np.ravel(vector_tile_encoder.web_mercator(np.array([lon]), np.array([lat]))) * units
    np.testing.assert_allclose(got, expected, atol=1e-7 * units, rtol=0)


def field(number: int, data: bytes) -> bytes:
    return bytes([number]) + vector_tile_encoder.varint(len(data)) + data


def one_by_one(x, y, count) -> bytes:
    """The features of a layer with a count, as the specification spells them, one after the other."""
    table = sorted(set(count))
    written = b""
    for px, py, n in zip(x, y, count, strict=True):
        tags = field(0x12, b"\0" + vector_tile_encoder.varint(table.index(n)))
        where = b"\x09" + b"".join(
            vector_tile_encoder.varint(2 * v if v >= 0 else -2 * v - 1) for v in (px, py)
        )
        written += field(0x12, tags + b"\x18\x01" + field(0x22, where))
    return written


@given(
    st.lists(
        st.tuples(st.integers(-80_000, 80_000), COORDINATE, st.integers(0, 2**40)),
        min_size=1,
        max_size=300,
    ),
)
def test_columns_are_written_as_one_feature_after_the_other_is(rows):
    x, y, count = zip(*rows, strict=True)
    tile = vector_tile_encoder.encode_points("p", x, y, {"n": np.array(count)})
    assert one_by_one(x, y, count) in tile
