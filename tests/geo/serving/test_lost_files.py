"""A file that vanishes, is half copied or replaced while served never becomes the public map."""

from __future__ import annotations

import os
import time

import pytest

from geo.serving import lost_files, missions
from geo.serving.missions import Missions, find
from tests.geo.reading.trap_missions import (
    STATION_COLUMNS,
    STATIONS,
    VISIT_COLUMNS,
    VISITS,
    csv_text,
    mission,
)


@pytest.fixture
def served(tmp_path):
    folder = mission(tmp_path / "m")
    library = Missions(lambda: find(tmp_path))
    library.refresh()
    return folder, library


def said(library):
    return " ".join(str(problem) for problem in library.get("m").problems)


@pytest.mark.parametrize("name", ["visits.csv", "stations.csv", "areas.geojson"])
def test_a_table_that_was_there_and_is_gone_keeps_the_last_good_map_and_says_so(served, name):
    folder, library = served
    before = library.get("m").snapshot
    (folder / name).unlink()
    library.refresh()
    assert library.get("m").snapshot is before
    assert f"{name}: was there and is gone" in said(library)


def test_a_table_that_comes_back_is_served_again_without_a_word(served):
    folder, library = served
    body = (folder / "visits.csv").read_bytes()
    (folder / "visits.csv").unlink()
    library.refresh()
    (folder / "visits.csv").write_bytes(body)
    library.refresh()
    assert library.get("m").problems == ()
    assert len(library.get("m").snapshot.visits) == 10


def test_a_half_copied_table_keeps_the_last_good_map_and_says_so(served):
    folder, library = served
    text = (folder / "visits.csv").read_text()
    (folder / "visits.csv").write_text(text[: len(text) // 2])
    library.refresh()
    assert len(library.get("m").snapshot.visits) == 10
    assert "visits.csv: has" in said(library)


def test_a_table_that_is_meant_to_be_gone_goes_when_mission_toml_is_saved(served):
    folder, library = served
    (folder / "visits.csv").unlink()
    library.refresh()
    toml = folder / "mission.toml"
    toml.write_text(toml.read_text() + "\n")
    library.refresh()
    assert library.get("m").problems == ()
    assert len(library.get("m").snapshot.visits) == 0


def test_a_table_that_grows_or_loses_a_row_is_taken(served):
    folder, library = served
    (folder / "visits.csv").write_text(csv_text(VISIT_COLUMNS, VISITS[:-1]))
    library.refresh()
    assert len(library.get("m").snapshot.visits) == 9


def test_stations_that_are_cancelled_are_not_taken_for_rows_that_are_lost(served):
    folder, library = served
    rows = [[*row, "cancelled" if place < 4 else ""] for place, row in enumerate(STATIONS)]
    (folder / "stations.csv").write_text(csv_text([*STATION_COLUMNS, "status"], rows))
    library.refresh()
    assert library.get("m").problems == ()
    assert len(library.get("m").snapshot.registry.stations) == 6


def test_what_changed_while_it_was_read_is_not_served(served, monkeypatch):
    folder, library = served
    before = library.get("m").snapshot
    real = missions.child_process.snapshot

    def slow(*arguments):
        snapshot = real(*arguments)
        (folder / "visits.csv.part").write_text("still copying")
        return snapshot

    monkeypatch.setattr(missions.child_process, "snapshot", slow)
    (folder / "visits.csv").write_text(csv_text(VISIT_COLUMNS, VISITS[:-1]))
    library.refresh()
    assert library.get("m").snapshot is before
    monkeypatch.undo()
    library.refresh()
    assert len(library.get("m").snapshot.visits) == 9


def test_a_changed_file_is_read_only_once_it_stood_still(served, monkeypatch):
    folder, library = served
    clock = [1_000.0]
    monkeypatch.setattr(missions.time, "monotonic", lambda: clock[0])
    library._settled_s = 2.0
    (folder / "visits.csv").write_text(csv_text(VISIT_COLUMNS, VISITS[:-1]))
    for passed in (0.0, 1.0, 1.9):
        clock[0] = 1_000.0 + passed
        library.refresh()
        assert len(library.get("m").snapshot.visits) == 10
    clock[0] = 1_002.5
    library.refresh()
    assert len(library.get("m").snapshot.visits) == 9


def test_a_file_that_never_stands_still_is_said(served, monkeypatch):
    folder, library = served
    clock = [1_000.0]
    monkeypatch.setattr(missions.time, "monotonic", lambda: clock[0])
    library._settled_s = 2.0
    for turn in range(80):
        os.utime(folder / "visits.csv", (time.time(), 1_700_000_000 + turn))
        clock[0] += 1.0
        library.refresh()
    assert "keep changing" in said(library)
    assert lost_files.RESTLESS_S < 80
