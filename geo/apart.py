"""Builds a large mission in a process of its own, which needs gigabytes and then ends.

The process that serves only maps what the other one kept: its own memory stays small, and what the
build took goes back to the system. `python -m geo.apart` is that other process, started by `snapshot`.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from geo import build
from geo.errors import BaqylauError, MissionError, Problem
from geo.mission import load
from geo.snapshot import Snapshot
from geo.store import Store

LOG: Final = logging.getLogger("baqylau")
LARGE: Final = 4 << 20  # bytes of source files; less is built in a second or two and a few hundred MB
LONGEST_S: Final = 1_800.0  # a build that hangs is given up after this
ROOT: Final = Path(__file__).parents[1]


def snapshot(folder: Path, now: datetime, store: Store | None, large: int = LARGE) -> Snapshot:
    """Return a mission's snapshot: small ones built here, large ones from the store or from beside.

    `now`: aware. Raises MissionError as `build.snapshot` does, whichever process found the problems.
    Where the other process cannot be had or its work cannot be kept, the mission is built here.
    """
    if store is None or _size(folder) < large:
        return build.snapshot(folder, now)
    found = build.from_store(folder, now, store)
    if found is None:
        _build_beside(folder, now, store)
        found = build.from_store(folder, now, store)
    if found is None:
        LOG.warning("mission %s: nothing usable was kept; building it here", folder.resolve().name)
        return build.snapshot(folder, now)
    return found


def _size(folder: Path) -> int:
    """Return the bytes of a mission's source files; one that is not there now is build's to report."""
    try:
        return sum(source.path.stat().st_size for source in load(folder).tables)
    except OSError:
        return 0


def _build_beside(folder: Path, now: datetime, store: Store) -> None:
    """Build a mission into the store in a fresh process. Raises MissionError with what it found wrong."""
    job = json.dumps({"folder": str(folder.resolve()), "now": now.isoformat(), "store": str(store.folder)})
    command = [sys.executable, "-m", "geo.apart"]
    try:
        done = subprocess.run(  # noqa: S603 (our own module; what comes from outside is on its standard input)
            command, input=job.encode(), capture_output=True, cwd=ROOT, timeout=LONGEST_S, check=False
        )
        answer: dict[str, Any] = json.loads(done.stdout) if done.returncode == 0 else {}
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        LOG.warning("mission %s could not be built beside: %s", folder.resolve().name, error)
        return
    for line in done.stderr.decode(errors="replace").splitlines():
        LOG.info("building %s: %s", folder.resolve().name, line)
    if "problems" in answer:
        raise MissionError(
            [Problem(str(file), int(line), str(says)) for file, line, says in answer["problems"]]
        )
    if "error" in answer:
        raise BaqylauError(str(answer["error"]))


def main() -> None:
    """Do the job described on standard input; answer on standard output, log on standard error."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    job = json.loads(sys.stdin.read())
    answer: dict[str, Any]
    try:
        made = build.snapshot(
            Path(job["folder"]), datetime.fromisoformat(job["now"]), store=Store(Path(job["store"]))
        )
        answer = {"version": made.version}
    except MissionError as error:
        answer = {"problems": [(one.file, one.line, one.message) for one in error.problems]}
    except BaqylauError as error:
        answer = {"error": str(error)}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
