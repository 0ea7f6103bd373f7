"""A measure nobody has, plugged in by its one file: desk and press page draw it, table and files hold it."""

import csv
import io

import pytest
from playwright.sync_api import expect

from tests.browser import PATIENCE_MS
from tests.layers.made_up_measure import NAME, TITLE, plugged
from tests.web import missions
from tests.web.desks import drawn, many, open_desk, serving, small

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def made_up():
    with plugged():
        yield


@pytest.fixture(scope="module")
def desk(made_up, tmp_path_factory):
    made = tmp_path_factory.mktemp("missions")
    folders = [many(made / "many"), small(made / "small")]
    with serving(folders, tmp_path_factory.mktemp("state")) as address:
        yield address


@pytest.fixture(scope="module")
def press(made_up, serve, tmp_path_factory):
    counted = missions.sized(tmp_path_factory.mktemp("missions") / "made-up", 2_000)
    return f"{serve([counted])}/made-up/en/"


@pytest.mark.capability("A measure is one file", page="desk")
def test_desk_draws_a_measure_nobody_named_to_it(quiet_page, desk):
    page = open_desk(quiet_page, desk("many"), f"en/#view={NAME}")
    expect(page.locator(f"input[name=view][value={NAME}]")).to_be_checked()
    expect(page.locator("#legend-title")).to_have_text("Minutes nobody measured")
    fills = drawn(page, "units")
    assert len(fills) == 1 and next(iter(fills)).startswith("gap-")
    assert page.locator(".unit-row .n").text_content().replace("\u00a0", " ") == "14 h"
    expect(page.locator(".unit-row .plot .bar-gap")).to_have_count(1)
    assert page.locator("#legend .legend li").count() >= 1
    said = page.locator(".unit-row").get_attribute("title").replace("\u00a0", " ")
    assert said.splitlines()[-1] == "made-up minutes: 14 h"


def test_table_card_and_file_of_the_desk_hold_it(quiet_page, desk):
    page = open_desk(quiet_page, desk("many"), f"en/#view={NAME}&open=A&table=units")
    page.locator("#table[data-shown^='units/']").wait_for()
    titles = page.locator("#table-body thead th").all_text_contents()
    cells = page.locator("#table-body tbody tr").first.locator("th, td").all_text_contents()
    assert dict(zip(titles, cells, strict=True))[TITLE].replace("\u00a0", " ") == "14 h"
    with page.expect_download(timeout=PATIENCE_MS) as taken:
        page.locator("#table-file").click()
    text = taken.value.path().read_text(encoding="utf-8-sig")
    row = next(csv.DictReader(io.StringIO(text)))
    assert (row["made_up_minutes"], row[f"{NAME}_status"]) == ("840", "published")
    page.locator("#table-close").click()
    expect(page.locator("#detail .facts")).to_contain_text("made-up minutes")


def test_value_of_too_few_visits_is_said_to_be_one(quiet_page, desk):
    page = open_desk(quiet_page, desk("small"), f"en/#view={NAME}&table=units")
    page.locator("#table[data-shown^='units/']").wait_for()
    rows = page.locator("#table-body tbody tr")
    titles = page.locator("#table-body thead th").all_text_contents()
    told = [row.locator("th, td").all_text_contents()[titles.index(TITLE)] for row in rows.all()]
    assert [text.split(" ")[0] for text in told] == ["fewer", "not"]
    assert page.locator(".unit-row .word").all_text_contents() == told


def test_press_page_draws_it_and_its_picture_file_and_area_page_hold_it(quiet_page, press):
    page = quiet_page
    page.goto(f"{press}#view={NAME}")
    page.locator(f"#unit-list[data-view={NAME}]").wait_for()
    assert page.locator("path.area[class*='fill-gap-']").count() > 0
    assert page.locator("#unit-list .share").first.text_content().endswith("min")
    address = page.locator("#stage").get_attribute("data-picture").replace("{name}", f"{NAME}-all-medium")
    assert "Nobody measured" in page.request.get(f"{press}{address}.svg", timeout=PATIENCE_MS).text()
    answer = page.request.get(f"{press}download/areas.csv?stage=all&severity=medium", timeout=PATIENCE_MS)
    assert "made_up_minutes" in answer.text().splitlines()[0]
    area = page.request.get(f"{press}area/A1/", timeout=PATIENCE_MS).text()
    assert '<th scope="col">Made up, by area</th>' in area
