"""Every figure of a choice, once: contracts over STATISTICS, and what an area without exposure changes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.analysis.choice_analysis import analyse
from geo.analysis.statistics import STATISTICS
from geo.analysis.statistics.statistic import STATUSES
from geo.model.counts import Choice
from tests import factory
from tests.examples import examples
from tests.geo.model.test_counts import CATEGORIES, STATIONS, incident, mixed, visit, visits_drawn

KINDS = ("area", "cell")
choices_drawn = st.builds(
    Choice,
    stage=st.sampled_from(["", "voting", "opening"]),
    categories=st.sampled_from([(), ("sealed",), ("poster", "crowd")]),
    severity=st.sampled_from(["low", "medium", "high"]),
    verified_only=st.booleans(),
)


def made(visits=(), incidents=(), areas=("A", "B"), stations=STATIONS, **settings_):
    about = factory.mission(**{"frame": "complete", "planned_visits": 6, **settings_})
    return factory.snapshot(
        about=about,
        areas=factory.squares(*areas),
        stations=list(stations),
        categories=CATEGORIES,
        visits=list(visits),
        incidents=list(incidents),
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("statistic", STATISTICS, ids=lambda s: s.name)
def test_a_statistic_returns_the_columns_it_declares_one_value_per_unit(statistic, kind):
    analysis = analyse(made([visit("v1")]), kind)
    result = analysis.results[statistic.name]
    assert tuple(result.columns) == tuple(column.name for column in statistic.columns)
    assert {len(column) for column in result.columns.values()} == {len(analysis.unit)}
    assert len(result.status) == len(analysis.unit)
    assert set(result.status) <= set(STATUSES)


def test_no_two_statistics_share_a_column():
    names = [column.name for statistic in STATISTICS for column in statistic.columns]
    assert len(names) == len(set(names))


@given(
    visits_drawn, st.lists(st.tuples(st.sampled_from(["sealed", "poster"]), st.integers(-1, 11)), max_size=8)
)
@examples(25)
def test_an_area_without_exposure_changes_nothing_for_the_others(visit_rows, incident_rows):
    visits, incidents = mixed(visit_rows, incident_rows)
    with_it = made(visits, incidents, areas=("A", "B", "Z"))
    without = made(visits, incidents, areas=("A", "B"))
    for name, result in analyse(without).results.items():
        for column, values in result.columns.items():
            other = analyse(with_it).results[name].columns[column][:2]
            assert np.array_equal(values, other, equal_nan=values.dtype.kind == "f"), column


def test_area_without_exposure_is_not_observed_and_has_no_rate():
    analysis = analyse(made([visit("v1")]))
    assert analysis.results["rate"].status[1] == "not_observed"
    assert np.isnan(analysis.results["rate"].columns["rate"][1])


def test_visits_known_to_have_happened_but_not_counted_are_not_reported():
    totals = [{"area_id": "B", "measure": "visited", "status": "not_reported"}]
    snapshot = factory.snapshot(areas=factory.squares("A", "B"), stations=STATIONS, totals=totals)
    assert analyse(snapshot).results["coverage"].status == ("not_observed", "not_reported")


@pytest.mark.capability("Too few visits are told apart from none", page="statistics")
def test_few_visits_are_insufficient_but_their_numbers_are_there():
    result = analyse(made([visit("v1")], [incident("i1", visit_id="v1")])).results["rate"]
    assert result.status[0] == "insufficient"
    assert (result.columns["visits_with_finding"][0], result.columns["visits_exposed"][0]) == (1, 1)


def test_enough_visits_by_two_teams_are_published():
    visits = [visit(f"v{i}", team_id=f"T{i % 2}") for i in range(10)]
    assert analyse(made(visits)).results["rate"].status[0] == "published"


@pytest.mark.parametrize("kind", KINDS)
def test_where_nobody_is_named_visits_alone_decide_as_for_the_press(kind):
    visits = [visit(f"v{i}", team_id="") for i in range(10)]
    assert analyse(made(visits), kind).results["rate"].status[0] == "published"
    assert analyse(made(visits[:4]), kind).results["rate"].status[0] == "insufficient"


def test_gap_is_the_plans_share_less_what_was_seen():
    columns = analyse(made([visit("v1")])).results["gap"].columns
    # voters 400 and 200, three stations in all: 2 and 1 after the cap of the total at 3 stations
    assert columns["fair_share"].tolist() == [2.0, 1.0]
    assert columns["gap"].tolist() == [1.0, 1.0]


def test_share_needs_a_complete_list_of_stations():
    columns = analyse(made([visit("v1")], frame="partial")).results["coverage"].columns
    assert np.isnan(columns["share_observed"]).all()
    assert columns["stations_observed"][0] == 1


def test_without_a_plan_there_is_no_gap_and_it_says_so():
    assert analyse(made([visit("v1")], planned_visits=None)).results["gap"].absence == "no_plan"


@given(choices_drawn)
@examples(30)
def test_every_choice_keeps_k_within_m_and_adds_up(choice):
    snapshot = made(
        [visit(f"v{i}", number=str(1 + i % 2), team_id=f"T{i % 3}") for i in range(8)],
        [incident(f"i{i}", ["sealed", "poster"][i % 2], visit_id=f"v{i}") for i in range(8)],
    )
    for kind in KINDS:
        analysis = analyse(snapshot, kind, choice)
        k, m = analysis.counts.with_finding, analysis.counts.exposure
        assert (k <= m).all()
        assert analysis.frame()["visits_exposed"].sum() == m.sum()


@given(visits_drawn, choices_drawn, st.sampled_from(KINDS))
@examples(40)
def test_visits_by_unit_and_team_are_those_counted_one_by_one(visit_rows, choice, kind):
    visits, incidents = mixed(visit_rows, [("sealed", 0), ("poster", 3)])
    material = analyse(made(visits, incidents), kind, choice).material
    shares = material.exposed_by_team
    asked: dict[tuple[int, int], list[bool]] = {}
    for i in np.flatnonzero(material.is_exposed & (material.unit_of_visit >= 0)).tolist():
        pair = int(material.unit_of_visit[i]), int(material.team_of_visit[i])
        asked.setdefault(pair, []).append(bool(material.has_finding[i]))
    rows = zip(shares.unit.tolist(), shares.team.tolist(), shares.k.tolist(), shares.m.tolist(), strict=True)
    assert list(rows) == [(*pair, sum(found), len(found)) for pair, found in sorted(asked.items())]
    known = [unit for unit, team in asked if team >= 0]
    assert shares.teams().tolist() == [known.count(unit) for unit in range(len(material.counts))]
