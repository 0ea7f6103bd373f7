"""Frames, codes to copy and the weight of a first view, as a browser of another site meets them."""

import functools
import http.server
import threading
from pathlib import Path

import pytest

from tests.browser import Record, axe_violations, open_context

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
KAZAKHSTAN = [ROOT / "data" / "kazakhstan-2005"]
MOST_BYTES = 250_000


@pytest.fixture(scope="module")
def kazakhstan(serve):
    return serve(KAZAKHSTAN) + "/kazakhstan-2005"


@pytest.fixture
def elsewhere(tmp_path, kazakhstan):
    """A page of another origin that frames the embed page and the press page."""
    (tmp_path / "index.html").write_text(
        f'<iframe id="embed" src="{kazakhstan}/en/embed/#view=coverage" width="800" height="560"></iframe>'
        f'<iframe id="press" src="{kazakhstan}/en/" width="800" height="560"></iframe>',
        encoding="utf-8",
    )
    handler = functools.partial(_Quiet, directory=str(tmp_path))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format, *arguments):
        pass


def open_map(page, address):
    page.goto(address)
    page.locator("html[data-areas]").wait_for(state="attached")
    page.locator("#area-list li").first.wait_for(state="attached")
    return page


def test_another_site_can_frame_the_embed_page_and_not_the_press_page(page, elsewhere):
    page.goto(elsewhere)
    frame = page.frame_locator("#embed")
    frame.locator("html[data-areas='17']").wait_for(state="attached")
    frame.locator("#caption-more", has_text="Share of polling stations visited").wait_for()
    assert "310 of 9,580" in frame.locator(".caption").text_content()
    assert frame.locator("#full").evaluate("one => one.hash") == "#view=coverage"
    assert page.context.cookies() == []
    refused = next(one for one in page.frames if one.parent_frame and "/embed/" not in one.url)
    assert refused.url.startswith("chrome-error:")


def test_codes_are_absolute_and_follow_what_the_map_shows(quiet_page, kazakhstan):
    page = open_map(quiet_page, f"{kazakhstan}/en/")
    page.locator("#cite").scroll_into_view_if_needed()
    frame = page.locator("#code-frame")
    page.locator("#cite a[data-picture=png][href*='//']").wait_for()
    page.evaluate("window.location.hash = 'severity=15'")
    page.locator("#cite a[data-picture=svg][href*='findings-all-low']").wait_for()
    assert frame.input_value().startswith(
        f'<iframe src="{kazakhstan}/en/embed/#severity=15" title="Kazakhstan'
    )
    assert f'<img src="{kazakhstan}/en/picture-' in page.locator("#code-image").input_value()
    assert page.locator("#citation").input_value().endswith(f"{kazakhstan}/en/#severity=15")
    with page.expect_download() as kept:
        page.locator("#cite a[data-picture=svg]").click()
    assert kept.value.suggested_filename.startswith("kazakhstan-2005-findings-all-low-en-")


def test_sentence_on_reading_the_map_is_that_of_the_view(quiet_page, kazakhstan):
    page = open_map(quiet_page, f"{kazakhstan}/en/")
    shown = page.locator("[data-shown]:not([hidden])")
    assert shown.get_attribute("data-shown") == "findings"
    page.locator("input[name=view][value=coverage]").check(force=True)
    assert shown.count() == 1
    assert shown.get_attribute("data-shown") == "coverage"


def test_static_picture_is_not_asked_for_where_scripts_run(quiet_page, kazakhstan):
    asked = []
    quiet_page.on("request", lambda request: asked.append(request.url))
    open_map(quiet_page, f"{kazakhstan}/en/")
    quiet_page.wait_for_load_state("networkidle")
    assert asked and not [url for url in asked if "/picture-" in url]


def test_opened_area_leads_to_its_own_page(quiet_page, kazakhstan):
    page = open_map(quiet_page, f"{kazakhstan}/en/")
    page.locator("#area-list button").first.click()
    page.locator(".area-page-link").click()
    assert page.locator("h1").text_content() == "Almaty city"


@pytest.mark.parametrize("slug", ["kazakhstan-2005", "kazakhstan-2005-simulated"])
@pytest.mark.parametrize("code", ["en", "ru", "kk"])
def test_first_view_weighs_less_than_250_kb_over_the_network(browser, site, slug, code):
    sizes = {}
    with open_context(browser, Record(), viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        # its first release takes longer than a request waits, on a busy machine
        assert any(page.request.get(f"{site}/{slug}/{code}/").ok for _ in range(6))
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        network.on(
            "Network.loadingFinished",
            lambda event: sizes.__setitem__(event["requestId"], event["encodedDataLength"]),
        )
        open_map(page, f"{site}/{slug}/{code}/")
        page.wait_for_load_state("networkidle")
    assert len(sizes) > 20  # the page did load its parts
    assert sum(sizes.values()) < MOST_BYTES


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["area/KZ-ALA/", "embed/"])
def test_area_and_embed_pages_have_no_accessibility_violations(browser, kazakhstan, path, scheme):
    with open_context(
        browser, Record(), viewport={"width": 900, "height": 700}, color_scheme=scheme
    ) as context:
        page = context.new_page()
        page.goto(f"{kazakhstan}/ru/{path}")
        if path == "embed/":
            page.locator("html[data-areas]").wait_for(state="attached")
            page.locator("#zoom button").first.wait_for()
        assert axe_violations(page) == []
