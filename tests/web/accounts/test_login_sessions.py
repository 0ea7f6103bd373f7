"""Sessions at their edges: ended just now, begun beside a new link, cookies of nobody."""

import pytest

from tests.web.accounts.signing_in import (
    OURS,
    PASSWORD,
    App,
    accounts_of,
    application,
    person,
    signed_in,
)
from web.policy import EVERYWHERE


@pytest.fixture
def app(both, tmp_path):
    return application(both, tmp_path)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("POST", "codes"), ("POST", "password"), ("POST", "passkeys/offer")]
)
def test_who_was_signed_out_by_another_process_just_now_is_refused(
    app, both, tmp_path, monkeypatch, method, path
):
    account = person(app, "ada", ["viewer"])
    client = signed_in(app, account)
    monkeypatch.setattr("web.accounts.accounts.LONGEST_TRUST_S", 3600)  # however slow the machine
    assert client.get("/account/en/").status_code == 200
    accounts_of(application(both, tmp_path)).opened().sessions.end_all(account.id)
    assert client.open(f"/account/en/{path}", method=method, headers=OURS).status_code == 403


def half_in(app, account, stage):
    """Return a client that gave an account's password just now, and what it is about to set up."""
    opened, now = accounts_of(app).opened(), accounts_of(app).now
    sealed = opened.credentials.new_secret()
    client = app.test_client()
    client.set_cookie(
        "baqylau-account", opened.sessions.begin(account.id, stage, "127.0.0.1", "test", now, sealed)
    )
    return client, App(opened.credentials.secret_in_letters(sealed))


def without_second(app):
    """Return an account whose person has chosen a password and no second factor."""
    opened = accounts_of(app).opened()
    account = opened.store.add("ada", ["viewer"], [EVERYWHERE], accounts_of(app).now)
    assert opened.store.set_password(account, opened.credentials.hashed(PASSWORD))
    return account


def test_who_gave_a_password_that_ended_meanwhile_sets_no_second_factor(app):
    store, account = accounts_of(app).opened().store, without_second(app)
    store.reset(account)
    thief, phone = half_in(app, account, "setup")  # the password was being looked at when it ended
    thief.post("/account/en/second/", data={"code": phone.code()}, headers=OURS)
    assert thief.get("/account/en/").status_code == 403
    assert store.find_user(name="ada").tf_totp_secret == ""


def test_a_link_that_is_used_ends_what_was_begun_before(app):
    opened, account = accounts_of(app).opened(), without_second(app)
    opened.store.reset(account)
    thief, phone = half_in(app, account, "setup")
    token = opened.store.new_link(account, accounts_of(app).now)
    assert opened.store.begin(token, opened.credentials.hashed(PASSWORD), "", accounts_of(app).now)
    thief.post("/account/en/second/", data={"code": phone.code()}, headers=OURS)
    assert opened.store.find_user(name="ada").tf_totp_secret == ""


def test_a_code_for_an_account_that_began_anew_is_refused(app):
    account = person(app, "ada", ["viewer"])
    accounts_of(app).opened().store.reset(account)
    late, phone = half_in(app, account, "code")
    assert late.post("/account/en/code/", data={"code": phone.code()}, headers=OURS).status_code in (303, 403)


def test_a_cookie_that_can_be_nobodys_is_not_kept(app):
    person(app, "ada", ["viewer"])
    client = app.test_client(use_cookies=False)
    client.get("/account/en/", headers={"Cookie": f"baqylau-account={'x' * 30_000}"})
    assert sum(map(len, accounts_of(app)._trusted)) < 1_000


def test_of_passkeys_that_one_address_asks_for_only_the_last_are_kept(app, monkeypatch):
    monkeypatch.setattr("web.accounts.login_sessions.MOST_ASKED", 3)
    sessions, now = accounts_of(app).opened().sessions, accounts_of(app).now

    def begun(address, later):
        return sessions.begin(0, "passkey", address, "test", now + later, "challenge")

    other = begun("192.0.2.1", 0)
    tokens = [begun("192.0.2.2", later) for later in range(5)]
    kept = [sessions.find(token, now + 5) is not None for token in (other, *tokens)]
    assert kept == [True, False, False, True, True, True]
