"""Releases of live missions: verified by one person, cleared by another, kept as they were, or withdrawn."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import tempfile
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from geo.model.errors import InputError
from geo.model.mission import SLUG
from geo.model.snapshot import Snapshot
from geo.publication import Release, release_basis, serialization
from geo.publication.older_format import OLDER, migrated
from geo.publication.release import Made, make
from geo.publication.release_basis import Basis
from geo.publication.released import Notice, clusters_of

FORMAT: Final = 2  # of a kept release; 1 is that of the first edition, read by `older_format`
STEP_FORMAT: Final = 1
EVENTS: Final = ("verified", "cleared", "withdrawn")
DONE_BY: Final = {"verify": "verified", "clear": "cleared", "withdraw": "withdrawn"}
WAS_LIVE: Final = "was-live"  # a file in a mission's folder: it was served as a live one once
LONGEST_NOTE: Final = 2_000  # characters of a note, which the public reads where a release is withdrawn
SALT_BYTES: Final = 32  # as many as a hash has: nobody tries them all
_NAME: Final = re.compile(r"(\d{4})-([0-9a-f]{16})\.release\.json")
_STEP: Final = re.compile(r"(\d{4})\.step\.json")
DAMAGED: Final = (
    "{name} is not as it was signed; nothing is shown of this mission's releases until it is back from a "
    "copy, or the folder is moved away and a release verified and cleared anew"
)


@dataclass(frozen=True, slots=True)
class SignOffStep:
    """One signature: that somebody verified, cleared or withdrew (`what`) a version.

    `number`: 1, 2, … over all releases of the mission. It alone says what came first: a clock may have run
    ahead. Steps of the first edition, which had no numbers, get numbers below 1. `version`: a release's,
    or the nature ("simulated") that a mission is to be served as. `who`: a salted hash of the name given;
    the name itself is kept nowhere.
    """

    number: int
    version: str
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
    events: tuple[SignOffStep, ...]
    path: Path

    def event(self, what: str) -> SignOffStep | None:
        """Return the last step of a kind; a version may be verified again after another was cleared."""
        return next((one for one in reversed(self.events) if one.what == what), None)

    @property
    def state(self) -> str:
        return self.events[-1].what if self.events else "prepared"


class SignOff:
    """Owns a folder below the state directory with one folder per mission; several processes may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def entries(self, slug: str) -> tuple[Entry, ...]:
        """Return a mission's releases, oldest first.

        Raises InputError for a file that is not one, and for a step that is damaged or missing.
        """
        home = self._home(slug)
        found = sorted(path for path in home.glob("*.release.json") if _NAME.fullmatch(path.name))
        if not found:
            return ()
        steps = (*_steps_of_first_edition(found), *self._steps(slug))
        return tuple(_entry(path, steps) for path in found)

    def _steps(self, slug: str) -> tuple[SignOffStep, ...]:
        """Return a mission's steps in order, each with the hash of the one before. Raises InputError."""
        paths = sorted(path for path in self._home(slug).glob("*.step.json") if _STEP.fullmatch(path.name))
        steps, previous = [], ""
        for number, path in enumerate(paths, start=1):
            data = _bytes_of(path)
            step = _step(data, path.name)
            if step.number != number or json.loads(data)["previous"] != previous:
                raise InputError(DAMAGED.format(name=f"{path.name}, or the step before it,"))
            steps.append(step)
            previous = hashlib.sha256(data).hexdigest()
        return tuple(steps)

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
        newest = max(entries, key=lambda one: _number(one, "cleared"), default=None)
        if newest is None or newest.event("withdrawn"):
            return None, "", notices
        return _content(newest.path), str(_release(newest.path)["register"]), notices

    def prepare(self, snapshot: Snapshot) -> Made:
        """Return what would be released now, held back where too little changed since earlier releases.

        Raises InputError where these cannot be read.
        """
        before = release_basis.before(self._comparable(snapshot.mission.slug), snapshot, self._salt())
        return make(snapshot, snapshot.as_of, cleared=True, clusters=clusters_of, before=before)

    def not_comparable(self, slug: str) -> tuple[str, ...]:
        """Return what whoever signs has to know of cleared releases that no later one is compared with."""
        words = "release {} is of the first edition: what changed since then is not compared with it"
        cleared = [one for one in self.entries(slug) if one.event("cleared")]
        return tuple(words.format(f"{one.number:04d}") for one in cleared if _format(one.path) == OLDER)

    def _comparable(self, slug: str) -> list[Basis]:
        """Return what the cleared releases were counted from, oldest first.

        Withdrawn ones as well: somebody may have kept a copy.
        """
        found = []
        for one in sorted(self.entries(slug), key=lambda entry: _number(entry, "cleared")):
            beside = one.path.with_name(one.path.name.replace(".release.json", ".basis.npz"))
            if not one.event("cleared") or _format(one.path) == OLDER or not _counts(one.path):
                continue
            try:
                found.append(release_basis.unpacked(beside.read_bytes()))
            except (OSError, ValueError, KeyError) as error:
                words = f"{beside.name} cannot be read; nothing can be compared with it: {error}"
                raise InputError(words) from None
        return found

    def verify(self, snapshot: Snapshot, version: str, by: str, now: datetime, note: str = "") -> Entry:
        """Keep exactly this version and write down that somebody looked at it.

        Raises InputError if what would be released is another version by now.
        """
        who = self._who(by)
        prepared = self.prepare(snapshot)
        made = prepared.release
        if made.version != version:
            raise InputError(f"what would be released now is version {made.version}, not {version[:32]}")
        known = next((one for one in self.entries(snapshot.mission.slug) if one.version == version), None)
        if known is not None and known.event("cleared"):
            raise InputError(f"version {version} is {known.state} already")
        if known is not None:  # looked at again, after another release was cleared
            self._keep_basis(known.path, prepared, snapshot)
            return self._happened(known, "verified", who, now, note)
        number = 1 + max([0, *(one.number for one in self.entries(snapshot.mission.slug))])
        path = self._home(snapshot.mission.slug) / f"{number:04d}-{version}.release.json"
        content = serialization.kept(made)
        about = {
            "format": FORMAT,
            "version": version,
            "cut_off": snapshot.as_of.isoformat(),
            "register": snapshot.registry.version,
            "digest": _digest(content),
            "content": content,
        }
        self._keep_basis(path, prepared, snapshot)
        _write(path, _json(about))
        return self._happened(_entry(path, ()), "verified", who, now, note)

    def _keep_basis(self, path: Path, prepared: Made, snapshot: Snapshot) -> None:
        basis = release_basis.basis_of(prepared, snapshot, self._salt())
        if basis is not None:
            beside = path.with_name(path.name.replace(".release.json", ".basis.npz"))
            _write(beside, release_basis.packed(basis))

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
        if any(_number(one, "cleared") > verified.number for one in self.entries(slug)):
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

    def note_live(self, slug: str) -> None:
        """Write down that a mission is live: from now on it takes two people to make it anything else."""
        path = self._home(slug) / WAS_LIVE
        if not path.exists():
            _write(path, b"")

    def was_live(self, slug: str) -> bool:
        """Return whether a mission was ever served, or signed, as a live one."""
        home = self._home(slug)
        return (home / WAS_LIVE).exists() or any(home.glob("*.release.json"))

    def may_be(self, slug: str, nature: str) -> bool:
        """Return whether a mission may be served as what its mission.toml says it is.

        One that was live stays so until two people signed for the other nature. Raises InputError for a
        damaged step.
        """
        return nature == "live" or not self.was_live(slug) or self._nature_state(slug, nature) == "cleared"

    def _nature_state(self, slug: str, nature: str) -> str:
        return next((one.what for one in reversed(self._steps(slug)) if one.version == nature), "")

    def sign_nature(self, slug: str, nature: str, what: str, by: str, now: datetime, note: str) -> None:
        """Take a step towards serving a mission that was live as another nature: two people, as a release.

        `what`: of EVENTS. Raises InputError if the step may not be taken.
        """
        who, state = self._who(by), self._nature_state(slug, nature)
        needed = {"verified": ("", "withdrawn"), "cleared": ("verified",), "withdrawn": ("cleared",)}[what]
        if state not in needed:
            raise InputError(
                f"{nature} is {state or 'not verified by anybody'} here; it cannot be {what} now"
            )
        last = next((one for one in reversed(self._steps(slug)) if one.version == nature), None)
        if what == "cleared" and last is not None and hmac.compare_digest(last.who, who):
            raise InputError("whoever verified this cannot clear it: it takes two people")
        self._sign(slug, nature, what, who, now, note)

    def stamp(self, slug: str) -> tuple[tuple[str, int, int], ...]:
        """Return name, size and time of a mission's files, by which a change of its releases is noticed."""
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
        slug = entry.path.parent.name
        self._sign(slug, entry.version, what, who, now, note)
        return next(one for one in self.entries(slug) if one.version == entry.version)

    def _sign(self, slug: str, version: str, what: str, who: str, now: datetime, note: str) -> None:
        if len(note) > LONGEST_NOTE:
            raise InputError(f"a note has at most {LONGEST_NOTE:,} characters")
        before = self._steps(slug)
        number = len(before) + 1
        last = _bytes_of(self._step_path(slug, number - 1)) if before else b""
        said = {
            "format": STEP_FORMAT, "number": number, "version": version, "what": what,
            "at": now.isoformat(), "who": who, "note": note.strip(),
            "previous": hashlib.sha256(last).hexdigest() if last else "",
        }  # fmt: skip
        said["sum"] = _sum(said)
        if not _write(self._step_path(slug, number), _json(said), replace=False):
            raise InputError("somebody else signed at this moment; look at it again")

    def _step_path(self, slug: str, number: int) -> Path:
        return self._home(slug) / f"{number:04d}.step.json"

    def _who(self, name: str) -> str:
        plain = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
        if len(plain) < 2:
            raise InputError("--by needs the name of whoever signs")
        return hmac.new(self._salt(), plain.encode(), hashlib.sha256).hexdigest()[:32]

    def _salt(self) -> bytes:
        """Return the random bytes that keep hashes from being guessed; made once, before the first signature.

        With others nothing would be known of who signed, nor of what earlier releases were counted from: one
        person would clear alone, and what changed since would be told. Raises InputError where they are gone.
        """
        path = self.folder / "salt"
        if not path.exists() and not any(self.folder.glob("*/*.json")):
            _write(path, secrets.token_bytes(SALT_BYTES), replace=False)
        salt = _bytes_of(path) if path.exists() else b""
        if len(salt) < SALT_BYTES:
            raise InputError(
                f"{path} is gone or cut short; nothing can be signed until it is back from a copy"
            )
        return salt


