"""What a graphics editor would not print: bars on axes of their own, cut maps and names, small letters."""

import re

import pytest
from playwright.sync_api import expect

from tests.web.desks import ROOT, SIMULATED, open_desk, serving
from tests.web.test_press_pages_in_browser import open_map, open_map_or_frame

pytestmark = pytest.mark.browser
CITIZENS = "kazakhstan-2005-citizens"
SMALLEST_PX = 12
PHONE = {"width": 390, "height": 844}

# Texts that are seen and smaller than a reader can be asked to read.
SMALL = """least => [...document.querySelectorAll('body *')].filter(one => {
    const isText = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    return isText && one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length
        && !one.closest('.visually-hidden') && parseFloat(getComputedStyle(one).fontSize) < least;
}).map(one => `${one.tagName} ${one.id || one.getAttribute('class')}: ${one.textContent.slice(0, 30)}`)"""
# Names whose box is smaller than they are.
CUT = """within => [...document.querySelectorAll(within)].filter(one =>
    one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1
).map(one => one.textContent)"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Give the addresses of two desks: of a random sample by citizens, and of an international mission."""
    folders = [ROOT / "data" / slug for slug in (CITIZENS, SIMULATED)]
    with serving(folders, tmp_path_factory.mktemp("state")) as of:
        yield of


@pytest.fixture(scope="module")
def site(serve):
    """Give the address of a server of both simulated missions."""
    return serve([ROOT / "data" / slug for slug in (CITIZENS, SIMULATED)])


@pytest.mark.parametrize("tab", ["areas", "inbox"])
def test_no_text_of_the_desk_is_below_twelve_pixels(quiet_page, desk, tab):
    page = open_desk(quiet_page, desk(CITIZENS), f"ru/#view=both&tab={tab}")
    page.locator(f"#list[data-tab={tab}]").wait_for()
    assert page.evaluate(SMALL, SMALLEST_PX) == []
    page.set_viewport_size(PHONE)
    assert page.evaluate(SMALL, SMALLEST_PX) == []


def test_no_text_of_the_press_page_is_below_twelve_pixels(quiet_page, site):
    for address in ("ru/", "ru/embed/", "kk/area/KZ-ALA/", "kk/methods/"):
        page = quiet_page
        page.goto(f"{site}/{CITIZENS}/{address}")
        if "area" not in address and "methods" not in address:
            open_map_or_frame(page, page.url)
        for window in ({"width": 1440, "height": 900}, PHONE):
            page.set_viewport_size(window)
            assert page.evaluate(SMALL, SMALLEST_PX) == [], (address, window["width"])


def test_bars_of_the_press_list_begin_and_end_at_the_same_places(quiet_page, site):
    page = open_map(quiet_page, f"{site}/{SIMULATED}/en/")
    page.locator("#unit-list .bar").first.wait_for()
    ends = page.locator("#unit-list .bar").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect())"
        ".map(({ left, right }) => [left, right].map(Math.round))"
    )
    assert len(ends) > 5 and len({tuple(one) for one in ends}) == 1


def test_bars_of_the_desk_list_are_as_long_as_their_figures(quiet_page, desk):
    page = open_desk(quiet_page, desk(CITIZENS), "en/#view=gap")
    rows = page.locator("#list .unit-row")
    told = [int(rows.nth(i).locator(".n").text_content()) for i in range(2)]
    assert told[0] > told[1] > 0
    long = [float(rows.nth(i).locator("[class^=bar]").get_attribute("width")) for i in range(2)]
    assert long[0] == 90 and long[1] / long[0] == pytest.approx(told[1] / told[0], abs=0.02)


# Of every row of a list: the number printed, the name, and the part and whole beside them.
ROWS = """([row, share, ratio]) => [...document.querySelectorAll(row)].map(one => [
    parseFloat(one.querySelector(share)?.textContent ?? ""), one.querySelector(".name").textContent,
    one.querySelector(ratio)?.textContent ?? "",
])"""
OF_PRESS = ["#unit-list button", ".share", ".n"]
OF_DESK = ["#list .unit-row", ".n", ".of"]


