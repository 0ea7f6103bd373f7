"""How stations were judged overall: the share of bad and very bad, the field's headline figure."""

from __future__ import annotations

from geo.analysis.statistics import visit_share
from geo.analysis.statistics.statistic import Material, Result, Statistic, StatisticColumn, share


def compute(material: Material) -> Result:
    """Return the share of negative overall assessments per unit, with its interval clustered by team."""
    counts = material.counts
    k, m = counts.negative, counts.assessed
    shares = material.assessed_by_team
    low, high = visit_share.interval(material, shares)
    columns = {
        "visits_assessed": m,
        "visits_negative": k,
        "share_negative": share(k, m),
        "negative_low": low,
        "negative_high": high,
    }
    return Result(
        columns,
        visit_share.status(material, shares, m),
        "no_assessments" if m.sum() == 0 else "",
    )


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
