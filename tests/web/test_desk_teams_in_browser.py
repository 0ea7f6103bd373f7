"""Teams on the desk: found by id, a card with where to go next, gaps from where a team is."""

import pytest
from playwright.sync_api import expect

from layers.desk import team_list, work_start
from tests.web.desks import SIMULATED, open_desk, serving
from tests.web.missions import square, write
from tests.web.places import TIGHT_FIRST, arrived, seen
from tests.web.test_desk_places_in_browser import calm, find

pytestmark = pytest.mark.browser
TEAM = "SIM-T05"


def test_a_team_is_found_in_the_list_by_a_part_of_its_id(quiet_page, desks):
    page = open_desk(quiet_page, desks(SIMULATED), "en/#tab=teams")
    page.locator(".find-team").fill("t05")
    expect(page.locator("[data-team]:visible")).to_have_count(1)
    page.locator("[data-team]:visible .link").click()
    page.locator("#detail h2", has_text=TEAM).wait_for()
    assert page.locator("#detail .facts").text_content().count("SIM-") == 2  # its last stop and its next


def test_teams_beyond_the_limit_are_told_in_the_list_and_at_the_entry(quiet_page, tmp_path, monkeypatch):
    monkeypatch.setattr(team_list, "MOST_TEAMS", 1)
    monkeypatch.setattr(work_start, "MOST_TEAMS", 1)
    tables = {
        "areas": [square(0, area_id="A", level=1, name_en="Area")],
        "stations": [{"area_id": "A", "number": "1", "lon": 60.5, "lat": 46}],
        "teams": [{"team_id": name} for name in ("T1", "T2", "T3")],
    }
    with serving([write(tmp_path / "many", tables, nature="live")], tmp_path / "state") as address:
        page = open_desk(quiet_page, address("many"), "en/#tab=teams")
        page.get_by_text("Showing 1 of 3.").wait_for()
        page = open_desk(quiet_page, address("many"), "en/#tab=entry")
        page.get_by_text("2 more teams are not suggested here").wait_for()
        page.goto("about:blank")  # else it asks a server that has gone


@pytest.mark.parametrize("size", TIGHT_FIRST)
def test_a_team_found_by_search_lies_in_the_free_part(quiet_page, desks, size):
    page = open_desk(calm(quiet_page, size), desks(SIMULATED))
    with page.expect_response(lambda answer: answer.url.endswith("/teams.json")) as answer:
        arrived(page, lambda: find(page, TEAM, TEAM))
    team = next(row for row in answer.value.json()["rows"] if row["team"] == TEAM)
    assert seen(page, (team["lon"], team["lat"])) == [True]


@pytest.mark.capability("Where a team goes next", page="desk")
def test_where_next_proposes_three_stations_with_their_way(quiet_page, desks):
    page = open_desk(quiet_page, desks(SIMULATED), f"en/#team={TEAM}")
    page.locator("#detail .small-button").click()
    page.locator("#detail .visits .visit").nth(2).wait_for()
    rows = page.locator("#detail .visits .visit").all_text_contents()
    assert len(rows) == 3 and all(" km, " in text and "adds" in text for text in rows)
    expect(page.locator("#detail a[href^='geo:']")).to_have_count(3)


def test_gaps_near_a_team_are_nearest_first(quiet_page, desks):
    page = open_desk(quiet_page, desks(SIMULATED), f"en/#team={TEAM}")
    page.get_by_role("button", name="Gaps near this team").click()
    page.get_by_text(f"Nearest to {TEAM} first.").wait_for()
    texts = page.locator("#list .item p:last-child").all_text_contents()
    away = [int(text.split(" km")[0].replace(",", "")) for text in texts if " km away" in text]
    assert len(away) > 2 and away == sorted(away)


def test_the_team_of_the_overdue_board_is_marked_on_the_map(quiet_page, desks):
    page = open_desk(quiet_page, desks(SIMULATED), "en/#tab=overdue")
    page.locator(".leaflet-teams-pane canvas[data-teams='1']").wait_for(state="attached")
