"""Decisions by people with accounts: written down under their names, within their roles and areas."""

import itertools

import pytest

from tests.web.accounts.signing_in import person, signed_in
from tests.web.test_work_views import SAME, SEEN, Desk, day

NUMBERS = itertools.count()


@pytest.fixture
def desk(tmp_path):
    opened = Desk(day(tmp_path / "m"), tmp_path / "state")
    yield opened
    opened.door.close()


def client_of(desk, name, role, area=""):
    return signed_in(desk.client.application, person(desk.client.application, name, [role], [("m", area)]))


def inbox(desk, client, show="reported"):
    desk.snapshot()
    return client.get(f"{desk.base}inbox.json", query_string={"show": show}).get_json()["rows"]


def decide(desk, client, decision, row, **more):
    body = {"id": f"a{next(NUMBERS)}", "decision": decision, "reports": [{name: row[name] for name in SEEN}]}
    return client.post(f"{desk.base}decide.json", json={**body, **more}, headers=SAME)


@pytest.mark.capability("A coordinator verifies and a press officer clears, by account", page="desk")
def test_one_account_verifies_and_another_clears(desk):
    bea, cem = client_of(desk, "bea", "coordinator"), client_of(desk, "cem", "press")
    (first, *_) = inbox(desk, bea)
    assert decide(desk, bea, "verify", first).status_code == 200
    (row,) = inbox(desk, bea, "to_clear")
    assert decide(desk, bea, "clear", row).status_code == 422
    (row,) = inbox(desk, cem, "to_clear")
    assert decide(desk, cem, "clear", row).status_code == 200


def test_history_names_the_account_and_nothing_that_was_typed(desk):
    bea = client_of(desk, "bea", "coordinator")
    (first, *_) = inbox(desk, bea)
    assert decide(desk, bea, "verify", first, by="somebody else").status_code == 200
    query = {"about": "incident", "id": first["id"]}
    history = bea.get(f"{desk.base}history.json", query_string=query).text
    assert "bea" in history
    assert "somebody" not in history


def test_an_account_called_key_acts_under_its_own_name_alone(desk):
    client = client_of(desk, "key", "coordinator")
    (first, *_) = inbox(desk, client)
    assert decide(desk, client, "verify", first, by="ann").status_code == 200
    (row,) = inbox(desk, client, "to_clear")
    assert decide(desk, client, "clear", row, by="bob").status_code == 422


@pytest.mark.parametrize(
    ("role", "decision"), [("press", "verify"), ("observer", "clear"), ("entry", "verify")]
)
def test_a_decision_that_is_not_of_the_role_is_refused(desk, role, decision):
    client = client_of(desk, "cem", role)
    (first, *_) = inbox(desk, client)
    assert decide(desk, client, decision, first).status_code == 403


@pytest.mark.parametrize(("area", "status"), [("A", 200), ("B", 403)])
def test_an_observer_verifies_in_the_own_area_only(desk, area, status):
    client = client_of(desk, "obe", "observer", area)
    (first, *_) = inbox(desk, client)
    assert decide(desk, client, "verify", first).status_code == status
