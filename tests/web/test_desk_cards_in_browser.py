"""Cards that stand open on the desk while newer figures come: renewed under whoever reads them."""

import pytest
from playwright.sync_api import expect

from tests.web.desks import module, open_desk
from tests.web.test_desk_work_in_browser import working
from tests.web.test_work_views import VISIT, day

pytestmark = pytest.mark.browser
SENT = """visit => fetch('work/visit.json', {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(visit),
}).then(answer => answer.status)"""
# the desk asks every ten seconds; a test does not wait for that
ASKED_OFTEN = "setInterval(() => dispatchEvent(new CustomEvent('stale')), 250)"

NEXT = {
    "id": "A/0", "settlement": "", "area": "Area", "lon": 60.2, "lat": 46, "km": 12.4, "drive": 20,
    "begin": "15:20", "visits": 1, "gain": 0.5, "service": "voting",
}  # fmt: skip


@pytest.fixture
def address(tmp_path):
    with working(day(tmp_path / "work"), tmp_path / "state") as address:
        yield address("work")


def another_visit(page, **told):
    """Somebody else tells of a visit to station A/1, and the desk hears of it."""
    assert page.evaluate(SENT, {**VISIT, **told}) == 200
    page.evaluate(ASKED_OFTEN)


@pytest.mark.capability("An open card follows newer figures", page="desk")
def test_the_card_of_a_station_is_renewed_where_somebody_reads_it(quiet_page, address):
    page = open_desk(quiet_page, address, "en/#station=A/1")
    page.locator("#detail details summary").click()
    page.locator("#detail button.link").focus()
    page.wait_for_function("() => location.hash.includes('at=')")  # the map comes to rest at the station
    place = page.evaluate("location.hash")
    another_visit(page)
    expect(page.locator("#detail .visit")).to_have_count(2)
    expect(page.locator("#detail button.link")).to_be_focused()
    expect(page.locator("#detail details[open]")).to_have_count(1)
    assert page.evaluate("location.hash") == place  # nobody moved the map
    page.goto("about:blank")  # else it asks a server that has gone


def test_the_card_of_a_team_is_renewed_with_what_was_proposed_on_it(quiet_page, address):
    quiet_page.route("**/next.json*", lambda route: route.fulfill(json={"rows": [NEXT], "message": ""}))
    page = open_desk(quiet_page, address, "en/#team=T1")
    page.locator("#detail .small-button").click()
    page.locator("#detail [role=status] .link").focus()
    another_visit(page, team_id="T1", arrived="2300", left="")
    expect(page.locator("#detail .facts dd").first).to_contain_text("23:00")
    expect(page.locator("#detail [role=status] .link")).to_be_focused()
    page.goto("about:blank")


def test_the_card_of_a_unit_keeps_the_focus_when_its_figures_change(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"), "en/#open=A")
    page.locator("#detail .close").focus()
    page.evaluate("location.hash = '#open=A&severity=critical'")
    expect(page.locator("#detail")).to_contain_text("not observed")
    expect(page.locator("#detail .close")).to_be_focused()


DRAWN_ANEW = """async url => {
    const { el, redrawn } = await import(url);
    const box = el('div');
    const draw = () => box.replaceChildren(
        el('input', { 'data-key': 'minutes', value: '30' }), el('input', { 'data-key': 'name', value: 'Bea' }),
        el('details', null, el('summary', null, 'More')), el('button', null, 'Save'));
    document.body.append(box);
    draw();
    box.querySelector('input').value = '45';
    box.querySelector('details').open = true;
    box.querySelector('button').focus();
    redrawn(box, draw);
    const { activeElement } = document;
    return [[...box.querySelectorAll('input')].map(one => one.value), box.querySelector('details').open, activeElement.textContent];
}"""  # noqa: E501


def test_what_is_drawn_anew_keeps_what_was_typed_open_and_focused(quiet_page, desks):
    page = open_desk(quiet_page, desks("small"))
    assert page.evaluate(DRAWN_ANEW, module(page, "dom.js")) == [["45", "Bea"], True, "Save"]
