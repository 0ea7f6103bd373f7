"""A key per person, one file each: without it what journal and backups hold of that person is noise."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from geo.journal.event import ID, EventError, digest

SIZE: Final = 32  # bytes of a key
NONCE: Final = 12  # bytes before what is sealed; fresh each time, so that equal texts look different
MOST_KNOWN: Final = 1_000  # ciphers that stay in memory
PURGED_SUFFIX: Final = ".purged"


class DamagedKey(OSError):
    """A key's file holds something else: nothing can be sealed under it until it is put back."""


class PersonKeys:
    """Owns the folder of keys; the file is looked at whenever asked, since another process may purge."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.missed: dict[
            str, str
        ] = {}  # whose key was not there or another, and the `fingerprint` there was
        self._ciphers: dict[str, tuple[tuple[int, int], AESGCM]] = {}  # with the file's number and time

    def seal(self, person: str, content: bytes) -> bytes:
        """Return the content readable under this person's key only; makes the key if there is none.

        Raises EventError for a person whose key was destroyed, OSError where a key cannot be kept or the one
        that is kept is damaged.
        """
        return self.sealer(person)(content)

    def sealer(self, person: str) -> Callable[[bytes], bytes]:
        """Return what seals many contents under one key, which is read once. Raises as `seal` does."""
        cipher, name = AESGCM(self._key(person)), person.encode()

        def seal(content: bytes) -> bytes:
            nonce = secrets.token_bytes(NONCE)
            return nonce + cipher.encrypt(nonce, content, name)

        return seal

    def open(self, person: str, sealed: bytes, written: str = "") -> bytes | None:
        """Return what was sealed; None where its key is no longer here. Raises ValueError for changed bytes.

        `written`: the digest of the bytes as they were sealed. Where it holds and the person's key does not
        open them, that key is another: who sends again after a restore without keys gets a new one.
        """
        cipher = self._cipher(person)
        if cipher is not None:
            try:
                return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], person.encode())
            except InvalidTag:
                if digest(sealed) != written:
                    raise ValueError("the sealed bytes are not what was written") from None
        self.missed[person] = self.fingerprint(person)
        return None

    def fingerprint(self, person: str) -> str:
        """Return what tells a person's key from another one, "" where there is none. Raises OSError."""
        try:
            return hashlib.sha256(b"fingerprint" + self._path(person).read_bytes()).hexdigest()
        except FileNotFoundError:
            return ""

    def mark(self, person: str, content: bytes) -> str:
        """Return what two equal contents of a person share, and nobody without the key can make."""
        return hmac.new(self._key(person), content, "sha256").hexdigest()

    def clashing(self, folder: Path) -> list[str]:
        """Return the persons of whom a folder has another key, sorted: there `copy_to` changes nothing."""
        paths = [(path, folder / path.name) for path in sorted(self._folder.glob("*.key"))]
        return [own.stem for own, other in paths if other.exists() and other.read_bytes() != own.read_bytes()]

    def has_key(self, person: str) -> bool:
        return self._path(person).exists()

    def is_purged(self, person: str) -> bool:
        return self._path(person).with_suffix(PURGED_SUFFIX).exists()

    def purge(self, person: str) -> bool:
        """Destroy a person's key for good; return whether there was one."""
        path = self._path(person)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(path.with_suffix(PURGED_SUFFIX), b"")
        return self._destroy(path)

    def forget(self) -> None:
        """Destroy all keys of the folder; another one may be made in the place of each."""
        for path in self._folder.glob("*.key"):
            self._destroy(path)

    def purged(self) -> list[str]:
        """Return whose keys were destroyed, sorted."""
        return sorted(path.stem for path in self._folder.glob(f"*{PURGED_SUFFIX}"))

    def copy_to(self, folder: Path) -> int:
        """Copy all keys into a folder; return how many. Keep it apart from the backups of the journal."""
        other = PersonKeys(folder)
        paths = sorted(self._folder.glob("*.key"))
        for path in paths:
            other._keep(path.stem, path.read_bytes())
        return len(paths)

    def _destroy(self, path: Path) -> bool:
        had_key = path.exists()
        if had_key:
            with path.open("r+b", buffering=0) as file:
                file.write(bytes(SIZE))
                os.fsync(file.fileno())
            path.unlink()
        _sync(self._folder)
        return had_key

    def _cipher(self, person: str) -> AESGCM | None:
        path = self._file(person)
        try:
            stat = os.stat(path)  # noqa: PTH116 (a million times: a Path takes longer than the look)
            stamp = stat.st_ino, stat.st_mtime_ns
            known = self._ciphers.get(person)
            if known is None or known[0] != stamp:
                if len(self._ciphers) >= MOST_KNOWN:
                    self._ciphers.clear()
                known = self._ciphers[person] = stamp, AESGCM(_read(Path(path)))
        except FileNotFoundError:
            self._ciphers.pop(person, None)
            return None
        except DamagedKey:
            return None  # as another key: its bytes cannot be opened, and nobody else waits for that
        return known[1]

    def _key(self, person: str) -> bytes:
        path = self._path(person)
        if self.is_purged(person):
            raise EventError("what is known of this person was erased; nothing more is taken down")
        try:
            return _read(path)
        except FileNotFoundError:
            self._keep(person, secrets.token_bytes(SIZE))
            return _read(path)

    def _keep(self, person: str, key: bytes) -> None:
        path = self._path(person)
        if self.is_purged(person):
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
        try:
            _write(fresh, key)
            with contextlib.suppress(FileExistsError):  # another thread was first: its key is everybody's
                os.link(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)
        _sync(self._folder)

    def _path(self, person: str) -> Path:
        return Path(self._file(person))

    def _file(self, person: str) -> str:
        """Return where a person's key is: a text, since a check looks there for each of a million events."""
        if not ID.fullmatch(person):
            raise EventError("a person's id has 1 to 100 letters, digits or any of . _ : @ + -")
        return f"{self._folder}{os.sep}{person}.key"


def _read(path: Path) -> bytes:
    """Return a key. Raises FileNotFoundError, and DamagedKey for a file that holds none."""
    key = path.read_bytes()
    if len(key) != SIZE:
        raise DamagedKey(errno.EIO, f"its file has {len(key)} bytes and not {SIZE}; put it back from a copy")
    return key


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Have the folder's list of names reach the disk, too."""
    with contextlib.suppress(OSError):  # not every system opens folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
