"""Tables of regions: all or nothing, those that would tell too little together."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.publication import partition as cut
from geo.publication.partition import Rule
from geo.publication.pools import tables
from geo.publication.visit_facts import (
    FactColumn,
    VisitFacts,
    category_columns,
    day_columns,
    stage_columns,
    stations_by,
)
from tests.geo.publication import small_missions as small
from tests.geo.publication.test_partition import missions

PLAIN = Rule(5, 1, 0)


def facts(rows):
    """Visits given as (station, team, stage); every form asks everything."""
    station, team, stage = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    n = len(station)
    true, every = np.ones(n, dtype=bool), np.ones((n, 3), dtype=bool)
    asked = np.full((n, 1), 7, dtype=np.uint64)
    return VisitFacts(
        station, team, stage, true, every, ~every, asked, asked * np.uint64(0), true, ~true,
        np.full(n, -1), np.full(n, -1), np.empty((n, 0), dtype=np.int64),
    )  # fmt: skip


def told(sizes, rows, rule=PLAIN):
    """The tables of regions of so many stations each, numbered through."""
    region = np.repeat(np.arange(len(sizes)), sizes)
    made = small.Mission(
        region, np.full(len(region), -1), np.zeros(len(region), dtype=np.uint64), facts(rows), rule
    )  # fmt: skip
    _leaves, parts, _finest, shown = small.released(made)
    return parts, shown


def visits(region, stations, stage, each=20):
    return [(region * each + one, one, stage) for one in range(stations)]


def test_a_region_shows_its_stages_if_each_stage_with_a_visit_passes():
    rows = visits(0, 9, 2) + visits(0, 6, 1) + visits(1, 8, 2)
    _, shown = told([20, 20], rows)
    assert shown.stages.tolist() == [True, True, True]


def test_a_region_with_two_stations_at_opening_is_pooled_and_the_smallest_other_joins():
    rows = visits(0, 9, 2) + visits(0, 2, 1) + visits(1, 8, 2) + visits(1, 6, 1) + visits(2, 12, 2)
    _, shown = told([20, 20, 20], rows)
    assert shown.stages.tolist() == [True, False, False, True]


def test_a_pool_that_passes_by_itself_needs_nobody_else():
    rows = visits(0, 9, 2) + visits(0, 3, 1) + visits(1, 8, 2) + visits(1, 3, 1) + visits(2, 12, 2)
    _, shown = told([20, 20, 20], rows)
    assert shown.stages.tolist() == [True, False, False, True]
    rows += visits(2, 7, 1)
    assert told([20, 20, 20], rows)[1].stages.tolist() == [True, False, False, True]


def test_where_a_stage_of_the_country_does_not_pass_no_stage_is_told():
    rows = visits(0, 9, 2) + visits(0, 2, 1) + visits(1, 8, 2)
    _, shown = told([20, 20], rows)
    assert not shown.stages.any()


def test_a_category_two_forms_asked_about_is_told_nowhere():
    rows = visits(0, 9, 2) + visits(1, 8, 2)
    made = facts(rows)
    made.categories_asked[2:] = 3
    region = np.repeat([0, 1], 20)
    mission = small.Mission(
        region, np.full(40, -1), np.zeros(40, dtype=np.uint64), made, Rule(5, 1, 0)
    )  # fmt: skip
    assert small.released(mission)[3].categories_shown == (0, 1)


def test_what_a_region_does_not_tell_none_of_its_patches_tells():
    rng = np.random.default_rng(5)
    for _ in range(40):
        made = small.mission(
            rng, 120, 4, Rule(5, 1, 1), is_static=False, share=0.6, forms="stage"
        )  # fmt: skip
        _, parts, _, shown = small.released(made)
        inner = parts.parent >= 0
        assert (shown.day[parts.parent[inner]] | ~shown.day[inner]).all()


def test_where_single_stations_are_public_everything_is_told():
    _, shown = told([3, 20], visits(0, 2, 1, 3), Rule(5, 1, 0, merges_areas=False))
    assert shown.day.all()
    assert shown.stages.all()


@given(missions, st.sampled_from(["day", "categories", "stages"]))
def test_every_difference_of_a_table_is_nobody_or_enough(made, name):
    """A unit shown, and what is left of its parent without all parts shown, passes in every column."""
    _leaves, parts, finest, shown = small.released(made)
    columns = {
        "day": shown.columns,
        "categories": category_columns(shown.categories_shown),
        "stages": stage_columns(),
    }[name]
    mask = getattr(shown, name)
    for node in np.flatnonzero(mask).tolist():
        inner = np.flatnonzero(parts.parent == node)
        for column in columns:
            rest = total(made, parts, finest, node, column)
            for part in inner[mask[inner]].tolist():
                count = total(made, parts, finest, part, column)
                assert count == 0 or count >= made.rule.stations
                rest -= count
            assert rest == 0 or rest >= made.rule.stations


def total(made, parts, finest, unit, column):
    inside = np.full(len(finest), -1)
    here = finest.copy()
    for _ in range(5):
        inside[here == unit] = 0
        here = np.where(here >= 0, np.append(parts.parent, -1)[here], -1)
    return int(stations_by(made.facts, column, inside, 1)[0])


@given(missions)
def test_stages_are_told_nowhere_that_categories_are_not_and_categories_nowhere_that_the_day_is_not(made):
    _, _, _, shown = small.released(made)
    assert (shown.day | ~shown.categories).all()
    assert (shown.categories | ~shown.stages).all()


def test_the_day_is_counted_by_stations_and_by_every_severity():
    assert day_columns() == [
        FactColumn("seen"),
        *(FactColumn("asked", 0, severity) for severity in range(3)),
        FactColumn("rated"),
    ]


def test_a_station_with_six_forms_is_one_station():
    made = facts([(0, 0, stage) for stage in (1, 2, 2, 3, 4, 4)])
    assert stations_by(made, FactColumn("seen"), np.zeros(1, dtype=np.int64), 1).tolist() == [1]


def test_a_mission_that_fails_as_a_country_tells_nothing():
    parts, shown = told([20, 20], visits(0, 2, 2))
    assert parts.state.tolist() == [cut.FAILS]
    assert not tables(facts(visits(0, 2, 2)), facts(visits(0, 2, 2)), np.zeros(40, dtype=np.int64), parts,
                      Rule(5, 1, 0), [0]).day.any()  # fmt: skip
    assert not shown.day.any()
