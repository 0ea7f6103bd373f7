"""Missions of the same files built once for many tests: later ones get what was kept, as after a start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from geo.model.snapshot import Snapshot
from geo.serving import build_snapshot, child_process
from geo.serving.disk_cache import DiskCache


@contextmanager
def built_once(folder: Path) -> Iterator[None]:
    """Let libraries without a store keep their snapshots below `folder`, and only these."""
    kept = DiskCache(folder, kept_of_nobody=1_000)
    real = child_process.snapshot

    def snapshot(mission: Path, now: datetime, store: DiskCache | None, **more: Any) -> Snapshot:
        if store is None:
            return build_snapshot.snapshot(mission, now, store=kept)
        return real(mission, now, store, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(child_process, "snapshot", snapshot)
        yield
