"""A library outlives what happens to its folders: the thread that renews missions never dies."""

import shutil
import threading
from pathlib import Path

import pytest

from geo.serving import missions as module
from geo.serving.missions import Missions, find
from tests.geo.model.test_mission import GOOD
from tests.geo.serving.test_missions import REAL


@pytest.fixture
def small(tmp_path):
    folder = tmp_path / "one"
    (folder / "more").mkdir(parents=True)
    (folder / "mission.toml").write_text(GOOD + '[tables.stations]\nfile = "more/s.csv"\n', encoding="utf-8")
    (folder / "more" / "s.csv").write_text("area_id,number\nA,1\n", encoding="utf-8")
    return folder


def test_a_change_in_a_subfolder_is_seen(small):
    library = Missions(lambda: [small])
    library.refresh()
    assert len(library.get("one").snapshot.registry.stations) == 1
    (small / "more" / "s.csv").write_text("area_id,number\nA,1\nA,2\n", encoding="utf-8")
    library.refresh()
    assert len(library.get("one").snapshot.registry.stations) == 2


def test_a_folder_that_vanishes_while_it_is_looked_at_is_no_error(small, monkeypatch):
    library = Missions(lambda: [small])
    library.refresh()

    def gone(_folder, _pattern):
        raise FileNotFoundError(2, "gone")

    monkeypatch.setattr(Path, "rglob", gone)
    monkeypatch.setattr(Path, "iterdir", lambda folder: gone(folder, ""))
    library.refresh()
    assert library.missions() == ("one",)


def test_two_folders_of_one_name_are_both_told_of(tmp_path, small):
    other = tmp_path / "elsewhere" / "one"
    shutil.copytree(small, other)
    library = Missions(lambda: [small, other])
    library.refresh()
    assert "elsewhere" in str(library.get("one").problems[0])
    assert library.get("one").snapshot is not None


def test_a_failed_look_at_the_folders_is_not_the_end(small):
    calls = []
    enough = threading.Event()

    def folders():
        calls.append(1)
        if len(calls) == 2:
            raise PermissionError(13, "denied")
        if len(calls) >= 4:
            enough.set()
        return [small]

    library = Missions(folders)
    library.watch(every_s=0.01)
    assert enough.wait(600)
    library.stop()
    assert library.get("one").snapshot is not None


def test_a_file_made_readable_again_is_looked_at_again(small):
    before = module._stamp(small)
    (small / "more" / "s.csv").chmod(0o600)
    (small / "more" / "s.csv").chmod(0o644)
    assert module._stamp(small) != before


def test_a_link_in_a_circle_stops_nothing(small):
    (small / "loop").symlink_to(small / "loop")
    (small / "up").symlink_to(small)
    library = Missions(lambda: find(small.parent))
    library.refresh()
    assert library.get("one").snapshot is not None
    assert REAL.is_dir()
