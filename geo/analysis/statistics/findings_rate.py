"""How often something was found where somebody was there to see it: k of m visits, with its interval."""

from __future__ import annotations

import numpy as np

from geo.analysis.statistics import rates, visit_share
from geo.analysis.statistics.statistic import Material, Result, Statistic, StatisticColumn, share


def compute(material: Material) -> Result:
    """Return rate, interval clustered by team, shrunken rate and funnel limits per unit.

    NaN without exposure. Under the minimum of visits or teams the numbers are there and the status says
    that they mean too little.
    """
    counts, shares = material.counts, material.exposed_by_team
    k, m = counts.with_finding, counts.exposure
    low, high = visit_share.interval(material, shares)
    overall = float(k.sum() / m.sum()) if m.sum() else np.nan
    funnel = rates.funnel_limits(m, overall) if m.sum() else (np.full(len(m), np.nan),) * 2
    columns = {
        "visits_exposed": m,
        "visits_with_finding": k,
        "rate": share(k, m),
        "rate_low": low,
        "rate_high": high,
        "rate_shrunk": rates.empirical_bayes(k, m),
        "funnel_low": funnel[0],
        "funnel_high": funnel[1],
        "chance": rates.chance_position(k, m),
        "teams": shares.teams(),
    }
    return Result(columns, visit_share.status(material, shares, m), "no_visits" if m.sum() == 0 else "")


STATISTIC = Statistic(
    name="rate",
    says="Visits with at least one chosen finding, of the visits whose form asked about it.",
    source="Wilson 1927 at the effective number of visits, by team; Martuzzi & Elliott 1996 for rate_shrunk",
    columns=(
        StatisticColumn("visits_exposed", "visits", "m: counted visits whose form asked"),
        StatisticColumn("visits_with_finding", "visits", "k: those with at least one chosen finding"),
        StatisticColumn("rate", "share", "k / m"),
        StatisticColumn("rate_low", "share", "lower end of the 95 % interval, clustered by team"),
        StatisticColumn("rate_high", "share", "upper end of the 95 % interval, clustered by team"),
        StatisticColumn("rate_shrunk", "share", "empirical-Bayes estimate: small units drawn to the mean"),
        StatisticColumn("funnel_low", "share", "lower 95 % limit if the unit were like all others"),
        StatisticColumn("funnel_high", "share", "upper 95 % limit if the unit were like all others"),
        StatisticColumn(
            "chance", "code", "beside the 95 and 99.8 % limits: high_998, high_95, within, low_…"
        ),
        StatisticColumn("teams", "count", "distinct teams whose forms asked"),
    ),
    compute=compute,
)
