"""Figures for who watches the server, and its log: names of missions, and nothing that anybody sent."""

import io
import json
import logging
import re
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

import server
import web
from geo.journal.journal_writer import JournalWriter
from geo.serving.journal_door import JournalDoor
from geo.serving.journal_follower import JournalFollower
from geo.serving.missions import Missions
from tests.geo.journal.events import event
from tests.web.desks import TOKEN, many
from web import json_log
from web.settings import Settings

KEY = "key-of-who-watches-the-server"
CANARIES = {
    "observer": "Aigul Canary-Nazarbayeva", "phone": "+7 701 555 01 99", "answers": "canary: it was open",
}  # fmt: skip
VISIT = {"id": "r1", "station_id": "A/N03", "team_id": "T1", "lon": 60.987654, "lat": 46.123987}


@pytest.fixture
def door(tmp_path):
    opened = JournalDoor(tmp_path / "state")
    yield opened
    opened.close()


@pytest.fixture
def library(tmp_path, door):
    missions = Missions(lambda: [many(tmp_path / "many")], journal=JournalFollower(door.reader))
    missions.refresh()
    return missions


@pytest.fixture
def app(library, door, tmp_path):
    return web.create_app(
        library, tmp_path / "state", TOKEN, settings=Settings(metrics_key=KEY), journal=door
    )


@pytest.fixture
def client(app):
    return app.test_client()


def figures(client):
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 200
    samples = [one for family in text_string_to_metric_families(answer.text) for one in family.samples]
    return {(one.name, *sorted(one.labels.items())): one.value for one in samples}


def value(client, name, **labels):
    return sum(
        amount
        for (called, *known), amount in figures(client).items()
        if called == name and labels.items() <= dict(known).items()
    )


def send(client, door, *rows, name="dev"):
    key, _ = door.tokens.make("many", name)
    headers = {"Authorization": f"Bearer {key}"}
    return key, client.post("/api/v1/many/visits", json=list(rows), headers=headers)


@pytest.mark.capability("The server's figures for Prometheus, for who has a key", page="serving")
def test_requests_are_counted_by_endpoint_and_status(client):
    client.get("/healthz")
    client.get("/many/desk/")
    client.get("/no/such/page")
    assert value(client, "baqylau_http_requests_total", endpoint="well_known.health", status="200") == 1
    assert value(client, "baqylau_http_requests_total", endpoint="desk.entry", status="403") == 1
    assert value(client, "baqylau_http_request_seconds_count", endpoint="well_known.health") == 1


def test_the_journal_is_told_by_its_sequence_and_its_quarantine(client, door):
    send(client, door, VISIT)
    send(client, door, {**VISIT, "team_id": "T2"})
    assert value(client, "baqylau_journal_events_total") == 1
    assert value(client, "baqylau_journal_quarantined") == 1
    assert value(client, "baqylau_journal_readable") == 1


def test_a_journal_that_cannot_be_read_is_told(client, door, tmp_path):
    send(client, door, VISIT)
    door.close()
    (tmp_path / "state" / "journal" / "journal.sqlite").write_bytes(b"no database" * 1000)
    assert value(client, "baqylau_journal_readable") == 0


def test_every_mission_is_told_by_its_age_builds_and_release(client, app, library):
    app.extensions["baqylau.releases"].get("many")
    assert value(client, "baqylau_mission_builds_total", mission="many") == 1
    assert value(client, "baqylau_mission_ready", mission="many") == 1
    assert value(client, "baqylau_mission_visits", mission="many") == 120
    assert 0 <= value(client, "baqylau_data_age_seconds", mission="many") < 3600


def test_the_process_says_whether_it_is_the_only_one(library, door, tmp_path, client):
    assert value(client, "baqylau_process", of="one") == 1


@pytest.mark.parametrize("given", ["", "Bearer wrong", f"Bearer {TOKEN}", "Bearer ключ", f"Basic {KEY}"])
def test_figures_are_for_who_has_their_key_alone(client, given):
    answer = client.get("/metrics", headers={"Authorization": given.encode().decode("latin-1")})
    assert answer.status_code == 401
    assert b"baqylau_" not in answer.data


