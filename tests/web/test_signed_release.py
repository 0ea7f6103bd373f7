"""A live mission in the browser's eyes: nothing, then what two people signed off, then a notice."""

import csv
from datetime import UTC, datetime, timedelta

import pytest

from geo.model.errors import InputError, MissionError
from geo.publication import release, released
from geo.publication.sign_off import SignOff, signed
from geo.serving import build_snapshot
from geo.serving.missions import Missions
from geo.serving.releases import Releases
from server import create_app
from tests.examples import first_of
from tests.web import missions
from web.live_caching import KEPT_A_MINUTE

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
    snapshot = build_snapshot.snapshot(folder)
    version = signed(state / "releases", snapshot, "", "", by="", note="")[1].removeprefix("version ")
    for step, by, note in steps:
        signed(state / "releases", snapshot, step, version, by=by, note=note, now=NOW)
    return version


BOTH = (("verify", "Aigul", ""), ("clear", "Boris", ""))


@pytest.mark.capability("From sign-off to the press page", page="publication")
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
    signed(
        state / "releases",
        build_snapshot.snapshot(folder),
        *withdrawn[:1],
        version,
        by="Boris",
        note=withdrawn[2],
    )
    for code, word in (("en", "withdrawn"), ("ru", "отозвана"), ("kk", "кері қайтарып")):
        page = client.get(f"/running/{code}/").get_data(as_text=True)
        assert word in page
        assert "&lt;b&gt;Two areas were swapped." in page
    assert client.get("/running/version.json").status_code == 404
    assert client.get("/running/en/download/areas.csv").status_code == 404


def test_reports_that_come_after_clearance_change_no_byte(tmp_path):
    folder, state = live(tmp_path / "running"), tmp_path / "state"
    sign(folder, state, *BOTH)
    library = Missions(lambda: [folder])
    library.refresh()
    releases = Releases(library, SignOff(state / "releases"), clock=lambda: NOW)
    before = releases.get("running")
    counted = len(library.get("running").snapshot.visits)
    late = list(csv.DictReader((folder / "visits.csv").open()))
    with (folder / "visits.csv").open("a", newline="") as file:
        csv.DictWriter(file, late[0]).writerows(
            {**row, "visit_id": f"late-{row['visit_id']}"} for row in late
        )
    library.refresh()
    changed = library.get("running").snapshot
    assert len(changed.visits) == 2 * counted
    assert release(changed, NOW, cleared=True) != before.release  # it would be another one, made today
    assert releases.get("running") is before
    again = Releases(library, SignOff(state / "releases"), clock=lambda: NOW).get("running")
    assert again.release == before.release


def test_a_cleared_release_waits_for_its_embargo(tmp_path):
    folder = live(tmp_path / "running", '[disclosure]\nnot_before = "2005-12-08T14:00+06:00"\n')
    state = tmp_path / "state"
    sign(folder, state, *BOTH)
    library = Missions(lambda: [folder])
    library.refresh()
    moments = [datetime(2005, 12, 8, 7, 59, tzinfo=UTC)]
    releases = Releases(library, SignOff(state / "releases"), clock=lambda: moments[-1])
    assert releases.get("running").release.state == "nothing_yet"
    moments.append(moments[0] + timedelta(minutes=1))
    assert releases.get("running").release.state == "released"


@pytest.mark.parametrize("moment", ["tomorrow", "2005-12-08T14:00", "9999-12-08T14:00+06:00"])
def test_an_embargo_that_is_no_moment_stops_the_mission(tmp_path, moment):
    folder = live(tmp_path / "running", f'[disclosure]\nnot_before = "{moment}"\n')
    with pytest.raises(MissionError, match="not_before"):
        build_snapshot.snapshot(folder)


def test_a_release_that_cannot_be_read_shows_nothing(tmp_path):
    folder, state = live(tmp_path / "running"), tmp_path / "state"
    sign(folder, state, *BOTH)
    for path in (state / "releases" / "running").glob("*.release.json"):
        path.write_text("{}")
    client = create_app([folder], state).test_client()
    assert "Nothing released yet." in client.get("/running/en/").get_data(as_text=True)


def released_counted(monkeypatch):
    """Note every release that is made; return the list of missions."""
    made, real = [], released.released_of

    def counted(snapshot):
        made.append(snapshot.mission.slug)
        return real(snapshot)

    monkeypatch.setattr(released, "released_of", counted)
    return made


