"""Work on reports in a browser: the inbox by keyboard, many at once, by two people."""

from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from geo.serving.journal_door import JournalDoor
from geo.serving.journal_follower import JournalFollower
from geo.serving.missions import Missions
from tests.browser import axe_violations
from tests.web.desks import module, open_desk, serving
from tests.web.test_accessibility import LANGUAGES, RULES
from tests.web.test_desk_standing_in_browser import line
from tests.web.test_work_views import day

pytestmark = pytest.mark.browser


@contextmanager
def working(folder, state):
    """A server whose figures follow its journal; yields what gives a desk's address."""
    reader = JournalDoor(state).reader
    library = Missions(lambda: [folder], journal=JournalFollower(reader))
    library.refresh()
    library.watch()
    with serving(library, state) as address:
        yield address
    library.stop()
    reader.close()


@pytest.fixture
def address(tmp_path, page):
    with working(day(tmp_path / "work"), tmp_path / "state") as address:
        yield address("work")
        page.goto("about:blank")  # else it asks a server that has gone: soon after what was written


def named(page, name):
    page.locator("#my-name").fill(name)
    page.locator("#my-name").press("Tab")


def inbox(page, address, name="Bea", at="en/#tab=inbox"):
    open_desk(page, address, at)
    page.locator(".report").first.wait_for()
    named(page, name)
    return page


@pytest.mark.capability("Findings are verified with single letters", page="desk")
def test_a_finding_is_verified_with_one_letter(quiet_page, address):
    page = inbox(quiet_page, address)
    page.locator(".choose").first.focus()
    page.keyboard.press("v")
    page.get_by_text("Done: 1.").wait_for()
    expect(page.locator(".report")).to_have_count(2)


def test_arrows_move_and_space_chooses_many(quiet_page, address):
    page = inbox(quiet_page, address)
    page.locator(".choose").first.focus()
    for key in ("Space", "ArrowDown", "Space", "v"):
        page.keyboard.press(key)
    page.get_by_text("Done: 2.").wait_for()
    expect(page.locator(".report")).to_have_count(1)


@pytest.mark.parametrize("where", ["[data-decision=verify]", ".report:nth-child(2) summary"])
def test_who_is_about_to_decide_or_reads_keeps_the_focus_when_a_report_goes(quiet_page, address, where):
    page = inbox(quiet_page, address)
    page.locator(".choose").first.focus()
    page.locator(where).focus()
    other = inbox(page.context.new_page(), address, name="Cem")
    other.locator(".choose").last.focus()
    other.keyboard.press("v")
    expect(page.locator(".report")).to_have_count(2)
    other.close()
    expect(page.locator(where)).to_be_focused()


HEARD = "async url => (await import(url)).onPaint(() => (window.isRenewed = true))"


def test_a_press_on_a_row_of_the_inbox_is_not_lost_when_a_report_goes(quiet_page, address):
    page = inbox(quiet_page, address)
    other = inbox(page.context.new_page(), address, name="Cem")
    page.evaluate(HEARD, module(page, "desk/desk-model.js"))
    page.locator(".report:nth-child(2) summary").hover()
    page.mouse.down()
    other.locator(".choose").last.focus()
    other.keyboard.press("v")
    other.get_by_text("Done: 1.").wait_for()
    other.close()
    page.evaluate(FOLLOW, module(page, "desk/work-store.js"))
    page.wait_for_function("() => window.isRenewed")
    for _ in range(3):  # whatever the list asks for when there are newer figures has been answered
        page.evaluate("fetch('../version.json').then(() => new Promise(requestAnimationFrame))")
    expect(page.locator(".report")).to_have_count(3)
    page.mouse.up()
    expect(page.locator(".report")).to_have_count(2)
    expect(page.locator(".report:nth-child(2) details[open]")).to_have_count(1)


def test_a_reason_is_asked_and_stands_in_the_history(quiet_page, address):
    page = inbox(quiet_page, address)
    page.locator(".choose").first.focus()
    page.keyboard.press("r")
    page.keyboard.type("seen from another place")
    page.keyboard.press("Enter")
    page.get_by_text("Done: 1.").wait_for()
    page.locator(".inbox-head select").nth(1).select_option("refuted")
    page.locator(".report", has_text="refuted").locator("summary").click()
    page.locator(".history blockquote", has_text="seen from another place").wait_for()
    expect(page.locator(".history li")).to_contain_text("Bea · Refute")


def test_without_a_name_nothing_is_decided(quiet_page, address):
    page = inbox(quiet_page, address, name="")
    page.locator(".choose").first.focus()
    page.keyboard.press("v")
    assert page.locator("#my-name").evaluate("one => one === document.activeElement")
    expect(page.locator(".report")).to_have_count(3)


