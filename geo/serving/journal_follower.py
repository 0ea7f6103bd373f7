"""What the missions being served learn from the journal: read-only, in its order, from the first event on."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from geo.analysis.live import LiveCounts, Report, ReportError, ReportState
from geo.intake.registry_fixes import SOURCE, Point, fixes, points_of, with_points
from geo.journal import device_tokens
from geo.journal.device_tokens import DeviceTokens
from geo.journal.event import JournalEntry, JournalUnavailable
from geo.journal.journal_reader import AT_ONCE, JournalReader
from geo.journal.report_stream import ReportStream
from geo.model.counts import Choice
from geo.model.snapshot import Snapshot
from geo.serving.kept_fold import KeptFold, KeptFolds

LOG: Final = logging.getLogger("baqylau")
MOST_FIXES: Final = 100_000  # moves of stations of one mission
MOST_AT_ONCE: Final = 20_000  # events applied before the next snapshot is published
KEEP_EVERY: Final = 2_000  # events after which the counts are kept, so that a start need not count them again
REST: Final = 10  # times as long as keeping them took, it waits before it keeps any again


@dataclass
class _Followed:
    """How far one mission's counts are. They begin anew when the files do, and so does this.

    `base`: the version of the files they began with, "" where other reports may be in them, too. `erased`: of
    whose keys were destroyed before the first event was read. `unkept`: events since they were kept.
    """

    live: LiveCounts
    stream: ReportStream
    base: str = ""
    erased: str = ""
    seq: int = 0
    link: str = ""
    unkept: int = 0


class JournalFollower:
    """Owns how far each mission is; used by the one thread that publishes."""

    def __init__(self, reader: JournalReader, keep_every: int = KEEP_EVERY, rest: float = REST) -> None:
        """`keep_every`: events after which counts are kept. `rest`: see `REST`."""
        self._reader, self._folds = reader, KeptFolds(reader.folder, reader.keys)
        self._devices = DeviceTokens(reader.folder / device_tokens.FOLDER)
        self._keep_every, self._rest, self._rests_until = keep_every, rest, 0.0
        self._keeping: threading.Thread | None = None
        self._followed: dict[str, _Followed] = {}
        self._newest: dict[str, int] = {}  # the last event of each mission that was seen
        self._seen = 0
        self._was_readable = True

    def look(self) -> bool:
        """Read which missions have new events, one indexed query; return whether it could be read."""
        try:
            newest = self._reader.newest(self._seen)
        except JournalUnavailable as error:
            if self._was_readable:
                LOG.error("%s", error)
            self._was_readable = False
        else:
            self._newest |= newest
            self._seen = max((self._seen, *newest.values()))
            self._was_readable = True
        return self._was_readable

    def forget(self, slugs: Collection[str]) -> None:
        """Let go of the counts of missions that are no longer served; they begin anew if these come back."""
        for slug in slugs:
            self._followed.pop(slug, None)

    def sequence(self, slug: str) -> int:
        """Return the last event that a mission's counts have, 0 for none."""
        followed = self._followed.get(slug)
        return followed.seq if followed else 0

    def is_behind(self, slug: str, live: LiveCounts | None) -> bool:
        """Return whether the journal has events that these counts do not have."""
        followed = self._followed.get(slug)
        seq = followed.seq if followed and followed.live is live else 0
        return self._newest.get(slug, 0) > seq

    def is_awaiting(self, slug: str) -> bool:
        """Return whether devices may send into a mission: then its counts are begun before the first does."""
        return slug in self._devices.missions()

    def moved_points(self, slug: str) -> dict[str, Point]:
        """Return where people moved stations of a mission to. Raises JournalUnavailable."""
        return points_of(fixes(self._reader.sent_by(slug, SOURCE, "station", 0, MOST_FIXES)))

    def begin(self, slug: str, snapshot: Snapshot, choices: Iterable[Choice] = ()) -> LiveCounts:
        """Return counts that begin where those were that were kept, or else where the files are."""
        erased = self._folds.erased()
        fold = self._folds.load(snapshot, self._reader.hash_of)
        live = LiveCounts(snapshot, choices, fold.reached if fold else None)
        stream = ReportStream(self._numbered(live), live.last_id, fold.stream if fold else None)
        followed = _Followed(live, stream, snapshot.version, erased)
        if fold is not None:
            followed.seq, followed.link = fold.seq, fold.link
            LOG.info("mission %s: goes on after event %d, up to which its reports were kept", slug, fold.seq)
        self._followed[slug] = followed
        return live

    def keep(self, slug: str, live: LiveCounts, snapshot: Snapshot) -> None:
        """Keep what a mission's counts are, now and then, beside this thread.

        `snapshot`: the last that was published of them.
        """
        followed, now = self._followed.get(slug), time.monotonic()
        if followed is None or followed.live is not live or not followed.base:
            return
        is_due = followed.unkept >= self._keep_every and snapshot.version == live.version
        if not is_due or now < self._rests_until or (self._keeping and self._keeping.is_alive()):
            return
        state, followed.unkept = followed.stream.state(), 0
        fold = KeptFold(followed.seq, followed.link, followed.base, snapshot, state)

        def write() -> None:
            self._folds.save(fold, followed.erased)
            self._rests_until = time.monotonic() + self._rest * (time.monotonic() - now)

        self._keeping = threading.Thread(target=write, name="baqylau-kept", daemon=True)
        self._keeping.start()

    def settle(self) -> None:
        """Wait until what is being kept is kept."""
        if self._keeping is not None:
            self._keeping.join()

    def feed(self, slug: str, live: LiveCounts) -> None:
        """Apply the next events to a mission's counts; one that cannot be counted is for the log."""
        followed = self._followed.get(slug)
        if followed is None or followed.live is not live:
            stream = ReportStream(self._numbered(live), live.last_id)
            followed = self._followed[slug] = _Followed(live, stream)

        def take(report: Report | ReportState) -> bool:
            try:
                live.apply(report)
            except ReportError:  # its text holds what was sent; a log does not
                LOG.warning(
                    "mission %s: the event after %d of the journal is not counted", slug, followed.seq
                )
                return False
            return True

        until = self._newest.get(slug, 0)
        entries = self._reader.entries(followed.seq, until, slug)
        if live.is_timed_by_reports:
            entries = map(_timed_by_sender, entries)
        try:
            for lot in _in_lots(itertools.islice(entries, MOST_AT_ONCE)):
                followed.stream.foresee(lot)
                for entry in lot:
                    followed.stream.add(entry, take)
                    followed.seq, followed.link = entry.seq, entry.hash
                    followed.unkept += 1
        except (JournalUnavailable, ValueError) as error:
            LOG.error("mission %s: event after %d: %s", slug, followed.seq, error)
        followed.stream.foresee(())

    def _numbered(self, live: LiveCounts) -> Callable[[list[int]], list[JournalEntry]]:
        """Return what reads events again as these counts took them."""

        def read(numbers: list[int]) -> list[JournalEntry]:
            entries = self._reader.numbered(numbers)
            return [_timed_by_sender(entry) for entry in entries] if live.is_timed_by_reports else entries

        return read


