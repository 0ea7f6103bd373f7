"""The press's routes: what they answer, how they are cached, and that they say nothing they should not."""

import gzip
import re
from pathlib import Path

import pytest

from server import create_app
from tests.web import missions

ROOT = Path(__file__).resolve().parents[2]
KAZAKHSTAN = "kazakhstan-2005"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    return create_app([ROOT / "data" / KAZAKHSTAN], tmp_path_factory.mktemp("state")).test_client()


def fetched_first(client, slug=KAZAKHSTAN, code="en"):
    """Every address a browser asks for before the first interaction that belongs to the mission."""
    page = client.get(f"/{slug}/{code}/").get_data(as_text=True)
    script = re.search(r'src="(map-[0-9a-f]+\.js)"', page)[1]
    text = client.get(f"/{slug}/{code}/{script}").get_data(as_text=True)
    values = re.search(r'"(values-[^"]+\.json)"', text)[1]
    areas = re.search(r'"\.\./(areas-[^"]+\.json)"', text)[1]
    return {
        "page": f"/{slug}/{code}/",
        "script": f"/{slug}/{code}/{script}",
        "values": f"/{slug}/{code}/{values}",
        "areas": f"/{slug}/{areas}",
        "version": f"/{slug}/version.json",
    }


@pytest.mark.capability("A start page of missions", page="press")
def test_start_page_lists_the_missions(client):
    answer = client.get("/", headers={"Accept-Language": "ru"})
    assert answer.status_code == 200
    assert "Казахстан 2005" in answer.get_data(as_text=True)
    assert f'href="./{KAZAKHSTAN}/ru/"' in answer.get_data(as_text=True)


@pytest.mark.parametrize("code", ["en", "ru", "kk"])
def test_start_page_has_an_address_in_every_language(client, code):
    answer = client.get(f"/{code}/")
    assert answer.status_code == 200
    assert f'<html lang="{code}"' in answer.get_data(as_text=True)


@pytest.mark.parametrize(("asked", "given"), [("kk,ru;q=0.5", "kk"), ("ru-RU,ru", "ru"), ("de", "en")])
def test_mission_leads_to_the_readers_language_by_a_relative_link(client, asked, given):
    answer = client.get(f"/{KAZAKHSTAN}/", headers={"Accept-Language": asked})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{given}/")


@pytest.mark.parametrize("code", ["en", "ru", "kk"])
@pytest.mark.capability("Figures without JavaScript", page="press")
def test_page_gives_its_figures_without_javascript(client, code):
    text = client.get(f"/{KAZAKHSTAN}/{code}/").get_data(as_text=True)
    assert f'<html lang="{code}"' in text
    for figure in ("310", "117", "47", "192", "155"):
        assert re.search(rf"\b{figure}\b", text), figure


def test_page_never_speaks_of_guilt_or_violations(client):
    for code in ("en", "ru", "kk"):
        text = client.get(f"/{KAZAKHSTAN}/{code}/").get_data(as_text=True).lower()
        assert "guilty" not in text
        assert "violation" not in text
        assert "нарушени" not in text


def test_links_of_a_page_are_relative(client):
    text = client.get(f"/{KAZAKHSTAN}/en/").get_data(as_text=True)
    links = re.findall(r'(?:href|src)="([^"]+)"', text)
    assert len(links) > 8
    assert [link for link in links if link.startswith("/")] == []


@pytest.mark.capability("No inline script, no style, no other host", page="every page")
def test_no_inline_script_or_style(client):
    for path in ("/", "/en/", f"/{KAZAKHSTAN}/en/", "/nothing/here"):
        text = client.get(path).get_data(as_text=True)
        assert re.findall(r"<script(?![^>]*\ssrc=)", text) == []
        assert "<style" not in text
        assert not re.search(r"\s(style|on\w+)=", text)


@pytest.mark.parametrize("path", ["/", f"/{KAZAKHSTAN}/en/", "/nope/", f"/{KAZAKHSTAN}/version.json"])
@pytest.mark.capability("Security headers on every answer", page="every page")
def test_every_answer_carries_the_security_headers(client, path):
    headers = client.get(path).headers
    assert "script-src 'self';" in headers["Content-Security-Policy"]
    assert "style-src 'self';" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]


