from __future__ import annotations

import json
from typing import Any

import pytest

from geo.model.columns import content_hash
from geo.model.errors import InputError, RouteError
from geo.model.messages import message
from geo.routing import plan_document, plan_request
from geo.routing.demand_from_snapshot import demand_of
from geo.routing.plan_changes import PlanChange
from geo.routing.plan_request import Pin, PlanRequest
from geo.routing.planner import change, make
from geo.routing.solver.replan import OVERRUN
from tests.geo.routing.planner_inputs import mission, visit

SNAPSHOT = mission()
MADE = make(
    demand_of(SNAPSHOT, PlanRequest(locked=(Pin("T1", "A/021"),), excluded=("A/001",))), 30, 0, iterations=8
)
TEXT = plan_document.text_of(MADE)


def sealed(body: dict[str, Any]) -> str:
    """Return a document with the version its content has, as somebody who knows the format would."""
    rest = {key: value for key, value in body.items() if key != "version"}
    return json.dumps(rest | {"version": content_hash(json.dumps(rest, sort_keys=True, ensure_ascii=False))})


def test_a_plan_read_back_is_the_same_plan() -> None:
    again = plan_document.read(SNAPSHOT, TEXT)
    assert again.plan.teams == MADE.plan.teams
    assert plan_document.document_of_plan(again) == plan_document.document_of_plan(MADE)


def test_the_version_is_of_the_content() -> None:
    assert (
        plan_document.document_of_plan(MADE)["version"]
        == plan_document.document_of_plan(plan_document.read(SNAPSHOT, TEXT))["version"]
    )
    changed = change(MADE, [PlanChange("exclude", station_id="A/002")], iterations=5)
    assert (
        plan_document.document_of_plan(changed)["version"] != plan_document.document_of_plan(MADE)["version"]
    )


def test_a_changed_plan_read_back_keeps_what_had_begun() -> None:
    gone = MADE.demand.station_id[MADE.plan.teams[0].stops[-3].station]
    changed = change(MADE, [PlanChange("closed", station_id=gone)], now=700.0, iterations=5)
    again = plan_document.read(SNAPSHOT, plan_document.text_of(changed))
    assert (again.plan.teams, again.now, again.closed) == (changed.plan.teams, 700.0, {gone})


def test_visits_that_came_in_since_do_not_unmake_a_plan() -> None:
    first = MADE.demand.station_id[MADE.plan.teams[0].stops[1].station].partition("/")[2]
    again = plan_document.read(mission(visits=[visit(first)]), TEXT)
    assert [team.stops for team in again.plan.teams] == [team.stops for team in MADE.plan.teams]


def test_stops_say_where_when_and_what_they_add() -> None:
    team = plan_document.document_of_plan(MADE)["teams"][0]
    first = team["stops"][0]
    assert first["service"] == "opening"
    assert "06:15" <= first["begin"] <= "06:45"
    assert first["begin_at"].startswith("2005-12-04T06:")
    assert first["begin_at"].endswith("+06:00")
    assert [stop["is_locked"] for stop in team["stops"] if stop["station_id"] == "A/021"] == [True]
    assert all(stop["gain"] >= 0 for stop in team["stops"])
    assert len(team["line"]) == len(team["stops"]) + 2


def test_the_clock_of_a_western_team_is_western() -> None:
    made = make(
        demand_of(mission(teams=[{"team_id": "W", "base_lon": 72.5, "base_lat": 50.5}]), PlanRequest()),
        30,
        0,
        iterations=2,
    )
    assert plan_document.document_of_plan(made)["teams"][0]["stops"][0]["begin_at"].endswith("+05:00")


