"""Desks that several files of tests share: one server for browsers, one application to ask directly."""

import pytest

import web
from geo.library import Library
from tests.web import missions
from tests.web.desks import ROOT, SIMULATED, TOKEN, many, serving, small


@pytest.fixture(scope="session")
def desks(tmp_path_factory):
    """Give a desk's address by slug: kazakhstan-2005-simulated, small, hostile."""
    made = tmp_path_factory.mktemp("missions")
    folders = [ROOT / "data" / SIMULATED, small(made / "small"), missions.hostile(made / "hostile")]
    with serving(folders, tmp_path_factory.mktemp("state")) as address:
        yield address


@pytest.fixture(scope="module")
def app_of_many(tmp_path_factory):
    """Give an application with one mission, `many`."""
    folder = many(tmp_path_factory.mktemp("missions") / "many")
    library = Library(lambda: [folder])
    library.refresh()
    return web.create_app(library, tmp_path_factory.mktemp("state"), token=TOKEN)


@pytest.fixture
def coordinator(app_of_many):
    """Give a client of that application who holds the key to its desk."""
    client = app_of_many.test_client()
    client.get(f"/many/desk/?token={TOKEN}")
    return client
