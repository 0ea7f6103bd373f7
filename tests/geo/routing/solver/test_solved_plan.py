from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.model.errors import RouteError
from geo.routing.solver import (
    Barrier,
    Demand,
    Duty,
    Lock,
    Plan,
    check_plan,
    plan,
    prepare,
    search,
)
from tests.examples import examples
from tests.geo.routing.solver.small_tasks import country, coverage

DEMAND = country()
WEST = shapely.box(68, 49, 69.6, 51)


def made(demand: Demand, iterations: int = 25, seed: int = 0) -> Plan:
    return plan(prepare(demand), 30, seed, iterations=iterations)


PLAN = made(DEMAND)


def test_every_team_has_exactly_one_opening_and_one_closing() -> None:
    for team in PLAN.teams:
        services = [stop.service for stop in team.stops]
        assert services[0] == "opening"
        assert services[-1] == "closing"
        assert Counter(services) == {"opening": 1, "closing": 1, "voting": len(services) - 2}


def test_the_value_is_the_coverage_of_the_cells_less_the_minutes_under_way() -> None:
    stops = [stop.station for team in PLAN.teams for stop in team.stops]
    visits = np.bincount(DEMAND.cell[stops], minlength=16)
    minutes = sum(team.drive for team in PLAN.teams)
    assert PLAN.value == pytest.approx(coverage(DEMAND.weight, visits) - DEMAND.epsilon * minutes)


def test_the_search_adds_to_greedy_insertion() -> None:
    field = prepare(DEMAND).field
    assert made(DEMAND, 60).value > search.greedy(field, search.empty(field)).value


def test_the_same_seed_and_iterations_give_the_same_plan() -> None:
    assert made(DEMAND, 20, 5) == made(DEMAND, 20, 5)


def test_visits_already_made_send_teams_elsewhere() -> None:
    cells = Counter(int(DEMAND.cell[stop.station]) for team in PLAN.teams for stop in team.stops)
    often = cells.most_common(1)[0][0]
    seen = np.zeros(16)
    seen[often] = 20
    again = made(replace(DEMAND, seen=seen))
    assert (
        sum(DEMAND.cell[stop.station] == often for team in again.teams for stop in team.stops) < cells[often]
    )


def test_a_locked_stop_is_in_the_plan_of_its_team() -> None:
    far = int(np.argmax(np.abs(DEMAND.lon - 70)))
    found = made(replace(DEMAND, locked=(Lock("T1", far),)))
    (stop,) = [one for one in found.teams[1].stops if one.station == far]
    assert stop.is_locked


@pytest.mark.capability("No-go areas and excluded stations", page="routes")
def test_excluded_stations_and_no_go_areas_are_never_visited_nor_crossed() -> None:
    chosen = frozenset(stop.station for stop in PLAN.teams[0].stops)
    found = made(replace(DEMAND, excluded=chosen, no_go=(WEST,)))
    stations = [stop.station for team in found.teams for stop in team.stops]
    assert not chosen & set(stations)
    assert (DEMAND.lon[stations] > 69.6).all()


def test_a_team_stays_in_its_area_of_responsibility() -> None:
    teams = (replace(DEMAND.teams[0], areas=frozenset([0])), *DEMAND.teams[1:])
    found = made(replace(DEMAND, teams=teams))
    assert {int(DEMAND.area[stop.station]) for stop in found.teams[0].stops} == {0}


def test_a_barrier_with_a_passage_is_driven_around() -> None:
    river = shapely.LineString([(70.2, 40), (70.2, 60)])
    closed = made(replace(DEMAND, barriers=(Barrier(river),)))
    open_ = made(replace(DEMAND, barriers=(Barrier(river, ((70.2, 50.0),)),)))
    assert not any(DEMAND.lon[stop.station] > 70.2 for team in closed.teams for stop in team.stops)
    assert any(DEMAND.lon[stop.station] > 70.2 for team in open_.teams for stop in team.stops)


def test_a_table_of_minutes_takes_the_place_of_the_estimate() -> None:
    n = len(DEMAND.lon) + len(DEMAND.teams)
    slow = np.full((n, n), 50.0)
    np.fill_diagonal(slow, 0)
    found = made(replace(DEMAND, travel=slow))
    assert all(stop.drive == 50 for team in found.teams for stop in team.stops)


def test_an_incident_bonus_is_off_unless_asked_for() -> None:
    assert DEMAND.bonus == {}
    left = next(row for row in range(80) if row not in {s.station for t in PLAN.teams for s in t.stops})
    found = made(replace(DEMAND, bonus={left: 500.0}))
    assert left in {stop.station for team in found.teams for stop in team.stops}


@examples(15)
@given(st.integers(0, 1000), st.integers(1, 5), st.integers(20, 120), st.booleans())
def test_every_plan_passes_the_checker(seed: int, teams: int, stations: int, walled: bool) -> None:
    wall = (Barrier(shapely.LineString([(70.1, 49.7), (70.1, 50.2)])),) if walled else ()
    demand = country(stations, teams, seed, barriers=wall, no_go=(shapely.box(69.2, 49.5, 69.5, 49.8),))
    try:
        found = made(demand, 5, seed)
    except RouteError as error:
        assert "T" in str(error)
    else:
        assert check_plan(demand, found) == ()
        assert len(found.teams) == teams


