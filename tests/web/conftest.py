"""Desks that several files of tests share: one server for browsers, one application to ask directly."""

import pytest

import web
from geo.serving.missions import Missions
from tests.building import built_once
from tests.web import missions
from tests.web.accounts.signing_in import two_missions
from tests.web.desks import ROOT, SIMULATED, TOKEN, islet, many, serving, small
from web.accounts import credentials

CHEAP = {"argon2__rounds": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}


@pytest.fixture(scope="session")
def kept(tmp_path_factory):
    """Give a place to keep what missions come to."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module", autouse=True)
def _built_once(kept):
    with built_once(kept):
        yield


@pytest.fixture(scope="module", autouse=True)
def cheap_hashes():
    """Let a hash cost next to nothing: hundreds of people are made here. Gives the cost of the product."""
    with pytest.MonkeyPatch.context() as patch:
        of_product = credentials.HASHING
        patch.setattr(credentials, "HASHING", CHEAP)
        yield of_product


@pytest.fixture(scope="session")
def desks(tmp_path_factory):
    """Give a desk's address by slug: kazakhstan-2005-simulated, small, islet, hostile."""
    made = tmp_path_factory.mktemp("missions")
    own = [small(made / "small"), islet(made / "islet"), missions.hostile(made / "hostile")]
    folders = [ROOT / "data" / SIMULATED, *own]
    with serving(folders, tmp_path_factory.mktemp("state")) as address:
        yield address


@pytest.fixture(scope="session")
def press(serve, tmp_path_factory):
    """Give the address of a server of two missions: kazakhstan-2005, and counted, with figures everywhere."""
    counted = missions.sized(tmp_path_factory.mktemp("missions") / "counted", 2_000)
    return serve([ROOT / "data" / "kazakhstan-2005", counted])


@pytest.fixture(scope="session")
def kazakhstan(press):
    """Give the address of the mission of 2005, whose report names stations but not how many were visited."""
    return f"{press}/kazakhstan-2005"


@pytest.fixture(scope="session")
def counted(press):
    """Give the address of a mission whose visits are counted one by one."""
    return f"{press}/counted"


@pytest.fixture(scope="module")
def app_of_many(tmp_path_factory):
    """Give an application with one mission, `many`."""
    folder = many(tmp_path_factory.mktemp("missions") / "many")
    library = Missions(lambda: [folder])
    library.refresh()
    return web.create_app(library, tmp_path_factory.mktemp("state"), token=TOKEN)


@pytest.fixture(scope="session")
def both(tmp_path_factory):
    """Give a library of two missions, `own` and `another`."""
    return two_missions(tmp_path_factory.mktemp("missions-of-accounts"))


@pytest.fixture
def coordinator(app_of_many):
    """Give a client of that application who holds the key to its desk."""
    client = app_of_many.test_client()
    client.get(f"/many/desk/?token={TOKEN}")
    return client
