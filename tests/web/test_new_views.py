"""“Put your data on a map” over HTTP: closed without the key, private until shown, hostile files refused."""

import io
import re

import pytest

import web
from geo.serving.missions import Missions
from geo.serving.own_missions import OwnMissions

TOKEN = "a-token-of-the-test-of-new-maps"
OURS = {"Origin": "http://localhost"}
ROWS = "".join(f"School {i},{50 + i / 100},{70 + i / 50}\n" for i in range(30))
LIST = f"name,lat,lon\n{ROWS}".encode()


@pytest.fixture
def app(tmp_path):
    own = OwnMissions(tmp_path)
    library = Missions(own.folders)
    library.refresh()
    return web.create_app(library, tmp_path, token=TOKEN)


@pytest.fixture
def holder(app):
    client = app.test_client()
    client.get(f"/new/?token={TOKEN}")
    return client


def brought(client, content=LIST, name="my list.csv", headers=OURS):
    return client.post("/new/en/file", data={"stations": (io.BytesIO(content), name)}, headers=headers)


def made(client, **more):
    draft = brought(client).headers["Location"]
    asked = {
        "title": "My list",
        "election_date": "2026-11-29",
        "time_zone": "Asia/Almaty",
        "areas": "units-KAZ",
    }
    return client.post(f"/new/en/{draft}", data={**asked, **more}, headers=OURS)


def test_nothing_opens_without_the_key(app):
    client = app.test_client()
    addresses = ("/new/", "/new/en/", f"/new/en/draft/{'0' * 32}/", "/new/en/map/my-list/")
    assert {client.get(address).status_code for address in addresses} == {403}
    assert brought(client).status_code == 403


def test_cookie_of_a_mission_does_not_open_it(app):
    client = app.test_client()
    client.get(f"/somewhere/desk/?token={TOKEN}")
    assert client.get("/new/en/").status_code == 403


def test_key_does_not_stay_in_the_address(app):
    answer = app.test_client().get(f"/new/?token={TOKEN}")
    assert (answer.status_code, TOKEN in answer.headers["Location"]) == (303, False)


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_sites_page_cannot_bring_a_file(holder, headers):
    assert brought(holder, headers=headers).status_code == 403


@pytest.mark.capability("A list of stations put on a map in the browser", page="desk")
def test_list_becomes_a_map_that_its_owner_opens(holder):
    where = made(holder).headers["Location"]
    assert where == "../../map/my-list/"
    page = holder.get("/new/en/map/my-list/").get_data(as_text=True)
    assert "30 stations, 30 of them on the map" in page
    grant = re.search(r"token=([0-9a-f]{64})", page)[1]
    assert holder.get(f"/my-list/desk/?token={grant}&lang=en").status_code == 303
    assert holder.get("/my-list/desk/en/").status_code == 200


def test_page_says_what_the_list_cannot_show(holder):
    made(holder)
    page = holder.get("/new/en/map/my-list/").get_data(as_text=True)
    assert "Gaps and fair shares need the registered voters" in page
    assert "Shares of problems need visits" in page


def test_grant_of_one_map_opens_no_other(holder):
    made(holder)
    page = holder.get("/new/en/map/my-list/").get_data(as_text=True)
    grant = re.search(r"token=([0-9a-f]{64})", page)[1]
    assert holder.get(f"/other/desk/?token={grant}").status_code == 403


PRESS = ("", "en/", "en/methods/", "version.json", "en/embed/", "en/parts-1.json", "en/values-1.json")


@pytest.mark.parametrize("address", PRESS)
def test_nothing_of_it_is_served_to_others_before_it_is_shown(holder, app, address):
    made(holder)
    assert app.test_client().get(f"/my-list/{address}").status_code == 404


def test_start_page_tells_nobody_of_it_before_it_is_shown(holder, app):
    made(holder)
    assert "my-list" not in app.test_client().get("/en/").get_data(as_text=True)


def test_shown_map_is_there_for_everybody(holder, app):
    made(holder)
    assert holder.post("/new/en/map/my-list/shown", headers=OURS).status_code == 303
    assert app.test_client().get("/my-list/en/").status_code == 200
    assert "my-list" in app.test_client().get("/en/").get_data(as_text=True)


def test_another_sites_page_cannot_show_it(holder, app):
    made(holder)
    assert holder.post("/new/en/map/my-list/shown").status_code == 403
    assert app.test_client().get("/my-list/en/").status_code == 404


def test_second_map_of_one_title_gets_a_name_of_its_own(holder):
    made(holder)
    assert made(holder).headers["Location"] == "../../map/my-list-2/"


def test_wrong_day_is_said_on_the_page_and_what_was_typed_stays(holder):
    answer = made(holder, title="Kept title", election_date="soon")
    assert answer.status_code == 422
    assert 'value="Kept title"' in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bomb.zip", b"PK\x03\x04" + b"\0" * 60),
        ("list.csv", b"%PDF-1.7"),
        ("x.geojson", b"<OGRVRTDataSource></OGRVRTDataSource>"),
        ("x.geojson", b'{"type":"FeatureCollection","crs":{"type":"link"},"features":[]}'),
        ("x.xlsx", b"PK\x03\x04" + b"\0" * 60),
        ("../../mission.toml", LIST),
        ("", LIST),
    ],
)
def test_file_that_is_no_list_is_refused_in_words_and_not_kept(holder, tmp_path, name, content):
    answer = brought(holder, content, name)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.get_data(as_text=True)
    assert list((tmp_path / "drafts").glob("*")) == []


