"""How many visits every unit is short of the plan's fair share: the gap, the one objective on screen."""

from __future__ import annotations

import numpy as np

from geo.analysis.statistics import gap_formulas
from geo.analysis.statistics.statistic import (
    Absence,
    Material,
    Result,
    Statistic,
    StatisticColumn,
    where_status,
)


def compute(material: Material) -> Result:
    """Return fair share and gap per unit, in visits to distinct stations.

    The plan's total is shared in proportion to `weight`, no unit getting more than its stations. Where
    visits happened whose number nobody said, or nobody said whether any did, there is a share but no gap.
    """
    counts, missing = material.counts, np.full(len(material.counts), np.nan)
    nothing = counts.stations_observed == 0
    if material.planned is None or not material.has_frame:
        absence: Absence = "no_plan" if material.planned is None else "no_denominators"
        status = where_status("not_known", (material.is_not_reported, "not_reported"))
        return Result({"fair_share": missing, "gap": missing}, status, absence)
    total = min(material.planned, int(counts.stations.sum()))
    fair = gap_formulas.fair_share(total, material.weight, counts.stations)
    silent, unknown = material.is_not_reported & nothing, nothing & (not material.is_known)
    short = np.where(silent | unknown, np.nan, gap_formulas.gap(counts.stations_observed, fair))
    status = where_status("published", (silent, "not_reported"), (unknown, "not_known"))
    return Result({"fair_share": fair, "gap": short}, status)


STATISTIC = Statistic(
    name="gap",
    says="Visits short of the unit's fair share of the plan.",
    source="Fair share in proportion to registered voters (or stations), capped at the unit's stations",
    columns=(
        StatisticColumn("fair_share", "visits", "the unit's share of the planned visits"),
        StatisticColumn("gap", "visits", "fair share less stations observed, never below 0"),
    ),
    compute=compute,
)
