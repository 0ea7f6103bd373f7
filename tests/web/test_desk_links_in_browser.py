"""Links to the desk as they arrive: clicked in a mail (case 11), damaged on their way (case 36)."""

import http.server
import threading

import pytest
from playwright.sync_api import expect

from tests.browser import PATIENCE_MS
from tests.web.desks import TOKEN, module, open_desk, settled
from tests.web.places import arrived, seen
from tests.web.test_desk_places_in_browser import calm
from tests.web.test_desk_standing_in_browser import held

pytestmark = pytest.mark.browser


@pytest.fixture
def mail(desks):
    """A page of another site (another port and name of this machine) with the key's link on it."""
    body = f'<!doctype html><a href="{desks("small")}/?token={TOKEN}">the desk</a>'.encode()

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


def test_a_click_on_the_key_link_in_a_mail_opens_the_desk(browser, mail):
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    # the tests' browser resolves no name: what the mail's host answers is fetched for it
    page.route("http://localhost:*/**", lambda route: route.fulfill(response=route.fetch()))
    page.goto(mail)
    page.get_by_text("the desk").click()
    page.locator("html[data-stations]").wait_for(state="attached")
    assert TOKEN not in page.url
    context.close()


@pytest.mark.parametrize(
    "at",
    [
        "99/999/-999",
        "7/69.9/x",
        *(pytest.param(at, marks=pytest.mark.slow) for at in ("7/69.9", "-1/70/48", "1.2.3/70/48")),
    ],
)
def test_a_place_that_is_none_shows_the_whole_mission(quiet_page, desks, at):
    open_desk(quiet_page, desks("small"), f"en/#at={at}")
    assert quiet_page.locator("html").get_attribute("data-stations") != "0"
    expect(quiet_page.locator("#toast")).to_be_hidden()


def test_the_link_past_the_map_keeps_every_choice(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"), "en/#view=gap&tab=gaps")
    page.locator("a.skip").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**#*view=gap*")
    assert page.locator("#tab-gaps").get_attribute("aria-selected") == "true"


CELL = """async url => {
    const { id, rings } = await (await import(url)).resource('cell');
    return [id[0], rings[0][0]];
}"""


@pytest.fixture
def held_cells(quiet_page, desks):
    """A desk of areas where figures of cells are held; a cell's id, a corner of it, what lets them go on."""
    page = open_desk(calm(quiet_page, (1440, 900)), desks("small"))
    cell, corner = page.evaluate(CELL, module(page, "desk/desk-resources.js"))
    return page, cell, corner, held(page, "**/figures-cell.json*")


def asked(page, address):
    """Paste a link whose figures have to be fetched into the open page."""
    page.evaluate("address => { location.hash = address; }", address)
    page.locator("html[data-pending]").wait_for(state="attached")


def test_a_link_to_a_unit_whose_figures_are_on_their_way_opens_it(held_cells):
    page, cell, corner, go_on = held_cells
    asked(page, "unit=cell")
    asked(page, f"unit=cell&open={cell}")
    expect(page.locator("#detail")).to_be_hidden()  # no outline is known of it
    arrived(page, go_on)
    expect(page.locator("#detail .facts")).to_be_visible()
    assert seen(page, corner) == [True]


def test_a_link_to_a_place_is_obeyed_when_its_figures_come_later(held_cells):
    page, cell, _, go_on = held_cells
    asked(page, f"unit=cell&open={cell}&at=9/63/46")
    arrived(page, go_on)
    settled(page, "cell")
    assert seen(page, (63, 46)) == [True]
    assert "at=9/63.000/46.000" in page.url


@pytest.mark.parametrize(("tab", "path"), [("routes", "routes/start.json*"), ("scan", "scan/*")])
def test_what_a_role_does_not_reach_is_said_and_the_desk_stays(page, desks, tab, path):
    page.route(f"**/{path}", lambda route: route.fulfill(status=403, body="closed"))
    open_desk(page, desks("small"), f"en/#tab={tab}")
    page.evaluate("window.isTheSame = true")
    page.get_by_text("Your role does not allow this.").first.wait_for()
    assert page.evaluate("window.isTheSame") is True
