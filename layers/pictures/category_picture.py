"""The kinds of finding as a picture: each at k of the n stations asked, of the country or of one region."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from geo.model.errors import NotFound
from geo.model.mission import text_in
from geo.model.tables import SEVERITIES
from layers.map import measure_sentences
from layers.map.caption import cut_off, method
from layers.map.category_table import CategoryRow, asked_in_vain, category_rows, share_of
from layers.map.press_view import View
from layers.pictures import picture_blocks as blocks
from layers.pictures import picture_marks as marks
from layers.pictures import picture_words as words
from layers.pictures.picture_blocks import Block, Paragraph
from layers.pictures.picture_ground import PictureGround
from layers.pictures.picture_paint import colour
from layers.pictures.picture_svg import Svg, joined, short, tag, tspans
from layers.pictures.picture_text import width, wrapped
from layers.words.language import Language, mark
from layers.words.wording import SEVERITY

NAME: Final = "categories"
MOST_ROWS: Final = {"square": 9, "story": 11}  # of a picture of fixed size, large enough to read
TEXT: Final = 15.5
TITLE_SHARE, BAR_SHARE = 0.44, 0.26  # of a row's width; the rest is for the figures
_NUMBER: Final = re.compile("[0-9]{1,5}")  # of an area; other digits than these no header takes
GAP: Final = 16.0  # pixels between the columns
TITLE: Final = mark("What was reported, in numbers")
LEAD: Final = mark(
    "Polling stations with each kind of finding, of those whose visits asked about it. A reported finding is "
    "what observers said they saw, not a judgement on anyone."
)


@dataclass(frozen=True, slots=True)
class TableChoice:
    """Whose table a picture shows: of the country (-1), or of the region of a drawn area, by its position."""

    area: int
    preset: str

    @property
    def name(self) -> str:
        """Return the picture's one name."""
        return "-".join(filter(None, (NAME, str(self.area) if self.area >= 0 else "", self.preset)))


def asked_table(view: View, name: str) -> TableChoice | None:
    """Return what a name like "categories", "categories-3" or "categories-square" stands for; else None.

    Regions that are told together have one picture, by the first of them. Raises NotFound where the country
    or the region tells no finding.
    """
    first, *rest = name.split("-")
    if first != NAME:
        return None
    preset = rest.pop() if rest and rest[-1] in words.PRESETS[1:] else ""
    area = int(rest[0]) if len(rest) == 1 and _NUMBER.fullmatch(rest[0]) else -1
    is_known = not rest or 0 <= area < len(view.area)
    if not is_known or not rows_with_finding(view, area):
        raise NotFound(f"no picture {name[:48]!r}")
    return TableChoice(int(view.together[area]) if area >= 0 else -1, preset)


def rows_with_finding(view: View, area: int) -> list[CategoryRow]:
    """Return the rows of the country's table (-1) or of a drawn area's region that report anything."""
    return [row for row in _all_rows(view, area) if row.figure.part > 0]


def _all_rows(view: View, area: int) -> list[CategoryRow]:
    return category_rows(view, view.release.nation if area < 0 else view.regions, max(area, 0))


def table_svg(view: View, _: PictureGround, name: str, language: Language) -> str:
    """Return the picture of a table in one language; equal input, equal bytes.

    Raises NotFound for a name that is no table's.
    """
    chosen = asked_table(view, name)
    if chosen is None:
        raise NotFound(f"no picture {name[:48]!r}")
    rows = rows_with_finding(view, chosen.area)
    shown = rows[: MOST_ROWS.get(chosen.preset, len(rows))]
    title, preset = _headline(view, chosen, language), chosen.preset
    lead = language.say(LEAD)
    body = [
        _table(view, shown, preset, language),
        _legend(shown, preset, language),
        _notes(view, chosen, len(rows) - len(shown), language),
        blocks.foot(view, preset, "", language),
    ]
    if preset != words.PLAIN:
        body.insert(0, blocks.head(view, preset, title, lead, language))
    simulated = language.say(mark("SIMULATED")) if view.mission.nature == "simulated" else ""
    parts = (f"{title}.", lead, f"{text_in(view.mission.title, language.code)}.", method(view, language),
             cut_off(view, language), simulated)  # fmt: skip
    return blocks.document(body, preset, " ".join(filter(None, parts)), language)


def _headline(view: View, chosen: TableChoice, language: Language) -> str:
    title = language.say(TITLE)
    if chosen.area < 0:
        return title
    return f"{measure_sentences.together(view, chosen.area, language)}: {title[:1].lower()}{title[1:]}"


def _table(view: View, rows: list[CategoryRow], preset: str, language: Language) -> Block:
    """One row below the other: the kind, a bar as long as its share, the share and k of n."""
    room = blocks.room(preset)
    longest = max(max(row.figure.share, row.figure.high or 0.0) for row in rows)
    parts, top = [], 4.0
    for row in rows:
        drawn, height = _row(view, row, room, longest, language)
        parts.append(tag("g", drawn, transform=f"translate(0 {short(top)})"))
        top += height
    return blocks.zoomed(Block(joined(parts), top + 8), preset)


