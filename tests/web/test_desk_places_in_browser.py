"""Whatever is picked on the desk comes into the part of the map that no panel covers; Back and links obey."""

import json

import pytest
from playwright.sync_api import expect

from tests.web.desks import SIMULATED, module, open_desk
from tests.web.places import TIGHT_FIRST, arrived, moves, seen

pytestmark = pytest.mark.browser


def calm(page, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(reduced_motion="reduce")  # the map jumps: what is measured is where it ends
    return page


def corners(page, area):
    """The corners and the middle of the box of an area of the mission."""
    shapes = page.evaluate(
        "async url => (await (await import(url)).shapesOf('area'))", module(page, "desk/desk-resources.js")
    )
    index = shapes["id"].index(area)
    flat = json.dumps(shapes["shapes"]["features"][index]["geometry"]["coordinates"])
    numbers = [float(part) for part in flat.replace("[", " ").replace("]", " ").replace(",", " ").split()]
    lons, lats = numbers[::2], numbers[1::2]
    west, east, south, north = min(lons), max(lons), min(lats), max(lats)
    return [
        (west, north),
        (east, north),
        (west, south),
        (east, south),
        ((west + east) / 2, (south + north) / 2),
    ]


def find(page, text, kind):
    page.locator("#q").fill(text)
    page.locator("#results li", has_text=kind).first.click()


@pytest.mark.parametrize("size", TIGHT_FIRST)
@pytest.mark.parametrize("area", ["A", "B"])
def test_an_area_picked_in_the_list_lies_whole_in_the_free_part(quiet_page, desks, size, area):
    page = open_desk(calm(quiet_page, size), desks("small"))
    arrived(page, page.locator(f".unit-row[data-unit={area}]").click)
    assert all(seen(page, *corners(page, area)))


@pytest.mark.parametrize("size", TIGHT_FIRST)
def test_a_station_found_by_its_number_lies_in_the_free_part_near(quiet_page, desks, size):
    page = open_desk(calm(quiet_page, size), desks("small"))
    arrived(page, lambda: find(page, "N3", "A/N3"))
    page.locator("#detail .facts").wait_for()
    assert seen(page, (60.2 + 3 / 6, 46)) == [True]
    assert "at=13/" in page.url


@pytest.mark.parametrize("size", TIGHT_FIRST)
def test_an_area_found_by_its_name_lies_whole_in_the_free_part(quiet_page, desks, size):
    page = open_desk(calm(quiet_page, size), desks(SIMULATED))
    arrived(page, lambda: find(page, "Atyrau", "Atyrau oblast"))
    assert all(seen(page, *corners(page, page.url.split("open=")[1].split("&")[0])))


@pytest.mark.parametrize("size", TIGHT_FIRST)
def test_a_town_found_by_its_name_lies_in_the_free_part_at_the_zoom_of_a_town(quiet_page, desks, size):
    page = open_desk(calm(quiet_page, size), desks(SIMULATED))
    arrived(page, lambda: find(page, "Atyrau", "place"))
    assert "at=11.5/" in page.url
    assert seen(page, (51.92, 47.12)) == [True]  # Atyrau, to a kilometre or two


@pytest.mark.parametrize("size", TIGHT_FIRST)
def test_an_area_of_the_gaps_lies_whole_in_the_free_part(quiet_page, desks, size):
    page = open_desk(calm(quiet_page, size), desks(SIMULATED), "en/#tab=gaps")
    arrived(page, page.locator(".item .item-head .link").first.click)
    assert all(seen(page, *corners(page, page.url.split("open=")[1].split("&")[0])))


@pytest.mark.parametrize("size", TIGHT_FIRST)
@pytest.mark.parametrize("tab", ["overdue", "doubts"])
def test_a_station_of_a_list_lies_in_the_free_part(quiet_page, desks, size, tab):
    page = open_desk(calm(quiet_page, size), desks(SIMULATED), f"en/#tab={tab}")
    with page.expect_response(lambda answer: "/station.json" in answer.url) as answer:
        arrived(page, page.locator("#list .sub .link, #list .item > .small .link").first.click)
    record = answer.value.json()
    assert seen(page, (record["lon"], record["lat"])) == [True]


def test_a_station_clicked_on_the_map_moves_it_only_from_under_a_card(quiet_page, desks):
    page = open_desk(calm(quiet_page, (1440, 900)), desks("small"))
    before = moves(page)
    url = module(page, "desk/map-place.js")
    x, y = page.evaluate("async url => (await import(url)).pointOf(60.2, 46)", url)
    page.mouse.click(x, y)
    page.locator("#detail .facts").wait_for()
    assert moves(page) == before


@pytest.mark.capability("Back and links return to a place", page="desk")
def test_back_returns_to_the_place_and_the_card_before(quiet_page, desks):
    page = open_desk(calm(quiet_page, (1440, 900)), desks("small"))
    arrived(page, page.locator(".unit-row[data-unit=A]").click)
    first = page.url
    arrived(page, page.locator(".unit-row[data-unit=B]").click)
    arrived(page, page.go_back)
    assert page.url == first
    expect(page.locator("#detail h2")).to_have_text("A")
    assert all(seen(page, *corners(page, "A")))


def test_back_returns_to_the_view_before(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"))
    page.locator("input[name=view][value=rate]").check(force=True)
    page.go_back()
    page.locator("input[name=view][value=coverage]:checked").wait_for(state="attached")
    expect(page.locator("#legend-title")).to_have_text("Stations visited, of all stations")


def test_a_link_carries_the_place(quiet_page, desks):
    page = open_desk(calm(quiet_page, (1440, 900)), desks("small"))
    arrived(page, page.locator(".unit-row[data-unit=A]").click)
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    page.locator("html[data-stations]").wait_for(state="attached")
    assert page.url == link
    assert all(seen(page, *corners(page, "A")))


def test_a_link_pasted_into_the_open_page_is_obeyed(quiet_page, desks):
    page = open_desk(calm(quiet_page, (1440, 900)), desks("small"))
    arrived(page, lambda: page.evaluate("location.hash = 'at=9/63/46'"))
    assert seen(page, (63, 46)) == [True]
    arrived(page, lambda: page.evaluate("location.hash = 'open=A'"))
    assert all(seen(page, *corners(page, "A")))


def test_the_tip_goes_away_when_the_map_is_clicked_or_moves(quiet_page, desks):
    page = open_desk(calm(quiet_page, (1440, 900)), desks("small"))
    box = page.locator(".folium-map").bounding_box()
    page.mouse.move(box["x"] + 760, box["y"] + 400)
    page.locator("#tip").wait_for(state="visible")
    page.mouse.wheel(0, -300)
    page.locator("#tip").wait_for(state="hidden")


PIXEL = """async ([url, [lon, lat]]) => {
    const { pointOf } = await import(url);
    const [x, y] = pointOf(lon, lat);
    const canvas = document.querySelector('.leaflet-units-pane canvas');
    const box = canvas.getBoundingClientRect();
    const scale = canvas.width / box.width;
    return canvas.getContext('2d').getImageData((x - box.left) * scale, (y - box.top) * scale, 1, 1).data[3];
}"""


def test_a_country_of_a_few_kilometres_is_filled_at_first_view(quiet_page, desks):
    page = open_desk(quiet_page, desks("islet"))
    assert page.evaluate(PIXEL, [module(page, "desk/map-place.js"), (0.02, 0.03)]) == 255
