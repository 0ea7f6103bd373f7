"""How much of every unit was observed: stations, and the voters registered at them."""

from __future__ import annotations

import numpy as np

from geo.analysis.statistics.statistic import (
    Material,
    Result,
    Statistic,
    StatisticColumn,
    share,
    where_status,
)
from geo.model.code_lists import Status


def compute(material: Material) -> Result:
    """Return coverage per unit; the share is NaN where the list of stations is not complete.

    So it is where no visit is counted and visits happened, or nobody said whether any did.
    """
    counts = material.counts
    nothing = counts.stations_observed == 0
    silent = material.is_not_reported & nothing
    is_untold = silent | (nothing & (not material.is_known))
    is_share = ~is_untold & material.has_frame  # 0 visits that nobody reported are not a coverage of 0
    columns = {
        "stations_observed": counts.stations_observed,
        "share_observed": share(counts.stations_observed, np.where(is_share, counts.stations, 0)),
        "voters_at_observed": counts.voters_observed,
        "share_voters_at_observed": share(counts.voters_observed, np.where(is_share, counts.voters, 0)),
    }
    nowhere: Status = "not_observed" if material.is_known else "not_known"
    status = where_status("published", (silent, "not_reported"), (nothing, nowhere))
    return Result(columns, status, "no_visits" if np.all(nothing) else "")


STATISTIC = Statistic(
    name="coverage",
    says="Distinct stations with at least one counted visit, and their share of the unit's stations.",
    source="Station coverage n/N; both numbers are shown",
    columns=(
        StatisticColumn("stations_observed", "stations", "distinct stations with at least one counted visit"),
        StatisticColumn("share_observed", "share", "of the unit's stations; empty without a complete list"),
        StatisticColumn("voters_at_observed", "count", "registered voters at observed stations"),
        StatisticColumn("share_voters_at_observed", "share", "of the unit's registered voters"),
    ),
    compute=compute,
)
