"""The process that builds beside the server."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

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


def test_a_child_that_never_reads_its_job_is_one_that_ended(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    raised: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", raised.append)
    deaf = [sys.executable, "-c", "import sys; sys.exit('no time')"]
    job = "x" * 1_000_000  # more than a pipe holds: writing goes on until the child has ended
    with caplog.at_level(logging.INFO, "baqylau"):
        assert child_process._first_line(deaf, job, "the deaf one") == b""
    assert not raised
    assert "the deaf one: no time" in caplog.text
    assert "the deaf one ended with 1" in caplog.text
