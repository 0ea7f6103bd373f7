"""Where things of the desk's map stand in the browser's window, and whether a card lies over them."""

import pytest

from tests.web.desks import module

SIZES = [(1440, 900), (1280, 720), (390, 844)]
# Where least of the map is free; `make test-all` tries the others, too.
TIGHT_FIRST = [SIZES[-1], *(pytest.param(size, marks=pytest.mark.slow) for size in SIZES[:-1])]
# What lies at a place of the window: the map itself, or a card over it.
UNCOVERED = """async ([url, places]) => {
    const { pointOf } = await import(url);
    return places.map(([lon, lat]) => {
        const [x, y] = pointOf(lon, lat);
        const top = document.elementFromPoint(x, y);
        return Boolean(top && top.closest('.folium-map'));
    });
}"""


def moves(page):
    return int(page.locator("html").get_attribute("data-moved") or 0)


def arrived(page, act):
    """Do something that moves the map, and wait until it stands still."""
    before = moves(page)
    act()
    page.wait_for_function(
        "before => Number(document.documentElement.dataset.moved ?? 0) > before"
        " && !document.querySelector('.leaflet-zoom-anim')",
        arg=before,
    )


def seen(page, *places):
    return page.evaluate(UNCOVERED, [module(page, "desk/map-place.js"), list(places)])
