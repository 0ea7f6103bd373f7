"""GeoPackage, zipped Shapefile, FlatGeobuf, KML and KMZ: GDAL, in a child process only."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

import pandas as pd

from geo.model.messages import message
from geo.model.table_source import TableSource
from geo.model.tables import Raw
from geo.reading import defects
from geo.reading.readers import archives, sandbox
from geo.reading.readers.child_answer import raw_of
from geo.reading.readers.encoding import declared_encoding, guessed_encoding, proven_encoding
from geo.reading.readers.reader import Limits, Progress, Reader, bad, refused, reported, without_bom
from geo.reading.readers.xml_text import check_prolog

_SHAPEFILE_PARTS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")  # nothing else is unpacked
_LANGUAGE_BYTE: Final = 29  # of a .dbf: its "language driver"
_SAYS_NOTHING: Final = (0, 0x57)  # language drivers that name no encoding: none, and "ANSI"
_SAMPLE_BYTES: Final = 8 << 20  # of a .dbf from which its encoding is guessed
_MAC_FOLDER: Final = "__MACOSX/"
Place = Callable[[Path, Path, TableSource, Limits], Path]


def _reader(
    name: str, driver: str, suffixes: tuple[str, ...], heads: tuple[bytes, ...], says: str, place: Place
) -> Reader:
    def recognises(head: bytes, suffix: str) -> bool:
        return suffix in suffixes and without_bom(head).lstrip().startswith(heads)

    def read(path: Path, source: TableSource, limits: Limits, _progress: Progress | None = None) -> Raw:
        with sandbox.folder() as folder:
            ours = place(path, folder, source, limits)
            asked, results = source, list[pd.DataFrame]()
            if driver == "ESRI Shapefile":
                # in an archive the layer is chosen by its file's name, and the file now has ours
                encoding, results = _encoding(folder, source)
                asked = replace(source, layers=(), encoding=encoding)
            parsed = sandbox.run("gdal", ours, asked, limits, says=says, driver=driver)
            raw = raw_of(parsed, source, limits)
            results += [] if raw.defects is None else [raw.defects]
            return replace(raw, defects=defects.concat(results), notes=(*raw.notes, *_layers_read(parsed)))

    return Reader(name, suffixes, says, recognises, read)


def _layers_read(parsed: sandbox.SandboxAnswer) -> tuple[str, ...]:
    """Return a note that names the layers read where a file has several."""
    read, others = (parsed.answer.get(name, []) for name in ("layers", "others"))
    if len(read) < 2 and not others:
        return ()
    left = f"; not read: {', '.join(map(str, others[:8]))}" if others else ""
    return (f"layer {', '.join(repr(str(item)[:80]) for item in read[:8])} is read{left}",)


def copied(path: Path, folder: Path, _source: TableSource, _limits: Limits) -> Path:
    """Return a copy under our own name, so that nothing beside the file is found by its name."""
    ours = folder / f"input{path.suffix.lower()}"
    shutil.copyfile(path, ours)
    return ours


def _kml(path: Path, folder: Path, source: TableSource, limits: Limits) -> Path:
    ours = copied(path, folder, source, limits)
    check_prolog(ours.read_bytes(), path.name)
    return ours


def _kmz(path: Path, folder: Path, _source: TableSource, limits: Limits) -> Path:
    ours = folder / "input.kml"
    with archives.archive(path, limits) as opened:
        names = [name for name in opened.namelist() if name.lower().endswith(".kml")]
        main = [name for name in names if name.lower() == "doc.kml"] or names
        if len(main) != 1:
            several = message("it holds {n} .kml files; expected one, or one called doc.kml", n=len(names))
            raise bad(path.name, several)
        archives.extract(opened, {main[0]: ours}, path.name, limits)
    check_prolog(ours.read_bytes(), path.name)
    return ours


def _encoding(folder: Path, source: TableSource) -> tuple[str, list[pd.DataFrame]]:
    """Return in what the texts of input.dbf are written, "" to let its own word count, and what to report.

    Old programs say nothing, or "ANSI", which stands for the machine it was written on: then it is guessed
    as a text file's would be.
    """
    path = folder / "input.dbf"
    if source.encoding or not path.is_file():
        return (declared_encoding(source, source.path.name) if source.encoding else ""), []
    data = path.read_bytes()[:_SAMPLE_BYTES]
    declared = folder / "input.cpg"
    claim = declared.read_text("ascii", "ignore").strip().casefold() if declared.is_file() else ""
    is_said = bool(claim) or (len(data) > _LANGUAGE_BYTE and data[_LANGUAGE_BYTE] not in _SAYS_NOTHING)
    says_utf8 = claim in ("utf-8", "utf8", "65001")
    if data[32:].isascii() or (is_said and not says_utf8):
        return "", []
    body = data[32:].translate(None, bytes(range(32)))
    proven = proven_encoding(body)
    if proven:
        return proven, []
    guess = guessed_encoding(body)
    right = f'UTF-8, or encoding = "{guess}" declared for the table if the guess is right'
    return guess, reported("encoding_guessed", source, [0], values=[guess], expected=right)


def _shapefile(path: Path, folder: Path, source: TableSource, limits: Limits) -> Path:
    """Return the one .shp of an archive, unpacked with its parts as input.shp, input.dbf, …"""
    with archives.archive(path, limits) as opened:
        names = [n for n in opened.namelist() if not n.endswith("/") and not n.startswith(_MAC_FOLDER)]
        names = [name for name in names if not PurePosixPath(name).name.startswith(".")]
        stem = _chosen_stem(names, source, path.name)
        parts = {
            name: folder / f"input{PurePosixPath(name).suffix.lower()}"
            for name in names
            if name[: -len(PurePosixPath(name).suffix)].casefold() == stem.casefold()
            and PurePosixPath(name).suffix.lower() in _SHAPEFILE_PARTS
        }
        if len(set(parts.values())) < len(parts):
            raise refused(path.name, message("two of its members carry one name"))
        archives.extract(opened, parts, path.name, limits)
    return folder / "input.shp"


def _chosen_stem(names: list[str], source: TableSource, file: str) -> str:
    stems = [name[:-4] for name in names if name.lower().endswith(".shp")]
    if not stems:
        raise bad(file, message("it holds no .shp; a ZIP archive is read only as a zipped Shapefile"))
    if len(source.layers) > 1:
        raise bad(
            file,
            message("of an archive one layer is read; write one layer, or the layers as files of their own"),
        )
    wanted = source.layers[0] if source.layers else source.table
    chosen = [stem for stem in stems if PurePosixPath(stem).name.casefold() == wanted.casefold()]
    if not chosen and not source.layers and len(stems) == 1:
        chosen = stems
    if len(chosen) != 1:
        shown = ", ".join(PurePosixPath(stem).name[:80] for stem in stems[:20])
        several = message(
            'it holds several layers or not the one asked for; write layer = "…", one of: {detail}',
            detail=shown,
        )
        raise bad(file, several)
    return chosen[0]


GEOPACKAGE: Final = _reader("gpkg", "GPKG", (".gpkg",), (b"SQLite format 3\0",), "a GeoPackage", copied)
FLATGEOBUF: Final = _reader("fgb", "FlatGeobuf", (".fgb",), (b"fgb\x03fgb",), "FlatGeobuf", copied)
SHAPEFILE: Final = _reader(
    "shapefile", "ESRI Shapefile", (".zip",), (b"PK\x03\x04",), "a zipped Shapefile", _shapefile
)
KML: Final = _reader("kml", "LIBKML", (".kml",), (b"<",), "KML", _kml)
KMZ: Final = _reader("kmz", "LIBKML", (".kmz",), (b"PK\x03\x04",), "KMZ", _kmz)
