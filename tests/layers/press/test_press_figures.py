"""Map, downloads and methods page say the same of every choice, and nothing the release does not tell."""

import io
import json
import re
from dataclasses import replace

import pandas as pd
import pytest
from shapely import box
from shapely.geometry import shape

from geo.analysis.exports import FORMATS
from geo.model.errors import NotFound
from geo.model.mission import Disclosure
from geo.publication import release, released
from geo.publication.published_clusters import ClusterTable, PublishedCluster
from geo.publication.released import Released
from layers.map import choice_figures, measures
from layers.map.area_sentences import area_sentences
from layers.map.measures import measure_called, offered
from layers.map.press_view import view_of
from layers.press import downloads, measure_figures, page_data, press_methods_note
from layers.words.language import language
from tests import factory
from tests.geo.publication.test_release import NOW, listed, made, visits_to

ENGLISH = language("en")


@pytest.fixture(scope="module")
def view():
    """Three areas of 24 stations: all but one observed, nine by a single team, none at all."""
    stations = [
        {"area_id": a, "number": str(i), "lon": 70.1 + x + i / 40, "lat": 50.5, "voters": 500 + i}
        for x, a in enumerate("ABC")
        for i in range(24)
    ]
    visits = [
        {
            "visit_id": f"{a}{i}", "area_id": a, "number": str(i),
            "team_id": "T0" if a == "B" else f"T{i % 4}",
            "stage": ["opening", "voting", "counting"][i % 3], "verification": "verified", "answered": "*",
            "outcome": "observed", "overall": ("good", "very_good", "bad", "very_bad")[i % 4 if i % 5 else 0],
        }
        for a, n in (("A", 23), ("B", 9))
        for i in range(n)
    ]  # fmt: skip
    rows = [
        {
            "incident_id": f"i{i}", "visit_id": f"A{i}", "area_id": "A", "number": str(i),
            "category": "sealed" if i % 2 else "poster", "verification": "verified",
        }
        for i in range(0, 24, 3)
    ]  # fmt: skip
    categories = [{**one, "public": "yes"} for one in factory.categories(sealed="high", poster="low")]
    about = factory.mission(nature="simulated", frame="complete")
    return view_of(
        released.released_of(
            factory.snapshot(
                about=about,
                areas=factory.squares("A", "B", "C"),
                stations=stations,
                categories=categories,
                visits=visits,
                incidents=rows,
            )
        )
    )


def downloaded(view, thing, choice):
    body, _ = downloads.file(view, thing, "csv", choice, ENGLISH)
    return pd.read_csv(io.BytesIO(body), dtype=str, keep_default_na=False, encoding="utf-8-sig")


def drawn(view, choice, measure="findings"):
    """What the map draws of a measure, by level."""
    answer = measure_figures.choice(view, choice, ENGLISH, with_parts=True)
    return answer["measures"][measure]["levels"]


def as_number(count):
    return str(count) if count >= 0 else ""


@pytest.mark.parametrize("choice", choice_figures.choices())
@pytest.mark.parametrize(("thing", "level"), [("areas", "region"), ("patches", "part")])
@pytest.mark.capability("Downloads of the press page", page="downloads")
def test_download_holds_the_numbers_of_the_map(view, choice, thing, level):
    shown, seen = drawn(view, choice)[level], drawn(view, choice, "coverage")[level]
    rows = downloaded(view, thing, choice)
    assert rows["stations_asked"].tolist() == [as_number(n) for n in shown["whole"]]
    assert rows["stations_with_finding"].tolist() == [as_number(n) for n in shown["part"]]
    assert rows["stations"].tolist() == [as_number(n) for n in seen["whole"]]
    # the map says of a place where nobody was that nobody was there, never 0
    assert rows["stations_observed"].replace("0", "").tolist() == [as_number(n) for n in seen["part"]]
    assert rows["status"].tolist() == shown["status"]
    assert rows["coverage_status"].tolist() == seen["status"]
    assert set(rows["nature"]) == {"SIMULATED"}
    assert set(rows["version"]) == {view.version}


