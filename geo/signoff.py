"""Releases of live missions: verified by one person, cleared by another, kept as they were, or withdrawn."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import re
import secrets
import tempfile
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from geo.disclosure import Release, release, since, stored
from geo.disclosure import figures as figured
from geo.disclosure.cut import delayed
from geo.disclosure.since import Basis, Earlier
from geo.errors import InputError
from geo.mission import SLUG
from geo.released import Notice, robust
from geo.snapshot import Snapshot

FORMAT: Final = 1
EVENTS: Final = ("verified", "cleared", "withdrawn")
LONGEST_NOTE: Final = 2_000
_NAME: Final = re.compile(r"(\d{4})-([0-9a-f]{16})\.release\.json")


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a release. `who`: a salted hash of the name given; the name itself is kept nowhere."""

    what: str
    at: str  # ISO 8601, UTC
    who: str
    note: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One release on disk. `number`: 1, 2, …; `cut_off`: the moment it speaks for, UTC."""

    number: int
    version: str
    cut_off: str
    events: tuple[Event, ...]
    path: Path

    def event(self, what: str) -> Event | None:
        return next((one for one in self.events if one.what == what), None)

    @property
    def state(self) -> str:
        return self.events[-1].what if self.events else "prepared"


class Signoff:
    """Owns one folder below the state directory, with one folder per mission; several processes may."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def entries(self, slug: str) -> tuple[Entry, ...]:
        """Return a mission's releases, oldest first. Raises InputError for a file that is not one."""
        home = self._home(slug)
        found = sorted(path for path in home.glob("*.release.json") if _NAME.fullmatch(path.name))
        return tuple(_entry(path) for path in found) if found else ()

    def served(self, slug: str) -> tuple[Release | None, str, tuple[Notice, ...]]:
        """Return what the press sees of a live mission: the newest cleared release, its register, notices.

        None if none was cleared, or if the newest was withdrawn: an older one could be wrong in the same way.
        """
        entries = [one for one in self.entries(slug) if one.event("cleared")]
        notices = tuple(
            Notice(day=gone.at[:10], version=one.version, text=gone.note)
            for one in reversed(entries)
            if (gone := one.event("withdrawn")) is not None
        )
        newest = max(entries, key=lambda one: _at(one, "cleared"), default=None)
        if newest is None or newest.event("withdrawn"):
            return None, "", notices
        plain = _read(newest.path)
        return stored.from_plain(plain["content"]), str(plain["register"]), notices

    def prepare(self, snapshot: Snapshot) -> tuple[Release, Basis]:
        """Return what would be released now, held back where too little changed since earlier releases."""
        slug, salt = snapshot.mission.slug, self._salt()
        old = delayed(snapshot, snapshot.as_of)
        basis = since.basis_of(old, figured.groups(old), salt)
        earlier = [_earlier(one) for one in self.entries(slug) if one.event("cleared")]
        between = [since.hold_back(one, basis) for one in earlier]
        made = release(snapshot, snapshot.as_of, cleared=True, hot_spots=robust, between=between)
        return made, basis

    def verify(self, snapshot: Snapshot, version: str, by: str, now: datetime, note: str = "") -> Entry:
        """Keep exactly this version and write down that somebody looked at it.

        Raises InputError if what would be released is another version by now.
        """
        who = self._who(by)
        made, basis = self.prepare(snapshot)
        if made.version != version:
            raise InputError(f"what would be released now is version {made.version}, not {version[:32]}")
        known = next((one for one in self.entries(snapshot.mission.slug) if one.version == version), None)
        if known is not None and known.event("cleared"):
            raise InputError(f"version {version} is {known.state} already")
        if known is not None:  # looked at again, after another release was cleared
            return self._happened(known, "verified", who, now, note)
        number = 1 + max([0, *(one.number for one in self.entries(snapshot.mission.slug))])
        path = self._home(snapshot.mission.slug) / f"{number:04d}-{version}.release.json"
        about = {
            "format": FORMAT,
            "version": version,
            "cut_off": snapshot.as_of.isoformat(),
            "register": snapshot.registry.version,
            "content": stored.kept(made),
        }
        _write(path.with_name(path.name.replace(".release.json", ".basis.npz")), _packed(basis))
        _write(path, _json(about))
        return self._happened(_entry(path), "verified", who, now, note)

    def clear(self, slug: str, version: str, by: str, now: datetime, note: str = "") -> Entry:
        """Let the press see a verified version, as it was kept. Raises InputError if it may not be."""
        entry, who = self._entry_of(slug, version), self._who(by)
        verified = entry.event("verified")
        if verified is None:
            raise InputError(f"version {version} was not verified by anybody yet")
        if entry.event("withdrawn") or entry.event("cleared"):
            raise InputError(f"version {version} is {entry.state} already")
        if hmac.compare_digest(verified.who, who):
            raise InputError("whoever verified a release cannot clear it: it takes two people")
        # what it holds back was worked out against the releases of that time
        if any(_at(one, "cleared") > verified.at for one in self.entries(slug)):
            raise InputError("another release was cleared after this one was verified; verify it again")
        return self._happened(entry, "cleared", who, now, note)

    def withdraw(self, slug: str, version: str, by: str, now: datetime, note: str) -> Entry:
        """Take a cleared version back; `note` is shown to the public in its place. Raises InputError."""
        entry, who = self._entry_of(slug, version), self._who(by)
        if not note.strip():
            raise InputError("a withdrawal needs a note that says in public what was wrong")
        if not entry.event("cleared") or entry.event("withdrawn"):
            raise InputError(f"version {version} is {entry.state}; only a cleared release can be withdrawn")
        return self._happened(entry, "withdrawn", who, now, note)

    def stamp(self, slug: str) -> tuple[tuple[str, int, int], ...]:
        """Return what tells that a mission's releases changed."""
        found = []
        for path in sorted(self._home(slug).glob("*.json")):
            status = path.stat()
            found.append((path.name, status.st_size, status.st_mtime_ns))
        return tuple(found)

    def _home(self, slug: str) -> Path:
        if not SLUG.fullmatch(slug):
            raise InputError(f"no mission called {slug[:64]!r}")
        return self.folder / slug

    def _entry_of(self, slug: str, version: str) -> Entry:
        found = next((one for one in self.entries(slug) if one.version == version), None)
        if found is None:
            raise InputError(f"no release of version {version[:32]} was verified")
        return found

    def _happened(self, entry: Entry, what: str, who: str, now: datetime, note: str) -> Entry:
        if len(note) > LONGEST_NOTE:
            raise InputError(f"a note has at most {LONGEST_NOTE:,} characters")
        event = {"format": FORMAT, "what": what, "at": now.isoformat(), "who": who, "note": note.strip()}
        _write(entry.path.with_name(entry.path.name.replace(".release.json", f".{what}.json")), _json(event))
        return _entry(entry.path)

    def _who(self, name: str) -> str:
        plain = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
        if len(plain) < 2:
            raise InputError("--by needs the name of whoever signs")
        return hmac.new(self._salt(), plain.encode(), hashlib.sha256).hexdigest()[:32]

    def _salt(self) -> bytes:
        """Return the random bytes that keep hashes from being guessed; made once."""
        path = self.folder / "salt"
        if not path.exists():
            _write(path, secrets.token_bytes(32), replace=False)
        return path.read_bytes()


