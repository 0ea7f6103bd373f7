"""A press map as one self-contained SVG: what it says of itself is inside it, so that it survives a crop.

Made of the release only. Light theme, presentation attributes only: opened as a page of its own it obeys
the same policy as every other page (no inline style).
"""

from __future__ import annotations

from geo.model.mission import text_in
from geo.model.tables import SEVERITIES
from layers.map import measure_labels
from layers.map.measure_labels import Key
from layers.map.measures.measure import limits_of
from layers.map.press_view import View
from layers.pictures import picture_blocks as blocks
from layers.pictures import picture_map
from layers.pictures import picture_marks as marks
from layers.pictures import picture_words as words
from layers.pictures.picture_blocks import Block, Paragraph
from layers.pictures.picture_ground import PictureGround
from layers.pictures.picture_map import Sheet
from layers.pictures.picture_paint import colour, fill
from layers.pictures.picture_svg import Svg, joined, short, tag, tspans
from layers.pictures.picture_text import width
from layers.words.language import Language, mark
from layers.words.wording import STATIONS_OF_DAY


def svg(view: View, ground: PictureGround, name: str, language: Language) -> str:
    """Return the picture called `name` ("coverage-all-medium") in one language; equal input, equal bytes.

    Raises NotFound for a layer or choice this release does not have.
    """
    sheet = Sheet(view, ground, words.asked(view, name), language)
    preset = sheet.asked.preset
    says = words.sentences(view, sheet.asked, language)
    body = [_map(sheet), _legend(sheet), blocks.foot(view, preset, _ground_says(language), language)]
    if preset != words.PLAIN:
        body.insert(0, blocks.head(view, preset, says["headline"], says["line"], language))
    title = text_in(view.mission.title, language.code)
    spoken = f"{says['headline']}. {says['line']} {title}. {sheet.stamp}"
    return blocks.document(body, preset, spoken, language)


def _ground_says(language: Language) -> str:
    borders = language.say(
        mark("Borders are drawn for orientation and express no opinion about any territory.")
    )
    return f"{language.say(mark('Basemap: Natural Earth. Towns: GeoNames (CC BY 4.0).'))} {borders}"


def _legend(sheet: Sheet) -> Block:
    language, preset = sheet.language, sheet.asked.preset
    keys = words.legend(sheet.view, sheet.asked, language)
    parts, x, y = [], 0.0, 14.0
    for key in keys:
        wide = 34 + width(key.label, 14)
        if x and x + wide > blocks.room(preset):
            x, y = 0.0, y + 24
        parts.append(tag("g", _swatch(key), transform=f"translate({short(x)} {short(y - 11)})"))
        parts.append(tag("text", tspans(key.label), x=x + 32, y=y + 1, font_size=14, fill=colour("ink")))
        x += wide + 20
    notes, foot = blocks.lines([_notes(sheet)], preset, top=y + 4 if keys else 0.0)
    return blocks.zoomed(Block(joined([*parts, *notes]), foot + 12), preset)


def _notes(sheet: Sheet) -> Paragraph:
    """The sentences a picture needs so that it cannot be misread."""
    view, language = sheet.view, sheet.language
    sentences = [measure_labels.alike(
        sheet.asked.measure, limits_of(sheet.asked.measure, view),
        sheet.asked.measure.figures(view, "region", sheet.asked.choice), language,
    )]  # fmt: skip
    if words.counts(view, sheet.asked).any():
        key_of_marks = language.count(
            "one mark = {n} station named", "one mark = {n} stations named", sheet.per_mark
        )
        place = language.say(mark("Marks stand at the area, not at the station."))
        sentences.append(f"{key_of_marks[:1].upper()}{key_of_marks[1:]}. {place}")
    if len(sheet.ground.points) and not sheet.asked.choice.startswith("all/"):
        sentences.append(language.say(STATIONS_OF_DAY))
    if sheet.ground.merged:
        sentences.append(language.say(mark("Stations too close to tell apart are drawn as one dot.")))
    if "not_observed" in view.status:
        sentences.append(language.say(mark("Where nobody observed, nothing can be concluded.")))
    return Paragraph(" ".join(filter(None, sentences)), 13.5, before=2, most=4)


def _map(sheet: Sheet) -> Block:
    return Block(picture_map.drawn(sheet), picture_map.high(sheet) + 18)


def _swatch(key: Key) -> Svg:
    """A small picture of an appearance, 24 by 15 pixels."""
    if key.swatch.startswith("severity-"):
        return marks.shape(SEVERITIES.index(key.swatch.removeprefix("severity-")), 6.0, 12, 7.5)
    if key.swatch.startswith("station"):
        seen = key.swatch == "station-visited"
        return tag("circle", cx=12, cy=7.5, r=3 if seen else 1.4, fill=colour("teal" if seen else "muted"))
    return tag("rect", x=0.5, y=0.5, width=23, height=14, rx=3, fill=fill(key.swatch), stroke=colour("faint"))
