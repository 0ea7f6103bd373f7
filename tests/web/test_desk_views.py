"""The desk over HTTP: closed without its cookie, kept by no cache, nothing of it at any press address."""

import html
import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin

import pytest

import web
from geo.analysis.live import VisitReport
from geo.serving import build_snapshot
from geo.serving.missions import Missions
from tests.geo.reading import trap_missions
from tests.geo.serving.live_reports import report
from tests.web import missions
from web import desk_resources, session
from web.module_graph import needed

TOKEN = "a-token-of-the-test"
CANARY = "CANARY"
NAMES = (
    "start", "ground", "area", "district", "cell", "outlines", "stations", "visits", "gaps",
    "overdue", "doubts", "outlines-district", "whole", "hours-area", "hours-district",
)  # fmt: skip
FIGURES = ("figures-area", "figures-district", "figures-cell")


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = desk_mission(tmp_path_factory.mktemp("missions") / "live-one")
    library = Missions(lambda: [folder])
    library.refresh()
    return web.create_app(library, tmp_path_factory.mktemp("state"), token=TOKEN)


def desk_mission(folder: Path) -> Path:
    """A live mission with a canary in everything only coordinators may see."""
    key = {"area_id": "A", "number": "1"}
    return missions.write(
        folder,
        {
            "areas": [missions.square(0, area_id="A", level=1, name_en=f"{CANARY} area")],
            "categories": [
                {"category": "sealed", "title_en": f"{CANARY} kind", "severity": "high", "phase": "voting"}
            ],
            "stations": [{**key, "lon": 61, "lat": 46, "voters": 900, "name": f"{CANARY} school"}],
            "teams": [{"team_id": f"{CANARY}-T", "base_lon": 61.2, "base_lat": 46.2}],
            "visits": [
                {
                    "visit_id": "v1", **key, "team_id": f"{CANARY}-T", "stage": "voting",
                    "outcome": "observed",
                    "arrived": "2005-12-04T09:00+06:00", "verification": "verified", "answered": "*",
                }
            ],
            "incidents": [
                {
                    "incident_id": "i1", **key, "visit_id": "v1", "category": "sealed",
                    "verification": "verified", "text": f"{CANARY} text",
                }
            ],
            "assignments": [
                {"team_id": f"{CANARY}-T", **key, "stage": "closing", "due": "2005-12-04T20:00+06:00"}
            ],
        },
        title=f"{CANARY} title",
        nature="live",
    )  # fmt: skip


@pytest.fixture
def visitor(app):
    return app.test_client()


@pytest.fixture
def coordinator(app):
    client = app.test_client()
    client.get(f"/live-one/desk/?token={TOKEN}")
    return client


@pytest.fixture(scope="module")
def version(app):
    client = app.test_client()
    client.get(f"/live-one/desk/?token={TOKEN}")
    return client.get("/live-one/desk/version.json").json["version"]


def addresses(version):
    page = "/live-one/desk"
    named = [f"{page}/en/{version}/{name}.json" for name in (*NAMES, *FIGURES)]
    asked = [f"{page}/en/station.json?id=A/1", f"{page}/ru/search.json?q=1", f"{page}/version.json"]
    registry = version.split("-")[0]
    asked += [
        f"{page}/en/{version}/inside.json?west=60&south=45&east=62&north=47",
        f"{page}/en/{version}/offmap.json",
        f"{page}/en/{version}/cells-in.json?from=8&to=12",
        f"{page}/tiles/{registry}/stations.json",
        f"{page}/tiles/{registry}/stations/3/5/2/0.json",
    ]
    pages = [
        f"{page}/",
        *(f"{page}/{code}/" for code in ("en", "ru", "kk")),
        f"{page}/en/{version}/map-0.js",
        f"{page}/x/y",
    ]
    return [*named, *asked, *pages]


