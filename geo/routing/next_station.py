"""The next best station for one team now, from the live tree of stations nobody has visited."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from geo.analysis.choice_analysis import Analysis, analyse
from geo.model.columns import FloatArray, IntArray
from geo.model.grid import centres
from geo.model.places import UnvisitedStations
from geo.model.snapshot import Snapshot
from geo.routing.demand_from_snapshot import EVERYTHING, was_visited, weights_of
from geo.routing.solver import travel_estimate
from geo.routing.solver.demand import SERVICES, Service
from geo.routing.solver.objective import EPSILON, Q

NEAREST: Final = 24  # stations around the team
CELLS: Final = 10  # and stations of the cells that promise most for the way
PER_CELL: Final = 2
MINUTES_AT_A_STATION: Final = 35.0  # only ranks cells; the service's own minutes rank stations


@dataclass(frozen=True, slots=True)
class NextStation:
    """One station to go to now, and why. Times are minutes of the local day.

    `gain`: what the visit adds to coverage, `per_minute`: the same per minute of driving, waiting and
    observing, which is what it is ranked by. `visits`: those its cell has had; 0 makes it a first visit.
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

    def __init__(self, snapshot: Snapshot, by_area: Analysis | None = None) -> None:
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
        self._set_worth(snapshot, by_area)

    def _set_worth(self, snapshot: Snapshot, by_area: Analysis | None) -> None:
        self._weight = weights_of(snapshot, by_area or analyse(snapshot, "area", EVERYTHING))
        inside = self._cell >= 0
        cells = len(self._weight)
        self._waiting = np.bincount(self._cell[inside & ~self._visited], minlength=cells)
        seen = np.bincount(self._cell[inside & self._visited], minlength=cells)
        self._seen = seen.astype(np.int64)

    def follow(self, snapshot: Snapshot, by_area: Analysis | None = None) -> bool:
        """Take out what was visited since, put back what was withdrawn; False if the registry is another."""
        if snapshot.registry.version != self._registry:
            return False
        visited = was_visited(snapshot)
        for station in np.flatnonzero(visited & ~self._visited).tolist():
            self._tree.visited(station)
        for station in np.flatnonzero(~visited & self._visited).tolist():
            self._tree.withdrawn(station)
        self._visited = visited
        self._set_worth(snapshot, by_area)
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
        needs: Sequence[str] = (),
        many: int = 5,
        q: float = Q,
        epsilon: float = EPSILON,
    ) -> tuple[NextStation, ...]:
        """Return the stations that add most per minute for a team at (lon, lat) now, best first.

        `home`: where it must be when its shift ends. `areas`: registry positions of its responsibility,
        empty for anywhere. `without`: stations (positions) other teams are on their way to, or excluded.
        `needs`: openings and closings it still has to staff. Empty if nothing can be reached in time.
        About 10 ms, however many stations there are.
        """
        rows = self._candidates(lon, lat, areas, without, q)
        if not len(rows):
            return ()
        drive = travel_estimate.between(lon, lat, self._lon[rows], self._lat[rows])
        back = (
            np.zeros(len(rows))
            if home is None
            else travel_estimate.between(*home, self._lon[rows], self._lat[rows])
        )
        cell = self._cell[rows]
        gain = self._weight[cell] * q * (1 - q) ** self._seen[cell]
        ranked = []
        for service in SERVICES:
            if service.name != "voting" and service.name not in needs:
                continue
            ranked += _ranked(rows, service, now, drive, back, shift_end, gain, epsilon, self._seen[cell])
        ranked.sort(key=lambda candidate: (-candidate.per_minute, candidate.drive, candidate.station))
        best: dict[int, NextStation] = {}
        for candidate in ranked:
            best.setdefault(candidate.station, candidate)
        return tuple(best.values())[:many]

    def _candidates(
        self, lon: float, lat: float, areas: Collection[int], without: Collection[int], q: float
    ) -> IntArray:
        """Return stations around the team and of the cells that promise most for the way, (m,)."""
        near = [station for station, _ in self._tree.nearest(lon, lat, NEAREST + len(without))]
        way = travel_estimate.between(lon, lat, self._centre_lon, self._centre_lat)
        worth = self._weight * q * (1 - q) ** self._seen * (self._waiting > 0)
        promise = worth / (way + MINUTES_AT_A_STATION)
        for cell in np.argsort(-promise, kind="stable")[:CELLS].tolist():
            centre = float(self._centre_lon[cell]), float(self._centre_lat[cell])
            near += [station for station, _ in self._tree.nearest(*centre, PER_CELL)]
        rows = np.array(sorted(set(near) - set(without)), dtype=np.int64)
        rows = rows[self._cell[rows] >= 0]
        return rows[np.isin(self._area[rows], list(areas))] if areas else rows


def _ranked(
    rows: IntArray,
    service: Service,
    now: float,
    drive: FloatArray,
    back: FloatArray,
    shift_end: float,
    gain: FloatArray,
    epsilon: float,
    seen: IntArray,
) -> list[NextStation]:
    begin = np.maximum(now + drive, service.opens)
    leave = begin + service.minutes
    worth = (gain - epsilon * drive) / (leave - now)
    able = (begin <= service.closes) & (leave + back <= shift_end) & (worth > 0)
    return [
        NextStation(
            int(rows[i]), service.name, float(drive[i]), float(begin[i]), float(leave[i]),
            float(gain[i]), float(worth[i]), int(seen[i]),
        )
        for i in np.flatnonzero(able).tolist()
    ]  # fmt: skip
