"""One report as it arrives, and its cells as the columns of a snapshot keep them, or why it is refused."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, Final

from geo.model.columns import NO_TIME
from geo.model.errors import BaqylauError
from geo.model.registry import Registry
from geo.model.reports import Categories, Teams
from geo.model.tables import (
    COMPLETENESS,
    OUTCOMES,
    OVERALL,
    PUBLICATIONS,
    PURPOSES,
    SEVERITIES,
    STAGES,
    VERIFICATIONS,
)

WITHDRAWN: Final = "withdrawn"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
LONGEST: Final = 20_000  # letters in one text
MOST_PEOPLE: Final = 1_000_000_000  # on one list


class ReportError(BaqylauError):
    """A report that cannot be taken; the text names it and what would be right. Nothing of it was used."""


@dataclass(frozen=True, slots=True)
class VisitReport:
    """One version of one form. A correction has an id of its own and names in `supersedes` what it corrects;
    a withdrawal is a correction with `verification="withdrawn"`. Times are aware; `answered`: category
    slugs, or ("*",) for all; empty: not known, which is no exposure. `purpose`: "follow_up" keeps it out
    of every rate.
    """

    visit_id: str
    station_id: str = ""
    team_id: str = ""
    stage: str = "voting"
    outcome: str = "observed"
    verification: str = "unverified"
    overall: str = ""
    arrived: datetime | None = None
    left: datetime | None = None
    received: datetime | None = None
    answered: tuple[str, ...] = ()
    purpose: str = "planned"
    registered_voters: float = math.nan
    voted: float = math.nan
    supersedes: str = ""
    answers: str = ""
    lon: float = math.nan
    lat: float = math.nan


@dataclass(frozen=True, slots=True)
class IncidentReport:
    """One version of one reported finding, at a station, during a visit, or in an area only.

    Corrected and withdrawn as a `VisitReport` is. `severity`, `stage`: "" for the category's own.
    """

    incident_id: str
    category: str
    visit_id: str = ""
    station_id: str = ""
    area_id: str = ""
    team_id: str = ""
    severity: str = ""
    stage: str = ""
    occurred: datetime | None = None
    received: datetime | None = None
    verification: str = "unverified"
    publication: str = "private"
    completeness: str = "unknown"
    supersedes: str = ""
    text: str = ""


Report = VisitReport | IncidentReport


@dataclass(frozen=True, slots=True)
class ReportState:
    """What people decided about a report that is there: its two columns, nothing else of it.

    `about`: "visit" or "incident", `report_id` as the table has it. A visit has no `publication`.
    """

    about: str
    report_id: str
    verification: str
    publication: str = "private"


def _getters(kind: type[Report]) -> tuple[attrgetter[Any], attrgetter[Any]]:
    names = [field.name for field in fields(kind)]
    moments = [name for name in names if name in ("arrived", "left", "received", "occurred")]
    return attrgetter(*(name for name in names if name not in moments)), attrgetter(*moments)


_SPELLED: Final = {kind: _getters(kind) for kind in (VisitReport, IncidentReport)}
Cells = dict[str, Any]


@dataclass(frozen=True, eq=False)
class ReportReferences:
    """What a report may name: look-ups into a registry and its tables, each in microseconds."""

    registry: Registry
    areas: Mapping[str, int]
    teams: Mapping[str, int]
    categories: Mapping[str, int]
    category_severity: tuple[int, ...]
    category_stage: tuple[int, ...]

    @classmethod
    def from_snapshot_parts(cls, registry: Registry, teams: Teams, known: Categories) -> ReportReferences:
        return cls(
            registry=registry,
            areas={area_id: index for index, area_id in enumerate(registry.areas.area_id)},
            teams={team_id: index for index, team_id in enumerate(teams.team_id)},
            categories={slug: index for index, slug in enumerate(known.category)},
            category_severity=tuple(known.severity.tolist()),
            category_stage=tuple(STAGES.index(phase) if phase in STAGES else -1 for phase in known.phase),
        )


def spelled(report: Report | ReportState) -> str:
    """Return a text that two reports share only if they say the same: four times as quick as `repr`."""
    if isinstance(report, ReportState):
        return repr(report)
    others, moments = _SPELLED[type(report)]
    times = [moment and _time(moment, "a time", "a report") for moment in moments(report)]
    return f"{type(report).__name__}{others(report)}{times}"


def content(report: Report) -> str:
    """Return what a report says, whatever its id is and whenever it came."""
    if isinstance(report, VisitReport):
        return spelled(replace(report, visit_id="", supersedes="", received=None))
    return spelled(replace(report, incident_id="", supersedes="", received=None))


def visit_cells(report: VisitReport, known: ReportReferences) -> Cells:
    """Return a visit's row. Raises ReportError for anything that names or means nothing."""
    name = f"visit {report.visit_id[:80]!r}"
    is_withdrawn = report.verification == WITHDRAWN
    station = _station(report.station_id, known, name)
    if station < 0 and not is_withdrawn:
        raise ReportError(f"{name}: station_id is missing; a visit is to a station of the registry")
    if is_withdrawn and not report.supersedes:
        raise ReportError(f"{name}: a withdrawal names in `supersedes` what it withdraws")
    area = int(known.registry.stations.area[station]) if station >= 0 else -1
    is_follow_up = _code(report.purpose, PURPOSES, "purpose", name, required=True) == 1
    return {
        "visit_id": _text(report.visit_id, "visit_id", name, required=True),
        "station": station,
        "area": area,
        "team": _named(report.team_id, known.teams, "team_id", name),
        "stage": _code(report.stage, STAGES, "stage", name, required=True),
        "outcome": _code(report.outcome, OUTCOMES, "outcome", name, required=True),
        "verification": _code(report.verification, VERIFICATIONS, "verification", name, required=True),
        "overall": -1 if is_follow_up else _code(report.overall, OVERALL, "overall", name),
        "arrived": _time(report.arrived, "arrived", name),
        "left": _time(report.left, "left", name),
        "received": _time(report.received, "received", name),
        "answered": 0 if is_follow_up else _mask(report.answered, known, name),
        "registered_voters": _number_of_people(report.registered_voters, "registered_voters", name),
        "voted": _number_of_people(report.voted, "voted", name),
        "lon": _degrees(report.lon, 180, "lon", name),
        "lat": _degrees(report.lat, 90, "lat", name),
        "station_as_written": report.station_id,
        "answers": _text(report.answers, "answers", name),
        "supersedes": _text(report.supersedes, "supersedes", name),
    }


