"""What a mission's counts are after the journal up to a number, kept so that a start need not count it again.

A kept fold is believed only where everything it is a function of is the same: the mission's files and moved
stations (the version of the snapshot they make), this program, the journal (its link at that number) and
what of it could be read. Anything else is as good as no fold. It holds texts and positions, so it is sealed
under a key of its own, which whoever destroys a person's key destroys too.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson
import pyarrow as pa

from geo.analysis.live import ReportState
from geo.journal.file_lock import try_alone
from geo.journal.person_keys import PersonKeys
from geo.journal.report_stream import StreamState
from geo.model.errors import BaqylauError
from geo.model.reports import Incidents, Visits
from geo.model.snapshot import Snapshot
from geo.serving import arrow_files
from geo.serving.source_hash import source_hash
from geo.serving.whole_file import remove_unfinished, write_whole

LOG: Final = logging.getLogger("baqylau")
FOLDER: Final = "kept"  # below the journal's
LOCK: Final = "kept.lock"
_SIZE: Final = 8  # bytes that say how long the head is


@dataclass(frozen=True, eq=False)
class KeptFold:
    """What is kept of a mission: the snapshot it had `reached` (reports, moment and version) after an event.

    `seq`, `link`: that event and its link of the chain. `base`: the version of the files.
    """

    seq: int
    link: str
    base: str
    reached: Snapshot
    stream: StreamState


class KeptFolds:
    """Owns the folder of kept folds, one file per mission; several processes may own the same one."""

    def __init__(self, journal: Path, keys: PersonKeys) -> None:
        """`keys`: of persons, as whoever reads the journal for these folds has them."""
        self._journal, self._folder, self._keys = journal, journal / FOLDER, keys
        self._seals, self._program = _seals(journal), source_hash()
        self._stamps: dict[str, tuple[int, int] | None] = {}  # of each mission's file when last looked at

    def erased(self) -> str:
        """Return a digest of whose keys were destroyed: to be taken before the first event is read."""
        return hashlib.sha256("\n".join(self._keys.purged()).encode()).hexdigest()

    def load(self, base: Snapshot, link_of: Callable[[int], str]) -> KeptFold | None:
        """Return what is kept of a mission, None if nothing is or it does not fit.

        `link_of`: of a sequence number, the journal's link.
        """
        slug = base.mission.slug
        self._stamps[slug] = self._stamp(slug)
        try:
            content = self._seals.open(slug, self._path(slug).read_bytes())
            if content is None:
                raise ValueError("its key was destroyed")
            fold, head = _read(memoryview(content), base)
            if head["erased"] != self.erased():
                discard(self._journal)  # as whoever destroyed the key would have, had nothing come between
                raise ValueError("a person's key was destroyed since")
            if head["program"] != self._program or any(
                self._keys.fingerprint(person) != key for person, key in head["missed"].items()
            ):
                raise ValueError("the program or the keys are others")
            if fold.base != base.version or link_of(fold.seq) != fold.link:
                raise ValueError("the files or the journal are others")
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, BaqylauError, pa.ArrowException) as error:
            LOG.info("mission %s: what is kept of its reports is not used: %s", slug, error)
            return None
        self._keys.missed.update(head["missed"])
        return fold

    def save(self, fold: KeptFold, erased: str) -> bool:
        """Keep a fold; return whether it is kept. `erased`: what `erased` gave when its first event was read.

        Nothing is kept where a key was destroyed since, or where another process has kept it meanwhile.
        """
        slug = fold.reached.mission.slug
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            turn = try_alone(self._folder / LOCK)
            if turn is None:
                return False
            try:
                return self._save(slug, fold, erased)
            finally:
                os.close(turn)
        except (OSError, ValueError, OverflowError, BaqylauError, pa.ArrowException) as error:
            LOG.warning("mission %s: what its reports come to could not be kept: %s", slug, error)
            return False

    def _save(self, slug: str, fold: KeptFold, erased: str) -> bool:
        seen, self._stamps[slug] = self._stamps.get(slug), self._stamp(slug)
        if seen != self._stamps[slug]:
            return False
        seal = self._seals.sealer(slug)
        # after the key was read: who destroys a person's key did so before, or destroys this one as well
        if erased != self.erased():
            return False
        head = {"program": self._program, "erased": erased, "missed": dict(self._keys.missed)}
        remove_unfinished(self._folder)
        write_whole(self._path(slug), seal(_written(fold, head)))
        self._stamps[slug] = self._stamp(slug)
        return True

    def _path(self, slug: str) -> Path:
        return self._folder / f"{slug}.fold"

    def _stamp(self, slug: str) -> tuple[int, int] | None:
        try:
            stat = self._path(slug).stat()
        except OSError:
            return None
        return stat.st_ino, stat.st_mtime_ns


def discard(journal: Path) -> None:
    """Make noise of all that is kept, for good: after a person's key was destroyed. Raises OSError."""
    _seals(journal).forget()
    for path in (journal / FOLDER).glob("*.fold"):
        path.unlink(missing_ok=True)
    remove_unfinished(journal / FOLDER)


def _seals(journal: Path) -> PersonKeys:
    """Return the keys of folds, by mission: beside those of persons, and in no copy of them."""
    return PersonKeys(journal / "keys" / FOLDER)


def _written(fold: KeptFold, head: dict[str, Any]) -> bytes:
    marks, seqs = fold.stream.numbers
    parts = [
        arrow_files.packed(table)
        for table in (fold.reached.visits, fold.reached.incidents, {"marks": marks, "seqs": seqs})
    ]
    stream = fold.stream
    head |= {
        "seq": fold.seq, "link": fold.link, "base": fold.base, "version": fold.reached.version,
        "as_of": fold.reached.as_of.isoformat(), "sizes": [len(part) for part in parts],
        "counted_at": list(stream.counted_at.items()), "awaiting": list(stream.awaiting.items()),
        "states": list(stream.states.items()),
    }  # fmt: skip
    first = orjson.dumps(head)
    return b"".join([len(first).to_bytes(_SIZE), first, *parts])


def _read(content: memoryview, base: Snapshot) -> tuple[KeptFold, dict[str, Any]]:
    """Return a fold and its head. Raises what reading raises for bytes that are none."""
    start = _SIZE + int.from_bytes(content[:_SIZE])
    head = orjson.loads(content[_SIZE:start])
    tables = []
    for size in head["sizes"]:
        tables.append(arrow_files.unpacked(content[start : start + size]))
        start += size
    visits, incidents, numbers = tables
    reached = replace(
        base, visits=Visits(**visits), incidents=Incidents(**incidents), version=head["version"],
        as_of=datetime.fromisoformat(head["as_of"]),
    )  # fmt: skip
    stream = StreamState(
        numbers=(numbers["marks"], numbers["seqs"]),
        counted_at={_key(key): seq for key, seq in head["counted_at"]},
        states={_key(key): ReportState(**state) for key, state in head["states"]},
        awaiting={_key(visit): [_key(key) for key in findings] for visit, findings in head["awaiting"]},
    )
    return KeptFold(head["seq"], head["link"], head["base"], reached, stream), head


def _key(parts: list[str]) -> tuple[str, str, str, str]:
    mission, source, about, root = parts
    return mission, source, about, root
