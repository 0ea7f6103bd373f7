"""Teams without a name for whoever asks: what is told of them counts, what others said of them stays."""

from dataclasses import replace

import pytest

from geo.intake.missed_calls import call_notes
from tests.web import missions
from tests.web.accounts.signing_in import person, signed_in
from tests.web.test_work_views import SAME, Desk

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