def _at(entry: Entry, what: str) -> str:
    event = entry.event(what)
    return event.at if event else ""


def _entry(path: Path) -> Entry:
    plain = _read(path)
    match = _NAME.fullmatch(path.name)
    if match is None or plain.get("version") != match[2]:
        raise InputError(f"{path.name} is not the release its name says")
    events = []
    for what in EVENTS:
        beside = path.with_name(path.name.replace(".release.json", f".{what}.json"))
        if beside.exists():
            said = _read(beside)
            events.append(Event(what, str(said["at"]), str(said["who"]), str(said["note"])))
    return Entry(int(match[1]), match[2], str(plain["cut_off"]), tuple(events), path)


def _earlier(entry: Entry) -> Earlier:
    content = stored.from_plain(_read(entry.path)["content"])
    packed = entry.path.with_name(entry.path.name.replace(".release.json", ".basis.npz"))
    units = {"nation": content.nation, "area": content.by_area, "cell": content.by_cell}
    try:
        return Earlier(units, _unpacked(packed.read_bytes()))
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{packed.name} cannot be read; nothing can be compared with it: {error}") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path.name} cannot be read: {error}") from None
    if not isinstance(plain, dict) or plain.get("format") != FORMAT:
        raise InputError(f"{path.name} is not of this program's format")
    return plain


