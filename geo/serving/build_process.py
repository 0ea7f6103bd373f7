"""Builds a large mission in a process of its own, answers, and goes on with what the press may see of it.

`python -m geo.serving.build_process` does both in one process: nothing is started or mapped twice, and the
first reader has the page sooner.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from geo.model.mission import Mission
from geo.serving import child_process, release_process
from geo.serving.state_lock import alone

# Of source files. A larger mission's release is made in another process: it needs the memory the build took.
MOST_BYTES: Final = 64 << 20


def build(job: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Build and keep the mission of a job, yield its version, then make and keep its release.

    The release's lock is held from before the answer: whoever wants the release meanwhile waits and makes
    none. Of a live mission none is made, as the press sees only what people signed. Raises MissionError.
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
