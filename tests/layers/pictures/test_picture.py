"""Pictures of a press map: complete, honest when cropped, deaf to hostile text, equal for equal input."""

import io
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from geo.model.errors import NotFound
from geo.model.tables import LANGUAGES
from geo.publication import released
from layers.map import area_outlines
from layers.map.caption import cut_off, method
from layers.map.ground_tables import read_ground
from layers.map.measures import MEASURES
from layers.map.press_view import view_of
from layers.pictures import picture, picture_ground, picture_paint, picture_png, picture_text
from layers.pictures import picture_svg as svg
from layers.pictures import picture_words as words
from layers.words.language import language
from tests import factory
from tests.examples import first_of
from tests.layers.map.test_press_view import incident, seen, visit
from tests.layers.pictures.picture_names import names

NATIONAL = [{"measure": "stations", "value": 9580}, {"measure": "visited", "value": 310}]
ENGLISH = language("en")
SIMULATED = {"en": "SIMULATED", "ru": "СИМУЛЯЦИЯ", "kk": "СИМУЛЯЦИЯ"}


def named(**about):
    rows = [incident("i", area_id="A", number="1"), incident("j", area_id="B", number="1", category="poster")]
    return seen(rows, about=factory.mission(as_of="2005-12-05", **about), totals=NATIONAL)


def ground_of(view):
    outlines = area_outlines.outlines_of(view.areas, view.area)
    return picture_ground.ground(view, outlines, {}, read_ground(Path("no tables here")))


def drawn(view, name="named-all-medium", code="en"):
    return picture.svg(view, ground_of(view), name, language(code))


def texts(document):
    return [one.text or "" for one in ET.fromstring(document).iter() if one.tag.endswith("}text")]


@pytest.fixture(scope="module")
def view():
    return named()


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.capability("Pictures as SVG", page="downloads")
def test_every_picture_is_well_formed_and_says_n_selection_and_cut_off(view, code):
    speaks, ground = language(code), ground_of(view)
    for name in names(view):
        said = " ".join(texts(picture.svg(view, ground, name, speaks)))
        assert method(view, speaks) in said, name
        assert cut_off(view, speaks) in said, name


def test_every_layer_and_choice_of_a_counted_mission_has_a_picture():
    view = seen(visits=[visit("v")])
    ground = ground_of(view)
    assert {"coverage-all-low", "coverage-voting-high"} <= set(names(view))
    for name in names(view):
        ET.fromstring(picture.svg(view, ground, name, ENGLISH))


@pytest.mark.parametrize("code", LANGUAGES)
def test_simulated_stands_in_head_bar_and_margins_and_only_there_where_it_is_true(code):
    simulated = texts(drawn(named(nature="simulated"), code=code))
    assert sum(SIMULATED[code] in one for one in simulated) == 4
    assert not any(SIMULATED[code] in one for one in texts(drawn(named(), code=code)))


def test_picture_of_a_stage_says_that_its_stations_are_of_the_whole_day():
    place = {"area_id": "A", "number": "1", "lon": 70.5, "lat": 50.5}
    made = factory.snapshot(areas=factory.squares("A"), stations=[place], visits=[visit("v")])
    view = view_of(released.released_of(made))

    def says(name):
        return "Polling stations on the map are of the whole day" in " ".join(texts(drawn(view, name)))

    assert says("coverage-voting-medium") and not says("coverage-all-medium")


def test_equal_input_gives_equal_bytes(view):
    assert drawn(view) == drawn(named())


def test_russian_cut_off_ends_in_one_full_stop(view):
    assert re.search(r"2005\sг\.$", cut_off(view, language("ru")))


def test_picture_has_no_style_no_script_and_no_address(view):
    document = drawn(view)
    assert not re.search(r"<(style|script|image|a|foreignObject)\b|\s(style|on\w+|href)=", document)
    assert re.findall(r"https?://[^\"]+", document) == ["http://www.w3.org/2000/svg"]


