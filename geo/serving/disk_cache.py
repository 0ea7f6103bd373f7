"""Keeps on disk, by key, what was made once and can be made again: never trusted, never changed in place.

An entry is a folder of files and a manifest with the size, SHA-256 and stamp of each. It is written
beside its place and moved there whole, so that a reader finds all of it or nothing. A file whose stamp
(inode, size, times of change) is the one written down was not touched since; any other is read and
summed. Whatever is odd counts as absent, is logged, and is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

LOG: Final = logging.getLogger("baqylau")
FORMAT: Final = 1  # of the manifest; another one is another program's
MANIFEST: Final = "manifest.json"
DIGESTS: Final = "digests.json"
DATA: Final = "data"
KEPT: Final = 3  # entries of one kind and one mission; older ones are removed
KEPT_OF_NOBODY: Final = 64  # entries of one kind that no mission owns; older ones are removed
# A file changed less than 2 s before it was read may change again and keep its time: its sum is not noted.
SETTLED_NS: Final = 2_000_000_000
ABANDONED_S: Final = 3_600.0  # after which half-written entries are taken for those of a process that died
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,150}")
Stamp = list[int]


class KeepsBytes(Protocol):
    """Somewhere to keep bytes that cost much to make; the least a layer has to know of a `DiskCache`."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, data: bytes) -> None: ...


class DiskCache:
    """Owns one folder below the state directory; several processes may own the same one."""

    def __init__(self, folder: Path, kept_of_nobody: int = KEPT_OF_NOBODY) -> None:
        """`kept_of_nobody`: entries of one kind that stay where no mission owns them."""
        self.folder, self._kept_of_nobody = folder, kept_of_nobody

    def get(self, key: str) -> bytes | None:
        """Return bytes kept under a key, such as `outlines-<hash>`, None if they are absent or odd."""
        folder = self.entry(key)
        try:
            return (folder / DATA).read_bytes() if folder else None
        except OSError as error:
            LOG.warning("cache %s could not be read: %s", key, error)
            return None

    def put(self, key: str, data: bytes) -> None:
        """Keep bytes under a key; a disk that is full or read-only is logged and otherwise nothing."""
        self.write(key, lambda folder: (folder / DATA).write_bytes(data))

    def entry(self, key: str) -> Path | None:
        """Return the folder of an entry that is whole, else None; its files may be mapped, never written."""
        folder = self._path(key)
        if not folder.is_dir():
            return None
        try:
            _verify(folder, key)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            LOG.warning("cache %s is odd and will be made anew: %s", key, error)
            return None
        with contextlib.suppress(OSError):
            os.utime(folder)  # when it was last of use, for `prune`
        return folder

    def newest(self, kind: str) -> str | None:
        """Return the key of the entry of a kind that was last kept or of use; None if there is none."""
        used = []
        with contextlib.suppress(OSError):
            for folder in self.folder.glob(f"{kind}-*"):
                with contextlib.suppress(OSError):  # pruned meanwhile
                    used.append((folder.stat().st_mtime_ns, folder.name))
        return max(used)[1] if used else None

    def write(self, key: str, make: Callable[[Path], object], owner: str = "") -> Path | None:
        """Let `make` fill a folder and keep it under a key; return where, None if it could not be kept.

        `owner`: a mission's slug; its older entries of the same kind (the key up to the first "-") go.
        Errors of `make` other than of the disk are raised.
        """
        target = self._path(key)
        fresh = self.folder / f".new-{os.getpid()}-{secrets.token_hex(8)}"
        try:
            fresh.mkdir(parents=True)
            make(fresh)
            _write_manifest(fresh, key, owner)
            self._move(fresh, target, key)
        except OSError as error:
            LOG.warning("cache %s could not be kept: %s", key, error)
            return None
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        self.prune(owner)
        return target if target.is_dir() else None

    def prune(self, owner: str) -> None:
        """Remove all but the newest entries of every kind of an owner, and what dead processes left.

        Files that another process has mapped stay readable for it until it lets them go.
        """
        of_kind: dict[str, list[tuple[float, Path]]] = {}
        try:
            folders = [path for path in self.folder.iterdir() if path.is_dir()]
        except OSError:
            return
        for folder in folders:
            with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
                used = folder.stat().st_mtime
                if folder.name.startswith("."):
                    if time.time() - used > ABANDONED_S:
                        shutil.rmtree(folder, ignore_errors=True)
                elif json.loads((folder / MANIFEST).read_bytes()).get("owner") == owner:
                    of_kind.setdefault(folder.name.split("-", 1)[0], []).append((used, folder))
        for entries in of_kind.values():
            for _, folder in sorted(entries, reverse=True)[KEPT if owner else self._kept_of_nobody :]:
                shutil.rmtree(folder, ignore_errors=True)

    def sum_up(self) -> tuple[str, ...]:
        """Read everything that is kept and take out what is not as it was written; return the keys of that.

        `entry` trusts the stamps, so that a start reads little; this finds what changed below the file
        system. It takes as long as the disk does: for the background, after a start.
        """
        damaged = []
        for folder in sorted(self.folder.iterdir()) if self.folder.is_dir() else ():
            if folder.name.startswith(".") or not (folder / MANIFEST).is_file():
                continue
            try:
                files = json.loads((folder / MANIFEST).read_bytes())["files"]
                is_whole = all(_sum(folder / name) == file["sha256"] for name, file in files.items())
            except FileNotFoundError:
                continue  # pruned meanwhile
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                is_whole = False
            if not is_whole:
                LOG.error("cache %s was damaged on the disk; it is taken out and made anew", folder.name)
                odd = self.folder / f".odd-{os.getpid()}-{secrets.token_hex(8)}"
                with contextlib.suppress(OSError):
                    folder.rename(odd)
                shutil.rmtree(odd, ignore_errors=True)
                damaged.append(folder.name)
        return tuple(damaged)

    def digests(self, paths: list[Path]) -> dict[Path, str]:
        """Return the SHA-256 of files from outside; those not changed since they were last read are not read.

        Raises OSError for a file that cannot be read.
        """
        known = self._known_digests()
        digest_of, now = {}, time.time_ns()
        changed = False
        for path in paths:
            name, stamp = str(path.resolve()), _stamp(path)
            if known.get(name, {}).get("stamp") != stamp:
                known[name] = {"stamp": stamp, "sha256": _sum(path)}
                settled = _stamp(path) == stamp and max(stamp[2:]) < now - SETTLED_NS
                changed |= settled
            digest_of[path] = str(known[name]["sha256"])
        if changed:
            self._remember({n: k for n, k in known.items() if max(k["stamp"][2:]) < now - SETTLED_NS})
        return digest_of

    def _known_digests(self) -> dict[str, dict[str, Any]]:
        try:
            read = json.loads((self.folder / DIGESTS).read_bytes())
            well = {
                name: noted
                for name, noted in read.items()
                if isinstance(noted["sha256"], str) and len(noted["stamp"]) == 4 and Path(name).exists()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}  # made anew, at the price of reading the files
        return well

    def _remember(self, known: dict[str, dict[str, Any]]) -> None:
        new = self.folder / f".digests-{os.getpid()}-{secrets.token_hex(8)}"
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            new.write_text(json.dumps(known), encoding="utf-8")
            new.replace(self.folder / DIGESTS)

    def _path(self, key: str) -> Path:
        if not _NAME.fullmatch(key):
            raise ValueError(f"not a key of a cache: {key[:64]!r}")
        return self.folder / key

    def _move(self, fresh: Path, target: Path, key: str) -> None:
        """Put an entry in its place; one that another process has put there meanwhile stays."""
        for _ in range(2):
            try:
                fresh.rename(target)
            except OSError:
                if not target.exists():
                    raise
                if self.entry(key):
                    return
                odd = self.folder / f".odd-{os.getpid()}-{secrets.token_hex(8)}"
                with contextlib.suppress(OSError):
                    target.rename(odd)
                shutil.rmtree(odd, ignore_errors=True)
            else:
                return


