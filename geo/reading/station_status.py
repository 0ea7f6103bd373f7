"""Stations that are not open on election day: what a register says of them, and who still speaks of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd

from geo.model.mission import Mission
from geo.model.registry import is_open, stations_merged_into
from geo.model.text_cells import Cells, cells_of
from geo.reading import defects, parse_values
from geo.reading.check_boundaries import file_of

# "merged into N/3", "объединён с 3", "присоединен к участку 3", "3 учаскемен біріктірілді" and the like
_MERGED: Final = re.compile(
    r"(?:merged|joined|consolidated|объедин[её]н\w*|присоедин[её]н\w*|біріктірілді|қосылды)\s*"
    r"(?:into|with|to|in|с|со|к|ко)?\s*:?\s*(?P<target>\S.*)",
    re.IGNORECASE,
)
REFERRING: Final = ("visits", "assignments", "incidents")


def without_target(cells: Cells) -> Cells:
    """Return the words of `status`, "merged" for a text that also says into which station."""
    every = np.arange(len(cells))
    words = parse_values.each_distinct(cells, every, lambda text: "merged" if _target(text) else text)[0]
    return parse_values.replaced(cells, every, words) if len(every) else cells


def fill_merged_into(read: dict[str, pd.Series[Any]], status: pd.Series[Any] | None) -> None:
    """Complete `merged_into` in `read` from texts of the source's `status` such as "merged into N/3"."""
    if status is None or not len(status):
        return
    own = cells_of(read["merged_into"])
    empty = np.flatnonzero(parse_values.is_empty(own))
    targets = parse_values.each_distinct(cells_of(status), empty, _target)[0]
    read["merged_into"] = parse_values.series(parse_values.replaced(own, empty, targets))


def cancel_closed(read: dict[str, pd.Series[Any]], election_date: date) -> None:
    """Say `cancelled` in `status` of every station closed on election day that is not merged."""
    day = pd.Timestamp(election_date, tz="UTC")
    is_closed = (read["closed_on"] <= day) & (read["status"] != "merged")
    if is_closed.any():
        read["status"] = read["status"].mask(is_closed, "cancelled")


def _target(text: str) -> str:
    words = _MERGED.fullmatch(text.strip())
    return words["target"].strip() if words else ""


def check_registered(stations: pd.DataFrame, mission: Mission) -> pd.DataFrame:
    """Return how many stations are not open, and those merged into one that is not known.

    The count is one defect, at the first of them: a register of thousands would bury everything else.
    """
    closed = stations[~is_open(stations)]
    if not len(closed):
        return defects.empty()
    counted = ", ".join(f"{n:,} {word}" for word, n in closed["status"].value_counts(sort=False).items())
    target = stations_merged_into(closed, stations[is_open(stations)]["station_id"])
    lost = closed[(closed["status"] == "merged").to_numpy(dtype=bool) & (target.to_numpy() == "")]
    right = "the station_id of an open station, or its number in the same area"
    idle = "nothing; whoever looks for one finds it by its number"
    return defects.concat(
        [
            _at("station_not_open", "stations", mission, closed.iloc[:1], "status", [counted], idle),
            _at("merged_into_unknown", "stations", mission, lost, "merged_into", lost["merged_into"], right),
        ]
    )


def check_named(frames: Mapping[str, pd.DataFrame], mission: Mission) -> pd.DataFrame:
    """Return the reports and assignments that name a station which is not open; each stays as it is."""
    stations = frames["stations"]
    if "status" not in stations or is_open(stations).all():
        return defects.empty()
    closed = stations[~is_open(stations)]
    target = stations_merged_into(closed, stations[is_open(stations)]["station_id"])
    parts = []
    for table in REFERRING:
        rows = frames[table]
        named = rows["station_id"].map(target)
        for code, is_so, right in (
            ("station_merged", named.fillna("") != "", "counted at " + named.fillna("")),
            ("station_cancelled", named == "", "an open station, or status = open in the stations table"),
        ):
            at = is_so.to_numpy(dtype=bool)
            expected = right if isinstance(right, str) else right[at].to_numpy(dtype=object)
            parts.append(_at(code, table, mission, rows[at], "station_id", rows["station_id"][at], expected))
    return defects.concat(parts)


def _at(
    code: str, table: str, mission: Mission, rows: pd.DataFrame, column: str, shown: Any, expected: Any
) -> pd.DataFrame:
    right = np.full(len(rows), expected, dtype=object) if isinstance(expected, str) else expected
    return defects.defects_at(
        code,
        table=table,
        file=file_of(mission, table),
        rows=rows["row"],
        column=column,
        values=np.asarray(shown, dtype=object),
        expected=right,
    )
