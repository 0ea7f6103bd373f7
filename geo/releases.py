"""What the press may see of every mission being served: computed beside the page, once per snapshot."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from geo import release_apart, released
from geo.disclosure import Release
from geo.errors import BaqylauError
from geo.library import Library
from geo.released import Notice, Released
from geo.signoff import Signoff
from geo.snapshot import Snapshot
from geo.store import Store

LOG: Final = logging.getLogger("baqylau")
PATIENCE_S: Final = 20.0  # a request waits this long for a mission's first release
FRESH_S: Final = 2.0  # … and this long for a newer one before it gets the last


class Releases:
    """Owns the releases of a library's missions and the threads that compute them, one per mission."""

    def __init__(
        self,
        library: Library,
        signoff: Signoff | None = None,
        store: Store | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`signoff`: where cleared releases of live missions are; without it they show nothing.

        `store`: where a large mission's release is kept, computed in a process of its own.
        """
        self._library, self._signoff, self._store, self._clock = library, signoff, store, clock
        self._signed: dict[str, tuple[object, Released]] = {}
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
        if snapshot.mission.nature == "live":
            return self._cleared(slug, snapshot)
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

    def _cleared(self, slug: str, snapshot: Snapshot) -> Released:
        """Return a live mission's newest cleared release as it was kept; an empty one if there is none."""
        embargo = snapshot.mission.disclosure.not_before
        is_open = not embargo or self._clock() >= datetime.fromisoformat(embargo)
        stamp = self._signoff.stamp(slug) if self._signoff else ()
        held = self._signed.get(slug)
        shows = held is not None and held[1].release.state == "released"
        key = (is_open, stamp, snapshot.registry.version if shows else snapshot)
        if held is not None and held[0] == key:
            return held[1]
        made = self._kept(slug, snapshot, is_open)
        shows = made.release.state == "released"
        self._signed[slug] = (is_open, stamp, snapshot.registry.version if shows else snapshot), made
        return made

    def _kept(self, slug: str, snapshot: Snapshot, is_open: bool) -> Released:
        kept: Release | None = None
        register, notices = "", tuple[Notice, ...]()
        try:
            if self._signoff is not None and is_open:
                kept, register, notices = self._signoff.served(slug)
        except BaqylauError as error:
            LOG.error("mission %s: a cleared release cannot be served: %s", slug, error)
        if kept is None:
            return replace(released.of(snapshot), notices=notices)
        # stations of another register would stand at other places than those cleared
        may_show = kept.may_show_stations and register == snapshot.registry.version
        return Released(kept, snapshot.registry if may_show else None, notices)

    def warm(self) -> None:
        """Begin with every mission's release in the background, so that the first reader waits less."""

        def begin() -> None:
            for slug in self._library.missions():
                self.get(slug, patience_s=0.0)

        threading.Thread(target=begin, name="baqylau-releases", daemon=True).start()

    def _is_settled(self, slug: str, snapshot: Snapshot) -> bool:
        made = self._made.get(slug)
        return (made is not None and made[0] is snapshot) or self._failed.get(slug) is snapshot

    def _make(self, slug: str, snapshot: Snapshot) -> None:
        began = time.monotonic()
        try:
            made: Released | None = release_apart.of(snapshot, self._store, self._clock())
            LOG.info("mission %s: a release in %.1f s", slug, time.monotonic() - began)
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
