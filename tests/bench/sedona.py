"""A SedonaDB in this process, where somebody installed it; the program does not need it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tests.bench.measure import Missing


def engine() -> Any:
    """Return an empty SedonaDB. Raises Missing with what to install."""
    try:
        import_module("geoarrow.pyarrow")  # asked for by every answer that leaves it
        made = import_module("sedonadb").connect()
    except ImportError:
        raise Missing("sedonadb or geoarrow-pyarrow is not installed (docs/benchmarks.md)") from None
    return made
