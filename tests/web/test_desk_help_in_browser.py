"""Help on the desk: keys that act alone, a tour that comes once, and Windows' high contrast."""

import pytest
from playwright.sync_api import expect

from tests.browser import Record, axe_violations, open_context
from tests.web.desks import SIMULATED, TOKEN, open_desk
from tests.web.test_accessibility import RULES, TOO_WIDE

pytestmark = pytest.mark.browser


@pytest.fixture
def newcomer(browser):
    """A page of a browser that was never here; the others are told that the tour was seen."""
    record = Record()
    with open_context(browser, record, reduced_motion="reduce") as context:
        yield context.new_page()
    assert record.complaints() == []


def first_visit(page, address, code="en"):
    page.goto(f"{address}/?token={TOKEN}&lang={code}")
    page.locator("html[data-stations]").wait_for(state="attached")
    page.locator("#tour").wait_for()
    return page


@pytest.mark.capability("Help with the keys and a tour of a first visit", page="desk")
def test_the_question_mark_opens_the_keys_and_escape_closes_them(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"))
    page.keyboard.press("?")
    page.locator("#help").wait_for()
    assert page.locator("#help kbd").count() >= 8
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()


@pytest.mark.parametrize(
    ("key", "there"),
    [
        ("/", "#q:focus"), ("4", "input[name=view][value=rate]:checked"),
        pytest.param("t", "#table[open]", marks=pytest.mark.slow),
        pytest.param("1", "input[name=view][value=both]:checked", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_single_keys_act(quiet_page, desks, key, there):
    page = open_desk(quiet_page, desks("small"))
    page.keyboard.press(key)
    page.locator(there).wait_for(state="attached")


def test_what_is_written_into_a_field_is_no_command(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"))
    page.locator("#q").press_sequentially("t4?/")
    expect(page.locator("#q")).to_have_value("t4?/")
    assert page.locator("#table").is_hidden() and page.locator("#help").is_hidden()


def test_a_key_that_a_list_took_does_nothing_more(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"))
    page.evaluate("document.body.addEventListener('keydown', event => event.preventDefault())")
    page.keyboard.press("t")
    expect(page.locator("#table")).to_be_hidden()


def test_single_keys_can_be_switched_off_and_stay_so(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"))
    page.locator("#help-open").click()
    page.locator("#keys").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.locator("html[data-stations]").wait_for(state="attached")
    page.keyboard.press("t")
    page.keyboard.press("?")
    assert page.locator("#table").is_hidden() and page.locator("#help").is_hidden()


def test_the_tour_has_four_steps_and_comes_once(newcomer, desks):
    page = first_visit(newcomer, desks("small"))
    steps = []
    for _ in range(4):
        steps.append(page.locator("#tour li:visible h2").text_content())
        expect(page.locator(".is-toured")).to_have_count(1)
        page.locator("#tour-next").click()
    assert len(set(steps)) == 4 and page.locator("#tour").is_hidden()
    page.reload()
    page.locator("html[data-stations]").wait_for(state="attached")
    expect(page.locator("#tour")).to_be_hidden()


def test_a_tour_that_was_skipped_is_not_shown_again_unless_asked_for(newcomer, desks):
    page = first_visit(newcomer, desks("small"))
    page.locator("#tour-skip").click()
    page.reload()
    page.locator("html[data-stations]").wait_for(state="attached")
    expect(page.locator("#tour")).to_be_hidden()
    page.locator("#help-open").click()
    page.locator("#tour-start").click()
    page.locator("#tour").wait_for()


def test_the_browser_remembers_nothing_of_the_data(newcomer, desks):
    page = first_visit(newcomer, desks("small"))
    page.locator("#tour-skip").click()
    page.locator("#help-open").click()
    page.locator("#keys").uncheck()
    assert page.evaluate("({...localStorage})") == {"tour": "seen", "keys": "off"}
    assert page.evaluate("sessionStorage.length") == 0


@pytest.mark.parametrize(
    "width", [320, *(pytest.param(width, marks=pytest.mark.slow) for width in (390, 1440))]
)
def test_help_and_tour_break_no_rule_and_fit(newcomer, desks, width):
    newcomer.set_viewport_size({"width": width, "height": 720})
    page = first_visit(newcomer, desks("small"), "kk")
    assert axe_violations(page, rules=RULES) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(TOO_WIDE) == []
    page.locator("#tour-skip").click()
    page.locator("#help-open").click()
    assert axe_violations(page, rules=RULES) == []
    box = page.locator("#help").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width


# What is chosen must not look like what is not, where a system paints everything in two colours.
LOOKS = """selector => [...document.querySelectorAll(selector)].map(one => {
    const { backgroundColor, borderBottomColor, color, outlineStyle } = getComputedStyle(one);
    return `${backgroundColor} ${borderBottomColor} ${color} ${outlineStyle}`;
})"""
CHOICES = [
    (".views label:has(:checked)", ".views label:not(:has(:checked))"),
    (".stages label:has(:checked)", ".stages label:not(:has(:checked))"),
    ("#tabs [aria-selected=true]", "#tabs [aria-selected=false]"),
    (".unit-row[aria-pressed=true]", ".unit-row[aria-pressed=false]"),
    (".toolbar [aria-current]", ".toolbar a:not([aria-current])"),
]


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
@pytest.mark.capability("Windows' high contrast", page="desk")
def test_choices_are_seen_in_forced_colours(browser, desks, scheme):
    record = Record()
    options = {"forced_colors": "active", "color_scheme": scheme, "reduced_motion": "reduce"}
    with open_context(browser, record, **options) as context:
        page = open_desk(context.new_page(), desks(SIMULATED), "en/#view=rate&open=KZ-ALA")
        page.locator("#detail .facts").wait_for()
        for chosen, other in CHOICES:
            assert not set(page.evaluate(LOOKS, chosen)) & set(page.evaluate(LOOKS, other)), chosen
        swatches = page.locator(".ramp-cell").evaluate_all(
            "all => all.map(one => getComputedStyle(one).backgroundColor)"
        )
        assert len(set(swatches)) == len(swatches) > 1
        assert axe_violations(page, rules=RULES) == []
    assert record.complaints() == []
