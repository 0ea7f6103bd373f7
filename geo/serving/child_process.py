"""Does a large mission's heavy work in a process of its own, which needs gigabytes and then ends.

The process that serves only maps what the other one kept: its own memory stays small, and what the
work took goes back to the system. `ask` starts such a process and `answer` is what it does, as in
`build_process` and `release_process`. It ends early when whoever waits for it has ended, however that came
about.
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
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from geo.model.errors import BaqylauError, MissionError, Problem
from geo.model.messages import json_of_message, message_of_json
from geo.model.mission import Mission
from geo.model.snapshot import Snapshot
from geo.serving import build_snapshot
from geo.serving.disk_cache import DiskCache
from geo.serving.state_lock import alone

LOG: Final = logging.getLogger("baqylau")
LARGE: Final = 4 << 20  # bytes of source files; less is built in a second or two and a few hundred MB
LONGEST_S: Final = 1_800.0  # a build that hangs is given up after this
ROOT: Final = Path(__file__).parents[2]
GRACE_S: Final = 20.0  # for removing temporary folders when nobody waits for the work any more
# Settings by which the child keeps freed memory: to get it back page by page took a tenth of a build's time.
# A system that does not know these names takes no notice.
KEEPING: Final = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=1073741824:glibc.malloc.trim_threshold=8589934592",
}


def snapshot(folder: Path, now: datetime, store: DiskCache | None, large: int = LARGE) -> Snapshot:
    """Return a mission's snapshot: small ones built here, large ones from the store or from beside.

    With a store, both are kept there: it is what a restart has where the files cannot be read any more.
    `now`: aware. Raises MissionError as `build_snapshot.snapshot` does, whichever process found the problems.
    Where the other process cannot be had or its work cannot be kept, the mission is built here.
    """
    if store is None or not is_large(build_snapshot.load_mission(folder), large):
        return build_snapshot.snapshot(folder, now, store=store)
    built = build_snapshot.from_store(folder, now, store)
    if built is None:
        with alone(store.folder, f"build {folder.resolve()}"):  # another process may be at it
            built = build_snapshot.from_store(folder, now, store)
            if built is None:
                ask(
                    "geo.serving.build_process",
                    {"folder": str(folder.resolve()), "now": now.isoformat(), "store": str(store.folder)},
                )
                built = build_snapshot.from_store(folder, now, store)
    if built is None:
        LOG.warning("mission %s: nothing usable was kept; building it here", folder.resolve().name)
        return build_snapshot.snapshot(folder, now)
    return built


def is_large(mission: Mission, large: int = LARGE) -> bool:
    """Return whether a mission's source files have so many bytes; False if one is gone: a build says so."""
    try:
        return sum(source.path.stat().st_size for source in mission.tables) >= large
    except OSError:
        return False


def ask(module: str, job: dict[str, str]) -> dict[str, Any]:
    """Let a module of ours do a job on the mission in `folder` in a fresh process; return its answer.

    The process may go on working after its answer. The answer is empty where the process cannot be had or
    fails otherwise, which is logged: the caller then does the work itself. Raises MissionError or
    BaqylauError with what the process found wrong.
    """
    name = Path(job["folder"]).name
    try:
        answered = _first_line([sys.executable, "-m", module], json.dumps(job), f"{module} on {name}")
        answer: dict[str, Any] = json.loads(answered) if answered else {}
    except (OSError, ValueError) as error:
        LOG.warning("mission %s: %s could not work beside: %s", name, module, error)
        return {}
    if "problems" in answer:
        raise MissionError(
            [Problem(str(file), int(line), message_of_json(what)) for file, line, what in answer["problems"]]
        )
    if "error" in answer:
        raise BaqylauError(str(answer["error"]))
    return answer


def _first_line(command: list[str], job: str, name: str) -> bytes:
    """Return the first line that is answered, empty if the process ends without one.

    A thread waits for its end and logs what it said. The child's standard input stays open until then: the
    end of this process tells the child to end.
    """
    log = tempfile.TemporaryFile()  # noqa: SIM115 (closed by the thread that sees the child out)
    child = subprocess.Popen(  # noqa: S603 (our own module; what comes from outside is on its standard input)
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        cwd=ROOT,
        env=KEEPING | os.environ,
    )
    limit = threading.Timer(LONGEST_S, child.kill)
    limit.daemon = True
    limit.start()

    def see_out() -> None:
        with suppress(BrokenPipeError), child, log:  # closing its input says again that nobody read the job
            code = child.wait()
            limit.cancel()
            log.seek(0)
            for line in log.read().decode(errors="replace").splitlines():
                LOG.info("%s: %s", name, line)
            if code:
                LOG.warning("%s ended with %d", name, code)

    seeing_out = threading.Thread(target=see_out, name="baqylau-child", daemon=True)
    answered = b""
    try:
        if child.stdin is not None and child.stdout is not None:
            with suppress(BrokenPipeError):  # it has ended already; what it said is logged as of any other
                child.stdin.write(job.encode() + b"\n")
                child.stdin.flush()
            answered = child.stdout.readline()
    except BaseException:
        child.kill()
        raise
    finally:
        seeing_out.start()
    if not answered:
        seeing_out.join()
    return answered


def end_with_parent() -> None:
    """Let this process end when nobody holds the other end of its standard input any more."""
    main_thread = threading.main_thread().ident
    # a server begun with `&` or nohup ignores SIGINT, and so would every process it starts
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def watch() -> None:
        while os.read(0, 1):  # waits in the kernel; nothing comes after the job
            pass
        if hasattr(signal, "pthread_kill") and main_thread is not None:
            signal.pthread_kill(main_thread, signal.SIGINT)
            time.sleep(GRACE_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def answer(do: Callable[[dict[str, str]], Iterator[dict[str, Any]]]) -> None:
    """Do the job in the first line of standard input; answer on standard output, log on standard error.

    `do` yields its answer once and may then go on with what somebody will ask for next.
    """
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    job = json.loads(sys.stdin.buffer.readline())
    end_with_parent()
    work = do(job)
    result: dict[str, Any]
    try:
        result = next(work)
    except MissionError as error:
        result = {"problems": [_as_json(problem) for problem in error.problems]}
    except BaqylauError as error:
        result = {"error": str(error)}
    print(json.dumps(result), flush=True)
    for _ in work:
        pass


def _as_json(problem: Problem) -> tuple[str, int, object]:
    return problem.file, problem.line, json_of_message(problem.what)


def built(job: dict[str, str]) -> Snapshot:
    """Return the snapshot a job is about, kept in the job's store."""
    now, store = datetime.fromisoformat(job["now"]), DiskCache(Path(job["store"]))
    return build_snapshot.snapshot(Path(job["folder"]), now, store=store)
