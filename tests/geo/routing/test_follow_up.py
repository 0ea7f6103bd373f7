"""A visit sent to where something was reported counts as a visit and stays out of every rate."""

from __future__ import annotations

from geo.analysis.choice_analysis import analyse
from geo.model.counts import Choice
from tests.geo.routing.planner_inputs import mission, visit

ALL = Choice(verified_only=False)


def made(purpose: str):  # type: ignore[no-untyped-def]
    told = [
        {"incident_id": "I", "area_id": "A", "number": "003", "visit_id": "V-A-003", "category": "sealed"}
    ]
    visits = [visit("003", purpose=purpose, overall="bad"), visit("004", overall="good")]
    return analyse(mission(visits=visits, incidents=told), "area", ALL).frame().iloc[0]


def test_a_planned_visit_is_in_the_rates() -> None:
    area = made("planned")
    assert (area["visits"], area["exposure"], area["with_finding"], area["assessed"], area["negative"]) == (
        2,
        2,
        1,
        2,
        1,
    )


def test_a_follow_up_visit_is_a_visit_and_in_no_rate() -> None:
    area = made("follow_up")
    assert (area["visits"], area["exposure"], area["with_finding"], area["assessed"], area["negative"]) == (
        2,
        1,
        0,
        1,
        0,
    )
    assert area["findings_apart"] == 1
