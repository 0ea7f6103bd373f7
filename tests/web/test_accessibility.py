"""No page breaks WCAG 2.2 AA by axe-core, in any language, light or dark; none scrolls sideways."""

import pytest

from tests.browser import Record, axe_violations, open_context
from tests.web import missions
from tests.web.desks import ROOT, open_desk

pytestmark = pytest.mark.browser
LANGUAGES = ("en", "ru", "kk")
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")  # the last holds the size of targets
WIDE = {"width": 1280, "height": 800}
NARROW = {"width": 320, "height": 640}  # WCAG 1.4.10
HALF = {"width": 640, "height": 400}  # 1280 × 800 at 200 %, WCAG 1.4.4


@pytest.fixture(scope="module")
def press(serve, tmp_path_factory):
    counted = missions.sized(tmp_path_factory.mktemp("missions") / "counted", 2_000)
    return serve([ROOT / "data" / "kazakhstan-2005", counted])


def open_press(page, address):
    page.goto(address)
    page.locator("#area-list li").first.wait_for(state="attached")
    if "#area" in address:
        page.locator("#detail .finding").first.wait_for()
    if "view=rate" in address:
        page.locator("#area-list .word").first.wait_for(state="attached")


def plain(page, address):
    assert page.goto(address).status == 200
    page.wait_for_load_state("networkidle")


def opened_desk(part):
    def go(page, address):
        open_desk(page, *address.split("|"))
        page.locator(part).first.wait_for()

    return go


# What is opened, how, and where: {press} and {desk} are addresses, {code} a language.
STATES = {
    "press": (open_press, "{press}/kazakhstan-2005/{code}/#area=2&severity=14"),
    "press, rates": (open_press, "{press}/counted/{code}/#view=rate"),
    "area page": (plain, "{press}/counted/{code}/area/A1/"),
    "embed": (plain, "{press}/counted/{code}/embed/"),
    "methods": (plain, "{press}/counted/{code}/methods/"),
    "start": (plain, "{press}/{code}/"),
    "desk, a station": (opened_desk("#detail .visit"), "{desk}|{code}/#station=A/N0&tab=overdue&view=rate"),
    "desk, table": (opened_desk("#table-body tbody tr"), "{desk}|{code}/#table=stations&tab=offmap"),
    "desk, an area": (opened_desk("#detail .facts"), "{desk}|{code}/#view=gap&tab=gaps&open=B"),
}


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_page_breaks_wcag_light_or_dark(browser, press, desks, code):
    found = {}
    with open_context(browser, Record(), viewport=WIDE, color_scheme="light") as context:
        page = context.new_page()
        for name, (go, address) in STATES.items():
            page.emulate_media(color_scheme="light")
            go(page, address.format(press=press, desk=desks("small"), code=code))
            found[name, "light"] = axe_violations(page, rules=RULES)
            page.emulate_media(color_scheme="dark")
            # the same elements in other colours: what depends on colour is asked again
            found[name, "dark"] = axe_violations(page, rules=("color-contrast", "link-in-text-block"))
    assert {state: broken for state, broken in found.items() if broken} == {}


# Wider than the window, unless it scrolls on its own (a table, the tabs) or is the map, which is a picture.
TOO_WIDE = """() => [...document.querySelectorAll('main *')].filter(one => {
    const { right, width, height } = one.getBoundingClientRect();
    return right > innerWidth + 1 && width > 1 && height > 1 && one.checkVisibility()
        && !one.closest('.leaflet-container, .scroll, .band, .stages, .tabs, svg');
}).map(one => `${one.tagName} ${one.id || one.className}`)"""


@pytest.mark.parametrize("window", [NARROW, HALF], ids=["320 px", "200 percent"])
def test_nothing_is_lost_in_a_narrow_window(browser, press, desks, window):
    record = Record()
    with open_context(browser, record, viewport=window, reduced_motion="reduce") as context:
        page = context.new_page()
        for name, (go, address) in STATES.items():
            go(page, address.format(press=press, desk=desks("small"), code="kk"))
            assert page.evaluate("document.documentElement.scrollWidth") <= window["width"], name
            assert page.evaluate(TOO_WIDE) == [], name
    assert record.complaints() == []


# WCAG 1.4.12: nothing may be cut when a reader sets letters, words and lines further apart.
APART = """() => {
    const sheet = new CSSStyleSheet();
    const apart = 'letter-spacing: .12em !important; word-spacing: .16em !important;';
    sheet.replaceSync(`* { ${apart} line-height: 1.5 !important }`);
    document.adoptedStyleSheets = [sheet];
    return [...document.querySelectorAll('button, label, h1, h2, p, td, th')].filter(one => {
        const { overflowX, overflowY, textOverflow } = getComputedStyle(one);
        const isCut = overflowX === 'hidden' || overflowY === 'hidden';
        return isCut && textOverflow !== 'ellipsis' && one.scrollHeight > one.clientHeight + 2
            && !one.matches('.visually-hidden, .visually-hidden *');
    }).map(one => `${one.tagName} ${one.className}`);
}"""


def test_text_set_apart_is_not_cut(quiet_page, press, desks):
    for name in ("press, rates", "methods", "desk, a station"):
        go, address = STATES[name]
        go(quiet_page, address.format(press=press, desk=desks("small"), code="ru"))
        assert quiet_page.evaluate(APART) == [], name


SWATCHES = """async ([url, statuses]) => {
    const { swatch } = await import(url);
    const box = document.createElement('div');
    for (const status of statuses) box.append(swatch(`status-${status}`));
    document.body.prepend(box);
    box.id = 'five';
    return statuses.length;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_five_statuses_are_five_pictures_on_the_press_page(browser, press, scheme):
    statuses = ["published", "insufficient", "suppressed", "not_observed", "not_reported"]
    with open_context(browser, Record(), viewport=WIDE, color_scheme=scheme) as context:
        page = context.new_page()
        open_press(page, f"{press}/counted/en/")
        theme = page.locator("script[src*='/js/theme.js']").evaluate("one => one.src")
        page.evaluate(SWATCHES, [theme.replace("theme.js", "swatches.js"), statuses])
        pictures = {one.screenshot() for one in page.locator("#five svg").all()}
        assert len(pictures) == 5


def test_five_statuses_are_five_words_on_the_press_page(page, press):
    values = []
    page.on("response", lambda answer: values.append(answer) if "/values" in answer.url else None)
    open_press(page, f"{press}/counted/en/")
    statuses = values[0].json()["statuses"]
    assert len({one["title"] for one in statuses.values()}) == len(statuses) == 5
    assert len({one["short"] for one in statuses.values()}) == 5
