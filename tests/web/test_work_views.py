"""Work on reports over HTTP: listed, decided by two people, refused where it stands elsewhere."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

import web
from geo.intake.missed_calls import call_notes
from geo.intake.registry_fixes import fixes, points_of
from geo.publication.publishable_reports import choices
from geo.serving.journal_door import JournalDoor
from geo.serving.journal_follower import JournalFollower
from geo.serving.missions import Missions
from tests.web import missions

TOKEN = "a-token-of-the-test"
SAME = {"Sec-Fetch-Site": "same-origin"}
NUMBERS = itertools.count()
SEEN = ("about", "id", "head", "content")


def day(folder):
    """Three stations, a verified visit to each, three findings nobody verified, one of them of the area."""
    return missions.write(
        folder,
        {
            "areas": [missions.square(0, area_id="A", level=1, name_en="Area")],
            "categories": [
                {"category": "sealed", "title_en": "Sealed", "severity": "high", "phase": "voting"}
            ],
            "stations": [
                *(
                    {"area_id": "A", "number": str(n), "lon": 60.2 + n / 10, "lat": 46, "voters": 900}
                    for n in range(3)
                ),
                {"area_id": "A", "number": "swapped", "lon": 46, "lat": 60.5, "voters": 900},
            ],
            "teams": [{"team_id": "T1", "last_contact": "2005-12-04T08:00+06:00"}],
            "assignments": [
                {"team_id": "T1", "area_id": "A", "number": "1", "stage": "counting",
                 "due": "2005-12-04T20:00+06:00"},
            ],
            "visits": [
                {
                    "visit_id": f"v{n}", "area_id": "A", "number": str(n), "team_id": "T1", "stage": "voting",
                    "arrived": f"2005-12-04T1{n}:00+06:00", "verification": "verified", "answered": "*",
                    "answers": f"people on the list: {n}",
                }
                for n in range(3)
            ],
            "incidents": [
                {"incident_id": f"i {n}", "visit_id": f"v{n}", "category": "sealed", "text": "<b>seen</b>"}
                for n in range(3)
            ],
        },
        nature="live", frame="complete",
    )  # fmt: skip


class Desk:
    """A client inside one mission's desk, with what serves it."""

    def __init__(self, folder, state):
        self.door = JournalDoor(state)
        clock = itertools.count()
        self.library = Missions(
            lambda: [folder],
            clock=lambda: datetime(2005, 12, 6, tzinfo=UTC) + timedelta(seconds=next(clock)),
            journal=JournalFollower(self.door.reader),
        )
        self.library.refresh()
        app = web.create_app(self.library, state, token=TOKEN, journal=self.door)
        self.client, self.slug = app.test_client(), folder.name
        self.client.get(f"/{self.slug}/desk/?token={TOKEN}")
        self.base = f"/{self.slug}/desk/en/work/"

    def snapshot(self):
        self.library.refresh()
        return self.library.get(self.slug).snapshot

    def inbox(self, show="reported", **query):
        self.snapshot()
        return self.client.get(f"{self.base}inbox.json", query_string={"show": show, **query}).get_json()

    def post(self, name, body, headers=SAME):
        return self.client.post(f"{self.base}{name}.json", json=body, headers=headers)

    def decide(self, decision, rows, by, **more):
        reports = [{name: row[name] for name in SEEN} for row in rows]
        body = {"id": f"d{next(NUMBERS)}", "decision": decision, "by": by, "reports": reports, **more}
        return self.post("decide", body)


@pytest.fixture
def desk(tmp_path):
    opened = Desk(day(tmp_path / "m"), tmp_path / "state")
    yield opened
    opened.door.close()


def counted(snapshot):
    """How many findings the press would count."""
    return snapshot.counts("area", 1, choices(snapshot)["", "medium"]).total()["findings"]


def test_findings_nobody_verified_wait_in_the_inbox(desk):
    answer = desk.inbox()
    assert answer["total"] == 3
    assert {row["state"] for row in answer["rows"]} == {"reported · withheld"}
    assert answer["rows"][0]["can"] == ["verify", "refute", "set_aside", "assign"]


