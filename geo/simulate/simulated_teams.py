"""Who observes: teams with a base and a compact territory, or one observer at each sampled station."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from geo.model.columns import BoolArray, FloatArray, IntArray
from geo.simulate.districts import largest_remainder
from geo.simulate.land import APART, KM_PER_DEGREE, Land
from geo.simulate.simulated_stations import SimulatedStations

QUIET_SHARE: Final = 0.08  # the quiet area is the one whose share of voters is nearest to this
TERRITORY_KM: Final = 150.0
NEAR_KM: Final = 22.0  # teams choose stations near their base, thinning out with distance
SPARE: Final = 28  # stations within reach of a team and day; about 20 are visited


@dataclass(frozen=True, eq=False)
class SimulatedTeams:
    """T teams. `home`: (T,) station at the base; a static observer's own station.

    `candidates`: (T, K) int64 stations in the territory that the team may choose, −1 padded.
    `quiet_area`: index of the area no team was sent to, −1 for none.
    """

    area: IntArray
    home: IntArray
    candidates: IntArray
    quiet_area: int


def draw_teams(
    land: Land,
    stations: SimulatedStations,
    count: int,
    days: int,
    cluster_area: int,
    rng: np.random.Generator,
) -> SimulatedTeams:
    """Return mobile teams, shared out by voters; one sizeable area gets none."""
    areas = len(land.area_ids)
    weight = np.asarray(np.bincount(stations.area, stations.voters, areas), dtype=np.float64)
    quiet = _quiet(weight, land.is_city, cluster_area)
    if quiet >= 0:
        weight[quiet] = 0
    stations_of_area = np.bincount(stations.area, minlength=areas)
    wanted = np.minimum(largest_remainder(count, weight), stations_of_area)
    urge = np.log(stations.voters * np.where(stations.is_urban, 6.0, 1.0)) + rng.gumbel(
        size=len(stations.area)
    )
    rank = _rank(stations.area, -urge)
    home = np.flatnonzero(rank < wanted[stations.area])
    if len(home) < count:  # areas too small for their share: the rest goes wherever stations are left
        rest = np.setdiff1d(np.flatnonzero(stations.area != quiet), home)
        home = np.sort(
            np.concatenate([home, rest[np.argsort(-urge[rest], kind="stable")][: count - len(home)]])
        )
    candidates = _territories(stations, home, SPARE * days, rng)
    return SimulatedTeams(area=stations.area[home], home=home, candidates=candidates, quiet_area=quiet)


def draw_observers(stations: SimulatedStations, count: int, rng: np.random.Generator) -> SimulatedTeams:
    """Return one observer at each station of a sample, stratified by area × urban."""
    stratum = stations.area * 2 + stations.is_urban
    size = np.bincount(stratum).astype(np.float64)
    wanted = np.minimum(largest_remainder(count, size), size.astype(np.int64))
    home = np.flatnonzero(_rank(stratum, rng.random(len(stratum))) < wanted[stratum])
    return SimulatedTeams(area=stations.area[home], home=home, candidates=home[:, None], quiet_area=-1)


def _quiet(voters: FloatArray, is_city: BoolArray, cluster_area: int) -> int:
    """Return a sizeable area to leave without a team, or −1.

    Neither a city nor the hot spot's: they would be missed for other reasons.
    """
    if len(voters) < 4 or is_city.all():
        return -1
    distance = np.where(is_city, np.inf, np.abs(voters / voters.sum() - QUIET_SHARE))
    if cluster_area >= 0:
        distance[cluster_area] = np.inf
    return int(np.argmin(distance))


def _rank(group: IntArray, key: FloatArray) -> IntArray:
    """Return 0, 1, 2… within each group by ascending key."""
    order = np.lexsort((key, group))
    ordered = group[order]
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - np.searchsorted(ordered, ordered, side="left")
    return rank


def _territories(
    stations: SimulatedStations, home: IntArray, size: int, rng: np.random.Generator
) -> IntArray:
    """Return up to `size` stations for each team; (T, size), −1 padded.

    A station belongs to the nearest base of its area. Within the territory stations are
    drawn, near ones more often.
    """
    width = np.cos(np.radians(float(np.mean(stations.lat)))) * KM_PER_DEGREE
    x, y = stations.lon * width, stations.lat * KM_PER_DEGREE
    tree = cKDTree(np.column_stack([x[home], y[home], stations.area[home] * APART]))
    km, team = tree.query(
        np.column_stack([x, y, stations.area * APART]), distance_upper_bound=TERRITORY_KM, workers=-1
    )
    km = np.asarray(km, dtype=np.float64)
    rows = np.flatnonzero(np.isfinite(km))
    team = np.asarray(team, dtype=np.int64)[rows]
    reluctance = km[rows] / NEAR_KM - rng.gumbel(size=len(rows))
    rank = _rank(team, reluctance)
    is_near = rank < size
    candidates = np.full((len(home), size), -1, dtype=np.int64)
    candidates[team[is_near], rank[is_near]] = rows[is_near]
    return candidates
