"""How high is a rate, once few visits and chance are allowed for? Empirical Bayes and the funnel.

k findings, m visits (or hours) per unit, (U,). A unit without exposure (m = 0 or NaN, or k NaN) is NaN
and takes no part in the means the others are judged by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from geo.errors import StatisticError
from geo.statistics.arguments import BoolArray, FloatArray, findings, floats, open_share, together

Family = Literal["binomial", "poisson"]


@dataclass(frozen=True, slots=True)
class Moments:
    """What all units together say; NaN when none was observed."""

    rate: float  # b = Σk / Σm
    variance: float  # s² = Σ m (p − b)² / Σm
    mean_exposure: float  # m̄, over observed units
    observed: BoolArray  # (U,)


def moments(k: FloatArray, m: FloatArray) -> Moments:
    """Return the overall rate, the weighted variance and the mean exposure of observed units."""
    observed = (m > 0) & np.isfinite(k)
    found, exposure = k[observed], m[observed]
    total = float(exposure.sum())
    if total == 0:
        return Moments(np.nan, np.nan, np.nan, observed)
    rate = float(found.sum()) / total
    variance = float(np.sum(exposure * (found / exposure - rate) ** 2)) / total
    return Moments(rate, variance, total / len(exposure), observed)


def empirical_bayes(k: npt.ArrayLike, m: npt.ArrayLike, family: Family = "binomial") -> FloatArray:
    """Return rates pulled towards the overall rate, the more the fewer visits; (U,).

    "binomial": k of m visits had a finding; beta-binomial moments (Martuzzi & Elliott 1996, Stat. Med.
    15:1867–1873):
    A = max(0, (s² − b(1 − b)/m̄)/(1 − 1/m̄)), weight mA/((m − 1)A + b(1 − b)) on the unit's own rate.
    "poisson": k findings in exposure m; Marshall (1991), Appl. Stat. 40:283–294, doi:10.2307/2347593:
    A = max(0, s² − b/m̄), weight A/(A + b/m). A = 0 (units differ no more than by chance) gives b to all.

    >>> empirical_bayes([0, 2, 9], [10, 10, 10]).round(4)
    array([0.0228, 0.2104, 0.8668])
    >>> empirical_bayes([0, 2, 9], [10, 10, 10], "poisson").round(4)
    array([0.0903, 0.241 , 0.7687])
    """
    if family == "binomial":
        found, exposure = findings(k, m)
    elif family == "poisson":
        found, exposure = together(k=k, m=m)
    else:
        raise StatisticError(f'family must be "binomial" or "poisson", not {family!r}')
    seen = moments(found, exposure)
    estimate = np.full(found.shape, np.nan)
    if not seen.observed.any():
        return estimate
    k_seen, m_seen, b = found[seen.observed], exposure[seen.observed], seen.rate
    if family == "binomial":
        weight = _binomial_weight(m_seen, seen)
    else:
        between = max(0.0, seen.variance - b / seen.mean_exposure)
        weight = between / (between + b / m_seen) if between > 0 else np.zeros(len(m_seen))
    estimate[seen.observed] = weight * (k_seen / m_seen) + (1 - weight) * b
    return estimate


def _binomial_weight(m: FloatArray, seen: Moments) -> FloatArray:
    """Return the weight of each unit's own rate, in [0, 1]."""
    alone = seen.rate * (1 - seen.rate)
    if seen.mean_exposure <= 1 or alone == 0:
        return np.zeros(len(m))  # single visits cannot tell a bad area from chance
    between = (seen.variance - alone / seen.mean_exposure) / (1 - 1 / seen.mean_exposure)
    between = min(max(0.0, between), alone)
    return np.clip(m * between / ((m - 1) * between + alone), 0, 1)


def eb_standardised(k: npt.ArrayLike, m: npt.ArrayLike, *, clip: bool = False) -> FloatArray:
    """Return z = (p − b)/√v with v = A + b/m, A = s² − b/m̄: comparable whatever the exposure; (U,).

    Assunção & Reis (1999), Stat. Med. 18:2147–2162,
    doi:10.1002/(SICI)1097-0258(19990830)18:16<2147::AID-SIM179>3.0.CO;2-I. A is not clipped; where
    v < 0 it is b/m. When units differ less than by chance (A < 0) v crosses zero between two
    exposures, and a unit that happens to lie there gets a huge z: `clip=True` takes max(0, A) instead,
    as Marshall's estimator does. No findings anywhere gives 0 to every observed unit.

    >>> eb_standardised([1, 4, 2], [10, 10, 40]).round(4)
    array([-0.1118,  1.9007, -0.5744])
    """
    found, exposure = together(k=k, m=m)
    seen = moments(found, exposure)
    score = np.full(found.shape, np.nan)
    if not seen.observed.any():
        return score
    k_seen, m_seen, b = found[seen.observed], exposure[seen.observed], seen.rate
    if b == 0:
        score[seen.observed] = 0.0
        return score
    between = seen.variance - b / seen.mean_exposure
    spread = (max(0.0, between) if clip else between) + b / m_seen
    spread = np.where(spread > 0, spread, b / m_seen)
    score[seen.observed] = (k_seen / m_seen - b) / np.sqrt(spread)
    return score


def funnel_limits(
    m: npt.ArrayLike, rate: npt.ArrayLike, level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Return the shares between which k/m stays by chance, if the true rate is `rate`.

    Exact binomial: a share strictly outside a limit has probability ≤ (1 − level)/2 on that side.
    Draw 0.95 and 0.998 (Spiegelhalter 2005, Stat. Med. 24:1185–1202, doi:10.1002/sim.1970; without
    his interpolation, which lets a share just outside be more likely than the level says).
    `m` whole visits; NaN where m is 0 or NaN.

    >>> low, high = funnel_limits([10, 100], 0.2)
    >>> low, high
    (array([0.  , 0.12]), array([0.5 , 0.28]))
    """
    visits, centre = together(m=m, rate=rate)
    if np.any(centre > 1):
        raise StatisticError("rate must be a share between 0 and 1")
    if np.any(visits % 1 > 0):
        raise StatisticError("m must hold whole visits")
    from scipy.stats import binom  # half a second of imports, needed only here

    tail = (1 - open_share("level", level)) / 2
    visits = np.where(visits > 0, visits, np.nan)
    low = floats("low", np.maximum(0, binom.ppf(tail, visits, centre)))
    high = floats("high", np.maximum(0, binom.ppf(1 - tail, visits, centre)))
    return np.asarray(low / visits), np.asarray(high / visits)
