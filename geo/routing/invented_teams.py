"""Teams to plan for that are not the mission's own: from a file, or so many put into the largest towns."""

from __future__ import annotations

from datetime import datetime
from heapq import heapify, heapreplace
from pathlib import Path
from typing import Final

import numpy as np

from geo.model import reports
from geo.model.columns import NO_TIME
from geo.model.errors import InputError, RouteError
from geo.model.messages import counted_message
from geo.model.mission import Mission
from geo.model.reports import Teams
from geo.model.snapshot import Snapshot
from geo.model.table_source import TableSource
from geo.model.tables import BY_NAME
from geo.reading import conforming, defects, readers

MOST_TEAMS: Final = 1_000


def of_file(path: Path, mission: Mission, now: datetime) -> tuple[Teams, list[str]]:
    """Return the teams in a file of the `teams` table, any format the readers know, and what was odd.

    Raises InputError for a file that is no such table, or holds no team.
    """
    source = TableSource("teams", path)
    conformed = conforming.conform(readers.read(source), BY_NAME["teams"], mission, source, now)
    stops = [code for code in conformed.defects["code"] if defects.severity_of(str(code)) == "stops"]
    if stops or not len(conformed.frame):
        needed = ", ".join(column.name for column in BY_NAME["teams"].columns if column.required)
        raise InputError(
            f"{path.name}: no table of teams; it needs a header with {needed}, and a row per team"
        )
    remarks = [
        f"{path.name} row {row['row']}: {row['column']} {row['value']!r}: {row['reason']}"
        for row in conformed.rejects.to_dict("records")
    ]
    return reports.teams(conformed.frame, set()), remarks


def in_towns(snapshot: Snapshot, count: int) -> Teams:
    """Return so many short-term teams based in the largest towns, more than one where a town is large.

    A town is the stations of one settlement of one area; its size their voters, or their number where
    voters are unknown. Seats are shared out by D'Hondt's highest averages, so that the second team of a
    city comes before the first of a town half its size. Raises RouteError without a station on the map.
    """
    if not 1 <= count <= MOST_TEAMS:
        raise RouteError("the number of teams must lie between 1 and {most}", most=MOST_TEAMS)
    stations = snapshot.registry.stations
    rows = np.flatnonzero(stations.is_on_map)
    if not len(rows):
        raise RouteError(
            counted_message(
                "no station has a point on the map; {n} is known to its area only",
                "no station has a point on the map; {n} are known to their area only",
                n=len(stations),
            )
        )
    names = stations.settlement.take(rows).to_pandas().to_numpy(dtype=object)
    place = np.where(names == "", snapshot.registry.cell[rows].astype(str), names)
    _, town = np.unique(
        np.array([f"{a}\0{p}" for a, p in zip(stations.area[rows].tolist(), place, strict=True)]),
        return_inverse=True,
    )
    voters = np.nan_to_num(stations.voters[rows])
    size = np.bincount(town, voters if voters.any() else np.ones(len(rows)))
    number = np.bincount(town)
    lon, lat = (np.bincount(town, values[rows]) / number for values in (stations.lon, stations.lat))
    queue = [(-float(people), i, 1) for i, people in enumerate(size.tolist())]
    heapify(queue)
    chosen = []
    for _ in range(count):
        _, index, seats = queue[0]
        chosen.append(index)
        heapreplace(queue, (-float(size[index]) / (seats + 1), index, seats + 1))
    nothing = np.full(count, NO_TIME, dtype=np.int64)
    width = max(2, len(str(count)))
    return Teams(
        team_id=tuple(f"P{i + 1:0{width}d}" for i in range(count)), kind=("short_term",) * count,
        observers=np.full(count, 2.0), base_lon=lon[chosen], base_lat=lat[chosen],
        shift_starts=nothing, shift_ends=nothing, last_contact=nothing, area_ids=("",) * count,
    )  # fmt: skip
