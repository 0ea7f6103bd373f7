"""One process builds a large mission, says so, and goes straight on with its release."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from geo.model.mission import load
from geo.serving import build_process, child_process, release_process
from geo.serving.disk_cache import DiskCache
from tests.web import missions

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EVERY = 1  # byte: every mission is a large one


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return missions.sized(tmp_path_factory.mktemp("missions") / "large", 60)


@pytest.fixture
def job(folder, tmp_path):
    return {"folder": str(folder), "now": NOW.isoformat(), "store": str(tmp_path)}


def no_process(*_):
    raise AssertionError("a process was started")


def test_the_mission_is_told_before_its_release_is_made(job, monkeypatch):
    kept = []
    monkeypatch.setattr(release_process, "keep", lambda *given: kept.append(given))
    work = build_process.build(job)
    assert (next(work)["version"] != "", kept) == (True, [])
    assert (list(work), len(kept)) == ([], 1)


def test_who_asks_for_the_release_waits_for_the_one_being_made(folder, tmp_path, monkeypatch):
    store = DiskCache(tmp_path)
    snapshot = child_process.snapshot(folder, NOW, store, EVERY)
    monkeypatch.setattr(child_process, "ask", no_process)
    released = release_process.released_snapshot(snapshot, store, NOW, EVERY)
    assert released.release.about.slug == folder.name
    assert store.entry(release_process.key_of(snapshot)) is not None


@pytest.mark.parametrize(
    ("nature", "goes_on"), [("public_source", True), ("simulated", True), ("live", False)]
)
def test_of_a_live_mission_no_release_is_made_that_nobody_signed(folder, nature, goes_on):
    assert build_process.goes_on(replace(load(folder), nature=nature)) == goes_on


def test_a_mission_whose_build_took_gigabytes_gets_its_release_from_a_fresh_process(folder, monkeypatch):
    monkeypatch.setattr(build_process, "MOST_BYTES", EVERY)
    assert not build_process.goes_on(replace(load(folder), nature="simulated"))


def test_a_child_that_ends_without_an_answer_leaves_the_work_to_who_asked(job, caplog):
    assert child_process.ask("geo.model.no_such_module", job) == {}
    assert "ended with 1" in caplog.text
