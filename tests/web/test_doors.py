"""The doors: the key, where answers lead, what proxies say, what is refused before it is read, who asks what.

Attacks 16, 18, 20, 21 and 22 and the cases 10 and 11 are tried again here.
"""

import http.client
import logging
import re
from urllib.parse import urljoin, urlsplit

import pytest

import web
from geo.journal.database import sqlite_state
from geo.model.errors import BaqylauError
from geo.serving.missions import Missions
from server import create_app
from tests.listening import listening
from tests.web import missions
from web import connections, request_limits, session
from web.door_log import MOST, DoorLog
from web.settings import Settings, from_environment

TOKEN = "a-token-of-the-test-of-doors"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return missions.sized(tmp_path_factory.mktemp("missions") / "one", 300)


@pytest.fixture(scope="module")
def library(folder):
    served = Missions(lambda: [folder])
    served.refresh()
    return served


@pytest.fixture(scope="module")
def opened(library, tmp_path_factory):
    """Give a client of a server with settings of one's own."""
    state = tmp_path_factory.mktemp("state")
    return lambda **settings: web.create_app(
        library, state, TOKEN, settings=Settings(**settings)
    ).test_client()


@pytest.fixture(scope="module")
def visitor(opened):
    return opened()


def test_the_key_survives_a_restart_and_only_its_owner_may_read_it(tmp_path):
    first, second = (web.create_app(Missions(list), tmp_path).config["DESK_TOKEN"] for _ in range(2))
    assert first == second
    assert (tmp_path / session.FILE).stat().st_mode & 0o777 == 0o600


def test_a_key_of_the_environment_is_the_key(tmp_path):
    settings = from_environment({"BAQYLAU_DESK_KEY": "chosen-by-the-operator-1"})
    assert (
        web.create_app(Missions(list), tmp_path, settings=settings).config["DESK_TOKEN"].startswith("chosen")
    )


