"""Nobody can work out anything exact about fewer stations or teams than the rule asks: all tables jointly."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.publication import partition as cut
from geo.publication.differencing import (
    Shown,
    carried,
    carried_turnout,
    fixed_units,
    group_of_stations,
)
from geo.publication.partition import Rule
from geo.publication.pools import Tables, tables, turnout_passes
from geo.publication.visit_facts import FactColumn, joined, stations_by
from tests.geo.publication import small_missions as small
from tests.geo.publication.lp_oracle import Oracle, Statement
from tests.geo.publication.test_pools import facts

# Small numbers, so that the programs are; the rule scales with them.
TURNOUT = FactColumn("turnout")
MOBILE, STATIC = Rule(2, 1, 1), Rule(2, 2, 2)


def groups_of(made, leaves, finest):
    """Single stations, cells in areas, areas, and units: what somebody might want to know of."""
    found = [[one] for one in range(len(made.region))]
    for labels in (leaves.of_station, made.region, made.district, finest):
        found += [np.flatnonzero(labels == one).tolist() for one in np.unique(labels).tolist()]
    return [list(group) for group in sorted({tuple(group) for group in found})]


def worked_out(made):
    """What a reader of a mission's only release can work out, of what nobody should."""
    leaves, parts, finest, told = small.released(made)
    zero = np.zeros(len(finest), dtype=np.int64)
    published = small.statements(
        made.facts, made.facts, finest, parts, told, of_day=zero, of_stages=zero, rule=made.rule
    )  # fmt: skip
    targets = small.too_telling(made.facts, made.rule, groups_of(made, leaves, finest), 0)
    return Oracle(len(finest), 1, small.SEVERITY).worked_out(published, targets, [made.facts], finest)


def missions(is_static, stations=14):
    return st.builds(
        lambda seed, stations, regions, share, districts, forms: small.mission(
            np.random.default_rng(seed), stations, regions, STATIC if is_static else MOBILE,
            is_static=is_static, share=share, districts=districts, forms=forms,
        ),
        seed=st.integers(0, 10_000), stations=st.integers(6, stations), regions=st.integers(1, 3),
        share=st.floats(0.2, 1), districts=st.booleans(), forms=st.sampled_from(["all", "stage"]),
    )  # fmt: skip


few = settings(max_examples=4, suppress_health_check=list(HealthCheck))
many = settings(max_examples=50, suppress_health_check=list(HealthCheck))


@pytest.mark.capability("Nobody can work out a small number", page="publication")
@given(missions(is_static=True))
@few
def test_nothing_can_be_worked_out_of_observers_who_stay(made):
    assert worked_out(made) == []


@given(missions(is_static=False))
@few
def test_nothing_can_be_worked_out_of_teams_that_move(made):
    assert worked_out(made) == []


@pytest.mark.slow
@given(missions(is_static=True, stations=18))
@many
def test_nothing_can_be_worked_out_of_fifty_static_missions(made):
    assert worked_out(made) == []


@pytest.mark.slow
@given(missions(is_static=False, stations=18))
@many
def test_nothing_can_be_worked_out_of_fifty_mobile_missions(made):
    assert worked_out(made) == []


def series_worked_out(made, seed, releases):
    """What a reader who kept every release can work out, changes between them included."""
    rng = np.random.default_rng(seed)
    size, leaves, rule = len(made.region), made.leaves(), made.rule
    everything, seen, earlier, published, targets, parts = made.facts, [], [], [], [], None
    of_forms = np.zeros(size, dtype=np.int64)
    for number in range(releases):
        if number:
            more = small.visits(rng, size, is_static=rule is STATIC, share=rng.uniform(0.1, 0.5), forms="all")
            everything = joined(everything, more)
        counted = carried(everything, size, earlier, rule, number, range(3))
        day = counted.day
        if number:
            fixed = np.zeros(len(parts), dtype=bool)
            known = fixed_units(earlier)
            fixed[: len(known)] = known
            before = cut.Earlier(parts.parent, parts.level, parts.finest, fixed)
            parts = cut.refined(leaves, day.station, day.team, rule, before)
        else:
            parts = cut.partition(leaves, day.station, day.team, rule)
        finest = parts.finest[leaves.of_station]
        told = tables(day, counted.table, finest, parts, rule, range(3))
        forms = carried_turnout(small.forms_of(day, size), [one.turnout for one in earlier], rule)
        if not earlier or forms is not earlier[-1].turnout:
            of_forms = counted.day_release
        published += small.statements(
            day,
            counted.table,
            finest,
            parts,
            told,
            of_day=counted.day_release,
            of_stages=counted.table_release,
            rule=rule,
            turnout=(forms, of_forms),
        )
        is_told = parts.state[0] != cut.FAILS and turnout_passes(day, forms.station, rule)
        forms = forms if is_told else forms.taken(forms.station < 0)
        group = group_of_stations(finest, parts, told.categories)
        earlier.append(
            Shown(day, counted.table, forms, finest, group, counted.day_release, counted.table_release)
        )  # fmt: skip
        groups = groups_of(made, leaves, finest)
        targets += small.too_telling(everything, rule, groups, number)
        targets += changes(everything, seen, rule, groups, number)
        seen.append(everything)
    return Oracle(size, releases, small.SEVERITY).worked_out(published, targets, seen, finest)


