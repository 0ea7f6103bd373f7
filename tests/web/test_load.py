"""One reader must not stop the site: attacks 12, 13, 14 and 17 again, by counts. Seconds: tests/bench."""

import concurrent.futures
import http.client
import socket
import threading
from urllib.parse import urlsplit

import pytest

import web
from geo.model.errors import Busy
from geo.model.snapshot import Snapshot
from geo.serving import missions as serving
from geo.serving.disk_cache import DiskCache
from geo.serving.missions import Missions
from layers.map.lru import Recent
from layers.pictures import card_picture, picture_png
from tests.listening import listening
from tests.web import missions
from web import connections, memo, press_resources, request_limits

TOKEN = "a-token-of-the-test-of-load"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return missions.sized(tmp_path_factory.mktemp("missions") / "one", 300)


@pytest.fixture
def client(folder, tmp_path):
    library = Missions(lambda: [folder])
    library.refresh()
    store = DiskCache(tmp_path / "cache")
    app = web.create_app(library, tmp_path, TOKEN, store)
    app.extensions["baqylau.releases"].get("one", patience_s=300)
    return app.test_client()


def picture(client, name="coverage-all-medium.png"):
    version = client.get("/one/version.json").json["version"]
    return f"/one/en/picture-{version}/{name}"


def test_a_third_picture_at_once_is_asked_to_come_again(client, monkeypatch):
    drawing, go_on = threading.Semaphore(0), threading.Event()

    def slow(svg, _scale):
        drawing.release()
        go_on.wait(60)
        return b"\x89PNG" + svg[:8].encode()

    monkeypatch.setattr(picture_png, "png", slow)
    monkeypatch.setattr(press_resources, "_DRAWN", type(press_resources._DRAWN)(0, 0, len))
    names = [f"coverage-{stage}-medium.png" for stage in ("all", "opening", "voting")]
    paths = [picture(client, name) for name in names]
    ask = client.application.test_client
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        first = [pool.submit(ask().get, path) for path in paths[:2]]
        for _ in first:
            drawing.acquire(timeout=60)
        third = ask().get(paths[2])
        page = ask().get("/one/en/")
        go_on.set()
        assert [one.result().status_code for one in first] == [200, 200]
    assert (third.status_code, third.headers["Retry-After"]) == (503, "3")
    assert third.headers["Cache-Control"] == "no-store" and "Other pictures are being drawn" in third.text
    assert page.status_code == 200


def test_cards_of_the_start_page_come_while_every_place_to_draw_is_taken(client):
    version = client.get("/one/version.json").json["version"]
    places = client.application.extensions["baqylau.drawing"]
    with places.take(), places.take():
        cards = [client.get(f"/one/{code}/card-{version}.svg").status_code for code in ("en", "ru", "kk")]
        picture_status = client.get(picture(client, "coverage-voting-medium.svg")).status_code
    assert (cards, picture_status) == ([200, 200, 200], 503)


def test_readers_who_ask_for_one_new_card_at_once_have_it_composed_once(client, monkeypatch):
    composed, compose = [], card_picture.card

    def counted(*args):
        composed.append(args[2])
        return compose(*args)

    monkeypatch.setattr(card_picture, "card", counted)
    monkeypatch.setattr(press_resources, "_DRAWN", type(press_resources._DRAWN)(64, 16_000_000, len))
    path = f"/one/en/card-{client.get('/one/version.json').json['version']}.svg"
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        bodies = {
            one.data for one in pool.map(lambda _: client.application.test_client().get(path), range(4))
        }
    assert (len(composed), len(bodies)) == (1, 1)


def test_a_picture_that_took_too_long_may_be_asked_for_again(client, monkeypatch):
    def late(*_):
        raise picture_png.NotInTime("not drawn within 60 s")

    path = picture(client, "coverage-voting-high.png")
    monkeypatch.setattr(picture_png, "png", late)
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")


def test_a_picture_drawn_once_is_not_drawn_again_after_a_restart(client, folder, tmp_path, monkeypatch):
    path = picture(client)
    first = client.get(path)
    assert first.status_code == 200
    monkeypatch.setattr(press_resources, "_DRAWN", type(press_resources._DRAWN)(64, 1 << 20, len))
    monkeypatch.setattr(picture_png, "png", lambda _: pytest.fail("drawn again"))
    assert client.get(path).data == first.data


