"""A further language is a PO file and one line: shown here with Uzbek, in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import pathlib, sys
from geo.model import languages

languages.SPOKEN = (*languages.SPOKEN, languages.SpokenLanguage("uz", "Uzbek", "O‘zbekcha", "OʻZ"))
languages.LANGUAGES = tuple(spoken.code for spoken in languages.SPOKEN)

import web
from geo.serving.missions import Missions
from layers.words import language
from tests.web import missions

folder = pathlib.Path(sys.argv[1])
language.FOLDER = folder / "locale"
mission = missions.sized(folder / "mission", 20)
library = Missions(lambda: [mission])
library.refresh()
client = web.create_app(library, folder / "state", token="t").test_client()
client.get("/mission/desk/?token=t")
for address in ("/uz/", "/mission/uz/", "/mission/desk/uz/"):
    answer = client.get(address)
    page = answer.get_data(as_text=True)
    print(address, answer.status_code, "Qamrov" in page, "O‘zbekcha" in page)
print("/mission/fr/", client.get("/mission/fr/").status_code, client.get("/mission/desk/fr/").status_code)
"""
CATALOGUE = """msgid ""
msgstr "Language: uz\\nContent-Type: text/plain; charset=utf-8\\nPlural-Forms: nplurals=1; plural=0;\\n"

msgid "Stage"
msgstr "Qamrov"
"""


@pytest.fixture
def answers(tmp_path):
    own = tmp_path / "locale" / "uz" / "LC_MESSAGES"
    own.mkdir(parents=True)
    (own / "messages.po").write_text(CATALOGUE, encoding="utf-8")
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


@pytest.mark.slow
def test_a_further_language_is_a_catalogue_and_one_line(answers):
    assert answers[1:3] == ["/mission/uz/ 200 True True", "/mission/desk/uz/ 200 True True"]
    assert answers[0] == "/uz/ 200 False True"
    assert answers[3] == "/mission/fr/ 404 404"
