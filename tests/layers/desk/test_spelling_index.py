"""Names are found in any alphabet, by old names and with typing errors, and quickly."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.desk import search_index
from layers.desk import spelling_index as spelling_index_module
from layers.desk.spelling_index import EXACT, NO_MATCH, errors_allowed, spelling_index, typing_errors
from layers.desk.transliteration import transliterated
from layers.words.language import language
from tests import factory
from tests.examples import examples

EN = language("en")
TOWNS = [
    {
        "name_en": "Almaty", "name_ru": "Алматы", "name_kk": "Алматы", "lon": 70.5, "lat": 50.5,
        "old_names": "Alma-Ata;Алма-Ата;Верный",
    },
    {"name_en": "Shymkent", "name_ru": "Шымкент", "name_kk": "Шымкент", "lon": 70.6, "lat": 50.5},
    {"name_en": "Kyzylorda", "name_ru": "Кызылорда", "name_kk": "Қызылорда", "lon": 70.7, "lat": 50.5},
]  # fmt: skip
AREA = {**factory.squares("N")[0], "old_names": "Tselinograd oblast;Целиноградская область"}


@pytest.fixture(scope="module")
def country():
    stations = [
        {"number": "1", "settlement": "Алматы", "lon": 70.5},
        {"number": "2", "settlement": "Шымкент", "name": "Gymnasium named after Abai", "lon": 70.6},
        {"number": "3", "settlement": "Aksu", "old_names": "Yermak", "lon": 70.7},
    ]
    stations = [{**one, "area_id": "N", "lat": 50.5} for one in stations]
    return factory.snapshot(areas=[AREA], stations=stations)


def found(country, text):
    return search_index.search(country, text, TOWNS, EN)


@pytest.mark.parametrize(
    "text",
    [
        "Almaty", "алматы", "Alma-Ata", "alma ata", "Almaata", "АЛМА-АТА", "Verny", "Almatty", "Amlaty",
        "алмати",
    ],
)  # fmt: skip
@pytest.mark.capability("Search forgives typing errors and old names", page="desk")
def test_a_town_is_found_by_every_name_it_had_and_by_misspelt_ones(country, text):
    results = found(country, text)
    assert results["towns"][0]["name"] == "Almaty"
    assert results["stations"][0]["id"] == "N/1"


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ("Chimkent", "Shymkent"), ("Shimkent", "Shymkent"), ("Chymkent", "Shymkent"), ("Шимкент", "Shymkent"),
        ("Qyzylorda", "Kyzylorda"), ("Kyzyl-Orda", "Kyzylorda"), ("кызыл орда", "Kyzylorda"),
        ("Kizilordaa", "Kyzylorda"),
    ],
)  # fmt: skip
def test_a_town_is_found_in_any_transliteration(country, text, town):
    assert found(country, text)["towns"][0]["name"] == town


def test_an_old_name_is_said_and_todays_is_not(country):
    assert found(country, "Alma-Ata")["towns"][0]["also"] == "Alma-Ata"
    assert found(country, "Almaty")["towns"][0]["also"] == ""
    assert found(country, "tselinograd")["areas"] == [
        {"id": "N", "name": "Area N", "level": 1, "also": "Tselinograd oblast"}
    ]


@pytest.mark.parametrize(("text", "station"), [("abai", "N/2"), ("gymnazium", "N/2"), ("yermak", "N/3")])
def test_a_station_is_found_by_its_name_and_by_old_names_of_its_place(country, text, station):
    assert [row["id"] for row in found(country, text)["stations"]] == [station]


def test_what_answers_as_typed_leaves_out_what_is_only_similar(country):
    assert [row["id"] for row in found(country, "aksu")["stations"]] == ["N/3"]


@pytest.mark.parametrize("text", ["zzzzzz", "<img", "-", "№", "99999"])
def test_nothing_is_found_for_what_nobody_is_called(country, text):
    results = found(country, text)
    assert not any(results[kind] for kind in ("teams", "areas", "towns", "stations"))


LETTERS = st.text(alphabet="abdeghiklmnoprstuvz", min_size=6, max_size=12)


@given(LETTERS, st.integers(0, 5), st.sampled_from(["drop", "twice", "swap", "other"]))
@examples(60)
def test_one_typing_error_is_always_forgiven(word, at, error):
    name = transliterated(word)
    if len(name) < 6:
        return
    typed = {
        "drop": name[:at] + name[at + 1 :],
        "twice": name[: at + 1] + name[at:],
        "swap": name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :],
        "other": name[:at] + "u" + name[at + 1 :],
    }[error]
    ranks = spelling_index([name, "entirely elsewhere"]).ranks(typed, forgiving=True)
    assert ranks[0] < NO_MATCH


@given(LETTERS, LETTERS)
@examples(60)
def test_errors_are_none_for_the_word_itself_and_never_beyond_the_limit(one, other):
    assert typing_errors(one, one, 2) == 0
    assert 0 <= typing_errors(one, other, 2) <= 3


def test_a_number_is_never_misspelt():
    assert errors_allowed("4821") == 0
    assert spelling_index(["School 4821"]).ranks("4822", forgiving=True)[0] == NO_MATCH
    assert spelling_index(["School 4821"]).ranks("482")[0] == NO_MATCH
    assert spelling_index(["School 4821"]).ranks("4821")[0] == EXACT


def test_few_words_are_compared_letter_by_letter_however_many_there_are(monkeypatch):
    names = ["".join(parts) for parts in product(("al", "ma", "ta", "kos", "nai", "bek"), repeat=5)]
    index, calls = spelling_index(names), []
    monkeypatch.setattr(spelling_index_module, "typing_errors", lambda *asked: calls.append(asked) or 9)
    index.ranks("almatakosnay", forgiving=True)
    assert len(names) > 7_000 and 0 < len(calls) <= 150
