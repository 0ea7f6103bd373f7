"""The hours the tiles show, told from what changed since the last snapshot: those of all visits."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.analysis.live import LiveCounts, ReportError, VisitReport
from layers.desk.choice_visits import FIRST_DAYS, LAST_DAYS, plausible_minutes
from layers.desk.hour_axis import axis_of, visits_by_hour, visits_by_hour_since
from layers.desk.local_clock import NO_MINUTE, clocks_of_areas
from layers.desk.visit_times import axis, day_of
from tests import factory
from tests.examples import examples

NOON = datetime(2005, 12, 4, 6, tzinfo=UTC)
STATIONS = [{"area_id": area, "number": "1", "lon": 70.5, "lat": 50.5} for area in ("A", "B")]
BASE = factory.snapshot(
    areas=factory.squares("A", "B"),
    stations=STATIONS,
    visits=[
        {"visit_id": "FIRST", "station_id": "A/1", "arrived": "2005-12-04T01:10Z", "answered": "*"},
        {"visit_id": "LAST", "station_id": "B/1", "arrived": "2005-12-04T15:10Z", "outcome": "denied"},
        {"visit_id": "STRAY", "station_id": "B/1", "arrived": "2009-12-04T15:10Z"},
        {"visit_id": "NEVER", "station_id": "B/1"},
    ],
    teams=[{"team_id": "T1"}],
)

reports = st.lists(
    st.builds(
        VisitReport,
        visit_id=st.sampled_from([f"N{n}" for n in range(12)]),
        station_id=st.sampled_from(["A/1", "B/1"]),
        stage=st.sampled_from(["voting", "tabulation"]),
        verification=st.sampled_from(["verified", "withdrawn"]),
        arrived=st.none() | st.integers(-70 * 24, 200).map(lambda hours: NOON + timedelta(hours=hours)),
        supersedes=st.sampled_from(["", "FIRST", "LAST", "STRAY", "N0", "N1"]),
    ),
    max_size=12,
)


@examples(80)
@given(reports, st.integers(1, 4))
def test_hours_told_from_what_changed_are_those_of_all_visits_put_in_order(sequence, every):
    live, before, clocks = LiveCounts(BASE), BASE, clocks_of_areas(BASE)
    counts = visits_by_hour(BASE)
    for number, report in enumerate([*sequence, *[None] * every]):
        try:
            if report is not None:
                live.apply(report)
        except ReportError:
            continue
        if number % every == 0:
            now = live.publish(NOON + timedelta(seconds=number))
            counts = counts + visits_by_hour_since(before, now, clocks)
            before = now
            assert counts.tolist() == visits_by_hour(now).tolist()
            assert axis_of(counts) == (day_of(now).first, day_of(now).hours)


@given(st.dictionaries(st.integers(-FIRST_DAYS * 24, LAST_DAYS * 24 + 23), st.integers(1, 900), max_size=8))
def test_an_hour_of_a_stray_day_is_not_on_the_axis(visits_at):
    minute = np.repeat([60 * hour + 59 for hour in visits_at], list(visits_at.values())).astype(np.int64)
    hours = plausible_minutes(minute)
    hours = hours[hours != NO_MINUTE] // 60
    counts = np.zeros((FIRST_DAYS + 1 + LAST_DAYS) * 24, dtype=np.int64)
    for hour, visits in visits_at.items():
        counts[hour + FIRST_DAYS * 24] = visits
    assert axis_of(counts) == (axis(int(hours.min()), int(hours.max())) if len(hours) else axis(0, 0))


@pytest.mark.parametrize("days", [-63, 9, 200])
def test_a_day_far_from_the_election_is_on_no_axis(days):
    live = LiveCounts(BASE)
    live.apply(VisitReport("N1", "A/1", arrived=NOON + timedelta(days=days)))
    now = live.publish(NOON)
    assert not visits_by_hour_since(BASE, now, clocks_of_areas(BASE)).any()
