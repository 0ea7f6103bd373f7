"""Archives from outside, unpacked member by member with every size counted as it comes."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Final

from geo.model.errors import InputError
from geo.model.messages import message
from geo.reading.readers.reader import MIB, Limits, bad, megabytes, refused

_PIECE: Final = MIB
_RATIO_FROM: Final = 4 * MIB  # a small file of blanks may well shrink a thousandfold
_DIRECTORY_BYTES: Final = MIB  # list of members; zipfile builds an object for each before one can count
_ARCHIVES: Final = frozenset({".zip", ".7z", ".rar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".tar", ".kmz"})
_ARCHIVE_HEADS: Final = (
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"7z\xbc\xaf",
    b"Rar!",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
)
_BROKEN: Final = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
    KeyError,
)


@contextmanager
def archive(path: Path, limits: Limits) -> Iterator[zipfile.ZipFile]:
    """Yield an archive whose list of members has been checked; nothing is unpacked yet.

    Raises RefusedError for too many members, unsafe or repeated names, links, passwords and
    archives within.
    """
    file = path.name
    _check_directory(path)
    try:
        with zipfile.ZipFile(path) as opened:
            _check_members(opened.infolist(), file, limits)
            yield opened
    except InputError:
        raise
    except _BROKEN:
        raise refused(file, message("it is a damaged archive, or lies about its members")) from None


def extract(opened: zipfile.ZipFile, names: dict[str, Path], file: str, limits: Limits) -> None:
    """Write members to files of our own names, counting bytes across all of them."""
    total = 0
    for name, target in names.items():
        with target.open("wb") as out:
            for piece in pieces(opened, name, file, limits, total):
                total += len(piece)
                out.write(piece)


def pieces(
    opened: zipfile.ZipFile, name: str, file: str, limits: Limits, already: int = 0
) -> Iterator[bytes]:
    """Yield a member's bytes. Raises RefusedError as soon as they are too many."""
    packed = max(opened.getinfo(name).compress_size, 1)
    count = 0
    with opened.open(name) as stream:
        while piece := _read(stream, file):
            count += len(piece)
            if already + count > limits.unpacked_bytes:
                raise refused(
                    file, message("it unpacks to more than {size}", size=megabytes(limits.unpacked_bytes))
                )
            if count > _RATIO_FROM and count > limits.ratio * packed:
                raise refused(
                    file,
                    message(
                        "{name} unpacks to more than {n} times its size", name=_shown(name), n=limits.ratio
                    ),
                )
            if count == len(piece) and piece.startswith(_ARCHIVE_HEADS):
                raise refused(file, message("{name} is an archive within the archive", name=_shown(name)))
            yield piece


def check_sizes(path: Path, limits: Limits) -> None:
    """Raise RefusedError if an archive, unpacked into nothing, goes over a limit or is damaged."""
    with archive(path, limits) as opened:
        total = 0
        for name in opened.namelist():
            if not name.endswith("/"):
                for piece in pieces(opened, name, path.name, limits, total):
                    total += len(piece)


def _read(stream: IO[bytes], file: str) -> bytes:
    try:
        return stream.read(_PIECE)
    except (OSError, *_BROKEN):
        raise refused(file, message("it is a damaged archive, or lies about its sizes")) from None


def _check_directory(path: Path) -> None:
    """Look at the archive's end before zipfile does: it would build a million entries first."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        # the record of the end takes 22 bytes and a comment of up to 65,535; one of ZIP64 stands before it
        stream.seek(max(0, size - 65_557 - 20))
        tail = stream.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) - end < 22:
        raise bad(path.name, message("it is not a ZIP archive, or was cut off"))
    directory_bytes = int.from_bytes(tail[end + 12 : end + 16], "little")
    if directory_bytes > _DIRECTORY_BYTES or b"PK\x06\x07" in tail:
        raise refused(path.name, message("its list of members is too long"))


def _check_members(members: list[zipfile.ZipInfo], file: str, limits: Limits) -> None:
    if len(members) > limits.members:
        raise refused(
            file, message("it has {n} members, more than {most}", n=len(members), most=limits.members)
        )
    if len({member.filename for member in members}) < len(members):
        raise refused(file, message("two of its members carry one name"))
    for member in members:
        name = member.filename
        parts = PurePosixPath(name).parts
        mode = member.external_attr >> 16
        if not name or name.startswith("/") or "\\" in name or ":" in name or ".." in parts:
            raise refused(file, message("its member {name} points outside the archive", name=_shown(name)))
        if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise refused(file, message("its member {name} is a link or a device", name=_shown(name)))
        if member.flag_bits & 0x1:
            raise refused(file, message("its member {name} has a password", name=_shown(name)))
        if PurePosixPath(name).suffix.lower() in _ARCHIVES:
            raise refused(file, message("{name} is an archive within the archive", name=_shown(name)))


def _shown(name: str) -> str:
    return repr(name[:80])
