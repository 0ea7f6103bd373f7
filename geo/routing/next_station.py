"""The next best station for one team now, from the live tree of stations nobody has visited."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from geo.analysis.choice_analysis import analyse
from geo.model.columns import IntArray
from geo.model.grid import centres
from geo.model.places import UnvisitedStations
from geo.model.snapshot import Snapshot
from geo.routing.demand_from_snapshot import EVERYTHING, observed_services, was_visited, weights_of
from geo.routing.solver import travel_estimate
from geo.routing.solver.objective import EPSILON, Q

NEAREST: Final = 24  # stations around the team that are compared
CELLS: Final = 10  # cells that promise most for the way, whose stations are compared as well
PER_CELL: Final = 2  # stations of each of them, those nearest to its middle


@dataclass(frozen=True, slots=True)
class NextStation:
    """One station to go to now, and why. Times are minutes of the team's local day.

    `station`: its position in the registry. `drive`: minutes to get there. `gain`: what the visit adds to
    coverage (`objective`). `per_minute`: that less the cost of the drive, per minute of driving, waiting and
    observing; stations are ranked by it. `visits`: those its cell has had; 0 makes it a first visit.
    """

    station: int
    service: str
    drive: float
    begin: float
    leave: float
    gain: float
    per_minute: float
    visits: int


class NextStations:
    """Owns the live tree of unvisited stations and the worth of every cell; follows snapshots."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Fill the tree; about 15 s for a million stations, once per registry."""
        stations = snapshot.registry.stations
        self._registry = snapshot.registry.version
        self._visited = was_visited(snapshot)
        on_map = stations.is_on_map
        self._lon = np.where(on_map, stations.lon, np.nan)
        self._lat = np.where(on_map, stations.lat, np.nan)
        self._tree = UnvisitedStations(self._lon, self._lat, self._visited)
        self._cell = snapshot.unit_of_station("cell").astype(np.int64)
        self._area = stations.area
        self._centre_lon, self._centre_lat = centres(snapshot.cells)
        self._set_worth(snapshot)

    def _set_worth(self, snapshot: Snapshot) -> None:
        self._voting = next(s for s in observed_services(snapshot.mission) if s.name == "voting")
        self._weight = weights_of(snapshot, analyse(snapshot, "area", EVERYTHING))
        inside = self._cell >= 0
        cells = len(self._weight)
        self._waiting = np.bincount(self._cell[inside & ~self._visited], minlength=cells)
        seen = np.bincount(self._cell[inside & self._visited], minlength=cells)
        self._seen = seen.astype(np.int64)

    def follow(self, snapshot: Snapshot) -> bool:
        """Take out what was visited since, put back what was withdrawn; False if the registry is another."""
        if snapshot.registry.version != self._registry:
            return False
        visited = was_visited(snapshot)
        for station in np.flatnonzero(visited & ~self._visited).tolist():
            self._tree.visited(station)
        for station in np.flatnonzero(~visited & self._visited).tolist():
            self._tree.withdrawn(station)
        self._visited = visited
        self._set_worth(snapshot)
        return True

    def best(
        self,
        lon: float,
        lat: float,
        now: float,
        *,
        home: tuple[float, float] | None = None,
        shift_end: float = 24 * 60.0,
        areas: Collection[int] = (),
        without: Collection[int] = (),
        no_go: Sequence[shapely.Geometry] = (),
        many: int = 5,
    ) -> tuple[NextStation, ...]:
        """Return the stations whose voting a team at (lon, lat) adds most by per minute, best first.

        `now`, `shift_end`: minutes of the team's day. `home`: lon, lat of where it must be when its shift
        ends. `areas`: registry positions of its responsibility, empty for anywhere. `without`: stations
        (positions) that are not for it. `no_go`: polygons in degrees in which no station is offered; a way
        through one is not noticed. Empty if nothing can be reached in time. About 10 ms, however many
        stations there are.
        """
        rows = self._candidates(lon, lat, areas, without, no_go)
        if not len(rows):
            return ()
        drive = travel_estimate.between(lon, lat, self._lon[rows], self._lat[rows])
        back = np.zeros(len(rows))
        if home is not None:
            back = travel_estimate.between(*home, self._lon[rows], self._lat[rows])
        seen = self._seen[self._cell[rows]]
        gain = self._weight[self._cell[rows]] * Q * (1 - Q) ** seen
        begin = np.maximum(now + drive, self._voting.opens)
        leave = begin + self._voting.minutes
        worth = (gain - EPSILON * drive) / (leave - now)
        able = np.flatnonzero((begin <= self._voting.closes) & (leave + back <= shift_end) & (worth > 0))
        ranked = able[np.lexsort((rows[able], drive[able], -worth[able]))]
        return tuple(
            NextStation(
                int(rows[i]), self._voting.name, float(drive[i]), float(begin[i]), float(leave[i]),
                float(gain[i]), float(worth[i]), int(seen[i]),
            )
            for i in ranked[:many].tolist()
        )  # fmt: skip

    def _candidates(
        self,
        lon: float,
        lat: float,
        areas: Collection[int],
        without: Collection[int],
        no_go: Sequence[shapely.Geometry],
    ) -> IntArray:
        """Return stations around the team and of the cells that promise most for the way, (m,) ascending."""
        near = [station for station, _ in self._tree.nearest(lon, lat, NEAREST + len(without))]
        way = travel_estimate.between(lon, lat, self._centre_lon, self._centre_lat)
        worth = self._weight * Q * (1 - Q) ** self._seen * (self._waiting > 0)
        promise = worth / (way + self._voting.minutes)
        for cell in np.argsort(-promise, kind="stable")[:CELLS].tolist():
            centre = float(self._centre_lon[cell]), float(self._centre_lat[cell])
            near += [station for station, _ in self._tree.nearest(*centre, PER_CELL)]
        rows = np.array(sorted(set(near) - set(without)), dtype=np.int64)
        rows = rows[self._cell[rows] >= 0]
        for shape in no_go:
            rows = rows[~shapely.intersects_xy(shape, self._lon[rows], self._lat[rows])]
        return rows[np.isin(self._area[rows], list(areas))] if areas else rows