def test_name_of_a_file_never_becomes_a_path(holder, tmp_path):
    brought(holder, name="../../../evil.csv")
    paths = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert "stations.csv" in paths
    assert not any("evil" in name for name in paths)


def test_markup_in_a_list_stays_text(holder):
    hostile = b"lat,lon,<script>x</script>\n50,70,<img src=x>\n"
    draft = brought(holder, hostile, "<b>.csv").headers["Location"]
    page = holder.get(f"/new/en/{draft}").get_data(as_text=True)
    assert "<script>x" not in page
    assert "<img src=x" not in page


def test_file_beyond_the_limit_is_refused_before_it_is_read(app):
    answer = app.test_client().post("/new/en/file", environ_overrides={"CONTENT_LENGTH": str(64 << 20)})
    assert answer.status_code == 413


@pytest.mark.parametrize("draft", ["0" * 32, "..", "a" * 31])
def test_draft_that_is_not_there_is_not_found(holder, draft):
    assert holder.get(f"/new/en/draft/{draft}/").status_code == 404


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("ru", "my list.csv: файл пуст; таблице нужна хотя бы строка заголовка"),
        ("kk", "my list.csv: файл бос; кестеге кемінде тақырып жолы керек"),
    ],
)
def test_file_is_refused_in_the_readers_language_under_its_own_name(holder, code, says):
    data = {"stations": (io.BytesIO(b""), "my list.csv")}
    answer = holder.post(f"/new/{code}/file", data=data, headers=OURS)
    assert says in answer.get_data(as_text=True)
    assert "empty" not in answer.get_data(as_text=True)


def test_zone_that_is_none_is_refused_in_the_readers_language(holder):
    draft = brought(holder).headers["Location"]
    asked = {"title": "T", "election_date": "2026-11-29", "time_zone": "Nowhere", "areas": "hull"}
    answer = holder.post(f"/new/ru/{draft}", data=asked, headers=OURS)
    assert "Nowhere&#39; — не часовой пояс вида Asia/Almaty" in answer.get_data(as_text=True)


BROKEN = LIST + b"School X,50.1\nSchool Y,abc,70\n"


@pytest.mark.parametrize(
    ("code", "row", "says"),
    [
        ("en", "my list.csv row 33: lat", "A coordinate cannot be read; the row has no point."),
        ("ru", "my list.csv, строка 33: lat", "Координата не читается; у строки нет точки."),
        ("kk", "my list.csv, 33-жол: lat", "Координата оқылмайды; жолдың нүктесі жоқ."),
    ],
)
def test_draft_tells_row_and_column_of_what_is_wrong_in_the_readers_language(holder, code, row, says):
    draft = brought(holder, BROKEN).headers["Location"]
    page = holder.get(f"/new/{code}/{draft}").get_data(as_text=True)
    assert says in page
    assert row in page
    assert "School X" in page  # the row with too few cells


def test_map_tells_row_and_column_of_what_is_wrong_in_the_readers_language(holder):
    rows = LIST.decode().replace("\n", ",many\n").replace("lon,many", "lon,voters")
    where = brought(holder, rows.encode()).headers["Location"]
    asked = {"title": "M", "election_date": "2026-11-29", "time_zone": "Asia/Almaty", "areas": "hull"}
    holder.post(f"/new/ru/{where}", data=asked, headers=OURS)
    page = holder.get("/new/ru/map/m/").get_data(as_text=True)
    assert "Количество не читается; оставлено пустым." in page
    assert "my list.csv, строка 2: Избирателей в списках &#34;many&#34;; должно быть: целое число" in page


@pytest.mark.parametrize("code", ["ru", "kk"])
def test_page_speaks_the_readers_language(holder, code):
    page = holder.get(f"/new/{code}/").get_data(as_text=True)
    assert f'<html lang="{code}"' in page
    assert "Put your data on a map" not in page


def test_no_cache_keeps_any_of_it(holder):
    assert holder.get("/new/en/").headers["Cache-Control"] == "no-store, private"


def test_map_that_is_still_built_asks_to_be_loaded_again(app, holder, monkeypatch):
    monkeypatch.setattr(app.extensions["baqylau.library"], "refresh", lambda: None)
    made(holder)
    page = holder.get("/new/en/map/my-list/").get_data(as_text=True)
    assert "The map is being built" in page
    assert 'http-equiv="refresh"' in page


def test_map_says_how_many_numbers_stand_twice(holder):
    rows = "".join(f"{7 if i < 3 else i},{50 + i / 100},{70 + i / 50}\n" for i in range(30))
    draft = brought(holder, f"number,lat,lon\n{rows}".encode()).headers["Location"]
    asked = {"title": "My list", "election_date": "2026-11-29", "time_zone": "Asia/Almaty", "areas": "hull"}
    holder.post(f"/new/en/{draft}", data=asked, headers=OURS)
    page = holder.get("/new/en/map/my-list/").get_data(as_text=True)
    assert "number another station of the same area has, too: 4." in page