def test_without_a_key_in_the_settings_there_are_no_figures(library, door, tmp_path):
    app = web.create_app(library, tmp_path / "state", TOKEN, journal=door)
    assert app.test_client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_figures_hold_names_of_missions_and_nothing_that_was_sent(client, door):
    send(client, door, {**VISIT, **CANARIES}, name="call-sign-canary")
    client.get("/canary-page/desk/?token=canary-token-of-somebody")
    body = client.get("/metrics", headers={"Authorization": f"Bearer {KEY}"}).text
    assert not re.search(r"(?i)canary|A/N03|T1\b|60\.98|701 555", body)
    labels = {name for line in body.splitlines() for name in re.findall(r"(\w+)=\"", line)}
    assert labels <= {"endpoint", "status", "process", "of", "mission", "quantile"}


@pytest.fixture
def log():
    """Give what is logged as JSON from here on."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(json_log.formatter())
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.INFO)
    root.addHandler(handler)
    yield out
    root.removeHandler(handler)
    root.setLevel(level)


def test_the_log_holds_no_name_phone_text_place_or_key(client, door, library, log, monkeypatch):
    sent = {**VISIT, **CANARIES}
    keys = [send(client, door, sent)[0], send(client, door, {**sent, "answers": "canary again"})[0]]
    send(client, door, {**sent, "id": "r2", "station_id": CANARIES["phone"]})
    send(client, door, {**sent, "id": "r3", "stage": CANARIES["answers"]})
    client.post("/api/v1/many/visits", data=b'{"answers": "canary', content_type="application/json")
    client.get("/many/desk/?token=canary-token-of-somebody")
    client.get("/many/desk/en/search.json?q=Canary-Nazarbayeva")
    client.post("/api/v1/many/visits", json=[sent], headers={"Authorization": "Bearer canary-key-of-nobody"})
    door.append([event("r7", mission="many", body={"station_id": "canary: nowhere"}, private=CANARIES)])
    library.refresh()

    def broken(*_):
        raise OperationalError("INSERT", [CANARIES], ValueError(CANARIES["answers"][:0] + "disk I/O error"))

    with monkeypatch.context() as patched:
        patched.setattr(JournalWriter, "_insert", staticmethod(broken))
        send(client, door, {**sent, "id": "r4"})

    def fails(*_):
        raise RuntimeError(f"cannot take {CANARIES}")

    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    with monkeypatch.context() as patched:
        patched.setattr(door, "append", fails)
        assert send(client, door, {**sent, "id": "r5"})[1].status_code == 500
    text = log.getvalue()
    lines = [json.loads(line) for line in text.splitlines()]
    assert len(lines) >= 5
    assert any("RuntimeError" in line.get("exc_info", "") for line in lines)
    assert not re.search(r"(?i)canary|nazarbayeva|701 555|60\.98|46\.123", text)
    assert not [key for key in (*keys, TOKEN, KEY) if key in text]


def test_a_key_in_a_message_is_left_out(log):
    logging.getLogger("baqylau").info("open /MISSION/desk/?token=%s now", "abcdefghijklmnopqrstuvwxyz")
    (line,) = map(json.loads, log.getvalue().splitlines())
    assert line["message"] == "open /MISSION/desk/?token=… now"
    assert set(line) == {"time", "level", "logger", "message"}


def test_a_server_that_logs_json_logs_every_line_so_and_its_key_in_none(tmp_path, monkeypatch):
    monkeypatch.setattr("web.connections.listen", lambda *_: SimpleNamespace(run=lambda: None))
    out = io.StringIO()
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    real = logging.StreamHandler
    monkeypatch.setattr(logging, "StreamHandler", lambda: real(out))
    state = tmp_path / "state"
    said = CliRunner().invoke(server.cli, [str(many(tmp_path / "many")), "--state", str(state), "--log-json"])
    assert said.exit_code == 0, said.output
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert any("key was made" in line["message"] for line in lines)
    assert (state / "desk-key").read_text(encoding="ascii").strip() not in out.getvalue()
