"""Later releases: what changed must itself be enough to be told."""

from dataclasses import replace

import numpy as np

from geo.publication import partition as cut
from geo.publication.differencing import Shown, carried, carried_turnout, group_of_stations
from geo.publication.partition import Rule
from geo.publication.pools import tables
from geo.publication.visit_facts import FactColumn, joined, stations_by
from tests.geo.publication.test_pools import facts, visits

RULE = Rule(5, 1, 0)
REGION = np.repeat([0, 1], 20)
LEAVES = cut.leaves(REGION, np.full(40, -1), np.zeros(40, dtype=np.uint64))


def released(made, earlier=(), rule=RULE, number=0):
    """One more release: its units, what it counts, and what it leaves behind for the next."""
    counted = carried(made, 40, earlier, rule, number, range(3))
    if earlier:
        before = cut.Earlier(*earlier[-1].tree, earlier[-1].unit[np.searchsorted(REGION, [0, 1])])
        parts = cut.refined(LEAVES, counted.day.station, counted.day.team, rule, before)
    else:
        parts = cut.partition(LEAVES, counted.day.station, counted.day.team, rule)
    finest = parts.finest[LEAVES.of_station]
    shown = tables(counted.day, counted.table, finest, parts, rule, range(3))
    return parts, counted, shown, finest


class Told(Shown):
    """A release with its tree of units."""

    __slots__ = ("tree",)


def kept(parts, counted, shown, finest):
    told = Told(
        counted.day, counted.table, counted.day, finest, group_of_stations(finest, parts, shown.categories),
        counted.day_release, counted.table_release,
    )  # fmt: skip
    object.__setattr__(told, "tree", (parts.parent, parts.level))
    return told


def seen(counted, region):
    return int(stations_by(counted.day, FactColumn("seen"), np.where(region == REGION, 0, -1), 1)[0])


def test_the_first_release_tells_what_there_is():
    parts, counted, _, _ = released(facts(visits(0, 9, 2) + visits(1, 8, 2)))
    assert parts.visited.tolist() == [17, 9, 8]
    assert not counted.day_held.any()


def test_three_more_stations_are_not_told_yet():
    first = released(facts(visits(0, 9, 2) + visits(1, 8, 2)))
    parts, counted, _, _ = released(facts(visits(0, 12, 2) + visits(1, 8, 2)), [kept(*first)], number=1)
    assert parts.visited.tolist() == [17, 9, 8]
    assert counted.day_held.tolist() == [True] * 20 + [False] * 20
    assert counted.day_release.tolist() == [0] * 20 + [1] * 20


def test_five_more_stations_are_told_and_their_country_with_them():
    first = released(facts(visits(0, 9, 2) + visits(1, 8, 2)))
    parts, counted, _, _ = released(facts(visits(0, 14, 2) + visits(1, 10, 2)), [kept(*first)], number=1)
    assert parts.visited.tolist() == [22, 14, 8]
    assert seen(counted, 1) == 8


def test_what_two_small_steps_add_up_to_is_told_in_the_end():
    first = kept(*released(facts(visits(0, 9, 2) + visits(1, 8, 2))))
    second = kept(*released(facts(visits(0, 12, 2) + visits(1, 8, 2)), [first], number=1))
    parts, _, _, _ = released(facts(visits(0, 14, 2) + visits(1, 8, 2)), [first, second], number=2)
    assert parts.visited.tolist() == [22, 14, 8]


def test_going_back_and_forth_does_not_show_one_station():
    first = kept(*released(facts(visits(0, 9, 2) + visits(1, 8, 2))))
    second = kept(*released(facts(visits(0, 14, 2) + visits(1, 8, 2)), [first], number=1))
    parts, _, _, _ = released(facts(visits(0, 10, 2) + visits(1, 8, 2)), [first, second], number=2)
    assert parts.visited.tolist() == [22, 14, 8]


def test_one_finding_more_is_not_told_alone():
    made = facts(visits(0, 9, 2) + visits(1, 8, 2))
    first = kept(*released(made))
    more = made.taken(np.arange(len(made)))
    more.found[0] = True
    _, counted, _, _ = released(more, [first], number=1)
    assert not counted.day.found.any()


def test_a_stage_two_stations_add_to_stays_as_it_was():
    made = facts(visits(0, 9, 2) + visits(0, 6, 1) + visits(1, 8, 2))
    first = kept(*released(made))
    more = joined(made, facts([(6, 6, 1), (7, 7, 1)]))
    _, counted, _, _ = released(more, [first], number=1)
    assert counted.table_held.tolist() == [True] * 20 + [False] * 20


def test_a_unit_is_split_once_all_its_parts_pass():
    first = released(facts(visits(0, 3, 2) + visits(1, 8, 2)))
    assert first[0].visited.tolist() == [11]
    parts, _, _, _ = released(facts(visits(0, 9, 2) + visits(1, 8, 2)), [kept(*first)], number=1)
    assert parts.visited.tolist() == [17, 9, 8]


def test_a_unit_is_not_split_by_what_cannot_be_told_yet():
    first = released(facts(visits(0, 4, 2) + visits(1, 8, 2)))
    parts, _, _, _ = released(facts(visits(0, 5, 2) + visits(1, 8, 2)), [kept(*first)], number=1)
    assert parts.visited.tolist() == [12]


def test_where_single_stations_are_public_every_change_is_told():
    open_to_all = Rule(5, 1, 0, merges_areas=False)
    first = released(facts(visits(0, 9, 2)), rule=open_to_all)
    parts, _, _, _ = released(facts(visits(0, 10, 2)), [kept(*first)], open_to_all, 1)
    assert parts.visited.tolist() == [10, 10, 0]


def forms(voters, teams=5):
    """A form of the count of each station, with so many voters of a hundred."""
    made = facts([(one, one % teams, 4) for one in range(len(voters))])
    return replace(made, registered=np.full(len(voters), 100), voted=np.array(voters, dtype=np.int64))


def test_a_turnout_one_station_changed_stays_as_it_was_told():
    first, later = forms([40] * 10), forms([40] * 9 + [41])
    assert carried_turnout(later, [first], RULE) is first


def test_a_turnout_five_stations_changed_is_told_anew():
    first, later = forms([40] * 10), forms([40] * 15)
    assert carried_turnout(later, [first], RULE) is later


def test_a_turnout_one_team_changed_stays_as_it_was_told():
    first, later = forms([40] * 10, teams=1), forms([40] * 15, teams=1)
    assert carried_turnout(later, [first], Rule(5, 2, 0)) is first


def test_a_turnout_that_changed_back_but_for_one_station_is_compared_with_the_first_as_well():
    first, second, third = forms([40] * 10), forms([40] * 5 + [50] * 5), forms([40] * 9 + [41])
    assert carried_turnout(third, [first, second], RULE) is second


def test_a_turnout_is_not_compared_with_a_release_that_told_none():
    told_none, later = forms([]), forms([40] * 11)
    assert carried_turnout(later, [forms([40] * 5), told_none], RULE) is later
    assert carried_turnout(later, [told_none], RULE) is later
