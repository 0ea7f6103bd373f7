"""The desk's tables: sorted and narrowed by whoever reads them, and taken along as what is seen."""

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.web.desks import SIMULATED, open_desk
from tests.web.missions import PAYLOADS

pytestmark = pytest.mark.browser


def shown(page, kind, sort="", turn="", find=""):
    page.locator(f'#table[data-shown="{kind}/{sort}/{turn}/{find}"]').wait_for()


def column(page, position):
    return page.locator(f"#table-body tbody tr > :nth-child({position})").all_text_contents()


def taken(page):
    """Return the rows of the file of what is seen."""
    with page.expect_download() as download:
        page.locator("#table-file").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.capability("Tables sort, filter and download", page="desk")
def test_a_click_on_a_head_sorts_and_the_next_turns_the_order_round(quiet_page, desks):
    page = open_desk(quiet_page, desks(SIMULATED), "en/#table=units")
    shown(page, "units")
    by_view = column(page, 1)
    head = page.locator("#table-body th[data-key='0']")
    head.locator("button").click()
    shown(page, "units", "0")
    assert column(page, 1) == sorted(by_view, key=str.casefold)
    assert head.get_attribute("aria-sort") == "ascending"
    head.locator("button").click()
    shown(page, "units", "0", "falling")
    assert column(page, 1) == sorted(by_view, key=str.casefold, reverse=True)
    head.locator("button").click()
    shown(page, "units")
    assert column(page, 1) == by_view


def test_a_sort_by_numbers_puts_what_is_missing_last(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"), "en/#table=units")
    for turn in ("", "falling"):
        page.locator("#table-body th[data-key='2'] button").click()
        shown(page, "units", "2", turn)
        assert column(page, 1) == ["A", "B"]  # nobody asked in B


def test_stations_of_the_table_have_their_team_and_their_findings(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"), "en/#table=stations")
    shown(page, "stations")
    row = page.locator("#table-body tbody tr", has_text="A/N0").locator("td").all_text_contents()
    assert row[-2:] == ["BUSY", "1 of 1"]
    page.locator("#table-body th[data-key=team] button").click()
    shown(page, "stations", "team")
    assert column(page, 6)[:5] == ["BUSY"] * 5 and set(column(page, 6)[5:]) == {"–"}


def test_a_word_narrows_the_table_and_nothing_is_said_of_nothing(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"), "en/#table=stations")
    page.locator("#table-find").fill("denied")
    shown(page, "stations", find="denied")
    assert column(page, 1) == ["A/N2"]
    expect(page.locator("#table-note")).to_have_text("access denied: 1")
    page.locator("#table-find").fill("nowhere")
    shown(page, "stations", find="nowhere")
    expect(page.locator("#table-note")).to_have_text("Nothing found.")


def test_rows_that_stay_the_same_are_not_taken_from_under_a_pointer(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"), "en/#table=units")
    shown(page, "units")
    row = page.locator("#table-body tbody tr").first.element_handle()
    page.evaluate("dispatchEvent(new CustomEvent('stations'))")  # draws the table once more
    assert row.evaluate("row => row.isConnected")


def test_the_file_holds_the_rows_that_are_seen_in_their_order(quiet_page, desks):
    page = open_desk(quiet_page, desks(SIMULATED), "en/#table=units&view=rate&stage=voting")
    page.locator("#table-find").fill("oblast")
    shown(page, "units", find="oblast")
    page.locator("#table-body th[data-key='2'] button").click()
    shown(page, "units", "2", find="oblast")
    rows = taken(page)
    assert [row["name"] for row in rows] == column(page, 1)
    assert all(row["nature"] == "SIMULATED" and row["stage"] == "voting" for row in rows)
    for row in rows:
        k, n = int(row["visits_with_finding"]), int(row["visits_exposed"])
        assert 0 <= k <= n and (row["rate"] == "" or float(row["rate"]) == pytest.approx(k / n, abs=1e-6))


def test_the_file_of_stations_has_team_findings_and_of_how_many_visits(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"), "en/#table=stations")
    shown(page, "stations")
    rows = {row["station_id"]: row for row in taken(page)}
    assert len(rows) == 10
    station = rows["A/N0"]
    assert (station["teams"], station["visits_with_finding"], station["visits_exposed"]) == ("BUSY", "1", "1")


def test_no_cell_of_a_file_is_run_by_a_spreadsheet(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"))
    url = page.locator("script[src*='/js/theme.js']").evaluate("one => one.src").replace("theme", "csv-file")
    text = page.evaluate(
        "async ([url, rows]) => (await import(url)).csv({ names: ['a'], rows })",
        [url, [["=1+1"], ["  @SUM(A1)"], ["\tx"], ["＝1"], ['say "a,b"'], [-1.5], [None], [PAYLOADS[0]]]],
    )
    cells = [row[0] if row else "" for row in csv.reader(io.StringIO(text))][1:]
    assert cells == ["'=1+1", "'  @SUM(A1)", "'\tx", "'＝1", 'say "a,b"', "-1.5", "", PAYLOADS[0]]


@pytest.mark.parametrize("width", [320, pytest.param(390, marks=pytest.mark.slow)])
def test_tools_of_the_table_fit_a_phone(quiet_page, desks, width):
    quiet_page.set_viewport_size({"width": width, "height": 700})
    page = open_desk(quiet_page, desks("small"), "ru/#table=stations")
    shown(page, "stations")
    for tool in ("#table-find", "#table-file", "#table-close"):
        box = page.locator(tool).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width, tool
