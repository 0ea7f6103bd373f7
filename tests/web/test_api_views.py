"""The API by which programs send reports: taken on the disk or told what is wrong, row and column."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings

import web
from geo.journal.chain_check import verify
from geo.journal.event import JournalBusy, JournalUnavailable
from geo.serving import build_snapshot, child_process, journal_follower
from geo.serving.journal_door import JournalDoor
from geo.serving.journal_follower import JournalFollower
from geo.serving.missions import Missions
from tests.examples import ALL
from tests.geo.journal.events import edit, event
from tests.web.desks import TOKEN, many

VISIT = {
    "id": "r1",
    "station_id": "A/N03",
    "team_id": "T1",
    "arrived": "2005-12-04T12:00+06:00",
    "answered": ["*"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return many(tmp_path_factory.mktemp("missions") / "many")


@pytest.fixture
def door(tmp_path):
    opened = JournalDoor(tmp_path / "state")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def built(folder):
    return build_snapshot.snapshot(folder)


@pytest.fixture
def library(folder, built, door, monkeypatch):
    """Give the mission, built once for all tests, with a journal of this test's own."""
    monkeypatch.setattr(child_process, "snapshot", lambda *_: built)
    missions = Missions(lambda: [folder], journal=JournalFollower(door.reader))
    missions.refresh()
    return missions


@pytest.fixture
def app(library, door, tmp_path):
    return web.create_app(library, tmp_path / "state", TOKEN, journal=door)


@pytest.fixture
def device(app, door):
    """Give what sends with a device's key."""
    client = app.test_client()

    def key(name="dev", team="", **places):
        return {"Authorization": f"Bearer {door.tokens.make('many', name, team, **places)[0]}"}

    client.environ_base |= {"HTTP_AUTHORIZATION": key()["Authorization"]}
    client.key = key
    return client


def send(client, *rows, table="visits", **options):
    body = rows[0] if len(rows) == 1 else list(rows)
    return client.post(f"/api/v1/many/{table}", json=body, **options)


@pytest.mark.capability("Programs send reports, acknowledged once they are on the disk", page="serving")
def test_a_visit_that_was_taken_is_on_the_map(device, library, door):
    before = len(library.get("many").snapshot.visits)
    answer = send(device, VISIT)
    assert answer.status_code == 201
    assert answer.json["results"] == [
        {"row": 1, "id": "r1", "version": "1", "status": "accepted", "sequence": 1}
    ]
    library.refresh()
    assert len(library.get("many").snapshot.visits) == before + 1
    assert verify(door.reader).faults == ()


def test_the_same_again_is_known(device):
    statuses = [send(device, VISIT).status_code for _ in range(2)]
    assert statuses == [201, 200]


def test_another_body_under_a_known_key_is_a_conflict(device, door):
    send(device, VISIT)
    answer = send(device, {**VISIT, "team_id": "T2"}, {**VISIT, "id": "r2"})
    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    assert [result["status"] for result in answer.json["results"]] == ["conflict", "accepted"]
    assert door.reader.quarantined() == 1


def test_one_answer_of_an_empty_device_changes_nothing_else(device, library):
    send(device, {**VISIT, "answers": "calm"})
    send(device, {"id": "r1", "version": "2", "supersedes": "1", "overall": "bad", "voted": 412})
    library.refresh()
    visits = library.get("many").snapshot.visits
    assert (visits.answers[-1].as_py(), visits.overall[-1], visits.supersedes[-1].as_py()) == (
        "calm", 2, "dev/r1",
    )  # fmt: skip
    assert visits.voted[-1] == 412


def test_a_report_that_was_taken_back_no_longer_counts(device, library):
    send(device, VISIT)
    assert send(device, {"id": "r1", "version": "w", "supersedes": "1", "withdrawn": True}).status_code == 201
    library.refresh()
    assert not library.get("many").snapshot.visits.is_current[-2:].any()


