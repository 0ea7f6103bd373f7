"""A coordinator's facts: states of stations, who is overdue, which visits cannot be as told."""

from datetime import UTC, datetime

import pytest

from geo.analysis import operations
from geo.model.counts import Choice
from tests import factory
from tests.geo.model.test_counts import CATEGORIES, STATIONS, incident, visit

NOW = datetime(2005, 12, 4, 6, 0, tzinfo=UTC)


def made(visits=(), incidents=(), assignments=(), teams=()):
    return factory.snapshot(
        areas=factory.squares("A", "B"), stations=STATIONS, categories=CATEGORIES, visits=list(visits),
        incidents=list(incidents), assignments=list(assignments), teams=list(teams),
    )  # fmt: skip


def planned(number="1", due="2005-12-04T04:00Z", team="T1", stage="voting"):
    return {"team_id": team, "area_id": "A", "number": number, "stage": stage, "due": due}


def state(snapshot, choice=None):
    return operations.STATES[operations.station_states(snapshot, choice)[0]]


def suspicions(*visits):
    return operations.implausible(made(visits))["suspicion"].tolist()


def test_station_nobody_planned_is_not_planned():
    assert state(made()) == "not_planned"


def test_assigned_station_is_planned():
    assert state(made(assignments=[planned()])) == "planned"


def test_visit_without_finding_is_visited():
    assert state(made([visit("v1")])) == "visited"


def test_visit_with_finding_is_a_finding():
    assert state(made([visit("v1")], [incident("i1", visit_id="v1")])) == "finding"


def test_low_severity_is_no_finding_unless_asked_for():
    snapshot = made([visit("v1")], [incident("i1", "poster", visit_id="v1")])
    assert state(snapshot) == "visited"
    assert state(snapshot, Choice(severity="low", verified_only=False)) == "finding"


@pytest.mark.parametrize("outcome", ["denied", "closed", "unreachable"])
def test_visit_that_saw_nothing_has_its_own_state(outcome):
    assert state(made([visit("v1", outcome=outcome)])) == outcome


def test_station_denied_in_the_morning_and_observed_at_noon_is_visited():
    assert state(made([visit("v1"), visit("v2", outcome="denied")])) == "visited"


def test_incident_of_a_telephone_call_does_not_make_a_visit():
    assert state(made(incidents=[incident("i1", area_id="A", number="1")])) == "not_planned"


def test_unvisited_assignment_is_overdue_after_the_grace():
    late = operations.overdue(made(assignments=[planned()]), NOW)
    assert late["minutes_late"].tolist() == [120]


def test_assignment_within_the_grace_is_not_overdue():
    assert len(operations.overdue(made(assignments=[planned(due="2005-12-04T05:45Z")]), NOW)) == 0


def test_denied_team_is_not_overdue():
    snapshot = made([visit("v1", outcome="denied")], assignments=[planned()])
    assert len(operations.overdue(snapshot, NOW)) == 0


def test_visit_by_another_team_leaves_the_assignment_overdue():
    snapshot = made([visit("v1", team_id="T2")], assignments=[planned()])
    assert len(operations.overdue(snapshot, NOW)) == 1


def test_overdue_team_shows_last_contact_and_next_due():
    snapshot = made(
        [visit("v1", number="2", received="2005-12-04T03:00Z")],
        assignments=[planned(), planned("2", due="2005-12-04T08:00Z", stage="counting")],
    )
    late = operations.overdue(snapshot, NOW).iloc[0]
    hours = [(late[name] / 3.6e9) % 24 for name in ("last_contact", "next_due")]
    assert hours == [3, 8]


def test_longest_overdue_comes_first():
    plan = [planned("1"), planned("2", due="2005-12-04T02:00Z")]
    assert operations.overdue(made(assignments=plan), NOW)["minutes_late"].tolist() == [240, 120]


def test_two_minutes_at_a_station_are_too_short():
    assert suspicions(visit("v1", arrived="2005-12-04T03:00Z", left="2005-12-04T03:02Z")) == ["too_short"]


def test_leaving_before_arriving_is_told():
    row = visit("v1", arrived="2005-12-04T03:00Z", left="2005-12-04T02:00Z")
    assert suspicions(row) == ["left_before_arrival"]


def test_seven_kilometres_in_one_minute_is_too_fast():
    first = visit("v1", arrived="2005-12-04T03:00Z", left="2005-12-04T03:30Z")
    then = visit("v2", number="2", arrived="2005-12-04T03:31Z", left="2005-12-04T04:00Z")
    assert suspicions(first, then) == ["too_fast"]


def test_nobody_is_too_fast_to_a_station_known_to_its_area_only():
    stations = [STATIONS[0], {**STATIONS[1], "lon": 75.0, "lat": 55.0, "precision": "area"}]
    there = {key: stations[1][key] for key in ("area_id", "number")}
    snapshot = factory.snapshot(
        areas=factory.squares("A", "B"), stations=stations, categories=CATEGORIES,
        visits=[
            visit("v1", arrived="2005-12-04T04:00Z", left="2005-12-04T04:30Z"),
            visit("v2", **there, arrived="2005-12-04T05:00Z"),
        ],
    )  # fmt: skip
    assert operations.implausible(snapshot)["suspicion"].tolist() == []


def test_an_hours_drive_is_plausible():
    first = visit("v1", arrived="2005-12-04T03:00Z", left="2005-12-04T03:30Z")
    assert suspicions(first, visit("v2", number="2", arrived="2005-12-04T04:30Z")) == []


def test_device_three_kilometres_away_is_far():
    assert suspicions(visit("v1", lon=70.5, lat=50.53)) == ["far_from_station"]


def test_station_without_a_point_is_far_from_nothing():
    assert suspicions(visit("v1", "B", lon=10.0, lat=10.0)) == []


@pytest.mark.capability("Doubtful visits", page="desk")
def test_same_answers_at_two_stations_are_identical_forms():
    assert (
        suspicions(visit("v1", answers="a=1"), visit("v2", number="2", answers="a=1"))
        == ["identical_forms"] * 2
    )


def test_same_answers_by_two_teams_are_not_suspicious():
    assert suspicions(visit("v1", answers="a"), visit("v2", number="2", answers="a", team_id="T2")) == []


def test_a_suspicion_changes_no_figure():
    rows = [visit("v1", answers="a"), visit("v2", number="2", answers="a")]
    assert made(rows).counts().visits[0] == 2
