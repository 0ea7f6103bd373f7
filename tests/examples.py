"""How many examples a property is tried with: many in `make test-all`, a few in `make test`."""

from __future__ import annotations

import os
from typing import Any, Final

import hypothesis

ALL: Final = os.environ.get("BAQYLAU_TESTS") == "all"  # set by `make test-all`
MOST_FEW: Final = 25


def examples(many: int, **options: Any) -> hypothesis.settings:
    """Return hypothesis' settings for a property that CI tries `many` times; `options` are its own."""
    few = min(MOST_FEW, max(3, many // 8))
    return hypothesis.settings(max_examples=many if ALL else few, **options)
