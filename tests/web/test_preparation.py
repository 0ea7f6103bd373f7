"""What a server makes before anybody asks: first what the public opens, then what coordinators do."""

import pytest

from geo.publication.sign_off import SignOff
from geo.serving.journal_door import JournalDoor
from geo.serving.missions import Missions
from geo.serving.releases import Releases
from tests.geo.journal.events import event
from tests.web import missions
from web import desk_resources, preparation, press_resources


@pytest.fixture
def library(tmp_path):
    served = Missions(lambda: [missions.sized(tmp_path / "one", 60)])
    served.refresh()
    return served


@pytest.fixture
def order(monkeypatch):
    """The names of what is made, in order, instead of what is made."""
    asked = []
    monkeypatch.setattr(press_resources, "mission_page", lambda *_, **__: asked.append("press page"))
    monkeypatch.setattr(desk_resources, "prepare", lambda _: asked.append("desk"))
    return asked


@pytest.fixture
def door(tmp_path):
    opened = JournalDoor(tmp_path / "state")
    yield opened
    opened.close()


def test_the_press_page_is_made_before_the_desk(library, order, door, tmp_path):
    releases = Releases(library, SignOff(tmp_path / "releases"))
    releases.get("one", patience_s=0.0)
    preparation._prepare(library, releases, door)
    assert order == ["press page", "desk"]


@pytest.fixture
def no_release(monkeypatch):
    """No release is on its way here: none is waited for."""
    monkeypatch.setattr(preparation, "RELEASE_S", 0.0)


@pytest.mark.usefixtures("no_release")
def test_a_release_that_takes_long_does_not_hold_back_the_desk(library, order, door, tmp_path):
    preparation._prepare(library, Releases(library, SignOff(tmp_path / "releases")), door)
    assert order == ["desk"]


@pytest.mark.usefixtures("no_release")
def test_the_inbox_is_read_before_anybody_opens_it(library, order, door, tmp_path):
    door.append([event(mission="one")])
    preparation._prepare(library, Releases(library, SignOff(tmp_path / "releases")), door)
    assert door.ledger("one").knows(("one", "dev", "visit", "r1"))


@pytest.mark.usefixtures("no_release")
def test_a_journal_that_cannot_be_read_stops_nothing_before_anybody_asks(library, order, door, tmp_path):
    door.append([event(mission="one")])
    door.close()
    (tmp_path / "state" / "journal" / "journal.sqlite").write_bytes(b"no database" * 100)
    preparation._prepare(library, Releases(library, SignOff(tmp_path / "releases")), door)
    assert "desk" in order


@pytest.mark.usefixtures("no_release")
def test_a_mission_that_goes_meanwhile_holds_back_no_other(library, order, door, tmp_path, monkeypatch):
    listed = library.missions
    monkeypatch.setattr(library, "missions", lambda: ["gone", *listed()])
    preparation._prepare(library, Releases(library, SignOff(tmp_path / "releases")), door)
    assert "desk" in order
