"""The share of visits of which something is true: how sure it is, and when it may be shown."""

from __future__ import annotations

import numpy as np

from geo.statistics import intervals
from geo.statistics.material import BoolArray, FloatArray, IntArray, Material, distinct_teams, where_status
from geo.words import Status


def interval(material: Material, asked: BoolArray, is_true: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return the 95 % interval of every unit's share, clustered by team, two (U,); NaN without two teams.

    `asked`: (R,) the visits that could say so; `is_true`: (R,) those that did.
    """
    seen = asked & (material.unit_of_visit >= 0)
    return intervals.clustered(
        is_true[seen].astype(np.float64),
        np.ones(int(seen.sum())),
        material.team_of_visit[seen],
        unit=material.unit_of_visit[seen],
        n_units=len(material.counts),
        icc=material.thresholds.intraclass_correlation,
    )


def status(material: Material, asked: BoolArray, m: IntArray) -> tuple[Status, ...]:
    """Return what may be said of every unit's share of `m` visits, by the minimum of visits and teams."""
    few = (m < material.minimum_visits) | (distinct_teams(material, asked) < material.minimum_teams)
    return where_status(
        "published",
        (material.is_not_reported & (m == 0), "not_reported"),
        (m == 0, "not_observed"),
        (few, "insufficient"),
    )
