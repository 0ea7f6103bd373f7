"""What people come to do, with the keyboard alone: no test here moves or clicks a mouse.

After every key the focus must be on something, and be seen there.
"""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.web.desks import SIMULATED, TOKEN, open_desk, settled

pytestmark = pytest.mark.browser

# Where the focus is and whether it can be seen: on the element, or on what shows it for a hidden input.
FOCUS = """() => {
    const one = document.activeElement;
    const isRinged = element => {
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
    };
    const isBody = !one || one === document.body;
    const shown = [one, one?.closest('label'), one?.closest('.range')].filter(Boolean);
    const box = one?.getBoundingClientRect();
    return {
        what: isBody ? 'body' : `${one.tagName} ${one.id || one.className || one.name}`,
        isSeen: shown.some(element => isRinged(element)),
        isInView: !!box && box.bottom > 0 && box.top < innerHeight,
        text: (one?.closest('label') ?? one)?.textContent.trim() ?? '',
        name: one?.name ?? '', value: one?.value ?? '', id: one?.id ?? '',
        href: one?.getAttribute('href') ?? '',
    };
}"""


def focus(page):
    """Return what has the focus; it must be something, seen, and not scrolled away."""
    found = page.evaluate(FOCUS)
    assert found["what"] != "body", "the focus is lost"
    assert found["isSeen"], f"nobody sees that {found['what']} has the focus"
    assert found["isInView"], f"{found['what']} has the focus outside the window"
    return found


def key(page, *names):
    for name in names:
        page.keyboard.press(name)
    return focus(page)


def tab_to(page, wanted, most=120, by="Tab"):
    """Press Tab until `wanted` holds of what has the focus."""
    for _ in range(most):
        found = key(page, by)
        if wanted(found):
            return found
    raise AssertionError("Tab never came there")


def arrow_to(page, value, arrow="ArrowRight", most=8):
    """Press an arrow until the radio button of this value is the one chosen."""
    for _ in range(most):
        if key(page, arrow)["value"] == value:
            return
    raise AssertionError(f"no radio button {value}")


# ---- press ----


@pytest.fixture(autouse=True)
def _calm(quiet_page):
    """No smooth scrolling: where the focus is must be in view at once."""
    quiet_page.emulate_media(reduced_motion="reduce")


def open_press(page, address):
    page.goto(address)
    page.locator("#stage[data-shown*='/']").wait_for(state="attached")
    page.locator("#layers").wait_for()
    return page


def test_reader_chooses_what_the_areas_show(quiet_page, press):
    page = open_press(quiet_page, f"{press}/kazakhstan-2005/en/")
    tab_to(page, lambda one: one["name"] == "view")
    arrow_to(page, "coverage")
    expect(page.locator("input[name=view][value=coverage]")).to_be_checked()
    page.locator("#list-rest", has_text="visits not reported").wait_for()
    assert "view=coverage" in page.url


def test_reader_chooses_a_stage(quiet_page, press):
    page = open_press(quiet_page, f"{press}/counted/en/#view=rate")
    tab_to(page, lambda one: one["text"].startswith("Stage:"))
    key(page, "Enter")
    tab_to(page, lambda one: one["name"] == "stage")
    arrow_to(page, "voting")
    page.locator("#line", has_text="voting").wait_for()
    assert "stage=voting" in page.url
    assert focus(page)["value"] == "voting"


def test_reader_opens_an_area_and_comes_back(quiet_page, press):
    page = open_press(quiet_page, f"{press}/kazakhstan-2005/en/")
    assert "list of areas" in key(page, "Tab")["text"]
    page.keyboard.press("Enter")
    row = tab_to(page, lambda one: "Kostanay" in one["text"])
    key(page, "Enter")
    page.locator("#detail .finding").first.wait_for()
    expect(page.locator("#detail h2")).to_have_text("Kostanay oblast")
    expect(page.locator("#detail")).to_contain_text("Kinds of finding, whole day, of any severity:")
    assert key(page, "Escape")["text"] == row["text"]
    page.locator("#detail").wait_for(state="hidden")


