"""What only shows when tables are laid side by side: points against areas, references, times of teams."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo import defects
from geo.boundaries import broken, check_areas, file_of, repair
from geo.mission import Mission
from geo.strays import Placed, check_places, place
from geo.values import fold

__all__ = [
    "Placed",
    "check",
    "check_areas",
    "check_places",
    "check_references",
    "check_visits",
    "place",
    "prepare",
    "repair",
]

# (table, column) → (table, column) it points to, and the code of a pointer to nothing.
REFERENCES: Final = (
    ("stations", "area_id", "areas", "area_id", "area_unknown"),
    ("visits", "area_id", "areas", "area_id", "area_unknown"),
    ("assignments", "area_id", "areas", "area_id", "area_unknown"),
    ("incidents", "area_id", "areas", "area_id", "area_unknown"),
    ("totals", "area_id", "areas", "area_id", "area_unknown"),
    ("presence", "area_id", "areas", "area_id", "area_unknown"),
    ("teams", "area_ids", "areas", "area_id", "area_unknown"),
    ("visits", "station_id", "stations", "station_id", "station_unknown"),
    ("assignments", "station_id", "stations", "station_id", "station_unknown"),
    ("incidents", "station_id", "stations", "station_id", "station_unknown"),
    ("incidents", "candidates", "stations", "station_id", "station_unknown"),
    ("incidents", "category", "categories", "category", "category_unknown"),
    ("visits", "answered", "categories", "category", "category_unknown"),
    ("incidents", "visit_id", "visits", "visit_id", "visit_unknown"),
    ("visits", "supersedes", "visits", "visit_id", "visit_unknown"),
    ("incidents", "supersedes", "incidents", "incident_id", "incident_unknown"),
    ("incidents", "same_mention_as", "incidents", "incident_id", "incident_unknown"),
    ("visits", "team_id", "teams", "team_id", "team_unknown"),
    ("assignments", "team_id", "teams", "team_id", "team_unknown"),
    ("incidents", "team_id", "teams", "team_id", "team_unknown"),
)
LISTS: Final = frozenset({"answered", "candidates", "area_ids"})
# Without these tables a mission still works: what they would say is then not asked for.
OPTIONAL: Final = frozenset({"teams"})
# Cyrillic letters that look like Latin ones: a keyboard left in Russian writes КZ-АLА.
_ZEROS: Final = r"\b0+(\w)"
_LOOKALIKES: Final = str.maketrans("АВЕКМНОРСТУХаеорсух", "ABEKMHOPCTYXaeopcyx")


def check(
    frames: Mapping[str, pd.DataFrame],
    located_area: npt.NDArray[np.int32],
    station_ids: Iterable[str],
    mission: Mission,
) -> pd.DataFrame:
    """Return every defect that shows only between conformed tables, worst first.

    `located_area`: (N,) int32, the area each of `station_ids` lies in, indexing areas by `area_id`.
    """
    areas = frames["areas"].sort_values("area_id", kind="stable", ignore_index=True)
    by_id = frames["stations"].set_index("station_id", drop=False)
    stations = by_id.loc[list(station_ids)].reset_index(drop=True)
    found = [
        check_areas(areas, mission),
        check_places(stations, areas, located_area, mission),
        check_visits(frames["visits"], frames["incidents"], mission),
        check_references(frames, mission),
    ]
    return defects.ordered(defects.concat(found))


def prepare(
    frames: Mapping[str, pd.DataFrame], mission: Mission
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Return the tables fit for joins, and what had to be done: polygons mended, impossible points off.

    To be called once, before the registry is built; `check` then finds whatever else is wrong.
    """
    areas, stations = frames["areas"], frames["stations"]
    mended = repair(np.asarray(areas["geometry"], dtype=object))
    whole = areas.assign(geometry=pd.Series(mended, index=areas.index, dtype=object))
    placed = place(stations, whole, mission)
    found = defects.concat([broken(areas, mission), placed.defects])
    return {**frames, "areas": whole, "stations": placed.stations}, defects.ordered(found)


