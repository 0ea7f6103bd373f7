"""Figures to take away: areas, cells and, where allowed, stations; each row says what it is.

With the figures goes the note of how they were made: inside GeoJSON as the member `methods`, in Parquet
as file metadata under the same key, in GeoPackage in the tables of its metadata extension. CSV has no
place for it, so that a plain reader is not broken: the zip holds the same CSV with `methods.txt` beside.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio

from geo.analysis.choice_analysis import Analysis
from geo.model import grid
from geo.model.errors import NotFound
from geo.model.snapshot import Snapshot
from geo.model.tables import LANGUAGES

# A spreadsheet runs a cell that starts like this; a quote before it makes it text again.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


NOTE: Final = "methods"  # what the note is called in every format
# In place of the clock: one snapshot gives one file, byte for byte.
_ALWAYS: Final = "2000-01-01T00:00:00.000Z"


@dataclass(frozen=True, slots=True)
class ExportLabel:
    """What every exported row says of itself. `method`: the sentence that stands under the map."""

    method: str
    licence: str
    source: str


class Writer(Protocol):
    """How a frame becomes a file: the layer's name where the format has one, and the methods note."""

    def __call__(self, frame: gpd.GeoDataFrame, layer: str, note: str = "") -> bytes: ...


@dataclass(frozen=True, slots=True)
class Format:
    """One file format: its suffix, media type, and how a frame becomes bytes."""

    suffix: str
    media_type: str
    write: Writer


def units(snapshot: Snapshot, analysis: Analysis, label: ExportLabel) -> gpd.GeoDataFrame:
    """Return one row per area or cell: every counter, statistic and status, EPSG:4326.

    Figures are those of `Analysis.frame`, unrounded; a figure that does not exist is empty, never 0.
    """
    frame = analysis.frame()
    areas = snapshot.registry.areas
    if analysis.kind == "area":
        for language in reversed(LANGUAGES):
            names = [areas.name(i, language) for i in analysis.unit.tolist()]
            frame.insert(1, f"name_{language}", np.array(names, dtype=object))
        outlines = areas.polygon[analysis.unit]
    else:
        outlines = grid.polygons(snapshot.cells)
    frame = _labelled(frame, snapshot, analysis, label)
    return gpd.GeoDataFrame(frame, geometry=list(outlines), crs="EPSG:4326")


def stations(snapshot: Snapshot, analysis: Analysis, label: ExportLabel) -> gpd.GeoDataFrame:
    """Return one row per station. Raises NotFound where station level may not be published."""
    if not may_show_stations(snapshot):
        raise NotFound("this mission does not publish single stations")
    frame = snapshot.stations_gdf(analysis.choice)
    points = frame.geometry
    plain = _labelled(pd.DataFrame(frame.drop(columns="geometry")), snapshot, analysis, label)
    return gpd.GeoDataFrame(plain, geometry=points, crs="EPSG:4326")


def may_show_stations(snapshot: Snapshot) -> bool:
    """Return whether single stations may leave the desk in a file.

    They may unless the mission is live, where mission.toml has to allow it.
    """
    return snapshot.mission.nature != "live" or snapshot.mission.disclosure.stations


def _labelled(
    frame: pd.DataFrame, snapshot: Snapshot, analysis: Analysis, label: ExportLabel
) -> pd.DataFrame:
    choice = analysis.choice
    said = {
        "nature": "SIMULATED" if snapshot.mission.nature == "simulated" else snapshot.mission.nature,
        "stage": choice.stage or "all",
        "severity_from": choice.severity,
        "categories": ";".join(choice.categories) or "all",
        "selection": snapshot.mission.selection,
        "as_of": snapshot.as_of.isoformat(),
        "version": snapshot.version,
        "method": label.method,
        "licence": label.licence,
        "source": label.source,
    }
    return frame.assign(**said)


def _csv(frame: gpd.GeoDataFrame, layer: str, note: str = "") -> bytes:  # noqa: ARG001 (a place for neither)
    plain = pd.DataFrame(frame.drop(columns="geometry"))
    for name in plain.columns:
        if not pd.api.types.is_numeric_dtype(plain[name]):
            plain[name] = plain[name].map(_disarmed)
    return plain.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def _disarmed(value: object) -> object:
    text = str(value)
    return f"'{value}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else value


