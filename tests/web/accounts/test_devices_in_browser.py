"""The page of devices in a browser: a key made, copied and ended by keyboard, WCAG in every language."""

import pytest
from playwright.sync_api import expect

from tests.browser import axe_violations
from tests.listening import listening
from tests.web.accounts.signing_in import OWN, application, person
from tests.web.accounts.test_people_in_browser import let_in
from tests.web.test_accessibility import RULES, TOO_WIDE

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NAME = "input[name=name]:not([type=hidden])"


@pytest.fixture
def admin(page, both, tmp_path):
    """Give a page on which an admin is signed in, and the address of its server's pages of accounts."""
    app = application(both, tmp_path)
    with listening(app) as base:
        let_in(page.context, app, base, person(app, "ada", ["admin"]))
        yield page, f"{base}/account"


def reach(page, selector):
    """Press Tab until an element has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.locator(selector).first.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{selector} is not reached by Tab")


def sent(page, address, key):
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    at = address.replace("/account", f"/api/v1/{OWN}/visits")
    return page.request.post(at, headers=headers, data='{"id": "r1", "station_id": "A0/0"}').status


@pytest.mark.capability("Admins make, list and end the keys of devices", page="accounts")
@pytest.mark.parametrize("code", ["en", "ru", "kk"])
def test_a_key_is_made_copied_and_ended_by_keyboard_and_no_step_breaks_a_rule_of_wcag(admin, code):
    page, address = admin
    problems = {}

    def look(state):
        problems[state, "light"] = axe_violations(page, rules=RULES)
        page.emulate_media(color_scheme="dark")
        problems[state, "dark"] = axe_violations(page, rules=("color-contrast", "link-in-text-block"))
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 320, "height": 640})
        problems[state, "narrow"] = page.evaluate(TOO_WIDE)
        page.set_viewport_size({"width": 1280, "height": 800})

    page.goto(f"{address}/{code}/people/")
    reach(page, f"a[href$='/devices/{OWN}/']")
    with page.expect_navigation():  # the page before has such a field, too
        page.keyboard.press("Enter")
    reach(page, NAME)
    look("none")
    page.keyboard.type("phone-1")
    for text in ("t", "A1", "A0/0"):  # the first team that begins so, an area, a station
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#key")).to_be_focused()
    look("made")
    key = page.locator("#key").input_value()
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")
    reach(page, NAME)
    page.keyboard.press("Control+v")
    expect(page.locator(NAME)).to_have_value(key)
    assert sent(page, address, key) == 201
    page.goto(f"{address}/{code}/devices/{OWN}/")
    reach(page, "summary")
    expect(page.locator("summary")).to_contain_text("phone-1")
    page.keyboard.press("Enter")
    look("listed")
    reach(page, "form[action=end] button")
    page.keyboard.press("Enter")
    expect(page.locator("summary")).to_have_count(0)
    assert sent(page, address, key) == 401
    assert {state: broken for state, broken in problems.items() if broken} == {}