def _teams(**changes: Any) -> tuple[Duty, ...]:
    return (replace(DEMAND.teams[0], **changes), *DEMAND.teams[1:])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"teams": ()}, "there is no team"),
        (
            {"teams": _teams(shift_start=900, shift_end=800)},
            "team T0 has no time: its shift is 15:00 to 13:20",
        ),
        (
            {"teams": _teams(shift_start=480)},
            r"T0: no station within reach for its opening \(06:15-06:45, 60 min",
        ),
        ({"teams": _teams(shift_end=1200)}, "T0: no station within reach for its closing"),
        ({"teams": _teams(lon=120.0)}, "T0: no station within reach for its opening"),
        ({"teams": _teams(lon=np.nan)}, "T0 has no base on the map"),
        ({"teams": _teams(areas=frozenset([9]))}, "T0: its area of responsibility holds no station"),
        ({"teams": _teams(needs=("counting",))}, "T0 needs unknown services: counting"),
        ({"teams": _teams(team_id="T1")}, "two teams have the same id"),
        (
            {"excluded": frozenset(range(80))},
            "T0: every station it could visit is excluded or in a no-go area",
        ),
        ({"no_go": (shapely.box(60, 40, 80, 60) - shapely.Point(70, 50).buffer(0.001),)}, "T0: .*no-go area"),
        ({"no_go": (shapely.box(69.9, 49.9, 70.1, 50.1),)}, "T0: its base lies in a no-go area"),
        ({"barriers": (Barrier(shapely.Point(70, 50).buffer(0.001).exterior),)}, "T0: its base is an island"),
        ({"lon": np.full(80, np.nan)}, "no station has a point on the map"),
        ({"excluded": frozenset([3]), "locked": (Lock("T0", 3),)}, "A/3 is locked for team T0 but excluded"),
        ({"locked": (Lock("T9", 3),)}, "names team T9"),
        ({"locked": (Lock("T0", 3), Lock("T1", 3))}, "A/3 is locked twice"),
        ({"locked": (Lock("T0", 3, "opening"), Lock("T0", 4, "opening"))}, "more than one locked opening"),
        ({"locked": tuple(Lock("T0", i) for i in range(40))}, "T0: its locked stops do not fit"),
        ({"excluded": frozenset(range(3, 80))}, "no station is left within its reach"),
    ],
)
def test_what_no_plan_can_satisfy_is_said(change: dict[str, Any], words: str) -> None:
    with pytest.raises(RouteError, match=words):
        made(replace(DEMAND, **change), 2)


def _broken(**change: Any) -> Plan:
    """Return the plan with its first team's third stop changed."""
    team = PLAN.teams[0]
    stops = (*team.stops[:2], replace(team.stops[2], **change), *team.stops[3:])
    return replace(PLAN, teams=(replace(team, stops=stops), *PLAN.teams[1:]))


THIRD = PLAN.teams[0].stops[2]


@pytest.mark.parametrize(
    ("found", "changes", "rule"),
    [
        (_broken(station=PLAN.teams[1].stops[1].station), {}, "repeated"),
        (_broken(station=999), {}, "place"),
        (_broken(begin=1300.0), {}, "closes"),
        (_broken(leave=THIRD.leave + 1), {}, "times"),
        (_broken(drive=THIRD.drive - 1, arrive=THIRD.arrive - 1), {}, "way"),
        (_broken(drive=np.inf), {}, "way"),
        (_broken(service="counting"), {}, "service"),
        (_broken(service="opening"), {}, "needed"),
        (replace(PLAN, teams=PLAN.teams[:2]), {}, "routes"),
        (PLAN, {"excluded": frozenset([THIRD.station])}, "excluded"),
        (PLAN, {"no_go": (shapely.Point(DEMAND.lon[THIRD.station], DEMAND.lat[THIRD.station]).buffer(0.01),)}, "no_go"),  # noqa: E501
        (PLAN, {"no_go": (shapely.box(69, 49, 71, 51),)}, "way"),
        (PLAN, {"barriers": (Barrier(shapely.Point(70, 50).buffer(0.001).exterior),)}, "way"),
        (PLAN, {"teams": _teams(areas=frozenset([5]))}, "responsibility"),
        (PLAN, {"teams": _teams(shift_end=1000)}, "shift"),
        (PLAN, {"locked": (Lock("T1", THIRD.station),)}, "locked"),
    ],
)  # fmt: skip
def test_the_checker_names_what_is_broken(found: Plan, changes: dict[str, Any], rule: str) -> None:
    assert rule in {one.rule for one in check_plan(replace(DEMAND, **changes), found)}


def test_the_checker_sees_that_begun_stops_were_changed() -> None:
    frozen = {"T0": PLAN.teams[0].stops[:3]}
    assert check_plan(DEMAND, PLAN, frozen) == ()
    assert "frozen" in {one.rule for one in check_plan(DEMAND, _broken(gain=0.0), frozen)}
