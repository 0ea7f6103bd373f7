"""One team's day for a GPS device or a phone's map: GPX 1.1, stops as waypoints and as a route."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree

from geo.planning.document import moment
from geo.planning.gain import is_observed
from geo.planning.made import Made
from geo.routes import travel
from geo.routes.demand import Stop, clock

NAMESPACE: Final = "http://www.topografix.com/GPX/1/1"
SERVICES: Final[Mapping[str, str]] = {
    "opening": "Opening",
    "voting": "Voting",
    "closing": "Closing and count",
}
# What XML 1.0 cannot hold at all, escaped or not.
_UNWRITABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def of(made: Made, index: int, words: Mapping[str, str] = SERVICES) -> str:
    """Return a team's day as GPX text, UTF-8; `words`: what the services are called.

    Times are UTC, as GPX wants them. The base is the first and last point of the route.
    """
    team, duty = made.plan.teams[index], made.demand.teams[index]
    mission = made.asked.snapshot.mission
    root = ElementTree.Element("gpx", {"xmlns": NAMESPACE, "version": "1.1", "creator": "Baqylau"})
    about = ElementTree.SubElement(root, "metadata")
    _text(about, "name", f"{team.team_id}, {made.asked.day.isoformat()}")
    _text(about, "desc", f"{mission.title['en']}. Travel times: {_travel(made)}")
    _text(about, "time", _utc(moment(made, index, duty.shift_start)))
    stops = [stop for stop in team.stops if is_observed(stop)]
    for number, stop in enumerate(stops, start=1):
        _stop(root, "wpt", made, index, stop, number, words)
    route = ElementTree.SubElement(root, "rte")
    _text(route, "name", team.team_id)
    _point(route, "rtept", duty.lon, duty.lat, "Base")
    for number, stop in enumerate(stops, start=1):
        _stop(route, "rtept", made, index, stop, number, words)
    _point(route, "rtept", duty.lon, duty.lat, f"Base {clock(round(team.back))}")
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _stop(
    parent: ElementTree.Element, tag: str, made: Made, index: int, stop: Stop, number: int,
    words: Mapping[str, str],
) -> None:  # fmt: skip
    stations, row = made.asked.snapshot.registry.stations, int(made.asked.station[stop.station])
    lon, lat = float(made.demand.lon[stop.station]), float(made.demand.lat[stop.station])
    point = ElementTree.SubElement(parent, tag, {"lat": f"{lat:.6f}", "lon": f"{lon:.6f}"})
    _text(point, "time", _utc(moment(made, index, stop.begin)))
    _text(point, "name", f"{number}. {made.demand.station_id[stop.station]}")
    where = ", ".join(one for one in (stations.name[row].as_py(), stations.settlement[row].as_py()) if one)
    times = f"{clock(round(stop.begin))}–{clock(round(stop.leave))}"
    said = f"{words.get(stop.service, stop.service)} {times}"
    _text(point, "desc", f"{said}. {where}" if where else said)


def _point(parent: ElementTree.Element, tag: str, lon: float, lat: float, name: str) -> None:
    point = ElementTree.SubElement(parent, tag, {"lat": f"{lat:.6f}", "lon": f"{lon:.6f}"})
    _text(point, "name", name)


def _text(parent: ElementTree.Element, tag: str, text: str) -> None:
    ElementTree.SubElement(parent, tag).text = _UNWRITABLE.sub("\ufffd", text)


def _travel(made: Made) -> str:
    return travel.ESTIMATE if made.table is None else "from a travel server"


def _utc(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
