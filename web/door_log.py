"""A line in the log for every opening of a desk and every refusal; a flood of refusals is counted."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from geo.model.mission import SLUG

LOG: Final = logging.getLogger("baqylau")
FLOOD_S: Final = 10.0  # refusals beyond MOST within this time share one line
MOST: Final = 20


class DoorLog:
    """Owns the count of refusals lately. A line names the mission and the address, never a key."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since, self._refused = clock(), 0
        self._lock = threading.Lock()

    def opened(self, slug: str, address: str | None) -> None:
        """Write down that somebody gave the right key for a mission's desk."""
        LOG.info("desk of %s opened with the key, from %s", _plain(slug), address or "unknown")

    def refused(self, slug: str, address: str | None, why: str) -> None:
        """Write down that a desk stayed closed. `why`: in words of ours, such as "wrong key"."""
        with self._lock:
            now = self._clock()
            if now - self._since > FLOOD_S:
                if self._refused > MOST:
                    LOG.warning("desks: %d refusals more of the same kind", self._refused - MOST)
                self._since, self._refused = now, 0
            self._refused += 1
            if self._refused > MOST:
                return
        LOG.warning("desk of %s refused, %s, from %s", _plain(slug), why, address or "unknown")


def _plain(slug: str) -> str:
    """A mission's name as it may stand in a log: a request may hold anything, line ends too."""
    return slug if SLUG.fullmatch(slug) else "no mission"
