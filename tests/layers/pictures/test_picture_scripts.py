"""Names in any script in pictures: in a font that has the letters, broken where long, never boxes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.publication import released
from layers.map.press_view import view_of
from layers.pictures import picture, picture_png, picture_svg, picture_text
from layers.pictures.picture_map import AREA_NAME, NAME_LINES, PILE_NAME
from layers.words.language import language
from tests import factory
from tests.layers.map.test_press_view import incident
from tests.layers.pictures.test_picture import ground_of

NAMES = {
    "Noto Sans Georgian": "მცხეთა",
    "Noto Sans Armenian": "Երևան",
    "Noto Sans Arabic": "الإسكندرية",
    "Noto Sans Myanmar": "ဧရာဝတီတိုင်းဒေသကြီး",
    "Noto Sans Khmer": "ភ្នំពេញ",
    "Noto Sans Devanagari": "प्रदेश",
    "Noto Sans Bengali": "ঢাকা",
    "Noto Sans Thai": "กรุงเทพ",
    "Noto Sans SC": "北部行政區",
}
NOBODYS = "አዲስ"  # Ethiopic: no font of the pictures has it
LONG = "Verwaltungsgemeinschaft der vereinigten Landkreise am nördlichen Ufer " * 3


def named(first):
    """A view of two areas with a finding in each, the first of them called so."""
    areas = factory.squares("A", "B")
    areas[0]["name_en"] = first
    snapshot = factory.snapshot(
        areas=areas,
        stations=[{"area_id": area, "number": "1"} for area in "AB"],
        categories=factory.categories(sealed="high"),
        incidents=[incident(f"i{area}", area_id=area, number="1") for area in "AB"],
    )
    return view_of(released.released_of(snapshot))


def framed(content, family="Inter"):
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="400" height="60" font-family="{family}">'
        f'<text x="200" y="40" font-size="22" font-weight="700" text-anchor="middle">{content}</text></svg>'
    )


@pytest.mark.parametrize(("family", "name"), NAMES.items(), ids=list(NAMES))
def test_a_name_is_drawn_as_the_font_of_its_script_draws_it(family, name):
    own = next(face.family for face in map(picture_text.face_of, name) if face.family.startswith(family))
    ours = picture_png.drawn(framed(picture_svg.tspans(name)))
    assert ours == picture_png.drawn(framed(name, own))
    assert ours != picture_png.drawn(framed(NOBODYS[:1] * len(name)))


def test_a_name_beside_a_number_holds_no_box():
    # the renderer's own search for fonts gave up here: shaping ties two Arabic letters to one
    pieces = picture_text.runs("الإسكندرية 12")
    assert pieces == [("Noto Sans Arabic", "الإسكندرية "), ("", "12")]


def test_letters_no_font_holds_are_left_out_rather_than_boxes():
    assert picture_text.runs(f"A {NOBODYS} b") == [("", "A  b")]
    assert not picture_text.is_writable(NOBODYS)


@pytest.mark.parametrize("name", ["coverage-all-medium", "named-all-medium"])
def test_an_area_whose_name_no_font_holds_has_its_id(name):
    view = named(NOBODYS)
    document = picture.svg(view, ground_of(view), name, language("en"))
    assert NOBODYS not in document
    assert f">A{' 1' if name.startswith('named') else ''}<" in document


@pytest.mark.parametrize("name", ["coverage-all-medium", "named-all-medium"])
def test_a_long_name_is_broken_and_cut(name):
    view = named(LONG)
    document = picture.svg(view, ground_of(view), name, language("en"))
    assert ">Verwaltungsgemeinschaft" in document
    assert "…" in document
    assert LONG.strip() not in document


@given(st.text(min_size=1), st.sampled_from([PILE_NAME, AREA_NAME, 400.0]))
def test_no_line_of_a_name_is_wider_than_its_room(text, room):
    lines = picture_text.wrapped(text, 12.5, room, 700, NAME_LINES)
    assert len(lines) <= NAME_LINES
    parts = max((picture_text.width(part, 12.5, 700) for part in picture_text.clusters(text)), default=0)
    assert all(picture_text.width(line, 12.5, 700) <= max(room, parts + 12.5) for line in lines)


@given(st.text())
def test_clusters_are_the_text_taken_apart(text):
    assert "".join(picture_text.clusters(text)) == text


def test_a_letter_keeps_the_marks_it_carries():
    assert picture_text.clusters("กิน") == ["กิ", "น"]
    assert picture_text.clusters("ក្រុង") == ["ក្រុ", "ង"]
