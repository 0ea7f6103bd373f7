from __future__ import annotations

import json

import pytest
import shapely

from geo.model.errors import InputError, RouteError
from geo.routing import plan_changes, plan_document
from geo.routing.demand_from_snapshot import demand_of
from geo.routing.plan_changes import PlanChange
from geo.routing.plan_gain import gain_of, observed_rows, sentence
from geo.routing.plan_request import PlanRequest
from geo.routing.planner import PlanState, change, make
from geo.routing.solver import check_plan
from tests.geo.routing.planner_inputs import mission, team, visit

SNAPSHOT = mission(teams=[team("T1"), team("T2"), team("T3", base_lon=71.5, area_ids="B")])
MADE = make(demand_of(SNAPSHOT, PlanRequest()), 30, 0, iterations=15)
NOON = 720.0
FAR = {"type": "Polygon", "coordinates": [[[0, 0], [999, 0], [0, 999], [0, 0]]]}


def where(made: PlanState, team: int, stop: int) -> str:
    return made.demand.station_id[made.plan.teams[team].stops[stop].station]


def after(*asked: PlanChange, now: float | None = None, made: PlanState = MADE) -> PlanState:
    return change(made, asked, now=now, seconds=600, iterations=15)


def stations_of(made: PlanState, team: int) -> list[str]:
    return [made.demand.station_id[stop.station] for stop in made.plan.teams[team].stops]


def test_a_locked_stop_moves_to_its_team_and_is_marked() -> None:
    taken = where(MADE, 1, 3)
    found = after(PlanChange("lock", "T1", taken))
    assert taken in stations_of(found, 0)
    assert taken not in stations_of(found, 1)
    (stop,) = [one for one in found.plan.teams[0].stops if one.is_locked]
    assert found.demand.station_id[stop.station] == taken
    assert found.plan.teams[2] == MADE.plan.teams[2]


def test_unlocking_changes_no_route() -> None:
    locked = after(PlanChange("lock", "T1", where(MADE, 1, 3)))
    found = after(PlanChange("unlock", station_id=where(MADE, 1, 3)), made=locked)
    assert [stations_of(found, i) for i in range(3)] == [stations_of(locked, i) for i in range(3)]
    assert not any(stop.is_locked for team in found.plan.teams for stop in team.stops)


def test_a_lock_survives_the_next_change() -> None:
    taken = where(MADE, 0, 3)
    found = after(
        PlanChange("exclude", station_id=where(MADE, 0, 2)), made=after(PlanChange("lock", "T1", taken))
    )
    assert taken in stations_of(found, 0)


def test_a_station_in_nobodys_plan_can_be_added_to_a_team() -> None:
    planned = {one for i in range(3) for one in stations_of(MADE, i)}
    free = next(one for one in MADE.demand.station_id if one.startswith("A/") and one not in planned)
    assert free in stations_of(after(PlanChange("lock", "T2", free)), 1)


def test_a_lock_that_does_not_fit_is_said() -> None:
    with pytest.raises(RouteError, match=r"team T1: station A/.* does not fit into its day for opening"):
        after(PlanChange("lock", "T1", where(MADE, 0, 3), "opening"), now=NOON)


def test_an_excluded_station_leaves_the_plan_until_it_is_included_again() -> None:
    gone = where(MADE, 0, 2)
    found = after(PlanChange("exclude", station_id=gone))
    assert gone not in stations_of(found, 0)
    back = after(PlanChange("include", station_id=gone), PlanChange("lock", "T1", gone), made=found)
    assert gone in stations_of(back, 0)


def test_a_no_go_area_clears_its_stations_and_ways_and_can_be_taken_back() -> None:
    stop = MADE.plan.teams[0].stops[2]
    shape = shapely.Point(MADE.demand.lon[stop.station], MADE.demand.lat[stop.station]).buffer(0.02)
    found = after(PlanChange("no_go", polygon=shape))
    assert MADE.demand.station_id[stop.station] not in stations_of(found, 0)
    assert found.asked.ask.no_go == (shape,)
    assert after(PlanChange("clear_no_go"), made=found).demand.no_go == ()


def test_another_order_is_kept_if_it_can_be_driven() -> None:
    order = stations_of(MADE, 0)
    order[2], order[3] = order[3], order[2]
    found = after(PlanChange("reorder", "T1", stations=tuple(order)))
    assert stations_of(found, 0) == order
    assert check_plan(found.demand, found.plan) == ()
    assert found.plan.teams[1:] == MADE.plan.teams[1:]


def test_an_order_that_breaks_a_window_names_the_stop() -> None:
    order = stations_of(MADE, 0)
    with pytest.raises(RouteError, match=r"T1: in this order it is at station A/\d+ at .* but opening"):
        after(PlanChange("reorder", "T1", stations=(order[1], order[0], *order[2:])))


def test_an_order_must_hold_the_stops_to_come() -> None:
    with pytest.raises(RouteError, match="each once"):
        after(PlanChange("reorder", "T1", stations=tuple(stations_of(MADE, 0)[1:])))


