"""A mission's vector basemap over HTTP: to its desk alone, one range at a time, nothing beside it."""

import pytest

import web
from geo.reading.pmtiles_header import FILE
from geo.serving.missions import Missions
from tests import pmtiles_file
from tests.web.desks import TOKEN, many

ADDRESS = f"/many/desk/{FILE}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    mission = many(tmp_path_factory.mktemp("missions") / "many")
    pmtiles_file.write(mission / FILE, {(0, 0, 0): {"earth": []}}, (60.0, 45.0, 63.0, 47.0))
    return mission


@pytest.fixture(scope="module")
def app(folder, tmp_path_factory):
    library = Missions(lambda: [folder])
    library.refresh()
    return web.create_app(library, tmp_path_factory.mktemp("state"), token=TOKEN)


@pytest.fixture
def client(app):
    opened = app.test_client()
    opened.get(f"/many/desk/?token={TOKEN}")
    return opened


@pytest.fixture
def body(folder):
    return (folder / FILE).read_bytes()


@pytest.mark.capability("A vector basemap of one's own, with streets", page="desk")
@pytest.mark.parametrize(
    ("asked", "first", "last"), [("bytes=0-126", 0, 126), ("bytes=130-", 130, None), ("bytes=-20", -20, None)]
)
def test_one_range_is_answered_with_just_that(client, body, asked, first, last):
    answer = client.get(ADDRESS, headers={"Range": asked})
    part = body[first : None if last is None else last + 1]
    start = first % len(body)
    assert (answer.status_code, answer.data) == (206, part)
    assert answer.headers["Content-Range"] == f"bytes {start}-{start + len(part) - 1}/{len(body)}"
    assert "Content-Encoding" not in answer.headers


def test_without_a_range_the_file_comes_whole_and_says_that_ranges_may_be_asked_for(client, body):
    answer = client.get(ADDRESS)
    assert (answer.status_code, answer.data) == (200, body)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize("asked", ["bytes=999999-", "bytes=0-9,20-29", "bytes=9-5", "bytes=a-b", "items=0-5"])
def test_a_range_that_is_not_there_or_not_one_is_416(client, asked):
    answer = client.get(ADDRESS, headers={"Range": asked})
    assert answer.status_code == 416
    assert b"PMTiles" not in answer.data


def test_a_range_of_another_file_is_the_whole_of_this_one(client, body):
    answer = client.get(ADDRESS, headers={"Range": "bytes=0-9", "If-Range": '"of-another"'})
    assert (answer.status_code, answer.data) == (200, body)


def test_the_tag_is_answered_with_not_modified(client):
    tag = client.get(ADDRESS).headers["ETag"]
    assert client.get(ADDRESS, headers={"If-None-Match": tag}).status_code == 304


def test_head_has_the_length_and_no_body(client, body):
    answer = client.head(ADDRESS)
    assert (int(answer.headers["Content-Length"]), answer.data) == (len(body), b"")


def test_without_the_key_it_is_as_closed_as_the_desk(app):
    answer = app.test_client().get(ADDRESS, headers={"Range": "bytes=0-126"})
    assert answer.status_code == 403
    assert b"PMTiles" not in answer.data


@pytest.mark.parametrize(
    "path",
    [f"/many/{FILE}", f"/many/en/{FILE}", "/many/desk/mission.toml", "/many/desk/..%2fmission.toml",
     f"/many/desk/%2e%2e/{FILE}", f"/nobody/desk/{FILE}", "/many/desk/basemap.pmtiles/../mission.toml"],
)  # fmt: skip
def test_no_other_address_leads_to_a_file_of_the_folder(client, path):
    answer = client.get(path)
    assert answer.status_code in (302, 303, 308, 403, 404)
    assert b"PMTiles" not in answer.data and b"election_date" not in answer.data


def test_a_file_that_is_none_is_not_sent_and_the_desk_says_why(tmp_path):
    mission = many(tmp_path / "many")
    (mission / FILE).write_bytes(b"PMTiles\x02" + bytes(300))
    library = Missions(lambda: [mission])
    library.refresh()
    client = web.create_app(library, tmp_path / "state", token=TOKEN).test_client()
    client.get(f"/many/desk/?token={TOKEN}")
    assert client.get(ADDRESS).status_code == 404
    assert "is not a PMTiles file of version 3" in client.get("/many/desk/en/").get_data(as_text=True)
