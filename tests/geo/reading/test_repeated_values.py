"""A column whose texts repeat is read once per distinct text."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from geo.model.text_cells import Cells, cells_of
from geo.reading import parse_values, repeated_values
from geo.reading.parse_times import Zones, read_time
from geo.reading.parse_values import Parsed
from geo.reading.repeated_values import once_each

TEXTS = st.sampled_from(["a, b", "a;b", " x", "=1", "&amp;", "", "12 March", "КZ-1", "n/a", "e\u0301", "12"])
PARSERS = [
    parse_values.read_id,
    parse_values.read_text,
    parse_values.read_list,
    parse_values.read_integer,
]


def cells(texts: list[str]) -> Any:
    return pa.array(texts, pa.large_string())


def told(parsed: Parsed) -> Any:
    right = [
        np.broadcast_to(np.asarray(i.expected, dtype=object), i.at.shape).tolist() for i in parsed.issues
    ]
    found = sorted(
        (issue.code, issue.at.tolist(), expected)
        for issue, expected in zip(parsed.issues, right, strict=True)
    )
    return parsed.values.astype("object").map(repr).tolist(), parsed.unread.tolist(), found


@given(st.lists(TEXTS, max_size=12), st.sampled_from(PARSERS))
def test_a_column_that_repeats_is_read_as_one_that_does_not(texts: list[str], parser: Any) -> None:
    column = cells(texts * 3)
    assert told(once_each(column, lambda part, _: parser(part))) == told(parser(column))


@given(st.lists(st.tuples(st.sampled_from(["2005-10-30 02:30", "9:30", "?"]), st.integers(0, 1)), max_size=9))
def test_one_text_means_another_moment_in_another_zone(rows: list[tuple[str, int]]) -> None:
    names, day = ("Europe/Berlin", "Asia/Almaty"), date(2005, 12, 4)
    column, zone = cells([text for text, _ in rows * 3]), np.array([z for _, z in rows * 3], dtype=np.int32)

    def read(part: Cells, kinds: Any) -> Parsed:
        return read_time(None, part, Zones(names, kinds, day))

    assert told(once_each(column, read, zone)) == told(read(column, zone))


def test_two_hundred_texts_are_read_once_each() -> None:
    asked: list[int] = []

    def read(part: Cells, _: object) -> Parsed:
        asked.append(len(part))
        return parse_values.read_text(part)

    once_each(cells([f"text {row % 200}" for row in range(20_000)]), read)
    assert asked == [200]


def test_a_column_in_pieces_is_read_as_a_whole_one() -> None:
    pieces = pa.chunked_array([["b", "a"], ["a", "c"], [], ["b"] * 4], pa.large_string())
    parsed = once_each(pieces, lambda part, _: parse_values.read_text(part))
    assert parsed.values.tolist() == ["b", "a", "a", "c", "b", "b", "b", "b"]


def test_a_column_of_ids_is_not_coded_in_vain() -> None:
    asked: list[int] = []

    def read(part: Cells, _: object) -> Parsed:
        asked.append(len(part))
        return parse_values.read_id(part)

    once_each(cells([f"V-{row}" for row in range(20_000)]), read)
    assert asked == [20_000]
    assert repeated_values.LOOKED_AT < 20_000


def test_text_that_nothing_changes_is_not_copied() -> None:
    column = cells(["ж", "b"] * 50)
    parsed = once_each(column, lambda part, _: parse_values.read_text(part))
    kept = cells_of(parsed.values)
    assert kept.buffers()[2].address == column.buffers()[2].address
    assert isinstance(parsed.values.dtype, pd.StringDtype)


@given(st.lists(st.text(max_size=6), max_size=6), st.integers(0, 3))
def test_bytes_sought_are_found_in_a_slice_alone(texts: list[str], begin: int) -> None:
    wanted = np.zeros(256, dtype=bool)
    wanted[[0x20, 0xC2, 0x26]] = True
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    there = any(byte in (0x20, 0xC2, 0x26) for text in texts[begin:] for byte in text.encode())
    assert parse_values.has_any(cells(texts)[begin:], wanted) == there


@given(st.lists(st.text(max_size=8).map(lambda text: text.encode("utf-8", "replace").decode()), max_size=5))
def test_what_bytes_rule_out_no_pattern_finds(texts: list[str]) -> None:
    column = cells(texts)
    pattern = f"[{parse_values._re2(parse_values._CONTROL)}]|{parse_values._FORMULA}|{parse_values._ENTITY}"
    odd = {at for issue in parse_values.read_text(column).issues for at in issue.at.tolist()}
    assert odd == set(np.flatnonzero(parse_values.matches(column, pattern)).tolist())
