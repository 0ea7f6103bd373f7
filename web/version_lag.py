"""Of several processes one may have new figures a second before another: a page can ask the other one.

What it asks by version is looked for again for a few seconds before it is said not to exist. Few requests
may wait so at a time, or anybody could hold all threads with versions that never were.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Response

from geo.model.errors import NotFound

PATIENCE_S: Final = 3.0  # a changed file is seen within a second, and a mission built in another
LOOK_S: Final = 0.1
MOST_WAITING: Final = 2
VERSIONED: Final = frozenset({"version", "digest"})


class VersionLag:
    """Owns the places of requests that may wait; with no patience, as with one process, nothing waits."""

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._seats = threading.BoundedSemaphore(MOST_WAITING)

    def answer(self, arguments: Mapping[str, Any], ask: Callable[[], Any]) -> Response | None:
        """Return what `ask` answers as soon as it finds what was not there, None if it never does."""
        if not self._patience_s or not VERSIONED & set(arguments):
            return None
        if not self._seats.acquire(blocking=False):
            return None
        try:
            end = time.monotonic() + self._patience_s
            while time.monotonic() < end:
                time.sleep(LOOK_S)
                try:
                    response: Response = ask()
                except NotFound:
                    continue
                return response
        finally:
            self._seats.release()
        return None
