"""The nested partition: every unit shown passes, nothing depends on the order of rows, little is lost."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.publication import partition as cut
from geo.publication.partition import COUNTRY, FAILS, NOT_OBSERVED, PASSES, PATCH, REGION, Rule
from tests.geo.publication import small_missions as small

NO_POINT = np.uint64(0)


def units_of(regions, visited, rule, *, district=None, cell=None, borders=None, teams=None):
    """Units of stations given by their region; `visited`: positions; each with a team of its own."""
    region = np.array(regions, dtype=np.int64)
    none = np.full(len(region), -1, dtype=np.int64)
    leaves = cut.leaves(
        region,
        none if district is None else np.array(district, dtype=np.int64),
        np.zeros(len(region), dtype=np.uint64) if cell is None else np.array(cell, dtype=np.uint64),
    )
    station = np.array(visited, dtype=np.int64)
    team = station if teams is None else np.array(teams, dtype=np.int64)
    parts = cut.partition(leaves, station, team, rule, borders)
    return leaves, parts


def described(leaves, parts):
    """Every innermost unit by the regions, cells and stations it holds: comparable between missions."""
    of_station = parts.finest[leaves.of_station]
    return sorted(
        (
            sorted({int(r) for r in leaves.region[parts.finest == unit]}),
            int(parts.visited[unit]),
            int(parts.stations[unit]),
            int((of_station == unit).sum()),
        )
        for unit in np.unique(of_station).tolist()
    )


def test_regions_that_pass_stand_as_they_are():
    _, parts = units_of([0] * 10 + [1] * 10, [*range(5), *range(10, 16)], Rule(5, 1, 0))
    assert parts.level.tolist() == [COUNTRY, REGION, REGION]
    assert parts.visited.tolist() == [11, 5, 6]


def test_four_stations_are_told_with_another_region():
    _, parts = units_of(
        [0] * 10 + [1] * 10 + [2] * 10, [*range(4), *range(10, 16), *range(20, 27)], Rule(5, 1, 0)
    )
    assert parts.visited.tolist() == [17, 10, 7]


def test_a_region_is_merged_with_the_bordering_one_of_fewest_visited_stations():
    borders = np.array([[0, 2], [0, 1]])
    regions = [0] * 10 + [1] * 20 + [2] * 20 + [3] * 20
    visited = [*range(4), *range(10, 19), *range(30, 38), *range(50, 55)]
    leaves, parts = units_of(regions, visited, Rule(5, 1, 0), borders=borders)
    assert parts.finest[leaves.of_station][0] == parts.finest[leaves.of_station][30]


def test_without_a_border_the_smallest_region_is_taken():
    regions = [0] * 10 + [1] * 20 + [2] * 20
    leaves, parts = units_of(regions, [*range(4), *range(10, 19), *range(30, 36)], Rule(5, 1, 0))
    assert parts.finest[leaves.of_station][0] == parts.finest[leaves.of_station][30]


def test_a_region_nobody_visited_is_told_as_not_observed_and_stands():
    _, parts = units_of([0] * 10 + [1] * 10, range(6), Rule(5, 1, 0))
    assert parts.state.tolist() == [PASSES, PASSES, NOT_OBSERVED]


def test_a_region_of_four_stations_reads_the_same_visited_or_not():
    regions = [0] * 4 + [1] * 20 + [2] * 20
    alone = described(*units_of(regions, [*range(4, 14), *range(24, 30)], Rule(5, 1, 0)))
    with_two = described(*units_of(regions, [0, 1, *range(4, 14), *range(24, 28)], Rule(5, 1, 0)))
    assert [one[0] for one in alone] == [one[0] for one in with_two]


def test_a_tiny_region_nobody_visited_does_not_go_where_nobody_was():
    # with whom it is merged must not tell whether it was visited
    borders = np.array([[0, 1], [0, 2]])
    leaves, parts = units_of([0] * 2 + [1] * 20 + [2] * 20, range(2, 12), Rule(5, 1, 0), borders=borders)
    assert parts.finest[leaves.of_station][0] == parts.finest[leaves.of_station][2]


def test_two_teams_are_not_enough_where_three_are_asked():
    teams = [0, 1, 0, 1, 0, 1, *range(10, 17)]
    _, parts = units_of(
        [0] * 10 + [1] * 10, [*range(6), *range(10, 17)], Rule(5, 3, 0), teams=teams
    )  # fmt: skip
    assert len(parts) == 1


def test_a_few_teams_are_counted_exactly_for_the_label():
    teams = [0, 1, 0, 1, 0, 1, *range(10, 17)]
    _, parts = units_of([0] * 10 + [1] * 10, [*range(6), *range(10, 17)], Rule(5, 1, 0), teams=teams)
    assert parts.teams.tolist() == [3, 2, 3]


def test_where_no_team_is_named_stations_alone_decide():
    _, parts = units_of([0] * 10 + [1] * 10, [*range(5), *range(10, 15)], Rule(5, 0, 0), teams=[-1] * 10)
    assert parts.visited.tolist() == [10, 5, 5]


def test_five_of_five_static_observers_are_told_with_others():
    visited = [*range(5), *range(5, 11)]
    _, parts = units_of([0] * 5 + [1] * 20, visited, Rule(5, 1, 5))
    assert len(parts) == 1
    _, parts = units_of([0] * 5 + [1] * 20, visited, Rule(5, 1, 0))
    assert len(parts) == 3


def test_five_of_five_may_be_told_with_a_region_nobody_visited():
    borders = np.array([[0, 1]])
    regions = [0] * 5 + [1] * 20 + [2] * 20
    _, parts = units_of(regions, [*range(5), *range(25, 31)], Rule(5, 1, 5), borders=borders)
    assert parts.visited.tolist() == [11, 5, 6]
    assert parts.stations.tolist() == [45, 25, 20]


def test_a_mission_with_too_few_stations_in_all_fails_as_a_country():
    _, parts = units_of([0] * 10 + [1] * 10, [0, 1, 10], Rule(5, 1, 0))
    assert parts.state.tolist() == [FAILS]


def test_nothing_visited_at_all_is_one_unit_not_observed():
    _, parts = units_of([0] * 10 + [1] * 10, [], Rule(5, 1, 0))
    assert parts.state.tolist() == [NOT_OBSERVED]


def test_where_single_stations_are_public_no_area_is_merged():
    _, parts = units_of([0] * 3 + [1] * 10, [0, 3], Rule(5, 1, 0, merges_areas=False))
    assert parts.visited.tolist() == [2, 1, 1]
    assert parts.state.tolist() == [PASSES] * 3


def test_a_region_told_in_patches_takes_in_what_is_merged_with_it():
    near = np.sort(small.CELLS)[:2]
    cell = [near[0]] * 10 + [near[1]] * 10 + [NO_POINT] * 6
    _leaves, parts = units_of(
        [0] * 20 + [1] * 6, [*range(6), *range(10, 17), 20], Rule(5, 1, 0), cell=cell
    )  # fmt: skip
    assert parts.visited.tolist() == [14, 7, 7]
    assert set(parts.level[parts.finest].tolist()) <= {REGION, PATCH}


def test_districts_stand_between_regions_and_patches():
    district = [10] * 10 + [11] * 10 + [12] * 10
    _, parts = units_of(
        [0] * 20 + [1] * 10, [*range(6), *range(10, 16), *range(20, 26)], Rule(5, 1, 0), district=district
    )  # fmt: skip
    assert parts.level.tolist() == [0, 1, 1, 2, 2]


def test_stations_without_a_point_join_a_unit_of_their_area():
    cell = [small.CELLS[0]] * 10 + [small.CELLS[9]] * 10 + [NO_POINT] * 3
    _leaves, parts = units_of([0] * 23, [*range(6), *range(10, 16), 20, 21], Rule(5, 1, 0), cell=cell)
    assert parts.stations[parts.finest].min() >= 10


missions = st.builds(
    lambda seed, stations, regions, share, static, districts: small.mission(
        np.random.default_rng(seed),
        stations,
        regions,
        Rule(5, 3, 5) if static else Rule(5, 1, 1),
        is_static=static,
        share=share,
        districts=districts,
    ),
    seed=st.integers(0, 10_000),
    stations=st.integers(1, 150),
    regions=st.integers(1, 6),
    share=st.floats(0, 1),
    static=st.booleans(),
    districts=st.booleans(),
)


def parts_of(made, borders=None):
    leaves = made.leaves()
    seen = made.facts.taken(made.facts.seen)
    return leaves, cut.partition(leaves, seen.station, seen.team, made.rule, borders)


@given(missions)
def test_every_unit_below_the_country_passes_or_is_not_observed(made):
    _leaves, parts = parts_of(made)
    rule = made.rule
    assert (parts.state[1:] != FAILS).all()
    told = parts.state == PASSES
    assert (parts.visited[told] >= rule.stations).all()
    assert (parts.teams[told] >= rule.teams).all()
    assert ((parts.stations - parts.visited)[told] >= rule.spare).all()
    unseen = parts.state == NOT_OBSERVED
    assert (parts.visited[unseen] == 0).all()
    assert (parts.stations[unseen] >= rule.stations).all()


@given(missions)
def test_units_nest_and_tile_the_country(made):
    leaves, parts = parts_of(made)
    finest = parts.finest[leaves.of_station]
    assert not parts.has_parts[finest].any()
    visited = np.zeros(len(finest), dtype=bool)
    visited[made.facts.station] = True
    counted = np.bincount(finest, minlength=len(parts)), np.bincount(finest[visited], minlength=len(parts))
    for unit in range(len(parts) - 1, 0, -1):
        for count in counted:
            count[parts.parent[unit]] += count[unit]
    assert counted[0].tolist() == parts.stations.tolist()
    assert counted[1].tolist() == parts.visited.tolist()


@given(missions, st.integers(0, 10_000))
def test_the_order_of_rows_does_not_matter(made, seed):
    _leaves, parts = parts_of(made)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(made.region))
    place = np.argsort(order)
    rows = rng.permutation(len(made.facts))
    facts = made.facts.taken(rows)
    other = cut.leaves(made.region[order], made.district[order], made.cell[order])
    again = cut.partition(other, place[facts.station], facts.team, made.rule)
    assert again.finest.tolist() == parts.finest.tolist()
    assert again.visited.tolist() == parts.visited.tolist()


@given(missions)
def test_with_whom_a_region_is_told_does_not_hang_on_the_names_of_teams(made):
    leaves, parts = parts_of(made)
    shifted = cut.partition(leaves, made.facts.station, made.facts.team + 7, made.rule)
    assert shifted.finest.tolist() == parts.finest.tolist()


@given(missions)
def test_a_later_release_with_nothing_new_has_the_same_units(made):
    leaves, parts = parts_of(made)
    earlier = cut.Earlier(parts.parent, parts.level, parts.finest)
    again = cut.refined(leaves, made.facts.station, made.facts.team, made.rule, earlier)
    assert again.visited[0] == parts.visited[0]
    if parts.state[0] != FAILS:
        assert (again.state != FAILS).all()


@given(missions, st.integers(0, 10_000))
def test_a_later_release_never_puts_together_what_was_told_apart(made, seed):
    leaves, parts = parts_of(made)
    more = small.visits(
        np.random.default_rng(seed), len(made.region), is_static=False, share=0.9, forms="all"
    )  # fmt: skip
    earlier = cut.Earlier(parts.parent, parts.level, parts.finest)
    station = np.concatenate([made.facts.station, more.station])
    team = np.concatenate([made.facts.team, more.team])
    again = cut.refined(leaves, station, team, made.rule, earlier)
    for unit in np.unique(again.finest).tolist():
        assert len(np.unique(parts.finest[again.finest == unit])) == 1
