"""`server.py plan` end to end: what is written, and what is said when no plan can be made."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import server
from tests.web.missions import square, write


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two areas of 50 stations each, a team at work in either, one without a base."""
    stations = [
        {
            "area_id": area, "number": f"{i:03d}", "name": f"School {i}", "settlement": f"Town {i // 10}",
            "lon": 60.2 + 2 * index + 0.15 * (i % 10), "lat": 45.2 + 0.3 * (i // 10), "voters": 300 + 10 * i,
        }
        for index, area in enumerate(("A", "B"))
        for i in range(50)
    ]  # fmt: skip
    shift = {"shift_starts": "2005-12-04 05:30", "shift_ends": "2005-12-04 23:50"}
    teams = [
        {"team_id": "T1", "base_lon": 60.8, "base_lat": 45.8, "area_ids": "A", **shift},
        {"team_id": "T2", "base_lon": 62.8, "base_lat": 45.8, "area_ids": "B", **shift},
        {"team_id": "T3", "area_ids": "B", **shift},
    ]
    categories = [{"category": "sealed", "title_en": "Sealed", "severity": "high"}]
    areas = [square(i, area_id=area, name_en=f"Area {area}") for i, area in enumerate(("A", "B"))]
    return write(
        tmp_path_factory.mktemp("m") / "m",
        {"areas": areas, "stations": stations, "teams": teams, "categories": categories},
        frame="complete", planned_visits=40,
    )  # fmt: skip


def run(folder: Path, out: Path, *options: str) -> Result:
    return CliRunner().invoke(
        server.cli, ["plan", str(folder), "--out", str(out), "--seconds", "0.3", *options]
    )


@pytest.mark.capability("`plan`: routes as files", page="commands")
def test_a_plan_is_written_in_four_formats_and_said_in_words(folder: Path, tmp_path: Path) -> None:
    done = run(folder, tmp_path)
    assert done.exit_code == 0, done.output
    assert re.search(r"closes \d+ of 40 gaps; \d+\.\d h under way \(an estimate: ", done.output)
    assert "left out, no base on the map: T3" in done.output
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"plan.json", "plan.geojson", "1-T1.gpx", "1-T1.ics", "2-T2.gpx", "2-T2.ics"}
    assert [team["team_id"] for team in json.loads((tmp_path / "plan.json").read_text())["teams"]] == [
        "T1",
        "T2",
    ]


def test_teams_are_chosen_by_id_file_or_number(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "mine.csv"
    table.write_text("team_id,base_lon,base_lat\nX1,60.8,45.8\nX2,62.8,45.8\n")
    for given, expected in (("T2", ["T2"]), (str(table), ["X1", "X2"]), ("3", ["P01", "P02", "P03"])):
        out = tmp_path / Path(given).stem
        done = run(folder, out, "--teams", given, "--hours", "06:00-23:30")
        assert done.exit_code == 0, done.output
        assert [team["team_id"] for team in json.loads((out / "plan.json").read_text())["teams"]] == expected


def test_files_of_a_plan_before_do_not_stay_beside_the_new_ones(folder: Path, tmp_path: Path) -> None:
    run(folder, tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    assert run(folder, tmp_path, "--teams", "T2").exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "plan.json",
        "plan.geojson",
        "1-T2.gpx",
        "1-T2.ics",
        "notes.txt",
    }


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--teams", "T9"], "team T9 is unknown"),
        (["--teams", "T3"], "no team has a base on the map; T3"),
        (["--teams", "gone.csv"], "gone.csv: no such file"),
        (["--teams", "0"], "number of teams must lie between"),
        (["--teams", "99999999"], "so many teams"),
        (["--hours", "20:00-18:00"], "team T1 has no time: its shift is 20:00 to 18:00"),
        (["--hours", "x"], "are not hours"),
        (["--hours", "25:99-26:00"], "is not a time of day"),
        (["--date", "soon"], "is not a date"),
        (["--now", "late"], "is not a time of day"),
        (["--no-go", "A"], "its base lies in a no-go area"),
        (["--no-go", "Z"], "area Z is unknown"),
        (["--exclude", "A/none"], "station A/none is unknown"),
    ],
)
def test_what_cannot_be_planned_is_said_and_nothing_is_written(
    folder: Path, tmp_path: Path, options: list[str], words: str
) -> None:
    done = run(folder, tmp_path / "out", *options)
    assert done.exit_code == 1
    assert "Nothing was planned." in done.output
    assert words in done.output
    assert not (tmp_path / "out").exists()


def test_a_table_that_is_no_table_of_teams_is_said(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    done = run(folder, tmp_path / "out", "--teams", str(tmp_path / "t.csv"))
    assert done.exit_code == 1
    assert "no table of teams" in done.output


def test_a_mission_known_by_areas_only_has_no_routes(tmp_path: Path) -> None:
    real = Path(server.DATA) / "kazakhstan-2005"
    done = run(real, tmp_path / "out", "--teams", "12")
    assert done.exit_code == 1
    assert "no station has a point on the map" in done.output
    assert "the mission has no teams; give --teams" in run(real, tmp_path / "out").output


def test_the_command_is_documented() -> None:
    text = (Path(server.HERE) / "docs" / "routes.md").read_text(encoding="utf-8")
    command = server.cli.commands["plan"]
    for option in command.params:
        assert option.opts[0] in text or option.name == "mission", option.opts
