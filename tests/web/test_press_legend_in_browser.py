"""The press page's legend: every appearance has its key, labels stand under their bars."""

import pytest

from tests.web.desks import ROOT
from tests.web.test_press_pages_in_browser import open_map, open_map_or_frame

pytestmark = pytest.mark.browser

# Appearances of parts that no class colours: patterns by the fill, a colour by its class.
UNCOLOURED = """within => [...new Set([...document.querySelectorAll(within)].flatMap(one => {
    const fill = one.getAttribute('fill') ?? '';
    if (fill.startsWith('url(')) return [fill];
    return [...one.classList].filter(name => /^fill-(status-|quiet)/.test(name));
}))].sort()"""
DRAWN, KEYS = ".leaflet-units-pane path.area", "#legend .legend-keys rect"


@pytest.fixture(scope="module")
def citizens(serve):
    """Give the address of the simulated citizens' day, whose problems cluster around Shymkent."""
    return f"{serve([ROOT / 'data' / 'kazakhstan-2005-citizens'])}/kazakhstan-2005-citizens"


def test_legend_of_clusters_has_a_key_for_everything_that_lies_under_them(quiet_page, citizens):
    page = open_map(quiet_page, f"{citizens}/en/#view=clusters")
    page.locator(".cluster-patch").first.wait_for()
    drawn = page.evaluate(UNCOLOURED, DRAWN)
    assert drawn == ["fill-quiet", "url(#pattern-hatch)"]
    assert page.evaluate(UNCOLOURED, KEYS) == drawn


def test_legend_has_no_key_for_a_pattern_that_is_not_drawn(quiet_page, citizens):
    page = open_map(quiet_page, f"{citizens}/en/#view=coverage")
    drawn = page.evaluate(UNCOLOURED, DRAWN)
    assert page.evaluate(UNCOLOURED, KEYS) == drawn == []


UNDER = """() => [...document.querySelectorAll('.histogram button')].every(one => {
    const [bar, label] = ['svg', 'span'].map(name => one.querySelector(name).getBoundingClientRect());
    return label.top >= bar.bottom - 1;
})"""


@pytest.mark.parametrize("address", ["en/#view=assessment", "en/embed/"])
def test_label_of_a_class_stands_under_its_bar_however_few_classes_there_are(quiet_page, citizens, address):
    page = open_map_or_frame(quiet_page, f"{citizens}/{address}")
    page.locator(".histogram button").first.wait_for()
    assert page.evaluate(UNDER)
