"""What a plan gains: gaps closed, cells seen for the first time, representativeness, minutes and km."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.analysis.statistics.gap_formulas import duncan, gap
from geo.model.columns import FloatArray, IntArray
from geo.model.places import GEOD
from geo.routing.planner import PlanState
from geo.routing.solver import travel_estimate
from geo.routing.solver.demand import NOT_OBSERVED, Stop, TeamPlan


@dataclass(frozen=True, eq=False)
class GainUnits:
    """Before and after per unit, (U,) each. `unit`: registry positions of areas, or cells' numbers.

    `visited`: stations observed so far, `planned`: more of them by the plan. `gap_before`, `gap_after`:
    visits short of the fair share, NaN where no share is known.
    """

    unit: IntArray
    fair: FloatArray
    visited: FloatArray
    planned: FloatArray
    gap_before: FloatArray
    gap_after: FloatArray

    @property
    def short_before(self) -> float:
        return float(np.nansum(self.gap_before))

    @property
    def short_after(self) -> float:
        return float(np.nansum(self.gap_after))


@dataclass(frozen=True, eq=False)
class Gain:
    """What the plan adds to the map if everything goes as planned.

    `gaps`, `closed`: visits short over all areas, whole, and how many of them the plan makes; None where
    the mission has no plan of visits. `d_before`, `d_after`: Duncan's D of stations visited by area, NaN
    with none. `minutes`, `km`: under way, all teams; `minutes_low`, `minutes_high`: the estimate's band.
    """

    areas: GainUnits
    cells: GainUnits
    stations: int
    first_visits: int
    gaps: int | None
    closed: int | None
    d_before: float
    d_after: float
    minutes: float
    km: float
    is_estimate: bool

    @property
    def minutes_low(self) -> float:
        return self.minutes * (travel_estimate.BAND[0] if self.is_estimate else 1.0)

    @property
    def minutes_high(self) -> float:
        return self.minutes * (travel_estimate.BAND[1] if self.is_estimate else 1.0)


def gain_of(state: PlanState) -> Gain:
    """Return what the plan gains over the visits of its snapshot; only stops that observe count."""
    asked, demand = state.asked, state.demand
    rows = observed_rows(state)
    registry = asked.snapshot.registry
    unit = np.full(len(registry.areas) + 1, -1, dtype=np.int64)
    unit[asked.area] = np.arange(len(asked.area))
    of_area = unit[registry.area_at_level(1)[asked.station[rows]]]
    areas = _units(asked.area, asked.fair, asked.visited, of_area)
    every_cell = np.arange(len(demand.weight), dtype=np.int64)
    cells = _units(every_cell, asked.cell_fair, asked.cell_visited, demand.cell[rows])
    has_plan = bool(np.isfinite(asked.fair).any())
    of_station = unit[registry.area_at_level(1)]
    frame = np.bincount(of_station[of_station >= 0], minlength=len(asked.area)).astype(np.float64)
    return Gain(
        areas=areas,
        cells=cells,
        stations=len(rows),
        first_visits=int(((cells.visited == 0) & (cells.planned > 0)).sum()),
        gaps=round(areas.short_before) if has_plan else None,
        closed=round(areas.short_before) - round(areas.short_after) if has_plan else None,
        d_before=duncan(areas.visited, frame),
        d_after=duncan(areas.visited + areas.planned, frame),
        minutes=sum(team.drive for team in state.plan.teams),
        km=sum(km_of(state, i) for i in range(len(state.plan.teams))),
        is_estimate=state.table is None,
    )


def _units(unit: IntArray, fair: FloatArray, visited: FloatArray, of_stop: IntArray) -> GainUnits:
    planned = np.bincount(of_stop[of_stop >= 0], minlength=len(unit)).astype(np.float64)
    return GainUnits(unit, fair, visited, planned, gap(visited, fair), gap(visited + planned, fair))


def observed_rows(state: PlanState) -> IntArray:
    """Return the demand's rows of stations that the plan observes and nobody had visited, ascending."""
    visited = set(state.demand.excluded)
    rows = {
        stop.station
        for team in state.plan.teams
        for stop in team.stops
        if stop.service not in NOT_OBSERVED and stop.station not in visited
    }
    return np.array(sorted(rows), dtype=np.int64)


def km_of(state: PlanState, index: int) -> float:
    """Return the road kilometres of one team's day; of a server's minutes, the straight line × 1.3."""
    team, demand = state.plan.teams[index], state.demand
    if state.table is None:
        legs = [*(stop.drive for stop in team.stops), team.drive_back]
        return float(travel_estimate.km_of_minutes(legs).sum())
    line = np.array(line_of(state, index))
    metres = GEOD.inv(line[:-1, 0], line[:-1, 1], line[1:, 0], line[1:, 1])[2]
    return float(np.sum(metres)) / 1000 * travel_estimate.DETOUR if len(demand.lon) else 0.0


def line_of(state: PlanState, index: int) -> list[tuple[float, float]]:
    """Return a team's day as (lon, lat): where it sets out, its stops, its base."""
    demand, team = state.demand, state.plan.teams[index]
    duty = demand.teams[index]
    base = (duty.lon, duty.lat)
    start = _point(state, duty.start) if duty.start >= 0 else base
    return [start, *(_point(state, stop.station) for stop in team.stops), base]


def _point(state: PlanState, row: int) -> tuple[float, float]:
    return float(state.demand.lon[row]), float(state.demand.lat[row])


def sentence(gain: Gain) -> str:
    """Return the gain in one line of plain English; estimated hours are called so, with their band."""
    if gain.gaps is None:
        what = f"visits {gain.stations} stations, {gain.first_visits} cells for the first time"
    else:
        what = f"closes {gain.closed} of {gain.gaps} gaps"
    return f"{what}; {way(gain)}"


def way(gain: Gain) -> str:
    """Return minutes and kilometres under way, in words."""
    hours, km = gain.minutes / 60, f"{gain.km:,.0f} km"
    if not gain.is_estimate:
        return f"{hours:,.1f} h under way by the travel server, about {km}"
    low, high = gain.minutes_low / 60, gain.minutes_high / 60
    return f"{hours:,.1f} h under way (an estimate: {low:,.1f} to {high:,.1f} h), {km}"


def is_observed(stop: Stop) -> bool:
    return stop.service not in NOT_OBSERVED


def visits_of(team: TeamPlan) -> int:
    return sum(is_observed(stop) for stop in team.stops)