def check_references(frames: Mapping[str, pd.DataFrame], mission: Mission) -> pd.DataFrame:
    """Return every pointer to an area, station, category, visit, incident or team that does not exist.

    The row stays: a visit or incident at an unknown station is unresolved, never dropped.
    """
    found = []
    for table, column, to_table, to_column, code in REFERENCES:
        rows, known = frames[table], frames[to_table][to_column]
        if not len(rows) or (to_table in OPTIONAL and not len(known)):
            continue
        pointers = rows[["row", column]].rename(columns={column: "value"})
        if column in LISTS:
            pointers = pointers.assign(value=pointers["value"].str.split(";")).explode("value")
        lost = pointers[~pointers["value"].isin(known) & ~pointers["value"].isin(["", "*"])]
        if not len(lost):
            continue
        right = _hints(lost["value"], frames[to_table], to_table, to_column)
        found.append(_of(code, table, mission, lost["row"], column, lost["value"], right))
    return defects.concat(found)


def _hints(lost: pd.Series[str], table: pd.DataFrame, name: str, column: str) -> npt.NDArray[np.object_]:
    """Return what each unknown pointer probably means, or where a known one is to be found."""
    plain = f"{'an' if column[0] in 'aeiou' else 'a'} {column} of the {name} table"
    wanted = {value: _forms(value) for value in lost.unique()}
    folded = table[column].str.lower().str.replace(_ZEROS, r"\1", regex=True)
    here = folded.isin({form for forms in wanted.values() for form in forms})
    likely = dict(zip(folded[here], table[column][here], strict=True))
    if name == "areas":
        for language in ("en", "ru", "kk"):
            names = dict(zip(table[f"name_{language}"].map(fold), table[column], strict=True))
            likely = {**names, **likely}
    texts = {
        value: next((f'{plain}; "{likely[form]}"?' for form in forms if form in likely), plain)
        for value, forms in wanted.items()
    }
    return lost.map(texts).to_numpy(dtype=object)


def _forms(value: str) -> tuple[str, ...]:
    """Return how a pointer may have been meant: without leading zeros, in Latin letters, as a name."""
    latin = value.translate(_LOOKALIKES)
    return (*(re.sub(_ZEROS, r"\1", text.strip().lower()) for text in (value, latin)), fold(value))


def check_visits(visits: pd.DataFrame, incidents: pd.DataFrame, mission: Mission) -> pd.DataFrame:
    """Return visits whose times cannot be, and incidents told of another station than their visit."""
    backwards = visits[visits["left"] < visits["arrived"]]
    right = np.array(
        [f"a time after {_clock(arrived)}, the arrival" for arrived in backwards["arrived"]], object
    )
    found = [
        _of("time_order", "visits", mission, backwards["row"], "left", backwards["left"].map(_clock), right)
    ]
    found.append(_overlapping(visits, mission))
    visited = visits.set_index("visit_id")["station_id"]
    told = incidents[incidents["visit_id"].isin(visited.index) & (incidents["station_id"] != "")]
    there = visited.reindex(told["visit_id"]).to_numpy(dtype=object)
    differs = (told["station_id"].to_numpy(dtype=object) != there) & (there != "")
    right = np.array([f"{station}, where the visit was" for station in there[differs]], dtype=object)
    rows = told[differs]
    found.append(
        _of(
            "visit_at_other_station",
            "incidents",
            mission,
            rows["row"],
            "station_id",
            rows["station_id"],
            right,
        )
    )
    return defects.concat(found)


def _overlapping(visits: pd.DataFrame, mission: Mission) -> pd.DataFrame:
    """Return visits that begin while their team is still at another station."""
    timed = visits[(visits["team_id"] != "") & visits["arrived"].notna() & visits["left"].notna()]
    timed = timed[timed["left"] >= timed["arrived"]]
    timed = timed.sort_values(["team_id", "arrived", "left", "visit_id"], kind="stable")
    before = timed.shift(1)
    same_team = timed["team_id"] == before["team_id"]
    early = same_team & (timed["arrived"] < before["left"]) & (timed["station_id"] != before["station_id"])
    rows, ends = timed[early], before[early]
    right = np.array(
        [
            f"after {_clock(left)}, when {one} ended"
            for left, one in zip(ends["left"], ends["visit_id"], strict=True)
        ],
        dtype=object,
    )
    return _of(
        "visits_overlap", "visits", mission, rows["row"], "arrived", rows["arrived"].map(_clock), right
    )


def _clock(moment: pd.Timestamp) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _of(
    code: str,
    table: str,
    mission: Mission,
    rows: npt.ArrayLike,
    column: str,
    shown: pd.Series[str],
    expected: npt.NDArray[np.object_],
) -> pd.DataFrame:
    return defects.of(
        code,
        table=table,
        file=file_of(mission, table),
        rows=rows,
        column=column,
        values=shown.to_numpy(dtype=object),
        expected=expected,
    )