def _json(plain: dict[str, Any]) -> bytes:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()


def _packed(basis: Basis) -> bytes:
    buffer = io.BytesIO()
    columns = {f.name: np.asarray(getattr(basis, f.name)) for f in fields(Basis)}
    np.savez_compressed(buffer, allow_pickle=False, **columns)
    return buffer.getvalue()


def _unpacked(data: bytes) -> Basis:
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        columns: dict[str, Any] = {f.name: file[f.name] for f in fields(Basis)}
    for name in ("area_ids", "cell_ids"):
        columns[name] = tuple(str(one) for one in columns[name])
    return Basis(**columns)


def _write(path: Path, data: bytes, *, replace: bool = True) -> None:
    """Write a file whole or not at all, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            Path(name).replace(path)
        else:
            os.link(name, path)  # fails if somebody else was first
    except FileExistsError:
        pass
    finally:
        Path(name).unlink(missing_ok=True)


def history(entries: Sequence[Entry]) -> list[str]:
    """Return a line per step of every release, oldest first."""
    return [
        f"{entry.number:04d} {entry.version} {event.what} {event.at[:16]}Z by {event.who[:8]}"
        + (f": {event.note}" if event.note else "")
        for entry in entries
        for event in entry.events
    ]


def summary(made: Release) -> list[str]:
    """Return what a release says in a few lines, for whoever has to verify it."""
    nation, found = made.nation.coverage["all"], made.nation.findings["all/medium"]
    status = made.by_area.coverage["all"].status
    counts = {word: status.count(word) for word in sorted(set(status))}
    return [
        f"version {made.version}",
        f"stations visited: {_count(int(nation.observed[0]))} of {_count(int(made.nation.stations[0]))}",
        f"visits that asked: {_count(int(found.visits[0]))}",
        f"of them with a finding: {_count(int(found.with_finding[0]))}",
        f"areas: {len(status)} ({', '.join(f'{word} {n}' for word, n in counts.items())})",
        f"figures held back because too little changed since an earlier release: {made.held_back}",
        f"single stations: {'shown' if made.may_show_stations else 'not shown'}",
    ]


def _count(value: int) -> str:
    return "<3" if value == -2 else "withheld" if value < 0 else f"{value:,}"


def signed(
    folder: Path,
    snapshot: Snapshot,
    step: str,
    version: str,
    *,
    by: str,
    note: str,
    now: datetime | None = None,
) -> list[str]:
    """Take one step of a live mission's sign-off, or none; return what there is to say about it.

    `step`: "verify", "clear", "withdraw" or "". Raises InputError if the step may not be taken.
    """
    slug, moment = snapshot.mission.slug, now or datetime.now(UTC)
    if snapshot.mission.nature != "live":
        raise InputError("only a live mission is signed off; of this one everything may be seen already")
    desk = Signoff(folder)
    if step == "verify":
        entry = desk.verify(snapshot, version, by, moment, note)
    elif step == "clear":
        entry = desk.clear(slug, version, by, moment, note)
    elif step == "withdraw":
        entry = desk.withdraw(slug, version, by, moment, note)
    else:
        made, _ = desk.prepare(snapshot)
        who = "The data name nobody who verified: make sure that whoever clears is somebody else."
        return ["what would be released now:", *summary(made), who, *history(desk.entries(slug))]
    embargo = snapshot.mission.disclosure.not_before
    waits = [f"the press sees nothing before {embargo}"] if embargo and step == "clear" else []
    return [f"{entry.version} is {entry.state}", *waits]