def _number(entry: Entry, what: str) -> int:
    """Return the number of the last step of a kind; one below all others where there is none."""
    event = entry.event(what)
    return event.number if event else -(1 << 30)


def _entry(path: Path, steps: Sequence[SignOffStep]) -> Entry:
    plain = _release(path)
    match = _NAME.fullmatch(path.name)
    if match is None or plain.get("version") != match[2]:
        raise InputError(f"{path.name} is not the release its name says")
    own = tuple(one for one in steps if one.version == match[2])
    return Entry(int(match[1]), match[2], str(plain.get("cut_off")), own, path)


def _step(data: bytes, name: str) -> SignOffStep:
    """Return a step as it was written. Raises InputError if a single bit of it is another."""
    try:
        said = json.loads(data)
        given = said.pop("sum")
        step = SignOffStep(
            int(said["number"]), *(str(said[key]) for key in ("version", "what", "at", "who", "note"))
        )
        is_whole = _sum(said) == given and said["format"] == STEP_FORMAT and step.what in EVENTS
    except (ValueError, KeyError, TypeError, AttributeError):
        is_whole = False
    if not is_whole:
        raise InputError(DAMAGED.format(name=name))
    return step


def _sum(said: dict[str, Any]) -> str:
    text = json.dumps(said, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _steps_of_first_edition(releases: Sequence[Path]) -> tuple[SignOffStep, ...]:
    """Return the steps kept beside each release before they had numbers, by clock. Raises InputError."""
    steps = []
    for path in releases:
        version = path.name.split("-")[1].split(".")[0]
        for what in EVENTS:
            beside = path.with_name(path.name.replace(".release.json", f".{what}.json"))
            if beside.exists():
                said = _read(beside)
                try:
                    parts = (str(said[key]) for key in ("at", "who", "note"))
                    steps.append(SignOffStep(0, version, what, *parts))
                except KeyError:
                    raise InputError(DAMAGED.format(name=beside.name)) from None
    steps.sort(key=lambda one: one.at)
    return tuple(replace(one, number=number - len(steps)) for number, one in enumerate(steps))


def _content(path: Path) -> Release:
    """Return the release in a file. Raises InputError if the file says anything else than it did."""
    plain = _release(path)
    if plain["format"] == OLDER:
        return migrated(plain["content"])
    if not hmac.compare_digest(_digest(plain["content"]), str(plain.get("digest", ""))):
        raise InputError("a release that was kept does not say what it did when it was kept")
    return serialization.from_plain(plain["content"])


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _format(path: Path) -> int:
    return int(_read(path)["format"])


def _counts(path: Path) -> bool:
    return bool(_release(path)["content"]["visits_known"])


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error}") from None


