"""The pages as a person meets them: drawn, quiet, operable, and deaf to what rows say."""

import re
from pathlib import Path

import pytest

from tests.browser import Record, axe_violations, open_context
from tests.web import missions

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
KAZAKHSTAN = [ROOT / "data" / "kazakhstan-2005"]
DRAWN = "document.documentElement.dataset.areas"


@pytest.fixture(scope="module")
def kazakhstan(serve):
    return serve(KAZAKHSTAN) + "/kazakhstan-2005"


@pytest.fixture(scope="module")
def hostile(serve, tmp_path_factory):
    return serve([missions.hostile(tmp_path_factory.mktemp("missions") / "hostile")]) + "/hostile"


def open_map(page, address):
    page.goto(address)
    # not wait_for_function: it evaluates a text inside the page, which the page's policy forbids
    page.locator("html[data-areas]").wait_for(state="attached")
    page.locator("#area-list li").first.wait_for(state="attached")
    return page


def marks(page):
    return int(page.evaluate("document.querySelector('.folium-map').dataset.marks"))


@pytest.mark.parametrize(
    ("code", "first"), [("en", "Almaty city"), ("ru", "город Алматы"), ("kk", "Алматы қаласы")]
)
def test_map_is_drawn_in_every_language_and_asks_nobody_else(quiet_page, kazakhstan, code, first):
    open_map(quiet_page, f"{kazakhstan}/{code}/")
    quiet_page.wait_for_load_state("networkidle")
    assert quiet_page.evaluate(DRAWN) == "17"
    assert quiet_page.locator("path.area").count() == 17
    assert quiet_page.locator("#area-list button .name").first.text_content() == first
    assert marks(quiet_page) == 47


def test_areas_without_observers_are_hatched_and_silent_ones_dotted(page, kazakhstan):
    open_map(page, f"{kazakhstan}/en/")
    fills = page.locator("path.area").evaluate_all("paths => paths.map(p => p.getAttribute('fill'))")
    assert (fills.count("url(#pattern-hatch)"), fills.count("url(#pattern-dots)")) == (10, 7)


def test_low_severity_can_be_switched_on_and_the_caption_says_so(quiet_page, kazakhstan):
    open_map(quiet_page, f"{kazakhstan}/en/")
    assert "Low severity left out." in quiet_page.locator(".caption").text_content()
    quiet_page.locator("input[name=severity][value='1']").check()
    assert "Low severity included." in quiet_page.locator(".caption").text_content()
    assert marks(quiet_page) == 117
    assert quiet_page.locator("#area-list .n").first.text_content() == "43"


def test_one_category_can_be_chosen(quiet_page, kazakhstan):
    open_map(quiet_page, f"{kazakhstan}/en/")
    quiet_page.locator("#category").select_option(label="Ballot box not sealed (16)")
    assert marks(quiet_page) == 16


def test_link_shows_the_same_picture_again(page, kazakhstan):
    open_map(page, f"{kazakhstan}/en/")
    page.locator("input[name=severity][value='1']").check()
    page.locator("#area-list button").nth(1).click()
    address = page.url
    page.goto("about:blank")
    open_map(page, address)
    assert marks(page) == 117
    assert page.locator("#detail h2").text_content() == "South Kazakhstan oblast"


def test_coverage_view_shows_no_marks(quiet_page, kazakhstan):
    open_map(quiet_page, f"{kazakhstan}/en/")
    quiet_page.locator("input[name=view][value=coverage]").check(force=True)
    assert quiet_page.locator(".cluster-icon").count() == 0
    assert quiet_page.locator("#area-list button").first.text_content().count("visits not reported") >= 1


def test_long_term_observers_are_outlines_of_six_areas(quiet_page, kazakhstan):
    open_map(quiet_page, f"{kazakhstan}/en/")
    assert quiet_page.locator("path.long-term-edge").count() == 0
    quiet_page.get_by_role("checkbox", name="Long-term observers").check()
    quiet_page.locator(".leaflet-presence-pane path.long-term-edge").nth(5).wait_for(state="attached")
    assert quiet_page.locator(".leaflet-presence-pane path.long-term-edge").count() == 6


def test_list_works_by_keyboard_and_escape_returns_to_it(quiet_page, kazakhstan):
    open_map(quiet_page, f"{kazakhstan}/en/")
    quiet_page.locator("#area-list button").first.focus()
    quiet_page.keyboard.press("Enter")
    quiet_page.locator("#detail .finding").first.wait_for()
    assert "Ballot box not sealed" in quiet_page.locator("#detail").text_content()
    quiet_page.keyboard.press("Escape")
    assert quiet_page.locator("#detail").is_hidden()
    assert quiet_page.evaluate("document.activeElement.closest('#area-list') !== null")


def test_hover_tells_how_many_of_what(quiet_page, kazakhstan):
    open_map(quiet_page, f"{kazakhstan}/en/")
    quiet_page.locator(".cluster-icon").first.hover()
    assert re.search(r"\d+ stations? named: ", quiet_page.locator("#tip").text_content())


def test_dark_theme_is_kept(quiet_page, kazakhstan):
    open_map(quiet_page, f"{kazakhstan}/en/")
    quiet_page.locator("#theme").click()
    quiet_page.reload()
    assert quiet_page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_has_no_accessibility_violations(browser, kazakhstan, scheme):
    with open_context(
        browser, Record(), viewport={"width": 1280, "height": 800}, color_scheme=scheme
    ) as context:
        page = open_map(context.new_page(), f"{kazakhstan}/en/#area=2")
        page.locator("#detail .finding").first.wait_for()
        # axe itself is run past the page's policy, as an extension would be
        assert axe_violations(page) == []


