"""mission.toml: everything wrong with it is told at once, with its line."""

from dataclasses import fields
from pathlib import Path

import pytest

from geo.model import mission
from geo.model.errors import MissionError

GOOD = """[mission]
title = "Test mission"
election_date = 2005-12-04
time_zone = "Asia/Almaty"
"""


def written(tmp_path, text, name="test-mission"):
    folder = tmp_path / name
    folder.mkdir()
    (folder / "mission.toml").write_text(text, encoding="utf-8")
    return folder


def problems(folder):
    with pytest.raises(MissionError) as caught:
        mission.load(folder)
    return [str(problem) for problem in caught.value.problems]


def test_four_lines_are_enough(tmp_path):
    made = mission.load(written(tmp_path, GOOD))
    assert (made.slug, made.title["en"], made.selection, made.nature) == (
        "test-mission", "Test mission", "purposive", "live",
    )  # fmt: skip


def test_all_problems_are_told_at_once_with_their_lines(tmp_path):
    bad = '[mission]\ntitle = "T"\nelection_date = "soon"\ntime_zone = "Mars/Base"\nselection = "lucky"\n'
    assert [p.split(": ")[0] for p in problems(written(tmp_path, bad))] == [
        "mission.toml:3", "mission.toml:4", "mission.toml:5",
    ]  # fmt: skip


def test_unknown_setting_is_named_with_its_line(tmp_path):
    assert problems(written(tmp_path, GOOD + "colour = 1\n"))[0].startswith("mission.toml:5: mission.colour")


def test_broken_toml_names_the_line(tmp_path):
    assert problems(written(tmp_path, GOOD + "x = = 1\n"))[0].startswith("mission.toml:5: is not TOML")


def test_missing_file_says_what_is_needed(tmp_path):
    (tmp_path / "empty").mkdir()
    assert "a mission folder needs a mission.toml" in problems(tmp_path / "empty")[0]


def test_file_outside_the_folder_is_refused(tmp_path):
    text = GOOD + '[tables.stations]\nfile = "../secret.csv"\n'
    assert "must lie inside" in problems(written(tmp_path, text))[0]


def test_two_files_for_one_table_must_be_chosen_between(tmp_path):
    folder = written(tmp_path, GOOD)
    (folder / "stations.csv").write_text("")
    (folder / "stations.xlsx").write_text("")
    assert "are both there" in problems(folder)[0]


def test_reserved_folder_name_is_refused(tmp_path):
    assert "cannot be an address" in problems(written(tmp_path, GOOD, "static"))[0]


def test_mapping_to_an_unknown_column_is_refused(tmp_path):
    folder = written(tmp_path, GOOD + '[tables.stations.columns]\nnummer = "No"\n')
    (folder / "stations.csv").write_text("")
    assert "stations has no such column" in problems(folder)[0]


def test_threshold_of_the_wrong_kind_is_refused(tmp_path):
    assert (
        "thresholds.area_visits"
        in problems(written(tmp_path, GOOD + '[thresholds]\narea_visits = "ten"\n'))[0]
    )


def test_zone_of_an_area_falls_back_to_the_missions(tmp_path):
    made = mission.load(written(tmp_path, GOOD + '[mission.time_zones]\nKZ-MAN = "Asia/Aqtau"\n'))
    assert (made.zone_of("KZ-MAN").key, made.zone_of("KZ-ALA").key) == ("Asia/Aqtau", "Asia/Almaty")


def test_a_town_is_called_as_declared_and_as_it_is_otherwise(tmp_path):
    declared = '[mission.town_names]\n"Ust Kut" = { ru = "Усть-Кут" }\n'
    names = mission.load(written(tmp_path, GOOD + declared)).town_names
    assert mission.town_in(names, "Ust Kut", "ru") == "Усть-Кут"
    assert mission.town_in(names, "Ust Kut", "kk") == "Ust Kut"
    assert mission.town_in(names, "Tura", "ru") == "Tura"


@pytest.mark.parametrize("value", ['"Усть-Кут"', "{ ru = 1 }", '{ rus = "Усть-Кут" }'])
def test_a_town_name_in_no_language_is_refused(tmp_path, value):
    [problem] = problems(written(tmp_path, GOOD + f"[mission.town_names]\nTura = {value}\n"))
    assert "mission.town_names.Tura" in problem


def test_every_threshold_is_in_the_operators_guide_with_its_default():
    guide = (Path(__file__).parents[3] / "docs" / "operator-guide.md").read_text(encoding="utf-8")
    rows = [f"| `{field.name}` | {field.default} |" for field in fields(mission.Thresholds)]
    assert [row for row in rows if row not in guide] == []


def test_a_live_mission_may_not_tell_of_single_stations_by_a_minimum_of_none(tmp_path):
    loose = "[disclosure]\nminimum_stations = 0\n"
    (said,) = problems(written(tmp_path, GOOD + loose))
    assert said.startswith("mission.toml:6: ")
    assert "at least 1" in said
    public = GOOD + 'nature = "public_source"\n' + loose
    assert mission.load(written(tmp_path, public, "public")).disclosure.minimum_stations == 0


@pytest.mark.parametrize("mark", ["Q", "((", ".,"])
def test_decimal_mark_is_a_point_or_a_comma(tmp_path, mark):
    text = GOOD + f'[tables.stations]\ndecimal = "{mark}"\n'
    (tmp_path / "test-mission").mkdir()
    (tmp_path / "test-mission" / "stations.csv").write_text("area_id,number\n")
    (tmp_path / "test-mission" / "mission.toml").write_text(text)
    assert problems(tmp_path / "test-mission") == [
        "mission.toml:6: tables.stations.decimal must be one of '.', ','"
    ]


def test_election_date_in_quotes_is_one_of_the_voting_days(tmp_path):
    text = GOOD.replace("2005-12-04", '"2005-12-04"') + "voting_days = [2005-12-03, 2005-12-04]\n"
    assert [day.day for day in mission.load(written(tmp_path, text)).voting_days] == [3, 4]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('polls_open = "07:00+06:00"', "is not a local time"),
        ('polls_close = "late"', "is not a local time as 20:00"),
        (
            'polls_close = "08:30"',
            "polls_close 08:30 must be two hours or more after mission.polls_open 07:00",
        ),
        ("voting_days = [0001-01-01, 2005-12-04]", "must list dates"),
    ],
)
def test_day_or_time_that_would_be_read_as_another_is_refused(tmp_path, line, words):
    (problem,) = problems(written(tmp_path, f"{GOOD}{line}\n"))
    assert words in problem
