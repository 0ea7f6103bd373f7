"""Map, downloads and methods page say the same of every choice, and nothing the release does not tell."""

import io
import re

import pandas as pd
import pytest

from geo import released
from geo.errors import NotFound
from layers import figures, page_data, press_downloads, press_note
from layers.language import language
from layers.view import view_of
from tests import factory

ENGLISH = language("en")


@pytest.fixture(scope="module")
def view():
    """Three areas of 24 stations: one much observed, one by a single team, one not at all."""
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
        for a, n in (("A", 24), ("B", 9))
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
        released.of(
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
    body, _ = press_downloads.file(view, thing, "csv", choice, ENGLISH)
    return pd.read_csv(io.BytesIO(body), dtype=str, keep_default_na=False, encoding="utf-8-sig")


def as_number(count):
    return str(count) if count >= 0 else ""


@pytest.mark.parametrize("choice", figures.choices())
@pytest.mark.parametrize("thing", ["areas", "cells"])
def test_download_holds_the_numbers_of_the_map(view, choice, thing):
    shown = page_data.choice_values(view, choice)[thing]
    rows = downloaded(view, thing, choice)
    for column, key in (
        ("stations", "stations"), ("stations_observed", "observed"),
        ("visits_asked", "visits"), ("visits_with_finding", "found"),
    ):  # fmt: skip
        assert rows[column].tolist() == [as_number(n) for n in shown[key]], column
    assert rows["status"].tolist() == shown["status"]
    assert rows["coverage_status"].tolist() == shown["coverage"]
    small = [text == "<3" for text in rows["visits_with_finding_text"]]
    assert small == [n == -2 for n in shown["found"]]
    assert set(rows["nature"]) == {"SIMULATED"}
    assert set(rows["version"]) == {view.version}


@pytest.mark.parametrize("choice", figures.choices())
def test_country_can_be_taken_away_as_the_page_prints_it(view, choice):
    nation = page_data.choice_values(view, choice)["nation"]
    (row,) = downloaded(view, "country", choice).to_dict("records")
    told = {"visits_asked": "visits", "visits_with_finding": "found", "stations_observed": "observed"}
    assert {column: row[column] for column in told} == {c: as_number(nation[k]) for c, k in told.items()}
    assert row["unit_id"] == "country"
    if row["share"]:
        assert float(row["share"]) == pytest.approx(nation["found"] / nation["visits"])


@pytest.mark.parametrize("choice", figures.choices())
def test_methods_page_holds_the_numbers_of_the_map(view, choice):
    nation = page_data.choice_values(view, choice)["nation"]
    row = next(one for one in press_note.choice_rows(view, ENGLISH) if one["choice"] == choice)
    for key in ("observed", "visits", "found"):
        assert row[key] == press_note.printed(view, nation[key], ENGLISH)


@pytest.mark.parametrize("stage", figures.STAGES)
def test_overall_assessments_are_the_same_on_map_download_and_methods_page(view, stage):
    choice = f"{stage}/high"
    shown = page_data.choice_values(view, choice)
    rows = downloaded(view, "areas", choice)
    assert rows["visits_assessed"].tolist() == [as_number(n) for n in shown["areas"]["assessed"]]
    assert rows["visits_negative"].tolist() == [as_number(n) for n in shown["areas"]["negative"]]
    assert rows["assessment_status"].tolist() == shown["areas"]["assessment"]
    row = next(one for one in press_note.assessment_rows(view, ENGLISH) if one["name"] == stage)
    for key in ("assessed", "negative"):
        assert row[key] == press_note.printed(view, shown["nation"][key], ENGLISH)
    assert len(downloaded(view, "cells", choice)["visits_assessed"]) > 0


def test_share_of_negative_assessments_colours_the_areas(view):
    fills = page_data.choice_values(view, "all/low")["fills"]["negative"]
    assert fills[1:] == ["status-suppressed", "status-not_observed"]
    table = {row["name"]: row["negative"] for row in page_data.page(view, ENGLISH)["areas"]}
    assert table["Area B"] == "withheld to protect observers"


def test_mission_without_assessments_has_no_map_of_them_and_says_why():
    from tests.layers.test_view import incident, seen

    without = seen([incident("i", area_id="A", number="1")])
    assert "negative" not in [one["name"] for one in page_data.values(without, ENGLISH)["layers"]]
    said = " ".join(page_data.page(without, ENGLISH)["why_not"])
    assert "No map of negative assessments: the visits and their overall assessments are not known" in said


def test_area_of_a_single_team_is_withheld_everywhere(view):
    made = page_data.choice_values(view, "all/low")["areas"]
    assert [made[key][1] for key in ("coverage", "status")] == ["suppressed", "suppressed"]
    assert [made[key][1] for key in ("observed", "visits", "found")] == [-1, -1, -1]
    lines = [line for one in press_note.sections(view, ENGLISH) for line in one.lines]
    assert any("Area B" in line and "withheld" in line for line in lines)


def test_note_of_the_press_counts_no_teams(view):
    text = " ".join(line for one in press_note.sections(view, ENGLISH) for line in one.lines)
    assert re.findall(r"(\d+) teams", text) == ["3"]  # the minimum, not how many there are


@pytest.mark.parametrize("choice", ["", "all", "all/critical", "night/low", "all/low/x"])
def test_no_other_choice_exists(view, choice):
    with pytest.raises(NotFound):
        page_data.choice_values(view, choice)
    with pytest.raises(NotFound):
        press_downloads.file(view, "areas", "csv", choice, ENGLISH)


def test_mission_without_hot_spots_says_why(view):
    assert "hot" not in page_data.choice_values(view, "all/medium")["fills"]
    said = page_data.page(view, ENGLISH)["why_not"]
    assert "No map of cells with more findings than expected: too few cells have enough visits." in said


def test_purposive_mission_opens_with_where_observers_were(view):
    assert page_data.first_view(view) == ("findings", "all")


def _sampled(selection, stages):
    """One area whose 24 stations were each visited once, by four teams, at these stages in turn."""
    stations = [{"area_id": "A", "number": str(i), "lon": 70.1 + i / 40, "lat": 50.5} for i in range(24)]
    visits = [
        {
            "visit_id": f"v{i}", "area_id": "A", "number": str(i), "team_id": f"T{i % 4}",
            "stage": stages[i % len(stages)], "verification": "verified", "answered": "*",
            "outcome": "observed",
        }
        for i in range(24)
    ]  # fmt: skip
    return view_of(
        released.of(
            factory.snapshot(
                about=factory.mission(nature="simulated", frame="complete", selection=selection),
                areas=factory.squares("A"),
                stations=stations,
                categories=[{**one, "public": "yes"} for one in factory.categories(sealed="high")],
                visits=visits,
            )
        )
    )


def test_sample_opens_with_the_rate_at_the_stage_most_areas_have_one():
    assert page_data.first_view(_sampled("probability", ["counting"])) == ("rate", "counting")


def test_sample_with_too_few_visits_at_every_stage_opens_with_where_observers_were():
    assert page_data.first_view(_sampled("probability", ["opening", "voting", "closing"])) == (
        "findings",
        "all",
    )


def test_chosen_stations_never_open_with_a_rate():
    assert page_data.first_view(_sampled("purposive", ["counting"])) == ("findings", "all")