@pytest.mark.parametrize(
    "name",
    ["", "named", "findings-all-medium", "named-voting-medium", "named-all-critical", "towns-all-medium",
     "coverage-all-s3", "../x-all-medium", "clusters-all-medium", "named-part-all-medium",
     "named-all-medium-huge"],
)  # fmt: skip
def test_name_of_no_measure_or_choice_is_not_found(view, name):
    with pytest.raises(NotFound):
        words.asked(view, name)


def test_marks_count_the_severities_asked_for(view):
    assert words.counts(view, words.asked(view, "named-all-medium")).sum() == 1
    assert words.counts(view, words.asked(view, "named-all-low")).sum() == 2
    assert words.counts(view, words.asked(view, "named-all-high")).sum() == 1


@pytest.mark.parametrize("earlier", ["cell-coverage", "rate", "hot", "negative", "patch-rate"])
def test_every_picture_of_before_leads_to_one_of_now_or_to_none(view, earlier):
    assert words.EARLIER[earlier].removesuffix(words.PARTS) in {one.name for one in MEASURES}


def test_every_status_has_an_appearance_of_its_own():
    statuses = ("published", "merged", "insufficient", "not_observed", "not_reported", "not_known")
    fills = [picture_paint.fill(f"status-{one}") for one in statuses]
    assert len(set(fills)) == len(statuses)
    assert "#000000" not in fills


def test_every_appearance_of_the_style_sheet_has_its_colour():
    for name in ("rate-0", "rate-4", "coverage-0", "coverage-4", "hot", "quiet"):
        assert re.fullmatch("#[0-9a-f]{6}", picture_paint.fill(name)), name
        assert picture_paint.fill(name) != "#000000", name


@given(st.text())
def test_any_text_comes_back_as_it_was_less_what_xml_cannot_hold(value):
    found = ET.fromstring(svg.tag("text", svg.text(value), title=value))
    kept = "".join(one for one in value if svg.text(one))
    assert (found.text or "").replace("\r\n", "\n").replace("\r", "\n") == kept.replace("\r\n", "\n").replace("\r", "\n")  # noqa: E501  # fmt: skip


def test_hostile_texts_stay_texts():
    hostile = "</text><script>alert(1)</script><image href='x'/>\x00\ud800 & \"'"
    document = drawn(named(title=dict.fromkeys(LANGUAGES, hostile), credit={"en": hostile}, contact=hostile))
    assert {one.tag.rpartition("}")[2] for one in ET.fromstring(document).iter()} <= {
        "svg", "title", "defs", "pattern", "g", "rect", "path", "text", "circle", "line", "polygon"
    }  # fmt: skip


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_text_but_names_and_figures_lies_over_the_land(code):
    view = named(nature="simulated")
    root = ET.fromstring(drawn(view, code=code))
    groups = {one.get("id"): one for one in root.iter() if one.get("id") in ("margins", "provenance")}
    sides = [one for one in groups["margins"] if one.tag.endswith("}g")]
    assert ["rotate(-90)" in one.get("transform") for one in sides] == [True, False]
    names = {view.area_name(i, code) for i in range(len(view.area))}
    inside = [one.text or "" for one in root.iter() if one.get("paint-order") and one not in _below(sides)]
    assert [one for one in inside if not any(name in one for name in names)] == []


def _below(groups):
    return [one for group in groups for one in group.iter()]


def test_a_crop_of_either_half_still_says_the_provenance():
    view = named()
    root = ET.fromstring(drawn(view))
    margins = next(one for one in root.iter() if one.get("id") == "margins")
    lines = [one.text for one in margins.iter() if one.tag.endswith("}text")]
    assert len(lines) == 2
    assert all(line.startswith("310 of 9,580") for line in lines)


def test_areas_are_drawn_in_proportion_to_their_true_size():
    view = named()
    found = ground_of(view)
    pixels = [_area(one) for one in found.areas]
    geod = pyproj.Geod(ellps="sphere")
    true = [abs(geod.geometry_area_perimeter(view.areas.polygon[i])[0]) for i in view.area.tolist()]
    shares = np.array(pixels) / np.array(true)
    assert shares.max() / shares.min() < 1.01