def test_what_people_wrote_is_shown_as_text(quiet_page, address):
    page = inbox(quiet_page, address)
    expect(page.locator(".told").first).to_have_text("<b>seen</b>")


def test_the_report_that_arrows_reach_is_not_under_the_decisions(quiet_page, address):
    page = inbox(quiet_page, address)
    page.locator(".report summary").first.click()  # more than the list has room for
    page.locator("#list").evaluate("one => { one.scrollTop = one.scrollHeight; }")
    page.locator(".choose").last.focus()
    for _ in range(2):
        page.keyboard.press("ArrowUp")
    expect(page.locator(".choose").first).to_be_focused()
    bar, box = (page.locator(name).first.bounding_box() for name in (".decisions", ".choose"))
    assert box["y"] >= bar["y"] + bar["height"]


# What is looked at, and what is waited for.
FORCED = {
    "tab=inbox": ".report",
    "tab=routes": ".routes-body > *",
    "tab=gaps": "#list[data-tab=gaps]",
    "tab=overdue&station=A/1": "#detail .visit",
    "tab=teams&team=T1": "#detail .small-button",
    "tab=areas&open=A": ".unit-row[aria-pressed=true]",  # a team's card has facts, too
    "table=units": "#table-body tbody tr",
}


@pytest.mark.slow
@pytest.mark.capability("Forced colours", page="desk")
def test_no_state_of_the_desk_breaks_wcag_where_a_reader_forces_colours(quiet_page, address):
    quiet_page.emulate_media(forced_colors="active", reduced_motion="reduce")
    page = open_desk(quiet_page, address, "kk/#tab=inbox")
    for state, part in FORCED.items():
        page.evaluate("state => { location.hash = state; }", state)
        page.locator(part).first.wait_for()
        if ".report" in part:
            page.locator(".report summary").first.click()
        assert axe_violations(page, rules=RULES) == [], state


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_inbox_breaks_no_rule_of_wcag(quiet_page, address, code):
    page = inbox(quiet_page, address, at=f"{code}/#tab=inbox")
    page.locator(".report summary").first.click()
    page.locator(".choose").first.focus()
    assert axe_violations(page, rules=RULES) == []
    page.emulate_media(color_scheme="dark")
    assert axe_violations(page, rules=("color-contrast",)) == []


class Keys:
    """A keyboard that counts."""

    def __init__(self, page):
        self.keyboard, self.n = page.keyboard, 0

    def press(self, *keys):
        for key in keys:
            self.keyboard.press(key)
            self.n += 1

    def type(self, text):
        self.keyboard.type(text)
        self.n += len(text) + sum(letter.isupper() for letter in text)


# By the keystroke-level model (docs/tried.md) 40 s leave so many to whoever takes half a second for each and
# thinks eleven times, 1.35 s each, and waits 0.7 s until the station is found.
MOST_KEYS = 48


def visit_by_keyboard(page, keys, station="A/1", typed="area 1"):
    """Enter a visit with one finding; the station's field has the focus."""
    keys.type(typed)
    page.locator(f"#entry-station[data-first='{station}']").wait_for()
    keys.press("Enter")
    keys.type("1")  # T1
    keys.press("Tab", "v", "Tab")  # voting
    keys.type("930")
    keys.press("Tab")
    keys.type("955")
    keys.press("Tab", "Tab", "Tab", "s", "Tab")  # observed, all asked, sealed
    keys.type("no seal on the box")
    keys.press("Enter")


def entry(page, address, name="Bea"):
    open_desk(page, address, "en/#tab=entry")
    page.locator("#entry-station").wait_for()
    named(page, name)
    page.locator("#entry-station").focus()
    return page, Keys(page)


def visits_counted(page, n):
    page.locator("#time-n", has_text=f"visits: {n}").wait_for()


@pytest.mark.capability("Visits that come by telephone are entered by keyboard", page="desk")
def test_a_visit_is_entered_by_keyboard_in_few_keys_and_counted(quiet_page, address):
    page, keys = entry(quiet_page, address)
    visits_counted(page, 3)
    visit_by_keyboard(page, keys)
    page.get_by_text("Saved: A/1.").wait_for()
    assert keys.n <= MOST_KEYS
    visits_counted(page, 4)
    assert page.locator("#entry-station").evaluate("one => one === document.activeElement")  # for the next


