"""What the desk shows of a small mission worked by hand: states, figures, lists, words."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import numpy as np
import orjson
import pytest

from geo.analysis import operations
from geo.analysis.statistics.statistic import Absence
from geo.model.code_lists import Selection
from geo.model.counts import Choice
from geo.model.errors import NotFound
from geo.model.tables import OUTCOMES, OVERALL, PRECISIONS, SEVERITIES, STAGES, VERIFICATIONS
from layers.desk import (
    action_lists,
    choice_visits,
    gap_list,
    search_index,
    start_page,
    station_columns,
    team_list,
    unit_columns,
)
from layers.desk.local_clock import NO_MINUTE, local_minutes
from layers.map import area_outlines
from layers.words import desk_wording
from layers.words.language import language
from tests import factory

DAY = "2005-12-04T"
EN = language("en")
ANY = Choice(verified_only=False)


def station(area, number, lon, **more):
    return {"area_id": area, "number": number, "lon": lon, "lat": 50.5, "voters": 1000, **more}


def visit(name, area, number, team, at, **more):
    left = more.pop("left", None)
    row = {"visit_id": name, "area_id": area, "number": number, "team_id": team, "arrived": f"{DAY}{at}Z"}
    row |= {"left": f"{DAY}{left}Z"} if left else {}
    return {
        **row,
        "stage": "voting",
        "outcome": "observed",
        "verification": "verified",
        "answered": "*",
        **more,
    }


def finding(name, of, category="sealed", **more):
    return {"incident_id": name, "visit_id": of, "category": category, "verification": "verified", **more}


@pytest.fixture(scope="module")
def day():
    """One station per state, two areas in two zones, a silent team, a visit of five minutes."""
    stations = [station("N", str(i), 70.1 + i / 20) for i in range(1, 9)]
    stations += [station("S", "1", 71.5, settlement="Karatau"), {"area_id": "S", "number": "2", "voters": 50}]
    visits = [
        visit("v1", "N", "1", "A", "03:00", left="03:40", overall="bad"),
        visit("v2", "N", "2", "A", "04:00", left="04:05"),
        visit("v3", "N", "3", "A", "05:00", outcome="denied", answered=""),
        visit("v4", "N", "4", "B", "05:30", outcome="closed", answered=""),
        visit("v5", "N", "5", "B", "06:00", outcome="unreachable", answered=""),
        visit("v6", "S", "2", "B", "07:00", left="07:30", verification="unverified"),
    ]
    return factory.snapshot(
        about=factory.mission(frame="complete", planned_visits=4, time_zones={"S": "Asia/Aqtau"}),
        areas=factory.squares("N", "S"),
        stations=stations,
        categories=factory.categories(sealed="high", poster="low"),
        teams=[{"team_id": t, "base_lon": 70.5, "base_lat": 50.5} for t in "ABC"],
        visits=visits,
        incidents=[
            finding("i1", "v1", text="<b>word</b>"),
            finding("i2", "v2", "poster"),
            {**finding("i3", ""), "area_id": "N", "number": "8"},
        ],
        assignments=[
            {"team_id": "A", "area_id": "N", "number": "1", "stage": "voting", "due": f"{DAY}03:00Z"},
            {"team_id": "C", "area_id": "N", "number": "6", "stage": "voting", "due": f"{DAY}08:00Z"},
            {"team_id": "C", "area_id": "N", "number": "7", "stage": "voting", "due": "2005-12-06T08:00Z"},
        ],
    )  # fmt: skip


def states_from(sent):
    """What the browser makes of the columns: the higher of plan, outcome and finding wins."""
    of = (5, 4, 3, 2)
    found = [int(digit) for digit in sent["base"]]
    rows = sent["visits"]
    for at, outcome, severity in zip(rows["station"], rows["outcome"], rows["severity"], strict=True):
        found[at] = max(found[at], 6 if severity >= 0 else of[outcome])
    return found


@pytest.mark.parametrize("stage", ["", "voting", "opening"])
@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("verified", [True, False])
def test_columns_sent_give_the_domains_own_station_states(day, stage, severity, verified):
    choice = Choice(stage=stage, severity=severity, verified_only=verified)
    found = states_from(choice_visits.visits_of(day, choice))
    assert found == operations.station_states(day, choice).tolist()


def test_each_state_occurs_in_the_hand_made_day(day):
    assert choice_visits.visits_of(day, ANY)["states"] == [2, 2, 1, 1, 1, 2, 1]


def test_columns_sum_to_the_figures_of_every_unit(day):
    sent, made = (
        choice_visits.visits_of(day, ANY)["visits"],
        unit_columns.figures(day, "area", ANY)["columns"],
    )
    flags, area = np.array(sent["flags"]), np.array(sent["area"])
    for bit, column in ((1, "visits_exposed"), (2, "visits_with_finding"), (4, "visits_assessed")):
        assert np.bincount(area[(flags & bit) > 0], minlength=2).tolist() == made[column]
    assert made["visits_negative"] == [1, 0]
    assert made["planned"] == [3, 0] and made["planned_done"] == [1, 0]


def test_minutes_are_those_of_the_areas_own_clock(day):
    minutes = local_minutes(day, day.visits.arrived, day.visits.station)
    assert minutes.tolist() == [9 * 60, 10 * 60, 11 * 60, 11 * 60 + 30, 12 * 60, 12 * 60]  # +6, and +5 in S


def test_a_visit_without_a_time_has_no_minute(day):
    assert local_minutes(day, np.array([operations.NO_TIME]), np.array([0])).tolist() == [NO_MINUTE]


def test_hours_count_visits_and_those_with_a_finding(day):
    hours = choice_visits.visits_of(day, ANY)["hours"]
    assert (hours["first"], hours["visits"], hours["findings"]) == (9, [1, 1, 0, 1], [1, 0, 0, 0])


def test_units_have_a_name_a_shape_and_figures_each(day):
    for unit in ("area", "cell"):
        shown, made = unit_columns.units(day, unit, EN), unit_columns.figures(day, unit, ANY)
        lengths = {len(column) for column in made["columns"].values()} | {
            len(s) for s in made["status"].values()
        }
        assert lengths == {len(shown["id"])} == {len(shown["name"])}
        assert all(shown["name"])


def test_outlines_are_packed_shapes_in_the_order_of_the_areas(day):
    made, shown = unit_columns.outlines(day, "area"), unit_columns.units(day, "area", EN)
    assert made["packed"] == area_outlines.SHALLOW
    assert [one["properties"]["area"] for one in made["features"]] == list(range(len(shown["id"])))
    assert "shapes" not in shown


def test_hours_since_the_last_visit_end_with_the_day(day):
    midnight = datetime(2005, 12, 4, 18, tzinfo=UTC)  # in Almaty
    made = unit_columns.figures(day, "area", ANY)["columns"]
    assert made["age_newest"][0] == (midnight - datetime(2005, 12, 4, 4, tzinfo=UTC)).total_seconds() / 60
    assert unit_columns.totals(day, ANY)["is_over"]


def test_a_mission_known_by_its_sums_says_them_and_a_list_of_visits_needs_none(day):
    whole = {"area_id": "", "status": "reported"}
    known = factory.snapshot(
        areas=factory.squares("N"), stations=[station("N", "1", 70.1)],
        totals=[{**whole, "measure": name, "value": n} for name, n in (("visited", 310), ("stations", 9580))],
    )  # fmt: skip
    assert start_page.start(known, EN)["sums"] == {"visited": 310, "stations": 9580}
    assert start_page.start(factory.snapshot(areas=factory.squares("N")), EN)["sums"] == {
        "visited": None,
        "stations": None,
    }
    assert start_page.start(day, EN)["sums"] is None


def test_overdue_names_the_silent_team_and_only_what_is_late(day):
    found = action_lists.overdue(day, EN)
    assert [team["team"] for team in found["teams"]] == ["C"]
    assert found["teams"][0]["silentMinutes"] is None
    assert [row["station"] for row in found["teams"][0]["rows"]] == ["N/6"]


def test_overdue_teams_stand_in_the_order_of_their_silence() -> None:
    late = {"stage": "voting", "due": factory.NOW - timedelta(hours=3)}
    plan = [{"team_id": f"T{i}", "area_id": "N", "number": str(i), **late} for i in range(3)]
    heard = {"T0": factory.NOW - timedelta(hours=1), "T1": factory.NOW - timedelta(hours=4)}
    found = factory.snapshot(
        areas=factory.squares("N"), stations=[{"area_id": "N", "number": str(i)} for i in range(3)],
        teams=[{"team_id": f"T{i}", "last_contact": heard.get(f"T{i}")} for i in range(3)], assignments=plan,
    )  # fmt: skip
    assert [row["team"] for row in action_lists.overdue(found, EN)["teams"]] == ["T2", "T1", "T0"]


def test_a_team_is_where_its_last_visit_was_and_goes_to_its_next_assignment() -> None:
    plan = [
        {
            "team_id": "T", "area_id": "N", "number": n, "stage": "voting",
            "due": factory.NOW + timedelta(hours=hours),
        }
        for n, hours in (("4", 4), ("3", 2), ("2", 1))
    ]  # fmt: skip
    bases = [{"team_id": "BASE", "base_lon": 0.3, "base_lat": 0.7}, {"team_id": "NONE"}]
    day = factory.snapshot(
        areas=factory.squares("N"), stations=[station("N", str(i), 70.1 + i / 20) for i in range(1, 5)],
        visits=[visit("v1", "N", "1", "T", "03:00"), visit("v2", "N", "2", "T", "05:00")],
        assignments=plan, teams=[{"team_id": "T"}, *bases],
    )  # fmt: skip
    based, none, team = team_list.teams(day, EN)["rows"]  # by id
    assert team["last"] is not None and team["last"]["station"] == "N/2"
    assert team["next"] is not None and team["next"]["station"] == "N/3"
    assert (based["lon"], based["lat"], based["last"]) == (0.3, 0.7, None)
    assert (none["lon"], none["silentMinutes"]) == (None, None)


def test_doubts_say_why_in_words(day):
    rows = action_lists.implausible(day, EN)["rows"]
    assert [row["says"] for row in rows if row["title"] == "too short"] == [
        "5 minutes at the station; 10 are the least such a visit takes."
    ]


@pytest.mark.capability("Gaps with the nearest team", page="desk")
def test_gaps_are_largest_first_with_a_team_and_an_estimated_drive(day):
    found = gap_list.gaps(day, ANY, EN)
    short = [row["gap"] for row in found["rows"]]
    assert short == sorted(short, reverse=True) and found["basis"] == "voters"
    assert all(row["team"]["minutes"] > 0 for row in found["rows"] if row["clusters"])


def test_a_mission_without_a_plan_says_so_instead_of_gaps():
    empty = factory.snapshot(areas=factory.squares("N"), stations=[station("N", "1", 70.5)])
    assert gap_list.gaps(empty, ANY, EN)["absence"] == "no_plan"
    assert unit_columns.figures(empty, "area", ANY)["absence"]["gap"] == "no_plan"


def test_a_drive_gets_no_shorter_over_the_same_kind_of_road():
    assert gap_list.drive_minutes(40) > gap_list.drive_minutes(20) > gap_list.drive_minutes(10)
    assert gap_list.drive_minutes(0) == 1


def test_history_holds_plan_visits_findings_and_what_came_without_a_visit(day):
    one = station_columns.history(day, "N/1", EN)
    assert one["state"] == "finding" and one["plan"][0]["state"] == "done"
    assert one["visits"][0]["arrived"] == "09:00" and one["visits"][0]["overall"] == "bad"
    assert one["visits"][0]["findings"][0]["text"] == "<b>word</b>"
    assert len(station_columns.history(day, "N/8", EN)["apart"]) == 1
    assert station_columns.history(day, "N/2", EN)["visits"][0]["doubts"]


def test_an_unknown_station_is_not_found(day):
    with pytest.raises(NotFound):
        station_columns.history(day, "N/999", EN)


TOWNS = [{"name_en": "Karatau", "name_ru": "Каратау", "name_kk": "Қаратау", "lon": 71.5, "lat": 50.5}]


@pytest.mark.parametrize(
    ("text", "first"),
    [("s/1", "S/1"), ("қарат", "S/1"), ("Каратау", "S/1"), ("karatau", "S/1"), ("7", "N/7")],
)
def test_search_finds_by_id_number_and_town_in_any_language(day, text, first):
    assert search_index.search(day, text, TOWNS, EN)["stations"][0]["id"] == first


@pytest.mark.parametrize("text", ["area s 1", "1 area s", "karatau 1", "Қаратау 1"])
def test_search_finds_a_number_in_the_place_that_is_named(day, text):
    assert [each["id"] for each in search_index.search(day, text, TOWNS, EN)["stations"]] == ["S/1"]


def test_search_finds_a_number_in_whatever_lies_in_the_area_that_is_named():
    districts = [
        {**area, "level": 2, "parent_id": f"{area['area_id']}-oblast"} for area in factory.squares("N", "S")
    ]
    oblasts = [
        {**area, "area_id": f"{area['area_id']}-oblast", "level": 1, "name_en": f"Oblast {area['area_id']}"}
        for area in factory.squares("N", "S")
    ]
    places = [station(area, f"SIM-{number}", 70.5) for area in ("N", "S") for number in ("0037", "0378")]
    both = factory.snapshot(areas=[*oblasts, *districts], stations=places)
    found = {
        text: [each["id"] for each in search_index.search(both, text, [], EN)["stations"]]
        for text in ("oblast s 378", "378 area n", "oblast n 9")
    }
    assert found == {"oblast s 378": ["S/SIM-0378"], "378 area n": ["N/SIM-0378"], "oblast n 9": []}


def test_search_finds_areas_and_says_how_many_matched(day):
    found = search_index.search(day, "area n", TOWNS, EN)
    assert found["areas"] == [{"id": "N", "name": "Area N", "level": 1, "also": ""}]
    assert found["total"] == 8


def test_search_shows_at_most_fifty():
    many = factory.snapshot(
        areas=factory.squares("N"), stations=[station("N", f"{i:03}", 70.5) for i in range(120)]
    )
    found = search_index.search(many, "n/", [], EN)
    assert (len(found["stations"]), found["total"]) == (50, 120)


def test_stations_without_a_place_travel_without_one(day):
    sent = station_columns.columns(day)
    assert [i for i, lon in zip(sent["id"], sent["lon"], strict=True) if lon is None] == ["S/2"]


def test_every_resource_is_json_in_every_language(day):
    for code in ("en", "ru", "kk"):
        speaks = language(code)
        for made in (
            start_page.start(day, speaks), start_page.page(day, speaks), station_columns.columns(day),
            action_lists.overdue(day, speaks), gap_list.gaps(day, ANY, speaks),
            unit_columns.units(day, "cell", speaks),
        ):  # fmt: skip
            assert orjson.loads(orjson.dumps(made))


def test_every_code_has_its_words():
    assert set(desk_wording.STATE) == {*operations.STATES, "off_map"}
    assert set(desk_wording.SUSPICION) == set(desk_wording.SUSPICION_SAYS) == set(operations.SUSPICIONS)
    assert set(desk_wording.ABSENCE) == set(get_args(Absence)) - {""}
    assert set(desk_wording.INTERVAL) == set(get_args(Selection))
    for words, codes in (
        (desk_wording.OUTCOME, OUTCOMES), (desk_wording.OVERALL_WORD, OVERALL),
        (desk_wording.PRECISION, PRECISIONS), (desk_wording.VERIFICATION, VERIFICATIONS),
    ):  # fmt: skip
        assert set(words) == set(codes)


@pytest.mark.parametrize(
    ("stage", "severity", "verified"), [("x", "low", "0"), ("", "x", "0"), ("", "low", "2")]
)
def test_a_choice_of_unknown_words_is_refused(stage, severity, verified):
    with pytest.raises(ValueError, match="no such"):
        choice_visits.choice_of(stage, severity, verified)


def test_one_kind_of_finding_can_be_asked_for_and_an_unknown_one_is_refused():
    known = ("poster", "sealed")
    assert choice_visits.choice_of("", "low", "0", "poster", known).categories == ("poster",)
    assert choice_visits.choice_of("", "low", "0", "", known).categories == ()
    with pytest.raises(ValueError, match="no such category"):
        choice_visits.choice_of("", "low", "0", "seal", known)


def test_kinds_of_finding_are_offered_by_title_with_their_severity(day):
    offered = start_page.start(day, EN)["categories"]
    assert offered == [
        {"name": "poster", "title": "poster", "severity": 0},
        {"name": "sealed", "title": "sealed", "severity": 2},
    ]


def test_one_kind_of_finding_counts_its_own_findings_only(day):
    sent = choice_visits.visits_of(day, Choice(categories=("poster",), severity="low", verified_only=False))
    assert sum(flag & choice_visits.WITH_FINDING > 0 for flag in sent["visits"]["flags"]) == 1
    assert max(sent["visits"]["severity"]) == SEVERITIES.index("low")


def test_stages_offered_leave_out_the_tabulation_centre():
    assert (*start_page.STATION_STAGES, "tabulation") == STAGES


def test_a_visit_of_another_year_does_not_stretch_the_hours_to_it():
    minutes = np.array([480] * 300 + [-40 * 365 * 1440, -20 * 1440, NO_MINUTE, 1500])
    kept = choice_visits.plausible_minutes(minutes)
    assert kept[300:].tolist() == [NO_MINUTE] * 3 + [1500]
    counted = np.ones(len(kept), dtype=bool)
    hours = choice_visits.hours(kept, counted, counted)
    assert (len(hours["visits"]), sum(hours["visits"]), hours["untimed"]) == (18, 301, 3)


def test_days_of_voting_before_election_day_are_kept():
    minutes = np.array([480 - 1440 * day for day in range(5) for _ in range(50)])
    assert np.array_equal(choice_visits.plausible_minutes(minutes), minutes)


def test_ground_of_the_first_view_reaches_past_the_mission_and_not_around_the_world(day):
    def triangle(west, east):
        ring = [[west, 40], [east, 40], [east, 50], [west, 40]]
        return {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}

    far, near = triangle(-100, -90), triangle(55, 70)
    base = {"land": {"type": "FeatureCollection", "features": [far, near]}}
    made = unit_columns.ground(day, base, language("en"), None, lambda box, near: {})
    west, south, east, north = made["within"]
    areas = unit_columns.outlines(day, "area")["bounds"]
    assert west < areas[0] and south < areas[1] and east > areas[2] and north > areas[3]
    assert len(made["shapes"]["land"]["features"]) == 1