def test_a_report_that_was_taken_back_by_mistake_counts_again(device, library):
    before = len(library.get("many").snapshot.visits)
    send(device, VISIT)
    send(device, {"id": "r1", "version": "w", "supersedes": "1", "withdrawn": True})
    assert send(device, {"id": "r1", "version": "3", "supersedes": "w", "overall": "bad"}).status_code == 201
    library.refresh()
    assert library.get("many").snapshot.visits.is_current[before:].sum() == 1


def test_a_finding_may_come_before_its_visit(device, library):
    finding = {"id": "i1", "category": "sealed", "visit_id": "r1", "text": "unsealed"}
    before = len(library.get("many").snapshot.incidents)
    assert send(device, finding, table="incidents").status_code == 201
    send(device, VISIT)
    library.refresh()
    incidents = library.get("many").snapshot.incidents
    assert (len(incidents), incidents.text[-1].as_py()) == (before + 1, "unsealed")


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"station_id": "A/none"}, "station_id"), ({"station_id": 3}, "station_id"),
        ({"team_id": "T77"}, "team_id"), ({"arrived": "noon"}, "arrived"),
        ({"arrived": "2005-12-04T12:00"}, "arrived"), ({"colour": "red"}, "colour"),
        ({"stage": "night"}, "stage"), ({"lon": 500}, "lon"), ({"lat": "46"}, "lat"),
        ({"answered": ["x"]}, "answered"), ({"id": "a b"}, "id"),
        ({"verification": "verified"}, "verification"), ({"supersedes": "1"}, "version"),
        ({"withdrawn": True, "version": "2"}, "supersedes"), ({"answers": "\ud800"}, None),
        ({"made_at": "0001-01-01T00:00+23:00"}, "made_at"), ({"answers": "a\0b"}, "answers"),
        ({"arrived": "2005-12-04\x0012:00+06:00"}, "arrived"), ({"answered": ["*", "\0"]}, "answered"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_is_named_with_its_column_and_nothing_is_taken(device, door, changes, column):
    answer = send(device, {**VISIT, "id": "fine"}, {**VISIT, **changes})
    if column is None:  # half a letter is no JSON
        assert answer.status_code == 400
    else:
        assert answer.status_code == 422
        assert (answer.json["errors"][0]["row"], answer.json["errors"][0]["column"]) == (2, column)
    assert door.reader.head()[0] == 0


def test_a_finding_without_a_category_is_told(device):
    answer = send(device, {"id": "i1", "station_id": "A/N03"}, table="incidents")
    assert answer.json["errors"] == [{"row": 1, "column": "category", "message": "category is missing"}]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400), (b"{}", "text/plain", 415), (b"[]", "application/json", 422),
        (b"3", "application/json", 422), (b"null", "application/json", 422),
        (json.dumps([VISIT] * 501).encode(), "application/json", 422),
        (b" " * (1 << 20) + b"{}", "application/json", 413),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_refused(device, body, kind, status):
    assert device.post("/api/v1/many/visits", data=body, content_type=kind).status_code == status


def test_a_sender_reads_what_it_sent_and_nothing_of_others(device):
    send(device, {**VISIT, "observer": "Aliya"})
    send(device, {**VISIT, "id": "r2"}, headers=device.key("other"))
    events = device.get("/api/v1/many/visits").json["events"]
    assert [event["id"] for event in events] == ["r1"]
    assert events[0]["fields"] == {
        key: value for key, value in {**VISIT, "observer": "Aliya"}.items() if key != "id"
    }
    assert device.get("/api/v1/many/visits?after=1").json == {"events": [], "after": 1}


def test_a_sender_reads_nothing_of_what_was_decided_about_its_reports(device, door):
    send(device, VISIT)
    body = {"decision": "assign", "content": "1", "to": "key:Aigul"}
    decision = edit(
        "r1", "d", mission="many", kind="decision", body=body, private={"reason": "I know her"}, person="bea"
    )
    door.append([decision])
    told = device.get("/api/v1/many/visits")
    assert [event["version"] for event in told.json["events"]] == ["1"]
    assert "Aigul" not in told.text and "I know her" not in told.text


@pytest.mark.parametrize("query", ["after=-1", "limit=0", "limit=501", "after=x", "after=1e9", "limit=٣"])
def test_a_page_that_cannot_be_is_refused(device, query):
    assert device.get(f"/api/v1/many/visits?{query}").status_code == 400


