"""A mission with every defect in a known number: 16,000 stations, 3,000 visits, 1,000 incidents.

`worst()` returns tables as a reader would, and how often each defect and reject has to be found.
`write(folder)` writes the same as a mission folder, for whoever wants to see a map of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.model.mission import Disclosure, Mission, Thresholds
from geo.model.table_source import TableSource
from geo.model.tables import Raw

STATIONS, VISITS, INCIDENTS = 16_000, 3_000, 1_000
ROWS = STATIONS + VISITS + INCIDENTS
NOW = datetime(2005, 12, 6, 12, tzinfo=UTC)
SIDE = 4  # areas along each side of the country
WIDTH = 2.0  # degrees, of an area
WEST, SOUTH = 60.0, 44.0
BERLIN = "KZ-15"  # the one area whose clocks change


@dataclass(frozen=True)
class Worst:
    """The tables, and what has to be found in them: defects by code, rejects and pointless stations."""

    raws: Mapping[str, Raw]
    defects: Counter[str]
    rejects: Counter[str]  # by table
    without_point: int  # stations in the frame that are listed beside the map


class _Rows:
    """Owns the rows of one table while defects are put into them, each row getting one at most."""

    def __init__(self, rows: list[dict[str, str]], rng: np.random.Generator) -> None:
        self.rows = rows
        self.free = [int(i) for i in rng.permutation(len(rows))]
        self.found: Counter[str] = Counter()
        self.rejected = 0
        self.pointless = 0

    def spoil(
        self,
        n: int,
        change: Callable[[dict[str, str]], Mapping[str, str]],
        *codes: str,
        rejects: bool = False,
        loses_point: bool = False,
    ) -> list[int]:
        """Change n untouched rows; each will be reported once under every code."""
        taken = [self.free.pop() for _ in range(n)]
        for i in taken:
            self.rows[i].update(change(self.rows[i]))
        self.found.update(dict.fromkeys(codes, n))
        self.rejected += n * rejects
        self.pointless += n * (loses_point and not rejects)
        return taken


def mission(folder: Path = Path("worst"), **changes: Any) -> Mission:
    """Return a mission for the tables of `worst()`, or for any other test."""
    tables = tuple(
        TableSource(name, folder / file)
        for name, file in (
            ("areas", "areas.geojson"),
            ("stations", "stations.csv"),
            ("categories", "categories.csv"),
            ("visits", "visits.csv"),
            ("incidents", "incidents.csv"),
        )
    )
    settings: dict[str, Any] = {
        "slug": "worst",
        "folder": folder,
        "title": {"en": "The worst registry"},
        "subtitle": {},
        "election_date": date(2005, 12, 4),
        "time_zone": "Asia/Almaty",
        "time_zones": {BERLIN: "Europe/Berlin"},
        "selection": "purposive",
        "frame": "complete",
        "nature": "simulated",
        "languages": ("en",),
        "sources": (),
        "tables": tables,
        "thresholds": Thresholds(),
        "disclosure": Disclosure(),
        "credit": {},
        "contact": "",
        "planned_visits": None,
        "as_of": "",
    }
    return Mission(**{**settings, **changes})


def worst(seed: int = 2005) -> Worst:
    """Return the tables and the exact numbers of what is wrong with them; the same for one seed."""
    rng = np.random.default_rng(seed)
    stations = _stations(rng)
    good = [row for row, is_good in zip(stations.rows, _untouched(stations), strict=True) if is_good]
    visits = _visits(rng, good)
    incidents = _incidents(rng, good, visits)
    found = stations.found + visits.found + incidents.found
    raws = {
        "areas": _areas(),
        "categories": _raw("categories.csv", [{"category": f"c{i}", "title_en": f"C{i}"} for i in range(5)]),
    }
    for name, table in (("stations", stations), ("visits", visits), ("incidents", incidents)):
        raws[name] = _raw(f"{name}.csv", table.rows)
    rejects = Counter(stations=stations.rejected, visits=visits.rejected, incidents=incidents.rejected)
    return Worst(raws, found, rejects, stations.pointless)


def write(folder: Path, seed: int = 2005) -> None:
    """Write the mission as files."""
    folder.mkdir(parents=True, exist_ok=True)
    made = worst(seed)
    for name, raw in made.raws.items():
        if raw.geometry is None:
            raw.cells.to_csv(folder / f"{name}.csv", index=False)
    areas = made.raws["areas"]
    assert areas.geometry is not None
    features = [
        {"type": "Feature", "properties": row, "geometry": json.loads(shapely.to_geojson(shape))}
        for row, shape in zip(areas.cells.to_dict("records"), areas.geometry, strict=True)
    ]
    (folder / "areas.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    (folder / "mission.toml").write_text(
        '[mission]\ntitle = { en = "The worst registry" }\nelection_date = 2005-12-04\n'
        'time_zone = "Asia/Almaty"\nselection = "purposive"\nframe = "complete"\nnature = "simulated"\n'
        f'languages = ["en"]\nas_of = "{NOW.isoformat()}"\n\n'
        f'[mission.time_zones]\n{BERLIN} = "Europe/Berlin"\n'
    )


def _raw(file: str, rows: list[dict[str, str]]) -> Raw:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = pd.DataFrame({name: [row.get(name, "") for row in rows] for name in columns}, dtype="str")
    return Raw(file, cells, np.arange(2, 2 + len(rows), dtype=np.int64))


def corner(area: int) -> tuple[float, float]:
    """Return the south-western corner of the area with a number."""
    return WEST + WIDTH * (area % SIDE), SOUTH + WIDTH * (area // SIDE)


def _areas() -> Raw:
    shapes = [shapely.box(x, y, x + WIDTH, y + WIDTH) for x, y in (corner(i) for i in range(SIDE * SIDE))]
    rows = [{"area_id": f"KZ-{i:02d}", "name_en": f"Area {i}"} for i in range(SIDE * SIDE)]
    raw = _raw("areas.geojson", rows)
    return Raw(raw.file, raw.cells, raw.row_numbers - 1, np.array(shapes, dtype=object))


def _inside(rng: np.random.Generator, area: int) -> tuple[float, float]:
    x, y = corner(area)
    lon, lat = rng.uniform(0.3, WIDTH - 0.3, 2)  # well away from every border
    return round(x + float(lon), 6), round(y + float(lat), 6)


def _stations(rng: np.random.Generator) -> _Rows:
    rows = []
    for i in range(STATIONS):
        area = i % (SIDE * SIDE)
        lon, lat = _inside(rng, area)
        rows.append(
            {"area_id": f"KZ-{area:02d}", "number": str(1000 + i), "name": f"School {i}", "lon": str(lon),
             "lat": str(lat), "precision": "", "voters": str(int(rng.integers(20, 3000))),
             "urban": str(rng.choice(["yes", "no", "да", "нет", "иә", "жоқ", "city", "ауыл"]))}
        )  # fmt: skip
    table = _Rows(rows, rng)
    _spoil_points(table, rng)
    _spoil_cells(table)
    _spoil_keys(table)
    return table


def _spoil_points(table: _Rows, rng: np.random.Generator) -> None:
    table.spoil(200, lambda r: {"lon": r["lon"].replace(".", ","), "lat": r["lat"].replace(".", ",")})
    table.spoil(200, lambda r: {"lon": _dms(r["lon"], "E"), "lat": _dms(r["lat"], "N")})
    table.spoil(100, lambda r: {"lon": f"{r['lon']}° в.д.", "lat": f"{r['lat']}° с.ш."})
    table.spoil(150, lambda r: {"lon": r["lat"], "lat": r["lon"]}, "coordinates_swapped", loses_point=True)
    table.spoil(120, lambda _: {"lon": "0", "lat": "0.0"}, "coordinates_zero", loses_point=True)
    table.spoil(110, lambda _: {"lon": "10.5", "lat": "50.1"}, "point_foreign", loses_point=True)
    table.spoil(90, lambda _: {"lon": "behind the mosque"}, "coordinate_unreadable", loses_point=True)
    table.spoil(60, lambda _: {"lat": ""}, "coordinate_half", loses_point=True)
    table.spoil(40, lambda _: {"lon": "500.25"}, "coordinate_range", loses_point=True)
    table.spoil(500, lambda _: {"lon": "", "lat": ""}, loses_point=True)
    lacking = {"lon": "", "lat": "", "precision": "point"}
    table.spoil(18, lambda _: lacking, "precision_without_point", loses_point=True)

    def two_areas_east(row: dict[str, str]) -> dict[str, str]:
        area = (int(row["area_id"][3:]) + 2) % (SIDE * SIDE)
        lon, lat = _inside(rng, area)
        return {"lon": str(lon), "lat": str(lat)}

    def over_the_border(row: dict[str, str]) -> dict[str, str]:
        x, y = corner(int(row["area_id"][3:]))
        return {"lon": f"{x - 0.02:.4f}", "lat": f"{y + 1 + float(rng.uniform(-0.5, 0.5)):.6f}"}  # 1.5 km

    table.spoil(130, two_areas_east, "point_outside_area")
    table.spoil(70, over_the_border, "point_near_border")
    for group in range(3):
        x, y = corner(group)
        together = {"area_id": f"KZ-{group:02d}", "lon": f"{x + 1}", "lat": f"{y + 1}"}
        table.spoil(15, lambda _, here=together: here)
        table.found["many_on_one_point"] += 1


def _dms(text: str, letter: str) -> str:
    seconds = round(float(text) * 3600, 2)
    return f"{int(seconds // 3600)}°{int(seconds % 3600 // 60):02d}'{seconds % 60:05.2f}\"{letter}"


def _spoil_cells(table: _Rows) -> None:
    table.spoil(30, lambda _: {"name": "NA"})
    table.spoil(35, lambda _: {"voters": "N/A"}, "missing_word")
    table.spoil(100, lambda _: {"voters": "1 234"}, "number_format")
    table.spoil(50, lambda _: {"voters": "1,234"}, "number_format")
    table.spoil(50, lambda _: {"voters": "12.0"}, "number_format")
    table.spoil(25, lambda _: {"voters": "about a thousand"}, "integer_unreadable")
    table.spoil(15, lambda _: {"voters": "-5"}, "integer_unreadable")
    table.spoil(15, lambda _: {"urban": "perhaps"}, "choice_unknown")
    table.spoil(40, lambda r: {"name": f"{r['name']} &quot;Nur&quot;"}, "html_entity")
    table.spoil(30, lambda _: {"name": "=cmd|'/C calc'!A0"}, "formula_like")
    table.spoil(20, lambda r: {"name": f"{r['name']}\u202e"}, "control_character")
    table.spoil(10, lambda _: {"name": "long " * 5000}, "too_long")


def _spoil_keys(table: _Rows) -> None:
    table.spoil(45, _as_date, "id_like_date")
    table.spoil(1, lambda _: {"number": "05.дек"}, "id_like_date")
    table.spoil(1, lambda _: {"number": "12-May"}, "id_like_date")
    table.spoil(33, lambda r: {"number": f" {r['number']}\u00a0"}, "id_white_space")
    table.spoil(20, lambda _: {"area_id": ""}, "required_missing", rejects=True)
    table.spoil(15, lambda _: {"number": " "}, "required_missing", rejects=True)
    table.spoil(25, lambda _: {"area_id": "KZ-99"}, "area_unknown")
    table.spoil(12, lambda r: {"area_id": f"К{r['area_id'][1:]}"}, "area_unknown", "id_mixed_script")
    table.spoil(6, lambda r: {"number": f"{r['number']}/2"}, "id_slash")
    for n, is_same in ((80, True), (60, False)):
        originals = [table.rows[i] for i in table.spoil(n, lambda _: {})]
        copies = iter(originals)
        table.spoil(n, lambda _, c=copies, s=is_same: _copy(next(c), s), "duplicate_key", rejects=True)
    originals = [table.rows[i] for i in table.spoil(50, lambda _: {})]
    twins = iter(originals)
    table.spoil(50, lambda _: {**(twin := next(twins)), "number": f"0{twin['number']}"}, "leading_zero_twin")
    table.found["leading_zeros"] = 1  # one note for all of them


def _as_date(row: dict[str, str]) -> dict[str, str]:
    """Return the number as a date, another one for every number."""
    number = int(row["number"])
    day, month, year = number % 28 + 1, number // 28 % 12 + 1, 1950 + number // 336
    return {"number": f"{day:02d}.{month:02d}.{year}" if number % 2 else f"{year}-{month:02d}-{day:02d}"}


def _copy(row: dict[str, str], is_same: bool) -> dict[str, str]:
    return dict(row) if is_same else {**row, "name": "Another name"}


def _untouched(table: _Rows) -> list[bool]:
    free = set(table.free)
    return [i in free for i in range(len(table.rows))]


def _visits(rng: np.random.Generator, good: list[dict[str, str]]) -> _Rows:
    good = [row for row in good if row["area_id"] != BERLIN]
    rows = []
    for i in range(VISITS):
        at = good[int(rng.integers(len(good)))]
        hour = int(rng.integers(7, 19))
        rows.append(
            {"visit_id": f"V{i}", "area_id": at["area_id"], "number": at["number"], "station_id": "",
             "team_id": f"T{i}", "stage": "voting", "arrived": f"2005-12-04 {hour:02d}:10",
             "left": f"04.12.2005 {hour:02d}:55", "outcome": "observed", "verification": "verified",
             "overall": "good", "answered": "c1;c2"}
        )  # fmt: skip
    table = _Rows(rows, rng)
    table.spoil(20, lambda _: {"arrived": "28:10"}, "time_unreadable")
    table.spoil(14, lambda _: {"arrived": "06:30"}, "time_understood")
    table.spoil(15, lambda _: {"arrived": "2005-12-24 09:00", "left": ""}, "time_future")
    table.spoil(16, lambda _: {"arrived": "1905-12-04 09:00"}, "time_before_mission")
    table.spoil(11, lambda _: {"left": "2005-12-04 01:00"}, "time_order")
    berlin = {"area_id": BERLIN, "left": "", "number": str(1000 + 15)}
    table.spoil(5, lambda _: {**berlin, "arrived": "2005-10-30 02:30"}, "time_ambiguous")
    table.spoil(4, lambda _: {**berlin, "arrived": "2005-03-27 02:30"}, "time_nonexistent")
    table.spoil(20, lambda _: {"number": "999999"}, "station_unknown")
    table.spoil(10, lambda _: {"area_id": ""}, "number_without_area")
    table.spoil(8, lambda _: {"area_id": "", "number": ""}, "station_missing")
    unkeyed = {"area_id": "", "number": "", "station_id": "KZ 01 nr 5"}
    table.spoil(7, lambda _: unkeyed, "station_id_form", "station_unknown")
    table.spoil(9, lambda r: {"station_id": f"{r['area_id']}/1"}, "station_key_conflict", rejects=True)
    table.spoil(12, lambda _: {"stage": "afternoon"}, "required_unreadable", rejects=True)
    table.spoil(9, lambda _: {"overall": "so-so"}, "choice_unknown")
    table.spoil(6, lambda _: {"verification": "ask Aigul"}, "choice_unknown")
    table.spoil(10, lambda _: {"answered": "c1;c77"}, "category_unknown")
    table.spoil(3, lambda _: {"visit_id": ""}, "required_missing", rejects=True)
    firsts = iter([table.rows[i] for i in table.spoil(25, lambda _: {})])
    table.spoil(25, lambda _: {"visit_id": next(firsts)["visit_id"]}, "duplicate_key", rejects=True)
    firsts = iter([table.rows[i] for i in table.spoil(13, lambda r: {"area_id": "KZ-00", "number": "1000"})])
    table.spoil(13, lambda _: _at_once(next(firsts)), "visits_overlap")
    return table


def _at_once(first: dict[str, str]) -> dict[str, str]:
    hour = first["arrived"][11:13]
    return {"team_id": first["team_id"], "area_id": "KZ-01", "number": "1001",
            "arrived": f"2005-12-04 {hour}:30", "left": f"2005-12-04 {hour}:59"}  # fmt: skip


def _incidents(rng: np.random.Generator, good: list[dict[str, str]], visits: _Rows) -> _Rows:
    visited = [visits.rows[i] for i in visits.free]
    rows = []
    for i in range(INCIDENTS):
        at = visited[int(rng.integers(len(visited)))]
        rows.append(
            {"incident_id": f"I{i}", "area_id": at["area_id"], "number": at["number"],
             "visit_id": at["visit_id"], "category": f"c{i % 5}", "severity": "high",
             "occurred": "2005-12-04 12:00", "supersedes": "", "text": "Seen by two observers"}
        )  # fmt: skip
    table = _Rows(rows, rng)
    table.spoil(30, lambda _: {"category": "c1; c2"}, "several_categories", rejects=True)
    table.spoil(5, lambda _: {"category": ""}, "required_missing", rejects=True)
    table.spoil(10, lambda _: {"category": "c99"}, "category_unknown")
    table.spoil(9, lambda _: {"visit_id": "V-none"}, "visit_unknown")
    other = {"area_id": good[0]["area_id"], "number": good[0]["number"]}
    table.spoil(8, lambda _: other, "visit_at_other_station")
    table.spoil(12, lambda _: {"number": "777777", "visit_id": ""}, "station_unknown")
    table.spoil(4, lambda _: {"supersedes": "I-none"}, "incident_unknown")
    table.spoil(6, lambda _: {"severity": "terrible"}, "choice_unknown")
    table.spoil(7, lambda _: {"text": "@SUM(A1:A9)"}, "formula_like")
    return table
