"""Small maps without words: a mission's on a card beside its title, and where in the country an area lies."""

from __future__ import annotations

from typing import Final

from geo.model.errors import NotFound
from layers.map.press_view import View
from layers.pictures import picture_map
from layers.pictures import picture_words as words
from layers.pictures.picture_ground import FRAME_WIDTH, PictureGround
from layers.pictures.picture_map import Sheet
from layers.pictures.picture_paint import colour, definitions
from layers.pictures.picture_svg import Svg, joined, tag, text
from layers.words.language import Language

CARD_WIDTH: Final = 360  # pixels of a card
LOCATOR: Final = "locator-"  # and the number of a drawn area: the name of its locator map
LOCATOR_RING: Final = 24.0  # in pixels of the frame, which is drawn at a third: smaller areas get a ring


def card(view: View, ground: PictureGround, name: str, language: Language) -> str:
    """Return the map of the picture called `name` as an SVG `CARD_WIDTH` pixels wide.

    Raises NotFound for a layer or choice this release does not have.
    """
    sheet = Sheet(view, ground, words.asked(view, name), language)
    headline = words.sentences(view, sheet.asked, language)["headline"]
    return _small(ground, headline, language, picture_map.drawn(sheet, is_silent=True))


def locator(view: View, ground: PictureGround, name: str, language: Language) -> str:
    """Return where in the country an area lies. Raises NotFound for one that is not drawn."""
    area = located_area(view, name)
    others = [tag("path", d=d) for d in ground.areas if d]
    parts = [
        tag("rect", width=FRAME_WIDTH, height=ground.height, fill=colour("sea")),
        tag("path", d=ground.land, fill=colour("land"), fill_rule="evenodd"),
        tag("path", d=ground.water, fill=colour("sea")),
        tag("g", *others, fill=colour("line"), stroke=colour("halo"), stroke_width=2.4, fill_rule="evenodd"),
        tag("path", d=ground.edge, fill="none", stroke=colour("area-edge"), stroke_width=3),
        tag("path", d=ground.areas[area], fill=colour("teal"), fill_rule="evenodd"),
        picture_map.located(ground, area, LOCATOR_RING),
    ]  # fmt: skip
    return _small(ground, view.area_name(area, language.code), language, joined(parts))


def located_area(view: View, name: str) -> int:
    """Return the area of a locator's name, "locator-3". Raises NotFound for one that is not drawn."""
    number = name.removeprefix(LOCATOR)
    area = int(number) if number.isdecimal() and number.isascii() and len(number) < 7 else -1
    if not 0 <= area < len(view.area):
        raise NotFound(f"no picture {name[:48]!r}")
    return area


def _small(ground: PictureGround, title: str, language: Language, drawn: Svg) -> str:
    return tag(
        "svg",
        tag("title", text(title)),
        definitions(),
        tag("rect", width=FRAME_WIDTH, height=ground.height, fill="#ffffff"),
        drawn,
        xmlns="http://www.w3.org/2000/svg",
        width=CARD_WIDTH,
        height=round(CARD_WIDTH * ground.height / FRAME_WIDTH),
        viewBox=f"0 0 {FRAME_WIDTH} {round(ground.height)}",
        role="img",
        lang=language.code,
    )