def in_order(rows):
    return sorted(rows, key=lambda row: (-row[0], row[1]))


def test_press_list_is_in_the_order_of_the_shares_printed_and_of_names(quiet_page, site):
    page = open_map(quiet_page, f"{site}/{CITIZENS}/en/#view=coverage")  # 128 of 623 and 193 of 939
    rows = page.evaluate(ROWS, OF_PRESS)
    assert len(rows) > 10 and rows == in_order(rows)


def test_desk_list_is_in_the_order_of_the_shares_printed_and_of_names(quiet_page, desk):
    page = open_desk(quiet_page, desk(CITIZENS), "en/#view=coverage")  # 94 of 450 and 263 of 1,261
    rows = page.evaluate(ROWS, OF_DESK)
    assert len(rows) > 10 and rows == in_order(rows)


def test_who_has_too_few_for_a_share_comes_after_every_share(quiet_page, site):
    page = open_map(quiet_page, f"{site}/{SIMULATED}/en/")
    shares = page.locator("#unit-list .share").all_text_contents()
    assert "" in shares and shares == sorted(shares, key=lambda text: not text)


@pytest.mark.parametrize("view", ["findings", "coverage"])
def test_every_share_of_the_press_list_stands_beside_its_n(quiet_page, site, view):
    page = open_map(quiet_page, f"{site}/{CITIZENS}/en/#view={view}")
    rows = page.evaluate(ROWS, OF_PRESS)
    assert rows and [row for row in rows if not re.fullmatch(r"[\d,]+ / [\d,]+", row[2])] == []


@pytest.mark.parametrize("view", ["rate", "coverage", "hot_spot", "both"])
def test_every_share_of_the_desk_list_stands_beside_its_n(quiet_page, desk, view):
    page = open_desk(quiet_page, desk(CITIZENS), f"en/#view={view}")
    rows = page.evaluate(ROWS, OF_DESK)
    assert rows and [row for row in rows if not re.fullmatch(r"[\d,]+ / [\d,]+", row[2])] == []


@pytest.mark.parametrize("slug", [CITIZENS, SIMULATED])
def test_map_begins_in_the_upper_half_of_a_phone(quiet_page, site, slug):
    quiet_page.set_viewport_size(PHONE)
    page = open_map(quiet_page, f"{site}/{slug}/kk/")  # the longest sentences
    assert page.locator(".picture").bounding_box()["y"] < PHONE["height"] / 2


def test_mark_of_a_menu_never_stands_on_a_line_without_a_word(quiet_page, site):
    page = open_map(quiet_page, f"{site}/{CITIZENS}/kk/")
    quiet_page.set_viewport_size(PHONE)
    lines = page.locator("[data-menu=from] summary").evaluate(
        """menu => {
            const word = menu.querySelector("b");
            const wide = word.getBoundingClientRect().right - menu.getBoundingClientRect().left;
            menu.style.display = "inline-block";
            menu.style.width = `${Math.ceil(wide) + 2}px`; // room for the words, none for the mark
            return word.getClientRects().length;
        }"""
    )
    assert lines == 2  # the last word has gone to the second line with the mark


@pytest.mark.parametrize("code", ["ru", "kk"])
def test_no_name_of_an_area_is_cut_in_the_lists(quiet_page, desk, site, code):
    open_desk(quiet_page, desk(CITIZENS), f"{code}/#view=both")
    assert quiet_page.evaluate(CUT, "#list .unit-row .name") == []
    page = open_map(quiet_page, f"{site}/{CITIZENS}/{code}/")
    page.locator("#unit-list .name").first.wait_for()
    assert page.evaluate(CUT, "#unit-list .name") == []


