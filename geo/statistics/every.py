"""Every statistic a unit can have. A new one is a new file and one line here."""

from __future__ import annotations

from typing import Final

from geo.statistics import findings_rate, hot_spots, negative, observed, shortfall
from geo.statistics.material import Statistic

STATISTICS: Final[tuple[Statistic, ...]] = (
    observed.STATISTIC,
    findings_rate.STATISTIC,
    negative.STATISTIC,
    shortfall.STATISTIC,
    hot_spots.STATISTIC,
)
