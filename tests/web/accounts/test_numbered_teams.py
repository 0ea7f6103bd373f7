"""Teams without a name for whoever asks: what is told of them counts, what others said of them stays."""

from dataclasses import replace

import numpy as np
import pytest

from geo.intake.missed_calls import call_notes
from geo.serving.redaction import redacted
from tests.web import missions
from tests.web.accounts.signing_in import person, signed_in
from tests.web.test_work_views import SAME, Desk

KEY = "0123456789abcdef"
ROVING, AWAY = "KOS", "SILENT-B"  # one works in both areas, one is sent to B alone


def two_areas(folder):
    """Areas A and B, a station in each; a roving team, and one of B that is overdue."""
    keys = {area: {"area_id": area, "number": str(number)} for number, area in enumerate("AB")}
    return missions.write(
        folder,
        {
            "areas": [missions.square(i, area_id=area, level=1, name_en=area) for i, area in enumerate("AB")],
            "categories": [
                {"category": "sealed", "title_en": "Sealed", "severity": "high", "phase": "voting"}
            ],
            "stations": [
                *(
                    {**key, "lon": 60.5 + 2 * i, "lat": 46, "voters": 900}
                    for i, key in enumerate(keys.values())
                ),
                {"area_id": "ZZ", "number": "9", "lon": 60.5, "lat": 46, "voters": 9},  # an area nobody drew
            ],
            "teams": [{"team_id": ROVING}, {"team_id": AWAY}],
            "visits": [
                {
                    "visit_id": f"v{area}", **key, "team_id": ROVING, "stage": "voting", "answered": "*",
                    "arrived": "2005-12-04T09:00+06:00", "verification": "verified",
                }
                for area, key in keys.items()
            ],
            "incidents": [
                {"incident_id": f"i{area}", "visit_id": f"v{area}", **key, "category": "sealed"}
                for area, key in keys.items()
            ],
            "assignments": [
                {"team_id": AWAY, **keys["B"], "stage": "voting", "due": "2005-12-04T09:00+06:00"},
                {"team_id": ROVING, **keys["A"], "stage": "counting", "due": "2005-12-04T20:00+06:00"},
            ],
        },
        nature="live", as_of="2005-12-04T14:00+06:00",
    )  # fmt: skip


@pytest.fixture
def desk(tmp_path):
    opened = Desk(two_areas(tmp_path / "m"), tmp_path / "state")
    yield opened
    opened.door.close()


class At:
    """Somebody signed in at the desk, perhaps of one area."""

    def __init__(self, desk, name, role, area=""):
        app = desk.client.application
        self.client, self.base = signed_in(app, person(app, name, [role], [("m", area)])), desk.base

    def get(self, name, **query):
        return self.client.get(f"{self.base}{name}.json", query_string=query).get_json()

    def post(self, name, **body):
        return self.client.post(f"{self.base}{name}.json", json=body, headers=SAME)


VISIT = {
    "id": "e1", "station_id": "A/0", "stage": "counting", "outcome": "observed", "arrived": "2130",
    "asked": True, "findings": [],
}  # fmt: skip


@pytest.mark.parametrize("given", ["number", "name"])
def test_a_visit_of_a_team_without_a_name_here_is_counted(desk, given):
    before, clerk = desk.snapshot(), At(desk, "clerk", "entry", "A")
    teams = clerk.get("start")["teams"]
    assert ROVING not in teams
    number = teams[before.teams.team_id.index(ROVING)]
    assert clerk.post("visit", **VISIT, team_id=number if given == "number" else ROVING).status_code == 200
    after = desk.snapshot()
    assert len(after.visits) == len(before.visits) + 1
    assert after.teams.team_id[after.visits.team[-1]] == ROVING


def test_a_visit_of_a_number_that_stands_for_nobody_is_refused(desk):
    desk.snapshot()
    clerk = At(desk, "clerk", "entry", "A")
    assert clerk.post("visit", **VISIT, team_id="№99").status_code == 422
    assert desk.door.reader.head()[0] == 0


def note(who, team, number=1):
    return who.post("call", id=f"c{number}", team=team, note="driver Ivan, car broke")


def test_a_note_about_a_number_is_about_the_team(desk):
    desk.snapshot()
    clerk, all_areas = At(desk, "obe", "observer", "A"), At(desk, "bea", "coordinator")
    number = clerk.get("start")["teams"][desk.snapshot().teams.team_id.index(ROVING)]
    assert note(clerk, number).status_code == 200
    assert [row["team"] for row in all_areas.get("calls")["rows"]] == [ROVING]


def test_nobody_rests_a_team_that_works_in_areas_of_others_alone(desk):
    teams = desk.snapshot().teams.team_id
    clerk = At(desk, "obe", "observer", "A")
    for team in (AWAY, clerk.get("start")["teams"][teams.index(AWAY)]):
        assert note(clerk, team).status_code == 403
    assert note(At(desk, "obb", "observer", "B"), AWAY).status_code == 200


