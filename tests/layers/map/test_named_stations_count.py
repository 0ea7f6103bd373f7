"""Distinct stations named, by area, severity and category."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from layers.map.named_stations_count import ABOVE_LOW, tally

ROWS = st.lists(
    st.tuples(st.integers(-1, 6), st.integers(0, 3), st.integers(-1, 3)),  # station, category, severity
    max_size=40,
)


def mentions(rows):
    """Station s lies in area s % 3; station 6 in none."""
    frame = pd.DataFrame(rows, columns=["station", "category", "severity"], dtype="int64")
    return frame.assign(area=np.where(frame["station"] == 6, -1, frame["station"] % 3))


def test_station_with_two_findings_counts_once_under_both_severities():
    found = tally(mentions([(0, 0, 0), (0, 1, 2)]), 3, 4)
    assert found.by_mask[0, 0b101] == 1
    assert found.named().tolist() == [1, 0, 0, 0]
    assert found.named(ABOVE_LOW).tolist() == [1, 0, 0, 0]


def test_station_with_low_findings_only_leaves_when_low_is_switched_off():
    found = tally(mentions([(0, 0, 0), (1, 0, 3)]), 3, 4)
    assert found.named(ABOVE_LOW).tolist() == [0, 1, 0, 0]


def test_mention_without_a_station_is_never_counted():
    assert tally(mentions([(-1, 0, 3)]), 3, 4).by_mask.sum() == 0


@given(ROWS)
def test_named_is_the_number_of_distinct_stations_with_a_severity(rows):
    found = tally(mentions(rows), 3, 4)
    assert found.named().sum() == len({station for station, _, severity in rows if station >= 0 <= severity})


@given(ROWS, st.randoms())
def test_order_and_repetition_of_rows_change_nothing(rows, random):
    again = rows + rows[:3]
    random.shuffle(again)
    one, two = tally(mentions(rows), 3, 4), tally(mentions(again), 3, 4)
    assert (one.by_mask == two.by_mask).all()
    assert (one.by_category == two.by_category).all()
