"""The missions being served: each with its last good snapshot, rebuilt when its files change.

Reports that come in are in the journal, which a `JournalFollower` brings: a snapshot is the registry, the
files' reports and the journal's up to a sequence number.
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
from typing import Any, Final

from geo.analysis.live import LiveCounts
from geo.intake.registry_fixes import Point, with_points
from geo.journal.event import JournalUnavailable
from geo.model.counts import Choice
from geo.model.errors import BaqylauError, Busy, MissionError, NotFound, Problem
from geo.model.messages import message
from geo.model.mission import FILE, RESERVED_SLUGS, SLUG
from geo.model.snapshot import Snapshot
from geo.serving import build_snapshot, child_process, last_good, lost_files
from geo.serving.disk_cache import DiskCache
from geo.serving.journal_follower import JournalFollower
from geo.serving.last_good import LastGood

LOG: Final = logging.getLogger("baqylau")
Stamp = tuple[tuple[str, int, int], ...]
Follower = Callable[[LiveCounts, Snapshot, Snapshot], None]
MomentOf = Callable[[str, Stamp, datetime], datetime]
Gone = Callable[[Collection[str]], None]
FIRST_BUILD_S: Final = 300.0  # a request gives up waiting for a mission's first build after this
EARLIER_S: Final = 15.0  # a page that began to ask for a version can ask for all of it
MOST_EARLIER: Final = 15
MOST_WAITING: Final = 2  # requests that may wait at a time: the others' threads go on answering


@dataclass(frozen=True, eq=False)
class ServedMission:
    """One mission as it may be served now.

    `snapshot`: the last that could be built, before a restart, too; None if none ever could. `problems`: why
    the files as they stand now cannot be built, empty when `snapshot` is of these files. `is_for_press`:
    whether the rules it was built by are still those of mission.toml.
    """

    slug: str
    snapshot: Snapshot | None
    problems: tuple[Problem, ...]
    is_for_press: bool = True


def for_press(served: ServedMission) -> ServedMission:
    """Return a mission as the press may have it: without a snapshot where none is for the press."""
    return served if served.is_for_press else replace(served, snapshot=None)


def own_moment(slug: str, stamp: Stamp, now: datetime) -> datetime:  # noqa: ARG001 (another may look at them)
    """Return the moment by this process's clock."""
    return now


def find(data: Path) -> list[Path]:
    """Return the mission folders directly under a folder, by name."""
    return sorted(path.parent for path in data.glob(f"*/{FILE}"))


