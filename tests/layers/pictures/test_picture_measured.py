"""Every text of a picture measured where it stands: inside the picture, on no other, whole, without a box."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import shapely

from geo.model.tables import LANGUAGES
from geo.publication import released
from layers.map.press_view import view_of
from layers.pictures import card_picture, picture, picture_text
from layers.words.language import language
from tests import factory
from tests.layers.map.test_press_view import incident
from tests.layers.pictures.test_picture import ground_of
from tests.layers.pictures.test_picture_scripts import NAMES

NATIONAL = [{"measure": "stations", "value": 9580}, {"measure": "visited", "value": 310}]
TITLE = {
    "en": "Parliamentary elections of a large country: what citizen observers reported",
    "ru": "Парламентские выборы в большой стране: что сообщили гражданские наблюдатели",
    "kk": "Үлкен елдегі парламенттік сайлау: азаматтық байқаушылар не хабарлады",
}
PRESETS = {"": 1200, "-web": 1200, "-square": 1080, "-story": 1080, "-plain": 1200}
LONG = "Северо-Казахстанская область"


def of_many_scripts():
    """Ten areas in two rows, each named in another script, a finding in each; one wide name with a hyphen."""
    names = [*NAMES.values(), LONG]
    areas = [
        {
            "area_id": f"A{i}", "name_en": name, "name_ru": name, "name_kk": name,
            "geometry": shapely.box(60 + 5 * (i % 5), 44 + 5 * (i // 5), 65 + 5 * (i % 5), 49 + 5 * (i // 5)),
        }
        for i, name in enumerate(names)
    ]  # fmt: skip
    snapshot = factory.snapshot(
        about=factory.mission(nature="simulated", as_of="2005-12-05", title=TITLE),
        areas=areas,
        stations=[{"area_id": f"A{i}", "number": "1"} for i in range(len(areas))],
        categories=factory.categories(sealed="high"),
        incidents=[incident(f"i{i}", area_id=f"A{i}", number="1") for i in range(len(areas))],
        totals=NATIONAL,
    )
    return view_of(released.released_of(snapshot))


@pytest.fixture(scope="module")
def view():
    return of_many_scripts()


@pytest.fixture(scope="module")
def ground(view):
    return ground_of(view)


def matrix_of(transform):
    """The 3 × 3 matrix of a transform attribute."""
    matrix = np.eye(3)
    for kind, inside in re.findall(r"(\w+)\(([^)]*)\)", transform or ""):
        numbers = [float(one) for one in inside.replace(",", " ").split()]
        step = np.eye(3)
        if kind == "translate":
            step[:2, 2] = numbers
        elif kind == "scale":
            step[0, 0] = step[1, 1] = numbers[0]
        else:
            turn = np.radians(numbers[0])
            step[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
        matrix = matrix @ step
    return matrix


def boxes(document):
    """Every text of a picture with its box in the picture's own pixels: words, left, top, right, bottom."""
    texts = []

    def walk(element, matrix):
        matrix = matrix @ matrix_of(element.get("transform"))
        if element.tag.endswith("}text"):
            said = "".join(element.itertext())
            size, weight = float(element.get("font-size")), int(element.get("font-weight", 400))
            wide = picture_text.width(said, size, weight)
            wide += len(said) * float(element.get("letter-spacing", 0))
            x, y = float(element.get("x", 0)), float(element.get("y", 0))
            left = x - {"middle": wide / 2, "end": wide}.get(element.get("text-anchor"), 0)
            ends = [(left, y - 0.74 * size, 1), (left + wide, y - 0.74 * size, 1),
                    (left, y + 0.2 * size, 1), (left + wide, y + 0.2 * size, 1)]  # fmt: skip
            corners = (matrix @ np.array(ends).T)[:2]
            texts.append((said, *corners.min(axis=1), *corners.max(axis=1)))
        for child in element:
            walk(child, matrix)

    root = ET.fromstring(document)
    walk(root, np.eye(3))
    return texts, [float(one) for one in root.get("viewBox").split()]


def drawn(view, ground, preset, code, measure="named"):
    return picture.svg(view, ground, f"{measure}-all-medium{preset}", language(code))


@pytest.mark.parametrize("measure", ["named", "coverage"])
@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.capability("Pictures with names in any script", page="downloads")
def test_every_text_lies_inside_and_on_no_other(view, ground, preset, code, measure):
    texts, (_, _, wide, high) = boxes(drawn(view, ground, preset, code, measure))
    assert len(texts) > 12
    outside = [one for one in texts if one[1] < 0 or one[2] < 0 or one[3] > wide or one[4] > high]
    assert outside == []
    over = [
        (a[0], b[0])
        for i, a in enumerate(texts) for b in texts[:i]
        if a[1] < b[3] - 1 and b[1] < a[3] - 1 and a[2] < b[4] - 1 and b[2] < a[4] - 1
    ]  # fmt: skip
    assert over == []


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("preset", PRESETS)
def test_no_sentence_of_a_picture_is_cut_and_no_letter_is_a_box(view, ground, preset, code):
    texts, _ = boxes(drawn(view, ground, preset, code))
    assert [one[0] for one in texts if "…" in one[0]] == []
    assert all(picture_text.is_writable(one[0]) for one in texts)
    shown = " ".join(one[0] for one in texts)
    assert all(name in shown for name in NAMES.values())


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_bar_holds_title_figures_day_and_credits(view, ground, code):
    for preset in PRESETS:
        root = ET.fromstring(drawn(view, ground, preset, code))
        bar = next(one for one in root.iter() if one.get("id") == "provenance")
        lines = " ".join("".join(one.itertext()) for one in bar.iter() if one.tag.endswith("}text"))
        assert lines.startswith(TITLE[code]) and lines.endswith("Natural Earth, GeoNames"), preset


def test_a_name_is_broken_after_its_hyphen_rather_than_in_a_word():
    assert picture_text.wrapped(LONG, 12.5, 130, 700) == ["Северо-", "Казахстанская", "область"]


def test_a_card_of_the_start_page_holds_no_word_too_small_to_read(view, ground):
    texts, _ = boxes(card_picture.card(view, ground, "named-all-medium", language("ru")))
    assert texts == []
