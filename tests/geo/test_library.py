"""Missions being served: renewed when their files change, never replaced by a broken change."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from geo.errors import NotFound
from geo.library import Library, find

REAL = Path(__file__).parents[2] / "data" / "kazakhstan-2005"
CLOCK = datetime(2005, 12, 6, tzinfo=UTC)


@pytest.fixture
def served(tmp_path):
    shutil.copytree(REAL, tmp_path / "first")
    library = Library(lambda: find(tmp_path), clock=lambda: CLOCK)
    library.refresh()
    return tmp_path / "first", library


def append(folder, line):
    path = folder / "stations.csv"
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")


def test_every_folder_with_a_mission_toml_is_served(served):
    assert served[1].missions() == ("first",)


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
    library = Library(lambda: find(tmp_path))
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
    library = Library(lambda: find(tmp_path))
    library.watch(every_s=60)
    assert library.get("first").snapshot is not None
    library.stop()
