"""A press page all of whose parts come though a newer release replaced its own meanwhile."""

import re

import pytest

from geo.analysis.live import VisitReport
from geo.serving import releases
from geo.serving.missions import Missions
from tests.geo.serving.live_reports import report
from tests.web import missions
from web import create_app


@pytest.fixture
def folder(tmp_path):
    return missions.sized(tmp_path / "one", 300)


@pytest.fixture
def library(folder):
    made = Missions(lambda: [folder])
    made.refresh()
    return made


@pytest.fixture
def client(library, tmp_path):
    return create_app(library, tmp_path / "state", token="a-token-of-the-test").test_client()


def parts(client):
    """What a page that was just sent goes on to ask for."""
    page = client.get("/one/en/").text
    script = re.search(r'src="(map-[0-9a-f]+\.js)"', page)[1]
    version = client.get("/one/version.json").json["version"]
    return [f"/one/en/{name}" for name in (script, f"values-{version}.json", f"card-{version}.svg")]


def report_more(client, library):
    """Visits more, and the release that tells of them."""
    before = client.get("/one/version.json").json["version"]
    for number in range(1, 100, 3):
        station = f"A{number // 7 % 10}/{number}"
        visit = VisitReport(f"r{number}", station, team_id="t0", verification="verified", answered=("*",))
        report(library, "one", visit)
    library.publish()
    client.application.extensions["baqylau.releases"].get("one", patience_s=300)
    assert client.get("/one/version.json").json["version"] != before


def test_every_part_of_a_page_comes_after_a_newer_release(client, library):
    asked = parts(client)
    report_more(client, library)
    assert [client.get(one).status_code for one in asked] == [200] * 3


def test_parts_of_a_page_are_gone_after_a_while(client, library, monkeypatch):
    monkeypatch.setattr(releases, "EARLIER_S", 0.0)
    asked = parts(client)
    report_more(client, library)
    assert [client.get(one).status_code for one in asked] == [404] * 3


def test_what_the_settings_take_back_is_gone_at_once(client, library, folder):
    asked = parts(client)
    report_more(client, library)
    settings = folder / "mission.toml"
    settings.write_text(settings.read_text() + "\n[disclosure]\nminimum_teams = 3\n")
    library.refresh()
    client.application.extensions["baqylau.releases"].get("one", patience_s=300)
    assert [client.get(one).status_code for one in asked] == [404] * 3


def test_the_stations_of_a_page_come_after_one_of_them_was_moved(tmp_path):
    folder = missions.sized(tmp_path / "open", 300)
    with (folder / "mission.toml").open("a") as file:
        file.write("[disclosure]\nstations = true\n")
    library = Missions(lambda: [folder])
    library.refresh()
    client = create_app(library, tmp_path / "state", token="a-token-of-the-test").test_client()
    script = re.search(r'src="(map-[0-9a-f]+\.js)"', client.get("/open/en/").text)[1]
    text = client.get(f"/open/en/{script}").text
    tile = f"/open/{re.search(r'points-[0-9a-f]+', text)[0]}/0/0/0.mvt"
    before = client.get(tile).data
    registry = folder / "stations.csv"
    header, _, *rest = registry.read_text(encoding="utf-8").splitlines()
    registry.write_text("\n".join((header, *rest)) + "\n", encoding="utf-8")
    library.refresh()
    client.application.extensions["baqylau.releases"].get("open", patience_s=300)
    assert before and client.get(tile).data == before