@pytest.mark.parametrize(
    "key", ["", "Bearer", "Bearer nonsense", "Basic dTpw", "Bearer ../../x", f"Bearer {'x' * 999}"]
)
def test_without_a_key_nobody_sends(app, key):
    answer = app.test_client().post("/api/v1/many/visits", json=VISIT, headers={"Authorization": key})
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_opens_its_own_mission_only(device):
    assert device.get("/api/v1/another/visits").status_code == 403


def test_a_new_key_of_a_name_ends_the_old_one(device, door):
    door.tokens.make("many", "dev")
    assert send(device, VISIT).status_code == 401


def test_a_key_of_a_team_speaks_for_no_other(device, door):
    key = device.key("T2-phone", "T2")
    refused = send(device, VISIT, headers=key)
    assert refused.json["errors"] == [
        {"row": 1, "column": "team_id", "message": "must be T2: this key is for one team"}
    ]
    send(device, {"id": "r2", "station_id": "A/N03"}, headers=key)
    (entry,) = door.reader.entries()
    assert entry.event.body["team_id"] == "T2"


@pytest.mark.capability("A device's key may be for a team, areas and stations alone", page="serving")
def test_a_key_of_a_station_sends_of_no_other(device, door):
    key = device.key("phone", stations=["A/N03", "A/N04"])
    other = {"id": "r2", "station_id": "A/N05"}
    refused = send(device, VISIT, other, {"id": "r3", "station_id": "A/N99"}, headers=key)
    assert (refused.status_code, refused.mimetype) == (422, "application/problem+json")
    assert refused.json["errors"] == [
        {"row": 2, "column": "station_id", "message": "must be in what this key is for: A/N03, A/N04"},
        {"row": 3, "column": "station_id", "message": "no station called 'A/N99'"},
    ]
    assert door.reader.head()[0] == 0
    assert send(device, VISIT, headers=key).status_code == 201


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"station_id": "A/N03"}, None), ({"visit_id": "v1"}, None), ({"supersedes": "0", "text": "x"}, None),
        ({"station_id": "A/N03", "area_id": "A"}, None), ({"supersedes": "0", "visit_id": "v1"}, None),
        ({"station_id": "A/N05"}, "station_id"), ({"area_id": "A"}, "area_id"), ({}, "station_id"),
        ({"supersedes": "0", "station_id": "A/N05"}, "station_id"),
        ({"supersedes": "0", "station_id": ""}, "station_id"),
        ({"visit_id": "v1", "station_id": "A/N05"}, "station_id"),
        ({"visit_id": "v1", "area_id": "A"}, "area_id"),
    ],
)  # fmt: skip
def test_a_finding_of_a_station_that_is_not_the_keys_is_refused(device, row, column):
    finding = {"id": "i1", "version": "1", "category": "sealed", **row}
    answer = send(device, finding, table="incidents", headers=device.key("phone", stations=["A/N03"]))
    assert [error["column"] for error in answer.json.get("errors", ())] == ([column] if column else [])
    assert answer.status_code == (422 if column else 201)


@pytest.mark.parametrize("error", [JournalBusy("later"), JournalUnavailable("no room")])
def test_when_the_disk_does_not_keep_up_one_is_told_when_to_come_again(device, door, monkeypatch, error):
    def full(events):
        raise error

    monkeypatch.setattr(door, "append", full)
    answer = send(device, VISIT)
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert int(answer.headers["Retry-After"]) > 0


def test_another_writer_is_told_as_a_503(device, tmp_path):
    other = JournalDoor(tmp_path / "state")
    other.writer()
    try:
        assert send(device, VISIT).status_code == 503
    finally:
        other.close()
    assert send(device, VISIT).status_code == 201


@pytest.mark.parametrize(
    ("method", "path"), [("get", "/api/v1/many/teams"), ("put", "/api/v1/many/visits"), ("get", "/api/")]
)
def test_an_address_that_is_not_there_answers_a_problem(device, method, path):
    answer = getattr(device, method)(path)
    assert answer.status_code in (404, 405) and answer.mimetype == "application/problem+json"


