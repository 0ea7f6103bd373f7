"""Which rows a device may not send: those of another place than it is bound to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from geo.intake.report_rows import MOST_PROBLEMS, RowProblem
from geo.intake.upload_plan import areas_of
from geo.model.snapshot import Snapshot

MOST_NAMED: Final = 5  # places in one message
IsOwn = Callable[[tuple[str, ...], str], bool]


def rows_elsewhere(
    rows: Sequence[object],
    problems: Sequence[RowProblem],
    snapshot: Snapshot,
    is_own: IsOwn,
    places: Sequence[str],
) -> list[RowProblem]:
    """Return all that is wrong with rows: `problems`, and the rows of a place that is none of the device's.

    `problems`: what `events_from_rows` found; a row with one of its own is not looked at. `is_own`: whether
    the device may send of a station, given by the areas it lies in and its id. `places`: what the device is
    bound to, as it is told.

    A finding that names only its visit is where that is, and an edit that names no place where the report
    was: both were looked at when they came.
    """
    wrong, faulty = list(problems), {problem.row for problem in problems}
    named = ", ".join(places[:MOST_NAMED]) + (", …" if len(places) > MOST_NAMED else "")
    for number, row in enumerate(rows, 1):
        if len(wrong) >= MOST_PROBLEMS:
            break
        if number in faulty or not isinstance(row, dict):
            continue
        column, station = _place(row, snapshot)
        if column and not is_own(areas_of(row, snapshot), station):
            wrong.append(RowProblem(number, column, f"must be in what this key is for: {named}"))
    return sorted(wrong, key=lambda problem: problem.row)


def _place(row: Mapping[str, Any], snapshot: Snapshot) -> tuple[str, str]:
    """Return the column that says where a row belongs, "" where another report does, and its station's id."""
    stations = snapshot.registry.stations
    if row.get("station_id"):
        return "station_id", stations.station_id[snapshot.registry.station(row["station_id"])].as_py()
    if row.get("area_id"):
        return "area_id", ""
    stays = "supersedes" in row and not row.keys() & {"station_id", "area_id"}
    return "" if stays or row.get("visit_id") else "station_id", ""
