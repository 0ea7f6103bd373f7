"""What pages say of three missions from the field: no more than is known, and no less (cases 38, 42, 66)."""

import io

import pandas as pd
import pytest

from geo.analysis.choice_analysis import analyse
from geo.publication import released
from layers.desk import start_page
from layers.map.press_view import view_of
from layers.press import area_page, downloads, measure_figures, page_data, press_methods_note
from layers.words.language import language
from tests import factory

ENGLISH = language("en")


def mission(stations=(), visits=(), incidents=()):
    return factory.snapshot(
        about=factory.mission(nature="public_source", frame="partial"),
        areas=factory.squares("N", "S"),
        stations=list(stations),
        categories=[{**one, "public": "yes"} for one in factory.categories(sealed="high")],
        visits=list(visits),
        incidents=list(incidents),
    )


def seen(snapshot):
    return view_of(released.released_of(snapshot))


def visited(count):
    """So many stations visited of a list that is not complete; a finding at the first, told of its visit."""
    stations = [{"area_id": "N", "number": f"{i}", "lon": 70.1 + i / 100, "lat": 50.5} for i in range(count)]
    visits = [
        {"visit_id": f"v{i}", "area_id": "N", "number": f"{i}", "team_id": "T", "verification": "verified",
         "answered": "*"} for i in range(count)
    ]  # fmt: skip
    finding = {"incident_id": "i", "visit_id": "v0", "category": "sealed", "verification": "verified",
               "publication": "public"}  # fmt: skip
    return seen(mission(stations, visits, [finding]))


def by_area_only():
    told = {"area_id": "N", "category": "sealed", "verification": "verified", "publication": "public"}
    return mission(incidents=[{"incident_id": f"i{n}", **told} for n in range(2)])


def note(view):
    return " ".join(line for one in press_methods_note.sections(view, ENGLISH) for line in one.lines)


@pytest.mark.parametrize("count", [1, 40])
def test_methods_page_says_how_many_stations_were_visited_where_their_list_is_not_complete(count):
    view = visited(count)
    assert f"Polling stations visited: {count}, chosen by the mission" in note(view)
    assert "not known" not in note(view)


def test_methods_page_of_public_stations_claims_no_merging():
    assert "told together with a neighbour" not in note(visited(40))
    assert "no area is told together with another" in note(visited(40))


def test_methods_page_names_only_the_formulas_of_the_press():
    assert "Wilson" not in note(visited(40))
    assert "No share has a margin" in note(visited(40))
    assert "No cluster is shown under any choice." in note(visited(40))


def test_headline_of_one_station_of_unknown_many_says_the_one():
    view = visited(1)
    assert page_data.opening(view, ENGLISH)["headline"].startswith("Polling stations visited: 1, chosen")
    drawn = measure_figures.choice(view, "all/medium", ENGLISH)["measures"]["coverage"]
    assert drawn["levels"]["region"]["says"][0][0] == (
        "Stations visited: 1; how many there are is not known."
    )
    assert drawn["classes"] == []


def test_station_of_a_finding_told_of_its_visit_is_named_by_its_number():
    view = visited(40)
    assert page_data.detail(view, ENGLISH, 0)["categories"][0]["numbers"] == ["0"]


def test_finding_known_by_its_area_stands_on_the_area_s_page_and_claims_no_visit():
    page = area_page.page(seen(by_area_only()), ENGLISH, "N")
    assert [(one["title"], one["n"]) for one in page["by_area_only"]] == [("sealed", "2")]
    assert page["status"] == "not_known"
    assert area_page.page(seen(by_area_only()), ENGLISH, "S")["by_area_only"] == []


def test_finding_known_by_its_area_is_in_the_list_and_in_the_file_of_areas():
    view = seen(by_area_only())
    rows = {row["name"]: row["without_station"] for row in page_data.page(view, ENGLISH)["areas"]}
    assert rows == {"Area N": "2", "Area S": "0"}
    for choice, counted in (("all/high", ["2", "0"]), ("opening/low", ["0", "0"])):
        raw, _ = downloads.file(view, "areas", "csv", choice, ENGLISH)
        found = pd.read_csv(io.BytesIO(raw), dtype=str)["findings_without_station"]
        assert found.tolist() == counted


def test_file_of_areas_has_no_such_column_where_every_finding_names_its_station():
    raw, _ = downloads.file(visited(40), "areas", "csv", "all/low", ENGLISH)
    assert "findings_without_station" not in raw.decode("utf-8-sig")


def test_desk_of_findings_only_does_not_say_that_nobody_was_there():
    snapshot = by_area_only()
    assert analyse(snapshot).results["coverage"].status == ("not_known", "not_known")
    assert analyse(snapshot).frame()["stations_observed"].isna().all()
    said = start_page.start(snapshot, ENGLISH)["words"]["sumsSay"]
    assert said.startswith("The source lists findings only")


def test_desk_of_a_live_mission_before_its_first_visit_says_nobody_was_there():
    live = factory.snapshot(about=factory.mission(nature="live"), areas=factory.squares("N"))
    assert analyse(live).results["coverage"].status == ("not_observed",)