def test_reader_goes_to_the_findings_and_keeps_the_choice(quiet_page, press):
    page = open_press(quiet_page, f"{press}/kazakhstan-2005/en/#view=coverage")
    tab_to(page, lambda one: one["href"] == "#reading")
    page.keyboard.press("Enter")
    page.locator("#reading h2").wait_for()
    page.wait_for_function(
        "() => document.querySelector('#reading').getBoundingClientRect().top < innerHeight / 2"
    )
    expect(page.locator("input[name=view][value=coverage]")).to_be_checked()
    after = key(page, "Tab")  # reading goes on from there, not from the top
    assert page.evaluate("document.activeElement.closest('.story') !== null"), after


def test_reader_downloads_the_figures_of_the_choice(quiet_page, press):
    page = open_press(quiet_page, f"{press}/counted/en/#view=rate&stage=voting&from=low")
    page.locator("#line", has_text="voting").wait_for()
    tab_to(page, lambda one: one["href"].startswith("download/areas.csv"))
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    focus(page)
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    assert len(rows) >= 10
    assert {row["stage"] for row in rows} == {"voting"}


def test_reader_changes_the_language_and_keeps_the_choice(quiet_page, press):
    page = open_press(quiet_page, f"{press}/kazakhstan-2005/en/#view=coverage")
    tab_to(page, lambda one: one["text"] == "ҚЗ")
    page.keyboard.press("Enter")
    page.locator("html[lang=kk][data-areas]").wait_for(state="attached")
    page.locator("#stage[data-shown^='coverage/']").wait_for(state="attached")
    expect(page.locator("input[name=view][value=coverage]")).to_be_checked()
    key(page, "Tab")


# ---- desk ----


def test_coordinator_opens_the_desk_and_names_what_is_overdue_in_one_oblast(quiet_page, desks):
    page = quiet_page
    page.goto(f"{desks(SIMULATED)}/?token={TOKEN}")
    page.locator("html[data-stations]").wait_for(state="attached")
    assert "token" not in page.url
    tab_to(page, lambda one: one["id"].startswith("tab-"))
    while key(page, "ArrowRight")["id"] != "tab-overdue":
        pass
    page.locator(
        "#list[data-tab=overdue] .is-late"
    ).first.wait_for()  # late teams are marked in their tab, too
    late = page.locator("#list .is-late li", has_text="Kyzylorda").all_text_contents()
    assert len(late) == 4 and all("KZ-KZY/" in one and re.search(r"due \d\d:\d\d", one) for one in late), late
    tab_to(page, lambda one: one["text"].startswith("KZ-KZY/"))
    page.keyboard.press("Enter")
    page.locator("#detail .is-late").first.wait_for()
    assert page.evaluate("document.activeElement.closest('#detail') !== null")
    assert key(page, "Escape")["text"].startswith("KZ-KZY/")


def test_coordinator_reads_overdue_assignments_of_one_oblast_only(quiet_page, desks):
    late = {"stage": "Voting", "due": "10:00", "minutesLate": 60}
    rows = [
        {**late, "station": f"A/N{i}", "area": f"{'Upper' if i % 2 else 'Lower'} oblast"} for i in range(5)
    ]
    team = {"lastContact": "09:00", "silentMinutes": 300, "nextDue": ""}
    teams = [{**team, "team": "MIXED", "rows": rows}, {**team, "team": "LOWER", "rows": rows[:1]}]
    found = {"total": 6, "all_teams": 2, "graceMinutes": 30, "teams": teams}
    quiet_page.route("**/overdue.json", lambda route: route.fulfill(json=found))
    page = open_desk(quiet_page, desks("small"), "en/#tab=overdue")
    page.locator("#list .is-late").first.wait_for()
    tab_to(page, lambda one: one["what"].startswith("SELECT") and "oblast" in one["text"])
    page.keyboard.type("Upper")
    assert focus(page)["value"] == "Upper oblast"
    assert [text.split()[0] for text in page.locator("#list .is-late:visible").all_inner_texts()] == ["MIXED"]
    expect(page.locator("#list .sub li:visible")).to_have_count(2)