def _write_manifest(folder: Path, key: str, owner: str) -> None:
    """Write down what is in a folder, last of all; every byte is on the disk before it."""
    files = {}
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            os.fsync(file.fileno())
        path.chmod(0o444)  # whoever truncates a mapped file takes the process down that maps it
        files[path.name] = {"sha256": _sum(path), "stamp": _stamp(path)}
    text = json.dumps({"format": FORMAT, "key": key, "owner": owner, "files": files})
    with (folder / MANIFEST).open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    (folder / MANIFEST).chmod(0o444)


def _verify(folder: Path, key: str) -> None:
    """Raise ValueError, or what reading raises, for an entry that is not as it was written."""
    manifest = json.loads((folder / MANIFEST).read_bytes())
    if manifest["format"] != FORMAT or manifest["key"] != key:
        raise ValueError("written by another program or under another key")
    present = {path.name for path in folder.iterdir()} - {MANIFEST}
    if present != set(manifest["files"]):
        raise ValueError("files are missing, or some are too many")
    for name, noted in manifest["files"].items():
        stamp = _stamp(folder / name)
        if stamp == noted["stamp"]:
            continue
        if stamp[1] != noted["stamp"][1] or _sum(folder / name) != noted["sha256"]:
            raise ValueError(f"{name} is not what was written")


def _stamp(path: Path) -> Stamp:
    """What changes when a file does: inode, size, time of change, time of change of its inode (ns)."""
    stat = path.stat()
    return [stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
