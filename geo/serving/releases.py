"""What the press may see of every mission being served: computed beside the page, once per snapshot."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from geo.model.columns import content_hash
from geo.model.errors import BaqylauError
from geo.model.snapshot import Snapshot
from geo.publication import Release, released
from geo.publication.released import Notice, Released
from geo.publication.sign_off import SignOff
from geo.serving import release_process
from geo.serving.disk_cache import DiskCache
from geo.serving.missions import Missions, for_press

LOG: Final = logging.getLogger("baqylau")
PATIENCE_S: Final = 20.0  # a request waits this long for a mission's first release
FRESH_S: Final = 2.0  # it waits this long for a newer release before it gets the last one
RETRY_S: Final = 60.0  # a release that could not be made is tried again after this long
EARLIER_S: Final = 30.0  # a page that began to ask for a release can ask for all of it
MOST_EARLIER: Final = 4
MOST_WAITING: Final = 2  # requests that may wait at a time: the others' threads go on answering


class Releases:
    """Owns the releases of the missions being served and the threads that compute them, one per mission."""

    def __init__(
        self,
        library: Missions,
        signoff: SignOff | None = None,
        store: DiskCache | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`signoff`: where cleared releases of live missions are; without it they show nothing.

        `store`: where a large mission's release is kept, computed in a process of its own.
        """
        self._library, self._signoff, self._store, self._clock = library, signoff, store, clock
        self._signed: dict[str, tuple[object, Released]] = {}
        self._made: dict[str, tuple[Snapshot, Released]] = {}
        self._made_at: dict[str, datetime] = {}
        self._earlier: dict[str, tuple[tuple[float, Released], ...]] = {}  # each with until when it is kept
        self._working: dict[str, Snapshot] = {}
        self._failed: dict[str, tuple[Snapshot, float]] = {}  # with when, of a clock that only goes on
        self._noted: set[str] = set()  # live missions, written down as such
        self._said: set[str] = set()  # missions the log has been told of
        self._changed = threading.Condition()
        self._seats = threading.BoundedSemaphore(MOST_WAITING)

    def get(self, slug: str, patience_s: float | None = None) -> Released | None:
        """Return the newest release of a mission; None while its first is being made, or could not be.

        A newer snapshot's release replaces the last one when it is done. One that could not be made is tried
        again by whoever asks a minute later. Few may wait at a time; the others get at once what there is.
        `patience_s`: that long it waits for a first release; None is `PATIENCE_S`.
        Raises NotFound, and Busy as `Missions.get` does.
        """
        snapshot = for_press(self._library.get(slug)).snapshot
        if snapshot is None:
            return None
        if self._is_signed_off(slug, snapshot):
            return self._cleared(slug, _as_live(snapshot))
        with self._changed:
            if not self._is_settled(slug, snapshot) and slug not in self._working:
                self._failed.pop(slug, None)
                self._working[slug] = snapshot
                threading.Thread(target=self._make, args=(slug, snapshot), daemon=True).start()
            is_settled = self._is_settled(slug, snapshot)
        if not is_settled and self._seats.acquire(blocking=False):
            try:
                self._wait(slug, snapshot, PATIENCE_S if patience_s is None else patience_s)
            finally:
                self._seats.release()
        newest = self._made.get(slug)
        return newest[1] if newest else None

    def newest(self, slug: str) -> Released | None:
        """Return the release of a mission that is at hand; None before the first. Waits for nothing."""
        served = self._library.listed().get(slug)
        snapshot = for_press(served).snapshot if served else None
        if snapshot is None:
            return None
        if self._is_signed_off(slug, snapshot):
            return self._cleared(slug, _as_live(snapshot))
        newest = self._made.get(slug)
        return newest[1] if newest else None

    def forget(self, slugs: Collection[str]) -> None:
        """Let go of what was made of missions that are no longer served."""
        held: tuple[dict[str, Any], ...] = (
            self._signed, self._made, self._made_at, self._failed, self._earlier,
        )  # fmt: skip
        with self._changed:
            for slug in slugs:
                for by_slug in held:
                    by_slug.pop(slug, None)

    def earlier(self, slug: str) -> tuple[Released, ...]:
        """Return the releases that reports alone replaced a moment ago, the newest first.

        There are none where people sign what the press sees, nor any from before the mission's settings were
        changed: what was taken back is gone at once.
        """
        snapshot = for_press(self._library.get(slug)).snapshot
        if snapshot is None or self._is_signed_off(slug, snapshot):
            return ()
        now = time.monotonic()
        return tuple(old for until, old in reversed(self._earlier.get(slug, ())) if now < until)

    def has_failed(self, slug: str) -> bool:
        """Return whether the mission's first release could not be made and is not being made again yet."""
        return slug in self._failed and slug not in self._made

    def made_at(self, slug: str) -> datetime | None:
        """Return when what is served was made, or first served where people sign it; None for none."""
        return self._made_at.get(slug)

    def _is_signed_off(self, slug: str, snapshot: Snapshot) -> bool:
        """Whether the press sees what two people signed, and nothing else: of every mission that was live."""
        if self._signoff is None:
            return snapshot.mission.nature == "live"
        try:
            if snapshot.mission.nature == "live":
                if slug not in self._noted:
                    self._signoff.note_live(slug)
                    self._noted.add(slug)
                return True
            is_free = self._signoff.may_be(slug, snapshot.mission.nature)
        except BaqylauError as error:
            LOG.error("mission %s: %s", slug, error)
            return True
        if not is_free and slug not in self._said:
            self._said.add(slug)
            LOG.warning("mission %s was live and two people have to sign that it is not: see `release`", slug)
        return not is_free

    def _wait(self, slug: str, snapshot: Snapshot, patience_s: float) -> None:
        """Wait for the release of this snapshot, and if there is none of any, longer for that."""
        began = time.monotonic()
        with self._changed:
            self._changed.wait_for(lambda: self._is_settled(slug, snapshot), min(FRESH_S, patience_s))
            rest = patience_s - (time.monotonic() - began)
            self._changed.wait_for(lambda: slug in self._made or slug in self._failed, max(0.0, rest))

    def _cleared(self, slug: str, snapshot: Snapshot) -> Released:
        """Return a live mission's newest cleared release as it was kept; an empty one if there is none.

        The empty one depends on the registry and the mission's settings alone and is made once: whoever
        asks right after a report waits no longer than anybody else, so that nothing tells that a report
        came.
        """
        embargo = snapshot.mission.disclosure.not_before
        is_open = not embargo or self._clock() >= datetime.fromisoformat(embargo)
        stamp = self._signoff.stamp(slug) if self._signoff else ()
        held = self._signed.get(slug)
        shows = held is not None and held[1].release.state == "released"
        key = (is_open, stamp, snapshot.registry.version, "" if shows else _settings_of(snapshot))
        if held is not None and held[0] == key:
            return held[1]
        cleared = self._kept(slug, snapshot, is_open)
        shows = cleared.release.state == "released"
        key = (is_open, stamp, snapshot.registry.version, "" if shows else _settings_of(snapshot))
        self._signed[slug] = key, cleared
        if shows:
            self._made_at[slug] = self._clock()
        return cleared

    def _kept(self, slug: str, snapshot: Snapshot, is_open: bool) -> Released:
        release: Release | None = None
        register, notices = "", tuple[Notice, ...]()
        try:
            if self._signoff is not None and is_open:
                release, register, notices = self._signoff.served(slug)
        except BaqylauError as error:
            LOG.error("mission %s: a cleared release cannot be served: %s", slug, error)
        if release is None:
            return replace(released.released_of(snapshot), notices=notices)
        # stations of another register would stand at other places than those cleared
        may_show = release.may_show_stations and register == snapshot.registry.version
        registry, closed = snapshot.registry if may_show else None, len(snapshot.registry.closed)
        return Released(release, registry, notices, closed)

    def warm(self) -> None:
        """Begin with every mission's release in the background, so that the first reader waits less."""

        def begin() -> None:
            for slug in self._library.missions():
                self.get(slug, patience_s=0.0)

        threading.Thread(target=begin, name="baqylau-releases", daemon=True).start()

    def settle(self, slug: str, most_s: float) -> None:
        """Wait until a mission's first release is made or cannot be, so long at most; takes nobody's seat."""
        snapshot = for_press(self._library.get(slug)).snapshot
        if snapshot is None or self._is_signed_off(slug, snapshot):
            return
        with self._changed:
            self._changed.wait_for(lambda: slug in self._made or slug in self._failed, most_s)

    def _is_settled(self, slug: str, snapshot: Snapshot) -> bool:
        newest, failed = self._made.get(slug), self._failed.get(slug)
        is_made = newest is not None and newest[0] is snapshot
        is_lost = failed is not None and failed[0] is snapshot and time.monotonic() - failed[1] < RETRY_S
        return is_made or is_lost

    def _make(self, slug: str, snapshot: Snapshot) -> None:
        began = time.monotonic()
        try:
            released_now: Released | None = release_process.released_snapshot(
                snapshot, self._store, self._clock()
            )
            LOG.info("mission %s: a release in %.1f s", slug, time.monotonic() - began)
        except Exception:
            LOG.exception("mission %s: no release could be made", slug)
            released_now = None
        with self._changed:
            if slug not in self._library.listed():
                pass  # gone meanwhile: nobody would let go of it
            elif released_now is None:
                self._failed[slug] = snapshot, time.monotonic()
            else:
                self._keep(slug, snapshot)
                self._made[slug] = (snapshot, released_now)
                self._made_at[slug] = self._clock()
            self._working.pop(slug, None)
            self._changed.notify_all()

    def _keep(self, slug: str, snapshot: Snapshot) -> None:
        """Keep for a while the release that this snapshot's replaces, if the same may be told as before."""
        before, now = self._made.get(slug), time.monotonic()
        if before is None or _settings_of(before[0]) != _settings_of(snapshot):
            self._earlier.pop(slug, None)
            return
        still = [pair for pair in self._earlier.get(slug, ()) if now < pair[0]]
        self._earlier[slug] = (*still[1 - MOST_EARLIER :], (now + EARLIER_S, before[1]))


def _as_live(snapshot: Snapshot) -> Snapshot:
    """The snapshot as that of a live mission."""
    if snapshot.mission.nature == "live":
        return snapshot
    return replace(snapshot, mission=replace(snapshot.mission, nature="live"))


def _settings_of(snapshot: Snapshot) -> str:
    """What an empty release shows beside the registry: the mission's settings and kinds of finding."""
    return content_hash((repr(snapshot.mission), snapshot.categories))
