"""Missions being served: renewed when their files change, never replaced by a broken change."""

import gc
import shutil
import weakref
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from geo.analysis.live import VisitReport
from geo.model.counts import Choice
from geo.model.errors import NotFound
from geo.serving.missions import Missions, find
from tests.geo.serving.live_reports import report

REAL = Path(__file__).parents[3] / "data" / "kazakhstan-2005"
CLOCK = datetime(2005, 12, 6, tzinfo=UTC)


@pytest.fixture
def served(tmp_path):
    shutil.copytree(REAL, tmp_path / "first")
    library = Missions(lambda: find(tmp_path), clock=lambda: CLOCK)
    library.refresh()
    return tmp_path / "first", library


def append(folder, line):
    path = folder / "stations.csv"
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")


def test_every_folder_with_a_mission_toml_is_served(served):
    assert served[1].missions() == ("first",)


@pytest.mark.capability("Changed files are served within seconds", page="serving")
def test_a_changed_file_makes_a_new_snapshot(served):
    folder, library = served
    append(folder, "KZ-PAV,1,area,test")
    library.refresh()
    assert len(library.get("first").snapshot.registry.stations) == 118


def test_unchanged_files_keep_the_snapshot(served):
    _, library = served
    before = library.get("first").snapshot
    library.refresh()
    assert library.get("first").snapshot is before


@pytest.mark.capability("A broken file keeps the last good map", page="serving")
def test_a_broken_change_keeps_the_last_good_map_and_says_so(served):
    folder, library = served
    before = library.get("first").snapshot
    (folder / "mission.toml").write_text("[mission]\ntitle = 3\n", encoding="utf-8")
    library.refresh()
    now = library.get("first")
    assert now.snapshot is before
    assert any("election_date" in str(problem) for problem in now.problems)


def test_a_mended_change_is_served_again(served):
    folder, library = served
    good = (folder / "mission.toml").read_bytes()
    (folder / "mission.toml").write_text("nonsense", encoding="utf-8")
    library.refresh()
    (folder / "mission.toml").write_bytes(good)
    library.refresh()
    assert library.get("first").problems == ()


def test_a_mission_broken_from_the_start_is_listed_with_its_problems(tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "mission.toml").write_text("[mission]\n", encoding="utf-8")
    library = Missions(lambda: find(tmp_path))
    library.refresh()
    assert library.get("bad").snapshot is None
    assert library.get("bad").problems


def test_a_removed_folder_is_no_longer_served(served):
    folder, library = served
    shutil.rmtree(folder)
    library.refresh()
    with pytest.raises(NotFound):
        library.get("first")


def test_a_copied_folder_has_the_same_figures(tmp_path, served):
    folder, library = served
    shutil.copytree(folder, tmp_path / "second")
    library.refresh()
    one, two = (library.get(slug).snapshot for slug in ("first", "second"))
    assert one.registry.version == two.registry.version
    assert one.counts().total() == two.counts().total()


def test_a_request_waits_for_the_first_build_of_its_mission(tmp_path):
    shutil.copytree(REAL, tmp_path / "first")
    library = Missions(lambda: find(tmp_path))
    library.watch(every_s=60)
    assert library.get("first").snapshot is not None
    library.stop()


LATER = iter(range(1, 1000))


@pytest.fixture
def live(tmp_path):
    """The real mission, served with a clock that moves a second whenever it is looked at."""
    shutil.copytree(REAL, tmp_path / "first")
    library = Missions(lambda: find(tmp_path), clock=lambda: CLOCK + timedelta(seconds=next(LATER)))
    library.refresh()
    return tmp_path / "first", library


def visit(name, station="KZ-ALA/186", **more):
    return VisitReport(name, station, verification="verified", answered=("*",), **more)


def test_a_report_is_in_the_next_snapshot(live):
    _, library = live
    before = library.get("first").snapshot
    report(library, "first", visit("L1"))
    assert library.get("first").snapshot is before
    library.publish()
    after = library.get("first").snapshot
    assert len(after.visits) == len(before.visits) + 1
    assert after.counts().total()["visits"] == before.counts().total()["visits"] + 1
    assert after.version != before.version


def test_reports_go_with_their_mission(live):
    folder, library = live
    report(library, "first", visit("L1"))
    shutil.rmtree(folder)
    library.refresh()
    assert library.missions() == ()
    with pytest.raises(NotFound):
        library.get("first")


def test_nothing_of_a_mission_that_is_gone_stays_in_memory(live):
    folder, library = live
    told = []
    library.when_gone(told.append)
    first = library.get("first").snapshot
    report(library, "first", visit("L1"))
    library.publish()
    kept = [weakref.ref(one) for one in (first, library.get("first").snapshot)]
    del first
    shutil.rmtree(folder)
    library.refresh()
    gc.collect()
    assert [one() for one in kept] == [None, None] and library.builds("first") == 0
    library.refresh()
    assert told == [{"first"}]


def test_a_mission_that_comes_back_is_served_anew(live):
    folder, library = live
    report(library, "first", visit("L1"))
    folder.rename(away := folder.parents[1] / f"{folder.parent.name}-away")
    library.refresh()
    away.rename(folder)
    library.refresh()
    assert "L1" not in library.get("first").snapshot.visits.visit_id.to_pylist()


def test_a_follower_is_told_of_every_publication_with_the_last_snapshot(live):
    _, library = live
    told = []
    library.follow(lambda counted, before, after: told.append((before, after)), Choice(verified_only=False))
    first = library.get("first").snapshot
    report(library, "first", visit("L1"))
    library.publish()
    report(library, "first", visit("L2"))
    library.publish()
    assert [before for before, _ in told] == [first, told[0][1]]
    assert library.get("first").snapshot is told[1][1]


def test_a_follower_is_told_while_nothing_comes_so_that_it_can_make_ready(live):
    _, library = live
    told = []
    library.follow(lambda counted, before, after: told.append((before, after)), Choice(verified_only=False))
    report(library, "first", visit("L1"))
    library.publish()
    library.publish()
    assert told[1] == (told[0][1], told[0][1])