def incident_cells(report: IncidentReport, known: ReportReferences) -> Cells:
    """Return a finding's own cells; station, area, visit and stage follow from its visit too.

    Raises ReportError for anything that names or means nothing.
    """
    name = f"incident {report.incident_id[:80]!r}"
    if report.verification == WITHDRAWN and not report.supersedes:
        raise ReportError(f"{name}: a withdrawal names in `supersedes` what it withdraws")
    if not report.category:
        raise ReportError(f"{name}: category is missing")
    category = _named(report.category, known.categories, "category", name)
    severity = _code(report.severity, SEVERITIES, "severity", name)
    stage = _code(report.stage, STAGES, "stage", name)
    return {
        "incident_id": _text(report.incident_id, "incident_id", name, required=True),
        "station": _station(report.station_id, known, name),
        "own_area": _named(report.area_id, known.areas, "area_id", name),
        "team": _named(report.team_id, known.teams, "team_id", name),
        "category": category,
        "severity": severity if severity >= 0 else known.category_severity[category],
        "own_stage": stage if stage >= 0 else known.category_stage[category],
        "occurred": _time(report.occurred, "occurred", name),
        "received": _time(report.received, "received", name),
        "verification": _code(report.verification, VERIFICATIONS, "verification", name, required=True),
        "publication": _code(report.publication, PUBLICATIONS, "publication", name, required=True),
        "completeness": _code(report.completeness, COMPLETENESS, "completeness", name, required=True),
        "is_mention": report.station_id != "",
        "is_repeat": False,
        "number": "",
        "place_as_written": "",
        "ambiguity": "",
        "candidates": "",
        "text": _text(report.text, "text", name),
        "locator": "",
        "station_as_written": report.station_id,
        "visit_as_told": _text(report.visit_id, "visit_id", name),
        "supersedes": _text(report.supersedes, "supersedes", name),
    }


def _text(value: str, column: str, name: str, required: bool = False) -> str:
    if not isinstance(value, str) or (required and not value) or len(value) > LONGEST:
        raise ReportError(f"{name}: {column} must be a text of up to {LONGEST:,} letters")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ReportError(f"{name}: {column} holds half a letter") from None
    return value


def _station(station_id: str, known: ReportReferences, name: str) -> int:
    station = known.registry.station(_text(station_id, "station_id", name)) if station_id else -1
    if station_id and station < 0:
        raise ReportError(f"{name}: no station called {station_id[:80]!r}")
    return station


def _named(value: str, places: Mapping[str, int], column: str, name: str) -> int:
    if not value:
        return -1
    place = places.get(value)
    if place is None:
        raise ReportError(f"{name}: {column} {value[:80]!r} is not known")
    return place


def _code(value: str, choices: tuple[str, ...], column: str, name: str, required: bool = False) -> int:
    if value in choices:
        return choices.index(value)
    if value or required:
        raise ReportError(f"{name}: {column} {value[:80]!r} is none of {', '.join(choices)}")
    return -1


def _time(moment: datetime | None, column: str, name: str) -> int:
    if moment is None:
        return NO_TIME
    if moment.tzinfo is None:
        raise ReportError(f"{name}: {column} {moment.isoformat()} needs its offset from UTC")
    return (moment - _EPOCH) // _MICROSECOND


def _degrees(value: float, most: int, column: str, name: str) -> float:
    if not (math.isnan(value) or abs(value) <= most):
        raise ReportError(f"{name}: {column} {value} must lie between -{most} and {most} degrees")
    return value


def _number_of_people(value: float, column: str, name: str) -> float:
    if not (math.isnan(value) or (0 <= value <= MOST_PEOPLE and value == math.floor(value))):
        raise ReportError(f"{name}: {column} {value} must be a whole number from 0 to {MOST_PEOPLE:,}")
    return value


def _mask(answered: tuple[str, ...], known: ReportReferences, name: str) -> int:
    if "*" in answered:
        return (1 << len(known.categories)) - 1
    mask = 0
    for slug in answered:
        mask |= 1 << max(0, _named(slug, known.categories, "answered", name)) if slug else 0
    return mask
