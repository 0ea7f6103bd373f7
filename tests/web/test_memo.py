"""What was made of a snapshot or release is kept while it is current, and for older ones while pages ask."""

import concurrent.futures
import gc
import itertools
import shutil
import sys
import threading
import weakref
from dataclasses import replace

import pytest

import web
from geo.serving.missions import Missions, find
from tests import factory
from tests.web import missions
from web import memo

NUMBERS = itertools.count()


@pytest.fixture
def made():
    """Of which snapshots' versions something was made, in this order."""
    return []


@pytest.fixture
def body(made):
    """Give a function whose results are kept."""

    @memo.per_snapshot
    def body(snapshot):
        made.append(snapshot.version)
        return snapshot.version.encode()

    return body


@pytest.fixture(scope="module")
def whole():
    return factory.snapshot(areas=factory.squares("A"))


def versions(whole, *names):
    """Copies of a snapshot under these versions, of a mission that no other test has."""
    mission = replace(whole.mission, slug=f"memo-{next(NUMBERS)}")
    return [replace(whole, mission=mission, version=name) for name in names]


def test_a_page_of_the_version_before_takes_nothing_from_the_newest(whole, made, body):
    old, new = versions(whole, "old", "new")
    for snapshot in (old, new, old, new):
        body(snapshot)
    assert made == ["old", "new"]


def test_many_first_requests_after_a_release_make_it_once(whole, made, body):
    started, interval = threading.Barrier(4), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def ask(snapshot):
        started.wait(60)
        return body(snapshot)

    try:
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for snapshot in versions(whole, *map(str, range(300))):
                list(pool.map(ask, [snapshot] * 4))
    finally:
        sys.setswitchinterval(interval)
    assert made == [str(i) for i in range(300)]


def test_what_was_made_of_older_ones_goes_when_nobody_asks_any_more(whole, body, monkeypatch):
    monkeypatch.setattr(memo, "EARLIER_S", 0.0)
    old, new = versions(whole, "old", "new")
    seen = replace(old, view="of a coordinator")
    for snapshot in (old, seen, new, new):
        body(snapshot)
    gone = [weakref.ref(old), weakref.ref(seen)]
    del old, seen, snapshot
    gc.collect()
    assert [one() for one in gone] == [None, None]


def test_few_older_ones_are_kept_however_many_pages_ask(whole, made, body):
    snapshots = versions(whole, *"abcde")
    for snapshot in (*snapshots, *reversed(snapshots), snapshots[-1]):
        body(snapshot)
    assert made == [*"abcde", *"ba"]


def test_a_view_of_the_newest_stays_however_often_the_whole_is_asked_for(whole, made, body, monkeypatch):
    monkeypatch.setattr(memo, "EARLIER_S", 0.0)
    (new,) = versions(whole, "new")
    view = replace(new, view="of a coordinator")
    for snapshot in (new, view, new, new, view):
        body(snapshot)
    assert made == ["new", "new"]


def test_no_release_of_a_mission_that_is_gone_stays_in_memory(tmp_path):
    missions.sized(tmp_path / "gone", 20)
    library = Missions(lambda: find(tmp_path))
    library.refresh()
    app = web.create_app(library, tmp_path / "state")
    assert app.test_client().get("/gone/en/").status_code == 200
    kept = [
        weakref.ref(one)
        for one in (library.get("gone").snapshot, app.extensions["baqylau.releases"].newest("gone"))
    ]
    shutil.rmtree(tmp_path / "gone")
    library.refresh()
    gc.collect()
    assert [one() for one in kept] == [None, None]
