"""What has to be said of a mission before anything else: little or nothing of it matches, and why probably.

Each sentence names the likely cause and the line for mission.toml that mends it, where one does.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import shapely

from geo.model.messages import Message, message
from geo.model.snapshot import Snapshot
from geo.model.tables import OUTCOMES, VERIFICATIONS

MUCH: Final = 0.5  # of the rows: what fails in as many is said first
DOZEN: Final = 12  # incidents whose visit nobody knows are said first, however small a part of all they are
FEW: Final = 3  # rows are no pattern of a whole table, unless it has no more
# What is wrong with the points of stations, where it is the same with most of them.
_LOST: Final = {
    "point_foreign": message(
        'lie outside the country and are not on the map; is crs = "EPSG:…" missing in [tables.stations]?'
    ),
    "coordinates_swapped": message(
        "have longitude and latitude swapped and are not on the map;"
        " exchange lon and lat under [tables.stations.columns]."
    ),
    "coordinate_range": message(
        "have coordinates no place has and are not on the map;"
        ' is crs = "EPSG:…" missing in [tables.stations]?'
    ),
    "coordinate_unreadable": message("have coordinates that cannot be read and are not on the map."),
    "coordinates_zero": message("stand at 0, 0, a machine's word for missing, and are not on the map."),
}


def headlines(snapshot: Snapshot) -> tuple[Message, ...]:
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


def _because(snapshot: Snapshot, table: str, codes: pd.Series) -> Message | str:
    """Return what is known of why the rows of a table are set aside."""
    mine = snapshot.defects[snapshot.defects["table"] == table]
    if (mine["code"] == "formula_without_value").any():
        return message("; formulas have no stored result: save the file once in Excel or LibreOffice")
    is_empty_area = (mine["code"] == "required_missing") & (mine["column"] == "area_id")
    if is_empty_area.any() and mine["expected"][is_empty_area].str.contains("area_from_point").any():
        return message(
            "; they have points: area_from_point = true in [tables.stations] takes their area from there"
        )
    rejected = mine[mine["code"].isin(("required_missing", "required_unreadable", "duplicate_key"))]
    if len(rejected):
        column, expected = str(rejected["column"].mode().iloc[0]), str(rejected["expected"].iloc[0])
        return message("; most often {column}, should be {expected}", column=column, expected=expected)
    return "" if codes.empty else message("; see the defects of the data")


def _areas(snapshot: Snapshot, codes: pd.Series) -> list[Message]:
    areas = snapshot.registry.areas
    if not _has_table(snapshot, "areas"):
        return [message("No areas are given: the map has no ground. Put areas.geojson into the folder.")]
    if not len(areas):
        late, date = int(codes.get("area_not_in_force", 0)), str(snapshot.mission.election_date)
        why = message("; {count} were not in force on {date}", count=late, date=date) if late else ""
        return [message("No area is left of the areas' file{why}. Is mission.election_date right?", why=why)]
    n = int((shapely.get_type_id(areas.polygon) < 0).sum())
    if not _is_much(n, len(areas)):
        return []
    return [message("{count} of {all} areas have no polygon and are not drawn.", count=n, all=len(areas))]


def _stations(snapshot: Snapshot, codes: pd.Series) -> list[Message]:
    stations, words = snapshot.registry.stations, []
    count = len(stations)
    aside = _set_aside(snapshot, "stations")
    if _is_much(aside, aside + count):
        why = _because(snapshot, "stations", codes)
        words.append(
            message("{count} of {all} stations are set aside{why}.", count=aside, all=aside + count, why=why)
        )
    without = int((stations.area < 0).sum())
    if _is_much(without, count):
        hint = _hinted(snapshot, "area_unknown", "stations")
        words.append(
            message(
                "{count} of {all} stations name an area that is not in the areas table{hint}.",
                count=without,
                all=count,
                hint=hint,
            )
        )
    for code, what in _LOST.items():
        n = int(codes.get(code, 0))
        if _is_much(n, count):
            words.append(message("{count} of {all} stations {what}", count=n, all=count, what=what))
    return words


def _set_aside(snapshot: Snapshot, table: str) -> int:
    return int((snapshot.rejects["table"] == table).sum()) if len(snapshot.rejects) else 0


def _hinted(snapshot: Snapshot, code: str, table: str) -> Message | str:
    """Return the first hint among the defects of a kind, with what mends its like."""
    mine = snapshot.defects[(snapshot.defects["code"] == code) & (snapshot.defects["table"] == table)]
    hinted = mine[mine["expected"].str.endswith('"?')]
    if not len(hinted):
        return message(': the first is "{value}"', value=str(mine["value"].iloc[0])) if len(mine) else ""
    value, meant = str(hinted["value"].iloc[0]), str(hinted["expected"].iloc[0]).split('"')[-2]
    mend = _mends(value, meant, table)
    return message(': "{value}" is probably "{meant}"{mend}', value=value, meant=meant, mend=mend)


def _mends(value: str, meant: str, table: str) -> Message | str:
    ours, theirs = value.rpartition("/")[2], meant.rpartition("/")[2]
    if ours.endswith(".0") and ours.removesuffix(".0") == theirs:
        return message("; write {setting} in [tables.{table}]", setting="whole_ids = true", table=table)
    if (
        ours != theirs
        and ours.isdecimal()
        and theirs.isdecimal()
        and int(ours) == int(theirs)
        and len(theirs) > len(ours)
    ):
        setting = f"number_width = {len(theirs)}"
        return message("; write {setting} in [tables.{table}]", setting=setting, table=table)
    return ""


def _visits(snapshot: Snapshot, codes: pd.Series) -> list[Message]:
    visits, words = snapshot.visits, []
    count, aside = len(visits), _set_aside(snapshot, "visits")
    if _is_much(aside, aside + count):
        why = _because(snapshot, "visits", codes)
        words.append(
            message("{count} of {all} visits are set aside{why}.", count=aside, all=aside + count, why=why)
        )
    if not count or not _has_table(snapshot, "visits"):
        return words  # what came in by the API is not mended in mission.toml
    lost = int((visits.station < 0).sum())
    if _is_much(lost, count):
        why = _why_unresolved(snapshot)
        words.append(
            message(
                "{count} of {all} visits name no station that is known{why}.", count=lost, all=count, why=why
            )
        )
    n = int((visits.verification == VERIFICATIONS.index("unverified")).sum())
    if _is_much(n, count):
        words.append(
            message(
                "{count} of {all} visits are unverified: the press counts none of them. Write {setting}"
                " under [tables.visits.constants], if a second person has checked them.",
                count=n,
                all=count,
                setting='verification = "verified"',
            )
        )
    is_asked = visits.outcome == OUTCOMES.index("observed")
    silent = int((is_asked & ~visits.answered.any(axis=1)).sum())
    if _is_much(silent, int(is_asked.sum())):
        words.append(
            message(
                "{count} of {all} visits do not say what their form asked: no rate can be made."
                " Write {setting} under [tables.visits.constants], if every form asked about all categories.",
                count=silent,
                all=count,
                setting='answered = "*"',
            )
        )
    return words


def _why_unresolved(snapshot: Snapshot) -> Message | str:
    mine = snapshot.defects[snapshot.defects["table"] == "visits"]
    if (mine["code"] == "number_without_area").any():
        numbers = snapshot.registry.stations.number.to_pylist()
        is_unique = len(numbers) > 0 and len(set(numbers)) == len(numbers)
        mend = message(
            "; numbers are unique in the register: write {setting} in [tables.stations]",
            setting="unique_numbers = true",
        )
        return message(": they give a number without its area{mend}", mend=mend if is_unique else "")
    if (mine["code"] == "station_cancelled").any():
        return message(
            ": they are cancelled in the stations table. Is its column status read as it is meant?"
        )
    if not len(snapshot.registry.stations):
        return message(": there are no stations")
    if (mine["code"] == "station_missing").any():
        return message(": area_id and number are empty or not mapped in [tables.visits.columns]")
    return _hinted(snapshot, "station_unknown", "visits")


def _incidents(snapshot: Snapshot) -> list[Message]:
    incidents, words = snapshot.incidents, []
    count = len(incidents)
    named = np.asarray([bool(item) for item in incidents.visit_as_told.to_pylist()], dtype=bool)
    lost = int((named & (incidents.visit < 0)).sum())
    if lost >= DOZEN or _is_much(lost, int(named.sum())):
        hint: Message | str = "" if len(snapshot.visits) else message(": there are no visits")
        words.append(
            message(
                "{count} of {all} incidents name a visit that is not in the visits table{hint}.",
                count=lost,
                all=count,
                hint=hint,
            )
        )
    unresolved = int(incidents.is_unresolved.sum())
    if _is_much(unresolved, count):
        hint = _hinted(snapshot, "station_unknown", "incidents")
        words.append(
            message(
                "{count} of {all} incidents name a station that is not known{hint}.",
                count=unresolved,
                all=count,
                hint=hint,
            )
        )
    strange = int((incidents.category < 0).sum())
    if _is_much(strange, count):
        hint = _hinted(snapshot, "category_unknown", "incidents")
        words.append(
            message(
                "{count} of {all} incidents name a category that is not in the categories table{hint}.",
                count=strange,
                all=count,
                hint=hint,
            )
        )
    return words
