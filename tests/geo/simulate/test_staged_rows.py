"""The staged events that live in single rows."""

import pytest

from geo.simulate import draw
from geo.simulate.staged_events import cast
from geo.simulate.staged_rows import reports
from tests.geo.simulate import small


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("rows")


@pytest.fixture(scope="module")
def day(folder):
    return draw(small.options(folder, teams=15, stations=3_000))


@pytest.fixture(scope="module")
def found(day):
    return reports(day)


def event(found, name):
    return next(event for event in found.events if event.event == name)


def staged(day, name):
    return next(event for event in day.ground.events if event.event == name)


def visits_of(day, found, name, stage):
    team = f"SIM-T{staged(day, name).teams[0] + 1:02d}"
    mine = found.visits[(found.visits["team_id"] == team) & (found.visits["stage"] == stage)]
    return mine.sort_values("arrived")


def test_every_event_of_the_script_is_staged(day, found):
    names = {event.event for event in day.ground.events} | {event.event for event in found.events}
    assert names == {
        "late_opening", "denied", "silent", "strict", "overrun", "flood",
        "copied_forms", "wrong_number", "sent_twice", "correction", "calls",
    }  # fmt: skip


def test_late_opening_forms_come_more_than_two_hours_after_the_team_left(day, found):
    opening = visits_of(day, found, "late_opening", "opening")
    assert opening["outcome"].tolist() == ["observed"]
    assert (day.received - day.left)[day.stage_of_visit == 0].max() > 120


def test_the_denied_team_is_denied_at_two_stations_in_a_row(day, found):
    outcomes = visits_of(day, found, "denied", "voting")["outcome"].tolist()
    assert "denied denied" in " ".join(outcomes)


def test_nothing_comes_from_the_silent_team_after_it_fell_silent(day):
    team = staged(day, "silent").teams[0]
    assert day.received[day.team_of_visit == team].max() < 10 * 60 + 40
    assert (day.ground.plan.due[day.ground.plan.team == team] > 10 * 60 + 40).any()


def test_the_strict_team_finds_about_four_times_as_much(day):
    team = staged(day, "strict").teams[0]
    assert day.truth_rate_of_team[team] > 4 * 0.08


def test_one_count_goes_on_until_twenty_to_four(day, found):
    counting = visits_of(day, found, "overrun", "counting")
    assert counting["left"].str.contains("T03:40").tolist() == [True]


def test_low_severity_findings_flood_one_area(day):
    area = staged(day, "flood").areas[0]
    voting = (day.stage_of_visit == 1) & (day.outcome == 0) & ~day.is_short
    flooded = day.area_of_station[day.station_of_visit] == area
    assert day.is_low_finding[voting & flooded].mean() > 3 * day.is_low_finding[voting & ~flooded].mean()


def test_a_form_sent_twice_differs_only_in_its_id_and_time(found):
    first, second = event(found, "sent_twice").ids
    rows = found.visits.set_index("visit_id").loc[[first, second]].drop(columns=["received", "minute"])
    assert rows.iloc[0].tolist() == rows.iloc[1].tolist()


def test_the_wrong_number_is_no_station_and_its_visit_is_kept(day, found):
    (visit,) = event(found, "wrong_number").ids
    row = found.visits.set_index("visit_id").loc[visit]
    assert row["number"] == "SIM-9999"
    assert row["number"] not in set(found.visits.loc[found.visits["station"] >= 0, "number"])
    assert not row["is_planned"]  # else its own assignment would be overdue without need


def test_copied_forms_share_their_answers_and_others_do_not(found):
    copied = found.visits["visit_id"].isin(event(found, "copied_forms").ids)
    assert found.visits.loc[copied, "answers"].nunique() == 1
    assert copied.sum() == 4
    twice = {*event(found, "sent_twice").ids[1:], *event(found, "correction").ids[1:]}
    others = found.visits[~copied & found.visits["outcome"].eq("observed")]
    others = others[~others["visit_id"].isin(twice) & others["stage"].ne("opening")]
    assert others["answers"].is_unique


def test_a_correction_names_what_it_supersedes_and_repeats_the_findings(found):
    old, new = event(found, "correction").ids
    row = found.visits.set_index("visit_id").loc[new]
    assert row["supersedes"] == old
    before = found.incidents[found.incidents["visit_id"] == old]
    after = found.incidents[found.incidents["visit_id"] == new]
    assert after["supersedes"].tolist() == before["incident_id"].tolist()
    assert after["category"].tolist() == before["category"].tolist()


def test_calls_come_from_where_nobody_is_and_belong_to_no_visit(day, found):
    calls = found.incidents[found.incidents["incident_id"].isin(event(found, "calls").ids)]
    assert set(calls["area_id"]) == {day.area_ids[day.ground.teams.quiet_area]}
    assert set(calls["visit_id"]) == {""}
    assert set(calls["number"]) == {""}


def test_without_the_script_every_row_is_a_visit(folder):
    plain = draw(small.options(folder, teams=15, stations=3_000, script=False))
    rows = reports(plain)
    assert rows.events == ()
    assert len(rows.visits) == len(plain.form)
    assert (rows.visits["station"] >= 0).all()


@pytest.mark.parametrize("until", ["06:10", "09:10", "11:00", "14:00", "20:30", "02:00"])
def test_a_day_cut_short_is_the_beginning_of_the_whole_day(folder, found, until):
    cut = reports(draw(small.options(folder, teams=15, stations=3_000, until=until)))
    # What a second person had checked by then, and so may be published, is the only difference.
    same = [name for name in found.visits if name != "verification"]
    assert cut.visits[same].to_numpy().tolist() == found.visits[same].to_numpy().tolist()[: len(cut.visits)]
    assert set(cut.incidents["incident_id"]) <= set(found.incidents["incident_id"])


@pytest.mark.parametrize("preset", ["international", "citizen"])
def test_too_few_teams_play_no_parts(folder, preset):
    day = draw(small.options(folder, preset=preset, teams=5))
    assert day.ground.events == ()
    assert reports(day).events == ()


def test_nobody_plays_two_parts(day):
    area = day.ground.cluster.area
    part = cast(day.ground.teams, day.ground.plan, area, len(day.area_ids))
    players = [*part.late, part.denied, part.silent, part.strict, part.copier, part.overrun]
    assert len(set(players)) == len(players)
    assert area not in day.ground.teams.area[players]