def test_before_a_release_a_report_makes_no_work_for_whoever_asks_next(tmp_path, monkeypatch):
    folder, made = live(tmp_path / "running"), released_counted(monkeypatch)
    library = Missions(lambda: [folder])
    library.refresh()
    releases = Releases(library, SignOff(tmp_path / "releases"))
    before, snapshot = releases.get("running"), library.get("running").snapshot
    header, *rows = csv.reader((folder / "visits.csv").open())
    for number in range(3):
        more = [dict(zip(header, rows[number], strict=True)) | {"visit_id": f"more{number}"}]
        with (folder / "visits.csv").open("a", newline="") as file:
            csv.DictWriter(file, header).writerows(more)
        library.refresh()
        assert library.get("running").snapshot is not snapshot
        snapshot = library.get("running").snapshot
        assert releases.get("running") is before
    assert made == ["running"]


def test_another_title_is_another_empty_release(tmp_path):
    folder = live(tmp_path / "running")
    library = Missions(lambda: [folder])
    library.refresh()
    releases = Releases(library, SignOff(tmp_path / "releases"))
    releases.get("running")
    file = folder / "mission.toml"
    file.write_text(file.read_text().replace("Live", "Very live"))
    library.refresh()
    assert "Very live" in releases.get("running").release.about.title["en"]


def renamed(folder, nature):
    file = folder / "mission.toml"
    file.write_text(file.read_text().replace('nature = "live"', f'nature = "{nature}"'))


@pytest.mark.parametrize("nature", first_of(["simulated", "public_source"]))
def test_one_word_in_mission_toml_does_not_end_the_rule_of_two(tmp_path, nature):
    folder, state = live(tmp_path / "running"), tmp_path / "state"
    create_app([folder], state).test_client().get("/running/en/")
    renamed(folder, nature)
    client = create_app([folder], state).test_client()
    assert "Nothing released yet." in client.get("/running/en/").get_data(as_text=True)
    assert client.get("/running/en/download/stations.csv").status_code == 404
    snapshot = build_snapshot.snapshot(folder)

    def step(what, by):
        return signed(state / "releases", snapshot, what, nature, by=by, note="", now=NOW)

    assert "served as a live one" in step("", "")[0]
    with pytest.raises(InputError, match="cannot be cleared"):
        step("clear", "Boris")
    step("verify", "Aigul")
    with pytest.raises(InputError, match="two people"):
        step("clear", " AIGUL ")
    assert "Nothing released yet." in client.get("/running/en/").get_data(as_text=True)
    step("clear", "Boris")
    client = create_app([folder], state).test_client()
    assert "Nothing released yet." not in client.get("/running/en/").get_data(as_text=True)
    step("withdraw", "Boris")
    client = create_app([folder], state).test_client()
    assert "Nothing released yet." in client.get("/running/en/").get_data(as_text=True)


def test_a_mission_that_was_live_goes_on_showing_what_was_cleared(tmp_path):
    folder, state = live(tmp_path / "running"), tmp_path / "state"
    version = sign(folder, state, *BOTH)
    renamed(folder, "public_source")
    assert create_app([folder], state).test_client().get("/running/version.json").json["version"] == version


def test_a_mission_that_was_never_live_needs_no_signature(tmp_path):
    folder = live(tmp_path / "running")
    renamed(folder, "public_source")
    page = create_app([folder], tmp_path / "state").test_client().get("/running/en/")
    assert "Nothing released yet." not in page.get_data(as_text=True)


def test_shared_caches_ask_again_after_a_minute_what_a_live_mission_tells(tmp_path):
    folder, state = live(tmp_path / "running"), tmp_path / "state"
    version = sign(folder, state, *BOTH)
    client = create_app([folder], state).test_client()
    address = f"/running/en/choice-all-medium-{version}.json"
    kept = client.get(address)
    assert kept.headers["Cache-Control"] == KEPT_A_MINUTE
    assert client.get(address, headers={"If-None-Match": kept.headers["ETag"]}).status_code == 304
    sign_off = build_snapshot.snapshot(folder)
    signed(state / "releases", sign_off, "withdraw", version, by="Boris", note="wrong", now=NOW)
    gone = client.get(address, headers={"If-None-Match": kept.headers["ETag"]})
    assert (gone.status_code, gone.headers["Cache-Control"]) == (404, "no-store")


def test_what_a_public_source_tells_may_be_kept_for_ever(tmp_path):
    folder = live(tmp_path / "running")
    renamed(folder, "public_source")
    client = create_app([folder], tmp_path / "state").test_client()
    client.get("/running/en/")
    version = client.get("/running/version.json").json["version"]
    assert "immutable" in client.get(f"/running/en/choice-all-medium-{version}.json").headers["Cache-Control"]
