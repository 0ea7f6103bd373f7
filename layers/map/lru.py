"""Keep what was made lately, up to a number and a size in bytes; it is made once for all who ask."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar
from weakref import WeakKeyDictionary

Made = TypeVar("Made")
Owner = TypeVar("Owner")


class Recent(Generic[Made]):
    """The most recently used results by key; the oldest go first. Owns its lock; any thread may ask."""

    def __init__(self, most: int, most_bytes: int = 1 << 62, size: Callable[[Made], int] = lambda _: 0):
        self._most, self._most_bytes, self._size = most, most_bytes, size
        self._kept: OrderedDict[Hashable, Made] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()
        self.nbytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def values(self) -> list[Made]:
        """Return what is kept now, the oldest first."""
        with self._lock:
            return list(self._kept.values())

    def find(self, key: Hashable) -> Made | None:
        """Return what is kept under a key, or None."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what is kept under a key, made now if there is nothing; others who want it wait."""
        found = self.find(key)
        if found is not None:
            return found
        with self._lock:
            turn = self._making.setdefault(key, threading.Lock())
        try:
            with turn:
                found = self.find(key)
                if found is None:
                    found = make()
                    self.put(key, found)
        finally:  # what cannot be made leaves nothing behind, however many keys are tried
            with self._lock:
                self._making.pop(key, None)
        return found

    def put(self, key: Hashable, made: Made) -> None:
        """Keep a result, and let go of the oldest beyond the bounds; the newest always stays."""
        with self._lock:
            old = self._kept.pop(key, None)
            self.nbytes += self._size(made) - (self._size(old) if old is not None else 0)
            self._kept[key] = made
            while len(self._kept) > 1 and (len(self._kept) > self._most or self.nbytes > self._most_bytes):
                self.nbytes -= self._size(self._kept.popitem(last=False)[1])


def once(make: Callable[[Owner], Made]) -> Callable[[Owner], Made]:
    """Return the function as one that makes its result once, and keeps it as long as its argument lives.

    It is for arguments that are compared by identity, such as a snapshot or a registry.
    """
    held: Final[WeakKeyDictionary[Owner, Made]] = WeakKeyDictionary()
    lock = threading.RLock()

    def found(owner: Owner) -> Made:
        with lock:
            if owner not in held:
                held[owner] = make(owner)
            return held[owner]

    return found
