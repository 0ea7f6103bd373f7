"""How stations were judged overall: the share of bad and very bad, the field's headline figure."""

from __future__ import annotations

import numpy as np

from geo.statistics import intervals
from geo.statistics.material import (
    Material,
    Result,
    Statistic,
    StatisticColumn,
    distinct_teams,
    share,
    where_status,
)


def compute(material: Material) -> Result:
    """Return the share of negative overall assessments per unit, with its interval clustered by team."""
    counts = material.counts
    k, m = counts.negative, counts.assessed
    seen = material.is_assessed & (material.unit_of_visit >= 0)
    low, high = intervals.clustered(
        material.is_negative[seen].astype(np.float64),
        np.ones(int(seen.sum())),
        material.team_of_visit[seen],
        unit=material.unit_of_visit[seen],
        n_units=len(counts),
        icc=material.thresholds.intraclass_correlation,
    )
    few = (m < material.minimum_visits) | (
        distinct_teams(material, material.is_assessed) < material.minimum_teams
    )
    columns = {
        "visits_assessed": m,
        "visits_negative": k,
        "share_negative": share(k, m),
        "negative_low": low,
        "negative_high": high,
    }
    status = where_status(
        "published",
        (material.is_not_reported & (m == 0), "not_reported"),
        (m == 0, "not_observed"),
        (few, "insufficient"),
    )
    return Result(columns, status, "no_assessments" if m.sum() == 0 else "")


STATISTIC = Statistic(
    name="assessment",
    says="Visits whose overall assessment was bad or very bad, of the visits with an overall assessment.",
    source="Wilson 1927 at the effective number of visits, clustered by team",
    columns=(
        StatisticColumn("visits_assessed", "visits", "visits with an overall assessment"),
        StatisticColumn("visits_negative", "visits", "those assessed bad or very bad"),
        StatisticColumn("share_negative", "share", "negative of assessed"),
        StatisticColumn("negative_low", "share", "lower end of the 95 % interval, clustered by team"),
        StatisticColumn("negative_high", "share", "upper end of the 95 % interval, clustered by team"),
    ),
    compute=compute,
)
