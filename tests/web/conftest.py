"""One desk server for every browser test of the desk."""

import pytest

from tests.web import missions
from tests.web.desks import ROOT, SIMULATED, serving, small


@pytest.fixture(scope="session")
def desks(tmp_path_factory):
    """Give a desk's address by slug: kazakhstan-2005-simulated, small, hostile."""
    made = tmp_path_factory.mktemp("missions")
    folders = [ROOT / "data" / SIMULATED, small(made / "small"), missions.hostile(made / "hostile")]
    with serving(folders, tmp_path_factory.mktemp("state")) as address:
        yield address
