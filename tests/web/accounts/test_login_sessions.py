"""Sessions at their edges: cookies of nobody."""

import pytest

from tests.web.accounts.signing_in import OURS, accounts_of, application, person, signed_in


@pytest.fixture
def app(both, tmp_path):
    return application(both, tmp_path)


def test_a_cookie_that_can_be_nobodys_is_not_kept(app):
    person(app, "ada", ["viewer"])
    client = app.test_client(use_cookies=False)
    client.get("/account/en/", headers={"Cookie": f"baqylau-account={'x' * 30_000}"})
    assert sum(map(len, accounts_of(app)._trusted)) < 1_000
