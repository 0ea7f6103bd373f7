"""Whether the journal is what was written: every link of the chain, every sealed text, every event's key."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import orjson

from geo.journal.event import GENESIS, JournalUnavailable, digest, link
from geo.journal.journal_reader import JournalReader

MOST_TOLD: Final = 20  # faults, after which a check ends: a file this damaged needs its backup, not a list


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a check found: how many `events` were read, and the chain's hash (`head`) after the last of them.

    `faults`: the first ones, with their sequence numbers; empty if all is well. `erased`: events whose
    personal fields nobody can read any more, because the key of their person was destroyed. `other_key`:
    events sealed under another key of their person than the one that is here.
    """

    events: int
    head: str
    erased: int
    faults: tuple[str, ...]
    other_key: int = 0


def verify(reader: JournalReader, expected: tuple[int, str] | None = None) -> ChainReport:
    """Check every event that is there when the check begins; linear, some 50,000 a second.

    `expected`: a sequence number and its hash, noted earlier. Without them a chain whose last events were cut
    off is whole in itself, and nobody sees it.
    """
    faults: list[str] = []
    previous, count, unread = GENESIS, 0, Counter[str]()
    noted = GENESIS if expected and expected[0] == 0 else ""
    try:
        for row in reader.raw(until=reader.head()[0]):
            count += 1
            fault = _fault(row, count, previous)
            if not fault and row["sealed_hash"]:
                fault, why_unread = _personal_fields(reader, row)
                unread[why_unread] += 1
            if fault:
                faults.append(f"event {count}: {fault}")
                if len(faults) >= MOST_TOLD:
                    break
            previous = row["hash"]
            if expected and count == expected[0]:
                noted = previous
    except (JournalUnavailable, UnicodeDecodeError) as error:
        faults.append(f"after event {count}: {error}")
    if expected and not faults and noted != expected[1]:
        faults.append(f"event {expected[0]} is not the one that was noted")
    return ChainReport(count, previous, unread["erased"], tuple(faults), unread["other key"])


def _fault(row: Any, seq: int, previous: str) -> str:
    """Return what is wrong with a stored event, its personal fields apart; "" if nothing is."""
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
    return "it has sealed bytes that it does not speak of" if row["sealed"] and not row["sealed_hash"] else ""


def _personal_fields(reader: JournalReader, row: Any) -> tuple[str, str]:
    """Return what is wrong with an event's personal fields and, if nothing is, why they cannot be read.

    The second is "erased" or "other key", as `ChainReport` counts them, or "" where they can be read.
    """
    if row["sealed"] is None:
        is_purged = reader.keys.is_purged(row["person"])
        return ("", "erased") if is_purged else ("its personal fields are gone", "")
    if not isinstance(row["sealed"], bytes) or digest(row["sealed"]) != row["sealed_hash"]:
        return "its personal fields were changed", ""
    try:
        opened = reader.keys.open(row["person"], row["sealed"], row["sealed_hash"])
    except ValueError as error:
        return str(error), ""
    if opened is not None:
        return "", ""
    return "", "other key" if reader.keys.has_key(row["person"]) else "erased"