def test_what_carries_a_version_is_kept_for_ever_and_the_page_is_asked_again(client):
    paths = fetched_first(client)
    for name in ("script", "values", "areas"):
        assert "immutable" in client.get(paths[name]).headers["Cache-Control"], name
    for name in ("page", "version"):
        assert client.get(paths[name]).headers["Cache-Control"] == "no-cache"


def test_unchanged_page_is_answered_with_304(client):
    first = client.get(f"/{KAZAKHSTAN}/en/")
    again = client.get(f"/{KAZAKHSTAN}/en/", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_compressed_answer_is_the_same_text_and_always_the_same_bytes(client):
    plain = client.get(f"/{KAZAKHSTAN}/en/")
    zipped = client.get(f"/{KAZAKHSTAN}/en/", headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.data) == plain.data
    assert zipped.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in zipped.headers["Vary"]
    assert zipped.data[4:8] == b"\0\0\0\0"


def test_head_answers_like_get_without_a_body(client):
    for path in fetched_first(client).values():
        answer = client.head(path)
        assert (answer.status_code, answer.data) == (200, b"")
        assert int(answer.headers["Content-Length"]) == len(client.get(path).data)


@pytest.mark.parametrize(
    "path",
    ["/nope/", "/nope/en/", f"/{KAZAKHSTAN}/de/", f"/{KAZAKHSTAN}/en/values-0.json", "/basemap/x.json",
     "/basemap/near-0/21/10.json", "/basemap/near-0/../10.json",
     "/static/0/js/press/press-map.js", f"/{KAZAKHSTAN}/en/map-0.js", f"/{KAZAKHSTAN}/areas-0.json",
      "/a/b/c/d/e",
     "/static/../server.py", "/basemap/..%2f..%2fserver.py"],
)  # fmt: skip
def test_unknown_address_is_a_404_in_three_languages(client, path):
    answer = client.get(path)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 404
    for sentence in ("There is no such page.", "Такой страницы нет.", "Мұндай бет жоқ."):
        assert sentence in text
    assert "Traceback" not in text


def test_area_that_is_not_drawn_is_a_404(client):
    values = fetched_first(client)["values"]
    version = re.search(r"values-(.+)\.json", values)[1]
    assert client.get(f"/{KAZAKHSTAN}/en/area-16-{version}.json").status_code == 200
    assert client.get(f"/{KAZAKHSTAN}/en/area-17-{version}.json").status_code == 404


def test_writing_is_refused(client):
    assert client.post(f"/{KAZAKHSTAN}/en/").status_code == 405


def test_unforeseen_failure_shows_no_stack_trace(client, monkeypatch):
    from web import press_resources

    monkeypatch.setattr(press_resources, "mission_page", lambda *_: 1 / 0)
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    answer = client.get(f"/{KAZAKHSTAN}/en/")
    assert answer.status_code == 500
    assert "ZeroDivisionError" not in answer.get_data(as_text=True)


def test_two_servers_give_the_same_bytes(client, tmp_path):
    other = create_app([ROOT / "data" / KAZAKHSTAN], tmp_path).test_client()
    mine, theirs = fetched_first(client), fetched_first(other)
    assert mine == theirs
    for path in mine.values():
        assert client.get(path).data == other.get(path).data, path


def test_live_mission_shows_the_press_nothing_but_its_name(tmp_path):
    folder = missions.hostile(tmp_path / "running")
    text = (folder / "mission.toml").read_text().replace('"public_source"', '"live"')
    (folder / "mission.toml").write_text(text)
    own = create_app([folder], tmp_path / "state").test_client()
    answer = own.get("/running/en/")
    assert "Nothing released yet." in answer.get_data(as_text=True)
    assert "A0" not in answer.get_data(as_text=True)
    assert own.get("/running/version.json").status_code == 404


def test_broken_mission_keeps_its_last_good_map_and_says_so(tmp_path):
    from geo.serving.missions import Missions
    from web import create_app as web_app

    folder = missions.sized(tmp_path / "mission", 20)
    library = Missions(lambda: [folder])
    library.refresh()
    own = web_app(library, tmp_path / "state").test_client()
    good = own.get("/mission/en/").get_data(as_text=True)
    assert "last good map" not in good
    (folder / "mission.toml").write_text("[mission\n")
    library.refresh()
    bad = own.get("/mission/en/").get_data(as_text=True)
    assert "last good map" in bad
    assert "SIMULATED" in bad
    assert own.get("/mission/version.json").json["error"] is True


def test_mission_that_never_could_be_read_is_a_503(tmp_path):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "mission.toml").write_text("[mission\n")
    own = create_app([tmp_path / "broken"], tmp_path / "state").test_client()
    assert own.get("/broken/en/").status_code == 503
    assert own.get("/").status_code == 200


