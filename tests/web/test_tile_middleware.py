"""The desk's tiles over HTTP: closed without the cookie, named by what they hold, small, and never stale."""

import gzip
from dataclasses import replace
from urllib.parse import quote

import pytest

import web
from geo.model.counts import Choice
from geo.serving.missions import Missions
from layers.desk import desk_tiles, visit_times
from layers.map.lru import Recent
from layers.tiles.pyramid import geometry_tile
from tests.web import missions
from tests.web.desks import ROOT, SIMULATED
from web.headers import PART
from web.tile_middleware import Tiles

TOKEN = "a-token-of-the-test"
GZIP = {"Accept-Encoding": "gzip"}
DESK = f"/{SIMULATED}/desk"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    library = Missions(lambda: [ROOT / "data" / SIMULATED])
    library.refresh()
    return web.create_app(library, tmp_path_factory.mktemp("state"), token=TOKEN)


@pytest.fixture(scope="module")
def snapshot(app):
    return app.extensions["baqylau.library"].get(SIMULATED).snapshot


@pytest.fixture
def coordinator(app):
    client = app.test_client()
    client.get(f"{DESK}/?token={TOKEN}")
    return client


def geometry(snapshot, tile="5/22/11", suffix="mvt"):
    return f"{DESK}/tiles/{snapshot.registry.version}/stations/{tile}.{suffix}"


def state(snapshot, words="-/medium/0/-", tile="5/22/11", version=""):
    return f"{DESK}/states/{version or snapshot.version}/{words}/{tile}.bin"


def test_tiles_are_closed_without_the_cookie(app, snapshot):
    for address in (geometry(snapshot), state(snapshot)):
        answer = app.test_client().get(address)
        assert answer.status_code == 403 and snapshot.registry.version.encode() not in answer.data
    stranger = app.test_client()
    stranger.set_cookie(web.session.COOKIE, "0" * 64, path=f"{DESK}/")
    assert stranger.get(geometry(snapshot)).status_code == 403


def test_geometry_never_changes_and_may_be_kept_by_the_browser_alone(coordinator, snapshot):
    answer = coordinator.get(geometry(snapshot), headers=GZIP)
    assert answer.status_code == 200 and answer.mimetype == "application/vnd.mapbox-vector-tile"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert gzip.decompress(answer.data) == geometry_tile(visit_times.index_of(snapshot.registry), 5, 22, 11)
    assert "Cookie" in answer.headers["Vary"]


def test_a_tile_says_that_it_may_do_nothing_and_be_read_by_no_other_site(coordinator, snapshot):
    for address in (geometry(snapshot), state(snapshot)):
        told = coordinator.get(address, headers=GZIP).headers
        assert {name: told[name] for name in PART} == PART


def test_what_was_reported_is_kept_nowhere(coordinator, snapshot):
    answer = coordinator.get(state(snapshot), headers=GZIP)
    assert answer.headers["Cache-Control"] == "no-store, private"
    made = desk_tiles.state_of(snapshot, Choice(verified_only=False))
    assert gzip.decompress(answer.data) == made.payload(5, 22, 11)


def test_same_bytes_have_the_same_tag_and_are_not_sent_twice(coordinator, snapshot):
    for address in (geometry(snapshot), state(snapshot)):
        first = coordinator.get(address, headers=GZIP)
        tag = first.headers["ETag"]
        assert tag.startswith('"') and tag == coordinator.get(address, headers=GZIP).headers["ETag"]
        again = coordinator.get(address, headers={**GZIP, "If-None-Match": tag})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)


def test_reader_without_gzip_gets_the_same_tile_under_another_tag(coordinator, snapshot):
    packed, plain = coordinator.get(geometry(snapshot), headers=GZIP), coordinator.get(geometry(snapshot))
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data and packed.headers["ETag"] != plain.headers["ETag"]


def test_tile_with_nothing_in_it_is_empty(coordinator, snapshot):
    answer = coordinator.get(geometry(snapshot, "5/0/0"))
    assert (answer.status_code, answer.data) == (204, b"")


