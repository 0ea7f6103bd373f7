"""The search for clusters as a coordinator meets it: made when looked at, watched, listed and drawn."""

import threading

import pytest
from playwright.sync_api import expect

import web
from geo.model.counts import Choice
from geo.serving.missions import Missions
from tests.browser import axe_violations
from tests.listening import listening
from tests.web.desks import TOKEN, many, open_desk, settled
from tests.web.places import SIZES, arrived, seen
from tests.web.test_scan_views import WAIT_S

pytestmark = pytest.mark.browser


@pytest.fixture
def served(tmp_path, quiet_page):
    folder = many(tmp_path / "many")
    library = Missions(lambda: [folder])
    library.refresh()
    app = web.create_app(library, tmp_path / "state", token=TOKEN)
    with listening(app) as address:
        yield app, f"{address}/many/desk"
        quiet_page.goto("about:blank")  # else it asks a server that has gone


def drawn(page, count):
    page.locator(f".leaflet-clusters-pane canvas[data-circles='{count}']").wait_for(state="attached")


@pytest.mark.capability("A search for clusters", page="desk")
def test_a_cluster_is_found_drawn_and_opened_by_keyboard_alone(quiet_page, served):
    page = open_desk(quiet_page, served[1])
    page.locator("#tab-areas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.locator(".cluster").wait_for()
    drawn(page, 1)
    assert page.locator("#status").text_content().startswith("Clusters found: 1.")
    page.locator(".cluster button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".cluster button[aria-pressed='true']")).to_have_count(1)
    page.wait_for_function("() => location.hash.includes('at=')")
    expect(page.locator(".cluster")).to_contain_text("13 of 13 stations with a finding; 4.1 expected.")


def test_a_cluster_picked_comes_into_the_free_part_of_the_map(quiet_page, served):
    page = open_desk(quiet_page, served[1], "en/#tab=scan")
    page.emulate_media(reduced_motion="reduce")
    page.locator(".cluster").wait_for()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.locator(".cluster button[aria-pressed='false']").wait_for()
        arrived(page, page.locator(".cluster button").click)
        assert all(seen(page, (60.2, 46), (60.2 + 13 / 80, 46))), width
        page.locator(".cluster button").click()


def test_a_link_to_the_clusters_shows_those_already_found(quiet_page, served):
    app, address = served
    client = app.test_client()
    client.get(f"/many/desk/?token={TOKEN}")
    client.post("/many/desk/en/scan/start.json", headers={"Sec-Fetch-Site": "same-origin"})
    scans = app.extensions["baqylau.scans"]
    scans.wait(("many", Choice(verified_only=False)), WAIT_S)
    open_desk(quiet_page, address, "ru/#tab=scan")
    quiet_page.locator(".cluster").wait_for()
    expect(quiet_page.locator(".cluster")).to_contain_text("13")


def test_a_search_underway_shows_how_far_it_is(quiet_page, served):
    app, address = served
    opened = threading.Event()

    def work(progress):
        progress(0.25)
        opened.wait(WAIT_S)
        return {}

    snapshot = app.extensions["baqylau.library"].get("many").snapshot
    app.extensions["baqylau.scans"].start(("many", Choice(verified_only=False)), snapshot.version, work)
    page = open_desk(quiet_page, address, "en/#tab=scan")
    page.get_by_text("Searching: 25").wait_for()
    assert page.locator(".scan progress").evaluate("one => one.value") == 0.25
    opened.set()


def test_another_choice_has_its_own_search(quiet_page, served):
    page = open_desk(quiet_page, served[1], "en/#tab=scan")
    page.locator(".cluster").wait_for()
    page.get_by_text("Opening", exact=True).click()
    settled(page, "stage=opening")
    drawn(page, 0)
    page.locator(".scan-says", has_text="Not tested: no visit has asked about these findings.").wait_for()


@pytest.mark.slow
def test_the_clusters_break_no_rule_of_accessibility(quiet_page, served):
    page = open_desk(quiet_page, served[1], "en/#tab=scan")
    page.locator(".cluster").wait_for()
    assert axe_violations(page) == []
