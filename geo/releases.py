"""What the press may see of every mission being served: computed beside the page, once per snapshot."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.analysis import analyse
from geo.counts import Choice
from geo.disclosure import Release, release
from geo.library import Library
from geo.registry import Registry
from geo.snapshot import Snapshot, UnitKind

LOG: Final = logging.getLogger("baqylau")
PATIENCE_S: Final = 20.0  # a request waits this long for a mission's first release
FRESH_S: Final = 2.0  # … and this long for a newer one before it gets the last


@dataclass(frozen=True, eq=False)
class Released:
    """One mission's release. `registry`: its stations, only where single stations may be shown."""

    release: Release
    registry: Registry | None

    @property
    def slug(self) -> str:
        return self.release.about.slug


def of(snapshot: Snapshot) -> Released:
    """Return what the press may see of a snapshot at the moment the snapshot speaks for."""
    made = release(snapshot, snapshot.as_of, hot_spots=robust)
    return Released(made, snapshot.registry if made.may_show_stations else None)


def robust(snapshot: Snapshot, kind: UnitKind, choice: Choice) -> npt.NDArray[np.bool_]:
    """Return which units have more findings than expected whichever team is left out, (U,) bool.

    Areas never: there are too few of them for local statistics.
    """
    if kind == "area":
        return np.zeros(int((snapshot.registry.areas.level == 1).sum()), dtype=bool)
    verdict = analyse(snapshot, kind, choice).results["hot_spot"].columns["hot_spot"]
    return np.asarray(verdict == "hot_spot")


class Releases:
    """Owns the releases of a library's missions and the threads that compute them, one per mission."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._made: dict[str, tuple[Snapshot, Released]] = {}
        self._working: dict[str, Snapshot] = {}
        self._failed: dict[str, Snapshot] = {}
        self._changed = threading.Condition()

    def get(self, slug: str, patience_s: float = PATIENCE_S) -> Released | None:
        """Return the newest release of a mission; None while its first is being made.

        A newer snapshot's release replaces the last one when it is done. Raises NotFound.
        """
        snapshot = self._library.get(slug).snapshot
        if snapshot is None:
            return None
        began = time.monotonic()
        with self._changed:
            if not self._is_settled(slug, snapshot) and slug not in self._working:
                self._working[slug] = snapshot
                threading.Thread(target=self._make, args=(slug, snapshot), daemon=True).start()
            self._changed.wait_for(lambda: self._is_settled(slug, snapshot), min(FRESH_S, patience_s))
            rest = patience_s - (time.monotonic() - began)
            self._changed.wait_for(lambda: slug in self._made or slug in self._failed, max(0.0, rest))
            found = self._made.get(slug)
        return found[1] if found else None

    def _is_settled(self, slug: str, snapshot: Snapshot) -> bool:
        made = self._made.get(slug)
        return (made is not None and made[0] is snapshot) or self._failed.get(slug) is snapshot

    def _make(self, slug: str, snapshot: Snapshot) -> None:
        began = time.monotonic()
        try:
            made = of(snapshot)
            LOG.info("mission %s: release %s in %.1f s", slug, made.release.version, time.monotonic() - began)
        except Exception:
            LOG.exception("mission %s: no release could be made", slug)
            made = None
        with self._changed:
            if made is None:
                self._failed[slug] = snapshot
            else:
                self._made[slug] = (snapshot, made)
            self._working.pop(slug, None)
            self._changed.notify_all()