def test_a_station_that_an_earlier_answer_had_is_the_one_that_enter_takes(quiet_page, address):
    page, keys = entry(quiet_page, address)
    taken = page.locator("#entry-station[data-first='A/1']")
    keys.type("area 1")
    taken.wait_for()
    keys.press("ControlOrMeta+a")
    keys.type("A/1")
    taken.wait_for()
    keys.press("Enter")
    assert page.locator("#entry-station").input_value() == "A/1"
    assert page.locator("#entry-team").evaluate("one => one === document.activeElement")


def test_the_next_visit_begins_with_the_stage_of_the_one_before(quiet_page, address):
    page, keys = entry(quiet_page, address)
    visit_by_keyboard(page, keys)
    page.get_by_text("Saved: A/1.").wait_for()
    expect(page.locator("#entry-stage")).to_have_value("voting")
    expect(page.locator("#entry-team")).to_have_value("")


@pytest.mark.parametrize(("typed", "team"), [("t1", "T1"), ("1", "T1"), ("x", "x"), ("", "")])
def test_a_team_is_named_by_a_part_that_no_other_has(quiet_page, address, typed, team):
    page, keys = entry(quiet_page, address)
    page.locator("#entry-team").focus()
    keys.type(typed)
    keys.press("Tab")
    expect(page.locator("#entry-team")).to_have_value(team)


@pytest.mark.capability("Visits that come by telephone survive a lost line", page="desk")
def test_a_visit_survives_a_lost_line_and_is_sent_once(page, address):
    page, keys = entry(page, address)
    line(page, is_up=False)
    keys.type("A/1")
    keys.press("Enter")
    page.locator(".entry [type=submit]").press("Enter")
    page.get_by_text("Waiting: 1.").wait_for()
    line(page, is_up=True)
    page.get_by_text("Saved: A/1.").wait_for()
    assert page.evaluate("localStorage.getItem('baqylau-visits /work')") == "[]"
    visits_counted(page, 4)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_form_of_a_visit_breaks_no_rule_of_wcag(quiet_page, address, code):
    open_desk(quiet_page, address, f"{code}/#tab=entry")
    quiet_page.locator(".entry-kind").wait_for()
    quiet_page.locator(".entry-kind").select_option("sealed")
    assert axe_violations(quiet_page, rules=RULES) == []
    quiet_page.emulate_media(color_scheme="dark")
    assert axe_violations(quiet_page, rules=("color-contrast",)) == []


@pytest.mark.capability("Overdue visits and silent teams", page="desk")
def test_an_overdue_team_is_taken_note_of_and_rests(quiet_page, address):
    page = open_desk(quiet_page, address, "en/#tab=overdue")
    page.get_by_role("button", name="Take note").press("Enter")
    for text in ("Bea", "no network there", "2359"):
        page.keyboard.type(text)
        page.keyboard.press("Tab" if text != "2359" else "Enter")
    page.locator(".call p", has_text="no network there · rests until").wait_for()
    assert axe_violations(page, rules=RULES) == []


@pytest.mark.capability("Doubtful stations are moved on the map", page="desk")
def test_a_doubtful_station_is_moved_on_the_map_and_back(quiet_page, address):
    page = open_desk(quiet_page, address, "en/#tab=doctor")
    page.locator("[data-doubtful='A/swapped']").wait_for()
    assert axe_violations(page, rules=RULES) == []
    named(page, "Bea")
    page.get_by_role("button", name="Pick on the map").click()
    page.get_by_text("Click where A/swapped stands").wait_for()
    page.evaluate("window.isBefore = true")
    stage = page.locator("#stage .leaflet-container").bounding_box()
    page.mouse.click(stage["x"] + stage["width"] * 0.7, stage["y"] + stage["height"] * 0.5)
    page.locator("[data-moved='A/swapped']").wait_for()
    expect(page.locator("#detail")).to_be_hidden()  # the click opened nothing
    page.wait_for_function("() => !window.isBefore")  # a register that changed loads the page anew
    page.locator("[data-moved]").get_by_role("button", name="Undo").click()
    page.locator("[data-doubtful='A/swapped']").wait_for()


def test_a_key_held_down_decides_about_one_report(quiet_page, address):
    page = inbox(quiet_page, address)
    page.locator(".choose").first.focus()
    page.keyboard.down("v")
    page.get_by_text("Done: 1.").wait_for()
    page.keyboard.down("v")  # a browser repeats a key that is down
    page.keyboard.up("v")
    page.evaluate("fetch('../version.json')")
    expect(page.locator(".report")).to_have_count(2)


