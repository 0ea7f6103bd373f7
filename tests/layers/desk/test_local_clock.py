"""The desk's clocks: one moment at a time as a whole column, on the days the clocks change too."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from layers.desk.local_clock import Clock, clocks_of_areas, local_minutes
from tests import factory

# Clocks that change by half an hour, at a minute past the hour, at three quarters, or not at all.
ZONES = ("Asia/Almaty", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu", "Europe/Moscow", "UTC")
CHANGES = [
    datetime(2011, 3, 13, 3, 31, tzinfo=UTC),  # St. John's
    datetime(2011, 4, 2, 15, tzinfo=UTC),  # Lord Howe
    datetime(2011, 3, 26, 23, tzinfo=UTC),  # Moscow
]

SNAPSHOT = factory.snapshot(
    areas=factory.squares("A"), stations=[{"area_id": "A", "number": "1", "lon": 70.5, "lat": 50.5}]
)


@given(st.sampled_from(ZONES), st.sampled_from(CHANGES), st.lists(st.integers(-9_000, 9_000), min_size=1))
def test_an_hour_is_that_of_the_zone_also_where_the_clocks_change(zone, change, seconds):
    day = date(2011, 3, 27)
    clock = Clock(ZoneInfo(zone), day)
    for second in seconds:  # one clock for all: what it remembers of an hour must hold within it
        moment = change + timedelta(seconds=second)
        local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC)
        expected = (local - datetime(day.year, day.month, day.day, tzinfo=UTC)) // timedelta(hours=1)
        assert clock.hour(int(moment.timestamp()) * 1_000_000) == expected


@given(st.lists(st.integers(-80 * 24 * 3600, 80 * 24 * 3600), min_size=1, max_size=20))
def test_one_moment_at_a_time_gives_the_hours_of_a_column(seconds):
    noon = datetime.combine(SNAPSHOT.mission.election_date, datetime.min.time(), tzinfo=UTC)
    moments = (np.array(seconds) + int(noon.timestamp())) * 1_000_000 + 999_999
    column = local_minutes(SNAPSHOT, moments, np.zeros(len(moments), dtype=np.int32)) // 60
    clock = clocks_of_areas(SNAPSHOT)[SNAPSHOT.registry.stations.area[0]]
    assert [clock.hour(moment) for moment in moments.tolist()] == column.tolist()