@pytest.fixture(scope="module")
def merged():
    """Five regions; of A too few stations were seen for figures of its own."""
    visits = visits_to("A", range(3)) + [v for area in "BCDE" for v in visits_to(area, range(12))]
    about = factory.mission(nature="live", frame="complete", disclosure=Disclosure(minimum_stations=5))
    return view_of(Released(release(made(visits, places=listed(), about=about), NOW, cleared=True), None))


def test_areas_told_together_are_one_row_of_the_file_with_the_figures_of_the_page(merged):
    rows = downloaded(merged, "areas", "all/medium")
    page = measure_figures.choice(merged, "all/medium", ENGLISH)["measures"]["findings"]["levels"]["region"]
    assert rows["unit_id"].tolist() == ["A+B", "C", "D", "E"]
    assert rows["name_en"][0] == "Area A and Area B"
    assert rows["stations_asked"].tolist() == [str(n) for n in page["whole"][1:]]


def test_rows_of_the_areas_add_up_to_the_country_where_all_are_told(merged):
    (country,) = downloaded(merged, "country", "all/medium")["stations_observed"]
    areas = downloaded(merged, "areas", "all/medium")["stations_observed"]
    assert sum(int(n) for n in areas) == int(country) == 51


def test_note_has_the_formulas_of_what_forms_say_alone(merged):
    said = [line for section in press_methods_note.sections(merged, ENGLISH) for line in section.lines]
    assert not merged.assessments_known
    assert any(line.startswith("Coverage:") for line in said)
    assert not any(line.startswith("Judged badly:") for line in said)


def test_ground_of_areas_told_together_is_that_of_all(merged):
    body, _ = downloads.file(merged, "areas", "geojson", "all/medium", ENGLISH)
    joint = shape(json.loads(body)["features"][0]["geometry"])
    assert joint.equals(box(70, 50, 72, 51))


@pytest.mark.parametrize("choice", choice_figures.choices())
def test_country_can_be_taken_away_as_the_page_prints_it(view, choice):
    nation = choice_figures.first_of(choice_figures.units(view.release.nation, choice))
    (row,) = downloaded(view, "country", choice).to_dict("records")
    told = {"stations_asked": "asked", "stations_with_finding": "found", "stations_observed": "observed"}
    assert {column: row[column] for column in told} == {c: as_number(nation[k]) for c, k in told.items()}
    assert row["unit_id"] == "country"
    if row["share"]:
        assert float(row["share"]) == pytest.approx(nation["found"] / nation["asked"])


@pytest.mark.parametrize("choice", choice_figures.choices())
def test_methods_page_holds_the_numbers_of_the_map(view, choice):
    nation = choice_figures.first_of(choice_figures.units(view.release.nation, choice))
    row = next(one for one in press_methods_note.choice_rows(view, ENGLISH) if one["choice"] == choice)
    for key in ("observed", "asked", "found"):
        assert row[key] == press_methods_note.printed(nation[key], ENGLISH)


@pytest.mark.parametrize("stage", choice_figures.STAGES)
def test_overall_assessments_are_the_same_on_map_download_and_methods_page(view, stage):
    choice = f"{stage}/high"
    shown = drawn(view, choice, "assessment")["region"]
    nation = choice_figures.first_of(choice_figures.assessed(view.release.nation, choice))
    rows = downloaded(view, "areas", choice)
    assert rows["stations_assessed"].tolist() == [as_number(n) for n in shown["whole"]]
    assert rows["stations_negative"].tolist() == [as_number(n) for n in shown["part"]]
    assert rows["assessment_status"].tolist() == shown["status"]
    row = next(one for one in press_methods_note.assessment_rows(view, ENGLISH) if one["name"] == stage)
    for key in ("assessed", "negative"):
        assert row[key] == press_methods_note.printed(nation[key], ENGLISH)
    assert len(downloaded(view, "patches", choice)["stations_assessed"]) > 0


