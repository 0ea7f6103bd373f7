"""The streets of a mission's own vector basemap, as a coordinator who looks near sees them."""

import math
import shutil

import pytest
from playwright.sync_api import expect

from geo.reading.pmtiles_header import FILE
from tests import pmtiles_file
from tests.web.desks import ROOT, open_desk, serving, small

pytestmark = pytest.mark.browser
WHOLE = "POLYGON((0 0, 4096 0, 4096 4096, 0 4096, 0 0))"
NEAR = "en/#view=coverage&at=9/61.5/46"
INK = """() => {
  const one = document.querySelector(".leaflet-streets-pane canvas");
  if (!one?.width) return null;
  const at = one.getContext("2d").getImageData(one.width / 2, one.height / 2, 1, 1).data;
  return at[3] ? [...at].slice(0, 3) : null;
}"""


def tiles():
    """Earth all over, with one road, about the mission at zooms 7 and 8."""
    layers = {
        "earth": [{"geometry": WHOLE, "properties": {"kind": "earth"}}],
        "roads": [
            {"geometry": "LINESTRING(0 100, 4096 100)", "properties": {"kind": "highway", "min_zoom": 3}}
        ],
    }
    own = {}
    for zoom in (7, 8):
        side = 1 << zoom
        column = int((61.5 + 180) / 360 * side)
        row = int((1 - math.asinh(math.tan(math.radians(46))) / math.pi) / 2 * side)
        own |= {(zoom, column + x, row + y): layers for x in (-1, 0, 1) for y in (-1, 0, 1)}
    return own


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    mission = small(tmp_path_factory.mktemp("missions") / "small")
    pmtiles_file.write(mission / FILE, tiles(), (58.0, 44.0, 65.0, 48.0), '<a href="x">Makers</a> of the map')
    with serving([mission], tmp_path_factory.mktemp("state")) as address:
        yield address("small")


def drawn(page):
    """The colour in the middle of a tile, once one is drawn."""
    return page.wait_for_function(INK).json_value()


@pytest.mark.capability("A vector basemap of one's own, with streets", page="desk")
def test_streets_are_drawn_near_with_their_credit_under_the_areas(quiet_page, desk):
    page = open_desk(quiet_page, desk, NEAR)
    red, green, blue = drawn(page)
    assert min(red, green, blue) > 150  # earth by day
    assert page.locator(".ground-credit").inner_text() == "Makers of the map"
    order = [
        int(page.locator(f".leaflet-{pane}-pane").evaluate("one => one.style.zIndex"))
        for pane in ("base-near", "streets", "units")
    ]
    assert order == sorted(order)


def test_streets_are_dark_where_the_page_is(quiet_page, desk):
    page = open_desk(quiet_page, desk, NEAR)
    drawn(page)
    page.locator("#theme").click()
    page.locator(".leaflet-streets-pane[data-flavour=dark]").wait_for(state="attached")
    assert max(drawn(page)) < 110


def test_far_away_nobody_waits_for_streets(quiet_page, tmp_path):
    mission = shutil.copytree(ROOT / "data" / "kazakhstan-2005", tmp_path / "whole")
    pmtiles_file.write(mission / FILE, tiles(), (58.0, 44.0, 65.0, 48.0))
    asked = []
    quiet_page.on("request", lambda request: asked.append(request.url))
    with serving([mission], tmp_path / "state") as address:
        page = open_desk(quiet_page, address("whole"))
        page.wait_for_load_state("networkidle")
        expect(page.locator(".ground-credit")).to_be_hidden()
        page.goto("about:blank")  # else it asks a server that has gone, and is not quiet
    assert [url for url in asked if "pmtiles" in url or "protomaps" in url] == []