@pytest.mark.capability("The desk is closed without its key", page="desk")
def test_every_address_is_closed_without_the_cookie_and_holds_not_one_byte_of_data(visitor, version):
    for address in addresses(version):
        answer = visitor.get(address)
        assert answer.status_code == 403, address
        assert CANARY.encode() not in answer.data and version.encode() not in answer.data, address
        assert answer.headers["Cache-Control"] == "no-store, private"


def test_every_route_of_the_desk_is_among_those_tested(app, version):
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("desk.")}
    adapter = app.url_map.bind("localhost")
    reached = {adapter.match(a.split("?")[0], return_rule=True)[0].rule for a in addresses(version)}
    assert rules == reached


def test_desk_of_a_mission_that_is_not_there_looks_the_same_from_outside(visitor):
    there, nowhere = visitor.get("/live-one/desk/en/"), visitor.get("/nothing1/desk/en/")
    assert (there.status_code, there.data) == (nowhere.status_code, nowhere.data)


@pytest.mark.parametrize(
    "cookie",
    ["", TOKEN, "0" * 64, "é", session.cookie_value(TOKEN, "other"), session.cookie_value("x", "live-one")],
)
def test_no_other_cookie_opens_the_desk(visitor, cookie):
    visitor.set_cookie(session.COOKIE, cookie, path="/live-one/desk/")
    assert visitor.get("/live-one/desk/en/").status_code == 403


@pytest.mark.parametrize("given", ["", "x", TOKEN[:-1], TOKEN + "x", "%00", "%ED%B2%80"])
def test_a_wrong_token_sets_no_cookie(visitor, given):
    answer = visitor.get(f"/live-one/desk/?token={given}")
    assert answer.status_code == 403 and "Set-Cookie" not in answer.headers


def test_token_becomes_a_cookie_that_is_not_the_token_and_leaves_the_address(visitor):
    answer = visitor.get(f"/live-one/desk/?token={TOKEN}")
    cookie = answer.headers["Set-Cookie"]
    assert answer.status_code == 303 and answer.headers["Location"] == "./"
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path" not in cookie
    assert TOKEN not in cookie and TOKEN.encode() not in answer.data
    assert visitor.get("/live-one/desk/ru/").status_code == 200


def test_token_at_a_page_of_the_desk_opens_all_of_it_in_that_language(visitor):
    asked = f"/live-one/desk/ru/?token={TOKEN}"
    for _ in range(2):  # as a browser does: relative to the address asked
        asked = urljoin(asked, visitor.get(asked).headers["Location"])
    assert asked == "/live-one/desk/ru/" and visitor.get(asked).status_code == 200
    assert visitor.get("/live-one/desk/kk/").status_code == 200


def test_cookie_of_a_secure_page_is_secure(visitor):
    answer = visitor.get(f"/live-one/desk/?token={TOKEN}", base_url="https://desk.example")
    assert "Secure" in answer.headers["Set-Cookie"]


def test_closed_page_speaks_the_visitors_language(visitor):
    answer = visitor.get("/live-one/desk/", headers={"Accept-Language": "kk"})
    assert '<html lang="kk"' in answer.text and "Үйлестірушілер" in answer.text
    assert "Штаб координаторов" in visitor.get("/live-one/desk/ru/").text


def test_coordinator_sees_a_live_mission_and_no_cache_keeps_it(coordinator, version):
    for address in addresses(version):
        answer = coordinator.get(address)
        assert answer.status_code in (200, 302, 404), address
        assert answer.headers["Cache-Control"] == "no-store, private", address
    assert CANARY in coordinator.get("/live-one/desk/en/station.json?id=A/1").text


def test_page_itself_holds_no_row(coordinator):
    text = coordinator.get("/live-one/desk/en/").text
    assert "CANARY title" in text
    assert not re.search(r"CANARY (?!title)", text)


def test_the_page_asks_for_its_modules_and_first_data_at_once(coordinator):
    text = coordinator.get("/live-one/desk/en/").text
    asked = re.findall(r'<link rel="modulepreload" href="[^"]*/static/[^/]+/([^"]+)">', text)
    assert asked == list(needed("js/desk/desk-map.js"))
    for name in ("start", "area", "outlines"):
        assert re.search(rf'<link rel="preload" as="fetch" crossorigin href="[^"]+/{name}\.json">', text)


