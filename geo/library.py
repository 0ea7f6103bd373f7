"""The missions being served: each with its last good snapshot, rebuilt when its files change.

A mission may also take reports in process, `Library.report`: they are counted at once and published
within a second. They live as long as the process does; a journal will keep them, and a route bring them.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISDIR
from types import MappingProxyType
from typing import Final

from geo import apart
from geo.counts import Choice
from geo.errors import BaqylauError, MissionError, NotFound, Problem
from geo.live import LiveCounts, Report, ReportError
from geo.mission import FILE, RESERVED_SLUGS, SLUG
from geo.snapshot import Snapshot
from geo.store import Store

LOG: Final = logging.getLogger("baqylau")
Stamp = tuple[tuple[str, int, int], ...]
Follower = Callable[[LiveCounts, Snapshot, Snapshot], None]
FIRST_BUILD_S: Final = 300.0  # a request gives up waiting for a mission's first build after this


@dataclass(frozen=True, eq=False)
class Published:
    """One mission as it may be served now.

    `snapshot`: the last that could be built, None if none ever could. `problems`: why the files as
    they stand now cannot be built, empty when `snapshot` is of these files.
    """

    slug: str
    snapshot: Snapshot | None
    problems: tuple[Problem, ...]
    built_at: datetime


def find(data: Path) -> list[Path]:
    """Return the mission folders directly under a folder, by name."""
    return sorted(path.parent for path in data.glob(f"*/{FILE}"))


class Library:
    """Owns the snapshots being served and, once watching, the thread that renews them."""

    def __init__(
        self,
        folders: Callable[[], Sequence[Path]],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        store: Store | None = None,
    ) -> None:
        """Serve these folders; with a store, large missions are built beside and mapped from there."""
        self._folders, self._clock, self._store = folders, clock, store
        self._published: Mapping[str, Published] = MappingProxyType({})
        self._stamps: dict[str, Stamp] = {}
        self._lock = threading.Lock()
        self._live: dict[str, LiveCounts] = {}
        self._reports: dict[str, list[Report]] = {}
        self._followers: list[tuple[Follower, Choice]] = []
        self._live_lock = threading.Lock()
        self._waiting: set[str] = set()
        self._built = threading.Condition()
        self._stopped = threading.Event()

    def missions(self) -> tuple[str, ...]:
        """Return the slugs of all missions, sorted; waits for the first build of each."""
        self._wait(lambda: not self._waiting)
        return tuple(sorted(self._published))

    def get(self, slug: str) -> Published:
        """Return a mission as it may be served now; waits for its first build. Raises NotFound."""
        self._wait(lambda: slug not in self._waiting)
        published = self._published.get(slug)
        if published is None:
            raise NotFound(f"no mission called {slug[:64]!r}")
        return published

    def report(self, slug: str, report: Report) -> None:
        """Take one report of a mission, for as long as this process lives; `refresh` publishes it.

        The first one takes seconds where there are millions of visits, each later one microseconds.
        Raises NotFound, and ReportError for one that cannot be taken.
        """
        self.get(slug)  # waits for the first build
        with self._live_lock:
            snapshot = self.get(slug).snapshot
            if snapshot is None:
                raise NotFound(f"mission {slug[:64]!r} could never be built")
            if slug not in self._live:
                self._live[slug] = LiveCounts(snapshot, [choice for _, choice in self._followers])
            self._live[slug].apply(report)
            self._reports.setdefault(slug, []).append(report)

    def follow(self, follower: Follower, choice: Choice) -> None:
        """Have every publication of live reports told, with the last snapshot and the new one.

        `choice`: counted live for the follower, which may subscribe to it. To be called before `report`.
        """
        self._followers.append((follower, choice))

    def publish(self) -> None:
        """Publish what reports changed, each mission at most once a second."""
        with self._lock, self._live_lock:
            for slug, live in self._live.items():
                old = self._published.get(slug)
                if old is None or old.snapshot is None:
                    continue
                made = live.publish(self._clock())
                if made.version == old.snapshot.version:
                    continue
                for follower, _ in self._followers:
                    follower(live, old.snapshot, made)
                self._publish({**self._published, slug: replace(old, snapshot=made)})

    def _renew(self, slug: str, made: Published) -> None:
        """Serve a mission as its files are now, with what came in by report and is not in them."""
        old = self._published.get(slug)
        with self._live_lock:
            if made.snapshot is not None and (old is None or made.snapshot is not old.snapshot):
                self._count_again(slug, made.snapshot)
            self._publish({**self._published, slug: made})

    def _count_again(self, slug: str, snapshot: Snapshot) -> None:
        self._live.pop(slug, None)
        came = self._reports.pop(slug, [])
        if not came:
            return
        live, kept = LiveCounts(snapshot, [choice for _, choice in self._followers]), []
        for report in came:
            try:
                live.apply(report)
            except ReportError as error:
                LOG.warning("mission %s: after its files changed, a report is left out: %s", slug, error)
            else:
                kept.append(report)
        self._live[slug], self._reports[slug] = live, kept

    def refresh(self) -> None:
        """Rebuild every mission whose files changed; a mission whose folder is gone goes too."""
        with self._lock:
            folders, twins = _by_name(self._folders())
            kept = {slug: self._published[slug] for slug in folders if slug in self._published}
            for slug, folder in folders.items():
                stamp = _stamp(folder)
                if self._stamps.get(slug) == stamp and slug in kept:
                    continue
                kept[slug] = self._rebuilt(slug, folder)
                if slug in twins:
                    same = f"another folder has this name and is not served: {twins[slug]}"
                    kept[slug] = replace(kept[slug], problems=(*kept[slug].problems, Problem(slug, 0, same)))
                self._stamps[slug] = stamp
                self._renew(slug, kept[slug])
            self._waiting.clear()
            self._forget(kept.keys())
        self.publish()

    def _forget(self, slugs: Collection[str]) -> None:
        """Serve only these missions from now on."""
        with self._live_lock:
            for slug in self._live.keys() - slugs:
                del self._live[slug]
                self._reports.pop(slug, None)
            self._publish({slug: one for slug, one in self._published.items() if slug in slugs})

    def watch(self, every_s: float = 0.5) -> None:
        """Refresh in a daemon thread until `stop`, at once and then at this interval.

        The server can listen while missions are still being built: a request waits for its own mission.
        """
        self._waiting = set(_by_name(self._folders())[0])

        def loop() -> None:
            self._try_to_refresh()
            while not self._stopped.wait(every_s):
                self._try_to_refresh()

        threading.Thread(target=loop, name="baqylau-library", daemon=True).start()

    def _try_to_refresh(self) -> None:
        """Refresh; whatever goes wrong is for the log, the thread has to live on for the next change."""
        try:
            self.refresh()
        except Exception:
            LOG.exception("the mission folders could not be looked at; trying again")

    def stop(self) -> None:
        self._stopped.set()

    def _publish(self, published: dict[str, Published]) -> None:
        with self._built:
            self._published = MappingProxyType(published)
            self._waiting -= published.keys()
            self._built.notify_all()

    def _wait(self, until: Callable[[], bool]) -> None:
        with self._built:
            self._built.wait_for(until, FIRST_BUILD_S)

    def _rebuilt(self, slug: str, folder: Path) -> Published:
        old = self._published.get(slug)
        last_good = old.snapshot if old else None
        began = time.monotonic()
        try:
            if not SLUG.fullmatch(slug) or slug in RESERVED_SLUGS:
                raise MissionError(
                    [
                        Problem(
                            slug, 0, "this folder's name cannot be an address; use letters, digits, - and _"
                        )
                    ]
                )
            made = apart.snapshot(folder, self._clock(), self._store)
        except MissionError as error:
            return Published(slug, last_good, error.problems, self._clock())
        except BaqylauError as error:
            return Published(slug, last_good, (Problem(slug, 0, str(error)),), self._clock())
        except Exception:
            LOG.exception("mission %s could not be built", slug)
            problem = Problem(slug, 0, "could not be built; the server's log has the details")
            return Published(slug, last_good, (problem,), self._clock())
        LOG.info("mission %s version %s ready in %.2f s", slug, made.version, time.monotonic() - began)
        return Published(slug, made, (), self._clock())


def _by_name(folders: Sequence[Path]) -> tuple[dict[str, Path], dict[str, Path]]:
    """Return the first folder of every name, and one further folder of each name that is there twice."""
    first: dict[str, Path] = {}
    twins: dict[str, Path] = {}
    for folder in folders:
        name = folder.resolve().name
        if first.setdefault(name, folder).resolve() != folder.resolve():
            twins[name] = folder
    return first, twins


def _stamp(folder: Path) -> Stamp:
    """What tells that a folder changed: every file's name, size and times, in subfolders too.

    The time of the last change of rights counts, so that a file made readable again is read.
    """
    found = []
    try:
        for path in folder.rglob("*"):
            try:
                stat = path.stat()
            except OSError:
                continue  # removed between listing and looking; the next refresh sees the folder as it is
            if not S_ISDIR(stat.st_mode):
                changed = max(stat.st_mtime_ns, stat.st_ctime_ns)
                found.append((str(path.relative_to(folder)), stat.st_size, changed))
    except OSError:
        pass  # the folder itself was removed; the next refresh sees that
    return tuple(sorted(found))
