"""Routes on the desk in a browser: plan, lock, close, re-plan, print; with the mouse and without it."""

import re

import pytest
from playwright.sync_api import expect

from geo.serving import plans
from geo.simulate import SimulationOptions, simulate
from tests.web.desks import library_of, open_desk, serving
from tests.web.places import SIZES, arrived, seen
from tests.web.test_keyboard import tab_to

pytestmark = pytest.mark.browser
DONE = ".routes[data-status='done']"
IMPOSSIBLE = (
    "async () => (await import(document.querySelector(\"script[src*='/js/theme.js']\").src"
    ".replace('theme.js', 'desk/routes-store.js')))"
    ".plan({ hours: ['10:00', '10:05'], needs: ['opening'] }, 1)"
)


@pytest.fixture(autouse=True)
def _brief(monkeypatch):
    """Let no plan be worked on for longer than a second, whatever the form asks for."""
    monkeypatch.setattr(plans, "MOST_SECONDS", 1.0)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """Build one mission, `small`, for all tests; what is planned is kept in each test's own state."""
    out = tmp_path_factory.mktemp("missions") / "small"
    return library_of([simulate(SimulationOptions(stations=1500, teams=4, seed=3, until="14:00", out=out))])


@pytest.fixture
def panel(library, tmp_path, quiet_page):
    """The desk with its routes open; every test begins without a plan."""
    quiet_page.emulate_media(reduced_motion="reduce")
    with serving(library, tmp_path) as address:
        open_desk(quiet_page, address("small"), "en/#tab=routes")
        quiet_page.locator("[data-key=plan]").wait_for()
        yield quiet_page
        quiet_page.goto("about:blank")  # else it asks a server that has gone


def version(page):
    return page.locator(".routes").get_attribute("data-version")


def changed(page, before):
    """Wait until another plan is there; return its version."""
    page.wait_for_function(
        "before => { const one = document.querySelector('.routes');"
        " return one.dataset.status === 'done' && one.dataset.version && one.dataset.version !== before; }",
        arg=before or "",
    )  # fmt: skip
    return version(page)


LOCK_FOLLOWS = """() => {
    const locks = [...document.querySelectorAll("[data-key^='lock ']")];
    return locks.slice(locks.indexOf(document.activeElement) + 1).some(one => one.textContent === "Lock");
}"""


def planned(page):
    page.locator("[data-key='ask seconds']").select_option("5")
    before = version(page)
    page.locator("[data-key=plan]").click()
    return changed(page, before)


def open_team(page):
    """Open the first team that still goes somewhere to watch the voting."""
    for head in page.locator(".team-head").all():
        head.click()
        if page.locator(".stop:not(.is-begun) [data-key^='lock ']").count() > 2:
            return head.get_attribute("data-key").removeprefix("team ")
        head.click()
    raise AssertionError("no team goes anywhere")


@pytest.mark.capability("Planning, locking, re-planning and printing on the desk", page="routes")
def test_a_plan_is_made_locked_changed_and_printed_with_the_mouse(panel):
    first = planned(panel)
    assert panel.locator(".compare tbody tr").count() >= 4
    drawn = panel.locator(".leaflet-routes-pane canvas").get_attribute("data-routes")
    assert int(drawn) > 0

    team = open_team(panel)
    lock = panel.locator(".stop:not(.is-begun) [data-key^='lock ']").nth(
        1
    )  # to the first they are on their way
    station = lock.get_attribute("data-key").removeprefix("lock ")
    lock.click()
    second = changed(panel, first)
    assert panel.locator(f"[data-key='lock {station}']").get_attribute("aria-pressed") == "true"

    other = panel.locator(".stop:not(.is-begun) [aria-pressed='false']").last
    gone = other.get_attribute("data-key").removeprefix("lock ")
    panel.locator(f"[data-key='more {gone}']").click()
    panel.locator(f"[data-key='closed {gone}']").click()
    changed(panel, second)
    expect(panel.locator(f"[data-key='lock {gone}']")).to_have_count(0)
    assert panel.locator(f"[data-key='lock {station}']").get_attribute("aria-pressed") == "true"

    with panel.context.expect_page() as opened:
        panel.locator(f"[data-key='sheet {team}']").click()
    sheet = opened.value
    sheet.wait_for_load_state()
    assert station in sheet.locator("table").inner_text()
    assert not sheet.evaluate("document.documentElement.scrollWidth > innerWidth")


