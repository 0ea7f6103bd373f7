"""One team's day for a GPS device or a phone's map: GPX 1.1, stops as waypoints and as a route."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree

from geo.model.messages import Message, message
from geo.model.mission import text_in
from geo.routing.plan_document import moment
from geo.routing.plan_gain import is_observed
from geo.routing.planner import PlanState
from geo.routing.solver import travel_estimate
from geo.routing.solver.demand import Stop, clock

NAMESPACE: Final = "http://www.topografix.com/GPX/1/1"
SERVICES: Final[Mapping[str, Message]] = {
    "opening": message("Opening"),
    "voting": message("Voting"),
    "closing": message("Closing and count"),
}
Speak = Callable[[Message], str]  # how a sentence is said in one language
# What XML 1.0 cannot hold at all, escaped or not.
_UNWRITABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def gpx_of_team(state: PlanState, index: int, speak: Speak = str, code: str = "en") -> str:
    """Return a team's day as GPX text, UTF-8, in the language `code`, which `speak` speaks.

    Times are UTC, as GPX wants them. The base is the first and last point of the route.
    """
    team, duty = state.plan.teams[index], state.demand.teams[index]
    mission = state.asked.snapshot.mission
    root = ElementTree.Element("gpx", {"xmlns": NAMESPACE, "version": "1.1", "creator": "Baqylau"})
    about = ElementTree.SubElement(root, "metadata")
    _text(about, "name", f"{team.team_id}, {state.asked.day.isoformat()}")
    source = travel_estimate.source(is_estimate=state.table is None)
    description = message(
        "{title}. Travel times: {source}", title=text_in(mission.title, code), source=source
    )
    _text(about, "desc", speak(description))
    _text(about, "time", _utc(moment(state, index, duty.shift_start)))
    stops = [stop for stop in team.stops if is_observed(stop)]
    for number, stop in enumerate(stops, start=1):
        _stop(root, "wpt", state, index, stop, number, speak)
    route = ElementTree.SubElement(root, "rte")
    _text(route, "name", team.team_id)
    _point(route, "rtept", duty.lon, duty.lat, speak(message("Base")))
    for number, stop in enumerate(stops, start=1):
        _stop(route, "rtept", state, index, stop, number, speak)
    _point(route, "rtept", duty.lon, duty.lat, speak(message("Base {time}", time=clock(round(team.back)))))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _stop(
    parent: ElementTree.Element, tag: str, state: PlanState, index: int, stop: Stop, number: int,
    speak: Speak,
) -> None:  # fmt: skip
    stations, row = state.asked.snapshot.registry.stations, int(state.asked.station[stop.station])
    lon, lat = float(state.demand.lon[stop.station]), float(state.demand.lat[stop.station])
    point = ElementTree.SubElement(parent, tag, {"lat": f"{lat:.6f}", "lon": f"{lon:.6f}"})
    _text(point, "time", _utc(moment(state, index, stop.begin)))
    _text(point, "name", f"{number}. {state.demand.station_id[stop.station]}")
    where = ", ".join(part for part in (stations.name[row].as_py(), stations.settlement[row].as_py()) if part)
    times = f"{clock(round(stop.begin))}–{clock(round(stop.leave))}"
    what = f"{speak(SERVICES[stop.service])} {times}"
    _text(point, "desc", f"{what}. {where}" if where else what)


def _point(parent: ElementTree.Element, tag: str, lon: float, lat: float, name: str) -> None:
    point = ElementTree.SubElement(parent, tag, {"lat": f"{lat:.6f}", "lon": f"{lon:.6f}"})
    _text(point, "name", name)


def _text(parent: ElementTree.Element, tag: str, text: str) -> None:
    ElementTree.SubElement(parent, tag).text = _UNWRITABLE.sub("\ufffd", text)


def _utc(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
