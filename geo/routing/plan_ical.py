"""One team's day for a calendar: RFC 5545, one event per stop, in UTC."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from geo.model.columns import content_hash
from geo.model.messages import message
from geo.routing.plan_document import moment
from geo.routing.plan_gain import is_observed
from geo.routing.plan_gpx import SERVICES, Speak
from geo.routing.planner import PlanState
from geo.routing.solver import travel_estimate
from geo.routing.solver.demand import Stop

LONGEST_LINE: Final = 75  # octets, RFC 5545 §3.1, the line's end apart
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def calendar_of_team(state: PlanState, index: int, speak: Speak = str) -> str:
    """Return a team's day as an iCalendar text, lines ended by CRLF; `speak` says it in one language.

    The same plan gives the same text. An event's UID is a hash of its mission, day, team, station and
    service, so that a changed plan replaces events in a calendar instead of doubling them.
    """
    team = state.plan.teams[index]
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Baqylau//routes//EN", "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH", f"X-WR-CALNAME:{escaped(team.team_id)}",
    ]  # fmt: skip
    for stop in team.stops:
        if is_observed(stop):
            lines += _event(state, index, stop, speak)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in folded(line))


def _event(state: PlanState, index: int, stop: Stop, speak: Speak) -> Iterator[str]:
    snapshot, team = state.asked.snapshot, state.plan.teams[index]
    stations, row = snapshot.registry.stations, int(state.asked.station[stop.station])
    station_id = state.demand.station_id[stop.station]
    where = ", ".join(part for part in (stations.name[row].as_py(), stations.settlement[row].as_py()) if part)
    key = content_hash(
        snapshot.mission.slug, state.asked.day.isoformat(), team.team_id, station_id, stop.service
    )
    lon, lat = float(state.demand.lon[stop.station]), float(state.demand.lat[stop.station])
    source = travel_estimate.source(is_estimate=state.table is None)
    way = speak(message("{minutes} min to get there ({source})", minutes=round(stop.drive), source=source))
    yield "BEGIN:VEVENT"
    yield f"UID:{key}@baqylau"
    yield f"DTSTAMP:{_utc(snapshot.as_of)}"
    yield f"DTSTART:{_utc(moment(state, index, stop.begin))}"
    yield f"DTEND:{_utc(moment(state, index, stop.leave))}"
    yield f"SUMMARY:{escaped(f'{speak(SERVICES[stop.service])}: {station_id}')}"
    if where:
        yield f"LOCATION:{escaped(where)}"
    yield f"GEO:{lat:.6f};{lon:.6f}"
    yield f"DESCRIPTION:{escaped(way)}"
    yield "END:VEVENT"


def escaped(text: str) -> str:
    r"""Return text as a TEXT value of RFC 5545 §3.3.11.

    >>> print(escaped("a,b;c\\d\ne"))
    a\,b\;c\\d\ne
    """
    writable = _UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return writable.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str) -> Iterator[str]:
    """Yield the pieces of a content line of at most 75 octets, no letter cut; all but the first begin
    with the space that joins them again."""
    piece, size = "", 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > LONGEST_LINE:
            yield piece
            piece, size = " ", 1
        piece, size = piece + letter, size + octets
    yield piece


def _utc(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