def test_share_of_negative_assessments_colours_the_areas(view):
    fills = drawn(view, "all/low", "assessment")["region"]["token"]
    assert [fill.partition("-")[0] for fill in fills] == ["negative", "negative", "status"]
    assert fills[2] == "status-not_observed"


def test_mission_without_assessments_says_why_there_is_no_map_of_them():
    from tests.layers.map.test_press_view import seen, visit

    without = page_data.measure_words(seen(visits=[visit("v")]), ENGLISH)
    why = {one["name"]: one["why"] for one in without}
    assert why["assessment"] == "No visit of this mission carries an overall assessment."
    assert why["coverage"] == ""


def test_area_of_a_single_team_is_told_and_says_so(view):
    shown = drawn(view, "all/low")["region"]
    assert (shown["status"][1], shown["whole"][1]) == ("published", 9)
    assert any("One or two teams" in line for line in shown["says"][1])
    assert not any("One or two teams" in line for line in shown["says"][0])
    assert downloaded(view, "areas", "all/low")["one_or_two_teams"].tolist() == ["False", "True", "False"]
    lines = [line for one in press_methods_note.sections(view, ENGLISH) for line in one.lines]
    assert any("Area B" in line and "One or two teams" in line for line in lines)


@pytest.mark.parametrize("suffix", FORMATS)
def test_station_named_by_a_source_of_findings_alone_is_not_said_to_be_visited_or_not(suffix):
    from tests.layers.map.test_press_view import incident, seen

    named = seen([incident("i", area_id="A", number="1")])
    body, _ = downloads.file(named, "stations", suffix, "all/medium", ENGLISH)
    assert body
    (row,) = downloaded(named, "stations", "all/medium").to_dict("records")
    assert (row["is_visited"], row["has_reported_finding"]) == ("", "True")


def test_note_of_the_press_counts_no_teams(view):
    text = " ".join(line for one in press_methods_note.sections(view, ENGLISH) for line in one.lines)
    assert re.findall(r"(\d+) teams", text) == []


@pytest.mark.parametrize("choice", ["", "all", "all/critical", "night/low", "all/low/x"])
def test_no_other_choice_exists(view, choice):
    with pytest.raises(NotFound):
        measure_figures.choice(view, choice, ENGLISH)
    with pytest.raises(NotFound):
        downloads.file(view, "areas", "csv", choice, ENGLISH)


def test_mission_without_clusters_says_why(view):
    (clusters,) = [one for one in page_data.measure_words(view, ENGLISH) if one["name"] == "clusters"]
    assert clusters["why"] == "No search for clusters: too few stations were asked."
    assert "clusters" not in measure_figures.choice(view, "all/medium", ENGLISH)["measures"]
    with pytest.raises(NotFound):
        measure_called(view, "clusters")


def test_counts_of_clusters_are_those_of_findings_in_any_order_of_the_views(view, monkeypatch):
    one = PublishedCluster("C", area=0, units=(1,), k=5, n=9, expected=2.0, rest_k=1, rest_n=9)
    clustered = replace(view, release=replace(view.release, clusters={"all/low": ClusterTable("", (one,))}))
    monkeypatch.setattr(measures, "MEASURES", measures.MEASURES[::-1])
    for told in (
        measure_figures.stage_counts(clustered, "all", ENGLISH),
        measure_figures.severity_counts(clustered, "low", ENGLISH),
    ):
        assert told["clusters"] == told["findings"] != ""


def test_every_measure_offered_is_drawn_or_says_why(view):
    shown = measure_figures.choice(view, "all/medium", ENGLISH)["measures"]
    assert all((one.name in shown) != bool(one.why_not(view)) for one in offered(view))


def test_page_opens_with_the_share_of_the_whole_day(view):
    assert page_data.opening(view, ENGLISH)["first"]["view"] == "findings"
    assert page_data.opening(view, ENGLISH)["first"]["stage"] == "all"


