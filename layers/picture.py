"""A press map as one self-contained SVG: what it says of itself is inside it, so that it survives a crop.

Made of the release only. Light theme, presentation attributes only: opened as a page of its own it obeys
the same policy as every other page (no inline style).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.mission import text_in
from geo.tables import SEVERITIES
from layers import picture_map
from layers import picture_marks as marks
from layers import picture_words as words
from layers.language import Language, mark
from layers.map_layer import Key
from layers.method_line import method, source_line
from layers.picture_ground import FRAME_WIDTH, MARGIN, WIDTH, Ground
from layers.picture_map import Sheet
from layers.picture_paint import colour, definitions, fill
from layers.picture_svg import Svg, joined, path, short, tag, text
from layers.picture_text import FAMILY, width, wrapped
from layers.view import View
from layers.wording import SEVERITY


@dataclass(frozen=True, slots=True)
class _Block:
    """A part of the sheet and how many pixels it is high."""

    drawn: Svg
    height: float


def svg(view: View, ground: Ground, name: str, language: Language) -> str:
    """Return the picture called `name` ("coverage-all-medium") in one language; equal input, equal bytes.

    Raises NotFound for a layer or choice this release does not have.
    """
    sheet = Sheet(view, ground, words.asked(view, name), language)
    parts, top = [], float(MARGIN)
    for make in (_head, _map, _legend, _foot):
        block = make(sheet)
        parts.append(tag("g", block.drawn, transform=f"translate({MARGIN} {short(top)})"))
        top += block.height
    high = round(top + MARGIN - 14)
    spoken = f"{_title(sheet)}. {words.heading(sheet.asked, language)}. {sheet.stamp}"
    return tag(
        "svg",
        tag("title", text(spoken)),
        definitions(),
        tag("rect", width=WIDTH, height=high, fill="#ffffff"),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        width=WIDTH,
        height=high,
        viewBox=f"0 0 {WIDTH} {high}",
        font_family=FAMILY,
        role="img",
        lang=language.code,
    )


def _title(sheet: Sheet) -> str:
    return text_in(sheet.view.mission.title, sheet.language.code)


def _lines(
    found: Sequence[tuple[str, float, int, str, float, int]], top: float = 0.0
) -> tuple[list[Svg], float]:
    """Paragraphs below each other: text, size, weight, colour, space before, most lines; and their foot."""
    parts = []
    for words_, size, weight, ink, before, most in found:
        top += before if words_ else 0
        for line in wrapped(words_, size, FRAME_WIDTH - 8, weight, most):
            top += size * 1.28
            parts.append(tag("text", text(line), y=top, font_size=size, font_weight=weight, fill=colour(ink)))
    return parts, top


def _head(sheet: Sheet) -> _Block:
    view, language = sheet.view, sheet.language
    parts = [
        tag("text", text("BAQYLAU"), y=12, font_size=13, font_weight=700, letter_spacing=1.2,
            fill=colour("teal"))
    ]  # fmt: skip
    if sheet.simulated:
        parts.append(
            tag("text", text(language.say(mark("SIMULATED"))), x=FRAME_WIDTH, y=15, font_size=20,
                font_weight=700, letter_spacing=2, text_anchor="end", fill=colour("critical"))
        )  # fmt: skip
    more, foot = _lines(
        [
            (_title(sheet), 30, 700, "ink", 0, 3),
            (text_in(view.mission.subtitle, language.code), 15, 400, "muted", 2, 2),
            (words.heading(sheet.asked, language), 19, 600, "ink", 12, 2),
            (words.caption(view, sheet.asked, language), 15, 400, "ink", 1, 4),
            (method(view, language), 16.5, 700, "ink", 8, 3),
            (source_line(view, language), 14, 400, "muted", 1, 3),
        ],
        top=14,
    )
    return _Block(joined([*parts, *more]), foot + 16)


def _legend(sheet: Sheet) -> _Block:
    language = sheet.language
    keys = words.legend(sheet.view, sheet.asked, language)
    parts, x, y = [], 0.0, 14.0
    for key in keys:
        wide = 34 + width(key.label, 14)
        if x and x + wide > FRAME_WIDTH:
            x, y = 0.0, y + 24
        parts.append(tag("g", _swatch(key), transform=f"translate({short(x)} {short(y - 11)})"))
        parts.append(tag("text", text(key.label), x=x + 32, y=y + 1, font_size=14, fill=colour("ink")))
        x += wide + 20
    notes, foot = _lines(_notes(sheet), top=y + 4 if keys else 0.0)
    return _Block(joined([*parts, *notes]), foot + 12)


def _notes(sheet: Sheet) -> list[tuple[str, float, int, str, float, int]]:
    """The sentences a picture needs so that it cannot be misread."""
    view, language = sheet.view, sheet.language
    found = []
    if sheet.asked.has_marks:
        one = language.count("one mark = {n} station named", "one mark = {n} stations named", sheet.per_mark)
        place = language.say(mark("Marks stand at the area, not at the station."))
        found.append(f"{one[:1].upper()}{one[1:]}. {place}")
    elif sheet.asked.has_severity:
        least = sheet.asked.choice.partition("/")[2]
        if least != "low":
            words_ = mark("Findings below severity {severity} are left out.")
            found.append(language.say(words_, severity=language.say(SEVERITY[least])))
    if sheet.ground.merged:
        found.append(language.say(mark("Stations too close to tell apart are drawn as one dot.")))
    if "not_observed" in view.status:
        found.append(language.say(mark("Where nobody observed, nothing can be concluded.")))
    return [(" ".join(found), 13.5, 400, "muted", 2, 4)]


def _foot(sheet: Sheet) -> _Block:
    view, language = sheet.view, sheet.language
    borders = language.say(
        mark("Borders are drawn for orientation and express no opinion about any territory.")
    )
    base = language.say(mark("Basemap: Natural Earth. Towns: GeoNames (CC BY 4.0)."))
    version = language.say(mark("Data version {version}"), version=view.version)
    last = [f"{base} {borders}", " · ".join(filter(None, [f"{version}", _contact(sheet)]))]
    rule = tag(
        "path", d=path([np.array([[0.0, 0.0], [FRAME_WIDTH, 0.0]])], is_closed=False), stroke=colour("line")
    )
    parts, foot = _lines([(one, 12, 400, "muted", 3, 3) for one in last], top=4)
    return _Block(joined([rule, *parts]), foot)


def _contact(sheet: Sheet) -> str:
    contact = sheet.view.mission.contact
    return sheet.language.say(mark("Contact: {contact}"), contact=contact) if contact else ""


def _map(sheet: Sheet) -> _Block:
    return _Block(picture_map.drawn(sheet), sheet.ground.height + 18)


def _swatch(key: Key) -> Svg:
    """A small picture of an appearance, 24 by 15 pixels."""
    if key.swatch.startswith("severity-"):
        return marks.shape(SEVERITIES.index(key.swatch.removeprefix("severity-")), 6.0, 12, 7.5)
    if key.swatch.startswith("station"):
        seen = key.swatch == "station-visited"
        return tag("circle", cx=12, cy=7.5, r=3 if seen else 1.4, fill=colour("teal" if seen else "muted"))
    return tag("rect", x=0.5, y=0.5, width=23, height=14, rx=3, fill=fill(key.swatch), stroke=colour("faint"))
