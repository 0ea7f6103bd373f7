"""What only shows when tables are laid side by side: points against areas, references, times of teams."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geo.model.columns import positions, whole
from geo.model.columns import texts as texts_of
from geo.model.languages import LANGUAGES
from geo.model.mission import Mission
from geo.model.text_cells import cells_of, coded, text_of
from geo.reading import defects, station_status
from geo.reading.area_rows import areas_in_force, the_short_way_round
from geo.reading.check_boundaries import broken, check_areas, file_of, repair
from geo.reading.check_locations import check_places, place
from geo.reading.id_forms import loose_form, loose_forms
from geo.reading.parse_values import fold, series

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
STATIC: Final = frozenset({"areas", "stations"})
# Without these tables a mission still works: what they would say is then not asked for.
OPTIONAL: Final = frozenset({"teams"})


def check_static(
    frames: Mapping[str, pd.DataFrame],
    located_area: npt.NDArray[np.int32],
    station_ids: Iterable[str],
    mission: Mission,
) -> pd.DataFrame:
    """Return the part of `check` that looks at areas and stations alone, in no order."""
    areas = frames["areas"].sort_values("area_id", kind="stable", ignore_index=True)
    stations = _in_order(frames["stations"], station_ids)
    parts = [
        check_areas(areas, mission),
        check_places(stations, areas, located_area, mission),
        check_references(frames, mission, of=STATIC),
        station_status.check_registered(frames["stations"], mission),
    ]
    return defects.concat(parts)


def check_reports(frames: Mapping[str, pd.DataFrame], mission: Mission) -> pd.DataFrame:
    """Return the rest of `check`, in no order.

    Of areas it needs `area_id` and the names, of stations `station_id`, `area_id` and the status: a
    registry's columns will do.
    """
    reports = frozenset(frames) - STATIC
    parts = [
        check_visits(frames["visits"], frames["incidents"], mission),
        check_references(frames, mission, of=reports),
        station_status.check_named(frames, mission),
    ]
    return defects.concat(parts)


def prepare(
    frames: Mapping[str, pd.DataFrame], mission: Mission
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Return the tables fit for joins, and what had to be done: polygons mended, impossible points off.

    To be called once, before the registry is built; `check` then finds whatever else is wrong.
    """
    stations = frames["stations"]
    areas, late = areas_in_force(frames["areas"], mission)
    mended = the_short_way_round(repair(np.asarray(areas["geometry"], dtype=object)))
    whole = areas.assign(geometry=pd.Series(mended, index=areas.index, dtype=object))
    placed = place(stations, whole, mission)
    mending = defects.concat([late, broken(areas, mission), placed.defects])
    return {**frames, "areas": whole, "stations": placed.stations}, defects.ordered(mending)


def check_references(
    frames: Mapping[str, pd.DataFrame], mission: Mission, of: Collection[str] | None = None
) -> pd.DataFrame:
    """Return every pointer to an area, station, category, visit, incident or team that does not exist.

    The row stays: a visit or incident at an unknown station is unresolved, never dropped. Where a
    table is missing as a whole, that is said once. `of`: only pointers that stand in these tables.
    """
    parts = []
    for table, column, to_table, to_column, code in REFERENCES:
        if of is not None and table not in of:
            continue
        rows, known = frames[table], frames[to_table][to_column]
        if not len(rows) or (to_table in OPTIONAL and not len(known)):
            continue
        lost = _lost(rows, column, known)
        if len(lost) and not len(known):
            count = np.array([f"{len(lost)} mentions"], dtype=object)
            right = np.array([f"in the {to_table} table, which has no rows"], dtype=object)
            parts.append(
                _reference_defects(
                    code, table, mission, lost["row"].iloc[:1], column, pd.Series(count), right
                )
            )
        elif len(lost):
            right = _hints(lost["value"], frames[to_table], to_table, to_column)
            parts.append(_reference_defects(code, table, mission, lost["row"], column, lost["value"], right))
    return defects.concat(parts)


def _in_order(stations: pd.DataFrame, station_ids: Iterable[str]) -> pd.DataFrame:
    """Return stations in the order of `station_ids`, which is nearly always the sorted one."""
    wanted = pa.array(station_ids, pa.large_string())
    written = pa.array(stations["station_id"], pa.large_string())
    order = pc.sort_indices(written)
    if not written.take(order).equals(wanted):
        order = pc.index_in(wanted, value_set=written)
    places = np.asarray(order.to_numpy(), dtype=np.int64)
    return stations.iloc[places].reset_index(drop=True)


def _lost(rows: pd.DataFrame, column: str, known: pd.Series[str]) -> pd.DataFrame:
    """Return row and value of every pointer to nothing; of a list, every part that is one."""
    cells, numbers = text_of(rows[column]), rows["row"].to_numpy()
    fine = pa.concat_arrays([texts_of(known), pa.array(["", "*"], pa.large_string())])
    if column not in LISTS:
        cells = whole(cells)  # is_in codes what is known anew for every piece
        at = np.flatnonzero(~np.asarray(pc.is_in(cells, value_set=fine)))
        if not len(at):  # nearly always
            return pd.DataFrame({"code": at, "row": at})
        cells, numbers = cells.take(pa.array(at)), numbers[at]
    words, codes = coded(cells)
    texts = pd.DataFrame({"value": pd.Series(words.to_pylist(), dtype="str"), "code": np.arange(len(words))})
    if column in LISTS:
        texts = texts.assign(value=texts["value"].str.split(";")).explode("value")
        texts = texts[~np.asarray(pc.is_in(texts_of(texts["value"]), value_set=fine))]
    at = np.flatnonzero(np.isin(codes, texts["code"].to_numpy()))
    pointers = pd.DataFrame({"code": codes[at], "row": numbers[at]})
    return (
        pointers.merge(texts, on="code").sort_values(["row", "value"], kind="stable") if len(at) else pointers
    )