def _in_lots(entries: Iterable[JournalEntry]) -> Iterator[list[JournalEntry]]:
    """Yield events some thousand at a time; those before one that cannot be read come before the error."""
    lot: list[JournalEntry] = []
    try:
        for entry in entries:
            lot.append(entry)
            if len(lot) == AT_ONCE:
                yield lot
                lot = []
    except (JournalUnavailable, ValueError):
        yield lot
        raise
    yield lot


def _timed_by_sender(entry: JournalEntry) -> JournalEntry:
    """Return an entry as received when it was made, by its sender's clock, where that is told."""
    made_at = entry.event.made_at
    return replace(entry, received_at=datetime.fromisoformat(made_at)) if made_at else entry


def with_journal(snapshot: Snapshot, reader: JournalReader) -> Snapshot:
    """Return a mission as its files and the whole journal have it; the moment it speaks for stays.

    Raises JournalUnavailable: what is signed or exported must not leave out what cannot be read.
    """
    slug, follower = snapshot.mission.slug, JournalFollower(reader)
    if reader.newest(0).get(slug) is None:
        return snapshot
    snapshot = with_points(snapshot, follower.moved_points(slug))
    live = follower.begin(slug, snapshot)
    follower.look()
    while follower.is_behind(slug, live):
        before = follower.sequence(slug)
        follower.feed(slug, live)
        if follower.sequence(slug) == before:
            raise JournalUnavailable(f"the journal cannot be read after event {before}")
    return live.publish(snapshot.as_of)
