"""A simulated day as it came in: rows in order, versions by their first, a mission without reports."""

import csv
from pathlib import Path

import pytest

from geo.analysis.live import LiveCounts, VisitReport
from geo.commands.replayed_day import beginning, timed_rows, write_folder
from geo.model.errors import InputError
from geo.model.mission import load
from geo.reading.headlines import headlines
from geo.serving import build_snapshot

CITIZENS = Path(__file__).resolve().parents[3] / "data" / "kazakhstan-2005-citizens"


@pytest.fixture(scope="module")
def rows():
    return timed_rows(CITIZENS)


@pytest.fixture(scope="module")
def copied(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("state") / "citizens-replay"
    write_folder(load(CITIZENS), folder, beginning(rows))
    return build_snapshot.snapshot(folder)


def test_rows_are_in_the_order_in_which_they_were_received(rows):
    assert [row.moment for row in rows] == sorted(row.moment for row in rows)


def test_every_row_of_the_files_is_a_version(rows):
    with (CITIZENS / "visits.csv").open(encoding="utf-8", newline="") as file:
        ids = [row["visit_id"] for row in csv.DictReader(file)]
    sent = [row.row["version"] for row in rows if row.table == "visits" and not row.row.get("withdrawn")]
    assert sorted(sent) == sorted(ids)


def test_no_two_rows_have_one_key(rows):
    assert len({row.key for row in rows}) == len(rows)


def test_a_correction_is_a_version_of_what_it_corrects(rows):
    (corrected,) = [row.row for row in rows if row.row["version"] == "SIM-V02008-C"]
    assert (corrected["id"], corrected["supersedes"]) == ("SIM-V02008", "SIM-V02008")


def test_what_was_taken_back_comes_first_and_is_withdrawn_later(rows):
    withdrawn = [row for row in rows if row.row.get("withdrawn")]
    first = {row.row["version"]: row.moment for row in rows}
    assert withdrawn
    assert all(first[row.row["supersedes"]] < row.moment for row in withdrawn)


def test_the_copy_has_no_report_and_says_what_it_is(copied):
    assert (len(copied.visits), len(copied.incidents)) == (0, 0)
    assert copied.mission.title["en"].startswith("REPLAYED, SIMULATED")
    assert copied.mission.nature == "simulated"


def test_the_copys_clock_begins_before_the_first_report(copied, rows):
    assert copied.as_of == beginning(rows) <= rows[0].moment
    assert copied.mission.clock == "reports"


def test_the_copy_has_the_plan_and_no_sign_of_life(copied):
    assert len(copied.assignments) == 8000
    assert (copied.teams.last_contact == copied.teams.last_contact.min()).all()


def test_a_mission_that_is_not_simulated_is_not_replayed(tmp_path, rows):
    real = load(CITIZENS.with_name("kazakhstan-2005"))
    with pytest.raises(InputError, match="not simulated"):
        write_folder(real, tmp_path / "copy", beginning(rows))


def test_a_mission_without_reports_cannot_be_replayed(tmp_path):
    with pytest.raises(InputError, match=r"no visits\.csv"):
        timed_rows(tmp_path)


def test_visits_that_came_by_the_api_are_not_to_be_mended_in_the_missions_file(copied):
    live = LiveCounts(copied)
    for number in range(4):
        live.apply(VisitReport(f"v{number}", copied.registry.stations.station_id[number].as_py()))
    assert headlines(live.publish(copied.as_of)) == headlines(copied)


def test_a_day_too_large_for_csv_says_so(tmp_path):
    (tmp_path / "visits.parquet").write_bytes(b"")
    with pytest.raises(InputError, match="with fewer teams"):
        timed_rows(tmp_path)
