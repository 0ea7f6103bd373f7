"""What stays and what goes when a reader of the press page chooses something else."""

import pytest
from playwright.sync_api import expect

from tests.web.desks import ROOT, SIMULATED
from tests.web.test_press_pages_in_browser import open_map

pytestmark = pytest.mark.browser


def test_a_class_held_in_the_legend_is_let_go_with_its_figures(quiet_page, counted):
    page = open_map(quiet_page, f"{counted}/en/#view=findings")
    page.locator(".histogram button").first.click()
    page.locator(".histogram button[aria-pressed=true]").wait_for()
    page.locator("input[name=view][value=coverage]").check(force=True)
    page.locator("#legend[data-view=coverage]").wait_for()
    page.mouse.move(1, 1)
    expect(page.locator(".histogram button[aria-pressed=true]")).to_have_count(0)
    page.locator(".is-dimmed").first.wait_for(state="detached")


def test_escape_closes_a_menu_and_leaves_the_card(quiet_page, kazakhstan):
    page = open_map(quiet_page, f"{kazakhstan}/en/#unit=0")
    page.locator("#detail:not([hidden])").wait_for()
    summary = page.locator("details.menu > summary").first
    summary.focus()
    page.keyboard.press("Enter")
    page.locator("details.menu[open]").first.wait_for()
    page.keyboard.press("Escape")
    expect(page.locator("details.menu[open]")).to_have_count(0)
    expect(page.locator("#detail")).to_be_visible()
    assert summary.evaluate("one => one === document.activeElement")


@pytest.mark.capability("Marks that lie on one another are opened", page="press")
def test_a_pile_of_marks_is_opened_with_enter_and_keeps_the_focus(quiet_page, kazakhstan):
    page = open_map(quiet_page, f"{kazakhstan}/en/")
    pile = page.locator("[data-pile]").first
    area = pile.get_attribute("data-pile")
    pile.focus()
    page.keyboard.press("Enter")
    page.locator("#detail:not([hidden])").wait_for()
    assert page.evaluate("document.activeElement.dataset.pile") == area


def test_what_is_cited_keeps_the_choice_after_a_link_to_a_part_of_the_page(quiet_page, kazakhstan):
    page = open_map(quiet_page, f"{kazakhstan}/en/#view=coverage")
    page.locator("a.how").click()
    page.wait_for_url("**#reading")
    page.locator(".take-away summary", has_text="Embed").click()
    page.locator("a[data-picture='-web.png'][href*='coverage']").wait_for(state="attached")
    assert page.locator("#citation").input_value().endswith(f"{kazakhstan}/en/#view=coverage")
    language = page.locator(".toolbar a[hreflang=ru]")
    language.evaluate("one => one.addEventListener('click', event => event.preventDefault())")
    language.dispatch_event("click")
    assert language.evaluate("one => one.hash") == "#view=coverage"


def test_legend_of_a_stage_says_that_single_stations_are_of_the_whole_day(quiet_page, serve):
    site = serve([ROOT / "data" / SIMULATED])
    page = open_map(quiet_page, f"{site}/{SIMULATED}/en/#stage=voting")
    note = page.locator("#legend .legend-note", has_text="Polling stations on the map are of the whole day")
    far = page.locator("#legend .legend-note", has_text="Zoom in to see single stations.")
    expect(note).to_be_hidden()  # from afar there are none on the map
    expect(far).to_be_visible()
    page.locator("#zoom button").first.click()
    page.locator(".leaflet-stations-pane canvas").first.wait_for(state="attached")
    expect(note).to_be_visible()
    expect(far).to_be_hidden()
    page.evaluate("location.hash = '#stage=all'")
    page.locator("#legend[data-choice^='all/']").wait_for()
    expect(note).to_have_count(0)
    page.evaluate("location.hash = '#stage=voting&on=towns'")
    page.locator("#legend[data-choice^='voting/']").wait_for()
    expect(note).to_have_count(0)
