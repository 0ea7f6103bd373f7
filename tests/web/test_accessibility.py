"""No page breaks WCAG 2.2 AA by axe-core, in any language, light or dark; none scrolls sideways."""

import pytest

from tests.browser import axe_violations
from tests.web.desks import TOKEN, open_desk

pytestmark = pytest.mark.browser
# the same elements in every language, the longest words in Kazakh
LANGUAGES = (*(pytest.param(code, marks=pytest.mark.slow) for code in ("en", "ru")), "kk")
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")  # the last holds the size of targets
NARROW = {"width": 320, "height": 640}  # WCAG 1.4.10
HALF = {"width": 640, "height": 400}  # 1280 × 800 at 200 %, WCAG 1.4.4


def open_press(page, address):
    page.goto(address)
    page.locator("#stage[data-shown*='/']").wait_for(state="attached")
    if "#area" in address:
        page.locator("#detail .finding").first.wait_for()
        page.locator(".leaflet-zoom-anim").wait_for(state="detached")  # on its way, marks lie under the card


def plain(page, address):
    assert page.goto(address).status == 200
    page.wait_for_load_state("networkidle")


def with_key(page, address):
    """The page where people bring their own data, of the server that has this desk."""
    server = address.partition("/small/")[0]
    answer = page.request.get(f"{server}/new/?token={TOKEN}", max_redirects=0)
    assert answer.status in (302, 303)
    plain(page, f"{server}/new/{address.partition('|')[2]}")


def opened_desk(part):
    def go(page, address):
        open_desk(page, *address.split("|"))
        page.locator(part).first.wait_for()

    return go


# What is opened, how, and where: {press} and {desk} are addresses, {code} a language.
STATES = {
    "press": (open_press, "{press}/kazakhstan-2005/{code}/#area=2&severity=14"),
    "press, marks": (open_press, "{press}/kazakhstan-2005/{code}/"),
    "press, rates": (open_press, "{press}/counted/{code}/#view=rate"),
    "area page": (plain, "{press}/counted/{code}/area/A1/"),
    "embed": (plain, "{press}/counted/{code}/embed/"),
    "embed of an area": (plain, "{press}/counted/{code}/embed/area/A1/"),
    "methods": (plain, "{press}/counted/{code}/methods/"),
    "start": (plain, "{press}/{code}/"),
    "new": (with_key, "{desk}|{code}/"),
    "desk, a station": (opened_desk("#detail .visit"), "{desk}|{code}/#station=A/N0&tab=overdue&view=rate"),
    "desk, table": (opened_desk("#table-body tbody tr"), "{desk}|{code}/#table=stations&tab=offmap"),
    "desk, an area": (opened_desk("#detail .facts"), "{desk}|{code}/#view=gap&tab=gaps&open=B"),
}


OFTEN = ("press, rates", "start", "desk, a station")
EACH_STATE = [pytest.param(name, marks=() if name in OFTEN else pytest.mark.slow) for name in STATES]


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("name", EACH_STATE)
@pytest.mark.capability("WCAG 2.2 AA, light and dark", page="every page")
def test_no_page_breaks_wcag_light_or_dark(page, press, desks, name, code):
    go, address = STATES[name]
    go(page, address.format(press=press, desk=desks("small"), code=code))
    assert axe_violations(page, rules=RULES) == []
    page.emulate_media(color_scheme="dark")
    # the same elements in other colours: what depends on colour is asked again
    assert axe_violations(page, rules=("color-contrast", "link-in-text-block")) == []


PUBLIC = ("press, marks", "press, rates", "area page", "embed", "embed of an area", "methods", "start", "new")


@pytest.mark.slow
@pytest.mark.capability("Forced colours", page="every page")
def test_no_public_page_breaks_wcag_where_a_reader_forces_colours(page, press, desks):
    page.emulate_media(forced_colors="active")
    for name in PUBLIC:
        go, address = STATES[name]
        go(page, address.format(press=press, desk=desks("small"), code="kk"))
        assert axe_violations(page, rules=RULES) == [], name


# Wider than the window, unless it scrolls on its own (a table, the tabs) or is the map, which is a picture.
TOO_WIDE = """() => [...document.querySelectorAll('main *')].filter(one => {
    const { right, width, height } = one.getBoundingClientRect();
    return right > innerWidth + 1 && width > 1 && height > 1 && one.checkVisibility()
        && !one.closest('.leaflet-container, .scroll, .stages, .tabs, .views, svg');
}).map(one => `${one.tagName} ${one.id || one.className}`)"""


@pytest.mark.parametrize(
    "window",
    [
        pytest.param(NARROW, id="320 px"),
        pytest.param(HALF, id="200 percent", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("name", EACH_STATE)
@pytest.mark.capability("Narrow windows and magnified text", page="every page")
def test_nothing_is_lost_in_a_narrow_window(quiet_page, press, desks, name, window):
    quiet_page.set_viewport_size(window)
    quiet_page.emulate_media(reduced_motion="reduce")
    go, address = STATES[name]
    go(quiet_page, address.format(press=press, desk=desks("small"), code="kk"))
    assert quiet_page.evaluate("document.documentElement.scrollWidth") <= window["width"]
    assert quiet_page.evaluate(TOO_WIDE) == []


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
    box.id = 'all-statuses';
    return statuses.length;
}"""


def test_every_status_has_a_picture_of_its_own_on_the_press_page(page, press):
    statuses = ["published", "merged", "insufficient", "not_observed", "not_reported", "not_known"]
    open_press(page, f"{press}/counted/en/")
    theme = page.locator("script[src*='/js/theme.js']").evaluate("one => one.src")
    page.evaluate(SWATCHES, [theme.replace("theme.js", "press/legend-swatches.js"), statuses])
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        pictures = {one.screenshot() for one in page.locator("#all-statuses svg").all()}
        assert len(pictures) == len(statuses), scheme


def test_every_status_has_a_word_of_its_own_on_the_press_page(page, press):
    values = []
    page.on("response", lambda answer: values.append(answer) if "/values" in answer.url else None)
    open_press(page, f"{press}/counted/en/")
    statuses = values[0].json()["statuses"]
    assert len({one["title"] for one in statuses.values()}) == len(statuses) == 6
    assert len({one["says"] for one in statuses.values()}) == 6


def test_every_pile_of_marks_is_a_target_of_24_pixels(page, press):
    page.goto(f"{press}/kazakhstan-2005/en/")
    page.locator("[data-pile]").first.wait_for()
    sizes = page.locator("[data-pile]").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().width)"
    )
    assert min(sizes) >= 24
