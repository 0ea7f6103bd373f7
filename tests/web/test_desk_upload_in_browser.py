"""A file of reports taken in a browser: by keyboard alone, over a lost line, on a small screen."""

import pytest
from playwright.sync_api import expect

from tests.browser import axe_violations
from tests.web.desks import open_desk
from tests.web.test_accessibility import LANGUAGES, RULES
from tests.web.test_desk_work_in_browser import named, visits_counted, working
from tests.web.test_work_views import day

pytestmark = pytest.mark.browser
RUN = "<img src=x onerror=alert(1)>"
ROWS = f"form,station_id,team,arrival,remark\nf1,A/0,T1,09:30,a\nf2,A/1,T1,at ten,{RUN}\nf3,A/2,T1,10:00,b\n"


@pytest.fixture
def address(page, tmp_path):
    with working(day(tmp_path / "work"), tmp_path / "state") as address:
        yield address("work")
        page.goto("about:blank")  # else it asks a server that has gone, and is not quiet


def opened(page, address, tmp_path, code="en", rows=ROWS):
    open_desk(page, address, f"{code}/#tab=upload")
    page.locator("#upload-file").wait_for()
    named(page, "Bea")
    path = tmp_path / "visits.csv"
    path.write_text(rows, encoding="utf-8")
    page.locator("#upload-file").set_input_files(path)
    return page


def checked(page):
    page.locator("#upload-file").focus()
    for _ in range(40):  # past the columns, once there are some
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type === 'submit'"):
            break
    page.keyboard.press("Enter")
    page.locator(".upload > :is(.primary, .empty)").wait_for()


@pytest.mark.capability("Files of visits or findings taken as reports, each row told", page="desk")
def test_a_file_is_checked_matched_and_taken_by_keyboard_alone(quiet_page, address, tmp_path):
    page = opened(quiet_page, address, tmp_path)
    visits_counted(page, 3)
    checked(page)
    page.get_by_text("Rows: 3. New: 2. The same as before: 0. Not taken: 1.").wait_for()
    expect(page.locator(".upload .item").first).to_contain_text("Row 3")
    assert axe_violations(page, rules=RULES) == []
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Take these 2 reports"
    page.keyboard.press("Enter")
    page.get_by_text("Taken: 2 of 2.").wait_for()
    visits_counted(page, 5)
    assert page.locator("[role=status]", has_text="Taken: 2").evaluate(
        "one => one === document.activeElement"
    )
    checked(page)
    page.get_by_text("Rows: 3. New: 0. The same as before: 2. Not taken: 1.").wait_for()


def test_another_column_asks_for_another_look(quiet_page, address, tmp_path):
    page = opened(quiet_page, address, tmp_path)
    checked(page)
    select = page.locator(".upload-columns .field", has_text="Arrived").locator("select")
    select.select_option("-1")
    page.get_by_text("Something was changed. Check the file again.").wait_for()
    expect(page.get_by_role("button", name="Take")).to_have_count(0)
    checked(page)
    page.get_by_text("Rows: 3. New: 3.").wait_for()


def test_what_is_sent_over_a_lost_line_is_sent_again_and_counted_once(page, address, tmp_path):
    page = opened(page, address, tmp_path)
    checked(page)
    lost = []

    def lose(route):  # the server has it, its answer is lost
        route.fetch()
        lost.append(route.request.url)
        route.abort()

    page.route("**/take.json", lose, times=1)
    page.get_by_role("button", name="Take these 2 reports").press("Enter")
    page.get_by_text("The line is down. Surely taken: 0 of 2.").wait_for()
    page.get_by_role("button", name="Take these 2 reports").press("Enter")
    page.get_by_text("Taken: 2 of 2.").wait_for()
    assert len(lost) == 1
    visits_counted(page, 5)


def test_many_rows_are_sent_in_parts_that_the_api_would_take(quiet_page, address, tmp_path):
    rows = "id,station_id\n" + "".join(f"f{n},A/{n % 3}\n" for n in range(1_100))
    page = opened(quiet_page, address, tmp_path, rows=rows)
    sent = []
    page.on("request", lambda request: sent.append(request) if "take.json" in request.url else None)
    checked(page)
    page.get_by_role("button", name="Take these 1,100 reports").press("Enter")
    page.get_by_text("Taken: 1,100 of 1,100.").wait_for()
    assert [len(request.post_data_json["rows"]) for request in sent] == [500, 500, 100]


def test_rows_that_are_not_taken_can_be_taken_along(quiet_page, address, tmp_path):
    page = opened(quiet_page, address, tmp_path)
    checked(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download these rows").click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "row,column,value,reason,form,station_id,team,arrival,remark"
    assert lines[1].startswith("3,arrival,at ten,cannot be read")
    assert lines[1].endswith(f"f2,A/1,T1,at ten,{RUN}")


def test_a_file_that_is_none_says_so(page, address, tmp_path):
    page = opened(page, address, tmp_path, rows="%PDF-1.7")
    page.locator(".upload [type=submit]").press("Enter")
    page.locator("[role=status]", has_text="This file cannot be taken.").wait_for()


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_tab_breaks_no_rule_of_wcag_and_fits_a_small_screen(quiet_page, address, tmp_path, code):
    page = quiet_page
    page.set_viewport_size({"width": 390, "height": 800})
    opened(page, address, tmp_path, code)
    checked(page)
    assert axe_violations(page, rules=RULES) == []
    page.emulate_media(color_scheme="dark")
    assert axe_violations(page, rules=("color-contrast",)) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator(".upload-columns").first.evaluate("one => one.scrollWidth <= one.clientWidth")
