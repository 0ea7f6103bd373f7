"""Whatever is named after a table is read, or told: with its name, and what to do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from geo.model.errors import MissionError
from geo.reading.readers import READERS
from geo.serving import build_snapshot
from geo.serving.missions import Missions
from tests.web.missions import square, write

READ = sorted({suffix for reader in READERS for suffix in reader.suffixes})
NOT_READ = ["", ".xls", ".ods", ".docx", ".numbers", ".dbf", ".shp", ".pdf", ".sav", ".gz", ".odd"]
NOW = datetime(2005, 12, 5, tzinfo=UTC)
AREA = square(0, area_id="A", name_en="A", level=1)
STATIONS = [{"area_id": "A", "number": n, "name": f"School {n}", "lon": 61, "lat": 46} for n in (1, 2)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "endings", {"areas": [AREA], "stations": STATIONS})


@pytest.mark.parametrize("ending", READ + NOT_READ)
def test_stations_under_any_ending_are_read_or_told(folder: Path, ending: str) -> None:
    name = f"stations{ending}"
    (folder / "stations.csv").rename(folder / name)
    try:
        snapshot = build_snapshot.snapshot(folder, NOW)
    except MissionError as error:
        assert [problem.file for problem in error.problems] == [name]
        assert len(str(error.problems[0])) > len(name) + 20
    else:
        assert ending in READ
        assert len(snapshot.registry.stations) == 2


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".tab", ".txt", ".CSV"])
def test_a_text_table_is_read_under_every_ending_of_text(folder: Path, ending: str) -> None:
    (folder / "stations.csv").rename(folder / f"Stations{ending}")
    assert len(build_snapshot.snapshot(folder, NOW).registry.stations) == 2


@pytest.mark.parametrize("ending", NOT_READ)
def test_what_to_do_is_said_with_the_problem(folder: Path, ending: str) -> None:
    (folder / "stations.csv").rename(folder / f"stations{ending}")
    with pytest.raises(MissionError, match=r"save|copy|export|zip|unpack"):
        build_snapshot.snapshot(folder, NOW)


def test_all_that_cannot_be_read_is_told_at_once(folder: Path) -> None:
    (folder / "stations.csv").rename(folder / "stations.ods")
    (folder / "visits.xls").touch()
    with pytest.raises(MissionError) as caught:
        build_snapshot.snapshot(folder, NOW)
    assert [problem.file for problem in caught.value.problems] == ["stations.ods", "visits.xls"]


def test_an_unread_file_beside_one_that_is_read_is_a_warning(folder: Path) -> None:
    (folder / "stations.xls").touch()
    snapshot = build_snapshot.snapshot(folder, NOW)
    told = snapshot.defects[snapshot.defects["code"] == "file_unread"]
    assert told["file"].tolist() == ["stations.xls"]
    assert len(snapshot.registry.stations) == 2


@pytest.mark.parametrize("name", ["visits.csv.gz", "Visits.xlsx.bak"])
def test_a_table_under_two_endings_is_told_where_it_is_alone(folder: Path, name: str) -> None:
    (folder / name).touch()
    with pytest.raises(MissionError, match="named after the table visits and cannot be read"):
        build_snapshot.snapshot(folder, NOW)
    (folder / "visits.csv").write_text("visit_id,area_id,number\nv,A,1\n")
    assert len(build_snapshot.snapshot(folder, NOW).visits) == 1


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to(path)])
def test_what_is_called_like_a_table_and_is_no_file_is_told(
    folder: Path, make: Callable[[Path], None]
) -> None:
    make(folder / "visits.csv")
    with pytest.raises(MissionError, match=r"visits\.csv.*is no file"):
        build_snapshot.snapshot(folder, NOW)


def test_a_folder_of_pictures_called_like_a_table_is_nobodys_table(folder: Path) -> None:
    (folder / "visits").mkdir()
    assert len(build_snapshot.snapshot(folder, NOW).visits) == 0


def test_two_files_that_both_can_be_read_are_a_problem(folder: Path) -> None:
    (folder / "stations.txt").touch()
    with pytest.raises(MissionError, match=r"stations\.csv and stations\.txt are both there"):
        build_snapshot.snapshot(folder, NOW)


def test_a_file_named_in_mission_toml_settles_it(folder: Path) -> None:
    (folder / "stations.txt").touch()
    with (folder / "mission.toml").open("a") as file:
        file.write('[tables.stations]\nfile = "stations.csv"\n')
    assert len(build_snapshot.snapshot(folder, NOW).registry.stations) == 2


def test_the_log_names_the_file_that_is_not_read(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (folder / "stations.csv").rename(folder / "stations.xls")
    missions = Missions(lambda: [folder], clock=lambda: NOW)
    with caplog.at_level(logging.WARNING, "baqylau"):
        missions.refresh()
    assert "mission endings: stations.xls" in caplog.text
