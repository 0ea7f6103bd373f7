"""Do the visited stations look like all stations? By area, urban and rural, and size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.analysis.statistics.gap_formulas import duncan
from geo.analysis.statistics.intervals import team_clusters
from geo.model.columns import CodeArray, IndexArray
from geo.model.counts import Choice, counted_visits
from geo.model.snapshot import Snapshot
from geo.model.tables import OUTCOMES

Counter = npt.NDArray[np.int64]
DUNCAN_WARNING: Final = 0.10  # D from which a page warns: one visit in ten would have to be elsewhere
SIZES: Final = (300, 800, 1500)  # registered voters: small below 300, large from 1,500
SIZE_NAMES: Final = ("under_300", "300_to_799", "800_to_1499", "from_1500")


@dataclass(frozen=True, eq=False)
class Comparison:
    """Visited stations beside the registry's, per stratum of one kind, all (S,).

    `duncan`: their dissimilarity D (`gap_formulas.duncan`), NaN where none was visited.
    """

    strata: tuple[str, ...]
    stations: Counter
    visited: Counter
    duncan: float


@dataclass(frozen=True, eq=False)
class RepresentativenessPanel:
    """The whole panel. `comparisons`: area, setting (urban or rural), size; only those that are known.

    `visits`, `effective_visits`: exposed visits of the choice, and how many independent ones tell as
    much once teams are allowed for (NaN with fewer than two teams).
    """

    comparisons: dict[str, Comparison]
    visited: int
    stations: int
    visits: int
    effective_visits: float


def panel(snapshot: Snapshot, choice: Choice | None = None) -> RepresentativenessPanel:
    """Return the comparison of visited stations with the registry, for a mission with a registry."""
    chosen = choice or Choice()
    stations = snapshot.registry.stations
    visits = snapshot.visits
    observed = counted_visits(visits, chosen) & (visits.outcome == OUTCOMES.index("observed"))
    is_visited = np.zeros(len(stations) + 1, dtype=bool)
    is_visited[visits.station[observed]] = True
    is_visited = is_visited[:-1]
    area = snapshot.registry.area_at_level(1)
    kept = [int(a) for a in np.unique(area[area >= 0])]
    position = np.full(len(snapshot.registry.areas) + 1, -1, dtype=np.int32)
    position[kept] = np.arange(len(kept), dtype=np.int32)
    ids = tuple(snapshot.registry.areas.area_id[a] for a in kept)
    found = {
        "area": _compared(ids, position[area], is_visited),
        "setting": _compared(("rural", "urban"), stations.is_urban, is_visited),
        "size": _compared(SIZE_NAMES, _sizes(stations.voters), is_visited),
    }
    team = visits.team[observed]
    clusters = team_clusters(
        np.zeros(len(team)), np.ones(len(team)), team, icc=snapshot.mission.thresholds.intraclass_correlation
    )
    return RepresentativenessPanel(
        comparisons={name: one for name, one in found.items() if one.stations.sum() > 0},
        visited=int(is_visited.sum()),
        stations=len(stations),
        visits=int(observed.sum()),
        effective_visits=float(np.atleast_1d(clusters.m_effective)[0]) if len(team) else 0.0,
    )


def _sizes(voters: npt.NDArray[np.float64]) -> IndexArray:
    known = np.isfinite(voters)
    size = np.searchsorted(SIZES, np.where(known, voters, 0), side="right")
    return np.where(known, size, -1).astype(np.int32)


def _compared(
    strata: tuple[str, ...],
    stratum: IndexArray | CodeArray,
    is_visited: npt.NDArray[np.bool_],
) -> Comparison:
    inside = stratum >= 0
    stations = np.bincount(stratum[inside], minlength=len(strata)).astype(np.int64)
    visited = np.bincount(stratum[inside & is_visited], minlength=len(strata)).astype(np.int64)
    return Comparison(strata, stations, visited, duncan(visited, stations))
