"""The mission as of one moment: registry and reports, immutable, with a version of their content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.model import counts, grid
from geo.model.columns import IndexArray, distinct, frozen
from geo.model.counts import Choice, Considered, Counts
from geo.model.mission import Mission
from geo.model.registry import Registry, raised
from geo.model.reports import Assignments, Categories, Incidents, Teams, Visits
from geo.model.tables import PRECISIONS

UnitKind = Literal["area", "cell"]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Everything known of a mission as of a moment; nothing in it changes.

    `totals`, `presence`, `notes`, `rejects`, `defects`: conformed frames, sorted by their keys.
    `as_of`: the moment it speaks for, UTC. `version`: registry hash, number of reports, report hash.
    `tallied`: counters somebody kept up to date already, by kind, level (0 for cells) and choice.
    `view`: what somebody may not see was taken out under this name; "" for the whole.
    """

    mission: Mission
    registry: Registry
    categories: Categories
    teams: Teams
    visits: Visits
    incidents: Incidents
    assignments: Assignments
    totals: pd.DataFrame
    presence: pd.DataFrame
    notes: pd.DataFrame
    rejects: pd.DataFrame
    defects: pd.DataFrame
    as_of: datetime
    version: str
    tallied: Mapping[tuple[str, int, Choice], Counts] = field(default_factory=dict)
    view: str = ""

    @cached_property
    def cells(self) -> npt.NDArray[np.uint64]:
        """(U,) uint64, every H3 cell that holds a station with a point of its own, ascending."""
        held = distinct(self.registry.cell)
        return frozen(held[held != grid.NO_CELL])

    def unit_of_station(self, kind: UnitKind = "area", level: int = 1) -> IndexArray:
        """Return the unit of every station: its area's index at a level, or its cell's, or -1."""
        return self.registry.area_at_level(level) if kind == "area" else self._cell_of_station

    @cached_property
    def _cell_of_station(self) -> IndexArray:
        position = np.searchsorted(self.cells, self.registry.cell).astype(np.int32)
        return frozen(np.where(self.registry.cell != grid.NO_CELL, position, np.int32(-1)))

    def considered(self, choice: Choice) -> Considered:
        """Return what a choice counts, before it is known in which units."""
        return counts.considered(
            stations=self.registry.stations,
            visits=self.visits,
            incidents=self.incidents,
            categories=self.categories,
            choice=choice,
        )

    def counts(
        self,
        kind: UnitKind = "area",
        level: int = 1,
        choice: Choice | None = None,
        of: Considered | None = None,
    ) -> Counts:
        """Return the counters of every area (A, all levels; zero off the level asked for) or cell.

        `of`: what the choice counts, where that is known already.
        """
        known = self.tallied.get((kind, level if kind == "area" else 0, choice or Choice()))
        if known is not None:
            return known
        areas = self.registry.areas
        nowhere = np.full(len(areas) + 1, -1, dtype=np.int32)
        return counts.tally_considered(
            of or self.considered(choice or Choice()),
            self.unit_of_station(kind, level),
            raised(areas, level) if kind == "area" else nowhere,
            len(areas) if kind == "area" else len(self.cells),
        )

    def total(self, measure: str, area_id: str = "") -> int | None:
        """Return a figure known only as a sum, None where it is unknown or not reported."""
        row = self.totals[(self.totals["measure"] == measure) & (self.totals["area_id"] == area_id)]
        values = row.loc[row["status"] == "reported", "value"].dropna()
        return int(values.iloc[0]) if len(values) else None

    def is_not_reported(self, measure: str, area_id: str) -> bool:
        """Return whether the source is known to be silent on a figure of an area."""
        row = self.totals[(self.totals["measure"] == measure) & (self.totals["area_id"] == area_id)]
        return bool((row["status"] == "not_reported").any())

    @property
    def says_where_observers_were(self) -> bool:
        """Return whether it is known at all where observers were: by visits, sums of areas, or presence.

        A public source may list findings only; whoever counts visits knows it from the first report on.
        """
        by_area = (self.totals["measure"] == "visited") & (self.totals["area_id"] != "")
        is_stated = bool(by_area.any() or (self.presence["kind"] == "election_day").any())
        return is_stated or len(self.visits) > 0 or self.mission.nature != "public_source"

    def stations_gdf(self, choice: Choice | None = None) -> gpd.GeoDataFrame:
        """Return the stations for notebooks: one row each, EPSG:4326, geometry None without a point.

        Columns: station_id, area_id, number, stream, name, settlement, precision, voters, located_area_id
        (where the point lies, "" for nowhere), cell (H3 name), visits, visits_with_finding, findings.
        """
        stations, areas = self.registry.stations, self.registry.areas
        each = np.arange(len(stations), dtype=np.int32)
        tally = counts.tally(
            each,
            np.full(len(areas) + 1, -1, dtype=np.int32),
            len(stations),
            stations=stations,
            visits=self.visits,
            incidents=self.incidents,
            categories=self.categories,
            choice=choice or Choice(),
        )
        area_ids = np.array([*areas.area_id, ""], dtype=object)
        frame = pd.DataFrame(
            {
                **{c: getattr(stations, c).to_pylist() for c in ("station_id", "number", "stream", "name")},
                "settlement": stations.settlement.to_pylist(),
                "area_id": area_ids[stations.area],
                "precision": np.array(PRECISIONS, dtype=object)[stations.precision],
                "voters": stations.voters,
                "located_area_id": area_ids[self.registry.located_area],
                "cell": grid.to_text(self.registry.cell),
                "visits": tally.visits,
                "visits_with_finding": tally.with_finding,
                "findings": tally.findings + tally.findings_apart,
            }
        )
        points = np.full(len(stations), None, dtype=object)
        placed = np.isfinite(stations.lon) & np.isfinite(stations.lat)
        points[placed] = shapely.points(stations.lon[placed], stations.lat[placed])
        return gpd.GeoDataFrame(frame, geometry=points, crs="EPSG:4326")