def _geojson(frame: gpd.GeoDataFrame, layer: str, note: str = "") -> bytes:  # noqa: ARG001 (has no layers)
    """The note stands last: readers tell GeoJSON by what comes first."""
    body = str(frame.to_json(drop_id=True, na="null", ensure_ascii=False))
    return (
        f'{body[:-1]}, "{NOTE}": {json.dumps(note, ensure_ascii=False)}}}'.encode() if note else body.encode()
    )


def _geopackage(frame: gpd.GeoDataFrame, layer: str, note: str = "") -> bytes:
    with tempfile.TemporaryDirectory(prefix="baqylau-export-") as folder:
        path = Path(folder) / "export.gpkg"
        # GDAL stamps the file with the clock; one snapshot has one file, byte for byte
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _ALWAYS})
        frame.to_file(path, layer=layer, driver="GPKG", engine="pyogrio")
        if note:
            _describe(path, layer, note)
        return path.read_bytes()


# The metadata extension of the GeoPackage standard, OGC 12-128r18, annex F.8 and clause F.8.1.1.
_METADATA: Final = """
CREATE TABLE IF NOT EXISTS gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
  scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_metadata (
  id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, md_scope TEXT NOT NULL DEFAULT 'dataset',
  md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml',
  metadata TEXT NOT NULL DEFAULT '');
CREATE TABLE gpkg_metadata_reference (
  reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
  timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  md_file_id INTEGER NOT NULL, md_parent_id INTEGER,
  CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
  CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id));
"""
_EXTENSION: Final = "http://www.geopackage.org/spec120/#extension_metadata"
_STANDARD: Final = (
    "http://purl.org/dc/terms/description"  # plain words: the standard they follow is Dublin Core's
)


def _describe(path: Path, layer: str, note: str) -> None:
    """Put the note into a GeoPackage as metadata of its layer."""
    file = sqlite3.connect(path)
    try:
        file.executescript(_METADATA)
        for table in ("gpkg_metadata", "gpkg_metadata_reference"):
            row = (table, None, "gpkg_metadata", _EXTENSION, "read-write")
            file.execute("INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)", row)
        file.execute("INSERT INTO gpkg_metadata VALUES (1, 'dataset', ?, 'text/plain', ?)", (_STANDARD, note))
        file.execute(
            "INSERT INTO gpkg_metadata_reference VALUES ('table', ?, NULL, NULL, ?, 1, NULL)",
            (layer, _ALWAYS),
        )
        file.commit()
    finally:
        file.close()


def _geoparquet(frame: gpd.GeoDataFrame, layer: str, note: str = "") -> bytes:  # noqa: ARG001 (has no layers)
    buffer = BytesIO()
    frame.to_parquet(buffer, index=False, compression="zstd")
    if not note:
        return buffer.getvalue()
    table = pq.read_table(buffer)
    noted = BytesIO()
    said = {**(table.schema.metadata or {}), NOTE.encode(): note.encode()}
    pq.write_table(table.replace_schema_metadata(said), noted, compression="zstd")
    return noted.getvalue()


def _zip(frame: gpd.GeoDataFrame, layer: str, note: str = "") -> bytes:
    """The CSV and the note in one file, without a clock: one snapshot has one file, byte for byte."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, body in ((f"{layer}.csv", _csv(frame, layer)), (f"{NOTE}.txt", note.encode())):
            about = zipfile.ZipInfo(name)
            about.compress_type = zipfile.ZIP_DEFLATED
            about.external_attr = 0o644 << 16
            about.create_system = 3  # the same on every system
            archive.writestr(about, body)
    return buffer.getvalue()


FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        "csv": Format("csv", "text/csv; charset=utf-8", _csv),
        "zip": Format("zip", "application/zip", _zip),
        "geojson": Format("geojson", "application/geo+json", _geojson),
        "gpkg": Format("gpkg", "application/geopackage+sqlite3", _geopackage),
        "parquet": Format("parquet", "application/vnd.apache.parquet", _geoparquet),
    }
)