def test_another_version_than_the_one_served_is_not_found(coordinator):
    assert coordinator.get("/live-one/desk/en/other/start.json").status_code == 404


@pytest.mark.parametrize("asked", ["stage=x", "severity=x", "verified=x", "category=x", "category=<b>"])
def test_a_choice_of_unknown_words_is_a_bad_request(coordinator, version, asked):
    assert coordinator.get(f"/live-one/desk/en/{version}/visits.json?{asked}").status_code == 400


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(coordinator, version, method):
    for address in addresses(version):
        assert getattr(coordinator, method)(address).status_code in (403, 405)


def test_press_addresses_of_a_live_mission_hold_nothing_of_the_desk(coordinator, version):
    for address in (
        "/live-one/en/",
        "/live-one/areas-x.json",
        f"/live-one/en/values-{version}.json",
        f"/live-one/en/{version}/visits.json",
    ):
        answer = coordinator.get(address)
        assert not re.search(r"CANARY (area|kind|school|text|-T)", answer.text), address
        assert session.COOKIE not in answer.headers.get("Set-Cookie", "")


def test_each_state_directory_has_a_token_of_its_own(tmp_path):
    tokens = {web.create_app(Missions(list), tmp_path / name).config["DESK_TOKEN"] for name in "abc"}
    assert len(tokens) == 3 and all(len(token) >= 40 for token in tokens)


def test_an_empty_token_opens_nothing():
    assert not session.is_token("", "") and not session.is_open("", "m", [session.cookie_value("", "m")])


def test_the_map_of_a_page_comes_though_a_report_came_in_after_the_page(tmp_path):
    library = Missions(lambda: [desk_mission(tmp_path / "live-one")])
    library.refresh()
    client = web.create_app(library, tmp_path / "state", token=TOKEN).test_client()
    client.get(f"/live-one/desk/?token={TOKEN}")
    page = client.get("/live-one/desk/en/").text
    address = urljoin("/live-one/desk/en/", re.search(r'src="([\w-]+/map-\w+\.js)"', page)[1])
    before = client.get("/live-one/desk/version.json").json["version"]
    visit = VisitReport(
        "v2", station_id="A/1", stage="closing", received=datetime(2005, 12, 4, 15, tzinfo=UTC)
    )
    report(library, "live-one", visit)
    library.publish()
    assert client.get("/live-one/desk/version.json").json["version"] != before
    assert client.get(address).status_code == 200


def test_search_finds_a_small_town_that_a_near_map_draws(tmp_path):
    folder = missions.sized(tmp_path / "sized", 20)
    library = Missions(lambda: [folder])
    library.refresh()
    client = web.create_app(library, tmp_path / "state", token=TOKEN).test_client()
    client.get(f"/sized/desk/?token={TOKEN}")
    (town,) = client.get("/sized/desk/ru/search.json?q=Sarkand").json["towns"]
    assert (town["name"], town["area"]) == ("Сарканд", "Area 9")
    assert (town["lon"], town["lat"]) == (79.917, 45.413)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("en", "10 of 10 visits name no station that is known"),
        ("ru", "10 из 10 посещений не называют известного участка"),
        ("kk", "10 барудың 10 баруы белгілі учаскені атамайды"),
    ],
)
def test_that_little_of_the_data_fits_together_is_said_in_the_reader_s_language(tmp_path, code, says):
    wrong = [[row[0], row[1], f"{row[2]}.0", *row[3:]] for row in trap_missions.VISITS]
    visits = trap_missions.csv_text(trap_missions.VISIT_COLUMNS, wrong)
    folder = trap_missions.mission(tmp_path / "m", visits__csv=visits)
    snapshot = build_snapshot.snapshot(folder, datetime(2026, 1, 1, tzinfo=UTC))
    shown = html.unescape(desk_resources.page(snapshot, code, ()).decode())
    assert says in shown
    assert "whole_ids = true" in shown
