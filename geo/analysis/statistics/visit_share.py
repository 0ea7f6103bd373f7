"""The share of visits of which something is true: how sure it is, and when it may be shown."""

from __future__ import annotations

from typing import Final

import numpy as np

from geo.analysis.statistics import intervals
from geo.analysis.statistics.statistic import FloatArray, IntArray, Material, TeamShares, where_status
from geo.model.code_lists import Status

# Bounds of the correlation, which `intervals` wants between 0 and 1: at 1 a team's visits would all be one.
LEAST: Final = 1e-6
MOST: Final = 0.99


def interval(material: Material, shares: TeamShares) -> tuple[FloatArray, FloatArray]:
    """Return the 95 % interval of every unit's share, clustered by team, two (U,); NaN without two teams."""
    return intervals.clustered(
        shares.k,
        shares.m,
        shares.team,
        unit=shares.unit,
        n_units=shares.units,
        icc=team_correlation(material, shares),
    )


def team_correlation(material: Material, shares: TeamShares) -> float:
    """Return how alike two visits of one team are, from the mission's own visits where 6 or more teams allow.

    Pooled over the units, 0–1 (`intervals.intraclass`); visits that name no team are no team's. With fewer
    teams, or no unit in which two of them met, the mission's `intraclass_correlation`.
    """
    assumed, named = material.thresholds.intraclass_correlation, shares.team >= 0
    if len(np.unique(shares.team[named])) < intervals.FEWEST_TEAMS:
        return assumed
    own = intervals.intraclass(
        shares.k[named], shares.m[named], shares.team[named], unit=shares.unit[named], n_units=shares.units
    )
    return float(np.clip(own, LEAST, MOST)) if np.isfinite(own) else assumed


def status(material: Material, shares: TeamShares, m: IntArray) -> tuple[Status, ...]:
    """Return what may be said of every unit's share of `m` visits, by the minimum of visits and teams."""
    few = (m < material.minimum_visits) | (shares.teams() < material.minimum_teams)
    return where_status(
        "published",
        (material.is_not_reported & (m == 0), "not_reported"),
        (m == 0, "not_observed"),
        (few, "insufficient"),
    )
