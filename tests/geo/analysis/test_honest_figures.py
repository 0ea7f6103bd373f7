"""No figure stands where none is known: nothing shown as 0 that was not counted, nothing writable."""

from dataclasses import fields

import numpy as np
import pytest

from geo.analysis import exports
from geo.analysis.choice_analysis import analyse
from geo.model.counts import Choice
from tests import factory
from tests.geo.analysis.test_choice_analysis import made
from tests.geo.model.test_counts import CATEGORIES, STATIONS, visit

LABEL = exports.ExportLabel(method="m", licence="CC0", source="s")
SILENT = [{"area_id": "B", "measure": "visited", "status": "not_reported"}]


def silent(**changes):
    return factory.snapshot(
        about=factory.mission(**{"frame": "complete", "planned_visits": 3, **changes}),
        areas=factory.squares("A", "B"),
        stations=STATIONS,
        categories=CATEGORIES,
        visits=[visit("v1")],
        totals=SILENT,
    )


@pytest.mark.capability("Coverage of stations: what is not reported is not zero", page="statistics")
def test_an_area_whose_visits_are_not_reported_has_no_coverage_of_zero():
    columns = analyse(silent()).results["coverage"].columns
    assert np.isnan(columns["share_observed"][1])
    assert np.isnan(columns["share_voters_at_observed"][1])


def test_an_area_whose_visits_are_not_reported_has_no_gap():
    result = analyse(silent()).results["gap"]
    assert np.isnan(result.columns["gap"][1])
    assert result.status == ("published", "not_reported")


def findings_alone(**changes):
    """A source of findings with a complete list of stations, which says nothing of visits."""
    return factory.snapshot(
        about=factory.mission(**{"frame": "complete", "planned_visits": 3, **changes}),
        areas=factory.squares("A", "B"),
        stations=STATIONS,
        categories=CATEGORIES,
    )


def test_where_nobody_said_whether_observers_were_there_is_no_coverage_of_zero():
    coverage = analyse(findings_alone()).results["coverage"]
    assert coverage.status == ("not_known", "not_known")
    for column in ("share_observed", "share_voters_at_observed"):
        assert np.isnan(coverage.columns[column]).all(), column


def test_where_nobody_said_whether_observers_were_there_is_no_gap():
    gap = analyse(findings_alone()).results["gap"]
    assert np.isnan(gap.columns["gap"]).all()
    assert gap.status == ("not_known", "not_known")


@pytest.mark.parametrize("changes", [{"planned_visits": None}, {"frame": "partial"}])
def test_a_gap_that_cannot_be_known_says_nothing_of_who_was_there(changes):
    gap = analyse(silent(**changes)).results["gap"]
    assert gap.status == ("not_known", "not_reported")


def test_visits_that_are_not_reported_are_exported_empty():
    frame = exports.units(silent(), analyse(silent()), LABEL)
    for column in (
        "visits",
        "stations_observed",
        "voters_observed",
        "exposure",
        "with_finding",
        "findings",
        "visits_exposed",
    ):
        assert np.isnan(frame[column].iloc[1]), column
    assert frame["stations"].tolist() == [2, 1]


def test_voters_nobody_knows_are_exported_empty():
    snapshot = made([visit("v1")], stations=[{"area_id": "A", "number": "1"}])
    frame = exports.units(snapshot, analyse(snapshot), LABEL)
    assert frame[["voters", "voters_observed", "voters_at_observed"]].isna().all(axis=None)


def test_a_rate_of_one_teams_visits_is_insufficient_though_another_team_was_there():
    visits = [visit(f"v{i}", answered="sealed") for i in range(12)]
    visits += [visit("w1", team_id="T2", answered="poster")]
    result = analyse(made(visits), choice=Choice(categories=("sealed",))).results["rate"]
    assert result.columns["teams"][0] == 1
    assert result.status[0] == "insufficient"


def test_assessments_of_one_team_are_insufficient_though_another_team_was_there():
    visits = [visit(f"v{i}", overall="bad") for i in range(12)] + [visit("w1", team_id="T2")]
    assert analyse(made(visits)).results["assessment"].status[0] == "insufficient"


def test_where_an_areas_voters_are_unknown_stations_are_the_basis_of_the_gap():
    stations = [{"area_id": "A", "number": "1", "voters": 100}, {"area_id": "B", "number": "1"}]
    analysis = analyse(made(stations=stations, planned_visits=2))
    assert analysis.material.weight_basis == "stations"
    assert analysis.results["gap"].columns["fair_share"].tolist() == [1.0, 1.0]


def test_cells_share_only_what_the_plan_owes_to_stations_on_the_map():
    stations = [{"area_id": "A", "number": str(i)} for i in range(6)]
    stations += [{"area_id": "A", "number": str(i), "lon": 70.5, "lat": 50.5} for i in range(6, 8)]
    analysis = analyse(made(stations=stations, planned_visits=4), "cell")
    assert analysis.results["gap"].columns["fair_share"].tolist() == [1.0]


@pytest.mark.parametrize("kind", ["area", "cell"])
def test_nothing_of_an_analysis_can_be_written(kind):
    analysis = analyse(made([visit("v1")]), kind)
    arrays = [getattr(analysis.material, field.name) for field in fields(analysis.material)]
    arrays += [getattr(analysis.counts, field.name) for field in fields(analysis.counts)]
    arrays += [column for result in analysis.results.values() for column in result.columns.values()]
    arrays += [analysis.unit]
    assert not any(array.flags.writeable for array in arrays if isinstance(array, np.ndarray))
    with pytest.raises(TypeError):
        analysis.results["rate"].columns["rate"] = np.zeros(1)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n=", " =", "＝"])
def test_no_cell_of_a_csv_begins_as_a_formula(start):
    areas = [{**factory.squares("A")[0], "name_en": f"{start}1+1"}]
    snapshot = factory.snapshot(areas=areas)
    body = exports.FORMATS["csv"].write(exports.units(snapshot, analyse(snapshot), LABEL), "area")
    assert f"'{start}1+1".encode() in body
