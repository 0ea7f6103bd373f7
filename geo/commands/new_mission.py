"""A mission folder out of one list of stations: areas offered, every row placed, mission.toml last."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final
from zoneinfo import available_timezones

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc
import shapely

from geo.model.columns import FloatArray
from geo.model.errors import InputError
from geo.model.messages import message
from geo.model.mission import FILE, RESERVED_SLUGS, YEARS, has_elections
from geo.model.snapshot import Snapshot
from geo.reading.defects import severity_of
from geo.reading.readers.reader import bad
from geo.reading.station_list import BroughtStations, read_boundaries, read_list, texts
from geo.serving.own_missions import OwnMissions

PROVINCES: Final = Path(__file__).parents[2] / "data" / "provinces" / "admin1.parquet"
OFFERED: Final = 3  # countries; a list of stations lies in one, and a slip of the finger in others
NEAR_DEGREES: Final = 0.1  # a station so far outside all areas still belongs to the nearest: coasts are rough
HULL_MARGIN: Final = 0.05  # degrees around the outermost stations
LONGEST_TITLE: Final = 120
STATIONS: Final = "stations.csv"  # of a mission folder
BESIDE: Final = r" \(row \d+\)$"  # what `_stations` writes beside a number that stands twice
TEXTS: Final = ("name", "address", "settlement")


@dataclass(frozen=True, slots=True)
class AreaOffer:
    """Areas that a list may be divided into. `code`: what chooses them; `units`: how many areas they are."""

    code: str
    name: str
    units: int
    stations: int


@dataclass(frozen=True, slots=True)
class NewMission:
    """What a person decides. `areas`: an offer's code, "hull", or "file" for boundaries of their own."""

    title: str
    election_date: date
    time_zone: str
    areas: str
    boundaries: Path | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the rows: `placed` of `n` are on the map, `renamed` had another's number.

    `unread`: rows of the file beside these n, set aside because they are no rows of its table.
    """

    folder: Path
    n: int
    placed: int
    outside: int
    renamed: int
    has_voters: bool
    unread: int


def offers(brought: BroughtStations) -> list[AreaOffer]:
    """Return the areas offered for a list: the units of the countries its points lie in, or each whole."""
    known = _provinces()
    lon, lat = brought.lon[np.isfinite(brought.lon)], brought.lat[np.isfinite(brought.lon)]
    tree = shapely.STRtree(known["geometry"].to_numpy())
    _, unit = (
        tree.query(shapely.points(lon, lat), predicate="within") if len(lon) else (lon, np.empty(0, int))
    )
    inside = known.iloc[unit]["country"].value_counts().head(OFFERED)
    results: list[AreaOffer] = []
    for country, n in inside.items():
        units = known[known["country"] == country]
        title = str(units["country_name"].iloc[0])
        results.append(AreaOffer(f"units-{country}", title, len(units), int(n)))
        results.append(AreaOffer(f"whole-{country}", title, 1, int(n)))
    return sorted(results, key=lambda offer: (-offer.stations, -offer.units))


def zone_near(brought: BroughtStations) -> str:
    """Return the IANA time zone whose city, in the points' country, is nearest to them; "UTC" without any."""
    is_placed = np.isfinite(brought.lon)
    if not is_placed.any():
        return "UTC"
    names, country, lon, lat = _zones()
    inside = [offer.code.partition("-")[2] for offer in offers(brought)[:1]]
    known = _provinces()
    codes = known[known["country"].isin(inside)]["country_code"].to_numpy(dtype=object)
    is_here = np.isin(country, codes)
    x, y = float(np.median(brought.lon[is_placed])), float(np.median(brought.lat[is_placed]))
    east = ((lon - x + 180) % 360 - 180) * np.cos(np.radians(y))
    away = east**2 + (lat - y) ** 2
    return names[int(np.argmin(np.where(is_here, away, np.inf) if is_here.any() else away))]


def write(into: Path, slug: str, chosen: NewMission, brought: BroughtStations, file: str = "") -> Written:
    """Write the mission folder `into/slug`, mission.toml last: an interrupted folder is no mission.

    `file`: what the person calls the list, its own name if not given. Raises InputError for a title, a day,
    a zone or areas that cannot be, where no row has a point, and where the folder is there already.
    """
    title = one_line(chosen.title)
    if not title:
        raise InputError(message("a map needs a title"))
    if chosen.time_zone not in available_timezones():
        raise InputError(
            message("{zone} is not a time zone such as Asia/Almaty", zone=repr(chosen.time_zone[:40]))
        )
    if not has_elections(chosen.election_date):
        first, last = map(str, YEARS)
        raise InputError(
            message("the year of the election lies between {first} and {last}", first=first, last=last)
        )
    if not brought.placed:
        raise bad(brought.raw.file, message("no row has a longitude and a latitude"))
    areas = _areas(chosen, brought)
    stations, renamed = _stations(brought, areas)
    folder = into / slug
    try:
        folder.mkdir(parents=True)
    except FileExistsError:  # two requests at once were given the same free name
        raise InputError(
            message("a map called {slug} was made a moment ago; make this one once more", slug=slug)
        ) from None
    shapes = shapely.to_geojson(areas["geometry"].to_numpy())
    lines = [
        f'{{"type": "Feature", "properties": {json.dumps(row, ensure_ascii=False)}, "geometry": {shape}}}'
        for row, shape in zip(areas.drop(columns="geometry").to_dict("records"), shapes, strict=True)
    ]
    text = ",\n".join(lines)
    _write(folder / "areas.geojson", f'{{"type": "FeatureCollection", "features": [\n{text}\n]}}\n')
    _write(folder / STATIONS, stations.to_csv(index=False, lineterminator="\n"))
    _write(folder / FILE, _mission_toml(title, chosen, file or brought.raw.file))
    is_outside = (stations["area_id"] == "") & (stations["lon"] != "")
    has_voters = bool((stations["voters"] != "").any())
    unread = int((brought.defects["code"].map(severity_of) == "rejected").sum())
    return Written(folder, brought.n, brought.placed, int(is_outside.sum()), renamed, has_voters, unread)


