"""Every statistic a unit can have. A new one is a new file and one line here."""

from __future__ import annotations

from typing import Final

from geo.analysis.statistics import assessment, coverage, findings_rate, gap
from geo.analysis.statistics.statistic import Statistic

STATISTICS: Final[tuple[Statistic, ...]] = (
    coverage.STATISTIC,
    findings_rate.STATISTIC,
    assessment.STATISTIC,
    gap.STATISTIC,
)
