import numpy as np
import pytest

from geo.simulate import draw
from geo.simulate.land import km_between
from geo.simulate.schedule import (
    CLOSING,
    COUNTING,
    DENIED,
    OBSERVED,
    OPENING,
    TABULATION,
    VOTING,
    travel_minutes,
)
from tests.geo.simulate import small


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    return draw(small.options(tmp_path_factory.mktemp("day"), teams=40, stations=6_000, script=False))


def by_team(day):
    for team in range(len(day.team_effect)):
        rows = np.flatnonzero(day.team_of_visit == team)
        yield rows[np.argsort(day.arrived[rows], kind="stable")]


def test_a_team_is_never_at_two_places_at_once(day):
    for rows in by_team(day):
        assert (day.arrived[rows][1:] >= day.left[rows][:-1]).all()


def test_a_team_cannot_drive_faster_than_an_ambulance(day):
    for rows in by_team(day):
        at = day.station_of_visit[rows]
        km = km_between(day.lon[at][:-1], day.lat[at][:-1], day.lon[at][1:], day.lat[at][1:])
        hours = (day.arrived[rows][1:] - day.left[rows][:-1] + 1) / 60
        assert (km[km > 3] / hours[km > 3] < 110).all()


def test_voting_rounds_last_between_twenty_minutes_and_an_hour(day):
    stay = (day.left - day.arrived)[(day.stage_of_visit == VOTING) & (day.outcome == OBSERVED)]
    assert stay.min() >= 17  # twenty, and a rounding of arrival and leave
    assert stay.max() <= 60


def test_every_team_has_one_opening_and_one_close(day):
    for stage in (OPENING, CLOSING, COUNTING):
        teams = day.team_of_visit[day.stage_of_visit == stage]
        assert len(teams) == len(set(teams)) == 40


def test_openings_begin_before_seven_and_counts_after_eight_in_the_evening(day):
    assert day.arrived[day.stage_of_visit == OPENING].max() < 7 * 60
    assert day.arrived[day.stage_of_visit == COUNTING].min() >= 20 * 60


def test_tabulation_follows_the_count_of_the_same_station(day):
    for row in np.flatnonzero(day.stage_of_visit == TABULATION):
        count = np.flatnonzero(
            (day.stage_of_visit == COUNTING) & (day.team_of_visit == day.team_of_visit[row])
        )
        assert day.station_of_visit[count[0]] == day.station_of_visit[row]
        assert day.arrived[row] > day.left[count[0]]


def test_a_form_comes_in_after_the_team_left(day):
    assert (day.received >= day.left).all()
    assert (day.left >= day.arrived).all()


def test_visits_are_in_the_order_in_which_forms_came_in(day):
    assert (np.diff(day.received) >= 0).all()


def test_no_team_enters_another_teams_territory(day):
    owner = {}
    for station, team in zip(day.station_of_visit, day.team_of_visit, strict=True):
        assert owner.setdefault(station, team) == team


def test_a_sizeable_area_has_nobody(day):
    quiet = day.ground.teams.quiet_area
    assert quiet >= 0
    assert not (day.area_of_station[day.station_of_visit] == quiet).any()
    assert day.voters[day.area_of_station == quiet].sum() / day.voters.sum() > 0.05


def test_teams_keep_to_the_area_of_their_base(day):
    assert (day.area_of_station[day.station_of_visit] == day.ground.teams.area[day.team_of_visit]).all()


def test_several_days_visit_other_stations_and_earlier_dates(tmp_path):
    day = draw(small.options(tmp_path, days=3, teams=8, stations=4_000, script=False))
    voting = day.stage_of_visit == VOTING
    assert len(set(day.station_of_visit[voting])) == voting.sum()
    assert set(day.arrived // 1440) >= {-2, -1, 0}


def test_static_observers_stay_where_the_sample_put_them(tmp_path):
    day = draw(small.options(tmp_path, preset="citizen", teams=300, script=False))
    homes = day.ground.teams.home
    assert len(set(homes)) == 300
    assert (day.station_of_visit == homes[day.team_of_visit]).all()
    assert 0.9 < len(set(day.team_of_visit)) / 300 <= 1  # a few never report


def test_the_sample_is_in_proportion_in_every_stratum(tmp_path):
    day = draw(small.options(tmp_path, preset="citizen", teams=300, script=False))
    stratum = day.area_of_station * 2 + day.is_urban
    frame = np.bincount(stratum) * 300 / len(stratum)
    drawn = np.bincount(stratum[day.ground.teams.home], minlength=len(frame))
    assert np.abs(drawn - frame).max() < 1


def test_nobody_who_was_denied_found_anything(tmp_path):
    day = draw(small.options(tmp_path, preset="citizen", teams=900, script=False))
    assert (day.outcome == DENIED).any()
    assert not day.is_finding[day.outcome != OBSERVED].any()
    assert not day.is_low_finding[day.outcome != OBSERVED].any()


def test_driving_gets_faster_with_distance():
    minutes = travel_minutes(np.array([0.0, 5.0, 50.0, 200.0]))
    assert minutes == pytest.approx([3, 3 + 13, 3 + 65, 3 + 208])