def test_the_ask_survives_json() -> None:
    one = plan_request.of_json(
        {
            "teams": ["T1"], "hours": ["05:30", "28:00"], "now": "12:15", "day": "2005-12-05", "needs": [],
            "no_go": [{"type": "Polygon", "coordinates": [[[70, 50], [70.1, 50], [70, 50.1], [70, 50]]]}],
            "excluded": ["A/1"], "locked": [{"team_id": "T1", "station_id": "A/2", "service": "closing"}],
            "q": 0.5, "epsilon": 0, "incident_bonus": 3, "revisits": True,
        }
    )  # fmt: skip
    assert plan_request.of_json(plan_request.to_json(one)) == one
    assert one.hours == (330.0, 1680.0)


@pytest.mark.parametrize(
    "sent",
    [
        [], {"team": []}, {"teams": "T1"}, {"teams": [1]}, {"hours": ["06:00"]}, {"hours": ["6", "7"]},
        {"hours": ["06:00", "99:00"]}, {"day": "yesterday"}, {"needs": ["lunch"]}, {"q": 0}, {"q": "x"},
        {"q": True}, {"epsilon": -1}, {"locked": [{}]}, {"no_go": [{"type": "Polygon"}]}, {"revisits": 1},
        {"no_go": [{"type": "Polygon", "coordinates": [[[70, 50], [70, 50], [70, 50], [70, 50]]]}]},
    ],
)  # fmt: skip
def test_an_ask_that_is_none_is_refused(sent: object) -> None:
    with pytest.raises(InputError):
        plan_request.of_json(sent)


def _edited(**change: Any) -> str:
    return sealed(json.loads(TEXT) | change)


def _stop(**change: Any) -> str:
    body = json.loads(TEXT)
    stop = body["teams"][0]["stops"][2]
    stop |= change.pop("outer", {})
    stop["minutes"] |= change
    return sealed(body)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"), ("[" * 100_000, "not JSON"), ("[]", "no plan"), ("{}", "no plan"),
        (TEXT.replace("A/0", "A/1", 1), "changed after"), (_edited(mission="x"), "another mission"),
        (_edited(format="baqylau-plan/9"), "no plan"), (_edited(teams=[]), "cannot be driven"),
        (_edited(teams="x"), "teams must be"), (_edited(ask={"x": 1}), "unknown key"),
        (_edited(teams=[{}]), "not as it should be"), (_edited(seed="x"), "seed must be"),
        (_stop(outer={"station_id": "A/999"}), "A/999 is unknown"),
        (_stop(outer={"station_id": "B/001"}), "cannot be driven"),
        (_stop(outer={"service": "lunch"}), "service is not"), (_stop(begin=1.0), "cannot be driven"),
        (_stop(drive=-50.0), "cannot be driven"), (_stop(leave="x"), "leave must be"),
        (_edited(travel={"source": "osrm"}), "estimated"), ('{"format": NaN}', "not JSON"),
    ],
)  # fmt: skip
def test_a_document_that_is_no_plan_of_this_mission_is_refused(text: str, words: str) -> None:
    with pytest.raises((InputError, RouteError), match=words):
        plan_document.read(SNAPSHOT, text)


@pytest.mark.parametrize(
    "note",
    [
        {"code": "dropped", "says": "an older plan's own words"},
        {"code": "dropped", "says": "{x.__class__}", "template": "{x.__class__}", "values": {"x": "1"}},
        {"code": "dropped", "says": "{team}", "template": OVERRUN, "values": {"team": "T1"}},
        {
            "code": "dropped",
            "says": "{time}",
            "template": OVERRUN,
            "values": {"team": "T1", "time": "6", "x": "1"},
        },
    ],
)
def test_a_note_that_no_replan_makes_is_read_as_the_text_it_says(note: dict[str, Any]) -> None:
    (read,) = plan_document.read(SNAPSHOT, _edited(notes=[note])).plan.notes
    assert str(read) == note["says"]


def test_a_note_of_a_replan_is_read_as_the_sentence_it_was() -> None:
    values = {"team": "{T}", "time": "23:50"}
    note = {"code": "dropped", "says": "x", "template": OVERRUN, "values": values}
    assert plan_document.read(SNAPSHOT, _edited(notes=[note])).plan.notes == (message(OVERRUN, **values),)
