from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.routing import plan_document, plan_geojson, plan_gpx, plan_ical
from geo.routing.demand_from_snapshot import demand_of
from geo.routing.plan_request import PlanRequest
from geo.routing.planner import make
from tests.geo.routing.planner_inputs import mission, stations, team

NASTY = 'Мектеп <b>&"№5"</b>, "қ";\\n\nBEGIN:VEVENT\x0b'
ROWS = [row | {"name": NASTY} for row in stations()]
MADE = make(
    demand_of(mission(stations=ROWS, teams=[team("Tё/1 <&>"), team("T2")]), PlanRequest()),
    30,
    0,
    iterations=3,
)


@pytest.mark.capability("Routes as GPX, GeoJSON and calendar", page="routes")
def test_gdal_reads_the_stops_of_a_gpx_file_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "team.gpx"
    path.write_text(plan_gpx.gpx_of_team(MADE, 0), encoding="utf-8")
    points = pyogrio.read_dataframe(path, layer="waypoints")
    stops = MADE.plan.teams[0].stops
    assert [name.partition(". ")[2] for name in points["name"]] == [
        MADE.demand.station_id[s.station] for s in stops
    ]
    assert points.geometry.x.tolist() == pytest.approx([MADE.demand.lon[s.station] for s in stops])
    route = pyogrio.read_dataframe(path, layer="routes")
    assert [len(line.coords) for line in route.geometry] == [len(stops) + 2]


def test_a_gpx_file_holds_what_the_schema_wants_in_its_order() -> None:
    root = ElementTree.fromstring(plan_gpx.gpx_of_team(MADE, 0))
    space = "{" + plan_gpx.NAMESPACE + "}"
    assert root.tag == space + "gpx"
    assert root.attrib["version"] == "1.1"
    tags = [child.tag.removeprefix(space) for child in root]
    assert tags == ["metadata", *["wpt"] * len(MADE.plan.teams[0].stops), "rte"]
    for point in root.iter(space + "wpt"):
        assert [child.tag.removeprefix(space) for child in point] == ["time", "name", "desc"]
        assert re.fullmatch(r"2005-12-04T\d\d:\d\d:00Z", point.findtext(space + "time") or "")


def test_gdal_reads_routes_and_stops_of_the_geojson(tmp_path: Path) -> None:
    path = tmp_path / "plan.geojson"
    path.write_text(json.dumps(plan_geojson.geojson_of_plan(MADE), ensure_ascii=False), encoding="utf-8")
    frame = pyogrio.read_dataframe(path)
    count = sum(len(one.stops) for one in MADE.plan.teams)
    assert frame["kind"].value_counts().to_dict() == {"stop": count, "route": 2}
    assert set(frame.geometry.geom_type[frame["kind"] == "route"]) == {"LineString"}


def events(text: str) -> list[dict[str, str]]:
    """Read a calendar as RFC 5545 says: unfold, split at the first colon, undo the escapes."""
    lines = text.replace("\r\n ", "").split("\r\n")
    found: list[dict[str, str]] = []
    for line in lines:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found and name not in ("END", "BEGIN"):
            plain = re.sub(r"\\(.)", lambda hit: "\n" if hit[1] == "n" else hit[1], value)
            found[-1].setdefault(name, plain)
    return found


def test_a_calendar_holds_one_event_per_stop_in_utc() -> None:
    found = events(plan_ical.calendar_of_team(MADE, 0))
    stops = MADE.plan.teams[0].stops
    assert [one["SUMMARY"].partition(": ")[2] for one in found] == [
        MADE.demand.station_id[s.station] for s in stops
    ]
    begins = [datetime.strptime(one["DTSTART"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) for one in found]
    assert begins == [plan_document.moment(MADE, 0, stop.begin) for stop in stops]
    assert len({one["UID"] for one in found}) == len(stops)


def test_a_calendar_keeps_to_the_lines_of_the_standard_and_holds_no_injected_event() -> None:
    text = plan_ical.calendar_of_team(MADE, 0)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")
    assert text.replace("\r\n ", "").count("\r\nBEGIN:VEVENT") == len(MADE.plan.teams[0].stops)
    assert events(text)[0]["LOCATION"].startswith('Мектеп <b>&"№5"</b>, "қ";\\n\nBEGIN:VEVENT')


def test_the_same_plan_gives_the_same_calendar() -> None:
    assert plan_ical.calendar_of_team(MADE, 1) == plan_ical.calendar_of_team(MADE, 1)


@given(st.text(max_size=300))
def test_folded_lines_are_short_and_join_to_the_line(line: str) -> None:
    plain = line.encode("utf-8", "ignore").decode()
    pieces = list(plan_ical.folded(plain))
    assert pieces[0] + "".join(piece[1:] for piece in pieces[1:]) == plain
    assert all(len(piece.encode()) <= 75 for piece in pieces)
