"""One event of the journal: what was sent, its key, and the hash that chains it to the one before.

A report is known by mission, source, what it is about and its root id; each version of it is an event.
Personal fields (`PERSONAL`) travel beside the body: the journal seals them under the key of a person, and
only the hash of the sealed bytes, which a fresh nonce salts, enters the chain.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, Final

import orjson

from geo.model.errors import BaqylauError, Busy

KINDS: Final = ("visit", "incident", "correction", "withdrawal", "decision", "registry_fix")
FIRST: Final = {
    "visit": "visit",
    "incident": "incident",
    "registry_fix": "station",
}  # kind → what it is about
ABOUT: Final = ("visit", "incident", "station", "team")
# Names, telephones, free text and positions: fields that say something of a person.
PERSONAL: Final = frozenset({"answers", "text", "lon", "lat", "observer", "phone", "note", "reason"})
ID: Final = re.compile(r"[\w.:@+-]{1,100}")
OWN: Final = "@"  # sources that begin so are the desk's own, no device's
BROUGHT: Final = "file:"  # sources that begin so are files taken on the desk, no device's
FIRST_VERSION: Final = "file"  # what an own source supersedes where nothing of the report was sent before
NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # as JSON spells it, not the letters of its spelling
HAS_NUL: Final = "holds a NUL character, which no database's text may"
GENESIS: Final = "0" * 64


class EventError(BaqylauError):
    """An event that cannot be written down; the text says which field and what would be right."""


class JournalBusy(Busy):
    """More events wait for the disk than may; the same may be sent again soon."""


class JournalUnavailable(BaqylauError):
    """Nothing can be written at the moment (a full disk, another writer); nothing was acknowledged."""


@dataclass(frozen=True, slots=True)
class Event:
    """One version of one report, as it was sent.

    `kind`: one of KINDS; `about`: one of ABOUT. `source`: who sends. `root`: the report's id, which is the
    source's own; `version`: this version's id. `supersedes`: the version of the same report that this one
    changes, "" for a first one. `made_at`: when it was written by the sender's clock, ISO 8601 in UTC or "";
    it orders edits of the same version. `body`, `private`: the fields that were sent, no others; `private`
    holds the PERSONAL ones. `person`: under whose key `private` is sealed.
    """

    mission: str
    kind: str
    about: str
    source: str
    root: str
    version: str
    body: Mapping[str, Any]
    private: Mapping[str, Any]
    person: str
    supersedes: str = ""
    made_at: str = ""

    @property
    def report(self) -> tuple[str, str, str, str]:
        """Mission, source, about and root: what all versions of one report share."""
        return self.mission, self.source, self.about, self.root

    @property
    def key(self) -> str:
        """The hash by which a version that is sent twice is known again, 64 hex digits."""
        return digest(orjson.dumps([*self.report, self.version]))


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """An event in the journal: its place, when it was accepted (aware, UTC), its link of the chain."""

    seq: int
    received_at: datetime
    event: Event
    hash: str


def check(event: Event) -> None:
    """Raise EventError for an event whose kind, ids or fields do not go together."""
    if event.kind not in KINDS:
        raise EventError(f"kind {event.kind[:40]!r} is none of {', '.join(KINDS)}")
    if event.about not in ABOUT or FIRST.get(event.kind, event.about) != event.about:
        raise EventError(f"about {event.about[:40]!r} does not go with {event.kind}")
    for name in ("mission", "source", "root", "version", "person"):
        if not ID.fullmatch(getattr(event, name)):
            raise EventError(f"{name} must be 1 to 100 letters, digits or any of . _ : @ + -")
    if event.supersedes and not ID.fullmatch(event.supersedes):
        raise EventError("supersedes must be the version id of what is changed")
    if event.kind not in FIRST and not event.supersedes:
        raise EventError(f"a {event.kind} names in supersedes the version it changes")
    if event.source.startswith(OWN) and event.version == FIRST_VERSION:
        raise EventError(f"version {FIRST_VERSION!r} is what stands before the first one")
    if event.supersedes == event.version:
        raise EventError("supersedes names the event's own version")
    if event.made_at and not ID.fullmatch(event.made_at):
        raise EventError("made_at must be a time, ISO 8601")
    if misplaced := sorted(PERSONAL & event.body.keys()):
        raise EventError(f"{misplaced[0]} says something of a person and stands outside of the body")


def canonical(value: Mapping[str, Any]) -> bytes:
    """Return the one spelling of these fields. Raises EventError for what JSON or a database cannot hold."""
    try:
        spelled = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError) as error:
        raise EventError(f"the fields cannot be written as JSON: {error}") from None
    if b"\\u0000" in spelled and NUL.search(spelled):
        raise EventError(HAS_NUL)
    return spelled


def digest(content: bytes) -> str:
    """Return the SHA-256 of these bytes, 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def root_of(name: str) -> str:
    """Return the root id of a report of the files: its own id, or a hash where that cannot be one."""
    return name if ID.fullmatch(name) else f"sha256:{digest(name.encode('utf-8', 'surrogatepass'))}"


# The columns whose values a link of the chain hashes, in this order; `body` is the text as it is stored.
LINKED: Final = (
    "seq", "key", "mission", "kind", "about", "source", "root", "version", "supersedes", "made_at",
    "received_at", "person", "body", "sealed_hash",
)  # fmt: skip
_linked: Final = itemgetter(*LINKED)


def link(previous: str, row: Mapping[str, Any]) -> str:
    """Return the hash of a stored row after the one with hash `previous`."""
    return digest(orjson.dumps([previous, *_linked(row)]))