def test_during_the_day_what_has_begun_stays_and_others_keep_theirs() -> None:
    for one in (PlanChange("closed", station_id=where(MADE, 0, -3)), PlanChange("late", "T1", minutes=40.0)):
        found = after(one, now=NOON)
        assert found.plan.teams[1:] == MADE.plan.teams[1:]
        begun = [stop for stop in MADE.plan.teams[0].stops if stop.leave <= NOON]
        assert list(found.plan.teams[0].stops[: len(begun)]) == begun
        assert found.now == NOON


def test_at_noon_a_team_an_hour_to_the_west_has_begun_what_it_begins_by_eleven() -> None:
    west = team("W", base_lon=72.5, area_ids="C", shift_starts=None, shift_ends=None)
    two = mission(teams=[team("T1"), west])
    made = make(demand_of(two, PlanRequest()), 30, 0, iterations=15)
    before = made.plan.teams[1].stops
    found = after(PlanChange("exclude", station_id=where(made, 1, -2)), now=NOON, made=made)
    told = [stop["is_begun"] for stop in plan_document.document_of_plan(found)["teams"][1]["stops"]]
    assert sum(told) == sum(stop.arrive - stop.drive <= NOON - 60 for stop in before)
    assert sum(told) < sum(stop.arrive - stop.drive <= NOON for stop in before)
    assert found.plan.teams[1].stops[: sum(told)] == before[: sum(told)]
    assert plan_document.read(two, plan_document.text_of(found)).plan.teams == found.plan.teams


def test_an_hour_to_the_west_a_stop_not_begun_by_its_own_clock_can_still_be_dropped() -> None:
    west = team("W", base_lon=72.5, area_ids="C", shift_starts=None, shift_ends=None)
    made = make(demand_of(mission(teams=[west]), PlanRequest()), 30, 0, iterations=15)
    stops = made.plan.teams[0].stops
    late = [one for one in stops if NOON - 60 < one.arrive - one.drive <= NOON][-1]
    gone = made.demand.station_id[late.station]
    assert gone not in stations_of(after(PlanChange("closed", station_id=gone), now=NOON, made=made), 0)


def test_a_team_late_before_it_sets_out_sets_out_later_and_stays_late() -> None:
    found = after(PlanChange("late", "T1", minutes=35.0))
    first = found.plan.teams[0].stops[0]
    assert first.arrive - first.drive == pytest.approx(330.0 + 35.0)
    again = after(PlanChange("exclude", station_id=where(found, 0, 2)), made=found)
    first = again.plan.teams[0].stops[0]
    assert first.arrive - first.drive == pytest.approx(330.0 + 35.0)
    assert plan_document.read(SNAPSHOT, plan_document.text_of(again)).plan.teams == again.plan.teams


def test_what_was_dropped_once_is_still_said_after_the_next_change() -> None:
    lost = after(PlanChange("late", "T1", minutes=300.0))
    assert any("no opening can be staffed" in str(note) for note in lost.plan.notes)
    again = after(PlanChange("late", "T2", minutes=5.0), made=lost)
    assert any(str(note).startswith("team T1: no opening") for note in again.plan.notes)
    read = plan_document.read(SNAPSHOT, plan_document.text_of(again)).plan
    assert (read.teams, read.notes) == (again.plan.teams, again.plan.notes)


def test_a_no_go_area_between_a_team_and_its_base_is_said() -> None:
    stop = next(one for one in MADE.plan.teams[0].stops if one.leave > NOON)
    lon, lat = MADE.demand.lon[stop.station], MADE.demand.lat[stop.station]
    ring = shapely.Point(lon, lat).buffer(0.02) - shapely.Point(lon, lat).buffer(0.01)
    with pytest.raises(RouteError, match="team T1"):
        after(PlanChange("no_go", polygon=ring), now=stop.begin)


def test_a_closed_station_stays_closed_in_later_changes() -> None:
    gone = where(MADE, 0, -3)
    later = after(
        PlanChange("late", "T1", minutes=5.0),
        now=NOON + 30,
        made=after(PlanChange("closed", station_id=gone), now=NOON),
    )
    assert gone not in stations_of(later, 0)
    assert later.closed == {gone}


def test_an_incident_draws_no_team_by_default() -> None:
    planned = {one for i in range(3) for one in stations_of(MADE, i)}
    free = next(one for one in MADE.demand.station_id if one.startswith("A/") and one not in planned)
    found = after(PlanChange("incident", station_id=free), now=NOON)
    assert found.plan.teams == MADE.plan.teams
    assert found.notes[-1].code == "not_drawn"


def test_with_a_bonus_an_incident_draws_a_team_but_a_security_one_never() -> None:
    made = make(demand_of(SNAPSHOT, PlanRequest(incident_bonus=500.0)), 30, 0, iterations=15)
    planned = {one for i in range(3) for one in stations_of(made, i)}
    free = next(one for one in made.demand.station_id if one.startswith("A/") and one not in planned)
    drawn = after(PlanChange("incident", station_id=free), now=NOON, made=made)
    assert free in stations_of(drawn, 0) + stations_of(drawn, 1)
    kept = after(PlanChange("incident", station_id=free, is_security=True), now=NOON, made=made)
    assert free not in {one for i in range(3) for one in stations_of(kept, i)}
    away = where(made, 0, -3)
    assert away not in stations_of(
        after(PlanChange("incident", station_id=away, is_security=True), now=NOON, made=made), 0
    )


