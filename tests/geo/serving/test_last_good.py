"""A restart over files that cannot be read serves the last good map, to the press under the rules of then."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest

from geo.analysis.live import VisitReport
from geo.publication import released
from geo.serving import child_process, release_process, snapshot_cache
from geo.serving.disk_cache import DiskCache
from geo.serving.missions import Missions, find, for_press
from geo.serving.releases import Releases
from tests.examples import first_of
from tests.geo.reading.trap_missions import CATEGORY_COLUMNS, VISIT_COLUMNS, VISITS, csv_text, mission
from tests.geo.serving.live_reports import report

RULES = "[disclosure]\nminimum_stations = 5\n"
NOW = datetime(2005, 12, 10, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    return DiskCache(tmp_path / "cache")


@pytest.fixture
def folder(tmp_path):
    return mission(tmp_path / "data" / "m", RULES)


def started(folder, store, now=NOW):
    """A server begun anew."""
    library = Missions(lambda: find(folder.parent), clock=lambda: now, store=store)
    library.refresh()
    return library


def said(library):
    return " ".join(str(problem) for problem in library.get("m").problems)


def changed(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def broken(folder):
    (folder / "stations.csv").write_bytes(b"PK\x03\x04 not what it was")


BREAKS = {
    "stations.csv": lambda path: path.write_bytes(b"PK\x03\x04 not what it was"),
    "areas.geojson": lambda path: path.write_bytes(path.read_bytes()[:200]),
    "visits.csv": lambda path: path.unlink(),
    "incidents.csv": lambda path: path.rename(path.with_suffix(".xls")),
}


@pytest.mark.parametrize("name", list(BREAKS))
@pytest.mark.capability("A restart over broken files serves the last good map", page="serving")
def test_a_restart_over_a_file_that_cannot_be_read_serves_the_last_good_map(folder, store, name):
    before = started(folder, store).get("m").snapshot
    BREAKS[name](folder / name)
    library = started(folder, store)
    served = library.get("m")
    assert served.snapshot.version == before.version
    assert len(served.snapshot.visits) == 10
    assert name.split(".")[0] in said(library)
    assert served.is_for_press


def test_a_restart_over_a_half_copied_file_serves_the_last_good_map(folder, store):
    started(folder, store)
    (folder / "visits.csv").write_text(csv_text(VISIT_COLUMNS, VISITS[:4]))
    library = started(folder, store)
    assert len(library.get("m").snapshot.visits) == 10
    assert "visits.csv: has 4 rows where it had 10" in said(library)


def test_the_moment_of_the_map_from_before_is_said(folder, store):
    started(folder, store)
    broken(folder)
    library = started(folder, store)
    assert "this is the map from before, of 2005-12-10 06:00 UTC" in said(library)
    (folder / "stations.csv").write_bytes(b"PK\x03\x04 and once more")
    library.refresh()
    assert "this is the map from before, of 2005-12-10 06:00 UTC" in said(library)


def test_files_that_are_mended_after_a_restart_are_served_without_a_word(folder, store):
    started(folder, store)
    whole = (folder / "stations.csv").read_bytes()
    broken(folder)
    library = started(folder, store)
    (folder / "stations.csv").write_bytes(whole)
    library.refresh()
    assert library.get("m").problems == ()
    assert library.get("m").is_for_press


def test_the_map_is_kept_over_many_restarts(folder, store):
    before = started(folder, store).get("m").snapshot
    broken(folder)
    for _ in range(5):
        assert started(folder, store).get("m").snapshot.version == before.version


def test_builds_that_are_refused_do_not_push_the_last_good_map_out(folder, store):
    library = started(folder, store)
    for rows in (5, 4, 3, 2, 1):
        (folder / "visits.csv").write_text(csv_text(VISIT_COLUMNS, VISITS[:rows]))
        library.refresh()
    assert len(started(folder, store).get("m").snapshot.visits) == 10


def test_of_two_good_maps_the_last_comes_back(folder, store):
    library = started(folder, store)
    (folder / "visits.csv").write_text(csv_text(VISIT_COLUMNS, VISITS[:9]))
    library.refresh()
    broken(folder)
    assert len(started(folder, store).get("m").snapshot.visits) == 9


def test_what_is_gone_goes_after_a_restart_when_mission_toml_is_saved(folder, store):
    started(folder, store)
    (folder / "visits.csv").unlink()
    toml = folder / "mission.toml"
    toml.write_text(toml.read_text() + "\n")
    library = started(folder, store)
    assert library.get("m").problems == ()
    assert len(library.get("m").snapshot.visits) == 0


def test_times_in_the_future_when_it_was_kept_do_not_lose_the_map(tmp_path, store):
    folder = mission(tmp_path / "data" / "m")
    changed(folder / "mission.toml", 'as_of = "2005-12-10T12:00"\n', "")
    early, late = datetime(2005, 12, 4, 4, tzinfo=UTC), datetime(2005, 12, 4, 5, tzinfo=UTC)
    before = started(folder, store, early).get("m").snapshot
    started(folder, store, late)
    broken(folder)
    assert started(folder, store, NOW).get("m").snapshot.version == before.version


@pytest.mark.parametrize(
    ("old", "new"),
    [("Trial", "Another"), ("2005-12-04", "2006-12-04")],
)
def test_another_election_in_the_folder_is_not_shown_as_the_one_before(folder, store, old, new):
    started(folder, store)
    changed(folder / "mission.toml", old, new)
    broken(folder)
    assert started(folder, store).get("m").snapshot is None


def test_a_folder_of_the_same_name_elsewhere_is_another_mission(folder, store, tmp_path):
    started(folder, store)
    trial = shutil.copytree(folder, tmp_path / "trial" / "m")
    broken(trial)
    assert started(trial, store).get("m").snapshot is None


def test_a_mission_whose_folder_is_gone_is_not_served(folder, store):
    started(folder, store)
    shutil.rmtree(folder)
    assert started(folder, store).missions() == ()


def test_another_version_of_the_program_does_not_trust_what_was_kept(folder, store, monkeypatch):
    started(folder, store)
    broken(folder)
    monkeypatch.setattr(snapshot_cache, "program", lambda: ["another"])
    assert started(folder, store).get("m").snapshot is None


def test_a_damaged_cache_is_as_good_as_none(folder, store):
    started(folder, store)
    broken(folder)
    for path in store.folder.glob("lastgood*/about.json"):
        path.chmod(0o644)
        path.write_text('{"halves": 3}')
    assert started(folder, store).get("m").snapshot is None


def test_without_a_store_nothing_comes_back(folder):
    started(folder, None)
    broken(folder)
    assert started(folder, None).get("m").snapshot is None


TIGHTENED = {
    "more stations": ("minimum_stations = 5", "minimum_stations = 50"),
    "a rule that cannot be read as one": ("minimum_stations = 5", 'minimum_stations = "fifty"'),
    "a section misspelled": ("[disclosure]", "[disclosre]"),
    "signed by two people": ('"public_source"', '"live"'),
    "later": ("minimum_stations = 5", "minimum_stations = 5\ndelay_hours = 24"),
    "what is verified": (
        "[disclosure]",
        '[tables.visits.values.verification]\nverified = "unverified"\n[disclosure]',
    ),
}


@pytest.mark.parametrize("how", first_of(list(TIGHTENED), 2))
@pytest.mark.parametrize("restarted", [True, False], ids=["restarted", "running"])
def test_no_map_is_for_the_press_under_rules_that_changed_since(folder, store, how, restarted):
    library = started(folder, store)
    changed(folder / "mission.toml", *TIGHTENED[how])
    broken(folder)
    library = started(folder, store) if restarted else library
    library.refresh()
    served = library.get("m")
    assert len(served.snapshot.visits) == 10
    assert for_press(served).snapshot is None
    assert "mission.toml: the rules for the press are not those of the last good map" in said(library)
    assert Releases(library, store=store).get("m") is None
    assert Releases(library, store=store).newest("m") is None


@pytest.mark.parametrize("name", ["subtitle", "credit", "contact"])
def test_words_that_changed_leave_the_press_its_map(folder, store, name):
    started(folder, store)
    changed(folder / "mission.toml", '"Trial"', f'"Trial"\n{name} = "new@example.org"')
    broken(folder)
    assert started(folder, store).get("m").is_for_press


def test_kinds_of_finding_that_are_public_no_more_are_not_shown_under_the_map_before(folder, store):
    started(folder, store)
    kinds = [["sealed", "Ballot box not sealed", "high", "opening", "no"]]
    (folder / "categories.csv").write_text(csv_text(CATEGORY_COLUMNS, kinds))
    broken(folder)
    assert not started(folder, store).get("m").is_for_press


def test_a_mission_toml_that_cannot_be_read_after_a_restart_shows_the_press_nothing(folder, store):
    started(folder, store)
    (folder / "mission.toml").write_text("[mission\n")
    library = started(folder, store)
    assert len(library.get("m").snapshot.visits) == 10
    assert not library.get("m").is_for_press
    assert "the rules for the press cannot be read" in said(library)


def test_a_mission_toml_that_cannot_be_read_while_it_is_served_leaves_the_press_what_it_has(folder, store):
    library = started(folder, store)
    (folder / "mission.toml").write_text("[mission\n")
    library.refresh()
    assert library.get("m").is_for_press


def test_rules_that_changed_and_can_be_read_no_more_stay_closed(folder, store):
    library = started(folder, store)
    changed(folder / "mission.toml", *TIGHTENED["more stations"])
    broken(folder)
    library.refresh()
    (folder / "mission.toml").write_text("[mission\n")
    library.refresh()
    assert not library.get("m").is_for_press


def test_rules_put_back_open_the_map_for_the_press_again(folder, store):
    started(folder, store)
    text = (folder / "mission.toml").read_text()
    (folder / "mission.toml").write_text("[mission\n")
    broken(folder)
    library = started(folder, store)
    (folder / "mission.toml").write_text(text)
    library.refresh()
    assert library.get("m").is_for_press


def test_the_release_of_the_map_from_before_is_what_it_was(folder, store):
    before = Releases(started(folder, store), store=store).get("m").release.version
    broken(folder)
    assert Releases(started(folder, store), store=store).get("m").release.version == before


def test_reports_that_came_in_are_not_taken_for_rows_that_a_file_lost(folder, store):
    library = started(folder, store)
    for number in range(10):
        report(library, "m", VisitReport(f"r{number}", "N/1", verification="verified", answered=("*",)))
    library.publish()
    (folder / "visits.csv").write_text(csv_text(VISIT_COLUMNS, VISITS[:9]))
    library.refresh()
    assert library.get("m").problems == ()


DEPTHS = range(100, 1_000, 60)


@pytest.mark.parametrize(
    "depth", [pytest.param(n, marks=() if n in DEPTHS[::7] else pytest.mark.slow) for n in DEPTHS]
)
def test_settings_nested_without_end_open_nothing_and_stop_nothing(folder, store, depth):
    started(folder, store)
    toml = folder / "mission.toml"
    toml.write_text(f"{toml.read_text()}deep = {'[' * depth}{']' * depth}\n")
    library = started(folder, store)
    assert not library.get("m").is_for_press
    assert library.get("m").problems


@pytest.fixture
def beside(monkeypatch):
    """Every mission is a large one, built by a process of its own."""
    real = child_process.snapshot
    monkeypatch.setattr(child_process, "snapshot", lambda *asked: real(*asked, large=1))


@pytest.mark.usefixtures("beside")
def test_a_large_mission_comes_back_too(folder, store):
    before = started(folder, store).get("m").snapshot
    broken(folder)
    assert started(folder, store).get("m").snapshot.version == before.version


def test_a_release_that_was_kept_is_not_made_again_of_files_that_are_gone(folder, store, monkeypatch):
    before = started(folder, store).get("m").snapshot
    release = release_process.released_snapshot(before, store, NOW, large=1).release
    for path in folder.glob("*.csv"):
        path.unlink()
    monkeypatch.setattr(released, "released_of", lambda *_: pytest.fail("made again"))
    restored = started(folder, store).get("m").snapshot
    assert release_process.released_snapshot(restored, store, NOW).release.version == release.version