@pytest.mark.capability("Planning by keyboard", page="routes")
def test_a_plan_is_made_locked_and_changed_by_keyboard_alone(panel):
    keys = panel.keyboard
    tab_to(panel, lambda one: one["text"] == "Plan the routes")
    keys.press("Enter")
    first = changed(panel, "")
    # with room for what follows: a plan is as good as the machine had time for, so its teams differ
    tab_to(panel, lambda one: re.search(r"([4-9]|\d\d) stops", one["text"]))
    keys.press("Enter")
    for _ in range(2):  # to the first stop they are on their way
        tab_to(panel, lambda one: one["text"] == "Lock")
    keys.press("Enter")
    second = changed(panel, first)
    assert panel.evaluate("document.activeElement.textContent") == "Unlock"
    # the plan made anew may have put the locked stop last, where Tab leaves the page
    tab_to(
        panel, lambda one: one["text"] == "Lock", by="Tab" if panel.evaluate(LOCK_FOLLOWS) else "Shift+Tab"
    )
    tab_to(panel, lambda one: one["text"] == "More")
    keys.press("Enter")
    tab_to(panel, lambda one: one["text"] == "Station is closed")
    keys.press("Enter")
    changed(panel, second)
    tab_to(panel, lambda one: one["text"] == "Print sheet")


def test_what_cannot_be_planned_is_said_where_it_was_asked(panel):
    for area in ("KZ-AKM", "KZ-ALM"):
        expect(panel.locator(f"[data-key='ask area'] option[value='{area}']")).to_have_count(1)
    assert panel.evaluate(IMPOSSIBLE) is None
    panel.locator(".routes[data-status='failed']").wait_for()
    assert "10:00-10:05" in panel.locator(".plan-status").inner_text()


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        pytest.param("ru", "нет участка, куда можно успеть", marks=pytest.mark.slow),
        ("kk", "үлгеретін учаске жоқ"),
    ],
)
def test_the_panel_fits_on_a_phone_and_refuses_in_its_language(library, tmp_path, quiet_page, code, refusal):
    quiet_page.set_viewport_size({"width": 390, "height": 844})
    with serving(library, tmp_path) as address:
        open_desk(quiet_page, address("small"), f"{code}/#tab=routes")
        quiet_page.locator("[data-key=plan]").wait_for()
        planned(quiet_page)
        quiet_page.locator(".team-head").first.click()
        assert not quiet_page.evaluate("document.documentElement.scrollWidth > innerWidth")
        quiet_page.evaluate(IMPOSSIBLE)
        quiet_page.locator(".routes[data-status='failed']").wait_for()
        says = quiet_page.locator(".plan-status").inner_text()
        assert refusal in says
        assert not re.search(r"[a-z]{3}", says), says
        assert not quiet_page.evaluate("document.documentElement.scrollWidth > innerWidth")
        quiet_page.goto("about:blank")  # else it asks a server that has gone


def test_a_route_and_its_stops_come_into_the_free_part_of_the_map(panel):
    planned(panel)
    team = open_team(panel)
    plan = panel.evaluate("async () => (await (await fetch('routes/plan.json')).json()).plan")
    line = next(row["line"] for row in plan["teams"] if row["team_id"] == team)
    stops = next(row["stops"] for row in plan["teams"] if row["team_id"] == team)
    head = panel.locator(f"[data-key='team {team}']")
    for width, height in SIZES:
        head.click()
        panel.set_viewport_size({"width": width, "height": height})
        arrived(panel, head.click)
        assert all(seen(panel, *line)), width
        arrived(panel, panel.locator(f"[data-key='go {stops[-1]['station_id']}']").click)
        panel.locator("#detail .facts").wait_for()
        assert seen(panel, (stops[-1]["lon"], stops[-1]["lat"])) == [True], width
        panel.locator("#detail .close").click()