@pytest.mark.capability("Search and a station's history", page="desk")
def test_coordinator_finds_a_station_and_its_history(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"))
    tab_to(page, lambda one: one["id"] == "q")
    page.keyboard.type("n2")
    expect(page.locator("#results li")).to_have_count(1)  # "n" alone finds every station
    key(page, "ArrowDown")
    page.keyboard.press("Enter")
    page.locator("#detail .visit").wait_for()
    expect(page.locator("#detail h2")).to_have_text("A/N2")
    expect(page.locator("#detail")).to_contain_text("access denied")
    focus(page)
    assert key(page, "Escape")["id"] == "q"


def test_coordinator_reads_the_map_as_a_table_and_closes_it(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"))
    tab_to(page, lambda one: one["id"] == "table-open")
    key(page, "Enter")
    expect(page.locator("#table")).to_be_visible()
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    if focus(page)["name"] != "rows":
        tab_to(page, lambda one: one["name"] == "rows", most=6)
    arrow_to(page, "stations")
    page.locator("#table-body tbody tr").nth(9).wait_for()
    expect(page.locator("#table-body tbody tr")).to_have_count(10)
    assert key(page, "Escape")["id"] == "table-open"
    expect(page.locator("#table")).to_be_hidden()


def test_coordinator_chooses_a_stage_and_hours(quiet_page, desks):
    page = open_desk(quiet_page, desks(SIMULATED))
    tab_to(page, lambda one: one["name"] == "stage")
    arrow_to(page, "voting")
    settled(page, "stage=voting")
    assert focus(page)["value"] == "voting"
    tab_to(page, lambda one: one["id"] == "time-to")
    key(page, *["ArrowLeft"] * 12)
    caption = page.locator(".caption").text_content()
    assert "Stage: voting." in caption and "12:00" in caption
    assert page.locator("#time-to").get_attribute("aria-valuetext") == "12:00"


def test_coordinator_looks_into_a_doubtful_visit_and_returns_to_the_list(quiet_page, desks):
    page = open_desk(quiet_page, desks(SIMULATED))
    tab_to(page, lambda one: one["id"].startswith("tab-"))
    while key(page, "ArrowRight")["id"] != "tab-doubts":
        pass
    page.locator("#list[data-tab=doubts] .item").first.wait_for()
    row = tab_to(page, lambda one: one["what"] == "BUTTON link")
    page.keyboard.press("Enter")
    page.locator("#detail .doubt").first.wait_for()
    expect(page.locator("#detail h2")).to_have_text(row["text"])
    assert key(page, "Escape")["text"] == row["text"]


def test_who_tabs_into_a_list_that_goes_away_is_at_its_tab(quiet_page, desks):
    page = open_desk(quiet_page, desks(SIMULATED))
    page.locator("#list .unit-row").first.wait_for()
    held = []
    page.route("**/gaps.json*", lambda route: held.append(route))
    tab_to(page, lambda one: one["id"] == "tab-areas")
    with page.expect_request("**/gaps.json*"):
        key(page, "ArrowRight")
    tab_to(page, lambda one: "unit-row" in one["what"])
    held.pop().continue_()
    page.locator("#list[data-tab=gaps]").wait_for()
    assert focus(page)["id"] == "tab-gaps"


def test_coordinator_copies_the_link_of_what_is_shown(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"), "en/#view=rate&severity=high")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab_to(page, lambda one: one["id"] == "copy")
    key(page, "Enter")
    page.locator("#toast").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    assert "view=rate" in page.url and TOKEN not in page.url


@pytest.mark.capability("Everything by keyboard", page="every page")
def test_every_stop_of_the_tab_key_is_seen(quiet_page, desks, press):
    for address in (f"{press}/kazakhstan-2005/en/", f"{press}/counted/en/methods/", f"{press}/en/"):
        quiet_page.goto(address)
        quiet_page.wait_for_load_state("networkidle")
        stops = set()
        for _ in range(45):
            quiet_page.keyboard.press("Tab")
            if quiet_page.evaluate("document.activeElement === document.body"):
                break  # round to the browser's own bar
            stops.add(focus(quiet_page)["what"])
        assert stops, address