@pytest.mark.parametrize(
    "environ",
    [
        {"BAQYLAU_DESK_KEY": "short"},
        {"BAQYLAU_DESK_KEY": "with a space in the middle"},
        {"BAQYLAU_BEHIND_PROXY": "yes"},
        {"BAQYLAU_SECURITY_CONTACT": "javascript:alert(1)"},
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(environ):
    with pytest.raises(BaqylauError, match=next(iter(environ))):
        from_environment(environ)


def test_the_key_is_logged_once_when_it_is_made(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    for _ in range(3):
        token = web.create_app(Missions(list), tmp_path).config["DESK_TOKEN"]
    assert caplog.text.count(token) == 1


def test_a_key_that_cannot_be_kept_is_said_and_works(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    caplog.set_level(logging.INFO)
    token = web.create_app(Missions(list), tmp_path / "file").config["DESK_TOKEN"]
    assert "cannot be kept" in caplog.text and token in caplog.text


def test_an_opening_and_a_refusal_are_a_line_each_without_the_key(opened, caplog):
    caplog.set_level(logging.INFO)
    visitor = opened()
    visitor.get("/one/desk/?token=wrong-key-of-somebody")
    visitor.get(f"/one/desk/?token={TOKEN}")
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        "desk of one refused, wrong key, from 127.0.0.1",
        "desk of one opened with the key, from 127.0.0.1",
    ]


def test_a_flood_of_refusals_is_counted_not_written(caplog):
    now = [0.0]
    log = DoorLog(lambda: now[0])
    for _ in range(1000):
        log.refused("one", "192.0.2.1", "no key")
    now[0] = 60.0
    log.refused("one", "192.0.2.1", "no key")
    assert len(caplog.records) == MOST + 2 and "980 refusals more" in caplog.text


def test_a_line_of_the_log_holds_nothing_a_request_may_say(visitor, caplog):
    caplog.set_level(logging.INFO)
    visitor.get("/one%0aFORGED/desk/?token=x")
    assert "FORGED" not in caplog.text and "desk of no mission refused" in caplog.text


def test_a_request_that_breaks_is_logged_by_its_pattern(library, tmp_path, caplog):
    app = web.create_app(library, tmp_path, TOKEN)
    app.view_functions["press.mission"] = lambda slug: 1 / 0
    assert app.test_client().get("/Secret-name%0aFORGED/").status_code == 500
    assert "GET /<slug>/ failed" in caplog.text and "Secret-name" not in caplog.text


def test_what_the_page_says_was_written_to_the_log_is_there(library, tmp_path, caplog):
    app = web.create_app(library, tmp_path, TOKEN)

    def broken(slug):
        raise BaqylauError("no fonts")

    app.view_functions["press.mission"] = broken
    answer = app.test_client().get("/one/")
    assert answer.status_code == 500 and "written to the server’s log" in answer.get_data(as_text=True)
    assert "GET /<slug>/ failed" in caplog.text and "no fonts" in caplog.text


@pytest.mark.parametrize(
    "path", ["/one", "/one/desk", "/one/en", f"/one/desk?token={TOKEN}", "/ru?x=%0d%0aA:b"]
)
def test_no_redirect_repeats_what_a_request_calls_the_server(visitor, path):
    answer = visitor.get(path, headers={"Host": "evil.example"})
    assert answer.status_code == 308
    assert answer.headers["Location"].startswith("./") and "evil" not in str(answer.headers)
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_key_without_its_slash_still_opens_the_desk(opened):
    client, asked = opened(), f"/one/desk?token={TOKEN}"
    for _ in range(3):  # as a browser does: relative to the address asked
        asked = urljoin(asked, client.get(asked).headers["Location"])
    assert asked == "/one/desk/en/" and client.get(asked).status_code == 200


def test_the_cookie_reaches_the_desk_below_a_path_a_proxy_takes_away(opened):
    cookie = opened().get(f"/one/desk/?token={TOKEN}").headers["Set-Cookie"]
    assert "path=" not in cookie.lower()  # so a browser takes the folder it asked, /maps/one/desk


def test_a_click_in_a_mail_opens_the_desk(opened):
    assert "SameSite=Lax" in opened().get(f"/one/desk/?token={TOKEN}").headers["Set-Cookie"]


def test_a_cookie_of_an_older_key_does_not_stand_in_the_way(opened):
    good = session.cookie_value(TOKEN, "one")
    cookies = {"Cookie": f"{session.COOKIE}={'0' * 64}; {session.COOKIE}={good}"}
    client = opened().application.test_client(use_cookies=False)
    assert client.get("/one/desk/en/", headers=cookies).status_code == 200


PROXIED = {
    "X-Forwarded-Proto": "https", "X-Forwarded-Host": "maps.example", "X-Forwarded-Prefix": "/maps",
    "X-Forwarded-For": "192.0.2.7",
}  # fmt: skip


def test_behind_a_proxy_with_tls_the_cookie_is_secure(opened):
    secure = [
        "Secure" in opened(proxies=n).get(f"/one/desk/?token={TOKEN}", headers=PROXIED).headers["Set-Cookie"]
        for n in (0, 1)
    ]
    assert secure == [False, True]  # a header anybody can send is believed only where a proxy was promised


def test_an_address_that_has_to_be_whole_has_the_proxys_name_and_path(opened, library):
    client, registry = opened(proxies=1), library.get("one").snapshot.registry.version
    client.get(f"/one/desk/?token={TOKEN}", headers=PROXIED)
    said = client.get(f"/one/desk/tiles/{registry}/stations.json", headers=PROXIED).json
    assert said["tiles"][0].startswith("https://maps.example/maps/one/desk/tiles/")


def test_the_log_names_the_reader_behind_the_proxy(opened, caplog):
    caplog.set_level(logging.INFO)
    opened(proxies=1).get("/one/desk/", headers=PROXIED)
    assert "from 192.0.2.7" in caplog.text


def test_a_post_from_the_page_behind_the_proxy_is_the_pages_own(opened):
    client = opened(proxies=1)
    client.get(f"/one/desk/?token={TOKEN}", headers=PROXIED)
    status = [
        client.post("/one/desk/en/routes/cancel.json", headers={**PROXIED, "Origin": origin}).status_code
        for origin in ("https://maps.example", "https://evil.example")
    ]
    assert status == [200, 403]


def test_a_name_that_is_not_trusted_is_refused(opened):
    client = opened(trusted_hosts=("maps.example",))
    status = [
        client.get("/", headers={"Host": host}).status_code for host in ("maps.example", "evil.example")
    ]
    assert status == [200, 400]


@pytest.mark.parametrize("path", ["/", "/one/en/", "/one/desk/en/routes/plan.json", "/nowhere", "/healthz"])
def test_no_address_reads_a_large_body(visitor, path):
    read = []
    answer = visitor.post(
        path,
        environ_overrides={
            "CONTENT_LENGTH": str(1 << 30),
            "wsgi.input": type("Input", (), {"read": read.append})(),
        },
    )
    assert (answer.status_code, read) == (413, [])
    assert "no-store" in answer.headers["Cache-Control"]


def test_what_is_refused_unread_is_told_by_the_server_and_its_connection_goes_on(visitor):
    with listening(visitor.application, **connections.listening()) as address:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        statuses = []
        for method, path, body in (
            ("POST", "/", b"a" * (2 << 20)),
            ("GET", "/" + "a" * request_limits.LONGEST_ADDRESS + "?b", None),
            ("GET", "/healthz", None),
        ):
            connection.request(method, path, body)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
    assert statuses == [413, 414, 200]


@pytest.mark.parametrize("length", ["-1", "1e9", "9" * 40, "٣"])
def test_a_length_that_is_no_number_is_refused(visitor, length):
    assert visitor.post("/", environ_overrides={"CONTENT_LENGTH": length}).status_code == 400


def test_an_address_as_long_as_a_book_is_refused(visitor):
    assert visitor.get("/" + "a" * request_limits.LONGEST_ADDRESS + "?b").status_code == 414


@pytest.mark.parametrize(
    ("path", "status", "cache"),
    [
        ("/one/", 302, "no-cache"), ("/nowhere/", 404, "no-store"),
        ("/one/desk/", 403, "no-store, private"), ("/one/en/values-0.json", 404, "no-store"),
    ],
)  # fmt: skip
def test_every_answer_says_how_long_it_keeps(visitor, path, status, cache):
    answer = visitor.get(path)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (status, cache)


def test_a_mission_that_cannot_be_read_is_kept_by_no_cache(tmp_path):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "mission.toml").write_text("[mission]\n")
    answer = create_app([tmp_path / "broken"], tmp_path / "state").test_client().get("/broken/en/")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (503, "no-store")


@pytest.mark.parametrize(
    ("accepts", "is_zipped"),
    [
        ("gzip", True), ("br, gzip;q=0.5", True), ("gzip;q=0", False), ("gzip; q=0.000, br", False),
        ("identity", False), ("GZIP", True), ("x-gzipped", False),
    ],
)  # fmt: skip
def test_a_tile_is_zipped_for_those_who_want_it(opened, library, accepts, is_zipped):
    client, registry = opened(), library.get("one").snapshot.registry.version
    client.get(f"/one/desk/?token={TOKEN}")
    answer = client.get(
        f"/one/desk/tiles/{registry}/stations/0/0/0.mvt", headers={"Accept-Encoding": accepts}
    )
    assert answer.status_code == 200 and ("Content-Encoding" in answer.headers) is is_zipped


def test_robots_are_told_to_leave_the_desk_alone(visitor):
    assert "Disallow: /*/desk/" in visitor.get("/robots.txt").text


def test_who_finds_a_weakness_is_told_where_to_say_it(opened):
    text = opened(security_contact="mailto:safe@maps.example").get("/.well-known/security.txt").text
    assert "Contact: mailto:safe@maps.example\n" in text
    assert re.search(r"(?m)^Expires: \d{4}-\d\d-\d\dT00:00:00Z$", text)


def test_health_is_told_in_counts(visitor):
    answer = visitor.get("/healthz")
    counts = {"status": "ok", "missions": 1, "preparing": 0, "unreadable": 0}
    assert answer.json == {**counts, "journal": "empty", **sqlite_state()}
    assert answer.headers["Cache-Control"] == "no-store"