def test_a_plan_with_a_security_incident_at_a_locked_station_can_be_read_again() -> None:
    locked = after(PlanChange("lock", "T1", where(MADE, 0, 3)))
    found = after(PlanChange("incident", station_id=where(MADE, 0, 3), is_security=True), made=locked)
    again = plan_document.read(SNAPSHOT, plan_document.text_of(found))
    assert stations_of(again, 0) == stations_of(found, 0)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (PlanChange("lock", "T9", "A/003"), "team T9 is not in this plan"),
        (PlanChange("lock", "T1", "A/x"), "station A/x is unknown"),
        (PlanChange("lock", "T1", "C/003"), "lies where no team of the plan works"),
        (PlanChange("exclude", station_id="Z"), "station Z is unknown"),
        (PlanChange("no_go_area", area_id="Z"), "area Z is unknown"),
        (PlanChange("no_go_area", area_id="A"), "base lies in a no-go area"),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_is_said(one: PlanChange, words: str) -> None:
    with pytest.raises(RouteError, match=words):
        after(one)


@pytest.mark.parametrize(
    "sent",
    [
        None, [], {}, [1], [{}], [{"kind": "fly"}], [{"kind": "lock", "team_id": "T1"}],
        [{"kind": "late", "team_id": "T1", "minutes": "5"}],
        [{"kind": "late", "team_id": "T1", "minutes": -5}],
        [{"kind": "late", "team_id": "T1", "minutes": True}], [{"kind": "unlock", "station_id": ["A"]}],
        [{"kind": "lock", "team_id": "T1", "station_id": "A/1", "service": "dinner"}],
        [{"kind": "no_go", "polygon": {"type": "Point", "coordinates": [0, 0]}}],
        [{"kind": "no_go", "polygon": FAR}],
        [{"kind": "no_go", "polygon": {"type": "Polygon", "coordinates": "x"}}],
        [{"kind": "clear_no_go", "team_id": "T1"}], [{"kind": "exclude", "station_id": "x" * 400}],
        [{"kind": "incident", "station_id": "A/1", "is_security": 1}], [{"kind": "clear_no_go"}] * 300,
    ],
)  # fmt: skip
def test_changes_that_are_none_are_refused(sent: object) -> None:
    with pytest.raises(InputError):
        plan_changes.of_json(json.loads(json.dumps(sent)))


def test_changes_are_read_from_json() -> None:
    sent = [
        {"kind": "lock", "team_id": "T1", "station_id": "A/1", "service": "closing"},
        {"kind": "late", "team_id": "T1", "minutes": 30},
        {"kind": "no_go", "polygon": json.loads(shapely.to_geojson(shapely.box(1, 2, 3, 4)))},
    ]
    lock, late, no_go = plan_changes.of_json(sent)
    assert lock == PlanChange("lock", "T1", "A/1", "closing")
    assert late.minutes == 30.0
    assert no_go.polygon is not None
    assert no_go.polygon.equals(shapely.box(1, 2, 3, 4))


def test_the_gain_is_the_gap_before_less_the_gap_after() -> None:
    made = make(demand_of(mission(visits=[visit("003"), visit("004")]), PlanRequest()), 30, 0, iterations=5)
    gain = gain_of(made)
    assert gain.areas.visited.tolist() == [2, 0, 0]
    fair = gain.areas.fair.tolist()
    assert gain.areas.gap_before.tolist() == pytest.approx([fair[0] - 2, fair[1], fair[2]])
    planned = gain.areas.planned.tolist()
    assert sum(planned) == len(observed_rows(made)) == gain.stations
    expected = [max(0.0, fair[0] - 2 - planned[0]), max(0.0, fair[1] - planned[1]), fair[2]]
    assert gain.areas.gap_after.tolist() == pytest.approx(expected)
    assert gain.closed == gain.gaps - round(sum(expected)) if gain.gaps else False


def test_the_gain_in_words_calls_the_estimate_one_and_gives_its_band() -> None:
    gain = gain_of(MADE)
    text = sentence(gain)
    assert text.startswith(f"closes {gain.closed} of {gain.gaps} gaps; ")
    assert "an estimate: " in text
    assert gain.minutes_low == pytest.approx(0.75 * gain.minutes)
    assert gain.minutes_high == pytest.approx(1.5 * gain.minutes)


def test_without_a_plan_of_visits_the_gain_is_in_stations_and_cells() -> None:
    made = make(demand_of(mission(frame="partial"), PlanRequest()), 30, 0, iterations=5)
    assert sentence(gain_of(made)).startswith(f"visits {gain_of(made).stations} stations, ")


def test_stations_observed_nowhere_before_lower_the_dissimilarity_when_spread() -> None:
    many = [visit(f"{i:03d}") for i in range(10)]
    gain = gain_of(make(demand_of(mission(visits=many), PlanRequest()), 30, 0, iterations=5))
    assert gain.d_after < gain.d_before == pytest.approx(2 / 3)