def test_verified_by_one_and_cleared_by_another_it_reaches_the_release(desk):
    (first, *_) = desk.inbox()["rows"]
    assert counted(desk.snapshot()) == 0
    assert desk.decide("verify", [first], "Bea").status_code == 200
    (row,) = desk.inbox("to_clear")["rows"]
    assert desk.decide("clear", [row], "Bea").status_code == 422
    assert desk.decide("clear", [row], "Cem").status_code == 200
    (row,) = desk.inbox("cleared")["rows"]
    assert (row["state"], counted(desk.snapshot())) == ("verified · cleared", 1)


def test_a_decision_on_what_another_changed_is_refused_with_409(desk):
    rows = desk.inbox()["rows"]
    desk.decide("verify", rows[:1], "Bea")
    answer = desk.decide("refute", rows, "Cem", reason="seen twice")
    assert (answer.status_code, answer.get_json()["stale"]) == (409, [rows[0]["id"]])
    assert desk.inbox("refuted")["total"] == 0  # nothing of it was taken


def test_the_same_decision_sent_again_is_no_harm(desk):
    reports = [{name: row[name] for name in SEEN} for row in desk.inbox()["rows"]]
    body = {"id": "again", "decision": "verify", "by": "Bea", "reports": reports}
    assert [desk.post("decide", body).status_code for _ in range(2)] == [200, 200]
    assert desk.door.reader.head()[0] == 3


def test_many_are_decided_at_once(desk):
    assert desk.decide("verify", desk.inbox()["rows"], "Bea").get_json()["done"] == 3
    assert desk.inbox("to_clear")["total"] == 3


def test_a_rejection_without_a_reason_is_refused(desk):
    assert desk.decide("refute", desk.inbox()["rows"], "Bea").status_code == 422


def test_what_was_refuted_counts_no_more_and_can_be_opened_again(desk):
    row = desk.inbox()["rows"][0]
    desk.decide("refute", [row], "Bea", reason="another station")
    assert desk.snapshot().incidents.is_current.sum() == 2
    (row,) = desk.inbox("refuted")["rows"]
    desk.decide("reopen", [row], "Cem", reason="it was this one")
    assert desk.snapshot().incidents.is_current.sum() == 3


def test_the_history_says_who_when_old_new_and_why(desk):
    row = desk.inbox()["rows"][0]
    desk.decide("refute", [row], "Bea B.", reason="another station")
    answer = desk.client.get(f"{desk.base}history.json", query_string={"about": "incident", "id": row["id"]})
    (change,) = answer.get_json()["rows"]
    assert change.pop("time")
    assert change == {
        "who": "Bea B.", "what": "Refute", "old": "reported · withheld", "new": "refuted · withheld",
        "reason": "another station", "refused": "",
    }  # fmt: skip


def test_a_report_is_assigned_to_a_person(desk):
    desk.decide("assign", desk.inbox()["rows"][:1], "Bea", to="Cem")
    assert [row["assigned"] for row in desk.inbox("mine", me="Cem")["rows"]] == ["Cem"]
    assert desk.inbox("mine", me="Bea")["total"] == 0
    assert "Cem" in desk.inbox()["persons"]


def test_a_restart_ends_at_the_same_figures(desk, tmp_path):
    desk.decide("verify", desk.inbox()["rows"], "Bea")
    before = desk.snapshot().version
    desk.door.close()
    again = Desk(tmp_path / "m", tmp_path / "state")
    assert again.snapshot().version == before
    again.door.close()


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://example.org"}])
def test_another_sites_page_decides_nothing(desk, headers):
    assert desk.post("decide", {}, headers).status_code == 403


def test_a_form_decides_nothing(desk):
    answer = desk.client.post(f"{desk.base}decide.json", data={"decision": "verify"}, headers=SAME)
    assert answer.status_code == 415


def test_nobody_decides_without_a_name(desk):
    assert desk.decide("verify", desk.inbox()["rows"], " ").status_code == 422


@pytest.mark.parametrize(
    "change",
    [
        {"decision": "publish!"},
        {"id": "a b"},
        {"reports": []},
        {"reports": [{"about": "team"}]},
        {"reason": 5},
    ],
)
def test_what_cannot_be_understood_is_refused(desk, change):
    body = {"id": "d", "decision": "verify", "by": "Bea", "reports": []}
    assert desk.post("decide", {**body, **change}).status_code == 422