def test_phone_shows_the_map_the_title_and_the_way_to_47(browser, kazakhstan):
    record = Record()
    with open_context(
        browser, record, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True
    ) as context:
        page = open_map(context.new_page(), f"{kazakhstan}/kk/")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.locator("h1").bounding_box()["y"] < 844
        assert page.locator(".caption strong").is_visible()
        page.locator("#area-list button").first.tap()
        page.locator("#detail .finding").first.wait_for()
    assert record.complaints() == []


def test_without_javascript_the_tables_are_there(browser, kazakhstan):
    with open_context(browser, Record(), java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{kazakhstan}/en/")
        assert page.locator("#findings tbody tr").count() == 14
        assert page.locator("#areas tbody tr").count() == 17
        assert page.locator("img.still").evaluate("one => one.complete && one.naturalWidth") == 1200


def _provoke(page, address):
    """Load, hover and click everything a row's text can reach."""
    open_map(page, address)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    for button in page.locator("#area-list button").all():
        button.hover()
        button.click()
    for path in page.locator("path.area").all():
        path.dispatch_event("mouseover")
        path.dispatch_event("mousemove", {"clientX": 600, "clientY": 300})
        path.dispatch_event("click")
    for pile in page.locator(".cluster-icon").all():
        pile.dispatch_event("mouseover")
        pile.dispatch_event("mousemove", {"clientX": 600, "clientY": 300})
        pile.dispatch_event("click")
    for box in page.locator("#layer-list input").all():
        box.check()
    options = page.locator("#category option").count()
    for index in range(options):
        page.locator("#category").select_option(index=index)


@pytest.mark.parametrize("code", ["en", "kk"])
def test_text_of_rows_runs_nothing(quiet_page, hostile, code):
    _provoke(quiet_page, f"{hostile}/{code}/")
    assert quiet_page.evaluate("window.hacked") is None
    for text in missions.PAYLOADS:  # shown as written, so the test above met it
        assert text in quiet_page.locator(".story").text_content()


def test_text_of_rows_runs_nothing_even_without_the_policy(browser, hostile):
    record = Record()
    with open_context(browser, record, viewport={"width": 1280, "height": 800}) as context:

        def stripped(route):
            if route.request.resource_type != "document":  # only a page's own policy counts
                return route.continue_()
            answer = route.fetch()
            headers = {k: v for k, v in answer.headers.items() if k.lower() != "content-security-policy"}
            return route.fulfill(response=answer, headers=headers)

        context.route(re.compile(r"^http://127\.0\.0\.1"), stripped)
        page = context.new_page()
        _provoke(page, f"{hostile}/en/")
        assert page.evaluate("eval('1 + 1')") == 2  # the policy is really off
        assert page.evaluate("window.hacked") is None
    assert record.foreign == []


def test_start_page_and_errors_are_quiet(page, record, kazakhstan):
    root = kazakhstan.rsplit("/", 1)[0]
    page.goto(f"{root}/ru/")
    page.get_by_role("link", name="Казахстан 2005").click()
    page.locator("html[data-areas]").wait_for(state="attached")
    page.goto(f"{root}/nothing/here")
    assert page.get_by_text("Мұндай бет жоқ.").is_visible()
    assert record.foreign == []
    assert record.csp == []


@pytest.fixture(scope="module")
def counted(serve, tmp_path_factory):
    """A mission whose visits are counted one by one, with figures in every area."""
    return serve([missions.sized(tmp_path_factory.mktemp("missions") / "counted", 2_000)]) + "/counted"


def test_choice_of_severity_changes_list_and_caption(quiet_page, counted):
    open_map(quiet_page, f"{counted}/en/#view=rate")
    quiet_page.locator("#caption-more", has_text="medium or higher, all stages").wait_for()
    first = quiet_page.locator("#area-list .word").all_text_contents()
    assert any(re.match(r"(<3|\d+) / \d+", text) for text in first)
    quiet_page.locator("input[name=from][value=low]").check(force=True)
    quiet_page.locator("#caption-more", has_text="low or higher, all stages").wait_for()
    assert quiet_page.locator("#area-list .word").all_text_contents() != first
    assert "from=low" in quiet_page.url
    link = quiet_page.locator("a[data-download]").first.get_attribute("href")
    assert link.endswith("?stage=all&severity=low")


def test_map_paints_what_the_choice_says(quiet_page, counted):
    open_map(quiet_page, f"{counted}/en/#view=rate&from=low")
    quiet_page.locator("#caption-more", has_text="low or higher, all stages").wait_for()
    classes = quiet_page.locator("path.area").evaluate_all(
        "paths => paths.map(p => [...p.classList].filter(c => c.startsWith('fill-')).join())"
    )
    words = quiet_page.locator("#area-list .word").all_text_contents()
    assert len(classes) == len(words) == 10
    coloured = sum(one.startswith("fill-rate-") for one in classes)
    assert coloured == sum(" / " in one for one in words) > 0


def test_stages_are_for_views_of_counted_visits_only(quiet_page, counted):
    open_map(quiet_page, f"{counted}/en/")
    assert quiet_page.locator("#choice").is_hidden()
    quiet_page.locator("input[name=view][value=coverage]").check(force=True)
    assert quiet_page.locator(".by-stage").is_visible()
    assert quiet_page.locator(".by-severity").is_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_new_views_and_methods_pass_axe(page, counted, theme):
    page.emulate_media(color_scheme=theme)
    open_map(page, f"{counted}/en/#view=rate")
    page.locator("#caption-more", has_text="medium or higher, all stages").wait_for()
    assert axe_violations(page) == []
    page.goto(f"{counted}/en/methods/")
    assert axe_violations(page) == []
