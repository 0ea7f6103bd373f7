"""Columns of numbers, against numpy's own answers."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from pytest import MonkeyPatch

from geo.model import columns


@given(st.lists(st.integers(-3, 3)))
def test_distinct_equals_numpys_unique(values: list[int]) -> None:
    keys = np.array(values, dtype=np.int64)
    assert columns.distinct(keys).tolist() == np.unique(keys).tolist()


def test_distinct_changes_nothing_it_was_given() -> None:
    keys = np.array([3, 1, 3], dtype=np.uint64)
    assert columns.distinct(keys).tolist() == [1, 3]
    assert keys.tolist() == [3, 1, 3]


@given(st.sets(st.text(max_size=4)), st.lists(st.text(max_size=4)), st.integers(1, 5), st.integers(0, 3))
def test_a_text_is_found_where_it_stands_and_no_other_is(known, others, marked, cut) -> None:
    ordered = sorted((text for text in known if _is_whole(text)), key=str.encode)
    column = pa.array(ordered, pa.large_string())[cut:]
    with MonkeyPatch.context() as patch:
        patch.setattr(columns, "_MARKED", marked)
        texts = columns.SortedTexts(column)
        for text in {*ordered, *others}:
            assert texts.find(text) == (ordered[cut:].index(text) if text in ordered[cut:] else -1)


def test_a_text_is_found_among_thousands() -> None:
    ordered = [f"{number:05d}" for number in range(1_000)]
    texts = columns.SortedTexts(pa.array(ordered, pa.large_string()))
    assert [texts.find(text) for text in ordered] == list(range(1_000))
    assert [texts.find(text) for text in ("", "0", "00255x", "00256 ", "9")] == [-1] * 5


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
