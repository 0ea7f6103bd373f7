"""What a mission's vector basemap says of itself, and what is no such file."""

import gzip
import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.reading.pmtiles_header import FILE, LARGEST_METADATA, LONGEST_CREDIT, NotPmtiles, street_file
from tests import pmtiles_file

BOUNDS = (60.0, 45.0, 63.0, 47.0)


def written(folder, **options):
    pmtiles_file.write(folder / FILE, {(0, 0, 0): {"earth": []}, (8, 171, 91): {}}, BOUNDS, **options)
    return folder


def with_metadata(folder, body):
    """The file with other bytes as its metadata, packed as the header says."""
    written(folder)
    path = folder / FILE
    head = bytearray(path.read_bytes())
    struct.pack_into("<QQ", head, 24, len(head), len(body))
    path.write_bytes(bytes(head) + body)
    return folder


def test_a_folder_without_one_has_none(tmp_path):
    assert street_file(tmp_path) is None


def test_reach_nearest_zoom_and_credit_are_read(tmp_path):
    own = street_file(written(tmp_path, attribution='<a href="https://x">Protomaps</a> &copy; OpenStreetMap'))
    assert (own.bounds, own.max_zoom, own.credit) == (BOUNDS, 8, "Protomaps © OpenStreetMap")


def test_the_tag_changes_with_the_file(tmp_path):
    first = street_file(written(tmp_path)).tag
    assert street_file(written(tmp_path, attribution="of another map")).tag != first


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not a PMTiles file"),
        (b"PMTiles\x02" + bytes(200), "not a PMTiles file of version 3"),
        (b"PMTiles\x03" + bytes(200), "no vector tiles"),
        (b"<svg onload=alert(1)>" * 20, "not a PMTiles file"),
    ],
)
def test_another_file_is_refused_in_words(tmp_path, body, why):
    (tmp_path / FILE).write_bytes(body)
    with pytest.raises(NotPmtiles, match=why):
        street_file(tmp_path)


def test_pictures_are_refused_in_words(tmp_path):
    with pytest.raises(NotPmtiles, match="no vector tiles"):
        street_file(written(tmp_path, kind=2))


@pytest.mark.parametrize("left", [127, 150, -1])
def test_a_file_that_was_cut_off_is_refused_in_words(tmp_path, left):
    path = written(tmp_path) / FILE
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(NotPmtiles, match=r"is cut off: it has \d+ of its \d+ bytes"):
        street_file(tmp_path)


def test_a_file_that_reaches_nowhere_is_refused(tmp_path):
    pmtiles_file.write(tmp_path / FILE, {(0, 0, 0): {}}, (10.0, 0.0, 10.0, 0.0))
    with pytest.raises(NotPmtiles, match="where it reaches"):
        street_file(tmp_path)


def test_a_link_out_of_the_folder_is_refused(tmp_path):
    inside, outside = tmp_path / "mission", tmp_path / "elsewhere"
    inside.mkdir()
    outside.mkdir()
    (inside / FILE).symlink_to(written(outside) / FILE)
    with pytest.raises(NotPmtiles, match="inside the mission's folder"):
        street_file(inside)


def test_a_folder_of_that_name_is_refused(tmp_path):
    (tmp_path / FILE).mkdir()
    with pytest.raises(NotPmtiles, match="must be a file"):
        street_file(tmp_path)


@pytest.mark.parametrize(
    "metadata",
    [b"no gzip", *(gzip.compress(plain, mtime=0) for plain in (b"[" * 100_000, b'"text"', b"\xff"))],
    ids=["no gzip", "endless lists", "a text", "no text"],
)
def test_metadata_that_cannot_be_read_leaves_the_map_without_a_credit(tmp_path, metadata):
    assert street_file(with_metadata(tmp_path, metadata)).credit == ""


def test_metadata_that_grows_without_end_is_cut(tmp_path):
    large = json.dumps({"attribution": "A", "more": " " * 4 * LARGEST_METADATA}).encode()
    assert street_file(with_metadata(tmp_path, gzip.compress(large))).credit == ""


@given(st.text())
def test_a_credit_is_short_and_has_no_tag_left(text):
    from geo.reading.pmtiles_header import _plain

    credit = _plain(f"<b>{text}</b>")
    assert len(credit) <= LONGEST_CREDIT and "<b>" not in credit and "\n" not in credit


@pytest.mark.parametrize(("tile", "place"), [((0, 0, 0), 0), ((1, 0, 0), 1), ((1, 1, 0), 4), ((2, 0, 0), 5)])
def test_our_own_writer_counts_tiles_as_the_format_does(tile, place):
    assert pmtiles_file.tile_id(*tile) == place
