"""How many examples of a property and cases of a grid are tried: a few in `make test`, all in CI."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, Final

import hypothesis
import pytest

ALL: Final = os.environ.get("BAQYLAU_TESTS") == "all"  # set by `make test-all`
MOST_FEW: Final = 25


def examples(many: int, **options: Any) -> hypothesis.settings:
    """Return hypothesis' settings for a property that CI tries `many` times; `options` are its own."""
    few = min(MOST_FEW, max(3, many // 8))
    return hypothesis.settings(max_examples=many if ALL else few, **options)


def first_of(cases: Iterable[Any], keep: int = 1) -> list[Any]:
    """Return what `parametrize` takes; all cases but the first are for `make test-all` only.

    For a grid whose every case builds a mission anew: its hardest cases stand first.
    """
    few, *others = [list(cases)[:keep], *list(cases)[keep:]]
    marked = (case if isinstance(case, tuple) else (case,) for case in others)
    return [*few, *(pytest.param(*case, marks=pytest.mark.slow) for case in marked)]