def _release(path: Path) -> dict[str, Any]:
    """Return a kept release's file as it is written. Raises InputError where a part of it is missing."""
    plain = _read(path)
    content = plain.get("content")
    if "register" not in plain or not isinstance(content, dict) or "visits_known" not in content:
        raise InputError(f"{path.name} lacks a part of a release")
    return plain


def _read(path: Path) -> dict[str, Any]:
    try:
        plain = json.loads(_bytes_of(path).decode("utf-8"))
    except ValueError as error:
        raise InputError(f"{path.name} cannot be read: {error}") from None
    if not isinstance(plain, dict) or plain.get("format") not in (OLDER, FORMAT):
        raise InputError(f"{path.name} is not of this program's format")
    return plain


def _json(plain: dict[str, Any]) -> bytes:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()


def _write(path: Path, data: bytes, *, replace: bool = True) -> bool:
    """Write a file whole or not at all, readable by its owner only; return whether it is this one now.

    Raises InputError where the disk does not take it: nothing was signed then.
    """
    name = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            Path(name).replace(path)
        else:
            os.link(name, path)  # fails if somebody else was first
    except FileExistsError:
        return False
    except OSError as error:
        raise InputError(f"nothing was signed: {path.name} cannot be written ({error.strerror})") from None
    finally:
        if name:
            Path(name).unlink(missing_ok=True)
    return True


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
    counts = {word: made.area_status.count(word) for word in sorted(set(made.area_status))}
    inner = made.by_patch.status
    return [
        f"version {made.version}",
        f"stations visited: {_count(int(nation.observed[0]))} of {_count(int(made.nation.stations[0]))}",
        f"stations that were asked about: {_count(int(found.asked[0]))}",
        f"of them with a finding: {_count(int(found.found[0]))}",
        f"areas: {len(made.area)} ({', '.join(f'{word} {n}' for word, n in counts.items())})",
        f"patches: {inner.count('published')} published, {inner.count('not_observed')} not observed",
        f"units that keep an earlier release's figures, because too little changed: {made.held_back}",
        f"single stations: {'shown' if made.may_show_stations else 'not shown'}",
    ]


