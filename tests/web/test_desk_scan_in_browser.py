"""The search for clusters as a coordinator meets it: by keyboard, watched, stopped, listed and drawn."""

import contextlib
import threading

import pytest
from waitress.server import create_server

import web
from geo.counts import Choice
from geo.library import Library
from tests.browser import axe_violations
from tests.web.desks import TOKEN, many, open_desk, settled
from tests.web.test_desk_scan import WAIT_S

pytestmark = pytest.mark.browser
GO = "#list .scan-go"


@pytest.fixture
def served(tmp_path):
    folder = many(tmp_path / "many")
    library = Library(lambda: [folder])
    library.refresh()
    app = web.create_app(library, tmp_path / "state", token=TOKEN)
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield app, f"http://127.0.0.1:{server.effective_port}/many/desk"
    server.close()
    with contextlib.suppress(OSError):  # the trigger may be gone with the last socket
        server.pull_trigger()
    thread.join(timeout=5)


def drawn(page, count):
    page.locator(f".leaflet-clusters-pane canvas[data-circles='{count}']").wait_for(state="attached")


def test_a_cluster_is_found_drawn_and_opened_by_keyboard_alone(quiet_page, served):
    page = open_desk(quiet_page, served[1])
    page.locator("#tab-areas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.locator(GO).wait_for()
    page.locator(GO).focus()
    page.keyboard.press("Enter")
    page.locator(".cluster").wait_for()
    drawn(page, 1)
    assert page.locator("#status").text_content().startswith("Clusters found: 1.")
    assert page.evaluate("document.activeElement.closest('.cluster') !== null")
    page.keyboard.press("Enter")
    assert page.locator(".cluster button[aria-pressed='true']").count() == 1
    page.wait_for_function("() => location.hash.includes('at=')")
    assert "14 of 14 visits with a finding; 4 expected." in page.locator(".cluster").text_content()


def test_a_link_to_the_clusters_shows_those_already_found(quiet_page, served):
    app, address = served
    client = app.test_client()
    client.get(f"/many/desk/?token={TOKEN}")
    client.post("/many/desk/en/scan/start.json", headers={"Sec-Fetch-Site": "same-origin"})
    scans = app.extensions["baqylau.scans"]
    scans.wait(("many", Choice(verified_only=False)), WAIT_S)
    open_desk(quiet_page, address, "ru/#tab=scan")
    quiet_page.locator(".cluster").wait_for()
    assert "14" in quiet_page.locator(".cluster").text_content()


def test_a_search_underway_shows_how_far_it_is_and_can_be_stopped(quiet_page, served):
    app, address = served
    opened = threading.Event()

    def work(progress):
        progress(0.25)
        opened.wait(WAIT_S)
        progress(0.5)

    page = open_desk(quiet_page, address, "en/#tab=scan")
    page.locator(GO).wait_for()
    snapshot = app.extensions["baqylau.library"].get("many").snapshot
    app.extensions["baqylau.scans"].start(("many", Choice(verified_only=False)), snapshot.version, work)
    page.locator(GO).click()
    page.get_by_text("Searching: 25").wait_for()
    assert page.locator(".scan progress").evaluate("one => one.value") == 0.25
    page.get_by_role("button", name="Stop the search").click()
    page.locator("#scan-note", has_text="The search was stopped.").wait_for()
    assert page.get_by_role("button", name="Look for clusters").is_visible()
    opened.set()


def test_another_choice_has_its_own_search(quiet_page, served):
    page = open_desk(quiet_page, served[1], "en/#tab=scan")
    page.locator(GO).click()
    page.locator(".cluster").wait_for()
    page.get_by_text("Opening", exact=True).click()
    settled(page, "stage=opening")
    drawn(page, 0)
    page.locator(GO).click()
    page.locator(".scan-says", has_text="No visit has asked about these findings yet").wait_for()


def test_the_clusters_break_no_rule_of_accessibility(quiet_page, served):
    page = open_desk(quiet_page, served[1], "en/#tab=scan")
    page.locator(GO).click()
    page.locator(".cluster").wait_for()
    assert axe_violations(page) == []