def changes(now, before, rule, groups, number):
    """How many stations of a group are new in a column since an earlier release, where they are too few."""
    found = []
    for since, old in enumerate(before):
        for group in groups:
            inside = np.full(int(max(group)) + 1, -1)
            inside[group] = 0
            columns = FactColumn("seen"), FactColumn("asked", 0, 0), FactColumn("seen", 2), TURNOUT
            for column in columns:
                more, fewer = (
                    int(stations_by(one.taken(one.station < len(inside)), column, inside, 1)[0])
                    for one in (now, old)
                )
                if 0 < more - fewer < rule.stations:
                    releases = ((number,) * len(group), (since,) * len(group))
                    found.append(
                        Statement(tuple(group), releases[0], column, more - fewer, False, releases[1])
                    )
    return found


@given(missions(is_static=False, stations=12), st.integers(0, 10_000))
@settings(few, max_examples=3)
def test_nothing_can_be_worked_out_of_two_releases_of_teams_that_move(made, seed):
    assert series_worked_out(made, seed, 2) == []


@pytest.mark.slow
@given(missions(is_static=False, stations=14), st.integers(0, 10_000), st.integers(2, 3))
@settings(many, max_examples=25)
def test_nothing_can_be_worked_out_of_many_series_of_mobile_releases(made, seed, releases):
    assert series_worked_out(made, seed, releases) == []


@pytest.mark.slow
@given(missions(is_static=True, stations=14), st.integers(0, 10_000), st.integers(2, 3))
@settings(many, max_examples=25)
def test_nothing_can_be_worked_out_of_many_series_of_static_releases(made, seed, releases):
    assert series_worked_out(made, seed, releases) == []


def two_regions(rows):
    region = np.repeat([0, 1], 10)
    none = np.full(20, -1)
    return small.Mission(region, none, np.zeros(20, dtype=np.uint64), facts(rows), Rule(3, 1, 0))


OPENINGS = [(0, 0, 1), (1, 1, 1), (10, 10, 1), (11, 11, 1)]
VOTING = [(one, one, 2) for one in (*range(5), *range(10, 16))]


def published_by_hand(made, stages_of_regions, visits_of_regions):
    """Figures as an edition would publish them that protects each table by itself."""
    leaves, parts, finest, told = small.released(made)
    stages = np.array([True, stages_of_regions, stages_of_regions])
    loose = Tables(told.day, told.categories, stages, told.columns, told.categories_shown)
    zero = np.zeros(20, dtype=np.int64)
    found = small.statements(
        made.facts, made.facts, finest, parts, loose, of_day=zero, of_stages=zero, rule=made.rule
    )
    if visits_of_regions:
        for region, count in ((0, 7), (1, 8)):
            at = tuple(np.flatnonzero(made.region == region).tolist())
            found.append(Statement(at, (0,) * len(at), FactColumn("seen"), count, True))
    targets = small.too_telling(made.facts, made.rule, groups_of(made, leaves, finest), 0)
    return Oracle(20, 1, small.SEVERITY).worked_out(found, targets, [made.facts], finest)


def test_the_oracle_finds_visits_that_tell_a_stage():
    # the first edition: stages of a region are protected, its number of visits is not
    exact = published_by_hand(two_regions(VOTING + OPENINGS), False, True)
    assert Statement(tuple(range(10)), (0,) * 10, FactColumn("seen", 1), 2) in exact


def test_the_oracle_finds_a_stage_that_is_told_of_two_stations():
    assert published_by_hand(two_regions(VOTING + OPENINGS), True, False) != []


def test_one_mask_for_stations_stages_and_visits_tells_neither():
    assert worked_out(two_regions(VOTING + OPENINGS)) == []


def test_the_oracle_finds_five_of_five():
    made = two_regions([(one, one, 2) for one in (*range(10), *range(10, 16))])
    assert {one.stations for one in worked_out(made) if one.column == FactColumn("seen")} >= {(0,), (9,)}
    made.rule = Rule(3, 1, 3)
    assert worked_out(made) == []


def test_the_oracle_finds_an_assessment_that_is_told_of_one_station():
    made = two_regions(VOTING)
    zero = np.zeros(20, dtype=np.int64)
    leaves, parts, finest, told = small.released(made)
    figures = small.statements(
        made.facts, made.facts, finest, parts, told, of_day=zero, of_stages=zero, rule=made.rule
    )
    rated = made.facts.rated & (made.facts.station == 3)
    made.facts = replace(made.facts, negative=rated)
    all_of = (tuple(range(20)), zero.tolist())
    figures = [one for one in figures if one.column.kind != "negative"]
    figures += [
        Statement(all_of[0], tuple(all_of[1]), FactColumn("negative"), 1),
        Statement(tuple(one for one in range(20) if one != 3), (0,) * 19, FactColumn("negative"), 0),
    ]
    targets = small.too_telling(made.facts, made.rule, groups_of(made, leaves, finest), 0)
    exact = Oracle(20, 1, small.SEVERITY).worked_out(figures, targets, [made.facts], np.arange(20))
    assert Statement((3,), (0,), FactColumn("negative"), 1) in exact
