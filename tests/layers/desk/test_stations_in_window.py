"""Rows of a table of stations: found by what they say, sorted by any column, what is missing always last."""

import pytest

from layers.desk.stations_in_window import SORTS, RowOrder, Window, inside
from layers.words.language import language
from tests.layers.desk.test_desk_tiles import ANY, made

EN = language("en")
ALL = Window(-180, -90, 180, 90)
ROWS = [
    (0, 3, "observed", "B", "", "verified"),
    (1, 4, "observed", "A", "sealed", "verified"),
    (1, 5, "observed", "B", "", "verified"),
    (2, None, "denied", "A", "", "verified"),
]


def listed(order, rows=ROWS):
    return inside(made(rows), ANY, ALL, EN, order)


def ids(order):
    return [row["id"] for row in listed(order)["rows"]]


def test_a_row_says_its_teams_and_its_findings_of_how_many_visits():
    row = listed(RowOrder())["rows"][0]
    assert (row["id"], row["teams"], row["withFinding"], row["asked"]) == ("N/1", "A, B", 1, 2)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("is_falling", [False, True])
def test_a_sort_loses_no_row(sort, is_falling):
    assert sorted(ids(RowOrder(sort=sort, is_falling=is_falling))) == sorted(ids(RowOrder()))


def test_stations_without_a_time_are_last_whichever_way():
    assert ids(RowOrder(sort="minute"))[:2] == ["N/0", "N/1"]
    assert ids(RowOrder(sort="minute", is_falling=True))[:2] == ["N/1", "N/0"]


def test_stations_are_sorted_by_the_team_of_their_last_visit():
    assert ids(RowOrder(sort="team"))[0] == "N/2"
    assert set(ids(RowOrder(sort="team", is_falling=True))[:2]) == {"N/0", "N/1"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("n/1", {"N/1"}), ("DENIED", {"N/2"}), ("high", {"N/1"}), ("nowhere", set())],
)
def test_rows_are_found_by_what_they_say(text, expected):
    answer = listed(RowOrder(find=text))
    assert {row["id"] for row in answer["rows"]} == expected
    assert answer["total"] == sum(answer["states"]) == len(expected)


def test_rows_are_found_by_their_team():
    assert "N/0" in ids(RowOrder(find="b")) and "N/2" not in ids(RowOrder(find="b"))