def _hints(lost: pd.Series[str], table: pd.DataFrame, name: str, column: str) -> npt.NDArray[np.object_]:
    """Return what each unknown pointer probably means, or where a known one is to be found."""
    plain = f"{'an' if column[0] in 'aeiou' else 'a'} {column} of the {name} table"
    wanted = {value: (loose_form(value), fold(value)) for value in lost.unique()}
    table = table.sort_values(column, kind="stable")  # of two that are alike, the same one is hinted at
    folded = series(loose_forms(cells_of(table[column])))
    here = folded.isin({form for forms in wanted.values() for form in forms}).to_numpy()
    likely = dict(zip(folded[here], table[column][here], strict=True))
    if name == "areas":
        for language in LANGUAGES:
            names = dict(zip(table[f"name_{language}"].map(fold), table[column], strict=True))
            likely = {**names, **likely}
    texts = {
        value: next((f'{plain}; "{likely[form]}"?' for form in forms if form in likely), plain)
        for value, forms in wanted.items()
    }
    return lost.map(texts).to_numpy(dtype=object)


def check_visits(visits: pd.DataFrame, incidents: pd.DataFrame, mission: Mission) -> pd.DataFrame:
    """Return visits whose times or voters cannot be, and incidents of another station than their visit."""
    backwards = visits[visits["left"] < visits["arrived"]]
    right = np.array(
        [f"a time after {_clock(arrived)}, the arrival" for arrived in backwards["arrived"]], object
    )
    frames = [
        _reference_defects(
            "time_order", "visits", mission, backwards["row"], "left", backwards["left"].map(_clock), right
        )
    ]
    frames.append(_overlapping(visits, mission))
    frames.append(_too_many_voters(visits, mission))
    pointing = incidents[(incidents["visit_id"] != "") & (incidents["station_id"] != "")]
    visit = positions(pointing["visit_id"], pd.Index(visits["visit_id"]))
    station = pa.array(visits["station_id"], pa.large_string())
    visited = np.full(len(pointing), "", dtype=object)
    visited[visit >= 0] = station.take(pa.array(visit[visit >= 0])).to_pylist()
    differs = (pointing["station_id"].to_numpy(dtype=object) != visited) & (visited != "")
    right = np.array([f"{station}, where the visit was" for station in visited[differs]], dtype=object)
    rows = pointing[differs]
    frames.append(
        _reference_defects(
            "visit_at_other_station",
            "incidents",
            mission,
            rows["row"],
            "station_id",
            rows["station_id"],
            right,
        )
    )
    return defects.concat(frames)


def _too_many_voters(visits: pd.DataFrame, mission: Mission) -> pd.DataFrame:
    """Return forms on which more people voted than are on the list."""
    voted, registered = (visits[name].astype("Float64") for name in ("voted", "registered_voters"))
    rows = visits[(voted > registered).fillna(False)]
    right = np.array(
        [f"at most {count}, the voters registered" for count in rows["registered_voters"]], object
    )
    voters = rows["voted"].astype("str")
    return _reference_defects(
        "voted_above_registered", "visits", mission, rows["row"], "voted", voters, right
    )


def _overlapping(visits: pd.DataFrame, mission: Mission) -> pd.DataFrame:
    """Return visits that begin while their team is still at another station."""
    arrived, left = (visits[name].to_numpy(dtype="datetime64[us]") for name in ("arrived", "left"))
    teams, stations = (_coded(visits[name]) for name in ("team_id", "station_id"))
    timed = np.flatnonzero((visits["team_id"] != "").to_numpy(dtype=bool) & (left >= arrived))  # NaT is never
    rows = visits["row"].to_numpy()[timed]
    timed = timed[np.lexsort((rows, left[timed], arrived[timed], teams[timed]))]
    earlier, other = timed[:-1], timed[1:]
    early = (
        (teams[earlier] == teams[other])
        & (arrived[other] < left[earlier])
        & (stations[earlier] != stations[other])
    )
    ends, rows = visits.iloc[earlier[early]], visits.iloc[other[early]]
    right = np.array(
        [
            f"after {_clock(left)}, when {visit_id} ended"
            for left, visit_id in zip(ends["left"], ends["visit_id"], strict=True)
        ],
        dtype=object,
    )
    return _reference_defects(
        "visits_overlap", "visits", mission, rows["row"], "arrived", rows["arrived"].map(_clock), right
    )


def _coded(column: pd.Series[str]) -> npt.NDArray[np.int64]:
    """Return equal numbers for equal texts, (N,)."""
    return coded(text_of(column))[1]


def _clock(moment: pd.Timestamp) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _reference_defects(
    code: str,
    table: str,
    mission: Mission,
    rows: npt.ArrayLike,
    column: str,
    shown: pd.Series[str],
    expected: npt.NDArray[np.object_],
) -> pd.DataFrame:
    return defects.defects_at(
        code,
        table=table,
        file=file_of(mission, table),
        rows=rows,
        column=column,
        values=shown.to_numpy(dtype=object),
        expected=expected,
    )
