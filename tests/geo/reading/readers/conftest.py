"""A mission's table source over bytes written by a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from geo.model.table_source import TableSource
from geo.model.tables import Raw
from geo.reading.readers import UPLOAD, Limits, read

Loaded = Callable[..., Raw]


@pytest.fixture
def load(tmp_path: Path) -> Loaded:
    """Return a function that writes bytes under a name and reads them back as a table."""

    def run(name: str, body: bytes | str, limits: Limits = UPLOAD, **settings: object) -> Raw:
        path = tmp_path / name
        path.write_bytes(body.encode() if isinstance(body, str) else body)
        source = replace(TableSource("visits", path), **settings)  # type: ignore[arg-type]
        return read(source, limits=limits)

    return run