def test_health_tells_of_the_journal_and_of_its_sqlite(app, device):
    assert app.test_client().get("/readyz").json["journal"] == "empty"
    send(device, VISIT)
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json["status"], answer.json["journal"]) == (200, "ready", "ok")
    assert set(answer.json) == {"status", "journal", "sqlite", "wal_defect_mended"}


def test_a_server_that_has_not_read_its_journal_is_not_ready(folder, built, door, tmp_path, monkeypatch):
    monkeypatch.setattr(child_process, "snapshot", lambda *_: built)
    monkeypatch.setattr(journal_follower, "MOST_AT_ONCE", 1)
    door.append([event(root, mission="many", body={"station_id": "A/N03"}) for root in ("r1", "r2")])
    hours = (datetime(2005, 12, 6, hour, tzinfo=UTC) for hour in range(24))
    missions = Missions(lambda: [folder], clock=lambda: next(hours), journal=JournalFollower(door.reader))
    client = web.create_app(missions, tmp_path / "state", TOKEN, journal=door).test_client()
    statuses = []
    for _ in range(3):
        missions.refresh()
        statuses.append((client.get("/readyz").status_code, client.get("/readyz").json["status"]))
    assert statuses == [(503, "the journal is being read"), (200, "ready"), (200, "ready")]


def test_a_server_is_not_ready_before_it_serves_what_it_counted(folder, built, door, tmp_path, monkeypatch):
    monkeypatch.setattr(child_process, "snapshot", lambda *_: built)
    monkeypatch.setattr(journal_follower, "MOST_AT_ONCE", 1)
    door.append([event(root, mission="many", body={"station_id": "A/N03"}) for root in ("r1", "r2")])
    now = [datetime(2005, 12, 6, tzinfo=UTC)]
    missions = Missions(lambda: [folder], clock=lambda: now[0], journal=JournalFollower(door.reader))
    missions.refresh()
    missions.refresh()  # counted, but the last publication was in this very second
    assert not missions.has_caught_up
    now[0] += timedelta(seconds=1)
    missions.refresh()
    assert missions.has_caught_up and len(missions.get("many").snapshot.visits) == len(built.visits) + 2


def test_a_journal_that_cannot_be_read_is_not_ready(app, device, tmp_path):
    send(device, VISIT)
    device.application.extensions["baqylau.journal"].close()
    for path in (tmp_path / "state" / "journal").glob("journal.sqlite*"):
        path.write_bytes(b"no database" * 100)
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json["journal"]) == (503, "cannot be read")


def test_a_number_said_twice_is_refused_and_none_of_the_two_taken(device):
    assert device.get("/api/v1/many/visits?after=1&after=2").status_code == 400


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_the_api_keeps_to_the_document_that_it_serves(app, device, mode):
    import schemathesis  # takes two seconds, which no other test should wait for
    from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

    served = app.test_client().get("/api/v1/openapi.json").json
    assert served["openapi"] == "3.1.0"
    for path in served["paths"].values():  # keys are other tests' matter
        path["parameters"][0]["schema"] = {"enum": ["many"]}
    schema = schemathesis.openapi.from_dict({**served, "servers": [{"url": "/api/v1"}], "security": []})
    schema.app = app
    header = {"Authorization": device.environ_base["HTTP_AUTHORIZATION"]}
    many_or_few = settings(
        max_examples=200 if ALL else 15, deadline=None, database=None,
        phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip

    def keeps_to_it(case):
        # which stations there are is no matter of the document: a row that fits it may name one that is not
        excluded = [positive_data_acceptance]
        answer = case.call(headers=header)
        if answer.status_code in (413, 414):  # refused, too; the check knows other refusals only
            excluded.append(negative_data_rejection)
        case.validate_response(answer, excluded_checks=excluded)

    for operation in schema.get_all_operations():
        many_or_few(
            given(operation.ok().as_strategy(generation_mode=schemathesis.GenerationMode(mode)))(keeps_to_it)
        )()
