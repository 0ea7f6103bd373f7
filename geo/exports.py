"""Figures to take away: areas, cells and, where allowed, stations; each row says what it is."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from geo import grid
from geo.analysis import Analysis
from geo.errors import NotFound
from geo.snapshot import Snapshot
from geo.tables import LANGUAGES

# A spreadsheet runs a cell that starts like this; a quote before it makes it text again.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Label:
    """What every exported row says of itself. `method`: the sentence that stands under the map."""

    method: str
    licence: str
    source: str


@dataclass(frozen=True, slots=True)
class Format:
    """One file format: its suffix, media type, and how a frame becomes bytes."""

    suffix: str
    media_type: str
    write: Callable[[gpd.GeoDataFrame, str], bytes]


def units(snapshot: Snapshot, analysis: Analysis, label: Label) -> gpd.GeoDataFrame:
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


def stations(snapshot: Snapshot, analysis: Analysis, label: Label) -> gpd.GeoDataFrame:
    """Return one row per station. Raises NotFound where station level may not be published."""
    if not may_show_stations(snapshot):
        raise NotFound("this mission does not publish single stations")
    frame = snapshot.stations_gdf(analysis.choice)
    points = frame.geometry
    plain = _labelled(pd.DataFrame(frame.drop(columns="geometry")), snapshot, analysis, label)
    return gpd.GeoDataFrame(plain, geometry=points, crs="EPSG:4326")


def may_show_stations(snapshot: Snapshot) -> bool:
    """Return whether single stations may leave the desk: already public, invented, or cleared."""
    return snapshot.mission.nature != "live" or snapshot.mission.disclosure.stations


def _labelled(frame: pd.DataFrame, snapshot: Snapshot, analysis: Analysis, label: Label) -> pd.DataFrame:
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


def _csv(frame: gpd.GeoDataFrame, _: str) -> bytes:
    plain = pd.DataFrame(frame.drop(columns="geometry"))
    for name in plain.columns:
        if not pd.api.types.is_numeric_dtype(plain[name]):
            plain[name] = plain[name].map(_disarmed)
    return plain.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def _disarmed(value: object) -> object:
    text = str(value)
    return f"'{value}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else value


def _geojson(frame: gpd.GeoDataFrame, _: str) -> bytes:
    return str(frame.to_json(drop_id=True, na="null", ensure_ascii=False)).encode()


def _geopackage(frame: gpd.GeoDataFrame, layer: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="baqylau-export-") as folder:
        path = Path(folder) / "export.gpkg"
        # GDAL stamps the file with the clock; one snapshot has one file, byte for byte
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z"})
        frame.to_file(path, layer=layer, driver="GPKG", engine="pyogrio")
        return path.read_bytes()


def _geoparquet(frame: gpd.GeoDataFrame, _: str) -> bytes:
    buffer = BytesIO()
    frame.to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        "csv": Format("csv", "text/csv; charset=utf-8", _csv),
        "geojson": Format("geojson", "application/geo+json", _geojson),
        "gpkg": Format("gpkg", "application/geopackage+sqlite3", _geopackage),
        "parquet": Format("parquet", "application/vnd.apache.parquet", _geoparquet),
    }
)
