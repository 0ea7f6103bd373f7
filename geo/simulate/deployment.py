"""What one simulated day is, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.simulate.catalog import Catalog
from geo.simulate.districts import Seeds
from geo.simulate.findings import Model
from geo.simulate.land import BoolArray, FloatArray, IntArray, Land
from geo.simulate.options import Options
from geo.simulate.schedule import Schedule
from geo.simulate.staging import Cast, Event
from geo.simulate.stations import Stations
from geo.simulate.teams import Teams


@dataclass(frozen=True, eq=False)
class Cluster:
    """Where the hot spot is planted: around a town of area index `area`."""

    town: str
    area: int
    lon: float
    lat: float
    radius_km: float


@dataclass(frozen=True, eq=False)
class Ground:
    """What is there before anybody observes: stations, teams, plan, planted truth."""

    options: Options
    land: Land
    seeds: Seeds | None
    catalog: Catalog
    stations: Stations
    teams: Teams
    cluster: Cluster | None
    model: Model
    part: Cast | None
    events: tuple[Event, ...]
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

    ground: Ground
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
