"""What is counted, what is not, and that nothing is counted twice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.model.counts import Choice
from tests import factory
from tests.examples import examples

STATIONS = [
    {"area_id": "A", "number": "1", "lon": 70.5, "lat": 50.5, "voters": 100},
    {"area_id": "A", "number": "2", "lon": 70.6, "lat": 50.5, "voters": 300},
    {"area_id": "B", "number": "1", "voters": 200},
]
CATEGORIES = factory.categories(sealed="high", poster="low", crowd="medium")


def visit(identity, area="A", number="1", **more):
    return {
        "visit_id": identity, "area_id": area, "number": number, "team_id": "T1", "stage": "voting",
        "outcome": "observed", "verification": "verified", "answered": "*", **more,
    }  # fmt: skip


def incident(identity, category="sealed", **more):
    return {"incident_id": identity, "category": category, "verification": "verified", **more}


def made(visits=(), incidents=(), **more):
    return factory.snapshot(
        areas=factory.squares("A", "B"), stations=STATIONS, categories=CATEGORIES,
        visits=list(visits), incidents=list(incidents), **more,
    )  # fmt: skip


def test_visit_without_incident_is_exposure_without_finding():
    counts = made([visit("v1")]).counts()
    assert (counts.exposure[0], counts.with_finding[0]) == (1, 0)


def test_unvisited_area_has_no_exposure():
    assert made([visit("v1")]).counts().exposure[1] == 0


def test_station_without_coordinates_counts_in_its_area():
    counts = made([visit("v1", "B")]).counts()
    assert (counts.stations[1], counts.stations_observed[1], counts.voters_observed[1]) == (1, 1, 200)


def test_station_without_coordinates_is_in_no_cell():
    snapshot = made([visit("v1", "B")])
    assert snapshot.counts("cell").visits.sum() == 0
    assert snapshot.counts("cell").stations.sum() == 2


def test_two_visits_to_one_station_observe_one_station():
    counts = made([visit("v1"), visit("v2")]).counts()
    assert (counts.visits[0], counts.stations_observed[0]) == (2, 1)


@pytest.mark.parametrize("outcome", ["denied", "closed", "unreachable"])
def test_visit_that_saw_nothing_is_no_exposure(outcome):
    counts = made([visit("v1", outcome=outcome)]).counts()
    assert (counts.exposure[0], counts.stations_observed[0], getattr(counts, outcome)[0]) == (0, 0, 1)


def test_form_that_did_not_ask_is_no_exposure():
    counts = made([visit("v1", answered="poster")]).counts(choice=Choice(categories=("sealed",)))
    assert counts.exposure[0] == 0


def test_form_whose_questions_are_unknown_is_no_exposure():
    assert made([visit("v1", answered="")]).counts().exposure[0] == 0


def test_unverified_visit_is_not_counted_by_default():
    snapshot = made([visit("v1", verification="unverified")])
    assert snapshot.counts().visits[0] == 0
    assert snapshot.counts(choice=Choice(verified_only=False)).visits[0] == 1


def test_low_severity_is_out_of_the_headline():
    snapshot = made([visit("v1")], [incident("i1", "poster", visit_id="v1")])
    assert snapshot.counts().with_finding[0] == 0
    assert snapshot.counts(choice=Choice(severity="low")).with_finding[0] == 1


def test_incident_without_visit_is_shown_but_enters_no_rate():
    counts = made([visit("v1")], [incident("i1", area_id="A", number="1")]).counts()
    assert (counts.with_finding[0], counts.findings[0], counts.findings_apart[0]) == (0, 0, 1)


def test_three_incidents_of_one_visit_are_one_visit_with_finding():
    counts = made([visit("v1")], [incident(f"i{n}", visit_id="v1") for n in range(3)]).counts()
    assert (counts.with_finding[0], counts.findings[0]) == (1, 3)


@pytest.mark.capability("Corrected and withdrawn forms count once or not at all", page="statistics")
def test_corrected_form_is_counted_once():
    counts = made([visit("v1"), visit("v2", supersedes="v1")]).counts()
    assert counts.visits[0] == 1


def test_incident_of_a_corrected_form_belongs_to_the_correction():
    counts = made(
        [visit("v1"), visit("v2", number="2", supersedes="v1")], [incident("i1", visit_id="v1")]
    ).counts("cell")
    assert counts.with_finding.sum() == 1


def test_withdrawn_visit_is_not_counted():
    assert made([visit("v1", verification="withdrawn")]).counts().visits[0] == 0


def test_visit_to_an_unknown_station_is_kept_but_counted_nowhere():
    snapshot = made([visit("v1", number="99")])
    assert (len(snapshot.visits), snapshot.visits.station[0], snapshot.counts().visits.sum()) == (1, -1, 0)


def test_tabulation_is_never_in_a_station_count():
    assert made([visit("v1", stage="tabulation")]).counts().visits.sum() == 0


def test_number_without_area_stays_unresolved():
    snapshot = made(incidents=[incident("i1", number="1")])
    assert snapshot.incidents.is_unresolved.tolist() == [True]
    assert snapshot.incidents.station.tolist() == [-1]


def test_same_number_in_two_areas_is_two_stations():
    snapshot = made()
    assert snapshot.registry.station("A/1") != snapshot.registry.station("B/1")


def test_negative_assessments_are_counted_among_assessed():
    counts = made([visit("v1", overall="bad"), visit("v2", overall="good"), visit("v3")]).counts()
    assert (counts.assessed[0], counts.negative[0]) == (2, 1)


def test_teams_are_counted_once_per_unit():
    counts = made([visit("v1"), visit("v2"), visit("v3", team_id="T2")]).counts()
    assert counts.teams[0] == 2


visits_drawn = st.lists(
    st.builds(
        lambda place, outcome, team, answered, verification: {
            "area_id": place[0], "number": place[1], "outcome": outcome, "team_id": team,
            "answered": answered, "verification": verification,
        },
        st.sampled_from([("A", "1"), ("A", "2"), ("B", "1"), ("B", "7")]),
        st.sampled_from(["observed", "denied"]),
        st.sampled_from(["T1", "T2"]),
        st.sampled_from(["*", "sealed", "poster;crowd", ""]),
        st.sampled_from(["verified", "unverified", "withdrawn"]),
    ),
    max_size=12,
)  # fmt: skip
incidents_drawn = st.lists(
    st.tuples(st.sampled_from(["sealed", "poster", "crowd"]), st.integers(-1, 11)), max_size=12
)


def mixed(visit_rows, incident_rows):
    visits = [visit(f"v{i}", **row) for i, row in enumerate(visit_rows)]
    incidents = [
        incident(f"i{i}", category, **({"visit_id": f"v{v}"} if 0 <= v < len(visits) else {"area_id": "A"}))
        for i, (category, v) in enumerate(incident_rows)
    ]
    return visits, incidents


@given(visits_drawn, incidents_drawn, st.randoms(use_true_random=False))
@examples(60)
def test_row_order_never_changes_a_number_or_the_version(visit_rows, incident_rows, random):
    visits, incidents = mixed(visit_rows, incident_rows)
    one = made(visits, incidents)
    random.shuffle(visits)
    random.shuffle(incidents)
    two = made(visits, incidents)
    assert one.version == two.version
    assert one.counts().total() == two.counts().total()


@given(visits_drawn, incidents_drawn)
@examples(60)
def test_findings_never_exceed_exposure_in_any_unit(visit_rows, incident_rows):
    snapshot = made(*mixed(visit_rows, incident_rows))
    for kind in ("area", "cell"):
        counts = snapshot.counts(kind)
        assert (counts.with_finding <= counts.exposure).all()
        assert (counts.exposure <= counts.visits).all()
        assert (counts.stations_observed <= counts.stations).all()


@given(visits_drawn, incidents_drawn)
@examples(60)
@pytest.mark.capability("Every finding is in a rate or counted apart", page="statistics")
def test_every_chosen_finding_is_in_a_rate_or_apart(visit_rows, incident_rows):
    snapshot = made(*mixed(visit_rows, incident_rows))
    counts = snapshot.counts(choice=Choice(severity="low"))
    incidents = snapshot.incidents  # those of withdrawn visits are withdrawn with them
    placed = (incidents.is_current & (incidents.area >= 0)).sum()
    assert counts.findings.sum() + counts.findings_apart.sum() == placed


def test_columns_of_a_snapshot_cannot_be_written():
    snapshot = made([visit("v1")])
    for column in (snapshot.registry.stations.lon, snapshot.visits.station, snapshot.counts().visits):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1
    assert isinstance(snapshot.registry.cell, np.ndarray)
