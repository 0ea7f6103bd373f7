"""Reports that come in while a mission is served, without the journal that brings them."""

from __future__ import annotations

from geo.analysis.live import LiveCounts, Report
from geo.serving.missions import Missions


def report(library: Missions, slug: str, told: Report) -> None:
    """Have one report counted, as following the journal does; `Missions.publish` publishes it."""
    if slug not in library._live:
        snapshot = library.get(slug).snapshot
        library._live[slug] = LiveCounts(snapshot, [choice for _, choice in library._followers])
    library._live[slug].apply(told)
