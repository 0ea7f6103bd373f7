"""Does a large mission's heavy work in a process of its own, which needs gigabytes and then ends.

The process that serves only maps what the other one kept: its own memory stays small, and what the
work took goes back to the system. `ask` starts such a process and `answer` is what it does;
`python -m geo.apart` builds a mission. It ends early when whoever waits for it has ended, however that
came about.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from geo import build
from geo.errors import BaqylauError, MissionError, Problem
from geo.mission import Mission, load
from geo.snapshot import Snapshot
from geo.store import Store

LOG: Final = logging.getLogger("baqylau")
LARGE: Final = 4 << 20  # bytes of source files; less is built in a second or two and a few hundred MB
LONGEST_S: Final = 1_800.0  # a build that hangs is given up after this
ROOT: Final = Path(__file__).parents[1]
GRACE_S: Final = 20.0  # for removing temporary folders when nobody waits for the work any more
# Memory that is given back is given again page by page, a tenth of a build's time where it was measured.
# Names that this system does not know mean nothing to it.
KEEPING: Final = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=1073741824:glibc.malloc.trim_threshold=8589934592",
}


def snapshot(folder: Path, now: datetime, store: Store | None, large: int = LARGE) -> Snapshot:
    """Return a mission's snapshot: small ones built here, large ones from the store or from beside.

    `now`: aware. Raises MissionError as `build.snapshot` does, whichever process found the problems.
    Where the other process cannot be had or its work cannot be kept, the mission is built here.
    """
    if store is None or not is_large(load(folder), large):
        return build.snapshot(folder, now)
    found = build.from_store(folder, now, store)
    if found is None:
        ask(
            "geo.apart", {"folder": str(folder.resolve()), "now": now.isoformat(), "store": str(store.folder)}
        )
        found = build.from_store(folder, now, store)
    if found is None:
        LOG.warning("mission %s: nothing usable was kept; building it here", folder.resolve().name)
        return build.snapshot(folder, now)
    return found


def is_large(mission: Mission, large: int = LARGE) -> bool:
    """Return whether a mission's source files are large; one that is not there now is build's to report."""
    try:
        return sum(source.path.stat().st_size for source in mission.tables) >= large
    except OSError:
        return False


def ask(module: str, job: dict[str, str]) -> dict[str, Any]:
    """Let a module of ours do a job on the mission in `folder` in a fresh process; return its answer.

    Empty where the process cannot be had or fails otherwise: logged, and the caller's to do itself.
    Raises MissionError or BaqylauError with what it found wrong.
    """
    name = Path(job["folder"]).name
    try:
        code, said, log = _run([sys.executable, "-m", module], json.dumps(job))
        answer: dict[str, Any] = json.loads(said) if code == 0 else {}
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        LOG.warning("mission %s: %s could not work beside: %s", name, module, error)
        return {}
    for line in log.decode(errors="replace").splitlines():
        LOG.info("%s on %s: %s", module, name, line)
    if "problems" in answer:
        raise MissionError(
            [Problem(str(file), int(line), str(says)) for file, line, says in answer["problems"]]
        )
    if "error" in answer:
        raise BaqylauError(str(answer["error"]))
    return answer


def _run(command: list[str], job: str) -> tuple[int, bytes, bytes]:
    """Return the exit code, what was answered and what was logged.

    The child's standard input stays open as long as this process waits: its end tells the child to end.
    """
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as log:
        child = subprocess.Popen(  # noqa: S603 (our own module; what comes from outside is on its standard input)
            command, stdin=subprocess.PIPE, stdout=said, stderr=log, cwd=ROOT, env=KEEPING | os.environ
        )
        with child:
            try:
                if child.stdin is not None:
                    child.stdin.write(job.encode() + b"\n")
                    child.stdin.flush()
                code = child.wait(LONGEST_S)
            except BaseException:
                child.kill()
                raise
        said.seek(0)
        log.seek(0)
        return code, said.read(), log.read()


def end_with_parent() -> None:
    """Let this process end when nobody holds the other end of its standard input any more."""
    main_thread = threading.main_thread().ident

    def watch() -> None:
        while os.read(0, 1):  # waits in the kernel; nothing comes after the job
            pass
        if hasattr(signal, "pthread_kill") and main_thread is not None:
            signal.pthread_kill(main_thread, signal.SIGINT)
            time.sleep(GRACE_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def answer(do: Callable[[dict[str, str]], dict[str, Any]]) -> None:
    """Do the job in the first line of standard input; answer on standard output, log on standard error."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    job = json.loads(sys.stdin.buffer.readline())
    end_with_parent()
    said: dict[str, Any]
    try:
        said = do(job)
    except MissionError as error:
        said = {"problems": [(one.file, one.line, one.message) for one in error.problems]}
    except BaqylauError as error:
        said = {"error": str(error)}
    print(json.dumps(said))


def built(job: dict[str, str]) -> Snapshot:
    """Return the snapshot a job is about, kept in the job's store."""
    now, store = datetime.fromisoformat(job["now"]), Store(Path(job["store"]))
    return build.snapshot(Path(job["folder"]), now, store=store)


if __name__ == "__main__":
    answer(lambda job: {"version": built(job).version})
