"""The desk as a coordinator meets it: shapes and colours, the keyboard alone, a table that equals the map."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import Record, open_context
from tests.web.desks import SIMULATED, drawn, let_in, module, open_desk, settled
from tests.web.test_desk_standing_in_browser import held

pytestmark = pytest.mark.browser


@pytest.mark.capability("Stations by state", page="desk")
def test_each_state_is_drawn_once_where_it_should_be(quiet_page, desks):
    open_desk(quiet_page, desks("small"))
    assert drawn(quiet_page, "stations") == {
        "finding": 1, "visited": 1, "denied": 1, "closed": 1, "unreachable": 1, "planned": 2,
        "not_planned": 3,
    }  # fmt: skip


def test_what_is_chosen_before_the_figures_are_there_is_not_lost(quiet_page, desks):
    address = desks("small")
    let_in(quiet_page, address)
    go_on = held(quiet_page, re.compile(r"(?<!/work)/start\.json"))
    quiet_page.goto(f"{address}/en/", wait_until="commit")
    quiet_page.locator("[role=tab][aria-selected=true]").wait_for()
    quiet_page.locator("#tab-overdue").click()
    quiet_page.locator("input[name=stage][value=closing]").check(force=True)
    go_on()  # the page asks ahead; what was on its way was held too
    quiet_page.locator("#list[data-tab=overdue]").wait_for()
    settled(quiet_page, "stage=closing")
    assert quiet_page.locator("#tab-overdue").get_attribute("aria-selected") == "true"


def test_outlines_and_figures_travel_once(quiet_page, desks):
    asked = []
    open_desk(quiet_page, desks("small"))
    quiet_page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[1]))
    quiet_page.reload()
    quiet_page.locator("html[data-stations]").wait_for(state="attached")
    once = [name for name in asked if name.startswith(("outlines", "area", "start", "figures", "visits"))]
    assert len(once) == len(set(once)) == 5


ALL_SHAPES = (
    "not_planned", "planned", "visited", "denied", "closed", "unreachable", "off_map",
    "low", "medium", "high", "critical",
)  # fmt: skip
PICTURES = """async ([url, names, same]) => {
    if (same) for (const name of same) document.documentElement.style.setProperty(`--${name}`, '#000');
    const symbols = await import(url);
    return names.map(name => symbols.picture(name, 24).toDataURL());
}"""
INKS = (
    "unplanned", "planned", "seen", "denied", "shut", "missed", "muted", "low", "medium", "high", "critical",
)  # fmt: skip


def test_states_and_severities_differ_by_shape_alone(quiet_page, desks):
    open_desk(quiet_page, desks("small"))
    found = quiet_page.evaluate(PICTURES, [module(quiet_page, "desk/state-symbols.js"), ALL_SHAPES, INKS])
    assert len(set(found)) == len(ALL_SHAPES)


def test_states_and_severities_differ_by_colour_alone(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        inks = page.evaluate(
            "names => { const all = getComputedStyle(document.documentElement);"
            " return names.map(name => all.getPropertyValue(`--${name}`).trim()); }",
            [name for name in INKS if name != "muted"],
        )
        assert len(set(inks)) == len(inks), scheme


def test_five_statuses_have_five_appearances(quiet_page, desks):
    open_desk(quiet_page, desks("small"))
    fills = ["published", "insufficient", "pattern:hatch", "pattern:dots", "pattern:cross"]
    code = "async ([url, fills]) => { const legend = await import(url);"
    code += " return fills.map(fill => legend.swatch(fill).toDataURL()); }"
    assert len(set(quiet_page.evaluate(code, [module(quiet_page, "desk/desk-legend.js"), fills]))) == 5


@pytest.mark.capability("Coverage gaps by area", page="desk")
def test_an_area_nobody_saw_is_hatched_in_every_view(quiet_page, desks):
    open_desk(quiet_page, desks("small"))
    for view in ("coverage", "rate", "assessment", "both"):
        quiet_page.locator(f"input[name=view][value={view}]").check(force=True)
        assert drawn(quiet_page, "units")["pattern:hatch"] >= 1, view


@pytest.mark.capability("Overdue visits and silent teams", page="desk")
def test_overdue_list_names_the_silent_team_and_its_last_contact(quiet_page, desks):
    open_desk(quiet_page, desks("small"))
    expect(quiet_page.locator("[data-badge=overdue]")).to_have_text("1")
    quiet_page.get_by_role("tab", name="Overdue").click()
    card = quiet_page.locator(".item.is-late").text_content()
    assert "SILENT" in card and "last contact 08:00" in card and "A/N5" in card and "BUSY" not in card


def test_list_row_opens_the_area_and_gets_the_focus_back(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"))
    page.locator(".unit-row").first.focus()
    page.keyboard.press("Enter")
    page.locator("#detail .facts").wait_for()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.classList.contains('unit-row')")


def test_a_list_that_is_due_while_a_row_is_pressed_waits_for_the_click(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"))
    row = page.locator(".unit-row").first
    row.hover(position={"x": 60, "y": 5})  # it goes up by half its height when the stage is closing
    page.mouse.down()
    before = row.element_handle()
    page.locator("input[name=stage][value=closing]").press("Space")
    settled(page, "stage=closing")
    page.evaluate("() => new Promise(requestAnimationFrame)")
    page.mouse.up()
    page.locator("#detail .facts").wait_for()  # the click was somebody's
    page.wait_for_function("(row) => !row.isConnected", arg=before)  # and the list is renewed after it


def test_figures_counted_in_the_browser_are_the_servers(quiet_page, desks):
    page = open_desk(quiet_page, desks(SIMULATED), "en/#view=rate")
    names = page.locator(".unit-row").all_text_contents()
    whole = "from=-24&to=60"  # a range that holds every visit with a time
    page.goto("about:blank")
    open_desk(page, desks(SIMULATED), f"en/#view=rate&{whole}")

    def figures(texts):  # what is said to screen readers: k of m; the interval is of the whole day only
        return sorted(text.split(": 95")[0].split(". ")[0] for text in texts)

    assert figures(names) == figures(page.locator(".unit-row").all_text_contents())


@pytest.mark.capability("A link shows the same picture again", page="desk")
def test_link_shows_the_same_picture_again(quiet_page, desks):
    page = open_desk(quiet_page, desks(SIMULATED))
    page.locator("input[name=view][value=rate]").check(force=True)
    page.locator("label:has(input[value=cell])").click()
    page.locator("#severity").select_option("high")
    page.locator("#verified").check()
    settled(page, "cell stage=&severity=high&verified=1")
    page.locator("#time-to").fill("14")
    page.locator("input[name=state][value=not_planned]").uncheck()
    before, address = (drawn(page, "stations"), drawn(page, "units")), page.url
    page.goto("about:blank")
    page.goto(address)
    page.locator("html[data-stations]").wait_for(state="attached")
    assert (drawn(page, "stations"), drawn(page, "units")) == before
    assert page.locator("#severity").input_value() == "high" and page.locator("#verified").is_checked()
    expect(page.locator("#time-to")).to_have_value("14")


def test_stage_changes_states_and_says_so_inside_the_picture(quiet_page, desks):
    page = open_desk(quiet_page, desks(SIMULATED))
    before = drawn(page, "stations")
    page.locator("input[name=stage][value=opening]").check(force=True)
    settled(page, "stage=opening")
    assert drawn(page, "stations") != before
    expect(page.locator(".caption")).to_contain_text("Stage: opening.")
    expect(page.locator(".caption")).to_contain_text("not at random")


@pytest.mark.capability("Hot spots by cell, with the reason", page="desk")
def test_hot_spots_are_looked_for_when_the_view_is_opened(quiet_page, desks):
    page = open_desk(quiet_page, desks(SIMULATED), "en/#view=hot_spot")
    page.locator(".leaflet-clusters-pane canvas[data-circles]").wait_for(state="attached")
    legend = page.locator("#legend").text_content()
    assert "More findings than expected, whichever team is left out" in legend


def test_near_the_ground_fills_make_room_for_symbols(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"), "en/#view=coverage&at=9/61.5/46.6")
    middle = page.locator(".leaflet-units-pane canvas").evaluate(
        "one => one.getContext('2d').getImageData(one.width / 2, one.height / 2, 1, 1).data[3]"
    )
    assert middle == 0


def test_near_the_fine_ground_lies_under_the_areas_and_the_coarse_one_goes_away(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"), "en/#view=coverage&at=9/61.5/46.1")
    page.locator(".leaflet-base-near-pane path.base-river").first.wait_for(state="attached")
    page.locator(".leaflet-base-pane.is-away").wait_for(state="attached")
    order = {
        pane: int(page.locator(f".leaflet-{pane}-pane").evaluate("one => one.style.zIndex"))
        for pane in ("base-near", "units")
    }
    assert order["base-near"] < order["units"]


def test_text_of_a_source_is_never_run(quiet_page, desks):
    page = open_desk(quiet_page, desks("hostile"), "en/#tab=offmap")
    page.locator("#list button.link").first.click()
    page.locator("#detail .finding").first.wait_for()
    for tab in ("gaps", "overdue", "doubts", "offmap", "areas"):
        page.locator(f"#tab-{tab}").click()
    page.locator("#q").fill("<img")
    page.locator("#results-note").wait_for()
    assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize("code", [pytest.param("ru", marks=pytest.mark.slow), "kk"])
@pytest.mark.capability("The desk on a phone", page="desk")
def test_phone_has_everything_and_does_not_scroll_sideways(browser, desks, code):
    record = Record()
    options = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
    with open_context(browser, record, reduced_motion="reduce", **options) as context:
        page = open_desk(context.new_page(), desks("small"), f"{code}/")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.locator("#tab-overdue").tap()
        page.locator("#list .is-late").wait_for()
        expect(page.locator("#list")).to_contain_text("SILENT")
        assert record.complaints() == []


THUMBED = (".switch.stages label", ".switch.views label", ".switch.units label", ".unit-row")
THUMB = 30  # px
LOWEST = """selectors => selectors.map(selector =>
    Math.min(...[...document.querySelectorAll(selector)].map(one => one.getBoundingClientRect().height)))"""


def test_a_thumb_meets_the_switches_and_rows_of_a_phone(quiet_page, desks):
    quiet_page.set_viewport_size({"width": 390, "height": 844})
    page = open_desk(quiet_page, desks("small"))
    page.locator(".unit-row").first.wait_for()
    heights = dict(zip(THUMBED, page.evaluate(LOWEST, list(THUMBED)), strict=True))
    assert {name: height for name, height in heights.items() if height < THUMB} == {}


# Where the areas' ink lies and where the map does, in one turn with the event: a browser lays out next.
ON_PAPER = """() => {
  dispatchEvent(new Event("beforeprint"));
  const map = document.querySelector(".folium-map").getBoundingClientRect();
  const canvas = document.querySelector(".leaflet-units-pane canvas");
  const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const at = canvas.getBoundingClientRect(), scale = at.width / width;
  const ink = [Infinity, Infinity, -Infinity, -Infinity];
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) if (data[4 * (y * width + x) + 3] > 200) {
    ink[0] = Math.min(ink[0], x); ink[1] = Math.min(ink[1], y); ink[2] = Math.max(ink[2], x); ink[3] = Math.max(ink[3], y);
  }
  const [left, top, right, bottom] = ink.map((value, i) => value * scale + (i % 2 ? at.top : at.left));
  return { map: [map.left, map.top, map.right, map.bottom], ink: [left, top, right, bottom] };
}"""  # noqa: E501


@pytest.mark.parametrize("width", [390, pytest.param(1440, marks=pytest.mark.slow)])
def test_paper_gets_the_whole_mission_beside_its_legend(quiet_page, desks, width):
    quiet_page.set_viewport_size({"width": width, "height": 900})
    page = open_desk(quiet_page, desks("small"))
    before = page.evaluate("document.querySelector('.folium-map').getBoundingClientRect().width")
    seen = page.evaluate(ON_PAPER)
    (left, top, right, bottom), ink = seen["map"], seen["ink"]
    assert right - left <= 718  # of A4 on end, within its margins
    assert left < ink[0] < ink[2] < right
    assert top < ink[1] < ink[3] < bottom
    page.emulate_media(media="print")
    for part in ("#legend-block", "#states", "#caption-main", ".desk .intro"):
        expect(page.locator(part)).to_be_visible()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.querySelector('.folium-map').getBoundingClientRect().width") == before


@pytest.mark.capability("Printing", page="desk")
def test_paper_gets_the_table_and_light_colours(quiet_page, desks):
    quiet_page.emulate_media(color_scheme="dark")
    page = open_desk(quiet_page, desks("small"))
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("#paper tbody tr")).to_have_count(2)
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") is None


# Whether a copied symbol shows what the list shows, and not nothing, as the browser begins to print.
COPIED = """() => addEventListener('beforeprint', () => {
    const [symbol, copy] = ['#list', '#paper'].map(part => document.querySelector(`${part} canvas`));
    const blank = document.createElement('canvas');
    [blank.width, blank.height] = [copy.width, copy.height];
    window.isCopied = copy.toDataURL() === symbol.toDataURL() && copy.toDataURL() !== blank.toDataURL();
})"""


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.slow), "dark"])
def test_paper_gets_the_symbols_of_the_list(quiet_page, desks, scheme):
    quiet_page.emulate_media(color_scheme=scheme)
    page = open_desk(quiet_page, desks("small"), "en/#tab=offmap")
    page.locator("#list canvas").first.wait_for()
    page.evaluate(COPIED)
    page.pdf()
    assert page.evaluate("isCopied") is True