def _area(path):
    """The area a closed path of relative lines surrounds."""
    numbers = [float(one) for one in re.findall(r"-?\d*\.?\d+", path)]
    at = np.cumsum(np.array(numbers).reshape(-1, 2), axis=0)
    x, y = at.T
    return abs(np.sum(x * np.roll(y, 1) - y * np.roll(x, 1))) / 2


def test_mission_across_the_antimeridian_fills_the_frame():
    frame = picture_ground._frame([shapely.box(178, -18, 180, -16), shapely.box(-180, -18, -178, -16)])
    at = frame.pixels(np.array([[178.0, -18.0], [-178.0, -16.0]]))
    assert at.min() >= 0 and at[:, 0].max() <= picture_ground.FRAME_WIDTH
    assert at[1, 0] - at[0, 0] > picture_ground.FRAME_WIDTH / 2


def test_font_of_the_pictures_has_every_letter_of_the_three_languages():
    letters = set()
    for code in ("ru", "kk"):
        path = Path(picture_text.FOLDER).parents[2] / "locale" / code / "LC_MESSAGES" / "messages.po"
        with path.open("rb") as file:
            for message in read_po(file, locale=code):
                for text in (message.id, message.string):
                    letters |= set("".join(text) if isinstance(text, tuple) else text)
    for weight in picture_text.FILES:
        missing = {
            one for one in letters if one.isalpha() and ord(one) not in picture_text.face(weight).advance
        }
        assert missing == set(), weight


@given(st.text(st.characters(codec="utf-8"), max_size=200), st.integers(30, 400))
def test_no_line_is_wider_than_its_room_unless_it_is_one_letter(text, room):
    for line in picture_text.wrapped(text, 14, room):
        assert picture_text.width(line, 14) <= room or len(line) == 1


def test_width_is_the_fonts_own():
    assert picture_text.width("HHHH", 100, 700) == 4 * picture_text.width("H", 100, 700)
    assert picture_text.width("iiii", 100) < picture_text.width("mmmm", 100) / 2


@pytest.mark.parametrize("code", first_of(LANGUAGES))
@pytest.mark.capability("Pictures as PNG", page="downloads")
def test_png_of_a_server_without_fonts_shows_the_sentence(view, code):
    document = drawn(view, code=code)
    speaks = language(code)
    line = picture_text.wrapped(method(view, speaks), 15, picture_ground.FRAME_WIDTH - 8)[0]
    without = re.sub(rf"<text[^>]*>{re.escape(svg.text(line))}</text>", "", document)
    assert without != document
    with_line, blank = (
        np.asarray(Image.open(io.BytesIO(picture_png.drawn(one)))) for one in (document, without)
    )
    changed = np.argwhere((with_line != blank).any(axis=2))
    assert with_line.shape[1] == 2 * picture_ground.WIDTH
    # as wide as the font says it is: every letter was drawn, none as an empty box of another font
    wide = np.ptp(changed[:, 1]) / picture_png.SCALE
    assert wide == pytest.approx(picture_text.width(line, 15), abs=6)
    assert len(changed) > 40 * len(line)


def test_png_made_in_a_child_is_the_same_as_in_this_process(view):
    document = drawn(view)
    assert picture_png.png(document) == picture_png.drawn(document)


def test_what_is_no_picture_is_refused_with_a_message():
    with pytest.raises(picture_png.NotDrawn, match="root node"):
        picture_png.png("<svg")


def test_mission_without_polygons_still_gives_its_sentence():
    bare = view_of(
        released.released_of(
            factory.snapshot(
                areas=[{"area_id": "A", "level": 1, "name_en": "A"}],
                stations=[{"area_id": "A", "number": "1"}],
                categories=factory.categories(sealed="high"),
                incidents=[incident("i", area_id="A", number="1")],
                totals=NATIONAL,
            )
        )
    )
    assert "310 of 9,580" in " ".join(texts(drawn(bare)))
