from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geo.routing.next_station import NextStations
from tests.geo.routing.planner_inputs import mission, stations, visit

SNAPSHOT = mission()
NEXT = NextStations(SNAPSHOT)
AREA = SNAPSHOT.registry.stations.area


def ids(found: object) -> list[str]:
    return [SNAPSHOT.registry.stations.station_id[one.station].as_py() for one in found]  # type: ignore[attr-defined]


@pytest.mark.capability("The next best station of a team", page="routes")
def test_the_best_comes_first_and_is_worth_its_minutes() -> None:
    found = NEXT.best(70.4, 50.4, 600.0)
    assert [one.per_minute for one in found] == sorted((one.per_minute for one in found), reverse=True)
    first = found[0]
    assert first.per_minute == pytest.approx((first.gain - 0.01 * first.drive) / (first.leave - 600.0))
    assert first.begin == pytest.approx(600.0 + first.drive)


def test_of_all_stations_none_would_have_been_better() -> None:
    """Against every station in turn: the candidates leave out nothing that counts here."""
    from geo.routing.solver import travel_estimate

    one = NEXT.best(70.4, 50.4, 600.0, many=1)[0]
    registry = SNAPSHOT.registry.stations
    drive = travel_estimate.between(70.4, 50.4, registry.lon, registry.lat)
    worth = NEXT._weight[NEXT._cell] * 0.35 - 0.01 * drive
    assert one.per_minute == pytest.approx(np.max(worth / (drive + 35)), rel=1e-6)


def test_stations_visited_are_never_next_and_come_back_when_withdrawn() -> None:
    live = NextStations(SNAPSHOT)
    first = ids(live.best(70.4, 50.4, 600.0))[0]
    area, _, number = first.partition("/")
    assert live.follow(mission(visits=[visit(number, area=area)]))
    assert first not in ids(live.best(70.4, 50.4, 600.0))
    assert live.follow(SNAPSHOT)
    assert ids(live.best(70.4, 50.4, 600.0))[0] == first


def test_a_cell_visited_already_adds_less() -> None:
    live = NextStations(SNAPSHOT)
    before = live.best(70.4, 50.4, 600.0)[0]
    mates = [
        one.as_py()
        for one, cell in zip(SNAPSHOT.registry.stations.station_id, live._cell, strict=True)
        if cell == live._cell[before.station]
    ]
    live.follow(mission(visits=[visit(one.partition("/")[2], area=one[0]) for one in mates[:-1]]))
    again = [
        one
        for one in live.best(70.4, 50.4, 600.0, many=50)
        if live._cell[one.station] == live._cell[before.station]
    ]
    assert all(one.gain < before.gain and one.visits == len(mates) - 1 for one in again)


def test_a_team_stays_in_its_area_and_off_what_others_drive_to() -> None:
    found = NEXT.best(70.9, 50.4, 600.0, areas={1})
    assert {int(AREA[one.station]) for one in found} == {1}
    without = {found[0].station}
    assert found[0].station not in {
        one.station for one in NEXT.best(70.9, 50.4, 600.0, areas={1}, without=without)
    }


def test_nothing_that_ends_after_the_shift_is_offered() -> None:
    late = NEXT.best(70.4, 50.4, 600.0, home=(70.4, 50.4), shift_end=630.0)
    assert late == ()
    assert NEXT.best(70.4, 50.4, 1150.0) == ()


def test_another_registry_is_not_followed() -> None:
    assert not NextStations(SNAPSHOT).follow(mission(stations=stations(20)))


def test_voting_that_begins_with_the_polls_of_the_mission_is_waited_for() -> None:
    late = replace(SNAPSHOT, mission=replace(SNAPSHOT.mission, polls_open="12:00"))
    assert {one.begin for one in NextStations(late).best(70.4, 50.4, 600.0)} == {12 * 60 + 15}
