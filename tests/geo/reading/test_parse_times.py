"""When something happened."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.reading.parse_times import Zones, read_date, read_time

ELECTION = date(2005, 12, 4)


def read(*texts: str, zone: str = "Asia/Almaty") -> Any:
    zones = Zones((zone,), np.zeros(len(texts), dtype=np.int32), ELECTION)
    return read_time(None, pa.array(list(texts), pa.large_string()), zones)


def codes(parsed: Any) -> list[str]:
    return [issue.code for issue in parsed.issues]


@pytest.mark.parametrize(
    "text",
    ["2005-12-04 09:30", "2005-12-04T09:30:00", "2005-12-04T09:30:00.000", "04.12.2005 09:30",
    "4.12.2005 9:30:00",
     "2005-12-04T03:30:00Z", "2005-12-04T09:30:00+06:00", "2005-12-04 04:30+0100",
     "2005/12/04 9:30:00 AM GMT+6",
     "4 декабря 2005 г. 09:30", "4 желтоқсан 2005 ж. 09:30", "December 4, 2005 9:30 AM", "4 Dec 2005, 09:30",
     "12/4/2005 9:30", " 2005-12-04 09:30 ", "2005-12-04 9h30", "4 Dec 2005 9 h 30"],
)  # fmt: skip
@pytest.mark.capability("Times in many notations", page="files")
def test_one_moment_in_many_ways(text: str) -> None:
    assert f"{read(text).values.item():%Y-%m-%d %H:%M}" == "2005-12-04 03:30"


@pytest.mark.parametrize(
    "text",
    ["28:10", "9:60", "2005-13-01 09:00", "2005-02-30 09:00", "31.02.2005", "yesterday",
    "2005-12-04 28:01", "13 PM",
     "0001-01-01 00:00", "9999-12-31 23:59", "2005-12-04 09:30 +99:00", "04.12.05 09:30", "1e9", "-1"],
)  # fmt: skip
def test_what_is_no_time_is_missing_and_reported(text: str) -> None:
    parsed = read(text)
    assert parsed.values.isna().item()
    assert codes(parsed) == ["time_unreadable"]


@given(st.text(max_size=20))
def test_no_text_ever_fails(text: str) -> None:
    read(text.encode("utf-8", "replace").decode())


def test_clock_without_a_day_is_election_day_and_noted() -> None:
    parsed = read("09:30")
    assert (f"{parsed.values.item():%Y-%m-%d %H:%M}", codes(parsed)) == (
        "2005-12-04 03:30",
        ["time_understood"],
    )


@pytest.mark.parametrize(
    ("text", "clock"), [("38690.3958333", "2005-12-04 03:30"), ("1133667000", "2005-12-04 03:30")]
)
def test_numbers_of_spreadsheets_and_programs_are_read_and_noted(text: str, clock: str) -> None:
    parsed = read(text)
    assert (f"{parsed.values.item():%Y-%m-%d %H:%M}", codes(parsed)) == (clock, ["time_understood"])


def test_slashed_days_are_read_in_the_order_only_one_of_them_allows() -> None:
    parsed = read("5/12/2005 10:00", "24/11/2005 10:00")
    assert [f"{day:%m-%d}" for day in parsed.values] == ["12-05", "11-24"]
    assert codes(parsed) == ["date_order_inferred"]


def test_slashed_days_are_read_in_the_order_that_lies_near_the_election() -> None:
    assert f"{read('12/4/2005 10:00').values.item():%m-%d}" == "12-04"


def test_slashed_days_that_could_be_either_are_missing() -> None:
    parsed = read("4/5/2006 10:00")
    assert (parsed.values.isna().item(), codes(parsed)) == (True, ["date_order_unknown"])


def test_hour_shown_twice_is_missing_and_reported() -> None:
    parsed = read("2005-10-30 02:30", zone="Europe/Berlin")
    assert (parsed.values.isna().item(), codes(parsed)) == (True, ["time_ambiguous"])


def test_hour_skipped_is_missing_and_reported() -> None:
    parsed = read("2005-03-27 02:30", zone="Europe/Berlin")
    assert (parsed.values.isna().item(), codes(parsed)) == (True, ["time_nonexistent"])


def test_hour_shown_twice_is_read_when_it_has_an_offset() -> None:
    assert f"{read('2005-10-30 02:30+02:00', zone='Europe/Berlin').values.item():%H:%M}" == "00:30"


@pytest.mark.capability("Several time zones in one mission", page="files")
def test_west_of_kazakhstan_was_an_hour_behind_on_that_day() -> None:
    zones = Zones(("Asia/Almaty", "Asia/Oral"), np.array([0, 1], dtype=np.int32), ELECTION)
    texts = ["2005-12-04 09:30"] * 2
    parsed = read_time(None, pa.array(texts, pa.large_string()), zones)
    assert [f"{time:%H:%M}" for time in parsed.values] == ["03:30", "04:30"]


def test_typed_times_are_taken_as_they_are() -> None:
    column = pd.Series(pd.to_datetime(["2005-12-04 09:30", None]))
    texts = pa.array(["2005-12-04T09:30:00", ""], pa.large_string())
    zones = Zones(("Asia/Almaty",), np.zeros(2, dtype=np.int32), ELECTION)
    naive = read_time(column, texts, zones).values
    aware = read_time(column.dt.tz_localize("Asia/Almaty"), texts, zones).values
    assert naive.equals(aware)
    assert f"{naive.iloc[0]:%H:%M}" == "03:30"
    assert naive.isna().tolist() == [False, True]


def test_day_is_midnight_utc_of_that_day() -> None:
    texts = ["2005-12-04", "04.12.2005", "4 December 2005", "2005-12-04 23:30", "", "x"]
    parsed = read_date(None, pa.array(texts, pa.large_string()), ELECTION)
    assert [str(day) for day in parsed.values[:4]] == ["2005-12-04 00:00:00+00:00"] * 4
    assert codes(parsed) == ["date_unreadable"]


def test_typed_day_with_a_zone_keeps_its_day() -> None:
    column = pd.Series(pd.to_datetime(["2005-12-04 00:00"])).dt.tz_localize("Asia/Almaty")
    parsed = read_date(column, pa.array(["2005-12-04T00:00:00+06:00"], pa.large_string()), ELECTION)
    assert str(parsed.values.item()) == "2005-12-04 00:00:00+00:00"


@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Almaty"])
@pytest.mark.parametrize("year", ["0001-01-01", "9999-12-31", "148108-07-06"])
def test_typed_time_of_no_mission_is_missing_and_reported(zone: str | None, year: str) -> None:
    moments = np.array(
        [np.datetime64("2005-12-04T09:30", "us"), np.datetime64("NaT")], dtype="datetime64[us]"
    )
    far = np.datetime64(0, "us") + (np.datetime64(year, "D") - np.datetime64("1970-01-01", "D"))
    column = pd.Series(np.append(moments, far)).dt.tz_localize("UTC").dt.tz_convert(zone)
    column = column if zone else column.dt.tz_localize(None)
    zones, texts = (
        Zones(("Asia/Almaty",), np.zeros(3, dtype=np.int32), ELECTION),
        pa.array([], pa.large_string()),
    )
    for parsed, code in (
        (read_time(column, texts, zones), "time_unreadable"),
        (read_date(column, texts, ELECTION), "date_unreadable"),
    ):
        assert parsed.values.isna().tolist() == [False, True, True]
        assert [(issue.code, issue.at.tolist()) for issue in parsed.issues] == [(code, [2])]
        assert parsed.unread.tolist() == [False, False, True]
