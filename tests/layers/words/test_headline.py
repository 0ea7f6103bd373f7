"""The sentence at the top of a press page: as exact as the stations behind it allow."""

import pytest

from layers.words.headline import (
    Figure,
    in_short,
    in_words,
    of_severity,
    percent_printed,
    printed,
    ratio,
    share_alone,
)
from layers.words.language import LANGUAGES, language

ENGLISH = language("en")


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (557, 6108, "1 of 11 polling stations"),
        (400, 2000, "1 of 5 polling stations"),
        (450, 1974, "23 % of polling stations"),
        (20, 60, "1 of 3 polling stations"),
        (1, 1000, "0 % of polling stations"),
        (60, 60, "100 % of polling stations"),
    ],
)
def test_share_is_a_fraction_where_one_is_near_and_a_percentage_elsewhere(part, whole, words):
    assert in_words(Figure(part, whole), ENGLISH) == words
    assert in_short(Figure(part, whole), ENGLISH) == words.replace(" of polling stations", "").replace(
        " polling stations", ""
    )


def test_ratio_has_a_margin_only_where_one_is_due():
    assert ratio(Figure(26, 147), ENGLISH) == "26 of 147 (18 %)"
    words = "557 of 6,108; of all stations 9.3 %, 95 % margin 8.4 % to 10.2 %"
    assert ratio(Figure(557, 6108, 0.084, 0.102, 0.093), ENGLISH) == words


def test_nothing_seen_is_not_nothing_there():
    assert ratio(Figure(0, 60, 0.0, 0.0487, 0.0), ENGLISH) == "0 of 60; up to 4.9 %"
    assert share_alone(Figure(0, 60, 0.0, 0.0487, 0.0), ENGLISH) == "up to 4.9 %"


def test_share_has_one_decimal_from_two_hundred_stations_on():
    assert share_alone(Figure(20, 199), ENGLISH) == "10 %"
    assert share_alone(Figure(20, 200), ENGLISH) == "10.0 %"
    assert share_alone(Figure(20, 200, 0.06, 0.151, 0.1), ENGLISH) == "10.0 % (6.0 % to 15.1 %)"


def test_headline_of_a_random_sample_speaks_of_all_stations():
    assert in_words(Figure(300, 600, 0.18, 0.22, 0.2), ENGLISH) == "1 of 5 polling stations"


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_severity_has_words_of_its_own(code):
    assert len({of_severity(severity, language(code)) for severity in ("low", "medium", "high")}) == 3


@pytest.mark.parametrize("whole", [7, 40, 199, 200, 939])
def test_number_a_list_is_ordered_by_is_the_one_printed(whole):
    for part in range(whole + 1):
        text = printed(part / whole, whole, ENGLISH)
        assert float(text.split()[0]) == percent_printed(part / whole, whole)