def test_nothing_of_an_old_snapshot_is_kept(monkeypatch):
    import gc
    import weakref

    from geo.publication import released
    from tests import factory
    from web import memo, press_resources

    monkeypatch.setattr(memo, "EARLIER_S", 0.0)  # for which pages of an old one may be asked for
    old = released.released_of(factory.snapshot(areas=factory.squares("A")))
    press_resources.mission_page(old, "en", False)
    gone = weakref.ref(old)
    new = released.released_of(factory.snapshot(areas=factory.squares("A", "B")))
    for make in (press_resources.press, lambda one: press_resources.mission_page(one, "en", False)):
        make(new)
    del old
    gc.collect()
    assert gone() is None


def test_what_is_fetched_first_does_not_grow_with_the_stations(tmp_path):
    sizes = []
    for stations in (1_000, 20_000):
        folder = missions.sized(tmp_path / f"stations-{stations}", stations)
        own = create_app([folder], tmp_path / "state").test_client()
        paths = fetched_first(own, folder.name).values()
        sizes.append(sum(len(own.get(path).data) for path in paths))
    assert sizes[1] < 1.1 * sizes[0], sizes


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    folder = missions.sized(tmp_path_factory.mktemp("missions") / "points", 500)
    with (folder / "mission.toml").open("a") as file:
        file.write("[disclosure]\nstations = true\n")
    return create_app([folder], tmp_path_factory.mktemp("state")).test_client()


def tile_urls(client):
    paths = fetched_first(client, "points")
    script = client.get(paths["script"]).get_data(as_text=True)
    found = {name: re.search(f'"{name}": "([^"]+)"', script)[1] for name in ("tiles", "states", "pick")}
    at = {"z": 0, "x": 0, "y": 0, "severity": 1, "ordinal": 0}
    return {name: "/points/" + url.format(**at).replace("../", "") for name, url in found.items()}


def test_station_points_are_tiles_that_never_change(simulated):
    urls = tile_urls(simulated)
    answer = simulated.get(urls["tiles"])
    assert (answer.status_code, len(answer.data) > 500) == (200, True)
    assert "immutable" in answer.headers["Cache-Control"]
    assert simulated.get(urls["tiles"].replace("/0/0/0", "/1/9/9")).status_code == 404


def test_state_of_stations_tells_the_press_no_hours(simulated):
    import struct

    data = simulated.get(tile_urls(simulated)["states"].replace("/en/", "/")).data
    magic, kind, hours, _, _, _, core, edge, _ = struct.unpack("<4s4B4I", data[:24])
    assert (magic, kind, hours, core) == (b"BQS2", 1, 1, 500)
    states, hours_with_a_visit = data[24 : 24 + core + edge], data[24 + core + edge : 24 + 2 * (core + edge)]
    assert set(hours_with_a_visit) == {0}
    assert {state & 7 for state in states} == {0, 2, 3}


def test_severity_above_all_findings_leaves_none_in_the_state(simulated):
    url = tile_urls(simulated)["states"]
    data = simulated.get(url.replace("/1/0/0/0", "/4/0/0/0")).data
    assert 3 not in {state & 7 for state in data[24:524]}
    assert simulated.get(url.replace("/1/0/0/0", "/5/0/0/0")).status_code == 404


def test_one_point_is_told_in_the_readers_language(simulated):
    url = tile_urls(simulated)["pick"].replace("/points/", "/points/ru/")
    assert simulated.get(url).json["title"].startswith("№ ")


