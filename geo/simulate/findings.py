"""What the observers find: chances on the logit scale, calibrated so that the truth is known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import expit

from geo.simulate.catalog import Catalog
from geo.simulate.land import BoolArray, FloatArray, IntArray
from geo.simulate.schedule import OBSERVED, VOTING, Schedule

STATION_SIGMA: Final = 0.5  # stations differ by more than chance, logit scale
STAGE_RATIO: Final = (0.85, 1.0, 0.7, 1.2, 1.2)  # odds at each stage against voting
SECOND_FINDING: Final = 0.15  # a visit with one finding has another of a different category
LOW_RATE: Final = 0.14  # low-severity findings are common and mean little
FLOOD_RATE: Final = 0.75
_NODES: Final = 24


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
    """Return the model whose voting visits have mean rate, intra-team correlation and cluster ratio asked.

    Intra-team correlation of a yes/no outcome: Var over teams of a team's rate, divided by p(1−p)
    (the variance-components definition of Ridout, Demétrio & Firth 1999, Biometrics 55:137). Solved by
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
    """Return the rate of a team at each node, averaged over stations, and the nodes' weights."""
    team, team_weight = _nodes(sigma)
    station, station_weight = _nodes(STATION_SIGMA)
    return expit(intercept + team[:, None] + station) @ station_weight, team_weight


def _intercept(rate: float, sigma: float) -> float:
    def excess(intercept: float) -> float:
        rates, weights = _team_rates(intercept, sigma)
        return float(weights @ rates) - rate

    return float(brentq(excess, -15.0, 15.0))


def rate_of_station(model: Model, station_effect: FloatArray, is_inside: BoolArray) -> FloatArray:
    """Return each station's chance of a finding in a voting visit by a random team; (N,) float64."""
    team, weight = _nodes(model.team_sigma)
    at = model.intercept + station_effect + model.cluster_effect * is_inside
    total = np.zeros(len(at))
    for shift, share in zip(team, weight, strict=True):
        total += share * expit(at + shift)
    return total


def rate_of_team(model: Model, team_effect: FloatArray) -> FloatArray:
    """Return each team's chance of a finding in a voting visit outside the hot spot; (T,) float64."""
    station, weight = _nodes(STATION_SIGMA)
    return np.asarray(expit(model.intercept + team_effect[:, None] + station) @ weight, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Findings:
    """F findings of V visits: `visit`, `category` (F,); `is_finding`, `is_low` (V,) of the visits."""

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
) -> Findings:
    """Return what the visits find, given (V,) the logit of a voting visit and the low-severity rate.

    Only visits with outcome observed find anything, and only what their form asks.
    """
    n = len(schedule.station)
    shift = logit_at_voting + np.log(np.array(STAGE_RATIO))[schedule.stage]
    asked = _asked(schedule, catalog)
    observed = (schedule.outcome == OBSERVED) & schedule.is_made
    chance = asked * catalog.weight
    is_finding = (rng.random(n) < expit(shift)) & observed & (chance.sum(axis=1) > 0)
    rows = np.flatnonzero(is_finding)
    keys = _race(chance[rows], rng)
    order = np.argsort(keys, axis=1)
    first = order[:, 0]
    second = order[:, 1]
    has_second = (rng.random(len(rows)) < SECOND_FINDING) & np.isfinite(keys[np.arange(len(rows)), second])
    low_chance = (asked & catalog.is_low).astype(np.float64)
    is_low = (rng.random(n) < low_rate) & observed & low_chance.any(axis=1) & (schedule.stage == VOTING)
    low_rows = np.flatnonzero(is_low)
    low = np.argmin(_race(low_chance[low_rows], rng), axis=1) if len(low_rows) else low_rows
    visit = np.concatenate([rows, rows[has_second], low_rows])
    category = np.concatenate([first, second[has_second], low])
    order_of_visit = np.lexsort((category, visit))
    return Findings(visit[order_of_visit], category[order_of_visit], is_finding, is_low)


def _asked(schedule: Schedule, catalog: Catalog) -> npt.NDArray[np.bool_]:
    """Return (V, C) bool: what each visit's form asked about; nothing where nobody got in."""
    asked = np.where(
        schedule.is_short[:, None], catalog.asked_short[schedule.stage], catalog.asked[schedule.stage]
    )
    return np.asarray(asked & (schedule.outcome == OBSERVED)[:, None], dtype=np.bool_)


def _race(chance: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return exponential arrival times: sorting a row draws categories without replacement by chance."""
    with np.errstate(divide="ignore"):
        return np.asarray(rng.exponential(size=chance.shape) / chance, dtype=np.float64)


def logit_of_visits(
    model: Model,
    schedule: Schedule,
    station_effect: FloatArray,
    is_inside: BoolArray,
    team_effect: FloatArray,
) -> FloatArray:
    """Return the logit of each visit's chance of a finding, were it a voting visit; (V,) float64."""
    at = model.intercept + station_effect + model.cluster_effect * is_inside
    return np.asarray(at[schedule.station] + team_effect[schedule.team], dtype=np.float64)
