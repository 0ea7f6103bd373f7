"""Builds a large mission beside the server, says so, and goes straight on with what the press may see of it.

`python -m geo.serving.build_process`: one process instead of two spends no time on starting, reading the
program and mapping the mission again, and its first reader has the page sooner.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from geo.model.mission import Mission
from geo.serving import child_process, release_process
from geo.serving.state_lock import alone

MOST_BYTES: Final = 64 << 20  # of source files; a larger one's release needs the memory that its build took


def build(job: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Build and keep the mission of a job, yield its version, and make and keep its release.

    Nobody makes it elsewhere meanwhile: who wants it waits for its lock. Of a live mission only what people
    signed is shown. Raises MissionError.
    """
    snapshot = child_process.built(job)
    with ExitStack() as held:
        if not goes_on(snapshot.mission):
            yield {"version": snapshot.version}
            return
        key = release_process.key_of(snapshot)
        held.enter_context(alone(Path(job["store"]), key))
        yield {"version": snapshot.version}
        release_process.keep(snapshot, Path(job["store"]), key)


def goes_on(mission: Mission) -> bool:
    """Return whether a mission's release is made by the process that built it."""
    return mission.nature != "live" and not child_process.is_large(mission, MOST_BYTES)


if __name__ == "__main__":
    child_process.answer(build)
