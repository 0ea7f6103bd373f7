from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely

from geo.model.errors import RouteError
from geo.model.route_settings import RouteSettings
from geo.routing.demand_from_snapshot import SnapshotDemand, demand_of, is_security
from geo.routing.plan_request import Pin, PlanRequest
from geo.routing.solver import check_plan, plan, prepare
from geo.routing.solver.demand import SERVICES
from tests.geo.routing.planner_inputs import TEAMS, at, mission, stations, team, visit

NO_POINT = {"area_id": "A", "number": "1"}
SNAPSHOT = mission()


def ids(asked: SnapshotDemand, team: int) -> set[str]:
    """Return the stations that one team may be sent to."""
    duty, demand = asked.demand.teams[team], asked.demand
    free = [
        i
        for i in range(len(demand.lon))
        if i not in demand.excluded and (not duty.areas or demand.area[i] in duty.areas)
    ]
    return {demand.station_id[i] for i in free}


def test_a_plan_can_be_made_of_a_snapshot_and_passes_the_checker() -> None:
    asked = demand_of(SNAPSHOT, PlanRequest())
    found = plan(prepare(asked.demand), 5, 0, iterations=5)
    assert check_plan(asked.demand, found) == ()
    assert [len(one.stops) > 3 for one in found.teams] == [True, True]


def test_the_weight_of_a_cell_falls_with_the_gap_of_its_area() -> None:
    visits = [visit(f"{i:03d}") for i in range(18)]
    before, after = (
        demand_of(SNAPSHOT, PlanRequest()).demand,
        demand_of(mission(visits=visits), PlanRequest()).demand,
    )
    west = np.unique(before.cell[before.area == 0])
    inner = np.setdiff1d(west, before.cell[before.area != 0])
    assert (after.weight[inner] < before.weight[inner]).all()


def test_visits_made_count_and_their_stations_are_not_visited_again() -> None:
    asked = demand_of(mission(visits=[visit("003")]), PlanRequest())
    assert asked.demand.seen.sum() == 1
    assert asked.demand.station_id.index("A/003") in asked.demand.excluded
    assert "A/003" in ids(demand_of(mission(visits=[visit("003")]), PlanRequest(revisits=True)), 0)


def test_a_team_stays_in_its_area_of_responsibility() -> None:
    assert {one[0] for one in ids(demand_of(SNAPSHOT, PlanRequest()), 1)} == {"B"}


def test_a_team_without_an_area_stays_where_the_clock_is_its_own() -> None:
    asked = demand_of(mission(teams=[team("T1", area_ids="")]), PlanRequest())
    assert {one[0] for one in ids(asked, 0)} == {"A", "B"}
    assert asked.offset == (360,)


def test_a_team_in_the_west_plans_by_western_clocks() -> None:
    asked = demand_of(mission(teams=[team("T1", area_ids="C", base_lon=72.5)]), PlanRequest())
    assert asked.offset == (300,)
    assert asked.demand.teams[0].shift_start == 4.5 * 60


def test_a_responsibility_that_lies_in_two_zones_is_kept_to_the_base_s_own() -> None:
    asked = demand_of(mission(teams=[team("T1", area_ids="A;C")]), PlanRequest())
    assert {one[0] for one in ids(asked, 0)} == {"A"}


def test_teams_without_a_base_are_named_and_left_out() -> None:
    asked = demand_of(mission(teams=[*TEAMS, team("T3", base_lon=None)]), PlanRequest())
    assert [duty.team_id for duty in asked.demand.teams] == ["T1", "T2"]
    assert any(note.code == "no_base" and "T3" in str(note.says) for note in asked.notes)


def test_stations_without_a_point_are_counted_and_left_out() -> None:
    lost = [{"area_id": "A", "number": "lost"}]
    asked = demand_of(mission(stations=stations() + lost), PlanRequest())
    assert any(note.code == "no_point" and note.says.n == 1 for note in asked.notes)
    assert "A/lost" not in asked.demand.station_id


@pytest.mark.parametrize(
    ("hours", "needs"),
    [
        ((300.0, 1440.0), ("opening", "closing")),
        ((480.0, 1440.0), ("closing",)),
        ((300.0, 1200.0), ("opening",)),
        ((480.0, 1200.0), ()),
    ],
)
def test_what_must_be_staffed_follows_from_the_hours(
    hours: tuple[float, float], needs: tuple[str, ...]
) -> None:
    assert demand_of(SNAPSHOT, PlanRequest(hours=hours)).demand.teams[0].needs == needs


def test_a_team_under_way_sets_out_from_where_it_was_last() -> None:
    made = mission(visits=[visit("003"), visit("005", arrived=at("10:00"), left=at("10:45"))])
    asked = demand_of(made, PlanRequest(now=630.0))
    duty = asked.demand.teams[0]
    assert asked.demand.station_id[duty.start] == "A/005"
    assert duty.shift_start == 645.0
    assert asked.demand.teams[1].start == -1
    found = plan(prepare(asked.demand), 5, 0, iterations=5)
    assert found.teams[0].stops[0].arrive - found.teams[0].stops[0].drive == pytest.approx(645.0)


def test_now_is_one_moment_for_teams_in_two_time_zones() -> None:
    west = team("W", base_lon=72.5, area_ids="C", shift_starts=None, shift_ends=None)
    asked = demand_of(mission(teams=[team("T1"), west]), PlanRequest(now=720.0))
    assert asked.ahead == (0, -60)
    assert [duty.shift_start for duty in asked.demand.teams] == [720.0, 660.0]


