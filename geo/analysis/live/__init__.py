"""Reports taken while a mission runs: one owner counts them as they come and publishes snapshots.

`LiveCounts(snapshot).apply(report)` changes every counter of a station's areas and cells at once and
tells subscribers what changed; `publish(now)` gives an immutable `Snapshot` at most once a second, which
shares all columns that did not change. Equal, after any sequence, to building everything anew.
"""

from geo.analysis.live.incoming_report import IncidentReport, Report, ReportError, ReportState, VisitReport
from geo.analysis.live.live_counts import LiveCounts
from geo.analysis.live.station_contribution import Effect, VisitSeen

__all__ = [
    "Effect",
    "IncidentReport",
    "LiveCounts",
    "Report",
    "ReportError",
    "ReportState",
    "VisitReport",
    "VisitSeen",
]
