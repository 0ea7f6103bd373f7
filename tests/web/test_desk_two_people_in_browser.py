"""The way of a report by keyboard: entered, verified by one, cleared by another, in the next release."""

import csv

import pytest
from playwright.sync_api import expect

from geo.publication.sign_off import SignOff
from geo.serving import build_snapshot
from geo.serving.journal_door import JournalDoor
from geo.serving.journal_follower import with_journal
from tests.web.test_desk_work_in_browser import entry, inbox, working
from tests.web.test_signed_release import NOW, live

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CHOICE = "all/medium"


def unverified(folder):
    """A live mission whose one finding of some weight nobody has verified."""
    live(folder)
    path = folder / "incidents.csv"
    with path.open() as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["incident_id"] == "i100":
            row |= {"verification": "unverified", "publication": "private"}
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return folder


def signed_now(folder, state):
    """Sign what would be released now, as two people do with the command; return the release."""
    door, signoff = JournalDoor(state), SignOff(state / "releases")
    snapshot = with_journal(build_snapshot.snapshot(folder), door.reader)
    version = signoff.prepare(snapshot).release.version
    signoff.verify(snapshot, version, "Dana", NOW)
    signoff.clear(folder.name, version, "Ermek", NOW)
    door.reader.close()
    return signoff.served(folder.name)[0]


def with_finding(release):
    return int(release.nation.findings[CHOICE].visits_found[0])


def decided(page, letter, show):
    """Choose a filter and decide about the report on top, by keyboard alone."""
    page.locator(".inbox-head select").nth(1).focus()
    page.keyboard.type(show)
    page.locator(".report[data-report='i100']").wait_for()
    page.locator(".choose").first.focus()
    page.keyboard.press(letter)
    page.get_by_text("Done: 1.").wait_for()


@pytest.mark.capability("From the telephone to the press by two people", page="publication")
def test_a_finding_goes_from_the_telephone_to_the_press_by_two_people(page, tmp_path):
    folder, state = unverified(tmp_path / "running"), tmp_path / "state"
    snapshot = build_snapshot.snapshot(folder)
    before = with_finding(SignOff(tmp_path / "other").prepare(snapshot).release)  # what is signed is compared
    with working(folder, state) as address:
        _, keys = entry(page, address("running"), "Aigul")
        keys.type("A0/1")
        page.locator("#entry-station[data-first='A0/1']").wait_for()
        keys.press("Enter")
        page.locator(".entry [type=submit]").focus()
        keys.press("Enter")
        page.get_by_text("Saved: A0/1.").wait_for()
        inbox(page, address("running"), "Aigul")
        decided(page, "v", "To verify")
        page.locator(".inbox-head select").nth(1).focus()
        page.keyboard.type("To clear")
        page.locator(".report[data-report='i100']").wait_for()
        page.locator(".choose").first.focus()
        expect(page.locator("[data-decision='clear']")).to_have_count(0)  # who verified it does not clear it
        page.locator("#my-name").fill("Boris")
        page.locator("#my-name").press("Tab")
        page.locator("[data-decision='clear']").wait_for()
        decided(page, "c", "To clear")
        release = signed_now(folder, state)
        assert with_finding(release) - before == 1
        page.goto(address("running").replace("/desk", "/en/"))
        page.locator("footer, main").get_by_text(release.version).first.wait_for(state="attached")
