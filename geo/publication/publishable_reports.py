"""Which reports count for the press: old enough, cleared to be counted, of categories that may be told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.model.columns import NO_TIME, TimeArray, frozen
from geo.model.counts import Choice
from geo.model.snapshot import Snapshot
from geo.model.tables import PUBLICATIONS, SEVERITIES, STAGES

BoolArray = npt.NDArray[np.bool_]

# The press chooses a stage and the least severity of findings, nothing else: each further filter would give
# figures to subtract from each other.
STAGE_CHOICES: Final = ("", *(stage for stage in STAGES if stage != "tabulation"))
SEVERITY_CHOICES: Final = SEVERITIES[:3]
COUNTED: Final = ("yes", "aggregate")  # categories whose findings may enter a published count
NEVER: Final = ("",)  # a choice of no category at all: `Choice` takes an empty list for all of them


def choices(snapshot: Snapshot) -> dict[tuple[str, str], Choice]:
    """Return every (stage, severity) the press may choose; only categories that may be counted."""
    slugs = zip(snapshot.categories.category, snapshot.categories.public, strict=True)
    counted = tuple(slug for slug, public in slugs if public in COUNTED) or NEVER
    return {
        (stage, severity): Choice(stage=stage, severity=severity, categories=counted)
        for stage in STAGE_CHOICES
        for severity in SEVERITY_CHOICES
    }


def choice_name(stage: str, severity: str) -> str:
    """Return the name of a choice in URLs and keys.

    >>> choice_name("", "medium"), choice_name("voting", "low")
    ('all/medium', 'voting/low')
    """
    return f"{stage or 'all'}/{severity}"


def delayed(snapshot: Snapshot, now: datetime) -> Snapshot:
    """Return the snapshot without reports newer than the mission's delay; nothing is renumbered.

    A visit is as old as the latest of its times: a form may be sent before the team leaves. A report
    without any time is left out of a live mission, where it may be from a moment ago. A finding needs
    its visit, if it has one. Withdrawn findings are out whatever their age.
    """
    before = _microseconds(now - timedelta(hours=snapshot.mission.disclosure.delay_hours))
    is_live = snapshot.mission.nature == "live"
    visits, incidents = snapshot.visits, snapshot.incidents
    seen = visits.is_current & _is_old(before, not is_live, visits.arrived, visits.left, visits.received)
    # A finding's own time is often not written down; its visit's then speaks for it.
    own = _is_old(before, True, incidents.occurred, incidents.received)
    has_time = (incidents.occurred != NO_TIME) | (incidents.received != NO_TIME)
    of_visit = np.append(seen, False)[incidents.visit]
    told = own & np.where(incidents.visit >= 0, of_visit, has_time | (not is_live))
    told &= incidents.is_current & (incidents.publication != PUBLICATIONS.index("withdrawn"))
    return replace(
        snapshot,
        visits=replace(visits, is_current=frozen(np.asarray(seen))),
        incidents=replace(incidents, is_current=frozen(np.asarray(told))),
    )


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether anything may be shown, and whether single stations may."""

    is_open: bool
    may_show_stations: bool


STATION_HOURS: Final = 24  # after the election day, at least, for single stations of a live mission


def gate(snapshot: Snapshot, now: datetime, cleared: bool) -> Gate:
    """Return what the mission's nature allows; a live mission needs somebody's clearance for anything.

    Single stations of a public source may be shown: it has told them itself. Else mission.toml has to say
    so and no static team may have reported: locally, the station is the person. Of a live mission they
    also have to be cleared, and a day must have passed since the election day. `now`: timezone-aware.
    """
    mission = snapshot.mission
    if mission.nature == "public_source":
        return Gate(True, True)
    is_open = mission.nature == "simulated" or cleared
    if not is_open or has_static(snapshot):
        return Gate(is_open, False)
    if mission.nature == "simulated":  # by the rules of a live mission, but for the days it has to wait
        return Gate(True, mission.disclosure.stations)
    midnight = datetime.combine(
        mission.election_date + timedelta(days=1), datetime.min.time(), mission.zone_of("")
    )
    return Gate(True, mission.disclosure.stations and now >= midnight + timedelta(hours=STATION_HOURS))


def is_static(snapshot: Snapshot) -> BoolArray:
    """Return which teams stay at one station all day, (T + 1,) bool; the last entry is "no team"."""
    return np.array([*(kind == "static" for kind in snapshot.teams.kind), False], dtype=bool)


def has_static(snapshot: Snapshot) -> bool:
    """Return whether any current report comes from a static team."""
    static, visits, incidents = is_static(snapshot), snapshot.visits, snapshot.incidents
    return bool(
        static[visits.team[visits.is_current]].any() or static[incidents.team[incidents.is_current]].any()
    )


def _is_old(before: int, if_unknown: bool, *moments: TimeArray) -> BoolArray:
    latest = np.max(np.stack(moments), axis=0)  # NO_TIME is below every time
    return np.where(latest == NO_TIME, if_unknown, latest < before)


def _microseconds(moment: datetime) -> int:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return (moment.astimezone(UTC) - epoch) // timedelta(microseconds=1)
