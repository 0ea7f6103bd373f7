"""A live mission in the browser's eyes: nothing, then what two people signed off, then a notice."""

import csv
from datetime import UTC, datetime, timedelta

import pytest

from geo import build
from geo.errors import MissionError
from geo.library import Library
from geo.releases import Releases
from geo.signoff import Signoff, signed
from server import create_app
from tests.web import missions

NOW = datetime(2005, 12, 8, 12, tzinfo=UTC)


def live(folder, settings=""):
    """A live mission whose visits were received on the election day; it speaks for three days later."""
    missions.sized(folder, 300)
    text = (folder / "mission.toml").read_text().replace('"simulated"', '"live"').replace("SIMULATED", "Live")
    (folder / "mission.toml").write_text(f'{text}as_of = "2005-12-07T12:00"\n{settings}')
    path = folder / "visits.csv"
    rows = [{**row, "received": "2005-12-04T12:00"} for row in csv.DictReader(path.open())]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return folder


def sign(folder, state, *steps):
    snapshot = build.snapshot(folder)
    version = signed(state / "releases", snapshot, "", "", by="", note="")[1].removeprefix("version ")
    for step, by, note in steps:
        signed(state / "releases", snapshot, step, version, by=by, note=note, now=NOW)
    return version


BOTH = (("verify", "Aigul", ""), ("clear", "Boris", ""))


def test_press_sees_a_live_mission_once_two_people_signed_and_a_notice_once_it_is_withdrawn(tmp_path):
    folder, state = live(tmp_path / "running"), tmp_path / "state"
    client = create_app([folder], state).test_client()
    assert "Nothing released yet." in client.get("/running/en/").get_data(as_text=True)
    version = sign(folder, state, *BOTH)
    page = client.get("/running/en/").get_data(as_text=True)
    assert "Nothing released yet." not in page
    assert version in page
    assert client.get("/running/version.json").json["version"] == version
    assert client.get("/running/en/download/areas.csv").status_code == 200
    withdrawn = ("withdraw", "Boris", "<b>Two areas were swapped.</b>")
    signed(state / "releases", build.snapshot(folder), *withdrawn[:1], version, by="Boris", note=withdrawn[2])
    for code, word in (("en", "withdrawn"), ("ru", "отозвана"), ("kk", "кері қайтарып")):
        page = client.get(f"/running/{code}/").get_data(as_text=True)
        assert word in page
        assert "&lt;b&gt;Two areas were swapped." in page
    assert client.get("/running/version.json").status_code == 404
    assert client.get("/running/en/download/areas.csv").status_code == 404


def test_reports_that_come_after_clearance_change_no_byte(tmp_path):
    folder, state = live(tmp_path / "running"), tmp_path / "state"
    sign(folder, state, *BOTH)
    library = Library(lambda: [folder])
    library.refresh()
    releases = Releases(library, Signoff(state / "releases"), clock=lambda: NOW)
    before = releases.get("running")
    (folder / "visits.csv").write_text("\n".join((folder / "visits.csv").read_text().splitlines()[:20]))
    library.refresh()
    assert releases.get("running") is before


def test_a_cleared_release_waits_for_its_embargo(tmp_path):
    folder = live(tmp_path / "running", '[disclosure]\nnot_before = "2005-12-08T14:00+06:00"\n')
    state = tmp_path / "state"
    sign(folder, state, *BOTH)
    library = Library(lambda: [folder])
    library.refresh()
    moments = [datetime(2005, 12, 8, 7, 59, tzinfo=UTC)]
    releases = Releases(library, Signoff(state / "releases"), clock=lambda: moments[-1])
    assert releases.get("running").release.state == "nothing_yet"
    moments.append(moments[0] + timedelta(minutes=1))
    assert releases.get("running").release.state == "released"


@pytest.mark.parametrize("moment", ["tomorrow", "2005-12-08T14:00", "9999-12-08T14:00+06:00"])
def test_an_embargo_that_is_no_moment_stops_the_mission(tmp_path, moment):
    folder = live(tmp_path / "running", f'[disclosure]\nnot_before = "{moment}"\n')
    with pytest.raises(MissionError, match="not_before"):
        build.snapshot(folder)


def test_a_release_that_cannot_be_read_shows_nothing(tmp_path):
    folder, state = live(tmp_path / "running"), tmp_path / "state"
    sign(folder, state, *BOTH)
    for path in (state / "releases" / "running").glob("*.release.json"):
        path.write_text("{}")
    client = create_app([folder], state).test_client()
    assert "Nothing released yet." in client.get("/running/en/").get_data(as_text=True)
