"""Small missions with one trap each: a sound one to begin with, and what `check` makes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import shapely

from geo.commands.check import check_mission
from geo.model.snapshot import Snapshot
from geo.serving import build_snapshot

TOML = (
    '[mission]\ntitle = "Trial"\nelection_date = 2005-12-04\ntime_zone = "Asia/Almaty"\n'
    'nature = "public_source"\nas_of = "2005-12-10T12:00"\n'
)
STATION_COLUMNS = ["area_id", "number", "lon", "lat", "voters"]
STATIONS: list[list[Any]] = [
    [area, str(n), round(70 + 0.3 * n, 1), lat, 500 + 100 * n]
    for area, lat in (("N", 51.4), ("S", 50.4))
    for n in range(1, 6)
]
VISIT_COLUMNS = [
    "visit_id",
    "area_id",
    "number",
    "team_id",
    "stage",
    "arrived",
    "left",
    "verification",
    "answered",
]
_DAY = "2005-12-04"
VISITS: list[list[Any]] = [
    [
        f"v{i}",
        *row[:2],
        f"T{i % 3}",
        "voting",
        f"{_DAY} {8 + i:02}:15",
        f"{_DAY} {8 + i:02}:50",
        "verified",
        "*",
    ]
    for i, row in enumerate(STATIONS)
]
INCIDENT_COLUMNS = ["incident_id", "visit_id", "category", "verification", "publication"]
INCIDENTS = [["i1", "v0", "queue", "verified", "public"], ["i2", "v1", "sealed", "verified", "public"]]
CATEGORY_COLUMNS = ["category", "title_en", "severity", "phase", "public"]
CATEGORIES = [
    ["sealed", "Ballot box not sealed", "high", "opening", "yes"],
    ["queue", "Long queue", "medium", "voting", "yes"],
]
AREAS = {"N": shapely.box(70, 51, 72, 52), "S": shapely.box(70, 50, 72, 51)}


def csv_text(columns: list[str], rows: list[list[Any]]) -> str:
    """Return a comma-separated table; no cell of these holds a comma or a quote."""
    return "\n".join(",".join(str(cell) for cell in row) for row in [columns, *rows]) + "\n"


def feature(area: str, shape: shapely.Geometry | None, **properties: Any) -> dict[str, Any]:
    geometry = None if shape is None else shapely.geometry.mapping(shape)
    about = {"area_id": area, "name_en": f"Area {area}", **properties}
    return {"type": "Feature", "properties": about, "geometry": geometry}


def geojson(features: list[dict[str, Any]]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


def mission(folder: Path, settings: str = "", **files: str | bytes | None) -> Path:
    """Write a sound mission of two areas, ten stations and ten visits, with these files in place of its own.

    `files`: name with "__" for the dot → what is in it; None leaves a table out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    whole: dict[str, str | bytes | None] = {
        "areas__geojson": geojson([feature(name, shape) for name, shape in AREAS.items()]),
        "stations__csv": csv_text(STATION_COLUMNS, STATIONS),
        "visits__csv": csv_text(VISIT_COLUMNS, VISITS),
        "incidents__csv": csv_text(INCIDENT_COLUMNS, INCIDENTS),
        "categories__csv": csv_text(CATEGORY_COLUMNS, CATEGORIES),
        "mission__toml": TOML + settings,
    }
    replaced = {name.split("__")[0] for name in files}
    whole = {name: body for name, body in whole.items() if name.split("__")[0] not in replaced} | files
    for name, body in whole.items():
        if body is not None:
            data = body.encode() if isinstance(body, str) else body
            (folder / name.replace("__", ".")).write_bytes(data)
    return folder


def checked(folder: Path) -> dict[str, Any]:
    """Return the card of a mission; its defects as code → how many."""
    card = check_mission(folder)
    return card | {"codes": {group["code"]: group["n"] for group in card["defects"]}}


def built(folder: Path) -> Snapshot:
    return build_snapshot.snapshot(folder)


def examples(card: dict[str, Any], code: str) -> str:
    """Return what is said about one kind of defect, all of its examples in one text."""
    return "\n".join(text for group in card["defects"] if group["code"] == code for text in group["examples"])


def workbook(
    path: Path, *sheets: tuple[str, list[list[Any]]], hidden: tuple[str, ...] = ()
) -> openpyxl.Workbook:
    """Return a workbook of these sheets, saved; to be saved again after changes."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        if title in hidden:
            sheet.sheet_state = "hidden"
    book.save(path)
    return book
