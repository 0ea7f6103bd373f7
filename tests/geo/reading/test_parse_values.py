"""What one cell means."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.model.tables import OUTCOMES, OVERALL, STAGES
from geo.model.text_cells import cells_of
from geo.reading import parse_values, vocabulary


def cells(*texts: str) -> Any:
    return pa.array(list(texts), pa.large_string())


def codes(parsed: parse_values.Parsed) -> list[tuple[str, list[int]]]:
    return [(issue.code, issue.at.tolist()) for issue in parsed.issues]


@pytest.mark.parametrize(
    ("text", "axis", "degrees"),
    [
        ("76.945", "lon", 76.945), ("76,945", "lon", 76.945), (" -0.5 ", "lat", -0.5), ("−12.5",
        "lat", -12.5),
        ("76.945°", "lon", 76.945), ("76.945° E", "lon", 76.945), ("E76.945", "lon", 76.945),
        ("76.945W", "lon", -76.945), ("43.25S", "lat", -43.25), ("43,25 с.ш.", "lat", 43.25),
        ("76,9 в.д.", "lon", 76.9), ("43.25 с.е.", "lat", 43.25), ("76.9 ш.б.", "lon", 76.9),
        ("76°56'42\"E", "lon", 76.945), ("76° 56′ 42″", "lon", 76.945), ("76 56 42", "lon", 76.945),
        ("76°56.7'", "lon", 76.945), ("N43°15'00.0\"", "lat", 43.25), ("43d15m0sS", "lat", -43.25),
        ("+43.25", "lat", 43.25), ("1e1", "lon", None), ("43.25N", "lon", None), ("76.9E", "lat", None),
        ("76°60'", "lon", None), ("76°56'60\"", "lon", None), ("76.5°30'", "lon", None), ("-76.9W",
        "lon", None),
        ("76.9 somewhere", "lon", None), ("43.2, 76.9", "lat", None), ("inf", "lon", None),
        ("1,234,567", "lon", None),
    ],
)  # fmt: skip
@pytest.mark.capability("Coordinates in many notations", page="files")
def test_coordinate_is_read_or_reported(text: str, axis: parse_values.Axis, degrees: float | None) -> None:
    parsed = parse_values.read_coordinate(cells(text), axis)
    if degrees is None:
        assert (parsed.values.isna().item(), codes(parsed)) == (True, [("coordinate_unreadable", [0])])
    else:
        assert (parsed.values.item(), codes(parsed)) == (pytest.approx(degrees, abs=1e-9), [])


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("700000.5", 700000.5), (" 700000.5", 700000.5), ("700 000.5", 700000.5), ("700000,5", 700000.5),
        ("5.123.456,7", 5123456.7), ("5,123,456.7", 5123456.7), ("5'123'456.7", 5123456.7),
        ("700,000", None), ("1,2,3", None), ("7e5", 7e5), ("7 km", None),
    ],
)  # fmt: skip
def test_metres_are_read_or_reported(text: str, metres: float | None) -> None:
    parsed = parse_values.read_coordinate(cells(text), "lon", is_projected=True)
    if metres is None:
        assert (parsed.values.isna().item(), codes(parsed)) == (True, [("coordinate_unreadable", [0])])
    else:
        assert (parsed.values.item(), codes(parsed)) == (metres, [])


@given(st.floats(-180, 180))
def test_coordinate_survives_degrees_minutes_seconds(degrees: float) -> None:
    seconds = round(abs(degrees) * 3600, 3)
    letter = "W" if degrees < 0 else "E"
    text = f"{int(seconds // 3600)}°{int(seconds % 3600 // 60)}'{seconds % 60:.3f}\"{letter}"
    if "60.000" not in text:
        assert parse_values.degrees(text, "lon") == pytest.approx(degrees, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "decimal", "count"),
    [
        ("12", ".", 12), ("1 234", ".", 1234), ("1\u00a0234", ".", 1234), ("1,234", ".", 1234),
        ("12.0", ".", 12),
        ("1.234", ",", 1234), ("12,0", ",", 12), ("1'234'567", ".", 1234567), ("+5", ".", 5),
        ("1.234", ".", None), ("1,23", ".", None), ("-3", ".", None), ("12.5", ".", None), ("ten", ".", None),
        ("99999999999", ".", None), ("9" * 40, ".", None), ("0x10", ".", None), ("1e3", ".", None),
        ("٣", ".", 3),
    ],
)  # fmt: skip
def test_count_is_read_or_reported(text: str, decimal: str, count: int | None) -> None:
    parsed = parse_values.read_integer(cells(text), decimal)
    if count is None:
        assert (parsed.values.isna().item(), codes(parsed)) == (True, [("integer_unreadable", [0])])
    else:
        assert parsed.values.item() == count


def test_unusual_count_is_noted_with_what_was_read() -> None:
    parsed = parse_values.read_integer(cells("12", "1 234"))
    assert codes(parsed) == [("number_format", [1])]
    assert list(parsed.issues[0].expected) == ["1234"]


@given(st.lists(st.integers(0, parse_values.MAX_COUNT)))
def test_plain_counts_are_read_exactly(counts: list[int]) -> None:
    parsed = parse_values.read_integer(cells(*map(str, counts)))
    assert parsed.values.tolist() == counts


@given(st.lists(st.text(max_size=12)))
def test_no_parser_ever_fails_or_changes_the_number_of_cells(texts: list[str]) -> None:
    given_cells = cells(*(text.encode("utf-8", "replace").decode() for text in texts))
    for parsed in (
        parse_values.read_id(given_cells),
        parse_values.read_text(given_cells),
        parse_values.read_list(given_cells),
        parse_values.read_integer(given_cells),
        parse_values.read_coordinate(given_cells, "lon", is_projected=True),
        parse_values.read_coordinate(given_cells, "lat"),
        parse_values.read_choice(given_cells, STAGES, vocabulary.CHOICES["stage"]),
        parse_values.read_boolean(given_cells, vocabulary.BOOLEANS),
    ):
        assert len(parsed.values) == len(parsed.unread) == len(texts)
        assert (
            parsed.values.iloc[np.flatnonzero(parsed.unread)].isin([""]).all() or parsed.values.dtype != "str"
        )


@given(st.lists(st.text(max_size=12)))
def test_text_is_never_changed(texts: list[str]) -> None:
    written = [text.encode("utf-8", "replace").decode() for text in texts]
    assert parse_values.read_text(cells(*written)).values.tolist() == written


@pytest.mark.parametrize(
    "text",
    ["05.дек", "5-дек", "дек.05", "5-Dec", "12-May", "Dec-05", "05.жел", "2005-12-05", "2005-12-05 00:00:00",
     "2005-12-05T00:00:00", "05.12.2005", "5/12/2005", "12 мая 2005"],
)  # fmt: skip
def test_id_that_a_spreadsheet_made_a_date_is_kept_and_reported(text: str) -> None:
    parsed = parse_values.read_id(cells(text))
    assert (parsed.values.item(), codes(parsed)) == (text, [("id_like_date", [0])])


@pytest.mark.parametrize(
    "text", ["186", "007", "1-2", "12/3", "5-бис", "12а", "2005", "KZ-ALA-186", "NA", "5.12", "may"]
)
def test_ordinary_id_is_no_date(text: str) -> None:
    parsed = parse_values.read_id(cells(text))
    assert (parsed.values.item(), codes(parsed)) == (text, [])


def test_id_loses_only_its_outer_spaces() -> None:
    parsed = parse_values.read_id(cells(" 0 12\u00a0", "  "))
    assert parsed.values.tolist() == ["0 12", ""]
    assert codes(parsed) == [("id_white_space", [0])]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("=1+1", "formula_like"), ("@SUM(A1)", "formula_like"), ("=cmd|' /C calc'!A0", "formula_like"),
        ("+cmd", "formula_like"), ("-cmd", "formula_like"), ("a &quot;b&quot;", "html_entity"),
        ("&#1072;", "html_entity"), ("a\x00b", "control_character"), ("a\u202eb", "control_character"),
        ("x" * 20_001, "too_long"),
    ],
)  # fmt: skip
def test_suspicious_text_is_reported(text: str, code: str) -> None:
    assert codes(parse_values.read_text(cells(text))) == [(code, [0])]


@pytest.mark.parametrize(
    "text", ["+7 701 123 45 67", "-5", "R&D", "a = b", "AT&T;", "- a dash", "line\nline", "NA"]
)
def test_innocent_text_is_not_reported(text: str) -> None:
    assert codes(parse_values.read_text(cells(text))) == []


@pytest.mark.parametrize(
    ("words", "truth"),
    [
        (("yes", "Y", "TRUE", "1", "да", "ДА", "истина", "иә", "Иә "), True),
        (("no", "n", "False", "0", "нет", "жоқ", "ложь"), False),
        (("", "NA", "н/д", "-"), pd.NA),
    ],
)
def test_booleans_are_read_in_three_languages(words: tuple[str, ...], truth: Any) -> None:
    assert parse_values.read_boolean(cells(*words), vocabulary.BOOLEANS).values.tolist() == [truth] * len(
        words
    )


def test_choice_takes_words_of_three_languages_and_any_spelling_of_its_own() -> None:
    parsed = parse_values.read_choice(
        cells("Very good", "very-good", "ОЧЕНЬ ХОРОШО", "өте жақсы"), OVERALL, vocabulary.CHOICES["overall"]
    )
    assert parsed.values.tolist() == ["very_good"] * 4


def test_unknown_choice_is_missing_and_names_the_choices() -> None:
    parsed = parse_values.read_choice(cells("gone fishing"), OUTCOMES, vocabulary.CHOICES["outcome"])
    assert (parsed.values.item(), codes(parsed)) == ("", [("choice_unknown", [0])])
    assert parsed.issues[0].expected == "one of observed, denied, closed, unreachable"


def test_choice_called_unknown_is_not_taken_for_missing() -> None:
    parsed = parse_values.read_choice(cells("unknown", "none"), ("unknown", "none"), {})
    assert (parsed.values.tolist(), codes(parsed)) == (["unknown", "none"], [])


@pytest.mark.parametrize("column", vocabulary.CHOICES)
def test_every_synonym_means_a_choice_of_its_column(column: str) -> None:
    from geo.model.tables import TABLES

    allowed = {c for t in TABLES for one in t.columns if one.name == column for c in one.choices}
    assert set(vocabulary.CHOICES[column].values()) <= allowed


def test_list_takes_any_separator_and_keeps_each_part_once() -> None:
    parsed = parse_values.read_list(cells("a; b;a", "a, b", "a|b", "a\nb", "*", ""))
    assert parsed.values.tolist() == ["a;b", "a;b", "a;b", "a;b", "*", ""]


def test_numbers_of_typed_columns_become_text_without_a_point() -> None:
    assert cells_of(pd.Series([7.0, 7.5, np.nan])).to_pylist() == ["7", "7.5", ""]
    assert cells_of(pd.Series([7, 8])).to_pylist() == ["7", "8"]


def test_objects_of_mixed_types_become_text() -> None:
    assert cells_of(pd.Series([1, "a", None, b"x", 2.5], dtype=object)).to_pylist() == [
        "1",
        "a",
        "",
        "x",
        "2.5",
    ]


def test_mapped_values_replace_the_sources() -> None:
    assert cells_of(pd.Series(["x", "y "], dtype="str"), {"x": "1", "y": "2"}).to_pylist() == [
        "1",
        "2",
    ]


def test_infinite_and_fractional_counts_of_typed_columns_are_reported() -> None:
    parsed = parse_values.read_typed(pd.Series([1.0, 1.5, np.inf, -1.0, np.nan]), "integer")
    assert parsed is not None
    assert parsed.values.tolist() == [1, pd.NA, pd.NA, pd.NA, pd.NA]
    assert codes(parsed) == [("integer_unreadable", [1, 2, 3])]


def test_broken_geometry_text_is_unread() -> None:
    shapes, unread = parse_values.read_polygon(
        pd.Series(
            ["POLYGON ((0 0, 1 0, 1 1, 0 0))", "POLYGON ((", "", '{"type":"Polygon"}', b"\x00", None],
            dtype=object,
        )
    )
    assert [shape is not None for shape in shapes] == [True, False, False, False, False, False]
    assert unread.tolist() == [False, True, False, True, True, False]


@pytest.mark.parametrize(
    "text",
    ["GEOMETRYCOLLECTION(" * 200_000, '{"type":"Polygon","coordinates":' + "[" * 200_000, '{"a":' * 200_000],
    ids=["wkt", "arrays", "objects"],
)
def test_deeply_nested_geometry_is_not_even_parsed(text: str) -> None:
    shapes, unread = parse_values.read_polygon(pd.Series([text], dtype=object))
    assert (shapes[0], unread[0]) == (None, True)


def test_geojson_polygons_are_read() -> None:
    box = shapely.box(0, 0, 1, 1)
    texts = [shapely.to_geojson(shape) for shape in (box, shapely.MultiPolygon([box]))]
    shapes, unread = parse_values.read_polygon(pd.Series(texts, dtype=object))
    assert shapely.area(shapes).tolist() == [1.0, 1.0]
    assert not unread.any()


@pytest.mark.parametrize("text", ["1 " * 500_000, "9" * 1_000_000, "1,000" * 200_000, "°" * 1_000_000])
def test_absurdly_long_cells_cost_nothing(text: str) -> None:
    column = cells(text)
    for parsed in (
        parse_values.read_coordinate(column, "lon"),
        parse_values.read_integer(column),
        parse_values.read_coordinate(column, "lon", is_projected=True),
    ):
        assert parsed.unread.tolist() == [True]


@pytest.mark.parametrize("word", sorted(parse_values.MISSING_WORDS))
def test_a_word_for_nothing_is_an_empty_cell_whatever_stands_about_it(word: str) -> None:
    typed = cells(f" {word.upper()}\u00a0", "12", f"{word} {'x' * 90}", "")
    empty, issue = parse_values.absent(typed)
    assert empty.tolist() == [True, False, False, True]
    assert issue is not None and issue.at.tolist() == [0]


@pytest.mark.parametrize(
    "number", ["+7 701 123 45 67", "+٧ ٧٠١ ١٢٣ ٤٥ ٦٧", "+७ ७०१ १२३ ४५ ६७", "+७७०११२३४५६७"]
)
def test_a_telephone_number_is_told_in_the_digits_of_every_script(number: str) -> None:
    issues = codes(parse_values.read_text(cells("quiet", number), is_public=True))
    assert ("contact_detail", [1]) in issues