class Missions:
    """Owns the snapshots being served and, once watching, the thread that renews them."""

    def __init__(
        self,
        folders: Callable[[], Sequence[Path]],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        store: DiskCache | None = None,
        moment: MomentOf = own_moment,
        journal: JournalFollower | None = None,
    ) -> None:
        """Serve these folders; with a store, large missions are built beside and mapped from there.

        `moment`: what files of a mission speak for where they do not say, given the clock's; where several
        processes serve them, the same in all. `journal`: brings the reports that came in.
        """
        self._journal = journal
        self._has_caught_up = journal is None
        self._folders, self._clock, self._store, self._moment = folders, clock, store, moment
        self._published: Mapping[str, ServedMission] = MappingProxyType({})
        self._stamps: dict[str, Stamp] = {}
        self._good: dict[str, LastGood] = {}  # what the last good map was made of
        self._changing: dict[str, tuple[Stamp, float, float]] = {}  # as seen, since when, since when at all
        self._settled_s = 0.0
        self._lock = threading.Lock()
        self._live: dict[str, LiveCounts] = {}
        self._from_files: dict[str, Snapshot] = {}  # where stations stand as their files have them
        self._moved: dict[str, dict[str, Point]] = {}
        self._followers: list[tuple[Follower, Choice]] = []
        self._tell_gone: list[Gone] = [] if journal is None else [journal.forget]
        self._live_lock = threading.Lock()
        self._earlier: dict[str, tuple[tuple[float, Snapshot], ...]] = {}  # until when, oldest first
        self._builds: dict[str, int] = {}
        self._waiting: set[str] = set()
        self._seats = threading.BoundedSemaphore(MOST_WAITING)
        self._built = threading.Condition()
        self._stopped = threading.Event()

    def missions(self) -> tuple[str, ...]:
        """Return the slugs of all missions, sorted; waits for the first build of each."""
        self._wait(lambda: not self._waiting)
        return tuple(sorted(self._published))

    def listed(self) -> dict[str, ServedMission | None]:
        """Return all missions by slug, sorted, as they may be served now: None while one is being built.

        Waits for nothing.
        """
        published = self._published
        slugs = sorted({*published, *self._waiting})
        return {slug: published.get(slug) for slug in slugs}

    def get(self, slug: str) -> ServedMission:
        """Return a mission as it may be served now; waits for its first build, if few others do.

        Raises NotFound, and Busy where `MOST_WAITING` others wait for some mission already.
        """
        if slug in self._waiting:
            if not self._seats.acquire(blocking=False):
                raise Busy(f"mission {slug[:64]} is still being built")
            try:
                self._wait(lambda: slug not in self._waiting)
            finally:
                self._seats.release()
        published = self._published.get(slug)
        if published is None:
            if slug in self._waiting:
                raise Busy(f"mission {slug[:64]} is still being built")
            raise NotFound(f"no mission called {slug[:64]!r}")
        return published

    def earlier(self, slug: str, version: str) -> Snapshot | None:
        """Return the snapshot of a version that reports replaced a moment ago, None for any other."""
        now = time.monotonic()
        replaced = self._earlier.get(slug, ())
        return next((old for until, old in replaced if old.version == version and now < until), None)

    def builds(self, slug: str) -> int:
        """Return how often a mission was built of its files since the start."""
        return self._builds.get(slug, 0)

    def follow(self, follower: Follower, choice: Choice) -> None:
        """Have every publication of live reports told, with the last snapshot and the new one.

        While none comes the last one is told twice over: time to make ready for the next.
        `choice`: counted live for the follower, which may subscribe to it. To be called before any comes.
        """
        self._followers.append((follower, choice))

    def when_gone(self, tell: Gone) -> None:
        """Have every mission whose folder is gone told, by slug, after it is no longer served."""
        self._tell_gone.append(tell)

    @property
    def has_caught_up(self) -> bool:
        """Whether, since the start, every mission once had all that the journal had by then."""
        return self._has_caught_up

    def _follow_journal(self) -> bool:
        """Count what the journal has and these snapshots do not have yet; return whether that is all."""
        if self._journal is None or not self._journal.look():
            return False
        is_behind = False
        with self._lock, self._live_lock:
            for slug, served in tuple(self._published.items()):
                if served.snapshot is None or not self._is_to_count(self._journal, slug):
                    continue
                served = self._with_moves(slug, served)
                if served.snapshot is None:
                    continue
                if slug not in self._live:
                    choices = [choice for _, choice in self._followers]
                    self._live[slug] = self._journal.begin(slug, served.snapshot, choices)
                self._journal.feed(slug, self._live[slug])
                is_behind |= self._journal.is_behind(slug, self._live[slug])
        return not is_behind

    def _is_to_count(self, journal: JournalFollower, slug: str) -> bool:
        """Return whether reports came, or may come: counting a million stations takes seconds to begin."""
        live = self._live.get(slug)
        is_soon = live is None and self._has_caught_up and journal.is_awaiting(slug)  # a start does not wait
        return is_soon or journal.is_behind(slug, live)

    def _with_moves(self, slug: str, served: ServedMission) -> ServedMission:
        """Serve stations where people moved them; reports are then counted anew, at their new places."""
        base = self._from_files.get(slug)
        if self._journal is None or base is None:
            return served
        try:
            points = self._journal.moved_points(slug)
        except (JournalUnavailable, ValueError) as error:
            LOG.error("mission %s: moves of stations cannot be read: %s", slug, error)
            return served
        if points == self._moved.get(slug, {}):
            return served
        self._moved[slug] = points
        moved = with_points(base, points)
        choices = [choice for _, choice in self._followers]
        live = self._live[slug] = self._journal.begin(slug, moved, choices)
        seq = -1
        while self._journal.is_behind(slug, live) and self._journal.sequence(slug) != seq:
            seq = self._journal.sequence(slug)  # all of them first: nobody sees figures without reports
            self._journal.feed(slug, live)
        served = replace(served, snapshot=live.publish(self._clock()))
        self._publish({**self._published, slug: served})
        return served

    def publish(self) -> bool:
        """Publish what reports changed, each mission at most once a second; return whether that is all."""
        is_all = True
        with self._lock, self._live_lock:
            for slug, live in self._live.items():
                old = self._published.get(slug)
                if old is None or old.snapshot is None:
                    continue
                snapshot = live.publish(self._clock())
                is_all &= snapshot.version == live.version
                is_new = snapshot.version != old.snapshot.version
                if is_new or snapshot.version == live.version:
                    for follower, _ in self._followers:
                        follower(live, old.snapshot, snapshot)
                if is_new:
                    self._keep(slug, old.snapshot)
                    self._publish({**self._published, slug: replace(old, snapshot=snapshot)})
                if self._journal is not None:
                    self._journal.keep(slug, live, snapshot)
        return is_all

    def _keep(self, slug: str, replaced: Snapshot) -> None:
        """Keep a snapshot for a while: while reports pour in, pages would never have all of one version."""
        now = time.monotonic()
        still = [pair for pair in self._earlier.get(slug, ()) if now < pair[0]]
        self._earlier[slug] = (*still[1 - MOST_EARLIER :], (now + EARLIER_S, replaced))

    def _renew(self, slug: str, served: ServedMission) -> None:
        """Serve a mission as its files are now; reports are then counted anew."""
        old = self._published.get(slug)
        with self._live_lock:
            if served.snapshot is not None and (old is None or served.snapshot is not old.snapshot):
                self._from_files[slug] = served.snapshot
                moved = with_points(served.snapshot, self._moved.get(slug, {}))
                self._live.pop(slug, None)
                served = replace(served, snapshot=moved)
            self._publish({**self._published, slug: served})

    def refresh(self) -> None:
        """Rebuild every mission whose files changed; a mission whose folder is gone goes too."""
        with self._lock:
            folders, twins = _by_name(self._folders())
            served = {slug: self._published[slug] for slug in folders if slug in self._published}
            for slug, folder in folders.items():
                stamp = _stamp(folder)
                if self._stamps.get(slug) == stamp and slug in served:
                    continue
                if not self._has_settled(slug, stamp):
                    continue
                served[slug] = self._rebuilt(slug, folder, stamp)
                if slug in twins:
                    same = message(
                        "another folder has this name and is not served: {folder}", folder=str(twins[slug])
                    )
                    served[slug] = replace(
                        served[slug], problems=(*served[slug].problems, Problem(slug, 0, same))
                    )
                self._stamps[slug] = stamp
                built = served[slug].snapshot
                self._renew(slug, served[slug])
                if built is not None and not served[slug].problems:
                    self._remember(slug, folder, stamp, built)
            self._waiting.clear()
            self._forget(served.keys())
        has_counted, has_published = self._follow_journal(), self.publish()
        self._has_caught_up |= has_counted and has_published

    def refresh_if_idle(self) -> None:
        """Refresh, unless that is being done already: who asks does not wait for others' missions."""
        if self._lock.acquire(blocking=False):
            self._lock.release()
            self.refresh()

    def read_again(self) -> None:
        """Have the next `refresh` build every mission anew: what it was made of turned out to be damaged."""
        with self._lock:
            self._stamps.clear()

    def _has_settled(self, slug: str, stamp: Stamp) -> bool:
        """Return whether a changed folder stood still for long enough to be read; a new one is read at once.

        One that goes on changing keeps its last good map and says so.
        """
        old, now = self._published.get(slug), time.monotonic()
        if old is None or not self._settled_s or slug not in self._stamps:  # or to be read again
            return True
        seen = self._changing.get(slug)
        if seen is None or seen[0] != stamp:
            self._changing[slug] = (stamp, now, seen[2] if seen else now)
            restless = now - self._changing[slug][2] > lost_files.RESTLESS_S
            if restless and not old.problems:
                says = message("the files keep changing and cannot be read; the last good map stays")
                self._publish({**self._published, slug: replace(old, problems=(Problem(slug, 0, says),))})
            return False
        if now - seen[1] < self._settled_s:
            return False
        del self._changing[slug]
        return True

    def _forget(self, slugs: Collection[str]) -> None:
        """Serve only these missions from now on, and let go of all there is of others."""
        of_missions: tuple[dict[str, Any], ...] = (
            self._stamps, self._changing, self._live, self._from_files, self._moved,
            self._earlier, self._builds, self._good,
        )  # fmt: skip
        with self._live_lock:
            gone = {slug for by_slug in of_missions for slug in by_slug} - set(slugs)
            for by_slug in of_missions:
                for slug in gone & by_slug.keys():
                    del by_slug[slug]
            self._publish({slug: served for slug, served in self._published.items() if slug in slugs})
        for tell in self._tell_gone if gone else ():
            tell(gone)

    def watch(self, every_s: float = 0.5, settled_s: float = lost_files.SETTLED_S) -> None:
        """Refresh in a daemon thread until `stop`, at once and then at this interval.

        `settled_s`: a folder that changes is read once it stood still so long.

        The server can listen while missions are still being built: a request waits for its own mission.
        """
        self._waiting = set(_by_name(self._folders())[0])
        self._settled_s = settled_s

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

    def _publish(self, published: dict[str, ServedMission]) -> None:
        with self._built:
            self._published = MappingProxyType(published)
            self._waiting -= published.keys()
            self._built.notify_all()

    def _wait(self, until: Callable[[], bool]) -> None:
        with self._built:
            self._built.wait_for(until, FIRST_BUILD_S)

    def _rebuilt(self, slug: str, folder: Path, stamp: Stamp) -> ServedMission:
        began = time.monotonic()
        self._builds[slug] = self._builds.get(slug, 0) + 1
        problems: Sequence[Problem]
        try:
            snapshot = self._built_whole(slug, folder, stamp)
        except MissionError as error:
            problems = error.problems
            for problem in problems:
                LOG.warning("mission %s: %s", slug, problem)
        except BaqylauError as error:
            problems = [Problem(slug, 0, str(error))]
        except Exception:
            LOG.exception("mission %s could not be built", slug)
            failed = message("could not be built; the server's log has the details")
            problems = [Problem(slug, 0, failed)]
        else:
            for file in snapshot.mission.unread:
                LOG.warning("mission %s: %s is not read; %s", slug, file.name, file.advice)
            took = time.monotonic() - began
            LOG.info("mission %s version %s ready in %.2f s", slug, snapshot.version, took)
            return ServedMission(slug, snapshot, ())
        return self._last_good(slug, folder, tuple(problems))

    def _built_whole(self, slug: str, folder: Path, stamp: Stamp) -> Snapshot:
        """Build a mission of its files. Raises BaqylauError, also where the files do not seem to be whole."""
        if not SLUG.fullmatch(slug) or slug in RESERVED_SLUGS:
            says = message("this folder's name cannot be an address; use letters, digits, - and _")
            raise MissionError([Problem(slug, 0, says)])
        good = self._good_of(slug, folder)
        contents = None if good is None or lost_files.is_meant(stamp, good.saved) else good.contents
        if contents and (lost := lost_files.gone_tables(build_snapshot.load_mission(folder), contents)):
            raise MissionError(lost)
        now = self._moment(slug, stamp, self._clock())
        snapshot = child_process.snapshot(folder, now, self._store)
        if good is not None and _stamp(folder) != stamp:
            changed = message("the files changed while they were read; once more")
            raise MissionError([Problem(slug, 0, changed)])
        if lost := lost_files.shorter_tables(snapshot, contents):
            raise MissionError(lost)
        return snapshot

    def _good_of(self, slug: str, folder: Path) -> LastGood | None:
        """Return what the last good map was made of, in this run of the server or in the one before."""
        if slug not in self._good and slug not in self._published and self._store is not None:
            good = last_good.find(self._store, folder)
            if good is not None:
                self._good[slug] = good
        return self._good.get(slug)

    def _remember(self, slug: str, folder: Path, stamp: Stamp, built: Snapshot) -> None:
        """Remember what a good map was made of, and keep that for a restart."""
        good = last_good.remember(built, folder, stamp, self._store, is_settled=_stamp(folder) == stamp)
        self._good[slug] = good
        if self._store is not None:
            last_good.keep(self._store, folder, good)

    def _last_good(self, slug: str, folder: Path, problems: tuple[Problem, ...]) -> ServedMission:
        """Serve the last good map of files that cannot be read, the press's under the rules it was built by.

        A mission.toml that cannot be read leaves the press what it has; after a restart it has nothing.
        """
        old, good = self._published.get(slug), self._good.get(slug)
        last = old.snapshot if old else None
        is_for_press = old is not None and old.is_for_press
        if good is None:
            return ServedMission(slug, last, problems, is_for_press)
        if self._store is not None:
            last_good.hold(self._store, good)
            last = last or last_good.restore(self._store, folder, good)
        if last is not None and good.is_of_before:
            moment = f"{last.as_of:%Y-%m-%d %H:%M} UTC"
            says = message(
                "the server was started again since; this is the map from before, of {moment}", moment=moment
            )
            problems = (*problems, Problem(slug, 0, says))
        has_rules = last_good.allows_press(folder, good)
        is_for_press = is_for_press if has_rules is None else has_rules
        if last is not None and not is_for_press:
            problems = (*problems, Problem(FILE, 0, last_good.NOT_FOR_PRESS[has_rules]))
        return ServedMission(slug, last, problems, is_for_press)


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
    stamps = []
    try:
        for path in folder.rglob("*"):
            try:
                stat = path.stat()
            except OSError:
                continue  # removed between listing and looking; the next refresh sees the folder as it is
            if not S_ISDIR(stat.st_mode):
                changed = max(stat.st_mtime_ns, stat.st_ctime_ns)
                stamps.append((str(path.relative_to(folder)), stat.st_size, changed))
    except OSError:
        pass  # the folder itself was removed; the next refresh sees that
    return tuple(sorted(stamps))
