"""What one simulated day is, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.model.columns import BoolArray, FloatArray, IntArray
from geo.simulate.districts import Seeds
from geo.simulate.form_catalog import Catalog
from geo.simulate.land import Land
from geo.simulate.options import SimulationOptions
from geo.simulate.schedule import Schedule
from geo.simulate.simulated_findings import Model
from geo.simulate.simulated_stations import SimulatedStations
from geo.simulate.simulated_teams import SimulatedTeams
from geo.simulate.staged_events import Cast, StagedEvent


@dataclass(frozen=True, eq=False)
class PlantedCluster:
    """Where the hot spot is planted: around a town of area index `area`."""

    town: str
    area: int
    lon: float
    lat: float
    radius_km: float


@dataclass(frozen=True, eq=False)
class SimulatedGround:
    """What is there before anybody observes: stations, teams, plan, planted truth."""

    options: SimulationOptions
    land: Land
    seeds: Seeds | None
    catalog: Catalog
    stations: SimulatedStations
    teams: SimulatedTeams
    cluster: PlantedCluster | None
    model: Model
    part: Cast | None
    events: tuple[StagedEvent, ...]
    plan: Schedule
    station_effect: FloatArray
    team_effect: FloatArray
    is_in_cluster: BoolArray


@dataclass(frozen=True, eq=False)
class Deployment:
    """One day: N stations, V visits, T teams, F findings; see docs/simulation.md.

    Times are minutes after midnight of election day in the mission's zone. Visits are ordered by
    `received`; `form` (V,) is their number in the whole day, so a day cut short keeps its numbers.
    `visit_of_finding`, `category_of_finding`: (F,), categories index `ground.catalog.slugs`.
    """

    ground: SimulatedGround
    area_ids: tuple[str, ...]
    lon: FloatArray
    lat: FloatArray
    area_of_station: npt.NDArray[np.int32]
    voters: IntArray
    is_urban: BoolArray
    is_in_cluster: BoolArray
    truth_rate_of_station: FloatArray
    team_effect: FloatArray
    truth_rate_of_team: FloatArray
    form: IntArray
    station_of_visit: IntArray
    team_of_visit: IntArray
    stage_of_visit: npt.NDArray[np.int8]
    outcome: npt.NDArray[np.int8]
    arrived: IntArray
    left: IntArray
    received: IntArray
    is_short: BoolArray
    is_planned: BoolArray
    is_verified: BoolArray
    is_withdrawn: BoolArray
    is_finding: BoolArray
    is_low_finding: BoolArray
    visit_of_finding: IntArray
    category_of_finding: IntArray
