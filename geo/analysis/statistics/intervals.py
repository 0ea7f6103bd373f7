"""How sure is a share? Intervals for k findings in m visits.

Every function takes scalars or arrays that broadcast, and returns float64 **arrays**: scalars give 0-d
arrays (`float(low)` works). A unit without exposure (m = 0 or NaN) is NaN and changes no other unit.
Shares are 0–1. `level` is the two-sided confidence level.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import special

from geo.analysis.statistics.argument_checks import (
    FloatArray,
    findings,
    floats,
    not_above,
    open_share,
    sums,
    together,
)
from geo.model.errors import StatisticError

Interval = tuple[FloatArray, FloatArray]

FEWEST_TEAMS: Final = 6  # fewer teams cannot tell their own variance
_LABELS: Final = 1 << 31  # a unit's number times as many labels is still an exact int64
DEFAULT_ICC: Final = 0.05  # intraclass correlation of teams, when the mission cannot estimate its own


def wilson(k: npt.ArrayLike, m: npt.ArrayLike, level: float = 0.95) -> Interval:
    """Return Wilson's score interval of k/m; m may be an effective (not whole) number.

    Wilson (1927), JASA 22:209–212, doi:10.1080/01621459.1927.10502953; Newcombe (1998), method 3,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E.

    >>> [round(float(limit), 4) for limit in wilson(81, 263)]
    [0.2553, 0.3662]
    """
    found, exposure = findings(k, m)
    z = _z(level)
    exposure = np.where(exposure > 0, exposure, np.nan)
    share = found / exposure
    middle = share + z * z / (2 * exposure)
    half = z * np.sqrt(share * (1 - share) / exposure + (z / (2 * exposure)) ** 2)
    scale = 1 + z * z / exposure
    # at k = 0 and k = m the limit is exact, and rounding must not leave 1e-17 in its place
    low = np.where(found == 0, exposure * 0, np.maximum(0, (middle - half) / scale))
    high = np.where(found == exposure, 1 + exposure * 0, np.minimum(1, (middle + half) / scale))
    return np.asarray(low), np.asarray(high)


def upper_zero(m: npt.ArrayLike, level: float = 0.95) -> FloatArray:
    """Return the one-sided upper limit of the share when none of m visits had a finding.

    1 − (1 − level)^(1/m): the exact limit behind the "rule of three" (Hanley & Lippman-Hand 1983,
    JAMA 249:1743–1745, doi:10.1001/jama.1983.03330370053031). With teams, pass the effective m.

    >>> round(float(upper_zero(60)), 4)
    0.0487
    """
    exposure = floats("m", m)
    exposure = np.where(exposure > 0, exposure, np.nan)
    return np.asarray(-np.expm1(np.log1p(-open_share("level", level)) / exposure))


@dataclass(frozen=True, slots=True)
class Stratified:
    """A share over all strata; NaN where a stratum cannot be estimated."""

    estimate: float
    standard_error: float
    low: float
    high: float


def stratified(k: npt.ArrayLike, n: npt.ArrayLike, N: npt.ArrayLike, level: float = 0.95) -> Stratified:
    """Return the share over strata of N stations, n drawn at random in each, k with the finding.

    p = Σ W p_h, Var = Σ W² (1 − f) p_h (1 − p_h)/(n_h − 1): Cochran (1977), Sampling Techniques, 3rd
    ed., eq. 5.52 and 5.57. The interval is Wilson's at the effective size p(1 − p)/Var (Dean & Pagano
    2015, doi:10.1093/jssam/smv024), because p ± 1.96 SE leaves [0, 1] when findings are few; where no
    stratum varies (Var = 0), the effective size is what equal shares would give.
    A stratum of which no station was drawn makes all NaN; one with a single station drawn of several
    has a share but no variance, so the error and the limits are NaN. Empty strata (N = 0) do not count.

    >>> both = stratified([4, 3], [40, 10], [600, 400])
    >>> round(both.estimate, 6), round(both.standard_error, 6)
    (0.18, 0.066448)
    """
    found, drawn, size = (array.ravel() for array in together(k=k, n=n, N=N))
    not_above(found, drawn, "k, the stations with a finding, cannot exceed n, the stations drawn")
    not_above(drawn, size, "n, the stations drawn, cannot exceed N, the stations there are")
    real = size > 0
    found, drawn, size = found[real], drawn[real], size[real]
    if len(size) == 0 or not np.all(drawn > 0) or np.any(np.isnan(found + size)):
        return Stratified(np.nan, np.nan, np.nan, np.nan)
    weight, share = size / size.sum(), found / drawn
    unknown = 1 - drawn / size
    with np.errstate(divide="ignore", invalid="ignore"):
        per_visit = np.where(unknown == 0, 0.0, weight**2 * unknown / (drawn - 1))
    estimate = float(np.sum(weight * share))
    if np.isinf(per_visit).any():
        return Stratified(estimate, np.nan, np.nan, np.nan)
    variance = float(np.sum(per_visit * share * (1 - share)))
    if np.all(unknown == 0):
        return Stratified(estimate, 0.0, estimate, estimate)
    effective = estimate * (1 - estimate) / variance if variance > 0 else 1 / float(np.sum(per_visit))
    low, high = wilson(min(estimate, 1.0) * effective, effective, level)
    return Stratified(estimate, float(np.sqrt(variance)), float(low), float(high))


@dataclass(frozen=True, slots=True)
class TeamClusters:
    """What visiting in teams costs, per unit; all (U,)."""

    k: FloatArray
    m: FloatArray
    teams: npt.NDArray[np.int64]
    design_effect: FloatArray  # ≥ 1; NaN with fewer than two teams
    m_effective: FloatArray  # visits that would tell as much if each were independent
    method: npt.NDArray[np.str_]  # "teams", "pooled", "one_team" or "none"


def team_clusters(
    k: npt.ArrayLike,
    m: npt.ArrayLike,
    team: npt.ArrayLike,
    level: float = 0.95,
    *,
    unit: npt.ArrayLike | None = None,
    n_units: int = 1,
    icc: float = DEFAULT_ICC,
) -> TeamClusters:
    """Return the design effect of teams in every unit.

    `k, m, team, unit`: (R,) one row per group of visits (one visit each is fine); `team` any label.
    From 6 teams on: the variance between teams over the binomial one (linearised ratio, Cochran 1977,
    eq. 11.30; never below 1), and m_effective also pays for the few teams by (z/t)² with G − 1 degrees
    of freedom (Korn & Graubard 1998, Survey Methodology 24:193–201). With 2–5 teams, or when no visit
    or every visit has a finding: 1 + (m̄ − 1)·icc, m̄ visits per team (Kish 1965), method "pooled".
    One team: no interval is honest; NaN.

    >>> team_clusters([1] * 3, [20] * 3, [0, 1, 2]).design_effect.round(3)
    array([1.95])
    """
    found, exposure, labels, place = _rows(k, m, team, unit, n_units)
    unit_of_pair, k_pair, m_pair = _pairs(found, exposure, labels, place)
    k_unit = np.bincount(unit_of_pair, k_pair, minlength=n_units)
    m_unit = np.bincount(unit_of_pair, m_pair, minlength=n_units)
    teams = np.bincount(unit_of_pair, minlength=n_units).astype(np.int64)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = k_unit / m_unit
        residual = np.bincount(unit_of_pair, (k_pair - m_pair * share[unit_of_pair]) ** 2, minlength=n_units)
        between = teams / (teams - 1) * residual / m_unit**2
        measured = np.maximum(1, between / (share * (1 - share) / m_unit))
        pooled = np.maximum(1, 1 + (m_unit / teams - 1) * open_share("icc", icc))
        penalty = (_z(level) / special.stdtrit(np.maximum(teams - 1, 1), (1 + level) / 2)) ** 2
    own = (teams >= FEWEST_TEAMS) & (k_unit > 0) & (k_unit < m_unit)
    deff = np.where(own, measured, np.where(teams >= 2, pooled, np.nan))
    effective = m_unit / deff * np.where(own, penalty, 1)
    method = np.select([own, teams >= 2, teams == 1], ["teams", "pooled", "one_team"], default="none")
    return TeamClusters(floats("k", k_unit), floats("m", m_unit), teams, deff, effective, method)


def clustered(
    k: npt.ArrayLike,
    m: npt.ArrayLike,
    team: npt.ArrayLike,
    level: float = 0.95,
    *,
    unit: npt.ArrayLike | None = None,
    n_units: int = 1,
    icc: float = DEFAULT_ICC,
) -> Interval:
    """Return the interval of Σk/Σm that allows for teams: 0-d arrays, or (U,) with `unit`.

    `k, m, team, unit`: (R,) one row per group of visits. Wilson's interval at the effective number of
    visits (see `team_clusters`); NaN with fewer than two teams. The plain interval covers 85 % instead
    of 95 % at an intraclass correlation of .05 (15 teams of 20 visits, p = 8 %).

    >>> low, high = clustered([3, 1, 0, 2, 5, 1, 0], [20] * 7, range(7))
    >>> round(float(low), 4), round(float(high), 4)
    (0.0328, 0.2059)
    """
    if unit is None and n_units != 1:
        raise StatisticError("n_units needs unit: which unit each row belongs to")
    clusters = team_clusters(k, m, team, level, unit=unit, n_units=n_units, icc=icc)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = clusters.k / clusters.m
    low, high = wilson(np.minimum(share, 1) * clusters.m_effective, clusters.m_effective, level)
    return (low, high) if unit is not None else (low.reshape(()), high.reshape(()))


def intraclass(
    k: npt.ArrayLike,
    m: npt.ArrayLike,
    team: npt.ArrayLike,
    *,
    unit: npt.ArrayLike | None = None,
    n_units: int = 1,
) -> float:
    """Return the correlation of two visits of one team in one unit, pooled over the units; ≥ 0.

    Analysis-of-variance estimator (Ridout, Demétrio & Firth 1999, Biometrics 55:137–148,
    doi:10.1111/j.0006-341X.1999.00137.x), teams compared within their unit so that a bad area is not
    taken for strict teams. Negative estimates are 0; NaN if no unit has two teams with visits to spare.

    >>> round(intraclass([0, 5, 0, 5], [10] * 4, range(4)), 4)
    0.3333
    """
    found, exposure, labels, place = _rows(k, m, team, unit, n_units)
    owner, k_pair, m_pair = _pairs(found, exposure, labels, place)
    m_unit = np.bincount(owner, m_pair, minlength=n_units)
    teams = np.bincount(owner, minlength=n_units)
    degrees = float(np.sum(np.maximum(teams - 1, 0)))
    spare = float(m_pair.sum() - len(m_pair))
    if degrees == 0 or spare <= 0:
        return float("nan")
    share = k_pair / m_pair
    overall = np.bincount(owner, k_pair, minlength=n_units)[owner] / m_unit[owner]
    between = float(np.sum(m_pair * (share - overall) ** 2)) / degrees
    within = float(np.sum(m_pair * share * (1 - share))) / spare
    typical = float(m_pair.sum() - np.sum(m_pair**2 / m_unit[owner])) / degrees
    total = between + (typical - 1) * within
    return max(0.0, (between - within) / total) if total > 0 else 0.0


def _z(level: float) -> float:
    return float(special.ndtri((1 + open_share("level", level)) / 2))


def _rows(
    k: npt.ArrayLike, m: npt.ArrayLike, team: npt.ArrayLike, unit: npt.ArrayLike | None, n_units: int
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the rows with exposure: k, m, a number per team, and the unit."""
    found, exposure = findings(k, m)
    found, exposure = np.atleast_1d(found), np.atleast_1d(exposure)
    labels = np.asarray(team)
    place = np.zeros(len(found), dtype=np.int64) if unit is None else np.asarray(unit)
    if labels.shape != found.shape or place.shape != found.shape or found.ndim != 1:
        raise StatisticError("k, m, team and unit must be (R,) arrays, one row per group of visits")
    if len(place) and (place.dtype.kind not in "iu" or place.min() < 0 or place.max() >= n_units):
        raise StatisticError(f"unit must hold whole numbers from 0 to {n_units - 1}")
    there = (exposure > 0) & np.isfinite(found)
    return found[there], exposure[there], _numbered(labels[there]), place[there].astype(np.int64)


def _numbered(labels: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return numbers from 0 in the order of the labels; whole numbers need no search for the next one."""
    if len(labels) and labels.dtype.kind in "iu" and int(labels.max()) - int(labels.min()) < _LABELS:
        return np.asarray(labels - labels.min(), dtype=np.int64)
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _pairs(
    found: FloatArray, exposure: FloatArray, labels: npt.NDArray[np.int64], place: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], FloatArray, FloatArray]:
    """Return the unit, k and m of every unit and team that met, in this order; rows may come so already."""
    teams = int(labels.max(initial=0)) + 1
    key = place * teams + labels
    if np.all(key[1:] > key[:-1]):
        return place, found, exposure
    pair, row = np.unique(key, return_inverse=True)
    return pair // teams, sums(row, found, len(pair)), sums(row, exposure, len(pair))
