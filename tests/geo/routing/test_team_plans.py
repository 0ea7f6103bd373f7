"""Planning some teams anew leaves every other team's plan as it is, and adds the teams that have none."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geo.model.errors import InputError
from geo.routing import plan_document
from geo.routing.demand_from_snapshot import demand_of
from geo.routing.plan_gpx import gpx_of_team
from geo.routing.plan_request import PlanRequest
from geo.routing.planner import PlanState, make, plan_teams
from geo.routing.solver import check_plan
from tests.geo.routing.planner_inputs import mission, team

TEAMS = ("T1", "T2", "T3")
SNAPSHOT = mission(teams=[team("T1"), team("T2"), team("T3", base_lon=71.5, area_ids="B")])


@cache
def planned(*named: str) -> PlanState:
    return make(demand_of(SNAPSHOT, PlanRequest(teams=named)), 600, 0, iterations=10)


def anew(before: PlanState, *named: str, now: float | None = None) -> PlanState:
    return plan_teams(before, PlanRequest(teams=named, now=now), 600, iterations=10)


def kept_of(state: PlanState, team_id: str) -> tuple[bytes, bytes]:
    """All that is written of a team's plan: its times and stations, and the file it takes along."""
    index = [team.team_id for team in state.plan.teams].index(team_id)
    stops = [state.demand.station_id[stop.station] for stop in state.plan.teams[index].stops]
    times = [
        (stop.drive, stop.arrive, stop.begin, stop.leave, stop.gain) for stop in state.plan.teams[index].stops
    ]
    return repr((stops, times)).encode(), gpx_of_team(state, index, str, "en").encode()


@settings(max_examples=12, deadline=None)
@example(before={"T1", "T2"}, named={"T3"}, now=1300.0)  # added when its shift is over: it visits nobody
@given(
    before=st.sets(st.sampled_from(TEAMS), min_size=1),
    named=st.sets(st.sampled_from(TEAMS), min_size=1),
    now=st.none() | st.integers(300, 1300).map(float),
)
def test_planning_some_teams_leaves_every_other_teams_plan_byte_for_byte(
    before: set[str], named: set[str], now: float | None
) -> None:
    old = planned(*sorted(before))
    new = anew(old, *sorted(named), now=now)
    assert {team.team_id for team in new.plan.teams} == before | named
    for other in before - named:
        assert kept_of(new, other) == kept_of(old, other)


def test_a_team_beside_the_plan_is_added_and_visits_nobody_elses_stations() -> None:
    found = anew(planned("T1"), "T2")
    assert all(team.stops for team in found.plan.teams)
    assert check_plan(found.demand, found.plan) == ()


def test_a_plan_of_a_team_added_is_read_back_as_it_was() -> None:
    found = anew(planned("T1"), "T3")
    text = plan_document.text_of(found)
    assert plan_document.text_of(plan_document.read(SNAPSHOT, text)) == text


def test_what_a_team_has_begun_stays_when_it_is_planned_anew() -> None:
    before = planned(*TEAMS)
    found = anew(before, "T1", now=720.0)
    begun = before.begun(0, 720.0)
    assert begun and found.plan.teams[0].stops[: len(begun)] == begun


def test_terms_that_hold_for_all_teams_are_not_changed_for_one() -> None:
    with pytest.raises(InputError, match="no_go_areas holds for all teams"):
        plan_teams(planned("T1"), PlanRequest(teams=("T2",), no_go_areas=("B",)))
