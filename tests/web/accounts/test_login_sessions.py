"""Sessions at their edges: ended elsewhere just now, cookies of nobody."""

import pytest

from tests.web.accounts.signing_in import OURS, accounts_of, application, person, signed_in


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


def test_a_cookie_that_can_be_nobodys_is_not_kept(app):
    person(app, "ada", ["viewer"])
    client = app.test_client(use_cookies=False)
    client.get("/account/en/", headers={"Cookie": f"baqylau-account={'x' * 30_000}"})
    assert sum(map(len, accounts_of(app)._trusted)) < 1_000
