"""A visit taken down on the telephone: a form's fields become the rows of a visit and its findings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from geo.intake.report_decisions import areas_above
from geo.model.errors import InputError
from geo.model.snapshot import Snapshot

MOST_FINDINGS: Final = 20  # told of one visit
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3])[:.]?([0-5]\d)")
_PLAIN: Final = ("station_id", "team_id", "stage", "outcome", "overall", "answers")


def rows_of_form(
    form: Mapping[str, Any], snapshot: Snapshot
) -> tuple[dict[str, Any], list[dict[str, Any]], tuple[str, ...]]:
    """Return a visit's row, the rows of its findings, and the areas its station lies in.

    `id` names the visit for good: the same form sent again gives the same rows. `arrived` and `left` are
    times on the station's own clock on `day`, "9:30", "930" or "9.30"; one that left before it arrived left
    on the next day. What is empty is left out. Raises InputError for what no row could say.
    """
    texts = {name: form.get(name, "") for name in (*_PLAIN, "id", "day", "arrived", "left")}
    findings = form.get("findings", [])
    if not all(isinstance(text, str) for text in texts.values()) or not isinstance(findings, list):
        raise InputError("the fields of the form are texts, findings is a list")
    if len(findings) > MOST_FINDINGS:
        raise InputError(f"at most {MOST_FINDINGS} findings of one visit")
    station = snapshot.registry.station(texts["station_id"]) if texts["station_id"] else -1
    area = int(snapshot.registry.stations.area[station]) if station >= 0 else -1
    areas = areas_above(snapshot, area)
    visit = {"id": texts["id"], **{name: texts[name] for name in _PLAIN if texts[name]}}
    visit |= _times(texts, zone_of_areas(snapshot, areas), snapshot.mission.election_date)
    if form.get("asked") is True:
        visit["answered"] = ["*"]
    rows = [_finding(texts["id"], number, finding) for number, finding in enumerate(findings, 1)]
    for row in rows:
        row |= {name: texts[name] for name in ("station_id", "team_id") if texts[name]}
    return visit, rows, areas


def zone_of_areas(snapshot: Snapshot, areas: tuple[str, ...]) -> ZoneInfo:
    """Return the zone of the nearest of these areas that has one of its own, else the mission's."""
    zones = snapshot.mission.time_zones
    return ZoneInfo(next((zones[area] for area in areas if area in zones), snapshot.mission.time_zone))


def clock_time(text: str) -> time:
    """Return a time of day as people type it. Raises InputError.

    >>> clock_time("930"), clock_time("14:05")
    (datetime.time(9, 30), datetime.time(14, 5))
    """
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise InputError(f"{text[:20]!r} is not a time: 9:30")
    return time(int(match[1]), int(match[2]))


def _times(texts: Mapping[str, str], zone: ZoneInfo, election_date: date) -> dict[str, str]:
    try:
        day = date.fromisoformat(texts["day"]) if texts["day"] else election_date
    except ValueError:
        raise InputError(f"{texts['day'][:20]!r} is not a day: 2005-12-04") from None
    moments: dict[str, datetime] = {}
    for name in ("arrived", "left"):
        if texts[name].strip():
            moments[name] = datetime.combine(day, clock_time(texts[name]), tzinfo=zone)
    if "left" in moments and "arrived" in moments and moments["left"] < moments["arrived"]:
        if day == date.max:
            raise InputError(f"{day} has no day after it")
        moments["left"] += timedelta(days=1)
    return {name: moment.isoformat() for name, moment in moments.items()}


def _finding(visit_id: str, number: int, finding: object) -> dict[str, Any]:
    if not isinstance(finding, dict) or not isinstance(finding.get("category"), str):
        raise InputError("each of findings has a category")
    row = {"id": f"{visit_id}.{number}", "visit_id": visit_id, "category": finding["category"]}
    return row | {name: finding[name] for name in ("text", "severity") if finding.get(name)}
