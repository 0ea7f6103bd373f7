"""GeoPackage, zipped Shapefile, FlatGeobuf, KML and KMZ: GDAL, in a child process only."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

from geo.mission import TableSource
from geo.readers import sandbox, unpack
from geo.readers.base import Limits, Progress, Reader, bad, refused, without_bom
from geo.readers.binary import raw_of
from geo.readers.xml_text import check_prolog
from geo.tables import Raw

# Parts of a Shapefile that are used, and those that are ignored; anything else is not a Shapefile's.
_SHAPEFILE_PARTS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_SHAPEFILE_IGNORED: Final = (".qix", ".sbn", ".sbx", ".xml", ".qpj", ".qmd", ".qml", ".txt", ".pdf", ".html")
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
            # in an archive the layer is chosen by its file's name, and the file now has ours
            asked = replace(source, layer="") if driver == "ESRI Shapefile" else source
            parsed = sandbox.run("gdal", ours, asked, limits, says=says, driver=driver)
            return raw_of(parsed, source, limits)

    return Reader(name, suffixes, says, recognises, read)


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
    with unpack.archive(path, limits) as opened:
        names = [name for name in opened.namelist() if name.lower().endswith(".kml")]
        main = [name for name in names if name.lower() == "doc.kml"] or names
        if len(main) != 1:
            raise bad(path.name, f"it holds {len(names)} .kml files; expected one, or one called doc.kml")
        unpack.extract(opened, {main[0]: ours}, path.name, limits)
    check_prolog(ours.read_bytes(), path.name)
    return ours


def _shapefile(path: Path, folder: Path, source: TableSource, limits: Limits) -> Path:
    """Return the one .shp of an archive, unpacked with its parts as input.shp, input.dbf, …"""
    with unpack.archive(path, limits) as opened:
        names = [n for n in opened.namelist() if not n.endswith("/") and not n.startswith(_MAC_FOLDER)]
        names = [name for name in names if not PurePosixPath(name).name.startswith(".")]
        for name in names:
            if PurePosixPath(name).suffix.lower() not in _SHAPEFILE_PARTS + _SHAPEFILE_IGNORED:
                raise refused(path.name, f"it holds {name[:80]!r}, which is no part of a Shapefile")
        stem = _chosen_stem(names, source, path.name)
        parts = {
            name: folder / f"input{PurePosixPath(name).suffix.lower()}"
            for name in names
            if name[: -len(PurePosixPath(name).suffix)].casefold() == stem.casefold()
            and PurePosixPath(name).suffix.lower() in _SHAPEFILE_PARTS
        }
        if len(set(parts.values())) < len(parts):
            raise refused(path.name, "two of its members carry one name")
        unpack.extract(opened, parts, path.name, limits)
    return folder / "input.shp"


def _chosen_stem(names: list[str], source: TableSource, file: str) -> str:
    stems = [name[:-4] for name in names if name.lower().endswith(".shp")]
    if not stems:
        raise bad(file, "it holds no .shp; a ZIP archive is read only as a zipped Shapefile")
    wanted = source.layer or source.table
    chosen = [stem for stem in stems if PurePosixPath(stem).name.casefold() == wanted.casefold()]
    if not chosen and not source.layer and len(stems) == 1:
        chosen = stems
    if len(chosen) != 1:
        shown = ", ".join(PurePosixPath(stem).name[:80] for stem in stems[:20])
        raise bad(
            file, f'it holds several layers or not the one asked for; write layer = "…", one of: {shown}'
        )
    return chosen[0]


GEOPACKAGE: Final = _reader("gpkg", "GPKG", (".gpkg",), (b"SQLite format 3\0",), "a GeoPackage", copied)
FLATGEOBUF: Final = _reader("fgb", "FlatGeobuf", (".fgb",), (b"fgb\x03fgb",), "FlatGeobuf", copied)
SHAPEFILE: Final = _reader(
    "shapefile", "ESRI Shapefile", (".zip",), (b"PK\x03\x04",), "a zipped Shapefile", _shapefile
)
KML: Final = _reader("kml", "LIBKML", (".kml",), (b"<",), "KML", _kml)
KMZ: Final = _reader("kmz", "LIBKML", (".kmz",), (b"PK\x03\x04",), "KMZ", _kmz)
