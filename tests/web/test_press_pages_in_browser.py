"""Frames, codes to copy and the weight of a first view, as a browser of another site meets them."""

import functools
import http.server
import re
import threading
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import Record, open_context

pytestmark = pytest.mark.browser
MOST_BYTES = 250_000
ROOT = Path(__file__).resolve().parents[2]
DATA, DOCS = ROOT / "data", ROOT / "docs" / "press.md"


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
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format, *arguments):
        pass


def open_map(page, address):
    page.goto(address)
    page.locator("html[data-areas]").wait_for(state="attached")
    page.locator("#stage[data-shown*='/']").wait_for(state="attached")
    return page


@pytest.mark.capability("A map that other sites embed", page="press")
def test_another_site_can_frame_the_embed_page_and_not_the_press_page(page, elsewhere):
    page.goto(elsewhere)
    frame = page.frame_locator("#embed")
    frame.locator("html[data-areas='17']").wait_for(state="attached")
    frame.locator("h1", has_text="Observers were at 310 of 9,580 polling stations").wait_for()
    assert "310 of 9,580" in frame.locator(".provenance").text_content()
    expect(frame.locator(".histogram, .legend-keys").first).to_be_visible()
    assert frame.locator("#full").evaluate("one => one.hash") == "#view=coverage"
    assert page.context.cookies() == []
    refused = next(one for one in page.frames if one.parent_frame and "/embed/" not in one.url)
    assert refused.url.startswith("chrome-error:")


def test_codes_are_absolute_and_follow_what_the_map_shows(quiet_page, kazakhstan):
    page = open_map(quiet_page, f"{kazakhstan}/en/#from=low")
    page.locator(".take-away summary", has_text="Embed").click()
    page.locator("a[data-picture='-web.png'][href*='named-all-low-web.png']").wait_for(state="attached")
    assert (
        page.locator("#code-frame")
        .input_value()
        .startswith(f'<iframe src="{kazakhstan}/en/embed/#from=low" title="117 of 310')
    )
    assert f'<img src="{kazakhstan}/en/picture-' in page.locator("#code-image").input_value()
    assert page.locator("#citation").input_value().endswith(f"{kazakhstan}/en/#from=low")
    page.locator(".take-away summary", has_text="Download").click()
    with page.expect_download() as kept:
        page.locator(".take-away a[data-picture='.svg']").click()
    assert "named-all-low" in kept.value.suggested_filename


def test_headline_of_the_frame_is_that_of_the_page(browser, kazakhstan):
    words = []
    with open_context(browser, Record()) as context:
        for address in ("#view=coverage", "embed/#view=coverage"):
            page = open_map_or_frame(context.new_page(), f"{kazakhstan}/ru/{address}")
            words.append([page.locator(one).text_content() for one in ("#headline", "#line", "#legend")])
    assert words[0] == words[1]


@pytest.mark.slow
@pytest.mark.parametrize("view", ["findings", "assessment", "clusters", "coverage"])
def test_frame_of_every_view_says_headline_share_and_margin_of_the_page(browser, serve, view):
    slug, words = "kazakhstan-2005-citizens", []  # every view of it has figures, shares have margins
    site = serve([Path(__file__).resolve().parents[2] / "data" / slug])
    with open_context(browser, Record()) as context:
        for address in (f"#view={view}", f"embed/#view={view}"):
            page = open_map_or_frame(context.new_page(), f"{site}/{slug}/en/{address}")
            words.append([page.locator(one).text_content() for one in ("#headline", "#line", "#legend")])
    assert words[0] == words[1]
    assert view == "clusters" or "margin" in words[0][1] or view == "coverage"


def open_map_or_frame(page, address):
    page.goto(address)
    page.locator("#line[data-choice]").wait_for(state="attached")
    page.locator("#legend[data-choice]").wait_for(state="attached")
    return page


def test_sentence_on_reading_the_map_is_that_of_the_view(quiet_page, kazakhstan):
    page = open_map(quiet_page, f"{kazakhstan}/en/")
    assert page.locator("#reads").text_content().startswith("Marks count")
    page.locator("input[name=view][value=coverage]").evaluate("one => one.click()")
    page.locator("#reads", has_text="The darker an area").wait_for(state="attached")


def test_static_picture_is_not_asked_for_where_scripts_run(quiet_page, kazakhstan):
    asked = []
    quiet_page.on("request", lambda request: asked.append(request.url))
    open_map(quiet_page, f"{kazakhstan}/en/")
    quiet_page.wait_for_load_state("networkidle")
    assert asked and not [url for url in asked if "/picture-" in url]


def test_opened_area_leads_to_its_own_page(quiet_page, kazakhstan):
    page = open_map(quiet_page, f"{kazakhstan}/en/")
    page.locator("#unit-list button").first.click()
    page.locator(".area-page-link").click()
    expect(page.locator("h1")).to_have_text("Almaty city")


def documented(slug, code):
    """The weight of a mission's first view in docs/press.md, in bytes."""
    row = re.search(rf"^\| `{slug}` \| (.*) \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert row, f"docs/press.md does not say what {slug} weighs"
    return 1000 * int(row[1].split(" | ")[("en", "ru", "kk").index(code)].removesuffix(" KB"))


REAL = "kazakhstan-2005"
SLUGS = [path.parent.name for path in sorted(DATA.glob("*/mission.toml"))]


@pytest.mark.parametrize(
    "slug", [pytest.param(slug, marks=() if slug == REAL else pytest.mark.slow) for slug in SLUGS]
)
@pytest.mark.parametrize(
    "code", [*(pytest.param(code, marks=pytest.mark.slow) for code in ("en", "ru")), "kk"]
)
@pytest.mark.capability("A first view under 250 KB", page="press")
def test_first_view_weighs_less_than_250_kb_and_what_the_documents_say(browser, serve, slug, code):
    sizes = {}
    with open_context(browser, Record(), viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        network.on(
            "Network.loadingFinished",
            lambda event: sizes.__setitem__(event["requestId"], event["encodedDataLength"]),
        )
        open_map(page, f"{serve([DATA / slug])}/{slug}/{code}/")
        # a busy browser may be idle for a while before the last parts are asked for
        if slug == REAL:  # the others are counted, and open without marks
            page.locator(".folium-map[data-marks]").wait_for(state="attached")
        page.locator(".leaflet-towns-pane :is(.town, .country)").first.wait_for(state="attached")
        page.wait_for_load_state("networkidle")
    assert len(sizes) > 20  # the page did load its parts
    assert sum(sizes.values()) < MOST_BYTES
    assert sum(sizes.values()) == pytest.approx(documented(slug, code), rel=0.05)
