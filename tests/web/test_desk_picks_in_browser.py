"""Kinds of things that can be picked on the desk: each comes into the free part of the map at three sizes.

Areas, stations, towns, stations of the lists: test_desk_places_in_browser; teams by search:
test_desk_teams_in_browser; clusters: test_desk_scan_in_browser; routes, stops: test_desk_routes_in_browser.
"""

import pytest

from tests.web.desks import SIMULATED, open_desk
from tests.web.places import SIZES, arrived, seen
from tests.web.test_desk_places_in_browser import calm, corners, find

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TEAM = "SIM-T05"


@pytest.fixture(params=SIZES, ids=lambda size: str(size[0]))
def sized(request, quiet_page):
    return calm(quiet_page, request.param)


def station_opened_by(page, act):
    """Open a station; return where it stands."""
    with page.expect_response(lambda answer: "/station.json" in answer.url) as answer:
        arrived(page, act)
    record = answer.value.json()
    return record["lon"], record["lat"]


def test_a_place_of_a_gap_that_nobody_saw_lies_in_the_free_part(sized, desks):
    with sized.expect_response(lambda answer: "/gaps.json" in answer.url) as answer:
        page = open_desk(sized, desks(SIMULATED), "en/#tab=gaps")
    place = next(gap["clusters"][0] for gap in answer.value.json()["rows"] if gap["clusters"])
    arrived(page, page.locator(f".item .small .link[title='{place['station']}']").first.click)
    assert seen(page, (place["lon"], place["lat"])) == [True]


def test_a_team_picked_in_its_list_lies_in_the_free_part(sized, desks):
    with sized.expect_response(lambda answer: answer.url.endswith("/teams.json")) as answer:
        page = open_desk(sized, desks(SIMULATED), "en/#tab=teams")
    team = next(row for row in answer.value.json()["rows"] if row["team"] == TEAM)
    page.locator(".find-team").fill(TEAM)
    arrived(page, page.locator("[data-team]:visible .link").first.click)
    assert seen(page, (team["lon"], team["lat"])) == [True]


def test_a_station_of_the_table_lies_in_the_free_part(sized, desks):
    page = open_desk(sized, desks("small"), "en/#table=stations")
    page.locator("#table[data-shown^='stations/']").wait_for()
    place = station_opened_by(page, page.locator("#table-body button.link").first.click)
    assert seen(page, place) == [True]


def test_a_town_found_by_its_old_name_lies_in_the_free_part(sized, desks):
    page = open_desk(sized, desks(SIMULATED))
    arrived(page, lambda: find(page, "Alma-Ata", "formerly"))
    assert seen(page, (76.92, 43.25)) == [True]  # Almaty, to a kilometre or two


def test_an_area_found_with_a_typing_error_lies_whole_in_the_free_part(sized, desks):
    page = open_desk(sized, desks(SIMULATED))
    arrived(page, lambda: find(page, "Atyrauu", "Atyrau oblast"))
    assert all(seen(page, *corners(page, page.url.split("open=")[1].split("&")[0])))


def test_where_a_team_goes_next_lies_in_the_free_part(sized, desks):
    page = open_desk(sized, desks(SIMULATED), f"en/#team={TEAM}")
    page.locator("#detail .small-button").click()
    page.locator("#detail .visits .visit .link").first.wait_for()
    place = station_opened_by(page, page.locator("#detail .visits .visit .link").first.click)
    assert seen(page, place) == [True]
