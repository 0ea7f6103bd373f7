"""What the desk draws of a whole country: areas with their figures; stations where these are the answer."""

import csv

import pytest
from playwright.sync_api import expect

from tests.web import missions
from tests.web.desks import SIMULATED, drawn, open_desk, serving

pytestmark = pytest.mark.browser
FAR = "Zoom in for single stations."


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    """Give a desk with more visited stations than a map of the whole can show, and where one of them is."""
    folder = missions.sized(tmp_path_factory.mktemp("missions") / "crowded", 5_000)
    with (folder / "stations.csv").open(encoding="utf-8", newline="") as file:
        station = next(csv.DictReader(file))
    with serving([folder], tmp_path_factory.mktemp("state")) as address:
        yield address("crowded"), f"{station['lon']}/{station['lat']}"


@pytest.mark.capability("Symbols only where they answer", page="desk")
def test_no_symbol_stands_on_the_colour_of_a_rate(quiet_page, desks):
    page = open_desk(quiet_page, desks(SIMULATED), "en/#view=rate")
    assert drawn(page, "stations") == {}
    expect(page.locator(".caption")).to_contain_text(FAR)


def test_few_stations_are_drawn_where_they_are_what_is_counted(quiet_page, desks):
    page = open_desk(quiet_page, desks(SIMULATED), "en/#view=coverage")
    assert drawn(page, "stations")["visited"] > 0
    expect(page.locator(".caption")).not_to_contain_text(FAR)


def test_a_crowd_is_not_drawn_before_one_looks_near(quiet_page, crowded):
    address, middle = crowded
    page = open_desk(quiet_page, address, "en/#view=coverage")
    assert drawn(page, "stations") == {}
    page.goto(page.url.split("#")[0] + f"#view=coverage&at=9/{middle}")
    page.locator(".leaflet-stations-pane canvas[data-drawn*=visited]").wait_for(state="attached")
    expect(page.locator(".caption")).not_to_contain_text(FAR)


def test_whoever_wants_every_station_sees_every_station(quiet_page, desks):
    page = open_desk(quiet_page, desks(SIMULATED), "en/#view=rate")
    page.get_by_label("Stations at every zoom").check()
    page.locator(".leaflet-stations-pane canvas[data-drawn*=visited]").wait_for(state="attached")
    expect(page.locator(".caption")).not_to_contain_text(FAR)
    assert "squares=1" in page.url


def test_areas_carry_their_name_and_figure_until_stations_speak(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"), "en/#view=coverage")
    row = page.locator("#list .unit-row", has_text="A").first
    label = page.locator(".unit-label:not(.is-short)", has_text="A").first
    share = row.locator(".n").text_content()
    expect(label).to_contain_text(share)
    page.goto(page.url.split("#")[0] + "#view=coverage&at=11/61.5/46")
    expect(page.locator(".unit-label")).to_have_count(0)


def test_the_largest_gap_is_named_on_the_map_however_small_its_area(quiet_page, desks):
    page = open_desk(quiet_page, desks(SIMULATED), "en/#view=gap&tab=gaps")
    first = page.locator("#list .link").first.text_content()
    expect(page.locator(".unit-label:not(.is-short):not(.is-covered)", has_text=first)).to_have_count(1)