# Names of units are there, and no text of the map lies under a card or runs out of the window.
ARE_FREE = """() => {
    const boxes = what => [...document.querySelectorAll(what)].map(one => one.getBoundingClientRect());
    const units = boxes('.unit-label:not(.is-covered)');
    const texts = [...units, ...boxes('.town:not(.is-covered), .country:not(.is-covered)')];
    const cards = boxes('#panel, #strip, #search, #states');
    const isSeen = ({ left, right, top, bottom }) =>
        left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight;
    const isBeside = (a, b) =>
        a.right <= b.left || a.left >= b.right || a.bottom <= b.top || a.top >= b.bottom;
    return units.length > 0 && texts.every(text => isSeen(text) && cards.every(card => isBeside(text, card)));
}"""


def test_no_text_of_the_map_lies_under_a_card_of_the_desk_or_over_its_edge(quiet_page, desk):
    page = open_desk(quiet_page, desk(CITIZENS), "en/#view=rate&unit=district")
    page.wait_for_function(ARE_FREE)  # texts are drawn first and step aside a frame later


def test_name_of_a_cluster_stands_inside_a_narrow_map(quiet_page, site):
    quiet_page.set_viewport_size(PHONE)
    page = open_map(quiet_page, f"{site}/{CITIZENS}/kk/#view=clusters")
    name = page.locator(".cluster-name:not(.is-covered)")
    expect(name).to_have_count(1)
    box = name.bounding_box()
    assert box["x"] > 8 and box["x"] + box["width"] < PHONE["width"] - 8


def test_cards_of_the_start_page_show_the_whole_mission(quiet_page, site):
    quiet_page.goto(f"{site}/en/")
    picture = quiet_page.locator(".mission-card .view img").first
    picture.wait_for()
    shown, own = picture.evaluate(
        "one => [one.clientWidth / one.clientHeight, one.naturalWidth / one.naturalHeight]"
    )
    assert shown == pytest.approx(own, abs=0.02)


# More than three units have their labels, and all of these end above the band.
ARE_ABOVE_BAND = """() => {
    const band = document.querySelector('.simulated-band').getBoundingClientRect();
    const labels = [...document.querySelectorAll('.unit-label:not(.is-covered)')];
    return labels.length > 3 && labels.every(one => one.getBoundingClientRect().bottom < band.top);
}"""


def test_band_of_a_simulation_leaves_the_land_of_a_telephone_free(quiet_page, desk):
    quiet_page.set_viewport_size(PHONE)
    page = open_desk(quiet_page, desk(CITIZENS), "ru/")
    page.wait_for_function(ARE_ABOVE_BAND)  # labels are drawn first and step aside a frame later


# Texts of a picture that lie on the number of a cluster, which is its only text in white.
ON_NUMBER = """() => {
    const boxed = [...document.querySelectorAll('text')].map(one => [one, one.getBoundingClientRect()]);
    const [number, at] = boxed.find(([one]) => one.getAttribute('fill') === '#ffffff');
    return boxed.filter(([one, { left, right, top, bottom }]) => one !== number
        && left < at.right && at.left < right && top < at.bottom && at.top < bottom
    ).map(([one]) => one.textContent);
}"""


def test_picture_names_its_cluster_and_lays_no_other_name_on_it(quiet_page, site):
    page = open_map(quiet_page, f"{site}/{CITIZENS}/en/")
    address = page.locator("a[data-picture='.svg']").first.evaluate("one => one.href")
    answer = page.request.get(address.replace("findings-", "clusters-"))
    assert answer.ok
    page.goto("about:blank")
    page.set_content(answer.text())
    assert page.locator("text").all_text_contents().count("Around Shymkent") == 1
    assert page.evaluate(ON_NUMBER) == []


@pytest.mark.parametrize("address", ["ru/", "kk/methods/", "ru/area/KZ-YUZ/"])
def test_no_table_of_figures_runs_out_of_a_desk_top(quiet_page, site, address):
    quiet_page.set_viewport_size({"width": 1440, "height": 900})
    quiet_page.goto(f"{site}/{CITIZENS}/{address}")
    quiet_page.locator(".scroll table").first.wait_for()
    assert quiet_page.evaluate(CUT, "main .scroll") == []
