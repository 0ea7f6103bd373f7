"""The share of visits of which something is true: how sure it is, and when it may be shown."""

from __future__ import annotations

from geo.statistics import intervals
from geo.statistics.material import FloatArray, IntArray, Material, TeamShares, where_status
from geo.words import Status


def interval(material: Material, shares: TeamShares) -> tuple[FloatArray, FloatArray]:
    """Return the 95 % interval of every unit's share, clustered by team, two (U,); NaN without two teams."""
    return intervals.clustered(
        shares.k,
        shares.m,
        shares.team,
        unit=shares.unit,
        n_units=shares.units,
        icc=material.thresholds.intraclass_correlation,
    )


def status(material: Material, shares: TeamShares, m: IntArray) -> tuple[Status, ...]:
    """Return what may be said of every unit's share of `m` visits, by the minimum of visits and teams."""
    few = (m < material.minimum_visits) | (shares.teams() < material.minimum_teams)
    return where_status(
        "published",
        (material.is_not_reported & (m == 0), "not_reported"),
        (m == 0, "not_observed"),
        (few, "insufficient"),
    )
