"""The desk's legend claims no more than the data: no scale without shares, one colour with its range."""

import pytest
from playwright.sync_api import expect

from tests.web.desks import ROOT, open_desk, serving

pytestmark = pytest.mark.browser
REPORT, CITIZENS = "kazakhstan-2005", "kazakhstan-2005-citizens"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Give the addresses of two desks: one of sums without shares, one of a random sample."""
    with serving(
        [ROOT / "data" / slug for slug in (REPORT, CITIZENS)], tmp_path_factory.mktemp("state")
    ) as of:
        yield of


@pytest.mark.parametrize("view", ["rate", "both", "coverage"])
def test_legend_has_no_scale_where_no_area_has_a_share(quiet_page, desk, view):
    page = open_desk(quiet_page, desk(REPORT), f"en/#view={view}")
    expect(page.locator("#legend .absence")).to_contain_text("no share of an area can be computed")
    expect(page.locator("#legend .ramp, #legend .bivariate")).to_have_count(0)


def test_one_colour_for_all_says_from_where_to_where(quiet_page, desk):
    page = open_desk(quiet_page, desk(CITIZENS), "en/#view=coverage")
    says = page.locator("#legend .ramp-says")
    expect(says).to_contain_text("about the same everywhere: ")
    shares = page.locator("#list .unit-row .n").all_text_contents()
    assert says.text_content().endswith(f"{shares[-1]} to {shares[0]}")


def test_cells_have_several_colours_where_areas_have_one(quiet_page, desk):
    page = open_desk(quiet_page, desk(CITIZENS), "en/#view=coverage&unit=cell")
    expect(page.locator("#legend .ramp-cell")).to_have_count(5)
    expect(page.locator("#legend .ramp-says")).to_have_count(0)


def test_a_minimum_of_one_team_is_not_told(quiet_page, desk):
    page = open_desk(quiet_page, desk(CITIZENS), "ru/#view=rate&unit=cell")
    few = page.locator("#legend .legend li", has_text="меньше")
    expect(few).to_have_text("меньше 5 посещений")
