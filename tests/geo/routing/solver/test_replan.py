from __future__ import annotations

import pytest

from geo.routing.solver import DayEvent, Plan, TeamPlan, plan, prepare, replan
from tests.geo.routing.solver.small_tasks import country

DEMAND = country(120, 4, 2)
PREPARED = prepare(DEMAND)
PLAN = plan(PREPARED, 30, 0, iterations=25)
NOW = 640.0


def begun(team: TeamPlan, now: float = NOW) -> tuple[tuple[int, float], ...]:
    """Return the stations a team has been or is driving to, with when it left for them."""
    return tuple(
        (one.station, round(one.arrive - one.drive, 6)) for one in team.stops if one.arrive - one.drive <= now
    )


def again(**event: object) -> Plan:
    return replan(PREPARED, PLAN, DayEvent(NOW, **event), seconds=600, iterations=20)  # type: ignore[arg-type]


def ahead(index: int, beyond: int = 1) -> int:
    """Return the station of a stop a team has not set out for; `beyond` the one it goes to next."""
    team = PLAN.teams[index]
    return team.stops[len(begun(team)) + beyond].station


def test_a_station_in_nobodys_plan_changes_nothing() -> None:
    planned = {stop.station for team in PLAN.teams for stop in team.stops}
    free = next(row for row in range(120) if row not in planned)
    assert again(closed=frozenset([free])) == PLAN


@pytest.mark.capability("A closed station during the day", page="routes")
def test_a_closed_station_leaves_the_plan_and_other_teams_keep_theirs() -> None:
    closed = ahead(1)
    found = again(closed=frozenset([closed]))
    assert closed not in {stop.station for team in found.teams for stop in team.stops}
    assert [found.teams[i] for i in (0, 2, 3)] == [PLAN.teams[i] for i in (0, 2, 3)]


def test_done_and_current_legs_and_the_next_stop_are_untouched() -> None:
    found = again(closed=frozenset([ahead(i) for i in range(4)]))
    for before, after in zip(PLAN.teams, found.teams, strict=True):
        count = len(begun(before))
        assert count >= 2
        assert after.stops[: count + 1] == before.stops[: count + 1]


def test_a_late_team_keeps_its_legs_and_still_makes_its_closing() -> None:
    found = again(late={"T2": 90.0})
    assert begun(found.teams[2]) == begun(PLAN.teams[2])
    assert [one.service for one in found.teams[2].stops].count("closing") == 1
    assert found.teams[2].stops[-1].service == "closing"
    assert len(found.teams[2].stops) < len(PLAN.teams[2].stops)


def test_a_team_on_its_way_to_a_closed_station_gains_nothing_there() -> None:
    team = PLAN.teams[0]
    current = team.stops[3]
    found = replan(
        PREPARED,
        PLAN,
        DayEvent(current.arrive - 0.5 * current.drive, frozenset([current.station])),
        iterations=20,
    )
    stop = found.teams[0].stops[3]
    assert (stop.station, stop.service, stop.gain) == (current.station, "closed", 0.0)
    assert "no voting at" in str(found.notes[0])


def test_an_opening_lost_is_said_and_the_rest_is_planned() -> None:
    opening = PLAN.teams[0].stops[0]
    found = replan(PREPARED, PLAN, DayEvent(opening.begin + 5, frozenset([opening.station])), iterations=20)
    assert any("no opening" in str(note) for note in found.notes)
    assert found.teams[0].stops[-1].service == "closing"


def test_a_shift_that_cannot_be_kept_is_said() -> None:
    found = replan(PREPARED, PLAN, DayEvent(1300.0, late={"T1": 200.0}), iterations=5)
    assert any("T1 is back at" in str(note) and "after its shift" in str(note) for note in found.notes)


def test_before_the_day_begins_all_may_change() -> None:
    first = PLAN.teams[0].stops[0].station
    found = replan(PREPARED, PLAN, DayEvent(0.0, frozenset([first])), iterations=20)
    assert found.notes == ()
    assert found.teams[0].stops[0].service == "opening"


def test_planning_again_is_the_same_for_the_same_seed() -> None:
    assert again(late={"T0": 30.0}) == again(late={"T0": 30.0})


def test_events_in_a_row_build_on_each_other() -> None:
    first = again(late={"T2": 45.0})
    second = replan(PREPARED, first, DayEvent(NOW + 120, late={"T2": 30.0, "T3": 15.0}), iterations=20)
    assert begun(second.teams[2], NOW) == begun(first.teams[2], NOW)
    assert second.value == pytest.approx(first.value, rel=0.3)
