"""The sheet that every picture is: blocks below each other, a head that says whose figures, a foot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from geo.model.mission import text_in
from layers.map.caption import method, source_line
from layers.map.press_view import View
from layers.pictures.picture_ground import FRAME_WIDTH, MARGIN, WIDTH
from layers.pictures.picture_paint import colour, definitions
from layers.pictures.picture_svg import Svg, joined, path, short, tag, text, tspans
from layers.pictures.picture_text import FAMILY, wrapped
from layers.pictures.picture_words import TEXT_ZOOM
from layers.words.language import Language, mark

SIZES: Final = {"square": (1080, 1080), "story": (1080, 1920)}  # pixels
BETWEEN: Final = 56.0  # pixels between blocks at most; the rest is room above and below


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the sheet and how many pixels it is high."""

    drawn: Svg
    height: float


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A text of the sheet: its size, weight and colour, the space before it, its lines at most."""

    words: str
    size: float
    weight: int = 400
    ink: str = "muted"
    before: float = 0.0
    most: int = 3


def document(blocks: Sequence[Block], preset: str, spoken: str, language: Language) -> Svg:
    """Return the blocks as one SVG in a preset's size. `spoken`: what a screen reader says of it."""
    wide, high, group = _laid_out(blocks, SIZES.get(preset))
    box_high = round(WIDTH * high / wide)
    return tag(
        "svg",
        tag("title", text(spoken)),
        definitions(),
        tag("rect", width=WIDTH, height=box_high, fill="#ffffff"),
        group,
        xmlns="http://www.w3.org/2000/svg",
        width=wide,
        height=high,
        viewBox=f"0 0 {WIDTH} {box_high}",
        font_family=FAMILY,
        role="img",
        lang=language.code,
    )


def _laid_out(blocks: Sequence[Block], size: tuple[int, int] | None) -> tuple[int, int, Svg]:
    """Width and height of the picture in pixels, and its blocks: one below the other, spread over a size."""
    total = sum(block.height for block in blocks) + 2 * MARGIN - 14
    high = WIDTH * size[1] / size[0] if size else round(total)
    shrink = min(1.0, high / total)
    spare = max(0.0, high - total) if size else 0.0
    gap = min(BETWEEN, spare / (len(blocks) + 1))
    parts, top = [], MARGIN + (spare - gap * (len(blocks) - 1)) / 2
    for block in blocks:
        parts.append(tag("g", block.drawn, transform=f"translate({MARGIN} {short(top)})"))
        top += block.height + gap
    moved = f"translate({short(WIDTH * (1 - shrink) / 2)} 0) scale({short(shrink)})" if shrink < 1 else None
    return (size[0], size[1], tag("g", *parts, transform=moved)) if size else (
        WIDTH, int(high), tag("g", *parts)
    )  # fmt: skip


def room(preset: str) -> float:
    """Return how many pixels a line of a preset may be wide before it is zoomed."""
    return FRAME_WIDTH / TEXT_ZOOM.get(preset, 1.0)


def zoomed(block: Block, preset: str) -> Block:
    """Return a block of text as large as a preset's reader needs it."""
    zoom = TEXT_ZOOM.get(preset, 1.0)
    return Block(tag("g", block.drawn, transform=f"scale({short(zoom)})"), block.height * zoom)


def lines(paragraphs: Sequence[Paragraph], preset: str, top: float = 0.0) -> tuple[list[Svg], float]:
    """Return paragraphs below each other, and the pixel of their foot."""
    parts = []
    for paragraph in paragraphs:
        top += paragraph.before if paragraph.words else 0
        for line in wrapped(
            paragraph.words, paragraph.size, room(preset) - 8, paragraph.weight, paragraph.most
        ):
            top += paragraph.size * 1.28
            parts.append(
                tag("text", tspans(line), y=top, font_size=paragraph.size, font_weight=paragraph.weight,
                    fill=colour(paragraph.ink))
            )  # fmt: skip
    return parts, top


def head(view: View, preset: str, headline: str, line: str, language: Language) -> Block:
    """Return what stands over a picture: its sentence, the mission, how the stations were chosen, by whom."""
    parts = [
        tag("text", text("BAQYLAU"), y=12, font_size=13, font_weight=700, letter_spacing=1.2,
            fill=colour("teal"))
    ]  # fmt: skip
    if view.mission.nature == "simulated":
        parts.append(
            tag("text", text(language.say(mark("SIMULATED"))), x=room(preset), y=15, font_size=20,
                font_weight=700, letter_spacing=2, text_anchor="end", fill=colour("critical"))
        )  # fmt: skip
    more, foot_ = lines(
        [
            Paragraph(headline, 30, 700, "ink"),
            Paragraph(line, 16.5, ink="ink", before=4),
            Paragraph(text_in(view.mission.title, language.code), 15, before=4, most=2),
            Paragraph(method(view, language), 15, before=1),
            Paragraph(source_line(view, language), 14, before=1),
        ],
        preset,
        top=14,
    )
    return zoomed(Block(joined([*parts, *more]), foot_ + 16), preset)


def foot(view: View, preset: str, sentences: str, language: Language) -> Block:
    """Return what stands under a picture: the sentences given, the version, whom to ask."""
    version = language.say(mark("Data version {version}"), version=view.version)
    last = [sentences, " · ".join(filter(None, [version, _contact(view, language)]))]
    rule = tag(
        "path", d=path([np.array([[0.0, 0.0], [room(preset), 0.0]])], is_closed=False), stroke=colour("line")
    )
    parts, end = lines([Paragraph(line, 12, before=3) for line in last], preset, top=4)
    return zoomed(Block(joined([rule, *parts]), end), preset)


def _contact(view: View, language: Language) -> str:
    contact = view.mission.contact
    return language.say(mark("Contact: {contact}"), contact=contact) if contact else ""
