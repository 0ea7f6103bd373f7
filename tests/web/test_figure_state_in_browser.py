"""Nothing on screen speaks of two choices: control, legend, map, list and headline change in one frame."""

import pytest
from playwright.sync_api import expect

from tests.browser import Record, open_context

pytestmark = pytest.mark.browser
SLOW = {"offline": False, "latency": 840, "downloadThroughput": 25_000, "uploadThroughput": 25_000}
# Every 100 ms what each part of the page says it speaks of, kept in the page.
WATCH = """() => {
    window.samples = [];
    window.pending = new Set(); // severities that a control marked as on their way, however short
    const pending = () => document.querySelectorAll('label.is-pending input');
    const note = () => pending().forEach(one => window.pending.add(one.value));
    new MutationObserver(note).observe(document.body, { subtree: true, attributeFilter: ['class'] });
    const of = id => document.getElementById(id).dataset.choice;
    window.watch = setInterval(() => window.samples.push({
        headline: of('headline'), line: of('line'), list: of('unit-list'), legend: of('legend'),
        shown: document.getElementById('stage').dataset.shown.split('/').slice(1).join('/'),
        menu: document.querySelector('label.is-shown input[name=from]').value,
        state: document.documentElement.dataset.state,
    }), 100);
}"""
SAMPLED = "choice => window.samples.some(one => one.headline === choice)"


def open_map(page, address):
    page.goto(address)
    page.locator("#stage[data-shown*='/']").wait_for(state="attached")
    page.locator("#unit-list[data-choice]").wait_for(state="attached")
    return page


def click(page, name, value):
    page.locator(f"input[name={name}][value={value}]").evaluate("one => one.click()")


def choices_of(sample):
    return {sample[part] for part in ("headline", "line", "list", "legend", "shown")}


@pytest.mark.capability("Figures never run ahead of the choice", page="press")
def test_every_frame_on_a_slow_line_speaks_of_one_choice(browser, counted):
    with open_context(browser, Record()) as context:
        page = open_map(context.new_page(), f"{counted}/en/")
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        network.send("Network.emulateNetworkConditions", SLOW)
        page.evaluate(WATCH)
        for severity in ("low", "high", "medium"):
            click(page, "from", severity)
            if severity != "medium":
                page.wait_for_function("value => window.pending.has(value)", arg=severity)
            page.locator(f"#headline[data-choice='all/{severity}']").wait_for(state="attached")
            page.wait_for_function(SAMPLED, arg=f"all/{severity}")  # the next may come at once, from memory
        samples = page.evaluate("() => (clearInterval(window.watch), window.samples)")
    assert all(len(choices_of(sample)) == 1 for sample in samples)
    assert all(sample["menu"] == sample["shown"].split("/")[1] for sample in samples)
    assert {"all/medium", "all/low", "all/high"} == {sample["headline"] for sample in samples}
    assert any(sample["state"] == "loading" for sample in samples)


def test_offline_keeps_the_figures_says_so_and_goes_away_by_itself(browser, counted):
    with open_context(browser, Record()) as context:
        page = open_map(context.new_page(), f"{counted}/en/")
        page.evaluate(WATCH)
        context.set_offline(True)
        click(page, "from", "high")
        page.locator("#state", has_text="No connection").wait_for()
        assert page.locator("#headline").get_attribute("data-choice") == "all/medium"
        page.wait_for_function("() => window.samples.some(one => one.state === 'offline')")
        context.set_offline(False)
        page.locator("#headline[data-choice='all/high']").wait_for(state="attached")
        page.locator("#state").wait_for(state="hidden")
        samples = page.evaluate("() => (clearInterval(window.watch), window.samples)")
    assert all(len(choices_of(sample)) == 1 for sample in samples)
    assert any(sample["state"] == "offline" for sample in samples)


def test_choice_that_is_refused_snaps_back_and_offers_to_try_again(browser, counted):
    with open_context(browser, Record()) as context:
        page = open_map(context.new_page(), f"{counted}/en/")
        context.route("**/choice-all-high-*", lambda route: route.fulfill(status=404))
        click(page, "from", "high")
        page.locator("#state button", has_text="Retry").wait_for()
        expect(page.locator("input[name=from][value=medium]")).to_be_checked()
        assert page.locator("#headline").get_attribute("data-choice") == "all/medium"
        context.unroute("**/choice-all-high-*")
        page.locator("#state button").click()
        page.locator("#headline[data-choice='all/high']").wait_for(state="attached")


@pytest.mark.parametrize(
    "width", [390, *(pytest.param(width, marks=pytest.mark.slow) for width in (1280, 1440))]
)
def test_area_picked_from_the_list_lies_in_the_free_part_of_the_map(browser, kazakhstan, width):
    with open_context(browser, Record(), viewport={"width": width, "height": 844}) as context:
        page = context.new_page()
        page.emulate_media(reduced_motion="reduce")
        open_map(page, f"{kazakhstan}/en/")
        for row in range(4):
            button = page.locator("#unit-list button").nth(row)
            button.evaluate("one => one.click()")
            page.locator("path.area.is-open").wait_for(state="attached")
            page.wait_for_function("() => !document.querySelector('.leaflet-zoom-anim')")
            assert page.evaluate(LIES_FREE), row
            button.evaluate("one => one.click()")
            expect(page.locator("path.area.is-open")).to_have_count(0)  # else the next turn may look at it


# The middle of the open area lies on the map and under none of its cards.
LIES_FREE = """() => {
    const { left, top, width, height } = document.querySelector('path.area.is-open').getBoundingClientRect();
    const box = document.querySelector('.folium-map').getBoundingClientRect();
    const x = left + width / 2, y = top + height / 2;
    const isIn = r => x > r.left && x < r.right && y > r.top && y < r.bottom;
    const cards = [...document.querySelectorAll('.map-card:not([hidden])')];
    return isIn(box) && !cards.map(one => one.getBoundingClientRect()).filter(r => r.width).some(isIn);
}"""
