"""The types the browser's scripts are checked with are those of the server's answers."""

from __future__ import annotations

from typing import Any

import pytest

from templates.browser_types import TYPES, declarations, typescript


def test_the_types_of_the_answers_are_written_as_they_are() -> None:
    stale = "python templates/browser_types.py"
    assert TYPES.read_text(encoding="utf-8") == declarations(), stale


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (list[float | None], "(number | null)[]"),
        (dict[str, list[int]], "Record<string, number[]>"),
        (tuple[float, float], "[number, number]"),
    ],
)
def test_a_type_is_said_in_typescript(hint: Any, expected: str) -> None:
    assert typescript(hint) == expected


def test_what_json_has_no_word_for_is_refused() -> None:
    with pytest.raises(TypeError, match="no word"):
        typescript(bytes)
