"""Which clock each area keeps on election day."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from geo.model.columns import IntArray
from geo.simulate.options import SimulationOptions

# Areas with a zone of another name than the mission's. On 4 December 2005 four of these, in the west, kept
# UTC+5; the rest of Kazakhstan kept UTC+6, Qostanay and Qyzylorda too.
KAZAKHSTAN: Final = {
    "KZ-AKT": "Asia/Aqtobe",
    "KZ-ATY": "Asia/Atyrau",
    "KZ-BAY": "Asia/Qyzylorda",
    "KZ-KUS": "Asia/Qostanay",
    "KZ-KZY": "Asia/Qyzylorda",
    "KZ-MAN": "Asia/Aqtau",
    "KZ-ZAP": "Asia/Oral",
}


def zones_of(options: SimulationOptions, area_ids: tuple[str, ...]) -> dict[str, str]:
    """Return the areas whose zone is not the mission's own."""
    return (
        {area: KAZAKHSTAN[area] for area in area_ids if area in KAZAKHSTAN} if options.is_kazakhstan else {}
    )


def shift_minutes(options: SimulationOptions, area_ids: tuple[str, ...]) -> IntArray:
    """Return what to add to an area's local minutes to get the mission's; (A,) int64."""
    noon = datetime.combine(options.election_date, time(12))
    zones = zones_of(options, area_ids)

    def offset(zone: ZoneInfo) -> int:
        return int((noon.replace(tzinfo=zone).utcoffset() or timedelta()).total_seconds() // 60)

    own = offset(options.zone)
    return np.array([own - offset(ZoneInfo(zones[area])) if area in zones else 0 for area in area_ids])


def election_midnight(options: SimulationOptions) -> datetime:
    """Return the midnight with which election day begins in the mission's zone.

    The offset of noon is used all day: a clock change in the night would otherwise fold minutes.
    """
    noon = datetime.combine(options.election_date, time(12), tzinfo=options.zone)
    return noon.astimezone(UTC) - timedelta(hours=12)
