"""How much do teams that work across neighbouring cells widen the chance of a hot spot?

Permuting cells supposes that cells are independent. Cells visited by one team are not: with compact
territories a strict team raises a whole neighbourhood. The covariance is known from who visited what.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix

from geo.statistics.arguments import BoolArray, FloatArray, IntArray, sums
from geo.statistics.intervals import DEFAULT_ICC, intraclass
from geo.statistics.rates import moments

ENOUGH_TEAMS: Final = 30  # below, an estimated correlation may be 0 by luck: the default is its floor


@dataclass(frozen=True, slots=True)
class TeamVisits:
    """Visits summed over every unit and team that met; all (P,)."""

    unit: IntArray
    team: IntArray
    k: FloatArray
    m: FloatArray


def window_inflation(
    visits: TeamVisits, is_judged: BoolArray, x: FloatArray, neighbours: csr_matrix
) -> FloatArray:
    """Return Var of a window's sum of x with teams ÷ without; (U,) ≥ 1, 1 where no team is shared.

    `x`: EB-standardised rates (clipped), NaN for units not judged. With team effects of variance
    σ² = ρ b(1 − b), ρ the intraclass correlation of teams on this map, a unit's x carries
    a_t = (m_it/m_i)/√v_i of team t's effect, so that over a window of w units
    Var = w s² + σ² Σ_t [(Σ_j a_jt)² − Σ_j a_jt²], s² the variance of x (which already holds what a team
    does to one unit alone). This is Kish's design effect (1965) for cells in place of visits. ρ is
    estimated without regard to place, so a true hot spot in one team's territory raises it: the price
    is power, not false alarms. Two cells, all by one team, ρ = .05 by default, b = .5, v = .05:
    1 + 2 · .0125/.05/(2 · 1)

    >>> visits = TeamVisits(np.array([0, 1]), np.array([7, 7]), np.array([5.0, 5.0]), np.array([10.0, 10.0]))
    >>> pair = csr_matrix([[0, 1], [1, 0]])
    >>> window_inflation(visits, np.array([True, True]), np.array([1.0, -1.0]), pair)
    array([1.25, 1.25])
    """
    n_units = len(x)
    on = is_judged[visits.unit]
    unit, k, m = visits.unit[on], visits.k[on], visits.m[on]
    names, team = np.unique(visits.team[on], return_inverse=True)
    visited = sums(unit, m, n_units)
    seen = moments(sums(unit, k, n_units), visited)
    variance = float(np.var(x[is_judged])) if is_judged.any() else 0.0
    if variance == 0:
        return np.ones(n_units)
    correlation = _correlation(k, m, team, len(names))
    between = max(0.0, seen.variance - seen.rate / seen.mean_exposure)
    spread = between + seen.rate / np.where(visited > 0, visited, np.nan)
    carried = csr_matrix((m / visited[unit] / np.sqrt(spread[unit]), (unit, team)), (n_units, len(names)))
    squared = carried.multiply(carried).tocsr()
    of_team = csr_matrix(neighbours.astype(np.float64) @ carried + carried)
    alone = np.asarray(squared.sum(axis=1)).ravel()
    shared = np.asarray(of_team.multiply(of_team).sum(axis=1)).ravel() - (neighbours @ alone + alone)
    judged = is_judged.astype(np.float64)
    size = np.maximum(1, neighbours @ judged + judged)
    effect = correlation * seen.rate * max(0.0, 1 - seen.rate)
    return np.asarray(1 + np.maximum(0, shared) * effect / (size * variance))


def _correlation(k: FloatArray, m: FloatArray, team: IntArray, n_teams: int) -> float:
    estimate = intraclass(k, m, team)
    if np.isnan(estimate):
        return DEFAULT_ICC
    return estimate if n_teams >= ENOUGH_TEAMS else max(estimate, DEFAULT_ICC)
