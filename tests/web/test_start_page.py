"""The start page: a card per mission of what is at hand, leading to its map, its desk and its data."""

import re
import shutil
from pathlib import Path

import pytest

import web
from geo.serving.missions import Missions
from layers.map import outline_cache
from layers.pictures.card_picture import CARD_WIDTH
from tests.web import missions

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a-token-of-the-test-of-start"
KAZAKHSTAN = "kazakhstan-2005"


@pytest.fixture(scope="module")
def library():
    shown = Missions(lambda: [ROOT / "data" / KAZAKHSTAN])
    shown.refresh()
    return shown


@pytest.fixture(scope="module")
def client(library, tmp_path_factory):
    app = web.create_app(library, tmp_path_factory.mktemp("state"), token=TOKEN)
    app.extensions["baqylau.releases"].get(KAZAKHSTAN)
    return app.test_client()


def page(client, code="en"):
    return client.get(f"/{code}/").get_data(as_text=True)


def test_card_leads_to_map_desk_and_data(client):
    text = page(client)
    for address in ("en/", "desk/en/", "en/#downloads"):
        assert f'href="../{KAZAKHSTAN}/{address}"' in text


def test_card_says_n_of_all_and_the_date(client):
    text = page(client)
    assert "310 of 9,580 stations visited" in text
    assert "4 December 2005" in text


def test_card_shows_the_missions_own_map(client):
    address = re.search(r'<img src="\.\.(/[^"]+)"', page(client))[1]
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert f'width="{CARD_WIDTH}"' in answer.get_data(as_text=True)[:400]
    assert "immutable" in answer.headers["Cache-Control"]


def test_page_does_not_wait_for_a_release(library, tmp_path, monkeypatch):
    app = web.create_app(library, tmp_path, token=TOKEN)
    releases = app.extensions["baqylau.releases"]
    monkeypatch.setattr(releases, "get", lambda *_: pytest.fail("the start page waits"))
    text = page(app.test_client())
    assert "being prepared" in text
    assert "<img" not in text


def test_page_waits_for_no_map_of_a_release_that_is_at_hand(library, tmp_path, monkeypatch):
    app = web.create_app(library, tmp_path, token=TOKEN)
    app.extensions["baqylau.releases"].get(KAZAKHSTAN)
    monkeypatch.setattr(outline_cache, "outlines", lambda *_: pytest.fail("outlines are simplified"))
    client = app.test_client()
    assert "310 of 9,580 stations visited" in page(client) and "Data to 5 December 2005." in page(client)
    assert re.search(r"2005\sг\.<", page(client, "ru"))


def test_page_does_not_wait_for_a_mission(tmp_path):
    waiting = Missions(lambda: [ROOT / "data" / KAZAKHSTAN])
    waiting._waiting = {KAZAKHSTAN}
    app = web.create_app(waiting, tmp_path, token=TOKEN)
    assert "being prepared" in page(app.test_client())


def test_mission_that_cannot_be_read_says_so_and_where_it_is_said_why(tmp_path):
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "mission.toml").write_text("[mission]\n", encoding="utf-8")
    library = Missions(lambda: [folder])
    library.refresh()
    text = page(web.create_app(library, tmp_path / "state", token=TOKEN).test_client())
    assert "The desk and the server’s log say what is wrong" in text


def test_simulated_day_of_a_sample_comes_before_what_was_published(tmp_path):
    square = missions.square(0, area_id="A", level=1, name_en="A")
    tables = {"areas": [square], "stations": [{"area_id": "A", "number": "1", "lon": 61, "lat": 46}]}
    sample = missions.write(tmp_path / "z-sample", tables, nature="simulated", selection="probability")
    other = missions.write(tmp_path / "a-simulated", tables, nature="simulated")
    shutil.copytree(ROOT / "data" / KAZAKHSTAN, tmp_path / KAZAKHSTAN)
    library = Missions(lambda: [sample, other, tmp_path / KAZAKHSTAN])
    library.refresh()
    text = page(web.create_app(library, tmp_path / "state", token=TOKEN).test_client())
    places = [text.index(f"/{slug}/en/") for slug in ("z-sample", KAZAKHSTAN, "a-simulated")]
    assert places == sorted(places)


def test_start_page_offers_to_put_data_on_a_map(client):
    assert 'href="../new/"' in page(client)
