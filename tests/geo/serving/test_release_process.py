"""A large mission's release: made by a process of its own, kept, and the same as made here."""

from datetime import UTC, datetime

import orjson
import pytest

from geo.publication import released, serialization
from geo.serving import build_snapshot, child_process, release_process
from geo.serving.disk_cache import DiskCache
from tests.web import missions

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EVERY = 1  # byte: every mission is a large one


@pytest.fixture(scope="module")
def mission(tmp_path_factory):
    folder = missions.sized(tmp_path_factory.mktemp("missions") / "large", 60)
    with (folder / "mission.toml").open("a") as file:
        file.write('as_of = "2005-12-05T12:00"\n[disclosure]\nstations = true\n')
    return folder


@pytest.fixture(scope="module")
def snapshot(mission):
    return build_snapshot.snapshot(mission, NOW)


@pytest.fixture(scope="module")
def here(snapshot):
    return released.released_of(snapshot)


@pytest.fixture(scope="module")
def store(tmp_path_factory, snapshot):
    """A store in which another process left the release."""
    store = DiskCache(tmp_path_factory.mktemp("store"))
    release_process.released_snapshot(snapshot, store, NOW, EVERY)
    return store


def no_process(*_):
    raise AssertionError("a process was started")


def test_another_process_makes_and_keeps_the_release_that_would_be_made_here(
    monkeypatch, snapshot, store, here
):
    monkeypatch.setattr(child_process, "ask", no_process)
    made = release_process.released_snapshot(snapshot, store, NOW, EVERY)
    assert made.release == here.release
    assert made.registry is snapshot.registry
    assert serialization.to_plain(made.release) == serialization.to_plain(here.release)


def test_a_small_mission_s_release_is_made_here(monkeypatch, snapshot, store, here):
    monkeypatch.setattr(child_process, "ask", no_process)
    assert release_process.released_snapshot(snapshot, store, NOW).release == here.release


def test_without_a_place_to_keep_it_the_release_is_made_here(monkeypatch, snapshot, here):
    monkeypatch.setattr(child_process, "ask", no_process)
    assert release_process.released_snapshot(snapshot, None, NOW, EVERY).release == here.release


def test_where_no_process_can_be_had_the_release_is_made_here(monkeypatch, tmp_path, snapshot, here):
    monkeypatch.setattr(child_process, "ask", lambda *_: {})
    assert (
        release_process.released_snapshot(snapshot, DiskCache(tmp_path), NOW, EVERY).release == here.release
    )


def test_a_kept_release_that_says_something_else_is_not_used(
    monkeypatch, tmp_path, snapshot, store, here, caplog
):
    key = release_process.key_of(snapshot)
    forged = DiskCache(tmp_path)

    def write(folder):
        for file in store.entry(key).iterdir():
            if file.suffix in (".arrow", ".json") and file.name != "manifest.json":
                (folder / file.name).write_bytes(file.read_bytes())
        rest = orjson.loads((folder / "rest.json").read_bytes())
        rest["held_back"] += 1
        (folder / "rest.json").write_bytes(orjson.dumps(rest))

    forged.write(key, write)
    monkeypatch.setattr(child_process, "ask", lambda *_: {})
    assert release_process.released_snapshot(snapshot, forged, NOW, EVERY).release == here.release
    assert "does not say what it did" in caplog.text


def test_other_rules_or_another_moment_are_another_release(mission, snapshot):
    file = mission / "mission.toml"
    text = file.read_text()
    try:
        file.write_text(text.replace("stations = true", "stations = false"))
        assert release_process.key_of(build_snapshot.snapshot(mission, NOW)) != release_process.key_of(
            snapshot
        )
        file.write_text(text.replace("05T12:00", "05T13:00"))
        assert release_process.key_of(build_snapshot.snapshot(mission, NOW)) != release_process.key_of(
            snapshot
        )
    finally:
        file.write_text(text)


def test_files_that_changed_meanwhile_make_no_release(mission, snapshot, tmp_path):
    job = {"folder": str(mission), "now": NOW.isoformat(), "store": str(tmp_path), "key": "release-of-old"}
    with pytest.raises(child_process.BaqylauError, match="changed"):
        next(release_process.make(job))
