"""What the observers find: chances on the logit scale, calibrated so that the truth is known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from geo.model.columns import BoolArray, FloatArray, IntArray
from geo.simulate.form_catalog import Catalog
from geo.simulate.schedule import OBSERVED, VOTING, Schedule

STATION_SIGMA: Final = 0.5  # stations differ by more than chance, logit scale
STAGE_RATIO: Final = (0.85, 1.0, 0.7, 1.2, 1.2)  # odds at each stage against voting
SECOND_FINDING: Final = 0.15  # a visit with one finding has another of a different category
LOW_RATE: Final = 0.14  # low-severity findings are common and mean little
FLOOD_RATE: Final = 0.75  # the same, in the area whose low-severity findings pour in
_NODES: Final = 32


@dataclass(frozen=True, slots=True)
class Model:
    """logit P(finding) = intercept + stage + station + cluster·[inside] + team.

    Station and team effects are normal with the sigmas given; `rate` and `rate_inside` are what that
    comes to for a voting visit, averaged over stations and teams.
    """

    intercept: float
    team_sigma: float
    station_sigma: float
    cluster_effect: float
    rate: float
    rate_inside: float


@lru_cache(maxsize=64)
def calibrate(rate: float, icc: float, ratio: float) -> Model:
    """Return the model with the rate, intra-team correlation and ratio asked for.

    All three are of voting visits. The correlation of a yes/no outcome within teams is the variance of
    the teams' rates, divided by p(1−p) (Ridout, Demétrio & Firth 1999, Biometrics 55:137–148). Solved by
    Gauss–Hermite quadrature over stations and teams and two nested root searches; the team's sigma is
    on the logit scale and therefore much larger than the correlation suggests.

    >>> round(calibrate(0.08, 0.05, 3.5).team_sigma, 2)
    0.82
    """

    def spread(sigma: float) -> float:
        team_rates, weights = _team_rates(_intercept(rate, sigma), sigma)
        return float(weights @ (team_rates - rate) ** 2) - icc * rate * (1 - rate)

    sigma = float(brentq(spread, 0.0, 6.0)) if icc > 0 else 0.0
    intercept = _intercept(rate, sigma)
    effect = _intercept(rate * ratio, sigma) - intercept
    return Model(intercept, sigma, STATION_SIGMA, effect, rate, rate * ratio)


def _nodes(sigma: float) -> tuple[FloatArray, FloatArray]:
    x, w = np.polynomial.hermite_e.hermegauss(_NODES)
    return x * sigma, w / w.sum()


def _team_rates(intercept: float, sigma: float) -> tuple[FloatArray, FloatArray]:
    """Return the rate of a team at each node, and the nodes' weights."""
    team, team_weight = _nodes(sigma)
    station, station_weight = _nodes(STATION_SIGMA)
    return expit(intercept + team[:, None] + station) @ station_weight, team_weight


def _intercept(rate: float, sigma: float) -> float:
    def excess(intercept: float) -> float:
        rates, weights = _team_rates(intercept, sigma)
        return float(weights @ rates) - rate

    return float(brentq(excess, -80.0, 80.0))


def rate_of_station(model: Model, station_effect: FloatArray, is_inside: BoolArray) -> FloatArray:
    """Return each station's chance of a finding, by a random team, at voting; (N,)."""
    team, weight = _nodes(model.team_sigma)
    at = model.intercept + station_effect + model.cluster_effect * is_inside
    total = np.zeros(len(at))
    for shift, share in zip(team, weight, strict=True):
        total += share * expit(at + shift)
    return total


def rate_of_team(model: Model, team_effect: FloatArray) -> FloatArray:
    """Return each team's chance of a finding at voting outside the hot spot; (T,)."""
    station, weight = _nodes(STATION_SIGMA)
    return np.asarray(expit(model.intercept + team_effect[:, None] + station) @ weight, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class SimulatedFindings:
    """F findings of V visits.

    `visit`, `category`: (F,) indices; `is_finding`, `is_low`: (V,) bool, of the visits.
    """

    visit: IntArray
    category: IntArray
    is_finding: BoolArray
    is_low: BoolArray


def draw_findings(
    schedule: Schedule,
    catalog: Catalog,
    logit_at_voting: FloatArray,
    low_rate: FloatArray,
    rng: np.random.Generator,
) -> SimulatedFindings:
    """Return what the visits find.

    `logit_at_voting`, `low_rate`: (V,) as if each were a voting visit. Only visits with outcome
    observed find anything, and only what their form asks.
    """
    n = len(schedule.station)
    shift = logit_at_voting + np.log(np.array(STAGE_RATIO))[schedule.stage]
    forms = np.array([catalog.asked, catalog.asked_short])  # (2, 5, C): whole and short, by stage
    form = schedule.is_short.astype(np.int64)
    can_find = np.any(forms & (catalog.weight > 0), axis=2)[form, schedule.stage]
    observed = (schedule.outcome == OBSERVED) & schedule.is_made
    is_finding = (rng.random(n) < expit(shift)) & observed & can_find
    rows = np.flatnonzero(is_finding)
    times = _race(forms[form[rows], schedule.stage[rows]] * catalog.weight, rng)
    order = np.argsort(times, axis=1)
    has_second = rng.random(len(rows)) < SECOND_FINDING
    has_second &= np.isfinite(times[np.arange(len(rows)), order[:, 1]])
    asks_low = np.any(forms & catalog.is_low, axis=2)[form, schedule.stage] & (schedule.stage == VOTING)
    is_low = (rng.random(n) < low_rate) & observed & asks_low
    low_rows = np.flatnonzero(is_low)
    low = np.argmin(_race(1.0 * (forms[form[low_rows], VOTING] & catalog.is_low), rng), axis=1)
    visit = np.concatenate([rows, rows[has_second], low_rows])
    category = np.concatenate([order[:, 0], order[has_second, 1], low])
    by_visit = np.lexsort((category, visit))
    return SimulatedFindings(visit[by_visit], category[by_visit], is_finding, is_low)


def _race(chance: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return exponential times: sorting a row draws without replacement by chance."""
    with np.errstate(divide="ignore"):
        return np.asarray(rng.exponential(size=chance.shape) / chance, dtype=np.float64)


def logit_of_visits(
    model: Model,
    schedule: Schedule,
    station_effect: FloatArray,
    is_inside: BoolArray,
    team_effect: FloatArray,
) -> FloatArray:
    """Return the logit of each visit's chance, were it a voting visit; (V,)."""
    at = model.intercept + station_effect + model.cluster_effect * is_inside
    return np.asarray(at[schedule.station] + team_effect[schedule.team], dtype=np.float64)