def test_mission_that_publishes_no_place_has_no_point_tiles(tmp_path):
    folder = missions.sized(tmp_path / "points", 100)
    rows = [f"t{i},static" for i in range(40)]  # one observer all day at one station: locally a person
    (folder / "teams.csv").write_text("\n".join(["team_id,kind", *rows]))
    own = create_app([folder], tmp_path / "state").test_client()
    page = fetched_first(own, "points")
    version = re.search(r"values-(.+)\.json", page["values"])[1]
    assert own.get(f"/points/states-{version}/1/0/0/0.bin").status_code == 404
    assert own.get(f"/points/en/point-{version}/0/0/0/0.json").status_code == 404


def test_no_text_of_a_row_passes_through_folium(tmp_path):
    folder = missions.hostile(tmp_path / "hostile")
    own = create_app([folder], tmp_path / "state").test_client()
    paths = fetched_first(own, "hostile")
    assert missions.RUN in own.get(paths["values"]).get_data(as_text=True)
    assert missions.RUN not in own.get(paths["script"]).get_data(as_text=True)


def test_choices_and_downloads_are_a_fixed_list(simulated):
    values = fetched_first(simulated, "points")["values"]
    version = re.search(r"values-(.+)\.json", values)[1]
    for stage, severity, status in (("voting", "low", 200), ("night", "low", 404), ("all", "critical", 404)):
        assert simulated.get(f"/points/en/choice-{stage}-{severity}-{version}.json").status_code == status
        address = f"/points/en/download/areas.csv?stage={stage}&severity={severity}"
        assert simulated.get(address).status_code == status
    assert simulated.get("/points/en/download/teams.csv").status_code == 404
    assert simulated.get("/points/en/download/areas.exe").status_code == 404


def test_download_names_its_mission_and_version(simulated):
    answer = simulated.get("/points/en/download/patches.geojson?stage=voting&severity=high")
    name = answer.headers["Content-Disposition"]
    assert re.fullmatch(r'attachment; filename="points-patches-voting-high-[0-9a-f]{16}\.geojson"', name)


@pytest.mark.parametrize("code", ["en", "ru", "kk"])
@pytest.mark.capability("A page on methods", page="press")
def test_methods_page_is_there_in_every_language(simulated, client, code):
    assert simulated.get(f"/points/{code}/methods/").status_code == 200
    assert client.get(f"/{KAZAKHSTAN}/{code}/methods/").status_code == 200


def test_what_only_the_desk_may_know_changes_no_byte_of_the_press(tmp_path):
    import csv

    served = []
    for name, secret in (("one", "KANARIENVOGEL"), ("two", "NACHTIGALL")):
        folder = missions.sized(tmp_path / name / "same", 300)
        path = folder / "visits.csv"
        rows = list(csv.DictReader(path.open()))
        for row in reversed(rows):
            row["team_id"] = secret + row["team_id"]
            row["visit_id"] = secret + row["visit_id"]
        text = (folder / "incidents.csv").read_text().replace(",v", f",{secret}v")
        (folder / "incidents.csv").write_text(text)
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows if name == "one" else rows[::-1])
        own = create_app([folder], tmp_path / name / "state").test_client()
        paths = fetched_first(own, "same")
        version = re.search(r"values-(.+)\.json", paths["values"])[1]
        more = ["/same/en/methods/", "/same/en/download/areas.csv", "/same/en/download/patches.geojson",
                f"/same/en/choice-all-medium-{version}.json"]  # fmt: skip
        answers = [own.get(path) for path in (*paths.values(), *more)]
        assert {one.status_code for one in answers} == {200}
        assert not any(secret.encode() in one.data for one in answers)
        served.append([(one.data, one.headers["ETag"]) for one in answers])
    assert served[0] == served[1]


def test_an_area_of_a_picture_is_numbered_in_digits_that_a_header_can_hold(client):
    version = client.get(f"/{KAZAKHSTAN}/version.json").json["version"]
    name = "named-area1{}-all-medium.svg?download"
    answers = [client.get(f"/{KAZAKHSTAN}/en/picture-{version}/{name.format(last)}") for last in "1١"]
    assert [answer.status_code for answer in answers] == [200, 404]
