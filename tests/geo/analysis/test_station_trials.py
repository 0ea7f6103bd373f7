"""What a scan tries: one trial per station, leaves of about as many stations, and what stands for a visit."""

import h3
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.analysis import station_trials as trials
from geo.model import grid


def observed(station, team, stations=4):
    """Stations about 20 km apart in one area; station and team of every visit."""
    return trials.Observed(
        lon=70.0 + 0.3 * np.arange(stations),
        lat=np.full(stations, 50.0),
        area=np.zeros(stations, dtype=np.int64),
        station=np.array(station),
        team=np.array(team),
    )


def tried(station, team, finding, asked=None, **more):
    given = observed(station, team, **more)
    answers = trials.Answers(np.array(asked or [True] * len(station)), np.array(finding, dtype=bool))
    return trials.trials_of(trials.ground_of(given, [answers]), answers)


def test_a_station_with_many_forms_is_one_trial():
    made = tried([0, 0, 0, 1], [0, 1, 1, 1], [True, True, False, False])
    assert (made.n.sum(), made.k.sum()) == (2, 1)


def test_visits_that_did_not_ask_are_no_trial():
    made = tried([0, 1], [0, 1], [False, False], asked=[True, False])
    assert made.n.sum() == 1


def test_stations_without_a_point_are_left_out():
    given = observed([0, 1], [0, 1])
    nowhere = trials.Observed(
        np.array([np.nan, 70.3, 70.6, 70.9]), given.lat, given.area, given.station, given.team
    )
    answers = trials.Answers(np.array([True, True]), np.array([True, False]))
    made = trials.trials_of(trials.ground_of(nowhere, [answers]), answers)
    assert (made.ground.station.tolist(), made.n.sum(), made.k.sum()) == ([1], 1, 0)


def test_a_visit_of_an_unknown_station_is_left_out():
    assert tried([-1, 0], [0, 0], [True, False]).n.sum() == 1


def lost(made):
    groups = made.groups()
    return groups.lost_n.toarray().sum(axis=0).tolist(), groups.lost_k.toarray().sum(axis=0).tolist()


def test_a_station_is_lost_to_a_team_that_alone_was_there():
    # team 0 at stations 0 and 1, team 1 at 1 and 2
    lost_n, lost_k = lost(tried([0, 1, 1, 2], [0, 0, 1, 1], [True, True, False, True]))
    assert lost_n[:2] == [1, 1]
    assert lost_k[:2] == [2, 1]  # at station 1 only team 0 has a finding


def test_a_finding_two_teams_have_is_lost_to_neither():
    _, lost_k = lost(tried([0, 0, 1, 2], [0, 1, 0, 1], [True, True, False, False]))
    assert sum(lost_k) == 0


def test_observers_of_one_station_each_are_left_out_by_the_ground_they_stand_on():
    near = trials.Observed(
        lon=np.array([70.0, 70.0001, 70.9]), lat=np.full(3, 50.0), area=np.zeros(3, dtype=np.int64),
        station=np.arange(3), team=np.arange(3),
    )  # fmt: skip
    answers = trials.Answers(np.ones(3, dtype=bool), np.array([True, True, False]))
    made = trials.trials_of(trials.ground_of(near, [answers]), answers)
    assert sorted(one for one in lost(made)[0] if one) == [1, 2]
    assert made.observers == 3


def test_another_area_is_other_ground():
    near = trials.Observed(
        lon=np.array([70.0, 70.0001]), lat=np.full(2, 50.0), area=np.array([0, 1]), station=np.arange(2),
        team=np.full(2, -1),
    )  # fmt: skip
    answers = trials.Answers(np.ones(2, dtype=bool), np.ones(2, dtype=bool))
    assert sorted(lost(trials.trials_of(trials.ground_of(near, [answers]), answers))[0])[-2:] == [1, 1]


def test_where_nobody_is_named_every_station_has_an_observer_of_its_own():
    assert tried([0, 0, 1, 2], [-1, -1, -1, -1], [True] * 4).observers == 3


def test_parents_are_those_of_h3():
    rng = np.random.default_rng(0)
    cells = grid.cell_of(rng.uniform(-180, 180, 200), rng.uniform(-90, 90, 200), 7)
    for resolution in (0, 3, 6, 7):
        expected = [h3.cell_to_parent(h3.int_to_str(cell), resolution) for cell in cells.tolist()]
        assert grid.to_text(trials.parents(cells, resolution)) == expected


def places(seed, number=400):
    """Stations crowded around one town and thin elsewhere, in three areas."""
    rng = np.random.default_rng(seed)
    town = rng.normal([70.0, 50.0], 0.05, (number // 2, 2))
    lon, lat = np.vstack([town, rng.uniform([66, 47], [74, 53], (number - number // 2, 2))]).T
    return rng.integers(0, 3, number), grid.cell_of(lon, lat, trials.FINEST)


@given(st.integers(0, 20), st.integers(20, 500))
def test_leaves_are_at_most_so_many_and_none_spans_two_areas(seed, most):
    area, cell = places(seed)
    leaf = trials.leaf_of_station(area, cell, most)
    assert leaf.max() + 1 <= max(
        most, len(set(zip(area.tolist(), trials.parents(cell, trials.COARSEST).tolist(), strict=True)))
    )
    assert len(set(zip(area.tolist(), leaf.tolist(), strict=True))) == leaf.max() + 1


def test_a_city_is_cut_finely_and_a_steppe_is_not():
    area, cell = places(1)
    leaf = trials.leaf_of_station(np.zeros_like(area), cell, 60)
    assert len(np.unique(leaf[:200])) >= 8
    _, held = np.unique(leaf, return_counts=True)
    assert np.median(held[leaf[200:]]) >= 3


def test_leaves_do_not_depend_on_the_order_of_stations():
    area, cell = places(2)
    turned = np.random.default_rng(0).permutation(len(area))
    leaf, other = (
        trials.leaf_of_station(area, cell, 80),
        trials.leaf_of_station(area[turned], cell[turned], 80),
    )
    assert len(set(zip(leaf[turned].tolist(), other.tolist(), strict=True))) == leaf.max() + 1


def test_many_stations_in_one_place_keep_the_circles_few():
    rng = np.random.default_rng(3)
    number = 6_000
    given = trials.Observed(
        lon=rng.uniform(70, 71, number), lat=rng.uniform(50, 51, number),
        area=np.zeros(number, dtype=np.int64), station=np.arange(number), team=np.full(number, -1),
    )  # fmt: skip
    answers = trials.Answers(np.ones(number, dtype=bool), np.zeros(number, dtype=bool))
    ground = trials.ground_of(given, [answers])
    assert len(ground.circles.leaf) <= trials.MOST_ENTRIES
    assert len(ground.points) > 100


def test_leaves_on_both_sides_of_the_antimeridian_are_neighbours():
    given = trials.Observed(
        lon=np.array([179.9, -179.9]), lat=np.full(2, 65.0), area=np.array([0, 1]), station=np.arange(2),
        team=np.full(2, -1),
    )  # fmt: skip
    answers = trials.Answers(np.ones(2, dtype=bool), np.ones(2, dtype=bool))
    circles = trials.ground_of(given, [answers]).circles
    assert circles.radius.max() < 10_000
    assert len(circles.leaf) == 4
