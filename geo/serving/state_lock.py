"""Who may write below a state directory: one server, however many processes it has.

A server holds a shared lock on `server.lock` with all its processes; the first of them writes down which
server that is. Two servers on one directory would lose each other's plans and signatures, so the second
one says who is there and does not start. The kernel lets go of the lock with the last process, however it
ended. Where a system has no such locks (Windows), nothing is refused.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from geo.journal.file_lock import fcntl, is_locked_now
from geo.model.errors import BaqylauError

FILE: Final = "server.lock"
PATIENCE_S: Final = 5.0  # for a process of the same server that is writing its name this moment
LOOK_S: Final = 0.05  # between two looks whether it has
MOMENTS_KEPT: Final = 16  # of one mission: its folder has one for each of its last changes


class StateInUse(BaqylauError):
    """Another server writes below this directory; the text says which."""


class StateLock:
    """Owns this process's share of the lock on a state directory, until `release` or its end."""

    def __init__(self, folder: Path, server: str) -> None:
        """Take the lock for a server, whose name all its processes and no other server's have.

        Raises StateInUse if another server holds it, OSError where the directory cannot be written to.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder, self.server = folder, server
        self._file: int | None = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._take()
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _take(self) -> None:
        if self._file is None or fcntl is None:
            return
        end = time.monotonic() + PATIENCE_S
        while not is_locked_now(self._file, fcntl.LOCK_EX):
            if is_locked_now(self._file, fcntl.LOCK_SH):
                self._join()
                return
            if time.monotonic() > end:
                raise StateInUse(f"{self.folder} is locked, and nobody says by whom")
            time.sleep(LOOK_S)
        holder = {"server": self.server, "pid": os.getpid(), "since": _now()}
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, json.dumps(holder).encode(), 0)
        fcntl.flock(self._file, fcntl.LOCK_SH)
        self._join()  # between the two locks another server may have come

    def _join(self) -> None:
        holder = _said(os.pread(self._file or 0, 4096, 0))
        if holder.get("server") != self.server:
            raise StateInUse(
                f"another server, process {holder.get('pid', 'unknown')} "
                f"since {holder.get('since', 'unknown')}, "
                f"writes below {self.folder}: stop it, or give this one another folder with --state"
            )

    def moment(self, slug: str, stamp: object, now: datetime) -> datetime:
        """Return the moment that a mission's files speak for, the same in all processes of this server.

        `stamp`: of the files as they are now. The first process that asks about it decides with its `now`;
        the others get that moment and serve the same figures. Where it cannot be written down each has its
        own.
        """
        name = hashlib.sha256(repr((self.server, slug, stamp)).encode()).hexdigest()[:24]
        path = self.folder / "moments" / f"{slug}-{name}"
        try:
            path.parent.mkdir(exist_ok=True, mode=0o700)
            fresh = path.with_name(f".{path.name}.{os.getpid()}")
            fresh.write_text(now.isoformat(), encoding="ascii")
            with contextlib.suppress(FileExistsError):
                os.link(fresh, path)
                _keep_newest(path.parent, f"{slug}-{'[0-9a-f]' * 24}")  # another's name may begin so
            fresh.unlink(missing_ok=True)
            return datetime.fromisoformat(path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return now


@contextlib.contextmanager
def alone(folder: Path, name: str) -> Iterator[None]:
    """Let one process at a time do what has this name; waits. Where locks cannot be had, several may."""
    path = folder / f".alone-{hashlib.sha256(name.encode()).hexdigest()[:24]}"
    handle = None
    with contextlib.suppress(OSError):  # a full or read-only disk: the work is done twice
        folder.mkdir(parents=True, exist_ok=True)
        handle = _locked(path)
    try:
        yield
    finally:
        if handle is not None:
            with contextlib.suppress(OSError):
                path.unlink()  # before others have the lock: they see that what they waited for is gone
            os.close(handle)


def _locked(path: Path) -> int | None:
    """Return the file at a path, opened and locked; None where a system has no locks. Raises OSError."""
    while fcntl is not None:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(handle), path.stat()):
                    return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
    return None


def began_of(pid: int) -> str:
    """Return when a process began, in a form to compare only: a number given to another later is another.

    "" where no /proc tells.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def _said(text: bytes) -> dict[str, Any]:
    try:
        holder = json.loads(text)
    except ValueError:
        return {}
    return holder if isinstance(holder, dict) else {}


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _keep_newest(folder: Path, pattern: str) -> None:
    newest_first = sorted(folder.glob(pattern), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in newest_first[MOMENTS_KEPT:]:
        path.unlink(missing_ok=True)
