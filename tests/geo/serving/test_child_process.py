"""The process that builds beside the server."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from geo.serving import child_process
from tests.web import missions

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WAITING = (
    "import threading\nfrom geo.serving import child_process\nchild_process.end_with_parent()\n"
    "print('on', flush=True)\nthreading.Event().wait()\n"
)


def test_a_build_ends_when_whoever_waits_for_it_ends() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", WAITING], cwd=child_process.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == b"on\n"
        child.stdin.close()
        assert child.wait(600) != 0


def test_a_build_whose_starter_has_gone_is_given_up(tmp_path: Path) -> None:
    job = json.dumps(
        {
            "folder": str(missions.sized(tmp_path / "mission", 30)),
            "now": NOW.isoformat(),
            "store": str(tmp_path / "s"),
        }
    )
    command = [sys.executable, "-m", "geo.serving.build_process"]
    done = subprocess.run(
        command, cwd=child_process.ROOT, input=job.encode() + b"\n", capture_output=True, check=False
    )
    assert done.returncode != 0