@pytest.mark.parametrize("words", ["voting/low/1/-", "-/critical/0/-", "opening/high/0/-"])
def test_filter_is_part_of_the_address(coordinator, snapshot, words):
    other = coordinator.get(state(snapshot, words)).data
    assert len(other) > 24 and other != coordinator.get(state(snapshot)).data


def test_category_is_part_of_the_address(coordinator, snapshot):
    slug = next(
        name
        for name, severity in zip(
            snapshot.categories.category, snapshot.categories.severity.tolist(), strict=True
        )
        if severity >= 1
    )
    assert coordinator.get(state(snapshot, f"-/medium/0/{slug}")).status_code == 200


@pytest.mark.parametrize(
    ("slug", "word"),
    [
        ("sealed", "sealed"), ("печать", "печать"), ("a/b", "a/b"), ("50%", "50%"), ("a-", "a-"),
        ("-", "--"), ("--", "---"), (".", "-."), ("..", "-.."), ("-.", "--."),
    ],
)  # fmt: skip
def test_a_category_may_be_called_anything(tmp_path, slug, word):
    folder = missions.write(
        tmp_path / "one",
        {
            "areas": [missions.square(0, area_id="A", level=1, name_en="Area")],
            "categories": [
                {"category": name, "title_en": "Sealed", "severity": "high"} for name in (slug, "other")
            ],
            "stations": [{"area_id": "A", "number": "1", "lon": 60.5, "lat": 46}],
            "visits": [
                {"visit_id": "v", "area_id": "A", "number": "1", "outcome": "observed", "answered": "*"}
            ],
            "incidents": [{"incident_id": "i", "visit_id": "v", "category": "other"}],
        },
    )
    library = Missions(lambda: [folder])
    library.refresh()
    client = web.create_app(library, tmp_path / "state", token=TOKEN).test_client()
    client.get(f"/one/desk/?token={TOKEN}")
    version = library.get("one").snapshot.version
    of_all, of_it = (
        client.get(f"/one/desk/states/{version}/-/medium/0/{quote(asked, safe='')}/0/0/0.bin")
        for asked in ("-", word)
    )
    assert (of_all.status_code, of_it.status_code) == (200, 200)
    assert of_all.data != of_it.data  # what was found is of the other


@pytest.mark.parametrize(
    "words", ["x/medium/0/-", "-/worst/0/-", "-/medium/2/-", "-/medium/0/nothing", "-/medium/0"]
)
def test_words_that_are_not_ours_are_not_found(coordinator, snapshot, words):
    assert coordinator.get(state(snapshot, words)).status_code == 404


@pytest.mark.parametrize("tile", ["15/0/0", "3/8/0", "3/0/8", "-1/0/0", "99/1/1", "3/1e3/1"])
def test_tile_outside_the_map_is_not_found(coordinator, snapshot, tile):
    assert coordinator.get(geometry(snapshot, tile)).status_code == 404
    assert coordinator.get(state(snapshot, tile=tile)).status_code == 404


def test_another_registry_or_version_is_not_found(coordinator, snapshot):
    assert coordinator.get(geometry(snapshot).replace(snapshot.registry.version, "0")).status_code == 404
    assert coordinator.get(state(snapshot, version="other")).status_code == 404
    assert coordinator.get(geometry(snapshot, suffix="bin")).status_code == 404


def test_older_version_is_answered_as_long_as_it_is_kept(coordinator, snapshot):
    made = desk_tiles.state_of(snapshot, Choice(verified_only=False))
    older = replace(snapshot, version="an-older-one")
    desk_tiles.adopt(older, Choice(verified_only=False), made)
    now = coordinator.get(state(snapshot)).data
    assert coordinator.get(state(snapshot, version="an-older-one")).data == now
    assert coordinator.get(state(snapshot, "-/high/0/-", version="an-older-one")).status_code == 404


