"""A zip of one table: a form's CSVs as a platform packs them, any file that is read here, a Shapefile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

from geo.model.errors import InputError
from geo.model.messages import Value, message, with_texts
from geo.model.table_source import TableSource
from geo.model.tables import Raw
from geo.reading.readers import archives, sandbox
from geo.reading.readers.reader import Limits, Progress, Reader, bad

Inner = Callable[[TableSource, Progress | None, Limits], Raw]
_SHAPEFILE: Final = ".shp"
_NO_TABLE: Final = frozenset({".txt", ".xml", ".html"})  # a licence, metadata: read only if asked for
_MOST_NAMED: Final = 12
_MAC_FOLDER: Final = "__MACOSX"


def reader(readers: tuple[Reader, ...], shapefile: Reader, inner: Inner) -> Reader:
    """Return the reader of archives over the readers of what may be in them.

    `inner`: reads the member taken out, by the reader that recognises it.
    """
    suffixes = {suffix for item in readers for suffix in item.suffixes} - {".zip", ".kmz"}

    def recognises(head: bytes, suffix: str) -> bool:
        return suffix == ".zip" and head.startswith(b"PK\x03\x04")

    def read(path: Path, source: TableSource, limits: Limits, progress: Progress | None = None) -> Raw:
        with archives.archive(path, limits) as opened:
            names = [name for name in opened.namelist() if not name.endswith("/")]
            if any(name.lower().endswith(_SHAPEFILE) for name in names):
                return shapefile.read(path, source, limits, progress)
            member, others = _chosen(names, suffixes, source, path.name)
            with sandbox.folder() as folder:
                ours = folder / f"member{PurePosixPath(member).suffix.lower()}"
                archives.extract(opened, {member: ours}, path.name, limits)
                try:
                    raw = inner(replace(source, path=ours, layers=()), progress, limits)
                except InputError as error:  # says "member.csv: …": our own name, which nobody knows
                    place = message(
                        "{file}: {member} in it", file=path.name, member=PurePosixPath(member).name[:80]
                    )
                    renamed = with_texts(error.said, lambda text: place if text == ours.name else text)
                    raise type(error)(renamed) from error
        return _named(raw, source, member, others)

    return Reader("zip", (".zip",), "a zip of one table", recognises, read)


def _chosen(names: list[str], suffixes: set[str], source: TableSource, file: str) -> tuple[str, list[str]]:
    """Return the member asked for, or called like the table, or the only table, and the others' names.

    A platform calls a form's repeated groups by the form's name and theirs: the shortest name is the form.
    """
    tables = [
        name for name in names if PurePosixPath(name).suffix.lower() in suffixes and not _is_hidden(name)
    ]
    wanted = [name.casefold() for name in (source.layers or (source.table,))]
    same = [
        name
        for name in tables
        if {PurePosixPath(name).name.casefold(), PurePosixPath(name).stem.casefold()} & set(wanted)
    ]
    plain = [name for name in tables if PurePosixPath(name).suffix.lower() not in _NO_TABLE]
    if not same and not source.layers and plain:
        main = min(plain, key=lambda name: (len(PurePosixPath(name).stem), name))
        stem = PurePosixPath(main).stem
        is_form = all(PurePosixPath(name).stem.startswith(stem) for name in plain)
        same = [main] if is_form and (len(plain) == 1 or source.table == "visits") else []
    if len(same) != 1:
        shown = ", ".join(PurePosixPath(name).name[:80] for name in (plain or names)[:_MOST_NAMED])
        if not plain:
            holds: Value = shown or message("nothing")
            raise bad(
                file, message("no zipped Shapefile and no table that is read; it holds {shown}", shown=holds)
            )
        several = message(
            "it holds several tables or not the one asked for; "
            'write layer = "…", one of: {shown}, or unpack it and name the file',
            shown=shown,
        )
        raise bad(file, several)
    return same[0], [PurePosixPath(name).name for name in tables if name != same[0]]


def _is_hidden(name: str) -> bool:
    """Return whether a member is for a program, not for people; "./visits.csv" is visits.csv."""
    parts = PurePosixPath(name).parts
    return parts[0] == _MAC_FOLDER or any(part.startswith(".") for part in parts)


def _named(raw: Raw, source: TableSource, member: str, others: list[str]) -> Raw:
    """Return a member's table under the archive's name, with a note that says which member was read."""
    file = source.path.name
    left = f"; not read: {', '.join(item[:80] for item in others[:_MOST_NAMED])}" if others else ""
    results = raw.defects if raw.defects is None else raw.defects.assign(file=file)
    note = f"{PurePosixPath(member).name[:80]!r} of the archive is read{left}"
    return replace(raw, file=file, defects=results, notes=(note, *raw.notes))
