"""Columns of numbers, against numpy's own answers."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo import columns


@given(st.lists(st.integers(-3, 3)))
def test_distinct_equals_numpys_unique(values: list[int]) -> None:
    keys = np.array(values, dtype=np.int64)
    assert columns.distinct(keys).tolist() == np.unique(keys).tolist()


def test_distinct_changes_nothing_it_was_given() -> None:
    keys = np.array([3, 1, 3], dtype=np.uint64)
    assert columns.distinct(keys).tolist() == [1, 3]
    assert keys.tolist() == [3, 1, 3]