def test_a_report_that_is_not_there_is_gone(desk):
    row = {"about": "incident", "id": "i 9", "head": "file", "content": ""}
    assert desk.decide("verify", [row], "Bea").status_code == 409


def test_verifying_a_visit_makes_it_count(desk):
    assert desk.snapshot().visits.verification.tolist() == [1, 1, 1]
    (row, *_) = desk.inbox("all", about="visit")["rows"]
    desk.decide("reopen", [row], "Bea", reason="look again")
    assert desk.inbox("reported", about="visit")["total"] == 1


VISIT = {
    "id": "e1", "by": "Bea", "station_id": "A/1", "team_id": "T1", "stage": "counting", "outcome": "observed",
    "overall": "bad", "arrived": "2130", "left": "0:15", "asked": True,
    "findings": [{"category": "sealed", "text": "no seal"}],
}  # fmt: skip


def test_a_visit_that_was_phoned_in_is_counted_with_its_finding(desk):
    before = desk.snapshot()
    assert desk.post("visit", VISIT).status_code == 200
    after = desk.snapshot()
    assert (len(after.visits) - len(before.visits), len(after.incidents) - len(before.incidents)) == (1, 1)
    assert after.visits.visit_id[-1].as_py() == "@desk/e1"
    assert after.visits.left[-1] - after.visits.arrived[-1] == 165 * 60 * 1_000_000  # past midnight


def test_the_same_visit_sent_again_is_no_harm(desk):
    assert [desk.post("visit", VISIT).status_code for _ in range(2)] == [200, 200]
    assert desk.door.reader.head()[0] == 2


def test_another_visit_under_the_same_id_is_refused(desk):
    desk.post("visit", VISIT)
    assert desk.post("visit", {**VISIT, "stage": "voting"}).status_code == 409


@pytest.mark.parametrize(
    "change",
    [{"station_id": "A/77"}, {"arrived": "25:10"}, {"day": "yesterday"}, {"stage": "lunch"}, {"id": "a b"},
     {"findings": [{"category": "sealed"}] * 21}, {"findings": ["sealed"]}, {"team_id": "T9"}],
)  # fmt: skip
def test_a_visit_that_says_nothing_of_this_mission_is_refused_as_a_whole(desk, change):
    assert desk.post("visit", {**VISIT, **change}).status_code == 422
    assert desk.door.reader.head()[0] == 0


def test_nobody_verifies_a_finding_they_entered(desk):
    desk.post("visit", VISIT)
    rows = [row for row in desk.inbox(me="Bea")["rows"] if row["id"].startswith("@desk/")]
    assert "verify" not in rows[0]["can"]
    assert desk.decide("verify", rows, "Bea").status_code == 422
    assert desk.decide("verify", rows, "Cem").status_code == 200


def calls(desk):
    return desk.client.get(f"{desk.base}calls.json").get_json()["rows"]


def test_somebody_takes_note_of_a_silent_team(desk):
    body = {"id": "c1", "by": "Bea", "team": "T1", "note": "no network there"}
    assert [desk.post("call", body).status_code for _ in range(2)] == [200, 200]
    (row,) = calls(desk)
    assert (row["who"], row["note"], row["until"]) == ("Bea", "no network there", "")
    assert desk.door.reader.head()[0] == 1


def test_a_note_rests_until_its_time_only(desk):
    until = desk.snapshot().as_of.astimezone(ZoneInfo("Asia/Almaty")) + timedelta(minutes=2)
    body = {"id": "c1", "by": "Bea", "team": "T1", "note": "later", "until": f"{until:%H%M}"}
    assert desk.post("call", body).status_code == 200
    assert len(calls(desk)) == 1
    ledger, snapshot = desk.door.ledger(desk.slug), desk.snapshot()
    assert call_notes(ledger, replace(snapshot, as_of=snapshot.as_of + timedelta(minutes=5))) == []


