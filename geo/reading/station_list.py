"""A list of stations that somebody brought: its columns guessed, its points read, nothing lost unsaid."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from geo.model.columns import FloatArray
from geo.model.messages import Message, message
from geo.model.table_source import TableSource
from geo.model.tables import AREAS, STATIONS, Raw
from geo.reading import defects, header_guesses, parse_points, readers
from geo.reading.check_boundaries import repair
from geo.reading.readers import UPLOAD, Limits
from geo.reading.readers.reader import bad, reported, unique_names

# What a person is asked for. Beside it only the stream is guessed, which keeps two voter lists of one number
# apart; the other columns of a table are for missions that are set up by hand.
ASKED: Final = ("name", "number", "lon", "lat", "address", "settlement", "voters")
SUFFIXES: Final = (".csv", ".tsv", ".txt", ".xlsx", ".geojson", ".json")
LARGEST: Final = 16 << 20  # bytes; a hundred thousand stations take less
BROUGHT: Final[Limits] = replace(UPLOAD, body_bytes=LARGEST, rows=200_000)
LONGEST_CELL: Final = 300  # characters of a name or an address that are kept


@dataclass(frozen=True, eq=False, slots=True)
class BroughtStations:
    """A list as read: N rows.

    `headers`: the file's, in its order. `columns`: our column → its header in the file. `lon`, `lat`: (N,)
    float64, degrees EPSG:4326, NaN for none. `defects`: what is odd about the file as a whole, the rows that
    are not among the N, and points that could not be read; columns by the file's headers.
    """

    raw: Raw
    headers: tuple[str, ...]
    columns: Mapping[str, str]
    lon: FloatArray
    lat: FloatArray
    defects: pd.DataFrame

    @property
    def n(self) -> int:
        """How many rows the list has."""
        return len(self.lon)

    @property
    def placed(self) -> int:
        """How many rows have a point on the map."""
        return int(np.isfinite(self.lon).sum())

    def first_rows(self, n: int) -> list[list[str]]:
        """Return the cells of the first n rows as short texts."""
        return [[_short(cell) for cell in row] for row in self.raw.cells.head(n).to_numpy().tolist()]


def read_list(
    path: Path, columns: Mapping[str, str] | None = None, limits: Limits = BROUGHT
) -> BroughtStations:
    """Return a CSV, XLSX or GeoJSON file as a list of stations.

    `columns`: our column → header as a person chose them, "" for none; what is not chosen is guessed.
    Raises InputError, and RefusedError for a file that is hostile or over a limit.
    """
    if path.suffix.lower() not in SUFFIXES:
        advice = readers.advice(path.suffix.lower())
        raise bad(
            path.name,
            Message(advice) if advice else message("only .csv, .xlsx and .geojson are taken here"),
        )
    source = TableSource("stations", path)
    raw = readers.read(source, limits=limits)
    headers = tuple(str(name) for name in raw.cells.columns)
    guessed = header_guesses.suggest(headers, STATIONS)
    chosen = {key: header for key, header in guessed.items() if key in (*ASKED, "stream")}
    chosen |= {key: header for key, header in (columns or {}).items() if key in ASKED}
    known = {key: header for key, header in chosen.items() if header in headers}
    problems = parse_points.crs_defects(raw, STATIONS, source)
    if problems:
        raise bad(
            path.name, message("its coordinates are in {crs}, which is not known here", crs=str(raw.crs))
        )
    points = parse_points.pair(raw, source, "lon", "lat", known)
    lon, lat = (side.to_numpy(dtype=np.float64) for side in (points.lon, points.lat))
    return BroughtStations(raw, headers, known, lon, lat, _defects(raw, source, known, points))


def _defects(
    raw: Raw, source: TableSource, columns: Mapping[str, str], points: parse_points.Points
) -> pd.DataFrame:
    """Return what the reader found, and the cells of coordinates that say no point."""
    frames = [raw.defects] if raw.defects is not None else []
    for name, issues in points.issues.items():
        header = columns.get(name, "")
        for issue in issues:
            cells = raw.cells[header].iloc[issue.at] if header else [""] * len(issue.at)
            frames += reported(
                issue.code, source, raw.row_numbers[issue.at], column=header,
                values=[_short(cell) for cell in cells],
                expected=issue.expected if isinstance(issue.expected, str) else issue.expected.tolist(),
            )  # fmt: skip
    return defects.concat(frames)


def texts(brought: BroughtStations, column: str) -> pd.Series[Any]:
    """Return a column's cells as short texts of one line, "" where the file has none."""
    if column not in brought.columns:
        return pd.Series([""] * brought.n, dtype=object)
    cells = brought.raw.cells[brought.columns[column]].astype(object)
    return cells.map(_short).reset_index(drop=True)


def _short(cell: object) -> str:
    """Return a cell as one line; whole numbers that a sheet keeps as 12.0 without their fraction."""
    if cell is None or cell != cell:
        return ""
    text = re.sub(r"(?<=\d)\.0$", "", str(cell).strip())
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:LONGEST_CELL]


def read_boundaries(path: Path, limits: Limits = BROUGHT) -> pd.DataFrame:
    """Return area_id, name_en and `geometry` (polygons, EPSG:4326) of a GeoJSON file of boundaries.

    Without a column of ids the areas are numbered; without one of names they are called by their id.
    What is no polygon is left out. Raises InputError where none is, and where corners are not in degrees.
    """
    source = TableSource("areas", path)
    raw = readers.read(source, limits=limits)
    shapes = raw.geometry if raw.geometry is not None else np.empty(0, dtype=object)
    if parse_points.epsg_of(parse_points.declared(raw, source)) != parse_points.WGS84:
        raise bad(path.name, message("boundaries have to be in longitude and latitude (EPSG:4326)"))
    if len(shapes) and not parse_points.on_earth(shapely.bounds(shapes)[~shapely.is_missing(shapes)]).all():
        raise bad(path.name, message("boundaries have to be in degrees; their corners lie beyond 180 or 90"))
    kinds = shapely.get_type_id(shapes)
    is_polygon = (kinds == shapely.GeometryType.POLYGON) | (kinds == shapely.GeometryType.MULTIPOLYGON)
    if not is_polygon.any():
        raise bad(path.name, message("it holds no boundaries; areas are polygons"))
    likely = header_guesses.suggest([str(name) for name in raw.cells.columns], AREAS)
    cells = raw.cells[is_polygon].reset_index(drop=True)
    own = cells[likely["area_id"]].map(_short) if "area_id" in likely else pd.Series("", index=cells.index)
    own = own.mask(own.duplicated(), "")
    ids = pd.Series(unique_names([name or f"area-{i + 1}" for i, name in enumerate(own)])[0], dtype=object)
    named = next((likely[key] for key in ("name_en", "name_ru", "name_kk") if key in likely), None)
    names = cells[named].map(_short) if named else ids
    mended = repair(np.asarray(shapes[is_polygon], dtype=object))
    frame = pd.DataFrame({"area_id": ids, "name_en": names.where(names != "", ids)}).assign(geometry=mended)
    return frame[frame["geometry"].notna()].reset_index(drop=True)