def test_a_reason_stays_while_the_line_is_down_and_is_sent_once_it_is_back(page, address):
    inbox(page, address)
    page.locator(".choose").first.focus()
    page.keyboard.press("r")
    page.keyboard.type("seen from another place")
    line(page, is_up=False)
    page.keyboard.press("Enter")
    page.get_by_text("The line is down. Nothing was decided").wait_for()
    expect(page.locator(".ask-reason input")).to_have_value("seen from another place")
    line(page, is_up=True)
    page.locator(".ask-reason input").press("Enter")
    page.get_by_text("Done: 1.").wait_for()


def test_a_visit_that_is_refused_can_be_corrected(page, address):
    page, keys = entry(page, address)
    keys.type("A/1")
    page.locator("#entry-station[data-first='A/1']").wait_for()
    keys.press("Enter")
    page.locator("#entry-arrived").fill("25:99")
    page.locator(".entry [type=submit]").press("Enter")
    page.locator("#not-taken li", has_text="A/1").wait_for()
    page.get_by_role("button", name="Put back into the form").press("Enter")
    expect(page.locator("#entry-station")).to_have_value("A/1")
    expect(page.locator("#entry-arrived")).to_have_value("25:99")
    expect(page.locator("#not-taken li")).to_have_count(0)


# Else newer figures are looked for every ten seconds.
FOLLOW = "async url => (await import(url)).followSoon()"


def test_a_visit_left_by_an_earlier_page_is_sent_wherever_the_desk_is_opened(page, address):
    page, keys = entry(page, address)
    line(page, is_up=False)
    keys.type("A/1")
    page.locator("#entry-where", has_text="No line").wait_for()
    keys.press("Enter")
    page.locator(".entry [type=submit]").press("Enter")
    page.get_by_text("Waiting: 1.").wait_for()
    line(page, is_up=True)
    open_desk(page, address, "en/#tab=areas")
    page.wait_for_function("() => localStorage.getItem('baqylau-visits /work') === '[]'")
    page.evaluate(FOLLOW, module(page, "desk/work-store.js"))
    visits_counted(page, 4)


def test_a_first_match_is_not_taken_without_enter(quiet_page, address):
    page, keys = entry(quiet_page, address)
    keys.type("A")
    page.locator("#entry-station[data-first]:not([data-first=''])").wait_for()
    page.locator(".entry [type=submit]").press("Enter")
    assert page.locator("#entry-station").evaluate("one => one === document.activeElement")
    assert page.evaluate("localStorage.getItem('baqylau-visits /work')") is None


@pytest.mark.parametrize(("tab", "row"), [("inbox", ".report"), ("doctor", "[data-doubtful]")])
def test_what_is_still_the_same_is_not_taken_from_under_a_pointer(quiet_page, address, tab, row):
    page = open_desk(quiet_page, address, f"en/#tab={tab}")
    before = page.locator(row).first.element_handle()
    for other in ("areas", tab):  # whoever looks at a tab again asks for its rows again
        page.locator(f"#tab-{other}").click()
        page.locator(f"#list[data-tab={other}]").wait_for()
    assert before.evaluate("row => row.isConnected")


def test_the_name_is_one_in_every_tab(quiet_page, address):
    page = inbox(quiet_page, address, name="Anna")
    page.locator("[data-tab=entry]").click()
    page.locator("#entry-station").wait_for()
    named(page, "Boris")
    page.locator("[data-tab=inbox]").click()
    page.locator(".report").first.wait_for()
    expect(page.locator("#my-name")).to_have_value("Boris")


def test_a_map_that_is_dragged_moves_no_station(quiet_page, address):
    page = open_desk(quiet_page, address, "en/#tab=doctor")
    page.locator("[data-doubtful='A/swapped']").wait_for()
    named(page, "Bea")
    page.get_by_role("button", name="Pick on the map").click()
    stage = page.locator("#stage .leaflet-container").bounding_box()
    x, y = stage["x"] + stage["width"] * 0.5, stage["y"] + stage["height"] * 0.5
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 40, steps=6)
    page.mouse.up()
    expect(page.locator(".is-picking")).to_have_count(1)
    expect(page.locator("[data-doubtful='A/swapped']")).to_have_count(1)
    page.locator("[data-tab=areas]").click()
    page.locator(".is-picking").wait_for(state="detached")


def test_a_note_being_typed_survives_newer_figures(quiet_page, address):
    page = open_desk(quiet_page, address, "en/#tab=overdue")
    page.get_by_role("button", name="Take note").press("Enter")
    page.keyboard.type("Bea")
    page.locator(".switch.views label").nth(1).click()
    page.evaluate("new Promise(requestAnimationFrame)")
    expect(page.locator(".call input").first).to_have_value("Bea")
