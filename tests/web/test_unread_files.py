"""A file that was not read is told on the desk's page, and to nobody else."""

import re

import pytest

import web
from geo.serving.disk_cache import DiskCache
from geo.serving.missions import Missions
from tests.web import missions
from tests.web.desks import TOKEN


@pytest.fixture
def sized(tmp_path):
    return missions.sized(tmp_path / "mission", 20)


def served(folder, state):
    library = Missions(lambda: [folder], store=DiskCache(state / "cache"))
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


@pytest.mark.parametrize(
    ("code", "says"),
    [("ru", "stations.csv: был и исчез; остаётся"), ("kk", "stations.csv: бар еді, енді жоқ; соңғы жарамды")],
)
def test_what_is_wrong_with_a_file_is_said_in_the_language_of_the_desk(sized, tmp_path, code, says):
    library, client = served(sized, tmp_path / "state")
    (sized / "stations.csv").unlink()
    library.refresh()
    assert says in client.get(f"/mission/desk/{code}/").get_data(as_text=True)


def test_a_desk_without_a_map_says_why_in_its_language(sized, tmp_path):
    (sized / "stations.csv").rename(sized / "stations.docx")
    _, client = served(sized, tmp_path / "state")
    says = "stations.docx: назван как таблица stations и не читается; скопируйте его таблицу"
    assert says in client.get("/mission/desk/ru/").get_data(as_text=True)


def test_what_is_about_mission_toml_is_marked_as_english(sized, tmp_path):
    library, client = served(sized, tmp_path / "state")
    path = sized / "mission.toml"
    path.write_text(path.read_text() + "\nno_such = 1\n")
    library.refresh()
    page = client.get("/mission/desk/kk/").get_data(as_text=True)
    assert re.search(r'<li lang="en">mission.toml:\d+: [^<]*no_such', page)


def test_a_desk_that_never_had_a_map_says_why(sized, tmp_path):
    (sized / "stations.csv").rename(sized / "stations.docx")
    _, client = served(sized, tmp_path / "state")
    answer = client.get("/mission/desk/en/")
    assert answer.status_code == 503
    assert "stations.docx" in answer.get_data(as_text=True)
    assert "stations.docx" not in client.get("/mission/en/").get_data(as_text=True)


LAST_GOOD = "This is the last good map."


def figures(client):
    """The version of the figures that the press page asks for."""
    return re.search(r"picture-([^/]+)/", client.get("/mission/en/").get_data(as_text=True))[1]


def test_after_a_restart_the_desk_says_what_cannot_be_read_and_of_when_the_map_is(sized, tmp_path):
    served(sized, tmp_path / "state")
    (sized / "stations.csv").rename(sized / "stations.xls")
    _, client = served(sized, tmp_path / "state")
    page = client.get("/mission/desk/en/").get_data(as_text=True)
    assert LAST_GOOD in page
    assert "stations.xls" in page
    assert "this is the map from before, of 20" in page


def test_after_a_restart_the_press_has_its_last_release_as_it_was_and_is_told(sized, tmp_path):
    _, client = served(sized, tmp_path / "state")
    before = figures(client)
    (sized / "stations.csv").rename(sized / "stations.xls")
    _, client = served(sized, tmp_path / "state")
    page = client.get("/mission/en/").get_data(as_text=True)
    assert LAST_GOOD in page
    assert "stations.xls" not in page
    assert figures(client) == before


@pytest.mark.parametrize("settings", ["[disclosure]\nminimum_stations = 50\n", "[disclosure\n"])
def test_under_rules_that_changed_or_cannot_be_read_the_press_is_shown_nothing(sized, tmp_path, settings):
    _, client = served(sized, tmp_path / "state")
    values = f"/mission/en/values-{figures(client)}.json"
    assert client.get(values).status_code == 200
    with (sized / "mission.toml").open("a") as toml:
        toml.write(settings)
    (sized / "stations.csv").rename(sized / "stations.xls")
    _, client = served(sized, tmp_path / "state")
    assert client.get("/mission/en/").status_code == 503
    assert client.get(values).status_code == 503
    assert client.get("/mission/desk/en/").status_code == 200
    assert "the press is shown nothing" in client.get("/mission/desk/en/").get_data(as_text=True)
    assert "The data cannot be read at the moment." in client.get("/en/").get_data(as_text=True)
