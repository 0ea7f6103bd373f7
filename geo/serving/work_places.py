"""How much heavy work may go on at a time: places that all processes of a server share; nobody waits."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from geo.journal.file_lock import try_alone
from geo.model.errors import Busy


class Places:
    """Owns so many places for one kind of work, in this process and, given a folder, in all that use it."""

    def __init__(self, kind: str, most: int, folder: Path | None = None) -> None:
        self._kind, self._most, self._folder = kind, most, folder
        self._here = threading.BoundedSemaphore(most)

    @contextlib.contextmanager
    def take(self) -> Iterator[None]:
        """Hold one place while the work goes on. Raises Busy at once if all are taken."""
        if not self._here.acquire(blocking=False):
            raise Busy(f"all {self._most} places for {self._kind} are taken")
        handle = None
        try:
            handle = self._lock()
            yield
        finally:
            if handle is not None:
                os.close(handle)  # the kernel lets go of a lock with its file, also where a process dies
            self._here.release()

    def _lock(self) -> int | None:
        if self._folder is None:
            return None
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for place in range(self._most):
                handle = try_alone(self._folder / f".{self._kind}-{place}")
                if handle is not None:
                    return handle
        except OSError:
            return None  # a full or read-only disk: this process's own places have to do
        raise Busy(f"all {self._most} places for {self._kind} are taken")
