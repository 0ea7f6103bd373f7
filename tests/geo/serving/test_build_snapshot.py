from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from geo.model.mission import FILE
from geo.serving import build_snapshot, release_process
from tests.geo.reading.trap_missions import mission

NOW = datetime(2005, 12, 11, tzinfo=UTC)


def test_a_town_called_otherwise_is_another_version_and_another_release(tmp_path: Path) -> None:
    settings = mission(tmp_path / "m") / FILE
    before = build_snapshot.snapshot(settings.parent, NOW)
    settings.write_text(settings.read_text() + '\n[mission.town_names.Astana]\nru = "Астана"\n')
    after = build_snapshot.snapshot(settings.parent, NOW)
    assert after.version != before.version
    assert release_process.key_of(after) != release_process.key_of(before)