def test_without_a_plan_every_area_counts_as_missing_and_that_is_said() -> None:
    asked = demand_of(mission(frame="partial"), PlanRequest())
    assert any("no gap is known" in str(note.says) for note in asked.notes)
    assert asked.demand.weight.min() > 0


def test_locks_exclusions_and_no_go_areas_are_handed_on_by_id() -> None:
    box = shapely.box(71, 50, 71.05, 50.05)
    asked = demand_of(
        SNAPSHOT,
        PlanRequest(locked=(Pin("T1", "A/007"),), excluded=("A/009",), no_go=(box,), no_go_areas=("C",)),
    )
    (lock,) = asked.demand.locked
    assert asked.demand.station_id[lock.station] == "A/007"
    assert [asked.demand.station_id[i] for i in asked.demand.excluded] == ["A/009"]
    assert len(asked.demand.no_go) == 2


def test_a_finding_attracts_nobody_unless_asked_and_a_security_one_never() -> None:
    from tests import factory

    kinds = factory.categories(sealed="high", violence_at_station="high")
    told = [
        {"incident_id": "I1", "area_id": "A", "number": "007", "category": "sealed"},
        {"incident_id": "I2", "area_id": "A", "number": "008", "category": "sealed"},
        {"incident_id": "I3", "area_id": "A", "number": "008", "category": "violence_at_station"},
    ]
    made = mission(categories=kinds, incidents=told)
    assert demand_of(made, PlanRequest()).demand.bonus == {}
    demand = demand_of(made, PlanRequest(incident_bonus=5.0)).demand
    assert {demand.station_id[row]: extra for row, extra in demand.bonus.items()} == {"A/007": 5.0}


def test_services_and_the_hours_of_a_team_without_a_shift_follow_the_polls() -> None:
    made = mission(teams=[team("T1", shift_starts=None, shift_ends=None)])
    usual = demand_of(made, PlanRequest()).demand
    assert usual.services == SERVICES
    assert (usual.teams[0].shift_start, usual.teams[0].shift_end) == (5 * 60, 24 * 60)
    other = replace(made, mission=replace(made.mission, polls_open="08:00", polls_close="22:00"))
    moved = demand_of(other, PlanRequest()).demand
    assert [(one.name, one.opens, one.closes) for one in moved.services] == [
        ("voting", 8 * 60 + 15, 21 * 60),
        ("opening", 7 * 60 + 15, 7 * 60 + 45),
        ("closing", 21 * 60 + 15, 21 * 60 + 45),
    ]
    assert (moved.teams[0].shift_start, moved.teams[0].shift_end) == (6 * 60, 26 * 60)
    assert moved.teams[0].needs == ("opening", "closing")


def test_a_team_that_leaves_before_the_polls_close_staffs_no_count() -> None:
    made = mission(teams=[team("T1", shift_ends=at("23:30"))])
    late = replace(made, mission=replace(made.mission, polls_close="23:00"))
    assert demand_of(late, PlanRequest()).demand.teams[0].needs == ("opening",)


SAFETY = [
    {"category": "k1", "title_ru": "Нападение на наблюдателя"},
    {"category": "k2", "title_kk": "Бақылаушыға күш көрсету, зорлық-зомбылық"},
    {"category": "k3", "theme": "Қауіпсіздік"},
    {"category": "насилие_на_участке"},
    {"category": "k4", "title_en": "Attack on an observer"},
    {"category": "k5", "title_en": "Seal broken", "title_ru": "Пломба сорвана", "title_kk": "Мөр бұзылған"},
]


def kinds_of_safety(**settings: Any) -> dict[str, bool]:
    kinds = [{"title_en": "A kind", "severity": "high", **row} for row in SAFETY]
    made = mission(categories=kinds)
    made = replace(made, mission=replace(made.mission, routes=RouteSettings(**settings)))
    *danger, none = is_security(made).tolist()
    assert none is False
    return dict(zip(made.categories.category, danger, strict=True))


def test_safety_is_known_by_its_words_in_three_languages() -> None:
    assert [name for name, danger in kinds_of_safety().items() if not danger] == ["k5"]


def test_categories_that_the_mission_calls_a_matter_of_safety_are_the_only_ones() -> None:
    danger = kinds_of_safety(security_categories=("k5",))
    assert [name for name, is_one in danger.items() if is_one] == ["k5"]


def test_a_category_of_safety_that_the_mission_does_not_have_is_told() -> None:
    made = replace(
        SNAPSHOT, mission=replace(SNAPSHOT.mission, routes=RouteSettings(security_categories=("no",)))
    )
    notes = [str(note.says) for note in demand_of(made, PlanRequest(incident_bonus=5.0)).notes]
    assert "routes.security_categories names no, which this mission does not have" in notes


@pytest.mark.parametrize(
    ("ask", "changes", "words"),
    [
        (PlanRequest(teams=("T9",)), {}, "team T9 is unknown"),
        (PlanRequest(), {"teams": [team("T1", base_lat=None)]}, "no team has a base on the map; T1"),
        (PlanRequest(), {"teams": []}, "no short-term teams"),
        (PlanRequest(), {"teams": [team("T1", area_ids="Z")]}, "responsible for area Z, which is unknown"),
        (PlanRequest(), {"teams": [team("T1", area_ids="C")]}, "lies in another time zone"),
        (PlanRequest(), {"stations": [NO_POINT]}, "no station has a point on the map; 1"),
        (PlanRequest(excluded=("A/x",)), {}, "station A/x is unknown"),
        (PlanRequest(no_go_areas=("Z",)), {}, "area Z is unknown"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_said(ask: PlanRequest, changes: dict[str, object], words: str) -> None:
    with pytest.raises(RouteError, match=words):
        demand_of(mission(**changes), ask)
