"""Several days of voting, and clocks whose day stands in a column of its own."""

from datetime import date

import pandas as pd
import pytest

from geo.model.errors import MissionError
from geo.model.mission import load
from layers.desk import visit_times
from tests.geo.reading.trap_missions import TOML, VISIT_COLUMNS, VISITS, built, checked, csv_text, mission

DAYS = TOML.replace("[mission]\n", "[mission]\nvoting_days = [2005-12-02, 2005-12-03, 2005-12-04]\n")
DAY = '\n[tables.visits]\nday_column = "Day"\n'


def clocked(tmp_path, *rows, toml=DAYS + DAY, stage="voting"):
    """Visits of which each says day, arrival and departure; as (arrived, left) of the built mission."""
    cells = [
        [*row[:4], stage, arrived, left, *row[7:], day]
        for row, (day, arrived, left) in zip(VISITS, rows, strict=False)
    ]
    table = csv_text([*VISIT_COLUMNS, "Day"], cells)
    return mission(tmp_path / "m", mission__toml=toml, visits__csv=table, incidents__csv=None)


def times(folder):
    visits = built(folder).visits
    return [
        [str(pd.Timestamp(int(moment), unit="us") + pd.Timedelta(hours=6))[:16] for moment in pair]
        for pair in zip(visits.arrived, visits.left, strict=True)
    ]


@pytest.mark.parametrize("day", ["2005-12-02", "02.12.2005", "2 December 2005"])
def test_a_clock_is_on_the_day_of_its_row(tmp_path, day):
    folder = clocked(tmp_path, (day, "09:15", "09:50"), ("", "09:15", "09:50"))
    assert times(folder) == [
        ["2005-12-02 09:15", "2005-12-02 09:50"],
        ["2005-12-04 09:15", "2005-12-04 09:50"],
    ]


def test_a_departure_past_midnight_is_on_the_day_after_its_own(tmp_path):
    folder = clocked(tmp_path, ("2005-12-02", "23:30", "00:40"), ("2005-12-03", "23:30", "24:40"))
    assert times(folder) == [
        ["2005-12-02 23:30", "2005-12-03 00:40"],
        ["2005-12-03 23:30", "2005-12-04 00:40"],
    ]


def test_a_count_past_midnight_is_on_the_day_after_its_own(tmp_path):
    folder = clocked(tmp_path, ("2005-12-03", "00:15", "01:40"), stage="counting")
    assert times(folder) == [["2005-12-04 00:15", "2005-12-04 01:40"]]


def test_a_time_with_a_day_of_its_own_keeps_it(tmp_path):
    folder = clocked(tmp_path, ("2005-12-02", "2005-12-03 09:15", "10:00"))
    assert times(folder) == [["2005-12-03 09:15", "2005-12-03 10:00"]]


def test_clocks_without_a_day_are_told_where_there_were_several(tmp_path):
    rows = [("", "09:15", ""), ("2005-12-02", "09:15", "")]
    assert checked(clocked(tmp_path / "a", *rows))["codes"]["clock_without_day"] == 1
    assert checked(clocked(tmp_path / "b", *rows, toml=DAYS))["codes"]["clock_without_day"] == 2
    assert "clock_without_day" not in checked(clocked(tmp_path / "c", *rows, toml=TOML))["codes"]


def test_a_day_that_cannot_be_read_and_a_column_that_is_not_there_are_told(tmp_path):
    assert checked(clocked(tmp_path / "a", ("soon", "09:15", "")))["codes"]["date_unreadable"] == 1
    toml = DAYS + DAY.replace("Day", "Tag")
    assert checked(clocked(tmp_path / "b", ("", "09:15", ""), toml=toml))["codes"]["column_not_found"] == 1


def test_the_hours_of_the_desk_begin_on_the_first_day(tmp_path):
    rows = [(f"2005-12-0{2 + n % 3}", "09:15", "09:50") for n in range(10)]
    day = visit_times.day_of(built(clocked(tmp_path, *rows)))
    assert sorted(set((day.minute // 60).tolist())) == [9 - 48, 9 - 24, 9]


@pytest.mark.parametrize("days", ["[2005-12-03]", '"2005-12-04"', '["2005-12-04"]'])
def test_days_that_are_none_or_leave_out_election_day_are_a_problem(tmp_path, days):
    toml = TOML.replace("[mission]\n", f"[mission]\nvoting_days = {days}\n")
    with pytest.raises(MissionError, match="voting_days"):
        load(mission(tmp_path / "m", mission__toml=toml), lambda _: "")


def test_days_of_voting_come_in_their_order(tmp_path):
    found = load(mission(tmp_path / "m", mission__toml=DAYS), lambda _: "").voting_days
    assert found == (date(2005, 12, 2), date(2005, 12, 3), date(2005, 12, 4))


@pytest.mark.parametrize(
    ("starts", "ends", "hours"),
    [("18:00", "02:00", 8), ("06:00", "20:00", 14), ("06:00", "26:00", 20), ("2005-12-04 18:00", "02:00", 8)],
)
def test_a_shift_past_midnight_ends_on_the_next_day(tmp_path, starts, ends, hours):
    table = csv_text(["team_id", "shift_starts", "shift_ends"], [["T1", starts, ends]])
    teams = built(mission(tmp_path / "m", teams__csv=table)).teams
    row = teams.team_id.index("T1")
    assert (teams.shift_ends[row] - teams.shift_starts[row]) / 3_600_000_000 == hours