def _visited(visited):
    """One area of 24 stations, the first of them visited by four teams."""
    stations = [{"area_id": "A", "number": str(i), "lon": 70.1 + i / 400, "lat": 50.5} for i in range(24)]
    visits = [
        {
            "visit_id": f"v{i}", "area_id": "A", "number": str(i), "team_id": f"T{i % 4}",
            "stage": "voting", "verification": "verified", "answered": "*", "outcome": "observed",
        }
        for i in range(visited)
    ]  # fmt: skip
    return view_of(
        released.released_of(
            factory.snapshot(
                about=factory.mission(nature="simulated", frame="complete", selection="purposive"),
                areas=factory.squares("A"),
                stations=stations,
                categories=[{**one, "public": "yes"} for one in factory.categories(sealed="high")],
                visits=visits,
            )
        )
    )


def test_page_of_one_area_opens_with_its_share():
    assert page_data.first_view(_visited(10)) == "findings"


def test_page_without_a_share_opens_with_where_observers_were():
    assert page_data.first_view(_visited(2)) == "coverage"


def compared(frame):
    """The comparisons of a mission of three areas in one of which too few stations were visited."""
    visited = [(area, i) for area, n in (("A", 12), ("B", 2), ("C", 6)) for i in range(n)]
    snapshot = factory.snapshot(
        about=factory.mission(nature="simulated", frame=frame),
        areas=factory.squares("A", "B", "C"),
        stations=[
            {"area_id": area, "number": str(i), "lon": 70.1 + x + i / 40, "lat": 50.5}
            for x, area in enumerate("ABC")
            for i in range(24)
        ],
        visits=[
            {"visit_id": f"{area}{i}", "area_id": area, "number": str(i), "team_id": f"T{i % 4}",
             "stage": "voting", "verification": "verified", "answered": "*", "outcome": "observed"}
            for area, i in visited
        ],
    )  # fmt: skip
    return press_methods_note.panel(view_of(released.released_of(snapshot)), ENGLISH)


def test_areas_told_together_are_one_row_beside_the_register():
    (by_area,) = compared("complete")
    rows = {row["name"]: (row["visited"], row["stations"], row["stations_share"]) for row in by_area["rows"]}
    assert rows == {"Area A": ("12", "24", "33.3 %"), "Area B and Area C": ("8", "48", "66.7 %")}


def test_nothing_is_compared_with_a_list_that_is_not_complete():
    assert compared("partial") == []


@pytest.fixture(scope="module")
def two_stages():
    """Voting seen in A and B, closing in A alone; nobody in C."""
    stations = [{"area_id": a, "number": str(i)} for a in "ABC" for i in range(24)]
    visits = [
        {
            "visit_id": f"{a}{stage}{i}", "area_id": a, "number": str(i), "team_id": f"T{i % 4}",
            "stage": stage, "verification": "verified", "answered": "*", "outcome": "observed",
        }
        for a, stage in (("A", "voting"), ("A", "closing"), ("B", "voting"))
        for i in range(9)
    ]  # fmt: skip
    return view_of(
        released.released_of(
            factory.snapshot(
                about=factory.mission(nature="simulated", frame="complete"),
                areas=factory.squares("A", "B", "C"),
                stations=stations,
                categories=[{**one, "public": "yes"} for one in factory.categories(sealed="high")],
                visits=visits,
            )
        )
    )


def test_nobody_at_a_stage_is_not_nobody_all_day(two_stages):
    choice = "closing/medium"
    says = measure_figures.choice(two_stages, choice, ENGLISH)["measures"]["findings"]["levels"]["region"]
    sentences = [
        area_sentences(two_stages, measure_called(two_stages, "findings"), choice, area, ENGLISH).headline
        for area in (1, 2)
    ]
    nobody = "o observer was here. Absence of reports is not absence of findings."
    assert says["status"][1:] == ["not_observed", "not_observed"]
    assert says["says"][1:] == [["No observer was here at this stage."], [f"N{nobody}"]]
    assert sentences == ["Area B: no observer was here at this stage.", f"Area C: n{nobody}"]