def test_a_team_that_was_heard_of_since_is_silent_anew(desk):
    desk.post("call", {"id": "c1", "by": "Bea", "team": "T1", "note": "no network there"})
    desk.post("visit", {**VISIT, "arrived": "2200", "left": ""})
    desk.snapshot()
    assert calls(desk) == []


@pytest.mark.parametrize("change", [{"note": " "}, {"team": "T9"}, {"until": "25:00"}, {"id": 5}])
def test_a_note_about_nothing_is_refused(desk, change):
    body = {"id": "c1", "by": "Bea", "team": "T1", "note": "later"}
    assert desk.post("call", {**body, **change}).status_code == 422


def doctor(desk):
    desk.snapshot()
    return desk.client.get(f"{desk.base}doctor.json").get_json()


def test_a_swapped_point_is_listed_with_the_other_way_round(desk):
    (row,) = doctor(desk)["rows"]
    assert (row["station"], row["title"]) == ("A/swapped", "longitude and latitude are swapped")
    assert (row["told"], row["suggested"]) == ([46, 60.5], [60.5, 46])


def test_a_moved_station_stands_there_and_the_file_is_untouched(desk, tmp_path):
    before = {path: path.read_bytes() for path in (tmp_path / "m").iterdir()}
    body = {"id": "m1", "by": "Bea", "station_id": "A/swapped", "lon": 60.5, "lat": 46}
    assert [desk.post("move", body).status_code for _ in range(2)] == [200, 200]
    registry = desk.snapshot().registry
    row = registry.station("A/swapped")
    assert (registry.stations.lon[row], registry.stations.lat[row]) == (60.5, 46)
    assert registry.stations.is_on_map[row] and registry.located_area[row] == registry.stations.area[row]
    assert doctor(desk)["rows"] == [] and doctor(desk)["moved"][0]["who"] == "Bea"
    assert {path: path.read_bytes() for path in (tmp_path / "m").iterdir()} == before


def test_a_move_is_undone(desk):
    before = desk.snapshot()
    desk.post("move", {"id": "m1", "by": "Bea", "station_id": "A/swapped", "lon": 60.5, "lat": 46})
    assert desk.snapshot().registry.version != before.registry.version
    undo = {"id": "m2", "by": "Cem", "station_id": "A/swapped", "undo": True}
    assert desk.post("move", undo).status_code == 200
    assert desk.snapshot().registry.version == before.registry.version
    assert len(doctor(desk)["rows"]) == 1
    assert desk.post("move", {**undo, "id": "m3"}).status_code == 422


def test_reports_stay_with_a_station_that_is_moved(desk):
    desk.decide("verify", desk.inbox()["rows"], "Bea")
    before = counted(desk.snapshot())
    desk.post("move", {"id": "m1", "by": "Bea", "station_id": "A/1", "lon": 60.9, "lat": 46})
    assert counted(desk.snapshot()) == before == 3


def test_a_move_shows_no_figures_without_the_reports_that_came(desk):
    desk.post("visit", VISIT)
    desk.snapshot()
    desk.post("move", {"id": "m1", "by": "Bea", "station_id": "A/1", "lon": 60.9, "lat": 46})
    published = []
    publish = desk.library._publish
    desk.library._publish = lambda served: (published.append(served[desk.slug].snapshot), publish(served))
    assert len(desk.snapshot().visits) == 4
    assert {len(snapshot.visits) for snapshot in published} == {4}


def test_moves_end_the_same_in_any_order(desk):
    for number, lon in enumerate((60.5, 60.6, 60.7)):
        desk.post("move", {"id": f"m{number}", "by": "Bea", "station_id": "A/1", "lon": lon, "lat": 46})
    desk.post("move", {"id": "m3", "by": "Bea", "station_id": "A/1", "undo": True})
    for order in itertools.permutations(desk.door.reader.entries()):
        assert points_of(fixes(order)) == {"A/1": (60.6, 46)}


@pytest.mark.parametrize("change", [{"lon": 181}, {"lat": "46"}, {"lon": None}, {"station_id": "A/9"}])
def test_a_move_to_nowhere_is_refused(desk, change):
    body = {"id": "m1", "by": "Bea", "station_id": "A/1", "lon": 60.5, "lat": 46}
    assert desk.post("move", {**body, **change}).status_code == 422
