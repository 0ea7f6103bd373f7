"""A choice on the desk: pending until its figures are there, then all at once; refused, slow, offline."""

import pytest
from playwright.sync_api import expect

from tests.web.desks import open_desk, settled

pytestmark = pytest.mark.browser
SPOKEN = """() => ['caption-more', 'legend', 'list', 'key-figures', 'state-list']
    .map(id => document.getElementById(id).textContent).join('|')"""
CLOSING = "input[name=stage][value=closing]"
FIGURES = "**/figures-area.json?stage=closing*"


def spoken(page):
    """All that the page says of a choice: caption, legend, list, figures, states."""
    return page.evaluate(SPOKEN)


def held(page, pattern=FIGURES):
    """Hold what is asked for; return what lets it go on, and whatever comes after it."""
    routes, is_open = [], []
    page.route(pattern, lambda route: route.continue_() if is_open else routes.append(route))

    def go_on():
        is_open.append(True)
        for route in routes:
            route.continue_()

    return go_on


def line(page, *, is_up):
    """Give the page its line or take it away, and wait until it is so: a browser does it by and by."""
    page.context.set_offline(not is_up)
    page.wait_for_function(
        "isUp => fetch('../version.json', { cache: 'no-store' }).then(() => isUp, () => !isUp)", arg=is_up
    )


@pytest.mark.capability("Figures never run ahead of the choice", page="desk")
def test_a_choice_is_pending_and_nothing_speaks_of_it_until_its_figures_are_there(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"))
    before, go_on = spoken(page), held(page)
    page.locator(CLOSING).check(force=True)
    page.locator("html[data-pending]").wait_for(state="attached")
    page.locator("#waiting").wait_for(state="visible")
    expect(page.locator(CLOSING)).to_be_checked()
    assert spoken(page) == before
    page.locator("input[name=view][value=rate]").check(
        force=True
    )  # another look at the figures that are there
    assert "Stage: closing." not in page.locator("#caption-more").text_content()
    go_on()
    settled(page, "stage=closing")
    expect(page.locator("#caption-more")).to_contain_text("Stage: closing.")
    page.locator("#waiting").wait_for(state="hidden")
    expect(page.locator("html[data-pending]")).to_have_count(0)


def test_everything_changes_in_one_frame(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"))
    page.evaluate(
        f"""() => {{
            window.heard = new Set();
            const look = () => {{ window.heard.add(({SPOKEN})()); requestAnimationFrame(look); }};
            look();
        }}"""
    )
    page.locator(CLOSING).check(force=True)
    settled(page, "stage=closing")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("window.heard.size") == 2


def test_a_refused_choice_snaps_back_and_can_be_tried_again(page, desks):
    open_desk(page, desks("small"))
    before = spoken(page)
    page.route(FIGURES, lambda route: route.fulfill(status=400))
    page.locator(CLOSING).check(force=True)
    page.locator("#standing .small-button").wait_for(state="visible")
    page.locator("input[name=stage][value='']:checked").wait_for(state="attached")
    assert spoken(page) == before and "stage" not in page.url
    page.unroute(FIGURES)
    page.locator("#standing .small-button").click()
    settled(page, "stage=closing")
    expect(page.locator(CLOSING)).to_be_checked()
    page.locator("#standing").wait_for(state="hidden")


def test_without_a_line_the_time_of_the_figures_is_said_until_it_returns(page, desks):
    open_desk(page, desks("small"))
    line(page, is_up=False)
    page.locator(CLOSING).check(force=True)
    page.locator("#standing").wait_for(state="visible")
    expect(page.locator("#standing")).to_contain_text("These are the figures of 14:00")
    assert "Stage: closing." not in page.locator("#caption-more").text_content()
    line(page, is_up=True)
    settled(page, "stage=closing")
    page.locator("#standing").wait_for(state="hidden")


def test_the_last_of_several_choices_is_shown(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"))
    go_on = held(page)
    page.locator(CLOSING).check(force=True)
    page.locator("html[data-pending]").wait_for(state="attached")
    page.locator("input[name=stage][value=opening]").check(force=True)
    settled(page, "stage=opening")
    go_on()
    expect(page.locator("#caption-more")).to_contain_text("Stage: opening.")