def _row(view: View, row: CategoryRow, room: float, longest: float, language: Language) -> tuple[Svg, float]:
    """One row and its height in pixels."""
    bar, bar_wide = room * TITLE_SHARE, room * BAR_SHARE
    figures = bar + bar_wide + GAP
    title = view.categories.title(row.category, language.code)
    counts = language.say(
        mark("{k} of {m}"), k=language.number(row.figure.part), m=language.number(row.figure.whole)
    )
    left = wrapped(title, TEXT, bar - 26 - GAP, most=3)
    right = wrapped(share_of(row, language), TEXT, room - figures, 600, most=2)
    parts = [marks.shape(row.rank, 6.0, 8, 12)] if row.rank >= 0 else []
    parts += _column(left, 26, 17, TEXT, 400, "ink")
    parts += _column(right, figures, 17, TEXT, 600, "ink")
    below = 17 + len(right) * TEXT * 1.25
    parts += _column(wrapped(counts, 13, room - figures), figures, below, 13, 400, "muted")
    parts += _bar(row, bar, bar_wide, longest)
    height = max(16 + len(left) * TEXT * 1.25, below + 6) + 6
    parts.append(tag("path", d=f"M0 {short(height - 3)}H{short(room)}", stroke=colour("line")))
    return joined(parts), height


def _column(lines: list[str], x: float, y: float, size: float, weight: int, ink: str) -> list[Svg]:
    return [
        tag("text", tspans(line), x=x, y=y + i * size * 1.25, font_size=size, font_weight=weight,
            fill=colour(ink))
        for i, line in enumerate(lines)
    ]  # fmt: skip


def _bar(row: CategoryRow, left: float, wide: float, longest: float) -> list[Svg]:
    """The share as a length, with the ends of its margin where one is due; none where too few were asked."""
    if not row.has_share or longest <= 0:
        return []
    figure, scale = row.figure, wide / longest
    parts = [
        tag("rect", x=left, y=6, width=wide, height=13, rx=2, fill=colour("expected")),
        tag("rect", x=left, y=6, width=max(1.5, figure.share * scale), height=13, rx=2,
            fill=colour("rate-3")),
    ]  # fmt: skip
    if figure.low is not None and figure.high is not None:
        low, high = (short(left + end * scale) for end in (figure.low, figure.high))
        ends = f"M{low} 12.5H{high}M{low} 8.5v8M{high} 8.5v8"
        parts.append(tag("path", d=ends, stroke=colour("ink"), fill="none", stroke_width=1.4))
    return parts


def _legend(rows: list[CategoryRow], preset: str, language: Language) -> Block:
    """The severities that occur, in words, and what the thin line is."""
    keys = [
        (marks.shape(rank, 5.5, 7, 8), language.say(SEVERITY[SEVERITIES[rank]]))
        for rank in sorted({row.rank for row in rows if row.rank >= 0}, reverse=True)
    ]
    if any(row.figure.high is not None for row in rows):
        line = tag("path", d="M0 8H14M0 4v8M14 4v8", stroke=colour("ink"), fill="none", stroke_width=1.4)
        keys.append((line, language.say(mark("95 % margin"))))
    parts, x, y = [], 0.0, 0.0
    for sign, words_ in keys:
        wide = 22 + width(words_, 13.5)
        if x and x + wide > blocks.room(preset):
            x, y = 0.0, y + 22
        parts.append(tag("g", sign, transform=f"translate({short(x)} {short(y)})"))
        parts.append(tag("text", tspans(words_), x=x + 20, y=y + 12.5, font_size=13.5, fill=colour("ink")))
        x += wide + 18
    return blocks.zoomed(Block(joined(parts), y + 24), preset)


def _notes(view: View, chosen: TableChoice, left_out: int, language: Language) -> Block:
    """What a picture of fixed size has no room for, and what was asked about in vain."""
    rest = language.say(
        mark("Kinds of finding that only the table on the page has: {n}."), n=language.number(left_out)
    )
    never = asked_in_vain(view, _all_rows(view, chosen.area), language)
    sentences = [rest if left_out else "", "" if chosen.preset in MOST_ROWS else never]
    if _has_few_teams(view, chosen):
        sentences.append(
            language.say(mark("One or two teams: a strict team and a bad place cannot be told apart."))
        )
    parts, foot = blocks.lines(
        [Paragraph(sentence, 13.5, before=2, most=8) for sentence in sentences], chosen.preset
    )
    return blocks.zoomed(Block(joined(parts), foot + 12), chosen.preset)


def _has_few_teams(view: View, chosen: TableChoice) -> bool:
    units = view.release.nation if chosen.area < 0 else view.regions
    return bool(np.asarray(units.few_teams)[max(chosen.area, 0)])
