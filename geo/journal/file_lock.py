"""A file that one process at a time may hold: the kernel lets go of it with the process, however it ended."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType

try:
    import fcntl as _fcntl
except ImportError:  # Windows
    fcntl: ModuleType | None = None
else:
    fcntl = _fcntl


def try_alone(path: Path) -> int | None:
    """Return a handle that keeps others from the file at `path` until it is closed; None if another has it.

    Where a system has no such locks (Windows), nobody is kept away. Raises OSError where the file cannot
    be made.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if fcntl is None or is_locked_now(handle, fcntl.LOCK_EX):
        return handle
    os.close(handle)
    return None


def is_locked_now(handle: int, kind: int) -> bool:
    """Take a lock of this kind without waiting; return whether it could be had."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
