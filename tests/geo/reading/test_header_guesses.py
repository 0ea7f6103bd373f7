"""Which of our columns a header probably is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.model.tables import BY_NAME, INCIDENTS, STATIONS, TABLES, VISITS
from geo.reading.header_guesses import WORDS, plain, suggest


@pytest.mark.parametrize(
    "headers",
    [
        ["Region", "PS number", "Longitude", "Latitude", "Registered voters"],
        ["Область", "№ УИК", "Долгота", "Широта", "Число избирателей"],
        ["Облыс", "Учаске нөмірі", "Бойлық", "Ендік", "Сайлаушылар саны"],
        ["AREA_ID", " number", "lng", "lat", "VotersRegistered"],
        ["oblast code", "station_no", "Longitud", "Latitud", "registred voters"],
    ],
)
def test_headers_of_a_register_are_understood(headers: list[str]) -> None:
    found = suggest(headers, STATIONS)
    assert [found.get(name) for name in ("area_id", "number", "lon", "lat", "voters")] == headers


def test_headers_of_a_form_are_understood() -> None:
    headers = ["Timestamp", "Station number", "What did you see? (tick all)", "Details"]
    found = suggest(headers, INCIDENTS)
    assert [found[name] for name in ("received", "number", "category", "text")] == headers


def test_exact_name_wins_over_a_usual_one() -> None:
    assert suggest(["station", "number"], VISITS)["number"] == "number"


def test_a_header_is_suggested_once() -> None:
    found = suggest(["Название", "Код"], BY_NAME["areas"])
    assert len(found.values()) == len(set(found.values()))


def test_nothing_is_suggested_for_what_means_nothing() -> None:
    assert suggest(["qwerty", "", "…", "Foo bar"], STATIONS) == {}


@given(st.lists(st.text(max_size=15), unique=True, max_size=6), st.sampled_from(TABLES))
def test_only_given_headers_are_suggested_for_columns_that_exist(headers: list[str], table: object) -> None:
    found = suggest(headers, table)  # type: ignore[arg-type]
    assert set(found.values()) <= set(headers)
    assert set(found) <= set(table.names)  # type: ignore[attr-defined]


def test_every_column_with_words_exists() -> None:
    assert set(WORDS) <= {name for table in TABLES for name in table.names}


def test_plain_form_ignores_case_punctuation_and_camels() -> None:
    assert plain("_GPS_latitude") == plain("GpsLatitude") == plain("GPS latitude?") == "gps latitude"


def test_thousands_of_headers_and_long_ones_are_no_burden() -> None:
    headers = ["number", *(f"question {i}" for i in range(4000)), "long " * 10_000]
    assert suggest(headers, STATIONS) == {"number": "number"}
