"""A first release that cannot be made: said as such, and tried again."""

import pytest

from geo.serving import release_process, releases
from server import create_app
from tests.web import missions


@pytest.fixture
def failing(monkeypatch):
    """Attempts to make a release, counted; they fail as long as the list holds `True`."""
    attempts, make = [True], release_process.released_snapshot

    def made(*arguments):
        attempts.append("attempt")
        if attempts[0]:
            raise RuntimeError("broken")
        return make(*arguments)

    monkeypatch.setattr(release_process, "released_snapshot", made)
    return attempts


@pytest.fixture
def client(failing, tmp_path):
    return create_app([missions.sized(tmp_path / "one", 60)], tmp_path / "state").test_client()


def test_release_that_could_not_be_made_is_not_said_to_be_prepared(client):
    answer = client.get("/one/en/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "could not be made" in answer.get_data(as_text=True)


def test_release_that_could_not_be_made_is_not_tried_again_at_once(client, failing):
    assert {client.get("/one/en/").status_code for _ in range(3)} == {503}
    assert failing.count("attempt") == 1


def test_release_that_could_not_be_made_is_tried_again_later(client, failing, monkeypatch):
    client.get("/one/en/")
    monkeypatch.setattr(releases, "RETRY_S", 0.0)
    failing[0] = False
    assert client.get("/one/en/").status_code == 200