def _count(value: int) -> str:
    return "not told" if value < 0 else f"{value:,}"


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
    desk, nature = SignOff(folder), snapshot.mission.nature
    if nature != "live":
        return _nature_signed(desk, slug, nature, step, version, by=by, note=note, now=moment)
    if step == "verify":
        entry = desk.verify(snapshot, version, by, moment, note)
    elif step == "clear":
        entry = desk.clear(slug, version, by, moment, note)
    elif step == "withdraw":
        entry = desk.withdraw(slug, version, by, moment, note)
    else:
        made = desk.prepare(snapshot).release
        who = "The data name nobody who verified: make sure that whoever clears is somebody else."
        return [
            "what would be released now:",
            *summary(made),
            *desk.not_comparable(slug),
            who,
            *history(desk.entries(slug)),
        ]
    embargo = snapshot.mission.disclosure.not_before
    waits = [f"the press sees nothing before {embargo}"] if embargo and step == "clear" else []
    return [f"{entry.version} is {entry.state}", *waits]


def _nature_signed(
    desk: SignOff, slug: str, nature: str, step: str, version: str, *, by: str, note: str, now: datetime
) -> list[str]:
    """Take a step of a mission that mission.toml calls live no longer; return what there is to say."""
    if not desk.was_live(slug):
        raise InputError("only a live mission is signed off; of this one everything may be seen already")
    if step and version != nature:
        raise InputError(f"mission.toml says {nature}: sign that word, not {version[:32]}")
    if step:
        desk.sign_nature(slug, nature, DONE_BY[step], by, now, note)
        return [f"{nature} is {DONE_BY[step]}"]
    if desk.may_be(slug, nature):
        return [f"this mission was live and is {nature} now, by two signatures"]
    return [
        f"this mission was live and mission.toml says {nature}: it is served as a live one until one person "
        f"runs this with --verify {nature} --by NAME and another with --clear {nature} --by NAME",
    ]
