"""A file that was not read is told on the desk's page, and to nobody else."""

import pytest

import web
from geo.serving.missions import Missions
from tests.web import missions
from tests.web.desks import TOKEN


@pytest.fixture
def sized(tmp_path):
    return missions.sized(tmp_path / "mission", 20)


def served(folder, state):
    library = Missions(lambda: [folder])
    library.refresh()
    client = web.create_app(library, state, token=TOKEN).test_client()
    client.get(f"/mission/desk/?token={TOKEN}")
    return library, client


def test_the_desk_names_the_file_beside_one_that_is_read(sized, tmp_path):
    (sized / "stations.ods").touch()
    _, client = served(sized, tmp_path / "state")
    page = client.get("/mission/desk/en/").get_data(as_text=True)
    assert "stations.ods: open it in a spreadsheet programme and save it as .xlsx or .csv" in page
    assert "stations.ods" not in client.get("/mission/en/").get_data(as_text=True)


def test_the_desk_of_the_last_good_map_says_what_cannot_be_read(sized, tmp_path):
    library, client = served(sized, tmp_path / "state")
    (sized / "stations.csv").rename(sized / "stations.xls")
    library.refresh()
    assert "stations.xls" in client.get("/mission/desk/en/").get_data(as_text=True)
    assert "stations.xls" not in client.get("/mission/en/").get_data(as_text=True)


def test_a_desk_that_never_had_a_map_says_why(sized, tmp_path):
    (sized / "stations.csv").rename(sized / "stations.docx")
    _, client = served(sized, tmp_path / "state")
    answer = client.get("/mission/desk/en/")
    assert answer.status_code == 503
    assert "stations.docx" in answer.get_data(as_text=True)
    assert "stations.docx" not in client.get("/mission/en/").get_data(as_text=True)