def test_what_was_noted_of_a_team_of_other_areas_is_not_told(desk):
    desk.snapshot()
    assert note(At(desk, "bea", "coordinator"), AWAY).status_code == 200
    (row,) = At(desk, "obb", "observer", "B").get("calls")["rows"]
    assert (row["team"], row["note"]) == (AWAY, "driver Ivan, car broke")
    elsewhere = At(desk, "obe", "observer", "A")
    (row,) = elsewhere.get("calls")["rows"]
    assert row["note"] == ""
    assert row["team"] == elsewhere.get("start")["teams"][desk.snapshot().teams.team_id.index(AWAY)] != AWAY


def test_a_note_about_a_team_that_is_not_there_any_more_is_not_told(desk):
    whole = desk.snapshot()
    assert note(At(desk, "bea", "coordinator"), AWAY).status_code == 200
    ledger = desk.door.ledger("m")
    ledger.renew()
    gone = tuple(name for name in whole.teams.team_id if name != AWAY)
    assert call_notes(ledger, replace(whole, teams=replace(whole.teams, team_id=(*gone, "ANOTHER")))) == []


@pytest.mark.parametrize(("area", "status"), [("A", 403), ("", 200)])
def test_a_station_without_an_area_is_of_whoever_has_the_whole_mission(desk, area, status):
    assert desk.snapshot().registry.stations.by_id.find("ZZ/9") >= 0
    who = At(desk, "bea", "coordinator", area)
    visit = {**VISIT, "station_id": "ZZ/9", "team_id": ROVING}
    assert who.post("visit", **visit).status_code == status
    assert who.post("move", id="m1", station_id="ZZ/9", lon=60.6, lat=46).status_code == status


def sent_by_device(desk, area):
    """Let a device that is called like its team send a finding."""
    token, _ = desk.door.tokens.make("m", ROVING, ROVING)
    row = {"id": "r1", "station_id": f"{area}/{'AB'.index(area)}", "category": "sealed", "text": "no seal"}
    headers = {"Authorization": f"Bearer {token}"}
    assert desk.client.post("/api/v1/m/incidents", json=row, headers=headers).status_code == 201
    desk.snapshot()


def decide(who, decision, row, number):
    seen = {name: row[name] for name in ("about", "id", "head", "content")}
    return who.post("decide", id=f"d{number}", decision=decision, reports=[seen])


def test_who_sees_no_names_decides_about_a_report_without_its_senders_name(desk):
    sent_by_device(desk, "A")
    bea, cem = At(desk, "bea", "coordinator"), At(desk, "cem", "press")
    (row,) = (row for row in bea.get("inbox")["rows"] if row["id"].startswith(ROVING))
    assert decide(bea, "verify", row, 1).status_code == 200
    desk.snapshot()
    (hidden,) = cem.get("inbox", show="to_clear")["rows"]
    assert ROVING not in str(hidden)
    history = cem.get("history", about="incident", id=hidden["id"])["rows"]
    assert [change["what"] for change in history] == ["Verify", "sent"]
    assert decide(cem, "clear", {**hidden, "head": "older"}, 2).get_json()["stale"] == [hidden["id"]]
    assert decide(cem, "clear", hidden, 3).status_code == 200
    desk.snapshot()
    (cleared,) = bea.get("inbox", show="cleared")["rows"]
    assert cleared["id"].startswith(row["id"])


def test_a_report_is_not_to_be_had_by_an_id_that_somebody_guessed(desk):
    sent_by_device(desk, "A")
    cem = At(desk, "cem", "press")
    assert cem.get("history", about="incident", id=f"{ROVING}/r1")["rows"] == []
    guess = {"about": "incident", "id": f"{ROVING}/r1", "head": "1", "content": "1"}
    assert decide(cem, "clear", guess, 1).status_code == 409


def test_a_teams_number_is_everybodys_and_stays_when_teams_are_added(desk):
    whole = desk.snapshot()
    a, b = (redacted(whole, frozenset(area), None, KEY).teams.team_id for area in "AB")
    assert a[0] == b[0] != ROVING
    more = replace(whole, teams=replace(whole.teams, team_id=("KOR", AWAY)))
    assert redacted(more, frozenset(), None, KEY).teams.team_id[1] == a[1]
    assert redacted(whole, frozenset(), None, KEY[::-1]).teams.team_id[1] != a[1]


def test_nobody_without_names_is_told_where_a_team_sleeps(desk):
    whole = desk.snapshot()
    beds = replace(whole.teams, base_lon=np.array([60.5, 61.5]), base_lat=np.array([46.0, 46.0]))
    shown = redacted(replace(whole, teams=beds), frozenset("B"), None, KEY).teams
    assert np.isnan(shown.base_lon).tolist() == [True, False]
    assert shown.last_contact.tolist() == whole.teams.last_contact.tolist()  # who is overdue hangs on it