def test_a_thousand_idle_connections_do_not_close_the_site(client):
    with listening(client.application, **connections.listening()) as address:
        port = urlsplit(address).port
        idle = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(1000)]
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/healthz")
            assert connection.getresponse().status == 200
        finally:
            for one in idle:
                one.close()


def test_silence_ends_a_connection_soon():
    listens = connections.listening()
    assert listens["connection_limit"] >= 1000 and listens["channel_timeout"] <= 15
    assert listens["max_request_body_size"] == request_limits.largest()  # paths have their own limits


@pytest.fixture
def building(folder, tmp_path, monkeypatch):
    """A library whose only mission is being built until told otherwise."""
    go_on, build = threading.Event(), serving.child_process.snapshot

    def slow(*given):
        go_on.wait(120)
        return build(*given)

    monkeypatch.setattr(serving.child_process, "snapshot", slow)
    library = Missions(lambda: [folder])
    library.watch()
    yield library, go_on
    go_on.set()
    library.stop()


def test_two_readers_wait_for_a_mission_being_built_and_the_third_is_told_so(building, tmp_path):
    library, go_on = building
    waiting = threading.Semaphore(0)
    wait = library._wait
    library._wait = lambda until: (waiting.release(), wait(until))
    app = web.create_app(library, tmp_path, TOKEN)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        first = [pool.submit(library.get, "one") for _ in range(2)]
        for _ in first:
            waiting.acquire(timeout=60)
        third = app.test_client().get("/one/en/")
        start = app.test_client().get("/")
        assert (third.status_code, third.headers["Retry-After"]) == (503, "20")
        assert start.status_code == 200 and "being prepared" in start.text
        with pytest.raises(Busy):
            library.get("one")
        go_on.set()
        assert all(isinstance(one.result().snapshot, Snapshot) for one in first)


def test_health_says_what_is_still_being_built(building, tmp_path):
    library, _ = building
    said = web.create_app(library, tmp_path, TOKEN).test_client().get("/healthz").json
    assert (said["missions"], said["preparing"]) == (1, 1)


def test_results_kept_are_bounded_by_bytes_and_the_newest_stays(client, monkeypatch):
    monkeypatch.setattr(memo, "MOST_BYTES", 1000)
    made = []

    @memo.per_snapshot
    def body(snapshot, n):
        made.append(n)
        return bytes(400)

    snapshot = client.application.extensions["baqylau.library"].get("one").snapshot
    for n in (1, 2, 2, 1):
        body(snapshot, n)
    assert made == [1, 2, 1]


def test_what_several_readers_ask_for_at_once_is_made_once(client, monkeypatch):
    made, asked, go_on = [], threading.Semaphore(0), threading.Event()
    find = Recent.find
    monkeypatch.setattr(Recent, "find", lambda kept, key: (asked.release(), find(kept, key))[1])

    @memo.per_snapshot
    def body(snapshot):
        made.append(snapshot)
        go_on.wait(60)
        return b"body"

    snapshot = client.application.extensions["baqylau.library"].get("one").snapshot
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(body, snapshot) for _ in range(4)]
        for _ in answers:
            asked.acquire(timeout=60)
        go_on.set()
        assert {answer.result() for answer in answers} == {b"body"} and len(made) == 1


def test_what_cannot_be_made_leaves_nothing_behind_and_may_be_asked_for_again():
    results = Recent(4)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            results.get("key", lambda: 1 // 0)
    assert not results._making and results.get("key", lambda: 1) == 1


@pytest.mark.parametrize("hours", [(-(10**9), -(10**8)), (10**8, 10**9), (-(10**9), 10**9)])
def test_hours_beyond_the_day_are_one_choice_not_many(client, hours):
    client.get(f"/one/desk/?token={TOKEN}")
    version = client.get("/one/desk/version.json").json["version"]
    base = f"/one/desk/en/{version}/cells-in.json"
    same = [client.get(f"{base}?from={hours[0] - i}&to={hours[1] + i}") for i in range(3)]
    assert {one.status_code for one in same} == {200} and len({one.data for one in same}) == 1


@pytest.mark.parametrize("asked", ["stage=lunch", "severity=terrible", "verified=2", "category=nothing"])
def test_a_word_that_is_none_of_ours_is_refused_not_kept(client, asked):
    client.get(f"/one/desk/?token={TOKEN}")
    version = client.get("/one/desk/version.json").json["version"]
    assert client.get(f"/one/desk/en/{version}/figures-area.json?{asked}").status_code == 400