def test_tile_json_leads_to_the_tiles(coordinator, snapshot):
    found = coordinator.get(f"{DESK}/tiles/{snapshot.registry.version}/stations.json").json
    template = found["tiles"][0].removeprefix("http://localhost")
    path = template.replace("{z}", "5").replace("{x}", "22").replace("{y}", "11")
    assert path == geometry(snapshot) and coordinator.get(path).status_code == 200


def test_feature_of_a_tile_names_its_station(coordinator, snapshot):
    found = coordinator.get(geometry(snapshot).replace(".mvt", "/0.json")).json
    assert found["stations"] == 1 and snapshot.registry.station(found["id"]) >= 0
    assert coordinator.get(geometry(snapshot).replace(".mvt", "/99999.json")).status_code == 404


def test_tiles_kept_or_not_are_the_same(app, snapshot, coordinator):
    inner = app.wsgi_app
    try:
        app.wsgi_app = Tiles(inner, app.extensions["baqylau.library"], lambda *_: True, kept_bytes=0)
        fresh = coordinator.get(state(snapshot)).data
    finally:
        app.wsgi_app = inner
    assert fresh == coordinator.get(state(snapshot)).data


@pytest.mark.parametrize("asked", ["", "west=x&south=0&east=1&north=1", "west=nan&south=0&east=1&north=1"])
def test_a_window_that_is_none_is_a_bad_request(coordinator, snapshot, asked):
    assert coordinator.get(f"{DESK}/en/{snapshot.version}/inside.json?{asked}").status_code == 400


@pytest.mark.parametrize("asked", ["from=8", "to=9", "from=9&to=8"])
def test_a_range_of_hours_that_is_none_is_no_whole_day(coordinator, snapshot, asked):
    assert coordinator.get(f"{DESK}/en/{snapshot.version}/offmap.json?{asked}").status_code == 400


@pytest.mark.parametrize("asked", ["from=8", "from=9&to=8", "from=x&to=9", ""])
def test_cells_of_a_range_that_is_none_are_a_bad_request(coordinator, snapshot, asked):
    assert coordinator.get(f"{DESK}/en/{snapshot.version}/cells-in.json?{asked}").status_code == 400


@pytest.mark.capability("Large missions travel as tiles", page="serving")
def test_large_mission_is_never_sent_row_by_row(coordinator, snapshot, monkeypatch):
    monkeypatch.setattr(desk_tiles, "MOST_SENT", 100)
    for name in ("visits", "stations"):  # of a choice nobody asked for before
        address = f"{DESK}/kk/{snapshot.version}/{name}.json?severity=critical&stage=closing"
        assert coordinator.get(address).status_code == 404


def test_warming_prepares_what_a_large_desk_opens_with(tmp_path, monkeypatch):
    from web import desk_resources

    monkeypatch.setattr(desk_tiles, "MOST_SENT", 100)
    monkeypatch.setattr(desk_tiles, "_STATES", Recent(3, 220_000_000, lambda state: state.nbytes))
    monkeypatch.setattr(desk_tiles, "STATES_KEPT", 3)
    monkeypatch.setattr(desk_resources, "PAUSE_S", 0)
    library = Missions(lambda: [ROOT / "data" / SIMULATED])
    library.refresh()
    asked = []
    monkeypatch.setattr(desk_resources, "resource", lambda _, name, *rest: asked.append((name, rest[-1])))
    desk_resources.prepare(library.get(SIMULATED).snapshot)
    usual = Choice(verified_only=False)
    assert {name for name, choice in asked if choice == usual} >= {
        "start",
        "outlines",
        "figures-area",
        "whole",
    }
    assert ("whole", Choice(stage="opening", verified_only=False)) in asked
    kept = [
        stage
        for stage in ("", "opening", "voting", "closing", "counting")
        if desk_tiles.is_kept(library.get(SIMULATED).snapshot, Choice(stage=stage, verified_only=False))
    ]
    assert kept == ["", "opening", "voting"]  # as many as have room, beside what everybody opens with
