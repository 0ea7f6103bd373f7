from __future__ import annotations

from pathlib import Path

import pytest

from geo.model.errors import MissionError
from geo.model.mission import load

HEAD = '[mission]\ntitle = "T"\nelection_date = 2005-12-04\ntime_zone = "Asia/Almaty"\n'


def loaded(folder: Path, text: str):  # type: ignore[no-untyped-def]
    (folder / "mission.toml").write_text(HEAD + text, encoding="utf-8")
    return load(folder).routes


def test_without_settings_travel_is_estimated(tmp_path: Path) -> None:
    found = loaded(tmp_path, "")
    assert (found.travel, found.url, found.barriers) == ("estimate", "", ())


def test_a_travel_server_and_barriers_are_read(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        '[routes]\ntravel = "osrm"\nurl = "http://127.0.0.1:5000"\nplaces_per_request = 400\n'
        '[[barriers]]\nname = "Ile"\nline = [[75.0, 44.0], [78.0, 44.5]]\npassages = [[76.5, 44.2]]\n'
        "[[barriers]]\npolygon = [[70, 45], [71, 45], [71, 46]]\n",
    )
    assert (found.travel, found.places_per_request) == ("osrm", 400)
    ile, other = found.barriers
    assert (ile.name, ile.shape.geom_type, ile.passages) == ("Ile", "LineString", ((76.5, 44.2),))
    assert (other.shape.geom_type, other.passages) == ("Polygon", ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[routes]\ntravel = "magic"', "routes.travel must be one of"),
        ('[routes]\ntravel = "osrm"', "routes.url must be an address"),
        ('[routes]\ntravel = "osrm"\nurl = "file:///etc/passwd"', "routes.url must be an address"),
        ('[routes]\ntravel = "osrm"\nurl = "http://a:b@host"', "routes.url must be an address"),
        ('[routes]\nurl = "http://127.0.0.1"', "of no use"),
        ('[routes]\nspeed = 5', "routes.speed is not a setting"),
        ('[routes]\nplaces_per_request = 1', "between 2 and"),
        ('[routes]\ntimeout_s = "x"', "between 0.1 and 600"),
        ('[routes]\nprofile = "../x"', "must be a word"),
        ('[routes]\nsecurity_categories = "violence"', "security_categories must be written as"),
        ("[routes]\nsecurity_categories = [1]", "security_categories must be written as"),
        ("barriers = 5", "written as"),
        ("[[barriers]]\nline = [[75.0, 44.0]]", "barrier 1 needs either line"),
        ('[[barriers]]\nname = "R"\nline = [[75.0, 44.0], [475.0, 44.0]]', 'barrier "R" needs either line'),
        ("[[barriers]]\nline = [[75, 44], [76, 44]]\npolygon = [[1, 1], [2, 2], [3, 3]]", "either line"),
        ("[[barriers]]\nline = [[75, 44], [76, 44]]\npassages = [75, 44]", "passages must be"),
        ("[[barriers]]\nline = [[75, 44], [76, nan]]", "needs either line"),
        ("[[barriers]]\nline = [[75, 44], [76, 44]]\nbridge = 1", "bridge is not a setting"),
        ("[[barriers]]\nname = 5\nline = [[75, 44], [76, 44]]", "barrier 1: name must be a text"),
        ("[[barriers]]\npolygon = [[75, 44], [76, 44], [77, 44]]", "barrier 1 needs corners"),
        ("[[barriers]]\nline = [[75, 44], [75, 44]]", "barrier 1 needs corners"),
        ("[routes]\nurl = 0", "routes.url must be an address"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_said(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(MissionError, match=words):
        # A key outside a table has to stand before the first one.
        (tmp_path / "mission.toml").write_text(
            text + "\n" + HEAD if text.startswith("barriers") else HEAD + text
        )
        load(tmp_path)