def by_own_rows(folder: Path, frame: pd.DataFrame, file: str) -> pd.DataFrame:
    """Return a map's defects with those of `STATIONS` under the rows of the list it was written from.

    `file`: what that list is called. As they are where somebody has written that table anew.
    """
    is_ours = frame["file"] == STATIONS
    has_row = is_ours & (frame["row"] > 0)
    try:
        lines = pd.read_csv(folder / STATIONS, usecols=["locator"], dtype=str, keep_default_na=False)
        rows = pd.to_numeric(lines["locator"].str.removeprefix("row ")).astype("int64")
        frame = frame.assign(file=frame["file"].mask(is_ours, file))
        frame.loc[has_row, "row"] = rows.to_numpy()[
            frame.loc[has_row, "row"].to_numpy() - 2
        ]  # below the header
    except (OSError, ValueError, IndexError):
        return frame
    return frame


def shared_numbers(snapshot: Snapshot) -> int:
    """Return how many stations of a map have their row beside a number that another one has, too."""
    numbers = snapshot.registry.stations.number
    return int(pc.sum(pc.match_substring_regex(numbers, BESIDE)).as_py() or 0)


def free_slug(title: str, taken: set[str]) -> str:
    """Return a new name for an address: letters and digits of the title, or "map", numbered if taken.

    >>> free_slug("Stations, Aktobe 2026", {"stations-aktobe-2026"}), free_slug("Карта", set())
    ('stations-aktobe-2026-2', 'map')
    """
    stem = re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")[:40].strip("-")
    taken = taken | RESERVED_SLUGS
    names = (stem or "map" if n == 1 else f"{stem or 'map'}-{n}" for n in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def one_line(text: str) -> str:
    """Return a text as one printable line of at most `LONGEST_TITLE` characters."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:LONGEST_TITLE]


def _areas(chosen: NewMission, brought: BroughtStations) -> pd.DataFrame:
    """Return area_id, level, names and geometry of the areas chosen. Raises InputError."""
    kind, _, country = chosen.areas.partition("-")
    known = _provinces()
    units = known[known["country"] == country]
    if chosen.areas == "file" and chosen.boundaries is not None:
        frame = read_boundaries(chosen.boundaries)
    elif chosen.areas == "hull":
        is_placed = np.isfinite(brought.lon)
        around = shapely.convex_hull(shapely.multipoints(_points(brought)[is_placed]))
        frame = pd.DataFrame({"area_id": ["all"], "name_en": ["All stations"]})
        frame = frame.assign(geometry=np.array([shapely.buffer(around, HULL_MARGIN)], dtype=object))
    elif kind == "units" and len(units):
        frame = units[["area_id", "name_en", "name_ru", "geometry"]]
    elif kind == "whole" and len(units):
        frame = pd.DataFrame({"area_id": [country], "name_en": [units["country_name"].iloc[0]]})
        frame = frame.assign(
            geometry=np.array([shapely.union_all(units["geometry"].to_numpy())], dtype=object)
        )
    else:
        raise InputError(message("the areas chosen are not among those offered"))
    return frame.assign(level=1).reset_index(drop=True)


def _stations(brought: BroughtStations, areas: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return stations.csv as text cells, one row per row of the file, and how many got a number of ours."""
    row = pd.Series(brought.raw.row_numbers.astype(str), dtype=object)
    frame = pd.DataFrame({name: texts(brought, name) for name in TEXTS})
    frame.insert(0, "number", texts(brought, "number"))
    frame.insert(0, "area_id", _area_of(brought, areas))
    frame.insert(2, "stream", texts(brought, "stream"))
    is_empty = frame["number"] == ""
    frame["number"] = frame["number"].where(~is_empty, "row " + row)
    is_twin = frame.duplicated(["area_id", "number", "stream"], keep=False) & ~is_empty
    frame["number"] = frame["number"].where(~is_twin, frame["number"] + " (row " + row + ")")
    for name, side in (("lon", brought.lon), ("lat", brought.lat)):
        frame[name] = ["" if value != value else f"{value:.6f}" for value in side]
    frame["voters"] = texts(brought, "voters")
    frame["locator"] = "row " + row
    return frame, int(is_twin.sum())


def _area_of(brought: BroughtStations, areas: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Return the id of the area each point lies in, else of the nearest within reach, else ""."""
    results = np.full(brought.n, "", dtype=object)
    present = np.flatnonzero(np.isfinite(brought.lon))
    tree = shapely.STRtree(areas["geometry"].to_numpy())
    points = _points(brought)[present]
    at, area = tree.query_nearest(points, max_distance=NEAR_DEGREES, all_matches=False)
    results[present[at]] = areas["area_id"].to_numpy()[area]
    return results


def _points(brought: BroughtStations) -> npt.NDArray[np.object_]:
    return np.asarray(shapely.points(brought.lon, brought.lat), dtype=object)


def _mission_toml(title: str, chosen: NewMission, file: str) -> str:
    """Return mission.toml; what JSON writes as a text is one in TOML, too."""
    source = [f"title = {json.dumps(one_line(file), ensure_ascii=False)}", 'licence = "not stated"']
    boundaries = ["", "[[sources]]", 'id = "boundaries"', 'title = "Natural Earth, admin-1, 1:10 million"',
                  'licence = "public domain"']  # fmt: skip
    is_natural_earth = chosen.areas not in ("file", "hull")
    lines = [
        "# Written from one list of stations; docs/formats.md says what else a mission may hold.",
        "",
        "[mission]",
        f"title = {{ en = {json.dumps(title, ensure_ascii=False)} }}",
        f"election_date = {chosen.election_date.isoformat()}",
        f"time_zone = {json.dumps(chosen.time_zone)}",
        'selection = "purposive"',
        'frame = "partial"',
        'nature = "public_source" # "live" before visits of a running mission are added',
        'languages = ["en", "ru", "kk"]',
        'credit = { en = "Boundaries: Natural Earth" }' if is_natural_earth else "",
        "",
        "[[sources]]",
        'id = "stations"',
        *source,
        *(boundaries if is_natural_earth else ()),
        "",
        "[disclosure]",
        "stations = true",
        "delay_hours = 0.0",
        "",
    ]
    return "\n".join(lines)


@cache
def _provinces() -> pd.DataFrame:
    """Return the first-level units of all countries, `geometry` as shapes; about a tenth of a second."""
    frame = pd.read_parquet(PROVINCES)
    return frame.assign(geometry=shapely.from_wkb(frame["geometry"].to_numpy()))


@cache
def _zones() -> tuple[list[str], npt.NDArray[np.object_], FloatArray, FloatArray]:
    """Return name, ISO country, longitude and latitude of the city of every zone, by the zones' own table."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    places = [re.findall(r"[+-]\d+", row[1]) for row in rows]  # +4315+07657, or with seconds
    lat = [_degrees(place[0], 3) for place in places]
    lon = [_degrees(place[1], 4) for place in places]
    country = np.array([row[0] for row in rows], dtype=object)
    return [row[2] for row in rows], country, np.array(lon), np.array(lat)


def _degrees(text: str, digits: int) -> float:
    """Return degrees of a text such as +4315 (3 digits with the sign) or +07657 (4)."""
    return float(text[0] + "1") * (float(text[1:digits]) + float(text[digits : digits + 2]) / 60)


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8"))


def from_file(
    file: Path, own: OwnMissions, *, title: str = "", day: str = "", zone: str = "", areas: str = ""
) -> Written:
    """Write a mission of a file, what is "" guessed, among those made here. Raises InputError."""
    brought = read_list(file)
    offered = offers(brought)
    boundaries = Path(areas) if Path(areas).suffix else None
    try:
        on = date.fromisoformat(day) if day else datetime.now(UTC).date()
    except ValueError:
        raise InputError("--date is written as 2026-11-29") from None
    wanted = "file" if boundaries else areas or (offered[0].code if offered else "hull")
    chosen = NewMission(title or file.stem, on, zone or zone_near(brought), wanted, boundaries)
    return write(own.folder, free_slug(chosen.title, own.slugs()), chosen, brought)


def text(written: Written) -> str:
    """Return what a terminal says of a new mission."""
    lines = [
        f"written: {written.folder}",
        f"  {written.n:,} rows, {written.placed:,} with a point, {written.outside:,} outside all areas",
    ]
    lines += (
        [f"  {written.renamed:,} numbers stood twice; their rows are beside them"] if written.renamed else []
    )
    lines += (
        [f"  {written.unread:,} rows have more or fewer cells than the header and were left out"]
        if written.unread
        else []
    )
    lines += [] if written.has_voters else ["  no registered voters: gaps and fair shares need them"]
    lines += ["  shares, clusters and routes need visits, incidents and teams: docs/formats.md"]
    return "\n".join([*lines, "Only the desk shows it until “Show it to others” is pressed at /new/."])
