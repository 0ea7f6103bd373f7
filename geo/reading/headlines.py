"""What has to be said of a mission before anything else: little or nothing of it matches, and why probably.

Each sentence names the likely cause and the line for mission.toml that mends it, where one does.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import shapely

from geo.model.snapshot import Snapshot
from geo.model.tables import OUTCOMES, VERIFICATIONS

MUCH: Final = 0.5  # of the rows: what fails in as many is said first
DOZEN: Final = 12  # incidents whose visit nobody knows are said first, however small a part of all they are
FEW: Final = 3  # rows are no pattern of a whole table, unless it has no more


def headlines(snapshot: Snapshot) -> tuple[str, ...]:
    """Return what must be said first, worst first; empty where the tables fit one another."""
    codes = snapshot.defects["code"].value_counts() if len(snapshot.defects) else pd.Series(dtype="int64")
    return (
        *_areas(snapshot, codes),
        *_stations(snapshot, codes),
        *_visits(snapshot, codes),
        *_incidents(snapshot),
    )


def _is_much(n: int, of: int) -> bool:
    return n >= min(FEW, of) and of > 0 and n >= MUCH * of


def _has_table(snapshot: Snapshot, table: str) -> bool:
    return any(source.table == table for source in snapshot.mission.tables)


def _because(snapshot: Snapshot, table: str, codes: pd.Series) -> str:
    """Return what is known of why the rows of a table are set aside."""
    mine = snapshot.defects[snapshot.defects["table"] == table]
    if (mine["code"] == "formula_without_value").any():
        return "; formulas have no stored result: save the file once in Excel or LibreOffice"
    is_empty_area = (mine["code"] == "required_missing") & (mine["column"] == "area_id")
    if is_empty_area.any() and mine["expected"][is_empty_area].str.contains("area_from_point").any():
        return "; they have points: area_from_point = true in [tables.stations] takes their area from there"
    rejected = mine[mine["code"].isin(("required_missing", "required_unreadable", "duplicate_key"))]
    if len(rejected):
        first = rejected.iloc[0]
        return f"; most often {rejected['column'].mode().iloc[0]}, should be {first['expected']}"
    return "" if codes.empty else "; see the defects below"


def _areas(snapshot: Snapshot, codes: pd.Series) -> list[str]:
    areas = snapshot.registry.areas
    if not _has_table(snapshot, "areas"):
        return ["No areas are given: the map has no ground. Put areas.geojson into the folder."]
    if not len(areas):
        late = int(codes.get("area_not_in_force", 0))
        why = f"; {late} were not in force on {snapshot.mission.election_date}" if late else ""
        return [f"No area is left of the areas' file{why}. Is mission.election_date right?"]
    n = int((shapely.get_type_id(areas.polygon) < 0).sum())
    return (
        [f"{n} of {len(areas)} areas have no polygon and are not drawn."] if _is_much(n, len(areas)) else []
    )


def _stations(snapshot: Snapshot, codes: pd.Series) -> list[str]:
    stations = snapshot.registry.stations
    aside = int((snapshot.rejects["table"] == "stations").sum()) if len(snapshot.rejects) else 0
    words = []
    if _is_much(aside, aside + len(stations)):
        why = _because(snapshot, "stations", codes)
        words.append(f"{aside:,} of {aside + len(stations):,} stations are set aside{why}.")
    without = int((stations.area < 0).sum())
    if _is_much(without, len(stations)):
        hint = _hinted(snapshot, "area_unknown", "stations")
        words.append(
            f"{without:,} of {len(stations):,} stations name an area that is not in the areas table{hint}."
        )
    lost = {
        "point_foreign": 'lie outside the country; is crs = "EPSG:…" missing in [tables.stations]?',
        "coordinates_swapped": "have longitude and latitude swapped; "
        "exchange lon and lat under [tables.stations.columns]",
        "coordinate_range": 'have coordinates no place has; is crs = "EPSG:…" missing in [tables.stations]?',
        "coordinate_unreadable": "have coordinates that cannot be read",
        "coordinates_zero": "stand at 0, 0, a machine's word for missing",
    }
    for code, says in lost.items():
        n = int(codes.get(code, 0))
        if _is_much(n, len(stations)):
            words.append(f"{n:,} of {len(stations):,} stations {says}. They are not on the map.")
    return words


def _hinted(snapshot: Snapshot, code: str, table: str) -> str:
    """Return the first hint among the defects of a kind, with what mends its like."""
    mine = snapshot.defects[(snapshot.defects["code"] == code) & (snapshot.defects["table"] == table)]
    hinted = mine[mine["expected"].str.endswith('"?')]
    if not len(hinted):
        return f': the first is "{mine["value"].iloc[0]}"' if len(mine) else ""
    value, meant = str(hinted["value"].iloc[0]), str(hinted["expected"].iloc[0]).split('"')[-2]
    return f': "{value}" is probably "{meant}"{_mends(value, meant, table)}'


def _mends(value: str, meant: str, table: str) -> str:
    ours, theirs = value.rpartition("/")[2], meant.rpartition("/")[2]
    if ours.endswith(".0") and ours.removesuffix(".0") == theirs:
        return f"; write whole_ids = true in [tables.{table}]"
    if (
        ours != theirs
        and ours.isdecimal()
        and theirs.isdecimal()
        and int(ours) == int(theirs)
        and len(theirs) > len(ours)
    ):
        return f"; write number_width = {len(theirs)} in [tables.{table}]"
    return ""


def _visits(snapshot: Snapshot, codes: pd.Series) -> list[str]:
    visits, words = snapshot.visits, []
    count = len(visits)
    aside = int((snapshot.rejects["table"] == "visits").sum()) if len(snapshot.rejects) else 0
    if _is_much(aside, aside + count):
        words.append(
            f"{aside:,} of {aside + count:,} visits are set aside{_because(snapshot, 'visits', codes)}."
        )
    if not count or not _has_table(snapshot, "visits"):
        return words  # what came in by the API is not mended in mission.toml
    lost = int((visits.station < 0).sum())
    if _is_much(lost, count):
        words.append(
            f"{lost:,} of {count:,} visits name no station that is known{_why_unresolved(snapshot)}."
        )
    n = int((visits.verification == VERIFICATIONS.index("unverified")).sum())
    if _is_much(n, count):
        mend = (
            'verification = "verified" under [tables.visits.constants], if a second person has checked them'
        )
        words.append(
            f"{n:,} of {count:,} visits are unverified: the press counts none of them. Write {mend}."
        )
    is_asked = visits.outcome == OUTCOMES.index("observed")
    silent = int((is_asked & ~visits.answered.any(axis=1)).sum())
    if _is_much(silent, int(is_asked.sum())):
        mend = 'answered = "*" under [tables.visits.constants], if every form asked about all categories'
        asked = f"{silent:,} of {count:,} visits do not say what their form asked"
        words.append(f"{asked}: no rate can be made. Write {mend}.")
    return words


def _why_unresolved(snapshot: Snapshot) -> str:
    mine = snapshot.defects[snapshot.defects["table"] == "visits"]
    if (mine["code"] == "number_without_area").any():
        numbers = snapshot.registry.stations.number.to_pylist()
        is_unique = len(numbers) > 0 and len(set(numbers)) == len(numbers)
        mend = "; numbers are unique in the register: write unique_numbers = true in [tables.stations]"
        return f": they give a number without its area{mend if is_unique else ''}"
    if (mine["code"] == "station_cancelled").any():
        return ": they are cancelled in the stations table. Is its column status read as it is meant?"
    if not len(snapshot.registry.stations):
        return ": there are no stations"
    if (mine["code"] == "station_missing").any():
        return ": area_id and number are empty or not mapped in [tables.visits.columns]"
    return _hinted(snapshot, "station_unknown", "visits")


def _incidents(snapshot: Snapshot) -> list[str]:
    incidents, words = snapshot.incidents, []
    count = len(incidents)
    named = np.asarray([bool(item) for item in incidents.visit_as_told.to_pylist()], dtype=bool)
    lost = int((named & (incidents.visit < 0)).sum())
    if lost >= DOZEN or _is_much(lost, int(named.sum())):
        hint = "" if len(snapshot.visits) else ": there are no visits"
        words.append(f"{lost:,} of {count:,} incidents name a visit that is not in the visits table{hint}.")
    unresolved = int(incidents.is_unresolved.sum())
    if _is_much(unresolved, count):
        hint = _hinted(snapshot, "station_unknown", "incidents")
        words.append(f"{unresolved:,} of {count:,} incidents name a station that is not known{hint}.")
    strange = int((incidents.category < 0).sum())
    if _is_much(strange, count):
        hint = _hinted(snapshot, "category_unknown", "incidents")
        words.append(
            f"{strange:,} of {count:,} incidents name a category that is not in the categories table{hint}."
        )
    return words
