"""Whether the journal is what was written: every link of the chain, every sealed text, every key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import orjson

from geo.journal.event import GENESIS, JournalUnavailable, digest, link
from geo.journal.journal_reader import JournalReader

MOST_TOLD: Final = 20  # faults


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a check found. `faults`: the first ones, with their sequence numbers; empty if all is well.

    `erased`: events whose personal fields nobody can read any more, because a key was destroyed.
    """

    events: int
    head: str
    erased: int
    faults: tuple[str, ...]


def verify(reader: JournalReader, expected: tuple[int, str] | None = None) -> ChainReport:
    """Check every event up to the last one at the start; linear, some 50,000 a second.

    `expected`: a sequence number and hash noted earlier: a chain cut off at its end is whole in itself.
    """
    faults: list[str] = []
    previous, count, erased, noted = GENESIS, 0, 0, ""
    try:
        for row in reader.raw(until=reader.head()[0]):
            count += 1
            if fault := _fault(reader, row, count, previous):
                faults.append(f"event {count}: {fault}")
                if len(faults) >= MOST_TOLD:
                    break
            if row["sealed_hash"] and not faults and not reader.keys.has_key(row["person"]):
                erased += 1
            previous = row["hash"]
            if expected and count == expected[0]:
                noted = previous
    except (JournalUnavailable, UnicodeDecodeError) as error:
        faults.append(f"after event {count}: {error}")
    if expected and not faults and noted != expected[1]:
        faults.append(f"event {expected[0]} is not the one that was noted")
    return ChainReport(count, previous, erased, tuple(faults))


def _fault(reader: JournalReader, row: Any, seq: int, previous: str) -> str:
    """Return what is wrong with one event, "" for nothing."""
    if row["seq"] != seq:
        return f"the number after {seq - 1} is {row['seq']}"
    try:
        if link(previous, row) != row["hash"]:
            return "its hash does not follow from what it says and from the event before"
        names = [row[name] for name in ("mission", "source", "about", "root", "version")]
        if digest(orjson.dumps(names)) != row["key"]:
            return "its key is not that of its names"
    except (TypeError, ValueError):
        return "a field is no text"
    if not row["sealed_hash"]:
        return "it has sealed bytes that it does not speak of" if row["sealed"] else ""
    if row["sealed"] is None:
        return "" if reader.keys.is_purged(row["person"]) else "its personal fields are gone"
    if digest(row["sealed"]) != row["sealed_hash"]:
        return "its personal fields were changed"
    try:
        reader.keys.open(row["person"], row["sealed"])
    except ValueError as error:
        return str(error)
    return ""
