"""What the missions being served learn from the journal: read-only, in its order, from the first event on."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from geo.analysis.live import LiveCounts, Report, ReportError, ReportState
from geo.intake.registry_fixes import SOURCE, Point, fixes, points_of, with_points
from geo.journal.event import JournalEntry, JournalUnavailable
from geo.journal.journal_reader import JournalReader
from geo.journal.standing_reports import ReportStream
from geo.model.snapshot import Snapshot

LOG: Final = logging.getLogger("baqylau")
MOST_FIXES: Final = 100_000  # moves of stations of one mission
MOST_AT_ONCE: Final = 20_000  # events applied before the next snapshot is published


@dataclass
class _Followed:
    """How far one mission's counts are. They begin anew when the files do, and so does this."""

    live: LiveCounts
    stream: ReportStream = field(default_factory=ReportStream)
    seq: int = 0


class JournalFollower:
    """Owns how far each mission is; used by the one thread that publishes."""

    def __init__(self, reader: JournalReader) -> None:
        self._reader = reader
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

    def moved_points(self, slug: str) -> dict[str, Point]:
        """Return where people moved stations of a mission to. Raises JournalUnavailable."""
        return points_of(fixes(self._reader.sent_by(slug, SOURCE, "station", 0, MOST_FIXES)))

    def feed(self, slug: str, live: LiveCounts) -> None:
        """Apply the next events to a mission's counts; one that cannot be counted is for the log."""
        followed = self._followed.get(slug)
        if followed is None or followed.live is not live:
            followed = self._followed[slug] = _Followed(live)

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
        try:
            for number, entry in enumerate(self._reader.entries(followed.seq, until, slug), 1):
                followed.stream.add(_timed_by_sender(entry) if live.is_timed_by_reports else entry, take)
                followed.seq = entry.seq
                if number >= MOST_AT_ONCE:
                    return
        except (JournalUnavailable, ValueError) as error:
            LOG.error("mission %s: event after %d: %s", slug, followed.seq, error)


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
    live = LiveCounts(snapshot)
    follower.look()
    while follower.is_behind(slug, live):
        before = follower.sequence(slug)
        follower.feed(slug, live)
        if follower.sequence(slug) == before:
            raise JournalUnavailable(f"the journal cannot be read after event {before}")
    return live.publish(snapshot.as_of)
